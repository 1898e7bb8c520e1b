/* SPDX-License-Identifier: Apache-2.0 */
/* The front of all formats: latched failure, depth, `only`, and structures by their tables. */
#include "dump/emitter_priv.h"

#include <inttypes.h>
#include <pelorus/debug.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* ---- output ------------------------------------------------------------ */

static void write_out(pel_emitter *e, const char *data, size_t size)
{
    if (e->deaf || size == 0)
        return;
    pel_status st = e->sink.write(e->sink.ctx, data, size);
    if (st != PEL_OK) {
        e->deaf = true;
        pel_emitter_fail(e, st);
    }
}

static void flush(pel_emitter *e)
{
    write_out(e, e->buffer, e->used);
    e->used = 0;
}

void pel_emitter_put_flushed(pel_emitter *e, const char *data, size_t size)
{
    flush(e);
    if (size > sizeof e->buffer)
        write_out(e, data, size);
    else
        pel_emitter_put(e, data, size);
}

void pel_emitter_puts(pel_emitter *e, const char *text) { pel_emitter_put(e, text, strlen(text)); }

/* ---- the front --------------------------------------------------------- */

static bool is_map(const pel_emitter *e) { return e->depth && e->maps >> (e->depth - 1) & 1; }

/* Whether a key of the document's root is to be shown. `schema` says what the rest of a document
 * is, so it always is; people who read text need not be told. */
static bool listed(pel_emitter *e, const char *key)
{
    const pel_dump_options *options = e->options;
    if (strcmp(key, "schema") == 0)
        return options->format != PEL_FORMAT_TEXT;
    for (size_t i = 0; i < options->only_count; i++) {
        if (strcmp(options->only[i], key) == 0) {
            e->keys_found |= i < 64 ? (uint64_t)1 << i : 0;
            return true;
        }
    }
    return options->only == NULL;
}

/* A key that was asked for and is not in the document: as a rule mistyped. */
static bool key_missing(const pel_emitter *e)
{
    for (size_t i = 0; i < e->options->only_count && i < 64; i++)
        if (!(e->keys_found >> i & 1) && strcmp(e->options->only[i], "schema") != 0)
            return true;
    return false;
}

/* Whether an event goes on to the format. An event that cannot stand where it is would spoil
 * the document: a fault of the walker, latched. */
static bool passes(pel_emitter *e, const char *key)
{
    if (e->status == PEL_OK && ((key != NULL) != is_map(e) || (e->depth == 0 && e->begun)))
        e->status = PEL_BAD_ARG;
    e->begun = true;
    if (e->status != PEL_OK || e->muted)
        return false;
    return e->depth != 1 || !key || listed(e, key);
}

static bool enter(pel_emitter *e, const char *key, bool map)
{
    bool shown = passes(e, key);
    if (e->status == PEL_OK && e->depth == PEL_EMITTER_DEPTH)
        e->status = PEL_LIMIT;
    if (e->status != PEL_OK)
        return false;
    uint64_t bit = (uint64_t)1 << e->depth;
    e->maps = map ? e->maps | bit : e->maps & ~bit;
    e->depth++;
    if (!shown && !e->muted)
        e->muted = e->depth;
    return shown;
}

static bool leave(pel_emitter *e, bool map)
{
    if (e->status == PEL_OK && (e->depth == 0 || is_map(e) != map))
        e->status = PEL_BAD_ARG;
    if (e->status != PEL_OK)
        return false;
    bool shown = !e->muted;
    if (e->muted == e->depth)
        e->muted = 0;
    e->depth--;
    return shown;
}

/* What was said of the scalar that is past does not hold for the next. */
static void forget(pel_emitter *e)
{
    e->offset = PEL_NO_OFFSET;
    e->digits = 0;
}

static void front_map_begin(pel_emitter *e, const char *key)
{
    if (enter(e, key, true))
        e->format->ops.map_begin(e, key);
    forget(e);
}

static void front_map_end(pel_emitter *e)
{
    if (leave(e, true))
        e->format->ops.map_end(e);
}

static void front_seq_begin(pel_emitter *e, const char *key)
{
    if (enter(e, key, false))
        e->format->ops.seq_begin(e, key);
    forget(e);
}

static void front_seq_end(pel_emitter *e)
{
    if (leave(e, false))
        e->format->ops.seq_end(e);
}

static void front_number(pel_emitter *e, const char *key, uint64_t value, pel_radix radix)
{
    if (passes(e, key))
        e->format->ops.number(e, key, value, radix);
    forget(e);
}

