/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/pagetable.h"

#include "base/alloc.h"

static uint8_t *entry_at(const pel_space *s, uint64_t table, uint64_t page, unsigned level)
{
    return pel_pt_entry(s->machine, table, pel_pt_index(s->machine->layout, page, level));
}

static uint64_t load(const pel_space *s, uint64_t table, uint64_t page, unsigned level)
{
    return pel_entry_load(pel_pt_narrow(s->machine), entry_at(s, table, page, level));
}

/* What a leaf table has beside its entries: slots of the working set, and protections. */
static size_t side_size(const pel_machine *m)
{
    return ((size_t)1 << m->layout->bits[0]) * (sizeof(uint32_t) + 1);
}

static pel_slot slot_in(const pel_space *s, uint64_t table, uint64_t page)
{
    unsigned index = pel_pt_index(s->machine->layout, page, 0);
    pel_frame *entry = pel_frame_entry(s->machine, table);
    uint8_t *protections = (uint8_t *)(entry->slots + ((size_t)1 << s->machine->layout->bits[0]));
    return (pel_slot){ .table = entry,
                       .word = pel_pt_entry(s->machine, table, index),
                       .ws = entry->slots + index,
                       .mm = protections + index,
                       .narrow = pel_pt_narrow(s->machine) };
}

bool pel_pt_find(const pel_space *space, uint64_t page, pel_slot *out)
{
    if (page >= space->end)
        return false;
    uint64_t table = space->root;
    for (unsigned level = space->machine->layout->levels - 1; level > 0; level--) {
        uint64_t word = load(space, table, page, level);
        if (!(word & PEL_PTE_VALID))
            return false;
        table = pel_pte_frame(word);
    }
    *out = slot_in(space, table, page);
    return true;
}

/* ---- adding ------------------------------------------------------------ */

static void give_table(pel_space *s, uint64_t table)
{
    pel_machine *m = s->machine;
    pel_frame *entry = pel_frame_entry(m, table);
    pel_give(&m->allocator, entry->slots, side_size(m));
    pel_frame_give(m, table);
}

