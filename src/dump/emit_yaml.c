/* SPDX-License-Identifier: Apache-2.0 */
/* YAML 1.1 through libyaml, and the four things to know about libyaml 0.2.5:
 *
 *   (a) Left to choose, it writes the strings yes, null, ~ and 0x10 plain, and a reader takes
 *       them for a boolean, nothing and a number. So every string is in double quotes.
 *   (b) yaml_scalar_event_initialize fails on invalid UTF-8 and leaves the event as it was;
 *       emitting that can hang. So text is escaped first and the result always looked at.
 *   (c) It folds long scalars at 80 columns, in double quotes, too. So the width is -1.
 *   (d) yaml_emitter_emit destroys the event even when it fails. So it is never deleted here.
 *
 * Characters beyond ASCII are left to libyaml to escape, for it would let bidirectional
 * overrides through. libyaml takes its memory from the C library. */
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/text.h"
#include "dump/emitter_priv.h"
#include "dump/escape.h"

typedef struct yaml_writer {
    pel_emitter base;
    yaml_emitter_t yaml;
    bool begun;  /* the document is open */
    bool broken; /* libyaml failed: it must not be called again but to free it */
} yaml_writer;

static yaml_writer *writer(pel_emitter *e) { return (yaml_writer *)e; }

static void fail(pel_emitter *e, pel_status status)
{
    writer(e)->broken = true;
    pel_emitter_fail(e, status);
}

static int write_bytes(void *ctx, unsigned char *bytes, size_t size)
{
    pel_emitter *e = ctx;
    pel_emitter_put(e, (const char *)bytes, size);
    return !e->deaf;
}

/* Send an event that was initialised with result `made`. (b), (d) */
static void send(pel_emitter *e, yaml_event_t *event, int made)
{
    if (!made)
        fail(e, PEL_NO_MEMORY);
    else if (!yaml_emitter_emit(&writer(e)->yaml, event))
        fail(e, e->deaf ? e->status : PEL_NO_MEMORY);
}

/* ---- events of libyaml -------------------------------------------------- */

static void put_scalar(pel_emitter *e, const char *text, size_t size, yaml_scalar_style_t style)
{
    if (writer(e)->broken)
        return;
    if (size > INT32_MAX) { /* libyaml counts in int */
        pel_emitter_fail(e, PEL_LIMIT);
        text = "", size = 0;
    }
    yaml_event_t event;
    int plain = style == YAML_PLAIN_SCALAR_STYLE;
    int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                            (int)size, plain, !plain, style);
    send(e, &event, made);
}

static void put_plain(pel_emitter *e, const char *token)
{
    put_scalar(e, token, strlen(token), YAML_PLAIN_SCALAR_STYLE);
}

