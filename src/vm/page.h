/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PAGE_H
#define PEL_VM_PAGE_H

/* What a page is, and how it becomes something else.
 *
 * A page whose leaf entry is zero is what its region says: all pages of a private region
 * begin alike, and all pages of a segment of a view. So a large region costs no page tables
 * until pages of it are touched or made different. */

#include "vm/pagetable.h"

/** One page, whatever its entry looks like. */
typedef struct pel_page {
    uint64_t word; /**< its leaf entry; 0 if it has none */
    uint8_t mm;    /**< its protection; PEL_MM_NONE when it is not committed */
    bool own;      /**< it has a frame of its own: private memory, or a copy that was made */
    bool apart;    /**< it gets one at the first touch: a segment that every view has for itself */
} pel_page;

pel_page pel_page_get(const pel_space *space, const pel_vad *vad, uint64_t page);

/** The page, and the end of the run of pages after it, up to `end`, that are surely like it. */
uint64_t pel_page_run(const pel_space *space, const pel_vad *vad, uint64_t page, uint64_t end,
                      pel_page *out);

/** Is commit charged for it? For private committed pages, for copies, and for pages of a view
 *  that will need one when they are written: also if they are not committed yet, for another view
 *  may commit them. */
bool pel_page_charged(const pel_vad *vad, const pel_page *page);

/** Charged pages in [first, end) of the region. */
uint64_t pel_page_count_charged(const pel_space *space, const pel_vad *vad, pel_pages pages);

/** The five bits that a page comes to have when `wanted` is asked for: writable pages of a
 *  view copy on write, until they are copied or if the segment is shared, and "no cache"
 *  belongs to the allocation. */
uint8_t pel_page_target(const pel_vad *vad, uint64_t page, bool own, uint8_t wanted);

/** Add the page tables that pel_page_protect_all with `wanted` will need. None are needed for
 *  all pages of a private region at once, nor where the region itself says what is wanted.
 *  Nothing is added when it fails. */
pel_ntstatus pel_page_prepare(pel_space *space, const pel_vad *vad, pel_pages pages,
                              uint8_t wanted);

/** Protect `pages`, with all that it takes: charge, page tables. `committing`: those of a view that
 *  are not committed become so, for all views of the section; else they are STATUS_NOT_COMMITTED.
 */
pel_ntstatus pel_page_change(pel_space *space, pel_vad *vad, pel_pages pages, uint8_t wanted,
                             bool committing);

/** Commit, or protect, `pages`, which were prepared for it. */
void pel_page_protect_all(pel_space *space, pel_vad *vad, pel_pages pages, uint8_t wanted);

/** Empty the leaf entry: give back its frame, its share of one, or its place in a page file. */
void pel_page_clear(pel_space *space, const pel_slot *slot, uint64_t page);

/** Empty the leaf entries of `pages`. Leaves empty tables behind. */
void pel_page_clear_all(pel_space *space, pel_pages pages);

/** Write the leaf entry of a page without a frame: zero, if the region says the same. */
void pel_page_set_soft(const pel_vad *vad, const pel_slot *slot, uint64_t page, uint8_t mm);

/** Make the entry valid for an active frame, and give the page a place in the working set, for
 * which there is room (pel_ws_make_room). */
void pel_page_make_valid(pel_space *space, const pel_slot *slot, uint64_t page, uint64_t frame,
                         uint8_t mm);

/** Put an active private frame into the leaf entry: valid if the protection allows it, else in
 *  transition. */
void pel_page_install(pel_space *space, const pel_slot *slot, uint64_t page, uint64_t frame,
                      uint8_t mm);

/** Take a valid page out of the working set. Its frame waits on standby or modified, or stays
 * active for others that share it. */
void pel_page_trim(pel_space *space, const pel_slot *slot, uint64_t page);

/** MEM_RESET: what is in the private pages of the range need not be kept, and what a page file has
 * of them is gone; `undo`: it must be kept, as far as it is still there. */
void pel_page_reset_all(pel_space *space, const pel_vad *vad, pel_pages pages, bool undo);

#endif
