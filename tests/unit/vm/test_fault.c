/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

START_TEST(a_first_touch_takes_one_zeroed_frame)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, BOTH, RW);
    uint64_t used = pel_machine_counters(v.m).frames_used;
    ck_assert_uint_eq(byte_at(v.s, at + 0x1234), 0);
    pel_counters c = pel_machine_counters(v.m);
    ck_assert_uint_eq(c.frames_used, used + 3 + 1); /* three tables and the page */
    ck_assert_uint_eq(c.demand_zero, 1);
    ck_assert_uint_eq(c.faults, 1);
    put(v.s, at + 0x1234, 1);
    ck_assert_uint_eq(pel_machine_counters(v.m).faults, 1);
    put(v.s, at + 0x2000, 1);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, c.frames_used + 1);
    vm_free(&v);
}
END_TEST

START_TEST(what_is_not_committed_cannot_be_touched)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, RESERVE, RW);
    static const uint64_t bad[] = { 0,
                                    0x10000,
                                    0x7FFFFFFEFFFF,
                                    0x7FFFFFFF0000,
                                    0x800000010000,
                                    0x1000000010000,
                                    0xFFFF800000000000,
                                    UINT64_MAX };
    for (int a = 0; a < 3; a++) {
        ck_nt(ACCESS_VIOLATION, touch(v.s, at, (pel_access)a));
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            ck_nt(ACCESS_VIOLATION, touch(v.s, bad[i], (pel_access)a));
    }
    ck_assert_uint_eq(pel_machine_counters(v.m).refusals, 27);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 2);
    vm_free(&v);
}
END_TEST

START_TEST(a_guard_goes_off_once_for_its_page_only)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x3000, BOTH, RW | GUARD);
    for (int again = 0; again < 2; again++) {
        pel_region r = region_at(v.s, at + 0x1000);
        ck_hex(r.protect, RW | GUARD);
        ck_hex(r.alloc_protect, RW | GUARD);
        pel_fault fault;
        uint8_t byte;
        ck_nt(GUARD_PAGE_VIOLATION, pel_space_read(v.s, va_of(at + 0x1004), &byte, 1, &fault));
        ck_hex(fault.va.v, at + 0x1004);
        ck_assert_int_eq(fault.access, PEL_READ);
        ck_nt(GUARD_PAGE_VIOLATION, fault.status);
        ck_holds(v.m);
        ck_region(v.s, at + 0x1000, 0x1000, PEL_MEM_COMMIT, RW);
        ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RW | GUARD);
        ck_region(v.s, at + 0x2000, 0x1000, PEL_MEM_COMMIT, RW | GUARD);
        ck_assert_uint_eq(byte_at(v.s, at + 0x1004), again ? 0x44 : 0);
        put(v.s, at + 0x1004, 0x44);
        ck_nt(SUCCESS, protect(v.s, at + 0x1000, 0x1000, RW | GUARD)); /* now in RAM */
    }
    ck_nt(GUARD_PAGE_VIOLATION, touch(v.s, at, PEL_WRITE));
    ck_nt(SUCCESS, touch(v.s, at, PEL_WRITE));
    vm_free(&v);
}
END_TEST

START_TEST(a_guard_does_not_go_off_for_what_is_not_allowed_anyway)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1000, BOTH, RO | GUARD);
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_WRITE));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_FETCH));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO | GUARD);
    ck_nt(GUARD_PAGE_VIOLATION, touch(v.s, at, PEL_READ));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO);
    vm_free(&v);
}
END_TEST

START_TEST(guards_work_on_views)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    const pel_segment data[] = { { .page_count = 3, .protect = WC } };
    pel_section_object *section = section_of(v.m, &p, data, 1);
    uint64_t at = mapped(v.s, section);
    byte_at(v.s, at + 0x1000);
    put(v.s, at + 0x2000, 0x22);
    ck_nt(SUCCESS, protect(v.s, at, 0x3000, RW | GUARD));
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, WC | GUARD);
    ck_region(v.s, at + 0x2000, 0x1000, PEL_MEM_COMMIT, RW | GUARD);
    for (uint64_t i = 0; i < 3; i++) {
        ck_nt(GUARD_PAGE_VIOLATION, touch(v.s, at + i * 0x1000, PEL_WRITE));
        ck_holds(v.m);
        ck_assert_uint_eq(byte_at(v.s, at + i * 0x1000 + 1), i);
    }
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, WC);
    ck_assert_uint_eq(byte_at(v.s, at + 0x2000), 0x22);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(spaces_do_not_see_each_other)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, 0x100000, 0x1000, BOTH, RW));
    ck_nt(SUCCESS, allocate(v.t, 0x100000, 0x1000, BOTH, RW));
    put(v.s, 0x100000, 0x11);
    put(v.t, 0x100000, 0x22);
    ck_assert_uint_eq(byte_at(v.s, 0x100000), 0x11);
    ck_assert_uint_eq(byte_at(v.t, 0x100000), 0x22);
    ck_nt(SUCCESS, allocate(v.s, 0x200000, 0x1000, BOTH, RW));
    ck_nt(ACCESS_VIOLATION, touch(v.t, 0x200000, PEL_READ));
    vm_free(&v);
}
END_TEST

