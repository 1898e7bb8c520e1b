/* SPDX-License-Identifier: Apache-2.0 */
/* Every oddity that is looked for on request: made of literal bytes, and told with its code, place
 * and numbers. What the sample looks like: sample.h. Its .data lies at RVA 0x2000, offset 0x400. */
#include <pelorus/certificates.h>

#include "sample.h"

/* Bytes of the finished file. */
typedef struct put {
    uint32_t at;
    const char *bytes;
    size_t size;
} put;
#define PUT(at, literal)                                                                           \
    {                                                                                              \
        at, literal, sizeof literal - 1                                                            \
    }

#define OPTIONAL(field)        "optional_header." field
#define DIR(index, field)      "data_directories[" #index "]." field
#define DIR_AT(index)          (SAMPLE_DIRECTORIES + 8 * (index))
#define AT(offset)             (SAMPLE_OPTIONAL + (offset))
#define SECTION(index, offset) (SAMPLE_TABLE + 40 * (index) + (offset))
#define NOWHERE                UINT64_MAX
#define DATA                   0x400
#define FLAGS                  OPTIONAL("DllCharacteristics")
#define NOW                    1700000000

/* A directory at the start of .data. */
#define DIRECTORY(index, size)                                                                     \
    POKE(DIR(index, "VirtualAddress"), 0x2000), POKE(DIR(index, "Size"), size)

static void add_overlay(sample *s) { pel_builder_overlay(s->b, "0123456789abcdef", 16); }

/* WIN_CERTIFICATE with PKCS #7: version, no list of hash functions, then what the lines say. */
static const char signature[] =
    "\xae\0\0\0\0\2\2\0\x30\x81\xa3\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" /* signedData */
    "\xa0\x81\x95\x30\x81\x92\2\1\1\x31\0"
    "\x30\x3f\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04\xa0\x31"         /* indirect data */
    "\x30\x2f\x30\x0c\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f"         /* of a PE file */
    "\x30\x1f\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x14----the digest: ----" /* SHA-1 */
    "\xa0\x0f\x30\x0d\x30\x0b\2\1\7\x30\0\x30\0\x30\0\x30\0" /* a certificate: serial 7 */
    "\x31\x39\x30\x37\2\1\1\x30\5\x30\0\2\1\7\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a" /* its signer */
    "\xa0\x12\x30\x10\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04\x31\3\4\1?" /* messageDigest */
    "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\4\1!\0";
#define SIGNATURE_DIGEST 0x4e

static void add_signature(sample *s) { pel_builder_overlay(s->b, signature, sizeof signature); }

/* The same with the digest that the file has. */
static void add_right_signature(sample *s)
{
    uint8_t bytes[sizeof signature], digest[PEL_DIGEST_MAX];
    sample plain = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&plain);
    ck_assert_uint_eq(pel_image_authentihash(plain.img, PEL_HASH_SHA1, digest), 20);
    sample_free(&plain);
    memcpy(bytes, signature, sizeof signature);
    memcpy(bytes + SIGNATURE_DIGEST, digest, 20);
    pel_builder_overlay(s->b, bytes, sizeof bytes);
}

static void add_rich(sample *s)
{
    pel_builder_rich(s->b, 0x0078, 50727, 1); /* the linker of version 8 */
    pel_builder_poke(s->b, "optional_header.MajorLinkerVersion", 14);
}

static void add_third_section(sample *s)
{
    pel_builder_data(s->b, pel_builder_section(s->b, ".third", SAMPLE_RX), "\xc3", 1);
    pel_builder_poke(s->b, "optional_header.AddressOfEntryPoint", 0x3000);
}

static void add_many_sections(sample *s)
{
    for (unsigned i = 2; i < 97; i++)
        pel_builder_section(s->b, ".x", SAMPLE_RW);
}

static void fill_with_noise(sample *s)
{
    uint64_t state = 1;
    static uint8_t noise[0x4000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)random_below(&state, 256);
    pel_builder_data(s->b, SAMPLE_DATA, noise, sizeof noise);
}

static void fill_with_one_byte(sample *s)
{
    uint8_t many[0x1000];
    memset(many, 'A', sizeof many);
    pel_builder_data(s->b, SAMPLE_DATA, many, sizeof many);
}

static void add_long_name(sample *s)
{
    char name[5000];
    memset(name, 'n', sizeof name);
    pel_builder_data(s->b, SAMPLE_DATA, name, sizeof name);
}

/* As it is mapped: the code at its RVA, and nothing where it was in the file. */
static void dump_memory(sample *s)
{
    pel_builder_resize(s->b, SAMPLE_IMAGE);
    pel_builder_patch(s->b, (pel_foff){ 0x1000 }, "\x31\xc0\xc3", 3);
    pel_builder_patch(s->b, (pel_foff){ 0x200 }, "\0\0\0", 3);
    pel_builder_patch(s->b, (pel_foff){ DATA }, "\0\0\0\0\0\0\0\0", 8);
}

static void remove_sections(sample *s)
{
    pel_builder_poke(s->b, "file_header.NumberOfSections", 0);
}

