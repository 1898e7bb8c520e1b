/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/protection.h"

/* NtProtectVirtualMemory. */

/* The charge that a change adds to a view, or takes from it: its pages begin or cease to need room
 * for their copy. */
typedef struct charge {
    uint64_t before, after;
} charge;

static pel_ntstatus survey(const pel_space *s, const pel_vad *vad, pel_pages pages, uint8_t wanted,
                           bool committing, charge *out)
{
    *out = (charge){ 0, 0 };
    for (uint64_t at = pages.first; at < pages.end;) {
        pel_page page;
        uint64_t next = pel_page_run(s, vad, at, pages.end, &page);
        if (page.mm == PEL_MM_NONE && !committing)
            return PEL_STATUS_NOT_COMMITTED;
        out->before += pel_page_charged(vad, &page) ? next - at : 0;
        page.mm = pel_page_target(vad, at, page.own, wanted);
        out->after += pel_page_charged(vad, &page) ? next - at : 0;
        at = next;
    }
    return PEL_STATUS_SUCCESS;
}

/* Charge what is more, and add the tables. */
static pel_ntstatus prepare(pel_space *s, const pel_vad *vad, pel_pages pages, uint8_t wanted,
                            const charge *c)
{
    uint64_t more = c->after > c->before ? c->after - c->before : 0;
    if (!pel_commit_charge(s->machine, more))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_ntstatus st = pel_page_prepare(s, vad, pages, wanted);
    if (!pel_nt_success(st))
        pel_commit_return(s->machine, more);
    return st;
}

pel_ntstatus pel_page_change(pel_space *space, pel_vad *vad, pel_pages pages, uint8_t wanted,
                             bool committing)
{
    charge c;
    uint64_t missing = 0;
    pel_section_run run = { 0, 0 };
    PEL_TRY_NT(survey(space, vad, pages, wanted, committing, &c));
    if (committing) {
        run = (pel_section_run){ pel_vad_section_page(vad, pages.first),
                                 pel_vad_section_page(vad, pages.end) };
        missing = pel_section_count_missing(vad->section, run);
        c.after += missing;
    }
    if (missing > 0 && !pel_section_make_run(vad->section))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    PEL_TRY_NT(prepare(space, vad, pages, wanted, &c));
    if (missing > 0)
        pel_section_commit(vad->section, run);
    if (c.before > c.after)
        pel_commit_return(space->machine, c.before - c.after);
    pel_page_protect_all(space, vad, pages, wanted);
    return PEL_STATUS_SUCCESS;
}

/* Private memory has nothing to copy; a view of data is never more than it was mapped for; pages of
 * images may be anything. */
static pel_ntstatus may_become(const pel_vad *vad, uint8_t wanted)
{
    if (!vad->section)
        return pel_mm_is_copy(wanted) ? PEL_STATUS_INVALID_PAGE_PROTECTION : PEL_STATUS_SUCCESS;
    if (vad->section->type != PEL_SECTION_IMAGE && !pel_mm_within(wanted, vad->mm))
        return PEL_STATUS_SECTION_PROTECTION;
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
    PEL_TRY_NT(may_become(vad, mm));
    uint8_t was = pel_page_get(space, vad, pages.first).mm;
    PEL_TRY_NT(pel_page_change(space, vad, pages, mm, false));
    pel_stack_protected(space, pages.first, pages.end, mm);
    *old = pel_mm_to_protect(was);
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}
