/* SPDX-License-Identifier: Apache-2.0 */
/* What a relocation of each type does, in literal bytes: instructions as the processors' manuals
 * encode them (those of ARM, MIPS and RISC-V were compared with an assembler). */
#include "check_pel.h"
#include "load/patch.h"
#include <string.h>

#define ANY_VERSION 0xff

static const struct {
    uint16_t machine;
    unsigned windows, type, parameter;
    uint64_t delta;
    uint8_t before[16], after[16];
} rows[] = {
    /* the parameter is 0xffff: -1 or 65535? (relocOSdet.exe of Corkami: 9d becomes 9f or a0) */
    { PEL_MACHINE_I386, PEL_WINDOWS_XP, 4, 0xffff, 0x20000, { 0x9d, 0x50, 9 }, { 0x9f, 0x50, 9 } },
    { PEL_MACHINE_I386, PEL_WINDOWS_7, 4, 0xffff, 0x20000, { 0x9d, 0x50, 9 }, { 0x9f, 0x50, 9 } },
    { PEL_MACHINE_I386, PEL_WINDOWS_8, 4, 0xffff, 0x20000, { 0x9d, 0x50, 9 }, { 0xa0, 0x50, 9 } },
    { PEL_MACHINE_I386, PEL_WINDOWS_11, 4, 0xffff, 0x20000, { 0x9d, 0x50, 9 }, { 0xa0, 0x50, 9 } },
    { PEL_MACHINE_AMD64, PEL_WINDOWS_11, 4, 0x8000, 0x10000, { 0x34, 0x12 }, { 0x36, 0x12 } },
    { PEL_MACHINE_AMD64, PEL_WINDOWS_7, 4, 0x8000, 0x10000, { 0x34, 0x12 }, { 0x35, 0x12 } },
    { PEL_MACHINE_AMD64, PEL_WINDOWS_11, 4, 0x7fff, 0x10000, { 0x34, 0x12 }, { 0x35, 0x12 } },
    { PEL_MACHINE_ALPHA, ANY_VERSION, 4, 0, 0x10000, { 0xff, 0xff, 9 }, { 0x00, 0x00, 9 } },
    { PEL_MACHINE_POWERPC, ANY_VERSION, 1, 0, 0x10000, { 1, 0, 9 }, { 2, 0, 9 } },
    { PEL_MACHINE_SH4, ANY_VERSION, 3, 0, 0x10000, { 0, 0, 0x40, 0 }, { 0, 0, 0x41, 0 } },
    { PEL_MACHINE_ARM64, ANY_VERSION, 10, 0, 0x10000, { 1, 2, 3 }, { 1, 2, 4 } },

    /* MIPS: jal 0x400000; MIPS16: jal 0x400000, over the halfwords' edge, into bits 25 to 21 */
    { PEL_MACHINE_R4000,
      ANY_VERSION,
      5,
      0,
      0x10000,
      { 0, 0, 0x10, 0x0c, 9 },
      { 0, 0x40, 0x10, 0x0c, 9 } },
    { PEL_MACHINE_R3000,
      ANY_VERSION,
      5,
      0,
      0x0ffc0000,
      { 0, 0, 0x10, 0x0c },
      { 0, 0, 0x0f, 0x0c } },
    { PEL_MACHINE_MIPS16,
      ANY_VERSION,
      9,
      0,
      0x10000,
      { 0, 0x1a, 0, 0, 9 },
      { 0, 0x1a, 0, 0x40, 9 } },
    { PEL_MACHINE_R4000, ANY_VERSION, 9, 0, 0x800000, { 0, 0x1a, 0, 0 }, { 0x01, 0x1a, 0, 0 } },
    { PEL_MACHINE_R4000, ANY_VERSION, 9, 0, 0x40000, { 0, 0x1a, 0, 0 }, { 0x20, 0x1a, 0, 0 } },

    /* ARM: movw r0, #0x1234; movt r0, #0x5678 becomes 0x66790004 */
    { PEL_MACHINE_ARM,
      ANY_VERSION,
      5,
      0,
      0x1000edd0,
      { 0x34, 0x02, 0x01, 0xe3, 0x78, 0x06, 0x45, 0xe3, 9 },
      { 0x04, 0x00, 0x00, 0xe3, 0x79, 0x06, 0x46, 0xe3, 9 } },
    { PEL_MACHINE_ARMNT,
      ANY_VERSION,
      5,
      0,
      0x10000,
      { 0x34, 0x02, 0x01, 0xe3, 0x78, 0x06, 0x45, 0xe3 },
      { 0x34, 0x02, 0x01, 0xe3, 0x79, 0x06, 0x45, 0xe3 } },
    /* Thumb-2: the same */
    { PEL_MACHINE_THUMB,
      ANY_VERSION,
      7,
      0,
      0x1000edd0,
      { 0x41, 0xf2, 0x34, 0x20, 0xc5, 0xf2, 0x78, 0x60, 9 },
      { 0x40, 0xf2, 0x04, 0x00, 0xc6, 0xf2, 0x79, 0x60, 9 } },
    /* movw r12, #0; movt r12, #0 becomes 0x0fff0800: the split-off bit 11 */
    { PEL_MACHINE_ARMNT,
      ANY_VERSION,
      7,
      0,
      0x0fff0800,
      { 0x40, 0xf2, 0x00, 0x0c, 0xc0, 0xf2, 0x00, 0x0c },
      { 0x40, 0xf6, 0x00, 0x0c, 0xc0, 0xf6, 0xff, 0x7c } },

    /* RISC-V: lui a0, 0x12345; addi a0, a0, 0x678; sw a1, 0x678(a0). The low 12 bits of a base are
     * 0, so that the other two never change on Windows. */
    { PEL_MACHINE_RISCV64,
      ANY_VERSION,
      5,
      0,
      0x10000,
      { 0x37, 0x55, 0x34, 0x12, 9 },
      { 0x37, 0x55, 0x35, 0x12, 9 } },
    { PEL_MACHINE_RISCV32,
      ANY_VERSION,
      7,
      0,
      0x10000,
      { 0x13, 0x05, 0x85, 0x67 },
      { 0x13, 0x05, 0x85, 0x67 } },
    { PEL_MACHINE_RISCV32,
      ANY_VERSION,
      7,
      0,
      0x10008,
      { 0x13, 0x05, 0x85, 0x67, 9 },
      { 0x13, 0x05, 0x05, 0x68, 9 } },
    { PEL_MACHINE_RISCV128,
      ANY_VERSION,
      8,
      0,
      0x10000,
      { 0x23, 0x2c, 0xb5, 0x66 },
      { 0x23, 0x2c, 0xb5, 0x66 } },
    { PEL_MACHINE_RISCV64,
      ANY_VERSION,
      8,
      0,
      0x10008,
      { 0x23, 0x2c, 0xb5, 0x66, 9 },
      { 0x23, 0x20, 0xb5, 0x68, 9 } },

    /* LoongArch: lu12i.w a0, 0x12345; ori a0, a0, 0x678; lu32i.d a0, 1; lu52i.d a0, a0, 0 */
    { PEL_MACHINE_LOONGARCH32,
      ANY_VERSION,
      8,
      0,
      0x10000,
      { 0xa4, 0x68, 0x24, 0x14, 0x84, 0xe0, 0x99, 0x03, 9 },
      { 0xa4, 0x6a, 0x24, 0x14, 0x84, 0xe0, 0x99, 0x03, 9 } },
    { PEL_MACHINE_LOONGARCH64,
      ANY_VERSION,
      8,
      0,
      0x7ff500010000,
      { 0xa4, 0x68, 0x24, 0x14, 0x84, 0xe0, 0x99, 0x03, 0x24, 0, 0, 0x16, 0x84, 0, 0, 0x03 },
      { 0xa4, 0x6a, 0x24, 0x14, 0x84, 0xe0, 0x99, 0x03, 0xc4, 0xfe, 0x0f, 0x16, 0x84, 0, 0,
        0x03 } },
    { PEL_MACHINE_LOONGARCH64,
      ANY_VERSION,
      8,
      0,
      0xfff0000000000000,
      { 0xa4, 0x68, 0x24, 0x14, 0x84, 0xe0, 0x99, 0x03, 0x24, 0, 0, 0x16, 0x84, 0, 0, 0x03 },
      { 0xa4, 0x68, 0x24, 0x14, 0x84, 0xe0, 0x99, 0x03, 0x24, 0, 0, 0x16, 0x84, 0xfc, 0x3f,
        0x03 } },

    /* Itanium: { nop.m 0; movl r1 = 0x123456789abcdef0 } */
    { PEL_MACHINE_IA64,
      ANY_VERSION,
      9,
      0,
      0x7ff500010000,
      { 0x04, 0x00, 0x00, 0x00, 0x01, 0x80, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x20, 0x00, 0x97, 0xf7,
        0x66 },
      { 0x04, 0x00, 0x00, 0x00, 0x01, 0x80, 0x9a, 0x6d, 0xd6, 0x34, 0x12, 0x20, 0x00, 0xb7, 0xf7,
        0x66 } },
    { PEL_MACHINE_IA64,
      ANY_VERSION,
      9,
      0,
      0xffffffffffff0000,
      { 0x04, 0x00, 0x00, 0x00, 0x01, 0x80, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x20, 0x00, 0x97, 0xf7,
        0x66 },
      { 0x04, 0x00, 0x00, 0x00, 0x01, 0x80, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x20, 0x00, 0x77, 0xf7,
        0x66 } },

    /* Before Windows 8, x86 has those of MIPS and Itanium, and two that do nothing */
    { PEL_MACHINE_I386,
      PEL_WINDOWS_XP,
      5,
      0,
      0x10000,
      { 0, 0, 0x10, 0x0c },
      { 0, 0x40, 0x10, 0x0c } },
    { PEL_MACHINE_I386, PEL_WINDOWS_7, 6, 0, 0x10000, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
    { PEL_MACHINE_I386, PEL_WINDOWS_XP, 7, 0, 0x10000, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
    { PEL_MACHINE_I386,
      PEL_WINDOWS_XP,
      9,
      0,
      0x10000,
      { 0, 0x1a, 0, 0, 9 },
      { 0, 0x1a, 0, 0x40, 9 } },
    { PEL_MACHINE_I386,
      PEL_WINDOWS_7,
      9,
      0,
      0xffffffffffff0000,
      { 0x04, 0x00, 0x00, 0x00, 0x01, 0x80, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x20, 0x00, 0x97, 0xf7,
        0x66 },
      { 0x04, 0x00, 0x00, 0x00, 0x01, 0x80, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x20, 0x00, 0x77, 0xf7,
        0x66 } },
};
#define ROWS (sizeof rows / sizeof rows[0])

static pel_reloc_block block_of(const uint8_t *entries, size_t size, uint32_t page)
{
    return (pel_reloc_block){ .page = { page }, .entries = { entries, size } };
}

/* Fast and slowly: in the middle of much room, and with not a byte to spare. */
static void apply_row(size_t i, pel_windows windows)
{
    uint8_t wide[0x1100] = { 0 }, tight[16];
    const uint8_t entries[] = { 0x00, (uint8_t)(rows[i].type << 4), (uint8_t)rows[i].parameter,
                                (uint8_t)(rows[i].parameter >> 8) };
    pel_reloc_block block = block_of(entries, rows[i].type == 4 ? 4 : 2, 0x1000);
    pel_patches p = pel_patches_of(rows[i].machine, windows);
    pel_block_facts facts = pel_block_look(&p, &block);
    ck_assert_uint_eq(facts.refused, facts.count);
    memcpy(wide, rows[i].before, 16);
    memcpy(tight, rows[i].before, 16);
    pel_block_apply(&p, &block, false, rows[i].delta, &(pel_patched){ wide, 0x1000, sizeof wide });
    pel_block_apply(&p, &block, false, rows[i].delta,
                    &(pel_patched){ tight, 0x1000, p.types[rows[i].type].width });
    ck_assert_mem_eq(wide, rows[i].after, 16);
    ck_assert_mem_eq(tight, rows[i].after, 16);
}

START_TEST(a_relocation_of_each_type_does_what_the_manuals_say)
{
    if (rows[_i].windows != ANY_VERSION)
        apply_row((size_t)_i, (pel_windows)rows[_i].windows);
    else
        for (int w = PEL_WINDOWS_11; w <= PEL_WINDOWS_XP; w++)
            apply_row((size_t)_i, (pel_windows)w);
}
END_TEST

START_TEST(each_row_of_the_table_has_its_bytes_here)
{
    static const struct {
        unsigned type, width;
    } table[] = {
#define X(id, value, machines, bytes, doc) { value, bytes },
#include <pelorus/tables/reloc_type.def>
#undef X
    };
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        bool seen = table[t].width == 0 || table[t].type == 2 || table[t].type == 11;
        for (size_t i = 0; i < ROWS && !seen; i++) {
            pel_patches p = pel_patches_of(rows[i].machine, PEL_WINDOWS_11);
            seen = rows[i].type == table[t].type && p.types[rows[i].type].width == table[t].width;
        }
        ck_assert_msg(seen, "row %zu", t);
    }
}
END_TEST

/* ---- which types there are --------------------------------------------- */

static const struct {
    uint16_t machine;
    uint8_t windows;
    uint16_t known; /* a bit for each type */
} accepted[] = {
    { PEL_MACHINE_I386, PEL_WINDOWS_XP, 0x06ff },
    { PEL_MACHINE_I386, PEL_WINDOWS_7, 0x06ff },
    { PEL_MACHINE_I386, PEL_WINDOWS_8, 0x041f },
    { PEL_MACHINE_I386, PEL_WINDOWS_11, 0x041f },
    { PEL_MACHINE_AMD64, PEL_WINDOWS_11, 0x041f },
    { PEL_MACHINE_ARM64, PEL_WINDOWS_11, 0x041f },
    { PEL_MACHINE_ARMNT, PEL_WINDOWS_8, 0x04bf },
    { PEL_MACHINE_R4000, PEL_WINDOWS_11, 0x063f },
    { PEL_MACHINE_IA64, PEL_WINDOWS_11, 0x061f },
    { PEL_MACHINE_RISCV64, PEL_WINDOWS_11, 0x05bf },
    { PEL_MACHINE_LOONGARCH64, PEL_WINDOWS_11, 0x051f },
    { PEL_MACHINE_ALPHA, PEL_WINDOWS_11, 0x041f },
};

START_TEST(a_version_knows_types_and_refuses_the_others)
{
    pel_patches p = pel_patches_of(accepted[_i].machine, (pel_windows)accepted[_i].windows);
    for (unsigned type = 0; type < 16; type++)
        ck_assert_msg(p.types[type].known == (accepted[_i].known >> type & 1), "type %u", type);
}
END_TEST

/* ---- blocks ------------------------------------------------------------ */

START_TEST(the_parameter_of_highadj_is_no_entry)
{
    /* the parameter would be a type that is refused; the entry behind it counts again */
    static const uint8_t entries[] = { 0x00, 0x40, 0x34, 0xf2, 0x04, 0x30 };
    uint8_t bytes[8] = { 0 };
    pel_patches p = pel_patches_of(PEL_MACHINE_I386, PEL_WINDOWS_7);
    pel_reloc_block block = block_of(entries, sizeof entries, 0x1000);
    ck_assert_uint_eq(pel_block_look(&p, &block).refused, 3);
    pel_block_apply(&p, &block, false, 0x10000, &(pel_patched){ bytes, 0x1000, sizeof bytes });
    ck_assert_mem_eq(bytes, "\1\0\0\0\0\0\1\0", 8);
}
END_TEST

START_TEST(a_highadj_without_its_parameter_is_refused)
{
    static const uint8_t entries[] = { 0x04, 0x30, 0x00, 0x40 };
    pel_patches p = pel_patches_of(PEL_MACHINE_I386, PEL_WINDOWS_11);
    pel_reloc_block block = block_of(entries, sizeof entries, 0x1000);
    pel_block_facts facts = pel_block_look(&p, &block);
    ck_assert_uint_eq(facts.refused, 1);
    ck_assert(facts.cut);
}
END_TEST

START_TEST(a_bundle_is_where_its_slots_are)
{
    static const uint8_t entries[] = { 0x12, 0x90 }; /* offset 0x12: slot 2 of the one at 0x10 */
    uint8_t bytes[0x20] = { 0 };
    pel_patches p = pel_patches_of(PEL_MACHINE_IA64, PEL_WINDOWS_11);
    pel_reloc_block block = block_of(entries, sizeof entries, 0x1000);
    ck_assert(!pel_block_look(&p, &block).crosses);
    pel_block_apply(&p, &block, false, 1, &(pel_patched){ bytes, 0x1000, sizeof bytes });
    ck_hex(bytes[0x1c], 0x10); /* bit 0 of the immediate is bit 100 of the bundle */
}
END_TEST

START_TEST(looking_at_a_block_finds_what_it_has)
{
    static const uint8_t crossing[] = { 0xf9, 0xaf }, fitting[] = { 0xf8, 0xaf };
    static const uint8_t padding[] = { 0, 0, 0xff, 0x0f };
    pel_patches p = pel_patches_of(PEL_MACHINE_AMD64, PEL_WINDOWS_11);
    pel_reloc_block a = block_of(crossing, 2, 0x1000), b = block_of(fitting, 2, 0x1000);
    pel_reloc_block c = block_of(padding, 4, 0x1000), d = block_of(fitting, 2, 0x1001);
    ck_assert(pel_block_look(&p, &a).crosses && !pel_block_look(&p, &a).idle);
    ck_assert(!pel_block_look(&p, &b).crosses);
    ck_assert(pel_block_look(&p, &c).idle);
    ck_assert(pel_block_look(&p, &d).crosses);
}
END_TEST

PEL_TESTS(load_patch)
{
    tcase_add_loop_test(tests, a_relocation_of_each_type_does_what_the_manuals_say, 0, ROWS);
    tcase_add_test(tests, each_row_of_the_table_has_its_bytes_here);
    tcase_add_loop_test(tests, a_version_knows_types_and_refuses_the_others, 0,
                        sizeof accepted / sizeof accepted[0]);
    tcase_add_test(tests, the_parameter_of_highadj_is_no_entry);
    tcase_add_test(tests, a_highadj_without_its_parameter_is_refused);
    tcase_add_test(tests, a_bundle_is_where_its_slots_are);
    tcase_add_test(tests, looking_at_a_block_finds_what_it_has);
}
