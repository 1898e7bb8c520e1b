/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* Where the system puts what it places itself: zero bits and address requirements. */

static pel_ntstatus placed(pel_space *s, pel_placement p, uint32_t type, uint64_t size,
                           uint64_t *at)
{
    pel_va base = { *at };
    pel_ntstatus st = pel_space_allocate_placed(s, &base, &size, type, RW, &p);
    *at = base.v;
    return st;
}

/* The whole table of ZeroBits: the highest address that is left, 0 for none. */
static const struct {
    uint64_t zero_bits;
    uint32_t want;
    uint64_t highest;
} bits[] = {
    { 0, PEL_STATUS_SUCCESS, 0x7FFFFFFEFFFF },
    { 1, PEL_STATUS_SUCCESS, 0x7FFFFFFF },
    { 2, PEL_STATUS_SUCCESS, 0x3FFFFFFF },
    { 12, PEL_STATUS_SUCCESS, 0xFFFFF },
    { 15, PEL_STATUS_SUCCESS, 0x1FFFF },
    { 16, PEL_STATUS_NO_MEMORY, 0 }, /* only the first 64 KiB, which nobody has */
    { 20, PEL_STATUS_NO_MEMORY, 0 },
    { 21, PEL_STATUS_NO_MEMORY, 0 },
    { 22, PEL_STATUS_INVALID_PARAMETER_3, 0 },
    { 31, PEL_STATUS_INVALID_PARAMETER_3, 0 },
    { 32, PEL_STATUS_NO_MEMORY, 0 },
    { 0xFFFF, PEL_STATUS_NO_MEMORY, 0 },
    { 0x10000, PEL_STATUS_SUCCESS, 0x1FFFF },
    { 0x1AAAAAAA, PEL_STATUS_SUCCESS, 0x1FFFFFFF },
    { 0x100000000, PEL_STATUS_SUCCESS, 0x1FFFFFFFF },
    { UINT64_MAX, PEL_STATUS_SUCCESS, 0x7FFFFFFEFFFF },
};

START_TEST(zero_bits_limit_the_choice)
{
    vm v = vm_new(0x100);
    uint64_t at = 0;
    pel_placement p = { .zero_bits = bits[_i].zero_bits };
    pel_ntstatus st = placed(v.s, p, BOTH | PEL_MEM_TOP_DOWN, 0x1000, &at);
    ck_assert_msg(st == bits[_i].want, "row %d: want %s, got %s", _i,
                  pel_ntstatus_name(bits[_i].want), pel_ntstatus_name(st));
    if (bits[_i].highest)
        ck_hex(at, bits[_i].highest - 0xFFFF);
    vm_free(&v);
}
END_TEST

START_TEST(zero_bits_do_not_matter_for_a_given_base)
{
    vm v = vm_new(0x100);
    uint64_t at = 0x100000000;
    ck_nt(SUCCESS, placed(v.s, (pel_placement){ .zero_bits = 12 }, RESERVE, 0x1000, &at));
    ck_hex(at, 0x100000000);
    ck_nt(INVALID_PARAMETER_3, placed(v.s, (pel_placement){ .zero_bits = 22 }, COMMIT, 1, &at));
    ck_nt(SUCCESS, placed(v.s, (pel_placement){ .zero_bits = 12 }, COMMIT, 1, &at));
    vm_free(&v);
}
END_TEST

/* lowest, highest, alignment: the lowest and the highest place for a page, or 0 for a refusal. */
static const struct {
    uint64_t lowest, highest, alignment;
    uint64_t bottom, top;
} required[] = {
    { 0, 0, 0, 0x10000, 0x7FFFFFFE0000 },
    { 0, 0x20000FFF, 0, 0x10000, 0x20000000 },
    { 0, 0x2000FFFF, 0, 0x10000, 0x20000000 },
    { 0x20000000, 0, 0, 0x20000000, 0x7FFFFFFE0000 },
    { 0x20000000, 0x2FFFFFFF, 0, 0x20000000, 0x2FFF0000 },
    { 0, 0, 0x40000, 0x40000, 0x7FFFFFFC0000 },
    { 0x10000, 0x7FFFFF, 0x400000, 0x400000, 0x400000 },
    { 0, 0x1FFF, 0, 0, 0 },
    { 0, 0x20000FFF, 0x20000000, 0x20000000, 0x20000000 },
};

START_TEST(requirements_limit_the_choice)
{
    vm v = vm_new(0x100);
    pel_placement p = { .requirements = true,
                        .lowest = { required[_i].lowest },
                        .highest = { required[_i].highest },
                        .alignment = required[_i].alignment };
    uint64_t low = 0, high = 0;
    pel_ntstatus want = required[_i].bottom ? PEL_STATUS_SUCCESS : PEL_STATUS_NO_MEMORY;
    ck_assert_uint_eq(placed(v.s, p, RESERVE, 0x1000, &low), want);
    ck_assert_uint_eq(placed(v.t, p, RESERVE | PEL_MEM_TOP_DOWN, 0x1000, &high), want);
    ck_hex(low, required[_i].bottom);
    ck_hex(high, required[_i].top);
    vm_free(&v);
}
END_TEST

