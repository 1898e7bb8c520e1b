/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#define A 0x100000u

/* On a space with 64 KiB committed at A, and nothing else. */
static const struct {
    const char *what;
    uint64_t base, size;
    uint32_t type;
    int want;
} refused[] = {
    { "no type", A, 0x10000, 0, PEL_STATUS_INVALID_PARAMETER_4 },
    { "MEM_FREE", A, 0, PEL_MEM_FREE, PEL_STATUS_INVALID_PARAMETER_4 },
    { "both", A, 0, PEL_MEM_DECOMMIT | PEL_MEM_RELEASE, PEL_STATUS_INVALID_PARAMETER_4 },
    { "above the highest", 0x7FFFFFFF0000, 0, PEL_MEM_RELEASE, PEL_STATUS_INVALID_PARAMETER_2 },
    { "too much", A, UINT64_MAX, PEL_MEM_DECOMMIT, PEL_STATUS_INVALID_PARAMETER_3 },
    { "nothing there", 0x200000, 0, PEL_MEM_RELEASE, PEL_STATUS_MEMORY_NOT_ALLOCATED },
    { "nothing there", 0x200000, 1, PEL_MEM_DECOMMIT, PEL_STATUS_MEMORY_NOT_ALLOCATED },
    { "past the end", A + 0xF000, 0x1001, PEL_MEM_DECOMMIT, PEL_STATUS_UNABLE_TO_FREE_VM },
    { "from before", A - 1, 2, PEL_MEM_RELEASE, PEL_STATUS_UNABLE_TO_FREE_VM },
    { "the middle", A + 0x1001, 0, PEL_MEM_DECOMMIT, PEL_STATUS_FREE_VM_NOT_AT_BASE },
    { "the middle", A + 0x1001, 0, PEL_MEM_RELEASE, PEL_STATUS_FREE_VM_NOT_AT_BASE },
};

START_TEST(freeing_is_refused)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, A, 0x10000, BOTH, RW));
    pel_va base = { refused[_i].base };
    uint64_t size = refused[_i].size;
    pel_ntstatus st = pel_space_deallocate(v.s, &base, &size, refused[_i].type);
    ck_assert_msg(st == (pel_ntstatus)refused[_i].want, "%s: got %s", refused[_i].what,
                  pel_ntstatus_name(st));
    ck_hex(base.v, refused[_i].base);
    ck_hex(size, refused[_i].size);
    ck_region(v.s, A, 0x10000, PEL_MEM_COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(decommit_rounds_to_whole_pages)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, A, 0x10000, BOTH, RWX));
    pel_va base = { A + 0x1FFF };
    uint64_t size = 2;
    ck_nt(SUCCESS, pel_space_deallocate(v.s, &base, &size, PEL_MEM_DECOMMIT));
    ck_hex(base.v, A + 0x1000);
    ck_hex(size, 0x2000);
    ck_region(v.s, A, 0x1000, PEL_MEM_COMMIT, RWX);
    ck_region(v.s, A + 0x1000, 0x2000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, A + 0x3000, 0xD000, PEL_MEM_COMMIT, RWX);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 14);
    base.v = A + 0xFFE;
    size = 0;
    ck_nt(SUCCESS, pel_space_deallocate(v.s, &base, &size, PEL_MEM_DECOMMIT));
    ck_hex(base.v, A);
    ck_hex(size, 0x10000);
    ck_region(v.s, A, 0x10000, PEL_MEM_RESERVE, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    base.v = A + 0xFFF;
    size = 0;
    ck_nt(SUCCESS, pel_space_deallocate(v.s, &base, &size, PEL_MEM_RELEASE));
    ck_hex(base.v, A);
    ck_hex(size, 0x10000);
    ck_region(v.s, A, 0x7FFFFFFF0000 - A, PEL_MEM_FREE, NOACCESS);
    vm_free(&v);
}
END_TEST

