/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_ALLOC_H
#define PEL_BASE_ALLOC_H

/* Host memory: the allocator with its default, and the arena. */

#include <pelorus/base.h>

/** `allocator`, or the C library's when it is NULL. */
pel_allocator pel_allocator_or_default(const pel_allocator *allocator);

/** `size` zeroed bytes, or NULL. */
void *pel_take(const pel_allocator *a, size_t size);

/** Give back what pel_take or a growth gave. NULL is fine. */
void pel_give(const pel_allocator *a, void *ptr, size_t size);

/** Grow an array of `*capacity` items of `item` bytes so that it holds `need` of them: twice as
 *  large at least, so that appending is cheap. NULL, and nothing changed, when there is no
 *  memory. New items are not zeroed. */
void *pel_grow(const pel_allocator *a, void *array, size_t *capacity, size_t need, size_t item);

/** Memory that is given back all at once. */
typedef struct pel_arena {
    pel_allocator allocator;
    struct pel_arena_block *blocks;
} pel_arena;

void pel_arena_init(pel_arena *arena, const pel_allocator *allocator);

/** `size` zeroed bytes, aligned for anything; NULL when there is no memory. */
void *pel_arena_take(pel_arena *arena, size_t size);

void pel_arena_release(pel_arena *arena);

#endif
