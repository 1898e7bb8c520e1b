/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

pel_allocator pel_allocator_or_default(const pel_allocator *allocator)
{
    return allocator ? *allocator : (pel_allocator){ .resize = libc_resize };
}

void *pel_take(const pel_allocator *a, size_t size)
{
    void *ptr = a->resize(a->ctx, NULL, 0, size);
    return ptr ? memset(ptr, 0, size) : NULL;
}

void pel_give(const pel_allocator *a, void *ptr, size_t size)
{
    if (ptr)
        a->resize(a->ctx, ptr, size, 0);
}

void *pel_grow(const pel_allocator *a, void *array, size_t *capacity, size_t need, size_t item)
{
    if (need <= *capacity)
        return array;
    size_t wanted = *capacity * 2 > need ? *capacity * 2 : need;
    if (wanted < 8)
        wanted = 8;
    if (wanted > SIZE_MAX / item)
        return NULL;
    void *grown = a->resize(a->ctx, array, *capacity * item, wanted * item);
    if (grown)
        *capacity = wanted;
    return grown;
}

/* ---- arena ------------------------------------------------------------- */

typedef struct pel_arena_block {
    struct pel_arena_block *next;
    size_t size; /* of `bytes` */
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
} arena_block;

#define BLOCK_SIZE ((size_t)16 * 1024)

void pel_arena_init(pel_arena *arena, const pel_allocator *allocator)
{
    *arena = (pel_arena){ .allocator = pel_allocator_or_default(allocator) };
}

static arena_block *add_block(pel_arena *arena, size_t size)
{
    arena_block *block = pel_take(&arena->allocator, sizeof *block + size);
    if (block) {
        block->size = size;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *pel_arena_take(pel_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size_t)pel_round_up(size ? size : 1, alignof(max_align_t));
    arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size)
        block = add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
    if (!block)
        return NULL;
    void *out = block->bytes + block->used;
    block->used += size;
    return out;
}

void pel_arena_release(pel_arena *arena)
{
    while (arena->blocks) {
        arena_block *block = arena->blocks;
        arena->blocks = block->next;
        pel_give(&arena->allocator, block, sizeof *block + block->size);
    }
}
