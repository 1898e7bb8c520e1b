/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule about a file is broken once, and told with its place and numbers. The rules about
 * bases and relocations are in test_map.c. */
#include "sample.h"

#define NOWHERE UINT64_MAX

/* ---- samples ----------------------------------------------------------- */

static sample plain(void) { return sample_of(PEL_BUILD_PE32PLUS); }

static sample flat(void)
{
    sample s = plain();
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    return s;
}

static sample arm64(void)
{
    sample s = plain();
    pel_builder_set(s.b, "file_header.Machine", PEL_MACHINE_ARM64);
    return s;
}

static sample empty(void) { return sample_raw("", 0); }
static sample text(void) { return sample_raw("ZM, not MZ", 10); }

static sample ne(uint8_t system)
{
    uint8_t bytes[0x80] = { 'M', 'Z' };
    bytes[0x3c] = 0x40;
    bytes[0x40] = 'N', bytes[0x41] = 'E';
    bytes[0x76] = system;
    return sample_raw(bytes, sizeof bytes);
}
static sample ne_windows(void) { return ne(2); }
static sample ne_dos(void) { return ne(5); }
static sample ne_os2(void) { return ne(1); }

static sample cut_dos(void)
{
    sample s = plain();
    pel_builder_resize(s.b, 63);
    return s;
}

static sample cut_directories(void)
{
    sample s = plain();
    pel_builder_resize(s.b, SAMPLE_DIRECTORIES + 127);
    return s;
}

/* 268 bytes: headers from 4 on, where e_lfanew and SectionAlignment are the same bytes. */
static sample tiny(void)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "dos_header.e_lfanew", 4);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 4);
    pel_builder_set(s.b, "optional_header.FileAlignment", 4);
    return s;
}

static sample many_sections(uint32_t count)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    for (uint32_t i = 0; i < count; i++)
        pel_builder_section(s.b, ".s", SAMPLE_RW);
    return s;
}
static sample sections_65535(void) { return many_sections(65535); }
static sample sections_97(void) { return many_sections(97); }

static sample cut_raw(void)
{
    sample s = plain();
    pel_builder_resize(s.b, 0x400);
    return s;
}

/* ---- one case for each rule -------------------------------------------- */

#define OPTIONAL(field)        "optional_header." field
#define AT(offset)             (SAMPLE_OPTIONAL + (offset))
#define SECTION(index, offset) (SAMPLE_TABLE + 40 * (index) + (offset))
#define ARM                    .options = { .host = PEL_HOST_ARM64 }
#define XP                     .options = { .windows = PEL_WINDOWS_XP }

