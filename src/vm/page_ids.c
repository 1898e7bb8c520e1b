/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page_ids.h"

#include "base/alloc.h"
#include <string.h>

/* Any odd number with its bits well mixed; another one for each place in memory. */
static uint64_t factor_of(const void *place)
{
    uint64_t x = (uint64_t)(uintptr_t)place + 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return (x ^ (x >> 31)) | 1;
}

static void put(pel_page_ids *ids, uint64_t page, uint32_t id)
{
    size_t i = pel_page_ids_start(ids, page);
    while (ids->entries[i].id != PEL_NO_ID)
        i = (i + 1) & ids->mask;
    ids->entries[i] = (pel_page_entry){ .page = page, .id = id };
}

static bool rebuild(pel_page_ids *ids, const pel_allocator *a, unsigned bits)
{
    size_t room = (size_t)1 << bits;
    if (room > SIZE_MAX / sizeof(pel_page_entry))
        return false;
    pel_page_ids grown = *ids;
    grown.entries = a->resize(a->ctx, NULL, 0, room * sizeof(pel_page_entry));
    if (!grown.entries)
        return false;
    memset(grown.entries, 0xff, room * sizeof(pel_page_entry)); /* PEL_NO_ID */
    grown.mask = room - 1;
    grown.shift = 64 - bits;
    grown.factor = factor_of(grown.entries);
    for (size_t i = 0; ids->entries && i <= ids->mask; i++)
        if (ids->entries[i].id != PEL_NO_ID)
            put(&grown, ids->entries[i].page, ids->entries[i].id);
    pel_page_ids_release(ids, a);
    *ids = grown;
    return true;
}

pel_status pel_page_ids_add(pel_page_ids *ids, const pel_allocator *a, uint64_t page, uint32_t *out)
{
    size_t room = ids->entries ? ids->mask + 1 : 0;
    if (ids->count == PEL_ID_LIMIT)
        return PEL_LIMIT;
    if (ids->count >= room / 4 * 3 && !rebuild(ids, a, room ? 64 - ids->shift + 1 : 6))
        return PEL_NO_MEMORY;
    *out = ids->count++;
    put(ids, page, *out);
    ids->last_page = page;
    ids->last_id = *out;
    return PEL_OK;
}

void pel_page_ids_release(pel_page_ids *ids, const pel_allocator *a)
{
    if (ids->entries)
        pel_give(a, ids->entries, (ids->mask + 1) * sizeof(pel_page_entry));
    *ids = (pel_page_ids){ 0 };
}
