/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_READER_H
#define PEL_BASE_READER_H

/* A cursor over a span. Reads past the end give zero and set `failed`, which stays
 * set: a decoder reads everything that it wants, then asks once. The price: a
 * failed read looks like zero, so a list that ends at zero asks when it stops. */

#include <pelorus/base.h>

typedef struct pel_reader {
    pel_span bytes;
    size_t pos; /* invariant: pos <= bytes.size */
    bool wide;  /* PE32+: native words are 8 bytes */
    bool failed;
} pel_reader;

/** The little-endian unsigned integer of `width` bytes, 0..8, at `from`. Nobody but readers has a
 *  pointer to give. Compilers make one load of the spelt-out widths, and a loop of the rest. */
static inline uint64_t pel_load_uint(const uint8_t *from, unsigned width)
{
    uint64_t value = 0;
    switch (width) {
    case 1: return from[0];
    case 2: return (uint32_t)from[0] | (uint32_t)from[1] << 8;
    case 4:
        return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
               (uint32_t)from[3] << 24;
    case 8:
        return (uint64_t)from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 |
               (uint64_t)from[3] << 24 | (uint64_t)from[4] << 32 | (uint64_t)from[5] << 40 |
               (uint64_t)from[6] << 48 | (uint64_t)from[7] << 56;
    default:
        for (unsigned i = 0; i < width; i++)
            value |= (uint64_t)from[i] << (8 * i);
        return value;
    }
}

/** Read a little-endian unsigned integer of `width` bytes, 0..8, on any host. */
static inline uint64_t pel_read_uint(pel_reader *r, unsigned width)
{
    if (r->failed || r->bytes.size - r->pos < width) {
        r->failed = true;
        return 0;
    }
    if (width == 0) /* of no bytes at all, perhaps, which are nowhere */
        return 0;
    const uint8_t *from = r->bytes.data + r->pos;
    r->pos += width;
    return pel_load_uint(from, width);
}

/** The next `size` bytes as a view; empty and failed when they are not all there. */
static inline pel_span pel_read_span(pel_reader *r, size_t size)
{
    pel_span out = { NULL, 0 };
    if (r->failed || !pel_span_slice(r->bytes, r->pos, size, &out))
        r->failed = true;
    else
        r->pos += size;
    return out;
}

static inline pel_status pel_reader_status(const pel_reader *r)
{
    return r->failed ? PEL_TRUNCATED : PEL_OK;
}

/** The integer of `width` bytes at `off`; 0 when it is not all inside. */
static inline uint64_t pel_span_uint(pel_span s, uint64_t off, unsigned width)
{
    pel_reader r = { .bytes = s, .pos = off <= s.size ? (size_t)off : s.size };
    return pel_read_uint(&r, width);
}

/* Of fixed width, for loops that must be fast: one bounds check and one load. 0 when the bytes are
 * not all inside. */

static inline uint32_t pel_span_u16(pel_span s, uint64_t off)
{
    return pel_span_has(s, off, 2) ? (uint32_t)s.data[off] | (uint32_t)s.data[off + 1] << 8 : 0;
}

static inline uint64_t pel_span_u64(pel_span s, uint64_t off)
{
    if (!pel_span_has(s, off, 8))
        return 0;
    const uint8_t *p = s.data + off;
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

#endif
