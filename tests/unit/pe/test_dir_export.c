/* SPDX-License-Identifier: Apache-2.0 */
/* The export tables, literal, in the data section of the sample: RVA 0x2000, file offset 0x400,
 * 0x200 bytes of the file and zeros to the end of the page. */
#include "base/text.h"
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

/* clang-format off */

/* Typed from the specification. Five functions from ordinal 10 on, four names. */
static const uint8_t table[] = {
    1, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 2, 0, 3, 0,       /* 0x00: flags, stamp, version */
    0x90, 0x20, 0, 0, 10, 0, 0, 0,                        /* 0x0c: name, base */
    5, 0, 0, 0, 4, 0, 0, 0,                               /* 0x14: functions, names */
    0x30, 0x20, 0, 0, 0x50, 0x20, 0, 0, 0x70, 0x20, 0, 0, /* 0x1c: the three tables */
    0, 0, 0, 0, 0, 0, 0, 0,                               /* 0x28 */
    0, 0x10, 0, 0, 0, 0, 0, 0, 4, 0x10, 0, 0, 0x80, 0x20, 0, 0,             /* 0x30: functions: the second is */
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,             /* none, the fourth a forwarder */
    0xa0, 0x20, 0, 0, 0xa8, 0x20, 0, 0, 0xb0, 0x20, 0, 0, 0xb8, 0x20, 0, 0, /* 0x50: names */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                         /* 0x60 */
    4, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,                         /* 0x70: indices */
    'X', '.', '#', '7', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                 /* 0x80 */
    'm', 'y', '.', 'd', 'l', 'l', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,             /* 0x90 */
    'A', 0, 0, 0, 0, 0, 0, 0, 'A', 'a', 0, 0, 0, 0, 0, 0,                   /* 0xa0: names, sorted */
    'B', 0, 0, 0, 0, 0, 0, 0, 0xc4, 0, 0, 0, 0, 0, 0, 0,                    /* 0xb0 */
};

/* clang-format on */

#define SIZE 0x90u /* of the directory: what lies behind 0x208f is no forwarder */

typedef struct poke {
    uint32_t at, value;
} poke;

static sample with_exports(const poke *pokes, size_t count)
{
    uint8_t bytes[0x200] = { 0 };
    sample s = sample_of(PEL_BUILD_PE32);
    memcpy(bytes, table, sizeof table);
    for (size_t i = 0; i < count; i++)
        pel_store_uint(bytes + pokes[i].at, 4, pokes[i].value);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, bytes, sizeof bytes);
    pel_builder_directory(s.b, PEL_DIR_EXPORT, (pel_rva){ RVA }, SIZE);
    return s;
}

static sample parsed(const poke *pokes, size_t count, pel_exports *exports)
{
    sample s = with_exports(pokes, count);
    sample_parse(&s);
    ck_ok(pel_image_exports(s.img, exports));
    return s;
}

static void ck_text(pel_str got, const char *want)
{
    ck_assert_uint_eq(got.len, strlen(want));
    ck_assert(memcmp(got.ptr, want, got.len) == 0);
}

START_TEST(the_directory_is_read)
{
    pel_exports e;
    sample s = parsed(NULL, 0, &e);
    ck_hex(e.directory.flags, 1);
    ck_hex(e.directory.timestamp, 0x12345678);
    ck_assert_uint_eq(e.directory.major, 2);
    ck_assert_uint_eq(e.directory.minor, 3);
    ck_hex(e.directory.name.v, 0x2090);
    ck_assert_uint_eq(e.directory.base, 10);
    ck_assert_uint_eq(e.directory.function_count, 5);
    ck_assert_uint_eq(e.directory.name_count, 4);
    ck_hex(e.directory.functions.v, 0x2030);
    ck_hex(e.directory.names.v, 0x2050);
    ck_hex(e.directory.ordinals.v, 0x2070);
    ck_assert(e.has_offset);
    ck_hex(e.offset.v, FOFF);
    ck_assert_uint_eq(e.available, 40);
    ck_hex(e.start.v, RVA);
    ck_hex(e.size, SIZE);
    ck_text(e.name, "my.dll");
    sample_free(&s);
}
END_TEST

