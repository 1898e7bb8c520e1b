/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"

/* pel_machine_check: the invariants that machine_priv.h numbers. Each function answers NULL, or
 * the one that does not hold. */

/* What was seen in all spaces, to be compared with what the machine counts. */
typedef struct tally {
    uint64_t tables, private_frames, charged;
} tally;

/* ---- RAM --------------------------------------------------------------- */

static const char *check_free_list(const pel_ram *ram, uint64_t want)
{
    uint64_t seen = 0;
    for (uint64_t f = ram->free; f != PEL_NO_FRAME; f = pel_ram_entry(ram, f)->page) {
        if (f >= ram->virgin || pel_ram_entry(ram, f)->state != PEL_FRAME_UNUSED)
            return "(1) a frame on the free list is not free";
        if (++seen > want)
            break;
    }
    return seen == want ? NULL : "(1) the free list is too long or too short";
}

static const char *check_ram(const pel_ram *ram, const tally *seen)
{
    uint64_t by_state[4] = { 0 };
    for (uint64_t f = 0; f < ram->virgin; f++)
        by_state[pel_ram_entry(ram, f)->state]++;
    if (ram->virgin - by_state[PEL_FRAME_UNUSED] != ram->used || ram->peak < ram->used)
        return "(1) frames in use are counted wrongly";
    if (by_state[PEL_FRAME_TABLE] != ram->tables || seen->tables != ram->tables)
        return "(2) a page table is counted wrongly, or is not reached";
    if (by_state[PEL_FRAME_PRIVATE] != seen->private_frames)
        return "(4) a private frame is not reached";
    return check_free_list(ram, by_state[PEL_FRAME_UNUSED]);
}

static bool in_ram(const pel_space *s, uint64_t word)
{
    return pel_pte_frame(word) < s->machine->ram.virgin;
}

/* ---- leaf entries ------------------------------------------------------ */

static const char *check_valid(const pel_space *s, const pel_vad *vad, uint64_t page, uint64_t word,
                               uint8_t mm)
{
    const uint64_t used = PEL_PTE_ACCESSED | PEL_PTE_DIRTY;
    const pel_frame *frame = pel_frame_entry(s->machine, pel_pte_frame(word));
    if (!pel_mm_can_be_valid(mm) || (word & ~used) != pel_pte_valid(pel_pte_frame(word), mm))
        return "(6) a valid entry contradicts its protection";
    if (frame->state == PEL_FRAME_PRIVATE)
        return pel_mm_is_copy(mm) ? "(6) a private page copies on write" : NULL;
    bool in_view = frame->state == PEL_FRAME_SECTION && frame->owner == vad->section &&
                   frame->page == page - vad->first;
    return in_view ? NULL : "(5) an entry names a frame that is not its view's";
}

static const char *check_leaf(const pel_space *s, uint64_t page, const pel_slot *slot, tally *seen)
{
    uint64_t word = pel_slot_get(slot);
    const pel_vad *vad = pel_vads_find(&s->vads, page);
    if (!vad)
        return "(3) an entry lies in no region";
    pel_pte_kind kind = pel_pte_kind_of(word);
    if ((kind == PEL_PTE_IS_PROTOTYPE && !vad->section) ||
        (kind == PEL_PTE_IS_DEMAND_ZERO && vad->section))
        return "(3) an entry is not of the kind of its region";
    if (kind != PEL_PTE_IS_VALID && kind != PEL_PTE_IS_TRANSITION)
        return NULL;
    if (!in_ram(s, word))
        return "(4) an entry names a frame that was never used";
    const pel_frame *frame = pel_frame_entry(s->machine, pel_pte_frame(word));
    if (frame->state == PEL_FRAME_PRIVATE) {
        seen->private_frames++;
        if (frame->owner != s || frame->page != page)
            return "(4) a private frame has another owner";
    } else if (kind == PEL_PTE_IS_TRANSITION) {
        return "(4) a page in transition has no frame of its own";
    }
    return kind == PEL_PTE_IS_VALID ? check_valid(s, vad, page, word, *slot->mm) : NULL;
}

/* ---- tables ------------------------------------------------------------ */

/* `base` is the first page that `table` covers. */
static const char *check_table(const pel_space *s, uint64_t table, unsigned level, uint64_t base,
                               tally *seen)
{
    const pel_paging_layout *layout = s->machine->layout;
    const pel_frame *frame = pel_frame_entry(s->machine, table);
    if (frame->state != PEL_FRAME_TABLE || frame->owner != s || frame->page != base ||
        frame->level != level)
        return "(2) a page table has another owner or place";
    seen->tables++;
    uint32_t count = 0;
    for (unsigned i = 0; i < 1u << layout->bits[level]; i++) {
        uint64_t page = base + ((uint64_t)i << layout->shift[level]);
        pel_slot slot = { .word = pel_pt_entry(s->machine, table, i),
                          .mm = level == 0 ? frame->mm + i : NULL };
        uint64_t word = pel_slot_get(&slot);
        if (word == 0)
            continue;
        count++;
        if (level > 0 && !in_ram(s, word))
            return "(2) a page table is in a frame that was never used";
        const char *broken = level == 0
                                 ? check_leaf(s, page, &slot, seen)
                                 : check_table(s, pel_pte_frame(word), level - 1, page, seen);
        if (broken)
            return broken;
    }
    if (count != frame->count || (count == 0 && table != s->root))
        return "(2) a page table is empty, or counts its entries wrongly";
    return NULL;
}

