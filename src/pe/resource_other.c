/* SPDX-License-Identifier: Apache-2.0 */
/* Resources whose form is that of files of their own: fonts, animations, and what programs keep
 * under RT_RCDATA or a name. Only facts are taken from them. Sources: Microsoft, "Font-File Format"
 * (Windows 3.1); "Multimedia Programming Interface and Data Specifications 1.0" (RIFF). */
#include "base/der.h"
#include "base/text.h"
#include "pe/resource_priv.h"

/* ---- fonts ------------------------------------------------------------- */

#define FONT_HEAD   113u /* up to dfDevice and dfFace, in a directory as in a font */
#define COPYRIGHT   60u
#define TYPE_VECTOR 1u

static pel_str text_of(pel_span bytes) { return pel_str_in(bytes); }

/* The fields that a font and its entry in a directory have in common. `*face` is an offset in the
 * font. */
static pel_status read_head(pel_reader *r, pel_font *out, uint32_t *face)
{
    *out = (pel_font){ .version = (uint16_t)pel_read_uint(r, 2) };
    out->size = (uint32_t)pel_read_uint(r, 4);
    out->copyright = text_of(pel_read_span(r, COPYRIGHT));
    out->vector = pel_read_uint(r, 2) & TYPE_VECTOR;
    out->points = (uint16_t)pel_read_uint(r, 2);
    out->vertical_resolution = (uint16_t)pel_read_uint(r, 2);
    out->horizontal_resolution = (uint16_t)pel_read_uint(r, 2);
    out->ascent = (uint16_t)pel_read_uint(r, 2);
    pel_read_uint(r, 4); /* internal and external leading */
    out->italic = pel_read_uint(r, 1) != 0;
    out->underline = pel_read_uint(r, 1) != 0;
    out->strike_out = pel_read_uint(r, 1) != 0;
    out->weight = (uint16_t)pel_read_uint(r, 2);
    out->charset = (uint8_t)pel_read_uint(r, 1);
    out->width = (uint16_t)pel_read_uint(r, 2);
    out->height = (uint16_t)pel_read_uint(r, 2);
    pel_read_uint(r, 5); /* pitch and family, average and maximal width */
    out->first_char = (uint8_t)pel_read_uint(r, 1);
    out->last_char = (uint8_t)pel_read_uint(r, 1);
    pel_read_uint(r, 4); /* default and break character, bytes of a row */
    pel_read_uint(r, 4); /* the device */
    *face = (uint32_t)pel_read_uint(r, 4);
    return pel_reader_status(r);
}

pel_status pel_font_read(pel_span bytes, pel_font *out)
{
    uint32_t face;
    pel_reader r = { .bytes = bytes };
    pel_status st = read_head(&r, out, &face);
    out->has_face = st == PEL_OK && face != 0 && face < bytes.size;
    if (out->has_face)
        out->face = text_of(pel_span_clip(bytes, face, UINT64_MAX));
    return st;
}

pel_font_dir_iter pel_font_dir(pel_span bytes)
{
    return (pel_font_dir_iter){ .bytes = bytes,
                                .next = 2,
                                .left = pel_span_u16(bytes, 0),
                                .status = bytes.size < 2 ? PEL_TRUNCATED : PEL_OK };
}

/* | ordinal | head of 113 bytes | device name, 0 | face name, 0 | */
bool pel_font_dir_next(pel_font_dir_iter *it, uint16_t *ordinal, pel_font *out)
{
    uint32_t face;
    *out = (pel_font){ 0 };
    if (it->status != PEL_OK || it->left == 0)
        return false;
    pel_reader r = pel_resource_reader(it->bytes, it->next);
    *ordinal = (uint16_t)pel_read_uint(&r, 2);
    size_t start = r.pos;
    it->status = read_head(&r, out, &face);
    if (it->status != PEL_OK)
        return false;
    pel_str device = text_of(pel_span_clip(it->bytes, start + FONT_HEAD, UINT64_MAX));
    size_t at = start + FONT_HEAD + device.len + 1;
    out->has_face = at < it->bytes.size;
    out->face = text_of(pel_span_clip(it->bytes, at, UINT64_MAX));
    it->next = at + out->face.len + 1;
    it->left--;
    return true;
}

/* ---- animations -------------------------------------------------------- */

#define RIFF 0x46464952u
#define ACON 0x4e4f4341u
#define ANIH 0x68696e61u
#define LIST 0x5453494cu
#define INFO 0x4f464e49u
#define INAM 0x4d414e49u
#define IART 0x54524149u

static bool next_chunk(pel_reader *r, uint32_t *id, pel_span *bytes)
{
    *id = (uint32_t)pel_read_uint(r, 4);
    uint32_t size = (uint32_t)pel_read_uint(r, 4);
    if (r->failed)
        return false;
    *bytes = pel_span_clip(r->bytes, r->pos, size);
    pel_read_span(r, bytes->size + (size % 2 && r->pos + bytes->size < r->bytes.size));
    return true;
}

