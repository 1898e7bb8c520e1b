/* SPDX-License-Identifier: Apache-2.0 */
/* What the symbols of dynamic value relocations have of their own: records, headers, function
 * overrides. Literal bytes; layout: winnt.h of the Windows SDK, ntimage.h for ARM64X. */
#include "dynamic_sample.h"

/* ---- return flow guard ---------------------------------------------------- */

START_TEST(prologues_of_return_flow_guard)
{
    static const uint8_t bytes[] = {
        2,    0,    0, 0, 0x2e, 0, 0, 0, /* Version, Size */
        34,   0,    0, 0, 12,   0, 0, 0, 1,    0,    0,    0,    0,    0,    0,    0, /* HeaderSize:
                                                                                         10 bytes
                                                                                         more */
        0,    0,    0, 0, 0,    0, 0, 0, 9,    0x48, 0x8b, 0x04, 0x24, 0x64, 0x48, 0x89, 0x04,
        0x24, /* PrologueByteCount, bytes */
        0,    0x10, 0, 0, 12,   0, 0, 0, 0x20, 0,    0,    0,
    };
    pel_rf_prologue head;
    pel_rf_epilogue other;
    pel_span prologue, rest;
    pel_dynamic_reloc_entry entry;
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    pel_dynamic_relocs it = table_of(&s);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    ck_hex(entry.header_offset.v, CONFIG_FILE + 32);
    ck_ok(pel_dynamic_prologue(&entry, &head, &prologue));
    ck_assert_uint_eq(head.byte_count, 9);
    ck_assert_uint_eq(prologue.size, 9);
    ck_assert_mem_eq(prologue.data, bytes + 33, 9);
    ck_status(PEL_NOT_FOUND, pel_dynamic_epilogue(&entry, &other, &prologue, &rest));
    pel_dynamic_block block = block_of(&s);
    ck_hex(record_of(&block).rva.v, 0x1020);
    ends_well(&block);
    entry.header = pel_span_clip(entry.header, 0, 5);
    ck_status(PEL_TRUNCATED, pel_dynamic_prologue(&entry, &head, &prologue));
    ck_assert_uint_eq(prologue.size, 4);
    entry.header.size = 0;
    ck_status(PEL_NOT_FOUND, pel_dynamic_prologue(&entry, &head, &prologue));
    sample_free(&s);
}
END_TEST

START_TEST(epilogues_of_return_flow_guard)
{
    static const uint8_t bytes[] = {
        2,    0,    0,    0,    0x31, 0, 0, 0, /* Version, Size */
        37,   0,    0,    0,    12,   0, 0, 0, 2,    0, 0, 0,
        0,    0,    0,    0, /* HeaderSize: 13 bytes more */
        0,    0,    0,    0,    0,    0, 0, 0, 3,    0, 0, 0,
        6,    2,    2,    0,          /* EpilogueCount, ByteCount, ElementSize, Count */
        0x11, 0x12, 0x21, 0x22, 0x05, /* two descriptors, a bitmap */
        0,    0x10, 0,    0,    12,   0, 0, 0, 0x40, 0, 0, 0,
    };
    pel_rf_epilogue head;
    pel_span descriptors, bitmap;
    pel_dynamic_reloc_entry entry;
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    pel_dynamic_relocs it = table_of(&s);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    ck_ok(pel_dynamic_epilogue(&entry, &head, &descriptors, &bitmap));
    ck_assert_uint_eq(head.count, 3);
    ck_assert_uint_eq(head.byte_count, 6);
    ck_assert_uint_eq(head.descriptor_size, 2);
    ck_assert_uint_eq(head.descriptor_count, 2);
    ck_assert_uint_eq(descriptors.size, 4);
    ck_hex(pel_span_uint(descriptors, 0, 4), 0x22211211);
    ck_assert_uint_eq(bitmap.size, 1);
    ck_hex(bitmap.data[0], 5);
    entry.header = pel_span_clip(entry.header, 0, 11);
    ck_status(PEL_TRUNCATED, pel_dynamic_epilogue(&entry, &head, &descriptors, &bitmap));
    ck_assert_uint_eq(descriptors.size, 3);
    ck_assert_uint_eq(bitmap.size, 0);
    sample_free(&s);
}
END_TEST

/* ---- records --------------------------------------------------------------- */

