/* SPDX-License-Identifier: Apache-2.0 */
/* What EDK2's loader says of an image: each rule broken once, and what it does not ask. */
#include "sample.h"

#define OPTIONAL(field) "optional_header." field
#define AT(offset)      (SAMPLE_OPTIONAL + (offset))

static const pel_load_options uefi = { .windows = PEL_WINDOWS_UEFI };

/* ---- samples ----------------------------------------------------------- */

static sample application(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, OPTIONAL("Subsystem"), PEL_SUBSYSTEM_EFI_APPLICATION);
    return s;
}

static sample short_file(void)
{
    sample s = application();
    pel_builder_resize(s.b, 63);
    return s;
}

static sample cut_headers(void)
{
    sample s = application();
    pel_builder_resize(s.b, SAMPLE_NT + 263);
    return s;
}

static sample no_headers(void)
{
    static const char zeros[300] = "";
    return sample_raw(zeros, sizeof zeros);
}

/* 40 bytes of header, one section header, and a section at 0x60, which was at 0x200. */
enum { TE_SIZE = 0x200, TE_STRIPPED = 0x1c8 };

static void put(uint8_t *bytes, size_t at, unsigned width, uint64_t value)
{
    pel_store_uint(bytes + at, width, value);
}

static sample te(void)
{
    uint8_t b[TE_SIZE] = { 'V', 'Z' };
    put(b, 2, 2, PEL_MACHINE_AMD64);
    b[4] = 1;
    b[5] = PEL_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER;
    put(b, 6, 2, TE_STRIPPED);
    put(b, 12, 4, 0x220); /* BaseOfCode */
    put(b, 24, 4, 0x220); /* base relocations */
    put(b, 28, 4, 8);
    put(b, 40 + 8, 4, 0x100);  /* VirtualSize */
    put(b, 40 + 12, 4, 0x220); /* VirtualAddress */
    put(b, 40 + 16, 4, 0x100); /* SizeOfRawData */
    put(b, 40 + 20, 4, 0x220); /* PointerToRawData: 0x220 - 0x1c8 + 40 = 0x80 */
    return sample_raw(b, sizeof b);
}

/* A runtime driver, with and without its relocation directory. */
static sample te_runtime(void)
{
    static const uint8_t runtime[] = { PEL_SUBSYSTEM_EFI_RUNTIME_DRIVER };
    sample s = te();
    pel_builder_patch(s.b, (pel_foff){ 5 }, runtime, 1);
    return s;
}

static sample te_stripped(void)
{
    static const uint8_t nothing[8] = { 0 };
    sample s = te_runtime();
    pel_builder_patch(s.b, (pel_foff){ 24 }, nothing, 8);
    return s;
}

/* Without relocations in the header, which only a runtime driver must have. */
static sample te_fixed(void)
{
    static const uint8_t boot[] = { PEL_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER };
    sample s = te_stripped();
    pel_builder_patch(s.b, (pel_foff){ 5 }, boot, 1);
    return s;
}

/* A directory at an address, of no size: there is one. */
static sample te_empty_directory(void)
{
    static const uint8_t nothing[4] = { 0 };
    sample s = te_runtime();
    pel_builder_patch(s.b, (pel_foff){ 28 }, nothing, 4);
    return s;
}

/* ---- each rule --------------------------------------------------------- */

