/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_DER_H
#define PEL_BASE_DER_H

/* DER, the encoding of certificates and signatures: tag, length, value. A reader goes from one
 * value to the next; what lies inside a value is read by a reader of its own, so nobody recurses
 * and all work is bounded by the bytes. Lengths are definite and of 4 bytes at most, tags are one
 * byte.
 *
 *   | 0x30 | 0x82 0x01 0x0a | value: 0x10a bytes ... | next tag ...
 *
 * As with base/reader.h: reads that fail give nothing and set `failed`; one asks at the end. */

#include "base/reader.h"

enum {
    PEL_DER_INTEGER = 0x02,
    PEL_DER_BITS = 0x03,
    PEL_DER_OCTETS = 0x04,
    PEL_DER_OID = 0x06,
    PEL_DER_UTF8 = 0x0c,
    PEL_DER_UTC_TIME = 0x17,
    PEL_DER_TIME = 0x18,
    PEL_DER_UNIVERSAL = 0x1c, /* text of 32-bit characters */
    PEL_DER_BMP = 0x1e,       /* text of 16-bit characters */
    PEL_DER_SEQUENCE = 0x30,
    PEL_DER_SET = 0x31,
    PEL_DER_STRING_0 = 0x80, /* implicitly tagged [0], [1], [2]: of a primitive type ... */
    PEL_DER_STRING_1 = 0x81,
    PEL_DER_0 = 0xa0, /* ... and of a constructed one, or explicitly */
    PEL_DER_1 = 0xa1,
    PEL_DER_2 = 0xa2,
};

typedef struct pel_tlv {
    uint8_t tag;    /* 0: nothing could be read */
    pel_span whole; /* with its tag and length */
    pel_span value;
} pel_tlv;

static inline pel_reader pel_der_reader(pel_span bytes) { return (pel_reader){ .bytes = bytes }; }

/** The tag of the next value; 0 at the end. */
uint8_t pel_der_peek(const pel_reader *r);

/** The next value, of any tag. */
pel_tlv pel_der_any(pel_reader *r);

/** The value of the next one, which must have this tag. */
pel_span pel_der_take(pel_reader *r, uint8_t tag);

/** The same if it has the tag; else it is left there and the answer is false. */
bool pel_der_optional(pel_reader *r, uint8_t tag, pel_span *value);

/** Write the tag and the length of a value of `length` bytes; the bytes that they take. */
size_t pel_der_head(uint8_t tag, size_t length, uint8_t out[8]);

/** A UTCTime or GeneralizedTime in seconds since 1970; 0 when it is none, or before. */
uint64_t pel_der_time(const pel_tlv *time);

/** Append text of a string type to `out` as UTF-8, as pel_append does. What is neither BMP nor
 *  universal stays as it is, byte for byte. */
void pel_der_text(uint8_t tag, pel_span value, char *out, size_t size, size_t *used);

/** True when both have the same bytes. */
bool pel_span_same(pel_span a, pel_span b);

#endif
