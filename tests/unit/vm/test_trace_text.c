/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"
#include "sample.h"
#include "vm/trace.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* What came of a text: its accesses as "0 1w 2 ", by id, and its failure. */
typedef struct reading {
    pel_status status;
    char ids[256];
    char error[256];
    uint64_t pages;
} reading;

static void show(const pel_trace *t, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < t->count && used + 16 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%u%s ",
                                 (unsigned)(t->codes[i] & ~PEL_CODE_WRITE),
                                 t->codes[i] & PEL_CODE_WRITE ? "w" : "");
}

/* Fed in pieces of `piece` bytes, each in memory of its own: none may be read beyond its end. */
static reading read_text(const char *text, size_t size, size_t piece, bool pages,
                         uint64_t page_size)
{
    reading r = { PEL_OK, "", "", 0 };
    pel_trace *t;
    pel_trace_text *reader;
    pel_trace_text_options o = { .page_size = page_size, .pages = pages };
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_trace_text_new(t, &o, &reader));
    for (size_t at = 0; at < size && r.status == PEL_OK; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *copy = malloc(n);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text + at, n);
        r.status = pel_trace_text_feed(reader, copy, n);
        free(copy);
    }
    if (r.status == PEL_OK)
        r.status = pel_trace_text_end(reader);
    else
        ck_status(r.status, pel_trace_text_feed(reader, "1\n", 2));
    show(t, r.ids, sizeof r.ids);
    snprintf(r.error, sizeof r.error, "%s", pel_trace_text_error(reader));
    r.pages = pel_trace_pages(t);
    pel_trace_text_free(reader);
    pel_trace_free(t);
    return r;
}

static const struct {
    const char *text, *want;
    bool pages;
    uint64_t page_size;
} good[] = {
    { "", "", false, 0 },
    { "\n\n  \n\t\n", "", false, 0 },
    { "0x1000\n", "0 ", false, 0 },
    { "0x1000", "0 ", false, 0 },
    { "4096 r\n8191 w\n0x2000 x\n", "0 0w 1 ", false, 0 },
    { "4096 read\n4097 write\n4098 fetch\n", "0 0w 0 ", false, 0 },
    { "  4096\tw \r\n0X1fFf\r\n", "0w 0 ", false, 0 },
    { "# a remark\n==1== valgrind\n--1-- too\n5 w\n", "0w ", false, 0 },
    { "18446744073709551615\n0xffffffffffffffff\n", "0 0 ", false, 0 },
    { "00000000000000000000000000000001\n0x0000000000000000000000fff\n", "0 0 ", false, 0 },
    { "I  04001000,3\n L 1ffeffe7d8,8\n S 1ffeffe7d0,8\n M 04001fff,1\n", "0 1 1w 0w ", false, 0 },
    { " S 00000ffe,4\n", "0w 1w ", false, 0 },
    { " L 00000ffe,2\n", "0 ", false, 0 },
    { " L 00000000,4096\n L 00000001,4096\n", "0 0 1 ", false, 0 },
    { " L ffffffffffffffff,1\n", "0 ", false, 0 },
    { " L 0,64\n", "0 1 2 3 ", false, 16 },
    { "0\n15\n16\n", "0 0 1 ", false, 16 },
    { "7,0,1\n2 0 3\n", "0 1 2 3 1 4 ", true, 0 },
    { "7w, 0 ,1 r 7x\n", "0w 1 2 0 ", true, 0 },
    { "0x10,\n16\n", "0 0 ", true, 0 },
};

START_TEST(lines_are_accesses_wherever_the_blocks_end)
{
    for (size_t piece = 1; piece < 40; piece++) {
        reading r = read_text(good[_i].text, strlen(good[_i].text), piece, good[_i].pages,
                              good[_i].page_size);
        ck_assert_msg(r.status == PEL_OK, "%s: %s", good[_i].text, r.error);
        ck_assert_str_eq(r.ids, good[_i].want);
        ck_assert_str_eq(r.error, "");
    }
}
END_TEST

#define ACCESS "ADDRESS [r|w|x], or a line of valgrind's lackey"
#define PAGES  "page numbers, each with r, w, x or nothing behind it"
#define LACKEY "KIND HEX-ADDRESS,SIZE as lackey writes it"

static const struct {
    const char *text, *want;
    bool pages;
} bad[] = {
    { "1\n2\nx\n4\n", "line 3: expected " ACCESS ", found 'x'", false },
    { "1 q\n", "line 1: expected " ACCESS ", found 'q'", false },
    { "1 rw\n", "line 1: expected " ACCESS ", found 'rw'", false },
    { "1 2\n", "line 1: expected " ACCESS ", found '2'", false },
    { "1 r 2\n", "line 1: expected " ACCESS ", found '2'", false },
    { "1,2\n", "line 1: expected " ACCESS ", found ',2'", false },
    { "12;\n", "line 1: expected " ACCESS ", found ';'", false },
    { "-1\n", "line 1: expected " ACCESS ", found '-1'", false },
    { "\n1\x1b[2J\n", "line 2: expected " ACCESS ", found '?[2J'", false },
    { "0x\n", "line 1: expected a number of 64 bits, found '0x'", false },
    { "0x10000000000000000\n", "line 1: expected a number of 64 bits, found '0x10000000000000000'",
      false },
    { "18446744073709551616\n",
      "line 1: expected a number of 64 bits, found '18446744073709551616'", false },
    { "99999999999999999999999\n",
      "line 1: expected a number of 64 bits, found '99999999999999999999999'", false },
    { " L 1000\n", "line 1: expected " LACKEY ", found 'L 1000'", false },
    { " L 1000,0\n", "line 1: expected " LACKEY ", found 'L 1000,0'", false },
    { " L 1000,4097\n", "line 1: expected " LACKEY ", found 'L 1000,4097'", false },
    { " L ffffffffffffffff,2\n", "line 1: expected " LACKEY ", found 'L ffffffffffffffff,2'",
      false },
    { " L ,4\n", "line 1: expected " LACKEY ", found 'L ,4'", false },
    { " L 1000,4 5\n", "line 1: expected " LACKEY ", found 'L 1000,4 5'", false },
    { " L 1000,4\n", "line 1: expected " PAGES ", found 'L 1000,4'", true },
    { "1 2 z\n", "line 1: expected " PAGES ", found 'z'", true },
    { "1,,2\n", "line 1: expected " PAGES ", found ',2'", true },
    { "1;2\n", "line 1: expected " PAGES ", found ';2'", true },
};

