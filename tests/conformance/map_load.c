/* SPDX-License-Identifier: Apache-2.0 */
#include "map_load.h"

#include "peek.h"

#include <stdio.h>
#include <string.h>

#define STATUS_DLL_INIT_FAILED ((pel_ntstatus)0xC0000142u) /* which this library never gives */

static const char *name_of(const map_record *r)
{
    const char *slash = strrchr(r->image_name, '/');
    return slash ? slash + 1 : r->image_name;
}

static pel_ntstatus recorded_failure(const map_record *r)
{
    return (pel_ntstatus)json_number(r->root, "ntstatus", 0);
}

/* Images of both kinds were loaded into processes of both kinds. Which it was is not recorded, but
 * a 32-bit image that is refused for its format was loaded into a 64-bit process. */
static bool host_is_wide(const map_record *r)
{
    return pel_image_is_wide(r->image) ||
           recorded_failure(r) == (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
}

/* ---- where DLLs are found ------------------------------------------------ */

/* False for a root that has the system DLLs of another machine. */
static bool root_serves(const map_record *r, const char *root)
{
    char path[4096];
    pel_image *ntdll;
    snprintf(path, sizeof path, "%s/ntdll.dll", root);
    if (pel_image_open(path, NULL, &ntdll) != PEL_OK)
        return true;
    bool serves = pel_image_is_wide(ntdll) == host_is_wide(r);
    pel_image_free(ntdll);
    return serves;
}

static bool add_folders(const map_record *r, pel_search_path *path)
{
    char folder[4096];
    const char *slash = strrchr(r->file, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - r->file) : 1,
             slash ? r->file : ".");
    pel_status st = PEL_OK;
    if (root_serves(r, folder))
        st = pel_search_path_add_folder(path, folder, PEL_FOLDER_APPLICATION);
    for (size_t i = 0; i < r->root_count && st == PEL_OK; i++)
        if (root_serves(r, r->roots[i]))
            st = pel_search_path_add_folder(path, r->roots[i], PEL_FOLDER_SYSTEM);
    return st == PEL_OK;
}

static bool make_path(const map_record *r, map_load *l, bool system)
{
    return pel_search_path_new(NULL, &l->path) == PEL_OK && (!system || add_folders(r, l->path));
}

/* ---- loading it ---------------------------------------------------------- */

/* See that the image comes to lie where it lay, or at least elsewhere if it did. */
static void make_room(const map_record *r, map_load *l, bool same_base)
{
    pel_va preferred = pel_image_optional_header(r->image)->image_base;
    pel_va base = { map_record_base(r) };
    if (recorded_failure(r) != 0 && strstr(r->mode, "occupy"))
        host_take(&l->host, preferred);
    if (!l->moved)
        return;
    if (same_base)
        host_leave_only(&l->host, base, map_record_size(r));
    else
        host_take(&l->host, preferred);
}

bool map_load_begin(map_record *r, map_load *l, const map_load_how *how)
{
    *l = (map_load){ .module = NULL };
    bool made = make_path(r, l, how->system);
    host_options options = { .wide = host_is_wide(r),
                             .path = l->path,
                             .load = { .padding = PEL_PADDING_WINE },
                             .stub_missing = how->stub_missing };
    if (!host_begin(&l->host, &options) || !made) {
        trial_differs(&r->trial, "host", "want a process, got %s",
                      made ? pel_ntstatus_name(l->host.status) : "no folders");
        return false;
    }
    uint64_t preferred = pel_image_optional_header(r->image)->image_base.v;
    l->moved = recorded_failure(r) == 0 && map_record_base(r) != preferred;
    make_room(r, l, how->same_base);
    /* Not before the host runs: the image may have the name of a DLL that each process has. */
    if (pel_search_path_add_image(l->path, name_of(r), r->image) == PEL_OK)
        l->module = host_load(&l->host, name_of(r), how->flags, &l->status);
    else
        trial_differs(&r->trial, "host", "want room for the image, got no host memory");
    return l->path != NULL;
}