static pel_ntstatus take_table(pel_space *s, uint64_t page, unsigned level, uint64_t *out)
{
    pel_machine *m = s->machine;
    const pel_paging_layout *layout = m->layout;
    uint64_t covered = (uint64_t)1 << (layout->shift[level] + layout->bits[level]);
    PEL_TRY_NT(
        pel_frame_take(m, PEL_FRAME_TABLE, PEL_BYTES_ZERO, s, pel_round_down(page, covered), out));
    pel_frame *entry = pel_frame_entry(m, *out);
    entry->level = (uint8_t)level;
    if (level > 0)
        return PEL_STATUS_SUCCESS;
    entry->slots = pel_take(&m->allocator, side_size(m));
    if (entry->slots)
        return PEL_STATUS_SUCCESS;
    pel_frame_give(m, *out);
    return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

/* The table below entry `page` of `table`, added if it is missing. */
static pel_ntstatus descend(pel_space *s, uint64_t page, unsigned level, uint64_t *table)
{
    uint64_t word = load(s, *table, page, level);
    if (word & PEL_PTE_VALID) {
        *table = pel_pte_frame(word);
        return PEL_STATUS_SUCCESS;
    }
    uint64_t child;
    PEL_TRY_NT(take_table(s, page, level - 1, &child));
    uint64_t entry = (child << PEL_PAGE_BITS) | s->machine->layout->table_bits[level];
    pel_entry_store(pel_pt_narrow(s->machine), entry_at(s, *table, page, level), entry);
    pel_frame_entry(s->machine, *table)->count++;
    *table = child;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_pt_make(pel_space *space, uint64_t page, pel_slot *out)
{
    uint64_t table = space->root;
    for (unsigned level = space->machine->layout->levels - 1; level > 0; level--) {
        pel_ntstatus st = descend(space, page, level, &table);
        if (!pel_nt_success(st)) {
            pel_pt_prune(space, page, page + 1);
            return st;
        }
    }
    *out = slot_in(space, table, page);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_pt_make_range(pel_space *space, uint64_t first, uint64_t end)
{
    uint64_t step = (uint64_t)1 << space->machine->layout->bits[0];
    for (uint64_t page = first; page < end; page = pel_round_down(page, step) + step) {
        pel_slot slot;
        pel_ntstatus st = pel_pt_make(space, page, &slot);
        if (!pel_nt_success(st)) {
            pel_pt_prune(space, first, page);
            return st;
        }
    }
    return PEL_STATUS_SUCCESS;
}

/* ---- looking ahead, and taking away ------------------------------------ */

/* [first, end) lies within what `table`, of this level, covers. */
static uint64_t next_in(const pel_space *s, uint64_t table, unsigned level, uint64_t first,
                        uint64_t end)
{
    uint64_t span = (uint64_t)1 << s->machine->layout->shift[level];
    for (uint64_t page = first; page < end; page = pel_round_down(page, span) + span) {
        uint64_t word = load(s, table, page, level);
        if (word == 0)
            continue;
        if (level == 0)
            return page;
        uint64_t stop = pel_round_down(page, span) + span;
        stop = stop < end ? stop : end;
        uint64_t found = next_in(s, pel_pte_frame(word), level - 1, page, stop);
        if (found < stop)
            return found;
    }
    return end;
}

uint64_t pel_pt_next(const pel_space *space, uint64_t first, uint64_t end)
{
    return next_in(space, space->root, space->machine->layout->levels - 1, first, end);
}

static void prune(pel_space *s, uint64_t table, unsigned level, uint64_t first, uint64_t end)
{
    uint64_t span = (uint64_t)1 << s->machine->layout->shift[level];
    for (uint64_t page = first; page < end; page = pel_round_down(page, span) + span) {
        uint64_t word = load(s, table, page, level);
        if (word == 0)
            continue;
        uint64_t child = pel_pte_frame(word);
        uint64_t stop = pel_round_down(page, span) + span;
        if (level > 1)
            prune(s, child, level - 1, page, stop < end ? stop : end);
        if (pel_frame_entry(s->machine, child)->count > 0)
            continue;
        give_table(s, child);
        pel_entry_store(pel_pt_narrow(s->machine), entry_at(s, table, page, level), 0);
        pel_frame_entry(s->machine, table)->count--;
    }
}

void pel_pt_prune(pel_space *space, uint64_t first, uint64_t end)
{
    prune(space, space->root, space->machine->layout->levels - 1, first, end);
}

/* ---- the walk, for those who want to see it ---------------------------- */

/* Addresses that the processor does not even begin to walk. */
static bool is_walkable(const pel_paging_layout *layout, pel_va va)
{
    if (!layout->sign_extended)
        return va.v >> layout->va_bits == 0;
    uint64_t sign = va.v >> (layout->va_bits - 1);
    return sign == 0 || sign == UINT64_MAX >> (layout->va_bits - 1);
}

pel_walk pel_space_walk(const pel_space *space, pel_va va)
{
    const pel_machine *m = space->machine;
    const pel_paging_layout *layout = m->layout;
    uint64_t table = space->root;
    pel_walk walk = { .root = { table << PEL_PAGE_BITS } };
    if (!is_walkable(layout, va))
        return walk;
    for (unsigned level = layout->levels; level-- > 0;) {
        const uint8_t *at = entry_at(space, table, PEL_PAGE_OF(va.v), level);
        pel_walk_step *step = &walk.steps[walk.count++];
        step->name = layout->names[level];
        step->index = pel_pt_index(layout, PEL_PAGE_OF(va.v), level);
        step->table.v = table << PEL_PAGE_BITS;
        step->address.v = step->table.v + (uint64_t)step->index * layout->entry_size;
        step->entry = pel_pt_narrow(m) ? pel_pte_load_narrow(at) : pel_pte_load(at);
        if (!(step->entry & PEL_PTE_VALID))
            return walk;
        table = pel_pte_frame(step->entry);
    }
    walk.present = true;
    walk.pa.v = (table << PEL_PAGE_BITS) | (va.v & (PEL_PAGE_BYTES - 1));
    return walk;
}
