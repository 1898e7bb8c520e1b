/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"

/* pel_machine_check: the invariants that machine_priv.h numbers. Each function answers NULL, or
 * the one that does not hold. */

/* Slots of page files, so that two collections of them can be compared without memory. */
typedef struct slots {
    uint64_t count, sum, squares;
} slots;

/* What was seen in all spaces and sections, to be compared with what the machine counts. */
typedef struct tally {
    uint64_t tables, private_frames, section_frames, charged;
    slots slots;
} tally;

static void add_slot(slots *to, unsigned file, uint64_t slot)
{
    uint64_t key = (uint64_t)file << 40 | slot;
    to->count++;
    to->sum += key;
    to->squares += key * key;
}

static const char *see_backing(const pel_machine *m, uint64_t entry, tally *seen)
{
    if (pel_pte_kind_of(entry) != PEL_PTE_IS_PAGE_FILE)
        return NULL;
    unsigned file = pel_pte_file(entry);
    uint64_t slot = pel_pte_file_slot(entry);
    add_slot(&seen->slots, file, slot);
    return pel_page_files_taken(&m->page_files, file, slot) ? NULL
                                                            : "(10) a slot is named that is free";
}

/* ---- RAM --------------------------------------------------------------- */

static bool is_zero(const uint8_t *bytes)
{
    size_t i = 0;
    while (i < PEL_PAGE_BYTES && bytes[i] == 0)
        i++;
    return i == PEL_PAGE_BYTES;
}

static const char *check_list(const pel_ram *ram, pel_frame_list list, uint64_t *on_lists)
{
    const pel_frame_queue *q = &ram->lists[list];
    uint64_t seen = 0, before = PEL_NO_FRAME;
    for (uint64_t f = q->first; f != PEL_NO_FRAME && seen <= q->count; seen++) {
        if (f >= ram->virgin || pel_ram_entry(ram, f)->list != list ||
            pel_ram_entry(ram, f)->prev != before)
            return "(1) a frame is on the wrong list";
        if ((pel_ram_entry(ram, f)->use == PEL_FRAME_UNUSED) != (list < PEL_LIST_STANDBY))
            return "(1) a frame is on a list that is not for its use";
        if (list == PEL_LIST_ZEROED && !is_zero(pel_ram_bytes(ram, f)))
            return "(1) a zeroed frame is not zero";
        before = f;
        f = pel_ram_entry(ram, f)->next;
    }
    *on_lists += seen;
    return seen == q->count && before == q->last ? NULL : "(1) a list is too long or too short";
}

static const char *check_lists(const pel_ram *ram)
{
    uint64_t on_lists = 0, named = 0;
    const char *broken = NULL;
    for (unsigned i = 0; i < PEL_FRAME_LISTS && !broken; i++)
        broken = check_list(ram, (pel_frame_list)i, &on_lists);
    for (uint64_t f = 0; f < ram->virgin; f++)
        named += pel_ram_entry(ram, f)->list < PEL_FRAME_LISTS;
    if (!broken && on_lists != named)
        broken = "(1) a frame names a list that it is not on";
    return broken;
}

static const char *check_ram(const pel_machine *m, tally *seen)
{
    const pel_ram *ram = &m->ram;
    uint64_t by_use[4] = { 0 };
    const char *broken = check_lists(ram);
    for (uint64_t f = 0; f < ram->virgin && !broken; f++) {
        by_use[pel_ram_entry(ram, f)->use]++;
        broken = see_backing(m, pel_ram_entry(ram, f)->backing, seen);
    }
    if (broken)
        return broken;
    if (ram->virgin - by_use[PEL_FRAME_UNUSED] != ram->used || ram->peak < ram->used)
        return "(1) frames in use are counted wrongly";
    if (by_use[PEL_FRAME_TABLE] != ram->tables || seen->tables != ram->tables)
        return "(2) a page table is counted wrongly, or is not reached";
    if (by_use[PEL_FRAME_PRIVATE] != seen->private_frames)
        return "(4) a private frame is not reached";
    return by_use[PEL_FRAME_SECTION] == seen->section_frames
               ? NULL
               : "(5) a section's frame is not reached";
}

static const char *check_page_files(const pel_machine *m, const tally *seen)
{
    slots taken = { 0 };
    for (unsigned i = 0; i < PEL_PAGE_FILE_MAX; i++)
        for (uint64_t slot = 0; slot < m->page_files.file[i].words * 64; slot++)
            if (pel_page_files_taken(&m->page_files, i, slot))
                add_slot(&taken, i, slot);
    bool same = taken.count == seen->slots.count && taken.sum == seen->slots.sum &&
                taken.squares == seen->slots.squares &&
                taken.count == pel_page_files_used(&m->page_files);
    return same ? NULL : "(10) a slot of a page file is named twice, by nobody, or not counted";
}

