/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the stack and heap sizes of the header. */
#include "check_pel.h"

#define KIB UINT64_C(0x400)
#define MIB UINT64_C(0x100000)
#define TOP UINT64_MAX

static const struct {
    pel_reserve_commit header, effective;
    uint64_t guard;
} stacks[] = {
    { { MIB, 0x1000 }, { MIB, 0x1000 }, 0x1000 },
    { { 0, 0 }, { MIB, 0x1000 }, 0x1000 },
    { { 0, 0x3000 }, { MIB, 0x3000 }, 0x1000 },
    { { 4 * MIB, 0 }, { 4 * MIB, 0x1000 }, 0x1000 },
    { { 4 * MIB, 1 }, { 4 * MIB, 0x1000 }, 0x1000 },
    { { 4 * MIB, 0x1001 }, { 4 * MIB, 0x2000 }, 0x1000 },
    /* the reserve in steps of 64 KiB */
    { { 1, 0 }, { 64 * KIB, 0x1000 }, 0x1000 },
    { { 0x10000, 0x1000 }, { 64 * KIB, 0x1000 }, 0x1000 },
    { { 0x10001, 0x1000 }, { 128 * KIB, 0x1000 }, 0x1000 },
    { { 3 * MIB + 1, 1 }, { 3 * MIB + 64 * KIB, 0x1000 }, 0x1000 },
    { { 0xffff, 0xfffe }, { 64 * KIB, 64 * KIB }, 0 },
    /* a commit that is not smaller makes the reserve, in steps of 1 MiB */
    { { 0x10000, 0x10000 }, { MIB, 0x10000 }, 0x1000 },
    { { 0x10000, 0x123456 }, { 2 * MIB, 0x124000 }, 0x1000 },
    { { MIB, MIB }, { MIB, MIB }, 0 },
    { { MIB, MIB + 1 }, { 2 * MIB, MIB + 0x1000 }, 0x1000 },
    { { 0, MIB }, { MIB, MIB }, 0 },
    { { 0, 64 * KIB }, { MIB, 64 * KIB }, 0x1000 },
    { { MIB, 2 * MIB }, { 2 * MIB, 2 * MIB }, 0 },
    /* room for a guard page, or not */
    { { MIB, MIB - 1 }, { MIB, MIB }, 0 },
    { { 2 * MIB, 2 * MIB - 0x1000 }, { 2 * MIB, 2 * MIB - 0x1000 }, 0x1000 },
    { { 2 * MIB, 2 * MIB - 0xfff }, { 2 * MIB, 2 * MIB }, 0 },
    /* as large as a header can say: nothing wraps to something small */
    { { TOP, 0x1000 }, { 0xffffffffffff0000, 0x1000 }, 0x1000 },
    { { 0x1000, TOP }, { 0xfffffffffff00000, 0xfffffffffffff000 }, 0 },
    { { TOP, TOP }, { 0xfffffffffff00000, 0xfffffffffffff000 }, 0 },
};

START_TEST(a_stack_is_rounded_as_windows_does)
{
    pel_stack s = pel_stack_sizes(stacks[_i].header);
    ck_hex(s.header.reserve, stacks[_i].header.reserve);
    ck_hex(s.header.commit, stacks[_i].header.commit);
    ck_hex(s.effective.reserve, stacks[_i].effective.reserve);
    ck_hex(s.effective.commit, stacks[_i].effective.commit);
    ck_hex(s.guard, stacks[_i].guard);
    ck_hex(s.base.v, 0);
    ck_hex(s.limit.v, 0);
    ck_hex(s.allocation_base.v, 0);
}
END_TEST

static const struct {
    pel_reserve_commit header, effective;
} heaps[] = {
    { { MIB, 0x1000 }, { MIB, 0x1000 } },
    { { 0, 0 }, { 64 * 0x1000, 0x1000 } },
    { { 0, 1 }, { 0x10000, 0x1000 } },
    { { 0, 0x10000 }, { 0x10000, 0x10000 } },
    { { 0, 0x10001 }, { 0x20000, 0x11000 } },
    { { 1, 0 }, { 0x1000, 0x1000 } },
    { { 0x12345, 0 }, { 0x13000, 0x1000 } },
    { { 0x12345, 0x2345 }, { 0x13000, 0x3000 } },
    { { 0x2000, 0x5000 }, { 0x2000, 0x2000 } },
    { { 0x1001, 1 }, { 0x2000, 0x1000 } },
    { { TOP, 0 }, { 0xfffffffffffff000, 0x1000 } },
    { { TOP, TOP }, { 0xfffffffffffff000, 0xfffffffffffff000 } },
    { { 0, TOP }, { 0xffffffffffff0000, 0xffffffffffff0000 } },
};

START_TEST(a_heap_is_rounded_as_windows_does)
{
    pel_heap h = pel_heap_sizes(heaps[_i].header);
    ck_hex(h.header.reserve, heaps[_i].header.reserve);
    ck_hex(h.effective.reserve, heaps[_i].effective.reserve);
    ck_hex(h.effective.commit, heaps[_i].effective.commit);
    ck_hex(h.base.v, 0);
}
END_TEST

PEL_TESTS(load_sizes)
{
    tcase_add_loop_test(tests, a_stack_is_rounded_as_windows_does, 0,
                        sizeof stacks / sizeof stacks[0]);
    tcase_add_loop_test(tests, a_heap_is_rounded_as_windows_does, 0,
                        sizeof heaps / sizeof heaps[0]);
}
