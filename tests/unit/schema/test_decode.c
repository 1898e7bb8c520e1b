/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/decode.h"

#include <pelorus/format.h>
#include <string.h>

#include "check_pel.h"

/* ---- literal structures ------------------------------------------------ */

/* One literal of each structure, put down byte by byte, against members typed by hand: the
 * tables cannot be wrong here and in the builder alike without being noticed. */

static void decode(const pel_schema *schema, const uint8_t *bytes, size_t size, bool wide,
                   void *out)
{
    pel_reader r = { .bytes = { bytes, size }, .wide = wide };
    ck_ok(pel_schema_decode(schema, &r, out));
    ck_assert_uint_eq(r.pos, size);
}

/* clang-format off */
static const uint8_t dos[64] = {
    'M', 'Z',   0x90, 0x00, 0x03, 0x00, 0x01, 0x00, 0x04, 0x00, 0x10, 0x00, 0xff, 0xff, 0x20, 0x00,
    0xb8, 0x00, 0xad, 0xde, 0x00, 0x01, 0x02, 0x00, 0x40, 0x00, 0x05, 0x00, 0x11, 0x11, 0x22, 0x22,
    0x33, 0x33, 0x44, 0x44, 0x06, 0x00, 0x07, 0x00, 0xa0, 0x00, 0xa1, 0x00, 0xa2, 0x00, 0xa3, 0x00,
    0xa4, 0x00, 0xa5, 0x00, 0xa6, 0x00, 0xa7, 0x00, 0xa8, 0x00, 0xa9, 0x00, 0xf8, 0x00, 0x00, 0x80,
};
static const uint8_t file[20] = {
    0x64, 0x86, 0x03, 0x00, 0x01, 0x02, 0x03, 0x04, 0x00, 0x10, 0x00, 0x00, 0x2a, 0x00, 0x00, 0x00,
    0xf0, 0x00, 0x22, 0x20,
};
static const uint8_t optional32[96] = {
    0x0b, 0x01, 0x0e, 0x1d, 0x00, 0x12, 0x00, 0x00, 0x00, 0x34, 0x00, 0x00, 0x00, 0x56, 0x00, 0x00,
    0x10, 0x11, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00,
    0x00, 0x10, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x06, 0x00, 0x01, 0x00, 0x09, 0x00, 0x08, 0x00,
    0x05, 0x00, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00,
    0xef, 0xbe, 0xad, 0xde, 0x03, 0x00, 0x40, 0x81, 0x00, 0x00, 0x10, 0x00, 0x00, 0x10, 0x00, 0x00,
    0x00, 0x00, 0x20, 0x00, 0x00, 0x20, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};
static const uint8_t optional64[112] = {
    0x0b, 0x02, 0x0e, 0x1d, 0x00, 0x12, 0x00, 0x00, 0x00, 0x34, 0x00, 0x00, 0x00, 0x56, 0x00, 0x00,
    0x10, 0x11, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x10, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x06, 0x00, 0x01, 0x00, 0x09, 0x00, 0x08, 0x00,
    0x05, 0x00, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00,
    0xef, 0xbe, 0xad, 0xde, 0x03, 0x00, 0x40, 0x81, 0x00, 0x00, 0x10, 0x00, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x10, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x0a, 0x00, 0x00, 0x00,
    0x00, 0x20, 0x00, 0x00, 0x0b, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};
static const uint8_t rom[56] = {
    0x07, 0x01, 0x02, 0x17, 0x00, 0x10, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00, 0x30, 0x00, 0x00,
    0x04, 0x00, 0xc0, 0xbf, 0x00, 0x00, 0xc0, 0xbf, 0x00, 0x10, 0xc0, 0xbf, 0x00, 0x30, 0xc0, 0xbf,
    0xfe, 0xff, 0x00, 0xf0, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x04, 0x00, 0x00, 0x00, 0xf0, 0x8f, 0xc0, 0xbf,
};
static const uint8_t te[24] = {
    'V', 'Z',   0x64, 0x86, 0x04, 0x0b, 0xb8, 0x01, 0x40, 0x02, 0x00, 0x00, 0x20, 0x02, 0x00, 0x00,
    0x00, 0x01, 0x00, 0xff, 0x01, 0x00, 0x00, 0x00,
};
static const uint8_t directory[8] = { 0x00, 0x40, 0x00, 0x00, 0x5c, 0x01, 0x00, 0x00 };
static const uint8_t section[40] = {
    '.', 't', 'e', 'x', 't', 0, 0, 0,               0x34, 0x12, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
    0x00, 0x14, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x50, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00,
    0x07, 0x00, 0x09, 0x00, 0x20, 0x00, 0x00, 0x60,
};
static const uint8_t rich[8] = { 0xce, 0x75, 0x05, 0x01, 0x2a, 0x00, 0x00, 0x00 };
/* clang-format on */

