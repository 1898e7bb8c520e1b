/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* One row per way in which a call on an empty space, or on one with 64 KiB reserved at
 * 0x100000, is refused. */
static const struct {
    const char *what;
    uint64_t base, size;
    uint32_t type, protect;
    int want;
} refused[] = {
    { "no size", 0, 0, BOTH, RW, PEL_STATUS_INVALID_PARAMETER_4 },
    { "no type", 0, 0x1000, 0, RW, PEL_STATUS_INVALID_PARAMETER_5 },
    { "an unknown type", 0, 0x1000, RESERVE | 0x1, RW, PEL_STATUS_INVALID_PARAMETER_5 },
    { "only top-down", 0, 0x1000, PEL_MEM_TOP_DOWN, RW, PEL_STATUS_INVALID_PARAMETER_5 },
    { "free", 0, 0x1000, PEL_MEM_FREE, RW, PEL_STATUS_INVALID_PARAMETER_5 },
    { "reset and commit", 0x100000, 0x1000, PEL_MEM_RESET | COMMIT, RW,
      PEL_STATUS_INVALID_PARAMETER_5 },
    { "no protection", 0, 0x1000, BOTH, 0, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "write-copy", 0, 0x1000, BOTH, WC, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "execute write-copy", 0, 0x1000, RESERVE, WCX, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "two protections", 0, 0x1000, BOTH, RO | RW, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "a guard of nothing", 0, 0x1000, BOTH, NOACCESS | GUARD, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "two modifiers", 0, 0x1000, BOTH, RW | GUARD | NOCACHE, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "an address of the kernel", 0xFFFF800000000000, 0x1000, BOTH, RW,
      PEL_STATUS_INVALID_PARAMETER_2 },
    { "just above the highest", 0x7FFFFFFF0000, 0x1000, BOTH, RW, PEL_STATUS_INVALID_PARAMETER_2 },
    { "up to above the highest", 0x7FFFFFFE0000, 0x10001, BOTH, RW,
      PEL_STATUS_INVALID_PARAMETER_4 },
    { "more than all", 0, UINT64_MAX, RESERVE, RW, PEL_STATUS_INVALID_PARAMETER_4 },
    { "a size that wraps", 0x100000, UINT64_MAX, COMMIT, RW, PEL_STATUS_INVALID_PARAMETER_4 },
    { "all, but not the lowest", 0, 0x7FFFFFFF0000, RESERVE, RW, PEL_STATUS_NO_MEMORY },
    { "the lowest 64 KiB", 0x1000, 0x1000, RESERVE, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "taken", 0x100000, 0x1000, RESERVE, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "taken at its end", 0xF0000, 0x10001, RESERVE, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "commit of nothing", 0x200000, 0x1000, COMMIT, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "commit past the end", 0x10F000, 0x1001, COMMIT, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "commit from before", 0xFF000, 0x2000, COMMIT, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "reset past the end", 0x10F000, 0x2000, PEL_MEM_RESET, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "reset of anything", 0, 0x1000, PEL_MEM_RESET, RW, PEL_STATUS_CONFLICTING_ADDRESSES },
};

START_TEST(an_allocation_is_refused)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, 0x100000, 0x10000, RESERVE, RW));
    pel_va base = { refused[_i].base };
    uint64_t size = refused[_i].size;
    pel_ntstatus st = pel_space_allocate(v.s, &base, &size, refused[_i].type, refused[_i].protect);
    ck_assert_msg(st == (pel_ntstatus)refused[_i].want, "%s: got %s", refused[_i].what,
                  pel_ntstatus_name(st));
    ck_hex(base.v, refused[_i].base);
    ck_hex(size, refused[_i].size);
    ck_region(v.s, 0, 0x100000, PEL_MEM_FREE, NOACCESS);
    ck_region(v.s, 0x100000, 0x10000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, 0x110000, 0x7FFFFFFF0000 - 0x110000, PEL_MEM_FREE, NOACCESS);
    vm_free(&v);
}
END_TEST

