/* SPDX-License-Identifier: Apache-2.0 */
/* Files made of recipes. What the calls do is tested beside this. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_pel.h"

#define CODE (PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE)
#define DATA (PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE)

static pel_span span_of(const char *text)
{
    return (pel_span){ (const uint8_t *)text, strlen(text) };
}

static pel_builder *read_recipe(const char *text)
{
    pel_builder *b;
    pel_recipe_error error;
    pel_status st = pel_builder_from_recipe(span_of(text), NULL, &b, &error);
    ck_assert_msg(st == PEL_OK, "%zu:%zu: %s", error.line, error.column, error.message);
    return b;
}

static pel_span finish(pel_builder *b)
{
    pel_span file;
    ck_ok(pel_builder_finish(b, &file));
    return file;
}

/* Uses every key. */
static const char everything[] = "kind: PE32\n"
                                 "resize: 0x2000\n"
                                 "patch:\n"
                                 "  - {at: 0, hex: '4d 5a'}\n"
                                 "poke:\n"
                                 "  sections[0].SizeOfRawData: 0x9000\n"
                                 "overlay: {text: over}\n"
                                 "rich: [{product: 0x105, build: 30000, count: 3}]\n"
                                 "set:\n"
                                 "  optional_header.ImageBase: 0x10000000\n"
                                 "  file_header.Characteristics: [EXECUTABLE_IMAGE, DLL]\n"
                                 "directories: {TLS: {at: .data+0, size: 24}}\n"
                                 "relocations:\n"
                                 "  - {at: .data+8, type: HIGH}\n"
                                 "  - {at: .data}\n"
                                 "entry: start\n"
                                 "imports:\n"
                                 "  - {dll: K.dll, functions: [F, {name: G, hint: 2}]}\n"
                                 "  - {dll: L.dll, functions: [{ordinal: 3}]}\n"
                                 "exports:\n"
                                 "  name: X.dll\n"
                                 "  functions:\n"
                                 "    - {name: E, at: start}\n"
                                 "    - {ordinal: 7, forward: K.F}\n"
                                 "sections:\n"
                                 "  - name: .text\n"
                                 "    flags: [CODE, EXECUTE, READ]\n"
                                 "    data:\n"
                                 "      - {zero: 3}\n"
                                 "      - {label: start, hex: ff 15}\n"
                                 "      - {va: L.dll!#3}\n"
                                 "      - {rel32: K.dll!G}\n"
                                 "  - name: .data\n"
                                 "    flags: 0xc0000040\n"
                                 "    virtual_size: 0x1800\n"
                                 "    data: {repeat: {text: ab}, times: 20}\n";

static pel_builder *everything_by_calls(void)
{
    pel_builder *b;
    ck_ok(pel_builder_new(PEL_BUILD_PE32, NULL, &b));
    uint32_t text = pel_builder_section(b, ".text", CODE);
    pel_builder_data(b, text, "\0\0\0\xff\x15\0\0\0\0\0\0\0\0", 13);
    uint32_t data = pel_builder_section(b, ".data", DATA);
    for (int i = 0; i < 20; i++)
        pel_builder_data(b, data, "ab", 2);
    pel_builder_virtual_size(b, data, 0x1800);
    pel_build_import imports[] = { { .dll = "K.dll", .name = "F" },
                                   { .dll = "K.dll", .name = "G", .ordinal = 2 },
                                   { .dll = "L.dll", .ordinal = 3 } };
    const pel_build_export exports[] = { { .name = "E", .place = { text, 3 } },
                                         { .ordinal = 7, .forward = "K.F" } };
    uint32_t idata = pel_builder_imports(b, imports, 3);
    pel_builder_exports(b, "X.dll", exports, 2);
    pel_builder_link(b, (pel_build_place){ text, 5 }, PEL_BUILD_LINK_VA,
                     (pel_build_place){ idata, imports[2].slot });
    pel_builder_link(b, (pel_build_place){ text, 9 }, PEL_BUILD_LINK_REL32,
                     (pel_build_place){ idata, imports[1].slot });
    pel_builder_rich(b, 0x105, 30000, 3);
    pel_builder_set(b, "optional_header.ImageBase", 0x10000000);
    pel_builder_set(b, "file_header.Characteristics", 0x2002);
    pel_builder_entry(b, pel_builder_rva(b, text, 3));
    pel_builder_reloc(b, pel_builder_rva(b, data, 8), PEL_REL_HIGH);
    pel_builder_reloc(b, pel_builder_rva(b, data, 0), PEL_REL_HIGHLOW);
    pel_builder_directory(b, PEL_DIR_TLS, pel_builder_rva(b, data, 0), 24);
    pel_builder_overlay(b, "over", 4);
    pel_builder_poke(b, "sections[0].SizeOfRawData", 0x9000);
    pel_builder_patch(b, (pel_foff){ 0 }, "MZ", 2);
    pel_builder_resize(b, 0x2000);
    return b;
}