static void read_info(pel_span list, pel_animation *out)
{
    uint32_t id;
    pel_span bytes;
    pel_reader r = { .bytes = list };
    if (pel_read_uint(&r, 4) != INFO)
        return;
    while (next_chunk(&r, &id, &bytes)) {
        if (id == INAM)
            out->title = bytes;
        else if (id == IART)
            out->author = bytes;
    }
}

static bool read_anih(pel_span bytes, pel_animation *out)
{
    pel_reader r = { .bytes = bytes };
    pel_read_uint(&r, 4); /* its size */
    out->frames = (uint32_t)pel_read_uint(&r, 4);
    out->steps = (uint32_t)pel_read_uint(&r, 4);
    out->width = (uint32_t)pel_read_uint(&r, 4);
    out->height = (uint32_t)pel_read_uint(&r, 4);
    out->bits = (uint32_t)pel_read_uint(&r, 4);
    out->planes = (uint32_t)pel_read_uint(&r, 4);
    out->rate = (uint32_t)pel_read_uint(&r, 4);
    out->flags = (uint32_t)pel_read_uint(&r, 4);
    return !r.failed;
}

pel_status pel_animation_read(pel_span bytes, pel_animation *out)
{
    uint32_t id;
    pel_span chunk;
    bool there = false;
    pel_reader r = { .bytes = bytes };
    *out = (pel_animation){ 0 };
    bool riff = pel_read_uint(&r, 4) == RIFF;
    pel_read_uint(&r, 4);
    if (!riff || pel_read_uint(&r, 4) != ACON)
        return PEL_MALFORMED;
    while (next_chunk(&r, &id, &chunk)) {
        if (id == ANIH)
            there = read_anih(chunk, out);
        else if (id == LIST)
            read_info(chunk, out);
    }
    return there ? PEL_OK : PEL_TRUNCATED;
}

/* ---- anything else ----------------------------------------------------- */

static const struct {
    uint8_t at, size;
    const char *bytes, *what;
} beginnings[] = {
    { 0, 2, "MZ", "pe" },
    { 0, 4, "PK\3\4", "zip" },
    { 0, 4, "MSCF", "cab" },
    { 0, 6, "7z\xbc\xaf\x27\x1c", "7z" },
    { 0, 3, "\x1f\x8b\x08", "gzip" },
    { 0, 6,
      "\xfd"
      "7zXZ\0",
      "xz" },
    { 0, 3, "BZh", "bzip2" },
    { 0, 8, "\x89PNG\r\n\x1a\n", "png" },
    { 0, 3, "\xff\xd8\xff", "jpeg" },
    { 0, 4, "GIF8", "gif" },
    { 0, 2, "BM", "bmp" },
    { 8, 4, "WAVE", "wave" },
    { 8, 4, "AVI ", "avi" },
    { 8, 4, "ACON", "animation" },
    { 0, 4, "OggS", "ogg" },
    { 0, 4, "%PDF", "pdf" },
    { 0, 4, "MSFT", "type-library" },
    { 0, 4, "SLTG", "type-library" },
    { 0, 4, "\xcd\xfe\xcd\xfe", "mui" },
    { 0, 4, "TPF0", "delphi-form" },
    { 0, 4, "CRIM", "event-manifest" },
    { 0, 4, "\0asm", "wasm" },
    { 0, 4,
      "\x7f"
      "ELF",
      "elf" },
    { 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound-file" },
    { 0, 4, "DXBC", "shader" },
    { 0, 5, "<?xml", "xml" },
    { 0, 2, "\xff\xfe", "utf-16" },
    { 0, 4, "\0\1\0\0", "truetype" },
    { 0, 4, "OTTO", "opentype" },
};

/* Characters that people write, and nothing else. */
static bool is_text(pel_span bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint64_t c = pel_span_uint(bytes, i, 1);
        bool last_zero = c == 0 && i + 1 == bytes.size && i > 0;
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r' && !last_zero) || c == 0x7f)
            return false;
    }
    return bytes.size > 0;
}

static bool is_wide_text(pel_span bytes)
{
    for (size_t i = 0; i + 1 < bytes.size; i += 2) {
        uint32_t unit = pel_span_u16(bytes, i);
        bool last_zero = unit == 0 && i + 2 == bytes.size && i > 0;
        if ((unit < 0x20 && unit != '\t' && unit != '\n' && unit != '\r' && !last_zero) ||
            unit > 0x7e)
            return false;
    }
    return bytes.size >= 4 && bytes.size % 2 == 0;
}

#define TEXT_LOOKED_AT 4096

const char *pel_bytes_look_like(pel_span bytes)
{
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        pel_str want = { beginnings[i].bytes, beginnings[i].size };
        pel_span have = pel_span_clip(bytes, beginnings[i].at, want.len);
        if (have.size == want.len &&
            pel_span_same(have, (pel_span){ (const uint8_t *)want.ptr, want.len }))
            return beginnings[i].what;
    }
    pel_span start = pel_span_clip(bytes, 0, TEXT_LOOKED_AT);
    return is_text(start) ? "text" : is_wide_text(start) ? "utf-16" : NULL;
}
