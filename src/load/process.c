/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh process: what is in its address space before the first instruction. */
#include "load/process_priv.h"

#define SHARED_USER UINT64_C(0x7FFE0000) /* KUSER_SHARED_DATA, the same in every process */

/* ---- the steps of process creation ------------------------------------- */

static bool is_32_bit(const pel_machine *m)
{
    return pel_machine_paging(m) == PEL_PAGING_X86 || pel_machine_paging(m) == PEL_PAGING_PAE;
}

static pel_ntstatus make_space(pel_process *p, pel_machine *machine)
{
    if (is_32_bit(machine) && pel_image_is_wide(p->img))
        return PEL_STATUS_INVALID_IMAGE_WIN_64; /* its page tables have no room for it */
    bool windows_32 = is_32_bit(machine) || p->options.host == PEL_HOST_X86;
    pel_user_bounds bounds = pel_user_bounds_of(p->img, &p->options, windows_32);
    p->highest = bounds.chosen;
    pel_space_options options = { .highest = bounds.all };
    pel_status st = pel_space_new(machine, &options, &p->space);
    if (st == PEL_REFUSED) /* no frame is left for the top page table */
        return (pel_ntstatus)PEL_STATUS_NO_MEMORY;
    return st == PEL_OK ? (pel_ntstatus)PEL_STATUS_SUCCESS
                        : (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

static pel_ntstatus map_shared_user_data(pel_process *p)
{
    pel_va base = { SHARED_USER };
    uint64_t size = PEL_PAGE_SIZE;
    return pel_space_allocate(p->space, &base, &size, PEL_MEM_RESERVE | PEL_MEM_COMMIT,
                              PEL_PAGE_READONLY);
}

static pel_ntstatus map_image(pel_process *p)
{
    return pel_image_place_and_map(p->space, p->img, p->highest, &p->options, &p->module, &p->why);
}

/* Windows tells a status and no more; which field asked for too much is worth knowing. */
static pel_ntstatus blame(pel_process *p, pel_ntstatus nt, const char *field, uint64_t found)
{
    if (pel_nt_success(nt) || p->why.rule != PEL_RULE_NONE)
        return nt;
    p->why.status = nt;
    p->why.stage = PEL_STAGE_PROCESS;
    p->why.where = pel_image_place(p->img, &pel_optional_header_schema, 0, field);
    p->why.found = found;
    return nt;
}

/* Of a reserve and a commit, the larger. */
static pel_ntstatus blame_sizes(pel_process *p, pel_ntstatus nt, pel_reserve_commit sizes,
                                const char *reserve, const char *commit)
{
    bool is_reserve = sizes.reserve >= sizes.commit;
    return blame(p, nt, is_reserve ? reserve : commit, is_reserve ? sizes.reserve : sizes.commit);
}

/* The sizes of a DLL are not used by Windows: shown, but nothing is made of them. */
static pel_ntstatus make_stack_and_heap(pel_process *p)
{
    const pel_optional_header *o = pel_image_optional_header(p->img);
    p->stack = pel_stack_sizes((pel_reserve_commit){ o->stack_reserve, o->stack_commit });
    p->heap = pel_heap_sizes((pel_reserve_commit){ o->heap_reserve, o->heap_commit });
    if (pel_image_is_dll(p->img))
        return PEL_STATUS_SUCCESS;
    pel_ntstatus nt = pel_stack_create(p->space, p->highest, &p->stack);
    if (!pel_nt_success(nt))
        return blame_sizes(p, nt, p->stack.header, "SizeOfStackReserve", "SizeOfStackCommit");
    nt = pel_heap_create(p->space, p->highest, pel_image_is_wide(p->img), &p->heap);
    return blame_sizes(p, nt, p->heap.header, "SizeOfHeapReserve", "SizeOfHeapCommit");
}

static pel_ntstatus (*const steps[])(pel_process *p) = {
    map_shared_user_data,
    map_image,
    make_stack_and_heap,
};

/* ---- the process ------------------------------------------------------- */

static pel_process *process_new(pel_machine *machine, const pel_image *image,
                                const pel_load_options *options)
{
    pel_allocator allocator = *pel_machine_allocator(machine);
    pel_process *p = pel_take(&allocator, sizeof *p);
    if (!p)
        return NULL;
    p->allocator = allocator;
    p->img = image;
    p->options = *pel_load_options_or_default(options);
    return p;
}

static pel_ntstatus no_memory_at_all(pel_verdict verdict, pel_verdict *why)
{
    if (verdict.rule == PEL_RULE_NONE)
        verdict.status = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    if (why)
        *why = verdict;
    return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

/* Refused although there is a section of it. The others are refused when they are mapped. */
static bool is_refused(const pel_verdict *v, const pel_load_options *options)
{
    return v->rule != PEL_RULE_NONE && v->stage != PEL_STAGE_SECTION && !options->hypothetical;
}

pel_ntstatus pel_process_new(pel_machine *machine, const pel_image *image,
                             const pel_load_options *options, pel_process **out, pel_verdict *why)
{
    *out = NULL;
    pel_verdict verdict = pel_check_start(image, options); /* stands even when it is ignored */
    if (is_refused(&verdict, pel_load_options_or_default(options))) {
        if (why)
            *why = verdict;
        return verdict.status;
    }
    pel_process *p = process_new(machine, image, options);
    if (!p)
        return no_memory_at_all(verdict, why);
    p->why = verdict;
    pel_ntstatus nt = make_space(p, machine);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && pel_nt_success(nt); i++)
        nt = steps[i](p);
    if (!pel_nt_success(nt) && p->why.rule == PEL_RULE_NONE)
        p->why.status = nt; /* no rule of the format: the machine had no room */
    if (why)
        *why = verdict.rule != PEL_RULE_NONE ? verdict : p->why;
    if (pel_nt_success(nt)) {
        *out = p;
        return p->module.status;
    }
    pel_process_free(p);
    return nt;
}

void pel_process_free(pel_process *process)
{
    if (!process)
        return;
    pel_allocator allocator = process->allocator;
    pel_space_free(process->space);
    pel_give(&allocator, process->modules, process->module_capacity * sizeof *process->modules);
    pel_give(&allocator, process->bindings, process->binding_capacity * sizeof *process->bindings);
    pel_give(&allocator, process->forwards, process->forward_capacity * sizeof *process->forwards);
    pel_give(&allocator, process->refused, process->refused_capacity * sizeof *process->refused);
    pel_give(&allocator, process->missing, process->missing_capacity * sizeof *process->missing);
    pel_give(&allocator, process, sizeof *process);
}

pel_space *pel_process_space(const pel_process *process) { return process->space; }
const pel_image *pel_process_image(const pel_process *process) { return process->img; }
const pel_load_options *pel_process_options(const pel_process *process)
{
    return &process->options;
}
const pel_module *pel_process_module(const pel_process *process) { return &process->module; }
const pel_stack *pel_process_stack(const pel_process *process) { return &process->stack; }
const pel_heap *pel_process_heap(const pel_process *process) { return &process->heap; }

pel_ntstatus pel_process_create_stack(pel_process *process, uint64_t size, bool is_reservation,
                                      pel_stack *out)
{
    *out = pel_stack_sizes_thread(process->stack.header, size, is_reservation);
    return pel_stack_create(process->space, process->highest, out);
}

pel_ntstatus pel_process_heap_allocate(pel_process *process, uint64_t bytes, pel_va *out)
{
    if (process->heap.segments == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    return pel_heap_allocate(process->space, &process->heap, bytes, out);
}
