/* SPDX-License-Identifier: Apache-2.0 */
/* COFF symbols and line numbers on literal bytes in the data section of the sample (RVA 0x2000,
 * file offset 0x400), and names for addresses. */
#include <pelorus/symbols.h>

#include "base/alloc.h"
#include "sample.h"

#define FOFF 0x400u

/* clang-format off */

/* Typed from the specification. Sections: 1 is .text, 2 is .data. */
#define NONE6  0, 0, 0, 0, 0, 0
static const uint8_t table[] = {
    /*  0 */ '.','f','i','l','e',0,0,0, 0,0,0,0, 0xfe,0xff, 0,0, 103, 1,
    /*  1 */ 'd','i','r','/','s','o','u','r','c','e','.','c',0,0,0,0,0,0,
    /*  2 */ 's','t','a','r','t',0,0,0, 0,0,0,0, 1,0, 0x20,0, 2, 1,
    /*  3 */ 5,0,0,0, 0x20,0,0,0, 0,5,0,0, 9,0,0,0, 0,0,
    /*  4 */ '.','b','f',0,0,0,0,0, 0,0,0,0, 1,0, 0,0, 101, 1,
    /*  5 */ 0,0,0,0, 7,0, NONE6, 11,0,0,0, 0,0,
    /*  6 */ '.','t','e','x','t',0,0,0, 0,0,0,0, 1,0, 0,0, 3, 1,
    /*  7 */ 0x34,0x12,0,0, 1,0, 2,0, 0x78,0x56,0x34,0x12, 3,0, 5, 0, 0,0,
    /*  8 */ 0,0,0,0,4,0,0,0, 2,0,0,0, 1,0, 0x20,0, 3, 0,
    /*  9 */ 'w','e','a','k','l','y','_','8', 0,0,0,0, 0,0, 0,0, 105, 1,
    /* 10 */ 2,0,0,0, 3,0,0,0, 0,0,0,0,0,0,0,0,0,0,
    /* 11 */ 't','o','k',0,0,0,0,0, 0,0,0,0, 0xff,0xff, 0,0, 107, 1,
    /* 12 */ 1, 0, 2,0,0,0, 0,0,0,0,0,0,0,0,0,0,0,0,
    /* 13 */ 0,0,0,0,0x40,0,0,0, 4,0,0,0, 2,0, 0,0, 2, 0,
    /* strings */ 20,0,0,0, 'a','_','l','o','n','g','_','n','a','m','e','_',0, 'x','y',0,
};
#define COUNT 14

/* clang-format on */

static sample with_symbols(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, table, sizeof table);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", FOFF);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", COUNT);
    return s;
}

static void ck_str(pel_str text, const char *wanted)
{
    ck_assert_uint_eq(text.len, strlen(wanted));
    ck_assert(text.len == 0 || memcmp(text.ptr, wanted, text.len) == 0);
}

/* ---- symbols ----------------------------------------------------------- */

/* What the table above has. NULL: no name. */
static const struct {
    uint32_t index;
    const char *name;
    uint32_t value;
    uint16_t section, type;
    uint8_t storage;
    pel_aux_kind kind;
} wanted[] = {
    { 0, ".file", 0, PEL_SYM_DEBUG, 0, 103, PEL_AUX_FILE },
    { 2, "start", 0, 1, 0x20, 2, PEL_AUX_FUNCTION },
    { 4, ".bf", 0, 1, 0, 101, PEL_AUX_BF_EF },
    { 6, ".text", 0, 1, 0, 3, PEL_AUX_SECTION },
    { 8, "a_long_name_", 2, 1, 0x20, 3, PEL_AUX_NONE },
    { 9, "weakly_8", 0, PEL_SYM_UNDEFINED, 0, 105, PEL_AUX_WEAK },
    { 11, "tok", 0, PEL_SYM_ABSOLUTE, 0, 107, PEL_AUX_TOKEN },
    { 13, NULL, 4, 2, 0, 2, PEL_AUX_NONE },
};

