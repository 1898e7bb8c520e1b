/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of threads grow, and overflow. */
#include "stack_fixture.h"

/* ---- growth ------------------------------------------------------------ */

START_TEST(a_stack_grows_when_its_guard_is_touched)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(SUCCESS, touch(v.s, AT + 11 * PAGE + 123, _i ? PEL_WRITE : PEL_READ));
    ck_region(v.s, AT, 10 * PAGE, RESERVE, 0);
    ck_region(v.s, AT + 10 * PAGE, PAGE, COMMIT, RW | GUARD);
    ck_region(v.s, AT + 11 * PAGE, 5 * PAGE, COMMIT, RW);
    pel_stack_state k = state(v.s);
    ck_hex(k.allocation_base.v, AT);
    ck_hex(k.base.v, AT + 16 * PAGE);
    ck_hex(k.limit.v, AT + 11 * PAGE);
    ck_hex(k.guard, PAGE);
    ck_assert(!k.overflowed);
    vm_free(&v);
}
END_TEST

START_TEST(growth_is_no_refusal_and_takes_one_page_of_commit)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    uint64_t before = pel_machine_counters(v.m).commit;
    ck_nt(SUCCESS, walk_down(v.s, 12, 9));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, before + 3);
    ck_assert_uint_eq(pel_machine_counters(v.m).refusals, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).demand_zero, 3);
    ck_nt(ACCESS_VIOLATION, touch(v.s, AT, PEL_READ));
    ck_assert_uint_eq(pel_machine_counters(v.m).refusals, 1);
    vm_free(&v);
}
END_TEST

/* Events of stacks, and of nothing else. */
typedef struct told {
    int growths, overflows, others;
    uint64_t last;
} told;

static void listen(void *ctx, const pel_event *event)
{
    told *t = ctx;
    t->growths += event->kind == PEL_EVENT_STACK_GROWTH;
    t->overflows += event->kind == PEL_EVENT_STACK_OVERFLOW;
    t->others += event->kind == PEL_EVENT_GUARD || event->kind == PEL_EVENT_VIOLATION;
    if (event->kind == PEL_EVENT_STACK_GROWTH || event->kind == PEL_EVENT_STACK_OVERFLOW)
        t->last = event->va.v;
}

START_TEST(growth_and_overflow_are_told)
{
    told t = { 0 };
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    pel_machine_listen(v.m, (pel_event_hook){ listen, &t });
    ck_nt(SUCCESS, walk_down(v.s, 16, 10));
    ck_assert_int_eq(t.growths, 2);
    ck_hex(t.last, AT + 10 * PAGE);
    ck_nt(STACK_OVERFLOW, walk_down(v.s, 10, 0));
    ck_assert_int_eq(t.growths, 10);
    ck_assert_int_eq(t.overflows, 1);
    ck_assert_int_eq(t.others, 0);
    ck_hex(t.last, AT + PAGE + 8);
    vm_free(&v);
}
END_TEST

START_TEST(touching_32_kib_below_the_top_leaves_nine_pages)
{
    vm v = vm_new(0);
    make_stack(v.s, 256, 4, 1);
    ck_nt(SUCCESS, walk_down(v.s, 256, 256 - 9));
    ck_assert_uint_eq(used(v.s), 9);
    ck_region(v.s, AT + (256 - 10) * PAGE, PAGE, COMMIT, RW | GUARD);
    vm_free(&v);
}
END_TEST

START_TEST(one_write_across_the_guard_grows_the_stack_page_by_page)
{
    uint8_t bytes[0x2800];
    pel_fault f;
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    memset(bytes, 0x5A, sizeof bytes);
    /* upwards: it begins below the guard */
    ck_nt(ACCESS_VIOLATION, pel_space_write(v.s, va_of(AT + 10 * PAGE), bytes, sizeof bytes, &f));
    ck_hex(f.va.v, AT + 10 * PAGE);
    ck_nt(SUCCESS, pel_space_write(v.s, va_of(AT + 11 * PAGE), bytes, sizeof bytes, &f));
    ck_assert_uint_eq(used(v.s), 5);
    ck_assert_uint_eq(byte_at(v.s, AT + 13 * PAGE + 0x7FF), 0x5A);
    vm_free(&v);
}
END_TEST

