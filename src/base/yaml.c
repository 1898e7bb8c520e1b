/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

typedef struct anchor {
    struct anchor *next;
    pel_yaml *node;
    const char *name;
} anchor;

typedef struct reader {
    yaml_parser_t parser;
    const pel_yaml_limits *limits;
    anchor *anchors; /* the last one first: a name may be given again */
    size_t anchor_count, alias_count;
    size_t nodes; /* so far, with aliases written out */
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

/* A list or map knows its weight when it has ended; then what holds it grows. */
static void weigh(pel_yaml *parent, const pel_yaml *child)
{
    parent->weight += child->weight + (child->key ? 1 : 0);
    if (parent->height <= child->height)
        parent->height = child->height + 1;
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
    node->weight = 1;
    node->height = kind != PEL_YAML_SCALAR;
    r->nodes++;
    return PEL_OK;
}

/* ---- anchors and aliases ----------------------------------------------- */

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor;
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor : NULL;
}

/* Remember the node by the anchor that it has, if it has one. */
static pel_status note_anchor(reader *r, const yaml_event_t *event, pel_yaml *node)
{
    const char *name = (const char *)anchor_of(event);
    if (!name)
        return PEL_OK;
    if (r->anchor_count++ == r->limits->anchors)
        return fail(r, event->start_mark, PEL_LIMIT, "too many anchors");
    size_t size = strlen(name) + 1;
    anchor *a = pel_arena_take(r->arena, sizeof *a);
    char *copy = pel_arena_take(r->arena, size);
    if (!a || !copy)
        return fail(r, event->start_mark, PEL_NO_MEMORY, "out of memory");
    memcpy(copy, name, size);
    *a = (anchor){ r->anchors, node, copy };
    r->anchors = a;
    return PEL_OK;
}

static bool is_open(const reader *r, const pel_yaml *node)
{
    for (size_t i = 0; i < r->depth; i++)
        if (r->open[i] == node)
            return true;
    return false;
}

/* What the alias stands for, if it may stand here. */
static pel_status resolve(reader *r, const yaml_event_t *event, const pel_yaml **out)
{
    const char *name = (const char *)event->data.alias.anchor;
    const anchor *a = r->anchors;
    while (a && strcmp(a->name, name) != 0)
        a = a->next;
    if (r->alias_count++ >= r->limits->aliases)
        return fail(r, event->start_mark, PEL_LIMIT, "too many aliases");
    if (!a)
        return fail(r, event->start_mark, PEL_MALFORMED, "there is no anchor of this name before");
    if (is_open(r, a->node))
        return fail(r, event->start_mark, PEL_MALFORMED, "the alias is inside what it stands for");
    if (a->node->weight > r->limits->nodes || r->nodes > r->limits->nodes - a->node->weight)
        return fail(r, event->start_mark, PEL_LIMIT,
                    "the aliases together stand for too much: the document would become too large");
    if (r->depth + a->node->height > PEL_YAML_MAX_DEPTH)
        return fail(r, event->start_mark, PEL_LIMIT, "nested too deeply");
    *out = a->node;
    return PEL_OK;
}

/* A value is whole: what holds it weighs more now. A key waits for its value. */
static void weigh_whole(reader *r, const pel_yaml *node)
{
    if (r->depth > 0 && r->open[r->depth - 1]->last == node)
        weigh(r->open[r->depth - 1], node);
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
    PEL_TRY(note_anchor(r, event, node));
    PEL_TRY(attach(r, node, event->start_mark));
    weigh_whole(r, node);
    return PEL_OK;
}

static pel_status add_alias(reader *r, const yaml_event_t *event)
{
    const pel_yaml *meant;
    pel_yaml *node;
    PEL_TRY(resolve(r, event, &meant));
    PEL_TRY(add_node(r, meant->kind, event->start_mark, &node));
    pel_yaml copy = *meant;
    copy.next = copy.key = NULL;
    if (meant->kind ==
        PEL_YAML_SCALAR) { /* its place is here, that of the rest is where it stands */
        copy.line = node->line;
        copy.column = node->column;
    }
    *node = copy;
    r->nodes += meant->weight - 1;
    PEL_TRY(attach(r, node, event->start_mark));
    weigh_whole(r, node);
    return PEL_OK;
}

static pel_status begin(reader *r, pel_yaml_kind kind, const yaml_event_t *event)
{
    pel_yaml *node;
    yaml_mark_t where = event->start_mark;
    if (r->depth == PEL_YAML_MAX_DEPTH)
        return fail(r, where, PEL_LIMIT, "nested too deeply");
    PEL_TRY(add_node(r, kind, where, &node));
    PEL_TRY(note_anchor(r, event, node));
    PEL_TRY(attach(r, node, where));
    r->open[r->depth] = node;
    r->key[r->depth++] = NULL;
    return PEL_OK;
}

static void end(reader *r)
{
    const pel_yaml *whole = r->open[--r->depth];
    weigh_whole(r, whole);
}

/* ---- events ------------------------------------------------------------ */

/* Anchors and tags hang on values of every kind. */
static bool is_tagged(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.tag != NULL;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.tag != NULL;
    return event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.tag != NULL;
}

static pel_status check_decoration(reader *r, const yaml_event_t *event)
{
    bool aliased = r->limits->nodes > 0;
    bool named = event->type == YAML_ALIAS_EVENT || anchor_of(event);
    if (!aliased && (named || is_tagged(event)))
        return fail(r, event->start_mark, PEL_MALFORMED,
                    "anchors, aliases and tags are not supported");
    if (is_tagged(event))
        return fail(r, event->start_mark, PEL_MALFORMED, "tags are not supported");
    return PEL_OK;
}

static pel_status take_event(reader *r, const yaml_event_t *event)
{
    PEL_TRY(check_decoration(r, event));
    if (event->type == YAML_DOCUMENT_START_EVENT && r->root)
        return fail(r, event->start_mark, PEL_MALFORMED, "more than one document");
    if (event->type == YAML_ALIAS_EVENT)
        return add_alias(r, event);
    if (event->type == YAML_SCALAR_EVENT)
        return add_scalar(r, event);
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return begin(r, PEL_YAML_LIST, event);
    if (event->type == YAML_MAPPING_START_EVENT)
        return begin(r, PEL_YAML_MAP, event);
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        end(r);
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

pel_status pel_yaml_parse_aliased(pel_span text, const pel_yaml_limits *limits, pel_arena *arena,
                                  pel_yaml **out, pel_yaml_error *error)
{
    reader r = { .limits = limits, .text = text, .arena = arena, .error = error };
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

pel_status pel_yaml_parse(pel_span text, pel_arena *arena, pel_yaml **out, pel_yaml_error *error)
{
    static const pel_yaml_limits none;
    return pel_yaml_parse_aliased(text, &none, arena, out, error);
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
