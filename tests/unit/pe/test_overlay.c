/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays of literal bytes, as the formats have them. */
#include <pelorus/overlay.h>

#include "sample.h"

#define OVERLAY SAMPLE_SIZE /* file offset: right behind the last section */

static sample with_overlay(const void *bytes, size_t size)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, bytes, size);
    return s;
}

/* Octal in these texts, where a hexadecimal escape would swallow the digit behind it. */
#define B(text) text, sizeof(text) - 1
#define NO      SIZE_MAX

static const struct {
    pel_overlay_kind kind;
    const char *bytes;
    size_t size;
    size_t marker; /* in the overlay; NO: it is known by something else */
} starts[] = {
    { PEL_OVERLAY_CERT_REST,
      B("\x18\0\0\0\0\2\2\0\x30\x82\0\x0c\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2\0"), 0 },
    { PEL_OVERLAY_COFF_STRINGS, B("\x16\0\0\0.debug_info\0_main\0"), NO },
    { PEL_OVERLAY_CODEVIEW, B("NB09\x08\0\0\0\1\0\x0c\0"), 0 },
    { PEL_OVERLAY_CODEVIEW, B("NB10\0\0\0\0\1\2\3\4\1\0\0\0a.pdb\0"), 0 },
    { PEL_OVERLAY_NSIS, B("\0\0\0\0\xef\xbe\xad\xdeNullsoftInst\x96\xfd\7\0\x19\x59\3\0"), 4 },
    { PEL_OVERLAY_INNO, B("zlb\x1a]\0\0\x80\0"), 0 },
    { PEL_OVERLAY_INNO, B("idska32\x1a\1\2"), 0 },
    { PEL_OVERLAY_INNO, B("\1\2\3Inno Setup Setup Data (6.2.0)\0"), 3 },
    { PEL_OVERLAY_INSTALLSHIELD, B("ISSetupStream\0\2\0"), 0 },
    { PEL_OVERLAY_INSTALLSHIELD, B("ISc(\x0c\0\0\1"), 0 },
    { PEL_OVERLAY_INSTALLSHIELD, B("\x13\x5d\x65\x8c\x3a\1\2\0"), 0 },
    { PEL_OVERLAY_ADVANCED, B("\1\2\3\4ADVINSTSFX\0\0"), 4 },
    { PEL_OVERLAY_SETUP_FACTORY, B("\xe0\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8"), 0 },
    { PEL_OVERLAY_SETUP_FACTORY,
      B("\xe0\xe0\xe1\xe1\xe2\xe2\xe3\xe3\xe4\xe4\xe5\xe5\xe6\xe6\xe7\xe7"), 0 },
    { PEL_OVERLAY_SEVEN_ZIP_SFX, B("\xef\xbb\xbf;!@Install@!UTF-8!\nRunProgram=\"a.exe\""), 3 },
    { PEL_OVERLAY_PYINSTALLER, B("x\xda\1MEI\x0c\x0b\x0a\x0b\x0e\0\0\0\x20"), 3 },
    { PEL_OVERLAY_NUITKA, B("KAY\x28\xb5\x2f\xfd\x04"), 0 },
    { PEL_OVERLAY_AUTOIT,
      B("\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7d"
        "AU3!EA06"),
      0 },
    { PEL_OVERLAY_AUTOIT, B("\1\2AU3!EA05"), 2 },
    { PEL_OVERLAY_NEXE, B("code<nexe~~sentinel>\0\0\0\0"), 4 },
    { PEL_OVERLAY_BUN, B("code\n---- Bun! ----\n\0\0"), 5 },
    { PEL_OVERLAY_DENO, B("code\1d3n0l4nd\0\0\0\0"), 5 },
    { PEL_OVERLAY_GODOT, B("\1\2\3\4\5\6\7\10GDPC"), 8 },
    { PEL_OVERLAY_ASAR, B("\4\0\0\0\x14\0\0\0\x10\0\0\0\x0c\0\0\0{\"files\":{}}"), 0 },
    { PEL_OVERLAY_SEVEN_ZIP, B("7z\xbc\xaf\x27\x1c\0\4"), 0 },
    { PEL_OVERLAY_RAR, B("Rar!\x1a\7\0\xcf\x90\x73"), 0 },
    { PEL_OVERLAY_RAR, B("Rar!\x1a\7\1\0\x33"), 0 },
    { PEL_OVERLAY_CAB, B("MSCF\0\0\0\0\x2c\0\0\0"), 0 },
    { PEL_OVERLAY_OLE, B("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"), 0 },
    { PEL_OVERLAY_GZIP, B("\x1f\x8b\x08\0\0\0\0\0\0\3"), 0 },
    { PEL_OVERLAY_BZIP2, B("BZh91AY&SY\1"), 0 },
    { PEL_OVERLAY_XZ,
      B("\xfd"
        "7zXZ\0\0\4"),
      0 },
    { PEL_OVERLAY_ZSTD, B("\x28\xb5\x2f\xfd\x24\5"), 0 },
    { PEL_OVERLAY_LZ4, B("\4\x22\x4d\x18\x64\x40"), 0 },
    { PEL_OVERLAY_ELF,
      B("\x7f"
        "ELF\2\1\1\0"),
      0 },
    { PEL_OVERLAY_PDF, B("%PDF-1.7\n"), 0 },
    { PEL_OVERLAY_PICTURE, B("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), 0 },
    { PEL_OVERLAY_PICTURE, B("\xff\xd8\xff\xe0\0\x10JFIF"), 0 },
    { PEL_OVERLAY_PICTURE, B("GIF89a\1\0\1\0"), 0 },
    { PEL_OVERLAY_ZIP, B("PK\3\4\x14\0\0\0"), 0 },
    /* An archive without entries is only its end. */
    { PEL_OVERLAY_ZIP, B("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0 },
    { PEL_OVERLAY_PADDING, B("\xcc\xcc\xcc\xcc\xcc"), NO },
    { PEL_OVERLAY_PADDING, B("\0"), NO },
    { PEL_OVERLAY_TEXT, B("#!python.exe\r\n\tprint('gr\xc3\xbc\xc3\x9f')\n"), NO },
    { PEL_OVERLAY_UNKNOWN, B("\1\2\3\4"), NO },
    /* What is nearly something. */
    { PEL_OVERLAY_UNKNOWN, B("\x19\0\0\0\0\2\2\0\x30\x82\0\x0c\6\x09\x2a\x86"), NO },
    { PEL_OVERLAY_UNKNOWN, B("\x16\0\0\0.debug_info\0_mai\x01\0"), NO },
    { PEL_OVERLAY_UNKNOWN, B("NB10\x40\0\0\0\1\2\3\4"), NO },
    { PEL_OVERLAY_UNKNOWN, B("7z\xbc\xaf\x27"), NO },
    { PEL_OVERLAY_UNKNOWN, B("MZ\1\2\3\4"), NO },
    { PEL_OVERLAY_UNKNOWN, B("\1PK\5\6\0\0\0\0\1\0\1\0\x40\0\0\0\0\0\0\0\0\0"), NO },
    { PEL_OVERLAY_TEXT, B("text without a zero at its end"), NO },
    { PEL_OVERLAY_UNKNOWN, B("text with a zero at its end\0"), NO },
};

START_TEST(each_format_is_known)
{
    pel_overlay_part part;
    sample s = with_overlay(starts[_i].bytes, starts[_i].size);
    sample_parse(&s);
    pel_overlay_iter it = pel_image_overlay_parts(s.img);
    ck_assert(pel_overlay_next(&it, &part));
    ck_assert_str_eq(pel_overlay_kind_name(part.kind), pel_overlay_kind_name(starts[_i].kind));
    ck_hex(part.offset.v, OVERLAY);
    ck_assert_uint_eq(part.bytes.size, starts[_i].size);
    ck_assert_int_eq(part.has_marker, starts[_i].marker != NO);
    if (part.has_marker)
        ck_hex(part.marker.v, OVERLAY + starts[_i].marker);
    ck_assert(!pel_overlay_next(&it, &part));
    sample_free(&s);
}
END_TEST

static pel_overlay_kind first_kind(sample *s)
{
    pel_overlay_part part;
    sample_parse(s);
    pel_overlay_iter it = pel_image_overlay_parts(s->img);
    ck_assert(pel_overlay_next(&it, &part));
    sample_free(s);
    return part.kind;
}

/* ---- ZIP --------------------------------------------------------------- */

/* One stored file of no bytes: a local header, its entry in the directory, the end with a comment
 * of three bytes. `name` has nine. */
static size_t zip_of(const char name[9], uint8_t out[256])
{
    static const char local[] = "PK\3\4\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0";
    static const char entry[] = "PK\1\2\x0a\0\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0"
                                "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    static const char end[] = "PK\5\6\0\0\0\0\1\0\1\0\x37\0\0\0\x27\0\0\0\3\0bye";
    size_t at = 0;
    memcpy(out + at, local, 30);
    memcpy(out + at + 30, name, 9);
    at += 39;
    memcpy(out + at, entry, 46);
    memcpy(out + at + 46, name, 9);
    at += 55;
    memcpy(out + at, end, 25);
    return at + 25;
}

START_TEST(zip_is_found_by_its_end)
{
    uint8_t bytes[300] = { 1, 2, 3 }; /* archives may have anything before them */
    size_t size = 3 + zip_of("a/bcd.txt", bytes + 3);
    sample s = with_overlay(bytes, size);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_ZIP);
    size = zip_of("META-INF/", bytes);
    s = with_overlay(bytes, size);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_JAR);
}
END_TEST

/* The comment may have 65,535 bytes: one more, and it is not looked for. */
START_TEST(the_end_of_zip_is_looked_for_as_far_as_a_comment_is_long)
{
    static uint8_t bytes[70000];
    memset(bytes, 1, sizeof bytes);
    size_t at = zip_of("a/bcd.txt", bytes + 2) - 25 + 2;
    bytes[0] = 2;
    sample s = with_overlay(bytes, at + 22 + 65535);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_ZIP);
    s = with_overlay(bytes, at + 22 + 65536);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_UNKNOWN);
}
END_TEST