static const struct {
    pel_rule rule;
    const char *where;
    uint64_t found, limit;
    sample (*make)(void);
    edit edits[2];
    struct {
        uint64_t at;
        unsigned width;
        uint64_t value;
    } patch;
    pel_host host;
} rows[] = {
    { PEL_RULE_UEFI_FILE, "", 63, 64, .make = short_file },
    { PEL_RULE_UEFI_FILE, "", SAMPLE_NT + 263, SAMPLE_NT + 264, .make = cut_headers },
    { PEL_RULE_UEFI_SIGNATURE, "dos_header.e_magic", 0, 0, .make = no_headers },
    { PEL_RULE_UEFI_SIGNATURE, "nt_signature", 0x454e, 0, .make = application,
      .edits = { POKE("nt_signature", 0x454e) } },
    { PEL_RULE_UEFI_TE_STRIPPED, "te_header.StrippedSize", 40, 0x220, .make = te,
      .patch = { 6, 2, 40 } },
    { PEL_RULE_UEFI_TE_STRIPPED, "te_header.StrippedSize", 0x220, 0x220, .make = te,
      .patch = { 6, 2, 0x220 } },
    { PEL_RULE_UEFI_TE_DIRECTORY, "optional_header.DataDirectory[5].Size", 8, 0, .make = te,
      .patch = { 24, 4, 0 } },
    { PEL_RULE_UEFI_TE_DIRECTORY, "optional_header.DataDirectory[6].Size", 1, 0, .make = te,
      .patch = { 36, 4, 1 } },
    { PEL_RULE_UEFI_MAGIC, OPTIONAL("Magic"), 0x30b, 0, .make = application,
      .edits = { POKE(OPTIONAL("Magic"), 0x30b) } },
    { PEL_RULE_UEFI_DIRECTORY_COUNT, OPTIONAL("NumberOfRvaAndSizes"), 17, 16, .make = application,
      .edits = { POKE(OPTIONAL("NumberOfRvaAndSizes"), 17) } },
    { PEL_RULE_UEFI_OPTIONAL_SIZE, "file_header.SizeOfOptionalHeader", 240, 232,
      .make = application, .edits = { POKE(OPTIONAL("NumberOfRvaAndSizes"), 15) } },
    { PEL_RULE_UEFI_TABLE, OPTIONAL("SizeOfImage"), SAMPLE_TABLE, SAMPLE_TABLE + 120,
      .make = application, .edits = { POKE(OPTIONAL("SizeOfImage"), SAMPLE_TABLE) } },
    { PEL_RULE_UEFI_TABLE, OPTIONAL("SizeOfImage"), SAMPLE_TABLE + 119, SAMPLE_TABLE + 120,
      .make = application, .edits = { POKE(OPTIONAL("SizeOfImage"), SAMPLE_TABLE + 119) } },
    { PEL_RULE_UEFI_HEADERS, OPTIONAL("SizeOfHeaders"), SAMPLE_TABLE + 79, SAMPLE_TABLE + 80,
      .make = application, .edits = { POKE(OPTIONAL("SizeOfHeaders"), SAMPLE_TABLE + 79) } },
    { PEL_RULE_UEFI_HEADERS, OPTIONAL("SizeOfHeaders"), 0x3000, 0x3000, .make = application,
      .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x3000) } },
    { PEL_RULE_UEFI_HEADERS_PAST_EOF, OPTIONAL("SizeOfHeaders"), 0x601, 0x600, .make = application,
      .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x601) } },
    { PEL_RULE_UEFI_HEADERS_PAST_EOF, "te_header.BaseOfCode", 0x201, 0x200, .make = te,
      .patch = { 12, 4, 0x201 + TE_STRIPPED - 40 } },
    { PEL_RULE_UEFI_CERTIFICATES, "optional_header.DataDirectory[4].Size", 0x601, 0x600,
      .make = application,
      .edits = { POKE(OPTIONAL("DataDirectory[4].VirtualAddress"), 0x600),
                 POKE(OPTIONAL("DataDirectory[4].Size"), 1) } },
    { PEL_RULE_UEFI_MACHINE, "file_header.Machine", PEL_MACHINE_AMD64, 0, .make = application,
      .host = PEL_HOST_ARM64 },
    { PEL_RULE_UEFI_MACHINE, "te_header.Machine", PEL_MACHINE_AMD64, 0, .make = te,
      .host = PEL_HOST_X86 },
    { PEL_RULE_UEFI_TABLE_PAST_EOF, "te_header.NumberOfSections", 13, 11, .make = te,
      .patch = { 4, 1, 13 } },
    { PEL_RULE_UEFI_SECTION_IN_HEADERS, "sections[0].VirtualAddress", 0x1ff, 0x200,
      .make = application, .edits = { POKE("sections[0].VirtualAddress", 0x1ff) } },
    { PEL_RULE_UEFI_SECTION_IN_HEADERS, "sections[0].PointerToRawData", 0x1ff, 0x200,
      .make = application, .edits = { POKE("sections[0].PointerToRawData", 0x1ff) } },
    { PEL_RULE_UEFI_SECTION_IN_HEADERS, "sections[0].PointerToRawData", 0x100, 0x220, .make = te,
      .patch = { 60, 4, 0x100 } },
    { PEL_RULE_UEFI_SECTION_IN_HEADERS, "sections[0].VirtualAddress", 0x21f, 0x220, .make = te,
      .patch = { 52, 4, 0x21f } },
    { PEL_RULE_UEFI_SECTION_IN_HEADERS, "sections[0].VirtualAddress", 0x10, 0x220, .make = te,
      .patch = { 52, 4, 0x10 } },
    { PEL_RULE_UEFI_SECTION_PAST_EOF, "sections[1].SizeOfRawData", 0x201, 0x600,
      .make = application, .edits = { POKE("sections[1].SizeOfRawData", 0x201) } },
    { PEL_RULE_UEFI_SECTION_PAST_EOF, "sections[1].SizeOfRawData", 0xffffff00, 0x600,
      .make = application, .edits = { POKE("sections[1].SizeOfRawData", 0xffffff00) } },
    { PEL_RULE_UEFI_SECTION_PAST_EOF, "sections[0].SizeOfRawData", 0x181, 0x200, .make = te,
      .patch = { 56, 4, 0x181 } },
    { PEL_RULE_UEFI_SUBSYSTEM, OPTIONAL("Subsystem"), 3, 0, .make = application,
      .edits = { POKE(OPTIONAL("Subsystem"), 3) } },
    { PEL_RULE_UEFI_SUBSYSTEM, "te_header.Subsystem", 14, 0, .make = te, .patch = { 5, 1, 14 } },
    { PEL_RULE_UEFI_ALIGNMENT, OPTIONAL("SectionAlignment"), 0x300, 0, .make = application,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x300) } },
    { PEL_RULE_UEFI_RUNTIME_STRIPPED, OPTIONAL("Subsystem"), 12, 0, .make = application,
      .edits = { POKE(OPTIONAL("Subsystem"), 12),
                 POKE("file_header.Characteristics", PEL_FILE_RELOCS_STRIPPED) } },
    { PEL_RULE_UEFI_RUNTIME_STRIPPED, "te_header.Subsystem", 12, 0, .make = te_stripped },
    { PEL_RULE_UEFI_SECTION_PAST_IMAGE, "sections[1].VirtualSize", 0x2008, 0x2007,
      .make = application, .edits = { POKE(OPTIONAL("SizeOfImage"), 0x2007) } },
};
#define ROWS (sizeof rows / sizeof rows[0])

