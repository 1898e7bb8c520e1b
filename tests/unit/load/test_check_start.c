/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused although there is a section: programs and DLLs, version by version. */
#include "sample.h"

#define OPTIONAL(field) "optional_header." field
#define SUBSYSTEM(version)                                                                         \
    SET(OPTIONAL("MajorSubsystemVersion"), (version) >> 16),                                       \
        SET(OPTIONAL("MinorSubsystemVersion"), (version)&0xffff)
#define DLL                                                                                        \
    SET("file_header.Characteristics",                                                             \
        PEL_FILE_DLL | PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_LARGE_ADDRESS_AWARE)

/* Which versions refuse: x (XP), 7, 8, 0 (10), 1 (11). */
#define ALL     "x7801"
#define SINCE_8 "801"
#define NEVER   ""

static const struct {
    pel_rule rule;
    const char *where, *versions;
    edit edits[4];
} rows[] = {
    { PEL_RULE_NOT_EXECUTABLE,
      "file_header.Characteristics",
      ALL,
      { POKE("file_header.Characteristics", PEL_FILE_LARGE_ADDRESS_AWARE) } },
    { PEL_RULE_SUBSYSTEM, OPTIONAL("Subsystem"), ALL, { POKE(OPTIONAL("Subsystem"), 0) } },
    { PEL_RULE_SUBSYSTEM,
      OPTIONAL("Subsystem"),
      ALL,
      { POKE(OPTIONAL("Subsystem"), PEL_SUBSYSTEM_EFI_APPLICATION) } },
    { PEL_RULE_SUBSYSTEM,
      OPTIONAL("Subsystem"),
      SINCE_8,
      { POKE(OPTIONAL("Subsystem"), PEL_SUBSYSTEM_POSIX_CUI), SUBSYSTEM(0x3000a) } },
    { PEL_RULE_SUBSYSTEM_OLD, OPTIONAL("MinorSubsystemVersion"), ALL, { SUBSYSTEM(0x30009) } },
    { PEL_RULE_SUBSYSTEM_OLD, "", NEVER, { SUBSYSTEM(0x3000a) } },
    { PEL_RULE_SUBSYSTEM_NEW, "", ALL, { SUBSYSTEM(0xa0001) } },
    { PEL_RULE_SUBSYSTEM_NEW, OPTIONAL("MajorSubsystemVersion"), ALL, { SUBSYSTEM(0xb0000) } },
    { PEL_RULE_SUBSYSTEM_NEW,
      "",
      "x78",
      { SUBSYSTEM(0xa0000), POKE(OPTIONAL("AddressOfEntryPoint"), 0) } },
    { PEL_RULE_SUBSYSTEM_NEW, "", "x", { SUBSYSTEM(0x60000) } },
    { PEL_RULE_SUBSYSTEM_NEW,
      "",
      "x78", /* that is 8.1 */
      { SUBSYSTEM(0x60003), POKE(OPTIONAL("AddressOfEntryPoint"), 0) } },
    { PEL_RULE_SUBSYSTEM_NEW, "", "x7", { SUBSYSTEM(0x60002) } },
    { PEL_RULE_SUBSYSTEM_NEW, "", NEVER, { SUBSYSTEM(0x50002) } },
    { PEL_RULE_NO_DIRECTORIES,
      OPTIONAL("NumberOfRvaAndSizes"),
      SINCE_8,
      { POKE(OPTIONAL("NumberOfRvaAndSizes"), 0) } },
    { PEL_RULE_NO_DIRECTORIES, "", NEVER, { POKE(OPTIONAL("NumberOfRvaAndSizes"), 1) } },
    { PEL_RULE_ENTRY_IN_HEADERS,
      OPTIONAL("AddressOfEntryPoint"),
      SINCE_8,
      { POKE(OPTIONAL("AddressOfEntryPoint"), 0x1ff) } },
    { PEL_RULE_ENTRY_IN_HEADERS, "", NEVER, { POKE(OPTIONAL("AddressOfEntryPoint"), 0x200) } },
    { PEL_RULE_ENTRY_IN_HEADERS, "", NEVER, { POKE(OPTIONAL("AddressOfEntryPoint"), 0) } },
    { PEL_RULE_IMAGE_BASE_ZERO, OPTIONAL("ImageBase"), "7801", { POKE(OPTIONAL("ImageBase"), 0) } },
    { PEL_RULE_APPCONTAINER,
      OPTIONAL("DllCharacteristics"),
      SINCE_8,
      { POKE(OPTIONAL("DllCharacteristics"), 0x1160) } },
    { PEL_RULE_DATA_ONLY,
      "file_header.Characteristics",
      ALL,
      { POKE("file_header.Characteristics", PEL_FILE_DLL) } },
    { PEL_RULE_DATA_ONLY,
      "",
      "01", /* by its executable section */
      { POKE("file_header.Characteristics", PEL_FILE_DLL), POKE(OPTIONAL("SizeOfCode"), 0),
        POKE(OPTIONAL("AddressOfEntryPoint"), 0) } },
    { PEL_RULE_DLL_SUBSYSTEM_OLD,
      OPTIONAL("MinorSubsystemVersion"),
      SINCE_8,
      { DLL, SUBSYSTEM(0x30009) } },
    { PEL_RULE_SECURITY_COOKIE,
      OPTIONAL("MinorSubsystemVersion"),
      "01",
      { DLL, SUBSYSTEM(0x60003) } },
    { PEL_RULE_SECURITY_COOKIE, "", NEVER, { DLL, SUBSYSTEM(0x60002) } },
    { PEL_RULE_SECURITY_COOKIE,
      "",
      NEVER, /* it has no code to guard */
      { DLL, SUBSYSTEM(0x60003), POKE(OPTIONAL("AddressOfEntryPoint"), 0) } },
};
#define ROWS (sizeof rows / sizeof rows[0])

