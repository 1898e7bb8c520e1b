/* SPDX-License-Identifier: Apache-2.0 */
/* What the furniture of a process tells of its modules: the loader's list, in the words of Windows.
 * Paths are those that the files would have there: what is found in system folders lies in
 * System32, all else beside the program. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "load/process_priv.h"

#define SYSTEM_FOLDER "C:\\Windows\\System32\\"
#define STATIC_COUNT  0xFFFFu /* LoadCount of what stays for ever */
#define PROCESS_ID    0x1000u
#define THREAD_ID     0x1004u

/* What a request points to, while it is made. */
typedef struct furnishing {
    pel_arena arena;
    pel_furniture_module *modules;
    uint32_t *init_order;
} furnishing;

static const char *path_of(furnishing *f, const pel_process *p, const pel_loaded_module *m)
{
    const char *folder = p->start.folder ? p->start.folder : "C:\\Program\\";
    if (m->system)
        folder = SYSTEM_FOLDER;
    size_t size = strlen(folder) + strlen(m->name) + 1;
    char *path = pel_arena_take(&f->arena, size);
    if (path)
        snprintf(path, size, "%s%s", folder, m->name);
    return path;
}

/* The program, and kernel32.dll, which ntdll loads by itself, count as loaded by a call. */
static pel_load_reason reason_of(const pel_process *p, uint32_t index)
{
    static const char kernel32[] = "kernel32.dll";
    const char *name = p->modules[index].told.name;
    if (index >= p->static_count || index == 0)
        return PEL_LOADED_DYNAMIC;
    bool by_ntdll =
        index < p->system_count && pel_compare_nocase(pel_str_of(name), pel_str_of(kernel32)) == 0;
    return by_ntdll ? PEL_LOADED_DYNAMIC : PEL_LOADED_STATIC_DEPENDENCY;
}

static bool describe(furnishing *f, const pel_process *p, uint32_t index)
{
    const pel_loaded_module *m = &p->modules[index].told;
    bool is_static = index < p->static_count;
    pel_furniture_module *to = &f->modules[index];
    *to = (pel_furniture_module){
        .base = m->module.base,
        .entry = m->module.has_entry ? m->module.entry : (pel_va){ 0 },
        .size = m->module.size,
        .path = path_of(f, p, m),
        .image = m->image,
        .flags = m->bound ? PEL_LDRP_ENTRY_PROCESSED : 0,
        .has_tls = m->tls_slot != PEL_NO_INDEX,
        .load_count = is_static ? STATIC_COUNT : 1,
        .load_reason = reason_of(p, index),
        .relocated = m->module.base.v != m->module.preferred_base.v,
    };
    if (m->init_order != PEL_NO_INDEX)
        f->init_order[m->init_order] = index;
    return to->path != NULL;
}

static bool describe_all(furnishing *f, const pel_process *p)
{
    f->modules = pel_arena_take(&f->arena, p->module_count * sizeof *f->modules);
    f->init_order = pel_arena_take(&f->arena, (p->init_count + 1u) * sizeof *f->init_order);
    bool ok = f->modules && f->init_order;
    for (uint32_t i = 0; ok && i < p->module_count; i++)
        ok = describe(f, p, i);
    return ok;
}

/* Where a thread begins: ntdll tells, if it is there. */
static pel_va thread_start(const pel_process *p)
{
    pel_export e;
    static const char name[] = "RtlUserThreadStart";
    for (size_t i = 0; i < p->module_count; i++) {
        const loaded *m = &p->modules[i];
        if (pel_compare_nocase(pel_str_of(m->told.name), pel_str_of("ntdll.dll")) == 0 &&
            m->has_exports != PEL_NOT_FOUND &&
            pel_export_by_name(&m->exports, pel_str_of(name), 0, &e) == PEL_OK && !e.is_forwarder)
            return pel_va_of(m->told.module.base, e.rva);
    }
    return (pel_va){ 0 };
}

static pel_furniture_request request_of(const furnishing *f, const pel_process *p)
{
    return (pel_furniture_request){ .windows = p->options.windows,
                                    .host = p->options.host,
                                    .wide = pel_image_is_wide(p->img),
                                    .machine = pel_image_file_header(p->img)->machine,
                                    .modules = f->modules,
                                    .count = p->module_count,
                                    .init_order = f->init_order,
                                    .init_count = p->init_count,
                                    .stack = &p->stack,
                                    .heap = p->heap.base,
                                    .thread_start = thread_start(p),
                                    .entry = p->module.entry,
                                    .highest = p->highest,
                                    .tls_array = p->tls_array,
                                    .command_line = p->start.command_line,
                                    .current_directory = p->start.current_directory,
                                    .environment = p->start.environment,
                                    .process_id = PROCESS_ID,
                                    .thread_id = THREAD_ID,
                                    .seed = p->options.aslr ? p->options.seed : 0 };
}

pel_ntstatus pel_process_furnish(pel_process *p)
{
    furnishing f;
    pel_ntstatus nt = PEL_NT_HOST_NO_MEMORY;
    if (pel_image_is_dll(p->img))
        return PEL_STATUS_SUCCESS; /* no program, and so no thread that would look */
    pel_arena_init(&f.arena, &p->allocator);
    if (describe_all(&f, p)) {
        pel_furniture_request request = request_of(&f, p);
        if (p->furniture.peb.v)
            nt = pel_furniture_update(p->space, &request, &p->furniture);
        else
            nt = pel_shared_user_data_write(p->space, request.windows, request.seed);
        if (pel_nt_success(nt) && !p->furniture.peb.v)
            nt = pel_furniture_make(p->space, &request, &p->furniture);
    }
    pel_arena_release(&f.arena);
    return nt;
}

const pel_furniture *pel_process_furniture(const pel_process *process)
{
    return &process->furniture;
}
