/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STACK_FIXTURE_H
#define STACK_FIXTURE_H

/* A stack at AT, and walks down it. */

#include "fixture.h"

#define AT   UINT64_C(0x200000) /* start of the reservation */
#define PAGE UINT64_C(0x1000)

/* A stack of `size` pages, of which the top `committed` are usable, with `guard` pages below them.
 */
static inline void make_stack(pel_space *s, uint64_t size, uint64_t committed, uint64_t guard)
{
    uint64_t base = AT + size * PAGE;
    uint64_t limit = base - committed * PAGE;
    ck_nt(SUCCESS, allocate(s, AT, size * PAGE, RESERVE, RW));
    if (committed)
        ck_nt(SUCCESS, allocate(s, limit, committed * PAGE, COMMIT, RW));
    if (guard)
        ck_nt(SUCCESS, allocate(s, limit - guard * PAGE, guard * PAGE, COMMIT, RW | GUARD));
    ck_nt(SUCCESS, pel_space_add_stack(s, va_of(AT), va_of(limit), 0));
}

static inline pel_stack_state state(pel_space *s)
{
    pel_stack_state k;
    ck_nt(SUCCESS, pel_space_stack(s, va_of(AT), &k));
    return k;
}

/* Pages from the limit to the base. */
static inline uint64_t used(pel_space *s)
{
    pel_stack_state k = state(s);
    return (k.base.v - k.limit.v) / PAGE;
}

/* Touch one page after the other, from page `from` of the stack downwards. */
static inline pel_ntstatus walk_down(pel_space *s, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i-- > to;) {
        pel_ntstatus st = touch(s, AT + i * PAGE + 8, PEL_WRITE);
        if (st != PEL_STATUS_SUCCESS)
            return st;
    }
    ck_holds(pel_space_machine(s));
    return PEL_STATUS_SUCCESS;
}

#endif