/* An import descriptor at 0x400, its lookup table at 0x440, address table at 0x460, names. */
#define DESCRIPTOR                                                                                 \
    PUT(DATA, "\x40\x20\0\0\0\0\0\0\0\0\0\0\x80\x20\0\0\x60\x20\0\0"),                             \
        PUT(DATA + 0x80, "a.dll\0"), PUT(DATA + 0x40, "\xa0\x20\0\0\0\0\0\0"),                     \
        PUT(DATA + 0x60, "\xa0\x20\0\0\0\0\0\0"), PUT(DATA + 0xa0, "\0\0Name\0")
/* An export directory at 0x400: one function at 0x440, two names at 0x448, indices at 0x458. */
#define EXPORTS                                                                                    \
    PUT(DATA, "\0\0\0\0\0\0\0\0\0\0\0\0\x80\x20\0\0\1\0\0\0\1\0\0\0\2\0\0\0"                       \
              "\x40\x20\0\0\x48\x20\0\0\x58\x20\0\0"),                                             \
        PUT(DATA + 0x40, "\0\x10\0\0"), PUT(DATA + 0x48, "\x90\x20\0\0\x94\x20\0\0"),              \
        PUT(DATA + 0x58, "\0\0\0\0"), PUT(DATA + 0x80, "s.dll\0"), PUT(DATA + 0x90, "aa\0\0bb\0")
/* A TLS directory at 0x400: template 0x2100..0x2108, index at 0x2110, a callback at 0x1000. */
#define TLS                                                                                        \
    PUT(DATA, "\0\x21\0\x40\1\0\0\0\x08\x21\0\x40\1\0\0\0\x10\x21\0\x40\1\0\0\0"                   \
              "\x20\x21\0\x40\1\0\0\0\0\0\0\0\0\0\0\0"),                                           \
        PUT(DATA + 0x120, "\0\x10\0\x40\1\0\0\0\0\0\0\0\0\0\0\0")
/* A load configuration of 0xa0 bytes at 0x400; the cookie at 0x2100, 2 guard functions at 0x2110.
 */
#define CONFIG                                                                                     \
    PUT(DATA, "\xa0\0\0\0"), PUT(DATA + 0x58, "\0\x21\0\x40\1\0\0\0"),                             \
        PUT(DATA + 0x80, "\x10\x21\0\x40\1\0\0\0\2\0\0\0\0\0\0\0"),                                \
        PUT(DATA + 0x100, "\x32\xa2\xdf\x2d\x99\x2b\0\0"),                                         \
        PUT(DATA + 0x110, "\0\x10\0\0\x01\x10\0\0")
/* A block of relocations at 0x400 with two entries. */
#define BLOCK(page, size, entries) PUT(DATA, page size entries)

static const struct {
    pel_diag_code code;
    const char *where;
    uint64_t offset, found, limit;
    void (*make_odd)(sample *s);
    edit edits[5];
    put puts[10];
} rows[] = {
#include "lint_rows_directories.h"
#include "lint_rows_headers.h"
#include "lint_rows_rest.h"
};
#define ROWS (sizeof rows / sizeof rows[0])

static const pel_image_options thorough = { .thorough = true, .now = NOW };

static sample make(size_t row)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    if (rows[row].make_odd)
        rows[row].make_odd(&s);
    sample_edit(&s, rows[row].edits, 5);
    for (size_t i = 0; i < 10 && rows[row].puts[i].bytes; i++)
        pel_builder_patch(s.b, (pel_foff){ rows[row].puts[i].at }, rows[row].puts[i].bytes,
                          rows[row].puts[i].size);
    sample_finish(&s);
    return s;
}

/* The diagnostic with that code and place, or one with that code, or NULL. */
static const pel_diag *find(const pel_image *img, size_t row)
{
    char where[128];
    for (size_t i = 0; i < pel_image_diag_count(img); i++) {
        const pel_diag *d = pel_image_diag(img, i);
        pel_place_format(&d->where, where, sizeof where);
        if (d->code == rows[row].code && strcmp(where, rows[row].where) == 0)
            return d;
    }
    return diag_of(img, rows[row].code);
}

START_TEST(each_oddity_is_told_with_its_place_and_numbers)
{
    sample s = make((size_t)_i);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    const pel_diag *d = find(s.img, (size_t)_i);
    ck_assert_msg(d != NULL, "row %d: no %s", _i, pel_diag_code_name(rows[_i].code));
    char where[128];
    pel_place_format(&d->where, where, sizeof where);
    ck_assert_str_eq(where, rows[_i].where);
    if (rows[_i].offset != NOWHERE - 1) /* where it depends on the size of another header */
        ck_place(&d->where, rows[_i].where, rows[_i].offset);
    ck_assert_int_eq(d->severity, pel_diag_severity(d->code));
    if (rows[_i].found != NOWHERE)
        ck_hex(d->found, rows[_i].found);
    if (d->code == PEL_DIAG_CHECKSUM_WRONG)
        ck_hex(d->limit, pel_image_checksum(s.img));
    else
        ck_hex(d->limit, rows[_i].limit);
    ck_value_shown(s.img, d);
    sample_free(&s);
}
END_TEST

