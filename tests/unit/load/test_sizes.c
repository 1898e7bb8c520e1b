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

/* ---- threads ----------------------------------------------------------- */

static const struct {
    pel_reserve_commit header;
    uint64_t size;
    bool is_reservation;
    pel_reserve_commit effective;
} threads[] = {
    { { MIB, 0x1000 }, 0, false, { MIB, 0x2000 } },
    { { MIB, 0x1000 }, 0, true, { MIB, 0x2000 } },
    { { 2 * MIB, 0x5001 }, 0, false, { 2 * MIB, 0x6000 } },
    { { 0, 0 }, 0, false, { MIB, 0x2000 } },
    { { MIB, 0x1000 }, 0x3f00, false, { MIB, 0x4000 } },
    { { 2 * MIB, 0x1000 }, 0x3f00, false, { 2 * MIB, 0x4000 } },
    { { MIB, 0x8000 }, 1, false, { MIB, 0x2000 } },
    { { MIB, 0x1000 }, MIB, false, { MIB, MIB } },
    { { MIB, 0x1000 }, MIB + 1, false, { 2 * MIB, MIB + 0x1000 } },
    { { MIB, 0x1000 }, 0x3ff000, true, { 0x400000, 0x2000 } },
    { { MIB, 0x1000 }, 0x100000, true, { MIB, 0x2000 } },
    { { MIB, 0x1000 }, 0x10001, true, { 0x20000, 0x2000 } },
    { { MIB, 0x1000 }, 0x80000000, true, { 0x80000000, 0x2000 } },
    { { MIB, 0x8000 }, 0x8000, true, { MIB, 0x8000 } },
    { { MIB, 0x1000 }, 1, true, { MIB, 0x2000 } }, /* less than the commit */
    { { MIB, 0x1000 }, TOP, true, { 0xffffffffffff0000, 0x2000 } },
};

START_TEST(a_thread_chooses_its_commit_or_its_reserve)
{
    pel_stack s =
        pel_stack_sizes_thread(threads[_i].header, threads[_i].size, threads[_i].is_reservation);
    pel_reserve_commit want = threads[_i].effective;
    ck_hex(s.header.reserve, threads[_i].header.reserve);
    ck_hex(s.header.commit, threads[_i].header.commit);
    ck_hex(s.effective.reserve, want.reserve);
    ck_hex(s.effective.commit, want.commit);
    ck_hex(s.guard, want.reserve == want.commit ? 0 : 0x1000);
}
END_TEST

static const struct {
    pel_stack_request request;
    pel_reserve_commit effective;
} users[] = {
    { { 0, 0, 1, 1 }, { 2 * MIB, 0x3000 } }, /* the header's */
    { { 0x2000, 0, 1, 1 }, { 2 * MIB, 0x2000 } },
    { { 0x4000, 0, 1, 1 }, { 2 * MIB, 0x4000 } },
    { { 0, 0x300000, 1, 1 }, { 0x300000, 0x3000 } },
    { { 0x4000, 0x300000, 1, 1 }, { 0x300000, 0x4000 } },
    { { MIB, MIB, 1, 1 }, { MIB, MIB } },
    { { 0x20000, 0x20000, 1, 1 }, { MIB, 0x20000 } },
    { { 0, 0x20000, 1, 1 }, { MIB, 0x3000 } },
    { { 0, 0x110000, 1, 1 }, { 0x110000, 0x3000 } },
    { { 0, 0x110000, 1, 0x40000 }, { 0x140000, 0x3000 } },
    { { 0, 0x140000, 1, 0x40000 }, { 0x140000, 0x3000 } },
    { { 0x11000, 0x140000, 1, 0x40000 }, { 0x140000, 0x11000 } },
    { { 0x11000, 0x140000, 0x4000, 0x40000 }, { 0x140000, 0x14000 } },
    { { 0, 0, 0x4000, 0x400000 }, { 0x400000, 0x4000 } },
    { { 0x11001, 0x110001, 1, 1 }, { 0x111000, 0x12000 } },
    { { 0x1000, MIB, 0x3000, 0x180000 }, { 0x180000, 0x3000 } }, /* no powers of two */
    { { 0x1000, MIB, 0x280000, 1 }, { 0x300000, 0x280000 } },
    { { 0x1000, TOP, 1, 0x1000 }, { 0xfffffffffffff000, 0x1000 } },
};

START_TEST(a_user_stack_is_rounded_as_its_maker_wants)
{
    pel_stack s;
    pel_reserve_commit header = { 2 * MIB, 0x3000 };
    ck_nt(SUCCESS, pel_stack_sizes_user(header, &users[_i].request, &s));
    ck_hex(s.effective.reserve, users[_i].effective.reserve);
    ck_hex(s.effective.commit, users[_i].effective.commit);
    ck_hex(s.header.reserve, 2 * MIB);
}
END_TEST

START_TEST(a_user_stack_needs_alignments)
{
    pel_stack s;
    ck_nt(INVALID_PARAMETER,
          pel_stack_sizes_user((pel_reserve_commit){ MIB, 0x1000 },
                               &(pel_stack_request){ 0x11000, 0x110000, 1, 0 }, &s));
    ck_nt(INVALID_PARAMETER,
          pel_stack_sizes_user((pel_reserve_commit){ MIB, 0x1000 },
                               &(pel_stack_request){ 0x11000, 0x110000, 0, 1 }, &s));
}
END_TEST

START_TEST(a_header_without_sizes_is_no_stack_without_size)
{
    pel_stack s;
    ck_nt(SUCCESS, pel_stack_sizes_user((pel_reserve_commit){ 0, 0 },
                                        &(pel_stack_request){ 0, 0, 1, 1 }, &s));
    ck_hex(s.effective.reserve, MIB);
    ck_hex(s.effective.commit, 0x1000);
}
END_TEST

PEL_TESTS(load_sizes)
{
    tcase_add_loop_test(tests, a_stack_is_rounded_as_windows_does, 0,
                        sizeof stacks / sizeof stacks[0]);
    tcase_add_loop_test(tests, a_heap_is_rounded_as_windows_does, 0,
                        sizeof heaps / sizeof heaps[0]);
    tcase_add_loop_test(tests, a_thread_chooses_its_commit_or_its_reserve, 0,
                        sizeof threads / sizeof threads[0]);
    tcase_add_loop_test(tests, a_user_stack_is_rounded_as_its_maker_wants, 0,
                        sizeof users / sizeof users[0]);
    tcase_add_test(tests, a_user_stack_needs_alignments);
    tcase_add_test(tests, a_header_without_sizes_is_no_stack_without_size);
}