/* ---- what the program itself tells ------------------------------------- */

START_TEST(another_program)
{
    sample inner = sample_of(PEL_BUILD_PE32);
    sample_finish(&inner);
    sample s = with_overlay(inner.bytes.data, inner.bytes.size);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_PE);
    sample_free(&inner);
}
END_TEST

/* Eight bytes of offset, then the SHA-256 of ".net core bundle". */
START_TEST(a_bundle_of_dotnet_has_its_mark_in_the_program)
{
    uint8_t code[] = { 0,    0,    0,    0,    0,    0,    0,    0,    0x8b, 0x12,
                       0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02,
                       0x14, 0xd7, 0xa0, 0x32, 0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae,
                       0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae };
    static const uint64_t headers[] = { OVERLAY + 2, OVERLAY, OVERLAY + 4, OVERLAY - 1, 0 };
    for (size_t i = 0; i < 5; i++) {
        for (unsigned b = 0; b < 8; b++)
            code[b] = (uint8_t)(headers[i] >> (8 * b));
        sample s = with_overlay("\1\2\3\4", 4);
        pel_builder_patch(s.b, (pel_foff){ 0x400 }, code, sizeof code);
        ck_assert_int_eq(first_kind(&s), i < 2 ? PEL_OVERLAY_DOTNET_BUNDLE : PEL_OVERLAY_UNKNOWN);
    }
}
END_TEST