START_TEST(a_line_that_is_none_is_named_with_what_was_expected)
{
    for (size_t piece = 1; piece < 40; piece++) {
        reading r = read_text(bad[_i].text, strlen(bad[_i].text), piece, bad[_i].pages, 0);
        ck_status(PEL_MALFORMED, r.status);
        ck_assert_str_eq(r.error, bad[_i].want);
    }
}
END_TEST

START_TEST(zeros_are_no_text)
{
    reading r = read_text("1\n\0\n2\n", 6, 3, false, 0);
    ck_status(PEL_MALFORMED, r.status);
    ck_assert_str_eq(r.error, "line 2: expected " ACCESS ", found '?'");
    ck_assert_str_eq(r.ids, "0 ");
}
END_TEST

START_TEST(a_line_without_end_is_refused_and_a_long_one_is_read)
{
    size_t size = 200000;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    memset(text, '1', size);
    reading r = read_text(text, size, 1000, false, 0);
    ck_status(PEL_MALFORMED, r.status);
    ck_assert_str_eq(r.error, "line 1: expected a line of less than 64 KiB, found 'a longer one'");
    for (size_t i = 0; i < 60000; i++)
        text[i] = i % 2 ? ' ' : '7';
    r = read_text(text, 60000, 999, true, 0);
    ck_status(PEL_OK, r.status);
    ck_assert_uint_eq(r.pages, 1);
    free(text);
}
END_TEST

/* Whatever it is, it ends, in an answer that does not depend on where the blocks end. */
START_TEST(any_bytes_are_read_or_refused)
{
    static const char alphabet[] = "0123x,\n\n  rwILSM=#-af\r\t9";
    uint64_t seed = 31 + (uint64_t)_i;
    for (int round = 0; round < 300; round++) {
        char text[120];
        size_t size = random_below(&seed, sizeof text);
        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[random_below(&seed, sizeof alphabet - 1)];
        bool pages = random_below(&seed, 2);
        reading whole = read_text(text, size, sizeof text, pages, 0);
        reading cut = read_text(text, size, 1 + random_below(&seed, 20), pages, 0);
        ck_quick(whole.status == cut.status);
        ck_quick(strcmp(whole.ids, cut.ids) == 0 && strcmp(whole.error, cut.error) == 0);
    }
}
END_TEST

START_TEST(a_page_size_is_a_power_of_two)
{
    static const uint64_t wrong[] = { 1, 8, 17, 4095, 6000, (uint64_t)1 << 41, UINT64_MAX };
    pel_trace *t;
    pel_trace_text *reader;
    ck_ok(pel_trace_new(NULL, &t));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        pel_trace_text_options o = { .page_size = wrong[i] };
        ck_status(PEL_BAD_ARG, pel_trace_text_new(t, &o, &reader));
        ck_assert_ptr_null(reader);
    }
    ck_status(PEL_BAD_ARG, pel_trace_text_new(NULL, NULL, &reader));
    ck_status(PEL_BAD_ARG, pel_trace_text_new(t, NULL, NULL));
    ck_status(PEL_BAD_ARG, pel_trace_text_feed(NULL, "", 0));
    ck_status(PEL_BAD_ARG, pel_trace_text_end(NULL));
    pel_trace_text_free(NULL);
    pel_trace_free(t);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const char text[] = "1\n2\n3 w\n L 0000,8\n0x1000";
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_trace *t = NULL;
        pel_trace_text *reader = NULL;
        pel_trace_text_options o = { .allocator = &a };
        st = pel_trace_new(&a, &t);
        if (st == PEL_OK)
            st = pel_trace_text_new(t, &o, &reader);
        if (st == PEL_OK)
            st = pel_trace_text_feed(reader, text, sizeof text - 1);
        if (st == PEL_OK)
            st = pel_trace_text_end(reader);
        pel_trace_text_free(reader);
        pel_trace_free(t);
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
}
END_TEST

PEL_TESTS(vm_trace_text)
{
    tcase_add_loop_test(tests, lines_are_accesses_wherever_the_blocks_end, 0, COUNT_OF(good));
    tcase_add_loop_test(tests, a_line_that_is_none_is_named_with_what_was_expected, 0,
                        COUNT_OF(bad));
    tcase_add_test(tests, zeros_are_no_text);
    tcase_add_test(tests, a_line_without_end_is_refused_and_a_long_one_is_read);
    tcase_add_loop_test(tests, any_bytes_are_read_or_refused, 0, 8);
    tcase_add_test(tests, a_page_size_is_a_power_of_two);
    tcase_add_test(tests, every_allocation_may_fail);
}