static void front_real(pel_emitter *e, const char *key, double value)
{
    if (passes(e, key))
        e->format->ops.real(e, key, value);
    forget(e);
}

static void front_boolean(pel_emitter *e, const char *key, bool value)
{
    if (passes(e, key))
        e->format->ops.boolean(e, key, value);
    forget(e);
}

static void front_null(pel_emitter *e, const char *key)
{
    if (passes(e, key))
        e->format->ops.null(e, key);
    forget(e);
}

static void front_text(pel_emitter *e, const char *key, pel_str value)
{
    if (passes(e, key))
        e->format->ops.text(e, key, value);
    forget(e);
}

static void front_named(pel_emitter *e, const char *key, uint64_t value, const char *name)
{
    if (passes(e, key))
        e->format->ops.named(e, key, value, name);
    forget(e);
}

static void front_flags(pel_emitter *e, const char *key, uint64_t value, const pel_names *names)
{
    if (passes(e, key))
        e->format->ops.flags(e, key, value, names);
    forget(e);
}

static void front_time(pel_emitter *e, const char *key, uint64_t value)
{
    if (passes(e, key))
        e->format->ops.time(e, key, value);
    forget(e);
}

static void front_close(pel_emitter *e)
{
    e->format->ops.close(e);
    flush(e);
}

static const pel_emitter_ops front = {
    .map_begin = front_map_begin,
    .map_end = front_map_end,
    .seq_begin = front_seq_begin,
    .seq_end = front_seq_end,
    .number = front_number,
    .real = front_real,
    .boolean = front_boolean,
    .null = front_null,
    .text = front_text,
    .named = front_named,
    .flags = front_flags,
    .time = front_time,
    .close = front_close,
};

/* ---- life -------------------------------------------------------------- */

static const pel_dump_options no_options;

static const pel_emitter_format *format_of(pel_format format)
{
    switch (format) {
    case PEL_FORMAT_TEXT: return &pel_text_format;
    case PEL_FORMAT_JSON: return &pel_json_format;
    case PEL_FORMAT_YAML: return &pel_yaml_format;
    }
    return NULL;
}

pel_status pel_emitter_new(const pel_dump_options *options, pel_sink sink, pel_emitter **out)
{
    *out = NULL;
    options = options ? options : &no_options;
    const pel_emitter_format *format = format_of(options->format);
    if (!format || !sink.write)
        return PEL_BAD_ARG;
    pel_allocator allocator = pel_allocator_or_default(options->allocator);
    pel_emitter *e = pel_take(&allocator, format->size);
    if (!e)
        return PEL_NO_MEMORY;
    e->ops = &front;
    e->options = options;
    e->sink = sink;
    e->offset = PEL_NO_OFFSET;
    e->format = format;
    e->allocator = allocator;
    pel_status st = format->start ? format->start(e) : PEL_OK;
    if (st != PEL_OK)
        pel_give(&allocator, e, format->size);
    else
        *out = e;
    return st;
}

pel_status pel_emitter_close(pel_emitter *e)
{
    if (!e)
        return PEL_OK;
    pel_status first = e->status;
    e->status = e->deaf ? first : PEL_OK;
    while (e->depth && e->status == PEL_OK) {
        if (is_map(e))
            front_map_end(e);
        else
            front_seq_end(e);
    }
    front_close(e);
    pel_status st = first != PEL_OK ? first : e->status;
    if (st == PEL_OK && key_missing(e))
        st = PEL_NOT_FOUND;
    if (e->format->finish)
        e->format->finish(e);
    pel_allocator allocator = e->allocator;
    pel_give(&allocator, e, e->format->size);
    return st;
}

/* ---- scalars made of others -------------------------------------------- */

void pel_emit_string(pel_emitter *e, const char *key, const char *value)
{
    if (value)
        pel_emit_text(e, key, pel_str_of(value));
    else
        pel_emit_null(e, key);
}

void pel_emit_ntstatus(pel_emitter *e, const char *key, pel_ntstatus status)
{
    char number[PEL_SCALAR_TEXT];
    snprintf(number, sizeof number, "0x%08" PRIX32, status);
    const char *name = pel_ntstatus_name(status);
    pel_emit_string(e, key, name ? name : number);
}

void pel_emit_enum(pel_emitter *e, const char *key, uint64_t value, const pel_names *names)
{
    const pel_name *found = value <= UINT32_MAX ? pel_names_find(names, (uint32_t)value) : NULL;
    pel_emit_named(e, key, value, found ? found->name : NULL);
}

/* ---- structures -------------------------------------------------------- */

