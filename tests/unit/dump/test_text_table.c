/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "check_pel.h"
#include "text_document.h"

static void row(pel_emitter *e, const char *name, uint64_t size, uint64_t flags)
{
    pel_emit_map_begin(e, NULL);
    e->offset = 0x178 + size;
    pel_emit_string(e, "Name", name);
    pel_emit_hex(e, "VirtualSize", size);
    pel_emit_flags(e, "Characteristics", flags, &pel_names_section_flags);
    pel_emit_named(e, "Type", size ? 3 : 0, size ? "HIGHLOW" : NULL);
    pel_emit_map_end(e);
}

START_TEST(equal_maps_in_a_sequence_are_a_table)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "sections");
    row(e, ".text", 0x1234, 0x60000020);
    row(e, ".data", 0x10, 0xc0000040);
    row(e, "", 0, 0);
    row(e, "more", 0x100, 0x60000020);
    row(e, "odd", 0x100, 0x10000000000);
    pel_emit_seq_end(e);
    pel_emit_dec(e, "next", 1);
    ck_text(e, //
            "sections\n"
            "  #  Name   VirtualSize  Characteristics  Type\n"
            "  0  .text       0x1234       0x60000020  0x3 HIGHLOW    @0x13ac\n"
            "  1  .data         0x10       0xc0000040  0x3 HIGHLOW    @0x188\n"
            "  2  \"\"             0x0              0x0  0x0 (unknown)  @0x178\n"
            "  3  more         0x100       0x60000020  0x3 HIGHLOW    @0x278\n"
            "  4  odd          0x100    0x10000000000  0x3 HIGHLOW    @0x278\n"
            "  Characteristics\n"
            "    0x60000020  IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ\n"
            "    0xc0000040  IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ | "
            "IMAGE_SCN_MEM_WRITE\n"
            "    0x10000000000  0x10000000000 (unknown)\n"
            "\n"
            "next  1\n");
}
END_TEST

static void wide_row(pel_emitter *e, unsigned columns, unsigned text_columns)
{
    static const char *const keys[] = {
        "PointerToRawData",     "SizeOfRawData",        "PointerToRelocations",
        "PointerToLinenumbers", "NumberOfRelocations",  "NumberOfLinenumbers",
        "VirtualAddress",       "AddressOfEntryPoints", "first_thunk_of_the_descriptor",
    };
    pel_emit_map_begin(e, NULL);
    for (unsigned i = 0; i < columns; i++) {
        e->digits = 8;
        pel_emit_hex(e, keys[i], i % 3);
    }
    for (unsigned i = 0; i < text_columns; i++)
        pel_emit_string(e, i ? "message" : "field",
                        "a message that takes its time to come to its end");
    pel_emit_map_end(e);
}

/* Numbers, texts: from what fits as it is to what cannot be a table. */
static const struct {
    unsigned columns, text_columns;
    const char *want;
} wide[] = {
    { 4, 0, //
      "t\n"
      "  #  PointerToRawData  SizeOfRawData  PointerToRelocations  PointerToLinenumbers\n"
      "  0        0x00000000     0x00000001            0x00000002            0x00000000\n"
      "  1        0x00000000     0x00000001            0x00000002            0x00000000\n" },
    { 6, 0, //
      "t\n"
      "  #  SizeOfRawData  PointerToRelocations  NumberOfRelocations  NumberOfLinenumbers\n"
      "  0     0x00000001            0x00000002           0x00000001           0x00000002\n"
      "  1     0x00000001            0x00000002           0x00000001           0x00000002\n"
      "  nothing in: PointerToRawData, PointerToLinenumbers\n" },
    { 2, 1, //
      "t\n"
      "  #  PointerToRawData  SizeOfRawData  field\n"
      "  0        0x00000000     0x00000001  a message that takes its time to come to its end\n"
      "  1        0x00000000     0x00000001  a message that takes its time to come to its end\n" },
    { 4, 1, //
      "t\n"
      "  #  SizeOfRawData  PointerToRelocations  field\n"
      "  0     0x00000001            0x00000002  a message that takes its time to come to its end\n"
      "  1     0x00000001            0x00000002  a message that takes its time to come to its end\n"
      "  nothing in: PointerToRawData, PointerToLinenumbers\n" },
    { 2, 3, //
      "t\n"
      "  [0]\n"
      "    PointerToRawData  0x00000000\n"
      "    SizeOfRawData     0x00000001\n"
      "    field             a message that takes its time to come to its end\n"
      "    message           a message that takes its time to come to its end\n"
      "    message           a message that takes its time to come to its end\n"
      "  [1]\n"
      "    PointerToRawData  0x00000000\n"
      "    SizeOfRawData     0x00000001\n"
      "    field             a message that takes its time to come to its end\n"
      "    message           a message that takes its time to come to its end\n"
      "    message           a message that takes its time to come to its end\n" },
};

START_TEST(a_wide_table_is_made_to_fit)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "t");
    for (unsigned i = 0; i < 2; i++)
        wide_row(e, wide[_i].columns, wide[_i].text_columns);
    pel_emit_seq_end(e);
    ck_text(e, wide[_i].want);
}
END_TEST

