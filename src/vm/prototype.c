/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/section.h"

#include "base/alloc.h"
#include <assert.h>
#include <string.h>

/* Prototype entries: where the pages of a section object are, whoever maps them.
 *
 *     0             ask the pager, or the private copy of a data file; or zero
 *     valid         in this frame, which valid leaf entries share
 *     transition    in this frame, which waits on standby or modified
 *     page file     there (pages of the page files, and of shared image segments, once written)
 */

/* ---- the entries ------------------------------------------------------- */

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

uint64_t pel_section_entry(const pel_section_object *section, uint64_t page)
{
    const uint64_t *entry = prototype(section, page);
    return entry ? *entry : 0;
}

bool pel_section_resident(const pel_section_object *section, uint64_t page, uint64_t *frame)
{
    uint64_t entry = pel_section_entry(section, page);
    pel_pte_kind kind = pel_pte_kind_of(entry);
    if (kind != PEL_PTE_IS_VALID && kind != PEL_PTE_IS_TRANSITION)
        return false;
    *frame = pel_pte_frame(entry);
    return true;
}

/* ---- contents ---------------------------------------------------------- */

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

static bool is_copied(const pel_section_object *s, uint64_t page)
{
    return page / 64 < s->copied_words && s->copied[page / 64] >> (page % 64) & 1;
}

bool pel_section_is_zero(const pel_section_object *section, uint64_t page)
{
    if (is_copied(section, page))
        return false;
    return section->type == PEL_SECTION_PAGE_FILE || pel_section_part(section, page)->zero;
}

/* The contents of a page that is not in RAM, over zeros. */
static pel_ntstatus fetch(const pel_section_object *s, uint64_t page, uint8_t *bytes)
{
    uint64_t entry = pel_section_entry(s, page);
    if (pel_pte_kind_of(entry) == PEL_PTE_IS_PAGE_FILE)
        return pel_page_files_read(s->machine, entry, bytes);
    if (is_copied(s, page))
        return fill_status(pel_store_read(&s->copy, page, bytes));
    return pel_section_is_zero(s, page) ? PEL_STATUS_SUCCESS
                                        : fill_status(pel_section_ask_pager(s, page, bytes));
}

pel_ntstatus pel_section_look(const pel_section_object *section, uint64_t page, uint8_t *bytes)
{
    memset(bytes, 0, PEL_PAGE_BYTES);
    return fetch(section, page, bytes);
}

/* ---- bringing in ------------------------------------------------------- */

/* How a page that is not in RAM will come in. */
static pel_event_kind way_in(const pel_section_object *s, uint64_t page)
{
    if (pel_pte_kind_of(pel_section_entry(s, page)) == PEL_PTE_IS_PAGE_FILE)
        return PEL_EVENT_PAGE_FILE_READ;
    return pel_section_is_zero(s, page) ? PEL_EVENT_DEMAND_ZERO : PEL_EVENT_FILE_READ;
}

static void count_way_in(pel_machine *m, const pel_section_object *s, uint64_t page,
                         pel_event_kind how)
{
    pel_counters *c = &m->counters;
    bool from_copy = how == PEL_EVENT_FILE_READ && is_copied(s, page);
    c->demand_zero += how == PEL_EVENT_DEMAND_ZERO;
    c->page_file_reads += how == PEL_EVENT_PAGE_FILE_READ;
    c->file_reads += from_copy;
    c->section_fills += how == PEL_EVENT_FILE_READ && !from_copy;
    c->hard_faults += how != PEL_EVENT_DEMAND_ZERO;
}

