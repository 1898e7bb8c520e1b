/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_TEXT_H
#define PEL_BASE_TEXT_H

/* Text from hostile files, and text put together in fixed buffers. */

#include <pelorus/base.h>

/** The text of a C string, borrowed. */
pel_str pel_str_of(const char *c_string);

/** The text in `bytes` up to the first zero, or all of it. */
pel_str pel_str_in(pel_span bytes);

/** Compare as strcmp does, but ASCII letters without regard to case. */
int pel_compare_nocase(pel_str a, pel_str b);

/** Length of the well-formed UTF-8 sequence at the start of `s`, 1 to 4, or 0 when there is none:
 *  no overlong forms, no surrogates, nothing above U+10FFFF. `*code` is the code point. */
size_t pel_utf8(pel_str s, uint32_t *code);

/** Take the next character of `*text` as UTF-16: 1 or 2 units in `out`, 0 at the end. What is no
 *  UTF-8 becomes U+FFFD. */
unsigned pel_utf16_next(pel_str *text, uint16_t out[2]);

/** How many units of UTF-16 `text` has. */
uint64_t pel_utf16_units(pel_str text);

/** Write `bytes` in lower-case hexadecimal: as many as fit in `size` bytes with the zero. */
void pel_hex_text(pel_span bytes, char *out, size_t size);

/** Append printf-style to `out`, of `size` bytes, where `*used` bytes are written already. `*used`
 *  grows by the length that it wants, as snprintf counts, so truncation shows at the end. */
void pel_append(char *out, size_t size, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
