/* SPDX-License-Identifier: Apache-2.0 */
/* DER on literal bytes, typed from X.690. */
#include "base/der.h"
#include "check_pel.h"
#include <string.h>

#define READER(bytes) pel_der_reader((pel_span){ (const uint8_t *)(bytes), sizeof(bytes) - 1 })

START_TEST(values_follow_each_other)
{
    pel_reader r = READER("\x02\x01\x05\x30\x03\x04\x01\xff\x05\x00");
    pel_span value = pel_der_take(&r, PEL_DER_INTEGER);
    ck_assert_uint_eq(value.size, 1);
    ck_hex(value.data[0], 5);
    ck_hex(pel_der_peek(&r), PEL_DER_SEQUENCE);
    pel_reader in = pel_der_reader(pel_der_take(&r, PEL_DER_SEQUENCE));
    ck_hex(pel_der_take(&in, PEL_DER_OCTETS).data[0], 0xff);
    pel_tlv null = pel_der_any(&r);
    ck_hex(null.tag, 5);
    ck_assert_uint_eq(null.whole.size, 2);
    ck_assert_uint_eq(null.value.size, 0);
    ck_hex(pel_der_peek(&r), 0);
    ck_assert(!r.failed && !in.failed);
}
END_TEST

START_TEST(long_lengths_have_up_to_four_bytes)
{
    static const uint8_t heads[][6] = { { 4, 0x81, 200 },
                                        { 4, 0x82, 0, 200 },
                                        { 4, 0x84, 0, 0, 0, 200 } };
    static const size_t sizes[] = { 3, 4, 6 };
    uint8_t bytes[206] = { 0 };
    memcpy(bytes, heads[_i], sizes[_i]);
    pel_reader r = pel_der_reader((pel_span){ bytes, sizes[_i] + 200 });
    ck_assert_uint_eq(pel_der_take(&r, PEL_DER_OCTETS).size, 200);
    ck_assert(!r.failed);
    r = pel_der_reader((pel_span){ bytes, sizes[_i] + 199 });
    ck_assert_uint_eq(pel_der_take(&r, PEL_DER_OCTETS).size, 0);
    ck_assert(r.failed);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
} broken[] = {
    { "", 0 },                              /* nothing */
    { "\x04", 1 },                          /* no length */
    { "\x04\x80\x00\x00", 4 },              /* BER's indefinite length */
    { "\x04\x85\x00\x00\x00\x00\x01x", 8 }, /* a length of five bytes */
    { "\x04\xff", 2 },
    { "\x04\x84\xff\xff\xff\xff", 6 },
    { "\x1f\x20\x00", 3 }, /* a tag of more than one byte */
    { "\x04\x02x", 3 },    /* cut */
};

START_TEST(what_is_broken_gives_nothing)
{
    pel_reader r = pel_der_reader((pel_span){ (const uint8_t *)broken[_i].bytes, broken[_i].size });
    pel_tlv tlv = pel_der_any(&r);
    ck_assert(r.failed && tlv.tag == 0 && tlv.value.size == 0 && tlv.whole.size == 0);
    ck_hex(pel_der_peek(&r), 0);
}
END_TEST

START_TEST(an_optional_value_stays_where_it_is)
{
    pel_span value;
    pel_reader r = READER("\xa1\x00");
    ck_assert(!pel_der_optional(&r, PEL_DER_0, &value));
    ck_assert(pel_der_optional(&r, PEL_DER_1, &value));
    ck_assert(!pel_der_optional(&r, PEL_DER_1, &value) && !r.failed);
}
END_TEST

START_TEST(heads_are_written_as_they_are_read)
{
    static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 24 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t head[8];
        size_t size = pel_der_head(PEL_DER_SET, lengths[i], head);
        uint64_t length = head[1];
        if (size > 2)
            for (size_t b = 2, sum = 0; b < size; b++)
                length = sum = sum << 8 | head[b];
        ck_hex(head[0], PEL_DER_SET);
        ck_assert_uint_eq(length, lengths[i]);
        ck_assert_uint_eq(size, lengths[i] < 128       ? 2
                                : lengths[i] < 256     ? 3
                                : lengths[i] < 65536   ? 4
                                : lengths[i] < 1 << 24 ? 5
                                                       : 6);
    }
}
END_TEST

static const struct {
    uint8_t tag;
    const char *text;
    uint64_t time;
} times[] = {
    { PEL_DER_UTC_TIME, "700101000001Z", 1 },
    { PEL_DER_UTC_TIME, "240229000000Z", 1709164800 },
    { PEL_DER_UTC_TIME, "491231235959Z", 2524607999 },
    { PEL_DER_UTC_TIME, "500101000000Z", 0 }, /* 1950 */
    { PEL_DER_TIME, "20240229000000Z", 1709164800 },
    { PEL_DER_TIME, "20260513100613.123Z", 1778666773 },
    { PEL_DER_TIME, "99991231235959Z", 253402300799 },
    { PEL_DER_TIME, "20240229", 0 },
    { PEL_DER_TIME, "20241301000000Z", 0 },
    { PEL_DER_TIME, "2024022900000aZ", 0 },
    { PEL_DER_OCTETS, "20240229000000Z", 0 },
};

START_TEST(dates_become_seconds)
{
    const char *text = times[_i].text;
    pel_tlv tlv = { .tag = times[_i].tag, .value = { (const uint8_t *)text, strlen(text) } };
    ck_assert_uint_eq(pel_der_time(&tlv), times[_i].time);
}
END_TEST

static void ck_text(uint8_t tag, const char *bytes, size_t size, const char *want)
{
    char out[32] = "";
    size_t used = 0;
    pel_der_text(tag, (pel_span){ (const uint8_t *)bytes, size }, out, sizeof out, &used);
    ck_assert_str_eq(out, want);
}

START_TEST(text_becomes_utf8)
{
    ck_text(PEL_DER_UTF8, "gr\xc3\xbcn", 5, "gr\xc3\xbcn");
    ck_text(PEL_DER_UTF8, "ab\0c", 4, "ab");
    ck_text(PEL_DER_BMP, "\0a\0\xfc\x20\xac", 6, "a\xc3\xbc\xe2\x82\xac");
    ck_text(PEL_DER_BMP, "\xd8\x3d\xde\x00", 4, "\xf0\x9f\x98\x80");
    ck_text(PEL_DER_BMP, "\xd8\x3d\0a", 4, "\xef\xbf\xbd"); /* half a pair */
    ck_text(PEL_DER_BMP, "\xd8\x00\xd8\x00", 4, "\xef\xbf\xbd");
    ck_text(PEL_DER_BMP, "\0a\0", 3, "a");
    ck_text(PEL_DER_BMP, "\0\0", 2, "\xef\xbf\xbd");
    ck_text(PEL_DER_UNIVERSAL, "\0\1\xf6\0\0\x11\0\0", 8, "\xf0\x9f\x98\x80\xef\xbf\xbd");
}
END_TEST

PEL_TESTS(base_der)
{
    tcase_add_test(tests, values_follow_each_other);
    tcase_add_loop_test(tests, long_lengths_have_up_to_four_bytes, 0, 3);
    tcase_add_loop_test(tests, what_is_broken_gives_nothing, 0, sizeof broken / sizeof broken[0]);
    tcase_add_test(tests, an_optional_value_stays_where_it_is);
    tcase_add_test(tests, heads_are_written_as_they_are_read);
    tcase_add_loop_test(tests, dates_become_seconds, 0, sizeof times / sizeof times[0]);
    tcase_add_test(tests, text_becomes_utf8);
}
