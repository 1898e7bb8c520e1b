/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_STACK_H
#define PEL_VM_STACK_H

/* The stacks of a space, and how they grow.
 *
 *     first                      limit - guard   limit                  end
 *     | reserved ...             | guard         | committed ...        |
 *     low                                                            high
 *
 * A guard that is hit anywhere in a stack is gone, and the same number of pages below it becomes
 * guard; so the limit follows the guard down. The lowest page is never committed: where the next
 * guard, or the guarantee above it, would need that page, the stack overflows instead.
 * All numbers are page numbers or counts of pages. */

#include <pelorus/space.h>

/** One stack: all of a private region. */
typedef struct pel_stack_record {
    uint64_t first, end; /**< of the region */
    uint64_t limit;      /**< lowest page that is committed and no guard */
    uint64_t guard;      /**< how many pages of guard are put below the limit */
    uint64_t guarantee;  /**< pages that an overflow leaves */
    bool standing;       /**< page limit - 1 is a guard: nobody has taken it away */
    bool overflowed;     /**< and no guard was put back since */
} pel_stack_record;

/** Sorted by `first`. */
typedef struct pel_stacks {
    pel_stack_record *items;
    size_t count, capacity;
} pel_stacks;

/** A guard was touched at `page`, by an access that is allowed but for it. In a stack the guard
 *  moves down; the access then goes on. STATUS_STACK_OVERFLOW when there is no room, or no commit,
 *  for another one. In no stack: nothing is done. */
pel_ntstatus pel_stack_guard_hit(pel_space *space, uint64_t page);

/** The program has given pages [first, end) of one region the protection `mm`. */
void pel_stack_protected(pel_space *space, uint64_t first, uint64_t end, uint8_t mm);

/** Pages [first, end) were released. */
void pel_stack_released(pel_space *space, uint64_t first, uint64_t end);

/** What is wrong with the stacks of the space, or NULL. */
const char *pel_stack_check(const pel_space *space);

#endif
