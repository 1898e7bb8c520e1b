/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

pel_str pel_str_of(const char *c_string)
{
    return (pel_str){ .ptr = c_string, .len = c_string ? strlen(c_string) : 0 };
}

pel_str pel_str_in(pel_span bytes)
{
    const void *zero = bytes.size ? memchr(bytes.data, 0, bytes.size) : NULL;
    size_t len = zero ? (size_t)((const uint8_t *)zero - bytes.data) : bytes.size;
    return (pel_str){ .ptr = (const char *)bytes.data, .len = len };
}

static int lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

int pel_compare_nocase(pel_str a, pel_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < len; i++) {
        int difference = lower(a.ptr[i]) - lower(b.ptr[i]);
        if (difference != 0)
            return difference;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

/* Well-formed UTF-8 by the second byte's range (Unicode, table 3-7):
 *
 *   first    second    code points
 *   c2..df   80..bf    U+0080..U+07FF
 *   e0       a0..bf    U+0800..U+0FFF     no overlong forms
 *   ed       80..9f    U+D000..U+D7FF     no surrogates
 *   f0       90..bf    U+10000..          no overlong forms
 *   f4       80..8f    ..U+10FFFF         nothing above
 */
size_t pel_utf8(pel_str s, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len == 0)
        return 0;
    unsigned first = p[0];
    *code = first;
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;

    size_t len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (s.len < len || p[1] < low || p[1] > high)
        return 0;
    uint32_t value = first & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3fu);
    }
    *code = value;
    return len;
}

unsigned pel_utf16_next(pel_str *text, uint16_t out[2])
{
    uint32_t code;
    if (text->len == 0)
        return 0;
    size_t n = pel_utf8(*text, &code);
    if (n == 0) {
        code = 0xFFFD;
        n = 1;
    }
    text->ptr += n;
    text->len -= n;
    bool pair = code > 0xFFFF;
    out[0] = (uint16_t)(pair ? 0xD800 + ((code - 0x10000) >> 10) : code);
    out[1] = (uint16_t)(pair ? 0xDC00 + ((code - 0x10000) & 0x3FF) : 0);
    return pair ? 2 : 1;
}

uint64_t pel_utf16_units(pel_str text)
{
    uint16_t pair[2];
    uint64_t units = 0;
    for (unsigned n; (n = pel_utf16_next(&text, pair)) > 0;)
        units += n;
    return units;
}

void pel_append(char *out, size_t size, size_t *used, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool room = *used < size;
    int wanted = vsnprintf(room ? out + *used : NULL, room ? size - *used : 0, format, args);
    va_end(args);
    if (wanted > 0)
        *used += (size_t)wanted;
}

void pel_hex_text(pel_span bytes, char *out, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < bytes.size && at + 2 < size; i++) {
        out[at++] = digits[bytes.data[i] >> 4];
        out[at++] = digits[bytes.data[i] & 15];
    }
    out[at] = '\0';
}