START_TEST(nobody_is_told_of_it_without_asking)
{
    sample s = make((size_t)_i);
    ck_ok(pel_image_parse(s.bytes, NULL, &s.img));
    ck_assert_ptr_null(diag_of(s.img, rows[_i].code));
    sample_free(&s);
}
END_TEST

/* RESERVED_NOT_ZERO and others have two rows; those of huge lists are in tests/robust. */
START_TEST(every_code_has_a_row)
{
    for (int code = PEL_DIAG_LIMIT_DIAGNOSTICS + 1; code < PEL_DIAG_COUNT; code++) {
        bool has = code == PEL_DIAG_IMPORTS_CUT;
        for (size_t i = 0; i < ROWS; i++)
            has |= (int)rows[i].code == code;
        ck_assert_msg(has, "%s", pel_diag_code_name((pel_diag_code)code));
    }
}
END_TEST

/* ---- what is not odd --------------------------------------------------- */

START_TEST(a_plain_file_has_no_warnings)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    pel_builder_set(s.b, "file_header.TimeDateStamp", NOW - 1);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    for (size_t i = 0; i < pel_image_diag_count(s.img); i++) {
        const pel_diag *d = pel_image_diag(s.img, i);
        ck_assert_msg(d->severity == PEL_INFO, "%s", pel_diag_code_name(d->code));
    }
    sample_free(&s);
}
END_TEST

START_TEST(times_are_no_times_in_reproducible_files)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ DATA + 12 }, "\x10", 1); /* REPRO */
    pel_builder_poke(s.b, "data_directories[6].VirtualAddress", 0x2000);
    pel_builder_poke(s.b, "data_directories[6].Size", 28);
    pel_builder_poke(s.b, "file_header.TimeDateStamp", 0xfffffff0);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_TIMESTAMP_FUTURE));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_TIMESTAMPS_DIFFER));
    sample_free(&s);
}
END_TEST

/* Nobody knows what a program imports whose table the end of the file cuts off. */
START_TEST(imports_that_are_cut_off_are_not_none)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ 0x2000 }, 40);
    pel_builder_resize(s.b, 0x408);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_DIRECTORY_LIST_CUT));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_IMPORTS_NONE));
    sample_free(&s);
}
END_TEST

START_TEST(the_future_is_not_told_without_a_clock)
{
    pel_image_options options = { .thorough = true };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.TimeDateStamp", 0xfffffff0);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &options, &s.img));
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_TIMESTAMP_FUTURE));
    sample_free(&s);
}
END_TEST

START_TEST(an_oddity_is_told_eight_times_at_most)
{
    size_t told = 0;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    for (unsigned i = 0; i < 30; i++)
        pel_builder_section(s.b, "UPX0", SAMPLE_RW);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    for (size_t i = 0; i < pel_image_diag_count(s.img); i++)
        told += pel_image_diag(s.img, i)->code == PEL_DIAG_SECTION_NAME_PACKER;
    ck_assert_uint_eq(told, 8);
    sample_free(&s);
}
END_TEST

START_TEST(tables_that_many_descriptors_share_are_not_read_forever)
{
    /* 0x200 descriptors of one table of 0x400 functions: 0x80000 functions in a file of 24 KB. */
    static uint8_t table[0x200 * 20 + 20], thunks[0x400 * 8 + 8];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    uint32_t section = pel_builder_section(s.b, ".idata", SAMPLE_RW);
    pel_rva start = pel_builder_rva(s.b, section, 0);
    for (size_t i = 0; i < 0x200; i++) {
        pel_store_uint(table + 20 * i, 4, start.v + sizeof table);
        pel_store_uint(table + 20 * i + 12, 4, start.v + 2);
        pel_store_uint(table + 20 * i + 16, 4, start.v + sizeof table);
    }
    for (size_t i = 0; i < 0x400; i++)
        pel_store_uint(thunks + 8 * i, 8, start.v);
    pel_builder_data(s.b, section, table, sizeof table);
    pel_builder_data(s.b, section, thunks, sizeof thunks);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, start, sizeof table);
    sample_finish(&s);
    ck_ok(pel_image_parse(s.bytes, &thorough, &s.img));
    const pel_diag *d = diag_of(s.img, PEL_DIAG_IMPORTS_CUT);
    ck_assert_ptr_nonnull(d);
    ck_assert_uint_lt(d->found, 0x80000);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_lint_thorough)
{
    tcase_add_loop_test(tests, each_oddity_is_told_with_its_place_and_numbers, 0, ROWS);
    tcase_add_loop_test(tests, nobody_is_told_of_it_without_asking, 0, ROWS);
    tcase_add_test(tests, every_code_has_a_row);
    tcase_add_test(tests, a_plain_file_has_no_warnings);
    tcase_add_test(tests, times_are_no_times_in_reproducible_files);
    tcase_add_test(tests, imports_that_are_cut_off_are_not_none);
    tcase_add_test(tests, the_future_is_not_told_without_a_clock);
    tcase_add_test(tests, an_oddity_is_told_eight_times_at_most);
    tcase_add_test(tests, tables_that_many_descriptors_share_are_not_read_forever);
}
