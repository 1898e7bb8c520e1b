/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "check_pel.h"
#include "dump/emitter_priv.h"

static const struct {
    uint64_t value;
    pel_radix radix;
    unsigned digits;
    const char *want;
} numbers[] = {
    { 0, PEL_RADIX_DEC, 0, "0" },
    { 0, PEL_RADIX_HEX, 0, "0x0" },
    { 0, PEL_RADIX_HEX, 8, "0x00000000" },
    { UINT64_MAX, PEL_RADIX_DEC, 0, "18446744073709551615" },
    { UINT64_MAX, PEL_RADIX_HEX, 4, "0xffffffffffffffff" },
    { 0x9007199254740993, PEL_RADIX_HEX, 99, "0x9007199254740993" },
    { 42, PEL_RADIX_DEC, 8, "42" },
    { 42, PEL_RADIX_SIGNED, 0, "42" },
    { UINT64_MAX - 6, PEL_RADIX_SIGNED, 0, "-7" },
    { (uint64_t)1 << 63, PEL_RADIX_SIGNED, 8, "-9223372036854775808" },
};

START_TEST(numbers_are_exact)
{
    char got[PEL_SCALAR_TEXT];
    pel_number_text(numbers[_i].value, numbers[_i].radix, numbers[_i].digits, got);
    ck_assert_str_eq(got, numbers[_i].want);
}
END_TEST

static const struct {
    double value;
    const char *want; /* NULL: cannot be shown */
} reals[] = {
    { 0, "0.0" },          { -0.0, "0.0" },      { 5, "5.0" },
    { 5.25, "5.25" },      { 7.9999996, "8.0" }, { 0.000001, "0.000001" },
    { -0.0000001, "0.0" }, { -1.5, "-1.5" },     { 999999999999.0, "999999999999.0" },
    { 1e12, NULL },        { -1e300, NULL },     { INFINITY, NULL },
    { NAN, NULL },
};

START_TEST(reals_have_a_point_and_six_decimals_at_most)
{
    char got[PEL_SCALAR_TEXT];
    ck_assert_int_eq(pel_real_text(reals[_i].value, PEL_DECIMALS, got), reals[_i].want != NULL);
    if (reals[_i].want)
        ck_assert_str_eq(got, reals[_i].want);
}
END_TEST

START_TEST(reals_are_rounded_to_the_decimals_asked_for)
{
    char got[PEL_SCALAR_TEXT];
    ck_assert(pel_real_text(6.25879, 3, got));
    ck_assert_str_eq(got, "6.259");
    ck_assert(pel_real_text(7.9996, 3, got));
    ck_assert_str_eq(got, "8.0");
    ck_assert(pel_real_text(-0.06, 1, got));
    ck_assert_str_eq(got, "-0.1");
}
END_TEST

static const struct {
    uint64_t seconds;
    const char *want; /* NULL: no time */
} times[] = {
    { 0, NULL },
    { 1, "1970-01-01T00:00:01Z" },
    { 951782399, "2000-02-28T23:59:59Z" },
    { 951782400, "2000-02-29T00:00:00Z" },
    { 951868800, "2000-03-01T00:00:00Z" },
    { 1704067199, "2023-12-31T23:59:59Z" },
    { 1709164800, "2024-02-29T00:00:00Z" },
    { 4107542399, "2100-02-28T23:59:59Z" },
    { 4107542400, "2100-03-01T00:00:00Z" },
    { 0xfffffffe, "2106-02-07T06:28:14Z" },
    { 0xffffffff, NULL },
    { 0x100000000, "2106-02-07T06:28:16Z" },
    { 253402300799, "9999-12-31T23:59:59Z" },
    { 253402300800, NULL },
    { UINT64_MAX, NULL },
};

START_TEST(times_are_utc_in_the_gregorian_calendar)
{
    char got[PEL_SCALAR_TEXT];
    ck_assert_int_eq(pel_time_text(times[_i].seconds, got), times[_i].want != NULL);
    if (times[_i].want)
        ck_assert_str_eq(got, times[_i].want);
}
END_TEST

static const pel_name items[] = {
    { 0, 0, "NOTHING", "" },
    { 1, 1, "ONE", "" },
    { 4, 4, "FOUR", "" },
    { 0x100, 0xf00, "GROUP_1", "" },
    { 0x300, 0xf00, "GROUP_3", "" },
};
static const pel_names names = { "Test", items, sizeof items / sizeof items[0] };

static const struct {
    uint64_t value;
    const char *want;
    uint64_t unknown;
} flags[] = {
    { 0, "", 0 },
    { 1, "ONE ", 0 },
    { 7, "ONE FOUR ", 2 },
    { 0x100, "GROUP_1 ", 0 },
    { 0x301, "ONE GROUP_3 ", 0 }, /* and not GROUP_1, whose bit is set */
    { 0x700, "", 0x700 },
    { 0x8000000000000001, "ONE ", 0x8000000000000000 },
};

START_TEST(flags_are_named_and_the_rest_is_kept)
{
    char got[64] = "";
    const char *name;
    for (size_t i = 0; (name = pel_flags_next(&names, flags[_i].value, &i)) != NULL;) {
        strcat(got, name);
        strcat(got, " ");
    }
    ck_assert_str_eq(got, flags[_i].want);
    ck_hex(pel_flags_unknown(&names, flags[_i].value), flags[_i].unknown);
}
END_TEST

PEL_TESTS(dump_scalar)
{
    tcase_add_loop_test(tests, numbers_are_exact, 0, sizeof numbers / sizeof numbers[0]);
    tcase_add_loop_test(tests, reals_have_a_point_and_six_decimals_at_most, 0,
                        sizeof reals / sizeof reals[0]);
    tcase_add_test(tests, reals_are_rounded_to_the_decimals_asked_for);
    tcase_add_loop_test(tests, times_are_utc_in_the_gregorian_calendar, 0,
                        sizeof times / sizeof times[0]);
    tcase_add_loop_test(tests, flags_are_named_and_the_rest_is_kept, 0,
                        sizeof flags / sizeof flags[0]);
}
