/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/fault.h"

#include "vm/page.h"
#include <string.h>

/* A page and all that is known of it, while its fault is resolved. */
typedef struct fault {
    pel_space *space;
    const pel_vad *vad;
    uint64_t number;
    pel_page page;
    pel_slot slot;
} fault;

/* ---- the section's frame ----------------------------------------------- */

static pel_ntstatus section_frame(const fault *f, uint64_t *frame, bool *was_there)
{
    pel_section_object *section = f->vad->section;
    uint64_t page = f->number - f->vad->first;
    *was_there = pel_section_resident(section, page, frame);
    return *was_there ? PEL_STATUS_SUCCESS : pel_section_fill(section, page, frame);
}

/* ---- one function for each way to satisfy a fault ---------------------- */

static pel_ntstatus demand_zero(const fault *f)
{
    pel_machine *m = f->space->machine;
    uint64_t frame;
    PEL_TRY_NT(pel_frame_take_zeroed(m, PEL_FRAME_PRIVATE, f->space, f->number, &frame));
    pel_page_install(&f->slot, frame, f->page.mm);
    m->counters.demand_zero++;
    return PEL_STATUS_SUCCESS;
}

/* Give the page a frame of its own with the contents of `from`. */
static pel_ntstatus copy(const fault *f, uint64_t from)
{
    pel_machine *m = f->space->machine;
    uint64_t frame;
    PEL_TRY_NT(pel_frame_take(m, PEL_FRAME_PRIVATE, f->space, f->number, &frame));
    memcpy(pel_frame_bytes(m, frame), pel_frame_bytes(m, from), PEL_PAGE_BYTES);
    pel_page_clear(f->space, &f->slot, f->number);
    pel_page_install(&f->slot, frame, pel_mm_copied(f->page.mm));
    m->counters.copies_on_write++;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus section_page(const fault *f, pel_access access)
{
    pel_machine *m = f->space->machine;
    uint64_t frame;
    bool was_there;
    PEL_TRY_NT(section_frame(f, &frame, &was_there));
    m->counters.section_shared += was_there;
    if (access == PEL_WRITE && pel_mm_is_copy(f->page.mm))
        return copy(f, frame);
    pel_slot_set_valid(&f->slot, frame, f->page.mm);
    pel_frame_entry(m, frame)->count++; /* keeps (5) */
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus untouched(const fault *f, pel_access access)
{
    return f->vad->section ? section_page(f, access) : demand_zero(f);
}

static pel_ntstatus satisfy(const fault *f, pel_access access)
{
    switch (pel_pte_kind_of(f->page.word)) {
    case PEL_PTE_IS_VALID: return copy(f, pel_pte_frame(f->page.word));
    case PEL_PTE_IS_NONE: return untouched(f, access);
    case PEL_PTE_IS_DEMAND_ZERO: return demand_zero(f);
    case PEL_PTE_IS_PROTOTYPE: return section_page(f, access);
    case PEL_PTE_IS_TRANSITION:
        pel_page_install(&f->slot, pel_pte_frame(f->page.word), f->page.mm);
        return PEL_STATUS_SUCCESS;
    }
    return PEL_STATUS_ACCESS_VIOLATION;
}

/* ---- the fault --------------------------------------------------------- */

/* Look `number` up. False when it is in no region, or not committed. */
static bool look_up(pel_space *s, uint64_t number, fault *out)
{
    *out = (fault){ .space = s, .vad = pel_vads_find(&s->vads, number), .number = number };
    if (out->vad)
        out->page = pel_page_get(s, out->vad, number);
    return out->page.mm != PEL_MM_NONE;
}

/* The guard of one page goes off; the others of its region keep theirs. */
static pel_ntstatus trip_guard(const fault *f)
{
    uint8_t mm = pel_page_target(f->vad, f->number, f->page.own, f->page.mm & PEL_MM_CODE);
    if (f->page.own)
        pel_page_install(&f->slot, pel_pte_frame(f->page.word), mm);
    else
        pel_page_set_soft(f->vad, &f->slot, f->number, mm);
    return PEL_STATUS_GUARD_PAGE_VIOLATION;
}

/* The guard of a stack makes the stack grow, and the page is an ordinary one then. */
static pel_ntstatus grow_stack(fault *f)
{
    if (!pel_mm_is_guard(f->page.mm))
        return PEL_STATUS_SUCCESS;
    PEL_TRY_NT(pel_stack_guard_hit(f->space, f->number));
    f->page = pel_page_get(f->space, f->vad, f->number);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_fault_resolve(pel_space *space, uint64_t page, pel_access access)
{
    fault f;
    space->machine->counters.faults++;
    if (!look_up(space, page, &f) || !pel_mm_allows(f.page.mm, access))
        return PEL_STATUS_ACCESS_VIOLATION;
    PEL_TRY_NT(grow_stack(&f));
    PEL_TRY_NT(pel_pt_make(space, page, &f.slot));
    pel_ntstatus st = pel_mm_is_guard(f.page.mm) ? trip_guard(&f) : satisfy(&f, access);
    if (!pel_nt_success(st))
        pel_pt_prune(space, page, page + 1);
    return st;
}

/* ---- for the kernel ---------------------------------------------------- */

pel_ntstatus pel_fault_peek(pel_space *space, uint64_t page, uint8_t *scratch,
                            const uint8_t **bytes)
{
    fault f;
    uint64_t frame;
    if (!look_up(space, page, &f))
        return PEL_STATUS_NOT_COMMITTED;
    pel_pte_kind kind = pel_pte_kind_of(f.page.word);
    const pel_section_object *section = f.vad->section;
    bool own = kind == PEL_PTE_IS_VALID || kind == PEL_PTE_IS_TRANSITION;
    if (own)
        frame = pel_pte_frame(f.page.word);
    if (own || (section && pel_section_resident(section, page - f.vad->first, &frame))) {
        *bytes = pel_frame_bytes(space->machine, frame);
        return PEL_STATUS_SUCCESS;
    }
    *bytes = scratch;
    if (section)
        return pel_section_look(section, page - f.vad->first, scratch);
    memset(scratch, 0, PEL_PAGE_BYTES);
    return PEL_STATUS_SUCCESS;
}

/* A page of a view gets its copy now. One that was not to copy was not charged for it. */
static pel_ntstatus copy_for_kernel(const fault *f, uint64_t from)
{
    uint64_t charge = !pel_page_charged(f->vad, &f->page);
    if (!pel_commit_charge(f->space->machine, charge))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_ntstatus st = copy(f, from);
    if (!pel_nt_success(st))
        pel_commit_return(f->space->machine, charge);
    return st;
}

/* Give the page the frame that a write goes to. */
static pel_ntstatus make_writable(fault *f, uint64_t *frame)
{
    bool was_there;
    if (!f->vad->section) {
        PEL_TRY_NT(demand_zero(f));
    } else {
        PEL_TRY_NT(section_frame(f, frame, &was_there));
        bool shared = pel_section_part(f->vad->section, f->number - f->vad->first)->shared;
        if (shared && !pel_mm_is_copy(f->page.mm))
            return PEL_STATUS_SUCCESS;
        PEL_TRY_NT(copy_for_kernel(f, *frame));
    }
    *frame = pel_pte_frame(pel_slot_get(&f->slot));
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_fault_poke(pel_space *space, uint64_t page, uint8_t **bytes)
{
    fault f;
    if (!look_up(space, page, &f))
        return PEL_STATUS_NOT_COMMITTED;
    uint64_t frame = pel_pte_frame(f.page.word);
    if (!f.page.own) {
        PEL_TRY_NT(pel_pt_make(space, page, &f.slot));
        pel_ntstatus st = make_writable(&f, &frame);
        pel_pt_prune(space, page, page + 1); /* failed, or the write goes to the section */
        PEL_TRY_NT(st);
    }
    pel_frame_entry(space->machine, frame)->modified = true;
    *bytes = pel_frame_bytes(space->machine, frame);
    return PEL_STATUS_SUCCESS;
}
