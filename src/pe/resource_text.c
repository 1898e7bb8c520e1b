/* SPDX-License-Identifier: Apache-2.0 */
/* Text of resources: UTF-16LE, which Windows does not check, so that surrogates may stand alone. */
#include "pe/resource_priv.h"

/* The character at `*at`, and past it. */
static uint32_t next_character(pel_span utf16, size_t *at)
{
    uint32_t first = pel_span_u16(utf16, *at);
    *at += 2;
    if (first < 0xD800 || first > 0xDBFF || !pel_span_has(utf16, *at, 2))
        return first;
    uint32_t second = pel_span_u16(utf16, *at);
    if (second < 0xDC00 || second > 0xDFFF)
        return first;
    *at += 2;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* As UTF-8 would have it, be it a surrogate or not. */
static unsigned put(uint32_t code, char out[4])
{
    unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t marks[] = { 0, 0xC0, 0xE0, 0xF0 };
    out[0] = (char)(marks[more] | code >> (6 * more));
    for (unsigned i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

size_t pel_utf16_text(pel_span utf16, char *out, size_t size)
{
    size_t used = 0, at = 0;
    bool full = false;
    while (pel_span_has(utf16, at, 2)) {
        char bytes[4];
        unsigned n = put(next_character(utf16, &at), bytes);
        full = full || used + n > size;
        for (unsigned i = 0; i < n && !full; i++)
            out[used + i] = bytes[i];
        used += n;
    }
    return used;
}

pel_span pel_read_utf16(pel_reader *r)
{
    size_t start = r->pos;
    pel_span out = { NULL, 0 };
    if (r->failed)
        return out;
    for (;;) {
        uint64_t unit = pel_read_uint(r, 2);
        if (r->failed || unit == 0)
            break;
    }
    size_t units = (r->pos - start) / 2 - !r->failed;
    pel_span_slice(r->bytes, start, 2 * units, &out);
    return out;
}

pel_resource_key pel_read_key(pel_reader *r)
{
    if (pel_span_has(r->bytes, r->pos, 2) && pel_span_u16(r->bytes, r->pos) == 0xFFFF) {
        pel_read_uint(r, 2);
        return (pel_resource_key){ .id = (uint32_t)pel_read_uint(r, 2) };
    }
    return (pel_resource_key){ .is_text = true, .text = pel_read_utf16(r) };
}

void pel_read_align(pel_reader *r, size_t to)
{
    size_t at = (size_t)pel_round_up(r->pos, to);
    r->pos = at <= r->bytes.size ? at : r->bytes.size;
}
