/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/protection.h"

/* NtAllocateVirtualMemory: reserve, commit, or both. */

typedef struct request {
    uint32_t type;
    uint32_t protect;
    uint8_t mm;
} request;

static pel_ntstatus check_request(request *r)
{
    const uint32_t known =
        PEL_MEM_RESERVE | PEL_MEM_COMMIT | PEL_MEM_TOP_DOWN | PEL_MEM_RESET | PEL_MEM_WRITE_WATCH;
    const uint32_t wanted = r->type & (PEL_MEM_RESERVE | PEL_MEM_COMMIT | PEL_MEM_RESET);
    if (r->type & ~known || wanted == 0 || (wanted & PEL_MEM_RESET && r->type != PEL_MEM_RESET))
        return PEL_STATUS_INVALID_PARAMETER_5;
    if (r->type & PEL_MEM_WRITE_WATCH && !(r->type & PEL_MEM_RESERVE))
        return PEL_STATUS_INVALID_PARAMETER_5;
    if (!pel_mm_from_protect(r->protect, &r->mm) || pel_mm_is_copy(r->mm))
        return PEL_STATUS_INVALID_PAGE_PROTECTION; /* private memory has nothing to copy */
    return PEL_STATUS_SUCCESS;
}

/* ---- reserve ----------------------------------------------------------- */

/* Where a new region goes. A given base is rounded down to the granularity. */
static pel_ntstatus place(const pel_space *s, pel_va base, uint64_t size, uint32_t type,
                          pel_pages *out)
{
    PEL_TRY_NT(pel_pages_of(s, base, size, PEL_STATUS_INVALID_PARAMETER_4, out));
    if (base.v == 0) {
        pel_va found;
        pel_va lowest = { s->lowest << PEL_PAGE_BITS };
        pel_va highest = { (s->end << PEL_PAGE_BITS) - 1 };
        PEL_TRY_NT(pel_space_find_free(s, size, lowest, highest, type & PEL_MEM_TOP_DOWN, &found));
        return pel_pages_of(s, found, size, PEL_STATUS_NO_MEMORY, out);
    }
    out->first = pel_round_down(out->first, PEL_GRANULE_PAGES);
    if (out->first < s->lowest || pel_vads_overlap(&s->vads, out->first, out->end))
        return PEL_STATUS_CONFLICTING_ADDRESSES;
    return PEL_STATUS_SUCCESS;
}

static uint8_t cache_of(uint8_t mm)
{
    bool plain = mm != PEL_MM_NOACCESS && !pel_mm_is_guard(mm);
    return plain ? mm & PEL_MM_SPECIAL : 0;
}

/* Note writes to the new region. Comes before the charge, for this can be taken back. */
static pel_ntstatus watch(pel_space *s, const request *r, pel_pages pages, pel_watch **out)
{
    *out = NULL;
    if (!(r->type & PEL_MEM_WRITE_WATCH))
        return PEL_STATUS_SUCCESS;
    *out = pel_watch_new(&s->machine->allocator, pages.first, pages.end);
    return *out ? PEL_STATUS_SUCCESS : PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

static pel_ntstatus reserve(pel_space *s, const request *r, pel_va base, uint64_t size,
                            pel_pages *pages)
{
    PEL_TRY_NT(place(s, base, size, r->type, pages));
    bool commit = r->type & PEL_MEM_COMMIT;
    if (!pel_vads_make_room(&s->vads, &s->machine->allocator))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    pel_watch *watched;
    PEL_TRY_NT(watch(s, r, *pages, &watched));
    if (commit && !pel_commit_charge(s->machine, pages->end - pages->first)) {
        pel_watch_drop(&s->machine->allocator, watched);
        return PEL_STATUS_COMMITMENT_LIMIT;
    }
    s->watched += watched != NULL;
    pel_vads_insert(&s->vads, (pel_vad){ .first = pages->first,
                                         .end = pages->end,
                                         .alloc_protect = r->protect,
                                         .mm = commit ? r->mm : PEL_MM_NONE,
                                         .cache = cache_of(r->mm),
                                         .watch = watched });
    return PEL_STATUS_SUCCESS;
}

/* ---- commit ------------------------------------------------------------ */

/* Commit has no other effect on committed pages than to protect them. */
static pel_ntstatus commit(pel_space *s, pel_vad *vad, pel_pages pages, uint8_t mm)
{
    uint64_t missing = pages.end - pages.first - pel_page_count_charged(s, vad, pages);
    if (!pel_commit_charge(s->machine, missing))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_ntstatus st = pel_page_prepare(s, vad, pages, mm);
    if (!pel_nt_success(st)) {
        pel_commit_return(s->machine, missing);
        return st;
    }
    pel_page_protect_all(s, vad, pages, mm);
    pel_stack_protected(s, pages.first, pages.end, mm);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus commit_existing(pel_space *s, const request *r, pel_va base, uint64_t size,
                                    pel_pages *pages)
{
    PEL_TRY_NT(pel_pages_of(s, base, size, PEL_STATUS_INVALID_PARAMETER_4, pages));
    pel_vad *vad = pel_vads_find(&s->vads, pages->first);
    if (!vad || !pel_vad_covers(vad, *pages))
        return PEL_STATUS_CONFLICTING_ADDRESSES;
    if (r->type == PEL_MEM_RESET)
        return PEL_STATUS_SUCCESS; /* "contents may be thrown away": they need not be */
    if (vad->section)
        return PEL_STATUS_ACCESS_DENIED;
    return commit(s, vad, *pages, r->mm);
}

pel_ntstatus pel_space_allocate(pel_space *space, pel_va *base, uint64_t *size, uint32_t type,
                                uint32_t protect)
{
    if (!space || !base || !size)
        return PEL_STATUS_INVALID_PARAMETER;
    request r = { .type = type, .protect = protect };
    PEL_TRY_NT(check_request(&r));
    bool fresh = type & PEL_MEM_RESERVE || (base->v == 0 && type != PEL_MEM_RESET);
    pel_pages pages;
    if (fresh)
        PEL_TRY_NT(reserve(space, &r, *base, *size, &pages));
    else
        PEL_TRY_NT(commit_existing(space, &r, *base, *size, &pages));
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}