START_TEST(a_recipe_does_what_the_calls_do)
{
    pel_builder *a = read_recipe(everything), *b = everything_by_calls();
    pel_span got = finish(a), want = finish(b);
    ck_assert_uint_eq(got.size, want.size);
    for (size_t i = 0; i < want.size; i++)
        ck_assert_msg(got.data[i] == want.data[i], "byte 0x%zx: want %02x, got %02x", i,
                      want.data[i], got.data[i]);
    pel_builder_free(a);
    pel_builder_free(b);
}
END_TEST

/* ---- pieces ------------------------------------------------------------ */

/* What `data:` becomes, in a raw file. */
static const struct {
    const char *data;
    const char *bytes;
    size_t size;
} pieces[] = {
    { "{hex: '00 ff\n  7F'}", "\x00\xff\x7f", 3 },
    { "{hex: 31c0}", "\x31\xc0", 2 },
    { "{hex: 90}", "\x90", 1 },
    { "{hex: ''}", "", 0 },
    { "{text: \"a\\0\\xe9\"}", "a\0\xc3\xa9", 4 },
    { "{utf16: \"h\\u00e9\\U0001f600\"}", "h\0\xe9\0\x3d\xd8\x00\xde", 8 },
    { "{u8: [1, 0xff]}", "\x01\xff", 2 },
    { "{u16: 0x1234}", "\x34\x12", 2 },
    { "{u32: [1]}", "\1\0\0\0", 4 },
    { "{u64: 0x1122334455667788}", "\x88\x77\x66\x55\x44\x33\x22\x11", 8 },
    { "[{u8: 1}, {zero: 2}, {u8: 2}]", "\1\0\0\2", 4 },
    { "[{u8: 1}, {align: 4, u8: 2}, {align: 1}]", "\1\0\0\0\2", 5 },
    { "[{u8: 1}, {align: 4}]", "\1\0\0\0", 4 },
    { "[{at: 2, u8: 1}, {at: 0, u8: 2}, {u8: 3}]", "\2\3\1", 3 },
    { "[{text: abcd}, {at: 1, zero: 2}]", "a\0\0d", 4 },
    { "{repeat: {text: ab}, times: 3}", "ababab", 6 },
    { "{repeat: [{text: a}, {repeat: {text: b}, times: 2}], times: 2}", "abbabb", 6 },
    { "{repeat: {text: ab}, times: 1}", "ab", 2 },
    { "{repeat: {zero: 0}, times: 268435456}", "", 0 },
    { "{struct: IMAGE_DATA_DIRECTORY, fields: {Size: 2}}", "\0\0\0\0\2\0\0\0", 8 },
    { "{struct: RICH_ENTRY, fields: {ProductId: Linker600, Count: 1}}", "\0\0\4\0\1\0\0\0", 8 },
    { "[]", "", 0 },
};