START_TEST(symbols_are_walked)
{
    pel_coff_entry e;
    sample s = with_symbols();
    sample_parse(&s);
    pel_coff_iter it = pel_image_coff_symbols(s.img);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        ck_assert(pel_coff_next(&it, &e));
        ck_assert_uint_eq(e.index, wanted[i].index);
        ck_hex(e.offset.v, FOFF + 18 * e.index);
        ck_assert(e.has_name == (wanted[i].name != NULL));
        ck_str(e.name, wanted[i].name ? wanted[i].name : "");
        ck_hex(e.record.value, wanted[i].value);
        ck_hex(e.record.section, wanted[i].section);
        ck_hex(e.record.type, wanted[i].type);
        ck_assert_uint_eq(e.record.storage, wanted[i].storage);
        ck_assert_int_eq(e.aux_kind, wanted[i].kind);
    }
    ck_assert(!pel_coff_next(&it, &e));
    ck_ok(it.status);
    ck_assert_uint_eq(pel_image_string_table(s.img).size, 20);
    sample_free(&s);
}
END_TEST

START_TEST(auxiliary_records_are_read)
{
    pel_coff_entry e;
    pel_aux_function f;
    pel_aux_bf_ef b;
    pel_aux_section c;
    pel_aux_weak w;
    pel_aux_token t;
    sample s = with_symbols();
    sample_parse(&s);
    ck_ok(pel_coff_at(s.img, 2, &e));
    ck_ok(pel_coff_aux(&e, 0, &f));
    ck_assert(f.tag == 5 && f.size == 0x20 && f.lines.v == 0x500 && f.next == 9);
    ck_status(PEL_NOT_FOUND, pel_coff_aux(&e, 1, &f));
    ck_ok(pel_coff_at(s.img, 4, &e));
    ck_ok(pel_coff_aux(&e, 0, &b));
    ck_assert(b.line == 7 && b.next == 11);
    ck_ok(pel_coff_at(s.img, 6, &e));
    ck_ok(pel_coff_aux(&e, 0, &c));
    ck_assert(c.length == 0x1234 && c.relocation_count == 1 && c.line_count == 2);
    ck_assert(c.checksum == 0x12345678 && c.number == 3 && c.selection == 5);
    ck_ok(pel_coff_at(s.img, 9, &e));
    ck_ok(pel_coff_aux(&e, 0, &w));
    ck_assert(w.tag == 2 && w.search == 3);
    ck_ok(pel_coff_at(s.img, 11, &e));
    ck_ok(pel_coff_aux(&e, 0, &t));
    ck_assert(t.type == 1 && t.symbol == 2);
    ck_ok(pel_coff_at(s.img, 0, &e));
    ck_status(PEL_NOT_FOUND, pel_coff_aux(&e, 0, &t)); /* text, not a record */
    ck_assert(memcmp(e.aux.data, "dir/source.c", 13) == 0);
    ck_status(PEL_NOT_FOUND, pel_coff_at(s.img, COUNT, &e));
    sample_free(&s);
}
END_TEST

/* PointerToSymbolTable, NumberOfSymbols -> symbols walked, and why it ends. */
static const struct {
    uint32_t at, count;
    size_t walked;
    pel_status status;
} ends[] = {
    { 0, COUNT, 0, PEL_OK },
    { FOFF, 0, 0, PEL_OK },
    { FOFF, 3, 2, PEL_TRUNCATED }, /* the auxiliary record is behind the end */
    { FOFF, 4, 2, PEL_OK },
    { SAMPLE_SIZE - 18, 2, 1, PEL_TRUNCATED },
    { SAMPLE_SIZE, 1, 0, PEL_TRUNCATED },
    { 0xffffffff, 0xffffffff, 0, PEL_TRUNCATED },
};

START_TEST(tables_end)
{
    pel_coff_entry e;
    size_t walked = 0;
    sample s = with_symbols();
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", ends[_i].at);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", ends[_i].count);
    sample_parse(&s);
    pel_coff_iter it = pel_image_coff_symbols(s.img);
    while (pel_coff_next(&it, &e))
        walked++;
    ck_assert_uint_eq(walked, ends[_i].walked);
    ck_status(ends[_i].status, it.status);
    it = pel_image_coff_symbols(s.img);
    while (pel_coff_next_aux(&it, &e))
        ck_assert(e.record.aux_count != 0);
    ck_status(ends[_i].status, it.status);
    sample_free(&s);
}
END_TEST

