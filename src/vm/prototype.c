/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/section.h"

#include "base/alloc.h"
#include <string.h>

/* Prototype entries: where the pages of a section object are, whoever maps them. */

/* Where the chunk `index` is, or where it should be put. */
static size_t chunk_place(const pel_section_object *s, uint64_t index)
{
    size_t low = 0, high = s->chunk_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->chunks[middle]->index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The prototype entry of `page`, or NULL when its chunk was never needed. */
static uint64_t *prototype(const pel_section_object *s, uint64_t page)
{
    uint64_t index = page / PEL_PROTO_CHUNK;
    size_t at = chunk_place(s, index);
    if (at == s->chunk_count || s->chunks[at]->index != index)
        return NULL;
    return &s->chunks[at]->entry[page % PEL_PROTO_CHUNK];
}

static uint64_t *make_prototype(pel_section_object *s, uint64_t page)
{
    uint64_t *found = prototype(s, page);
    if (found)
        return found;
    const pel_allocator *a = &s->machine->allocator;
    pel_proto_chunk **chunks =
        pel_grow(a, s->chunks, &s->chunk_capacity, s->chunk_count + 1, sizeof(pel_proto_chunk *));
    if (!chunks)
        return NULL;
    s->chunks = chunks;
    pel_proto_chunk *chunk = pel_take(a, sizeof *chunk);
    if (!chunk)
        return NULL;
    chunk->index = page / PEL_PROTO_CHUNK;
    size_t at = chunk_place(s, chunk->index);
    memmove(chunks + at + 1, chunks + at, (s->chunk_count - at) * sizeof(pel_proto_chunk *));
    chunks[at] = chunk;
    s->chunk_count++;
    return &chunk->entry[page % PEL_PROTO_CHUNK];
}

bool pel_section_resident(const pel_section_object *section, uint64_t page, uint64_t *frame)
{
    const uint64_t *entry = prototype(section, page);
    if (!entry || !(*entry & PEL_PTE_VALID))
        return false;
    *frame = pel_pte_frame(*entry);
    return true;
}

/* What the host's trouble with a page is to the program that wanted it. */
static pel_ntstatus fill_status(pel_status st)
{
    switch (st) {
    case PEL_OK: return PEL_STATUS_SUCCESS;
    case PEL_NO_MEMORY: return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    case PEL_IO: return PEL_STATUS_PELORUS_HOST_IO;
    case PEL_BAD_ARG:
    case PEL_NOT_FOUND:
    case PEL_TRUNCATED:
    case PEL_MALFORMED:
    case PEL_LIMIT:
    case PEL_REFUSED: break;
    }
    return PEL_STATUS_IN_PAGE_ERROR;
}

pel_ntstatus pel_section_fill(pel_section_object *section, uint64_t page, uint64_t *frame)
{
    pel_machine *m = section->machine;
    uint64_t *entry = make_prototype(section, page);
    if (!entry)
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    uint64_t taken;
    PEL_TRY_NT(pel_frame_take_zeroed(m, PEL_FRAME_SECTION, section, page, &taken));
    bool zero = pel_section_part(section, page)->zero;
    if (!zero) {
        pel_pager *pager = &section->pager;
        pel_status st = pager->fill(pager->ctx, page, pel_frame_bytes(m, taken));
        if (st != PEL_OK) {
            pel_frame_give(m, taken);
            return fill_status(st);
        }
    }
    m->counters.demand_zero += zero;
    m->counters.section_fills += !zero;
    *entry = (taken << PEL_PAGE_BITS) | PEL_PTE_VALID;
    *frame = taken;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_section_look(const pel_section_object *section, uint64_t page, uint8_t *bytes)
{
    const pel_pager *pager = &section->pager;
    memset(bytes, 0, PEL_PAGE_BYTES);
    if (pel_section_part(section, page)->zero)
        return PEL_STATUS_SUCCESS;
    pel_status st = pager->fill(pager->ctx, page, bytes);
    return st == PEL_OK ? PEL_STATUS_SUCCESS : fill_status(st);
}
