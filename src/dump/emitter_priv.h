/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_EMITTER_PRIV_H
#define PEL_DUMP_EMITTER_PRIV_H

/* Between the front (emitter.c) and the formats (emit_*.c). A new format is one file with one
 * pel_emitter_format, and one row in emitter.c. */

#include <string.h>

#include "dump/emitter.h"

/** What there is to know about a format. Its own struct begins with a pel_emitter and is
 *  zeroed at the start. A format sees balanced events only, and none after a failure but those
 *  that end the document. */
typedef struct pel_emitter_format {
    pel_emitter_ops ops;
    size_t size;                         /* of the format's own struct */
    pel_status (*start)(pel_emitter *e); /* NULL: nothing to do */
    void (*finish)(pel_emitter *e);      /* frees what `start` took; NULL: nothing */
} pel_emitter_format;

extern const pel_emitter_format pel_json_format, pel_text_format, pel_yaml_format;

/** The same for what does not fit behind what is in the buffer. */
void pel_emitter_put_flushed(pel_emitter *e, const char *data, size_t size);

/** Write to the sink, by way of the buffer. The first failure of the sink is latched. `data` may be
 *  NULL when there is none of it, as in a text that is not there. */
static inline void pel_emitter_put(pel_emitter *e, const char *data, size_t size)
{
    if (size > sizeof e->buffer - e->used) {
        pel_emitter_put_flushed(e, data, size);
        return;
    }
    if (size > 0)
        memcpy(e->buffer + e->used, data, size);
    e->used += size;
}

/** Room for `size` bytes, which are to be filled, in the buffer; NULL when that is smaller. */
static inline char *pel_emitter_room(pel_emitter *e, size_t size)
{
    if (size > sizeof e->buffer)
        return NULL;
    if (size > sizeof e->buffer - e->used)
        pel_emitter_put_flushed(e, NULL, 0);
    e->used += size;
    return e->buffer + e->used - size;
}

/** The same for a C string. */
void pel_emitter_puts(pel_emitter *e, const char *text);

/* ---- scalars as characters, the same in every format -------------------- */

/* Room for any of them, with the zero. */
#define PEL_SCALAR_TEXT 64

/** "1234" or "0x4d2", padded with zeros to `digits` (16 at most) when hexadecimal. The number of
 *  characters. */
size_t pel_number_text(uint64_t value, pel_radix radix, unsigned digits, char out[PEL_SCALAR_TEXT]);

/** "5.25": `decimals` of them at most (1 to 6) and one at least, whatever the locale. False when
 *  `value` is too large for that, infinite or no number. */
bool pel_real_text(double value, unsigned decimals, char out[PEL_SCALAR_TEXT]);

/* Decimals for programs and for people. */
#define PEL_DECIMALS      6
#define PEL_TEXT_DECIMALS 3

/** "2024-02-29T23:59:59Z". False for 0 and 0xffffffff, which mean "no time" in PE files, and for
 *  what lies after the year 9999. */
bool pel_time_text(uint64_t seconds, char out[PEL_SCALAR_TEXT]);

/** The next name from item `*i` on that `value` has set, or NULL. */
const char *pel_flags_next(const pel_names *names, uint64_t value, size_t *i);

/** The bits of `value` that no name accounts for. */
uint64_t pel_flags_unknown(const pel_names *names, uint64_t value);

#endif
