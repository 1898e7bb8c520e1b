/* SPDX-License-Identifier: Apache-2.0 */
/* Files made by calls. The headers are compared with offsets and values typed from the
 * specification, not read back through the tables. */
#include <string.h>
#include <time.h>

#include "base/reader.h"
#include "check_pel.h"

#define CODE (PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE)
#define DATA (PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE)

static pel_builder *b;

static void begin(pel_build_kind kind) { ck_ok(pel_builder_new(kind, NULL, &b)); }

static pel_span finish(void)
{
    pel_span file;
    ck_ok(pel_builder_finish(b, &file));
    return file;
}

static void end(void)
{
    pel_builder_free(b);
    b = NULL;
}

/* ---- a minimal file ---------------------------------------------------- */

typedef struct expected {
    unsigned offset, width;
    uint64_t value;
    const char *what;
} expected;

/* One section of three bytes of code. */
static const expected pe32plus[] = {
    { 0, 2, 0x5a4d, "e_magic" },
    { 0x18, 2, 0x40, "e_lfarlc" },
    { 0x3c, 4, 0x80, "e_lfanew" },
    { 0x80, 4, 0x4550, "signature" },
    { 0x84, 2, 0x8664, "Machine" },
    { 0x86, 2, 1, "NumberOfSections" },
    { 0x88, 4, 0, "TimeDateStamp" },
    { 0x8c, 4, 0, "PointerToSymbolTable" },
    { 0x94, 2, 240, "SizeOfOptionalHeader" },
    { 0x96, 2, 0x0022, "Characteristics" },
    { 0x98, 2, 0x20b, "Magic" },
    { 0x9c, 4, 0x200, "SizeOfCode" },
    { 0xa0, 4, 0, "SizeOfInitializedData" },
    { 0xa4, 4, 0, "SizeOfUninitializedData" },
    { 0xa8, 4, 0x1000, "AddressOfEntryPoint" },
    { 0xac, 4, 0x1000, "BaseOfCode" },
    { 0xb0, 8, 0x140000000, "ImageBase" },
    { 0xb8, 4, 0x1000, "SectionAlignment" },
    { 0xbc, 4, 0x200, "FileAlignment" },
    { 0xc0, 2, 6, "MajorOperatingSystemVersion" },
    { 0xc8, 2, 6, "MajorSubsystemVersion" },
    { 0xd0, 4, 0x2000, "SizeOfImage" },
    { 0xd4, 4, 0x200, "SizeOfHeaders" },
    { 0xdc, 2, 3, "Subsystem" },
    { 0xde, 2, 0x160, "DllCharacteristics" },
    { 0xe0, 8, 0x100000, "SizeOfStackReserve" },
    { 0xe8, 8, 0x1000, "SizeOfStackCommit" },
    { 0xf0, 8, 0x100000, "SizeOfHeapReserve" },
    { 0xf8, 8, 0x1000, "SizeOfHeapCommit" },
    { 0x104, 4, 16, "NumberOfRvaAndSizes" },
    { 0x130, 8, 0, "base relocation directory" },
    { 0x188, 8, 0x747865742e, "Name .text" },
    { 0x190, 4, 3, "VirtualSize" },
    { 0x194, 4, 0x1000, "VirtualAddress" },
    { 0x198, 4, 0x200, "SizeOfRawData" },
    { 0x19c, 4, 0x200, "PointerToRawData" },
    { 0x1ac, 4, 0x60000020, "Characteristics of the section" },
    { 0x1b0, 8, 0, "behind the section table" },
    { 0x200, 4, 0xc3c031, "the code" },
};

static const expected pe32[] = {
    { 0x84, 2, 0x14c, "Machine" },
    { 0x94, 2, 224, "SizeOfOptionalHeader" },
    { 0x96, 2, 0x0102, "Characteristics" },
    { 0x98, 2, 0x10b, "Magic" },
    { 0xb0, 4, 0, "BaseOfData" },
    { 0xb4, 4, 0x400000, "ImageBase" },
    { 0xb8, 4, 0x1000, "SectionAlignment" },
    { 0xde, 2, 0x140, "DllCharacteristics" },
    { 0xe0, 4, 0x100000, "SizeOfStackReserve" },
    { 0xe4, 4, 0x1000, "SizeOfStackCommit" },
    { 0xf4, 4, 16, "NumberOfRvaAndSizes" },
    { 0x178, 8, 0x747865742e, "Name .text" },
    { 0x18c, 4, 0x200, "PointerToRawData" },
};

static void check_fields(pel_span file, const expected *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const expected *e = &fields[i];
        uint64_t got = pel_span_uint(file, e->offset, e->width);
        ck_assert_msg(got == e->value, "%s at 0x%x: want 0x%" PRIx64 ", got 0x%" PRIx64, e->what,
                      e->offset, e->value, got);
    }
}