static const struct {
    pel_rule rule;
    const char *where;
    uint64_t offset, found, limit;
    sample (*make)(void);
    edit edits[2];
    pel_load_options options;
} rows[] = {
    { PEL_RULE_FILE_EMPTY, "", NOWHERE, 0, 0, .make = empty },
    { PEL_RULE_NOT_MZ, "dos_header.e_magic", 0, 0x4d5a, 0, .make = text },
    { PEL_RULE_NOT_MZ, "dos_header.e_magic", 0, 0x5a4d, 0, .make = cut_dos },
    { PEL_RULE_NT_PAST_EOF, "dos_header.e_lfanew", 0x3c, 0x5e9, 0x600, .make = plain,
      .edits = { POKE("dos_header.e_lfanew", 0x600 - 23) } },
    { PEL_RULE_NT_PAST_EOF, "dos_header.e_lfanew", 0x3c, 0xffffffff, 0x600, .make = plain,
      .edits = { POKE("dos_header.e_lfanew", 0xffffffff) } },
    { PEL_RULE_NE_WIN16, "ne_header.ne_exetyp", 0x76, 2, 0, .make = ne_windows },
    { PEL_RULE_NE_DOS4, "ne_header.ne_exetyp", 0x76, 5, 0, .make = ne_dos },
    { PEL_RULE_NE_OTHER, "ne_header.ne_exetyp", 0x76, 1, 0, .make = ne_os2 },
    { PEL_RULE_NOT_PE, "nt_signature", SAMPLE_NT, 0x454c, 0, .make = plain,
      .edits = { POKE("nt_signature", 0x454c) } },
    { PEL_RULE_NT_UNALIGNED, "dos_header.e_lfanew", 0x3c, 0x82, 0, .make = plain,
      .edits = { SET("dos_header.e_lfanew", 0x82) } },
    { PEL_RULE_BAD_MAGIC, OPTIONAL("Magic"), AT(0), 0x30b, 0, .make = plain,
      .edits = { POKE(OPTIONAL("Magic"), 0x30b) } },
    { PEL_RULE_BAD_MAGIC, OPTIONAL("Magic"), AT(0), 0x107, 0, .make = plain,
      .edits = { POKE(OPTIONAL("Magic"), 0x107) } },
    { PEL_RULE_WIN64, OPTIONAL("Magic"), AT(0), 0x20b, 0, .make = plain,
      .options = { .host = PEL_HOST_X86 } },
    { PEL_RULE_MACHINE, "file_header.Machine", SAMPLE_FILE_HEADER, 0, 0, .make = plain,
      .edits = { POKE("file_header.Machine", 0) } },
    { PEL_RULE_OPTIONAL_CUT, "optional_header", AT(0), SAMPLE_DIRECTORIES + 127,
      SAMPLE_DIRECTORIES + 128, .make = cut_directories },
    { PEL_RULE_ARM_ALIGNMENT, OPTIONAL("SectionAlignment"), AT(32), 0x200, 0, .make = arm64,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x200) }, ARM },
    { PEL_RULE_ARM_NX, OPTIONAL("DllCharacteristics"), AT(70), 0x40, 0, .make = arm64,
      .edits = { POKE(OPTIONAL("DllCharacteristics"), 0x40) }, ARM },
    { PEL_RULE_ARM_DYNAMIC_BASE, OPTIONAL("DllCharacteristics"), AT(70), 0x100, 0, .make = arm64,
      .edits = { POKE(OPTIONAL("DllCharacteristics"), 0x100) }, ARM },
    { PEL_RULE_TINY_FILE, "", NOWHERE, 268, 268, .make = tiny },
    { PEL_RULE_IMAGE_SIZE_ZERO, OPTIONAL("SizeOfImage"), AT(56), 0, 0, .make = plain,
      .edits = { POKE(OPTIONAL("SizeOfImage"), 0) } },
    { PEL_RULE_IMAGE_BASE, OPTIONAL("ImageBase"), AT(24), 0x140001000, 0, .make = plain,
      .edits = { POKE(OPTIONAL("ImageBase"), 0x140001000) } },
    { PEL_RULE_DEBUG_DIRECTORY, "optional_header.DataDirectory[6].Size", SAMPLE_DIRECTORIES + 52, 7,
      0, .make = plain, .edits = { POKE(OPTIONAL("DataDirectory[6].Size"), 7) }, XP },
    { PEL_RULE_ALIGNMENT_FLAT, OPTIONAL("FileAlignment"), AT(36), 0x200, 0x800, .make = plain,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x800) } },
    { PEL_RULE_SECTION_ALIGNMENT, OPTIONAL("SectionAlignment"), AT(32), 0x3000, 0, .make = plain,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x3000) } },
    { PEL_RULE_SECTION_ALIGNMENT, OPTIONAL("SectionAlignment"), AT(32), 0, 0, .make = plain,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0) } },
    { PEL_RULE_FILE_ALIGNMENT, OPTIONAL("FileAlignment"), AT(36), 0x300, 0, .make = plain,
      .edits = { POKE(OPTIONAL("FileAlignment"), 0x300) } },
    { PEL_RULE_ALIGNMENT_ORDER, OPTIONAL("FileAlignment"), AT(36), 0x2000, 0x1000, .make = plain,
      .edits = { POKE(OPTIONAL("FileAlignment"), 0x2000) } },
    { PEL_RULE_SECTION_COUNT, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2, 97, 96,
      .make = sections_97, XP },
    { PEL_RULE_NO_SECTIONS, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2, 0, 0,
      .make = plain, .edits = { POKE("file_header.NumberOfSections", 0) } },
    { PEL_RULE_TABLE_PAST_EOF, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2, 29, 28,
      .make = plain, .edits = { POKE("file_header.NumberOfSections", 29) } },
    { PEL_RULE_TABLE_PAST_IMAGE, OPTIONAL("SizeOfImage"), AT(56), 1, SAMPLE_TABLE + 97 * 40,
      .make = sections_97, .edits = { POKE(OPTIONAL("SizeOfImage"), 1) } },
    { PEL_RULE_HEADERS_SIZE, OPTIONAL("SizeOfHeaders"), AT(60), SAMPLE_TABLE - 1, SAMPLE_TABLE,
      .make = plain, .edits = { POKE(OPTIONAL("SizeOfHeaders"), SAMPLE_TABLE - 1) } },
    { PEL_RULE_HEADERS_SIZE, OPTIONAL("SizeOfHeaders"), AT(60), SAMPLE_NT, SAMPLE_NT + 1,
      .make = plain, .edits = { POKE(OPTIONAL("SizeOfHeaders"), SAMPLE_NT) }, XP },
    { PEL_RULE_SECTION_EMPTY, "sections[1].VirtualSize", SECTION(1, 8), 0, 0, .make = plain,
      .edits = { POKE("sections[1].VirtualSize", 0), POKE("sections[1].SizeOfRawData", 0) } },
    { PEL_RULE_SECTION_UNALIGNED, "sections[1].VirtualAddress", SECTION(1, 12), 0x2010, 0x1000,
      .make = plain, .edits = { POKE("sections[1].VirtualAddress", 0x2010) } },
    { PEL_RULE_SECTION_CONTIGUOUS, "sections[1].VirtualAddress", SECTION(1, 12), 0x3000, 0x2000,
      .make = plain, .edits = { POKE("sections[1].VirtualAddress", 0x3000) } },
    { PEL_RULE_SECTION_CONTIGUOUS, "sections[1].VirtualAddress", SECTION(1, 12), 0x2000, 0x3000,
      .make = plain, .edits = { POKE("sections[0].VirtualSize", 0x1001) } },
    { PEL_RULE_SECTION_CONTIGUOUS, "sections[0].VirtualAddress", SECTION(0, 12), 0x1000, 0x2000,
      .make = plain, .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x1001) } },
    { PEL_RULE_SECTION_PAST_IMAGE, "sections[1].VirtualAddress", SECTION(1, 12), 0x4000, 0x3000,
      .make = plain, .edits = { POKE("sections[1].VirtualSize", 0x1001) } },
    { PEL_RULE_SECTION_PAST_SIZE, "sections[1].VirtualSize", SECTION(1, 8), 0x2008, 0x2007,
      .make = plain, .edits = { POKE(OPTIONAL("SizeOfImage"), 0x2007) }, XP },
    { PEL_RULE_SECTION_RAW_WRAPS, "sections[1].SizeOfRawData", SECTION(1, 16), 0x200, 0x1ff,
      .make = plain, .edits = { POKE("sections[1].PointerToRawData", 0xfffffe00) } },
    { PEL_RULE_SECTION_PAST_EOF, "sections[1].SizeOfRawData", SECTION(1, 16), 0x200, 0x400,
      .make = cut_raw },
    { PEL_RULE_SECTION_PAST_EOF, "sections[1].SizeOfRawData", SECTION(1, 16), 0x1ff, 0x600,
      .make = plain,
      .edits = { POKE("sections[1].PointerToRawData", 0xfffffe00),
                 POKE("sections[1].SizeOfRawData", 0x1ff) } },
    { PEL_RULE_FLAT_ADDRESS, "sections[1].VirtualAddress", SECTION(1, 12), 0x400, 0x200,
      .make = flat, .edits = { POKE("sections[1].PointerToRawData", 0x200) } },
    { PEL_RULE_FLAT_SIZE, "sections[1].VirtualSize", SECTION(1, 8), 0x201, 0x200, .make = flat,
      .edits = { POKE("sections[1].VirtualSize", 0x201) } },
};
#define ROWS (sizeof rows / sizeof rows[0])

