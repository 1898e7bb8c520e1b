/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/escape.h"

#include <pelorus/dump.h>

#include <string.h>

#include "base/text.h"

/* Characters that do not show or that change how others show: controls (C1 among them, for
 * U+009B opens a terminal sequence as ESC [ does), format characters (the bidirectional
 * overrides among them), separators of lines, and what is no character at all. General
 * categories Cc, Cf, Zl, Zp and Cn of Unicode 15, as far as they matter. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    { 0x0000, 0x001f },    { 0x007f, 0x009f },   { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
    { 0x0600, 0x0605 },    { 0x061c, 0x061c },   { 0x06dd, 0x06dd },   { 0x070f, 0x070f },
    { 0x0890, 0x0891 },    { 0x08e2, 0x08e2 },   { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
    { 0x180b, 0x180f },    { 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
    { 0x3164, 0x3164 },    { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
    { 0xfff0, 0xfffb },    { 0xfffe, 0xffff },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
    { 0x13430, 0x1343f },  { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
    { 0xf0000, 0x10ffff },
};

/* Eight bytes at once: in each this value. */
#define EIGHT      sizeof(uint64_t)
#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)

static bool shows(uint32_t code)
{
    if (code >= 0x20 && code < 0x7f)
        return true;
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
        if (code <= unseen[i].last)
            return code < unseen[i].first;
    return true;
}

static size_t put_hex(char *out, uint32_t value, unsigned digits)
{
    for (unsigned i = 0; i < digits; i++)
        out[i] = "0123456789abcdef"[value >> (4 * (digits - 1 - i)) & 0xf];
    return digits;
}

static size_t put_text(char *out, const char *text)
{
    size_t size = strlen(text);
    memcpy(out, text, size);
    return size;
}

/* \u0007, or a surrogate pair for what lies above U+FFFF. */
static size_t json_unit(char *out, uint32_t code)
{
    size_t n = 0;
    if (code > 0xffff) {
        n += put_text(out, "\\u");
        n += put_hex(out + n, 0xd800 + ((code - 0x10000) >> 10), 4);
        code = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
    n += put_text(out + n, "\\u");
    return n + put_hex(out + n, code, 4);
}

/* \x07 for what is one byte, \u{202e} for the rest. */
static size_t text_unit(char *out, uint32_t code)
{
    if (code < 0x80)
        return put_text(out, "\\x") + put_hex(out + 2, code, 2);
    unsigned digits = code > 0xfffff  ? 6
                      : code > 0xffff ? 5
                      : code > 0xfff  ? 4
                      : code > 0xff   ? 3
                                      : 2;
    size_t n = put_text(out, "\\u{");
    n += put_hex(out + n, code, digits);
    return n + put_text(out + n, "}");
}

static size_t bad_byte(pel_escape form, char *out, uint8_t byte)
{
    size_t n = put_text(out, form == PEL_ESCAPE_JSON ? "\\\\x" : "\\x");
    return n + put_hex(out + n, byte, 2);
}

/* Escape the one character or byte at the start of `*rest`, which is not empty. */
static size_t escape_one(pel_escape form, pel_str *rest, char out[PEL_ESCAPE_MAX])
{
    uint32_t code = 0;
    const char *from = rest->ptr;
    size_t len = pel_utf8(*rest, &code);
    rest->ptr += len ? len : 1;
    rest->len -= len ? len : 1;
    if (len == 0)
        return bad_byte(form, out, (uint8_t)*from);
    if (code == '\\')
        return put_text(out, form == PEL_ESCAPE_JSON ? "\\\\\\\\" : "\\\\");
    if (code == '"' && form == PEL_ESCAPE_JSON)
        return put_text(out, "\\\"");
    if (form == PEL_ESCAPE_VALUE || shows(code)) {
        memcpy(out, from, len);
        return len;
    }
    return form == PEL_ESCAPE_JSON ? json_unit(out, code) : text_unit(out, code);
}

static bool plain(char c) { return c >= 0x20 && c < 0x7f && c != '\\' && c != '"'; }

/* In each byte the highest bit if it is zero, and perhaps in those above it. */
static uint64_t zeros(uint64_t bytes) { return (bytes - EACH(0x01)) & ~bytes & EACH(0x80); }

static uint64_t eight(const char *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, EIGHT);
    return bytes;
}

/* One to seven bytes: as good as eight, for some are there twice and the rest are letters. */
static uint64_t fewer(const char *text, size_t count)
{
    uint32_t first, last;
    if (count < 4)
        return EACH('x') << 24 | (uint64_t)(uint8_t)text[0] << 16 |
               (uint64_t)(uint8_t)text[count / 2] << 8 | (uint8_t)text[count - 1];
    memcpy(&first, text, sizeof first);
    memcpy(&last, text + count - sizeof last, sizeof last);
    return (uint64_t)first << 32 | last;
}

/* Whether eight bytes are plain. */
static bool all_plain(uint64_t bytes)
{
    uint64_t below = (bytes - EACH(0x20)) & ~bytes, above = bytes;
    return ((below | above) & EACH(0x80)) == 0 &&
           (zeros(bytes ^ EACH(0x7f)) | zeros(bytes ^ EACH('\\')) | zeros(bytes ^ EACH('"'))) == 0;
}

/* How many bytes from the start are plain ASCII that every form leaves as it is. */
static size_t plain_run(pel_str s, size_t most)
{
    size_t n = 0, end = s.len < most ? s.len : most;
    while (end - n >= EIGHT && all_plain(eight(s.ptr + n)))
        n += EIGHT;
    bool few = n < end && end - n < EIGHT;
    if (few && all_plain(n ? eight(s.ptr + end - EIGHT) : fewer(s.ptr, end)))
        return end;
    while (n < end && plain(s.ptr[n]))
        n++;
    return n;
}

bool pel_escape_none(pel_str text) { return plain_run(text, text.len) == text.len; }

size_t pel_escape_some(pel_escape form, pel_str *rest, char *out, size_t size)
{
    size_t used = 0;
    while (rest->len) {
        size_t run = plain_run(*rest, size - used);
        if (run) {
            memcpy(out + used, rest->ptr, run);
            used += run;
            rest->ptr += run;
            rest->len -= run;
            continue;
        }
        char unit[PEL_ESCAPE_MAX];
        pel_str after = *rest;
        size_t wanted = escape_one(form, &after, unit);
        if (wanted > size - used)
            break;
        memcpy(out + used, unit, wanted);
        used += wanted;
        *rest = after;
    }
    return used;
}

size_t pel_terminal_text(pel_str *rest, char *out, size_t size)
{
    return pel_escape_some(PEL_ESCAPE_TEXT, rest, out, size);
}

size_t pel_escape_size(pel_escape form, pel_str text)
{
    char piece[256];
    size_t total = 0;
    for (size_t n; (n = pel_escape_some(form, &text, piece, sizeof piece)) > 0;)
        total += n;
    return total;
}
