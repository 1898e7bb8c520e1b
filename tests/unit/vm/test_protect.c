/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#define A 0x100000u

/* On a space with 64 KiB reserved at A, of which the first 32 KiB are committed. */
static const struct {
    const char *what;
    uint64_t base, size;
    uint32_t to;
    int want;
} refused[] = {
    { "no size", A, 0, RO, PEL_STATUS_INVALID_PARAMETER_3 },
    { "too much", A, UINT64_MAX, RO, PEL_STATUS_INVALID_PARAMETER_3 },
    { "above the highest", 0x7FFFFFFF0000, 1, RO, PEL_STATUS_INVALID_PARAMETER_2 },
    { "free memory", 0x200000, 0x1000, RO, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "past the end", A + 0xF000, 0x1001, RO, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "reserved pages", A + 0x8000, 0x1000, RO, PEL_STATUS_NOT_COMMITTED },
    { "also reserved pages", A + 0x7000, 0x1001, RO, PEL_STATUS_NOT_COMMITTED },
    { "all of it", A, 0x10000, RO, PEL_STATUS_NOT_COMMITTED },
    { "nothing", A, 0x1000, 0, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "two", A, 0x1000, RX | RWX, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "write-copy", A, 0x1000, WC, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "execute write-copy", A, 0x1000, WCX, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { "a guard of nothing", A, 0x1000, NOACCESS | GUARD, PEL_STATUS_INVALID_PAGE_PROTECTION },
};

START_TEST(a_protection_is_refused)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, A, 0x10000, RESERVE, NOACCESS));
    ck_nt(SUCCESS, allocate(v.s, A, 0x8000, COMMIT, RW));
    pel_ntstatus st = protect(v.s, refused[_i].base, refused[_i].size, refused[_i].to);
    ck_assert_msg(st == (pel_ntstatus)refused[_i].want, "%s: got %s", refused[_i].what,
                  pel_ntstatus_name(st));
    ck_region(v.s, A, 0x8000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, A + 0x8000, 0x8000, PEL_MEM_RESERVE, 0);
    vm_free(&v);
}
END_TEST

static const uint32_t allowed[] = { NOACCESS, RO, RW, X, RX, RWX, RW | GUARD, RX | GUARD };
#define ALLOWED (sizeof allowed / sizeof allowed[0])

START_TEST(the_old_protection_is_told_and_the_new_one_shown)
{
    vm v = vm_new(0x100);
    for (size_t from = 0; from < ALLOWED; from++) {
        for (int touched = 0; touched < 2; touched++) {
            uint64_t at = allocated(v.s, 0x3000, BOTH, RW);
            if (touched)
                put(v.s, at + 0x1000, 0x77);
            ck_nt(SUCCESS, protect(v.s, at, 0x3000, allowed[from]));
            pel_va base = { at + 0x1FFF };
            uint64_t size = 1;
            uint32_t old;
            ck_nt(SUCCESS, pel_space_protect(v.s, &base, &size, allowed[_i], &old));
            ck_hex(base.v, at + 0x1000);
            ck_hex(size, 0x1000);
            ck_hex(old, allowed[from]);
            ck_hex(region_at(v.s, at).protect, allowed[from]);
            ck_hex(region_at(v.s, at + 0x1000).protect, allowed[_i]);
            ck_hex(region_at(v.s, at + 0x2000).protect, allowed[from]);
            ck_hex(region_at(v.s, at).alloc_protect, RW);
            ck_holds(v.m);
            ck_nt(SUCCESS, protect(v.s, at, 0x3000, RO));
            ck_assert_uint_eq(byte_at(v.s, at + 0x1000), touched ? 0x77 : 0);
        }
    }
    vm_free(&v);
}
END_TEST

/* Read, write, fetch on each protection, of a page in RAM and of one that is not. */
static const struct {
    uint32_t protect;
    bool may[3];
} access[] = {
    { NOACCESS, { false, false, false } }, { RO, { true, false, false } },
    { RW, { true, true, false } },         { X, { true, false, true } },
    { RX, { true, false, true } },         { RWX, { true, true, true } },
};

START_TEST(accesses_are_allowed_as_the_processor_does)
{
    vm v = vm_new(0x100);
    for (int kind = 0; kind < 3; kind++) {
        for (int touched = 0; touched < 2; touched++) {
            uint64_t at = allocated(v.s, 0x1000, BOTH, RWX);
            if (touched)
                for (int a = 0; a < 3; a++) /* so that the TLB knows it, too */
                    ck_nt(SUCCESS, touch(v.s, at, (pel_access)a));
            ck_nt(SUCCESS, protect(v.s, at, 0x1000, access[_i].protect));
            pel_ntstatus want =
                access[_i].may[kind] ? PEL_STATUS_SUCCESS : PEL_STATUS_ACCESS_VIOLATION;
            ck_hex(touch(v.s, at, (pel_access)kind), want);
            ck_hex(touch(v.s, at, (pel_access)kind), want);
            ck_holds(v.m);
        }
    }
    vm_free(&v);
}
END_TEST

START_TEST(a_page_stays_dirty_when_it_becomes_read_only)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1000, BOTH, RW);
    put(v.s, at, 1);
    ck_nt(SUCCESS, protect(v.s, at, 0x1000, RO));
    ck_hex(pel_space_walk(v.s, va_of(at)).steps[3].entry & 0x67, 0x65); /* D, A, U/S, P; no R/W */
    vm_free(&v);
}
END_TEST

START_TEST(protecting_all_of_a_huge_region_costs_nothing)
{
    vm v = vm_new(0);
    uint64_t at = allocated(v.s, (uint64_t)3 << 30, BOTH, RW);
    put(v.s, at + 0x12345678, 0x42);
    uint64_t used = pel_machine_counters(v.m).frames_used;
    ck_nt(SUCCESS, protect(v.s, at, (uint64_t)3 << 30, RO));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, used);
    ck_region(v.s, at, (uint64_t)3 << 30, PEL_MEM_COMMIT, RO);
    ck_nt(ACCESS_VIOLATION, touch(v.s, at + 0x12345678, PEL_WRITE));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_WRITE));
    ck_assert_uint_eq(byte_at(v.s, at + 0x12345678), 0x42);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_protect)
{
    tcase_add_loop_test(tests, a_protection_is_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tests, the_old_protection_is_told_and_the_new_one_shown, 0, ALLOWED);
    tcase_add_loop_test(tests, accesses_are_allowed_as_the_processor_does, 0,
                        sizeof access / sizeof access[0]);
    tcase_add_test(tests, a_page_stays_dirty_when_it_becomes_read_only);
    tcase_add_test(tests, protecting_all_of_a_huge_region_costs_nothing);
}
