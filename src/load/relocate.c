/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations by page.
 *
 * A page is relocated when it is filled. Its relocations are found through an index
 * of the blocks, sorted by page; within what is asked for they apply in the order of
 * the directory, because overlapping patches of different widths do not commute. */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "load/load_priv.h"

#define BLOCK_HEADER 8 /* VirtualAddress and SizeOfBlock */

/* ---- the index --------------------------------------------------------- */

static int by_page(const void *a, const void *b)
{
    const reloc_ref *x = a, *y = b;
    if (x->page != y->page)
        return x->page < y->page ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int by_place(const void *a, const void *b)
{
    const reloc_ref *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Linkers write blocks in the order of pages, so there is seldom anything to sort. */
static bool in_order(const reloc_ref *refs, size_t count,
                     int (*compare)(const void *, const void *))
{
    for (size_t i = 1; i < count; i++)
        if (compare(&refs[i - 1], &refs[i]) > 0)
            return false;
    return true;
}

/* Windows refuses the entry at `index` of a block. */
static pel_ntstatus refuse_entry(const pel_reloc_block *block, const pel_block_facts *facts,
                                 pel_verdict *why)
{
    pel_rule rule = facts->cut ? PEL_RULE_RELOC_PARAMETER : PEL_RULE_RELOC_TYPE;
    pel_place where = { .structure = "base_relocations",
                        .index = PEL_NO_INDEX,
                        .field = "type",
                        .has_offset = true,
                        .offset = { block->offset.v + BLOCK_HEADER + 2 * facts->refused } };
    *why = pel_verdict_of(rule, where, pel_reloc_entry(block, facts->refused).type, 0);
    return why->status;
}

/* Check a block. One that patches nothing is not kept. */
static pel_ntstatus add_block(pel_reloc_index *index, const pel_reloc_block *block, uint32_t at,
                              pel_verdict *why)
{
    pel_block_facts facts = pel_block_look(&index->patches, block);
    if (facts.refused < facts.count)
        return refuse_entry(block, &facts, why);
    if (facts.idle)
        return PEL_STATUS_SUCCESS;
    reloc_ref *grown =
        pel_grow(&index->allocator, index->refs, &index->capacity, index->count + 1, sizeof *grown);
    if (!grown)
        return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    index->refs = grown;
    index->refs[index->count++] = (reloc_ref){ .page = block->page.v,
                                               .at = at,
                                               .count = (uint32_t)facts.count & 0x7fffffff,
                                               .crosses = facts.crosses };
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_reloc_index_build(pel_reloc_index *index, const pel_allocator *allocator,
                                   const pel_image *img, pel_windows windows, uint64_t delta,
                                   pel_verdict *why)
{
    *index = (pel_reloc_index){ .allocator = pel_allocator_or_default(allocator),
                                .delta = delta,
                                .patches =
                                    pel_patches_of(pel_image_file_header(img)->machine, windows) };
    uint64_t view = pel_image_view_size(img);
    pel_reloc_iter it = pel_image_relocs(img);
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    index->table = it.bytes;
    for (pel_reloc_block block; pel_nt_success(nt) && pel_reloc_next(&it, &block);) {
        if (block.page.v >= view) {
            *why = pel_verdict_relocs(img, PEL_RULE_RELOC_OUTSIDE, NULL, block.page.v, view);
            nt = why->status;
        } else {
            nt = add_block(index, &block, (uint32_t)(block.offset.v - it.offset.v) + BLOCK_HEADER,
                           why);
        }
    }
    if (!pel_nt_success(nt))
        pel_reloc_index_release(index);
    else if (!in_order(index->refs, index->count, by_page))
        qsort(index->refs, index->count, sizeof *index->refs, by_page);
    return nt;
}

void pel_reloc_index_release(pel_reloc_index *index)
{
    pel_give(&index->allocator, index->refs, index->capacity * sizeof *index->refs);
    index->refs = NULL;
    index->count = index->capacity = 0;
}

/* ---- applying ---------------------------------------------------------- */

/* Index of the first block whose page is not below `rva`. */
static size_t first_from(const pel_reloc_index *index, uint64_t rva)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->refs[middle].page >= rva)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* An entry lies up to 4095 bytes behind its block's address, which need be no page. */
static size_t first_that_reaches(const pel_reloc_index *index, uint64_t rva)
{
    return first_from(index, rva >= PEL_PAGE_SIZE - 1 ? rva - (PEL_PAGE_SIZE - 1) : 0);
}

bool pel_reloc_index_crosses(const pel_reloc_index *index, uint64_t page)
{
    uint64_t start = page * PEL_PAGE_SIZE, end = start + PEL_PAGE_SIZE;
    uint64_t before = start >= PEL_PAGE_SIZE ? start - PEL_PAGE_SIZE : 0;
    for (size_t i = first_that_reaches(index, before);
         i < index->count && index->refs[i].page < end; i++)
        if (index->refs[i].crosses)
            return true;
    return false;
}

uint64_t pel_reloc_index_next(const pel_reloc_index *index, uint64_t page)
{
    size_t i = first_that_reaches(index, page * PEL_PAGE_SIZE);
    if (i == index->count)
        return UINT64_MAX;
    uint64_t next = index->refs[i].page / PEL_PAGE_SIZE;
    return next > page ? next : page;
}

void pel_reloc_index_mark(const pel_reloc_index *index, uint64_t *bitmap, uint64_t pages)
{
    for (size_t i = 0; i < index->count; i++) {
        const reloc_ref *ref = &index->refs[i];
        uint64_t first = ref->page / PEL_PAGE_SIZE;
        uint64_t last = ((uint64_t)ref->page + PEL_PAGE_SIZE - 1) / PEL_PAGE_SIZE + ref->crosses;
        last = ref->page % PEL_PAGE_SIZE == 0 ? first + ref->crosses : last;
        for (uint64_t page = first; page <= last && page < pages && ref->count > 0; page++)
            bitmap[page / 64] |= UINT64_C(1) << (page % 64);
    }
}

static pel_reloc_block block_of(const pel_reloc_index *index, const reloc_ref *ref)
{
    return (pel_reloc_block){ .page = { ref->page },
                              .entries =
                                  pel_span_clip(index->table, ref->at, 2 * (uint64_t)ref->count) };
}

void pel_reloc_index_joins(const pel_reloc_index *index, uint64_t page, uint64_t joins[PEL_JOINS])
{
    uint64_t start = page * PEL_PAGE_SIZE, end = start + PEL_PAGE_SIZE;
    memset(joins, 0, PEL_JOINS * sizeof *joins);
    for (size_t i = first_that_reaches(index, start >= PEL_PAGE_SIZE ? start - PEL_PAGE_SIZE : 0);
         i < index->count && index->refs[i].page < end; i++) {
        pel_reloc_block block = block_of(index, &index->refs[i]);
        pel_block_join(&index->patches, &block, start, joins);
    }
}

static void apply_block(const pel_reloc_index *index, const reloc_ref *ref, const pel_patched *to)
{
    pel_reloc_block block = block_of(index, ref);
    pel_block_apply(&index->patches, &block, ref->crosses, index->delta, to);
}

pel_status pel_reloc_index_apply(const pel_reloc_index *index, uint64_t rva, uint8_t *bytes,
                                 size_t size)
{
    size_t first = first_that_reaches(index, rva);
    size_t count = first_from(index, rva + size) - first;
    if (count == 0)
        return PEL_OK; /* there may be no refs at all to point into */
    const reloc_ref *refs = index->refs + first;
    reloc_ref *sorted = NULL;
    if (!in_order(refs, count, by_place)) {
        sorted = pel_take(&index->allocator, count * sizeof *sorted);
        if (!sorted)
            return PEL_NO_MEMORY;
        memcpy(sorted, refs, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, by_place);
        refs = sorted;
    }
    const pel_patched to = { .bytes = bytes, .rva = rva, .size = size };
    for (size_t i = 0; i < count; i++)
        apply_block(index, &refs[i], &to);
    pel_give(&index->allocator, sorted, count * sizeof *sorted);
    return PEL_OK;
}
