/* SPDX-License-Identifier: Apache-2.0 */
/* Guards that a program sets in its stack; what is a stack, and how long. */
#include "stack_fixture.h"

/* ---- guards that a program sets ---------------------------------------- */

static pel_ntstatus guard_page(pel_space *s, uint64_t page, bool by_commit)
{
    return by_commit ? allocate(s, AT + page * PAGE, PAGE, COMMIT, RW | GUARD)
                     : protect(s, AT + page * PAGE, PAGE, RW | GUARD);
}

START_TEST(a_new_guard_moves_the_limit_to_just_above_it)
{
    vm v = vm_new(0);
    make_stack(v.s, 256, 9, 1);
    uint64_t limit = 256 - 9;
    ck_nt(SUCCESS, guard_page(v.s, limit + 2, _i));
    ck_assert_uint_eq(used(v.s), 6);
    ck_region(v.s, AT + limit * PAGE, 2 * PAGE, COMMIT, RW);
    ck_region(v.s, AT + (limit + 2) * PAGE, PAGE, COMMIT, RW | GUARD);
    ck_region(v.s, AT + (limit + 3) * PAGE, 6 * PAGE, COMMIT, RW);
    /* and the stack grows from there */
    ck_nt(SUCCESS, touch(v.s, AT + (limit + 2) * PAGE, PEL_WRITE));
    ck_assert_uint_eq(used(v.s), 7);
    ck_region(v.s, AT + (limit + 1) * PAGE, PAGE, COMMIT, RW | GUARD);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(the_whole_guard_is_restored_as_the_stack_grows_back)
{
    vm v = vm_new(0);
    make_stack(v.s, 256, 6, 3);
    uint64_t top = 255; /* page number of the highest page */
    ck_nt(SUCCESS, guard_page(v.s, top - 1, true));
    ck_assert_uint_eq(used(v.s), 1);
    ck_nt(SUCCESS, touch(v.s, AT + (top - 1) * PAGE, PEL_WRITE));
    ck_assert_uint_eq(used(v.s), 2);
    ck_region(v.s, AT + (top - 4) * PAGE, 3 * PAGE, COMMIT, RW | GUARD);
    ck_region(v.s, AT + (top - 5) * PAGE, PAGE, COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(taking_a_guard_away_leaves_the_limit_for_good)
{
    vm v = vm_new(0);
    make_stack(v.s, 256, 9, 1);
    ck_nt(SUCCESS, guard_page(v.s, 256 - 7, false));
    ck_assert_uint_eq(used(v.s), 6);
    ck_nt(SUCCESS, protect(v.s, AT + (256 - 7) * PAGE, PAGE, RW));
    ck_assert_uint_eq(used(v.s), 6);
    ck_nt(SUCCESS, walk_down(v.s, 256, 256 - 9)); /* nothing faults */
    ck_assert_uint_eq(used(v.s), 6);
    ck_nt(SUCCESS, walk_down(v.s, 256, 256 - 10)); /* the old guard is still there */
    ck_assert_uint_eq(used(v.s), 10);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_whose_guard_was_decommitted_does_not_grow)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(SUCCESS, deallocate(v.s, AT + 11 * PAGE, PAGE, PEL_MEM_DECOMMIT));
    ck_nt(ACCESS_VIOLATION, touch(v.s, AT + 11 * PAGE, PEL_WRITE));
    ck_assert_uint_eq(used(v.s), 4);
    ck_assert(!state(v.s).overflowed);
    vm_free(&v);
}
END_TEST

START_TEST(a_region_that_is_all_guard_can_be_a_stack)
{
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, AT, 16 * PAGE, BOTH, RW | GUARD));
    ck_nt(SUCCESS, pel_space_add_stack(v.s, va_of(AT), va_of(AT + 16 * PAGE), 0));
    ck_hex(state(v.s).guard, 16 * PAGE);
    ck_nt(STACK_OVERFLOW, touch(v.s, AT + 15 * PAGE, PEL_WRITE));
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

/* ---- registration ------------------------------------------------------ */

START_TEST(what_is_no_private_region_is_no_stack)
{
    const pel_segment one = { .page_count = 4, .protect = RW };
    pages p = { 0 };
    vm v = vm_new(0);
    pel_section_object *section = section_of(v.m, &p, &one, 1);
    uint64_t view = mapped(v.s, section);
    pel_section_object_free(section);
    ck_nt(SUCCESS, allocate(v.s, AT, 16 * PAGE, RESERVE, RW));
    const struct {
        uint64_t base, limit, guarantee;
    } rows[] = {
        { 0x600000, 0x600000, 0 },    { AT + PAGE, AT + 2 * PAGE, 0 },
        { AT + 1, AT + PAGE, 0 },     { AT, AT + 1, 0 },
        { AT, AT - PAGE, 0 },         { AT, AT + 17 * PAGE, 0 },
        { AT, AT + PAGE, 15 * PAGE }, { AT, AT + PAGE, UINT64_MAX },
        { view, view + PAGE, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_nt(INVALID_PARAMETER, pel_space_add_stack(v.s, va_of(rows[i].base), va_of(rows[i].limit),
                                                     rows[i].guarantee));
    ck_nt(SUCCESS, pel_space_add_stack(v.s, va_of(AT), va_of(AT + 16 * PAGE), 14 * PAGE));
    ck_nt(INVALID_PARAMETER, pel_space_add_stack(v.s, va_of(AT), va_of(AT + 16 * PAGE), 0));
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_is_found_by_any_address_in_it)
{
    pel_stack_state k;
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(SUCCESS, pel_space_stack(v.s, va_of(AT + 16 * PAGE - 1), &k));
    ck_hex(k.allocation_base.v, AT);
    ck_nt(INVALID_PARAMETER, pel_space_stack(v.s, va_of(AT + 16 * PAGE), &k));
    ck_nt(INVALID_PARAMETER, pel_space_stack(v.s, va_of(AT - 1), &k));
    ck_nt(INVALID_PARAMETER, pel_space_stack(v.t, va_of(AT), &k));
    vm_free(&v);
}
END_TEST

START_TEST(a_guarantee_only_grows)
{
    vm v = vm_new(0);
    make_stack(v.s, 16, 4, 1);
    ck_nt(SUCCESS, pel_space_stack_guarantee(v.s, va_of(AT), 0x2001));
    ck_hex(state(v.s).guarantee, 0x3000);
    ck_nt(SUCCESS, pel_space_stack_guarantee(v.s, va_of(AT), 1));
    ck_hex(state(v.s).guarantee, 0x3000);
    ck_nt(INVALID_PARAMETER, pel_space_stack_guarantee(v.s, va_of(AT), 15 * PAGE));
    ck_nt(INVALID_PARAMETER, pel_space_stack_guarantee(v.s, va_of(AT), UINT64_MAX));
    ck_nt(INVALID_PARAMETER, pel_space_stack_guarantee(v.s, va_of(0x800000), 1));
    ck_hex(state(v.s).guarantee, 0x3000);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_goes_with_its_region_or_a_part_of_it)
{
    const uint64_t part[][2] = { { 0, 16 }, { 0, 1 }, { 15, 1 }, { 5, 2 } };
    pel_stack_state k;
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, 0x100000, PAGE, RESERVE, RW));
    ck_nt(SUCCESS, pel_space_add_stack(v.s, va_of(0x100000), va_of(0x101000), 0));
    make_stack(v.s, 16, 4, 1);
    ck_nt(SUCCESS, allocate(v.s, 0x300000, PAGE, RESERVE, RW));
    ck_nt(SUCCESS, pel_space_add_stack(v.s, va_of(0x300000), va_of(0x301000), 0));
    ck_nt(SUCCESS, deallocate(v.s, AT + part[_i][0] * PAGE, part[_i][1] * PAGE, PEL_MEM_RELEASE));
    ck_holds(v.m);
    for (uint64_t i = 0; i < 16; i++)
        ck_nt(INVALID_PARAMETER, pel_space_stack(v.s, va_of(AT + i * PAGE), &k));
    ck_nt(SUCCESS, pel_space_stack(v.s, va_of(0x100000), &k));
    ck_nt(SUCCESS, pel_space_stack(v.s, va_of(0x300000), &k));
    if (_i > 0)
        ck_nt(GUARD_PAGE_VIOLATION, touch(v.s, AT + 11 * PAGE, PEL_READ));
    vm_free(&v);
}
END_TEST

START_TEST(many_stacks_grow_apart)
{
    enum { STACKS = 40 };
    vm v = vm_new(0);
    for (uint64_t i = STACKS; i-- > 0;) { /* out of order */
        uint64_t at = 0x1000000 + (i * 7 % STACKS) * 0x10000;
        ck_nt(SUCCESS, allocate(v.s, at, 0x10000, RESERVE, RW));
        ck_nt(SUCCESS, allocate(v.s, at + 0xF000, PAGE, COMMIT, RW | GUARD));
        ck_nt(SUCCESS, pel_space_add_stack(v.s, va_of(at), va_of(at + 0x10000), 0));
    }
    for (uint64_t i = 0; i < STACKS; i++)
        for (uint64_t n = 0; n <= i % 14; n++)
            ck_nt(SUCCESS, touch(v.s, 0x1000000 + i * 0x10000 + 0xF000 - n * PAGE, PEL_WRITE));
    for (uint64_t i = 0; i < STACKS; i++) {
        pel_stack_state k;
        ck_nt(SUCCESS, pel_space_stack(v.s, va_of(0x1000000 + i * 0x10000 + 5), &k));
        ck_assert_uint_eq((k.base.v - k.limit.v) / PAGE, i % 14 + 1);
    }
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_stack_guard)
{
    tcase_add_loop_test(tests, a_new_guard_moves_the_limit_to_just_above_it, 0, 2);
    tcase_add_test(tests, the_whole_guard_is_restored_as_the_stack_grows_back);
    tcase_add_test(tests, taking_a_guard_away_leaves_the_limit_for_good);
    tcase_add_test(tests, a_stack_whose_guard_was_decommitted_does_not_grow);
    tcase_add_test(tests, a_region_that_is_all_guard_can_be_a_stack);
    tcase_add_test(tests, what_is_no_private_region_is_no_stack);
    tcase_add_test(tests, a_stack_is_found_by_any_address_in_it);
    tcase_add_test(tests, a_guarantee_only_grows);
    tcase_add_loop_test(tests, a_stack_goes_with_its_region_or_a_part_of_it, 0, 4);
    tcase_add_test(tests, many_stacks_grow_apart);
}
