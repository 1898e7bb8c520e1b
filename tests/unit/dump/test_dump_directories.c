/* SPDX-License-Identifier: Apache-2.0 */
/* What the dump tells of odd directories; the goldens have the ordinary ones. */
#include "sample.h"

/* ---- one value of a document ------------------------------------------- */

typedef struct answer {
    char text[256];
    size_t used;
} answer;

static pel_status keep(void *ctx, const void *data, size_t size)
{
    answer *a = ctx;
    size_t room = sizeof a->text - 1 - a->used;
    size = size < room ? size : room;
    memcpy(a->text + a->used, data, size);
    a->used += size;
    return PEL_OK;
}

/* `want` NULL: there is no such value. */
static void ck_field(const sample *s, const char *path, const char *want)
{
    answer a = { .used = 0 };
    pel_sink sink = { .write = keep, .ctx = &a };
    pel_status st = pel_dump_field(s->img, NULL, path, NULL, sink);
    if (!want) {
        ck_status(PEL_NOT_FOUND, st);
        return;
    }
    ck_assert_msg(st == PEL_OK, "%s: %s", path, pel_status_name(st));
    a.text[strcspn(a.text, "\n")] = 0;
    ck_assert_msg(strcmp(a.text, want) == 0, "%s: want %s, got %s", path, want, a.text);
}

static uint64_t written;

static pel_status count_bytes(void *ctx, const void *data, size_t size)
{
    *(uint64_t *)ctx += size;
    return data || !size ? PEL_OK : PEL_BAD_ARG;
}

static uint64_t size_of_dump(const sample *s)
{
    pel_dump_options options = { .format = PEL_FORMAT_JSON };
    pel_sink sink = { .write = count_bytes, .ctx = &written };
    written = 0;
    ck_ok(pel_dump_image(s->img, "file", &options, sink));
    return written;
}

/* ---- exports ----------------------------------------------------------- */

#define EDATA_FOFF 0x600

static sample with_exports(void)
{
    static const pel_build_export exports[] = {
        { .name = "a", .place = { SAMPLE_TEXT, 0 } },
        { .name = "b", .place = { SAMPLE_TEXT, 1 } },
        { .name = "c", .forward = "X.y" },
        { .ordinal = 9, .place = { SAMPLE_TEXT, 2 } },
    };
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_exports(s.b, "x.dll", exports, 4);
    return s;
}

START_TEST(exports_are_listed_by_ordinal)
{
    sample s = with_exports();
    sample_parse(&s);
    ck_field(&s, "exports.Name", "x.dll");
    ck_field(&s, "exports.sorted", "true");
    ck_field(&s, "exports.functions[0].name", "a");
    ck_field(&s, "exports.functions[0].forwarder", "null");
    ck_field(&s, "exports.functions[2].forwarder", "X.y");
    ck_field(&s, "exports.functions[3].ordinal", "9");
    ck_field(&s, "exports.functions[3].name", "null");
    ck_field(&s, "exports.functions[4].ordinal", NULL);
    ck_field(&s, "exports.end", NULL);
    sample_free(&s);
}
END_TEST

/* The ordinal table of three names follows nine functions and the three names. */
static const pel_foff ordinals = { EDATA_FOFF + 40 + 9 * 4 + 3 * 4 };

START_TEST(a_function_has_a_row_for_each_of_its_names)
{
    sample s = with_exports();
    static const uint8_t same[] = { 1, 0, 1, 0, 1, 0 };
    pel_builder_patch(s.b, ordinals, same, sizeof same);
    sample_parse(&s);
    ck_field(&s, "exports.functions[0].name", "null");
    ck_field(&s, "exports.functions[1].name", "a");
    ck_field(&s, "exports.functions[2].name", "b");
    ck_field(&s, "exports.functions[3].name", "c");
    ck_field(&s, "exports.functions[3].ordinal", "2");
    ck_field(&s, "exports.functions[4].ordinal", "3");
    sample_free(&s);
}
END_TEST

START_TEST(a_table_out_of_order_is_told)
{
    uint8_t byte = 'z';
    sample s = with_exports();
    sample_finish(&s);
    size_t name = 0; /* of "a", which comes first */
    while (memcmp(s.bytes.data + EDATA_FOFF + name, "a\0b\0c\0", 6) != 0)
        name++;
    pel_builder_patch(s.b, (pel_foff){ EDATA_FOFF + name }, &byte, 1);
    sample_parse(&s);
    ck_field(&s, "exports.functions[0].name", "z");
    ck_field(&s, "exports.sorted", "false");
    sample_free(&s);
}
END_TEST

