/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people. Scalars wait in a buffer of fixed size until it is known what they stand
 * with: the fields of a map are printed below each other, the elements of a sequence as the
 * rows of a table as long as they are flat maps with the same keys, and a sequence of scalars
 * is one line. This file makes the scalars; text_flow.c decides what they become, and
 * text_layout.c and text_table.c print it. */
#include "base/text.h"
#include "dump/escape.h"
#include "dump/text_flow.h"

static pel_text_emitter *text_of(pel_emitter *e) { return (pel_text_emitter *)e; }

/* ---- scalars ------------------------------------------------------------ */

/* `text` escaped, as much of it as fits: where it is when it is `*plain` and needs no escape, else
 * in `room`. */
static pel_str escaped(pel_str text, char room[PEL_TEXT_LONG], bool *plain)
{
    *plain = text.len <= PEL_TEXT_LONG && pel_escape_none(text);
    if (*plain)
        return text;
    size_t size = pel_escape_some(PEL_ESCAPE_TEXT, &text, room, PEL_TEXT_LONG);
    return (pel_str){ room, size };
}

static pel_text_value value_of(const pel_emitter *e, uint64_t number, pel_radix radix,
                               char digits[PEL_SCALAR_TEXT])
{
    size_t size = pel_number_text(number, radix, e->digits, digits);
    return (pel_text_value){
        .raw = { digits, size }, .raw_plain = true, .number = true, .nothing = number == 0
    };
}

static void text_number(pel_emitter *e, const char *key, uint64_t number, pel_radix radix)
{
    char digits[PEL_SCALAR_TEXT];
    pel_text_value v = value_of(e, number, radix, digits);
    pel_text_put(text_of(e), key, &v);
}

static void text_null(pel_emitter *e, const char *key)
{
    pel_text_value v = { .raw = pel_str_of("-"), .raw_plain = true, .nothing = true };
    pel_text_put(text_of(e), key, &v);
}

static void text_real(pel_emitter *e, const char *key, double real)
{
    char digits[PEL_SCALAR_TEXT];
    pel_text_value v = { .number = true };
    if (!pel_real_text(real, PEL_TEXT_DECIMALS, digits)) {
        text_null(e, key);
        return;
    }
    v.raw = pel_str_of(digits);
    pel_text_put(text_of(e), key, &v);
}

static void text_boolean(pel_emitter *e, const char *key, bool truth)
{
    pel_text_value v = { .raw = pel_str_of(truth ? "true" : "false") };
    pel_text_put(text_of(e), key, &v);
}

static void text_text(pel_emitter *e, const char *key, pel_str text)
{
    char room[PEL_TEXT_LONG];
    pel_text_value v = { .raw = pel_str_of("\"\"") };
    if (text.len)
        v.raw = escaped(text, room, &v.raw_plain);
    if (v.raw.ptr == room && pel_escape_size(PEL_ESCAPE_TEXT, text) > v.raw.len)
        pel_text_put_long(text_of(e), key, text);
    else
        pel_text_put(text_of(e), key, &v);
}

static void text_named(pel_emitter *e, const char *key, uint64_t number, const char *name)
{
    char digits[PEL_SCALAR_TEXT], room[PEL_TEXT_LONG];
    pel_text_value v = value_of(e, number, PEL_RADIX_HEX, digits);
    v.meaning = escaped(pel_str_of(name ? name : "(unknown)"), room, &v.meaning_plain);
    pel_text_put(text_of(e), key, &v);
}

static void text_flags(pel_emitter *e, const char *key, uint64_t number, const pel_names *names)
{
    char digits[PEL_SCALAR_TEXT];
    pel_text_value v = value_of(e, number, PEL_RADIX_HEX, digits);
    v.names = names;
    v.flags = number;
    pel_text_put(text_of(e), key, &v);
}

static void text_time(pel_emitter *e, const char *key, uint64_t number)
{
    char digits[PEL_SCALAR_TEXT], utc[PEL_SCALAR_TEXT];
    pel_text_value v = value_of(e, number, PEL_RADIX_HEX, digits);
    if (pel_time_text(number, utc))
        v.meaning = pel_str_of(utc);
    pel_text_put(text_of(e), key, &v);
}

/* ---- the rest ----------------------------------------------------------- */

static void text_map_begin(pel_emitter *e, const char *key)
{
    pel_text_begin(text_of(e), key, false);
}
static void text_seq_begin(pel_emitter *e, const char *key)
{
    pel_text_begin(text_of(e), key, true);
}
static void text_end(pel_emitter *e) { pel_text_end(text_of(e)); }
static void text_close(pel_emitter *e) { pel_text_flush(text_of(e)); }

const pel_emitter_format pel_text_format = {
    .ops = {
        .map_begin = text_map_begin,
        .map_end = text_end,
        .seq_begin = text_seq_begin,
        .seq_end = text_end,
        .number = text_number,
        .real = text_real,
        .boolean = text_boolean,
        .null = text_null,
        .text = text_text,
        .named = text_named,
        .flags = text_flags,
        .time = text_time,
        .close = text_close,
    },
    .size = sizeof(pel_text_emitter),
};
