/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/draw_replay.h"
#include <string.h>

#include "check_pel.h"
#include "collect.h"

#define SIZES 300

static collected got;

/* A study of made-up results. */
typedef struct study {
    uint64_t frames[SIZES];
    pel_policy policies[PEL_POLICY_COUNT];
    pel_replay_result results[PEL_POLICY_COUNT * SIZES];
    pel_replay_study s;
} study;

static study made;

static study *study_of(size_t policies, size_t sizes)
{
    memset(&made, 0, sizeof made);
    for (size_t i = 0; i < sizes; i++)
        made.frames[i] = i + 1;
    for (size_t i = 0; i < policies; i++)
        made.policies[i] = (pel_policy)i;
    for (size_t i = 0; i < policies * sizes; i++)
        made.results[i] =
            (pel_replay_result){ .accesses = 1000, .faults = 900 - i % sizes * 3 + i / sizes };
    made.s = (pel_replay_study){ .path = "trace",
                                 .page_size = 4096,
                                 .accesses = 1000,
                                 .pages = 77,
                                 .frames = made.frames,
                                 .frame_count = sizes,
                                 .policies = made.policies,
                                 .policy_count = policies,
                                 .results = made.results };
    return &made;
}

static const char *draw(const study *s, bool ascii)
{
    pel_dump_options o = { .ascii = ascii };
    ck_ok(pel_dump_replay(&s->s, &o, collect_into(&got)));
    return got.text;
}

/* Characters on the screen of the longest line. */
static size_t widest(const char *text)
{
    size_t most = 0, column = 0;
    for (; *text; text++) {
        if (*text == '\n')
            column = 0;
        else if (((unsigned char)*text & 0xc0) != 0x80)
            column++;
        most = column > most ? column : most;
    }
    return most;
}

START_TEST(drawings_fit_80_columns_whatever_is_in_them)
{
    static const size_t sizes[] = { 1, 2, 3, 10, 14, 40, 41, 71, SIZES };
    for (size_t policies = 1; policies <= PEL_POLICY_COUNT; policies++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            const char *text = draw(study_of(policies, sizes[i]), i % 2);
            ck_assert_msg(widest(text) <= 80, "%zu policies, %zu sizes:\n%s", policies, sizes[i],
                          text);
        }
}
END_TEST

START_TEST(ascii_drawings_have_ascii_only)
{
    for (size_t sizes = 1; sizes < 4; sizes++)
        for (const char *c = draw(study_of(3, sizes), true); *c; c++)
            ck_assert_int_lt((unsigned char)*c, 0x80);
}
END_TEST

START_TEST(a_long_table_is_thinned_and_keeps_its_ends)
{
    const char *text = draw(study_of(1, SIZES), true);
    ck_assert_ptr_nonnull(strstr(text, "\n         1      900\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n       300        3\n"));
    ck_assert_ptr_null(strstr(text, "\n         2      897\n"));
    ck_assert_ptr_nonnull(strstr(text, "(one row in 8, and the last, of 300; "));
    ck_assert_ptr_null(strstr(draw(study_of(1, 40), true), "one row in"));
}
END_TEST

START_TEST(what_has_no_curve_has_no_chart)
{
    study *s = study_of(2, 3);
    for (size_t i = 0; i < 6; i++)
        s->results[i].faults = 4;
    ck_assert_ptr_nonnull(strstr(draw(s, true), "\n4 faults everywhere: there is no curve\n"));
    ck_assert_ptr_null(strchr(got.text, '|'));
    s->results[5].faults = 3;
    ck_assert_ptr_nonnull(strchr(draw(s, true), '|'));
    s->s.accesses = 0;
    ck_assert_ptr_nonnull(strstr(draw(s, true), "\nthe trace is empty: "));
    ck_assert_ptr_null(strstr(got.text, "frames"));
}
END_TEST

