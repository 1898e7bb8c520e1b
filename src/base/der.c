/* SPDX-License-Identifier: Apache-2.0 */
#include "base/der.h"

#include <string.h>

#include "base/text.h"

uint8_t pel_der_peek(const pel_reader *r)
{
    return r->failed ? 0 : (uint8_t)pel_span_uint(r->bytes, r->pos, 1);
}

/* 0x80 is the indefinite length of BER, which DER does not have. */
static size_t read_length(pel_reader *r)
{
    uint64_t length = pel_read_uint(r, 1);
    if (length < 0x80)
        return (size_t)length;
    unsigned bytes = (unsigned)length & 0x7f;
    r->failed |= bytes == 0 || bytes > 4;
    length = 0;
    for (unsigned i = 0; i < bytes && !r->failed; i++)
        length = length << 8 | pel_read_uint(r, 1);
    return (size_t)length;
}

pel_tlv pel_der_any(pel_reader *r)
{
    pel_tlv out = { 0 };
    size_t start = r->pos;
    uint8_t tag = (uint8_t)pel_read_uint(r, 1);
    r->failed |= (tag & 0x1f) == 0x1f; /* of more than one byte */
    out.value = pel_read_span(r, read_length(r));
    if (r->failed)
        return (pel_tlv){ 0 };
    out.tag = tag;
    pel_span_slice(r->bytes, start, r->pos - start, &out.whole);
    return out;
}

pel_span pel_der_take(pel_reader *r, uint8_t tag)
{
    pel_tlv tlv = pel_der_any(r);
    r->failed |= tlv.tag != tag;
    return r->failed ? (pel_span){ NULL, 0 } : tlv.value;
}

bool pel_der_optional(pel_reader *r, uint8_t tag, pel_span *value)
{
    *value = (pel_span){ NULL, 0 };
    if (pel_der_peek(r) != tag)
        return false;
    *value = pel_der_take(r, tag);
    return !r->failed;
}

size_t pel_der_head(uint8_t tag, size_t length, uint8_t out[8])
{
    size_t bytes = 0;
    out[0] = tag;
    out[1] = (uint8_t)length;
    if (length < 0x80)
        return 2;
    while (bytes < 4 && length >> (8 * bytes))
        bytes++;
    out[1] = (uint8_t)(0x80 | bytes);
    for (size_t i = 0; i < bytes; i++)
        out[2 + i] = (uint8_t)(length >> (8 * (bytes - 1 - i)));
    return 2 + bytes;
}

/* ---- time -------------------------------------------------------------- */

/* Decimal digits; failed when one is none. */
static uint64_t digits(pel_reader *r, unsigned count)
{
    uint64_t value = 0;
    while (count-- > 0) {
        uint64_t c = pel_read_uint(r, 1);
        r->failed |= c < '0' || c > '9';
        value = value * 10 + (c - '0');
    }
    return r->failed ? 0 : value;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar: years begin in March, so that the leap
 * day is the last of its year. */
static uint64_t days_to(uint64_t year, uint64_t month, uint64_t day)
{
    uint64_t y = month > 2 ? year : year - 1;
    uint64_t m = month > 2 ? month - 3 : month + 9;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

uint64_t pel_der_time(const pel_tlv *time)
{
    pel_reader r = pel_der_reader(time->value);
    uint64_t year = digits(&r, time->tag == PEL_DER_TIME ? 4 : 2);
    if (time->tag == PEL_DER_UTC_TIME)
        year += year < 50 ? 2000 : 1900;
    else if (time->tag != PEL_DER_TIME)
        return 0;
    uint64_t month = digits(&r, 2), day = digits(&r, 2);
    uint64_t hour = digits(&r, 2), minute = digits(&r, 2), second = digits(&r, 2);
    bool real = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 &&
                second < 61;
    if (r.failed || !real || year < 1970)
        return 0;
    return ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

/* ---- text -------------------------------------------------------------- */

static void append_code(uint32_t c, char *out, size_t size, size_t *used)
{
    unsigned tail[] = { c & 63, c >> 6 & 63, c >> 12 & 63 };
    if (c < 0x80)
        pel_append(out, size, used, "%c", (int)c);
    else if (c < 0x800)
        pel_append(out, size, used, "%c%c", 0xc0 | (int)(c >> 6), 0x80 | (int)tail[0]);
    else if (c < 0x10000)
        pel_append(out, size, used, "%c%c%c", 0xe0 | (int)(c >> 12), 0x80 | (int)tail[1],
                   0x80 | (int)tail[0]);
    else
        pel_append(out, size, used, "%c%c%c%c", 0xf0 | (int)(c >> 18 & 7), 0x80 | (int)tail[2],
                   0x80 | (int)tail[1], 0x80 | (int)tail[0]);
}

/* A unit of `width` bytes, the first the highest. */
static uint32_t read_unit(pel_reader *r, unsigned width)
{
    uint32_t unit = 0;
    for (unsigned i = 0; i < width; i++)
        unit = unit << 8 | (uint32_t)pel_read_uint(r, 1);
    return unit;
}

/* A character: a unit, or two surrogates; U+FFFD for what is none. */
static uint32_t read_wide(pel_reader *r, unsigned width)
{
    uint32_t c = read_unit(r, width);
    if (width == 2 && c >= 0xd800 && c < 0xdc00 && r->bytes.size - r->pos >= 2) {
        uint32_t low = read_unit(r, width);
        c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0;
    }
    bool real = c != 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    return real ? c : 0xfffd;
}

void pel_der_text(uint8_t tag, pel_span value, char *out, size_t size, size_t *used)
{
    unsigned width = tag == PEL_DER_BMP ? 2 : tag == PEL_DER_UNIVERSAL ? 4 : 0;
    pel_reader r = pel_der_reader(value);
    pel_str plain = pel_str_in(pel_span_clip(value, 0, size)); /* a zero would end `out`, too */
    if (width == 0 && plain.len)
        pel_append(out, size, used, "%.*s", (int)plain.len, plain.ptr);
    while (width && r.bytes.size - r.pos >= width && *used < size)
        append_code(read_wide(&r, width), out, size, used);
}

bool pel_span_same(pel_span a, pel_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}
