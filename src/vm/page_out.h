/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PAGE_OUT_H
#define PEL_VM_PAGE_OUT_H

/* How frames are won when none is free. In this order:
 *
 *   1. The page that waits longest on standby loses its frame: its contents are elsewhere.
 *   2. Modified pages are written to a page file, or to the private copy of their file, and so
 *      come to standby.
 *   3. A working set is trimmed: who has most above its minimum gives first.
 *
 * Rules evict.* and pfn.transitions of docs/memory.md. */

#include <pelorus/machine.h>

/** Put at least one frame on the free list. STATUS_NO_MEMORY when nothing helps. */
pel_ntstatus pel_page_out_for_one(pel_machine *machine);

/** RAM is plenty: working sets may grow beyond their maximum. */
bool pel_ram_is_plenty(const pel_machine *machine);

#endif
