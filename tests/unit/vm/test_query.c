/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

START_TEST(an_empty_space_is_one_free_region)
{
    vm v = vm_new(0x100);
    pel_region r = region_at(v.s, 0);
    ck_hex(r.size, 0x7FFFFFFF0000);
    ck_hex(r.state, PEL_MEM_FREE);
    ck_hex(r.protect, NOACCESS);
    ck_hex(r.type, 0);
    ck_hex(r.allocation_base.v, 0);
    ck_hex(r.alloc_protect, 0);
    ck_region(v.s, 0x7FFFFFFEF000, 0x1000, PEL_MEM_FREE, NOACCESS);
    ck_nt(INVALID_PARAMETER, pel_space_query(v.s, va_of(0x7FFFFFFF0000), &r));
    ck_nt(INVALID_PARAMETER, pel_space_query(v.s, va_of(UINT64_MAX), &r));
    vm_free(&v);
}
END_TEST

START_TEST(any_address_of_a_page_will_do)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x3000, BOTH, RW);
    pel_region r;
    ck_nt(SUCCESS, pel_space_query(v.s, va_of(at + 0x1FFF), &r));
    ck_hex(r.base.v, at + 0x1000);
    ck_hex(r.size, 0x2000);
    ck_hex(r.allocation_base.v, at);
    vm_free(&v);
}
END_TEST

START_TEST(allocations_do_not_merge_and_holes_between_them_are_free)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, 0x100000, 0x10000, BOTH, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x110000, 0x1000, BOTH, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x120000, 0x1000, BOTH, RW));
    ck_region(v.s, 0x100000, 0x10000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, 0x110000, 0x1000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, 0x111000, 0xF000, PEL_MEM_FREE, NOACCESS);
    ck_region(v.s, 0x115000, 0xB000, PEL_MEM_FREE, NOACCESS);
    ck_nt(CONFLICTING_ADDRESSES, allocate(v.s, 0x111000, 0x1000, RESERVE, RW));
    vm_free(&v);
}
END_TEST

START_TEST(pages_merge_whether_they_were_touched_or_not)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, BOTH, RW);
    for (uint64_t i = 0; i < 16; i += 3)
        put(v.s, at + i * 0x1000, 1);
    ck_nt(SUCCESS, protect(v.s, at + 0x5000, 0x1000, RO)); /* and back */
    ck_region(v.s, at, 0x5000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, at + 0x5000, 0x1000, PEL_MEM_COMMIT, RO);
    ck_region(v.s, at + 0x6000, 0xA000, PEL_MEM_COMMIT, RW);
    ck_nt(SUCCESS, protect(v.s, at + 0x5000, 0x1000, RW));
    ck_region(v.s, at, 0x10000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, at + 0x9000, 0x7000, PEL_MEM_COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(execute_and_execute_read_are_told_apart)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x2000, BOTH, X);
    ck_nt(SUCCESS, protect(v.s, at + 0x1000, 0x1000, RX));
    ck_nt(SUCCESS, touch(v.s, at, PEL_FETCH)); /* the processor cannot */
    ck_nt(SUCCESS, touch(v.s, at + 0x1000, PEL_FETCH));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, X);
    ck_region(v.s, at + 0x1000, 0x1000, PEL_MEM_COMMIT, RX);
    vm_free(&v);
}
END_TEST

/* Sixteen terabytes with a page at each end: a walk from page to page would take days. */
START_TEST(a_huge_sparse_region_is_queried_at_once)
{
    vm v = vm_new(0x100);
    const uint64_t size = (uint64_t)16 << 40;
    uint64_t at = allocated(v.s, size, RESERVE, NOACCESS);
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
    ck_nt(SUCCESS, allocate(v.s, at + size - 0x1000, 0x1000, COMMIT, RW));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, at + 0x1000, size - 0x2000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, at + size - 0x1000, 0x1000, PEL_MEM_COMMIT, RW);
    ck_nt(SUCCESS, deallocate(v.s, at, 0, PEL_MEM_RELEASE));
    vm_free(&v);
}
END_TEST

START_TEST(a_space_can_be_smaller)
{
    vm v = vm_new(0x100);
    pel_space_options o = { .lowest = { 0x20000 }, .highest = { 0x7FFEFFFF } };
    pel_space *s;
    pel_region r;
    ck_ok(pel_space_new(v.m, &o, &s));
    ck_assert_ptr_eq(pel_space_machine(s), v.m);
    ck_region(s, 0, 0x7FFF0000, PEL_MEM_FREE, NOACCESS);
    ck_nt(INVALID_PARAMETER, pel_space_query(s, va_of(0x7FFF0000), &r));
    ck_hex(allocated(s, 0x1000, RESERVE, RW), 0x20000);
    ck_hex(allocated(s, 0x1000, RESERVE | PEL_MEM_TOP_DOWN, RW), 0x7FFE0000);
    ck_nt(CONFLICTING_ADDRESSES, allocate(s, 0x10000, 0x1000, RESERVE, RW));
    pel_space_free(s);
    pel_space_free(NULL);
    vm_free(&v);
}
END_TEST

static const pel_space_options bad[] = {
    { .lowest = { 0x10800 } },         { .highest = { 0x7FFEF000 } },
    { .highest = { 0xFFFFFFFFFFFF } }, { .lowest = { 0x20000 }, .highest = { 0x1FFFF } },
    { .highest = { UINT64_MAX } },
};

START_TEST(wrong_bounds_are_refused)
{
    vm v = vm_new(0x100);
    pel_space *s = (void *)1;
    ck_status(PEL_BAD_ARG, pel_space_new(v.m, &bad[_i], &s));
    ck_assert_ptr_null(s);
    ck_status(PEL_BAD_ARG, pel_space_new(NULL, NULL, &s));
    ck_status(PEL_BAD_ARG, pel_space_new(v.m, NULL, NULL));
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_query)
{
    tcase_add_test(tests, an_empty_space_is_one_free_region);
    tcase_add_test(tests, any_address_of_a_page_will_do);
    tcase_add_test(tests, allocations_do_not_merge_and_holes_between_them_are_free);
    tcase_add_test(tests, pages_merge_whether_they_were_touched_or_not);
    tcase_add_test(tests, execute_and_execute_read_are_told_apart);
    tcase_add_test(tests, a_huge_sparse_region_is_queried_at_once);
    tcase_add_test(tests, a_space_can_be_smaller);
    tcase_add_loop_test(tests, wrong_bounds_are_refused, 0, sizeof bad / sizeof bad[0]);
}
