/* SPDX-License-Identifier: Apache-2.0 */
/* Names of certificates as text, on literal bytes of DER. The notation is that of RFC 4514. */
#include <pelorus/certificates.h>

#include <string.h>

#include "check_pel.h"

#define CN          "\x06\x03\x55\x04\x03" /* 2.5.4.3 */
#define O           "\x06\x03\x55\x04\x0a" /* 2.5.4.10 */
#define POSTAL_CODE "\x06\x03\x55\x04\x11"

static const struct {
    const char *der;
    size_t size;
    const char *text, *common;
} names[] = {
#define N(der, text, common)                                                                       \
    {                                                                                              \
        der, sizeof der - 1, text, common                                                          \
    }
    N("\x30\x00", "", ""),
    /* two sets, PrintableString and UTF8String */
    N("\x30\x1a"
      "\x31\x0a"
      "\x30\x08" O "\x13\x01"
      "A"
      "\x31\x0c"
      "\x30\x0a" CN "\x0c\x03"
      "bcd",
      "O=A, CN=bcd", "bcd"),
    /* two of one set */
    N("\x30\x16"
      "\x31\x14"
      "\x30\x08" O "\x13\x01"
      "A"
      "\x30\x08" CN "\x13\x01"
      "b",
      "O=A+CN=b", "b"),
    /* one value that looks like two */
    N("\x30\x12"
      "\x31\x10"
      "\x30\x0e" CN "\x13\x07"
      "x, O=MS",
      "CN=x\\, O=MS", "x\\, O=MS"),
    /* everything else that has a meaning, and "=", which has none there */
    N("\x30\x14"
      "\x31\x12"
      "\x30\x10" CN "\x0c\x09"
      "+\";<>\\=#,",
      "CN=\\+\\\"\\;\\<\\>\\\\=#\\,", "\\+\\\"\\;\\<\\>\\\\=#\\,"),
    /* blanks and # at the edges */
    N("\x30\x10"
      "\x31\x0e"
      "\x30\x0c" CN "\x13\x05"
      " a b ",
      "CN=\\ a b\\ ", "\\ a b\\ "),
    N("\x30\x0d"
      "\x31\x0b"
      "\x30\x09" CN "\x13\x02"
      "#1",
      "CN=\\#1", "\\#1"),
    /* a zero does not end it */
    N("\x30\x11"
      "\x31\x0f"
      "\x30\x0d" CN "\x0c\x06"
      "good\0x",
      "CN=good\\00x", "good\\00x"),
    /* BMPString: G, u with dots, comma */
    N("\x30\x11"
      "\x31\x0f"
      "\x30\x0d" CN "\x1e\x06"
      "\0G\0\xfc\0,",
      "CN=G\xc3\xbc\\,", "G\xc3\xbc\\,"),
    /* no string: an OCTET STRING */
    N("\x30\x0d"
      "\x31\x0b"
      "\x30\x09" CN "\x04\x02"
      "\x01\xab",
      "CN=#040201ab", "#040201ab"),
    /* two common names: which is meant nobody knows */
    N("\x30\x18"
      "\x31\x0a"
      "\x30\x08" CN "\x13\x01"
      "a"
      "\x31\x0a"
      "\x30\x08" CN "\x13\x01"
      "b",
      "CN=a, CN=b", "CN=a, CN=b"),
    /* a type without a name here, and no common name */
    N("\x30\x0d"
      "\x31\x0b"
      "\x30\x09" POSTAL_CODE "\x13\x02"
      "12",
      "2.5.4.17=12", "2.5.4.17=12"),
    /* cut */
    N("\x30\x1a"
      "\x31\x0a"
      "\x30\x08" O "\x13\x01"
      "A"
      "\x31\x0c"
      "\x30\x0a" CN "\x0c\x03",
      "", ""),
};

START_TEST(values_never_look_like_several)
{
    char text[128];
    pel_span der = { (const uint8_t *)names[_i].der, names[_i].size };
    ck_assert_uint_eq(pel_name_text(der, text, sizeof text), strlen(names[_i].text));
    ck_assert_str_eq(text, names[_i].text);
    ck_assert_uint_eq(pel_name_common(der, text, sizeof text), strlen(names[_i].common));
    ck_assert_str_eq(text, names[_i].common);
}
END_TEST

START_TEST(texts_are_cut_to_the_room)
{
    char text[16];
    pel_span der = { (const uint8_t *)names[4].der, names[4].size };
    for (size_t size = 0; size <= sizeof text; size++) {
        memset(text, '?', sizeof text);
        ck_assert_uint_ge(pel_name_text(der, text, size), size > 0 ? size - 1 : 0);
        ck_assert(size == 0 || strlen(text) == size - 1);
        ck_assert(size == sizeof text || text[size] == '?');
    }
}
END_TEST

START_TEST(self_signed_is_who_issued_itself)
{
    pel_span a = { (const uint8_t *)names[1].der, names[1].size },
             b = { (const uint8_t *)names[2].der, names[2].size };
    ck_assert(pel_x509_is_self_signed(&(pel_x509){ .subject = a, .issuer = a }));
    ck_assert(!pel_x509_is_self_signed(&(pel_x509){ .subject = a, .issuer = b }));
    ck_assert(!pel_x509_is_self_signed(&(pel_x509){ .bytes = a }));
}
END_TEST

PEL_TESTS(pe_x509)
{
    tcase_add_loop_test(tests, values_never_look_like_several, 0, sizeof names / sizeof names[0]);
    tcase_add_test(tests, texts_are_cut_to_the_room);
    tcase_add_test(tests, self_signed_is_who_issued_itself);
}
