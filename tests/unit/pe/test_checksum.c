/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

/* The checksum as CheckSumMappedFile makes it: word after word, the carry folded in at once,
 * over a copy in which the field is zero. */
static uint32_t checksum_of(const sample *s, bool has_field, uint64_t field)
{
    size_t size = s->bytes.size;
    uint8_t *copy = calloc(size + 2, 1);
    uint16_t sum = 0;
    ck_assert_ptr_nonnull(copy);
    if (size)
        memcpy(copy, s->bytes.data, size);
    for (uint64_t i = field; has_field && i < field + 4 && i < size; i++)
        copy[i] = 0;
    for (size_t i = 0; i < size; i += 2) {
        uint32_t wide = (uint32_t)sum + copy[i] + (uint32_t)copy[i + 1] * 256;
        sum = (uint16_t)(wide > 0xffff ? wide - 0xffff : wide);
    }
    free(copy);
    return sum + (uint32_t)size;
}

static void ck_checksum(sample *s, bool has_field, uint64_t field)
{
    sample_parse(s);
    ck_hex(pel_image_checksum(s->img), checksum_of(s, has_field, field));
    sample_free(s);
}

#define FIELD (SAMPLE_OPTIONAL + 64)

START_TEST(the_field_itself_does_not_count)
{
    static const uint32_t values[] = { 0, 1, 0x12345678, 0xffff0000, 0xffffffff };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        sample s = sample_of(_i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
        pel_builder_poke(s.b, "optional_header.CheckSum", values[i]);
        ck_checksum(&s, true, FIELD);
    }
}
END_TEST

START_TEST(odd_sizes_end_in_half_a_word)
{
    for (size_t size = 0; size < 5; size++) {
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_overlay(s.b, "\xff\xfe\xfd\xfc\xfb", size);
        ck_checksum(&s, true, FIELD);
    }
}
END_TEST

START_TEST(the_field_may_lie_at_an_odd_offset)
{
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "dos_header.e_lfanew", 0x81);
    pel_builder_poke(s.b, "optional_header.CheckSum", 0xa1b2c3d4);
    ck_checksum(&s, true, FIELD + 1);
}
END_TEST

START_TEST(the_end_of_the_file_may_cut_the_field)
{
    for (uint64_t size = FIELD - 1; size < FIELD + 5; size++) {
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_poke(s.b, "optional_header.CheckSum", 0xa1b2c3d4);
        pel_builder_resize(s.b, size);
        ck_checksum(&s, true, FIELD);
    }
}
END_TEST

START_TEST(files_without_the_field_count_in_full)
{
    sample s = sample_raw("MZabcde", 7);
    ck_checksum(&s, false, 0);
    s = sample_raw("", 0);
    ck_checksum(&s, false, 0);
    s = sample_of(PEL_BUILD_PE32);
    pel_builder_poke(s.b, "optional_header.Magic", 0x107); /* ROM headers have none */
    pel_builder_poke(s.b, "optional_header.CheckSum", 0xa1b2c3d4);
    ck_checksum(&s, false, 0);
}
END_TEST

/* By hand: 0x5a4d + 0xffff folds to 0x5a4d; 4 bytes. */
START_TEST(carries_are_folded_in)
{
    sample s = sample_raw("MZ\xff\xff", 4);
    sample_parse(&s);
    ck_hex(pel_image_checksum(s.img), 0x5a4d + 4);
    sample_free(&s);
    s = sample_raw("\xff\xff\x01\x00", 4);
    sample_parse(&s);
    ck_hex(pel_image_checksum(s.img), 1 + 4);
    sample_free(&s);
}
END_TEST

START_TEST(the_builder_writes_the_right_one)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_hex(pel_image_checksum(s.img), pel_image_optional_header(s.img)->checksum);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_checksum)
{
    tcase_add_loop_test(tests, the_field_itself_does_not_count, 0, 2);
    tcase_add_test(tests, odd_sizes_end_in_half_a_word);
    tcase_add_test(tests, the_field_may_lie_at_an_odd_offset);
    tcase_add_test(tests, the_end_of_the_file_may_cut_the_field);
    tcase_add_test(tests, files_without_the_field_count_in_full);
    tcase_add_test(tests, carries_are_folded_in);
    tcase_add_test(tests, the_builder_writes_the_right_one);
}
