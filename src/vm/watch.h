/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_WATCH_H
#define PEL_VM_WATCH_H

/* Write watch: which pages of a region that was reserved with MEM_WRITE_WATCH were written. One
 * bit a page, in chunks that come when a page of them is first written, so that a large region
 * costs next to nothing until it is used. */

#include <pelorus/space.h>

/** Shared by the parts of a region that was cut in two. */
typedef struct pel_watch pel_watch;

/** A watch for pages [first, end), for one region. NULL: no host memory. */
pel_watch *pel_watch_new(const pel_allocator *a, uint64_t first, uint64_t end);

/** One more region has it. NULL is fine. */
void pel_watch_hold(pel_watch *watch);

/** One region less has it. NULL is fine. */
void pel_watch_drop(const pel_allocator *a, pel_watch *watch);

/** `page` is written. Nothing to do if it is in no watched region. A translation for writing may
 *  be kept in the TLB only after this has succeeded. */
pel_ntstatus pel_watch_note(pel_space *space, uint64_t page);

/** Whether the write of `page` is known, or need not be. */
bool pel_watch_knows(const pel_space *space, uint64_t page);

#endif
