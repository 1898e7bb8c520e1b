/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include "check_pel.h"

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09 };
static const pel_span all = { bytes, sizeof bytes };

START_TEST(integers_are_little_endian)
{
    static const uint64_t want[] = { 0,
                                     0x01,
                                     0x0201,
                                     0x030201,
                                     0x04030201,
                                     0x0504030201,
                                     0x060504030201,
                                     0x07060504030201,
                                     0x0807060504030201 };
    pel_reader r = { .bytes = all };
    ck_hex(pel_read_uint(&r, (unsigned)_i), want[_i]);
    ck_assert_uint_eq(r.pos, (size_t)_i);
    ck_ok(pel_reader_status(&r));
}
END_TEST

START_TEST(a_read_past_the_end_gives_zero_and_latches)
{
    pel_reader r = { .bytes = all };
    pel_read_uint(&r, 8);
    ck_hex(pel_read_uint(&r, 2), 0);
    ck_status(PEL_TRUNCATED, pel_reader_status(&r));
    ck_hex(pel_read_uint(&r, 1), 0); /* the last byte is there, but the reader has failed */
    ck_assert_uint_eq(r.pos, 8);
}
END_TEST

START_TEST(spans_are_views_or_nothing)
{
    pel_reader r = { .bytes = all };
    pel_span s = pel_read_span(&r, 9);
    ck_assert_ptr_eq(s.data, bytes);
    ck_assert_uint_eq(s.size, 9);
    ck_assert_uint_eq(pel_read_span(&r, 0).size, 0);
    ck_ok(pel_reader_status(&r));
    ck_assert_ptr_null(pel_read_span(&r, 1).data);
    ck_status(PEL_TRUNCATED, pel_reader_status(&r));
}
END_TEST

static const struct {
    uint64_t off, len;
    bool want;
} ranges[] = {
    { 0, 0, true },           { 0, 9, true },           { 9, 0, true },   { 8, 1, true },
    { 0, 10, false },         { 9, 1, false },          { 10, 0, false }, { UINT64_MAX, 1, false },
    { 1, UINT64_MAX, false }, { UINT64_MAX, 0, false },
};

START_TEST(ranges_do_not_wrap)
{
    ck_assert_int_eq(pel_span_has(all, ranges[_i].off, ranges[_i].len), ranges[_i].want);
    pel_span s;
    ck_assert_int_eq(pel_span_slice(all, ranges[_i].off, ranges[_i].len, &s), ranges[_i].want);
    if (!ranges[_i].want)
        ck_assert_uint_eq(s.size, 0);
}
END_TEST

START_TEST(a_span_without_bytes_has_empty_views)
{
    const pel_span nothing = { NULL, 0 };
    pel_span view = all;
    ck_assert(pel_span_slice(nothing, 0, 0, &view));
    ck_assert_ptr_null(view.data);
    ck_assert_uint_eq(view.size, 0);
    ck_assert(!pel_span_slice(nothing, 0, 1, &view));
    ck_assert_ptr_null(pel_span_clip(nothing, 0, 8).data);
}
END_TEST

/* As a field is of PE32+ that only PE32 has, in a file without bytes. */
START_TEST(an_integer_of_no_bytes_is_zero_wherever_it_is)
{
    pel_reader r = { .bytes = { NULL, 0 } };
    ck_assert_uint_eq(pel_read_uint(&r, 0), 0);
    ck_assert_int_eq(pel_reader_status(&r), PEL_OK);
    ck_assert_uint_eq(pel_read_uint(&r, 1), 0);
    ck_assert_int_eq(pel_reader_status(&r), PEL_TRUNCATED);
}
END_TEST

START_TEST(clipping_keeps_what_is_inside)
{
    ck_assert_uint_eq(pel_span_clip(all, 7, 100).size, 2);
    ck_assert_uint_eq(pel_span_clip(all, 9, 1).size, 0);
    ck_assert_uint_eq(pel_span_clip(all, UINT64_MAX, UINT64_MAX).size, 0);
}
END_TEST

PEL_TESTS(base_reader)
{
    tcase_add_loop_test(tests, integers_are_little_endian, 0, 9);
    tcase_add_test(tests, a_read_past_the_end_gives_zero_and_latches);
    tcase_add_test(tests, spans_are_views_or_nothing);
    tcase_add_loop_test(tests, ranges_do_not_wrap, 0, sizeof ranges / sizeof ranges[0]);
    tcase_add_test(tests, a_span_without_bytes_has_empty_views);
    tcase_add_test(tests, an_integer_of_no_bytes_is_zero_wherever_it_is);
    tcase_add_test(tests, clipping_keeps_what_is_inside);
}
