/* SPDX-License-Identifier: Apache-2.0 */
/* base/phrase.h against snprintf. */
#include "base/phrase.h"

#include <inttypes.h>
#include <stdio.h>

#include "check_pel.h"

/* clang-format off */
static const uint64_t values[] = {
    0, 1, 9, 10, 15, 16, 99, 100, 255, 256, 999, 1000, 4095, 4096, 9999, 10000, 65535, 65536, 99999,
    100000, 123456789, UINT32_MAX, (uint64_t)UINT32_MAX + 1, 9999999999999999999u,
    10000000000000000000u, UINT64_MAX,
};
/* clang-format on */

START_TEST(numbers_are_those_of_snprintf)
{
    uint64_t value = values[_i];
    for (int least = 1; least <= PEL_DIGITS; least++) {
        char want[32], out[PEL_DIGITS + 1];
        snprintf(want, sizeof want, "%0*" PRIu64, least, value);
        out[pel_digits(value, 10, (unsigned)least, out)] = '\0';
        ck_assert_str_eq(out, want);
        snprintf(want, sizeof want, "%0*" PRIx64, least, value);
        out[pel_digits(value, 16, (unsigned)least, out)] = '\0';
        ck_assert_str_eq(out, want);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_counted_and_left_out)
{
    static const char want[] = "at 0x0001f, 31 of them";
    for (size_t size = 0; size <= sizeof want + 1; size++) {
        char out[40];
        memset(out, '#', sizeof out);
        pel_phrase p = { out, size, 0 };
        pel_say(&p, "at ");
        pel_say_hex(&p, 0x1f, 5);
        pel_say_str(&p, (pel_str){ ", and", 2 });
        pel_say_str(&p, (pel_str){ NULL, 0 });
        pel_say_dec(&p, 31);
        pel_say(&p, " of them");
        ck_assert_uint_eq(p.used, strlen(want));
        size_t fits = size == 0 ? 0 : size - 1 < p.used ? size - 1 : p.used;
        ck_assert_int_eq(memcmp(out, want, fits), 0);
        if (size > 0)
            ck_assert_int_eq(out[fits], '\0');
        ck_assert_int_eq(out[size > p.used ? p.used + 1 : size], '#');
    }
}
END_TEST

PEL_TESTS(base_phrase)
{
    tcase_add_loop_test(tests, numbers_are_those_of_snprintf, 0, sizeof values / sizeof values[0]);
    tcase_add_test(tests, what_does_not_fit_is_counted_and_left_out);
}