START_TEST(pieces_become_bytes)
{
    char text[256];
    snprintf(text, sizeof text, "kind: raw\ndata: %s\n", pieces[_i].data);
    pel_builder *b = read_recipe(text);
    pel_span file = finish(b);
    ck_assert_msg(file.size == pieces[_i].size, "%s: %zu bytes", pieces[_i].data, file.size);
    ck_assert_msg(
        memcmp(file.data ? file.data : (const uint8_t *)"", pieces[_i].bytes, file.size) == 0, "%s",
        pieces[_i].data);
    pel_builder_free(b);
}
END_TEST

START_TEST(a_structure_has_the_width_that_is_said)
{
    static const char te[] = "kind: raw\n"
                             "data:\n"
                             "  struct: EFI_TE_IMAGE_HEADER\n"
                             "  wide: true\n"
                             "  fields: {Signature: 0x5a56, Machine: AMD64, Subsystem: "
                             "EFI_BOOT_SERVICE_DRIVER, ImageBase: 0x100000000}\n";
    pel_builder *b = read_recipe(te);
    pel_span file = finish(b);
    ck_assert_uint_eq(file.size, 24);
    ck_assert_int_eq(memcmp(file.data, "VZ\x64\x86\0\x0b\0\0", 8), 0);
    ck_assert_int_eq(memcmp(file.data + 16, "\0\0\0\0\1\0\0\0", 8), 0);
    pel_builder_free(b);
}
END_TEST

START_TEST(text_fills_a_name)
{
    pel_builder *b =
        read_recipe("kind: raw\ndata: {struct: IMAGE_SECTION_HEADER, fields: {Name: .text, "
                    "Characteristics: [CODE, 0x40, IMAGE_SCN_MEM_READ, MEM_EXECUTE]}}\n");
    pel_span file = finish(b);
    ck_assert_uint_eq(file.size, 40);
    ck_assert_int_eq(memcmp(file.data, ".text\0\0\0", 8), 0);
    ck_assert_int_eq(memcmp(file.data + 36, "\x60\0\0\x60", 4), 0);
    pel_builder_free(b);
}
END_TEST

/* ---- errors ------------------------------------------------------------ */

#define PE32P "kind: PE32+\n"

