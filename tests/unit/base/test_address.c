/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"

START_TEST(a_va_is_base_plus_rva)
{
    ck_hex(pel_va_of((pel_va){ 0x140000000 }, (pel_rva){ 0x1234 }).v, 0x140001234);
    ck_hex(pel_va_of((pel_va){ UINT64_MAX }, (pel_rva){ 2 }).v, 1); /* as the hardware adds */
}
END_TEST

static const struct {
    const char *what;
    uint64_t base, size, va;
    bool inside;
    uint32_t rva;
} distances[] = {
    { "first byte", 0x400000, 0x1000, 0x400000, true, 0 },
    { "last byte", 0x400000, 0x1000, 0x400fff, true, 0xfff },
    { "one past the end", 0x400000, 0x1000, 0x401000, false, 0 },
    { "below the base", 0x400000, 0x1000, 0x3fffff, false, 0 },
    { "nothing is inside of nothing", 0x400000, 0, 0x400000, false, 0 },
    { "an RVA has 32 bits", 0, UINT64_MAX, 0x100000000, false, 0 },
    { "the largest RVA", 0, UINT64_MAX, 0xffffffff, true, 0xffffffff },
    { "top of the space", 0xfffffffffffff000, 0x1000, UINT64_MAX, true, 0xfff },
    { "no wrap to low addresses", 0xfffffffffffff000, 0x2000, 0, false, 0 },
};

START_TEST(an_rva_is_a_distance_inside_of_the_image)
{
    pel_rva rva = { 0xdead };
    bool inside = pel_rva_of((pel_va){ distances[_i].base }, distances[_i].size,
                             (pel_va){ distances[_i].va }, &rva);
    ck_assert_msg(inside == distances[_i].inside, "%s", distances[_i].what);
    ck_assert_msg(rva.v == distances[_i].rva, "%s: got 0x%x", distances[_i].what, rva.v);
}
END_TEST

START_TEST(rounding_keeps_multiples)
{
    ck_hex(pel_round_up(0, 0x1000), 0);
    ck_hex(pel_round_up(1, 0x1000), 0x1000);
    ck_hex(pel_round_up(0x1000, 0x1000), 0x1000);
    ck_hex(pel_round_up(0x1001, 0x1000), 0x2000);
    ck_hex(pel_round_up(UINT64_MAX, 0x1000), 0);
    ck_hex(pel_round_up(0xffffffff, 0x1000), 0x100000000);
    ck_hex(pel_round_down(0xfff, 0x1000), 0);
    ck_hex(pel_round_down(0x1fff, 0x1000), 0x1000);
    ck_hex(pel_round_down(UINT64_MAX, 0x1000), 0xfffffffffffff000);
    ck_hex(pel_round_up(5, 1), 5);
}
END_TEST

START_TEST(powers_of_two_have_one_bit)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t power = (uint64_t)1 << bit;
        ck_assert(pel_is_power_of_two(power));
        ck_assert(bit < 2 || !pel_is_power_of_two(power - 1));
        ck_assert(bit == 0 || !pel_is_power_of_two(power + 1));
    }
    ck_assert(!pel_is_power_of_two(0));
}
END_TEST

PEL_TESTS(base_address)
{
    tcase_add_test(tests, a_va_is_base_plus_rva);
    tcase_add_loop_test(tests, an_rva_is_a_distance_inside_of_the_image, 0,
                        sizeof distances / sizeof distances[0]);
    tcase_add_test(tests, rounding_keeps_multiples);
    tcase_add_test(tests, powers_of_two_have_one_bit);
}