START_TEST(symbols_without_auxiliary_records_are_passed_over)
{
    static const uint32_t with[] = { 0, 2, 4, 6, 9, 11 };
    pel_coff_entry e;
    sample s = with_symbols();
    sample_parse(&s);
    pel_coff_iter it = pel_image_coff_symbols(s.img);
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        ck_assert(pel_coff_next_aux(&it, &e));
        ck_assert_uint_eq(e.index, with[i]);
        ck_assert_uint_eq(e.record.aux_count, 1);
    }
    ck_assert(!pel_coff_next_aux(&it, &e));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(line_numbers_are_walked)
{
    static const uint8_t lines[] = { 2, 0, 0, 0, 0, 0, 0x10, 0x10, 0, 0, 5, 0 };
    pel_line_number line;
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_patch(s.b, (pel_foff){ SAMPLE_SIZE - sizeof lines }, lines, sizeof lines);
    pel_builder_poke(s.b, "sections[0].PointerToLinenumbers", SAMPLE_SIZE - sizeof lines);
    pel_builder_poke(s.b, "sections[0].NumberOfLinenumbers", 3);
    sample_parse(&s);
    pel_line_iter it = pel_image_lines(s.img, 0);
    ck_assert(pel_line_next(&it, &line));
    ck_assert(line.at == 2 && line.line == 0);
    ck_assert(pel_line_next(&it, &line));
    ck_assert(line.at == 0x1010 && line.line == 5);
    ck_assert(!pel_line_next(&it, &line)); /* the third is behind the end of the file */
    ck_status(PEL_TRUNCATED, it.status);
    it = pel_image_lines(s.img, 1);
    ck_assert(!pel_line_next(&it, &line));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* ---- names for addresses ----------------------------------------------- */

/* RVA -> kind, name, offset; NULL: nothing. */
static const struct {
    uint32_t rva;
    const char *text;
    pel_symbol_kind kind;
} addresses[] = {
    { 0x0fff, NULL, 0 },
    { 0x1000, "start", PEL_SYMBOL_COFF },
    { 0x1002, "a_long_name_", PEL_SYMBOL_COFF },
    { 0x1100, "a_long_name_+0xfe", PEL_SYMBOL_COFF },
    { 0x2000, NULL, 0 }, /* another section */
    { 0x9000, NULL, 0 }, /* outside of the image */
};

START_TEST(an_address_has_the_nearest_name)
{
    char text[64];
    pel_symbols *symbols;
    pel_symbol_name name;
    sample s = with_symbols();
    sample_parse(&s);
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    ck_assert_uint_eq(pel_symbols_count(symbols), 2);
    pel_status st = pel_symbols_find(symbols, (pel_rva){ addresses[_i].rva }, &name);
    ck_status(addresses[_i].text ? PEL_OK : PEL_NOT_FOUND, st);
    if (addresses[_i].text) {
        ck_assert_uint_eq(pel_symbol_format(&name, text, sizeof text), strlen(addresses[_i].text));
        ck_assert_str_eq(text, addresses[_i].text);
        ck_assert_int_eq(name.kind, addresses[_i].kind);
        ck_ok(pel_symbols_named(symbols, (pel_str){ text, strlen(text) }, &name)); /* and back */
        ck_hex(name.rva.v + name.offset, addresses[_i].rva);
    }
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

/* Exports at 0x1000 (beside the COFF symbol), 0x1001 without a name, and a forwarder. */
static sample with_names(void)
{
    static const pel_build_export exports[] = {
        { .name = "named", .place = { SAMPLE_TEXT, 0 } },
        { .name = NULL, .ordinal = 7, .place = { SAMPLE_TEXT, 1 } },
        { .name = "passed", .forward = "OTHER.on" },
    };
    pel_build_import imports[] = {
        { .dll = "ONE.dll", .name = "Sleep" },
        { .dll = "ONE.dll", .ordinal = 9 },
        { .dll = "TWO.dll", .name = "Sleep" },
    };
    sample s = with_symbols();
    pel_builder_exports(s.b, "self.dll", exports, 3);
    pel_builder_imports(s.b, imports, 3);
    sample_parse(&s);
    return s;
}

/* Name -> what it is; the name that its address has in return, if that is another one. */
static const struct {
    const char *name;
    pel_symbol_kind kind;
    const char *back;
} names[] = {
    { "named", PEL_SYMBOL_EXPORT, NULL },
    { "start", PEL_SYMBOL_COFF, "named" }, /* at one address exports win */
    { "#7", PEL_SYMBOL_EXPORT, NULL },
    { "a_long_name_", PEL_SYMBOL_COFF, NULL },
    { "a_long_name_+0xf", PEL_SYMBOL_COFF, NULL },
    { "ONE.dll!Sleep", PEL_SYMBOL_IMPORT, NULL },
    { "one.DLL!Sleep", PEL_SYMBOL_IMPORT, "ONE.dll!Sleep" },
    { "ONE.dll!#9", PEL_SYMBOL_IMPORT, NULL },
    { "TWO.dll!Sleep+0x7", PEL_SYMBOL_IMPORT, NULL },
    { "TWO!Sleep", PEL_SYMBOL_IMPORT, "TWO.dll!Sleep" },
    { "one!#9+0x2", PEL_SYMBOL_IMPORT, "ONE.dll!#9+0x2" },
    { "#7+0x4", PEL_SYMBOL_EXPORT, "a_long_name_+0x3" },
    { "Sleep", PEL_SYMBOL_IMPORT, "ONE.dll!Sleep" },
};

START_TEST(names_lead_there_and_back)
{
    char text[64];
    const char *name = names[_i].name, *back = names[_i].back ? names[_i].back : name;
    pel_symbols *symbols;
    pel_symbol_name found;
    sample s = with_names();
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    ck_ok(pel_symbols_named(symbols, (pel_str){ name, strlen(name) }, &found));
    ck_assert_int_eq(found.kind, names[_i].kind);
    ck_ok(pel_symbols_find(symbols, (pel_rva){ found.rva.v + found.offset }, &found));
    pel_symbol_format(&found, text, sizeof text);
    ck_assert_str_eq(text, back);
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

static const char *const nobody[] = {
    "",           "nobody",           "passed", "NAMED",  "ONE.dll!On",
    "TWO.dll!#9", "ONE.dll!sleep",    "#8",     "named+", "named+8",
    "named+0xg",  "named+0xffffffff", "+0x1",   "!",      "nobody+0x1",
    "ON!Sleep",   "ONE.dl!Sleep",     "!Sleep", "#9",     "ONE.dll.dll!Sleep",
};

START_TEST(names_of_nobody_are_not_found)
{
    pel_symbols *symbols;
    pel_symbol_name found;
    sample s = with_names();
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    ck_status(PEL_NOT_FOUND,
              pel_symbols_named(symbols, (pel_str){ nobody[_i], strlen(nobody[_i]) }, &found));
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

/* All that a name may mean, in order. */
static const struct {
    const char *name;
    const char *kinds; /* a letter each */
} several[] = {
    { "named", "e" },  /* an export */
    { "Sleep", "ii" }, /* imported twice */
    { "Sleep+0x4", "ii" }, { "TWO.dll!Sleep", "i" }, { "start", "c" }, { "nobody", "" },
};

START_TEST(a_name_may_mean_several)
{
    pel_symbols *symbols;
    pel_symbol_name found;
    const char *name = several[_i].name;
    sample s = with_names();
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    pel_symbol_iter it = pel_symbols_matching(symbols, (pel_str){ name, strlen(name) });
    for (const char *kind = several[_i].kinds; *kind; kind++) {
        ck_assert(pel_symbol_next(&it, &found));
        ck_assert_int_eq(pel_symbol_kind_name(found.kind)[0], *kind);
        ck_hex(found.offset, strchr(name, '+') ? 4 : 0);
    }
    ck_assert(!pel_symbol_next(&it, &found));
    ck_assert(!pel_symbol_next(&it, &found));
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

/* Two COFF symbols of one name, as two object files have them, and an export that is the first. */
START_TEST(coff_symbols_of_one_name_are_all_told)
{
    static const uint8_t twice[] = {
        's', 'a', 'm', 'e', 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0x20, 0, 3, 0,
        's', 'a', 'm', 'e', 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x20, 0, 3, 0,
    };
    static const pel_build_export exports[] = { { .name = "same", .place = { SAMPLE_TEXT, 2 } } };
    pel_symbols *symbols;
    pel_symbol_name found;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, twice, sizeof twice);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", FOFF);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", 2);
    pel_builder_exports(s.b, "self.dll", exports, 1);
    sample_parse(&s);
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    pel_symbol_iter it = pel_symbols_matching(symbols, (pel_str){ "same", 4 });
    ck_assert(pel_symbol_next(&it, &found));
    ck_assert(found.kind == PEL_SYMBOL_EXPORT && found.rva.v == 0x1002);
    ck_assert(pel_symbol_next(&it, &found));
    ck_assert(found.kind == PEL_SYMBOL_COFF && found.rva.v == 0x1001);
    ck_assert(!pel_symbol_next(&it, &found));
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

START_TEST(every_symbol_can_be_listed)
{
    static const char *const wants[] = { "#1",         "start",        "named",
                                         "#7",         "a_long_name_", "ONE.dll!Sleep",
                                         "ONE.dll!#9", "TWO.dll!Sleep" };
    char text[64];
    pel_symbols *symbols;
    pel_symbol_name name;
    sample s = with_names();
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    ck_assert_uint_eq(pel_symbols_count(symbols), sizeof wants / sizeof wants[0]);
    for (size_t i = 0; i < pel_symbols_count(symbols); i++) {
        pel_symbols_at(symbols, i, &name);
        pel_symbol_format(&name, text, sizeof text);
        ck_assert_str_eq(text, wants[i]);
    }
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

/* RVA -> what it is called when its section may stand for it. */
static const struct {
    uint32_t rva;
    const char *text;
} texts[] = {
    { 0x1002, "a_long_name_" },
    { 0x2005, ".data+0x5" },
    { 0x10, "" },
    { 0x9000, "" },
};

START_TEST(a_section_stands_for_a_name)
{
    char text[64];
    pel_symbols *symbols;
    sample s = with_symbols();
    sample_parse(&s);
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    pel_rva rva = { texts[_i].rva };
    ck_assert_uint_eq(pel_symbols_text(symbols, s.img, rva, text, sizeof text),
                      strlen(texts[_i].text));
    ck_assert_str_eq(text, texts[_i].text);
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

START_TEST(names_are_cut_to_the_room)
{
    char text[6];
    pel_symbol_name name = { .kind = PEL_SYMBOL_IMPORT,
                             .name = { "abc", 3 },
                             .module = { "xy", 2 } };
    ck_assert_uint_eq(pel_symbol_format(&name, text, sizeof text), 6);
    ck_assert_str_eq(text, "xy!ab");
    ck_assert_uint_eq(pel_symbol_format(&name, NULL, 0), 6);
}
END_TEST

START_TEST(an_index_that_has_no_memory_leaves_nothing)
{
    pel_symbols *symbols;
    sample s = with_names();
    bool done = false;
    for (long i = 0; !done; i++) {
        alloc_fail f = { .left = i };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_status st = pel_symbols_new(s.img, &a, &symbols);
        done = st == PEL_OK;
        ck_assert(done || (st == PEL_NO_MEMORY && !symbols));
        pel_symbols_free(symbols);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(i, 100);
    }
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_symbols)
{
    tcase_add_test(tests, symbols_are_walked);
    tcase_add_test(tests, symbols_without_auxiliary_records_are_passed_over);
    tcase_add_test(tests, auxiliary_records_are_read);
    tcase_add_loop_test(tests, tables_end, 0, sizeof ends / sizeof ends[0]);
    tcase_add_test(tests, line_numbers_are_walked);
    tcase_add_loop_test(tests, an_address_has_the_nearest_name, 0,
                        sizeof addresses / sizeof addresses[0]);
    tcase_add_loop_test(tests, names_lead_there_and_back, 0, sizeof names / sizeof names[0]);
    tcase_add_loop_test(tests, names_of_nobody_are_not_found, 0, sizeof nobody / sizeof nobody[0]);
    tcase_add_loop_test(tests, a_name_may_mean_several, 0, sizeof several / sizeof several[0]);
    tcase_add_test(tests, coff_symbols_of_one_name_are_all_told);
    tcase_add_test(tests, every_symbol_can_be_listed);
    tcase_add_loop_test(tests, a_section_stands_for_a_name, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tests, names_are_cut_to_the_room);
    tcase_add_test(tests, an_index_that_has_no_memory_leaves_nothing);
}