START_TEST(import_control_transfers)
{
    static const uint8_t records[] = { 0x23, 0x71, 0x00, 0x00,   /* IATIndex 3, a call, 0x123 */
                                       0x45, 0x80, 0x00, 0x00,   /* IATIndex 4, a jump, 0x045 */
                                       0xff, 0xff, 0xff, 0xff }; /* all ones */
    sample s = with_records(3, records, sizeof records);
    pel_dynamic_block block = block_of(&s);
    pel_dynamic_record r = record_of(&block);
    ck_hex(r.bits, 0x7123);
    ck_hex(r.page_offset, 0x123);
    ck_hex(r.rva.v, 0x1123);
    ck_assert(r.indirect_call);
    ck_assert_uint_eq(r.iat_index, 3);
    ck_assert(r.has_slot);
    ck_hex(r.slot.v, 0x1818);
    r = record_of(&block);
    ck_assert(!r.indirect_call);
    ck_assert_uint_eq(r.iat_index, 4);
    ck_assert(!r.has_slot); /* the table has four */
    r = record_of(&block);
    ck_assert_uint_eq(r.iat_index, 0x7ffff);
    ck_assert(r.indirect_call);
    ck_hex(r.page_offset, 0xfff);
    ends_well(&block);
    sample_free(&s);
}
END_TEST

START_TEST(indirect_control_transfers)
{
    static const uint8_t records[] = { 0x07, 0x10, 0x08, 0x20, 0x09, 0x40,
                                       0x0a, 0x80, 0x0b, 0x00, 0x00, 0x00 };
    sample s = with_records(4, records, sizeof records);
    pel_dynamic_block block = block_of(&s);
    for (int i = 0; i < 5; i++) {
        pel_dynamic_record r = record_of(&block);
        ck_hex(r.rva.v, 0x1007u + (unsigned)i);
        ck_assert_int_eq(r.indirect_call, i == 0);
        ck_assert_int_eq(r.rex_w, i == 1);
        ck_assert_int_eq(r.cfg_check, i == 2);
        ck_assert_int_eq(r.reserved, i == 3);
    }
    ends_well(&block);
    sample_free(&s);
}
END_TEST

START_TEST(switch_table_branches)
{
    static const uint8_t records[] = { 0x0c, 0x10, 0xff, 0xff };
    sample s = with_records(5, records, sizeof records);
    pel_dynamic_block block = block_of(&s);
    pel_dynamic_record r = record_of(&block);
    ck_hex(r.rva.v, 0x100c);
    ck_assert_uint_eq(r.register_index, 1);
    r = record_of(&block);
    ck_hex(r.rva.v, 0x1fff);
    ck_assert_uint_eq(r.register_index, 15);
    ends_well(&block);
    sample_free(&s);
}
END_TEST

START_TEST(fixups_of_arm64x)
{
    static const uint8_t records[] = {
        0x10, 0xc0,                               /* zero-fill: 8 bytes at 0x010 */
        0x20, 0x50, 0x64, 0x86,                   /* value: 2 bytes at 0x020 */
        0x30, 0xd0, 1,    2,    3, 4, 5, 6, 7, 8, /* value: 8 bytes at 0x030 */
        0x40, 0x60, 3,    0,                      /* delta: minus 3 times 4 */
        0x50, 0xa0, 2,    0,                      /* delta: plus 2 times 8 */
        0,    0,                                  /* padding */
    };
    sample s = with_records(6, records, sizeof records);
    pel_dynamic_block block = block_of(&s);
    pel_dynamic_record r = record_of(&block);
    ck_assert_int_eq(r.type, PEL_ARM64X_ZEROFILL);
    ck_hex(r.rva.v, 0x1010);
    ck_assert_uint_eq(r.width, 8);
    r = record_of(&block);
    ck_assert_int_eq(r.type, PEL_ARM64X_VALUE);
    ck_assert_uint_eq(r.width, 2);
    ck_hex(r.value, 0x8664);
    ck_assert_uint_eq(r.stored.size, 2);
    r = record_of(&block);
    ck_hex(r.value, 0x0807060504030201);
    r = record_of(&block);
    ck_assert_int_eq(r.type, PEL_ARM64X_DELTA);
    ck_assert(r.negative);
    ck_assert_uint_eq(r.scale, 4);
    ck_hex(r.value, 3);
    r = record_of(&block);
    ck_assert(!r.negative);
    ck_assert_uint_eq(r.scale, 8);
    ck_hex(r.value, 2);
    ends_well(&block);
    sample_free(&s);
}
END_TEST