START_TEST(a_broken_rule_is_told_with_its_place_and_numbers)
{
    uint8_t bytes[8];
    char where[80];
    pel_load_options o = { .windows = PEL_WINDOWS_UEFI, .host = rows[_i].host };
    sample s = rows[_i].make();
    sample_edit(&s, rows[_i].edits, 2);
    pel_store_uint(bytes, 8, rows[_i].patch.value);
    if (rows[_i].patch.width)
        pel_builder_patch(s.b, (pel_foff){ rows[_i].patch.at }, bytes, rows[_i].patch.width);
    sample_parse(&s);
    pel_verdict v = pel_check(s.img, &o);
    ck_assert_str_eq(pel_rule_name(v.rule), pel_rule_name(rows[_i].rule));
    pel_place_format(&v.where, where, sizeof where);
    ck_assert_str_eq(where, rows[_i].where);
    ck_hex(v.found, rows[_i].found);
    ck_hex(v.limit, rows[_i].limit);
    ck_assert_int_eq(v.stage, PEL_STAGE_LOAD);
    ck_assert_str_eq(pel_rule_name(pel_check_start(s.img, &o).rule), pel_rule_name(v.rule));
    ck_assert(strncmp(pel_ntstatus_name(v.status), "EFI_", 4) == 0);
    sample_free(&s);
}
END_TEST