static bool in_ram(const pel_machine *m, uint64_t word)
{
    return pel_pte_frame(word) < m->ram.virgin;
}

/* A page that is not valid anywhere waits on the list for it. */
static bool waits(const pel_frame *frame) { return frame->list == pel_frame_waits_on(frame); }

/* ---- leaf entries ------------------------------------------------------ */

static const char *check_slot(const pel_space *s, uint64_t page, const pel_slot *slot)
{
    const pel_ws *ws = &s->ws;
    bool named =
        *slot->ws < ws->count && ws->entries[*slot->ws].used && ws->entries[*slot->ws].page == page;
    return named ? NULL : "(11) a valid page is not in the working set";
}

static const char *check_valid(const pel_space *s, const pel_vad *vad, uint64_t page,
                               const pel_slot *slot)
{
    const uint64_t used = PEL_PTE_ACCESSED | PEL_PTE_DIRTY;
    uint64_t word = pel_slot_get(slot), number = pel_pte_frame(word);
    const pel_frame *frame = pel_frame_entry(s->machine, number);
    uint8_t mm = *slot->mm;
    if (!pel_mm_can_be_valid(mm) || (word & ~used) != pel_machine_valid(s->machine, number, mm))
        return "(6) a valid entry contradicts its protection";
    if (frame->list != PEL_LIST_ACTIVE)
        return "(4) a valid page has a frame that is not active";
    if (frame->use == PEL_FRAME_PRIVATE)
        return pel_mm_is_copy(mm) ? "(6) a private page copies on write"
                                  : check_slot(s, page, slot);
    bool in_view = frame->use == PEL_FRAME_SECTION && frame->owner == vad->section &&
                   frame->page == pel_vad_section_page(vad, page);
    return in_view ? check_slot(s, page, slot)
                   : "(5) an entry names a frame that is not its view's";
}

static const char *check_frame_of(const pel_space *s, const pel_vad *vad, uint64_t page,
                                  const pel_slot *slot, tally *seen)
{
    uint64_t word = pel_slot_get(slot);
    bool valid = word & PEL_PTE_VALID;
    if (!in_ram(s->machine, word))
        return "(4) an entry names a frame that was never used";
    const pel_frame *frame = pel_frame_entry(s->machine, pel_pte_frame(word));
    if (frame->use == PEL_FRAME_PRIVATE) {
        seen->private_frames++;
        if (frame->owner != s || frame->page != page)
            return "(4) a private frame has another owner";
        if (!valid && !waits(frame))
            return "(4) a page in transition does not wait where it should";
    } else if (!valid) {
        return "(4) a page in transition has no frame of its own";
    }
    return valid ? check_valid(s, vad, page, slot) : NULL;
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
    if (kind == PEL_PTE_IS_VALID || kind == PEL_PTE_IS_TRANSITION)
        return check_frame_of(s, vad, page, slot, seen);
    return see_backing(s->machine, word, seen);
}

/* ---- tables ------------------------------------------------------------ */

