/* SPDX-License-Identifier: Apache-2.0 */
/* A heap as far as pages go: when it reserves, and when it commits. Sources: RtlCreateHeap,
 * RTL_HEAP_PARAMETERS and HeapCreate (Microsoft); docs/loading.md, "Heap". */
#include "load/load_priv.h"

#define SEGMENT_RESERVE UINT64_C(0x100000) /* of the second segment */
#define SEGMENT_MOST    UINT64_C(0xFD0000) /* what doubling ends at */
#define SEGMENT_COMMIT  (2 * PEL_PAGE_SIZE)
#define LARGE_ABOVE     UINT64_C(0x7F000) /* of 32-bit programs; with twice the unit: twice */
#define UNIT            UINT64_C(8)

/* A segment from which blocks are taken from now on. */
static pel_ntstatus add_segment(pel_space *space, pel_heap *heap, pel_reserve_commit size)
{
    pel_va base;
    pel_ntstatus nt = pel_reserve_below(space, heap->highest, size.reserve, &base);
    if (!pel_nt_success(nt))
        return nt;
    nt = pel_commit_at(space, base.v, size.commit, PEL_PAGE_READWRITE);
    if (!pel_nt_success(nt)) {
        pel_release_all(space, base);
        return nt;
    }
    heap->segment = base;
    heap->current = size;
    heap->used = 0;
    heap->segments++;
    heap->total.reserve += size.reserve;
    heap->total.commit += size.commit;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_heap_create(pel_space *space, pel_va highest, bool wide, pel_heap *heap)
{
    pel_heap made = { .header = heap->header,
                      .effective = heap->effective,
                      .highest = highest,
                      .unit = wide ? 2 * UNIT : UNIT,
                      .large_above = wide ? 2 * LARGE_ABOVE : LARGE_ABOVE,
                      .next_reserve = SEGMENT_RESERVE };
    pel_ntstatus nt = add_segment(space, &made, heap->effective);
    if (!pel_nt_success(nt))
        return nt;
    made.base = made.segment;
    *heap = made;
    return PEL_STATUS_SUCCESS;
}

/* ---- blocks ------------------------------------------------------------ */

static uint64_t pages_up(uint64_t bytes) { return pel_round_up(bytes, PEL_PAGE_SIZE); }

/* Commit what the last segment lacks for `need` more bytes. */
static pel_ntstatus commit_more(pel_space *space, pel_heap *heap, uint64_t need)
{
    uint64_t end = pages_up(heap->used + need);
    if (end <= heap->current.commit)
        return PEL_STATUS_SUCCESS;
    uint64_t more = end - heap->current.commit;
    pel_ntstatus nt =
        pel_commit_at(space, heap->segment.v + heap->current.commit, more, PEL_PAGE_READWRITE);
    if (!pel_nt_success(nt))
        return nt;
    heap->current.commit = end;
    heap->total.commit += more;
    return PEL_STATUS_SUCCESS;
}

/* The next segment, with room for `need` bytes. Where addresses are short it may be smaller. */
static pel_ntstatus next_segment(pel_space *space, pel_heap *heap, uint64_t need)
{
    pel_reserve_commit size = { .reserve = heap->next_reserve, .commit = pages_up(need) };
    if (size.commit < SEGMENT_COMMIT)
        size.commit = SEGMENT_COMMIT;
    pel_ntstatus nt = add_segment(space, heap, size);
    while (nt == (pel_ntstatus)PEL_STATUS_NO_MEMORY && size.reserve / 2 >= size.commit) {
        size.reserve = pel_round_down(size.reserve / 2, PEL_PAGE_SIZE);
        nt = add_segment(space, heap, size);
    }
    if (!pel_nt_success(nt))
        return nt;
    uint64_t twice = 2 * heap->next_reserve;
    heap->next_reserve = twice < SEGMENT_MOST ? twice : SEGMENT_MOST;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus large_block(pel_space *space, pel_heap *heap, uint64_t need, pel_va *base)
{
    uint64_t size = pages_up(need);
    pel_ntstatus nt = pel_reserve_below(space, heap->highest, size, base);
    if (!pel_nt_success(nt))
        return nt;
    nt = pel_commit_at(space, base->v, size, PEL_PAGE_READWRITE);
    if (!pel_nt_success(nt)) {
        pel_release_all(space, *base);
        return nt;
    }
    heap->large_blocks++;
    heap->total.reserve += size;
    heap->total.commit += size;
    return PEL_STATUS_SUCCESS;
}

/* From the last segment, or a new one. */
static pel_ntstatus small_block(pel_space *space, pel_heap *heap, uint64_t need, pel_va *base)
{
    bool fits = need <= heap->current.reserve - heap->used;
    pel_ntstatus nt = fits ? commit_more(space, heap, need) : next_segment(space, heap, need);
    if (!pel_nt_success(nt))
        return nt;
    base->v = heap->segment.v + heap->used;
    heap->used += need;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_heap_allocate(pel_space *space, pel_heap *heap, uint64_t bytes, pel_va *out)
{
    out->v = 0;
    if (heap->segments == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    if (bytes > UINT64_MAX / 2) /* so that nothing below wraps */
        return PEL_STATUS_NO_MEMORY;
    uint64_t need = heap->unit + pel_round_up(bytes ? bytes : 1, heap->unit);
    pel_va base;
    pel_ntstatus nt =
        (need > heap->large_above ? large_block : small_block)(space, heap, need, &base);
    if (pel_nt_success(nt))
        out->v = base.v + heap->unit;
    return nt;
}