START_TEST(every_pair_with_more_frames_and_more_faults_is_an_anomaly)
{
    study *s = study_of(2, 4);
    static const uint64_t faults[] = { 5, 7, 6, 8, 4, 4, 4, 4 };
    for (size_t i = 0; i < 8; i++)
        s->results[i].faults = faults[i];
    static const size_t want[][2] = { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 3 }, { 2, 3 } };
    pel_anomaly at = { 0 };
    for (size_t i = 0; i < 5; i++) {
        ck_assert(pel_study_next_anomaly(&s->s, &at));
        ck_assert_uint_eq(at.policy, 0);
        ck_assert_uint_eq(at.fewer, want[i][0]);
        ck_assert_uint_eq(at.more, want[i][1]);
    }
    ck_assert(!pel_study_next_anomaly(&s->s, &at));
}
END_TEST

START_TEST(anomalies_of_each_policy_are_found_and_many_are_counted)
{
    study *s = study_of(2, 8);
    for (size_t i = 0; i < 16; i++)
        s->results[i].faults = i;
    const char *text = draw(s, true);
    ck_assert_ptr_nonnull(strstr(text, "  windows: 0 faults with 1 frame, but 1 with 2\n"));
    ck_assert_ptr_nonnull(strstr(text, "  and 48 more; --format=json tells all\n"));
    s = study_of(2, 8);
    for (size_t i = 8; i < 16; i++)
        s->results[i].faults = i;
    text = draw(s, true);
    ck_assert_ptr_nonnull(strstr(text, "  fifo: 8 faults with 1 frame, but 9 with 2\n"));
    ck_assert_ptr_null(strstr(text, "windows: "));
}
END_TEST

START_TEST(the_largest_numbers_are_drawn)
{
    study *s = study_of(PEL_POLICY_COUNT, 3);
    for (size_t i = 0; i < (size_t)PEL_POLICY_COUNT * 3; i++)
        s->results[i] = (pel_replay_result){ .accesses = UINT64_MAX, .faults = UINT64_MAX - i };
    s->frames[2] = UINT64_MAX;
    ck_assert_ptr_nonnull(strstr(draw(s, true), "1.8e+19 |"));
    ck_assert_uint_le(widest(got.text), 80);
    s->s.frame_count = 1;
    ck_assert_ptr_nonnull(strstr(draw(s, true), " 18446744073709551615 (100.00%)\n"));
}
END_TEST

START_TEST(nothing_in_a_path_steers_the_terminal)
{
    study *s = study_of(1, 2);
    s->s.path = "a\x1b[2J\nb";
    ck_assert_ptr_null(strchr(draw(s, true), '\x1b'));
    ck_assert_int_eq(strncmp(got.text, "a\\x1b[2J\\x0ab: ", 14), 0);
}
END_TEST

START_TEST(a_sink_that_fails_is_told)
{
    study *s = study_of(3, 5);
    draw(s, false);
    size_t whole = got.size;
    for (int format = PEL_FORMAT_TEXT; format <= PEL_FORMAT_YAML; format++)
        for (size_t n = 1; n < whole; n += 37) {
            pel_dump_options o = { .format = (pel_format)format };
            got.fail_at = n;
            ck_status(PEL_IO, pel_dump_replay(&s->s, &o, collect_into(&got)));
        }
    got.fail_at = 0;
    ck_status(PEL_BAD_ARG, pel_dump_replay(NULL, NULL, collect_into(&got)));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    study *s = study_of(2, 2);
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_dump_options o = { .format = PEL_FORMAT_JSON, .allocator = &a };
        st = pel_dump_replay(&s->s, &o, collect_into(&got));
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
}
END_TEST

PEL_TESTS(dump_dump_replay)
{
    tcase_add_test(tests, drawings_fit_80_columns_whatever_is_in_them);
    tcase_add_test(tests, ascii_drawings_have_ascii_only);
    tcase_add_test(tests, a_long_table_is_thinned_and_keeps_its_ends);
    tcase_add_test(tests, what_has_no_curve_has_no_chart);
    tcase_add_test(tests, every_pair_with_more_frames_and_more_faults_is_an_anomaly);
    tcase_add_test(tests, anomalies_of_each_policy_are_found_and_many_are_counted);
    tcase_add_test(tests, the_largest_numbers_are_drawn);
    tcase_add_test(tests, nothing_in_a_path_steers_the_terminal);
    tcase_add_test(tests, a_sink_that_fails_is_told);
    tcase_add_test(tests, every_allocation_may_fail);
}
