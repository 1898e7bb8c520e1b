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
#include "schema/decode.h"

/* ---- one relocation ---------------------------------------------------- */

static uint64_t get(const uint8_t *at, unsigned width)
{
    return pel_span_uint((pel_span){ at, width }, 0, width);
}

static void add(uint8_t *at, unsigned width, uint64_t delta)
{
    pel_store_uint(at, width, get(at, width) + delta);
}

/* Thumb-2 MOVW or MOVT, two halfwords: 11110 i 10x100 imm4 | 0 imm3 Rd imm8.
 * The immediate is imm4:i:imm3:imm8. */
static uint16_t thumb_immediate(const uint8_t *at)
{
    unsigned a = (unsigned)get(at, 2), b = (unsigned)get(at + 2, 2);
    return (uint16_t)((a & 0xf) << 12 | (a >> 10 & 1) << 11 | (b >> 12 & 7) << 8 | (b & 0xff));
}

static void set_thumb_immediate(uint8_t *at, unsigned value)
{
    unsigned a = (unsigned)get(at, 2) & ~0x040fu, b = (unsigned)get(at + 2, 2) & ~0x70ffu;
    pel_store_uint(at, 2, a | (value >> 12 & 0xf) | (value >> 11 & 1) << 10);
    pel_store_uint(at + 2, 2, b | (value >> 8 & 7) << 12 | (value & 0xff));
}

static void add_thumb_mov32(uint8_t *at, uint64_t delta)
{
    uint32_t value = (uint32_t)thumb_immediate(at + 4) << 16 | thumb_immediate(at);
    value += (uint32_t)delta;
    set_thumb_immediate(at, value & 0xffff);
    set_thumb_immediate(at + 4, value >> 16);
}

/* Bytes that a relocation patches; 0 for padding; -1 for a type that Windows refuses. */
static int width_of(uint16_t machine, unsigned type)
{
    switch (type) {
    case PEL_REL_ABSOLUTE: return 0;
    case PEL_REL_HIGH:
    case PEL_REL_LOW: return 2;
    case PEL_REL_HIGHLOW: return 4;
    case PEL_REL_DIR64: return 8;
    case PEL_REL_THUMB_MOV32: return machine == PEL_MACHINE_ARMNT ? 8 : -1;
    default: return -1;
    }
}

static void patch(uint8_t *at, unsigned type, uint64_t delta)
{
    switch (type) {
    case PEL_REL_HIGH: add(at, 2, delta >> 16); break;
    case PEL_REL_LOW: add(at, 2, delta); break;
    case PEL_REL_HIGHLOW: add(at, 4, delta); break;
    case PEL_REL_DIR64: add(at, 8, delta); break;
    case PEL_REL_THUMB_MOV32: add_thumb_mov32(at, delta); break;
    default: break;
    }
}

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

/* Check the entries of a block; note whether one may reach over a page's end. */
static pel_ntstatus check_block(const pel_reloc_block *block, uint16_t machine, reloc_ref *ref,
                                pel_verdict *why)
{
    size_t count = pel_reloc_count(block);
    for (size_t i = 0; i < count; i++) {
        pel_reloc r = pel_reloc_entry(block, i);
        int width = width_of(machine, r.type);
        if (width < 0) {
            pel_place where = { .structure = "base_relocations",
                                .index = PEL_NO_INDEX,
                                .field = "type",
                                .has_offset = true,
                                .offset = { block->offset.v + BLOCK_HEADER + 2 * i } };
            *why = pel_verdict_of(PEL_RULE_RELOC_TYPE, where, r.type, 0);
            return why->status;
        }
        if (r.rva.v % PEL_PAGE_SIZE + (unsigned)width > PEL_PAGE_SIZE)
            ref->crosses = true;
    }
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus add_block(pel_reloc_index *index, const pel_reloc_block *block, uint32_t at,
                              pel_verdict *why)
{
    reloc_ref ref = { .page = block->page.v,
                      .at = at,
                      .count = (uint32_t)pel_reloc_count(block) & 0x7fffffff };
    pel_ntstatus nt = check_block(block, index->machine, &ref, why);
    if (!pel_nt_success(nt))
        return nt;
    reloc_ref *grown =
        pel_grow(&index->allocator, index->refs, &index->capacity, index->count + 1, sizeof *grown);
    if (!grown)
        return (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    index->refs = grown;
    index->refs[index->count++] = ref;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_reloc_index_build(pel_reloc_index *index, const pel_allocator *allocator,
                                   const pel_image *img, uint64_t delta, pel_verdict *why)
{
    *index = (pel_reloc_index){ .allocator = pel_allocator_or_default(allocator),
                                .delta = delta,
                                .machine = pel_image_file_header(img)->machine };
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
    else if (index->count > 0)
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

static void apply_block(const pel_reloc_index *index, const reloc_ref *ref, uint64_t rva,
                        uint8_t *bytes, size_t size)
{
    pel_reloc_block block = { .page = { ref->page },
                              .entries =
                                  pel_span_clip(index->table, ref->at, 2 * (uint64_t)ref->count) };
    size_t count = pel_reloc_count(&block);
    for (size_t i = 0; i < count; i++) {
        pel_reloc r = pel_reloc_entry(&block, i);
        uint64_t at = (uint64_t)r.rva.v - rva;
        uint64_t width = (uint64_t)width_of(index->machine, r.type);
        if (r.rva.v >= rva && at <= size && width <= size - at)
            patch(bytes + at, r.type, index->delta);
    }
}

static bool in_order(const reloc_ref *refs, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (refs[i].at < refs[i - 1].at)
            return false;
    return true;
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
    if (!in_order(refs, count)) {
        sorted = pel_take(&index->allocator, count * sizeof *sorted);
        if (!sorted)
            return PEL_NO_MEMORY;
        memcpy(sorted, refs, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, by_place);
        refs = sorted;
    }
    for (size_t i = 0; i < count; i++)
        apply_block(index, &refs[i], rva, bytes, size);
    pel_give(&index->allocator, sorted, count * sizeof *sorted);
    return PEL_OK;
}