START_TEST(dos_header_members)
{
    pel_dos_header h;
    decode(&pel_dos_header_schema, dos, sizeof dos, false, &h);
    ck_hex(h.magic, 0x5a4d);
    ck_hex(h.bytes_in_last_page, 0x90);
    ck_hex(h.pages, 3);
    ck_hex(h.relocations, 1);
    ck_hex(h.header_paragraphs, 4);
    ck_hex(h.min_paragraphs, 0x10);
    ck_hex(h.max_paragraphs, 0xffff);
    ck_hex(h.initial_ss, 0x20);
    ck_hex(h.initial_sp, 0xb8);
    ck_hex(h.checksum, 0xdead);
    ck_hex(h.initial_ip, 0x100);
    ck_hex(h.initial_cs, 2);
    ck_hex(h.relocation_table, 0x40);
    ck_hex(h.overlay_number, 5);
    ck_hex(h.reserved[0], 0x1111);
    ck_hex(h.reserved[3], 0x4444);
    ck_hex(h.oem_id, 6);
    ck_hex(h.oem_info, 7);
    ck_hex(h.reserved2[0], 0xa0);
    ck_hex(h.reserved2[9], 0xa9);
    ck_hex(h.nt_header.v, 0x800000f8);
}
END_TEST

START_TEST(file_header_members)
{
    pel_file_header h;
    decode(&pel_file_header_schema, file, sizeof file, true, &h);
    ck_hex(h.machine, PEL_MACHINE_AMD64);
    ck_hex(h.section_count, 3);
    ck_hex(h.timestamp, 0x04030201);
    ck_hex(h.symbol_table.v, 0x1000);
    ck_hex(h.symbol_count, 42);
    ck_hex(h.optional_header_size, 240);
    ck_hex(h.flags, PEL_FILE_DLL | PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_LARGE_ADDRESS_AWARE);
}
END_TEST

/* What the 32-bit and the 64-bit literal have in common. */
static void check_optional(const pel_optional_header *h)
{
    ck_hex(h->linker_major, 14);
    ck_hex(h->linker_minor, 29);
    ck_hex(h->size_of_code, 0x1200);
    ck_hex(h->size_of_data, 0x3400);
    ck_hex(h->size_of_bss, 0x5600);
    ck_hex(h->entry_point.v, 0x1110);
    ck_hex(h->base_of_code.v, 0x1000);
    ck_hex(h->section_alignment, 0x1000);
    ck_hex(h->file_alignment, 0x200);
    ck_hex(h->os_major, 6);
    ck_hex(h->os_minor, 1);
    ck_hex(h->image_major, 9);
    ck_hex(h->image_minor, 8);
    ck_hex(h->subsystem_major, 5);
    ck_hex(h->subsystem_minor, 2);
    ck_hex(h->win32_version, 1);
    ck_hex(h->size_of_image, 0x6000);
    ck_hex(h->size_of_headers, 0x400);
    ck_hex(h->checksum, 0xdeadbeef);
    ck_hex(h->subsystem, PEL_SUBSYSTEM_WINDOWS_CUI);
    ck_hex(h->dll_flags, PEL_DLL_TERMINAL_SERVER_AWARE | PEL_DLL_NX_COMPAT | PEL_DLL_DYNAMIC_BASE);
    ck_hex(h->loader_flags, 12);
    ck_hex(h->directory_count, 16);
}

START_TEST(optional_header_members_pe32)
{
    pel_optional_header h;
    decode(&pel_optional_header_schema, optional32, sizeof optional32, false, &h);
    ck_hex(h.magic, PEL_MAGIC_PE32);
    check_optional(&h);
    ck_hex(h.base_of_data.v, 0x3000);
    ck_hex(h.image_base.v, 0x400000);
    ck_hex(h.stack_reserve, 0x100000);
    ck_hex(h.stack_commit, 0x1000);
    ck_hex(h.heap_reserve, 0x200000);
    ck_hex(h.heap_commit, 0x2000);
}
END_TEST

START_TEST(optional_header_members_pe32plus)
{
    pel_optional_header h;
    decode(&pel_optional_header_schema, optional64, sizeof optional64, true, &h);
    ck_hex(h.magic, PEL_MAGIC_PE32P);
    check_optional(&h);
    ck_hex(h.base_of_data.v, 0);
    ck_hex(h.image_base.v, 0x140000000);
    ck_hex(h.stack_reserve, 0x800100000);
    ck_hex(h.stack_commit, 0x900001000);
    ck_hex(h.heap_reserve, 0xa00200000);
    ck_hex(h.heap_commit, 0xb00002000);
}
END_TEST

