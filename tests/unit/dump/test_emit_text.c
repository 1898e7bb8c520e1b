/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check_pel.h"
#include "text_document.h"

/* ---- fields ------------------------------------------------------------ */

static void emit_fields(pel_emitter *e)
{
    pel_emit_string(e, "schema", "pelorus.test/1");
    pel_emit_dec(e, "size", UINT64_MAX);
    pel_emit_map_begin(e, "header");
    e->offset = 0x80;
    e->digits = 4;
    pel_emit_enum(e, "Machine", 0x14c, &pel_names_machine);
    e->offset = 0x82;
    pel_emit_dec(e, "NumberOfSections", 3);
    e->offset = 0x84;
    e->digits = 8;
    pel_emit_time(e, "TimeDateStamp", 1709164800);
    e->offset = 0x88;
    pel_emit_flags(e, "Characteristics", 0x10102, &pel_names_file_flags);
    e->offset = 0x8c;
    pel_emit_enum(e, "Magic", 7, &pel_names_magic);
    pel_emit_map_begin(e, "inner");
    pel_emit_real(e, "entropy", 5.25);
    pel_emit_boolean(e, "relocated", true);
    pel_emit_null(e, "entry");
    pel_emit_string(e, "name", "");
    pel_emit_map_end(e);
    pel_emit_map_end(e);
    pel_emit_string(e, "kind", "PE32");
}

START_TEST(fields_are_aligned)
{
    pel_emitter *e = open_text(false);
    emit_fields(e);
    ck_text(e, //
            "size  18446744073709551615\n"
            "\n"
            "header\n"
            "  Machine           0x014c      IMAGE_FILE_MACHINE_I386      @0x80\n"
            "  NumberOfSections  3                                        @0x82\n"
            "  TimeDateStamp     0x65dfc900  2024-02-29T00:00:00Z         @0x84\n"
            "  Characteristics   0x10102     IMAGE_FILE_EXECUTABLE_IMAGE  @0x88\n"
            "                                IMAGE_FILE_32BIT_MACHINE\n"
            "                                0x10000 (unknown)\n"
            "  Magic             0x7         (unknown)                    @0x8c\n"
            "  inner\n"
            "    entropy    5.25\n"
            "    relocated  true\n"
            "    entry      -\n"
            "    name       \"\"\n"
            "\n"
            "kind  PE32\n");
}
END_TEST

START_TEST(colors_are_around_words_only)
{
    pel_emitter *e = open_text(true);
    emit_fields(e);
    ck_text(e, //
            "size  18446744073709551615\n"
            "\n"
            "\033[1mheader\033[0m\n"
            "  Machine           0x014c      \033[32mIMAGE_FILE_MACHINE_I386\033[0m      "
            "\033[2m@0x80\033[0m\n"
            "  NumberOfSections  3                                        \033[2m@0x82\033[0m\n"
            "  TimeDateStamp     0x65dfc900  \033[32m2024-02-29T00:00:00Z\033[0m         "
            "\033[2m@0x84\033[0m\n"
            "  Characteristics   0x10102     \033[32mIMAGE_FILE_EXECUTABLE_IMAGE\033[0m  "
            "\033[2m@0x88\033[0m\n"
            "                                \033[32mIMAGE_FILE_32BIT_MACHINE\033[0m\n"
            "                                \033[2m0x10000 (unknown)\033[0m\n"
            "  Magic             0x7         \033[32m(unknown)\033[0m                    "
            "\033[2m@0x8c\033[0m\n"
            "  \033[1minner\033[0m\n"
            "    entropy    5.25\n"
            "    relocated  true\n"
            "    entry      \033[2m-\033[0m\n"
            "    name       \"\"\n"
            "\n"
            "kind  PE32\n");
}
END_TEST

START_TEST(what_is_empty_is_said_to_be)
{
    pel_emitter *e = open_text(false);
    pel_emit_map_begin(e, "map");
    pel_emit_map_end(e);
    pel_emit_seq_begin(e, "sequence");
    pel_emit_seq_end(e);
    pel_emit_map_begin(e, "full");
    pel_emit_seq_begin(e, "inner");
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    pel_emit_seq_begin(e, "mixed");
    pel_emit_map_begin(e, NULL);
    pel_emit_map_end(e);
    pel_emit_dec(e, NULL, 5);
    pel_emit_seq_end(e);
    ck_text(e, //
            "map       (none)\n"
            "sequence  (none)\n"
            "\n"
            "full\n"
            "  inner  (none)\n"
            "\n"
            "mixed  (none) 5\n");
}
END_TEST

START_TEST(nothing_of_the_file_reaches_the_terminal_as_it_is)
{
    pel_emitter *e = open_text(false);
    pel_emit_text(e, "Name", (pel_str){ "\x1b]0;x\a\xe2\x80\xae\xff\\\0", 12 });
    pel_emit_named(e, "Type", 1, "\x1b[2J");
    pel_emit_map_begin(e, "\x1b[m");
    pel_emit_null(e, "\n");
    pel_emit_map_end(e);
    ck_text(e, //
            "Name  \\x1b]0;x\\x07\\u{202e}\\xff\\\\\\x00\n"
            "Type  0x1  \\x1b[2J\n"
            "\n"
            "\\x1b[m\n"
            "  \\x0a  -\n");
}
END_TEST

