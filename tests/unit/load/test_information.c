/* SPDX-License-Identifier: Apache-2.0 */
/* SECTION_IMAGE_INFORMATION, field by field. */
#include "sample.h"

typedef pel_section_image_information info;

static info info_of(sample *s, const pel_load_options *options)
{
    info i;
    sample_parse(s);
    ck_ok(pel_image_section_information(s->img, options, &i));
    return i;
}

START_TEST(fields_are_those_of_the_headers)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SizeOfStackReserve", 0x123457);
    pel_builder_set(s.b, "optional_header.SizeOfStackCommit", 0x200001); /* larger, and odd */
    pel_builder_set(s.b, "optional_header.MajorSubsystemVersion", 6);
    pel_builder_set(s.b, "optional_header.MinorSubsystemVersion", 3);
    pel_builder_set(s.b, "optional_header.MajorOperatingSystemVersion", 10);
    pel_builder_set(s.b, "optional_header.MinorOperatingSystemVersion", 1);
    pel_builder_set(s.b, "optional_header.Subsystem", PEL_SUBSYSTEM_WINDOWS_GUI);
    pel_builder_set(s.b, "optional_header.DllCharacteristics", 0x8160);
    pel_builder_set(s.b, "optional_header.CheckSum", 0xfedcba98);
    pel_builder_set(s.b, "optional_header.LoaderFlags", 0x77); /* ignored */
    pel_builder_overlay(s.b, "odd", 3);
    info i = info_of(&s, NULL);
    ck_hex(i.transfer_address.v, 0x140001000);
    ck_hex(i.zero_bits, 0);
    ck_hex(i.max_stack_size, 0x123457);
    ck_hex(i.committed_stack, 0x200001);
    ck_hex(i.subsystem, PEL_SUBSYSTEM_WINDOWS_GUI);
    ck_hex(i.subsystem_major, 6);
    ck_hex(i.subsystem_minor, 3);
    ck_hex(i.os_major, 10);
    ck_hex(i.os_minor, 1);
    ck_hex(i.file_flags, PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_LARGE_ADDRESS_AWARE);
    ck_hex(i.dll_flags, 0x8160);
    ck_hex(i.machine, PEL_MACHINE_AMD64);
    ck_hex(i.contains_code, 1);
    ck_hex(i.loader_flags, 0);
    ck_hex(i.image_file_size, SAMPLE_SIZE + 3);
    ck_hex(i.checksum, 0xfedcba98);
    sample_free(&s);
}
END_TEST

START_TEST(without_an_entry_point_the_transfer_address_is_the_base)
{
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    ck_hex(info_of(&s, NULL).transfer_address.v, 0x400000);
    sample_free(&s);
}
END_TEST