START_TEST(rom_header_members)
{
    pel_rom_header h;
    decode(&pel_rom_header_schema, rom, sizeof rom, false, &h);
    ck_hex(h.magic, PEL_MAGIC_ROM);
    ck_hex(h.linker_major, 2);
    ck_hex(h.linker_minor, 23);
    ck_hex(h.size_of_code, 0x1000);
    ck_hex(h.size_of_data, 0x2000);
    ck_hex(h.size_of_bss, 0x3000);
    ck_hex(h.entry_point.v, 0xbfc00004);
    ck_hex(h.base_of_code.v, 0xbfc00000);
    ck_hex(h.base_of_data.v, 0xbfc01000);
    ck_hex(h.base_of_bss.v, 0xbfc03000);
    ck_hex(h.gpr_mask, 0xf000fffe);
    ck_hex(h.cpr_mask[0], 1);
    ck_hex(h.cpr_mask[3], 4);
    ck_hex(h.gp_value, 0xbfc08ff0);
}
END_TEST

START_TEST(te_header_members)
{
    pel_te_header h;
    decode(&pel_te_header_schema, te, sizeof te, true, &h);
    ck_hex(h.signature, 0x5a56);
    ck_hex(h.machine, PEL_MACHINE_AMD64);
    ck_hex(h.section_count, 4);
    ck_hex(h.subsystem, PEL_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER);
    ck_hex(h.stripped_size, 0x1b8);
    ck_hex(h.entry_point.v, 0x240);
    ck_hex(h.base_of_code.v, 0x220);
    ck_hex(h.image_base.v, 0x1ff000100);
}
END_TEST

START_TEST(data_directory_and_rich_entry_members)
{
    pel_data_directory d;
    decode(&pel_data_directory_schema, directory, sizeof directory, true, &d);
    ck_hex(d.address, 0x4000);
    ck_hex(d.size, 0x15c);

    pel_rich_entry e;
    decode(&pel_rich_entry_schema, rich, sizeof rich, true, &e);
    ck_hex(e.build, 0x75ce);
    ck_hex(e.product, 0x105);
    ck_hex(e.count, 42);
}
END_TEST

START_TEST(section_header_members)
{
    pel_section_header h;
    decode(&pel_section_header_schema, section, sizeof section, true, &h);
    ck_assert_int_eq(memcmp(h.name, ".text\0\0\0", 8), 0);
    ck_hex(h.virtual_size, 0x1234);
    ck_hex(h.virtual_address.v, 0x1000);
    ck_hex(h.raw_size, 0x1400);
    ck_hex(h.raw_offset.v, 0x400);
    ck_hex(h.relocation_table.v, 0x5000);
    ck_hex(h.line_table.v, 0x6000);
    ck_hex(h.relocation_count, 7);
    ck_hex(h.line_count, 9);
    ck_hex(h.flags, PEL_SCN_CNT_CODE | PEL_SCN_MEM_EXECUTE | PEL_SCN_MEM_READ);
}
END_TEST

/* ---- both ways --------------------------------------------------------- */

#define LITERAL(schema, bytes, wide)                                                               \
    {                                                                                              \
        &pel_##schema##_schema, bytes, sizeof bytes, wide                                          \
    }
static const struct {
    const pel_schema *schema;
    const uint8_t *bytes;
    size_t size;
    bool wide;
} literals[] = {
    LITERAL(dos_header, dos, false),
    LITERAL(dos_header, dos, true),
    LITERAL(file_header, file, false),
    LITERAL(file_header, file, true),
    LITERAL(optional_header, optional32, false),
    LITERAL(optional_header, optional64, true),
    LITERAL(rom_header, rom, false),
    LITERAL(te_header, te, true),
    LITERAL(data_directory, directory, false),
    LITERAL(data_directory, directory, true),
    LITERAL(section_header, section, false),
    LITERAL(section_header, section, true),
    LITERAL(rich_entry, rich, false),
    LITERAL(rich_entry, rich, true),
};

/* Large enough for the C struct of every literal, and aligned for it. */
typedef union any_struct {
    pel_dos_header dos;
    pel_file_header file;
    pel_optional_header optional;
    pel_rom_header rom;
    pel_te_header te;
    pel_data_directory directory;
    pel_section_header section;
    pel_rich_entry rich;
} any_struct;