START_TEST(a_broken_rule_is_told_with_its_place_and_numbers)
{
    sample s = rows[_i].make();
    sample_edit(&s, rows[_i].edits, 2);
    sample_parse(&s);
    pel_verdict v = pel_check(s.img, &rows[_i].options);
    pel_verdict want = pel_rule_verdict(rows[_i].rule);
    ck_assert_str_eq(pel_rule_name(v.rule), pel_rule_name(rows[_i].rule));
    ck_hex(v.status, want.status);
    ck_assert_int_eq(v.certainty, want.certainty);
    ck_place(&v.where, rows[_i].where, rows[_i].offset);
    ck_hex(v.found, rows[_i].found);
    ck_hex(v.limit, rows[_i].limit);
    sample_free(&s);
}
END_TEST

START_TEST(every_rule_about_files_is_broken_by_one_of_these)
{
    for (int rule = PEL_RULE_NONE + 1; rule < PEL_RULE_NOT_EXECUTABLE; rule++) {
        bool broken = false;
        for (size_t i = 0; i < ROWS; i++)
            broken |= (int)rows[i].rule == rule;
        ck_assert_msg(broken, "%s", pel_rule_name((pel_rule)rule));
    }
}
END_TEST

/* ---- order ------------------------------------------------------------- */

/* All of these in one file; each is the answer once those before it are mended. */
static const struct {
    pel_rule rule;
    edit edit;
} layers[] = {
    { PEL_RULE_NOT_PE, POKE("nt_signature", 0x4551) },
    { PEL_RULE_BAD_MAGIC, POKE(OPTIONAL("Magic"), 0x20c) },
    { PEL_RULE_MACHINE, POKE("file_header.Machine", 0x1234) },
    { PEL_RULE_IMAGE_SIZE_ZERO, POKE(OPTIONAL("SizeOfImage"), 0) },
    { PEL_RULE_IMAGE_BASE, POKE(OPTIONAL("ImageBase"), 0x8000) },
    { PEL_RULE_FILE_ALIGNMENT, POKE(OPTIONAL("FileAlignment"), 0x300) },
    { PEL_RULE_TABLE_PAST_EOF, POKE("file_header.NumberOfSections", 100) },
    { PEL_RULE_SECTION_UNALIGNED, POKE("sections[0].VirtualAddress", 0x1001) },
    { PEL_RULE_SECTION_RAW_WRAPS, POKE("sections[1].PointerToRawData", 0xffffffff) },
    { PEL_RULE_NONE, POKE(NULL, 0) },
};
#define LAYERS (sizeof layers / sizeof layers[0])