START_TEST(burn_has_a_section)
{
    sample s = with_overlay(B("MSCF\0\0\0\0\x2c\0\0\0"));
    pel_builder_section(s.b, ".wixburn", PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_BURN);
}
END_TEST

START_TEST(old_inno_setup_has_a_word_in_the_header)
{
    sample s = with_overlay(B("\1\2\3\4"));
    pel_builder_patch(s.b, (pel_foff){ 0x30 }, "Inno", 4);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_INNO);
}
END_TEST

/* A table whose string table is missing accounts for nothing. */
START_TEST(symbols_that_the_header_leads_to)
{
    sample s = with_overlay(B("\1\2\3\4\5\6"));
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", OVERLAY);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", 1000);
    ck_assert_int_eq(first_kind(&s), PEL_OVERLAY_COFF_SYMBOLS);
}
END_TEST

/* ---- parts ------------------------------------------------------------- */

static void ck_part(pel_overlay_iter *it, pel_overlay_kind kind, uint64_t offset, size_t size)
{
    pel_overlay_part part;
    ck_assert(pel_overlay_next(it, &part));
    ck_assert_str_eq(pel_overlay_kind_name(part.kind), pel_overlay_kind_name(kind));
    ck_hex(part.offset.v, offset);
    ck_assert_uint_eq(part.bytes.size, size);
}

START_TEST(the_certificate_table_cuts_it_into_parts)
{
    pel_overlay_part part;
    /* 4 zeros, 12 of gzip, 8 of a table, 3 behind it */
    sample s = with_overlay(B("\0\0\0\0\x1f\x8b\x08\0\1\2\3\4\5\6\7\10"
                              "\x08\0\0\0\0\2\2\0"
                              "MZ."));
    pel_builder_poke(s.b, "optional_header.DataDirectory[4].VirtualAddress", OVERLAY + 16);
    pel_builder_poke(s.b, "optional_header.DataDirectory[4].Size", 8);
    sample_parse(&s);
    pel_overlay_iter it = pel_image_overlay_parts(s.img);
    ck_part(&it, PEL_OVERLAY_PADDING, OVERLAY, 4);
    ck_part(&it, PEL_OVERLAY_GZIP, OVERLAY + 4, 12);
    ck_part(&it, PEL_OVERLAY_CERTIFICATES, OVERLAY + 16, 8);
    ck_part(&it, PEL_OVERLAY_TEXT, OVERLAY + 24, 3);
    ck_assert(!pel_overlay_next(&it, &part));
    ck_assert(!pel_overlay_next(&it, &part));
    sample_free(&s);
}
END_TEST

