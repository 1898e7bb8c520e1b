/* SPDX-License-Identifier: Apache-2.0 */
/* Making a thread's stack. */
#include "load/load_priv.h"

pel_ntstatus pel_reserve_below(pel_space *space, pel_va highest, uint64_t size, pel_va *base)
{
    const pel_va lowest = { PEL_GRANULARITY };
    if (highest.v == 0)
        highest.v = UINT64_MAX;
    pel_ntstatus nt = pel_space_find_free(space, size, lowest, highest, false, base);
    if (!pel_nt_success(nt))
        return nt;
    return pel_space_allocate(space, base, &size, PEL_MEM_RESERVE, PEL_PAGE_READWRITE);
}

pel_ntstatus pel_commit_at(pel_space *space, uint64_t at, uint64_t size, uint32_t protect)
{
    pel_va base = { at };
    return size ? pel_space_allocate(space, &base, &size, PEL_MEM_COMMIT, protect)
                : (pel_ntstatus)PEL_STATUS_SUCCESS;
}

void pel_release_all(pel_space *space, pel_va base)
{
    uint64_t size = 0;
    (void)pel_space_deallocate(space, &base, &size, PEL_MEM_RELEASE); /* a whole region: it goes */
}

/*   allocation_base                         limit             base
 *   | reserved ...               | guard    | committed       |
 *   low                                                     high
 */
static pel_ntstatus furnish(pel_space *space, const pel_stack *s)
{
    if (s->effective.commit > s->effective.reserve ||
        s->guard > s->effective.reserve - s->effective.commit)
        return PEL_STATUS_INVALID_PARAMETER; /* not sizes that are made here */
    pel_ntstatus nt = pel_commit_at(space, s->limit.v, s->effective.commit, PEL_PAGE_READWRITE);
    if (pel_nt_success(nt))
        nt = pel_commit_at(space, s->limit.v - s->guard, s->guard,
                           PEL_PAGE_READWRITE | PEL_PAGE_GUARD);
    return pel_nt_success(nt) ? pel_space_add_stack(space, s->allocation_base, s->limit, 0) : nt;
}

pel_ntstatus pel_stack_create(pel_space *space, pel_va highest, pel_stack *stack)
{
    pel_stack s = *stack;
    pel_ntstatus nt = pel_reserve_below(space, highest, s.effective.reserve, &s.allocation_base);
    if (!pel_nt_success(nt))
        return nt;
    s.base.v = s.allocation_base.v + s.effective.reserve;
    s.limit.v = s.base.v - s.effective.commit;
    nt = furnish(space, &s);
    if (pel_nt_success(nt))
        *stack = s;
    else
        pel_release_all(space, s.allocation_base);
    return nt;
}
