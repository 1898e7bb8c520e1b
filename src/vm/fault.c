/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/fault.h"

#include "vm/page.h"
#include <string.h>

/* A page and all that is known of it, while its fault is resolved. To take a frame may trim other
 * pages, and this one as well: what is known of it is looked up anew after each. */
typedef struct fault {
    pel_space *space;
    const pel_vad *vad;
    uint64_t number;
    pel_page page;
    pel_slot slot;
} fault;

static void tell(const fault *f, pel_event_kind kind, uint64_t frame)
{
    pel_tell(f->space->machine, (pel_event){ .kind = kind,
                                             .space = f->space,
                                             .va = { f->number << PEL_PAGE_BITS },
                                             .frame = frame });
}

/* Look the page up. False when it is in no region, or not committed. */
static bool look(fault *f)
{
    f->vad = pel_vads_find(&f->space->vads, f->number);
    f->page = (pel_page){ .word = 0 };
    if (f->vad)
        f->page = pel_page_get(f->space, f->vad, f->number);
    return f->page.mm != PEL_MM_NONE;
}

static bool look_up(pel_space *s, uint64_t number, fault *out)
{
    *out = (fault){ .space = s, .number = number };
    return look(out);
}

/* ---- one function for each way to satisfy a fault ---------------------- */

static pel_ntstatus demand_zero(fault *f)
{
    pel_machine *m = f->space->machine;
    uint64_t frame;
    PEL_TRY_NT(pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ZERO, f->space, f->number, &frame));
    pel_frame_entry(m, frame)->modified = true; /* it is nowhere else */
    pel_page_install(f->space, &f->slot, f->number, frame, f->page.mm);
    m->counters.demand_zero++;
    tell(f, PEL_EVENT_DEMAND_ZERO, frame);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus page_file(fault *f)
{
    pel_machine *m = f->space->machine;
    uint64_t frame, entry = f->page.word;
    PEL_TRY_NT(pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ANY, f->space, f->number, &frame));
    pel_ntstatus st = pel_page_files_read(m, entry, pel_frame_bytes(m, frame));
    if (!pel_nt_success(st)) {
        pel_frame_give(m, frame);
        return st;
    }
    m->counters.page_file_reads++;
    m->counters.hard_faults++;
    /* As long as nobody writes to the page, its copy in the page file is good. */
    pel_frame_entry(m, frame)->backing = pel_pte_with_mm(entry, PEL_MM_NONE);
    pel_page_install(f->space, &f->slot, f->number, frame, f->page.mm);
    pel_tell(m, (pel_event){ .kind = PEL_EVENT_PAGE_FILE_READ,
                             .space = f->space,
                             .va = { f->number << PEL_PAGE_BITS },
                             .frame = frame,
                             .slot = pel_pte_file_slot(entry) });
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus transition(fault *f)
{
    pel_machine *m = f->space->machine;
    uint64_t frame = pel_pte_frame(f->page.word);
    pel_frame_revive(m, frame);
    pel_page_install(f->space, &f->slot, f->number, frame, f->page.mm);
    m->counters.transition++;
    tell(f, PEL_EVENT_TRANSITION, frame);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus share(fault *f)
{
    uint64_t frame;
    pel_event_kind how;
    uint64_t page = pel_vad_section_page(f->vad, f->number);
    PEL_TRY_NT(pel_section_bring(f->vad->section, page, &frame, &how));
    f->space->machine->counters.section_shared += how == PEL_EVENT_SHARED;
    pel_frame_entry(f->space->machine, frame)->count++; /* keeps (5) */
    pel_page_make_valid(f->space, &f->slot, f->number, frame, f->page.mm);
    tell(f, how, frame);
    return PEL_STATUS_SUCCESS;
}

/* The page is in `frame` from now on. If it was locked it stays so. */
static void replace(fault *f, uint64_t frame)
{
    bool valid = pel_slot_get(&f->slot) & PEL_PTE_VALID;
    bool locked = valid && f->space->ws.entries[*f->slot.ws].locked;
    pel_page_clear(f->space, &f->slot, f->number);
    pel_page_install(f->space, &f->slot, f->number, frame, pel_mm_copied(f->page.mm));
    if (locked)
        pel_ws_set_locked(f->space, *f->slot.ws, true);
}

/* Give the page a frame of its own with what its section has. The new frame comes first: nothing
 * can then happen to the old one before it is copied. */
static pel_ntstatus copy(fault *f)
{
    pel_machine *m = f->space->machine;
    pel_section_object *section = f->vad->section;
    uint64_t page = pel_vad_section_page(f->vad, f->number);
    uint64_t frame, from;
    pel_event_kind how;
    PEL_TRY_NT(pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ANY, f->space, f->number, &frame));
    pel_ntstatus st = pel_section_bring(section, page, &from, &how);
    if (!pel_nt_success(st)) {
        pel_frame_give(m, frame);
        return st;
    }
    memcpy(pel_frame_bytes(m, frame), pel_frame_bytes(m, from), PEL_PAGE_BYTES);
    pel_frame_entry(m, frame)->modified = true;
    if (how != PEL_EVENT_SHARED)
        tell(f, how, from);
    m->counters.section_shared += how == PEL_EVENT_SHARED && !(f->page.word & PEL_PTE_VALID);
    if (pel_frame_entry(m, from)->count == 0)
        pel_section_settle(section, page);
    replace(f, frame);
    m->counters.copies_on_write++;
    tell(f, PEL_EVENT_COPY_ON_WRITE, frame);
    return PEL_STATUS_SUCCESS;
}

