/* SPDX-License-Identifier: Apache-2.0 */
/* Objects, import objects and separate debug files on literal bytes, typed from the specification.
 */
#include "base/text.h"
#include "check_pel.h"

#include <string.h>

/* clang-format off */

/* IMAGE_FILE_HEADER, one section, its data, two relocations, symbols, strings. */
static const uint8_t object[] = {
    0x64,0x86, 1,0, 1,2,3,4, 0x5c,0,0,0, 3,0,0,0, 0,0, 0,0,
    '.','d','r','e','c','t','v','e', 0,0,0,0, 0,0,0,0, 12,0,0,0, 0x3c,0,0,0, 0x48,0,0,0, 0,0,0,0,
    2,0, 0,0, 0x00,0x10,0x10,0,                               /* COMDAT */
    '-','a',' ','/','b',':','"','c',' ','d','"',0,            /* at 0x3c */
    1,0,0,0, 2,0,0,0, 4,0,                                    /* at 0x48: REL32 */
    5,0,0,0, 9,0,0,0, 0x99,0,                                 /* no such symbol, no such type */
    '.','d',0,0,0,0,0,0, 0,0,0,0, 1,0, 0,0, 3, 1,             /* at 0x5c */
    12,0,0,0, 2,0, 0,0, 0x78,0x56,0x34,0x12, 0,0, 2, 0, 0,0,
    0,0,0,0,4,0,0,0, 3,0,0,0, 1,0, 0x20,0, 2, 0,
    10,0,0,0, 'n','a','m','e','d',0,
};

/* ANON_OBJECT_HEADER_BIGOBJ, no section, one IMAGE_SYMBOL_EX. */
static const uint8_t big_object[] = {
    0,0, 0xff,0xff, 2,0, 0x64,0xaa, 1,2,3,4,
    0xc7,0xa1,0xba,0xd1,0xee,0xba,0xa9,0x4b,0xaf,0x20,0xfa,0xf6,0x6a,0xa4,0xdc,0xb8,
    0,0,0,0, 1,0,0,0, 0x10,0,0,0, 0x20,0,0,0, 0,0,0,0, 0x38,0,0,0, 1,0,0,0,
    'f','a','r',0,0,0,0,0, 7,0,0,0, 0x56,0x34,0x12,0, 0x20,0, 2, 0,
    4,0,0,0,
};

/* IMPORT_OBJECT_HEADER: data, NAME_NO_PREFIX, a reserved bit. */
static const uint8_t import[] = {
    0,0, 0xff,0xff, 0,0, 0x4c,0x01, 1,2,3,4, 11,0,0,0, 0x34,0x12, 0x29,0,
    '_','f','@','4',0, 'a','.','d','l','l',0,
};

/* IMAGE_SEPARATE_DEBUG_HEADER, no section, names, one IMAGE_DEBUG_DIRECTORY. */
static const uint8_t debug_file[] = {
    0x44,0x49, 0,0x80, 0x4c,0x01, 0x0e,0x01, 1,2,3,4, 5,0,0,0, 0,0,0x40,0, 0,0x20,0,0,
    0,0,0,0, 4,0,0,0, 28,0,0,0, 0,0x10,0,0, 6,0,0,0, 7,0,0,0,
    'a',0,'b',0,
    0,0,0,0, 1,2,3,4, 0,0, 0,0, 4,0,0,0, 2,0,0,0, 0,0,0,0, 0x30,0,0,0,
};

/* clang-format on */

static pel_image *parse(const void *bytes, size_t size)
{
    pel_image *image = NULL;
    ck_ok(pel_image_parse((pel_span){ bytes, size }, NULL, &image));
    return image;
}

static void ck_text(pel_str text, const char *wanted)
{
    ck_assert_uint_eq(text.len, strlen(wanted));
    ck_assert(text.len == 0 || memcmp(text.ptr, wanted, text.len) == 0);
}

static bool told(const pel_image *image, pel_diag_code code)
{
    for (size_t i = 0; i < pel_image_diag_count(image); i++)
        if (pel_image_diag(image, i)->code == code)
            return true;
    return false;
}

/* ---- kinds ------------------------------------------------------------- */

#define ROW(bytes) bytes, sizeof bytes

static const uint8_t big_endian[] = { 0x49, 0x44, 0, 0, 0x01, 0xf0, 0, 0, 0, 0, 0, 0 };
static const uint8_t non_paged[] = { 0x4e, 0x49, 0, 0, 0, 0, 0, 0, 0x4c, 0x01, 0, 0 };

