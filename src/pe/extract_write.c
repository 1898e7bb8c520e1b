/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an item, in its form. */
#include <string.h>

#include "base/hash.h"
#include "base/inflate.h"
#include "base/text.h"
#include "pe/extract_priv.h"

/* ---- little endian ----------------------------------------------------- */

static void put(uint8_t *to, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static pel_status send(pel_sink sink, pel_span bytes)
{
    return bytes.size > 0 ? sink.write(sink.ctx, bytes.data, bytes.size) : PEL_OK;
}

/* ---- bitmaps ----------------------------------------------------------- */

#define CORE_SIZE   12u
#define INFO_SIZE   40u
#define BITFIELDS   3u
#define ALPHAFIELDS 6u

/* Bytes between the header and the pixels: masks of colours, then the palette. */
static uint64_t between(const pel_picture *p)
{
    uint64_t palette = p->bits > 0 && p->bits <= 8 ? (uint64_t)1 << p->bits : 0;
    if (p->format == PEL_PICTURE_CORE)
        return 3 * palette;
    uint64_t masks = 0;
    if (p->header_size == INFO_SIZE && p->compression == BITFIELDS)
        masks = 12;
    if (p->header_size == INFO_SIZE && p->compression == ALPHAFIELDS)
        masks = 16;
    return masks + 4 * (p->colors_used ? p->colors_used : palette);
}

bool pel_bitmap_header(pel_span dib, uint8_t out[PEL_BITMAP_HEADER])
{
    pel_picture p;
    if (pel_picture_read(dib, &p) != PEL_OK ||
        (p.format != PEL_PICTURE_CORE && p.format != PEL_PICTURE_DIB))
        return false;
    uint64_t pixels = p.header_size + between(&p), size = PEL_BITMAP_HEADER + (uint64_t)dib.size;
    if (pixels > dib.size || size > UINT32_MAX)
        return false;
    memset(out, 0, PEL_BITMAP_HEADER);
    out[0] = 'B';
    out[1] = 'M';
    put(out + 2, 4, size);
    put(out + 10, 4, PEL_BITMAP_HEADER + pixels);
    return true;
}

static pel_status write_bitmap(const pel_extract_item *item, pel_sink sink)
{
    uint8_t header[PEL_BITMAP_HEADER];
    if (!pel_bitmap_header(item->bytes, header))
        return PEL_BAD_ARG;
    PEL_TRY(send(sink, (pel_span){ header, sizeof header }));
    return send(sink, item->bytes);
}

/* ---- icons and cursors ------------------------------------------------- */

static pel_status write_entry(const pel_icon_file_entry *e, uint64_t offset, pel_sink sink)
{
    uint8_t out[PEL_ICON_ENTRY] = { e->width, e->height, e->colors, e->reserved };
    put(out + 4, 2, e->planes);
    put(out + 6, 2, e->bits);
    put(out + 8, 4, e->bytes.size);
    put(out + 12, 4, offset);
    return send(sink, (pel_span){ out, sizeof out });
}

static pel_status write_pictures(const pel_extract *x, const pel_extract_item *item, pel_sink sink)
{
    pel_icon_group group;
    pel_icon_file_entry e;
    uint32_t count = 0;
    uint8_t header[PEL_ICON_HEADER] = { 0 };
    pel_icon_group_read(item->bytes, &group);
    for (uint32_t i = 0; i < group.there; i++)
        count += pel_extract_group_at(x, &group, item->language, i, &e);
    put(header + 2, 2, group.type);
    put(header + 4, 2, count);
    PEL_TRY(send(sink, (pel_span){ header, sizeof header }));
    uint64_t offset = PEL_ICON_HEADER + (uint64_t)count * PEL_ICON_ENTRY;
    for (uint32_t i = 0; i < group.there; i++) {
        if (!pel_extract_group_at(x, &group, item->language, i, &e))
            continue;
        PEL_TRY(write_entry(&e, offset, sink));
        offset += e.bytes.size;
    }
    for (uint32_t i = 0; i < group.there; i++)
        if (pel_extract_group_at(x, &group, item->language, i, &e))
            PEL_TRY(send(sink, e.bytes));
    return PEL_OK;
}

/* ---- strings ----------------------------------------------------------- */

/* A text is one line, and UTF-8: what would break that is written as C does. Surrogates without a
 * partner come as the three bytes that UTF-8 would have for them, ED A0 80 to ED BF BF. */
static size_t escape(pel_span text, size_t at, char out[8])
{
    static const char from[] = "\n\r\t\\", to[] = "nrt\\";
    uint8_t byte = text.data[at];
    const char *special = byte ? strchr(from, byte) : NULL;
    size_t used = 0;
    if (special)
        pel_append(out, 8, &used, "\\%c", to[special - from]);
    if (special)
        return 1;
    uint64_t next = pel_span_uint(text, at + 1, 1), last = pel_span_uint(text, at + 2, 1);
    if (byte != 0xED || next < 0xA0 || !pel_span_has(text, at, 3))
        return 0;
    pel_append(out, 8, &used, "\\uD%03X", (unsigned)((next & 0x3F) << 6 | (last & 0x3F)));
    return 3;
}

static pel_status write_escaped(pel_span text, pel_sink sink)
{
    size_t start = 0, size;
    for (size_t i = 0; i < text.size; i += size ? size : 1) {
        char escaped[8] = "";
        size = escape(text, i, escaped);
        if (size == 0)
            continue;
        PEL_TRY(send(sink, pel_span_clip(text, start, i - start)));
        PEL_TRY(send(sink, (pel_span){ (const uint8_t *)escaped, strlen(escaped) }));
        start = i + size;
    }
    return send(sink, pel_span_clip(text, start, UINT64_MAX));
}

/* Units of UTF-16 at a time; a pair of surrogates is not cut in two. */
#define UNITS 1024u

static pel_status write_utf16(pel_span text, pel_sink sink)
{
    char buffer[3 * UNITS];
    for (size_t at = 0; at < text.size;) {
        size_t size = 2 * UNITS;
        uint32_t last = pel_span_u16(text, at + size - 2);
        if (last >= 0xD800 && last < 0xDC00)
            size -= 2;
        pel_span some = pel_span_clip(text, at, size);
        size_t len = pel_utf16_text(some, buffer, sizeof buffer);
        PEL_TRY(write_escaped((pel_span){ (const uint8_t *)buffer, len }, sink));
        at += some.size;
    }
    return PEL_OK;
}

pel_status pel_extract_strings(const pel_extract *x, const pel_extract_item *item, pel_sink sink)
{
    uint32_t index;
    pel_span text;
    pel_string_iter it = pel_strings(item->bytes);
    (void)x;
    while (pel_string_next(&it, &index, &text)) {
        char number[16];
        size_t used = 0;
        pel_append(number, sizeof number, &used, "%u\t", (unsigned)(item->number + index));
        PEL_TRY(send(sink, (pel_span){ (const uint8_t *)number, used }));
        PEL_TRY(write_utf16(text, sink));
        PEL_TRY(send(sink, (pel_span){ (const uint8_t *)"\n", 1 }));
    }
    return it.status == PEL_OK ? PEL_OK : PEL_MALFORMED;
}

/* ---- all of them ------------------------------------------------------- */

static pel_status write_form(const pel_extract *x, const pel_extract_item *item, pel_sink sink)
{
    switch (item->form) {
    case PEL_FORM_BYTES: return send(sink, item->bytes);
    case PEL_FORM_BITMAP: return write_bitmap(item, sink);
    case PEL_FORM_PICTURES: return write_pictures(x, item, sink);
    case PEL_FORM_STRINGS: return pel_extract_strings(x, item, sink);
    case PEL_FORM_INFLATED: return pel_inflate(item->bytes, item->size, sink);
    }
    return PEL_BAD_ARG;
}

/* Between the form and the caller's sink: what passes is hashed. */
typedef struct passage {
    pel_sink sink;
    pel_hasher hasher;
} passage;

static pel_status pass(void *ctx, const void *data, size_t size)
{
    passage *p = ctx;
    pel_hasher_feed(&p->hasher, (pel_span){ data, size });
    return p->sink.write(p->sink.ctx, data, size);
}

pel_status pel_extract_write(const pel_extract *x, const pel_extract_item *item, pel_sink sink,
                             uint8_t sha256[32])
{
    uint8_t digest[PEL_DIGEST_MAX] = { 0 };
    if (!item->can_write)
        return PEL_BAD_ARG;
    if (!sha256)
        return write_form(x, item, sink);
    passage p = { .sink = sink, .hasher = pel_hasher_begin(PEL_HASH_SHA256) };
    pel_status st = write_form(x, item, (pel_sink){ pass, &p });
    size_t size = pel_hasher_end(&p.hasher, digest);
    if (st == PEL_OK && size != 32)
        st = PEL_NO_MEMORY;
    memcpy(sha256, digest, 32);
    return st;
}
