/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/section.h"

#include "base/alloc.h"
#include "vm/protection.h"
#include <assert.h>
#include <string.h>

#define MAX_PAGES ((uint64_t)1 << 35) /* no view of more fits into a space */

const pel_subsection *pel_section_part(const pel_section_object *section, uint64_t page)
{
    assert(page < section->page_count);
    size_t low = 0, high = section->part_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (section->parts[middle].first <= page)
            low = middle;
        else
            high = middle;
    }
    return &section->parts[low];
}

/* ---- prototype entries ------------------------------------------------- */

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

/* ---- life -------------------------------------------------------------- */

/* A segment's protection as a view shows it. Whether writes are shared is the segment's
 * business, so a loader need not translate. False: no such protection. */
static bool segment_mm(const pel_segment *segment, uint8_t *out)
{
    *out = PEL_MM_NONE;
    if (segment->protect == 0)
        return true;
    if (!pel_mm_from_protect(segment->protect, out) || *out & PEL_MM_SPECIAL)
        return segment->protect == PEL_PAGE_NOACCESS;
    *out = segment->shared ? pel_mm_copied(*out) : pel_mm_copying(*out);
    return true;
}

static pel_status add_subsection(pel_section_object *s, const pel_segment *segment)
{
    uint8_t mm;
    if (!segment_mm(segment, &mm) || segment->page_count > MAX_PAGES - s->page_count)
        return PEL_BAD_ARG;
    if (mm != PEL_MM_NONE && !segment->zero && !s->pager.fill)
        return PEL_BAD_ARG;
    if (segment->page_count == 0)
        return PEL_OK;
    pel_subsection *parts = pel_grow(&s->machine->allocator, s->parts, &s->part_capacity,
                                     s->part_count + 1, sizeof *parts);
    if (!parts)
        return PEL_NO_MEMORY;
    s->parts = parts;
    parts[s->part_count++] = (pel_subsection){
        .first = s->page_count,
        .end = s->page_count + segment->page_count,
        .mm = mm,
        .shared = segment->shared,
        .zero = segment->zero,
    };
    s->page_count += segment->page_count;
    s->copy_pages += pel_mm_is_copy(mm) ? segment->page_count : 0;
    return PEL_OK;
}

static void link_section(pel_section_object *s)
{
    s->next = s->machine->sections;
    if (s->next)
        s->next->previous = s;
    s->machine->sections = s;
}

static void unlink_section(pel_section_object *s)
{
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        s->machine->sections = s->next;
}

/* Everything but the place in the machine's list. */
static void destroy(pel_section_object *s)
{
    const pel_allocator *a = &s->machine->allocator;
    for (size_t i = 0; i < s->chunk_count; i++) {
        for (size_t j = 0; j < PEL_PROTO_CHUNK; j++)
            if (s->chunks[i]->entry[j] & PEL_PTE_VALID)
                pel_frame_give(s->machine, pel_pte_frame(s->chunks[i]->entry[j]));
        pel_give(a, s->chunks[i], sizeof(pel_proto_chunk));
    }
    pel_give(a, s->chunks, s->chunk_capacity * sizeof(pel_proto_chunk *));
    pel_give(a, s->parts, s->part_capacity * sizeof *s->parts);
    if (s->pager.close)
        s->pager.close(s->pager.ctx);
    pel_give(a, s, sizeof *s);
}

static pel_status build(pel_section_object *s, const pel_section_options *options)
{
    for (size_t i = 0; i < options->segment_count; i++)
        PEL_TRY(add_subsection(s, &options->segments[i]));
    return s->page_count > 0 ? PEL_OK : PEL_BAD_ARG;
}

static pel_status refuse(const pel_section_options *options, pel_status st)
{
    if (options && options->pager.close)
        options->pager.close(options->pager.ctx);
    return st;
}

pel_status pel_section_object_new(pel_machine *machine, const pel_section_options *options,
                                  pel_section_object **out)
{
    if (out)
        *out = NULL;
    if (!machine || !options || !out || options->type != PEL_SECTION_IMAGE ||
        (!options->segments && options->segment_count > 0))
        return refuse(options, PEL_BAD_ARG);
    pel_section_object *s = pel_take(&machine->allocator, sizeof *s);
    if (!s)
        return refuse(options, PEL_NO_MEMORY);
    s->machine = machine;
    s->holds = 1;
    s->owned = true;
    s->alloc_protect = options->alloc_protect;
    s->type = options->type;
    s->pager = options->pager;
    pel_status st = build(s, options);
    if (st != PEL_OK) {
        destroy(s);
        return st;
    }
    link_section(s);
    *out = s;
    return PEL_OK;
}

void pel_section_drop(pel_section_object *section)
{
    if (--section->holds > 0)
        return;
    unlink_section(section);
    destroy(section);
}

void pel_section_object_free(pel_section_object *section)
{
    if (!section)
        return;
    assert(section->owned);
    section->owned = false;
    pel_section_drop(section);
}

uint64_t pel_section_object_size(const pel_section_object *section)
{
    return section->page_count << PEL_PAGE_BITS;
}