static const struct {
    const uint8_t *bytes;
    size_t size;
    pel_image_kind kind;
} kinds[] = {
    { ROW(object), PEL_IMAGE_OBJECT },
    { ROW(big_object), PEL_IMAGE_BIG_OBJECT },
    { big_object, 32, PEL_IMAGE_BIG_OBJECT },
    { ROW(import), PEL_IMAGE_IMPORT_OBJECT },
    { ROW(debug_file), PEL_IMAGE_SEPARATE_DEBUG },
    { ROW(non_paged), PEL_IMAGE_SEPARATE_DEBUG },
    { (const uint8_t *)"!<arch>\n", 8, PEL_IMAGE_ARCHIVE },
    { (const uint8_t *)"!<thin>\n", 8, PEL_IMAGE_THIN_ARCHIVE },
    { (const uint8_t *)"!<arch>", 7, PEL_IMAGE_UNKNOWN },
    { object, 19, PEL_IMAGE_UNKNOWN },
    { import, 19, PEL_IMAGE_UNKNOWN },
    { (const uint8_t *)"a file of text, as any other.", 29, PEL_IMAGE_UNKNOWN },
    { NULL, 0, PEL_IMAGE_UNKNOWN },
};

START_TEST(bytes_are_told_by_how_they_begin)
{
    pel_image *image = parse(kinds[_i].bytes, kinds[_i].size);
    ck_assert_int_eq(pel_identify((pel_span){ kinds[_i].bytes, kinds[_i].size }), kinds[_i].kind);
    ck_assert_int_eq(pel_image_get_kind(image), kinds[_i].kind);
    ck_assert(!pel_image_is_pe(image));
    pel_image_free(image);
}
END_TEST

/* ---- COFF objects ------------------------------------------------------ */

START_TEST(relocations_are_walked)
{
    pel_image *image = parse(object, sizeof object);
    pel_coff_relocation r;
    pel_coff_reloc_iter it = pel_image_coff_relocs(image, 0);
    ck_assert_uint_eq(it.count, 2);
    ck_hex(it.offset.v, 0x48);
    ck_assert(pel_coff_reloc_next(&it, &r));
    ck_hex(r.address.v, 1);
    ck_assert_uint_eq(r.symbol, 2);
    ck_assert_str_eq(pel_coff_reloc_type_name(0x8664, r.type), "IMAGE_REL_AMD64_REL32");
    ck_assert(pel_coff_reloc_next(&it, &r));
    ck_hex(r.type, 0x99);
    ck_assert_ptr_null(pel_coff_reloc_type_name(0x8664, r.type));
    ck_assert(!pel_coff_reloc_next(&it, &r));
    ck_ok(it.status);
    ck_assert_uint_eq(pel_image_coff_relocs(image, 1).count, 0);
    pel_image_free(image);
}
END_TEST

START_TEST(more_relocations_than_a_header_can_count)
{
    pel_coff_relocation r;
    uint8_t bytes[sizeof object];
    memcpy(bytes, object, sizeof object);
    bytes[0x34] = bytes[0x35] = 0xff; /* NumberOfRelocations */
    bytes[0x3b] = 0x01;               /* IMAGE_SCN_LNK_NRELOC_OVFL */
    bytes[0x48] = 2;                  /* itself, and one more */
    pel_image *image = parse(bytes, sizeof bytes);
    pel_coff_reloc_iter it = pel_image_coff_relocs(image, 0);
    ck_assert(it.extended);
    ck_assert_uint_eq(it.count, 1);
    ck_assert(pel_coff_reloc_next(&it, &r));
    ck_hex(r.address.v, 5);
    ck_assert(!pel_coff_reloc_next(&it, &r));
    pel_image_free(image);
}
END_TEST

START_TEST(relocations_end_with_the_file)
{
    pel_coff_relocation r;
    pel_image *image = parse(object, 0x48 + 15);
    pel_coff_reloc_iter it = pel_image_coff_relocs(image, 0);
    ck_assert(pel_coff_reloc_next(&it, &r));
    ck_assert(!pel_coff_reloc_next(&it, &r));
    ck_status(PEL_TRUNCATED, it.status);
    ck_assert(told(image, PEL_DIAG_RELOCATIONS_CUT));
    pel_image_free(image);
}
END_TEST

