/* SPDX-License-Identifier: Apache-2.0 */
/* Disassembly in documents: which places, what is escaped, and how much of it. */
#include "base/alloc.h"
#include "collect.h"
#include "sample.h"

/* mov eax, 1 / jmp to the start / ret */
static const uint8_t code[] = { 0xb8, 1, 0, 0, 0, 0xeb, 0xf9, 0xc3 };

static sample with_exports(const pel_build_export *exports, size_t count)
{
    static const uint8_t data[] = { 0xc3 };
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, pel_builder_section(s.b, ".text", SAMPLE_RX), code, sizeof code);
    pel_builder_data(s.b, pel_builder_section(s.b, ".data", SAMPLE_RW), data, sizeof data);
    pel_builder_exports(s.b, "self.dll", exports, count);
    return s;
}

static const char *dump(const sample *s, const pel_dump_options *asked, collected *c)
{
    static const char *const only[] = { "disassembly" };
    pel_dump_options options = *asked;
    options.only = only;
    options.only_count = 1;
    ck_ok(pel_dump_image(s->img, "file", &options, collect_into(c)));
    return c->text;
}

static size_t times(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

/* ---- places ------------------------------------------------------------ */

static const pel_build_export places[] = {
    { .name = "again", .place = { SAMPLE_TEXT, 0 } }, /* two names of one address */
    { .name = "ends", .place = { SAMPLE_TEXT, 7 } },
    { .name = "first", .place = { SAMPLE_TEXT, 0 } },
    { .name = "datum", .place = { SAMPLE_DATA, 0 } }, /* no code */
    { .name = "passed", .forward = "OTHER.on" },
};

START_TEST(entry_point_and_exported_code_are_shown)
{
    static collected c;
    const pel_dump_options options = { .format = PEL_FORMAT_JSON, .disassemble = 2 };
    sample s = with_exports(places, 5);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0x1005);
    sample_parse(&s);
    const char *text = dump(&s, &options, &c);
    ck_assert_uint_eq(times(text, "\"instructions\": ["), 3);
    const char *entry = strstr(text, "\"symbol\": \"again+0x5\"");
    const char *first = strstr(text, "\"symbol\": \"again\""), *ends = strstr(text, "\"ends\"");
    ck_assert(entry && first && ends && entry < first && first < ends);
    ck_assert(strstr(text, "\"text\": \"jmp again\"") != NULL);
    ck_assert(strstr(text, "\"target_name\": \"again\"") != NULL);
    ck_assert_uint_eq(times(text, "\"end\": \"end of section\""), 1); /* only behind `ends` */
    sample_free(&s);
}
END_TEST

START_TEST(an_entry_point_that_is_exported_is_shown_once)
{
    static collected c;
    const pel_dump_options options = { .format = PEL_FORMAT_JSON, .disassemble = 1 };
    sample s = with_exports(places, 5);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0x1000);
    sample_parse(&s);
    ck_assert_uint_eq(times(dump(&s, &options, &c), "\"instructions\": ["), 2);
    sample_free(&s);
}
END_TEST

/* TLS directory of PE32+: four pointers, of which the last is AddressOfCallBacks, two words; then
 * the callbacks 0x140001005 (twice), the entry point, one outside of the image, and the end. */
static const uint8_t tls[] = {
    0, 0,    0, 0,    0, 0, 0, 0, 0,    0,    0, 0,    0, 0, 0, 0, /* raw data */
    0, 0,    0, 0,    0, 0, 0, 0, 0x28, 0x20, 0, 0x40, 1, 0, 0, 0, /* index, callbacks */
    0, 0,    0, 0,    0, 0, 0, 0, 0x05, 0x10, 0, 0x40, 1, 0, 0, 0, /* the first callback */
    5, 0x10, 0, 0x40, 1, 0, 0, 0, 0,    0x10, 0, 0x40, 1, 0, 0, 0, /* again; the entry point */
    5, 0x10, 0, 0x41, 1, 0, 0, 0, 0,    0,    0, 0,    0, 0, 0, 0, /* not inside; end */
};

START_TEST(callbacks_follow_the_entry_point)
{
    static collected c;
    pel_dump_options options = { .format = PEL_FORMAT_JSON, .disassemble = 1 };
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, pel_builder_section(s.b, ".text", SAMPLE_RX), code, sizeof code);
    pel_builder_data(s.b, pel_builder_section(s.b, ".data", SAMPLE_RW), tls, sizeof tls);
    pel_builder_exports(s.b, "self.dll", places, 5);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0x1000);
    pel_builder_set(s.b, "data_directories[9].VirtualAddress", 0x2000);
    pel_builder_set(s.b, "data_directories[9].Size", 40);
    sample_parse(&s);
    const char *text = dump(&s, &options, &c);
    const char *entry = strstr(text, "\"role\": \"entry point\"");
    const char *callback = strstr(text, "\"role\": \"TLS callback\"");
    const char *export = strstr(text, "\"role\": \"export\"");
    ck_assert(entry && callback && export && entry < callback && callback < export);
    ck_assert_uint_eq(times(text, "\"role\""), 3); /* 1000, 1005 and 1007 */
    ck_assert(strstr(text, "\"symbol\": \"again+0x5\"") != NULL);
    options.format = PEL_FORMAT_TEXT;
    ck_assert(strstr(dump(&s, &options, &c), "again+0x5, a TLS callback") != NULL);
    sample_free(&s);
}
END_TEST

