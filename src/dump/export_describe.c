/* SPDX-License-Identifier: Apache-2.0 */
/* What a minidump tells of a process: modules and the first thread. */
#include <pelorus/export.h>

#include "base/alloc.h"

static pel_export_module describe_module(const pel_image *image, const pel_module *m,
                                         const char *name)
{
    const pel_file_header *file = pel_image_file_header(image);
    const pel_optional_header *o = pel_image_optional_header(image);
    return (pel_export_module){ .name = name,
                                .base = m->base,
                                .size = (uint32_t)m->size,
                                .checksum = o ? o->checksum : 0,
                                .timestamp = file ? file->timestamp : 0 };
}

static pel_status describe_modules(const pel_process *process, const char *name,
                                   pel_export_process *out)
{
    uint32_t count = pel_process_module_count(process);
    out->module_count = count ? count : 1; /* not started: the program alone */
    out->modules = pel_take(&out->allocator, out->module_count * sizeof *out->modules);
    if (!out->modules)
        return PEL_NO_MEMORY;
    out->modules[0] =
        describe_module(pel_process_image(process), pel_process_module(process), name);
    for (uint32_t i = 1; i < count; i++) {
        const pel_loaded_module *m = pel_process_module_at(process, i);
        out->modules[i] = describe_module(m->image, &m->module, m->name);
    }
    return PEL_OK;
}

static pel_export_thread describe_thread(const pel_process *process)
{
    const pel_module *m = pel_process_module(process);
    const pel_stack *k = pel_process_stack(process);
    const pel_furniture *f = pel_process_furniture(process);
    return (pel_export_thread){ .id = PEL_EXPORT_TID,
                                .start = m->entry,
                                .argument = m->entry,
                                .peb = f->peb,
                                .teb = f->teb,
                                .stack_limit = k->limit,
                                .stack_base = k->base,
                                .context = f->peb.v ? &f->context : NULL };
}

pel_status pel_export_describe(const pel_process *process, const pel_load_options *options,
                               const char *name, pel_export_process *out)
{
    const pel_file_header *file = pel_image_file_header(pel_process_image(process));
    pel_space *space = pel_process_space(process);
    /* A DLL has no stack: it is not run. */
    bool runs = pel_process_stack(process)->base.v != 0 && pel_process_module(process)->has_entry;
    *out = (pel_export_process){ .allocator = *pel_machine_allocator(pel_space_machine(space)) };
    PEL_TRY(describe_modules(process, name, out));
    out->thread = describe_thread(process);
    out->source = (pel_minidump_source){ .space = space,
                                         .machine = file ? file->machine : 0,
                                         .windows = options ? options->windows : PEL_WINDOWS_11,
                                         .host = options ? options->host : PEL_HOST_X64,
                                         .pid = PEL_EXPORT_PID,
                                         .modules = out->modules,
                                         .module_count = out->module_count,
                                         .threads = &out->thread,
                                         .thread_count = runs };
    return PEL_OK;
}

void pel_export_release(pel_export_process *described)
{
    if (described->modules)
        pel_give(&described->allocator, described->modules,
                 described->module_count * sizeof *described->modules);
    described->modules = NULL;
}
