/* SPDX-License-Identifier: Apache-2.0 */
/* A view of the image in a space of its own: what NtMapViewOfSection shows. */
#include "map_record.h"

#include <inttypes.h>
#include <string.h>

/* A view of the image in a space of its own. */
typedef struct view {
    pel_machine *machine;
    pel_space *space;
    pel_section_object *section; /* when it was made apart from the map */
    pel_va base;
    bool moved; /* from the preferred base */
    bool apart; /* section and view made one by one, and not by pel_image_map */
    pel_ntstatus status;
} view;

uint64_t map_record_base(const map_record *r)
{
    return json_number(r->root, "base", json_number(r->root, "peb_image_base", 0));
}

uint64_t map_record_size(const map_record *r)
{
    uint64_t size = pel_round_up(json_number(r->root, "size_of_image", 0), PEL_PAGE_SIZE);
    return json_number(r->root, "view_size", size);
}

static bool is_loaded_mode(const map_record *r)
{
    return strncmp(r->mode, "ldr", strlen("ldr")) == 0 || strcmp(r->mode, "full") == 0;
}

/* LoadLibrary relocates nothing but DLLs. */
static bool is_relocated_mode(const map_record *r)
{
    if (is_loaded_mode(r))
        return pel_image_is_dll(r->image);
    return strncmp(r->mode, "relmap_", strlen("relmap_")) == 0;
}

/* The section for the preferred base, seen at the recorded one: nothing is relocated. */
static void view_unrelocated(map_record *r, view *v, const pel_load_options *options)
{
    pel_va preferred = pel_image_optional_header(r->image)->image_base;
    v->base.v = pel_round_down(options->base.v, PEL_GRANULARITY);
    v->status = pel_image_section_new(v->machine, r->image, preferred, options, &v->section);
    if (pel_nt_success(v->status))
        v->status = pel_space_map(v->space, v->section, &v->base);
}

/* Windows must refuse to load it there; the recorded loader shows its bytes as they were. */
static void view_refused(map_record *r, view *v, const pel_load_options *options,
                         const char *status)
{
    pel_module module;
    pel_ntstatus got = pel_image_map(v->space, r->image, options, &module);
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "map");
    if (x)
        x->used = !pel_nt_success(got);
    trial_text(&r->trial, "map", status, pel_ntstatus_name(got));
    if (pel_nt_success(got))
        pel_space_unmap(v->space, module.base);
    v->apart = true;
    view_unrelocated(r, v, options);
}

static void view_as_asked(map_record *r, view *v, const pel_load_options *options)
{
    pel_module module;
    v->status = pel_image_map(v->space, r->image, options, &module);
    if (!pel_nt_success(v->status))
        return;
    v->base = module.base;
    v->status = module.status;
    trial_number(&r->trial, "base", options->base.v, module.base.v);
    trial_number(&r->trial, "view_size", map_record_size(r), module.size);
}

static bool view_begin(map_record *r, view *v, pel_padding_policy padding)
{
    *v = (view){ .machine = NULL };
    if (pel_machine_new(NULL, &v->machine) != PEL_OK ||
        pel_space_new(v->machine, NULL, &v->space) != PEL_OK) {
        trial_differs(&r->trial, "map", "want a view, got no host memory");
        return false;
    }
    pel_load_options options = {
        .has_base = true,
        .base = { map_record_base(r) },
        .padding = padding,
        .hypothetical = r->refused,
    };
    /* In mode "map" the recorded loader moved the view and left the relocations for later. */
    v->moved = options.base.v != pel_image_optional_header(r->image)->image_base.v;
    bool unaligned = options.base.v % PEL_GRANULARITY != 0; /* which only that loader allows */
    v->apart = unaligned || (v->moved && (!is_relocated_mode(r) || map_rule_stripped(r->image)));
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "map");
    if (x)
        view_refused(r, v, &options, x->ours);
    else if (v->apart && !unaligned && is_relocated_mode(r))
        view_refused(r, v, &options, "STATUS_CONFLICTING_ADDRESSES");
    else if (v->apart)
        view_unrelocated(r, v, &options);
    else
        view_as_asked(r, v, &options);
    if (!pel_nt_success(v->status))
        trial_differs(&r->trial, "map", "want a view, got %s", pel_ntstatus_name(v->status));
    return pel_nt_success(v->status);
}

static void view_end(view *v)
{
    pel_section_object_free(v->section);
    pel_space_free(v->space);
    pel_machine_free(v->machine);
}

