/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"

/* ---- looking ----------------------------------------------------------- */

/* What a page without an entry is, and the end of the pages that are the same. */
static uint8_t region_mm(const pel_vad *vad, uint64_t page, uint64_t *end)
{
    if (!vad->section) {
        *end = vad->end;
        return vad->mm;
    }
    uint64_t number = pel_vad_section_page(vad, page);
    uint8_t mm = vad->mm;
    if (vad->section->type == PEL_SECTION_IMAGE) {
        const pel_subsection *part = pel_section_part(vad->section, number);
        *end = part->end;
        mm = part->mm;
    } else if (!pel_section_is_committed(vad->section, number, end)) {
        mm = PEL_MM_NONE;
    }
    *end = *end - vad->section_page < vad->end - vad->first ? vad->first + *end - vad->section_page
                                                            : vad->end;
    return mm;
}

/* Does every view have the page for itself? */
static bool is_apart(const pel_vad *vad, uint64_t page)
{
    return vad->section && vad->section->apart &&
           pel_section_part(vad->section, pel_vad_section_page(vad, page))->own;
}

static bool has_own(const pel_space *s, uint64_t word)
{
    pel_pte_kind kind = pel_pte_kind_of(word);
    if (kind == PEL_PTE_IS_TRANSITION || kind == PEL_PTE_IS_PAGE_FILE)
        return true;
    return kind == PEL_PTE_IS_VALID &&
           pel_frame_entry(s->machine, pel_pte_frame(word))->use == PEL_FRAME_PRIVATE;
}

static pel_page page_in(const pel_space *s, const pel_slot *slot)
{
    pel_page page = { .word = pel_slot_get(slot) };
    page.own = has_own(s, page.word);
    page.mm = page.word & PEL_PTE_VALID ? *slot->mm : pel_pte_soft_mm(page.word);
    if (page.mm == PEL_MM_DECOMMIT)
        page.mm = PEL_MM_NONE;
    return page;
}

pel_page pel_page_get(const pel_space *space, const pel_vad *vad, uint64_t page)
{
    pel_slot slot;
    uint64_t end;
    pel_page out = { .word = 0 };
    if (pel_pt_find(space, page, &slot) && pel_slot_get(&slot) != 0)
        out = page_in(space, &slot);
    else
        out.mm = region_mm(vad, page, &end);
    out.apart = is_apart(vad, page);
    return out;
}

uint64_t pel_page_run(const pel_space *space, const pel_vad *vad, uint64_t page, uint64_t end,
                      pel_page *out)
{
    *out = pel_page_get(space, vad, page);
    if (out->word != 0)
        return page + 1;
    uint64_t alike;
    region_mm(vad, page, &alike);
    return pel_pt_next(space, page, alike < end ? alike : end);
}

bool pel_page_charged(const pel_vad *vad, const pel_page *page)
{
    if (!vad->section)
        return page->mm != PEL_MM_NONE;
    if (page->mm == PEL_MM_NONE)
        return pel_mm_is_copy(vad->mm);
    return page->own || page->apart || pel_mm_is_copy(page->mm);
}

uint64_t pel_page_count_charged(const pel_space *space, const pel_vad *vad, pel_pages pages)
{
    uint64_t count = 0;
    for (uint64_t at = pages.first; at < pages.end;) {
        pel_page page;
        uint64_t next = pel_page_run(space, vad, at, pages.end, &page);
        count += pel_page_charged(vad, &page) ? next - at : 0;
        at = next;
    }
    return count;
}

/* ---- changing ---------------------------------------------------------- */

uint8_t pel_page_target(const pel_vad *vad, uint64_t page, bool own, uint8_t wanted)
{
    bool plain = (wanted & PEL_MM_SPECIAL) != PEL_MM_GUARD && wanted != PEL_MM_NOACCESS;
    if (plain) /* also takes away a "no cache" that the allocation does not have */
        wanted = (uint8_t)((wanted & PEL_MM_CODE) | vad->cache);
    if (own || is_apart(vad, page))
        return pel_mm_copied(wanted);
    if (vad->section && !pel_vad_is_shared(vad, page))
        return pel_mm_copying(wanted);
    return wanted;
}

pel_ntstatus pel_page_prepare(pel_space *space, const pel_vad *vad, pel_pages pages, uint8_t wanted)
{
    if (!vad->section && pel_vad_is(vad, pages))
        return PEL_STATUS_SUCCESS;
    for (uint64_t at = pages.first; at < pages.end;) {
        uint64_t end;
        uint8_t mm = region_mm(vad, at, &end);
        end = end < pages.end ? end : pages.end;
        pel_ntstatus st = PEL_STATUS_SUCCESS;
        if (pel_page_target(vad, at, false, wanted) != mm)
            st = pel_pt_make_range(space, at, end);
        if (!pel_nt_success(st)) {
            pel_pt_prune(space, pages.first, at);
            return st;
        }
        at = end;
    }
    return PEL_STATUS_SUCCESS;
}