static pel_span build_minimal(pel_build_kind kind)
{
    begin(kind);
    uint32_t text = pel_builder_section(b, ".text", CODE);
    ck_assert_uint_eq(pel_builder_data(b, text, "\x31\xc0", 2), 0);
    ck_assert_uint_eq(pel_builder_data(b, text, "\xc3", 1), 2);
    pel_builder_entry(b, pel_builder_rva(b, text, 0));
    return finish();
}

START_TEST(a_minimal_file_is_what_the_specification_says)
{
    pel_span file = build_minimal(PEL_BUILD_PE32PLUS);
    ck_assert_uint_eq(file.size, 0x400);
    check_fields(file, pe32plus, sizeof pe32plus / sizeof pe32plus[0]);
    end();
    file = build_minimal(PEL_BUILD_PE32);
    ck_assert_uint_eq(file.size, 0x400);
    check_fields(file, pe32, sizeof pe32 / sizeof pe32[0]);
    end();
}
END_TEST

/* The sum of all 16-bit words with the carries added, plus the size, the field itself being 0. */
START_TEST(the_checksum_is_that_of_windows)
{
    pel_span file = build_minimal(PEL_BUILD_PE32PLUS);
    uint64_t sum = 0;
    for (size_t i = 0; i < file.size; i += 2)
        if (i != 0xd8 && i != 0xda)
            sum += pel_span_uint(file, i, 2);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    ck_hex(pel_span_uint(file, 0xd8, 4), sum + file.size);
    end();
}
END_TEST

START_TEST(one_can_go_on_after_finishing)
{
    build_minimal(PEL_BUILD_PE32PLUS);
    uint32_t data = pel_builder_section(b, ".data", DATA);
    pel_builder_data(b, data, "x", 1);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0x86, 2), 2);
    ck_hex(pel_span_uint(file, 0xd0, 4), 0x3000);
    ck_hex(pel_span_uint(file, 0x400, 1), 'x');
    end();
}
END_TEST

/* ---- relocations, links, Rich header ----------------------------------- */

START_TEST(relocations_are_sorted_into_blocks_of_a_page)
{
    static const uint32_t rvas[] = { 0x2ffe, 0x1008, 0x1000, 0x2000, 0x1004 };
    static const uint8_t want[] = {
        0x00, 0x10, 0, 0, 16, 0, 0, 0, 0x00, 0x30, 0x04, 0x30, 0x08, 0x30, 0, 0, /**/
        0x00, 0x20, 0, 0, 12, 0, 0, 0, 0x00, 0x30, 0xfe, 0x3f,
    };
    begin(PEL_BUILD_PE32);
    pel_builder_virtual_size(b, pel_builder_section(b, "d", DATA), 0x3000);
    for (size_t i = 0; i < 5; i++)
        pel_builder_reloc(b, (pel_rva){ rvas[i] }, PEL_REL_HIGHLOW);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0x86, 2), 2);
    ck_assert_int_eq(memcmp(file.data + 0x178 + 40, ".reloc\0", 8), 0);
    ck_hex(pel_span_uint(file, 0x178 + 76, 4), 0x42000040);
    ck_hex(pel_span_uint(file, 0x120, 4), 0x4000);
    ck_hex(pel_span_uint(file, 0x124, 4), sizeof want);
    ck_assert_int_eq(memcmp(file.data + 0x200, want, sizeof want), 0);
    end();
}
END_TEST

START_TEST(links_are_addresses_of_what_comes_later)
{
    begin(PEL_BUILD_PE32PLUS);
    uint32_t code = pel_builder_section(b, "c", CODE);
    pel_builder_data(b, code, "\xe8????########========", 21);
    uint32_t data = pel_builder_section(b, "d", DATA);
    pel_builder_data(b, data, "0123456789", 10);
    pel_build_place to = { data, 6 };
    pel_builder_link(b, (pel_build_place){ code, 1 }, PEL_BUILD_LINK_REL32, to);
    pel_builder_link(b, (pel_build_place){ code, 5 }, PEL_BUILD_LINK_VA, to);
    pel_builder_link(b, (pel_build_place){ code, 13 }, PEL_BUILD_LINK_RVA, to);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0x201, 4), 0x2006 - 0x1005);
    ck_hex(pel_span_uint(file, 0x205, 8), 0x140002006);
    ck_hex(pel_span_uint(file, 0x20d, 8), 0x3d3d3d3d00002006);
    ck_hex(pel_span_uint(file, 0x600, 8), 0xc00001000); /* a block of 12 bytes: */
    ck_hex(pel_span_uint(file, 0x608, 4), 0xa005);      /* DIR64 at 0x1005 */
    end();
}
END_TEST

static uint32_t rotate(uint32_t v, unsigned by) { return (v << by) | (v >> (32 - by)); }

