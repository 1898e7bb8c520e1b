/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of file it is, told from its first bytes. */
#include "sample.h"

/* "MZ", e_lfanew 0x40, and a signature there. */
static sample behind_dos(const char *signature, size_t size)
{
    uint8_t bytes[0x40 + 0x40] = { 'M', 'Z' };
    bytes[0x3c] = 0x40;
    memcpy(bytes + 0x40, signature, size);
    return sample_raw(bytes, sizeof bytes);
}

static sample make_unknown(void)
{
    return sample_raw("\x7f"
                      "ELF....",
                      8);
}
static sample make_dos(void)
{
    uint8_t bytes[0x60] = { 'M', 'Z' };
    return sample_raw(bytes, sizeof bytes);
}
static sample make_ne(void) { return behind_dos("NE", 2); }
static sample make_le(void) { return behind_dos("LE", 2); }
static sample make_lx(void) { return behind_dos("LX", 2); }

static sample make_te(void)
{
    uint8_t bytes[40 + 40 + 0x20] = { 'V', 'Z', 0x64, 0x86, 1 };
    bytes[40 + 8] = 0x20;        /* VirtualSize */
    bytes[40 + 12] = 80;         /* VirtualAddress */
    bytes[40 + 16] = 0x20;       /* SizeOfRawData */
    bytes[40 + 20] = 80;         /* PointerToRawData */
    bytes[6] = 40, bytes[7] = 0; /* StrippedSize: nothing was cut */
    return sample_raw(bytes, sizeof bytes);
}

static sample with_relocs(pel_build_kind kind)
{
    sample s = sample_of(kind);
    pel_builder_rich(s.b, 0x104, 0x7809, 3);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_HIGHLOW);
    return s;
}

static sample make_pe32(void) { return with_relocs(PEL_BUILD_PE32); }
static sample make_pe32plus(void) { return with_relocs(PEL_BUILD_PE32PLUS); }

static sample make_magic(uint64_t magic)
{
    sample s = with_relocs(PEL_BUILD_PE32);
    pel_builder_poke(s.b, "optional_header.Magic", magic);
    return s;
}
static sample make_rom(void) { return make_magic(0x107); }
static sample make_pe(void) { return make_magic(0x10c); }

static const struct {
    sample (*make)(void);
    pel_image_kind kind;
    const char *name;
    bool pe;
} kinds[] = {
    { make_unknown, PEL_IMAGE_UNKNOWN, "unknown", false },
    { make_dos, PEL_IMAGE_DOS, "DOS", false },
    { make_ne, PEL_IMAGE_NE, "NE", false },
    { make_le, PEL_IMAGE_LE, "LE", false },
    { make_lx, PEL_IMAGE_LX, "LX", false },
    { make_te, PEL_IMAGE_TE, "TE", false },
    { make_pe, PEL_IMAGE_PE, "PE", true },
    { make_pe32, PEL_IMAGE_PE32, "PE32", true },
    { make_pe32plus, PEL_IMAGE_PE32PLUS, "PE32+", true },
    { make_rom, PEL_IMAGE_ROM, "ROM", true },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

START_TEST(each_kind_is_told_from_the_first_bytes)
{
    sample s = kinds[_i].make();
    sample_parse(&s);
    ck_assert_int_eq(pel_image_get_kind(s.img), kinds[_i].kind);
    ck_assert_str_eq(pel_image_kind_name(kinds[_i].kind), kinds[_i].name);
    ck_assert_int_eq(pel_image_is_pe(s.img), kinds[_i].pe);
    ck_assert_int_eq(pel_image_is_wide(s.img), kinds[_i].kind == PEL_IMAGE_PE32PLUS);
    ck_assert_uint_eq(pel_image_bytes(s.img).size, s.bytes.size);
    look_at_everything(s.img);
    sample_free(&s);
}
END_TEST

/* Each length in memory of its own, so that a read past the end is seen. */
START_TEST(a_file_of_each_kind_may_be_cut_anywhere)
{
    sample s = kinds[_i].make();
    sample_finish(&s);
    for (size_t size = 0; size <= s.bytes.size; size++) {
        uint8_t *cut = malloc(size ? size : 1);
        pel_image *img;
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, s.bytes.data, size);
        ck_ok(pel_image_parse((pel_span){ cut, size }, NULL, &img));
        if (size < 2)
            ck_assert_int_eq(pel_image_get_kind(img), PEL_IMAGE_UNKNOWN);
        look_at_everything(img);
        pel_image_free(img);
        free(cut);
    }
    sample_free(&s);
}
END_TEST