START_TEST(below_the_guard_there_are_access_violations)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    for (uint64_t i = 0; i < 11; i++)
        ck_nt(ACCESS_VIOLATION, touch(v.s, AT + i * PAGE, PEL_WRITE));
    ck_assert_uint_eq(used(v.s), 4);
    vm_free(&v);
}
END_TEST

START_TEST(code_on_the_stack_is_refused_and_the_guard_stays)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(ACCESS_VIOLATION, touch(v.s, AT + 11 * PAGE, PEL_FETCH));
    ck_region(v.s, AT + 11 * PAGE, PAGE, COMMIT, RW | GUARD);
    ck_assert_uint_eq(used(v.s), 4);
    vm_free(&v);
}
END_TEST

START_TEST(a_guard_outside_of_stacks_goes_off)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    make_stack(v.t, 16, 4, 1);
    ck_nt(SUCCESS, allocate(v.s, 0x400000, PAGE, BOTH, RW | GUARD));
    ck_nt(GUARD_PAGE_VIOLATION, touch(v.s, 0x400000, PEL_READ));
    ck_nt(SUCCESS, touch(v.s, 0x400000, PEL_READ));
    ck_nt(SUCCESS, touch(v.s, AT + 11 * PAGE, PEL_READ));
    ck_assert_uint_eq(used(v.s), 5);
    ck_assert_uint_eq(used(v.t), 4);
    vm_free(&v);
}
END_TEST

START_TEST(peek_and_poke_leave_the_guard)
{
    uint8_t byte = 7;
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(SUCCESS, pel_space_poke(v.s, va_of(AT + 11 * PAGE), &byte, 1));
    ck_nt(SUCCESS, pel_space_peek(v.s, va_of(AT + 11 * PAGE), &byte, 1));
    ck_assert_uint_eq(used(v.s), 4);
    ck_assert_uint_eq(byte_at(v.s, AT + 11 * PAGE), 7); /* the guard page keeps its bytes */
    ck_assert_uint_eq(used(v.s), 5);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_may_begin_with_nothing_but_a_guard)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 0, 1);
    ck_assert_uint_eq(used(v.s), 0);
    ck_nt(SUCCESS, walk_down(v.s, 16, 4));
    ck_assert_uint_eq(used(v.s), 12);
    vm_free(&v);
}
END_TEST

START_TEST(the_size_of_the_guard_is_kept)
{
    vm v = vm_new(0);
    make_stack(v.s, 32, 4, 3);
    ck_hex(state(v.s).guard, 3 * PAGE);
    ck_nt(SUCCESS, walk_down(v.s, 28, 25));
    ck_assert_uint_eq(used(v.s), 7);
    ck_region(v.s, AT + 22 * PAGE, 3 * PAGE, COMMIT, RW | GUARD);
    /* the lowest page of the guard first: the others are guards above the limit */
    ck_nt(SUCCESS, touch(v.s, AT + 22 * PAGE, PEL_WRITE));
    ck_assert_uint_eq(used(v.s), 10);
    ck_region(v.s, AT + 19 * PAGE, 3 * PAGE, COMMIT, RW | GUARD);
    ck_region(v.s, AT + 22 * PAGE, PAGE, COMMIT, RW);
    ck_region(v.s, AT + 23 * PAGE, 2 * PAGE, COMMIT, RW | GUARD);
    vm_free(&v);
}
END_TEST

/* ---- overflow ---------------------------------------------------------- */