static void put_quoted(pel_emitter *e, pel_str value)
{
    size_t size = pel_escape_size(PEL_ESCAPE_VALUE, value);
    if (size == value.len) {
        put_scalar(e, value.len ? value.ptr : "", size, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
        return;
    }
    char *escaped = pel_take(&e->allocator, size);
    if (!escaped) {
        fail(e, PEL_NO_MEMORY);
        return;
    }
    pel_escape_some(PEL_ESCAPE_VALUE, &value, escaped, size);
    put_scalar(e, escaped, size, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    pel_give(&e->allocator, escaped, size);
}

/* Words that YAML 1.1 takes for a boolean or for nothing, in small letters. */
static bool reserved(const char *word)
{
    static const char *const words[] = {
        "y", "n", "yes", "no", "on", "off", "true", "false", "null"
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = 0;
        while (word[n] && (word[n] | 0x20) == words[i][n])
            n++;
        if (word[n] == '\0' && words[i][n] == '\0')
            return true;
    }
    return false;
}

static bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/* Keys are ours, and as a rule words that can stand plain. */
static bool plain_key(const char *key)
{
    for (const char *c = key; *c; c++)
        if (!is_letter(*c) && (c == key || (*c != '_' && (*c < '0' || *c > '9'))))
            return false;
    return *key && !reserved(key);
}

static void put_key(pel_emitter *e, const char *key)
{
    if (key && plain_key(key))
        put_plain(e, key);
    else if (key)
        put_quoted(e, pel_str_of(key));
}

static void open_document(pel_emitter *e)
{
    yaml_event_t event;
    if (writer(e)->begun || writer(e)->broken)
        return;
    writer(e)->begun = true;
    /* The "---" is written out, so that documents can follow each other in one stream. */
    send(e, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 0));
}

static void lead(pel_emitter *e, const char *key)
{
    open_document(e);
    put_key(e, key);
}

/* ---- our events --------------------------------------------------------- */

static void yaml_map_begin(pel_emitter *e, const char *key)
{
    yaml_event_t event;
    lead(e, key);
    if (!writer(e)->broken)
        send(e, &event,
             yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

static void yaml_map_end(pel_emitter *e)
{
    yaml_event_t event;
    if (!writer(e)->broken)
        send(e, &event, yaml_mapping_end_event_initialize(&event));
}

static void yaml_seq_begin(pel_emitter *e, const char *key)
{
    yaml_event_t event;
    lead(e, key);
    if (!writer(e)->broken)
        send(
            e, &event,
            yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
}

static void yaml_seq_end(pel_emitter *e)
{
    yaml_event_t event;
    if (!writer(e)->broken)
        send(e, &event, yaml_sequence_end_event_initialize(&event));
}

static void yaml_number(pel_emitter *e, const char *key, uint64_t value, pel_radix radix)
{
    char digits[PEL_SCALAR_TEXT];
    pel_number_text(value, radix, 0, digits);
    lead(e, key);
    put_plain(e, digits);
}

static void yaml_real(pel_emitter *e, const char *key, double value)
{
    char digits[PEL_SCALAR_TEXT];
    lead(e, key);
    put_plain(e, pel_real_text(value, PEL_DECIMALS, digits) ? digits : "null");
}

static void yaml_boolean(pel_emitter *e, const char *key, bool value)
{
    lead(e, key);
    put_plain(e, value ? "true" : "false");
}

static void yaml_null(pel_emitter *e, const char *key)
{
    lead(e, key);
    put_plain(e, "null");
}

static void yaml_text(pel_emitter *e, const char *key, pel_str value)
{
    lead(e, key);
    put_quoted(e, value);
}

static void put_string(pel_emitter *e, const char *key, const char *value)
{
    if (value)
        yaml_text(e, key, pel_str_of(value));
    else
        yaml_null(e, key);
}

static void yaml_named(pel_emitter *e, const char *key, uint64_t value, const char *name)
{
    yaml_map_begin(e, key);
    yaml_number(e, "value", value, PEL_RADIX_HEX);
    put_string(e, "name", name);
    yaml_map_end(e);
}

static void yaml_flags(pel_emitter *e, const char *key, uint64_t value, const pel_names *names)
{
    yaml_map_begin(e, key);
    yaml_number(e, "value", value, PEL_RADIX_HEX);
    yaml_seq_begin(e, "names");
    const char *name;
    for (size_t i = 0; (name = pel_flags_next(names, value, &i)) != NULL;)
        put_string(e, NULL, name);
    yaml_seq_end(e);
    yaml_number(e, "unknown", pel_flags_unknown(names, value), PEL_RADIX_HEX);
    yaml_map_end(e);
}

static void yaml_time(pel_emitter *e, const char *key, uint64_t value)
{
    char utc[PEL_SCALAR_TEXT];
    yaml_map_begin(e, key);
    yaml_number(e, "value", value, PEL_RADIX_HEX);
    put_string(e, "utc", pel_time_text(value, utc) ? utc : NULL);
    yaml_map_end(e);
}

static void yaml_close(pel_emitter *e)
{
    yaml_event_t event;
    if (writer(e)->begun && !writer(e)->broken)
        send(e, &event, yaml_document_end_event_initialize(&event, 1));
    if (!writer(e)->broken)
        send(e, &event, yaml_stream_end_event_initialize(&event));
}

/* ---- life -------------------------------------------------------------- */

static pel_status yaml_start(pel_emitter *e)
{
    yaml_writer *w = writer(e);
    yaml_event_t event;
    if (!yaml_emitter_initialize(&w->yaml))
        return PEL_NO_MEMORY;
    yaml_emitter_set_output(&w->yaml, write_bytes, e);
    yaml_emitter_set_width(&w->yaml, -1); /* (c) */
    send(e, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    if (e->status != PEL_OK)
        yaml_emitter_delete(&w->yaml);
    return e->status;
}

static void yaml_finish(pel_emitter *e) { yaml_emitter_delete(&writer(e)->yaml); }

const pel_emitter_format pel_yaml_format = {
    .ops = {
        .map_begin = yaml_map_begin,
        .map_end = yaml_map_end,
        .seq_begin = yaml_seq_begin,
        .seq_end = yaml_seq_end,
        .number = yaml_number,
        .real = yaml_real,
        .boolean = yaml_boolean,
        .null = yaml_null,
        .text = yaml_text,
        .named = yaml_named,
        .flags = yaml_flags,
        .time = yaml_time,
        .close = yaml_close,
    },
    .size = sizeof(yaml_writer),
    .start = yaml_start,
    .finish = yaml_finish,
};
