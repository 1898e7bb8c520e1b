/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic value relocation table in literal bytes, at RVA 0x1200 and file offset 0x400. Layout:
 * winnt.h of the Windows SDK, ntimage.h for ARM64X. */
#include "dynamic_sample.h"

/* ---- tables and entries -------------------------------------------------- */

START_TEST(version_1_in_pe32)
{
    static const uint8_t bytes[] = {
        1,    0,    0,    0,    0x1c, 0, 0, 0, /* Version, Size */
        0x00, 0x00, 0xfe, 0x7f, 12,   0, 0, 0, /* Symbol: an address; BaseRelocSize */
        0,    0x10, 0,    0,    12,   0, 0, 0, /* VirtualAddress, SizeOfBlock */
        0x34, 0x32, 0,    0,                   /* HIGHLOW at 0x234, padding */
        5,    0,    0,    0,    0,    0, 0, 0, /* Symbol, no blocks */
    };
    pel_dynamic_reloc_entry entry;
    sample s = with_table(PEL_BUILD_PE32, bytes, sizeof bytes);
    pel_dynamic_relocs it = table_of(&s);
    ck_assert_uint_eq(it.table.version, 1);
    ck_hex(it.table.size, 0x1c);
    ck_assert_uint_eq(it.available, 8);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    ck_assert_uint_eq(entry.version, 1);
    ck_hex(entry.v1.symbol, 0x7ffe0000);
    ck_hex(entry.v1.size, 12);
    ck_hex(entry.symbol, 0x7ffe0000);
    ck_hex(entry.offset.v, CONFIG_FILE + 8);
    ck_hex(entry.fixups_offset.v, CONFIG_FILE + 16);
    ck_assert_uint_eq(entry.header.size, 0);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    ck_hex(entry.symbol, 5);
    ck_assert_uint_eq(entry.fixups.size, 0);
    ck_assert(!pel_dynamic_reloc_next(&it, &entry));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(version_1_in_pe32_plus)
{
    static const uint8_t bytes[] = {
        1,    0,    0, 0, 0x18, 0,    0,    0, /* Version, Size */
        0,    0,    0, 0, 0x80, 0xf6, 0xff, 0xff,
        12,   0,    0, 0, /* Symbol: PTE_BASE; BaseRelocSize */
        0,    0x10, 0, 0, 12,   0,    0,    0,
        0x19, 0xa0, 0, 0, /* DIR64 at 0x19 */
    };
    pel_dynamic_reloc_entry entry;
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    pel_dynamic_relocs it = table_of(&s);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    ck_hex(entry.v1.symbol, 0xfffff68000000000);
    ck_hex(entry.v1.size, 12);
    ck_assert(pel_dynamic_symbol_is_address(entry.symbol));
    ck_assert_str_eq(pel_dynamic_symbol_address(entry.symbol), "PTE_BASE");
    ck_assert_ptr_null(pel_dynamic_symbol_address(0x1234567));
    ck_assert(!pel_dynamic_symbol_is_address(8));
    pel_dynamic_block block = block_of(&s);
    pel_dynamic_record r = record_of(&block);
    ck_assert_uint_eq(r.type, 10);
    ck_hex(r.rva.v, 0x1019);
    ck_hex(r.offset.v, CONFIG_FILE + 28);
    r = record_of(&block); /* ABSOLUTE: it says itself that it is padding */
    ck_assert_uint_eq(r.type, 0);
    ends_well(&block);
    sample_free(&s);
}
END_TEST

START_TEST(version_2_in_both_formats)
{
    static const uint8_t narrow[] = {
        2,  0,    0, 0, 0x20, 0, 0, 0,                   /* Version, Size */
        20, 0,    0, 0, 12,   0, 0, 0, 4,    0,    0, 0, /* HeaderSize, FixupInfoSize, Symbol */
        7,  0,    0, 0, 9,    0, 0, 0,                   /* SymbolGroup, Flags */
        0,  0x10, 0, 0, 12,   0, 0, 0, 0x07, 0x50, 0, 0,
    };
    static const uint8_t wide[] = {
        2,  0,    0, 0, 0x24, 0, 0, 0,                               /* Version, Size */
        24, 0,    0, 0, 12,   0, 0, 0, 4,    0,    0, 0, 0, 0, 0, 0, /* Symbol has 8 bytes */
        7,  0,    0, 0, 9,    0, 0, 0,                               /* SymbolGroup, Flags */
        0,  0x10, 0, 0, 12,   0, 0, 0, 0x07, 0x50, 0, 0,
    };
    for (int i = 0; i < 2; i++) {
        pel_dynamic_reloc_entry entry;
        sample s = i ? with_table(PEL_BUILD_PE32PLUS, wide, sizeof wide)
                     : with_table(PEL_BUILD_PE32, narrow, sizeof narrow);
        pel_dynamic_relocs it = table_of(&s);
        ck_assert(pel_dynamic_reloc_next(&it, &entry));
        ck_assert_uint_eq(entry.version, 2);
        ck_hex(entry.v2.header_size, i ? 24 : 20);
        ck_hex(entry.v2.fixup_size, 12);
        ck_hex(entry.v2.symbol, 4);
        ck_hex(entry.v2.symbol_group, 7);
        ck_hex(entry.v2.flags, 9);
        ck_assert_uint_eq(entry.header.size, 0);
        ck_assert_uint_eq(entry.fixups.size, 12);
        pel_dynamic_block block = block_of(&s);
        ck_assert(record_of(&block).cfg_check);
        ends_well(&block);
        ck_assert(!pel_dynamic_reloc_next(&it, &entry));
        ck_ok(it.status);
        sample_free(&s);
    }
}
END_TEST

/* ---- what is wrong ------------------------------------------------------------- */

START_TEST(where_tables_lie)
{
    static const struct {
        uint32_t offset;
        uint16_t section;
        pel_status status;
    } rows[] = {
        { 0x200, 1, PEL_OK },
        { 0x200, 0, PEL_NOT_FOUND },      /* 0: there is none */
        { 0x200, 2, PEL_MALFORMED },      /* there is no such section */
        { 0x400, 1, PEL_MALFORMED },      /* zero-filled */
        { 0x10000, 1, PEL_MALFORMED },    /* outside of the image */
        { 0xfffff000, 1, PEL_MALFORMED }, /* the sum is no RVA any more */
        { 0x3fc, 1, PEL_TRUNCATED },      /* four bytes before the end of the file */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const uint8_t bytes[8] = { 1 };
        pel_dynamic_relocs it;
        pel_load_config config = { .dynamic_relocs_offset = rows[i].offset,
                                   .dynamic_relocs_section = rows[i].section };
        sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
        sample_parse(&s);
        ck_status(rows[i].status, pel_image_dynamic_relocs(s.img, &it));
        sample_free(&s);
    }
}
END_TEST

/* Entries of PE32+ in a table of 0x20 bytes; `end` is how the walk ends. */
static const struct {
    uint32_t version, table_size, symbol, size;
    unsigned entries;
    pel_status end;
} entries[] = {
    { 1, 0x20, 5, 0x14, 1, PEL_OK },        /* all of it */
    { 1, 0x00, 5, 0x14, 0, PEL_OK },        /* none */
    { 1, 0x0b, 5, 0x14, 0, PEL_TRUNCATED }, /* less than an entry */
    { 1, 0x20, 5, 0x15, 1, PEL_TRUNCATED },
    { 1, 0x20, 5, 0xffffffff, 1, PEL_TRUNCATED },
    { 1, 0xffffffff, 5, 0xffffffff, 1, PEL_TRUNCATED },
    { 0, 0x20, 5, 0x14, 0, PEL_MALFORMED },
    { 3, 0x20, 5, 0x14, 0, PEL_MALFORMED },
    { 2, 0x20, 24, 8, 1, PEL_OK },        /* HeaderSize, FixupInfoSize */
    { 2, 0x20, 23, 8, 0, PEL_MALFORMED }, /* shorter than itself */
    { 2, 0x20, 25, 8, 1, PEL_TRUNCATED },
    { 2, 0x20, 0xffffffff, 0xffffffff, 1, PEL_TRUNCATED },
};

START_TEST(walks_of_entries_end)
{
    uint8_t bytes[0x28] = { 0 };
    unsigned seen = 0;
    pel_store_uint(bytes, 4, entries[_i].version);
    pel_store_uint(bytes + 4, 4, entries[_i].table_size);
    pel_store_uint(bytes + 8, 4, entries[_i].symbol);
    pel_store_uint(bytes + (entries[_i].version == 2 ? 12 : 16), 4, entries[_i].size);
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    pel_dynamic_relocs it = table_of(&s);
    for (pel_dynamic_reloc_entry entry; pel_dynamic_reloc_next(&it, &entry);)
        seen++;
    ck_assert_uint_eq(seen, entries[_i].entries);
    ck_status(entries[_i].end, it.status);
    sample_free(&s);
}
END_TEST

/* Of 12 bytes, with one record. */
static const struct {
    uint32_t size;
    unsigned blocks;
    pel_status end;
} blocks[] = {
    { 12, 1, PEL_OK },
    { 0, 0, PEL_OK },
    { 7, 0, PEL_MALFORMED },
    { 13, 0, PEL_TRUNCATED },
    { 8, 1, PEL_TRUNCATED }, /* 4 bytes are left */
    { 0xffffffff, 0, PEL_TRUNCATED },
};

START_TEST(walks_of_blocks_end)
{
    uint8_t bytes[32] = { 1, 0, 0, 0, 24, 0, 0, 0, 5 };
    pel_dynamic_reloc_entry entry;
    pel_dynamic_block block;
    unsigned seen = 0;
    pel_store_uint(bytes + 16, 4, 12);
    pel_store_uint(bytes + 24, 4, blocks[_i].size);
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    pel_dynamic_relocs it = table_of(&s);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    pel_dynamic_blocks walk = pel_dynamic_blocks_of(&entry);
    while (pel_dynamic_block_next(&walk, &block))
        seen++;
    ck_assert_uint_eq(seen, blocks[_i].blocks);
    ck_status(blocks[_i].end, walk.status);
    sample_free(&s);
}
END_TEST

/* How many records a walk of everything gives. */
static size_t all_records(const sample *s)
{
    size_t count = 0;
    pel_dynamic_relocs it;
    if (pel_image_dynamic_relocs(s->img, &it) != PEL_OK)
        return 0;
    for (pel_dynamic_reloc_entry entry; pel_dynamic_reloc_next(&it, &entry);) {
        pel_overrides overrides;
        pel_dynamic_blocks walk = pel_dynamic_blocks_of(&entry);
        for (pel_dynamic_block block; pel_dynamic_block_next(&walk, &block);)
            for (pel_dynamic_record r; pel_dynamic_record_next(&block, &r);)
                count++;
        if (pel_dynamic_overrides(&entry, &overrides) == PEL_NOT_FOUND)
            continue;
        for (pel_override f; pel_override_next(&overrides, &f);)
            count++;
        pel_bdds bdds = pel_override_bdds(&overrides);
        for (pel_bdd bdd; pel_bdd_next(&bdds, &bdd);)
            count++;
    }
    return count;
}

START_TEST(any_bytes_cost_no_more_than_they_are)
{
    uint8_t bytes[0x400];
    uint32_t state = 1 + (uint32_t)_i;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(config_noise(&state) % 3 ? 0 : config_noise(&state) % 32);
    pel_store_uint(bytes, 4, 1 + (uint64_t)_i % 2);
    pel_store_uint(bytes + 4, 4, 0x3f8);
    pel_store_uint(bytes + 8, 8, (uint64_t)_i % 9);
    pel_store_uint(bytes + 16, 4, 0x3ec);
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    ck_assert_uint_le(all_records(&s), sizeof bytes / 2);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dynamic_relocs)
{
    tcase_add_test(tests, version_1_in_pe32);
    tcase_add_test(tests, version_1_in_pe32_plus);
    tcase_add_test(tests, version_2_in_both_formats);
    tcase_add_test(tests, where_tables_lie);
    tcase_add_loop_test(tests, walks_of_entries_end, 0, sizeof entries / sizeof entries[0]);
    tcase_add_loop_test(tests, walks_of_blocks_end, 0, sizeof blocks / sizeof blocks[0]);
    tcase_add_loop_test(tests, any_bytes_cost_no_more_than_they_are, 0, 64);
}