START_TEST(the_first_broken_rule_is_the_answer)
{
    for (size_t mended = 0; mended < LAYERS; mended++) {
        sample s = plain();
        for (size_t i = mended; i < LAYERS; i++)
            sample_edit(&s, &layers[i].edit, 1);
        sample_parse(&s);
        pel_verdict v = pel_check(s.img, NULL);
        ck_assert_str_eq(pel_rule_name(v.rule), pel_rule_name(layers[mended].rule));
        if (mended > 0 && v.rule != PEL_RULE_NONE) /* the table is in that order, too */
            ck_assert_int_gt(v.rule, layers[mended - 1].rule);
        sample_free(&s);
    }
}
END_TEST

/* ---- what loads -------------------------------------------------------- */

static const struct {
    const char *what;
    sample (*make)(void);
    edit edits[2];
    pel_load_options options;
} good[] = {
    { "the sample", plain, { POKE(NULL, 0) }, { 0 } },
    { "a flat image", flat, { POKE(NULL, 0) }, { 0 } },
    { "an ARM image", arm64, { POKE(NULL, 0) }, ARM },
    { "any entry point", plain, { POKE(OPTIONAL("AddressOfEntryPoint"), 0x12345678) }, { 0 } },
    { "any checksum", plain, { POKE(OPTIONAL("CheckSum"), 0x12345678) }, { 0 } },
    { "any number of directories",
      plain,
      { POKE(OPTIONAL("NumberOfRvaAndSizes"), 0xffffffff) },
      { 0 } },
    { "any subsystem", plain, { POKE(OPTIONAL("Subsystem"), 0) }, { 0 } },
    { "any Win32VersionValue", plain, { POKE(OPTIONAL("Win32VersionValue"), 0xffffffff) }, { 0 } },
    { "headers of no size",
      plain,
      { POKE(OPTIONAL("SizeOfHeaders"), 0) },
      { .windows = PEL_WINDOWS_7 } },
    { "headers of one byte",
      plain,
      { POKE(OPTIONAL("SizeOfHeaders"), 1) },
      { .windows = PEL_WINDOWS_7 } },
    { "headers that end with the table's start",
      plain,
      { POKE(OPTIONAL("SizeOfHeaders"), SAMPLE_TABLE) },
      { 0 } },
    { "headers that end in the NT header",
      plain,
      { POKE(OPTIONAL("SizeOfHeaders"), SAMPLE_NT + 1) },
      { .windows = PEL_WINDOWS_XP } },
    { "a debug directory without an address, later",
      plain,
      { POKE(OPTIONAL("DataDirectory[6].Size"), 7) },
      { .windows = PEL_WINDOWS_7 } },
    { "an image that ends with its last section",
      plain,
      { POKE(OPTIONAL("SizeOfImage"), 0x2008) },
      { .windows = PEL_WINDOWS_XP } },
    { "a view larger than its sections", plain, { POKE(OPTIONAL("SizeOfImage"), 0x10000) }, { 0 } },
    { "a view that is no multiple of a page",
      plain,
      { POKE(OPTIONAL("SizeOfImage"), 0x2001) },
      { 0 } },
    { "no virtual size", plain, { POKE("sections[0].VirtualSize", 0) }, { 0 } },
    { "no raw data", plain, { POKE("sections[0].PointerToRawData", 0) }, { 0 } },
    { "raw data off its alignment", plain, { POKE("sections[0].PointerToRawData", 0x201) }, { 0 } },
    { "more raw data than is mapped",
      plain,
      { POKE("sections[0].SizeOfRawData", 0x100000), POKE("sections[0].PointerToRawData", 0) },
      { 0 } },
    { "a flat section of its raw size",
      flat,
      { POKE("sections[1].VirtualSize", 0x200), POKE("sections[1].SizeOfRawData", 0x200) },
      { 0 } },
    { "65535 sections", sections_65535, { POKE(NULL, 0) }, { .windows = PEL_WINDOWS_7 } },
    { "97 sections", sections_97, { POKE(NULL, 0) }, { .windows = PEL_WINDOWS_7 } },
    { "a tiny file on an older Windows", tiny, { POKE(NULL, 0) }, { .windows = PEL_WINDOWS_8 } },
    { "a base of 0", plain, { POKE(OPTIONAL("ImageBase"), 0) }, { 0 } },
    { "an overlapping NT header",
      plain,
      { SET("dos_header.e_lfanew", 0x10), SET(OPTIONAL("BaseOfCode"), 0x10) },
      { 0 } },
};

