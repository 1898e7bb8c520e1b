/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

typedef struct reader {
    yaml_parser_t parser;
    pel_span text;
    pel_arena *arena;
    pel_yaml_error *error;
    pel_yaml *open[PEL_YAML_MAX_DEPTH]; /* lists and maps that have not ended */
    pel_yaml *key[PEL_YAML_MAX_DEPTH];  /* of those: the key that waits for its value */
    size_t depth;
    pel_yaml *root;
} reader;

static pel_status fail(reader *r, yaml_mark_t where, pel_status status, const char *message)
{
    r->error->line = where.line + 1;
    r->error->column = where.column + 1;
    snprintf(r->error->message, sizeof r->error->message, "%s", message);
    return status;
}

/* Where byte `offset` of the text is. */
static yaml_mark_t mark_of(pel_span text, size_t offset)
{
    yaml_mark_t mark = { .index = offset };
    for (size_t i = 0; i < offset && i < text.size; i++) {
        bool newline = text.data[i] == '\n';
        mark.line += newline;
        mark.column = newline ? 0 : mark.column + 1;
    }
    return mark;
}

/* libyaml says what it was doing and what went wrong; the second is what helps. Of a bad character
 * it knows the offset only. */
static pel_status parser_failed(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return fail(r, p->mark, PEL_NO_MEMORY, "out of memory");
    yaml_mark_t where =
        p->error == YAML_READER_ERROR ? mark_of(r->text, p->problem_offset) : p->problem_mark;
    return fail(r, where, PEL_MALFORMED, p->problem ? p->problem : "not YAML");
}

/* ---- the tree ---------------------------------------------------------- */

static void append_child(pel_yaml *parent, pel_yaml *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

static bool same_text(const pel_yaml *a, const pel_yaml *b)
{
    return a->text.len == b->text.len && memcmp(a->text.ptr, b->text.ptr, a->text.len) == 0;
}

/* More keys than any honest map has; it keeps the search for double keys short. */
#define MAX_KEYS 1024u

static pel_status take_key(reader *r, pel_yaml *map, pel_yaml *key, yaml_mark_t where)
{
    if (key->kind != PEL_YAML_SCALAR)
        return fail(r, where, PEL_MALFORMED, "a key must be a single word");
    if (map->count >= MAX_KEYS)
        return fail(r, where, PEL_LIMIT, "too many keys in one place");
    for (const pel_yaml *v = map->first; v; v = v->next)
        if (same_text(v->key, key))
            return fail(r, where, PEL_MALFORMED, "this key is here twice");
    r->key[r->depth - 1] = key;
    return PEL_OK;
}

/* Put a node where it belongs: the root, the next item, a key or its value. */
static pel_status attach(reader *r, pel_yaml *node, yaml_mark_t where)
{
    if (r->depth == 0) {
        r->root = node;
        return PEL_OK;
    }
    pel_yaml *parent = r->open[r->depth - 1];
    if (parent->kind == PEL_YAML_MAP) {
        if (!r->key[r->depth - 1])
            return take_key(r, parent, node, where);
        node->key = r->key[r->depth - 1];
        r->key[r->depth - 1] = NULL;
    }
    append_child(parent, node);
    return PEL_OK;
}

static pel_status add_node(reader *r, pel_yaml_kind kind, yaml_mark_t where, pel_yaml **out)
{
    pel_yaml *node = pel_arena_take(r->arena, sizeof *node);
    *out = node;
    if (!node)
        return fail(r, where, PEL_NO_MEMORY, "out of memory");
    node->kind = kind;
    node->line = where.line + 1;
    node->column = where.column + 1;
    return PEL_OK;
}

static pel_status add_scalar(reader *r, const yaml_event_t *event)
{
    pel_yaml *node;
    PEL_TRY(add_node(r, PEL_YAML_SCALAR, event->start_mark, &node));
    size_t len = event->data.scalar.length;
    char *text = pel_arena_take(r->arena, len + 1);
    if (!text)
        return fail(r, event->start_mark, PEL_NO_MEMORY, "out of memory");
    memcpy(text, event->data.scalar.value, len);
    node->text = (pel_str){ text, len };
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return attach(r, node, event->start_mark);
}

static pel_status begin(reader *r, pel_yaml_kind kind, yaml_mark_t where)
{
    pel_yaml *node;
    if (r->depth == PEL_YAML_MAX_DEPTH)
        return fail(r, where, PEL_LIMIT, "nested too deeply");
    PEL_TRY(add_node(r, kind, where, &node));
    PEL_TRY(attach(r, node, where));
    r->open[r->depth] = node;
    r->key[r->depth++] = NULL;
    return PEL_OK;
}

/* ---- events ------------------------------------------------------------ */

/* Anchors and tags hang on values of every kind. */
static bool is_decorated(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    return anchor || tag;
}

static pel_status take_event(reader *r, const yaml_event_t *event)
{
    if (event->type == YAML_ALIAS_EVENT || is_decorated(event))
        return fail(r, event->start_mark, PEL_MALFORMED,
                    "anchors, aliases and tags are not supported");
    if (event->type == YAML_DOCUMENT_START_EVENT && r->root)
        return fail(r, event->start_mark, PEL_MALFORMED, "more than one document");
    if (event->type == YAML_SCALAR_EVENT)
        return add_scalar(r, event);
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return begin(r, PEL_YAML_LIST, event->start_mark);
    if (event->type == YAML_MAPPING_START_EVENT)
        return begin(r, PEL_YAML_MAP, event->start_mark);
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        r->depth--;
    return PEL_OK;
}

static pel_status read_events(reader *r)
{
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event))
            return parser_failed(r);
        end = event.type == YAML_STREAM_END_EVENT;
        pel_status st = take_event(r, &event);
        yaml_event_delete(&event);
        PEL_TRY(st);
    }
    return PEL_OK;
}