/* Zeros at the end are padding, or blanks; those before are bytes of the name like any other. */
static void emit_text_field(pel_emitter *e, const char *key, const pel_field *f, const void *from)
{
    const char *text = (const char *)from + f->offset;
    char padding = f->show == PEL_SHOW_PADDED ? ' ' : '\0', guid[PEL_GUID_TEXT];
    size_t len = f->count;
    if (f->show == PEL_SHOW_GUID) {
        pel_guid_format((const uint8_t *)text, guid);
        pel_emit_string(e, key, guid);
        return;
    }
    while (len && text[len - 1] == padding)
        len--;
    pel_emit_text(e, key, (pel_str){ .ptr = text, .len = len });
}

void pel_emit_bytes(pel_emitter *e, const char *key, pel_span bytes)
{
    char text[2 * PEL_EMIT_BYTES + 1] = "";
    size_t used = 0;
    for (size_t i = 0; i < bytes.size && i < PEL_EMIT_BYTES; i++)
        pel_append(text, sizeof text, &used, "%02x", bytes.data[i]);
    pel_emit_string(e, key, bytes.size ? text : NULL);
}

static void emit_bytes_field(pel_emitter *e, const char *key, const pel_field *f, const void *from)
{
    pel_emit_bytes(e, key, (pel_span){ (const uint8_t *)from + f->offset, f->count });
}

/* With the sign of the field's own width. */
static int64_t extended(const pel_field *f, uint64_t value)
{
    uint64_t sign = (uint64_t)1 << (8 * pel_field_wire(f, true) - 1);
    return (int64_t)((value ^ sign) - sign);
}

static void emit_element(pel_emitter *e, const char *key, const pel_field *f, uint64_t value)
{
    switch (f->show) {
    case PEL_SHOW_DEC: pel_emit_dec(e, key, value); break;
    case PEL_SHOW_BOOL: pel_emit_boolean(e, key, value != 0); break;
    case PEL_SHOW_SIGNED: pel_emit_signed(e, key, extended(f, value)); break;
    case PEL_SHOW_ENUM: pel_emit_enum(e, key, value, f->names); break;
    case PEL_SHOW_FLAGS: pel_emit_flags(e, key, value, f->names); break;
    case PEL_SHOW_TIME: pel_emit_time(e, key, value); break;
    case PEL_SHOW_HEX:
    case PEL_SHOW_TEXT:
    case PEL_SHOW_PADDED:
    case PEL_SHOW_GUID:
    case PEL_SHOW_BYTES: pel_emit_hex(e, key, value); break;
    case PEL_SHOW_PAD: break;
    }
}

/* `at` is the file offset of the field, or PEL_NO_OFFSET. */
static void emit_field(pel_emitter *e, const char *key, const pel_structure *s, const pel_field *f,
                       uint64_t at)
{
    unsigned wire = pel_field_wire(f, s->wide);
    if (f->show >= PEL_SHOW_TEXT && wire == 1) {
        e->offset = at;
        if (f->show == PEL_SHOW_BYTES)
            emit_bytes_field(e, key, f, s->fields);
        else
            emit_text_field(e, key, f, s->fields);
        return;
    }
    if (f->count > 1)
        pel_emit_seq_begin(e, key);
    for (uint32_t i = 0; i < f->count; i++) {
        e->offset = at == PEL_NO_OFFSET ? at : at + (uint64_t)i * wire;
        e->digits = 2 * wire;
        emit_element(e, f->count > 1 ? NULL : key, f, pel_field_get(f, s->fields, i));
    }
    if (f->count > 1)
        pel_emit_seq_end(e);
}

void pel_emit_structure(pel_emitter *e, const pel_structure *structure)
{
    pel_emit_structure_as(e, structure, NULL, NULL);
}

void pel_emit_structure_as(pel_emitter *e, const pel_structure *structure, const char *name,
                           const char *key)
{
    size_t pos = 0; /* of the field, from the start of the structure */
    for (size_t i = 0; i < structure->schema->field_count; i++) {
        const pel_field *f = &structure->schema->fields[i];
        size_t size = (size_t)pel_field_wire(f, structure->wide) * f->count;
        if (size == 0)
            continue;
        bool placed = structure->offset.v != PEL_NO_OFFSET;
        pos += pel_field_span(f, structure->wide);
        const char *as = name && strcmp(f->name, name) == 0 ? key : f->name;
        if (f->show == PEL_SHOW_PAD)
            continue;
        if (pos <= structure->available)
            emit_field(e, as, structure, f,
                       placed ? structure->offset.v + pos - size : PEL_NO_OFFSET);
        else
            pel_emit_null(e, as);
    }
}