/* Eight columns of eight digits, and some more: they fit without their zeros. */
START_TEST(numbers_lose_their_zeros_where_room_is_short)
{
    static const char *const keys[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "t");
    for (unsigned i = 0; i < 2; i++) {
        pel_emit_map_begin(e, NULL);
        for (unsigned c = 0; c < sizeof keys / sizeof keys[0]; c++) {
            e->digits = 8;
            pel_emit_hex(e, keys[c], (uint64_t)i << 4 * c);
        }
        pel_emit_dec(e, "dec", 0);
        pel_emit_real(e, "real", 0.5 + i);
        e->digits = 8;
        pel_emit_named(e, "n", i + 1, "name");
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    ck_text(
        e, //
        "t\n"
        "  #    a     b      c       d        e         f          g           h  real  n\n"
        "  0  0x0   0x0    0x0     0x0      0x0       0x0        0x0         0x0   0.5  0x1 name\n"
        "  1  0x1  0x10  0x100  0x1000  0x10000  0x100000  0x1000000  0x10000000   1.5  0x2 name\n"
        "  nothing in: dec\n");
}
END_TEST

START_TEST(a_narrow_table_is_set_in_columns)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "entries");
    for (unsigned i = 0; i < 13; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_named(e, "type", i ? 10 : 0, i ? "DIR64" : "ABSOLUTE");
        e->digits = 8;
        pel_emit_hex(e, "rva", 0x1000 + 8 * i);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    ck_text(e, //
            "entries\n"
            "   #  type                 rva     #  type                 rva     #  type            "
            "     rva\n"
            "   0  0x0 ABSOLUTE  0x00001000     5  0xa DIR64     0x00001028    10  0xa DIR64     "
            "0x00001050\n"
            "   1  0xa DIR64     0x00001008     6  0xa DIR64     0x00001030    11  0xa DIR64     "
            "0x00001058\n"
            "   2  0xa DIR64     0x00001010     7  0xa DIR64     0x00001038    12  0xa DIR64     "
            "0x00001060\n"
            "   3  0xa DIR64     0x00001018     8  0xa DIR64     0x00001040\n"
            "   4  0xa DIR64     0x00001020     9  0xa DIR64     0x00001048\n");
}
END_TEST

START_TEST(a_row_that_differs_ends_the_table)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "results");
    for (unsigned i = 0; i < 4; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "rva", i);
        if (i == 2)
            pel_emit_hex(e, "va", i);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "blocks");
    for (unsigned i = 0; i < 3; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "VirtualAddress", i);
        pel_emit_seq_begin(e, "entries");
        if (i == 1) {
            pel_emit_map_begin(e, NULL);
            pel_emit_dec(e, "rva", 1);
            pel_emit_map_end(e);
        }
        pel_emit_seq_end(e);
        pel_emit_dec(e, "last", i);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    ck_text(e, //
            "results\n"
            "  #  rva\n"
            "  0  0x0\n"
            "  1  0x1\n"
            "  [2]\n"
            "    rva  0x2\n"
            "    va   0x2\n"
            "  [3]\n"
            "    rva  0x3\n"
            "\n"
            "blocks\n"
            "  #  VirtualAddress  entries  last\n"
            "  0             0x0  (none)      0\n"
            "  [1]\n"
            "    VirtualAddress  0x1\n"
            "    entries\n"
            "      #  rva\n"
            "      0    1\n"
            "    last  1\n"
            "  [2]\n"
            "    VirtualAddress  0x2\n"
            "    entries         (none)\n"
            "    last            2\n");
}
END_TEST

START_TEST(lists_are_cells_of_a_table)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "results");
    for (unsigned i = 0; i < 3; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "rva", i);
        pel_emit_seq_begin(e, "offsets");
        for (unsigned n = 0; n < i; n++)
            pel_emit_hex(e, NULL, n);
        pel_emit_seq_end(e);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    ck_text(e, //
            "results\n"
            "  #  rva  offsets\n"
            "  0  0x0  (none)\n"
            "  1  0x1  0x0\n"
            "  2  0x2  0x0 0x1\n");
}
END_TEST

/* More rows than wait in the buffer: every one is printed, in order, with its number. */
START_TEST(a_table_of_any_length_keeps_every_row)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "t");
    for (unsigned i = 0; i < 5000; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "text", "fifty characters so that there is but one column, ");
        pel_emit_dec(e, "number", i);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    close_text(e);
    ck_assert(is_tidy(got.text));
    unsigned next = 0;
    for (char *line = got.text; line; line = strchr(line + 1, '\n')) {
        char want[16], *end = strchr(line + 1, '\n');
        snprintf(want, sizeof want, " %u\n", next);
        size_t size = strlen(want);
        if (end && (size_t)(end - line) > size && memcmp(end + 1 - size, want, size) == 0)
            next++;
    }
    ck_assert_uint_eq(next, 5000);
}
END_TEST

PEL_TESTS(dump_text_table)
{
    tcase_add_test(tests, equal_maps_in_a_sequence_are_a_table);
    tcase_add_loop_test(tests, a_wide_table_is_made_to_fit, 0, sizeof wide / sizeof wide[0]);
    tcase_add_test(tests, numbers_lose_their_zeros_where_room_is_short);
    tcase_add_test(tests, a_narrow_table_is_set_in_columns);
    tcase_add_test(tests, a_row_that_differs_ends_the_table);
    tcase_add_test(tests, lists_are_cells_of_a_table);
    tcase_add_test(tests, a_table_of_any_length_keeps_every_row);
}