/* ---- the DOS header ---------------------------------------------------- */

START_TEST(fields_of_the_dos_header_are_read)
{
    uint8_t bytes[64];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    bytes[0] = 'M', bytes[1] = 'Z';
    sample s = sample_raw(bytes, sizeof bytes);
    sample_parse(&s);
    const pel_dos_header *h = pel_image_dos_header(s.img);
    ck_hex(h->magic, 0x5a4d);
    ck_hex(h->bytes_in_last_page, 0x0302);
    ck_hex(h->relocation_table, 0x1918);
    ck_hex(h->reserved[0], 0x1d1c);
    ck_hex(h->reserved[3], 0x2322);
    ck_hex(h->oem_id, 0x2524);
    ck_hex(h->reserved2[9], 0x3b3a);
    ck_hex(h->nt_header.v, 0x3f3e3d3c);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_DOS);
    sample_free(&s);
}
END_TEST

START_TEST(a_cut_dos_header_is_there_as_far_as_it_goes)
{
    uint8_t bytes[] = { 'M', 'Z', 0x34, 0x12, 0x78 };
    pel_structure at;
    sample s = sample_raw(bytes, sizeof bytes);
    sample_parse(&s);
    ck_hex(pel_image_dos_header(s.img)->bytes_in_last_page, 0x1234);
    ck_hex(pel_image_dos_header(s.img)->pages, 0);
    ck_ok(pel_image_structure(s.img, &pel_dos_header_schema, 0, &at));
    ck_assert_uint_eq(at.size, 64);
    ck_assert_uint_eq(at.available, 5);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_DOS_TRUNCATED));
    sample_free(&s);
}
END_TEST

START_TEST(a_file_that_is_not_mz_has_no_headers_at_all)
{
    uint32_t signature = 1;
    pel_foff offset;
    pel_structure at;
    sample s = make_unknown();
    sample_parse(&s);
    ck_assert_ptr_null(pel_image_dos_header(s.img));
    ck_assert_ptr_null(pel_image_file_header(s.img));
    ck_assert_ptr_null(pel_image_optional_header(s.img));
    ck_assert_ptr_null(pel_image_rom_header(s.img));
    ck_assert_ptr_null(pel_image_te_header(s.img));
    ck_assert(!pel_image_nt_signature(s.img, &signature, &offset));
    ck_assert_uint_eq(signature, 0);
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_dos_header_schema, 0, &at));
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

/* ---- e_lfanew ---------------------------------------------------------- */

START_TEST(a_signature_of_two_bytes_may_end_the_file)
{
    static const struct {
        const char *signature;
        pel_image_kind kind;
    } rows[] = { { "NE", PEL_IMAGE_NE },
                 { "LE", PEL_IMAGE_LE },
                 { "LX", PEL_IMAGE_LX },
                 { "PE", PEL_IMAGE_DOS } };
    uint32_t signature;
    pel_foff offset;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sample s = behind_dos(rows[i].signature, 2);
        pel_builder_resize(s.b, 0x42);
        sample_parse(&s);
        ck_assert_int_eq(pel_image_get_kind(s.img), rows[i].kind);
        ck_assert(!pel_image_nt_signature(s.img, &signature, &offset));
        sample_free(&s);
    }
}
END_TEST

