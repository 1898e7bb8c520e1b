/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PAGE_IDS_H
#define PEL_VM_PAGE_IDS_H

/* A small number for each page, given in the order in which they are first seen: an open hash, its
 * entries side by side, a quarter of it empty at least. In front of it the page that was asked for
 * last, for programs stay on a page for a while. Where a page lies in the hash depends on where
 * the table lies in the host's memory: nobody can write a trace whose pages all lie together. */

#include <pelorus/base.h>

#define PEL_NO_ID UINT32_MAX

/* Ids are below this: the top bit of a word is free for other use. */
#define PEL_ID_LIMIT ((uint32_t)1 << 31)

typedef struct pel_page_entry {
    uint64_t page;
    uint32_t id; /* PEL_NO_ID: empty */
} pel_page_entry;

/* Zero it to begin. */
typedef struct pel_page_ids {
    pel_page_entry *entries; /* a power of two of them */
    size_t mask;
    unsigned shift;
    uint64_t factor;
    uint32_t count;
    uint64_t last_page;
    uint32_t last_id; /* of last_page, if count > 0 */
} pel_page_ids;

void pel_page_ids_release(pel_page_ids *ids, const pel_allocator *a);

/** Give `page`, which has no id, the next one. PEL_NO_MEMORY or PEL_LIMIT: nothing changed. */
pel_status pel_page_ids_add(pel_page_ids *ids, const pel_allocator *a, uint64_t page,
                            uint32_t *out);

static inline size_t pel_page_ids_start(const pel_page_ids *ids, uint64_t page)
{
    /* Pages come in runs, and one multiplication alone lays some runs on top of each other: with
     * an unlucky factor each look-up would be ten times as long. */
    uint64_t mixed = page * ids->factor;
    mixed = (mixed ^ (mixed >> 32)) * 0x9E3779B97F4A7C15u;
    return (size_t)(mixed >> ids->shift);
}

/** The id of `page`, given now if it has none. */
static inline pel_status pel_page_ids_get(pel_page_ids *ids, const pel_allocator *a, uint64_t page,
                                          uint32_t *out)
{
    if (ids->count == 0)
        return pel_page_ids_add(ids, a, page, out);
    if (page == ids->last_page) {
        *out = ids->last_id;
        return PEL_OK;
    }
    const pel_page_entry *entries = ids->entries;
    for (size_t i = pel_page_ids_start(ids, page);; i = (i + 1) & ids->mask) {
        if (entries[i].id == PEL_NO_ID)
            return pel_page_ids_add(ids, a, page, out);
        if (entries[i].page == page) {
            ids->last_page = page;
            *out = ids->last_id = entries[i].id;
            return PEL_OK;
        }
    }
}

#endif