START_TEST(the_system_version_is_told_since_windows_10)
{
    for (int windows = PEL_WINDOWS_11; windows <= PEL_WINDOWS_XP; windows++) {
        pel_load_options o = { .windows = (pel_windows)windows };
        bool told = windows == PEL_WINDOWS_11 || windows == PEL_WINDOWS_10;
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_set(s.b, "optional_header.MinorOperatingSystemVersion", 3);
        info i = info_of(&s, &o);
        ck_hex(i.os_major, told ? 6 : 0);
        ck_hex(i.os_minor, told ? 3 : 0);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_refused_file_has_no_section_to_ask)
{
    info i;
    pel_load_options x86 = { .host = PEL_HOST_X86 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    memset(&i, 0xee, sizeof i);
    ck_status(PEL_REFUSED, pel_image_section_information(s.img, &x86, &i));
    ck_hex(i.image_file_size, 0);
    ck_ok(pel_image_section_information(s.img, NULL, &i));
    sample_free(&s);
}
END_TEST

START_TEST(windows_xp_has_neither_image_flags_nor_checksum)
{
    pel_load_options xp = { .windows = PEL_WINDOWS_XP };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.CheckSum", 7);
    info i = info_of(&s, &xp);
    ck_hex(i.image_flags, 0);
    ck_hex(i.checksum, 0);
    ck_ok(pel_image_section_information(s.img, NULL, &i));
    ck_hex(i.image_flags, PEL_INFO_ImageDynamicallyRelocated);
    ck_hex(i.checksum, 7);
    sample_free(&s);
}
END_TEST

START_TEST(basic_information_tells_the_size_of_the_view)
{
    pel_section_basic_information basic;
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.SizeOfImage", 0x3001);
    sample_parse(&s);
    ck_ok(pel_image_section_basic(s.img, NULL, &basic));
    ck_hex(basic.base.v, 0);
    ck_hex(basic.size, 0x4000);
    ck_hex(basic.attributes, 0x1800000);
    ck_status(PEL_REFUSED, pel_image_section_basic(
                               s.img, &(pel_load_options){ .windows = PEL_WINDOWS_UEFI }, &basic));
    ck_hex(basic.attributes, 0);
    sample_free(&s);
}
END_TEST

/* ---- code -------------------------------------------------------------- */

#define OPTIONAL(field) "optional_header." field

static const struct {
    edit edits[3];
    bool before, since_10;
} code_rows[] = {
    { { POKE(NULL, 0) }, true, true },
    { { POKE(OPTIONAL("SizeOfCode"), 0) }, true, true }, /* the entry point is left */
    { { POKE(OPTIONAL("AddressOfEntryPoint"), 0) }, true, true },
    { { POKE(OPTIONAL("SizeOfCode"), 0), POKE(OPTIONAL("AddressOfEntryPoint"), 0) }, false, true },
    { { POKE(OPTIONAL("SizeOfCode"), 0), POKE(OPTIONAL("AddressOfEntryPoint"), 0),
        POKE("sections[0].Characteristics", 0x40000020) },
      false,
      false },
};

START_TEST(code_is_told_by_size_entry_point_or_an_executable_section)
{
    for (int windows = PEL_WINDOWS_11; windows <= PEL_WINDOWS_XP; windows++) {
        pel_load_options o = { .windows = (pel_windows)windows };
        bool since_10 = windows == PEL_WINDOWS_11 || windows == PEL_WINDOWS_10;
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        sample_edit(&s, code_rows[_i].edits, 3);
        bool want = since_10 ? code_rows[_i].since_10 : code_rows[_i].before;
        ck_assert_int_eq(info_of(&s, &o).contains_code, want);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_flat_image_is_taken_for_code)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_section(s.b, ".data", SAMPLE_RW);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
    info i = info_of(&s, NULL);
    ck_hex(i.contains_code, 1);
    ck_hex(i.image_flags, PEL_INFO_ImageMappedFlat);
    sample_free(&s);
}
END_TEST

/* ---- ImageFlags -------------------------------------------------------- */

static const struct {
    bool dynamic_base, relocs, code, clr, moves;
} moving[] = {
    { true, true, true, false, true },   { true, true, false, false, true },
    { true, false, true, false, true },  { true, false, false, false, false },
    { false, true, true, false, false }, { true, true, true, true, false },
};

START_TEST(aslr_applies_to_code_or_relocations_with_dynamic_base)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, pel_builder_section(s.b, ".data", SAMPLE_RW), "12345678", 8);
    if (moving[_i].relocs)
        pel_builder_reloc(s.b, (pel_rva){ 0x1000 }, PEL_REL_DIR64);
    if (moving[_i].code)
        pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0x1000);
    if (moving[_i].clr)
        pel_builder_directory(s.b, PEL_DIR_COM_DESCRIPTOR, (pel_rva){ 1 }, 1);
    if (!moving[_i].dynamic_base)
        pel_builder_set(s.b, "optional_header.DllCharacteristics", 0);
    info i = info_of(&s, NULL);
    ck_hex(i.image_flags, moving[_i].moves ? PEL_INFO_ImageDynamicallyRelocated : 0);
    sample_free(&s);
}
END_TEST

START_TEST(stripped_relocations_are_none)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_section(s.b, ".data", SAMPLE_RW);
    pel_builder_reloc(s.b, (pel_rva){ 0x1000 }, PEL_REL_DIR64);
    pel_builder_poke(s.b, "file_header.Characteristics", PEL_FILE_RELOCS_STRIPPED);
    ck_hex(info_of(&s, NULL).image_flags, 0);
    sample_free(&s);
}
END_TEST

