/* SPDX-License-Identifier: Apache-2.0 */
/* One DLL: its name, where it is found, and its place in the list of modules. Rules:
 * docs/binding.md, "Finding DLLs". */
#include <string.h>

#include "base/text.h"
#include "load/process_priv.h"

/* ---- names ------------------------------------------------------------- */

typedef struct dll_name {
    char text[PEL_DLL_NAME_MAX + 1];
    size_t len;
} dll_name;

static pel_str str_of(const dll_name *n) { return (pel_str){ n->text, n->len }; }

static pel_str trimmed(const pel_process *p, pel_str name)
{
    if (p->options.windows == PEL_WINDOWS_7)
        return name;
    while (name.len > 0 && (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '.'))
        name.len--;
    return name;
}

/* Blanks and dots at the end do not count, but for Windows 7; ".dll" is meant where there is no
 * dot. A name with a path is never followed: it is text from a file. */
static bool complete_name(const pel_process *p, pel_str name, dll_name *out)
{
    static const char extension[] = ".dll";
    name = trimmed(p, name);
    bool has_dot = name.len > 0 && memchr(name.ptr, '.', name.len);
    size_t extra = has_dot ? 0 : strlen(extension);
    if (name.len == 0 || name.len + extra > PEL_DLL_NAME_MAX || memchr(name.ptr, '/', name.len) ||
        memchr(name.ptr, '\\', name.len))
        return false;
    memcpy(out->text, name.ptr, name.len);
    memcpy(out->text + name.len, extension, extra);
    out->len = name.len + extra;
    out->text[out->len] = 0;
    return true;
}

/* An API set is another name for its host; Windows XP knew none. */
static pel_ntstatus replace_api_set(const pel_process *p, uint32_t importer, dll_name *name)
{
    char host[PEL_API_SET_HOST];
    if (p->options.windows == PEL_WINDOWS_XP || !pel_is_api_set(str_of(name)))
        return PEL_STATUS_SUCCESS;
    pel_str from = pel_str_of(p->modules[importer].told.name);
    if (pel_api_sets_resolve(&p->api_sets, str_of(name), from, host) != PEL_OK)
        return (pel_ntstatus)PEL_STATUS_DLL_NOT_FOUND;
    name->len = strlen(host);
    memcpy(name->text, host, name->len + 1);
    return PEL_STATUS_SUCCESS;
}

/* ---- the list ---------------------------------------------------------- */

static bool find_loaded(const pel_process *p, pel_str name, uint32_t *index)
{
    for (size_t i = 0; i < p->module_count; i++) {
        if (pel_compare_nocase(pel_str_of(p->modules[i].told.name), name) != 0)
            continue;
        *index = (uint32_t)i;
        return true;
    }
    return false;
}