/* `base` is the first page that `table` covers. */
static const char *check_table(const pel_space *s, uint64_t table, unsigned level, uint64_t base,
                               tally *seen)
{
    const pel_paging_layout *layout = s->machine->layout;
    const pel_frame *frame = pel_frame_entry(s->machine, table);
    if (frame->use != PEL_FRAME_TABLE || frame->owner != s || frame->page != base ||
        frame->level != level)
        return "(2) a page table has another owner or place";
    seen->tables++;
    uint32_t count = 0;
    for (unsigned i = 0; i < 1u << layout->bits[level]; i++) {
        uint64_t page = base + ((uint64_t)i << layout->shift[level]);
        bool narrow = pel_pt_narrow(s->machine);
        uint64_t word = pel_entry_load(narrow, pel_pt_entry(s->machine, table, i));
        if (word == 0)
            continue;
        count++;
        if (level > 0 && !in_ram(s->machine, word))
            return "(2) a page table is in a frame that was never used";
        pel_slot slot;
        if (level == 0 && !pel_pt_find(s, page, &slot))
            return "(2) a page table is not where the walk ends";
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
        if (vad->section && pel_vad_section_page(vad, vad->end) > vad->section->page_count)
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
    if (!(e->tag >> access & 1))
        return NULL;
    if (!pel_pt_find(s, e->tag >> PEL_ACCESSES, &slot))
        return "(8) the TLB knows a page that has no table";
    uint64_t word = pel_slot_get(&slot);
    bool good = pel_pte_allows(word, (pel_access)access) &&
                (word & needed[access]) == needed[access] &&
                e->bytes == pel_frame_bytes(s->machine, pel_pte_frame(word));
    if (good && access == PEL_WRITE && !pel_watch_knows(s, e->tag >> PEL_ACCESSES))
        return "(13) the TLB has a write that its watch does not know of";
    return good ? NULL : "(8) the TLB contradicts the page tables";
}

static const char *check_working_set(const pel_space *s)
{
    const pel_ws *ws = &s->ws;
    uint64_t used = 0, locked = 0;
    for (size_t i = 0; i < ws->count; i++) {
        pel_slot slot;
        if (!ws->entries[i].used)
            continue;
        used++;
        locked += ws->entries[i].locked;
        if (!pel_pt_find(s, ws->entries[i].page, &slot) || !(pel_slot_get(&slot) & PEL_PTE_VALID) ||
            *slot.ws != i)
            return "(11) the working set has a page that is not valid";
    }
    bool adds_up = used == ws->size && locked == ws->locked && locked <= used &&
                   ws->resident.count == used - locked && ws->peak >= used;
    return adds_up ? NULL : "(11) the pages of a working set are counted wrongly";
}

static const char *check_space(const pel_space *s, tally *seen)
{
    const char *broken = check_vads(s, seen);
    if (!broken)
        broken = pel_stack_check(s);
    if (!broken)
        broken = check_table(s, s->root, s->machine->layout->levels - 1, 0, seen);
    if (!broken)
        broken = check_working_set(s);
    for (uint64_t i = 0; !broken && i <= s->tlb.mask; i++)
        for (unsigned j = 0; j < PEL_ACCESSES && !broken; j++)
            broken = check_translation(s, &s->tlb.entries[i], j);
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
            uint64_t at = vad->first + page - vad->section_page;
            if (page < vad->section_page || at >= vad->end)
                continue;
            uint64_t word = pel_page_get(s, vad, at).word;
            shares += word & PEL_PTE_VALID && pel_pte_frame(word) == frame;
        }
    }
    return shares;
}

static const char *check_prototype(const pel_section_object *section, uint64_t page, uint64_t word,
                                   tally *seen)
{
    uint64_t views;
    pel_pte_kind kind = pel_pte_kind_of(word);
    if (kind != PEL_PTE_IS_VALID && kind != PEL_PTE_IS_TRANSITION)
        return see_backing(section->machine, word, seen);
    seen->section_frames++;
    const pel_frame *frame = pel_frame_entry(section->machine, pel_pte_frame(word));
    if (frame->use != PEL_FRAME_SECTION || frame->owner != section || frame->page != page)
        return "(5) a section names a frame that is not its own";
    bool shared = kind == PEL_PTE_IS_VALID;
    if (shared != (frame->count > 0) || (shared ? frame->list != PEL_LIST_ACTIVE : !waits(frame)))
        return "(5) a section's page is not where its shares say";
    bool adds_up = count_shares(section, page, pel_pte_frame(word), &views) == frame->count;
    return adds_up ? NULL : "(5) a share count does not add up";
}

/* Only page files are charged: for all pages, or for those that were committed one by one. */
static const char *check_commit(const pel_section_object *section)
{
    uint64_t committed = 0, at = 0;
    for (size_t i = 0; i < section->run_count; i++) {
        const pel_section_run *run = &section->committed[i];
        if (run->end <= run->first || (i > 0 && run->first <= at) || run->end > section->page_count)
            return "(7) committed pages of a section overlap or lie outside of it";
        committed += run->end - run->first;
        at = run->end;
    }
    if (section->type == PEL_SECTION_PAGE_FILE && section->attributes & PEL_SEC_COMMIT)
        committed = section->page_count;
    return section->charged == committed ? NULL : "(7) the charge of a section does not add up";
}

static const char *check_section(const pel_section_object *section, tally *seen)
{
    uint64_t views;
    count_shares(section, 0, PEL_NO_FRAME, &views);
    if (section->holds != views + section->callers)
        return "(9) a section is held wrongly";
    const char *wrong = check_commit(section);
    if (wrong)
        return wrong;
    seen->charged += section->charged;
    for (size_t i = 0; i < section->chunk_count; i++) {
        const pel_proto_chunk *chunk = section->chunks[i];
        for (size_t j = 0; j < PEL_PROTO_CHUNK; j++) {
            const char *broken =
                check_prototype(section, chunk->index * PEL_PROTO_CHUNK + j, chunk->entry[j], seen);
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
    const char *broken = NULL;
    for (const pel_space *s = machine->spaces; s && !broken; s = s->next)
        broken = check_space(s, &seen);
    for (const pel_section_object *o = machine->sections; o && !broken; o = o->next)
        broken = check_section(o, &seen);
    if (!broken)
        broken = check_ram(machine, &seen);
    if (!broken)
        broken = check_page_files(machine, &seen);
    if (!broken && (machine->commit != seen.charged || machine->commit > machine->commit_limit))
        broken = "(7) commit charge does not add up";
    return broken;
}