START_TEST(a_reservation_is_rounded_to_64_kib_down_and_to_pages_up)
{
    vm v = vm_new(0x100);
    pel_va base = { 0x112345 };
    uint64_t size = 0x1000;
    ck_nt(SUCCESS, pel_space_allocate(v.s, &base, &size, RESERVE, NOACCESS));
    ck_hex(base.v, 0x110000);
    ck_hex(size, 0x4000);
    pel_region r = region_at(v.s, 0x110000);
    ck_hex(r.size, 0x4000);
    ck_hex(r.allocation_base.v, 0x110000);
    ck_hex(r.alloc_protect, NOACCESS);
    ck_hex(r.type, PEL_MEM_PRIVATE);
    vm_free(&v);
}
END_TEST

START_TEST(a_region_owns_its_whole_granule)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1000, BOTH, RWX);
    ck_nt(CONFLICTING_ADDRESSES, allocate(v.s, at + 0x1000, 0x1000, BOTH, RWX));
    ck_hex(allocated(v.s, 0x1000, BOTH, RW), at + 0x10000);
    vm_free(&v);
}
END_TEST

START_TEST(commit_without_an_address_reserves)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1800, COMMIT, RW);
    ck_hex(at, 0x10000); /* the lowest */
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, RW);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 2);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 2); /* the roots */
    vm_free(&v);
}
END_TEST

START_TEST(top_down_takes_the_highest)
{
    vm v = vm_new(0x100);
    ck_hex(allocated(v.s, 0x1000, BOTH | PEL_MEM_TOP_DOWN, RW), 0x7FFFFFFE0000);
    ck_hex(allocated(v.s, 0x11000, RESERVE | PEL_MEM_TOP_DOWN, RW), 0x7FFFFFFC0000);
    vm_free(&v);
}
END_TEST

START_TEST(pages_are_committed_one_by_one_or_all)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, RESERVE, NOACCESS);
    ck_nt(SUCCESS, allocate(v.s, at + 0x1FFF, 2, COMMIT, RW)); /* two pages */
    ck_region(v.s, at, 0x1000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, at + 0x1000, 0x2000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, at + 0x3000, 0xD000, PEL_MEM_RESERVE, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 2);
    ck_holds(v.m);
    put(v.s, at + 0x1000, 7);
    /* what is committed already is not charged again, and is protected */
    ck_nt(SUCCESS, allocate(v.s, at, 0x10000, COMMIT, RO));
    ck_region(v.s, at, 0x10000, PEL_MEM_COMMIT, RO);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 16);
    ck_assert_uint_eq(byte_at(v.s, at + 0x1000), 7);
    vm_free(&v);
}
END_TEST

START_TEST(commit_stops_at_the_limit)
{
    vm v = vm_new(0x20);
    uint64_t at = allocated(v.s, 0x40000, RESERVE, RW);
    ck_nt(COMMITMENT_LIMIT, allocate(v.s, 0, 0x21000, BOTH, RW));
    ck_nt(COMMITMENT_LIMIT, allocate(v.s, at, 0x21000, COMMIT, RW));
    ck_nt(COMMITMENT_LIMIT, allocate(v.s, at, 0x40000, COMMIT, RW));
    ck_region(v.s, at, 0x40000, PEL_MEM_RESERVE, 0);
    ck_holds(v.m);
    ck_nt(SUCCESS, allocate(v.s, at, 0x20000, COMMIT, RW));
    ck_nt(COMMITMENT_LIMIT, allocate(v.t, 0, 0x1000, BOTH, RW)); /* of all spaces together */
    ck_nt(SUCCESS, allocate(v.s, at, 0x20000, COMMIT, RO));      /* needs no more */
    vm_free(&v);
}
END_TEST

