/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/working_set.h"

#include "fixture.h"

#define PAGE 0x1000u

static uint64_t touched(pel_space *s, uint64_t count)
{
    uint64_t at = allocated(s, count * PAGE, BOTH, RW);
    for (uint64_t i = 0; i < count; i++)
        put(s, at + i * PAGE, (uint8_t)i);
    return at;
}

static bool is_valid(pel_space *s, uint64_t va)
{
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(s, va_of(va), &info));
    return info.valid;
}

START_TEST(a_working_set_is_the_pages_with_a_valid_entry)
{
    vm v = vm_new(0x1000);
    uint64_t at = touched(v.s, 20);
    pel_working_set ws = pel_space_working_set(v.s);
    ck_assert_uint_eq(ws.size, 20);
    ck_assert_uint_eq(ws.private_pages, 20);
    ck_assert_uint_eq(ws.minimum, 50);
    ck_assert_uint_eq(ws.maximum, 345);
    ck_assert(!ws.hard_maximum);
    ck_nt(SUCCESS, protect(v.s, at, 3 * PAGE, NOACCESS)); /* no valid entry can say that */
    ck_nt(SUCCESS, deallocate(v.s, at + 10 * PAGE, 2 * PAGE, PEL_MEM_DECOMMIT));
    ws = pel_space_working_set(v.s);
    ck_assert_uint_eq(ws.size, 15);
    ck_assert_uint_eq(ws.peak, 20);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(it_may_exceed_its_maximum_while_ram_is_plenty)
{
    vm v = vm_new(0x1000);
    ck_nt(SUCCESS, pel_space_limit_working_set(v.s, 1, 10, false));
    touched(v.s, 30);
    ck_assert_uint_eq(pel_space_working_set(v.s).size, 30);
    ck_assert_uint_eq(pel_machine_counters(v.m).trims, 0);
    vm_free(&v);
}
END_TEST

START_TEST(at_a_hard_maximum_each_page_takes_the_place_of_another)
{
    vm v = vm_new(0x1000);
    ck_nt(SUCCESS, pel_space_limit_working_set(v.s, 1, 10, true));
    uint64_t at = touched(v.s, 30);
    ck_assert_uint_eq(pel_space_working_set(v.s).size, 10);
    ck_assert_uint_eq(pel_machine_counters(v.m).trims, 20);
    for (uint64_t i = 0; i < 30; i++)
        ck_assert_uint_eq(byte_at(v.s, at + i * PAGE), i);
    ck_nt(SUCCESS, pel_space_limit_working_set(v.s, 1, 4, true));
    ck_assert_uint_eq(pel_space_working_set(v.s).size, 4);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(impossible_limits_are_refused)
{
    vm v = vm_new(0x1000);
    pel_space *s;
    ck_nt(INVALID_PARAMETER, pel_space_limit_working_set(v.s, 0, 10, false));
    ck_nt(BAD_WORKING_SET_LIMIT, pel_space_limit_working_set(v.s, 11, 10, false));
    pel_space_options o = { .working_set_minimum = 11, .working_set_maximum = 10 };
    ck_status(PEL_BAD_ARG, pel_space_new(v.m, &o, &s));
    o.working_set_minimum = 0;
    ck_ok(pel_space_new(v.m, &o, &s));
    ck_assert_uint_eq(pel_space_working_set(s).minimum, 10);
    pel_space_free(s);
    vm_free(&v);
}
END_TEST

/* Fault counts of the textbooks, with real page tables: a hard maximum is the number of frames. */
static const struct {
    pel_policy policy;
    uint64_t frames, faults;
} belady[] = {
    { PEL_POLICY_FIFO, 3, 9 },  { PEL_POLICY_FIFO, 4, 10 },  { PEL_POLICY_FIFO, 5, 5 },
    { PEL_POLICY_LRU, 3, 10 },  { PEL_POLICY_LRU, 4, 8 },    { PEL_POLICY_LRU, 5, 5 },
    { PEL_POLICY_CLOCK, 3, 9 }, { PEL_POLICY_CLOCK, 4, 10 }, { PEL_POLICY_CLOCK, 5, 5 },
};

START_TEST(faults_are_those_of_the_textbooks)
{
    static const uint8_t refs[] = { 1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5 };
    vm v = vm_with(&(pel_machine_options){ .ram_size = 0x100 * PAGE, .policy = belady[_i].policy });
    uint64_t at = allocated(v.s, 6 * PAGE, BOTH, RW);
    ck_nt(SUCCESS, pel_space_limit_working_set(v.s, 1, belady[_i].frames, true));
    for (size_t i = 0; i < sizeof refs; i++)
        byte_at(v.s, at + refs[i] * PAGE);
    ck_assert_uint_eq(pel_machine_counters(v.m).faults, belady[_i].faults);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(locked_pages_stay)
{
    vm v = vm_new(0x1000);
    uint64_t at = touched(v.s, 20), size = 2 * PAGE;
    pel_va base = { at + 5 * PAGE + 1 };
    ck_nt(SUCCESS, pel_space_lock(v.s, &base, &size));
    ck_hex(base.v, at + 5 * PAGE);
    ck_hex(size, 3 * PAGE);
    ck_assert_uint_eq(pel_space_working_set(v.s).locked, 3);
    ck_assert_uint_eq(pel_space_trim(v.s, UINT64_MAX), 17);
    ck_assert(is_valid(v.s, at + 6 * PAGE));
    ck_assert(!pel_space_trim_page(v.s, va_of(at + 6 * PAGE)));
    ck_holds(v.m);
    ck_nt(SUCCESS, pel_space_unlock(v.s, &base, &size));
    ck_assert_uint_eq(pel_space_trim(v.s, UINT64_MAX), 3);
    vm_free(&v);
}
END_TEST

START_TEST(locks_have_their_limits)
{
    vm v = vm_new(0x1000);
    uint64_t at = allocated(v.s, 100 * PAGE, BOTH, RW), size = 60 * PAGE;
    pel_va base = { at };
    ck_nt(WORKING_SET_QUOTA, pel_space_lock(v.s, &base, &size)); /* the minimum is 50 */
    ck_assert_uint_eq(pel_space_working_set(v.s).size, 0);
    size = 40 * PAGE;
    ck_nt(SUCCESS, pel_space_lock(v.s, &base, &size));
    ck_nt(SUCCESS, pel_space_lock(v.s, &base, &size)); /* again: nothing more to lock */
    base.v = at + 40 * PAGE;
    ck_nt(WORKING_SET_QUOTA, pel_space_lock(v.s, &base, &size));
    ck_nt(NOT_LOCKED, pel_space_unlock(v.s, &base, &size));
    base.v = 0x100;
    ck_nt(ACCESS_VIOLATION, pel_space_lock(v.s, &base, &size));
    ck_nt(WORKING_SET_QUOTA, pel_space_limit_working_set(v.s, 10, 100, false));
    ck_nt(SUCCESS, deallocate(v.s, at, 0, PEL_MEM_RELEASE)); /* takes the locks along */
    ck_assert_uint_eq(pel_space_working_set(v.s).locked, 0);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(a_lock_trips_guards_and_leaves_nothing_behind)
{
    vm v = vm_new(0x1000);
    uint64_t at = allocated(v.s, 4 * PAGE, BOTH, RW), size = 4 * PAGE;
    pel_va base = { at };
    ck_nt(SUCCESS, protect(v.s, at + 2 * PAGE, PAGE, RW | GUARD));
    ck_nt(GUARD_PAGE_VIOLATION, pel_space_lock(v.s, &base, &size));
    ck_assert_uint_eq(pel_space_working_set(v.s).locked, 0);
    ck_nt(SUCCESS, pel_space_lock(v.s, &base, &size));
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(a_lock_that_fails_keeps_the_locks_there_were)
{
    vm v = vm_new(0x1000);
    uint64_t at = allocated(v.s, 3 * PAGE, BOTH, RW), one = PAGE, all = 3 * PAGE;
    pel_va first = { at + PAGE }, base = { at };
    ck_nt(SUCCESS, pel_space_lock(v.s, &first, &one));
    ck_nt(SUCCESS, protect(v.s, at + 2 * PAGE, PAGE, NOACCESS));
    ck_nt(ACCESS_VIOLATION, pel_space_lock(v.s, &base, &all));
    ck_assert_uint_eq(pel_space_working_set(v.s).locked, 1);
    ck_assert(!pel_space_trim_page(v.s, first));
    ck_assert(pel_space_trim_page(v.s, base));
    vm_free(&v);
}
END_TEST

START_TEST(a_locked_page_that_is_copied_stays_locked)
{
    const pel_segment data[] = { { .page_count = 2, .protect = WC } };
    vm v = vm_new(0x1000);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, data, 1);
    pel_va base = { mapped(v.s, section) };
    uint64_t size = 2 * PAGE;
    ck_nt(SUCCESS, pel_space_lock(v.s, &base, &size));
    put(v.s, base.v, 1);
    ck_nt(SUCCESS, pel_space_poke(v.s, va_of(base.v + PAGE), "x", 1));
    ck_assert_uint_eq(pel_machine_counters(v.m).copies_on_write, 2);
    ck_assert_uint_eq(pel_space_working_set(v.s).locked, 2);
    ck_assert_uint_eq(pel_space_trim(v.s, UINT64_MAX), 0);
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(unlocking_what_is_not_locked_takes_it_out)
{
    vm v = vm_new(0x1000);
    uint64_t at = touched(v.s, 4), size = 2 * PAGE;
    pel_va base = { at };
    ck_nt(NOT_LOCKED, pel_space_unlock(v.s, &base, &size));
    ck_assert(!is_valid(v.s, at));
    ck_assert(is_valid(v.s, at + 2 * PAGE));
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_working_set)
{
    tcase_add_test(tests, a_working_set_is_the_pages_with_a_valid_entry);
    tcase_add_test(tests, it_may_exceed_its_maximum_while_ram_is_plenty);
    tcase_add_test(tests, at_a_hard_maximum_each_page_takes_the_place_of_another);
    tcase_add_test(tests, impossible_limits_are_refused);
    tcase_add_loop_test(tests, faults_are_those_of_the_textbooks, 0,
                        sizeof belady / sizeof belady[0]);
    tcase_add_test(tests, locked_pages_stay);
    tcase_add_test(tests, locks_have_their_limits);
    tcase_add_test(tests, a_lock_trips_guards_and_leaves_nothing_behind);
    tcase_add_test(tests, a_lock_that_fails_keeps_the_locks_there_were);
    tcase_add_test(tests, a_locked_page_that_is_copied_stays_locked);
    tcase_add_test(tests, unlocking_what_is_not_locked_takes_it_out);
}
