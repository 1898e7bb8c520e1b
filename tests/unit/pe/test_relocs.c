/* SPDX-License-Identifier: Apache-2.0 */
/* The relocation cursor on literal tables. */
#include "sample.h"

#define DIR_RVA  0x2000u
#define DIR_FOFF 0x400u

/* The sample with `size` bytes of table in its data section, and the directory's Size. */
static sample with_table(const void *table, size_t size, uint32_t directory_size)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, PEL_DIR_BASERELOC, (pel_rva){ DIR_RVA }, directory_size);
    pel_builder_patch(s.b, (pel_foff){ DIR_FOFF }, table, size);
    sample_parse(&s);
    return s;
}

/* What a walk comes to: blocks, entries, and why it ended. */
typedef struct walked {
    size_t blocks, entries;
    pel_status status;
} walked;

static walked walk(const sample *s)
{
    walked w = { 0 };
    pel_reloc_iter it = pel_image_relocs(s->img);
    for (pel_reloc_block block; pel_reloc_next(&it, &block); w.blocks++)
        w.entries += pel_reloc_count(&block);
    w.status = it.status;
    pel_reloc_block more;
    ck_assert(!pel_reloc_next(&it, &more)); /* the end stays the end */
    return w;
}

START_TEST(blocks_and_entries_are_read)
{
    static const uint8_t table[] = {
        0x00, 0x10, 0, 0, 0x0c, 0, 0, 0, 0x23, 0x31, 0xff, 0xaf, /* 3@0x123, 10@0xfff */
        0x01, 0x20, 0, 0, 0x0a, 0, 0, 0, 0x00, 0x00,             /* 0@0, of an odd page */
    };
    pel_reloc_block block;
    sample s = with_table(table, sizeof table, sizeof table);
    pel_reloc_iter it = pel_image_relocs(s.img);
    ck_assert(pel_reloc_next(&it, &block));
    ck_hex(block.page.v, 0x1000);
    ck_hex(block.size, 12);
    ck_hex(block.offset.v, DIR_FOFF);
    ck_assert_uint_eq(pel_reloc_count(&block), 2);
    ck_hex(pel_reloc_entry(&block, 0).rva.v, 0x1123);
    ck_assert_uint_eq(pel_reloc_entry(&block, 0).type, PEL_REL_HIGHLOW);
    ck_hex(pel_reloc_entry(&block, 1).rva.v, 0x1fff);
    ck_assert_uint_eq(pel_reloc_entry(&block, 1).type, PEL_REL_DIR64);
    ck_assert(pel_reloc_next(&it, &block));
    ck_hex(block.offset.v, DIR_FOFF + 12);
    ck_hex(pel_reloc_entry(&block, 0).rva.v, 0x2001);
    ck_assert(!pel_reloc_next(&it, &block));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* One block at RVA 0x1000 with a SizeOfBlock, zeros behind it, and a directory's Size. */
static const struct {
    uint32_t block_size, directory_size;
    size_t blocks, entries;
    pel_status status;
} rows[] = {
    { 8, 0, 0, 0, PEL_OK },
    { 8, 7, 0, 0, PEL_OK },
    { 8, 8, 0, 0, PEL_OK }, /* more than eight bytes must be left */
    { 8, 9, 1, 0, PEL_OK },
    { 10, 10, 1, 1, PEL_OK },
    { 12, 12, 1, 2, PEL_OK },
    { 12, 20, 1, 2, PEL_OK }, /* eight zeros behind: too few to look at */
    { 12, 21, 1, 2, PEL_OK }, /* nine: a block of size 0, the end */
    { 0, 12, 0, 0, PEL_OK },
    { 1, 12, 0, 0, PEL_MALFORMED },
    { 2, 12, 0, 0, PEL_MALFORMED },
    { 7, 12, 0, 0, PEL_MALFORMED },
    { 9, 12, 1, 0, PEL_OK }, /* half an entry is none */
    { 11, 12, 1, 1, PEL_OK },
    { 13, 13, 1, 2, PEL_OK },
    { 0x100, 12, 1, 124, PEL_OK }, /* longer than the directory: taken whole */
    { 0x200, 12, 1, 252, PEL_OK }, /* to the last byte of the raw data */
    { 0x202, 12, 1, 252, PEL_TRUNCATED },
    { 0xffffffff, 12, 1, 252, PEL_TRUNCATED },
    { 0xfffffff8, 0xffffffff, 1, 252, PEL_TRUNCATED },
    { 8, 0xffffffff, 1, 0, PEL_OK }, /* the next one has size 0 */
};

START_TEST(sizes_are_taken_as_the_loader_takes_them)
{
    uint8_t table[8] = { 0x00, 0x10 };
    pel_store_uint(table + 4, 4, rows[_i].block_size);
    uint8_t clean[0x200] = { 0 };
    memcpy(clean, table, sizeof table);
    sample s = with_table(clean, sizeof clean, rows[_i].directory_size);
    walked w = walk(&s);
    ck_assert_uint_eq(w.blocks, rows[_i].blocks);
    ck_assert_uint_eq(w.entries, rows[_i].entries);
    ck_status(rows[_i].status, w.status);
    sample_free(&s);
}
END_TEST

/* The next block follows the last whole entry, aligned or not. */
START_TEST(a_block_of_odd_size_is_followed_by_the_next_one_at_once)
{
    static const uint8_t table[] = { 0x00, 0x10, 0, 0, 11, 0, 0, 0, 0x01, 0x30,
                                     0x00, 0x20, 0, 0, 10, 0, 0, 0, 0x02, 0x30 };
    pel_reloc_block block;
    sample s = with_table(table, sizeof table, sizeof table);
    pel_reloc_iter it = pel_image_relocs(s.img);
    ck_assert(pel_reloc_next(&it, &block));
    ck_assert(pel_reloc_next(&it, &block));
    ck_hex(block.page.v, 0x2000);
    ck_hex(block.offset.v, DIR_FOFF + 10);
    ck_hex(pel_reloc_entry(&block, 0).rva.v, 0x2002);
    ck_assert(!pel_reloc_next(&it, &block));
    sample_free(&s);
}
END_TEST

START_TEST(a_broken_block_ends_the_walk_after_the_good_ones)
{
    static const uint8_t table[] = { 0x00, 0x10, 0, 0, 12, 0, 0, 0, 0x01, 0x30, 0x02, 0x30,
                                     0x00, 0x20, 0, 0, 4,  0, 0, 0, 0x02, 0x30, 0,    0 };
    sample s = with_table(table, sizeof table, sizeof table);
    walked w = walk(&s);
    ck_assert_uint_eq(w.blocks, 1);
    ck_assert_uint_eq(w.entries, 2);
    ck_status(PEL_MALFORMED, w.status);
    sample_free(&s);
}
END_TEST

/* ---- the directory ----------------------------------------------------- */

START_TEST(without_a_directory_there_is_nothing_to_walk)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_assert_uint_eq(walk(&s).blocks, 0);
    ck_ok(walk(&s).status);
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32PLUS); /* nor when the count does not reach it */
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    pel_builder_poke(s.b, "optional_header.NumberOfRvaAndSizes", PEL_DIR_BASERELOC);
    sample_parse(&s);
    ck_assert_uint_eq(walk(&s).blocks, 0);
    ck_ok(walk(&s).status);
    sample_free(&s);
}
END_TEST

