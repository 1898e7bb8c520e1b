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
    const pel_subsection *part = pel_section_part(vad->section, page - vad->first);
    *end = vad->first + part->end;
    return part->mm;
}

static bool owns_frame(const pel_space *s, uint64_t word)
{
    pel_pte_kind kind = pel_pte_kind_of(word);
    if (kind == PEL_PTE_IS_TRANSITION)
        return true;
    return kind == PEL_PTE_IS_VALID &&
           pel_frame_entry(s->machine, pel_pte_frame(word))->state == PEL_FRAME_PRIVATE;
}

static pel_page page_in(const pel_space *s, const pel_slot *slot)
{
    pel_page page = { .word = pel_slot_get(slot) };
    page.own = owns_frame(s, page.word);
    page.mm = page.word & PEL_PTE_VALID ? *slot->mm : pel_pte_soft_mm(page.word);
    if (page.mm == PEL_MM_DECOMMIT)
        page.mm = PEL_MM_NONE;
    return page;
}

pel_page pel_page_get(const pel_space *space, const pel_vad *vad, uint64_t page)
{
    pel_slot slot;
    uint64_t end;
    if (pel_pt_find(space, page, &slot) && pel_slot_get(&slot) != 0)
        return page_in(space, &slot);
    return (pel_page){ .mm = region_mm(vad, page, &end) };
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
    return vad->section ? page->own || pel_mm_is_copy(page->mm) : page->mm != PEL_MM_NONE;
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
    if (own)
        return pel_mm_copied(wanted);
    if (vad->section && !pel_section_part(vad->section, page - vad->first)->shared)
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

/* Note for the frame that it was written, before the entry that knows is changed. */
static void keep_dirty(const pel_space *s, uint64_t word)
{
    if (word & PEL_PTE_DIRTY)
        pel_frame_entry(s->machine, pel_pte_frame(word))->modified = true;
}

void pel_page_clear(pel_space *space, const pel_slot *slot, uint64_t page)
{
    uint64_t word = pel_slot_get(slot);
    bool valid = word & PEL_PTE_VALID;
    if (owns_frame(space, word)) {
        pel_frame_give(space->machine, pel_pte_frame(word));
    } else if (valid) {
        keep_dirty(space, word);
        pel_frame_entry(space->machine, pel_pte_frame(word))->count--; /* keeps (5) */
    }
    if (valid)
        pel_tlb_flush(space, page); /* keeps (8) */
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

void pel_page_install(const pel_slot *slot, uint64_t frame, uint8_t mm)
{
    if (pel_mm_can_be_valid(mm))
        pel_slot_set_valid(slot, frame, mm);
    else
        pel_slot_set(slot, pel_pte_transition(frame, mm));
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
    uint64_t frame = pel_pte_frame(word);
    pel_tlb_flush(s, page);
    if (pel_mm_can_be_valid(mm)) {
        pel_slot_set(slot, pel_pte_valid(frame, mm) | (word & (PEL_PTE_ACCESSED | PEL_PTE_DIRTY)));
        *slot->mm = mm;
    } else if (owns_frame(s, word)) {
        keep_dirty(s, word);
        pel_slot_set(slot, pel_pte_transition(frame, mm));
    } else {
        pel_page_clear(s, slot, page);
        pel_page_set_soft(vad, slot, page, mm);
    }
}

static void protect_slot(pel_space *space, const pel_vad *vad, const pel_slot *slot, uint64_t page,
                         uint8_t wanted)
{
    uint64_t word = pel_slot_get(slot);
    uint8_t mm = pel_page_target(vad, page, owns_frame(space, word), wanted);
    switch (pel_pte_kind_of(word)) {
    case PEL_PTE_IS_VALID: protect_valid(space, vad, slot, page, mm); break;
    case PEL_PTE_IS_TRANSITION:
        pel_slot_set(slot, pel_pte_transition(pel_pte_frame(word), mm));
        break;
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