static pel_ntstatus list_module(pel_process *p, const pel_loaded_module *told, uint32_t *index)
{
    loaded *grown = pel_grow(&p->allocator, p->modules, &p->module_capacity, p->module_count + 1,
                             sizeof *grown);
    if (!grown)
        return PEL_NT_HOST_NO_MEMORY;
    p->modules = grown;
    loaded *m = &grown[p->module_count];
    *m = (loaded){ .told = *told };
    m->told.init_order = m->told.tls_slot = PEL_NO_INDEX;
    m->has_exports = pel_image_exports(told->image, &m->exports);
    *index = (uint32_t)p->module_count++;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_process_list_program(pel_process *p)
{
    uint32_t index;
    pel_loaded_module told = { .image = p->img,
                               .name = p->start.name ? p->start.name : "program.exe",
                               .module = p->module };
    return list_module(p, &told, &index);
}

void pel_process_drop_modules(pel_process *p, size_t count)
{
    while (p->module_count > count) {
        const loaded *m = &p->modules[--p->module_count];
        (void)pel_space_unmap(p->space, m->told.module.base); /* it was mapped, and so it goes */
    }
}

/* ---- mapping ----------------------------------------------------------- */

static pel_ntstatus search(pel_process *p, pel_str name, pel_found_dll *found)
{
    pel_status st =
        p->start.path ? pel_search_path_find(p->start.path, name, found) : PEL_NOT_FOUND;
    if (st == PEL_NO_MEMORY)
        return PEL_NT_HOST_NO_MEMORY;
    /* What cannot be opened (a folder of that name, say) is not found, for Windows, too. */
    return st == PEL_OK ? (pel_ntstatus)PEL_STATUS_SUCCESS : (pel_ntstatus)PEL_STATUS_DLL_NOT_FOUND;
}

bool pel_process_same_machine(const pel_process *p, const pel_image *img)
{
    const pel_file_header *ours = pel_image_file_header(p->img);
    const pel_file_header *its = pel_image_file_header(img);
    return ours && its && ours->machine == its->machine;
}

/* A process has code of one machine. Without code, an image may be of any. */
static pel_ntstatus check_machine(pel_process *p, const pel_image *img)
{
    pel_section_image_information info;
    pel_verdict verdict = pel_check(img, &p->options);
    p->refusal.verdict = verdict;
    if (pel_process_same_machine(p, img) || verdict.rule != PEL_RULE_NONE)
        return verdict.status;
    pel_status st = pel_image_section_information(img, &p->options, &info);
    bool code =
        st != PEL_OK || (info.contains_code && !(info.image_flags & PEL_INFO_ComPlusILOnly));
    if (!code)
        return PEL_STATUS_SUCCESS;
    p->refusal.machine = pel_image_file_header(img)->machine;
    return (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
}

static pel_ntstatus map_new(pel_process *p, const pel_found_dll *found, uint32_t *index)
{
    pel_verdict why = pel_rule_verdict(PEL_RULE_NONE);
    pel_load_options options = p->options;
    options.has_base = false;
    options.hypothetical = false;
    options.kernel_only = !pel_image_is_dll(found->image); /* the loader relocates DLLs only */
    pel_loaded_module told = { .image = found->image,
                               .name = found->name,
                               .file = found->file,
                               .system = found->kind == PEL_FOLDER_SYSTEM };
    if (pel_image_is_dll(found->image))
        why = pel_check_start(found->image, &options); /* all else is only mapped */
    pel_ntstatus nt = why.status;
    if (pel_nt_success(nt))
        nt = pel_image_place_and_map(p->space, found->image, p->highest, &options, &told.module,
                                     &why);
    p->refusal.verdict = why;
    if (!pel_nt_success(nt))
        return nt;
    nt = list_module(p, &told, index);
    if (!pel_nt_success(nt))
        (void)pel_space_unmap(p->space, told.module.base);
    return nt;
}

static pel_ntstatus remember_refused(pel_process *p, const pel_image *image, pel_ntstatus nt)
{
    if (pel_ntstatus_to_status(nt) != PEL_REFUSED)
        return nt;
    refused_dll *grown = pel_grow(&p->allocator, p->refused, &p->refused_capacity,
                                  p->refused_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NT_HOST_NO_MEMORY;
    p->refused = grown;
    grown[p->refused_count++] = (refused_dll){ .image = image, .status = nt, .why = p->refusal };
    return nt;
}

static pel_ntstatus map_dll(pel_process *p, const pel_found_dll *found, uint32_t *index)
{
    for (size_t i = 0; i < p->refused_count; i++) {
        if (p->refused[i].image != found->image)
            continue;
        p->refusal = p->refused[i].why;
        return p->refused[i].status;
    }
    pel_ntstatus nt = check_machine(p, found->image);
    if (pel_nt_success(nt))
        nt = map_new(p, found, index);
    return pel_nt_success(nt) ? nt : remember_refused(p, found->image, nt);
}

/* What a name in an import stands for: the name of a file. */
static pel_ntstatus settle_name(const pel_process *p, uint32_t importer, pel_str name,
                                dll_name *out)
{
    return complete_name(p, name, out) ? replace_api_set(p, importer, out)
                                       : (pel_ntstatus)PEL_STATUS_DLL_NOT_FOUND;
}

bool pel_process_is_loaded(const pel_process *p, uint32_t importer, pel_str name, uint32_t *index)
{
    dll_name settled;
    return pel_nt_success(settle_name(p, importer, name, &settled)) &&
           find_loaded(p, str_of(&settled), index);
}

pel_ntstatus pel_process_want_dll(pel_process *p, uint32_t importer, pel_str name, uint32_t *index,
                                  bool *fresh)
{
    dll_name settled;
    pel_found_dll found;
    *fresh = false;
    p->refusal = (pel_dll_refusal){ .machine = 0 };
    pel_ntstatus nt = settle_name(p, importer, name, &settled);
    if (!pel_nt_success(nt) || find_loaded(p, str_of(&settled), index))
        return nt;
    nt = search(p, str_of(&settled), &found);
    if (pel_nt_success(nt))
        nt = map_dll(p, &found, index);
    *fresh = pel_nt_success(nt);
    return nt;
}

/* ---- looking at it ----------------------------------------------------- */

const pel_api_sets *pel_process_api_sets(const pel_process *process) { return &process->api_sets; }

pel_va pel_process_tls_array(const pel_process *process) { return process->tls_array; }

uint32_t pel_process_module_count(const pel_process *process)
{
    return (uint32_t)process->module_count;
}

const pel_loaded_module *pel_process_module_at(const pel_process *process, uint32_t index)
{
    return index < process->module_count ? &process->modules[index].told : NULL;
}

uint32_t pel_process_module_of(const pel_process *process, pel_va va)
{
    for (size_t i = 0; i < process->module_count; i++) {
        const pel_module *m = &process->modules[i].told.module;
        if (va.v >= m->base.v && va.v - m->base.v < m->size)
            return (uint32_t)i;
    }
    return PEL_NO_INDEX;
}