START_TEST(a_frame_that_is_used_again_shows_nothing_of_before)
{
    vm v = vm_new(8);
    for (int i = 0; i < 3; i++) {
        uint64_t at = allocated(v.s, 0x2000, BOTH, RW);
        uint8_t page[0x2000];
        ck_nt(SUCCESS, pel_space_read(v.s, va_of(at), page, sizeof page, NULL));
        for (size_t k = 0; k < sizeof page; k++)
            ck_assert_uint_eq(page[k], 0);
        memset(page, 0xFF, sizeof page);
        ck_nt(SUCCESS, pel_space_write(v.s, va_of(at), page, sizeof page, NULL));
        ck_nt(SUCCESS, deallocate(v.s, at, 0, PEL_MEM_RELEASE));
    }
    vm_free(&v);
}
END_TEST

/* A machine of so many frames, on which 16 pages are touched: it runs out at one point, keeps
 * its invariants, and goes on when something is given back. */
START_TEST(a_tiny_machine_runs_out_cleanly)
{
    pel_machine_options o = { .ram_size = (uint64_t)_i * 0x1000 };
    vm v = { .t = NULL };
    ck_ok(pel_machine_new(&o, &v.m));
    ck_ok(pel_space_new(v.m, NULL, &v.s));
    ck_status(_i == 1 ? PEL_REFUSED : PEL_OK, pel_space_new(v.m, NULL, &v.t));
    pel_space_free(v.t);
    v.t = NULL;
    uint64_t at = allocated(v.s, 0x10000, RESERVE, RW);
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    int touched = 0;
    for (; touched < 16 && st == PEL_STATUS_SUCCESS; touched++) {
        uint64_t page = at + (uint64_t)touched * 0x1000;
        st = allocate(v.s, page, 0x1000, COMMIT, RW);
        if (st == PEL_STATUS_SUCCESS)
            st = touch(v.s, page, PEL_WRITE);
        ck_holds(v.m);
    }
    ck_nt(NO_MEMORY, st);
    ck_assert_int_eq(touched - 1, _i > 4 ? _i - 4 : 0);
    if (_i > 4) {
        ck_nt(SUCCESS, deallocate(v.s, at, 0x1000, PEL_MEM_DECOMMIT));
        ck_nt(SUCCESS, touch(v.s, at + (uint64_t)(touched - 1) * 0x1000, PEL_WRITE));
    }
    vm_free(&v);
}
END_TEST

START_TEST(a_copy_that_finds_no_frame_leaves_the_page_as_it_was)
{
    vm v = vm_new(2 + 3 + 1); /* roots, tables, and one page of the section */
    pages p = { 0 };
    const pel_segment data[] = { { .page_count = 2, .protect = WC } };
    pel_section_object *section = section_of(v.m, &p, data, 1);
    uint64_t at = mapped(v.s, section);
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    ck_nt(NO_MEMORY, touch(v.s, at, PEL_WRITE));
    ck_nt(SUCCESS, touch(v.s, at + 0x1000, PEL_READ)); /* in the place of the other */
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, WC);
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).copies_on_write, 0);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_fault)
{
    tcase_add_test(tests, a_first_touch_takes_one_zeroed_frame);
    tcase_add_test(tests, what_is_not_committed_cannot_be_touched);
    tcase_add_test(tests, a_guard_goes_off_once_for_its_page_only);
    tcase_add_test(tests, a_guard_does_not_go_off_for_what_is_not_allowed_anyway);
    tcase_add_test(tests, guards_work_on_views);
    tcase_add_test(tests, spaces_do_not_see_each_other);
    tcase_add_test(tests, a_frame_that_is_used_again_shows_nothing_of_before);
    tcase_add_loop_test(tests, a_tiny_machine_runs_out_cleanly, 1, 12);
    tcase_add_test(tests, a_copy_that_finds_no_frame_leaves_the_page_as_it_was);
}
