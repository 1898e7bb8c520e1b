/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/fault.h"
#include "vm/page.h"

/* VirtualLock and VirtualUnlock: pages that stay in the working set. */

/* Windows keeps a few pages of the minimum working set from being locked. */
#define OVERHEAD 8

static bool is_locked(const pel_space *s, uint64_t page, uint32_t *slot)
{
    pel_slot entry;
    if (!pel_pt_find(s, page, &entry) || !(pel_slot_get(&entry) & PEL_PTE_VALID))
        return false;
    *slot = *entry.ws;
    return s->ws.entries[*slot].locked;
}

static uint64_t count_unlocked(const pel_space *s, pel_pages pages)
{
    uint64_t count = 0;
    uint32_t slot;
    for (uint64_t at = pages.first; at < pages.end; at++)
        count += !is_locked(s, at, &slot);
    return count;
}

static void lock_page(pel_space *s, uint64_t page)
{
    uint32_t slot;
    if (is_locked(s, page, &slot))
        return;
    pel_ws_set_locked(s, slot, true);
    s->ws.entries[slot].fresh = true;
}

static void unlock_page(pel_space *s, uint64_t page)
{
    uint32_t slot;
    if (is_locked(s, page, &slot))
        pel_ws_set_locked(s, slot, false);
}

/* A lock that fails undoes what it locked, and not what was locked before. */
static void settle(pel_space *s, uint64_t page, bool keep)
{
    uint32_t slot;
    if (is_locked(s, page, &slot) && s->ws.entries[slot].fresh)
        pel_ws_set_locked(s, slot, keep);
}

static pel_ntstatus range_of(const pel_space *s, const pel_va *base, const uint64_t *size,
                             pel_pages *out)
{
    if (!s || !base || !size)
        return PEL_STATUS_INVALID_PARAMETER;
    PEL_TRY_NT(pel_pages_of(s, *base, *size, PEL_STATUS_INVALID_PARAMETER_3, out));
    const pel_vad *vad = pel_vads_find(&s->vads, out->first);
    if (!vad || !pel_vad_covers(vad, *out))
        return PEL_STATUS_ACCESS_VIOLATION; /* as a touch of what is not there */
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_lock(pel_space *space, pel_va *base, uint64_t *size)
{
    pel_pages pages;
    PEL_TRY_NT(range_of(space, base, size, &pages));
    uint64_t room = space->ws.minimum > OVERHEAD ? space->ws.minimum - OVERHEAD : 0;
    uint64_t more = pages.end - pages.first;
    if (more <= room) /* else it is not worth counting */
        more = count_unlocked(space, pages);
    if (space->ws.locked + more > room)
        return PEL_STATUS_WORKING_SET_QUOTA;
    /* One by one: a page that is locked already cannot be trimmed for the next. */
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    uint64_t at = pages.first;
    for (; at < pages.end; at++) {
        uint8_t byte;
        st = pel_space_read(space, (pel_va){ at << PEL_PAGE_BITS }, &byte, 1, NULL);
        if (!pel_nt_success(st))
            break;
        lock_page(space, at);
    }
    while (at-- > pages.first)
        settle(space, at, pel_nt_success(st));
    PEL_TRY_NT(st);
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_unlock(pel_space *space, pel_va *base, uint64_t *size)
{
    pel_pages pages;
    PEL_TRY_NT(range_of(space, base, size, &pages));
    uint32_t slot;
    bool all = true;
    for (uint64_t at = pages.first; at < pages.end && all; at++)
        all = is_locked(space, at, &slot);
    /* To unlock what is not locked takes it out of the working set (VirtualUnlock, Remarks). */
    for (uint64_t at = pages.first; at < pages.end; at++) {
        if (all)
            unlock_page(space, at);
        else
            pel_space_trim_page(space, (pel_va){ at << PEL_PAGE_BITS });
    }
    if (!all)
        return PEL_STATUS_NOT_LOCKED;
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}