/* The page of a segment that every view has for itself: a frame with what the pager says. */
static pel_ntstatus own_page(fault *f)
{
    pel_machine *m = f->space->machine;
    const pel_section_object *section = f->vad->section;
    uint64_t frame, page = pel_vad_section_page(f->vad, f->number);
    PEL_TRY_NT(pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ANY, f->space, f->number, &frame));
    pel_ntstatus st = pel_section_look(section, page, pel_frame_bytes(m, frame));
    if (!pel_nt_success(st)) {
        pel_frame_give(m, frame);
        return st;
    }
    bool zero = pel_section_is_zero(section, page);
    pel_frame_entry(m, frame)->modified = true;
    pel_page_install(f->space, &f->slot, f->number, frame, f->page.mm);
    m->counters.demand_zero += zero;
    m->counters.section_fills += !zero;
    m->counters.hard_faults += !zero;
    tell(f, zero ? PEL_EVENT_DEMAND_ZERO : PEL_EVENT_FILE_READ, frame);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus section_page(fault *f, pel_access access)
{
    if (f->page.apart)
        return own_page(f);
    return access == PEL_WRITE && pel_mm_is_copy(f->page.mm) ? copy(f) : share(f);
}

static pel_ntstatus satisfy(fault *f, pel_access access)
{
    switch (pel_pte_kind_of(f->page.word)) {
    case PEL_PTE_IS_VALID: return copy(f);
    case PEL_PTE_IS_NONE: return f->vad->section ? section_page(f, access) : demand_zero(f);
    case PEL_PTE_IS_DEMAND_ZERO: return demand_zero(f);
    case PEL_PTE_IS_PROTOTYPE: return section_page(f, access);
    case PEL_PTE_IS_PAGE_FILE: return page_file(f);
    case PEL_PTE_IS_TRANSITION: return transition(f);
    }
    return PEL_STATUS_ACCESS_VIOLATION;
}

/* ---- the fault --------------------------------------------------------- */

/* The guard of one page goes off; the others of its region keep theirs. */
static pel_ntstatus trip_guard(fault *f)
{
    uint8_t mm = pel_page_target(f->vad, f->number, f->page.own, f->page.mm & PEL_MM_CODE);
    if (f->page.own)
        pel_slot_set(&f->slot, pel_pte_with_mm(f->page.word, mm));
    else
        pel_page_set_soft(f->vad, &f->slot, f->number, mm);
    return PEL_STATUS_GUARD_PAGE_VIOLATION;
}

/* Tables for the page, and a place in the working set. Both may trim pages, the faulting one among
 * them. */