START_TEST(the_rich_header_is_hidden_by_its_checksum)
{
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_rich(b, 0x105, 30000, 3);
    pel_builder_rich(b, 0x102, 0x7530, 33); /* 33 bits round is 1 */
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0x3c, 4), 0x80 + 16 + 16 + 8);
    uint32_t key = 0x80;
    for (unsigned i = 0; i < 0x80; i++)
        if (i < 0x3c || i > 0x3f)
            key += i % 32 ? rotate(file.data[i], i % 32) : file.data[i];
    key += rotate(0x01057530, 3) + rotate(0x01027530, 1);
    ck_hex(pel_span_uint(file, 0x80, 4), 0x536e6144 ^ key);
    for (unsigned i = 0x84; i < 0x90; i += 4)
        ck_hex(pel_span_uint(file, i, 4), key);
    ck_hex(pel_span_uint(file, 0x90, 4), 0x01057530 ^ key);
    ck_hex(pel_span_uint(file, 0x94, 4), 3 ^ key);
    ck_assert_int_eq(memcmp(file.data + 0xa0, "Rich", 4), 0);
    ck_hex(pel_span_uint(file, 0xa4, 4), key);
    end();
}
END_TEST

START_TEST(the_dos_program_prints_and_ends)
{
    pel_span file = build_minimal(PEL_BUILD_PE32PLUS);
    ck_assert_int_eq(memcmp(file.data + 0x4e, "This program cannot be run in DOS mode.\r\n$", 42),
                     0);
    ck_hex(pel_span_uint(file, 0x44, 3), 0x0eba); /* mov dx, 0eh: the text, 0x4e - 0x40 */
    end();
}
END_TEST

/* ---- size -------------------------------------------------------------- */

START_TEST(as_many_sections_as_the_field_can_count)
{
    clock_t start = clock();
    begin(PEL_BUILD_PE32PLUS);
    for (uint32_t i = 0; i < 65535; i++) {
        uint32_t s = pel_builder_section(b, ".s", DATA);
        ck_assert_uint_eq(s, i);
        pel_builder_data(b, s, &i, 4);
    }
    ck_hex(pel_builder_rva(b, 65534, 0).v, 0x281000 + 65534u * 0x1000);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0x86, 2), 65535);
    ck_hex(pel_span_uint(file, 0xd0, 4), 0x281000 + 65535u * 0x1000);
    ck_hex(pel_span_uint(file, 0x188 + 40u * 65534 + 12, 4), 0x281000 + 65534u * 0x1000);
    pel_span status;
    pel_builder_section(b, "one too many", DATA);
    ck_status(PEL_LIMIT, pel_builder_finish(b, &status));
    end();
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    ck_assert_msg(seconds < 10, "took %.1f s", seconds);
}
END_TEST

/* ---- memory ------------------------------------------------------------ */

static pel_status build_everything(const pel_allocator *a)
{
    static const uint8_t bytes[300];
    pel_builder *all;
    pel_span file;
    PEL_TRY(pel_builder_new(PEL_BUILD_PE32PLUS, a, &all));
    uint32_t text = pel_builder_section(all, ".a_long_name", CODE);
    pel_builder_data(all, text, bytes, sizeof bytes);
    pel_build_import imports[] = { { .dll = "K.dll", .name = "F" }, { .dll = "L.dll" } };
    const pel_build_export exports[] = { { .name = "E", .place = { text, 1 } } };
    pel_builder_imports(all, imports, 2);
    pel_builder_exports(all, "X", exports, 1);
    pel_builder_link(all, (pel_build_place){ text, 8 }, PEL_BUILD_LINK_VA,
                     (pel_build_place){ text, 0 });
    pel_builder_reloc(all, (pel_rva){ 0x1000 }, PEL_REL_DIR64);
    pel_builder_rich(all, 1, 2, 3);
    pel_builder_overlay(all, bytes, 10);
    pel_builder_poke(all, "nt_signature", 1);
    pel_builder_patch(all, (pel_foff){ 0 }, bytes, 20);
    pel_builder_resize(all, 0x4000);
    pel_status st = pel_builder_finish(all, &file);
    pel_builder_free(all);
    return st;
}

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        st = build_everything(&a);
        ck_assert_msg(f.live == 0, "leak when allocation %ld fails", n);
        ck_assert_int_lt(n, 1000);
    }
    ck_ok(st);
}
END_TEST

PEL_TESTS(builder_builder)
{
    tcase_add_test(tests, a_minimal_file_is_what_the_specification_says);
    tcase_add_test(tests, the_checksum_is_that_of_windows);
    tcase_add_test(tests, one_can_go_on_after_finishing);
    tcase_add_test(tests, relocations_are_sorted_into_blocks_of_a_page);
    tcase_add_test(tests, links_are_addresses_of_what_comes_later);
    tcase_add_test(tests, the_rich_header_is_hidden_by_its_checksum);
    tcase_add_test(tests, the_dos_program_prints_and_ends);
    tcase_add_test(tests, as_many_sections_as_the_field_can_count);
    tcase_add_test(tests, every_allocation_may_fail);
}