START_TEST(functions_are_found_by_index)
{
    pel_exports e;
    pel_export f;
    sample s = parsed(NULL, 0, &e);
    ck_ok(pel_export_at(&e, 0, &f));
    ck_assert_uint_eq(f.ordinal, 10);
    ck_hex(f.rva.v, 0x1000);
    ck_assert(!f.is_forwarder);
    ck_status(PEL_NOT_FOUND, pel_export_at(&e, 1, &f)); /* RVA 0 */
    ck_ok(pel_export_at(&e, 3, &f));
    ck_hex(f.rva.v, 0x2080);
    ck_assert(f.is_forwarder);
    ck_text(f.forwarder, "X.#7");
    ck_ok(pel_export_at(&e, 4, &f)); /* out of the image: the loader does not look */
    ck_hex(f.rva.v, 0xffffffff);
    ck_assert(!f.is_forwarder);
    ck_status(PEL_NOT_FOUND, pel_export_at(&e, 5, &f));
    ck_status(PEL_NOT_FOUND, pel_export_at(&e, UINT32_MAX, &f));
    sample_free(&s);
}
END_TEST

/* The edges of the directory decide what is a forwarder. */
START_TEST(a_forwarder_lies_inside_of_the_directory)
{
    static const struct {
        uint32_t rva;
        bool forwarder;
    } edges[] = {
        { RVA - 1, false }, { RVA, true }, { RVA + SIZE - 1, true }, { RVA + SIZE, false }
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        pel_exports e;
        pel_export f;
        const poke p = { 0x30, edges[i].rva };
        sample s = parsed(&p, 1, &e);
        ck_ok(pel_export_at(&e, 0, &f));
        ck_assert_int_eq(f.is_forwarder, edges[i].forwarder);
        sample_free(&s);
    }
}
END_TEST

START_TEST(ordinals_count_from_base_in_sixteen_bits)
{
    pel_exports e;
    pel_export f;
    sample s = parsed(NULL, 0, &e);
    ck_ok(pel_export_by_ordinal(&e, 12, &f));
    ck_hex(f.rva.v, 0x1004);
    ck_assert_uint_eq(f.index, 2);
    ck_status(PEL_NOT_FOUND, pel_export_by_ordinal(&e, 9, &f));
    ck_status(PEL_NOT_FOUND, pel_export_by_ordinal(&e, 11, &f));
    ck_status(PEL_NOT_FOUND, pel_export_by_ordinal(&e, 15, &f));
    ck_status(PEL_NOT_FOUND, pel_export_by_ordinal(&e, 0x1000c, &f)); /* nobody can import it */
    sample_free(&s);
    const poke base = { 0x10, 0x1fffe };
    s = parsed(&base, 1, &e);
    ck_ok(pel_export_by_ordinal(&e, 0, &f));
    ck_assert_uint_eq(f.index, 2);
    ck_hex(f.ordinal, 0x20000);
    sample_free(&s);
}
END_TEST

static const struct {
    const char *name;
    uint32_t hint;
    uint32_t rva; /* 0: not found */
} names[] = {
    { "A", 0, 0xffffffff },
    { "A", 3, 0xffffffff },
    { "A", 99, 0xffffffff },
    { "A", UINT32_MAX, 0xffffffff },
    { "Aa", 1, 0x1004 },
    { "Aa", 0, 0x1004 },
    { "B", 0, 0x1000 },
    { "\xc4", 0, 0x2080 }, /* bytes are not signed */
    { "", 0, 0 },
    { "Aaa", 1, 0 },
    { "C", 2, 0 },
    { "a", 0, 0 },
    { "0", 0, 0 },
    { "\xff", 3, 0 },
};

START_TEST(names_are_found_by_hint_or_search)
{
    pel_exports e;
    pel_export f;
    sample s = parsed(NULL, 0, &e);
    pel_status want = names[_i].rva ? PEL_OK : PEL_NOT_FOUND;
    ck_status(want, pel_export_by_name(&e, pel_str_of(names[_i].name), names[_i].hint, &f));
    ck_hex(f.rva.v, names[_i].rva);
    sample_free(&s);
}
END_TEST

START_TEST(a_table_out_of_order_misses_what_only_a_hint_finds)
{
    static const poke swapped[] = { { 0x50, 0x20b0 }, { 0x58, 0x20a0 } }; /* B, Aa, A, 0xc4 */
    pel_exports e;
    pel_export f;
    sample s = parsed(swapped, 2, &e);
    ck_status(PEL_NOT_FOUND, pel_export_by_name(&e, pel_str_of("B"), 3, &f));
    ck_ok(pel_export_by_name(&e, pel_str_of("B"), 0, &f));
    ck_assert_uint_eq(f.index, 4);
    ck_ok(
        pel_export_by_name(&e, pel_str_of("Aa"), 3, &f)); /* in the middle, where it looks first */
    sample_free(&s);
}
END_TEST

