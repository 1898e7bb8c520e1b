/* SPDX-License-Identifier: Apache-2.0 */
/* Names for addresses in a file with as many exports as there can be: a hundred thousand functions,
 * of which all that an ordinal of 16 bits can reach have a name. */
#include <pelorus/symbols.h>
#include <stdlib.h>
#include <time.h>

#include "sample.h"

#define FUNCTIONS 100000u
#define NAMES     65536u
#define EACH      4u /* bytes of code between two functions */
#define NAME_SIZE 7u /* "f12345" and its zero: sorted as they are numbered */
#define CODE      0x1000u
#define DATA      0x1000000u

enum {
    FUNCTIONS_AT = 40, /* behind IMAGE_EXPORT_DIRECTORY */
    NAMES_AT = FUNCTIONS_AT + 4 * FUNCTIONS,
    ORDINALS_AT = NAMES_AT + 4 * NAMES,
    STRINGS_AT = ORDINALS_AT + 2 * NAMES,
    TABLES_SIZE = STRINGS_AT + NAME_SIZE * NAMES,
};

static void put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint8_t *export_tables(void)
{
    uint8_t *t = calloc(1, TABLES_SIZE);
    ck_assert_ptr_nonnull(t);
    put32(t + 16, 1); /* Base */
    put32(t + 20, FUNCTIONS);
    put32(t + 24, NAMES);
    put32(t + 28, DATA + FUNCTIONS_AT);
    put32(t + 32, DATA + NAMES_AT);
    put32(t + 36, DATA + ORDINALS_AT);
    for (uint32_t i = 0; i < FUNCTIONS; i++)
        put32(t + FUNCTIONS_AT + 4 * i, CODE + EACH * i);
    for (uint32_t i = 0; i < NAMES; i++) {
        put32(t + NAMES_AT + 4 * i, DATA + STRINGS_AT + NAME_SIZE * i);
        t[ORDINALS_AT + 2 * i] = (uint8_t)i;
        t[ORDINALS_AT + 2 * i + 1] = (uint8_t)(i >> 8);
        char name[16];
        snprintf(name, sizeof name, "f%05u", (unsigned)i);
        memcpy(t + STRINGS_AT + NAME_SIZE * i, name, NAME_SIZE);
    }
    return t;
}

static sample many_exports(void)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    uint8_t *tables = export_tables();
    pel_builder_section(s.b, ".text", SAMPLE_RX);
    pel_builder_data(s.b, pel_builder_section(s.b, ".edata", SAMPLE_RW), tables, TABLES_SIZE);
    free(tables);
    pel_builder_poke(s.b, "sections[0].VirtualSize", EACH * FUNCTIONS);
    pel_builder_poke(s.b, "sections[1].VirtualAddress", DATA);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 2 * DATA);
    pel_builder_poke(s.b, "data_directories[0].VirtualAddress", DATA);
    pel_builder_poke(s.b, "data_directories[0].Size", TABLES_SIZE);
    sample_parse(&s);
    return s;
}

/* One address in each function, and the address of each name. */
static void look_up(const pel_symbols *symbols)
{
    char text[32], wanted[32];
    pel_symbol_name name;
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        snprintf(wanted, sizeof wanted, i < NAMES ? "f%05u+0x3" : "#%u+0x3",
                 (unsigned)(i < NAMES ? i : i + 1));
        ck_ok(pel_symbols_find(symbols, (pel_rva){ CODE + EACH * i + 3 }, &name));
        pel_symbol_format(&name, text, sizeof text);
        ck_assert_str_eq(text, wanted);
        if (i >= NAMES)
            continue;
        ck_ok(pel_symbols_named(symbols, (pel_str){ text, strlen("f12345") }, &name));
        ck_hex(name.rva.v, CODE + EACH * i);
    }
}

/* Seconds of processor time; looking at each name for each address would take minutes. */
START_TEST(a_hundred_thousand_exports_are_found_quickly)
{
    pel_symbols *symbols;
    sample s = many_exports();
    clock_t start = clock();
    ck_ok(pel_symbols_new(s.img, NULL, &symbols));
    ck_assert_uint_eq(pel_symbols_count(symbols),
                      FUNCTIONS + NAMES); /* each has its ordinal, too */
    look_up(symbols);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    ck_assert_msg(seconds < 5, "%f s", seconds);
    pel_symbols_free(symbols);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_symbols_many) { tcase_add_test(tests, a_hundred_thousand_exports_are_found_quickly); }