enum {
    ILONLY = 1,
    REQUIRED = 2,
    PREFERRED = 0x20000,
    IL = PEL_INFO_ComPlusILOnly,
    READY = PEL_INFO_ComPlusNativeReady,
    PREFER = PEL_INFO_ComPlusPrefer32bit
};

static const struct {
    uint16_t major, minor;
    uint32_t flags;
    unsigned narrow, wide; /* ImageFlags of PE32 and PE32+ */
} clr_rows[] = {
    { 2, 5, ILONLY, IL | READY, IL },
    { 2, 4, ILONLY, 0, 0 },
    { 1, 9, ILONLY, 0, 0 },
    { 3, 0, ILONLY, IL | READY, IL },
    { 2, 5, 0, 0, 0 },
    { 2, 5, REQUIRED, 0, 0 },
    { 2, 5, ILONLY | REQUIRED, IL, IL },
    { 2, 5, ILONLY | PREFERRED, IL | READY | PREFER, IL },
    { 2, 5, ILONLY | REQUIRED | PREFERRED, IL | PREFER, IL },
    { 2, 5, PREFERRED, 0, 0 },
};

/* The sample with a COR20 header in its data. */
static sample with_clr(pel_build_kind kind, size_t row, uint32_t rva)
{
    uint8_t cor20[72] = { 72 };
    pel_store_uint(cor20 + 4, 2, clr_rows[row].major);
    pel_store_uint(cor20 + 6, 2, clr_rows[row].minor);
    pel_store_uint(cor20 + 16, 4, clr_rows[row].flags);
    sample s = sample_of(kind);
    pel_builder_patch(s.b, (pel_foff){ 0x400 }, cor20, sizeof cor20);
    pel_builder_directory(s.b, PEL_DIR_COM_DESCRIPTOR, (pel_rva){ rva }, sizeof cor20);
    return s;
}

START_TEST(managed_images_are_told_by_their_clr_header)
{
    for (int wide = 0; wide < 2; wide++) {
        sample s = with_clr(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32, (size_t)_i, 0x2000);
        info i = info_of(&s, NULL);
        ck_hex(i.image_flags, wide ? clr_rows[_i].wide : clr_rows[_i].narrow);
        ck_hex(i.loader_flags, 1);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_clr_directory_that_leads_nowhere_is_no_error)
{
    static const uint32_t places[] = { 1, 0x2ffe, 0x3000, 0xffffffff };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        sample s = with_clr(PEL_BUILD_PE32, 0, places[i]);
        info got = info_of(&s, NULL);
        ck_hex(got.image_flags, 0);
        ck_hex(got.loader_flags, 1);
        sample_free(&s);
    }
}
END_TEST

PEL_TESTS(load_information)
{
    tcase_add_test(tests, fields_are_those_of_the_headers);
    tcase_add_test(tests, without_an_entry_point_the_transfer_address_is_the_base);
    tcase_add_test(tests, the_system_version_is_told_since_windows_10);
    tcase_add_test(tests, windows_xp_has_neither_image_flags_nor_checksum);
    tcase_add_test(tests, basic_information_tells_the_size_of_the_view);
    tcase_add_test(tests, a_refused_file_has_no_section_to_ask);
    tcase_add_loop_test(tests, code_is_told_by_size_entry_point_or_an_executable_section, 0,
                        sizeof code_rows / sizeof code_rows[0]);
    tcase_add_test(tests, a_flat_image_is_taken_for_code);
    tcase_add_loop_test(tests, aslr_applies_to_code_or_relocations_with_dynamic_base, 0,
                        sizeof moving / sizeof moving[0]);
    tcase_add_test(tests, stripped_relocations_are_none);
    tcase_add_loop_test(tests, managed_images_are_told_by_their_clr_header, 0,
                        sizeof clr_rows / sizeof clr_rows[0]);
    tcase_add_test(tests, a_clr_directory_that_leads_nowhere_is_no_error);
}