/* A valid entry goes: note for its frame what it knows, and leave the working set. */
static void leave(pel_space *s, const pel_slot *slot, uint64_t page)
{
    uint64_t word = pel_slot_get(slot);
    if (word & PEL_PTE_DIRTY)
        pel_frame_soil(s->machine, pel_pte_frame(word));
    pel_ws_remove(s, *slot->ws);
    pel_tlb_flush(s, page); /* keeps (8) */
}

/* Give up the share that a valid entry had of a section's frame; keeps (5). */
static void unshare(const pel_space *s, uint64_t frame)
{
    pel_frame *entry = pel_frame_entry(s->machine, frame);
    entry->count--;
    pel_section_settle(entry->owner, entry->page);
}

/* The page is gone for good. */
static void release(pel_space *s, uint64_t page, uint64_t frame)
{
    pel_tell(s->machine, (pel_event){ .kind = PEL_EVENT_RELEASE,
                                      .space = s,
                                      .va = { page << PEL_PAGE_BITS },
                                      .frame = frame });
    pel_frame_give(s->machine, frame);
}

void pel_page_clear(pel_space *space, const pel_slot *slot, uint64_t page)
{
    uint64_t word = pel_slot_get(slot);
    bool own = has_own(space, word);
    switch (pel_pte_kind_of(word)) {
    case PEL_PTE_IS_VALID:
        leave(space, slot, page);
        if (own)
            release(space, page, pel_pte_frame(word));
        else
            unshare(space, pel_pte_frame(word));
        break;
    case PEL_PTE_IS_TRANSITION: release(space, page, pel_pte_frame(word)); break;
    case PEL_PTE_IS_PAGE_FILE: pel_page_files_give(space->machine, word); break;
    case PEL_PTE_IS_NONE:
    case PEL_PTE_IS_DEMAND_ZERO:
    case PEL_PTE_IS_PROTOTYPE: break;
    }
    pel_slot_set(slot, 0);
}

void pel_page_clear_all(pel_space *space, pel_pages pages)
{
    for (uint64_t at = pages.first; (at = pel_pt_next(space, at, pages.end)) < pages.end; at++) {
        pel_slot slot;
        if (pel_pt_find(space, at, &slot))
            pel_page_clear(space, &slot, at);
    }
}

void pel_page_make_valid(pel_space *space, const pel_slot *slot, uint64_t page, uint64_t frame,
                         uint8_t mm)
{
    pel_slot_set(slot, pel_machine_valid(space->machine, frame, mm));
    *slot->mm = mm;
    *slot->ws = pel_ws_insert(space, page);
}

void pel_page_install(pel_space *space, const pel_slot *slot, uint64_t page, uint64_t frame,
                      uint8_t mm)
{
    if (pel_mm_can_be_valid(mm)) {
        pel_page_make_valid(space, slot, page, frame, mm);
        return;
    }
    pel_slot_set(slot, pel_pte_transition(frame, mm));
    pel_frame_retire(space->machine, frame);
}

/* The valid page leaves the working set, and has the protection `mm` from now on. */
static void retire(pel_space *s, const pel_slot *slot, uint64_t page, uint8_t mm)
{
    uint64_t word = pel_slot_get(slot);
    uint64_t frame = pel_pte_frame(word);
    leave(s, slot, page);
    if (has_own(s, word)) {
        pel_slot_set(slot, pel_pte_transition(frame, mm));
        pel_frame_retire(s->machine, frame);
    } else {
        pel_slot_set(slot, pel_pte_prototype(mm)); /* not 0: its table must not become empty */
        unshare(s, frame);
    }
}

void pel_page_trim(pel_space *space, const pel_slot *slot, uint64_t page)
{
    pel_machine *m = space->machine;
    uint64_t frame = pel_pte_frame(pel_slot_get(slot));
    retire(space, slot, page, *slot->mm);
    const pel_frame *left = pel_frame_entry(m, frame);
    m->counters.trims++;
    pel_tell(m, (pel_event){ .kind = PEL_EVENT_TRIM,
                             .space = space,
                             .va = { page << PEL_PAGE_BITS },
                             .frame = frame,
                             .dirty = left->list != PEL_LIST_ACTIVE && left->modified,
                             .list = (pel_frame_list)left->list });
}

void pel_page_set_soft(const pel_vad *vad, const pel_slot *slot, uint64_t page, uint8_t mm)
{
    uint64_t end;
    if (region_mm(vad, page, &end) == mm)
        pel_slot_set(slot, 0);
    else if (vad->section)
        pel_slot_set(slot, pel_pte_prototype(mm));
    else
        pel_slot_set(slot, pel_pte_demand_zero(mm == PEL_MM_NONE ? PEL_MM_DECOMMIT : mm));
}

