/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vad.h"

#include "base/alloc.h"
#include <assert.h>
#include <string.h>

size_t pel_vads_after(const pel_vads *vads, uint64_t page)
{
    size_t low = 0, high = vads->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (vads->items[middle].end <= page)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

pel_vad *pel_vads_overlap(const pel_vads *vads, uint64_t first, uint64_t end)
{
    size_t i = pel_vads_after(vads, first);
    return i < vads->count && vads->items[i].first < end ? &vads->items[i] : NULL;
}

pel_vad *pel_vads_find(const pel_vads *vads, uint64_t page)
{
    return pel_vads_overlap(vads, page, page + 1);
}

bool pel_vads_make_room(pel_vads *vads, const pel_allocator *a)
{
    pel_vad *items =
        pel_grow(a, vads->items, &vads->capacity, vads->count + 1, sizeof *vads->items);
    if (!items)
        return false;
    vads->items = items;
    return true;
}

void pel_vads_insert(pel_vads *vads, pel_vad vad)
{
    assert(vads->count < vads->capacity);
    size_t i = pel_vads_after(vads, vad.first);
    memmove(vads->items + i + 1, vads->items + i, (vads->count - i) * sizeof vad);
    vads->items[i] = vad;
    vads->count++;
}

void pel_vads_remove(pel_vads *vads, pel_vad *vad)
{
    size_t i = (size_t)(vad - vads->items);
    vads->count--;
    memmove(vad, vad + 1, (vads->count - i) * sizeof *vad);
}