/* Something that is known by its end begins behind the zeros, and NSIS with four of them. */
START_TEST(zeros_before_something_are_padding)
{
    uint8_t bytes[300] = { 0 };
    size_t size = zip_of("a/bcd.txt", bytes + 19);
    sample s = with_overlay(bytes, 19 + size);
    sample_parse(&s);
    pel_overlay_iter it = pel_image_overlay_parts(s.img);
    ck_part(&it, PEL_OVERLAY_PADDING, OVERLAY, 19);
    ck_part(&it, PEL_OVERLAY_ZIP, OVERLAY + 19, size);
    sample_free(&s);
    s = with_overlay(bytes + 4, 15 + size); /* so few may be its own */
    sample_parse(&s);
    it = pel_image_overlay_parts(s.img);
    ck_part(&it, PEL_OVERLAY_ZIP, OVERLAY, 15 + size);
    sample_free(&s);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes + 32 + 4, "\xef\xbe\xad\xdeNullsoftInst", 16);
    s = with_overlay(bytes, 32 + 28);
    sample_parse(&s);
    it = pel_image_overlay_parts(s.img);
    ck_part(&it, PEL_OVERLAY_PADDING, OVERLAY, 32);
    ck_part(&it, PEL_OVERLAY_NSIS, OVERLAY + 32, 28);
    sample_free(&s);
}
END_TEST

/* Tables that lie before the overlay, lead out of the file, or wrap. */
START_TEST(a_table_elsewhere_does_not_matter)
{
    static const uint32_t tables[][2] = {
        { 0x200, 8 }, { OVERLAY - 8, 8 }, { OVERLAY + 4, 100 }, { 0xfffffff0, 0xffffffff }, { 8, 0 }
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        sample s = with_overlay("\1\2\3\4", 4);
        pel_builder_poke(s.b, "optional_header.DataDirectory[4].VirtualAddress", tables[i][0]);
        pel_builder_poke(s.b, "optional_header.DataDirectory[4].Size", tables[i][1]);
        sample_parse(&s);
        pel_overlay_iter it = pel_image_overlay_parts(s.img);
        ck_part(&it, PEL_OVERLAY_UNKNOWN, OVERLAY, 4);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_table_that_begins_before_the_overlay_is_clipped)
{
    sample s = with_overlay("\1\2\3\4", 4);
    pel_builder_poke(s.b, "optional_header.DataDirectory[4].VirtualAddress", OVERLAY - 8);
    pel_builder_poke(s.b, "optional_header.DataDirectory[4].Size", 0x1000);
    sample_parse(&s);
    pel_overlay_iter it = pel_image_overlay_parts(s.img);
    ck_part(&it, PEL_OVERLAY_CERTIFICATES, OVERLAY, 4);
    sample_free(&s);
}
END_TEST

START_TEST(nothing_has_no_parts)
{
    pel_overlay_part part;
    sample s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    pel_overlay_iter it = pel_image_overlay_parts(s.img);
    ck_assert(!pel_overlay_next(&it, &part));
    sample_free(&s);
    ck_assert_str_eq(pel_overlay_kind_name(PEL_OVERLAY_COUNT), "unknown");
    ck_assert_str_eq(pel_overlay_kind_meaning(PEL_OVERLAY_PE), "another PE file");
}
END_TEST

PEL_TESTS(pe_overlay)
{
    tcase_add_loop_test(tests, each_format_is_known, 0, sizeof starts / sizeof starts[0]);
    tcase_add_test(tests, zip_is_found_by_its_end);
    tcase_add_test(tests, the_end_of_zip_is_looked_for_as_far_as_a_comment_is_long);
    tcase_add_test(tests, another_program);
    tcase_add_test(tests, a_bundle_of_dotnet_has_its_mark_in_the_program);
    tcase_add_test(tests, burn_has_a_section);
    tcase_add_test(tests, old_inno_setup_has_a_word_in_the_header);
    tcase_add_test(tests, symbols_that_the_header_leads_to);
    tcase_add_test(tests, the_certificate_table_cuts_it_into_parts);
    tcase_add_test(tests, zeros_before_something_are_padding);
    tcase_add_test(tests, a_table_elsewhere_does_not_matter);
    tcase_add_test(tests, a_table_that_begins_before_the_overlay_is_clipped);
    tcase_add_test(tests, nothing_has_no_parts);
}