static const struct {
    const char *text;
    size_t line, column;
    const char *message;
} errors[] = {
    { "", 1, 1, "the recipe is empty" },
    { "[1]\n", 1, 1, "a map of keys and values is wanted here, not a list" },
    { "sections: []\n", 1, 1, "'kind' is missing" },
    { "kind: ELF\n", 1, 7, "'ELF' is no kind of file: PE32+, PE32 or raw" },
    { "kind: [PE32]\n", 1, 7, "a single value is wanted here, not a list" },
    { PE32P "sektions: []\n", 2, 1, "unknown key 'sektions' (did you mean 'sections'?)" },
    { PE32P "xyzzy: []\n", 2, 1, "unknown key 'xyzzy'" },
    { PE32P "\"\\e[31m\": []\n", 2, 1, "unknown key '?[31m'" },
    { PE32P "data: []\n", 2, 1, "'data' at the top is for raw files" },
    { "kind: raw\nentry: 0\n", 2, 1, "a raw file has no 'entry'" },
    { PE32P "sections: 5\n", 2, 11, "a list is wanted here, not a single value" },
    { PE32P "sections:\n  - {flags: 0}\n", 3, 5, "'name' is missing" },
    { PE32P "sections:\n  - {name: a}\n", 3, 5, "'flags' is missing" },
    { PE32P "sections: [{name: \"a\\0b\", flags: 0}]\n", 2, 19, "a zero byte cannot stand here" },
    { PE32P "sections: [{name: a, flags: REED}]\n", 2, 29,
      "'REED' is neither a number nor a name of SectionCharacteristics" },
    { PE32P "sections: [{name: a, flags: 0, data: 5}]\n", 2, 38,
      "a map of keys and values is wanted here, not a single value" },
    { PE32P "sections: [{name: a, flags: 0, data: {hexx: 5}}]\n", 2, 39,
      "unknown key 'hexx' (did you mean 'hex'?)" },
    { PE32P "sections: [{name: a, flags: 0, data: {hex: 5, text: x}}]\n", 2, 38,
      "'hex' and 'text' are two pieces: make a list" },
    { PE32P "sections: [{name: a, flags: 0, data: {va: nowhere}}]\n", 2, 43,
      "no section, label or import is called 'nowhere'" },
    { PE32P "sections: [{name: a, flags: 0}, {name: a, flags: 0}]\nentry: a\n", 3, 8,
      "'a' is the name of more than one place" },
    { PE32P "entry: 0x100000000\n", 2, 8, "0x100000000 is too large: at most 0xffffffff" },
    { PE32P "sections: [{name: a, flags: 0}]\nentry: a+-1\n", 3, 8,
      "no section, label or import is called 'a+-1'" },
    { PE32P "set: {optional_header.FileAligment: 1}\n", 2, 7,
      "there is no field 'optional_header.FileAligment' (did you mean 'FileAlignment'?)" },
    { PE32P "set: {optional_heater.FileAlignment: 1}\n", 2, 7,
      "there is no field 'optional_heater.FileAlignment' (did you mean 'optional_header'?)" },
    { PE32P "set: {optional_header.BaseOfData: 1}\n", 2, 7,
      "PE32+ has no field 'optional_header.BaseOfData'" },
    { PE32P "set: {optional_header.ImageBase: high}\n", 2, 34,
      "'high' is not a number (decimal, or 0x...)" },
    { PE32P "set: {file_header.Machine: 0x12345}\n", 2, 28,
      "0x12345 is too large: at most 0xffff" },
    { PE32P "set: {file_header.Machine: AMD46}\n", 2, 28,
      "'AMD46' is neither a number nor a name of Machine" },
    { PE32P "poke: {'sections[1].VirtualSize': 0}\n", 2, 8,
      "'sections[1].VirtualSize': there are only 0" },
    { PE32P "poke: {'data_directories[16].Size': 0}\n", 2, 8,
      "'data_directories[16].Size': there are only 16" },
    { PE32P "directories: {TLX: {at: 0, size: 0}}\n", 2, 15,
      "'TLX' is neither a number nor a name of DirectoryIndex" },
    { PE32P "directories: {TLS: {at: 0}}\n", 2, 20, "'size' is missing" },
    { PE32P "relocations: [{at: 0, type: 16}]\n", 2, 29, "0x10 is too large: at most 0xf" },
    { PE32P "rich: [{product: 1, build: 2}]\n", 2, 8, "'count' is missing" },
    { PE32P "imports: []\n", 2, 10, "from 1 to 65,535 functions can be imported" },
    { PE32P "imports: [{dll: A}]\n", 2, 11, "'functions' is missing" },
    { PE32P "imports: [{dll: A, functions: [{hint: 1}]}]\n", 2, 32, "'name' is missing" },
    { PE32P "exports: {name: A, functions: [{name: a}]}\n", 2, 32,
      "an export is either 'at' a place or a 'forward'" },
    { PE32P "exports: {name: A, functions: [{at: 0}]}\n", 2, 32,
      "an export has a 'name' or an 'ordinal'" },
    { "kind: raw\ndata: {hex: 123}\n", 2, 13, "half a byte is left at the end" },
    { "kind: raw\ndata: {hex: '1 2'}\n", 2, 13, "bytes are pairs of hexadecimal digits" },
    { "kind: raw\ndata: {hex: xy}\n", 2, 13, "bytes are pairs of hexadecimal digits" },
    { "kind: raw\ndata: {u8: 256}\n", 2, 12, "0x100 is too large: at most 0xff" },
    { "kind: raw\ndata: {va: 0}\n", 2, 12, "an address can stand in section data only" },
    { "kind: raw\ndata: {label: x}\n", 2, 15, "a label can stand in section data only" },
    { PE32P "sections: [{name: a, flags: 0, data: {repeat: {va: a}, times: 2}}]\n", 2, 52,
      "an address can stand in section data only, and not in a repeat" },
    { PE32P "sections: [{name: a, flags: 0, data: {repeat: {label: x}, times: 2}}]\n", 2, 55,
      "a label can stand in section data only, and not in a repeat" },
    { "kind: raw\ndata: {align: 3}\n", 2, 15, "an alignment is 1, 2, 4, 8, ..." },
    { "kind: raw\ndata: {times: 3}\n", 2, 8, "'times' belongs to 'repeat'" },
    { "kind: raw\ndata: {repeat: {u8: 1}}\n", 2, 7, "'times' is missing" },
    { "kind: raw\ndata: {struct: FOO}\n", 2, 16, "no structure is called 'FOO'" },
    { "kind: raw\ndata: {struct: RICH_ENTRY, fields: {Foo: 1}}\n", 2, 37,
      "RICH_ENTRY has no field 'Foo'" },
    { "kind: raw\ndata: {struct: RICH_ENTRY, wide: yes}\n", 2, 34, "'wide' is true or false" },
    { "kind: raw\ndata: {struct: IMAGE_SECTION_HEADER, fields: {Name: 123456789}}\n", 2, 53,
      "'Name' takes up to 8 elements" },
    { "kind: raw\ndata: {repeat: [{at: 4}, {repeat: [{at: 0}], times: 1}], times: 1}\n", 2, 35,
      "a repeat cannot go backwards" },
    { "kind: raw\npatch: [{u8: 1}]\n", 2, 9, "'at' is missing" },
    { "kind: raw\npatch: [{at: 1, u8: 1}]\n", 2, 14, "0x1 is too large: at most 0x0" },
    { "kind: raw\ndata: {zero: 4}\npatch: [{at: 3, u16: 1}]\n", 3, 9,
      "the patch ends behind the file, which has 0x4 bytes" },
    { PE32P "set: {optional_header.NumberOfRvaAndSizes: 2, 'data_directories[2].Size': 1}\n", 2, 47,
      "'data_directories[2].Size': there are only 2" },
    { "kind: raw\nx: *a\n", 2, 4, "anchors, aliases and tags are not supported" },
};

