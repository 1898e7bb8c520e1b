/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_SPACE_PRIV_H
#define PEL_VM_SPACE_PRIV_H

/* The insides of a space. */

#include "vm/machine_priv.h"
#include "vm/section.h"
#include "vm/stack.h"
#include "vm/vad.h"
#include "vm/working_set.h"

#define PEL_ACCESSES 3

/** A translation that was good a moment ago. `tag` is the number of the page above one bit for each
 *  kind of access that the entry serves, so that one comparison tells a hit. */
typedef struct pel_tlb_entry {
    uint64_t tag;
    uint8_t *bytes; /**< of the frame */
} pel_tlb_entry;

#define PEL_TLB_RIGHTS ((uint64_t)7)

static inline uint64_t pel_tlb_tag(uint64_t page, pel_access access)
{
    return page << PEL_ACCESSES | (uint64_t)1 << access;
}

/** A software TLB, direct-mapped. It grows with the working set: what it cannot hold costs a walk
 *  of the page tables. */
typedef struct pel_tlb {
    pel_tlb_entry *entries;
    uint64_t mask; /**< entries less one */
} pel_tlb;

struct pel_space {
    pel_machine *machine;
    pel_space *previous, *next; /* on the machine */
    uint64_t lowest, end;       /* pages [lowest, end) can be used */
    uint64_t root;              /* frame of the top table */
    pel_vads vads;
    pel_stacks stacks;
    size_t watched; /* regions that have a watch */
    pel_ws ws;
    uint64_t accesses[PEL_ACCESSES]; /* of each kind, that hit the TLB */
    pel_tlb tlb;
};

static inline pel_tlb_entry *pel_tlb_slot(const pel_space *s, uint64_t page)
{
    return &s->tlb.entries[page & s->tlb.mask];
}

/** Forget the translation of `page`, of all kinds. */
static inline void pel_tlb_flush(pel_space *s, uint64_t page)
{
    pel_tlb_entry *e = pel_tlb_slot(s, page);
    if (e->tag >> PEL_ACCESSES == page)
        e->tag &= ~PEL_TLB_RIGHTS;
}

/** Make the TLB large enough for `pages` pages, as far as that is sensible and the host has memory.
 */
void pel_tlb_grow(pel_space *space, uint64_t pages);

/** Pages [first, end). */
typedef struct pel_pages {
    uint64_t first, end;
} pel_pages;

/** The pages that [base, base + size) touches. `wrong_size` when that is nothing or ends above
 *  the highest address; STATUS_INVALID_PARAMETER_2 when `base` is above it. */
pel_ntstatus pel_pages_of(const pel_space *space, pel_va base, uint64_t size,
                          pel_ntstatus wrong_size, pel_pages *out);

/** The range in bytes, as the calls of the API give it back. */
static inline void pel_pages_to(pel_pages pages, pel_va *base, uint64_t *size)
{
    base->v = pages.first << PEL_PAGE_BITS;
    *size = (pages.end - pages.first) << PEL_PAGE_BITS;
}

/** True when the region consists of nothing but `pages`. */
static inline bool pel_vad_is(const pel_vad *vad, pel_pages pages)
{
    return vad->first == pages.first && vad->end == pages.end;
}

static inline bool pel_vad_covers(const pel_vad *vad, pel_pages pages)
{
    return vad->first <= pages.first && pages.end <= vad->end;
}

/** Take the region away: everything in it, its charge, its hold on a section. */
void pel_vad_destroy(pel_space *space, pel_vad *vad);

#endif