START_TEST(what_breaks_no_rule_loads)
{
    sample s = good[_i].make();
    sample_edit(&s, good[_i].edits, 2);
    sample_parse(&s);
    pel_verdict v = pel_check(s.img, &good[_i].options);
    ck_assert_msg(v.rule == PEL_RULE_NONE, "%s: %s", good[_i].what, pel_rule_name(v.rule));
    ck_nt(SUCCESS, v.status);
    ck_place(&v.where, "", UINT64_MAX);
    sample_free(&s);
}
END_TEST

/* The end of the file may lie in the last sector of raw data, not before it. */
START_TEST(raw_data_may_be_cut_in_its_last_sector)
{
    for (uint64_t size = 0x3ff; size <= 0x600; size++) {
        sample s = plain();
        pel_builder_resize(s.b, size);
        sample_parse(&s);
        bool loads = pel_check(s.img, NULL).rule == PEL_RULE_NONE;
        ck_quick(loads == (size > 0x400));
        sample_free(&s);
    }
}
END_TEST

/* ---- hosts ------------------------------------------------------------- */

static const struct {
    uint16_t machine;
    bool wide;
    const char *hosts; /* who runs it: x (x64), i (x86), a (arm64), or ? (by version, below) */
} machines[] = {
    { PEL_MACHINE_I386, false, "xia" }, { PEL_MACHINE_I386, true, "" },
    { PEL_MACHINE_AMD64, true, "x?" },  { PEL_MACHINE_AMD64, false, "" },
    { PEL_MACHINE_ARMNT, false, "?a" }, { PEL_MACHINE_ARMNT, true, "" },
    { PEL_MACHINE_ARM64, true, "a" },   { PEL_MACHINE_ARM64, false, "" },
    { PEL_MACHINE_IA64, true, "" },     { PEL_MACHINE_UNKNOWN, true, "" },
    { PEL_MACHINE_ARM, false, "" },     { PEL_MACHINE_EBC, true, "" },
};

