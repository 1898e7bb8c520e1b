/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/pte.h"

#include "check_pel.h"
#include "vm/protection.h"

/* Words typed from the bit numbers of the Intel manual and of Windows' own bits: P 0, R/W 1,
 * U/S 2, PWT 3, PCD 4, A 5, D 6, copy-on-write 9, software write 11, frame from 12, NX 63. */
static const struct {
    uint8_t mm;
    uint64_t want; /* for frame 0x12345 */
} valid[] = {
    { PEL_MM_READONLY, 0x8000000012345005 },
    { PEL_MM_EXECUTE, 0x0000000012345005 },
    { PEL_MM_EXECUTE_READ, 0x0000000012345005 },
    { PEL_MM_READWRITE, 0x8000000012345807 },
    { PEL_MM_WRITECOPY, 0x8000000012345205 },
    { PEL_MM_EXECUTE_READWRITE, 0x0000000012345807 },
    { PEL_MM_EXECUTE_WRITECOPY, 0x0000000012345205 },
    { PEL_MM_READWRITE | PEL_MM_NOCACHE, 0x800000001234581F },
    { PEL_MM_READWRITE | PEL_MM_WRITECOMBINE, 0x800000001234580F },
};

START_TEST(a_valid_entry_has_the_bits_of_the_manual)
{
    uint64_t word = pel_pte_valid(0x12345, valid[_i].mm);
    ck_hex(word, valid[_i].want);
    ck_assert_int_eq(pel_pte_kind_of(word), PEL_PTE_IS_VALID);
    ck_hex(pel_pte_frame(word), 0x12345);
}
END_TEST

START_TEST(software_entries_have_the_bits_of_windows)
{
    uint64_t zero = pel_pte_demand_zero(PEL_MM_READWRITE);
    ck_hex(zero, 0x80); /* protection in bits 5 to 9, nothing else */
    ck_assert_int_eq(pel_pte_kind_of(zero), PEL_PTE_IS_DEMAND_ZERO);
    uint64_t transition = pel_pte_transition(0xFFFFFFFFF, PEL_MM_NOACCESS);
    ck_hex(transition, 0x0000FFFFFFFFFB00); /* frame in bits 12 to 47, bit 11 */
    ck_assert_int_eq(pel_pte_kind_of(transition), PEL_PTE_IS_TRANSITION);
    ck_hex(pel_pte_frame(transition), 0xFFFFFFFFF);
    uint64_t page_file = pel_pte_page_file(3, 0x12345678, PEL_MM_READWRITE);
    ck_hex(page_file, 0x1234567800000086); /* page in bits 32 to 63, file in bits 1 to 4 */
    ck_assert_int_eq(pel_pte_kind_of(page_file), PEL_PTE_IS_PAGE_FILE);
    ck_assert_uint_eq(pel_pte_file(page_file), 3);
    ck_hex(pel_pte_file_slot(page_file), 0x12345678);
    uint64_t prototype = pel_pte_prototype(PEL_MM_READONLY);
    ck_hex(prototype, 0xFFFFFFFF00000420); /* protection in bits 5 to 9, bit 10 */
    ck_assert_int_eq(pel_pte_kind_of(prototype), PEL_PTE_IS_PROTOTYPE);
    ck_assert_int_eq(pel_pte_kind_of(0), PEL_PTE_IS_NONE);
}
END_TEST

START_TEST(software_entries_keep_their_protection)
{
    uint8_t mm = (uint8_t)_i;
    ck_hex(pel_pte_soft_mm(pel_pte_demand_zero(mm)), mm);
    ck_hex(pel_pte_soft_mm(pel_pte_transition(7, mm)), mm);
    ck_hex(pel_pte_soft_mm(pel_pte_prototype(mm)), mm);
    ck_assert_int_eq(pel_pte_kind_of(pel_pte_prototype(mm)), PEL_PTE_IS_PROTOTYPE);
}
END_TEST

/* Two-level x86: the low half of valid and transition entries; page-file entries have the page in
 * bits 12 to 31, and prototype entries the protection in bits 5 to 9. */