/* Zero-filled space, a gap, no image at all: there are no bytes to read. */
START_TEST(a_directory_without_bytes_of_the_file_is_cut)
{
    static const uint32_t places[] = { 0x2200, 0x2fff, 0x3000, 0x80000000, 0xffffffff };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_directory(s.b, PEL_DIR_BASERELOC, (pel_rva){ places[i] }, 0x1000);
        sample_parse(&s);
        walked w = walk(&s);
        ck_assert_uint_eq(w.blocks, 0);
        ck_status(PEL_TRUNCATED, w.status);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_directory_that_the_end_of_the_file_cuts_is_cut)
{
    static const uint8_t table[] = { 0x00, 0x10, 0, 0, 14, 0, 0, 0, 1, 0x30, 2, 0x30, 3, 0x30 };
    for (size_t keep = 1; keep < sizeof table; keep++) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_directory(s.b, PEL_DIR_BASERELOC, (pel_rva){ DIR_RVA }, sizeof table);
        pel_builder_patch(s.b, (pel_foff){ DIR_FOFF }, table, sizeof table);
        pel_builder_resize(s.b, DIR_FOFF + keep);
        sample_parse(&s);
        walked w = walk(&s);
        ck_assert_uint_eq(w.blocks, keep >= 8);
        ck_assert_uint_eq(w.entries, keep >= 8 ? (keep - 8) / 2 : 0);
        ck_status(PEL_TRUNCATED, w.status);
        sample_free(&s);
    }
}
END_TEST