START_TEST(encoding_what_was_decoded_gives_the_same_bytes)
{
    any_struct decoded;
    uint8_t out[128];
    memset(out, '#', sizeof out);
    decode(literals[_i].schema, literals[_i].bytes, literals[_i].size, literals[_i].wide, &decoded);
    pel_schema_encode(literals[_i].schema, &decoded, literals[_i].wide, out);
    ck_assert_int_eq(memcmp(out, literals[_i].bytes, literals[_i].size), 0);
    ck_assert_int_eq(out[literals[_i].size], '#');
}
END_TEST

START_TEST(a_structure_cut_anywhere_is_truncated_and_zero_behind_the_cut)
{
    const pel_schema *schema = literals[_i].schema;
    bool wide = literals[_i].wide;
    any_struct whole, cut;
    decode(schema, literals[_i].bytes, literals[_i].size, wide, &whole);
    for (size_t size = 0; size < literals[_i].size; size++) {
        pel_reader r = { .bytes = { literals[_i].bytes, size }, .wide = wide };
        memset(&cut, 0xee, sizeof cut);
        ck_status(PEL_TRUNCATED, pel_schema_decode(schema, &r, &cut));
        for (size_t i = 0; i < schema->field_count; i++) {
            const pel_field *f = &schema->fields[i];
            unsigned wire = pel_field_wire(f, wide);
            for (size_t n = 0; n < f->count; n++) {
                size_t end = pel_field_offset(schema, f, wide) + (n + 1) * wire;
                uint64_t want = end <= size ? pel_field_get(f, &whole, n) : 0;
                ck_assert_msg(pel_field_get(f, &cut, n) == want, "%s.%s cut at %zu", schema->name,
                              f->name, size);
            }
        }
    }
}
END_TEST

START_TEST(members_hold_what_was_set)
{
    size_t count;
    const pel_schema *const *schemas = pel_schemas(&count);
    const pel_schema *schema = schemas[_i];
    uint64_t room[64]; /* aligned for any of the structs */
    ck_assert_uint_le(schema->struct_size, sizeof room);
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        for (size_t n = 0; n < f->count && f->kind != PEL_KIND_REST; n++) {
            memset(room, 0, sizeof room);
            pel_field_set(f, room, n, UINT64_MAX);
            uint64_t max = pel_field_get(f, room, n);
            unsigned wire = pel_field_wire(f, true);
            if (wire < pel_field_wire(f, false))
                wire = pel_field_wire(f, false);
            ck_assert_msg(max >= UINT64_MAX >> (64 - 8 * wire), "%s holds 0x%" PRIx64, f->name,
                          max);
            for (size_t other = 0; other < schema->field_count; other++)
                if (other != i && schema->fields[other].kind != PEL_KIND_REST)
                    ck_hex(pel_field_get(&schema->fields[other], room, 0), 0);
        }
    }
}
END_TEST

START_TEST(integers_are_stored_little_endian)
{
    uint8_t out[9] = { 0 };
    pel_store_uint(out, 8, 0x0807060504030201);
    ck_assert_int_eq(memcmp(out, "\1\2\3\4\5\6\7\10", 9), 0);
    memset(out, 0, sizeof out);
    pel_store_uint(out, 3, 0xaa030201);
    ck_assert_int_eq(memcmp(out, "\1\2\3", 4), 0);
}
END_TEST

/* What follows a structure is described with it, but has no value of its own. */
START_TEST(the_rest_has_no_value)
{
    const pel_rich_header header = { .dans = 0x536e6144 };
    const pel_field *rest = pel_schema_field(&pel_rich_header_schema, "entries");
    ck_assert_ptr_nonnull(rest);
    ck_assert_int_eq(rest->kind, PEL_KIND_REST);
    ck_assert_uint_eq(pel_field_get(rest, &header, 0), 0);
}
END_TEST

PEL_TESTS(schema_decode)
{
    const int count = sizeof literals / sizeof literals[0];
    size_t schemas;
    pel_schemas(&schemas);
    tcase_add_test(tests, dos_header_members);
    tcase_add_test(tests, file_header_members);
    tcase_add_test(tests, optional_header_members_pe32);
    tcase_add_test(tests, optional_header_members_pe32plus);
    tcase_add_test(tests, rom_header_members);
    tcase_add_test(tests, te_header_members);
    tcase_add_test(tests, data_directory_and_rich_entry_members);
    tcase_add_test(tests, section_header_members);
    tcase_add_loop_test(tests, encoding_what_was_decoded_gives_the_same_bytes, 0, count);
    tcase_add_loop_test(tests, a_structure_cut_anywhere_is_truncated_and_zero_behind_the_cut, 0,
                        count);
    tcase_add_loop_test(tests, members_hold_what_was_set, 0, (int)schemas);
    tcase_add_test(tests, integers_are_stored_little_endian);
    tcase_add_test(tests, the_rest_has_no_value);
}
