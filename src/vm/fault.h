/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_FAULT_H
#define PEL_VM_FAULT_H

/* Page faults: what happens when the processor finds no usable entry.
 *
 *     entry           region says          what is done
 *     valid           -                    a write that copies: private frame with the contents
 *     zero            private, committed   demand zero: a zeroed frame
 *     zero            view                 the section's frame, filled if need be
 *     demand zero     -                    as it says, with the protection of the entry
 *     prototype       -                    the section's frame, with the protection of the entry
 *     transition      -                    the frame comes back from standby or modified
 *     page file       -                    a frame, filled from there
 *
 * A guard goes off before any of this, and is gone. */

#include "vm/space_priv.h"

/** Make `page` usable for `access`, or tell why not. On success its leaf entry is valid and
 *  lets the access through. */
pel_ntstatus pel_fault_resolve(pel_space *space, uint64_t page, pel_access access);

/** The bytes of `page` for reading, whatever its protection: those in RAM, or a copy in
 *  `scratch`, which has room for a page. Nothing is brought in. STATUS_NOT_COMMITTED. */
pel_ntstatus pel_fault_peek(pel_space *space, uint64_t page, uint8_t *scratch,
                            const uint8_t **bytes);

/** The bytes of `page` for writing, whatever its protection: its own, with a copy made if
 *  need be, or those of a shared segment. STATUS_NOT_COMMITTED. */
pel_ntstatus pel_fault_poke(pel_space *space, uint64_t page, uint8_t **bytes);

#endif
