/* SPDX-License-Identifier: Apache-2.0 */
/* API sets: the three versions of the schema, typed word by word, and the built-in table. */
#include "sample.h"

/* ---- schemas ----------------------------------------------------------- */

/* A schema that is being written: words and UTF-16 text. */
typedef struct writing {
    uint8_t bytes[1024];
    size_t size;
} writing;

static void put_words(writing *w, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++, w->size += 4)
        pel_store_uint(w->bytes + w->size, 4, words[i]);
}

#define PUT(w, ...)                                                                                \
    put_words(w, (const uint32_t[]){ __VA_ARGS__ },                                                \
              sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void put_utf16(writing *w, size_t at, const char *text)
{
    ck_assert_uint_le(w->size, at);
    for (w->size = at; *text; text++, w->size += 2)
        pel_store_uint(w->bytes + w->size, 2, (unsigned char)*text);
}

enum { NAME = 0x200, HOST = 0x280, FROM = 0x2C0, OTHER = 0x300 };

/* Contract api-ms-win-x-y-l1-1-0: one.dll for all, but two.dll for from.dll. */
static writing schema_of(uint32_t version)
{
    writing w = { .size = 0 };
    const uint32_t host = 14, from = 16; /* bytes of their names */
    if (version == 2)
        PUT(&w, 2, 1, NAME, 34, 20, 2, FROM, from, OTHER, host, 0, 0, HOST, host);
    else if (version == 4)
        PUT(&w, 4, 0x400, 0, 1, 0, NAME, 34, NAME, 34, 40, 0, 2, 0, 0, 0, HOST, host, 0, FROM, from,
            OTHER, host);
    else
        PUT(&w, 6, 0x400, 0, 1, 28, 0, 31, 0, NAME, 42, 38, 52, 2, 0, 0, 0, HOST, host, 0, FROM,
            from, OTHER, host);
    put_utf16(&w, NAME, version == 6 ? "api-ms-win-x-y-l1-1-0" : "ms-win-x-y-l1-1-0");
    put_utf16(&w, HOST, "one.dll");
    put_utf16(&w, FROM, "from.dll");
    put_utf16(&w, OTHER, "two.dll");
    return w;
}

static sample image_with(const writing *w)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, pel_builder_section(s.b, ".apiset", PEL_SCN_MEM_READ), w->bytes, w->size);
    sample_parse(&s);
    return s;
}

static void ck_resolves(const pel_api_sets *sets, const char *name, const char *from,
                        const char *want)
{
    char host[PEL_API_SET_HOST];
    pel_status st = pel_api_sets_resolve(sets, (pel_str){ name, strlen(name) },
                                         (pel_str){ from, strlen(from) }, host);
    ck_status(want ? PEL_OK : PEL_NOT_FOUND, st);
    ck_assert_str_eq(host, want ? want : "");
}

static const uint32_t versions[] = { 2, 4, 6 };

START_TEST(a_schema_of_each_version_is_read)
{
    pel_api_sets sets;
    writing w = schema_of(versions[_i]);
    sample s = image_with(&w);
    ck_ok(pel_api_sets_of(s.img, &sets));
    ck_assert_uint_eq(sets.version, versions[_i]);
    ck_resolves(&sets, "api-ms-win-x-y-l1-1-0", "a.dll", "one.dll");
    ck_resolves(&sets, "API-MS-Win-X-Y-L1-1-0.DLL", "", "one.dll");
    ck_resolves(&sets, "api-ms-win-x-y-l1-1-0.dll", "FROM.dll", "two.dll");
    ck_resolves(&sets, "api-ms-win-x-y-l1-2-0.dll", "", NULL);
    ck_resolves(&sets, "ms-win-x-y-l1-1-0.dll", "", NULL);
    /* The last number counts before version 6 only. */
    ck_resolves(&sets, "api-ms-win-x-y-l1-1-7.dll", "", versions[_i] == 6 ? "one.dll" : NULL);
    sample_free(&s);
}
END_TEST

START_TEST(a_broken_schema_is_no_schema)
{
    pel_api_sets sets;
    writing w = { .size = 0 };
    PUT(&w, 5, 1);
    sample s = image_with(&w), none = sample_of(PEL_BUILD_PE32);
    sample_parse(&none);
    ck_status(PEL_MALFORMED, pel_api_sets_of(s.img, &sets));
    ck_status(PEL_NOT_FOUND, pel_api_sets_of(none.img, &sets));
    sample_free(&s);
    sample_free(&none);
}
END_TEST

/* Any bytes: an answer, in bounded time. */
START_TEST(mutants_are_harmless)
{
    uint64_t state = 88 + (uint64_t)_i;
    for (int round = 0; round < 20000; round++) {
        writing w = schema_of(versions[_i]);
        for (int edits = 0; edits < 3; edits++)
            w.bytes[4 + random_below(&state, 0x320)] = (uint8_t)random_next(&state);
        pel_api_sets sets = { .bytes = { w.bytes, w.size }, .version = versions[_i] };
        char host[PEL_API_SET_HOST];
        pel_str name = { "api-ms-win-x-y-l1-1-0.dll", 25 };
        pel_status st = pel_api_sets_resolve(&sets, name, (pel_str){ "from.dll", 8 }, host);
        ck_quick(st == PEL_OK || st == PEL_NOT_FOUND || st == PEL_MALFORMED);
    }
}
END_TEST

/* ---- built in ---------------------------------------------------------- */

START_TEST(the_built_in_table_has_the_common_contracts)
{
    const pel_api_sets built_in = { .version = 0 };
    ck_resolves(&built_in, "api-ms-win-crt-runtime-l1-1-0.dll", "a.exe", "ucrtbase.dll");
    ck_resolves(&built_in, "api-ms-win-core-file-l1-2-9", "a.exe", "kernelbase.dll");
    ck_resolves(&built_in, "api-ms-win-core-processthreads-l1-1-1.dll", "a.exe", "kernel32.dll");
    ck_resolves(&built_in, "api-ms-win-core-processthreads-l1-1-1.dll", "kernel32.dll",
                "kernelbase.dll");
    ck_resolves(&built_in, "ext-ms-win-ntuser-window-l1-1-0.dll", "a.exe", "user32.dll");
    ck_resolves(&built_in, "api-ms-win-never-heard-l1-1-0.dll", "a.exe", NULL);
}
END_TEST

START_TEST(names_of_contracts_begin_with_api_or_ext)
{
    ck_assert(pel_is_api_set((pel_str){ "API-x", 5 }));
    ck_assert(pel_is_api_set((pel_str){ "ext-x", 5 }));
    ck_assert(!pel_is_api_set((pel_str){ "api-", 4 }));
    ck_assert(!pel_is_api_set((pel_str){ "apix-", 5 }));
    ck_assert(!pel_is_api_set((pel_str){ "", 0 }));
}
END_TEST

PEL_TESTS(load_api_sets)
{
    tcase_add_loop_test(tests, a_schema_of_each_version_is_read, 0, 3);
    tcase_add_test(tests, a_broken_schema_is_no_schema);
    tcase_add_loop_test(tests, mutants_are_harmless, 0, 3);
    tcase_add_test(tests, the_built_in_table_has_the_common_contracts);
    tcase_add_test(tests, names_of_contracts_begin_with_api_or_ext);
}
