/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_PHRASE_H
#define PEL_BASE_PHRASE_H

/* Words and numbers one behind the other, for what a document has a million of: pel_append says
 * more things, and takes five times as long. */

#include <pelorus/base.h>
#include <string.h>

/** `out`, of `size` bytes, always ends with a zero once something was said, unless `size` is 0.
 * `used` grows by the length that all of it wants, so truncation shows at the end. */
typedef struct pel_phrase {
    char *out;
    size_t size, used;
} pel_phrase;

static inline void pel_say_str(pel_phrase *p, pel_str text)
{
    size_t room = p->used < p->size ? p->size - 1 - p->used : 0;
    size_t n = text.len < room ? text.len : room;
    if (n > 0)
        memcpy(p->out + p->used, text.ptr, n);
    if (p->used < p->size)
        p->out[p->used + n] = '\0';
    p->used += text.len;
}

static inline void pel_say(pel_phrase *p, const char *text)
{
    pel_say_str(p, (pel_str){ text, strlen(text) });
}

/** "0x1f", with zeros up to `least` digits. */
void pel_say_hex(pel_phrase *p, uint64_t value, unsigned least);

/** "31". */
void pel_say_dec(pel_phrase *p, uint64_t value);

/* ---- digits ------------------------------------------------------------ */

/* Digits of the largest number. */
#define PEL_DIGITS 20

/** `value` in digits of `base`, 10 or 16, with zeros before it up to `least` of them, 1 to
 * PEL_DIGITS. Their number; no zero is added at the end. */
size_t pel_digits(uint64_t value, unsigned base, unsigned least, char out[PEL_DIGITS]);

#endif
