/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/protection.h"

/* NtProtectVirtualMemory. */

/* Every page of the range is committed, and the charge that the change will add. Pages of a
 * view begin or cease to need room for their copy. */
static pel_ntstatus survey(const pel_space *s, const pel_vad *vad, pel_pages pages, uint8_t wanted,
                           uint64_t *before, uint64_t *after)
{
    *before = *after = 0;
    for (uint64_t at = pages.first; at < pages.end;) {
        pel_page page;
        uint64_t next = pel_page_run(s, vad, at, pages.end, &page);
        if (page.mm == PEL_MM_NONE)
            return PEL_STATUS_NOT_COMMITTED;
        *before += pel_page_charged(vad, &page) ? next - at : 0;
        page.mm = pel_page_target(vad, at, page.own, wanted);
        *after += pel_page_charged(vad, &page) ? next - at : 0;
        at = next;
    }
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus protect(pel_space *s, pel_vad *vad, pel_pages pages, uint8_t wanted)
{
    uint64_t before, after;
    PEL_TRY_NT(survey(s, vad, pages, wanted, &before, &after));
    if (after > before && !pel_commit_charge(s->machine, after - before))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_ntstatus st = pel_page_prepare(s, vad, pages, wanted);
    if (!pel_nt_success(st)) {
        if (after > before)
            pel_commit_return(s->machine, after - before);
        return st;
    }
    if (before > after)
        pel_commit_return(s->machine, before - after);
    pel_page_protect_all(s, vad, pages, wanted);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_protect(pel_space *space, pel_va *base, uint64_t *size, uint32_t protect_to,
                               uint32_t *old)
{
    if (!space || !base || !size || !old)
        return PEL_STATUS_INVALID_PARAMETER;
    uint8_t mm;
    pel_pages pages;
    if (!pel_mm_from_protect(protect_to, &mm))
        return PEL_STATUS_INVALID_PAGE_PROTECTION;
    PEL_TRY_NT(pel_pages_of(space, *base, *size, PEL_STATUS_INVALID_PARAMETER_3, &pages));
    pel_vad *vad = pel_vads_find(&space->vads, pages.first);
    if (!vad || !pel_vad_covers(vad, pages))
        return PEL_STATUS_CONFLICTING_ADDRESSES;
    if (!vad->section && pel_mm_is_copy(mm))
        return PEL_STATUS_INVALID_PAGE_PROTECTION;
    uint8_t was = pel_page_get(space, vad, pages.first).mm;
    PEL_TRY_NT(protect(space, vad, pages, mm));
    pel_stack_protected(space, pages.first, pages.end, mm);
    *old = pel_mm_to_protect(was);
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}
