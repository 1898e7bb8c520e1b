/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/placement.h"

/* Views of section objects. */

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

pel_ntstatus pel_space_map_view(pel_space *space, pel_section_object *section,
                                const pel_view_options *options, pel_va *base, uint64_t *size)
{
    (void)options;
    PEL_TRY_NT(pel_space_map(space, section, base));
    *size = pel_section_object_size(section);
    return PEL_STATUS_SUCCESS;
}