START_TEST(an_empty_name_is_a_name)
{
    const poke zero_filled = { 0x50, 0x2800 };
    pel_exports e;
    pel_export f;
    sample s = parsed(&zero_filled, 1, &e);
    ck_ok(pel_export_by_name(&e, (pel_str){ NULL, 0 }, 9, &f));
    ck_assert_uint_eq(f.index, 4);
    sample_free(&s);
}
END_TEST

/* What lies behind the tables is no part of them. */
START_TEST(counts_count)
{
    static const poke one_name[] = { { 0x18, 1 }, { 0x44, 0x1008 } };
    pel_exports e;
    pel_export f;
    pel_str name;
    uint32_t index;
    sample s = parsed(one_name, 2, &e);
    ck_status(PEL_NOT_FOUND, pel_export_at(&e, 5, &f)); /* a sixth function */
    ck_ok(pel_export_by_name(&e, pel_str_of("A"), 1, &f));
    ck_status(PEL_NOT_FOUND, pel_export_by_name(&e, pel_str_of("Aa"), 1, &f));
    ck_ok(pel_export_name(&e, 0, &name, &index));
    ck_status(PEL_NOT_FOUND, pel_export_name(&e, 1, &name, &index));
    sample_free(&s);
}
END_TEST

/* The second name is the last byte of the raw data; its zero is none of the file's. */
START_TEST(a_name_may_end_with_the_bytes_of_its_section)
{
    static const poke at_end[] = { { 0x54, 0x21ff }, { 0x58, 0x20a8 }, { 0x1fc, 0x41ffffff } };
    pel_exports e;
    pel_export f;
    sample s = parsed(at_end, 3, &e);
    ck_ok(pel_export_by_name(&e, pel_str_of("A"), 1, &f));
    ck_assert_uint_eq(f.index, 2);
    ck_ok(pel_export_by_name(&e, pel_str_of("Aa"), 9, &f)); /* after it in the table */
    ck_assert_uint_eq(f.index, 0);
    sample_free(&s);
}
END_TEST

/* Bounded by the look-up itself, and no crash: NumberOfNames and NumberOfFunctions may lie. */
START_TEST(counts_may_lie)
{
    static const poke lies[] = { { 0x14, UINT32_MAX }, { 0x18, UINT32_MAX } };
    pel_exports e;
    pel_export f;
    pel_str name;
    uint32_t index;
    sample s = parsed(lies, 2, &e);
    ck_status(PEL_NOT_FOUND, pel_export_by_name(&e, pel_str_of("B"), 1, &f)); /* out of the image */
    ck_ok(pel_export_by_name(&e, pel_str_of("B"), 2, &f));
    ck_status(PEL_NOT_FOUND, pel_export_at(&e, 0x40000000, &f));
    ck_status(PEL_NOT_FOUND, pel_export_at(&e, UINT32_MAX, &f));
    ck_status(PEL_NOT_FOUND, pel_export_name(&e, UINT32_MAX, &name, &index));
    ck_status(PEL_MALFORMED, pel_export_name(&e, 100, &name, &index)); /* in zeros: no name */
    sample_free(&s);
}
END_TEST

START_TEST(an_index_out_of_range_is_no_function)
{
    const poke far = { 0x70, 0x00020005 };
    pel_exports e;
    pel_export f;
    sample s = parsed(&far, 1, &e);
    ck_status(PEL_NOT_FOUND, pel_export_by_name(&e, pel_str_of("A"), 0, &f));
    sample_free(&s);
}
END_TEST

START_TEST(the_name_table_is_listed)
{
    pel_exports e;
    pel_str name;
    uint32_t index;
    const poke nowhere = { 0x54, 0x7fff0000 };
    sample s = parsed(&nowhere, 1, &e);
    ck_ok(pel_export_name(&e, 0, &name, &index));
    ck_text(name, "A");
    ck_assert_uint_eq(index, 4);
    ck_status(PEL_MALFORMED, pel_export_name(&e, 1, &name, &index));
    ck_assert_uint_eq(name.len, 0);
    ck_assert_uint_eq(index, 2);
    ck_ok(pel_export_name(&e, 3, &name, &index));
    ck_text(name, "\xc4");
    ck_status(PEL_NOT_FOUND, pel_export_name(&e, 4, &name, &index));
    sample_free(&s);
}
END_TEST