static const struct {
    uint64_t size, guard, guarantee;
    uint64_t hit;  /* page at which it overflows */
    uint64_t left; /* pages below it that can be used then */
} overflows[] = {
    { 16, 1, 0, 1, 0 },      { 16, 1, 1, 2, 1 },      { 16, 1, 0x1000, 2, 1 },
    { 16, 1, 0x1001, 3, 2 }, { 16, 1, 0x4000, 5, 4 }, { 16, 3, 0, 3, 2 },
    { 16, 3, 0x4000, 7, 6 }, { 256, 1, 0, 1, 0 },     { 256, 1, 0x4000, 5, 4 },
    { 256, 2, 0x800, 3, 2 },
};

START_TEST(a_stack_overflows_where_the_next_guard_would_take_the_lowest_page)
{
    uint64_t size = overflows[_i].size, hit = overflows[_i].hit, left = overflows[_i].left;
    vm v = vm_new(0);
    make_stack(v.s, size, 4, overflows[_i].guard);
    ck_nt(SUCCESS, pel_space_stack_guarantee(v.s, va_of(AT), overflows[_i].guarantee));
    ck_nt(SUCCESS, walk_down(v.s, size, hit + 1));
    ck_nt(STACK_OVERFLOW, walk_down(v.s, hit + 1, hit));
    ck_holds(v.m);
    ck_assert(state(v.s).overflowed);
    ck_hex(state(v.s).limit.v, AT + PAGE);
    ck_region(v.s, AT, PAGE, RESERVE, 0);
    ck_region(v.s, AT + PAGE, (size - 1) * PAGE, COMMIT, RW);
    ck_assert_uint_ge(left * PAGE, overflows[_i].guarantee);
    ck_nt(SUCCESS, walk_down(v.s, hit, hit - left));    /* the handler may use them */
    ck_nt(ACCESS_VIOLATION, touch(v.s, AT, PEL_WRITE)); /* but never the lowest one */
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, size - 1);
    vm_free(&v);
}
END_TEST