void map_load_end(map_load *l)
{
    host_end(&l->host);
    pel_search_path_free(l->path);
}

/* ---- what came of it ----------------------------------------------------- */

/* A program that its kernel moves, and whose relocations are broken, is refused by Windows; the
 * recorded loader relocates no programs. Such images are named as exceptions. */
static const char *excepted_status(map_record *r, const map_load *l)
{
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "load");
    if (!x || recorded_failure(r) != 0)
        return NULL;
    x->used = !l->module;
    return x->ours;
}

/* The recorded failure, less those that are the recorded loader's own. */
static pel_ntstatus expected_failure(const map_record *r)
{
    pel_ntstatus recorded = recorded_failure(r);
    if (map_rule_of_refusal(r->image))
        return (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    if (recorded == (pel_ntstatus)PEL_STATUS_ACCESS_VIOLATION && map_rule_header_patched(r->image))
        return PEL_STATUS_SUCCESS;
    /* Its code ran there and did not like it. Here none runs. */
    return recorded == STATUS_DLL_INIT_FAILED ? (pel_ntstatus)PEL_STATUS_SUCCESS : recorded;
}

bool map_load_judge(map_record *r, const map_load *l)
{
    pel_ntstatus want = expected_failure(r), got = l->module ? 0 : l->status;
    const char *status = excepted_status(r, l);
    trial_text(&r->trial, "load", status ? status : pel_ntstatus_name(want),
               pel_ntstatus_name(got));
    bool failed = json_number(r->root, "err", 0) != 0;
    if (failed && want == recorded_failure(r))
        trial_number(&r->trial, "err", json_number(r->root, "err", 0), pel_ntstatus_to_win32(got));
    if (!failed && !l->module && map_rule_of_refusal(r->image))
        map_record_refused(r);
    return l->module && !failed;
}

/* ImageBase in the mapped header: Windows rewrites it where its kernel relocates. */
static void compare_header(map_record *r, const map_load *l)
{
    uint32_t at = (uint32_t)pel_image_dos_header(r->image)->nt_header.v;
    pel_rva field = { at + (pel_image_is_wide(r->image) ? 48 : 52) };
    pel_va base = l->module->module.base;
    uint64_t want = json_number(r->root, "mem_image_base", 0), got;
    (void)peek_number(host_space(&l->host), pel_va_of(base, field), word_size(r->image), &got);
    if (l->moved && map_rule_moved_by_kernel(r->image))
        want = base.v;
    map_record_number(r, "mem_image_base", want, got);
}

void map_load_numbers(map_record *r, const map_load *l)
{
    const pel_module *m = &l->module->module;
    const pel_optional_header *o = pel_image_optional_header(r->image);
    uint64_t base = map_record_base(r);
    if (strcmp(r->mode, "full") == 0 && l->moved) /* where to is not the loader's doing */
        trial_number(&r->trial, "moved", 1, m->base.v != m->preferred_base.v);
    else
        map_record_number(r, "base", base, m->base.v);
    map_record_number(r, "preferred_base", json_number(r->root, "preferred_base", 0),
                      m->preferred_base.v);
    map_record_number(r, "aoep", json_number(r->root, "aoep", 0), m->entry_rva.v);
    map_record_number(r, "size_of_image", json_number(r->root, "size_of_image", 0),
                      o->size_of_image);
    map_record_number(r, "view size", map_record_size(r), m->size);
    compare_header(r, l);
}

bool map_load_pages(const map_record *r, const map_load *l, page_set *out)
{
    const pel_loaded_module *m = l->module;
    if (!pages_new(out, map_record_size(r)))
        return false;
    if (l->moved && map_rule_moved_by_loader(r->image))
        pages_add_relocations(out, r->image);
    if (l->moved && map_rule_patched_in_place(r->image))
        pages_add_padding(out, r->image);
    if (m->has_cookie)
        pages_add(out, m->cookie_at.v - m->module.base.v, word_size(r->image), PAGE_WRITTEN);
    return true;
}