static void compare_map_status(map_record *r, const view *v)
{
    uint64_t recorded = json_number(r->root, "map_status", 0);
    if (v->apart)
        return; /* neither step is the loader's map */
    if (v->moved && recorded == PEL_STATUS_IMAGE_NOT_AT_BASE && map_rule_moved_by_kernel(r->image))
        recorded = PEL_STATUS_SUCCESS;
    map_record_number(r, "map_status", recorded, v->status);
}

/* True for pages that headers or a section's VirtualSize reach; the others are padding. */
static bool has_contents(const pel_image *image, uint64_t rva)
{
    if (pel_image_is_flat(image) || rva < pel_image_header_size(image))
        return true;
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        pel_extent e = pel_image_extent(image, i);
        if (rva >= e.start.v && rva - e.start.v < e.size)
            return true;
    }
    return false;
}

/* By default padding is reserved address space; nothing else may differ from `wine`. */
static void compare_default_padding(map_record *r, const runs *wine)
{
    view v;
    runs ours = { 0 };
    uint64_t size = map_record_size(r);
    if (view_begin(r, &v, PEL_PADDING_RESERVED) && runs_in_space(v.space, v.base, size, &ours)) {
        for (uint64_t rva = 0; rva < size; rva += PEL_PAGE_SIZE) {
            page_attributes want = runs_at(wine, rva), got = runs_at(&ours, rva);
            if (!has_contents(r->image, rva)) {
                want.state = PEL_MEM_RESERVE;
                want.protect = 0;
            }
            if (same_attributes(want, got))
                continue;
            trial_differs(&r->trial, "default padding",
                          "page at 0x%" PRIx64 ": want state 0x%x protect 0x%x, got 0x%x 0x%x", rva,
                          (unsigned)want.state, (unsigned)want.protect, (unsigned)got.state,
                          (unsigned)got.protect);
            break;
        }
    }
    runs_free(&ours);
    view_end(&v);
}

void map_record_regions(map_record *r, const pel_space *space, pel_va base, const page_set *pages)
{
    runs want = { 0 }, got = { 0 };
    if (!runs_recorded(r->image, pages, json_get(r->root, "regions"), &want))
        trial_differs(&r->trial, "regions", "want a readable record, got something else");
    else if (!runs_in_space(space, base, map_record_size(r), &got))
        trial_differs(&r->trial, "regions", "want an answer for each page, got none");
    else
        runs_compare(&r->trial, &want, &got);
    runs_free(&want);
    runs_free(&got);
}

/* What the loader of the program had to patch, because the kernel did not. */
static bool mark_pages(const map_record *r, bool moved, page_set *out)
{
    if (!pages_new(out, map_record_size(r)))
        return false;
    if (moved && !map_rule_moved_by_kernel(r->image) && !pel_image_is_flat(r->image))
        pages_add_relocations(out, r->image);
    if (moved && is_loaded_mode(r) && map_rule_patched_in_place(r->image))
        pages_add_padding(out, r->image);
    return true;
}

static void compare_view(map_record *r, const view *v)
{
    page_set pages = { NULL, 0 };
    runs got = { 0 };
    if (json_get(r->root, "page_crc32"))
        map_record_bytes(r, v->space, v->base, (byte_rules){ .random = false });
    if (v->moved && is_loaded_mode(r) && map_rule_protects_twice(r->image))
        trial_note(&r->trial, "regions", "the recorded loader mixed up those of its sections");
    else if (mark_pages(r, v->moved && !v->apart, &pages))
        map_record_regions(r, v->space, v->base, &pages);
    else
        trial_differs(&r->trial, "regions", "want a set of pages, got no host memory");
    if (runs_in_space(v->space, v->base, map_record_size(r), &got))
        compare_default_padding(r, &got);
    runs_free(&got);
    pages_free(&pages);
}

void map_record_map(map_record *r)
{
    view v;
    map_record_info(r);
    if (!pel_nt_success((pel_ntstatus)json_number(r->root, "map_status", 0)))
        return; /* there is nothing to see, and the verdict was compared */
    if (view_begin(r, &v, PEL_PADDING_WINE)) {
        compare_map_status(r, &v);
        compare_view(r, &v);
    }
    view_end(&v);
}

void map_record_refused(map_record *r)
{
    view v;
    r->refused = true;
    if (view_begin(r, &v, PEL_PADDING_WINE))
        compare_view(r, &v);
    view_end(&v);
}
