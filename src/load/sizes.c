/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows makes of the stack and heap sizes in the header. Sources: "Thread Stack
 * Size" and HeapCreate (Microsoft); docs/loading.md, "Stack" and "Heap". */
#include "load/load_priv.h"

#define MIB         UINT64_C(0x100000)
#define GUARD_SIZE  PEL_PAGE_SIZE
#define HEAP_PAGES  64 /* reserved when nothing is said */
#define HEAP_FACTOR 16 /* a reserve that is made of a commit: whole multiples of 16 pages */

/* Header values are hostile: near 2^64 rounding up stops instead of wrapping to 0. */
static uint64_t up(uint64_t value, uint64_t to)
{
    uint64_t rounded = pel_round_up(value, to);
    return rounded >= value ? rounded : pel_round_down(UINT64_MAX, to);
}

pel_stack pel_stack_sizes(pel_reserve_commit header)
{
    uint64_t reserve = header.reserve ? header.reserve : MIB;
    uint64_t commit = up(header.commit ? header.commit : 1, PEL_PAGE_SIZE);
    if (header.commit >= reserve)
        reserve = up(header.commit, MIB);
    reserve = up(reserve, PEL_GRANULARITY);
    bool guarded = reserve >= commit && reserve - commit >= GUARD_SIZE;
    return (pel_stack){ .header = header,
                        .effective = { .reserve = reserve, .commit = commit },
                        .guard = guarded ? GUARD_SIZE : 0 };
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