pel_status pel_yaml_parse(pel_span text, pel_arena *arena, pel_yaml **out, pel_yaml_error *error)
{
    reader r = { .text = text, .arena = arena, .error = error };
    *out = NULL;
    *error = (pel_yaml_error){ 0 };
    if (text.size > PEL_YAML_MAX_SIZE)
        return fail(&r, (yaml_mark_t){ 0 }, PEL_LIMIT, "too long");
    if (!yaml_parser_initialize(&r.parser))
        return fail(&r, (yaml_mark_t){ 0 }, PEL_NO_MEMORY, "out of memory");
    const unsigned char empty[] = "";
    yaml_parser_set_input_string(&r.parser, text.size ? text.data : empty, text.size);
    pel_status st = read_events(&r);
    yaml_parser_delete(&r.parser);
    if (st == PEL_OK)
        *out = r.root;
    return st;
}

/* ---- reading the tree -------------------------------------------------- */

const pel_yaml *pel_yaml_get(const pel_yaml *map, const char *key)
{
    if (!map || map->kind != PEL_YAML_MAP)
        return NULL;
    const pel_yaml *v = map->first;
    while (v && strcmp(v->key->text.ptr, key) != 0)
        v = v->next;
    return v;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* All of `text` as digits; "_" may stand between two of them. */
static bool read_digits(pel_str text, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    bool after_digit = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '_' && after_digit) {
            after_digit = false;
            continue;
        }
        unsigned digit = (unsigned)digit_of(text.ptr[i]);
        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
        after_digit = true;
    }
    *out = value;
    return after_digit;
}

bool pel_yaml_uint(const pel_yaml *node, uint64_t *out)
{
    *out = 0;
    if (!node || node->kind != PEL_YAML_SCALAR || !node->plain)
        return false;
    pel_str t = node->text;
    if (t.len > 2 && t.ptr[0] == '0' && (t.ptr[1] == 'x' || t.ptr[1] == 'X'))
        return read_digits((pel_str){ t.ptr + 2, t.len - 2 }, 16, out);
    if (t.len > 1 && t.ptr[0] == '0')
        return false;
    return read_digits(t, 10, out);
}
