/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"

/* NtFreeVirtualMemory: decommit and release. */

/* ---- decommit ---------------------------------------------------------- */

static pel_ntstatus decommit(pel_space *s, pel_vad *vad, pel_pages pages)
{
    bool whole = pel_vad_is(vad, pages);
    if (!whole && vad->mm != PEL_MM_NONE)
        PEL_TRY_NT(pel_pt_make_range(s, pages.first, pages.end));
    pel_commit_return(s->machine, pel_page_count_charged(s, vad, pages));
    if (whole)
        vad->mm = PEL_MM_NONE;
    pel_page_clear_all(s, pages);
    if (vad->mm != PEL_MM_NONE) {
        for (uint64_t at = pages.first; at < pages.end; at++) {
            pel_slot slot;
            if (pel_pt_find(s, at, &slot))
                pel_slot_set(&slot, pel_pte_demand_zero(PEL_MM_DECOMMIT));
        }
    }
    pel_pt_prune(s, pages.first, pages.end);
    pel_stack_protected(s, pages.first, pages.end, PEL_MM_NONE);
    return PEL_STATUS_SUCCESS;
}

/* ---- release ----------------------------------------------------------- */

/* Give back a part of a region: an end of it, or its middle, which makes two of it. */
static pel_ntstatus release_part(pel_space *s, pel_vad *vad, pel_pages pages)
{
    size_t index = (size_t)(vad - s->vads.items);
    if (!pel_vads_make_room(&s->vads, &s->machine->allocator))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    vad = &s->vads.items[index];
    pel_vad above = *vad;
    above.first = pages.end;
    pel_commit_return(s->machine, pel_page_count_charged(s, vad, pages));
    pel_page_clear_all(s, pages);
    pel_pt_prune(s, pages.first, pages.end);
    pel_stack_released(s, pages.first, pages.end);
    if (pages.first == vad->first) {
        vad->first = pages.end;
        return PEL_STATUS_SUCCESS;
    }
    vad->end = pages.first;
    if (above.first < above.end) {
        pel_watch_hold(above.watch);
        s->watched += above.watch != NULL;
        pel_vads_insert(&s->vads, above);
    }
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus release(pel_space *s, pel_vad *vad, pel_pages pages)
{
    if (!pel_vad_is(vad, pages))
        return release_part(s, vad, pages);
    pel_vad_destroy(s, vad);
    return PEL_STATUS_SUCCESS;
}

/* ---- both -------------------------------------------------------------- */

/* Size 0 is the whole region, told by its first page. */
static pel_ntstatus find_range(const pel_space *s, pel_va base, uint64_t size, pel_vad **vad,
                               pel_pages *pages)
{
    PEL_TRY_NT(pel_pages_of(s, base, size ? size : 1, PEL_STATUS_INVALID_PARAMETER_3, pages));
    *vad = pel_vads_overlap(&s->vads, pages->first, pages->end);
    if (!*vad)
        return PEL_STATUS_MEMORY_NOT_ALLOCATED;
    if (!pel_vad_covers(*vad, *pages))
        return PEL_STATUS_UNABLE_TO_FREE_VM;
    if ((*vad)->section)
        return PEL_STATUS_UNABLE_TO_DELETE_SECTION;
    if (size > 0)
        return PEL_STATUS_SUCCESS;
    if (pages->first != (*vad)->first)
        return PEL_STATUS_FREE_VM_NOT_AT_BASE;
    pages->end = (*vad)->end;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_deallocate(pel_space *space, pel_va *base, uint64_t *size, uint32_t type)
{
    if (!space || !base || !size)
        return PEL_STATUS_INVALID_PARAMETER;
    if (type != PEL_MEM_DECOMMIT && type != PEL_MEM_RELEASE)
        return PEL_STATUS_INVALID_PARAMETER_4;
    pel_vad *vad;
    pel_pages pages;
    PEL_TRY_NT(find_range(space, *base, *size, &vad, &pages));
    if (type == PEL_MEM_DECOMMIT)
        PEL_TRY_NT(decommit(space, vad, pages));
    else
        PEL_TRY_NT(release(space, vad, pages));
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}