/* What one look-up says of a table that lies wherever its directory says. */
static pel_status exports_at(uint32_t rva, uint64_t file_size, pel_exports *e)
{
    sample s = with_exports(NULL, 0);
    pel_builder_directory(s.b, PEL_DIR_EXPORT, (pel_rva){ rva }, SIZE);
    if (file_size)
        pel_builder_resize(s.b, file_size);
    sample_parse(&s);
    pel_status st = pel_image_exports(s.img, e);
    sample_free(&s);
    return st;
}

START_TEST(a_directory_may_be_cut_or_nowhere)
{
    pel_exports e;
    ck_status(PEL_NOT_FOUND, exports_at(0, 0, &e));
    ck_status(PEL_NOT_FOUND, exports_at(0x3000, 0, &e));
    ck_status(PEL_NOT_FOUND, exports_at(0xffffffff, 0, &e));
    ck_ok(exports_at(0x2800, 0, &e)); /* zero-filled */
    ck_assert(!e.has_offset);
    ck_assert_uint_eq(e.available, 40);
    ck_assert_uint_eq(e.directory.name_count, 0);
    ck_status(PEL_TRUNCATED, exports_at(0x2fec, 0, &e)); /* the image ends */
    ck_assert_uint_eq(e.available, 20);
    ck_status(PEL_TRUNCATED, exports_at(RVA, FOFF + 26, &e)); /* the file ends */
    ck_assert(e.has_offset);
    ck_assert_uint_eq(e.available, 26);
    ck_assert_uint_eq(e.directory.function_count, 5);
    ck_assert_uint_eq(e.directory.name_count, 0);
    ck_status(PEL_TRUNCATED, exports_at(RVA, FOFF, &e)); /* nothing of it is left */
    ck_assert_uint_eq(e.available, 0);
}
END_TEST

/* The builder writes the tables from the specification a second time. */
START_TEST(what_the_builder_wrote_is_found)
{
    static const pel_build_export exports[] = {
        { .name = "zeta", .ordinal = 5, .place = { SAMPLE_TEXT, 1 } },
        { .name = "alpha", .ordinal = 7, .forward = "B.beta" },
        { .ordinal = 9, .place = { SAMPLE_TEXT, 2 } },
    };
    pel_exports e;
    pel_export f;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_exports(s.b, "b.dll", exports, 3);
    sample_parse(&s);
    ck_ok(pel_image_exports(s.img, &e));
    ck_text(e.name, "b.dll");
    ck_ok(pel_export_by_name(&e, pel_str_of("zeta"), 0, &f));
    ck_hex(f.rva.v, 0x1001);
    ck_assert_uint_eq(f.ordinal, 5);
    ck_ok(pel_export_by_name(&e, pel_str_of("alpha"), 0, &f));
    ck_text(f.forwarder, "B.beta");
    ck_ok(pel_export_by_ordinal(&e, 9, &f));
    ck_hex(f.rva.v, 0x1002);
    ck_status(PEL_NOT_FOUND, pel_export_by_ordinal(&e, 6, &f));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_export)
{
    tcase_add_test(tests, the_directory_is_read);
    tcase_add_test(tests, functions_are_found_by_index);
    tcase_add_test(tests, a_forwarder_lies_inside_of_the_directory);
    tcase_add_test(tests, ordinals_count_from_base_in_sixteen_bits);
    tcase_add_loop_test(tests, names_are_found_by_hint_or_search, 0,
                        sizeof names / sizeof names[0]);
    tcase_add_test(tests, a_table_out_of_order_misses_what_only_a_hint_finds);
    tcase_add_test(tests, an_empty_name_is_a_name);
    tcase_add_test(tests, counts_count);
    tcase_add_test(tests, a_name_may_end_with_the_bytes_of_its_section);
    tcase_add_test(tests, counts_may_lie);
    tcase_add_test(tests, an_index_out_of_range_is_no_function);
    tcase_add_test(tests, the_name_table_is_listed);
    tcase_add_test(tests, a_directory_may_be_cut_or_nowhere);
    tcase_add_test(tests, what_the_builder_wrote_is_found);
}