START_TEST(an_error_tells_where_and_what)
{
    pel_builder *b;
    pel_recipe_error error;
    ck_status(PEL_MALFORMED, pel_builder_from_recipe(span_of(errors[_i].text), NULL, &b, &error));
    ck_assert_ptr_null(b);
    ck_assert_str_eq(error.message, errors[_i].message);
    ck_assert_msg(error.line == errors[_i].line && error.column == errors[_i].column, "%s: %zu:%zu",
                  error.message, error.line, error.column);
}
END_TEST

/* A few bytes of recipe that ask for a lot. */
static const char *const greedy[] = {
    "kind: raw\ndata: [{zero: 268435456}, {u8: 1}]\n",
    "kind: raw\ndata: {at: 268435456, u8: 1}\n",
    "kind: raw\ndata: {repeat: {zero: 4096}, times: 268435456}\n",
    "kind: raw\ndata: {repeat: {repeat: {repeat: {u8: 1}, times: 65536}, times: 65536}, times: "
    "9}\n",
    "kind: PE32\nset: {dos_header.e_lfanew: 0xfffffff0}\n",
    "kind: PE32\nsections: [{name: a, flags: 0, virtual_size: 0xffffffff}]\n",
    "kind: PE32\nsections: [{name: a, flags: 0, data: {zero: 200000000}}, "
    "{name: b, flags: 0, data: {zero: 200000000}}]\n",
};