static const struct {
    uint64_t wide;
    uint32_t narrow;
} halves[] = {
    { 0, 0 },
    { 0x0000000012345867, 0x12345867 },
    { 0x0000000000000080, 0x00000080 },
    { 0x00000000FFFFF880, 0xFFFFF880 },
    { 0x000FFFFF00000086, 0xFFFFF086 },
    { 0xFFFFFFFF00000420, 0xFFFFF420 },
    { 0xFFFFFFFF00000700, 0xFFFFF700 },
};

START_TEST(entries_of_four_bytes_say_the_same)
{
    ck_hex(pel_pte_narrow(halves[_i].wide), halves[_i].narrow);
    ck_hex(pel_pte_widen(halves[_i].narrow), halves[_i].wide);
}
END_TEST

START_TEST(entries_are_little_endian_in_ram)
{
    uint8_t ram[8];
    pel_pte_store(ram, 0x8000000012345807);
    ck_assert_uint_eq(ram[0], 0x07);
    ck_assert_uint_eq(ram[1], 0x58);
    ck_assert_uint_eq(ram[7], 0x80);
    ck_hex(pel_pte_load(ram), 0x8000000012345807);
}
END_TEST

/* What each protection lets through: read, write, fetch. */
static const struct {
    uint32_t protect;
    bool may[3];
} access[] = {
    { PEL_PAGE_NOACCESS, { false, false, false } },
    { PEL_PAGE_READONLY, { true, false, false } },
    { PEL_PAGE_READWRITE, { true, true, false } },
    { PEL_PAGE_WRITECOPY, { true, true, false } },
    { PEL_PAGE_EXECUTE, { true, false, true } },
    { PEL_PAGE_EXECUTE_READ, { true, false, true } },
    { PEL_PAGE_EXECUTE_READWRITE, { true, true, true } },
    { PEL_PAGE_EXECUTE_WRITECOPY, { true, true, true } },
};

START_TEST(a_protection_survives_the_five_bits)
{
    static const uint32_t modifiers[] = { 0, PEL_PAGE_GUARD, PEL_PAGE_NOCACHE,
                                          PEL_PAGE_WRITECOMBINE };
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
        uint8_t mm;
        uint32_t protect = access[_i].protect | modifiers[i];
        bool allowed = modifiers[i] == 0 || access[_i].protect != PEL_PAGE_NOACCESS;
        ck_assert_int_eq(pel_mm_from_protect(protect, &mm), allowed);
        if (!allowed)
            continue;
        ck_hex(pel_mm_to_protect(mm), protect);
        for (int a = 0; a < 3; a++)
            ck_assert_int_eq(pel_mm_allows(mm, (pel_access)a), access[_i].may[a]);
        ck_assert_int_eq(pel_mm_is_guard(mm), modifiers[i] == PEL_PAGE_GUARD);
    }
}
END_TEST

START_TEST(no_other_protection_is_known)
{
    uint8_t mm;
    unsigned known = 0;
    for (uint32_t protect = 0; protect < 0x1000; protect++)
        known += pel_mm_from_protect(protect, &mm);
    ck_assert_uint_eq(known, 1 + 7 * 4); /* no access; seven others with at most one modifier */
    ck_assert(!pel_mm_from_protect(0x40000004, &mm));
    ck_hex(pel_mm_to_protect(PEL_MM_NONE), 0);
    ck_hex(pel_mm_to_protect(PEL_MM_DECOMMIT), 0);
}
END_TEST

PEL_TESTS(vm_pte)
{
    tcase_add_loop_test(tests, a_valid_entry_has_the_bits_of_the_manual, 0,
                        sizeof valid / sizeof valid[0]);
    tcase_add_test(tests, software_entries_have_the_bits_of_windows);
    tcase_add_loop_test(tests, software_entries_keep_their_protection, 1, 32);
    tcase_add_loop_test(tests, entries_of_four_bytes_say_the_same, 0,
                        sizeof halves / sizeof halves[0]);
    tcase_add_test(tests, entries_are_little_endian_in_ram);
    tcase_add_loop_test(tests, a_protection_survives_the_five_bits, 0,
                        sizeof access / sizeof access[0]);
    tcase_add_test(tests, no_other_protection_is_known);
}
