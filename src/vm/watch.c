/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/watch.h"

#include "base/alloc.h"
#include "vm/space_priv.h"

/* GetWriteWatch and ResetWriteWatch (Microsoft), and what Wine's tests of them see on Windows:
 * protecting or decommitting a page does not make its write undone. */

#define CHUNK_PAGES 32768 /* 128 MiB */
#define CHUNK_WORDS (CHUNK_PAGES / 64)

struct pel_watch {
    size_t holds;
    uint64_t first; /* chunk number: page / CHUNK_PAGES */
    size_t count;
    uint64_t *chunks[]; /* NULL: nothing was written there */
};

static size_t size_of(size_t count) { return sizeof(pel_watch) + count * sizeof(uint64_t *); }

pel_watch *pel_watch_new(const pel_allocator *a, uint64_t first, uint64_t end)
{
    uint64_t chunk = first / CHUNK_PAGES;
    size_t count = (size_t)((end - 1) / CHUNK_PAGES - chunk + 1);
    pel_watch *watch = pel_take(a, size_of(count));
    if (!watch)
        return NULL;
    watch->holds = 1;
    watch->first = chunk;
    watch->count = count;
    return watch;
}

void pel_watch_hold(pel_watch *watch)
{
    if (watch)
        watch->holds++;
}

void pel_watch_drop(const pel_allocator *a, pel_watch *watch)
{
    if (!watch || --watch->holds > 0)
        return;
    for (size_t i = 0; i < watch->count; i++)
        pel_give(a, watch->chunks[i], CHUNK_WORDS * sizeof(uint64_t));
    pel_give(a, watch, size_of(watch->count));
}

/* The chunk that has the bit of `page`, or where it goes. */
static uint64_t **chunk_of(pel_watch *watch, uint64_t page)
{
    return &watch->chunks[page / CHUNK_PAGES - watch->first];
}

static uint64_t *word_of(uint64_t *chunk, uint64_t page) { return &chunk[page % CHUNK_PAGES / 64]; }

static uint64_t bit_of(uint64_t page) { return (uint64_t)1 << page % 64; }

pel_ntstatus pel_watch_note(pel_space *space, uint64_t page)
{
    const pel_vad *vad = space->watched ? pel_vads_find(&space->vads, page) : NULL;
    if (!vad || !vad->watch)
        return PEL_STATUS_SUCCESS;
    uint64_t **chunk = chunk_of(vad->watch, page);
    if (!*chunk)
        *chunk = pel_take(&space->machine->allocator, CHUNK_WORDS * sizeof(uint64_t));
    if (!*chunk)
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    *word_of(*chunk, page) |= bit_of(page);
    return PEL_STATUS_SUCCESS;
}

bool pel_watch_knows(const pel_space *space, uint64_t page)
{
    const pel_vad *vad = space->watched ? pel_vads_find(&space->vads, page) : NULL;
    if (!vad || !vad->watch)
        return true;
    uint64_t *chunk = *chunk_of(vad->watch, page);
    return chunk && *word_of(chunk, page) & bit_of(page);
}

/* ---- telling ----------------------------------------------------------- */

/* The next write of a page must take the long way, so that it is noted. */
static void forget_writes(pel_space *s, pel_pages pages)
{
    for (uint64_t i = 0; i <= s->tlb.mask; i++) {
        pel_tlb_entry *e = &s->tlb.entries[i];
        uint64_t page = e->tag >> PEL_ACCESSES;
        if (page >= pages.first && page < pages.end)
            e->tag &= ~((uint64_t)1 << PEL_WRITE);
    }
}

/* The first page from `at` on, below `end`, that was written; else `end`. */
static uint64_t next_written(pel_watch *watch, uint64_t at, uint64_t end)
{
    while (at < end) {
        uint64_t *chunk = *chunk_of(watch, at);
        if (!chunk)
            at = (at / CHUNK_PAGES + 1) * CHUNK_PAGES;
        else if (*word_of(chunk, at) >> at % 64 == 0)
            at = (at / 64 + 1) * 64;
        else if (*word_of(chunk, at) & bit_of(at))
            return at;
        else
            at++;
    }
    return end;
}

/* The watch of the region that [base, base + size) is in, as whole pages. */
static pel_ntstatus find(pel_space *s, pel_va base, uint64_t size, pel_watch **watch,
                         pel_pages *pages)
{
    const pel_ntstatus wrong = PEL_STATUS_INVALID_PARAMETER_1;
    if (!s)
        return PEL_STATUS_INVALID_PARAMETER;
    if (size == 0)
        return PEL_STATUS_INVALID_PARAMETER_2;
    if (!pel_nt_success(pel_pages_of(s, base, size, wrong, pages)))
        return wrong;
    const pel_vad *vad = pel_vads_find(&s->vads, pages->first);
    if (!vad || !vad->watch || !pel_vad_covers(vad, *pages))
        return wrong;
    *watch = vad->watch;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_write_watch(pel_space *space, pel_va base, uint64_t size, bool reset,
                                   pel_va *pages, size_t *count)
{
    pel_watch *watch;
    pel_pages range;
    if (!pages || !count || *count == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    PEL_TRY_NT(find(space, base, size, &watch, &range));
    size_t room = *count;
    *count = 0;
    for (uint64_t at = range.first;; at++) {
        at = next_written(watch, at, range.end);
        if (at == range.end || *count == room)
            break;
        pages[(*count)++].v = at << PEL_PAGE_BITS;
        if (reset)
            *word_of(*chunk_of(watch, at), at) &= ~bit_of(at);
    }
    if (reset)
        forget_writes(space, range);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_reset_write_watch(pel_space *space, pel_va base, uint64_t size)
{
    pel_watch *watch;
    pel_pages range;
    PEL_TRY_NT(find(space, base, size, &watch, &range));
    uint64_t at = range.first;
    while ((at = next_written(watch, at, range.end)) < range.end)
        *word_of(*chunk_of(watch, at), at) &= ~bit_of(at);
    forget_writes(space, range);
    return PEL_STATUS_SUCCESS;
}