START_TEST(decommitted_contents_are_lost)
{
    vm v = vm_new(0x100);
    for (int whole = 0; whole < 2; whole++) {
        uint64_t at = allocated(v.s, 0x2000, BOTH, RW);
        put(v.s, at, 0x55);
        put(v.s, at + 0x1000, 0x66);
        uint64_t used = pel_machine_counters(v.m).frames_used;
        ck_nt(SUCCESS, deallocate(v.s, at, whole ? 0x2000 : 0x1000, PEL_MEM_DECOMMIT));
        ck_assert_uint_lt(pel_machine_counters(v.m).frames_used, used);
        ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_READ));
        ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
        ck_assert_uint_eq(byte_at(v.s, at), 0);
        if (!whole)
            ck_assert_uint_eq(byte_at(v.s, at + 0x1000), 0x66);
        ck_holds(v.m);
    }
    vm_free(&v);
}
END_TEST

START_TEST(a_decommitted_run_is_one_region)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, RESERVE, NOACCESS);
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
    ck_nt(SUCCESS, allocate(v.s, at + 0x3000, 0x1000, COMMIT, RX));
    ck_nt(SUCCESS, deallocate(v.s, at, 0x10000, PEL_MEM_DECOMMIT));
    ck_region(v.s, at, 0x10000, PEL_MEM_RESERVE, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 2); /* no tables are left */
    vm_free(&v);
}
END_TEST

START_TEST(decommit_of_a_hole_is_fine)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, BOTH, RW);
    ck_nt(SUCCESS, deallocate(v.s, at + 0x1000, 0x2000, PEL_MEM_DECOMMIT));
    ck_nt(SUCCESS, deallocate(v.s, at, 0x4000, PEL_MEM_DECOMMIT));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 12);
    ck_region(v.s, at, 0x4000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, at + 0x4000, 0xC000, PEL_MEM_COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(release_gives_everything_back)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, BOTH, RW);
    for (uint64_t i = 0; i < 16; i++)
        put(v.s, at + i * 0x1000, 1);
    ck_nt(SUCCESS, deallocate(v.s, at, 0, PEL_MEM_RELEASE));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_READ));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 2);
    ck_nt(MEMORY_NOT_ALLOCATED, deallocate(v.s, at, 0, PEL_MEM_RELEASE));
    ck_hex(allocated(v.s, 0x1000, BOTH, RW), at);
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    vm_free(&v);
}
END_TEST

/* Pages [first, end) of sixteen are released. What is left keeps its contents. */
static const struct {
    uint64_t first, end;
} parts[] = { { 0, 4 }, { 12, 16 }, { 4, 12 }, { 0, 16 } };

START_TEST(a_part_of_a_region_can_be_released)
{
    vm v = vm_new(0x100);
    uint64_t first = parts[_i].first, end = parts[_i].end;
    ck_nt(SUCCESS, allocate(v.s, A, 0x10000, BOTH, RW));
    for (uint64_t i = 0; i < 16; i++)
        put(v.s, A + i * 0x1000, (uint8_t)(0x10 + i));
    ck_nt(SUCCESS, deallocate(v.s, A + first * 0x1000, (end - first) * 0x1000, PEL_MEM_RELEASE));
    ck_holds(v.m);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 16 - (end - first));
    for (uint64_t i = 0; i < 16; i++) {
        pel_region r = region_at(v.s, A + i * 0x1000);
        bool gone = first <= i && i < end;
        ck_hex(r.state, gone ? PEL_MEM_FREE : PEL_MEM_COMMIT);
        if (gone)
            continue;
        ck_hex(r.allocation_base.v, A + (i < first ? 0 : end * 0x1000));
        ck_assert_uint_eq(byte_at(v.s, A + i * 0x1000), 0x10 + i);
    }
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_deallocate)
{
    tcase_add_loop_test(tests, freeing_is_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, decommit_rounds_to_whole_pages);
    tcase_add_test(tests, decommitted_contents_are_lost);
    tcase_add_test(tests, a_decommitted_run_is_one_region);
    tcase_add_test(tests, decommit_of_a_hole_is_fine);
    tcase_add_test(tests, release_gives_everything_back);
    tcase_add_loop_test(tests, a_part_of_a_region_can_be_released, 0,
                        sizeof parts / sizeof parts[0]);
}