START_TEST(greed_is_refused)
{
    pel_builder *b;
    pel_recipe_error error;
    pel_status st = pel_builder_from_recipe(span_of(greedy[_i]), NULL, &b, &error);
    ck_assert_msg(st == PEL_LIMIT || st == PEL_MALFORMED, "%s", pel_status_name(st));
    ck_assert_str_eq(error.message, "the file would become too large");
    ck_assert_ptr_null(b);
}
END_TEST

/* ---- hostile text ------------------------------------------------------ */

static void build_quietly(const char *text, size_t size)
{
    pel_builder *b;
    pel_recipe_error error;
    pel_span file;
    char *copy = malloc(size + 1); /* of the exact size, so that a sanitizer sees each overrun */
    memcpy(copy, text, size);
    pel_span recipe = { (const uint8_t *)copy, size };
    if (pel_builder_from_recipe(recipe, NULL, &b, &error) == PEL_OK)
        pel_builder_finish(b, &file);
    else
        ck_assert_uint_gt(error.line, 0);
    pel_builder_free(b);
    free(copy);
}

START_TEST(a_recipe_may_be_cut_anywhere)
{
    for (size_t size = 0; size < sizeof everything; size++)
        build_quietly(everything, size);
}
END_TEST

START_TEST(a_recipe_may_have_any_byte_wrong)
{
    static const char wrong[] = "[]{}:,-'\"&*!0 \n\xff";
    char text[sizeof everything];
    for (size_t i = 0; i + 1 < sizeof everything; i++)
        for (size_t w = 0; w + 1 < sizeof wrong; w += 3) {
            memcpy(text, everything, sizeof text);
            text[i] = wrong[(i + w) % (sizeof wrong - 1)];
            build_quietly(text, sizeof text - 1);
        }
}
END_TEST

START_TEST(many_sections_take_little_time)
{
    enum { COUNT = 65535, LINE = 64 };
    char *text = malloc((size_t)COUNT * LINE);
    size_t used = (size_t)sprintf(text, "kind: PE32+\nsections:\n");
    for (int i = 0; i < COUNT; i++)
        used += (size_t)sprintf(text + used, "- {name: s%d, flags: 0x40000040}\n", i);
    used += (size_t)sprintf(text + used, "entry: s65534\n");
    clock_t start = clock();
    pel_builder *b = read_recipe(text);
    ck_assert_uint_gt(finish(b).size, (size_t)COUNT * 40);
    pel_builder_free(b);
    free(text);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    ck_assert_msg(seconds < 20, "took %.1f s", seconds);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_builder *b;
        pel_span file;
        st = pel_builder_from_recipe(span_of(everything), &a, &b, NULL);
        if (st == PEL_OK)
            st = pel_builder_finish(b, &file);
        else
            ck_assert_ptr_null(b);
        pel_builder_free(b);
        ck_assert_msg(f.live == 0, "leak when allocation %ld fails", n);
        ck_assert_int_lt(n, 1000);
    }
    ck_ok(st);
}
END_TEST

PEL_TESTS(builder_recipe)
{
    tcase_add_test(tests, a_recipe_does_what_the_calls_do);
    tcase_add_loop_test(tests, pieces_become_bytes, 0, sizeof pieces / sizeof pieces[0]);
    tcase_add_test(tests, a_structure_has_the_width_that_is_said);
    tcase_add_test(tests, text_fills_a_name);
    tcase_add_loop_test(tests, an_error_tells_where_and_what, 0, sizeof errors / sizeof errors[0]);
    tcase_add_loop_test(tests, greed_is_refused, 0, sizeof greedy / sizeof greedy[0]);
    tcase_add_test(tests, a_recipe_may_be_cut_anywhere);
    tcase_add_test(tests, a_recipe_may_have_any_byte_wrong);
    tcase_add_test(tests, many_sections_take_little_time);
    tcase_add_test(tests, every_allocation_may_fail);
}
