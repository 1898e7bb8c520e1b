/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/stack.h"

#include "base/alloc.h"
#include "vm/page.h"
#include "vm/protection.h"
#include <string.h>

/* Stacks of threads. Sources: "Thread Stack Size" and SetThreadStackGuarantee (Microsoft), and
 * what Wine's tests of stack growth see on Windows; docs/memory.md, "Stacks and heaps". */

/* ---- the list ---------------------------------------------------------- */

/* Index of the first stack that ends after `page`. */
static size_t stacks_after(const pel_stacks *stacks, uint64_t page)
{
    size_t low = 0, high = stacks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stacks->items[middle].end <= page)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static pel_stack_record *find(const pel_stacks *stacks, uint64_t page)
{
    size_t i = stacks_after(stacks, page);
    return i < stacks->count && stacks->items[i].first <= page ? &stacks->items[i] : NULL;
}

static bool insert(pel_space *s, pel_stack_record record)
{
    pel_stacks *k = &s->stacks;
    pel_stack_record *items =
        pel_grow(&s->machine->allocator, k->items, &k->capacity, k->count + 1, sizeof record);
    if (!items)
        return false;
    k->items = items;
    size_t i = stacks_after(k, record.first);
    memmove(items + i + 1, items + i, (k->count - i) * sizeof record);
    items[i] = record;
    k->count++;
    return true;
}

void pel_stack_released(pel_space *space, uint64_t first, uint64_t end)
{
    pel_stacks *k = &space->stacks;
    size_t from = stacks_after(k, first);
    size_t to = from;
    while (to < k->count && k->items[to].first < end)
        to++;
    if (to == from)
        return;
    memmove(k->items + from, k->items + to, (k->count - to) * sizeof *k->items);
    k->count -= to - from;
}

/* ---- what the program does to its stack -------------------------------- */

void pel_stack_protected(pel_space *space, uint64_t first, uint64_t end, uint8_t mm)
{
    pel_stack_record *k = find(&space->stacks, first);
    if (!k)
        return;
    if (pel_mm_is_guard(mm)) { /* the limit is just above it, wherever it was */
        k->limit = end;
        k->standing = true;
        k->overflowed = false;
    } else if (first < k->limit && k->limit <= end) {
        k->standing = false; /* and the limit stays */
    }
}

/* ---- growth ------------------------------------------------------------ */

static pel_ntstatus commit(pel_space *s, uint64_t first, uint64_t end, uint32_t protect)
{
    pel_va base = { first << PEL_PAGE_BITS };
    uint64_t size = (end - first) << PEL_PAGE_BITS;
    if (size == 0)
        return PEL_STATUS_SUCCESS;
    return pel_space_allocate(s, &base, &size, PEL_MEM_COMMIT, protect);
}

/* Protect one page. */
static pel_ntstatus protect(pel_space *s, uint64_t page, uint8_t mm, uint32_t *old)
{
    pel_va base = { page << PEL_PAGE_BITS };
    uint64_t size = PEL_PAGE_BYTES;
    return pel_space_protect(s, &base, &size, pel_mm_to_protect(mm), old);
}

static bool host_failed(pel_ntstatus st)
{
    return !pel_nt_success(st) && pel_ntstatus_to_status(st) != PEL_REFUSED;
}

/* No guard can be put below `page`. At the end of the stack all that is left, but for the lowest
 * page, is for the handler of the exception; elsewhere commit is used up. */
static pel_ntstatus overflow(pel_space *s, pel_stack_record *k, uint64_t page, bool at_the_end)
{
    uint64_t lowest = k->first + 1 < page && at_the_end ? k->first + 1 : page;
    pel_ntstatus st = commit(s, lowest, page, PEL_PAGE_READWRITE);
    if (host_failed(st))
        return st;
    k->limit = pel_nt_success(st) ? lowest : page;
    k->standing = false;
    k->overflowed = true;
    return PEL_STATUS_STACK_OVERFLOW;
}

static void tell_growth(const pel_space *s, uint64_t page)
{
    pel_tell(s->machine, (pel_event){ .kind = PEL_EVENT_STACK_GROWTH,
                                      .space = s,
                                      .va = { page << PEL_PAGE_BITS },
                                      .frame = PEL_NO_FRAME });
}