START_TEST(what_no_fixup_of_arm64x_can_be)
{
    static const uint8_t unknown[] = { 0x20, 0x30, 0, 0 }, byte[] = { 0x20, 0x10, 1, 0 };
    static const uint8_t cut[] = { 0x30, 0xd0, 1, 2 };
    static const struct {
        const uint8_t *records;
        pel_status status;
    } rows[] = { { unknown, PEL_MALFORMED }, { byte, PEL_MALFORMED }, { cut, PEL_TRUNCATED } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pel_dynamic_record r;
        sample s = with_records(6, rows[i].records, 4);
        pel_dynamic_block block = block_of(&s);
        ck_assert(!pel_dynamic_record_next(&block, &r));
        ck_status(rows[i].status, block.status);
        ck_assert(!pel_dynamic_record_next(&block, &r));
        sample_free(&s);
    }
}
END_TEST

START_TEST(import_calls_of_arm64_kernels)
{
    static const uint8_t records[] = { 0x05, 0x84, 0x04, 0x00,   /* 5 * 4, BLR x16, index 2 */
                                       0x06, 0x88, 0x05, 0x00,   /* 6 * 4, BR x17, delayed, 2 */
                                       0xff, 0x03, 0xfe, 0xff }; /* no index */
    sample s = with_records(8, records, sizeof records);
    pel_dynamic_block block = block_of(&s);
    pel_dynamic_record r = record_of(&block);
    ck_hex(r.page_offset, 5);
    ck_hex(r.rva.v, 0x1014);
    ck_assert(r.indirect_call);
    ck_assert_uint_eq(r.register_index, 16);
    ck_assert(!r.delayed);
    ck_assert_uint_eq(r.iat_index, 2);
    ck_assert(r.has_slot);
    ck_hex(r.slot.v, 0x1810);
    r = record_of(&block);
    ck_hex(r.rva.v, 0x1018);
    ck_assert(!r.indirect_call);
    ck_assert_uint_eq(r.register_index, 17);
    ck_assert(r.delayed && !r.has_slot);
    r = record_of(&block);
    ck_hex(r.rva.v, 0x1ffc);
    ck_assert_uint_eq(r.iat_index, 0x7fff);
    ck_assert(!r.has_slot);
    ends_well(&block);
    sample_free(&s);
}
END_TEST

/* ---- function overrides ------------------------------------------------------ */

static const uint8_t override_bytes[] = {
    1,    0,    0,    0,    0x60, 0,    0,    0, /* Version, Size */
    7,    0,    0,    0,    0,    0,    0,    0,
    0x54, 0,    0,    0,                         /* Symbol, BaseRelocSize */
    0x30, 0,    0,    0,                         /* FuncOverrideSize */
    0x00, 0x15, 0,    0,    0x08, 0,    0,    0, /* OriginalRva, BDDOffset */
    8,    0,    0,    0,    12,   0,    0,    0, /* RvaSize, BaseRelocSize */
    0x00, 0x16, 0,    0,    0x00, 0x17, 0,    0, /* two RVAs */
    0,    0x10, 0,    0,    12,   0,    0,    0,
    0x13, 0x10, 0x18, 0x20,                      /* X64_REL32, ARM64_BRANCH26 */
    0,    0,    0,    0,    0,    0,    0,    0, /* what is left of the records: 12 bytes */
    0,    0,    0,    0,    1,    0,    0,    0,
    0,    0,    0,    0,                            /* Version, BDDSize: none */
    1,    0,    0,    0,    0x10, 0,    0,    0,    /* another */
    1,    0,    2,    0,    5,    0,    0,    0,    /* Left, Right, Value */
    1,    0,    1,    0,    0xff, 0xff, 0xff, 0xff, /* a leaf */
};

static pel_overrides overrides_of(const sample *s)
{
    pel_overrides out;
    pel_dynamic_reloc_entry entry;
    pel_dynamic_relocs it = table_of(s);
    ck_assert(pel_dynamic_reloc_next(&it, &entry));
    ck_ok(pel_dynamic_overrides(&entry, &out));
    pel_dynamic_blocks none = pel_dynamic_blocks_of(&entry);
    ck_assert_uint_eq(none.bytes.size, 0);
    return out;
}

START_TEST(function_overrides)
{
    pel_rva rva;
    pel_override f;
    pel_dynamic_block block;
    sample s = with_table(PEL_BUILD_PE32PLUS, override_bytes, sizeof override_bytes);
    pel_overrides it = overrides_of(&s);
    ck_hex(it.header.size, 0x30);
    ck_hex(it.offset.v, CONFIG_FILE + 20);
    ck_assert(pel_override_next(&it, &f));
    ck_hex(f.offset.v, CONFIG_FILE + 24);
    ck_hex(f.record.original.v, 0x1500);
    ck_hex(f.record.bdd_offset, 8);
    ck_hex(f.record.rva_size, 8);
    ck_hex(f.record.reloc_size, 12);
    ck_assert(pel_override_rva(&f, 0, &rva));
    ck_hex(rva.v, 0x1600);
    ck_assert(pel_override_rva(&f, 1, &rva));
    ck_hex(rva.v, 0x1700);
    ck_assert(!pel_override_rva(&f, 2, &rva));
    ck_assert(pel_dynamic_block_next(&f.blocks, &block));
    pel_dynamic_record r = record_of(&block);
    ck_assert_uint_eq(r.type, 1);
    ck_hex(r.rva.v, 0x1013);
    r = record_of(&block);
    ck_assert_uint_eq(r.type, 2);
    ends_well(&block);
    ck_assert(!pel_override_next(&it, &f)); /* 12 bytes are no record */
    ck_status(PEL_TRUNCATED, it.status);
    sample_free(&s);
}
END_TEST