START_TEST(a_count_that_no_file_can_mean_is_a_limit)
{
    uint8_t most[4] = { 0xff, 0xff, 0xff, 0xff };
    sample s = with_exports();
    pel_builder_patch(s.b, (pel_foff){ EDATA_FOFF + 20 }, most, 4);
    pel_builder_patch(s.b, (pel_foff){ EDATA_FOFF + 24 }, most, 4);
    sample_parse(&s);
    ck_field(&s, "exports.end", "limit");
    ck_field(&s, "exports.sorted", "false");
    sample_free(&s);
}
END_TEST

/* ---- imports ----------------------------------------------------------- */

static sample with_imports(void)
{
    pel_build_import imports[] = {
        { .dll = "WS2_32.DLL", .ordinal = 115 },
        { .dll = "a.b.ocx", .name = "Open" },
        { .dll = "a.b.ocx", .ordinal = 7 },
        { .dll = "c", .name = "D" },
    };
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_imports(s.b, imports, 4);
    return s;
}

START_TEST(imports_are_told_and_hashed)
{
    sample s = with_imports();
    sample_parse(&s);
    ck_field(&s, "imports[0].Name", "WS2_32.DLL");
    ck_field(&s, "imports[0].functions[0].ordinal", "115");
    ck_field(&s, "imports[0].functions[0].hint", "null");
    ck_field(&s, "imports[1].functions[0].name", "Open");
    ck_field(&s, "imports[1].functions[0].ordinal", "null");
    ck_field(&s, "imports[1].functions[1].name", "null");
    ck_field(&s, "imports[1].end", NULL);
    /* md5sum of "ws2_32.wsastartup,a.b.open,a.b.ord7,c.d" */
    ck_field(&s, "hashes.imphash", "8d9c966d2c19c20c26fb7767a31df42e");
    sample_free(&s);
}
END_TEST

START_TEST(a_list_that_leads_out_of_the_image_is_told)
{
    uint8_t word[4];
    sample s = with_imports();
    pel_store_uint(word, 4, 0x3ffd); /* OriginalFirstThunk of the first DLL */
    pel_builder_patch(s.b, (pel_foff){ 0x600 + 7 * 4 }, word, 4);
    sample_parse(&s);
    ck_field(&s, "imports[0].end", "unmapped");
    ck_field(&s, "imports[1].end", NULL);
    sample_free(&s);
}
END_TEST

/* Every descriptor leads to one table of words, and every word to one long name: what there is to
 * tell would be a million times as long as the file. */
START_TEST(output_is_bounded_by_the_size_of_the_file)
{
    enum { SIZE = 0x20000, BASE = 0x01010000 };
    static uint8_t ones[SIZE];
    memset(ones, 1, sizeof ones);
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_data(s.b, pel_builder_section(s.b, ".ones", SAMPLE_RW), ones, sizeof ones);
    pel_builder_poke(s.b, "sections[2].VirtualAddress", BASE);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", BASE + SIZE);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ BASE }, 40);
    pel_builder_directory(s.b, PEL_DIR_DELAY_IMPORT, (pel_rva){ BASE }, 40);
    pel_builder_directory(s.b, PEL_DIR_BOUND_IMPORT, (pel_rva){ BASE }, 40);
    pel_builder_directory(s.b, PEL_DIR_EXPORT, (pel_rva){ BASE }, SIZE);
    pel_builder_directory(s.b, PEL_DIR_TLS, (pel_rva){ BASE }, 40);
    sample_parse(&s);
    ck_assert_uint_lt(size_of_dump(&s), 1000 * (uint64_t)SIZE);
    sample_free(&s);
}
END_TEST

PEL_TESTS(dump_directories)
{
    tcase_add_test(tests, exports_are_listed_by_ordinal);
    tcase_add_test(tests, a_function_has_a_row_for_each_of_its_names);
    tcase_add_test(tests, a_table_out_of_order_is_told);
    tcase_add_test(tests, a_count_that_no_file_can_mean_is_a_limit);
    tcase_add_test(tests, imports_are_told_and_hashed);
    tcase_add_test(tests, a_list_that_leads_out_of_the_image_is_told);
    tcase_add_test(tests, output_is_bounded_by_the_size_of_the_file);
}