static const struct {
    pel_windows windows;
    char letter;
} versions[] = { { PEL_WINDOWS_XP, 'x' },
                 { PEL_WINDOWS_7, '7' },
                 { PEL_WINDOWS_8, '8' },
                 { PEL_WINDOWS_10, '0' },
                 { PEL_WINDOWS_11, '1' } };

static sample old_enough(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    const edit version[] = { SUBSYSTEM(0x50001) };
    sample_edit(&s, version, 2);
    return s;
}

START_TEST(versions_refuse_what_is_no_program_for_them)
{
    sample s = old_enough();
    sample_edit(&s, rows[_i].edits, 4);
    sample_parse(&s);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        pel_load_options o = { .windows = versions[i].windows };
        bool refuses = strchr(rows[_i].versions, versions[i].letter) != NULL;
        pel_verdict v = pel_check_start(s.img, &o);
        ck_assert_msg(v.rule == (refuses ? rows[_i].rule : PEL_RULE_NONE), "%s: %s",
                      pel_windows_name(o.windows), pel_rule_name(v.rule));
        ck_assert_int_eq(pel_check(s.img, &o).rule, PEL_RULE_NONE);
        if (refuses)
            ck_assert_int_ne(v.stage, PEL_STAGE_SECTION);
        if (refuses && rows[_i].where[0])
            ck_assert_str_eq(v.where.field, strrchr(rows[_i].where, '.') + 1);
    }
    sample_free(&s);
}
END_TEST

START_TEST(every_rule_after_the_section_is_broken_by_one_of_these)
{
    for (int rule = PEL_RULE_NOT_EXECUTABLE; rule <= PEL_RULE_SECURITY_COOKIE; rule++) {
        bool broken = false;
        for (size_t i = 0; i < ROWS; i++)
            broken |= (int)rows[i].rule == rule && rows[i].versions[0];
        ck_assert_msg(broken, "%s", pel_rule_name((pel_rule)rule));
    }
}
END_TEST

START_TEST(drivers_are_not_judged_as_programs)
{
    sample s = old_enough();
    pel_builder_set(s.b, OPTIONAL("Subsystem"), PEL_SUBSYSTEM_NATIVE);
    pel_builder_set(s.b, OPTIONAL("MajorSubsystemVersion"), 1);
    sample_parse(&s);
    ck_assert_int_eq(pel_check_start(s.img, NULL).rule, PEL_RULE_NONE);
    sample_free(&s);
}
END_TEST

/* ---- security cookies -------------------------------------------------- */

static const struct {
    uint64_t cookie;
    uint32_t size, guard_flags;
    bool wide, loads;
} cookies[] = {
    { 0x140002000, 148, 0, true, true },  { 0x140002fff, 148, 0, true, true },
    { 0x140003000, 148, 0, true, false }, { 0x13fffffff, 148, 0, true, false },
    { 0, 148, 0, true, false },           { 0, 148, 0x800, true, true },
    { 0x140002000, 88, 0, true, false },  /* cut */ { 0, 144, 0x800, true, false },
    { 0x402000, 92, 0, false, true },     { 0x402000, 60, 0, false, false },
    { 0, 92, 0x800, false, true },        { 0x403000, 92, 0, false, false },
};

START_TEST(a_security_cookie_lies_in_the_image)
{
    bool wide = cookies[_i].wide;
    uint8_t config[148] = { 148 };
    pel_store_uint(config + (wide ? 88 : 60), wide ? 8 : 4, cookies[_i].cookie);
    pel_store_uint(config + (wide ? 144 : 88), 4, cookies[_i].guard_flags);
    sample s = sample_of(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    const edit version[] = { SUBSYSTEM(0x60003) };
    sample_edit(&s, version, 2);
    pel_builder_patch(s.b, (pel_foff){ 0x400 }, config, sizeof config);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2000 }, cookies[_i].size);
    sample_parse(&s);
    pel_rule want = cookies[_i].loads ? PEL_RULE_NONE : PEL_RULE_SECURITY_COOKIE;
    ck_assert_int_eq(pel_check_start(s.img, NULL).rule, want);
    sample_free(&s);
}
END_TEST

START_TEST(what_is_no_section_is_told_first)
{
    sample s = old_enough();
    pel_builder_poke(s.b, OPTIONAL("Subsystem"), 0);
    pel_builder_poke(s.b, OPTIONAL("SizeOfImage"), 0);
    sample_parse(&s);
    pel_verdict v = pel_check_start(s.img, NULL);
    ck_assert_int_eq(v.rule, PEL_RULE_IMAGE_SIZE_ZERO);
    ck_assert_int_eq(v.stage, PEL_STAGE_SECTION);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_check_start)
{
    tcase_add_loop_test(tests, versions_refuse_what_is_no_program_for_them, 0, ROWS);
    tcase_add_test(tests, every_rule_after_the_section_is_broken_by_one_of_these);
    tcase_add_test(tests, drivers_are_not_judged_as_programs);
    tcase_add_loop_test(tests, a_security_cookie_lies_in_the_image, 0,
                        sizeof cookies / sizeof cookies[0]);
    tcase_add_test(tests, what_is_no_section_is_told_first);
}