/* Put the guard below `page`, which was one. */
static pel_ntstatus move_guard(pel_space *s, pel_stack_record *k, uint64_t page)
{
    if (page - k->first <= k->guard + k->guarantee)
        return overflow(s, k, page, true);
    pel_ntstatus st = commit(s, page - k->guard, page, PEL_PAGE_READWRITE | PEL_PAGE_GUARD);
    if (host_failed(st))
        return st;
    if (!pel_nt_success(st))
        return overflow(s, k, page, false);
    tell_growth(s, page); /* the commit of a guard has moved the limit */
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_stack_guard_hit(pel_space *space, uint64_t page)
{
    pel_stack_record *k = find(&space->stacks, page);
    if (!k)
        return PEL_STATUS_SUCCESS;
    const pel_stack_record before = *k;
    const pel_vad *vad = pel_vads_find(&space->vads, page);
    uint8_t mm = pel_page_get(space, vad, page).mm;
    uint32_t old;
    PEL_TRY_NT(protect(space, page, mm & PEL_MM_CODE, &old));
    pel_ntstatus st = move_guard(space, k, page);
    if (host_failed(st)) {
        /* Cannot fail: the entry of the page is there, for it differed from its region. */
        (void)protect(space, page, mm, &old);
        *k = before;
    }
    return st;
}

/* ---- the API ----------------------------------------------------------- */

/* How many pages of guard lie below `limit`; one, if there is none yet. */
static uint64_t guard_below(const pel_space *s, const pel_vad *vad, uint64_t limit)
{
    uint64_t count = 0;
    while (limit - count > vad->first &&
           pel_mm_is_guard(pel_page_get(s, vad, limit - count - 1).mm))
        count++;
    return count;
}

static bool guarantee_fits(const pel_stack_record *k, uint64_t guarantee, uint64_t *pages)
{
    uint64_t room = k->end - k->first;
    *pages = PEL_PAGE_OF(guarantee) + (guarantee % PEL_PAGE_BYTES != 0);
    return room >= 2 && *pages <= room - 2; /* the lowest page, and one to hit */
}

pel_ntstatus pel_space_add_stack(pel_space *space, pel_va allocation_base, pel_va limit,
                                 uint64_t guarantee)
{
    if (!space || allocation_base.v % PEL_PAGE_BYTES != 0 || limit.v % PEL_PAGE_BYTES != 0)
        return PEL_STATUS_INVALID_PARAMETER;
    const pel_vad *vad = pel_vads_find(&space->vads, PEL_PAGE_OF(allocation_base.v));
    uint64_t at = PEL_PAGE_OF(limit.v);
    if (!vad || vad->section || vad->first != PEL_PAGE_OF(allocation_base.v) || at < vad->first ||
        at > vad->end || find(&space->stacks, vad->first))
        return PEL_STATUS_INVALID_PARAMETER;
    uint64_t guard = guard_below(space, vad, at);
    pel_stack_record k = { .first = vad->first,
                           .end = vad->end,
                           .limit = at,
                           .guard = guard ? guard : 1,
                           .standing = guard != 0 };
    if (guarantee && !guarantee_fits(&k, guarantee, &k.guarantee))
        return PEL_STATUS_INVALID_PARAMETER;
    return insert(space, k) ? PEL_STATUS_SUCCESS : PEL_STATUS_PELORUS_HOST_NO_MEMORY;
}

pel_ntstatus pel_space_stack(const pel_space *space, pel_va va, pel_stack_state *out)
{
    const pel_stack_record *k = space && out ? find(&space->stacks, PEL_PAGE_OF(va.v)) : NULL;
    if (!k)
        return PEL_STATUS_INVALID_PARAMETER;
    *out = (pel_stack_state){ .allocation_base = { k->first << PEL_PAGE_BITS },
                              .limit = { k->limit << PEL_PAGE_BITS },
                              .base = { k->end << PEL_PAGE_BITS },
                              .guard = k->guard << PEL_PAGE_BITS,
                              .guarantee = k->guarantee << PEL_PAGE_BITS,
                              .overflowed = k->overflowed };
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_stack_guarantee(pel_space *space, pel_va va, uint64_t guarantee)
{
    uint64_t pages;
    pel_stack_record *k = space ? find(&space->stacks, PEL_PAGE_OF(va.v)) : NULL;
    if (!k || !guarantee_fits(k, guarantee, &pages))
        return PEL_STATUS_INVALID_PARAMETER;
    if (pages > k->guarantee)
        k->guarantee = pages;
    return PEL_STATUS_SUCCESS;
}

/* ---- what always holds ------------------------------------------------- */

static const char *check_one(const pel_space *s, const pel_stack_record *k)
{
    const pel_vad *vad = pel_vads_find(&s->vads, k->first);
    if (!vad || vad->section || vad->first != k->first || vad->end != k->end)
        return "(12) a stack is not a private region";
    if (k->limit < k->first || k->limit > k->end || k->guard == 0)
        return "(12) the limit of a stack lies outside of it";
    if (k->standing && k->overflowed)
        return "(12) a stack has overflowed, and has a guard";
    if (k->standing &&
        (k->limit == k->first || !pel_mm_is_guard(pel_page_get(s, vad, k->limit - 1).mm)))
        return "(12) the guard of a stack is not below its limit";
    return NULL;
}

const char *pel_stack_check(const pel_space *space)
{
    const char *broken = NULL;
    uint64_t at = 0;
    for (size_t i = 0; i < space->stacks.count && !broken; i++) {
        const pel_stack_record *k = &space->stacks.items[i];
        broken = k->first < at ? "(12) stacks overlap, or are out of order" : check_one(space, k);
        at = k->end;
    }
    return broken;
}
