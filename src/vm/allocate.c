/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/placement.h"
#include "vm/protection.h"

/* NtAllocateVirtualMemory: reserve, commit, or both. */

typedef struct request {
    uint32_t type;
    uint32_t protect;
    uint8_t mm;
    pel_room room;
} request;

/* ---- parameters -------------------------------------------------------- */

#define PLACED (PEL_MEM_TOP_DOWN | PEL_MEM_WRITE_WATCH | PEL_MEM_PHYSICAL)

static bool is_type(uint32_t type)
{
    const uint32_t both = PEL_MEM_RESERVE | PEL_MEM_COMMIT;
    if (type == PEL_MEM_RESET || type == PEL_MEM_RESET_UNDO)
        return true;
    if (type & ~(both | PLACED | PEL_MEM_LARGE_PAGES) || !(type & both))
        return false;
    if (type & PEL_MEM_LARGE_PAGES && (type & both) != both)
        return false;
    if (type & (PEL_MEM_WRITE_WATCH | PEL_MEM_PHYSICAL) && !(type & PEL_MEM_RESERVE))
        return false;
    return !(type & PEL_MEM_PHYSICAL) ||
           (type & ~(uint32_t)PEL_MEM_TOP_DOWN) == (PEL_MEM_RESERVE | PEL_MEM_PHYSICAL);
}

static pel_ntstatus check_request(request *r)
{
    if (!is_type(r->type))
        return PEL_STATUS_INVALID_PARAMETER_5;
    if (!pel_mm_from_protect(r->protect, &r->mm))
        return PEL_STATUS_INVALID_PAGE_PROTECTION;
    if (r->type & (PEL_MEM_LARGE_PAGES | PEL_MEM_PHYSICAL))
        return PEL_STATUS_PRIVILEGE_NOT_HELD; /* nobody has it by default */
    return PEL_STATUS_SUCCESS;
}

/* A caller with requirements leaves the choice to the system. */
static pel_ntstatus check_placement(const pel_space *s, const pel_placement *p, pel_va base,
                                    request *r)
{
    PEL_TRY_NT(pel_room_of(s, p, &r->room));
    bool asks = p && p->requirements && (p->lowest.v || p->highest.v || p->alignment);
    return asks && base.v != 0 ? PEL_STATUS_INVALID_PARAMETER : PEL_STATUS_SUCCESS;
}

/* ---- reserve ----------------------------------------------------------- */

/* Where a new region goes. A given base is rounded down to the granularity. */
static pel_ntstatus place(const pel_space *s, const request *r, pel_va base, uint64_t size,
                          pel_pages *out)
{
    PEL_TRY_NT(pel_pages_of(s, base, size, PEL_STATUS_INVALID_PARAMETER_4, out));
    if (base.v == 0) {
        uint64_t pages = out->end;
        PEL_TRY_NT(pel_room_find(s, &r->room, pages, r->type & PEL_MEM_TOP_DOWN, &out->first));
        out->end = out->first + pages;
        return PEL_STATUS_SUCCESS;
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
    if (pel_mm_is_copy(r->mm))
        return PEL_STATUS_INVALID_PAGE_PROTECTION; /* private memory has nothing to copy */
    PEL_TRY_NT(place(s, r, base, size, pages));
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

/* Pages of a file are there already. Those of a page file become so for all views, but only this
 * one gets the protection. */
static pel_ntstatus commit_view(pel_space *s, pel_vad *vad, pel_pages pages, uint8_t mm)
{
    if (vad->section->type != PEL_SECTION_PAGE_FILE)
        return PEL_STATUS_ALREADY_COMMITTED;
    if (!pel_mm_within(mm, vad->mm))
        return PEL_STATUS_SECTION_PROTECTION;
    return pel_page_change(s, vad, pages, mm, true);
}

static bool is_reset(const request *r)
{
    return r->type == PEL_MEM_RESET || r->type == PEL_MEM_RESET_UNDO;
}

/* What a page file need not keep; a file keeps all. Of shared pages nothing is given up: whoever
 * has them in another view did not ask for it. What was given up and is in RAM still is there for
 * the one who wants it back. */
static pel_ntstatus reset(pel_space *s, const request *r, const pel_vad *vad, pel_pages pages)
{
    if (vad->section && vad->section->type != PEL_SECTION_PAGE_FILE)
        return PEL_STATUS_USER_MAPPED_FILE;
    if (!vad->section)
        pel_page_reset_all(s, vad, pages, r->type == PEL_MEM_RESET_UNDO);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus commit_existing(pel_space *s, const request *r, pel_va base, uint64_t size,
                                    pel_pages *pages)
{
    PEL_TRY_NT(pel_pages_of(s, base, size, PEL_STATUS_INVALID_PARAMETER_4, pages));
    pel_vad *vad = pel_vads_find(&s->vads, pages->first);
    if (!vad || !pel_vad_covers(vad, *pages))
        return PEL_STATUS_CONFLICTING_ADDRESSES;
    if (is_reset(r))
        return reset(s, r, vad, *pages);
    if (vad->section)
        return commit_view(s, vad, *pages, r->mm);
    if (pel_mm_is_copy(r->mm))
        return PEL_STATUS_INVALID_PAGE_PROTECTION;
    return commit(s, vad, *pages, r->mm);
}

static void tell_commit(const pel_space *s, pel_pages pages, uint64_t before)
{
    uint64_t more = s->machine->commit - before;
    if (more > 0)
        pel_tell(s->machine, (pel_event){ .kind = PEL_EVENT_COMMIT,
                                          .space = s,
                                          .va = { pages.first << PEL_PAGE_BITS },
                                          .frame = PEL_NO_FRAME,
                                          .pages = more });
}

pel_ntstatus pel_space_allocate_placed(pel_space *space, pel_va *base, uint64_t *size,
                                       uint32_t type, uint32_t protect,
                                       const pel_placement *placement)
{
    if (!space || !base || !size)
        return PEL_STATUS_INVALID_PARAMETER;
    request r = { .type = type, .protect = protect };
    PEL_TRY_NT(check_placement(space, placement, *base, &r));
    PEL_TRY_NT(check_request(&r));
    bool fresh = type & PEL_MEM_RESERVE || (base->v == 0 && !is_reset(&r));
    pel_pages pages;
    uint64_t before = space->machine->commit;
    if (fresh)
        PEL_TRY_NT(reserve(space, &r, *base, *size, &pages));
    else
        PEL_TRY_NT(commit_existing(space, &r, *base, *size, &pages));
    tell_commit(space, pages, before);
    pel_pages_to(pages, base, size);
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_allocate(pel_space *space, pel_va *base, uint64_t *size, uint32_t type,
                                uint32_t protect)
{
    return pel_space_allocate_placed(space, base, size, type, protect, NULL);
}