static bool runs(size_t row, pel_host host, pel_windows windows)
{
    static const char letters[] = {
        [PEL_HOST_X64] = 'x', [PEL_HOST_X86] = 'i', [PEL_HOST_ARM64] = 'a'
    };
    uint16_t machine = machines[row].machine;
    if (strchr(machines[row].hosts, letters[host]))
        return true;
    if (!strchr(machines[row].hosts, '?'))
        return false;
    return machine == PEL_MACHINE_AMD64 ? host == PEL_HOST_ARM64 && windows == PEL_WINDOWS_11
                                        : host == PEL_HOST_X64 && windows == PEL_WINDOWS_8;
}

START_TEST(each_host_runs_its_machines)
{
    bool wide = machines[_i].wide;
    sample s = sample_of(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    pel_builder_set(s.b, "file_header.Machine", machines[_i].machine);
    sample_parse(&s);
    for (int host = PEL_HOST_X64; host <= PEL_HOST_ARM64; host++)
        for (int windows = PEL_WINDOWS_11; windows <= PEL_WINDOWS_XP; windows++) {
            pel_load_options o = { .host = (pel_host)host, .windows = (pel_windows)windows };
            pel_rule want = runs((size_t)_i, o.host, o.windows) ? PEL_RULE_NONE
                            : wide && o.host == PEL_HOST_X86    ? PEL_RULE_WIN64
                                                                : PEL_RULE_MACHINE;
            ck_assert_msg(pel_check(s.img, &o).rule == want, "%s, Windows %s: %s",
                          pel_host_name(o.host), pel_windows_name(o.windows),
                          pel_rule_name(pel_check(s.img, &o).rule));
        }
    sample_free(&s);
}
END_TEST

START_TEST(all_systems_of_a_new_executable_have_their_answer)
{
    for (unsigned system = 0; system < 256; system++) {
        sample s = ne((uint8_t)system);
        sample_parse(&s);
        pel_verdict v = pel_check(s.img, NULL);
        pel_rule want = system == 2   ? PEL_RULE_NE_WIN16
                        : system == 5 ? PEL_RULE_NE_DOS4
                                      : PEL_RULE_NE_OTHER;
        ck_quick(v.rule == want);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_new_executable_that_ends_early_is_for_another_system)
{
    sample s = ne_windows();
    pel_builder_resize(s.b, 0x76);
    sample_parse(&s);
    pel_verdict v = pel_check(s.img, NULL);
    ck_assert_int_eq(v.rule, PEL_RULE_NE_OTHER);
    ck_place(&v.where, "ne_header.ne_exetyp", UINT64_MAX);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_check)
{
    tcase_add_loop_test(tests, a_broken_rule_is_told_with_its_place_and_numbers, 0, ROWS);
    tcase_add_test(tests, every_rule_about_files_is_broken_by_one_of_these);
    tcase_add_test(tests, the_first_broken_rule_is_the_answer);
    tcase_add_loop_test(tests, what_breaks_no_rule_loads, 0, sizeof good / sizeof good[0]);
    tcase_add_test(tests, raw_data_may_be_cut_in_its_last_sector);
    tcase_add_loop_test(tests, each_host_runs_its_machines, 0,
                        sizeof machines / sizeof machines[0]);
    tcase_add_test(tests, all_systems_of_a_new_executable_have_their_answer);
    tcase_add_test(tests, a_new_executable_that_ends_early_is_for_another_system);
}