START_TEST(decision_diagrams)
{
    pel_bdd bdd;
    pel_bdd_node node;
    sample s = with_table(PEL_BUILD_PE32PLUS, override_bytes, sizeof override_bytes);
    pel_overrides overrides = overrides_of(&s);
    pel_bdds it = pel_override_bdds(&overrides);
    ck_assert(pel_bdd_next(&it, &bdd));
    ck_assert_uint_eq(bdd.start, 0);
    ck_assert_uint_eq(bdd.info.version, 1);
    ck_assert_uint_eq(bdd.info.size, 0);
    ck_assert(!pel_bdd_node_at(&bdd, 0, &node));
    ck_assert(pel_bdd_next(&it, &bdd));
    ck_assert_uint_eq(bdd.start, 8); /* which BDDOffset says */
    ck_hex(bdd.info.size, 0x10);
    ck_hex(bdd.offset.v, CONFIG_FILE + 80);
    ck_assert(pel_bdd_node_at(&bdd, 0, &node));
    ck_assert_uint_eq(node.left, 1);
    ck_assert_uint_eq(node.right, 2);
    ck_assert_uint_eq(node.value, 5);
    ck_assert(pel_bdd_node_at(&bdd, 1, &node));
    ck_assert_uint_eq(node.left, 1);
    ck_assert_uint_eq(node.right, 1);
    ck_hex(node.value, 0xffffffff);
    ck_assert(!pel_bdd_node_at(&bdd, 2, &node));
    ck_assert(!pel_bdd_next(&it, &bdd));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(overrides_that_are_cut)
{
    pel_bdd bdd;
    pel_overrides it;
    pel_dynamic_reloc_entry entry;
    uint8_t bytes[sizeof override_bytes];
    memcpy(bytes, override_bytes, sizeof bytes);
    pel_store_uint(bytes + 84, 4, 0x11); /* BDDSize */
    sample s = with_table(PEL_BUILD_PE32PLUS, bytes, sizeof bytes);
    pel_dynamic_relocs table = table_of(&s);
    ck_assert(pel_dynamic_reloc_next(&table, &entry));
    ck_ok(pel_dynamic_overrides(&entry, &it));
    pel_bdds bdds = pel_override_bdds(&it);
    ck_assert(pel_bdd_next(&bdds, &bdd) && pel_bdd_next(&bdds, &bdd));
    ck_assert_uint_eq(bdd.nodes.size, 0x10);
    ck_assert(!pel_bdd_next(&bdds, &bdd));
    ck_status(PEL_TRUNCATED, bdds.status);
    entry.fixups = pel_span_clip(entry.fixups, 0, 0x20);
    ck_status(PEL_TRUNCATED, pel_dynamic_overrides(&entry, &it));
    ck_assert_uint_eq(it.bytes.size, 0x1c);
    ck_assert_uint_eq(it.region.size, 0);
    entry.fixups = pel_span_clip(entry.fixups, 0, 3);
    ck_status(PEL_TRUNCATED, pel_dynamic_overrides(&entry, &it));
    entry.symbol = 6;
    ck_status(PEL_NOT_FOUND, pel_dynamic_overrides(&entry, &it));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dynamic_records)
{
    tcase_add_test(tests, prologues_of_return_flow_guard);
    tcase_add_test(tests, epilogues_of_return_flow_guard);
    tcase_add_test(tests, import_control_transfers);
    tcase_add_test(tests, indirect_control_transfers);
    tcase_add_test(tests, switch_table_branches);
    tcase_add_test(tests, fixups_of_arm64x);
    tcase_add_test(tests, what_no_fixup_of_arm64x_can_be);
    tcase_add_test(tests, import_calls_of_arm64_kernels);
    tcase_add_test(tests, function_overrides);
    tcase_add_test(tests, decision_diagrams);
    tcase_add_test(tests, overrides_that_are_cut);
}