START_TEST(the_table_may_lie_in_the_headers)
{
    static const uint8_t table[] = { 0x00, 0x10, 0, 0, 10, 0, 0, 0, 1, 0x30 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, PEL_DIR_BASERELOC, (pel_rva){ 0x1e0 }, sizeof table);
    pel_builder_patch(s.b, (pel_foff){ 0x1e0 }, table, sizeof table);
    sample_parse(&s);
    ck_assert_uint_eq(walk(&s).entries, 1);
    sample_free(&s);
}
END_TEST

START_TEST(what_the_builder_wrote_is_read_back)
{
    static const uint32_t want[] = { 0x1000, 0x1004, 0x1ffd, 0x2000 };
    size_t count = 0;
    sample s = sample_of(PEL_BUILD_PE32);
    for (size_t i = 4; i > 0; i--)
        pel_builder_reloc(s.b, (pel_rva){ want[i - 1] }, PEL_REL_HIGHLOW);
    sample_parse(&s);
    pel_reloc_iter it = pel_image_relocs(s.img);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);)
        for (size_t i = 0; i < pel_reloc_count(&block); i++)
            if (pel_reloc_entry(&block, i).type != PEL_REL_ABSOLUTE) /* padding */
                ck_hex(pel_reloc_entry(&block, i).rva.v, want[count++]);
    ck_assert_uint_eq(count, 4);
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* ---- names ------------------------------------------------------------- */

START_TEST(a_type_is_named_by_the_machine)
{
    static const struct {
        uint16_t machine;
        uint8_t type;
        const char *name;
    } names[] = {
        { PEL_MACHINE_I386, 0, "IMAGE_REL_BASED_ABSOLUTE" },
        { PEL_MACHINE_I386, 3, "IMAGE_REL_BASED_HIGHLOW" },
        { PEL_MACHINE_AMD64, 10, "IMAGE_REL_BASED_DIR64" },
        { PEL_MACHINE_AMD64, 5, NULL },
        { PEL_MACHINE_AMD64, 7, NULL },
        { PEL_MACHINE_ARMNT, 5, "IMAGE_REL_BASED_ARM_MOV32" },
        { PEL_MACHINE_THUMB, 7, "IMAGE_REL_BASED_THUMB_MOV32" },
        { PEL_MACHINE_ARM64, 7, NULL },
        { PEL_MACHINE_R4000, 5, "IMAGE_REL_BASED_MIPS_JMPADDR" },
        { PEL_MACHINE_RISCV64, 5, "IMAGE_REL_BASED_RISCV_HIGH20" },
        { PEL_MACHINE_RISCV32, 8, "IMAGE_REL_BASED_RISCV_LOW12S" },
        { PEL_MACHINE_LOONGARCH64, 8, "IMAGE_REL_BASED_LOONGARCH64_MARK_LA" },
        { PEL_MACHINE_IA64, 9, "IMAGE_REL_BASED_IA64_IMM64" },
        { PEL_MACHINE_AMD64, 15, NULL },
        { PEL_MACHINE_AMD64, 255, NULL },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_pstr_eq(pel_reloc_type_name(names[i].machine, names[i].type), names[i].name);
}
END_TEST

PEL_TESTS(pe_relocs)
{
    tcase_add_test(tests, blocks_and_entries_are_read);
    tcase_add_loop_test(tests, sizes_are_taken_as_the_loader_takes_them, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_block_of_odd_size_is_followed_by_the_next_one_at_once);
    tcase_add_test(tests, a_broken_block_ends_the_walk_after_the_good_ones);
    tcase_add_test(tests, without_a_directory_there_is_nothing_to_walk);
    tcase_add_test(tests, a_directory_without_bytes_of_the_file_is_cut);
    tcase_add_test(tests, a_directory_that_the_end_of_the_file_cuts_is_cut);
    tcase_add_test(tests, the_table_may_lie_in_the_headers);
    tcase_add_test(tests, what_the_builder_wrote_is_read_back);
    tcase_add_test(tests, a_type_is_named_by_the_machine);
}
