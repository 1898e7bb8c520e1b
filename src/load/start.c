/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the loader: starting a process, and loading one more DLL. Both look everything up
 * first, and write only when nothing is missing. */
#include "base/text.h"
#include "load/process_priv.h"

/* ---- what failed ------------------------------------------------------- */

const char *pel_loader_step_name(pel_loader_step step)
{
    switch (step) {
    case PEL_STEP_MAP: return "map";
    case PEL_STEP_IMPORTS: return "imports";
    case PEL_STEP_INDEX: return "tls-index";
    case PEL_STEP_BIND: return "bind";
    case PEL_STEP_COOKIE: return "security-cookie";
    case PEL_STEP_TEMPLATE: return "tls-template";
    }
    return "?";
}

const pel_loader_failure *pel_process_failure(const pel_process *process)
{
    return process->failed ? &process->failure : NULL;
}

pel_ntstatus pel_process_fail(pel_process *p, pel_ntstatus nt, pel_loader_step step,
                              const char *module, pel_va at)
{
    if (p->failed || pel_ntstatus_to_status(nt) != PEL_REFUSED)
        return nt;
    p->failed = true;
    p->failure = (pel_loader_failure){ .status = nt, .step = step, .module = module };
    if (at.v != 0 && nt == (pel_ntstatus)PEL_STATUS_ACCESS_VIOLATION) {
        p->failure.has_va = true;
        p->failure.va = at;
    }
    if (step == PEL_STEP_MAP)
        p->failure.refusal = p->refusal;
    return nt;
}

/* ---- a transaction ----------------------------------------------------- */

static pel_ntstatus first_missing(const pel_process *p)
{
    for (size_t i = 0; i < p->missing_count; i++)
        if (!p->missing[i].delayed)
            return p->missing[i].status;
    return PEL_STATUS_SUCCESS;
}

/* Look up, write, initialise; or leave everything as it was. */
static pel_ntstatus finish(pel_loading *l, pel_ntstatus nt)
{
    pel_process *p = l->process;
    if (pel_nt_success(nt))
        nt = pel_loading_walk(l);
    if (pel_nt_success(nt) && p->start.bind_delay)
        nt = pel_loading_walk_delayed(l);
    if (pel_nt_success(nt) && !p->start.stub_missing)
        nt = first_missing(p);
    if (pel_nt_success(nt))
        nt = pel_loading_write_early_indexes(l);
    if (pel_nt_success(nt))
        nt = pel_loading_write_bindings(l);
    if (pel_nt_success(nt))
        nt = pel_loading_initialise(l);
    if (!p->started)
        p->static_count = p->module_count;
    if (pel_nt_success(nt) && (!p->started || p->module_count > l->modules_before))
        nt = pel_process_furnish(p);
    if (!pel_nt_success(nt))
        pel_loading_undo(l);
    pel_loading_end(l);
    return nt;
}

/* ---- start ------------------------------------------------------------- */

/* What is in every process. Where there is no such file, the process does without. */
static pel_ntstatus load_system_dll(pel_loading *l, const char *name)
{
    uint32_t index;
    bool fresh;
    pel_ntstatus nt = pel_process_want_dll(l->process, 0, pel_str_of(name), &index, &fresh);
    if (nt == (pel_ntstatus)PEL_STATUS_DLL_NOT_FOUND)
        return PEL_STATUS_SUCCESS;
    if (!pel_nt_success(nt))
        return pel_process_fail(l->process, nt, PEL_STEP_MAP, name, (pel_va){ 0 });
    if (fresh)
        nt = pel_loading_push(l, index);
    return pel_nt_success(nt) ? pel_loading_walk(l) : nt;
}

static pel_ntstatus load_system_dlls(pel_loading *l)
{
    const pel_optional_header *o = pel_image_optional_header(l->process->img);
    pel_ntstatus nt = load_system_dll(l, "ntdll.dll");
    bool native = o && o->subsystem == PEL_SUBSYSTEM_NATIVE;
    return pel_nt_success(nt) && !native ? load_system_dll(l, "kernel32.dll") : nt;
}

static void choose_api_sets(pel_process *p)
{
    pel_found_dll found;
    if (p->start.api_sets)
        p->api_sets = *p->start.api_sets;
    else if (p->start.path &&
             pel_search_path_find(p->start.path, pel_str_of("apisetschema.dll"), &found) == PEL_OK)
        (void)pel_api_sets_of(found.image, &p->api_sets); /* all zero, the built-in table, if not */
}

pel_ntstatus pel_process_start(pel_process *process, const pel_start_options *options)
{
    static const pel_start_options defaults = { .path = NULL };
    if (process->started)
        return PEL_STATUS_INVALID_PARAMETER;
    process->start = options ? *options : defaults;
    choose_api_sets(process);
    pel_ntstatus nt = process->module_count ? (pel_ntstatus)PEL_STATUS_SUCCESS
                                            : pel_process_list_program(process);
    if (!pel_nt_success(nt))
        return nt;
    process->missing_count = 0;
    process->failed = false;
    pel_loading l = pel_loading_begin(process);
    pel_process_give_slot(process, 0); /* the first, whatever the system's DLLs have */
    nt = load_system_dlls(&l);
    process->system_count = process->module_count;
    if (pel_nt_success(nt))
        nt = pel_loading_push(&l, 0);
    nt = finish(&l, nt);
    process->started = pel_nt_success(nt);
    return nt;
}

/* ---- one more DLL ------------------------------------------------------ */

pel_ntstatus pel_process_load_dll(pel_process *process, pel_str name, unsigned flags,
                                  uint32_t *index)
{
    bool fresh;
    if (!process->started)
        return PEL_STATUS_INVALID_PARAMETER;
    process->missing_count = 0;
    process->failed = false;
    pel_loading l = pel_loading_begin(process);
    pel_ntstatus nt = pel_process_want_dll(process, 0, name, index, &fresh);
    if (pel_nt_success(nt) && fresh && !(flags & PEL_LOAD_DLL_DONT_RESOLVE))
        nt = pel_loading_push(&l, *index);
    return finish(&l, nt);
}

pel_ntstatus pel_process_procedure(pel_process *process, uint32_t module, pel_str name,
                                   uint16_t ordinal, pel_va *out)
{
    pel_resolved found = { .va = { 0 } };
    const pel_wanted wanted = { .by_ordinal = !name.ptr, .ordinal = ordinal, .name = name };
    if (!process->started || module >= process->module_count)
        return PEL_STATUS_INVALID_PARAMETER;
    process->missing_count = 0;
    process->failed = false;
    pel_loading l = pel_loading_begin(process);
    pel_ntstatus nt = finish(&l, pel_process_resolve(&l, module, &wanted, &found));
    *out = found.va;
    return nt;
}