static void protect_valid(pel_space *s, const pel_vad *vad, const pel_slot *slot, uint64_t page,
                          uint8_t mm)
{
    uint64_t word = pel_slot_get(slot);
    pel_tlb_flush(s, page);
    if (pel_mm_can_be_valid(mm)) {
        pel_slot_set(slot, pel_machine_valid(s->machine, pel_pte_frame(word), mm) |
                               (word & (PEL_PTE_ACCESSED | PEL_PTE_DIRTY)));
        *slot->mm = mm;
        return;
    }
    bool own = has_own(s, word);
    retire(s, slot, page, mm);
    if (!own)
        pel_page_set_soft(vad, slot, page, mm);
}

static void protect_slot(pel_space *space, const pel_vad *vad, const pel_slot *slot, uint64_t page,
                         uint8_t wanted)
{
    uint64_t word = pel_slot_get(slot);
    uint8_t mm = pel_page_target(vad, page, has_own(space, word), wanted);
    switch (pel_pte_kind_of(word)) {
    case PEL_PTE_IS_VALID: protect_valid(space, vad, slot, page, mm); break;
    case PEL_PTE_IS_TRANSITION:
    case PEL_PTE_IS_PAGE_FILE: pel_slot_set(slot, pel_pte_with_mm(word, mm)); break;
    case PEL_PTE_IS_NONE:
    case PEL_PTE_IS_DEMAND_ZERO:
    case PEL_PTE_IS_PROTOTYPE: pel_page_set_soft(vad, slot, page, mm); break;
    }
}

void pel_page_protect_all(pel_space *space, pel_vad *vad, pel_pages pages, uint8_t wanted)
{
    bool whole = !vad->section && pel_vad_is(vad, pages);
    uint64_t last_in_table = ((uint64_t)1 << space->machine->layout->bits[0]) - 1;
    if (whole)
        vad->mm = pel_page_target(vad, pages.first, false, wanted);
    for (uint64_t at = pages.first; at < pages.end; at++) {
        pel_slot slot;
        if (whole)
            at = pel_pt_next(space, at, pages.end);
        if (at < pages.end && pel_pt_find(space, at, &slot))
            protect_slot(space, vad, &slot, at, wanted);
        else
            at |= last_in_table; /* no table: the region itself says what is wanted */
    }
    pel_pt_prune(space, pages.first, pages.end);
}

/* ---- giving up contents ------------------------------------------------ */

/* What is in RAM may stay there until the frame is needed. What is in a page file is not read
 * again: its place is free, and the page is as at its first touch. */
static void reset(pel_space *s, const pel_vad *vad, const pel_slot *slot, uint64_t page)
{
    uint64_t word = pel_slot_get(slot);
    pel_pte_kind kind = pel_pte_kind_of(word);
    if (!has_own(s, word))
        return;
    if (kind == PEL_PTE_IS_PAGE_FILE) {
        pel_page_files_give(s->machine, word);
        pel_page_set_soft(vad, slot, page, pel_pte_soft_mm(word));
        return;
    }
    uint64_t number = pel_pte_frame(word);
    pel_frame_soil(s->machine, number);
    pel_frame *frame = pel_frame_entry(s->machine, number);
    frame->modified = false;
    if (kind == PEL_PTE_IS_VALID) {
        pel_slot_set(slot, word & ~PEL_PTE_DIRTY);
        pel_tlb_flush(s, page);
    } else if (frame->list == PEL_LIST_MODIFIED) {
        pel_frame_revive(s->machine, number);
        pel_frame_retire(s->machine, number);
    }
}

/* A frame whose contents were given up is one that is clean and has no copy. */
static void keep(pel_space *s, const pel_slot *slot)
{
    uint64_t word = pel_slot_get(slot);
    if (!has_own(s, word) || pel_pte_kind_of(word) == PEL_PTE_IS_PAGE_FILE)
        return;
    const pel_frame *frame = pel_frame_entry(s->machine, pel_pte_frame(word));
    if (!frame->modified && !frame->backing)
        pel_frame_soil(s->machine, pel_pte_frame(word));
}

void pel_page_reset_all(pel_space *space, const pel_vad *vad, pel_pages pages, bool undo)
{
    for (uint64_t at = pages.first; (at = pel_pt_next(space, at, pages.end)) < pages.end; at++) {
        pel_slot slot;
        if (!pel_pt_find(space, at, &slot))
            continue;
        if (undo)
            keep(space, &slot);
        else
            reset(space, vad, &slot, at);
    }
    pel_pt_prune(space, pages.first, pages.end);
}