/* ---- spaces ------------------------------------------------------------ */

static const char *check_vads(const pel_space *s, tally *seen)
{
    uint64_t at = s->lowest;
    for (size_t i = 0; i < s->vads.count; i++) {
        const pel_vad *vad = &s->vads.items[i];
        if (vad->first < at || vad->end <= vad->first || vad->end > s->end)
            return "(3) regions overlap, are empty, or lie outside of the space";
        if (vad->section && vad->end - vad->first > vad->section->page_count)
            return "(3) a view is larger than its section";
        at = vad->end;
        seen->charged += pel_page_count_charged(s, vad, (pel_pages){ vad->first, vad->end });
    }
    return NULL;
}

static const char *check_translation(const pel_space *s, const pel_tlb_entry *e, unsigned access)
{
    static const uint64_t needed[PEL_ACCESSES] = {
        [PEL_READ] = PEL_PTE_ACCESSED,
        [PEL_WRITE] = PEL_PTE_ACCESSED | PEL_PTE_DIRTY,
        [PEL_FETCH] = PEL_PTE_ACCESSED,
    };
    pel_slot slot;
    if (e->page[access] == PEL_TLB_NONE)
        return NULL;
    if (!pel_pt_find(s, e->page[access], &slot))
        return "(8) the TLB knows a page that has no table";
    uint64_t word = pel_slot_get(&slot);
    bool good = pel_pte_allows(word, (pel_access)access) &&
                (word & needed[access]) == needed[access] &&
                e->bytes == pel_frame_bytes(s->machine, pel_pte_frame(word));
    if (good && access == PEL_WRITE && !pel_watch_knows(s, e->page[access]))
        return "(13) the TLB has a write that its watch does not know of";
    return good ? NULL : "(8) the TLB contradicts the page tables";
}

static const char *check_space(const pel_space *s, tally *seen)
{
    const char *broken = check_vads(s, seen);
    if (!broken)
        broken = pel_stack_check(s);
    if (!broken)
        broken = check_table(s, s->root, s->machine->layout->levels - 1, 0, seen);
    for (unsigned i = 0; !broken && i < PEL_TLB_ENTRIES * PEL_ACCESSES; i++)
        broken = check_translation(s, &s->tlb[i / PEL_ACCESSES], i % PEL_ACCESSES);
    return broken;
}

/* ---- sections ---------------------------------------------------------- */

/* Valid entries for `frame`, page `page` of the section, and the views of the section. */
static uint64_t count_shares(const pel_section_object *section, uint64_t page, uint64_t frame,
                             uint64_t *views)
{
    uint64_t shares = 0;
    *views = 0;
    for (const pel_space *s = section->machine->spaces; s; s = s->next) {
        for (size_t i = 0; i < s->vads.count; i++) {
            const pel_vad *vad = &s->vads.items[i];
            if (vad->section != section)
                continue;
            ++*views;
            uint64_t word = pel_page_get(s, vad, vad->first + page).word;
            shares += word & PEL_PTE_VALID && pel_pte_frame(word) == frame;
        }
    }
    return shares;
}

static const char *check_prototype(const pel_section_object *section, uint64_t page, uint64_t word)
{
    uint64_t views;
    const pel_frame *frame = pel_frame_entry(section->machine, pel_pte_frame(word));
    if (frame->state != PEL_FRAME_SECTION || frame->owner != section || frame->page != page)
        return "(5) a section names a frame that is not its own";
    bool adds_up = count_shares(section, page, pel_pte_frame(word), &views) == frame->count;
    return adds_up ? NULL : "(5) a share count does not add up";
}

static const char *check_section(const pel_section_object *section, uint64_t *frames)
{
    uint64_t views;
    count_shares(section, 0, PEL_NO_FRAME, &views);
    if (section->holds != views + section->owned)
        return "(9) a section is held wrongly";
    for (size_t i = 0; i < section->chunk_count; i++) {
        const pel_proto_chunk *chunk = section->chunks[i];
        for (size_t j = 0; j < PEL_PROTO_CHUNK; j++) {
            if (!(chunk->entry[j] & PEL_PTE_VALID))
                continue;
            ++*frames;
            const char *broken =
                check_prototype(section, chunk->index * PEL_PROTO_CHUNK + j, chunk->entry[j]);
            if (broken)
                return broken;
        }
    }
    return NULL;
}

/* ---- all --------------------------------------------------------------- */

const char *pel_machine_check(const pel_machine *machine)
{
    tally seen = { 0 };
    uint64_t section_frames = 0;
    const char *broken = NULL;
    for (const pel_space *s = machine->spaces; s && !broken; s = s->next)
        broken = check_space(s, &seen);
    for (const pel_section_object *o = machine->sections; o && !broken; o = o->next)
        broken = check_section(o, &section_frames);
    if (!broken)
        broken = check_ram(&machine->ram, &seen);
    if (!broken && machine->ram.used != seen.tables + seen.private_frames + section_frames)
        broken = "(5) a section's frame is not reached";
    if (!broken && (machine->commit != seen.charged || machine->commit > machine->commit_limit))
        broken = "(7) commit charge does not add up";
    return broken;
}
