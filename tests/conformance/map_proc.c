/* SPDX-License-Identifier: Apache-2.0 */
/* A process that was created suspended: what the kernel makes of a program. */
#include "map_record.h"
#include "peek.h"

#include <string.h>

#define MIB UINT64_C(0x100000)

/* ---- whether it starts --------------------------------------------------- */

/* What starts there need not start on Windows. */
static void compare_rule(map_record *r, pel_ntstatus *want)
{
    pel_verdict verdict = pel_check_start(r->image, NULL);
    const char *rule = map_rule_of_refused_start(r->image);
    if (rule || verdict.rule != PEL_RULE_NONE)
        trial_text(&r->trial, "rule", rule ? rule : "none", pel_rule_name(verdict.rule));
    if (rule)
        *want = verdict.status;
}

/* The recorded loader cannot move a program (IMAGE_NOT_AT_BASE, error 700). Windows moves one that
 * has relocations, and refuses the others. */
static void compare_start(map_record *r, pel_ntstatus got, const pel_process *p)
{
    pel_ntstatus want = (pel_ntstatus)json_number(r->root, "ntstatus", 0);
    bool cannot_move = want == (pel_ntstatus)PEL_STATUS_IMAGE_NOT_AT_BASE;
    if (map_rule_of_refusal(r->image))
        want = (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    else if (cannot_move && map_rule_stripped(r->image))
        want = (pel_ntstatus)PEL_STATUS_CONFLICTING_ADDRESSES;
    else if (cannot_move && map_rule_moved_by_kernel(r->image))
        want = (pel_ntstatus)PEL_STATUS_SUCCESS;
    if (!map_rule_of_refusal(r->image))
        compare_rule(r, &want);
    trial_text(&r->trial, "start", pel_ntstatus_name(want), pel_ntstatus_name(got));
    if (cannot_move && p)
        trial_number(&r->trial, "moved", 1,
                     pel_process_module(p)->base.v != pel_process_module(p)->preferred_base.v);
}

/* ---- the stack ----------------------------------------------------------- */

/* The recorded loader reserves 1 MiB at least, and does not round up to MiB what is all committed.
 */
static void compare_reserve(map_record *r, uint64_t recorded, const pel_stack *stack)
{
    uint64_t reserve = stack->header.reserve, commit = stack->header.commit;
    uint64_t larger = reserve > commit ? reserve : commit;
    trial_number(&r->trial, "recorded stack",
                 pel_round_up(larger > MIB ? larger : MIB, PEL_GRANULARITY), recorded);
    if (larger < MIB)
        return;
    uint64_t want = commit >= reserve ? pel_round_up(recorded, MIB) : recorded;
    trial_number(&r->trial, "stack", want, stack->effective.reserve);
    trial_number(&r->trial, "DeallocationStack", stack->base.v - want, stack->allocation_base.v);
}

/* It also commits all of it, but for its lowest page. What it and Windows do alike: committed
 * memory at the top, and a guard below. */
static void compare_protection(map_record *r, const pel_process *p, size_t index, uint64_t va)
{
    page_set none = { NULL, 0 };
    runs want = { 0 };
    pel_region got;
    const pel_stack *stack = pel_process_stack(p);
    if (!runs_recorded(r->image, &none, json_get(r->root, "stack"), &want) || want.count <= index ||
        pel_space_query(pel_process_space(p), (pel_va){ va }, &got) != PEL_STATUS_SUCCESS) {
        trial_differs(&r->trial, "stack", "want regions, got none");
    } else {
        const page_attributes *is = &want.items[index].is;
        trial_number(&r->trial, "stack state", is->state, got.state);
        trial_number(&r->trial, "stack protect", is->protect, got.protect);
        trial_number(&r->trial, "stack alloc_protect", is->alloc_protect, got.alloc_protect);
        trial_number(&r->trial, "stack type", is->type, got.type);
        trial_number(&r->trial, "stack allocation", stack->allocation_base.v,
                     got.allocation_base.v);
    }
    runs_free(&want);
}

static void compare_stack(map_record *r, const pel_process *p)
{
    const pel_stack *stack = pel_process_stack(p);
    uint64_t top = json_number(r->root, "stack_base", 0);
    compare_reserve(r, top - json_number(r->root, "dealloc_stack", 0), stack);
    compare_protection(r, p, 2, stack->base.v - PEL_PAGE_SIZE);
    if (stack->guard)
        compare_protection(r, p, 1, stack->limit.v - PEL_PAGE_SIZE);
}

/* ---- the process --------------------------------------------------------- */

/* ImageBase of the mapped header was read as that of a 64-bit image: eight bytes, of which the
 * first four are BaseOfData in a 32-bit one. */
static void compare_header(map_record *r, const pel_process *p)
{
    uint64_t got;
    pel_va at = pel_process_module(p)->base;
    at.v += pel_image_dos_header(r->image)->nt_header.v + 48;
    (void)peek_number(pel_process_space(p), at, 8, &got);
    map_record_number(r, "mem_image_base", json_number(r->root, "mem_image_base", 0), got);
}

static void compare_process(map_record *r, const pel_process *p)
{
    page_set none = { NULL, 0 };
    const pel_module *m = pel_process_module(p);
    const pel_optional_header *o = pel_image_optional_header(r->image);
    map_record_number(r, "peb_image_base", map_record_base(r), m->base.v);
    map_record_number(r, "entry point", json_number(r->root, "rcx", 0), m->entry.v);
    map_record_number(r, "aoep", json_number(r->root, "aoep", 0), m->entry_rva.v);
    compare_header(r, p);
    map_record_number(r, "size_of_image", json_number(r->root, "size_of_image", 0),
                      o->size_of_image);
    map_record_regions(r, pel_process_space(p), m->base, &none);
    if (!map_rule_two_stacks(r->image))
        compare_stack(r, p);
}

/* PEB.ImageBaseAddress, and the register with what the first thread calls: RCX, or EAX of a 32-bit
 * one. The loader has run by then: before, there is no PEB here. */
static void compare_started(map_record *r, pel_process *p)
{
    uint64_t got;
    bool wide = pel_image_is_wide(r->image);
    const pel_start_options options = { .stub_missing = true };
    if (!pel_nt_success(pel_process_start(p, &options))) {
        trial_note(&r->trial, "peb_image_base", "what was created suspended cannot be started");
        return;
    }
    const pel_furniture *f = pel_process_furniture(p);
    pel_va field = { f->peb.v + (wide ? 0x10 : 0x08) };
    (void)peek_number(pel_process_space(p), field, word_size(r->image), &got);
    map_record_number(r, "PEB.ImageBaseAddress", map_record_base(r), got);
    map_record_number(r, "rcx", json_number(r->root, "rcx", 0),
                      f->context.registers[wide ? PEL_REGISTER_CX : PEL_REGISTER_AX]);
}

static void compare(map_record *r, pel_machine *machine)
{
    pel_process *p = NULL;
    pel_load_options options = { .padding = PEL_PADDING_WINE };
    pel_ntstatus got = pel_process_new(machine, r->image, &options, &p, NULL);
    compare_start(r, got, p);
    if (!p && !map_rule_of_refusal(r->image) && map_rule_of_refused_start(r->image)) {
        options.hypothetical = true; /* what it would be, if it started */
        (void)pel_process_new(machine, r->image, &options, &p, NULL);
    }
    if (p && json_number(r->root, "err", 0) == 0) {
        compare_process(r, p);
        compare_started(r, p);
    } else if (!p && map_rule_of_refusal(r->image) && json_get(r->root, "regions")) {
        map_record_refused(r);
    }
    pel_process_free(p);
}

void map_record_proc(map_record *r)
{
    pel_machine *machine;
    map_exceptions_meet(r->exceptions, r->image_name, r->mode);
    if (pel_machine_new(NULL, &machine) != PEL_OK) {
        trial_differs(&r->trial, "start", "want a machine, got no host memory");
        return;
    }
    compare(r, machine);
    pel_machine_free(machine);
}