START_TEST(asked_places_are_shown_instead)
{
    static collected c;
    static const pel_rva at[] = { { 0x1007 }, { 0x2000 }, { 0x1007 } };
    const pel_dump_options options = {
        .format = PEL_FORMAT_JSON, .disassemble = 1, .disassemble_at = at, .disassemble_at_count = 3
    };
    sample s = with_exports(places, 5);
    sample_parse(&s);
    const char *text = dump(&s, &options, &c);
    ck_assert_uint_eq(times(text, "\"rva\": 4103,\n      \"va\""), 2);
    ck_assert_uint_eq(times(text, "\"section\": \".data\""), 1); /* though it is no code */
    ck_assert(strstr(text, "\"symbol\": \"datum\"") != NULL);
    ck_assert_uint_eq(times(text, "\"role\": null"), 3);
    sample_free(&s);
}
END_TEST

START_TEST(nobody_asked)
{
    static collected c;
    static const char *const only[] = { "disassembly" };
    pel_dump_options options = { .format = PEL_FORMAT_JSON, .only = only, .only_count = 1 };
    sample s = with_exports(places, 5);
    sample_parse(&s);
    ck_status(PEL_NOT_FOUND, pel_dump_image(s.img, "file", &options, collect_into(&c)));
    sample_free(&s);
}
END_TEST

/* ---- hostile files ----------------------------------------------------- */

START_TEST(names_cannot_steer_a_terminal)
{
    static collected c;
    const pel_build_export exports[] = {
        { .name = "a\x1b[31m\nb", .place = { SAMPLE_TEXT, 0 } },
    };
    pel_dump_options options = { .disassemble = 3 };
    sample s = with_exports(exports, 1);
    sample_parse(&s);
    for (int format = PEL_FORMAT_TEXT; format <= PEL_FORMAT_YAML; format++) {
        options.format = (pel_format)format;
        const char *text = dump(&s, &options, &c);
        ck_assert(strchr(text, 0x1b) == NULL);
        ck_assert(strstr(text, "\nb") == NULL);
        ck_assert_uint_ge(times(text, "[31m"), 2); /* the heading, and the branch */
    }
    sample_free(&s);
}
END_TEST

/* The size of a document, and its last bytes. */
typedef struct tail {
    size_t size, kept;
    char text[8192];
} tail;

static pel_status keep_tail(void *ctx, const void *data, size_t size)
{
    tail *t = ctx;
    size_t half = sizeof t->text / 2;
    t->size += size;
    if (t->kept > half) {
        memmove(t->text, t->text + t->kept - half, half);
        t->kept = half;
    }
    size_t n = size < half - 1 ? size : half - 1;
    memcpy(t->text + t->kept, (const char *)data + size - n, n);
    t->kept += n;
    t->text[t->kept] = '\0';
    return PEL_OK;
}

/* Sixteen megabytes of zeros, from a file of a few kilobytes. */
START_TEST(text_is_bounded_by_the_file)
{
    static tail t;
    static const char *const only[] = { "disassembly" };
    const pel_dump_options options = {
        .format = PEL_FORMAT_JSON, .disassemble = 1000000, .only = only, .only_count = 1
    };
    sample s = with_exports(places, 5);
    pel_builder_poke(s.b, "sections[0].SizeOfRawData", 0); /* zeros: add [rax], al */
    pel_builder_poke(s.b, "sections[0].VirtualAddress", 0x10000);
    pel_builder_poke(s.b, "sections[0].VirtualSize", 0x1000000);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x1010000);
    pel_builder_poke(s.b, "optional_header.AddressOfEntryPoint", 0x10000);
    sample_parse(&s);
    size_t file = pel_image_bytes(s.img).size;
    ck_ok(pel_dump_image(s.img, "file", &options, (pel_sink){ keep_tail, &t }));
    ck_assert_uint_gt(t.size, 256 * file);     /* the limit, and no less */
    ck_assert_uint_lt(t.size, 8 * 256 * file); /* with what JSON has around it */
    ck_assert_uint_eq(times(t.text, "\"end\": \"limit\""), 1);
    sample_free(&s);
}
END_TEST

START_TEST(no_memory_is_told_and_leaves_nothing)
{
    bool done = false;
    sample s = with_exports(places, 5);
    sample_parse(&s);
    for (long i = 0; !done; i++) {
        static collected c;
        alloc_fail f = { .left = i };
        pel_allocator a = alloc_fail_allocator(&f);
        const pel_dump_options options = { .format = PEL_FORMAT_JSON,
                                           .disassemble = 2,
                                           .allocator = &a };
        pel_status st = pel_dump_image(s.img, "file", &options, collect_into(&c));
        done = st == PEL_OK;
        ck_assert(done || st == PEL_NO_MEMORY);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(i, 100);
    }
    sample_free(&s);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, entry_point_and_exported_code_are_shown);
    tcase_add_test(tests, an_entry_point_that_is_exported_is_shown_once);
    tcase_add_test(tests, callbacks_follow_the_entry_point);
    tcase_add_test(tests, asked_places_are_shown_instead);
    tcase_add_test(tests, nobody_asked);
    tcase_add_test(tests, names_cannot_steer_a_terminal);
    tcase_add_test(tests, text_is_bounded_by_the_file);
    tcase_add_test(tests, no_memory_is_told_and_leaves_nothing);
}

int main(void)
{
    char version[32];
    if (pel_disassembler_version(version, sizeof version) == 0)
        return 77; /* skipped: a build without Zydis */
    return pel_run_tests("dump_disassembly", add_tests);
}
