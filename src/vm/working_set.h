/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_WORKING_SET_H
#define PEL_VM_WORKING_SET_H

/* The working set of a space: its pages with a valid entry. Each has a slot, which its entry
 * knows (pel_slot.ws); the policy of the machine keeps the slots in order and says who leaves.
 * Locked pages have a slot, but are none of the policy's business. */

#include "vm/policy.h"

typedef struct pel_ws_entry {
    uint64_t page; /**< its number; of a free slot, the next one that is free */
    bool used;     /**< the slot has a page */
    bool locked;
    bool fresh; /**< locked by a call that may still fail */
} pel_ws_entry;

typedef struct pel_ws {
    pel_resident resident;
    pel_ws_entry *entries;
    size_t count, capacity; /**< slots that were ever used, and that there is room for */
    uint64_t free;          /**< first free slot below `count`, or PEL_NO_SLOT */
    uint64_t size, peak, locked;
    uint64_t minimum, maximum;
    bool hard;
} pel_ws;

void pel_ws_init(pel_space *space);
void pel_ws_release(pel_space *space);

/** Before a page comes in: trim if the working set may not grow, and have a slot ready. Pages of
 * the space may be others afterwards. */
pel_ntstatus pel_ws_make_room(pel_space *space);

/** The slot for `page`, for which room was made. */
uint32_t pel_ws_insert(pel_space *space, uint64_t page);

void pel_ws_remove(pel_space *space, uint32_t slot);

/** Lock the page of `slot`, or unlock it; it was locked by no call that may still fail. */
void pel_ws_set_locked(pel_space *space, uint32_t slot, bool locked);

/** Trim the page that should go first. False when there is none that may. */
bool pel_ws_trim_one(pel_space *space);

#endif