START_TEST(every_rule_of_uefi_is_broken_by_one_of_these)
{
    for (int rule = PEL_RULE_UEFI_FILE; rule < PEL_RULE_COUNT; rule++) {
        bool broken = false;
        for (size_t i = 0; i < ROWS; i++)
            broken |= (int)rows[i].rule == rule;
        ck_assert_msg(broken, "%s", pel_rule_name((pel_rule)rule));
        ck_assert(pel_rule_holds((pel_rule)rule, PEL_WINDOWS_UEFI));
        ck_assert(!pel_rule_holds((pel_rule)rule, PEL_WINDOWS_11));
    }
}
END_TEST

/* ---- what loads -------------------------------------------------------- */

static const struct {
    const char *what;
    sample (*make)(void);
    edit edits[2];
} good[] = {
    { "an application", application, { POKE(NULL, 0) } },
    { "a terse executable", te, { POKE(NULL, 0) } },
    { "a runtime driver as a terse executable", te_runtime, { POKE(NULL, 0) } },
    { "a boot driver without relocations", te_fixed, { POKE(NULL, 0) } },
    { "a relocation directory of no size", te_empty_directory, { POKE(NULL, 0) } },
    { "a runtime driver", application, { POKE(OPTIONAL("Subsystem"), 12) } },
    { "an application that was stripped",
      application,
      { POKE("file_header.Characteristics", PEL_FILE_RELOCS_STRIPPED) } },
    { "small alignments",
      application,
      { POKE(OPTIONAL("SectionAlignment"), 0x20), POKE(OPTIONAL("FileAlignment"), 0x20) } },
    { "EFI byte code", application, { POKE("file_header.Machine", PEL_MACHINE_EBC) } },
    { "a hole between sections", application, { POKE("sections[1].VirtualAddress", 0x2400) } },
    { "a base that is no multiple of 64 KiB",
      application,
      { POKE(OPTIONAL("ImageBase"), 0x1000) } },
    { "an odd NT header", application, { SET("dos_header.e_lfanew", 0x81) } },
    { "raw data to the last byte", application, { POKE("sections[1].SizeOfRawData", 0x200) } },
    { "a section of no size",
      application,
      { POKE("sections[1].VirtualSize", 0), POKE("sections[1].SizeOfRawData", 0) } },
    { "any file alignment", application, { POKE(OPTIONAL("FileAlignment"), 3) } },
};

START_TEST(what_uefi_does_not_ask_loads)
{
    sample s = good[_i].make();
    sample_edit(&s, good[_i].edits, 2);
    sample_parse(&s);
    pel_verdict v = pel_check(s.img, &uefi);
    ck_assert_msg(v.rule == PEL_RULE_NONE, "%s: %s", good[_i].what, pel_rule_name(v.rule));
    sample_free(&s);
}
END_TEST

START_TEST(there_are_no_sections_to_ask_and_to_map)
{
    sample s = application();
    pel_section_image_information info;
    pel_section_basic_information basic;
    pel_process *process;
    pel_machine *machine;
    sample_parse(&s);
    ck_status(PEL_REFUSED, pel_image_section_information(s.img, &uefi, &info));
    ck_status(PEL_REFUSED, pel_image_section_basic(s.img, &uefi, &basic));
    ck_ok(pel_machine_new(NULL, &machine));
    ck_nt(INVALID_PARAMETER, pel_process_new(machine, s.img, &uefi, &process, NULL));
    ck_assert_ptr_null(process);
    pel_machine_free(machine);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_check_uefi)
{
    tcase_add_loop_test(tests, a_broken_rule_is_told_with_its_place_and_numbers, 0, ROWS);
    tcase_add_test(tests, every_rule_of_uefi_is_broken_by_one_of_these);
    tcase_add_loop_test(tests, what_uefi_does_not_ask_loads, 0, sizeof good / sizeof good[0]);
    tcase_add_test(tests, there_are_no_sections_to_ask_and_to_map);
}