START_TEST(the_signature_is_told_with_its_place)
{
    uint32_t signature;
    pel_foff offset;
    sample s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    ck_assert(pel_image_nt_signature(s.img, &signature, &offset));
    ck_hex(signature, 0x4550);
    ck_hex(offset.v, SAMPLE_NT);
    sample_free(&s);
}
END_TEST

/* "PE" and anything but two zeros is no signature of ours. */
START_TEST(a_broken_signature_makes_a_dos_program)
{
    static const uint32_t signatures[] = { 0, 0x00014550, 0x01004550, 0x4551, 0x5a4d, 0xffffffff };
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_poke(s.b, "nt_signature", signatures[i]);
        sample_parse(&s);
        ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_DOS);
        ck_assert_ptr_null(pel_image_file_header(s.img));
        ck_assert_uint_eq(pel_image_section_count(s.img), 0);
        sample_free(&s);
    }
}
END_TEST

START_TEST(an_offset_past_the_end_leads_nowhere)
{
    static const uint32_t offsets[] = { SAMPLE_SIZE - 3, SAMPLE_SIZE, 0x7fffffff, 0xfffffffc,
                                        0xffffffff };
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_poke(s.b, "dos_header.e_lfanew", offsets[i]);
        sample_parse(&s);
        ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_DOS);
        const pel_diag *d = diag_of(s.img, PEL_DIAG_NT_HEADER_PAST_EOF);
        ck_assert_ptr_nonnull(d);
        ck_hex(d->found, offsets[i]);
        ck_hex(d->limit, SAMPLE_SIZE);
        sample_free(&s);
    }
}
END_TEST

/* The relocations of old programs for DOS lie over e_lfanew. */
START_TEST(a_program_for_dos_alone_is_not_odd)
{
    static const uint64_t tables[] = { 0x1c, 0x3e, 0x40, 0 };
    for (size_t i = 0; i < 4; i++) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_poke(s.b, "dos_header.e_lfanew", 0x200);
        pel_builder_poke(s.b, "dos_header.e_lfarlc", tables[i]);
        sample_parse(&s);
        ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_DOS);
        ck_assert_int_eq(diag_of(s.img, PEL_DIAG_NT_SIGNATURE_NONE) != NULL, i >= 2);
        sample_free(&s);
    }
}
END_TEST

/* Very small files put the NT header over the DOS header; Windows takes that. */
START_TEST(the_nt_header_may_overlap_the_dos_header)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "dos_header.e_lfanew", 0x10);
    pel_builder_set(s.b, "optional_header.BaseOfCode", 0x10); /* the same bytes */
    sample_parse(&s);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_PE32PLUS);
    ck_hex(pel_image_dos_header(s.img)->nt_header.v, 0x10);
    ck_assert_uint_eq(pel_image_section_count(s.img), 2);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_NT_HEADER_IN_DOS));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dos)
{
    tcase_add_loop_test(tests, each_kind_is_told_from_the_first_bytes, 0, KINDS);
    tcase_add_loop_test(tests, a_file_of_each_kind_may_be_cut_anywhere, 0, KINDS);
    tcase_add_test(tests, fields_of_the_dos_header_are_read);
    tcase_add_test(tests, a_cut_dos_header_is_there_as_far_as_it_goes);
    tcase_add_test(tests, a_file_that_is_not_mz_has_no_headers_at_all);
    tcase_add_test(tests, a_signature_of_two_bytes_may_end_the_file);
    tcase_add_test(tests, the_signature_is_told_with_its_place);
    tcase_add_test(tests, a_broken_signature_makes_a_dos_program);
    tcase_add_test(tests, an_offset_past_the_end_leads_nowhere);
    tcase_add_test(tests, a_program_for_dos_alone_is_not_odd);
    tcase_add_test(tests, the_nt_header_may_overlap_the_dos_header);
}
