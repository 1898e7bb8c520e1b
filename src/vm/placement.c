/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/placement.h"

/* ---- what the caller wants --------------------------------------------- */

/* 1 to 21 are a number of bits that are clear, counted from bit 31; from 32 on it is a mask, of
 * which only the leading zeros count. Source: Wine's tests of NtAllocateVirtualMemory. */
bool pel_zero_bits(uint64_t zero_bits, uint64_t *highest)
{
    *highest = UINT64_MAX;
    if (zero_bits == 0)
        return true;
    if (zero_bits < 32) {
        *highest = UINT32_MAX >> zero_bits;
        return zero_bits <= 21;
    }
    for (*highest = zero_bits; *highest & (*highest + 1);)
        *highest |= *highest >> 1;
    return true;
}

static bool is_alignment(uint64_t alignment)
{
    return alignment >= PEL_GRANULE_BYTES && (alignment & (alignment - 1)) == 0;
}

/* The rules of MEM_ADDRESS_REQUIREMENTS (Microsoft, "VirtualAlloc2"). */
static bool meets_rules(const pel_space *s, const pel_placement *p)
{
    uint64_t top = s->end << PEL_PAGE_BITS;
    if (p->alignment && !is_alignment(p->alignment))
        return false;
    if (p->lowest.v % PEL_GRANULE_BYTES != 0 || p->lowest.v >= top)
        return false;
    if (p->highest.v == 0)
        return true;
    return (p->highest.v + 1) % PEL_PAGE_BYTES == 0 && p->highest.v < top &&
           p->highest.v > p->lowest.v;
}

pel_ntstatus pel_room_of(const pel_space *space, const pel_placement *placement, pel_room *out)
{
    *out = (pel_room){ space->lowest, space->end, PEL_GRANULE_PAGES };
    if (!placement)
        return PEL_STATUS_SUCCESS;
    uint64_t highest;
    if (!pel_zero_bits(placement->zero_bits, &highest))
        return PEL_STATUS_INVALID_PARAMETER_3;
    if (placement->requirements) {
        if (!meets_rules(space, placement))
            return PEL_STATUS_INVALID_PARAMETER;
        if (placement->highest.v && placement->highest.v < highest)
            highest = placement->highest.v;
        if (PEL_PAGE_OF(placement->lowest.v) > out->first)
            out->first = PEL_PAGE_OF(placement->lowest.v);
        if (placement->alignment)
            out->alignment = PEL_PAGE_OF(placement->alignment);
    }
    uint64_t end = highest == UINT64_MAX ? out->end : PEL_PAGE_OF(highest + 1);
    out->end = end < out->end ? end : out->end;
    return PEL_STATUS_SUCCESS;
}

/* ---- free address space ------------------------------------------------ */

/* The search is among granules: a region owns the rest of its last one. */

static pel_ntstatus find_lowest(const pel_space *s, const pel_room *room, uint64_t pages,
                                uint64_t *out)
{
    uint64_t at = pel_round_up(room->first, room->alignment);
    for (size_t i = pel_vads_after(&s->vads, at); i < s->vads.count; i++) {
        const pel_vad *vad = &s->vads.items[i];
        if (vad->first >= at && vad->first - at >= pages)
            break;
        uint64_t after = pel_round_up(vad->end, room->alignment);
        at = after > at ? after : at;
    }
    *out = at;
    bool fits = at < room->end && room->end - at >= pages;
    return fits ? PEL_STATUS_SUCCESS : PEL_STATUS_NO_MEMORY;
}

static pel_ntstatus find_highest(const pel_space *s, const pel_room *room, uint64_t pages,
                                 uint64_t *out)
{
    uint64_t end = room->end;
    for (size_t i = s->vads.count;; i--) {
        uint64_t below = i > 0 ? pel_round_up(s->vads.items[i - 1].end, PEL_GRANULE_PAGES) : 0;
        uint64_t floor = below > room->first ? below : room->first;
        if (end >= floor && end - floor >= pages) {
            *out = pel_round_down(end - pages, room->alignment);
            if (*out >= floor)
                return PEL_STATUS_SUCCESS;
        }
        if (i == 0)
            return PEL_STATUS_NO_MEMORY;
        if (s->vads.items[i - 1].first < end)
            end = s->vads.items[i - 1].first;
    }
}

pel_ntstatus pel_room_find(const pel_space *space, const pel_room *room, uint64_t pages,
                           bool top_down, uint64_t *first)
{
    if (pages > space->end || room->first >= room->end)
        return PEL_STATUS_NO_MEMORY;
    return (top_down ? find_highest : find_lowest)(space, room, pages, first);
}

pel_ntstatus pel_space_find_free(const pel_space *space, uint64_t size, pel_va lowest,
                                 pel_va highest, bool top_down, pel_va *out)
{
    if (!space || !out || size == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    if (size > space->end << PEL_PAGE_BITS)
        return PEL_STATUS_NO_MEMORY;
    uint64_t first = PEL_PAGE_OF(lowest.v) + (lowest.v % PEL_PAGE_BYTES != 0);
    uint64_t end = PEL_PAGE_OF(highest.v) + ((highest.v + 1) % PEL_PAGE_BYTES == 0);
    pel_room room = { first > space->lowest ? first : space->lowest,
                      end < space->end ? end : space->end, PEL_GRANULE_PAGES };
    uint64_t found;
    PEL_TRY_NT(
        pel_room_find(space, &room, PEL_PAGE_OF(size + PEL_PAGE_BYTES - 1), top_down, &found));
    out->v = found << PEL_PAGE_BITS;
    return PEL_STATUS_SUCCESS;
}