START_TEST(page_tables_for_a_commit_come_whole_or_not_at_all)
{
    pel_machine_options o = { .ram_size = 5 * 0x1000 };
    vm v;
    ck_ok(pel_machine_new(&o, &v.m));
    ck_ok(pel_space_new(v.m, NULL, &v.s));
    v.t = NULL;
    /* Four pages on both sides of the end of a leaf table: PDPT, PD and two leaf tables, which
     * is just what is left of RAM beside the root. A third leaf table is too much. */
    uint64_t at = allocated(v.s, 0x800000, RESERVE, RW);
    ck_nt(SUCCESS, allocate(v.s, 0x1FE000, 0x4000, COMMIT, RW));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 5);
    ck_nt(NO_MEMORY, allocate(v.s, 0x5FE000, 0x1000, COMMIT, RW));
    ck_nt(SUCCESS, deallocate(v.s, 0x1FE000, 0x4000, PEL_MEM_DECOMMIT));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 1);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    ck_region(v.s, at, 0x800000, PEL_MEM_RESERVE, 0);
    vm_free(&v);
}
END_TEST

START_TEST(reset_changes_nothing)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, RESERVE, NOACCESS);
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
    put(v.s, at, 9);
    ck_nt(SUCCESS, allocate(v.s, at, 0x2000, PEL_MEM_RESET, NOACCESS));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, at + 0x1000, 0xF000, PEL_MEM_RESERVE, 0);
    vm_free(&v);
}
END_TEST

START_TEST(a_commit_of_a_part_costs_page_tables_and_one_of_all_costs_none)
{
    vm v = vm_new(0);
    uint64_t at = allocated(v.s, (uint64_t)2 << 30, RESERVE, RW);
    ck_nt(SUCCESS, allocate(v.s, at, (uint64_t)1 << 30, COMMIT, RW));
    uint64_t tables = pel_machine_counters(v.m).frames_table;
    ck_assert_uint_ge(tables, 512);
    ck_assert_uint_lt(tables, 520);
    ck_nt(SUCCESS, allocate(v.s, at, (uint64_t)2 << 30, COMMIT, RW));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_table, 2);
    ck_region(v.s, at, (uint64_t)2 << 30, PEL_MEM_COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(no_cache_belongs_to_the_allocation)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x2000, COMMIT, RW | NOCACHE);
    pel_va base = { at };
    uint64_t size = 0x1000;
    uint32_t old;
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, RW | NOCACHE);
    ck_nt(SUCCESS, pel_space_protect(v.s, &base, &size, RW, &old));
    ck_hex(old, RW | NOCACHE);
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, RW | NOCACHE);
    ck_nt(SUCCESS, pel_space_protect(v.s, &base, &size, RO, &old));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO | NOCACHE);
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    ck_hex(pel_space_walk(v.s, va_of(at)).steps[3].entry & 0x18, 0x18); /* PCD, PWT */
    uint64_t plain = allocated(v.s, 0x2000, COMMIT, RW);
    ck_nt(SUCCESS, protect(v.s, plain, 0x1000, RO | NOCACHE));
    ck_region(v.s, plain, 0x1000, PEL_MEM_COMMIT, RO);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_allocate)
{
    tcase_add_loop_test(tests, an_allocation_is_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, a_reservation_is_rounded_to_64_kib_down_and_to_pages_up);
    tcase_add_test(tests, a_region_owns_its_whole_granule);
    tcase_add_test(tests, commit_without_an_address_reserves);
    tcase_add_test(tests, top_down_takes_the_highest);
    tcase_add_test(tests, pages_are_committed_one_by_one_or_all);
    tcase_add_test(tests, commit_stops_at_the_limit);
    tcase_add_test(tests, page_tables_for_a_commit_come_whole_or_not_at_all);
    tcase_add_test(tests, reset_changes_nothing);
    tcase_add_test(tests, a_commit_of_a_part_costs_page_tables_and_one_of_all_costs_none);
    tcase_add_test(tests, no_cache_belongs_to_the_allocation);
}