static pel_ntstatus prepare(fault *f)
{
    PEL_TRY_NT(pel_pt_make(f->space, f->number, &f->slot));
    PEL_TRY_NT(pel_ws_make_room(f->space));
    look(f);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus resolve(fault *f, pel_access access)
{
    if (pel_mm_is_guard(f->page.mm)) /* in a stack it moves, and the page is an ordinary one */
        PEL_TRY_NT(pel_stack_guard_hit(f->space, f->number));
    PEL_TRY_NT(prepare(f));
    if (pel_mm_is_guard(f->page.mm))
        return trip_guard(f);
    return satisfy(f, access);
}

pel_ntstatus pel_fault_resolve(pel_space *space, uint64_t page, pel_access access)
{
    fault f;
    pel_machine *m = space->machine;
    m->counters.faults++;
    if (!look_up(space, page, &f) || !pel_machine_allows(m, f.page.mm, access))
        return PEL_STATUS_ACCESS_VIOLATION;
    pel_ntstatus st = resolve(&f, access);
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
    bool own = kind == PEL_PTE_IS_VALID || kind == PEL_PTE_IS_TRANSITION;
    if (own)
        frame = pel_pte_frame(f.page.word);
    *bytes = scratch;
    if (kind == PEL_PTE_IS_PAGE_FILE)
        return pel_page_files_read(space->machine, f.page.word, scratch);
    const pel_section_object *section = f.vad->section;
    uint64_t section_page_number = section ? pel_vad_section_page(f.vad, page) : 0;
    if (own || (section && pel_section_resident(section, section_page_number, &frame))) {
        *bytes = pel_frame_bytes(space->machine, frame);
        return PEL_STATUS_SUCCESS;
    }
    if (section)
        return pel_section_look(section, section_page_number, scratch);
    memset(scratch, 0, PEL_PAGE_BYTES);
    return PEL_STATUS_SUCCESS;
}

/* A page of a view gets its copy now. One that was not to copy was not charged for it. */
static pel_ntstatus copy_for_kernel(fault *f)
{
    uint64_t charge = !pel_page_charged(f->vad, &f->page);
    if (!pel_commit_charge(f->space->machine, charge))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_ntstatus st = f->page.apart ? own_page(f) : copy(f);
    if (!pel_nt_success(st))
        pel_commit_return(f->space->machine, charge);
    return st;
}

/* Does the write go to the page that all views share? */
static bool writes_through(const fault *f)
{
    return f->vad->section && !f->page.own && !pel_mm_is_copy(f->page.mm) &&
           pel_vad_is_shared(f->vad, f->number);
}

/* Have the page in a frame that the write goes to: its own, or the section's. */
static pel_ntstatus make_writable(fault *f, uint64_t *frame)
{
    pel_event_kind how;
    if (writes_through(f)) {
        uint64_t page = pel_vad_section_page(f->vad, f->number);
        PEL_TRY_NT(pel_section_bring(f->vad->section, page, frame, &how));
        pel_frame_soil(f->space->machine, *frame);
        if (pel_frame_entry(f->space->machine, *frame)->count == 0)
            pel_section_settle(f->vad->section, page);
        return PEL_STATUS_SUCCESS;
    }
    pel_pte_kind kind = pel_pte_kind_of(f->page.word);
    if (!f->page.own)
        PEL_TRY_NT(f->vad->section ? copy_for_kernel(f) : demand_zero(f));
    else if (kind == PEL_PTE_IS_PAGE_FILE)
        PEL_TRY_NT(page_file(f));
    *frame = pel_pte_frame(pel_slot_get(&f->slot));
    pel_frame_soil(f->space->machine, *frame);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_fault_poke(pel_space *space, uint64_t page, uint8_t **bytes)
{
    fault f;
    uint64_t frame;
    if (!look_up(space, page, &f))
        return PEL_STATUS_NOT_COMMITTED;
    pel_ntstatus st = prepare(&f);
    if (pel_nt_success(st))
        st = make_writable(&f, &frame);
    pel_pt_prune(space, page, page + 1); /* failed, or the write goes to the section */
    PEL_TRY_NT(st);
    *bytes = pel_frame_bytes(space->machine, frame);
    return PEL_STATUS_SUCCESS;
}