static pel_ntstatus fill(pel_section_object *s, uint64_t page, uint64_t *frame, pel_event_kind *how)
{
    pel_machine *m = s->machine;
    uint64_t *entry = make_prototype(s, page);
    if (!entry)
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    PEL_TRY_NT(pel_frame_take(m, PEL_FRAME_SECTION, PEL_BYTES_ZERO, s, page, frame));
    *how = way_in(s, page);
    pel_ntstatus st = fetch(s, page, pel_frame_bytes(m, *frame));
    if (!pel_nt_success(st)) {
        pel_frame_give(m, *frame);
        return st;
    }
    pel_frame *taken = pel_frame_entry(m, *frame);
    taken->of_file = s->type == PEL_SECTION_FILE;
    taken->held = s->writes_held;
    taken->backing = *how == PEL_EVENT_PAGE_FILE_READ ? *entry : 0;
    /* Nothing of it is in a page file yet, and it can be read again from nowhere. */
    taken->modified = s->type == PEL_SECTION_PAGE_FILE && *how == PEL_EVENT_DEMAND_ZERO;
    count_way_in(m, s, page, *how);
    *entry = (*frame << PEL_PAGE_BITS) | PEL_PTE_VALID;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_section_bring(pel_section_object *section, uint64_t page, uint64_t *frame,
                               pel_event_kind *how)
{
    pel_machine *m = section->machine;
    if (!pel_section_resident(section, page, frame))
        return fill(section, page, frame, how);
    uint64_t *entry = prototype(section, page);
    *how = PEL_EVENT_SHARED;
    if (!(*entry & PEL_PTE_VALID)) {
        *how = PEL_EVENT_TRANSITION;
        m->counters.transition++;
        pel_frame_revive(m, *frame);
        *entry = (*frame << PEL_PAGE_BITS) | PEL_PTE_VALID;
    }
    return PEL_STATUS_SUCCESS;
}

/* ---- sharing, and letting go ------------------------------------------- */

void pel_section_settle(pel_section_object *section, uint64_t page)
{
    pel_machine *m = section->machine;
    uint64_t *entry = prototype(section, page);
    assert(entry && *entry & PEL_PTE_VALID);
    uint64_t frame = pel_pte_frame(*entry);
    if (pel_frame_entry(m, frame)->count > 0)
        return;
    *entry = pel_pte_transition(frame, PEL_MM_NONE);
    pel_frame_retire(m, frame);
}

void pel_section_forget(pel_section_object *section, uint64_t page, uint64_t backing)
{
    uint64_t *entry = prototype(section, page);
    assert(entry);
    *entry = backing;
}

/* ---- the private copy of a data file ----------------------------------- */

static bool mark_copied(pel_section_object *s, uint64_t page)
{
    if (page / 64 >= s->copied_words) {
        size_t capacity = s->copied_words;
        uint64_t *grown = pel_grow(&s->machine->allocator, s->copied, &capacity,
                                   (size_t)(page / 64 + 1), sizeof *grown);
        if (!grown)
            return false;
        memset(grown + s->copied_words, 0, (capacity - s->copied_words) * sizeof *grown);
        s->copied = grown;
        s->copied_words = capacity;
    }
    s->copied[page / 64] |= (uint64_t)1 << (page % 64);
    return true;
}

pel_ntstatus pel_section_write_copy(pel_section_object *section, uint64_t page,
                                    const uint8_t *bytes)
{
    pel_machine *m = section->machine;
    if (pel_store_write(&section->copy, m->page_files.folder, page, bytes) != PEL_OK)
        return PEL_STATUS_PELORUS_HOST_IO;
    if (!mark_copied(section, page))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    m->counters.file_writes++;
    return PEL_STATUS_SUCCESS;
}

/* What waits on a list changes to the one that is right now. */
static void hold_page(pel_machine *m, uint64_t number, bool hold)
{
    pel_frame *frame = pel_frame_entry(m, number);
    frame->held = hold;
    if (frame->list != PEL_LIST_ACTIVE) {
        pel_frame_revive(m, number);
        pel_frame_retire(m, number);
    }
}

pel_ntstatus pel_section_object_hold_writes(pel_section_object *section, bool hold)
{
    if (!section || section->type != PEL_SECTION_FILE)
        return PEL_STATUS_INVALID_PARAMETER;
    section->writes_held = hold;
    for (size_t i = 0; i < section->chunk_count; i++) {
        uint64_t frame, first = section->chunks[i]->index * PEL_PROTO_CHUNK;
        for (uint64_t page = first; page < first + PEL_PROTO_CHUNK; page++)
            if (pel_section_resident(section, page, &frame))
                hold_page(section->machine, frame, hold);
    }
    return PEL_STATUS_SUCCESS;
}

void pel_section_release_pages(pel_section_object *section)
{
    pel_machine *m = section->machine;
    for (size_t i = 0; i < section->chunk_count; i++) {
        pel_proto_chunk *chunk = section->chunks[i];
        for (size_t j = 0; j < PEL_PROTO_CHUNK; j++) {
            uint64_t frame;
            if (pel_section_resident(section, chunk->index * PEL_PROTO_CHUNK + j, &frame))
                pel_frame_give(m, frame);
            else
                pel_page_files_give(m, chunk->entry[j]);
        }
    }
    for (size_t i = 0; i < section->chunk_count; i++)
        pel_give(&m->allocator, section->chunks[i], sizeof(pel_proto_chunk));
    pel_give(&m->allocator, section->chunks, section->chunk_capacity * sizeof(pel_proto_chunk *));
    pel_give(&m->allocator, section->copied, section->copied_words * sizeof *section->copied);
    pel_store_close(&section->copy);
}
