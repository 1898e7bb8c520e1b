/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PLACEMENT_H
#define PEL_VM_PLACEMENT_H

/* Where the system may put what it places itself. */

#include "vm/space_priv.h"

/** Pages [first, end) that a new region may use, and what its first page is a multiple of. */
typedef struct pel_room {
    uint64_t first, end, alignment;
} pel_room;

/** The highest address that `zero_bits` leave, 0 bits: UINT64_MAX. False when there is no such
 *  number of bits. */
bool pel_zero_bits(uint64_t zero_bits, uint64_t *highest);

/** The room that the space and `placement` leave. STATUS_INVALID_PARAMETER_3 (zero bits),
 *  _INVALID_PARAMETER (requirements). */
pel_ntstatus pel_room_of(const pel_space *space, const pel_placement *placement, pel_room *out);

/** The lowest (or, `top_down`, highest) place for `pages` pages; STATUS_NO_MEMORY. */
pel_ntstatus pel_room_find(const pel_space *space, const pel_room *room, uint64_t pages,
                           bool top_down, uint64_t *first);

#endif
