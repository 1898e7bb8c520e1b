/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_MACHINE_PRIV_H
#define PEL_VM_MACHINE_PRIV_H

/* The insides of a machine, and what must always hold in it. pel_machine_check verifies:
 *
 *  (1) Every frame below `ram.virgin` is on the list that it names, once, or active; the lists'
 *      counts, `used`, `tables` and `peak` agree with that. Frames on the zeroed list are zero.
 *  (2) A table is named by exactly one entry of the table above it (the root: by its space),
 *      is owned by that space, and is at the right level. Its `count` is the number of its
 *      entries that are not zero. Apart from the root no table is empty.
 *  (3) Regions are sorted, do not overlap, and lie within their space. Every leaf entry that
 *      is not zero lies within a region.
 *  (4) A private frame is named by exactly one leaf entry, valid or in transition, and that
 *      one is at the space and page that the frame tells. It is active if valid, else on
 *      standby or modified, by whether its contents are elsewhere, too.
 *  (5) A section's frame is named by one prototype entry of its section. Its `count` is the
 *      number of valid leaf entries for it; each of them is in a view, at the right page. It is
 *      active if there are any, else on standby or modified.
 *  (6) The hardware bits of a valid entry are those of its protection. No valid entry is a
 *      guard or no-access page. Only entries for section frames copy on write.
 *  (7) Commit charge is the sum over all regions of their charged pages (pel_page_charged) and
 *      over all sections of what they are charged, and not above the limit.
 *  (8) A translation in a TLB is what the page tables say, with the accessed bit set, and with
 *      the dirty bit set if it is one for writing.
 *  (9) A section object's hold count is its views, and one for each caller that holds it.
 * (10) A page-file slot that is in use is named by exactly one leaf entry, prototype entry or
 *      frame, and counted; none of them names a slot that is free.
 * (11) Valid leaf entries and the slots of the working set name each other.
 * (12) A stack is all of one private region, its limit lies in it, and the page below the limit
 *      is a guard unless the stack has overflowed or its program took the guard away.
 * (13) A page of a watched region has a translation for writing only if its write is noted. */

#include "vm/frame.h"
#include "vm/page_file.h"
#include "vm/policy.h"
#include "vm/pte.h"

/** Hand a failure of the simulated Windows on to the caller. */
#define PEL_TRY_NT(expr)                                                                           \
    do {                                                                                           \
        pel_ntstatus pel_try_ = (expr);                                                            \
        if (!pel_nt_success(pel_try_))                                                             \
            return pel_try_;                                                                       \
    } while (0)

/** How a paging mode takes an address apart. Level 0 is the leaf, next to the page. */
typedef struct pel_paging_layout {
    unsigned levels;
    unsigned va_bits;
    unsigned ram_bits;                 /**< of the largest RAM, in bytes */
    unsigned entry_size;               /**< bytes: 8, or 4 for two-level x86 */
    bool nx;                           /**< entries can forbid execution */
    bool sign_extended;                /**< addresses are canonical; else they just end */
    unsigned bits[PEL_WALK_MAX];       /**< of the index at each level */
    unsigned shift[PEL_WALK_MAX];      /**< an entry of the level stands for 2^shift pages */
    uint64_t table_bits[PEL_WALK_MAX]; /**< of an entry for a table, by its level */
    const char *names[PEL_WALK_MAX];   /**< of the entries of each level */
} pel_paging_layout;

struct pel_machine {
    pel_allocator allocator;
    const pel_paging_layout *layout;
    pel_paging paging;
    pel_policy policy;
    pel_ram ram;
    pel_page_files page_files;
    uint64_t commit;       /**< pages charged */
    uint64_t commit_limit; /**< pages */
    uint64_t commit_peak;
    pel_counters counters; /**< only what happened; what is in use is told by `ram` */
    uint64_t hits[3];      /**< of TLBs that are gone, by kind of access */
    pel_event_hook events;
    pel_space *spaces;
    pel_section_object *sections;
};

/** Charge `pages`; false, and nothing changed, when that is above the limit. */
bool pel_commit_charge(pel_machine *machine, uint64_t pages);
void pel_commit_return(pel_machine *machine, uint64_t pages);

static inline void pel_tell(const pel_machine *m, pel_event event)
{
    if (m->events.tell)
        m->events.tell(m->events.ctx, &event);
}

static inline pel_frame *pel_frame_entry(const pel_machine *m, uint64_t frame)
{
    return pel_ram_entry(&m->ram, frame);
}

static inline uint8_t *pel_frame_bytes(const pel_machine *m, uint64_t frame)
{
    return pel_ram_bytes(&m->ram, frame);
}

/** Whether a page of protection `mm` allows the access, as far as the mode can tell. */
static inline bool pel_machine_allows(const pel_machine *m, uint8_t mm, pel_access access)
{
    return pel_mm_allows(mm, access == PEL_FETCH && !m->layout->nx ? PEL_READ : access);
}

/** A valid entry, in the mode's bits. */
static inline uint64_t pel_machine_valid(const pel_machine *m, uint64_t frame, uint8_t mm)
{
    uint64_t word = pel_pte_valid(frame, mm);
    return m->layout->nx ? word : word & ~PEL_PTE_NX;
}

#endif
