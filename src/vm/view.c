/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"

/* Views of section objects, and the search for free address space. */

/* ---- free address space ------------------------------------------------ */

/* The search is among granules: a region owns the rest of its last one. `first` and `end` are
 * page numbers and multiples of the granule. */

static pel_ntstatus find_lowest(const pel_space *s, uint64_t pages, pel_pages within, uint64_t *out)
{
    uint64_t at = within.first;
    for (size_t i = pel_vads_after(&s->vads, at); i < s->vads.count; i++) {
        const pel_vad *vad = &s->vads.items[i];
        if (vad->first >= at && vad->first - at >= pages)
            break;
        at = pel_round_up(vad->end, PEL_GRANULE_PAGES);
    }
    *out = at;
    bool fits = at < within.end && within.end - at >= pages;
    return fits ? PEL_STATUS_SUCCESS : PEL_STATUS_NO_MEMORY;
}

static pel_ntstatus find_highest(const pel_space *s, uint64_t pages, pel_pages within,
                                 uint64_t *out)
{
    uint64_t end = within.end;
    for (size_t i = s->vads.count;; i--) {
        uint64_t below = i > 0 ? pel_round_up(s->vads.items[i - 1].end, PEL_GRANULE_PAGES) : 0;
        uint64_t floor = below > within.first ? below : within.first;
        if (end >= floor && end - floor >= pages) {
            *out = pel_round_down(end - pages, PEL_GRANULE_PAGES);
            if (*out >= floor)
                return PEL_STATUS_SUCCESS;
        }
        if (i == 0)
            return PEL_STATUS_NO_MEMORY;
        if (s->vads.items[i - 1].first < end)
            end = s->vads.items[i - 1].first;
    }
}

pel_ntstatus pel_space_find_free(const pel_space *space, uint64_t size, pel_va lowest,
                                 pel_va highest, bool top_down, pel_va *out)
{
    if (!space || !out || size == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    if (size > space->end << PEL_PAGE_BITS)
        return PEL_STATUS_NO_MEMORY;
    uint64_t pages = PEL_PAGE_OF(size + PEL_PAGE_BYTES - 1);
    uint64_t first = PEL_PAGE_OF(lowest.v) + (lowest.v % PEL_PAGE_BYTES != 0);
    uint64_t end = PEL_PAGE_OF(highest.v) + ((highest.v + 1) % PEL_PAGE_BYTES == 0);
    first = first > space->lowest ? first : space->lowest;
    end = end < space->end ? end : space->end;
    pel_pages within = { pel_round_up(first, PEL_GRANULE_PAGES), end };
    if (within.first >= within.end)
        return PEL_STATUS_NO_MEMORY;
    uint64_t found;
    PEL_TRY_NT((top_down ? find_highest : find_lowest)(space, pages, within, &found));
    out->v = found << PEL_PAGE_BITS;
    return PEL_STATUS_SUCCESS;
}

/* ---- views ------------------------------------------------------------- */

static pel_ntstatus place(const pel_space *s, uint64_t size, pel_va base, pel_pages *out)
{
    if (base.v % PEL_GRANULE_BYTES != 0)
        return PEL_STATUS_MAPPED_ALIGNMENT;
    if (base.v == 0) {
        pel_va lowest = { s->lowest << PEL_PAGE_BITS };
        pel_va highest = { (s->end << PEL_PAGE_BITS) - 1 };
        PEL_TRY_NT(pel_space_find_free(s, size, lowest, highest, false, &base));
    }
    /* A base that no view can have is a base that is taken: the caller may choose another. */
    pel_ntstatus st = pel_pages_of(s, base, size, PEL_STATUS_CONFLICTING_ADDRESSES, out);
    if (!pel_nt_success(st) || out->first < s->lowest ||
        pel_vads_overlap(&s->vads, out->first, out->end))
        return PEL_STATUS_CONFLICTING_ADDRESSES;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_map(pel_space *space, pel_section_object *section, pel_va *base)
{
    if (!space || !section || !base || section->machine != space->machine)
        return PEL_STATUS_INVALID_PARAMETER;
    pel_pages pages;
    PEL_TRY_NT(place(space, pel_section_object_size(section), *base, &pages));
    if (!pel_vads_make_room(&space->vads, &space->machine->allocator))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    if (!pel_commit_charge(space->machine, section->copy_pages))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_vads_insert(&space->vads, (pel_vad){ .first = pages.first,
                                             .end = pages.end,
                                             .alloc_protect = section->alloc_protect,
                                             .section = section });
    section->holds++;
    base->v = pages.first << PEL_PAGE_BITS;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_unmap(pel_space *space, pel_va va)
{
    if (!space)
        return PEL_STATUS_INVALID_PARAMETER;
    pel_vad *vad = pel_vads_find(&space->vads, PEL_PAGE_OF(va.v));
    if (!vad || !vad->section)
        return PEL_STATUS_NOT_MAPPED_VIEW;
    pel_vad_destroy(space, vad);
    return PEL_STATUS_SUCCESS;
}