/* ---- lists ------------------------------------------------------------- */

START_TEST(scalars_in_a_sequence_stand_in_a_line)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "e_res");
    for (unsigned i = 0; i < 4; i++) {
        e->offset = 0x1c + 2 * i;
        e->digits = 4;
        pel_emit_hex(e, NULL, i);
    }
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "missing");
    pel_emit_string(e, NULL, "a.dll");
    pel_emit_string(e, NULL, "b c.dll");
    pel_emit_named(e, NULL, 5, "five");
    pel_emit_null(e, NULL);
    pel_emit_seq_end(e);
    ck_text(e, //
            "e_res    0x0000 0x0001 0x0002 0x0003  @0x1c\n"
            "missing  a.dll, b c.dll, five, -\n");
}
END_TEST

START_TEST(a_long_list_is_wrapped)
{
    pel_emitter *e = open_text(false);
    pel_emit_map_begin(e, "m");
    pel_emit_seq_begin(e, "rvas");
    for (unsigned i = 0; i < 20; i++)
        pel_emit_hex(e, NULL, 0x1000 + i);
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
    ck_text(e, //
            "m\n"
            "  rvas  0x1000 0x1001 0x1002 0x1003 0x1004 0x1005 0x1006 0x1007 0x1008 0x1009 0x100a "
            "0x100b 0x100c\n"
            "        0x100d 0x100e 0x100f 0x1010 0x1011 0x1012 0x1013\n");
}
END_TEST

/* More than waits in the buffer. */
START_TEST(a_list_of_any_length_keeps_every_item)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "rvas");
    for (unsigned i = 0; i < 5000; i++)
        pel_emit_hex(e, NULL, 0x10000 + i);
    pel_emit_seq_end(e);
    close_text(e);
    ck_assert(is_tidy(got.text));
    unsigned next = 0;
    for (const char *at = got.text; (at = strstr(at, "0x")) != NULL; at += 2)
        next += strtoul(at, NULL, 16) == 0x10000 + next;
    ck_assert_uint_eq(next, 5000);
}
END_TEST

/* ---- the rest ------------------------------------------------------------ */

START_TEST(a_long_text_is_printed_whole)
{
    static char bytes[3000];
    memset(bytes, 'a', sizeof bytes);
    pel_emitter *e = open_text(false);
    pel_emit_dec(e, "before", 1);
    pel_emit_text(e, "path", (pel_str){ bytes, sizeof bytes });
    pel_emit_seq_begin(e, "list");
    for (unsigned i = 0; i < 2; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_dec(e, "n", i);
        pel_emit_text(e, "path", (pel_str){ bytes, sizeof bytes });
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "texts");
    pel_emit_dec(e, NULL, 1);
    pel_emit_text(e, NULL, (pel_str){ bytes, sizeof bytes });
    pel_emit_seq_end(e);
    close_text(e);
    char *out = got.text;
    for (char *a; (a = strstr(out, "aaaa")) != NULL;) {
        size_t run = strspn(a, "a");
        ck_assert_uint_eq(run, sizeof bytes);
        memmove(a + 1, a + run, strlen(a + run) + 1);
    }
    ck_assert_str_eq(got.text, //
                     "before  1\n"
                     "path  a\n"
                     "\n"
                     "list\n"
                     "  [0]\n"
                     "    n  0\n"
                     "    path  a\n"
                     "  [1]\n"
                     "    n  1\n"
                     "    path  a\n"
                     "\n"
                     "texts  1\n"
                     "\n"
                     "texts\n"
                     "  [1]  a\n");
}
END_TEST

START_TEST(sequences_nest)
{
    pel_emitter *e = open_text(false);
    pel_emit_seq_begin(e, "s");
    pel_emit_seq_begin(e, NULL);
    pel_emit_dec(e, NULL, 1);
    pel_emit_dec(e, NULL, 2);
    pel_emit_seq_end(e);
    pel_emit_dec(e, NULL, 3);
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, "four", 4);
    pel_emit_map_end(e);
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "list_then_map");
    pel_emit_dec(e, NULL, 5);
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, "six", 6);
    pel_emit_map_end(e);
    pel_emit_seq_end(e);
    ck_text(e, //
            "s\n"
            "  [0]\n"
            "    [0]  1\n"
            "    [1]  2\n"
            "  [1]  3\n"
            "  [2]\n"
            "    four  4\n"
            "\n"
            "list_then_map  5\n"
            "\n"
            "list_then_map\n"
            "  [1]\n"
            "    six  6\n");
}
END_TEST

PEL_TESTS(dump_emit_text)
{
    tcase_add_test(tests, fields_are_aligned);
    tcase_add_test(tests, colors_are_around_words_only);
    tcase_add_test(tests, what_is_empty_is_said_to_be);
    tcase_add_test(tests, nothing_of_the_file_reaches_the_terminal_as_it_is);
    tcase_add_test(tests, scalars_in_a_sequence_stand_in_a_line);
    tcase_add_test(tests, a_long_list_is_wrapped);
    tcase_add_test(tests, a_list_of_any_length_keeps_every_item);
    tcase_add_test(tests, a_long_text_is_printed_whole);
    tcase_add_test(tests, sequences_nest);
}