START_TEST(comdat_sections_are_found)
{
    pel_comdat c;
    pel_coff_entry e;
    pel_image *image = parse(object, sizeof object);
    ck_assert(pel_image_comdats(image, &c));
    ck_assert(c.present);
    ck_hex(c.aux.checksum, 0x12345678);
    ck_assert_uint_eq(c.aux.selection, PEL_COMDAT_ANY);
    ck_assert_uint_eq(c.associated, 0);
    ck_ok(pel_coff_at(image, c.symbol, &e));
    ck_text(e.name, "named");
    pel_image_free(image);
}
END_TEST

START_TEST(directives_keep_their_quotes)
{
    pel_str text;
    uint32_t section = 7;
    pel_image *image = parse(object, sizeof object);
    pel_directive_iter it = pel_image_directives(image);
    ck_assert(pel_directive_next(&it, &text, &section));
    ck_text(text, "-a");
    ck_assert_uint_eq(section, 0);
    ck_assert(pel_directive_next(&it, &text, &section));
    ck_text(text, "/b:\"c d\"");
    ck_assert(!pel_directive_next(&it, &text, &section));
    ck_ok(it.status);
    pel_image_free(image);
}
END_TEST

/* ---- anonymous objects ------------------------------------------------- */

START_TEST(big_objects_are_read)
{
    pel_coff_entry e;
    pel_image *image = parse(big_object, sizeof big_object);
    const pel_anon_object *h = pel_image_anon_header(image);
    ck_assert_ptr_nonnull(h);
    ck_assert_uint_eq(h->version, 2);
    ck_hex(h->machine, 0xaa64);
    ck_hex(h->timestamp, 0x04030201);
    ck_assert_str_eq(pel_anon_class_name(h->class_id), "big object");
    ck_hex(h->flags, 1);
    ck_hex(h->metadata_size, 0x10);
    ck_hex(h->metadata_offset.v, 0x20);
    ck_hex(h->symbol_table.v, 0x38);
    ck_assert_uint_eq(h->symbol_count, 1);
    pel_coff_iter it = pel_image_coff_symbols(image);
    ck_assert(pel_coff_next(&it, &e));
    ck_text(e.name, "far");
    ck_hex(e.section, 0x123456);
    ck_hex(e.record.value, 7);
    ck_hex(e.record.type, 0x20);
    ck_assert_uint_eq(e.size, PEL_COFF_SYMBOL_EX_SIZE);
    ck_assert(!pel_coff_next(&it, &e));
    pel_image_free(image);
}
END_TEST

START_TEST(version_1_ends_behind_size_of_data)
{
    uint8_t bytes[40];
    pel_foff at;
    memcpy(bytes, big_object, sizeof bytes);
    bytes[4] = 1;
    bytes[28] = 9; /* SizeOfData: one byte more than there is */
    pel_image *image = parse(bytes, sizeof bytes);
    ck_assert_int_eq(pel_image_get_kind(image), PEL_IMAGE_ANONYMOUS);
    ck_assert_uint_eq(pel_image_anon_data(image, &at).size, 8);
    ck_hex(at.v, 32);
    ck_hex(pel_image_anon_header(image)->flags, 0);
    pel_image_free(image);
}
END_TEST

/* ---- import objects ---------------------------------------------------- */

START_TEST(import_objects_are_read)
{
    pel_import_names n;
    pel_image *image = parse(import, sizeof import);
    const pel_import_object *h = pel_image_import_header(image);
    ck_hex(h->sig2, 0xffff);
    ck_hex(h->machine, 0x14c);
    ck_hex(h->timestamp, 0x04030201);
    ck_assert_uint_eq(h->data_size, 11);
    ck_hex(h->ordinal, 0x1234);
    ck_ok(pel_image_import_names(image, &n));
    ck_assert_uint_eq(n.type, 1);
    ck_assert_uint_eq(n.name_type, PEL_IMPORT_NAME_NO_PREFIX);
    ck_assert_uint_eq(n.reserved, 1);
    ck_text(n.symbol, "_f@4");
    ck_text(n.dll, "a.dll");
    ck_text(n.import_name, "f@4");
    pel_image_free(image);
}
END_TEST

