/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259), written as the events come: the memory does not grow with the document, and
 * integers keep all of their 64 bits. docs/decisions/json-writer.md has the numbers. */
#include <string.h>

#include "base/text.h"
#include "dump/emitter_priv.h"
#include "dump/escape.h"

typedef struct json_emitter {
    pel_emitter base;
    unsigned level; /* of indentation; the maps of enums and flags count, too */
    bool filled;    /* something stands already in what is open */
} json_emitter;

static json_emitter *json(pel_emitter *e) { return (json_emitter *)e; }

/* A new line and its indentation; behind a comma, or from new_lines + 1 on without. */
#define BLANKS_MOST 32

static const char new_lines[2 + BLANKS_MOST + 1] = ",\n                                ";

static void new_line(pel_emitter *e, bool comma)
{
    size_t left = 2 * (size_t)json(e)->level, n = left < BLANKS_MOST ? left : BLANKS_MOST;
    pel_emitter_put(e, comma ? new_lines : new_lines + 1, comma + 1 + n);
    while ((left -= n) > 0) {
        n = left < BLANKS_MOST ? left : BLANKS_MOST;
        pel_emitter_put(e, new_lines + 2, n);
    }
}

/* Text that needs no escapes, as most does, at once; false when there is no room. */
static bool put_plain(pel_emitter *e, pel_str text)
{
    char *to = pel_emitter_room(e, text.len + 2);
    if (!to)
        return false;
    to[0] = '"';
    memcpy(to + 1, text.ptr, text.len);
    to[text.len + 1] = '"';
    return true;
}

static void put_quoted(pel_emitter *e, pel_str text)
{
    char piece[512];
    if (text.len > 0 && pel_escape_none(text) && put_plain(e, text))
        return;
    pel_emitter_put(e, "\"", 1);
    for (size_t n; (n = pel_escape_some(PEL_ESCAPE_JSON, &text, piece, sizeof piece)) > 0;)
        pel_emitter_put(e, piece, n);
    pel_emitter_put(e, "\"", 1);
}

/* The same as `lead` at once, as it is for most values; false when that cannot be. */
static bool lead_plain(pel_emitter *e, const char *key)
{
    size_t blanks = 2 * (size_t)json(e)->level, length = strlen(key);
    bool comma = json(e)->filled;
    if (blanks == 0 || blanks > BLANKS_MOST || !pel_escape_none((pel_str){ key, length }))
        return false;
    size_t before = comma + 1 + blanks;
    char *to = pel_emitter_room(e, before + 1 + length + 3);
    if (!to)
        return false;
    memcpy(to, comma ? new_lines : new_lines + 1, before);
    to += before;
    *to++ = '"';
    memcpy(to, key, length);
    memcpy(to + length, "\": ", 3);
    json(e)->filled = true;
    return true;
}

/* What comes before every value: comma, indentation, key. */
static void lead(pel_emitter *e, const char *key)
{
    if (key && lead_plain(e, key))
        return;
    if (json(e)->level)
        new_line(e, json(e)->filled);
    if (key) {
        put_quoted(e, pel_str_of(key));
        pel_emitter_put(e, ": ", 2);
    }
    json(e)->filled = true;
}

static void begin(pel_emitter *e, const char *key, const char *bracket)
{
    lead(e, key);
    pel_emitter_put(e, bracket, 1);
    json(e)->level++;
    json(e)->filled = false;
}

static void end(pel_emitter *e, const char *bracket)
{
    json(e)->level--;
    if (json(e)->filled)
        new_line(e, false);
    pel_emitter_put(e, bracket, 1);
    json(e)->filled = true;
}

static void json_map_begin(pel_emitter *e, const char *key) { begin(e, key, "{"); }
static void json_map_end(pel_emitter *e) { end(e, "}"); }
static void json_seq_begin(pel_emitter *e, const char *key) { begin(e, key, "["); }
static void json_seq_end(pel_emitter *e) { end(e, "]"); }

static void put_bare(pel_emitter *e, const char *key, const char *token)
{
    lead(e, key);
    pel_emitter_puts(e, token);
}

static void json_number(pel_emitter *e, const char *key, uint64_t value, pel_radix radix)
{
    bool as_string = radix == PEL_RADIX_HEX && e->options->hex;
    char digits[PEL_SCALAR_TEXT];
    bool plain = radix == PEL_RADIX_HEX && !as_string;
    size_t size = pel_number_text(value, plain ? PEL_RADIX_DEC : radix, 0, digits);
    lead(e, key);
    if (as_string)
        put_quoted(e, (pel_str){ digits, size });
    else
        pel_emitter_put(e, digits, size);
}

static void json_real(pel_emitter *e, const char *key, double value)
{
    char digits[PEL_SCALAR_TEXT];
    put_bare(e, key, pel_real_text(value, PEL_DECIMALS, digits) ? digits : "null");
}

static void json_boolean(pel_emitter *e, const char *key, bool value)
{
    put_bare(e, key, value ? "true" : "false");
}

static void json_null(pel_emitter *e, const char *key) { put_bare(e, key, "null"); }

static void json_text(pel_emitter *e, const char *key, pel_str value)
{
    lead(e, key);
    put_quoted(e, value);
}

static void put_string(pel_emitter *e, const char *key, const char *value)
{
    if (value)
        json_text(e, key, pel_str_of(value));
    else
        json_null(e, key);
}

static void json_named(pel_emitter *e, const char *key, uint64_t value, const char *name)
{
    begin(e, key, "{");
    json_number(e, "value", value, PEL_RADIX_HEX);
    put_string(e, "name", name);
    end(e, "}");
}

static void json_flags(pel_emitter *e, const char *key, uint64_t value, const pel_names *names)
{
    begin(e, key, "{");
    json_number(e, "value", value, PEL_RADIX_HEX);
    begin(e, "names", "[");
    const char *name;
    for (size_t i = 0; (name = pel_flags_next(names, value, &i)) != NULL;)
        put_string(e, NULL, name);
    end(e, "]");
    json_number(e, "unknown", pel_flags_unknown(names, value), PEL_RADIX_HEX);
    end(e, "}");
}

static void json_time(pel_emitter *e, const char *key, uint64_t value)
{
    char utc[PEL_SCALAR_TEXT];
    begin(e, key, "{");
    json_number(e, "value", value, PEL_RADIX_HEX);
    put_string(e, "utc", pel_time_text(value, utc) ? utc : NULL);
    end(e, "}");
}

static void json_close(pel_emitter *e)
{
    if (json(e)->filled)
        pel_emitter_put(e, "\n", 1);
}

const pel_emitter_format pel_json_format = {
    .ops = {
        .map_begin = json_map_begin,
        .map_end = json_map_end,
        .seq_begin = json_seq_begin,
        .seq_end = json_seq_end,
        .number = json_number,
        .real = json_real,
        .boolean = json_boolean,
        .null = json_null,
        .text = json_text,
        .named = json_named,
        .flags = json_flags,
        .time = json_time,
        .close = json_close,
    },
    .size = sizeof(json_emitter),
};
