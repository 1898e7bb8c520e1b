/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PAGETABLE_H
#define PEL_VM_PAGETABLE_H

/* Page tables: words in simulated RAM, found as the processor finds them. With four levels:
 *
 *   47      39 38     30 29     21 20     12 11         0
 *  +----------+---------+---------+---------+------------+
 *  |  PML4E   |  PDPTE  |   PDE   |   PTE   |   offset   |
 *  +----------+---------+---------+---------+------------+
 *    level 3    level 2   level 1   level 0
 *
 * Levels and bits come from the machine's paging layout. A table appears when an entry in it
 * is needed, and goes when its last entry does. Pages are told by number, and ranges of them
 * must lie below the end of the space. */

#include "vm/space_priv.h"

/** A leaf entry and where it is. */
typedef struct pel_slot {
    pel_frame *table;
    uint8_t *word; /**< in simulated RAM */
    uint32_t *ws;  /**< slot of the page in the working set, if the entry is valid */
    uint8_t *mm;   /**< protection of the page, if the entry is valid */
    bool narrow;   /**< the word has 4 bytes */
} pel_slot;

/** The leaf entry of `page`; false when there is no table for it. */
bool pel_pt_find(const pel_space *space, uint64_t page, pel_slot *out);

/** The leaf entry of `page`, with tables added as needed. Adds none if it fails. */
pel_ntstatus pel_pt_make(pel_space *space, uint64_t page, pel_slot *out);

/** Add tables so that pel_pt_find finds every page of [first, end). Adds none if it fails. */
pel_ntstatus pel_pt_make_range(pel_space *space, uint64_t first, uint64_t end);

/** The first page of [first, end) whose leaf entry is not zero, or `end`. Looks at tables, not
 *  at pages: large empty ranges cost nothing. */
uint64_t pel_pt_next(const pel_space *space, uint64_t first, uint64_t end);

/** Give back the tables for [first, end) that have no entries. */
void pel_pt_prune(pel_space *space, uint64_t first, uint64_t end);

/** An entry of the mode, in the wide form of pte.h. */
static inline uint64_t pel_entry_load(bool narrow, const uint8_t *at)
{
    return narrow ? pel_pte_widen(pel_pte_load_narrow(at)) : pel_pte_load(at);
}

static inline void pel_entry_store(bool narrow, uint8_t *at, uint64_t word)
{
    if (narrow)
        pel_pte_store_narrow(at, pel_pte_narrow(word));
    else
        pel_pte_store(at, word);
}

static inline uint64_t pel_slot_get(const pel_slot *slot)
{
    return pel_entry_load(slot->narrow, slot->word);
}

static inline void pel_slot_set(const pel_slot *slot, uint64_t word)
{
    slot->table->count -= pel_slot_get(slot) != 0; /* keeps (2) */
    slot->table->count += word != 0;
    pel_entry_store(slot->narrow, slot->word, word);
}

static inline unsigned pel_pt_index(const pel_paging_layout *layout, uint64_t page, unsigned level)
{
    return (unsigned)(page >> layout->shift[level]) & ((1u << layout->bits[level]) - 1);
}

static inline bool pel_pt_narrow(const pel_machine *m) { return m->layout->entry_size == 4; }

static inline uint8_t *pel_pt_entry(const pel_machine *m, uint64_t table, unsigned index)
{
    return pel_frame_bytes(m, table) + (size_t)index * m->layout->entry_size;
}

#endif