START_TEST(there_is_no_second_warning_until_the_guard_is_back)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(STACK_OVERFLOW, walk_down(v.s, 16, 0));
    ck_nt(ACCESS_VIOLATION, walk_down(v.s, 16, 0));
    ck_nt(SUCCESS, protect(v.s, AT + PAGE, PAGE, RW | GUARD)); /* _resetstkoflw */
    ck_assert(!state(v.s).overflowed);
    ck_hex(state(v.s).limit.v, AT + 2 * PAGE);
    ck_nt(STACK_OVERFLOW, walk_down(v.s, 16, 0));
    ck_assert(state(v.s).overflowed);
    ck_nt(SUCCESS, allocate(v.s, AT + 8 * PAGE, PAGE, COMMIT, RW | GUARD));
    ck_assert(!state(v.s).overflowed);
    ck_nt(SUCCESS, walk_down(v.s, 16, 2));
    ck_nt(STACK_OVERFLOW, walk_down(v.s, 16, 0));
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_overflows_when_the_commit_limit_is_reached)
{
    vm v = vm_new(64);
    uint64_t limit = pel_machine_counters(v.m).commit_limit;
    make_stack(v.s, 16, 4, 1);
    uint64_t used_up = limit - pel_machine_counters(v.m).commit;
    ck_nt(SUCCESS, allocate(v.t, 0x400000, used_up * PAGE, BOTH, RW));
    ck_nt(STACK_OVERFLOW, touch(v.s, AT + 11 * PAGE, PEL_WRITE));
    ck_holds(v.m);
    ck_assert(state(v.s).overflowed);
    ck_assert_uint_eq(used(v.s), 5);
    ck_region(v.s, AT, 11 * PAGE, RESERVE, 0);
    ck_region(v.s, AT + 11 * PAGE, 5 * PAGE, COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(a_guard_on_the_lowest_page_overflows_at_once)
{
    vm v = vm_new(0);
    make_stack(v.s, 4, 3, 1);
    ck_nt(STACK_OVERFLOW, touch(v.s, AT, PEL_READ));
    ck_holds(v.m);
    ck_hex(state(v.s).limit.v, AT);
    vm_free(&v);
}
END_TEST

/* ---- without host memory ----------------------------------------------- */

/* A small life with a stack; after a failed step everything is as it was. */
static pel_ntstatus live(pel_space *s)
{
    pel_stack_state before, after;
    uint64_t base = 0;
    pel_ntstatus st = allocate(s, AT, 0x400000, RESERVE, RW);
    if (st == PEL_STATUS_SUCCESS)
        st = allocate(s, AT + 0x201000, 0x1FF000, COMMIT, RW);
    if (st == PEL_STATUS_SUCCESS)
        st = allocate(s, AT + 0x200000, PAGE, COMMIT, RW | GUARD);
    if (st == PEL_STATUS_SUCCESS)
        st = pel_space_add_stack(s, va_of(AT), va_of(AT + 0x201000), 0x1000);
    if (st != PEL_STATUS_SUCCESS)
        return st;
    for (uint64_t at = AT + 0x200000; at > AT + 2 * PAGE; at -= PAGE) {
        ck_nt(SUCCESS, pel_space_stack(s, va_of(AT), &before));
        st = touch(s, at, PEL_WRITE);
        ck_holds(pel_space_machine(s));
        ck_nt(SUCCESS, pel_space_stack(s, va_of(AT), &after));
        ck_assert(!after.overflowed);
        if (st != PEL_STATUS_SUCCESS && after.limit.v == before.limit.v)
            ck_region(s, at, PAGE, COMMIT, RW | GUARD);
        if (st != PEL_STATUS_SUCCESS)
            return st;
        base = at;
    }
    ck_hex(base, AT + 3 * PAGE);
    ck_nt(STACK_OVERFLOW, touch(s, AT + 2 * PAGE, PEL_WRITE));
    return PEL_STATUS_SUCCESS;
}

START_TEST(every_allocation_of_a_growing_stack_may_fail)
{
    pel_ntstatus st = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    long n = 0;
    for (; st != PEL_STATUS_SUCCESS; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_machine_options o = { .allocator = &a };
        pel_machine *m;
        pel_space *s = NULL;
        if (pel_machine_new(&o, &m) == PEL_OK) {
            if (pel_space_new(m, NULL, &s) == PEL_OK) {
                st = live(s);
                ck_assert(st == PEL_STATUS_SUCCESS ||
                          st == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY);
            }
            ck_holds(m);
            pel_space_free(s);
            pel_machine_free(m);
        }
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 100);
    }
    ck_assert_int_gt(n, 8);
}
END_TEST

PEL_TESTS(vm_stack)
{
    tcase_add_loop_test(tests, a_stack_grows_when_its_guard_is_touched, 0, 2);
    tcase_add_test(tests, growth_is_no_refusal_and_takes_one_page_of_commit);
    tcase_add_test(tests, growth_and_overflow_are_told);
    tcase_add_test(tests, touching_32_kib_below_the_top_leaves_nine_pages);
    tcase_add_test(tests, one_write_across_the_guard_grows_the_stack_page_by_page);
    tcase_add_test(tests, below_the_guard_there_are_access_violations);
    tcase_add_test(tests, code_on_the_stack_is_refused_and_the_guard_stays);
    tcase_add_test(tests, a_guard_outside_of_stacks_goes_off);
    tcase_add_test(tests, peek_and_poke_leave_the_guard);
    tcase_add_test(tests, a_stack_may_begin_with_nothing_but_a_guard);
    tcase_add_test(tests, the_size_of_the_guard_is_kept);
    tcase_add_loop_test(tests, a_stack_overflows_where_the_next_guard_would_take_the_lowest_page, 0,
                        sizeof overflows / sizeof overflows[0]);
    tcase_add_test(tests, there_is_no_second_warning_until_the_guard_is_back);
    tcase_add_test(tests, a_stack_overflows_when_the_commit_limit_is_reached);
    tcase_add_test(tests, a_guard_on_the_lowest_page_overflows_at_once);
    tcase_add_test(tests, every_allocation_of_a_growing_stack_may_fail);
}