static const struct {
    uint64_t lowest, highest, alignment, base;
} contradictions[] = {
    { 0, 0x20001001, 0, 0 },          { 0, 0x20000FFE, 0, 0 },     { 0, 0x7FFFFFFF0FFF, 0, 0 },
    { 0, UINT64_MAX, 0, 0 },          { 0x20001000, 0, 0, 0 },     { 0x7FFFFFFF0000, 0, 0, 0 },
    { 0x30000000, 0x20000FFF, 0, 0 }, { 0, 0, 0x8000, 0 },         { 0, 0, 0x30000, 0 },
    { 0, 0, 0x40000, 0x100000 },      { 0x10000, 0, 0, 0x100000 }, { 0, 0x20000FFF, 0, 0x100000 },
};

START_TEST(requirements_that_contradict_are_refused)
{
    vm v = vm_new(0x100);
    pel_placement p = { .requirements = true,
                        .lowest = { contradictions[_i].lowest },
                        .highest = { contradictions[_i].highest },
                        .alignment = contradictions[_i].alignment };
    uint64_t at = contradictions[_i].base;
    ck_nt(INVALID_PARAMETER, placed(v.s, p, RESERVE, 0x1000, &at));
    ck_hex(at, contradictions[_i].base);
    vm_free(&v);
}
END_TEST

START_TEST(requirements_that_ask_for_nothing_go_with_any_base)
{
    vm v = vm_new(0x100);
    pel_placement p = { .requirements = true };
    uint64_t at = 0x100000;
    ck_nt(SUCCESS, placed(v.s, p, RESERVE, 0x1000, &at));
    ck_nt(SUCCESS, placed(v.s, p, COMMIT, 0x1000, &at));
    vm_free(&v);
}
END_TEST

/* Taken ranges are stepped over at the alignment, from both ends. */
START_TEST(the_search_keeps_the_alignment)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, 0x100000, 0x41000, RESERVE, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x300000, 0x1000, RESERVE, RW));
    pel_placement p = {
        .requirements = true, .lowest = { 0x100000 }, .highest = { 0x33FFFF }, .alignment = 0x40000
    };
    uint64_t at = 0;
    ck_nt(SUCCESS, placed(v.s, p, RESERVE, 0x40000, &at));
    ck_hex(at, 0x180000);
    at = 0;
    ck_nt(SUCCESS, placed(v.s, p, RESERVE | PEL_MEM_TOP_DOWN, 0x10000, &at));
    ck_hex(at, 0x2C0000);
    p.lowest.v = 0x2D0000;
    at = 0;
    ck_nt(NO_MEMORY, placed(v.s, p, RESERVE, 0x1000, &at));
    vm_free(&v);
}
END_TEST

/* ---- the types --------------------------------------------------------- */

static const struct {
    uint32_t type;
    uint32_t want;
} types[] = {
    { PEL_MEM_TOP_DOWN, PEL_STATUS_INVALID_PARAMETER_5 },
    { PEL_MEM_RESET | PEL_MEM_TOP_DOWN, PEL_STATUS_INVALID_PARAMETER_5 },
    { PEL_MEM_RESET | PEL_MEM_RESET_UNDO, PEL_STATUS_INVALID_PARAMETER_5 },
    { RESERVE | (uint32_t)PEL_AT_ROUND_TO_PAGE, PEL_STATUS_INVALID_PARAMETER_5 },
    { COMMIT | PEL_MEM_WRITE_WATCH, PEL_STATUS_INVALID_PARAMETER_5 },
    { COMMIT | PEL_MEM_PHYSICAL, PEL_STATUS_INVALID_PARAMETER_5 },
    { RESERVE | PEL_MEM_PHYSICAL | PEL_MEM_WRITE_WATCH, PEL_STATUS_INVALID_PARAMETER_5 },
    { BOTH | PEL_MEM_PHYSICAL, PEL_STATUS_INVALID_PARAMETER_5 },
    { COMMIT | PEL_MEM_LARGE_PAGES, PEL_STATUS_INVALID_PARAMETER_5 },
    { BOTH | PEL_MEM_LARGE_PAGES, PEL_STATUS_PRIVILEGE_NOT_HELD },
    { RESERVE | PEL_MEM_PHYSICAL, PEL_STATUS_PRIVILEGE_NOT_HELD },
    { BOTH | PEL_MEM_WRITE_WATCH | PEL_MEM_TOP_DOWN, PEL_STATUS_SUCCESS },
};

START_TEST(types_that_do_not_go_together_are_refused)
{
    vm v = vm_new(0x100);
    ck_assert_uint_eq(allocate(v.s, 0, 0x1000, types[_i].type, RW), types[_i].want);
    vm_free(&v);
}
END_TEST

#define ROWS(table) (sizeof table / sizeof table[0])

PEL_TESTS(vm_placement)
{
    tcase_add_loop_test(tests, zero_bits_limit_the_choice, 0, (int)ROWS(bits));
    tcase_add_test(tests, zero_bits_do_not_matter_for_a_given_base);
    tcase_add_loop_test(tests, requirements_limit_the_choice, 0, (int)ROWS(required));
    tcase_add_loop_test(tests, requirements_that_contradict_are_refused, 0,
                        (int)ROWS(contradictions));
    tcase_add_test(tests, requirements_that_ask_for_nothing_go_with_any_base);
    tcase_add_test(tests, the_search_keeps_the_alignment);
    tcase_add_loop_test(tests, types_that_do_not_go_together_are_refused, 0, (int)ROWS(types));
}
