/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows makes of the sizes of stacks and heaps. Sources: "Thread Stack Size" and HeapCreate
 * (Microsoft), Wine's tests of RtlCreateUserStack; docs/loading.md, "Stack" and "Heap". */
#include "load/load_priv.h"

#define MIB         UINT64_C(0x100000)
#define GUARD_SIZE  PEL_PAGE_SIZE
#define THREAD_MIN  (2 * PEL_PAGE_SIZE) /* committed by the time a thread runs */
#define HEAP_PAGES  64                  /* reserved when nothing is said */
#define HEAP_FACTOR 16 /* a reserve that is made of a commit: whole multiples of 16 pages */

/* Header values are hostile: near 2^64 rounding up stops instead of wrapping to 0. */
static uint64_t up(uint64_t value, uint64_t to)
{
    uint64_t rounded = pel_round_up(value, to);
    return rounded >= value ? rounded : pel_round_down(UINT64_MAX, to);
}

/* To a multiple of any number. */
static uint64_t up_to_any(uint64_t value, uint64_t to)
{
    uint64_t over = value % to;
    if (over == 0)
        return value;
    return to - over <= UINT64_MAX - value ? value + (to - over) : value - over;
}

/* The guard is below the committed part, if there is room. */
static pel_stack stack_of(pel_reserve_commit header, uint64_t reserve, uint64_t commit)
{
    bool guarded = reserve >= commit && reserve - commit >= GUARD_SIZE;
    return (pel_stack){ .header = header,
                        .effective = { .reserve = reserve, .commit = commit },
                        .guard = guarded ? GUARD_SIZE : 0 };
}

pel_stack pel_stack_sizes(pel_reserve_commit header)
{
    uint64_t reserve = header.reserve ? header.reserve : MIB;
    uint64_t commit = up(header.commit ? header.commit : 1, PEL_PAGE_SIZE);
    if (header.commit >= reserve)
        reserve = up(header.commit, MIB);
    return stack_of(header, up(reserve, PEL_GRANULARITY), commit);
}

pel_stack pel_stack_sizes_thread(pel_reserve_commit header, uint64_t size, bool is_reservation)
{
    pel_reserve_commit asked = header;
    if (size)
        *(is_reservation ? &asked.reserve : &asked.commit) = size;
    pel_reserve_commit got = pel_stack_sizes(asked).effective;
    return stack_of(header, got.reserve, got.commit > THREAD_MIN ? got.commit : THREAD_MIN);
}

pel_ntstatus pel_stack_sizes_user(pel_reserve_commit header, const pel_stack_request *request,
                                  pel_stack *out)
{
    *out = (pel_stack){ .header = header };
    if (request->commit_align == 0 || request->reserve_align == 0)
        return PEL_STATUS_INVALID_PARAMETER;
    uint64_t commit = request->commit ? request->commit : header.commit;
    uint64_t reserve = request->reserve ? request->reserve : header.reserve;
    if (commit >= reserve)
        reserve = up(commit, MIB);
    commit = up(up_to_any(commit ? commit : 1, request->commit_align), PEL_PAGE_SIZE);
    reserve = up(up_to_any(reserve, request->reserve_align), PEL_PAGE_SIZE);
    if (reserve < commit) /* it was rounded up by more */
        reserve = up(commit, MIB);
    *out = stack_of(header, reserve > MIB ? reserve : MIB, commit);
    return PEL_STATUS_SUCCESS;
}

pel_heap pel_heap_sizes(pel_reserve_commit header)
{
    uint64_t reserve = up(header.reserve, PEL_PAGE_SIZE);
    uint64_t commit = up(header.commit, PEL_PAGE_SIZE);
    if (reserve == 0)
        reserve =
            commit == 0 ? HEAP_PAGES * PEL_PAGE_SIZE : up(commit, HEAP_FACTOR * PEL_PAGE_SIZE);
    if (commit == 0)
        commit = PEL_PAGE_SIZE;
    return (pel_heap){ .header = header,
                       .effective = { .reserve = reserve,
                                      .commit = commit < reserve ? commit : reserve } };
}