/* NameType, and what the loader looks for; NULL: nothing. */
static const struct {
    uint8_t type;
    pel_status status;
    const char *name;
} name_types[] = {
    { PEL_IMPORT_ORDINAL, PEL_OK, NULL },
    { PEL_IMPORT_NAME, PEL_OK, "_f@4" },
    { PEL_IMPORT_NAME_NO_PREFIX, PEL_OK, "f@4" },
    { PEL_IMPORT_NAME_UNDECORATE, PEL_OK, "f" },
    { PEL_IMPORT_NAME_EXPORTAS, PEL_TRUNCATED, NULL },
    { 7, PEL_OK, NULL },
};

START_TEST(names_are_made_as_name_type_says)
{
    pel_import_names n;
    uint8_t bytes[sizeof import];
    memcpy(bytes, import, sizeof import);
    bytes[18] = (uint8_t)(name_types[_i].type << 2);
    pel_image *image = parse(bytes, sizeof bytes);
    ck_status(name_types[_i].status, pel_image_import_names(image, &n));
    ck_assert(n.has_import == (name_types[_i].name != NULL));
    ck_text(n.import_name, name_types[_i].name ? name_types[_i].name : "");
    pel_image_free(image);
}
END_TEST

START_TEST(names_end_with_the_file)
{
    pel_import_names n;
    for (size_t size = 20; size < sizeof import; size++) {
        pel_image *image = parse(import, size);
        ck_status(PEL_TRUNCATED, pel_image_import_names(image, &n));
        ck_assert(n.has_symbol == (size >= 25) && !n.has_dll);
        ck_assert(told(image, PEL_DIAG_IMPORT_NAMES_CUT));
        pel_image_free(image);
    }
}
END_TEST

/* ---- separate debug files ---------------------------------------------- */

START_TEST(separate_debug_files_are_read)
{
    pel_foff at;
    pel_debug_entry e;
    pel_image *image = parse(debug_file, sizeof debug_file);
    const pel_separate_debug *h = pel_image_debug_header(image);
    ck_hex(h->signature, 0x4944);
    ck_hex(h->flags, 0x8000);
    ck_hex(h->characteristics, 0x10e);
    ck_hex(h->checksum, 5);
    ck_hex(h->image_base, 0x400000);
    ck_hex(h->size_of_image, 0x2000);
    ck_hex(h->section_alignment, 0x1000);
    ck_hex(h->reserved[1], 7);
    ck_assert_uint_eq(pel_image_exported_names(image, &at).size, 4);
    ck_hex(at.v, 0x30);
    pel_debug_iter it = pel_image_debug(image);
    ck_assert(pel_debug_next(&it, &e));
    ck_assert_uint_eq(e.directory.type, PEL_DEBUG_MISC);
    ck_hex(e.data_offset.v, 0x30);
    ck_assert_uint_eq(e.data.size, 2);
    ck_assert(!pel_debug_next(&it, &e));
    pel_image_free(image);
}
END_TEST

START_TEST(other_debug_files_are_named_only)
{
    pel_image *image = parse(big_endian, sizeof big_endian);
    ck_assert_int_eq(pel_image_debug_variant(image), PEL_DEBUG_FILE_BIG_ENDIAN); /* PowerPC */
    ck_assert_ptr_null(pel_image_debug_header(image));
    ck_assert(told(image, PEL_DIAG_DEBUG_FILE_VARIANT));
    pel_image_free(image);
    image = parse(non_paged, sizeof non_paged);
    ck_assert_int_eq(pel_image_debug_variant(image), PEL_DEBUG_FILE_NON_PAGED);
    ck_assert_ptr_null(pel_image_debug_header(image));
    pel_image_free(image);
}
END_TEST

PEL_TESTS(pe_object)
{
    tcase_add_loop_test(tests, bytes_are_told_by_how_they_begin, 0, sizeof kinds / sizeof kinds[0]);
    tcase_add_test(tests, relocations_are_walked);
    tcase_add_test(tests, more_relocations_than_a_header_can_count);
    tcase_add_test(tests, relocations_end_with_the_file);
    tcase_add_test(tests, comdat_sections_are_found);
    tcase_add_test(tests, directives_keep_their_quotes);
    tcase_add_test(tests, big_objects_are_read);
    tcase_add_test(tests, version_1_ends_behind_size_of_data);
    tcase_add_test(tests, import_objects_are_read);
    tcase_add_loop_test(tests, names_are_made_as_name_type_says, 0,
                        sizeof name_types / sizeof name_types[0]);
    tcase_add_test(tests, names_end_with_the_file);
    tcase_add_test(tests, separate_debug_files_are_read);
    tcase_add_test(tests, other_debug_files_are_named_only);
}
