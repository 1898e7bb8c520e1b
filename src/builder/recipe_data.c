/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of data: { hex: "31 c0" }, { va: label }, { align: 16 }, ... */
#include <string.h>

#include "base/text.h"
#include "builder/recipe_priv.h"
#include "schema/decode.h"

/* Make room for `size` bytes where the pieces have got to, and go behind them. */
static pel_status extend(pel_pieces *p, const pel_yaml *node, uint64_t size, uint8_t **out)
{
    pel_builder *b = p->r->b;
    pel_status st = pel_buf_extend(&b->allocator, &b->budget, p->buf, p->at, size, out);
    if (st != PEL_OK)
        pel_builder_latch(b, st);
    else
        p->at += size;
    return pel_recipe_check(p->r, node);
}

static pel_status add_uint(pel_pieces *p, const pel_yaml *node, unsigned width, uint64_t value)
{
    uint8_t *to;
    PEL_TRY(extend(p, node, width, &to));
    pel_store_uint(to, width, value);
    return PEL_OK;
}

/* ---- bytes and text ---------------------------------------------------- */

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

static pel_status add_hex(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    (void)piece;
    PEL_TRY(pel_recipe_want(p->r, value, PEL_YAML_SCALAR));
    pel_str t = value->text;
    int high = -1;
    for (size_t i = 0; i < t.len; i++) {
        int digit = nibble(t.ptr[i]);
        if (digit < 0 && !(is_space(t.ptr[i]) && high < 0))
            return pel_recipe_fail(p->r, value, "bytes are pairs of hexadecimal digits");
        if (digit < 0)
            continue;
        if (high < 0) {
            high = digit;
            continue;
        }
        PEL_TRY(add_uint(p, value, 1, (uint64_t)(high << 4 | digit)));
        high = -1;
    }
    return high < 0 ? PEL_OK : pel_recipe_fail(p->r, value, "half a byte is left at the end");
}

static pel_status add_text(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    uint8_t *to;
    (void)piece;
    PEL_TRY(pel_recipe_want(p->r, value, PEL_YAML_SCALAR));
    PEL_TRY(extend(p, value, value->text.len, &to));
    if (value->text.len)
        memcpy(to, value->text.ptr, value->text.len);
    return PEL_OK;
}

static pel_status add_utf16(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    uint32_t code;
    (void)piece;
    PEL_TRY(pel_recipe_want(p->r, value, PEL_YAML_SCALAR));
    pel_str t = value->text;
    for (size_t len; (len = pel_utf8(t, &code)) > 0; t = (pel_str){ t.ptr + len, t.len - len }) {
        if (code >= 0x10000) {
            PEL_TRY(add_uint(p, value, 2, 0xd800 + ((code - 0x10000) >> 10)));
            code = 0xdc00 + (code & 0x3ff);
        }
        PEL_TRY(add_uint(p, value, 2, code));
    }
    return PEL_OK;
}

/* ---- numbers ----------------------------------------------------------- */

static pel_status add_number(pel_pieces *p, const pel_yaml *value, unsigned width)
{
    uint64_t number, max = width == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * width)) - 1;
    if (value->kind != PEL_YAML_LIST) {
        PEL_TRY(pel_recipe_uint(p->r, value, max, &number));
        return add_uint(p, value, width, number);
    }
    for (const pel_yaml *item = value->first; item; item = item->next) {
        PEL_TRY(pel_recipe_uint(p->r, item, max, &number));
        PEL_TRY(add_uint(p, item, width, number));
    }
    return PEL_OK;
}

#define NUMBER(name, width)                                                                        \
    static pel_status name(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)            \
    {                                                                                              \
        (void)piece;                                                                               \
        return add_number(p, value, width);                                                        \
    }
NUMBER(add_u8, 1)
NUMBER(add_u16, 2)
NUMBER(add_u32, 4)
NUMBER(add_u64, 8)

/* ---- addresses --------------------------------------------------------- */

static pel_status check_linkable(pel_pieces *p, const pel_yaml *value)
{
    if (p->section != PEL_BUILD_NOWHERE && !p->repeated)
        return PEL_OK;
    return pel_recipe_fail(p->r, value, "an address can stand in section data only%s",
                           p->repeated ? ", and not in a repeat" : "");
}

static pel_status add_link(pel_pieces *p, const pel_yaml *value, pel_build_link link)
{
    uint8_t *to;
    PEL_TRY(check_linkable(p, value));
    pel_build_place at = { p->section, (uint32_t)p->at };
    PEL_TRY(extend(p, value, link == PEL_BUILD_LINK_VA && p->r->b->wide ? 8 : 4, &to));
    return pel_recipe_defer(p->r, value, at, link);
}

#define LINK(name, link)                                                                           \
    static pel_status name(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)            \
    {                                                                                              \
        (void)piece;                                                                               \
        return add_link(p, value, link);                                                           \
    }
LINK(add_va, PEL_BUILD_LINK_VA)
LINK(add_rva, PEL_BUILD_LINK_RVA)
LINK(add_rel32, PEL_BUILD_LINK_REL32)

static pel_status add_span(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    uint8_t *to;
    (void)piece;
    PEL_TRY(check_linkable(p, value));
    pel_build_place at = { p->section, (uint32_t)p->at };
    PEL_TRY(extend(p, value, sizeof(uint32_t), &to));
    return pel_recipe_defer_span(p->r, value, at);
}

/* ---- many -------------------------------------------------------------- */

static pel_status add_zeros(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    uint64_t count;
    uint8_t *to;
    (void)piece;
    PEL_TRY(pel_recipe_uint(p->r, value, PEL_BUILD_LIMIT, &count));
    PEL_TRY(extend(p, value, count, &to));
    if (count)
        memset(to, 0, (size_t)count);
    return PEL_OK;
}

static pel_status add_repeat(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    const pel_yaml *node;
    uint64_t times, start = p->at;
    uint8_t *to;
    bool repeated = p->repeated;
    PEL_TRY(pel_recipe_need(p->r, piece, "times", &node));
    PEL_TRY(pel_recipe_uint(p->r, node, PEL_BUILD_LIMIT, &times));
    p->repeated = true;
    PEL_TRY(pel_recipe_pieces(p, value));
    p->repeated = repeated;
    if (p->at < start)
        return pel_recipe_fail(p->r, value, "a repeat cannot go backwards");
    uint64_t size = p->at - start;
    if (times == 0 || size == 0)
        return PEL_OK;
    /* Both are within the limit of a file: the product fits. */
    PEL_TRY(extend(p, node, size * (times - 1), &to));
    const uint8_t *from = p->buf->data + start;
    for (uint64_t i = 0; i + 1 < times; i++, to += size)
        memcpy(to, from, (size_t)size);
    return PEL_OK;
}

/* ---- structures -------------------------------------------------------- */

static const pel_schema *find_schema(pel_str name)
{
    size_t count;
    const pel_schema *const *all = pel_schemas(&count);
    for (size_t i = 0; i < count; i++)
        if (strlen(all[i]->name) == name.len && memcmp(all[i]->name, name.ptr, name.len) == 0)
            return all[i];
    return NULL;
}

/* A field that is an array takes a list of numbers, or text when it holds text. */
static pel_status set_array(pel_recipe *r, const pel_yaml *value, const pel_field *f, uint64_t max,
                            void *to)
{
    uint64_t number;
    size_t n = 0;
    size_t count = value->kind == PEL_YAML_SCALAR ? value->text.len : value->count;
    if (value->kind == PEL_YAML_MAP || count > f->count)
        return pel_recipe_fail(r, value, "'%s' takes up to %u elements", f->name,
                               (unsigned)f->count);
    if (value->kind == PEL_YAML_SCALAR)
        for (; n < value->text.len; n++)
            pel_field_set(f, to, n, (uint8_t)value->text.ptr[n]);
    else
        for (const pel_yaml *item = value->first; item; item = item->next) {
            PEL_TRY(pel_recipe_uint(r, item, max, &number));
            pel_field_set(f, to, n++, number);
        }
    return PEL_OK;
}

static pel_status set_field(pel_recipe *r, const pel_yaml *value, const pel_schema *schema,
                            bool wide, void *to)
{
    uint64_t number;
    const pel_field *f = pel_schema_field(schema, value->key->text.ptr);
    unsigned width = f ? pel_field_wire(f, wide) : 0;
    if (width == 0)
        return pel_recipe_fail(r, value->key, "%s has no field '%s'", schema->name,
                               pel_quote(value->key->text).text);
    uint64_t max = width == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * width)) - 1;
    if (f->count > 1)
        return set_array(r, value, f, max, to);
    if (value->kind == PEL_YAML_MAP)
        return PEL_OK; /* link_field has its turn when the bytes have their place */
    PEL_TRY(pel_recipe_value(r, value, f->names, max, &number));
    pel_field_set(f, to, 0, number);
    return PEL_OK;
}

/* A field whose value is { va: PLACE }, { rva: PLACE } or { span: [PLACE, PLACE] }; the structure
 * ends where the pieces have got to. */
static pel_status link_field(pel_pieces *p, const pel_yaml *value, const pel_schema *schema,
                             bool wide)
{
    static const char *const keys[] = { "va", "rva", "span", NULL };
    const pel_field *f = pel_schema_field(schema, value->key->text.ptr);
    if (value->kind != PEL_YAML_MAP || f->count > 1)
        return PEL_OK;
    PEL_TRY(pel_recipe_keys(p->r, value, keys));
    PEL_TRY(check_linkable(p, value));
    if (value->count != 1)
        return pel_recipe_fail(p->r, value, "one of 'va', 'rva' and 'span' is wanted here");
    const pel_yaml *to = value->first;
    bool va = strcmp(to->key->text.ptr, "va") == 0, span = strcmp(to->key->text.ptr, "span") == 0;
    unsigned width = pel_field_wire(f, wide), wanted = va && p->r->b->wide ? 8 : 4;
    if (width != wanted)
        return pel_recipe_fail(p->r, value, "'%s' has %u bytes, and this has %u", f->name, width,
                               wanted);
    uint64_t start = p->at - pel_schema_wire_size(schema, wide);
    pel_build_place at = { p->section, (uint32_t)(start + pel_field_offset(schema, f, wide)) };
    if (span)
        return pel_recipe_defer_span(p->r, to, at);
    return pel_recipe_defer(p->r, to, at, va ? PEL_BUILD_LINK_VA : PEL_BUILD_LINK_RVA);
}

/* 64-bit words: as said, or as the kind of the file has them. */
static pel_status read_wide(pel_recipe *r, const pel_yaml *node, bool *out)
{
    *out = r->b->wide;
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_SCALAR));
    *out = strcmp(node->text.ptr, "true") == 0;
    if (!*out && strcmp(node->text.ptr, "false") != 0)
        return pel_recipe_fail(r, node, "'wide' is true or false");
    return PEL_OK;
}

static pel_status encode_struct(pel_pieces *p, const pel_yaml *piece, const pel_schema *schema,
                                void *values)
{
    const pel_yaml *fields = pel_yaml_get(piece, "fields");
    bool wide;
    uint8_t *to;
    PEL_TRY(read_wide(p->r, pel_yaml_get(piece, "wide"), &wide));
    if (fields)
        PEL_TRY(pel_recipe_want(p->r, fields, PEL_YAML_MAP));
    for (const pel_yaml *v = fields ? fields->first : NULL; v; v = v->next)
        PEL_TRY(set_field(p->r, v, schema, wide, values));
    PEL_TRY(extend(p, piece, pel_schema_wire_size(schema, wide), &to));
    pel_schema_encode(schema, values, wide, to);
    for (const pel_yaml *v = fields ? fields->first : NULL; v; v = v->next)
        PEL_TRY(link_field(p, v, schema, wide));
    return PEL_OK;
}

static pel_status add_struct(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value)
{
    PEL_TRY(pel_recipe_want(p->r, value, PEL_YAML_SCALAR));
    const pel_schema *schema = find_schema(value->text);
    if (!schema)
        return pel_recipe_fail(p->r, value, "no structure is called '%s'",
                               pel_quote(value->text).text);
    void *values = pel_take(&p->r->b->allocator, schema->struct_size);
    if (!values) {
        pel_builder_latch(p->r->b, PEL_NO_MEMORY);
        return pel_recipe_check(p->r, value);
    }
    pel_status st = encode_struct(p, piece, schema, values);
    pel_give(&p->r->b->allocator, values, schema->struct_size);
    return st;
}

/* ---- pieces ------------------------------------------------------------ */

static const struct {
    const char *key;
    pel_status (*add)(pel_pieces *p, const pel_yaml *piece, const pel_yaml *value);
} contents[] = {
    { "hex", add_hex },       { "text", add_text },  { "utf16", add_utf16 },
    { "u8", add_u8 },         { "u16", add_u16 },    { "u32", add_u32 },
    { "u64", add_u64 },       { "va", add_va },      { "rva", add_rva },
    { "rel32", add_rel32 },   { "zero", add_zeros }, { "repeat", add_repeat },
    { "struct", add_struct }, { "span", add_span },
};

#define CONTENTS (sizeof contents / sizeof contents[0])

static const char *const piece_keys[] = { "hex",   "text", "utf16",  "u8",     "u16",  "u32",
                                          "u64",   "va",   "rva",    "rel32",  "zero", "repeat",
                                          "times", "wide", "fields", "struct", "at",   "align",
                                          "label", "span", NULL };

/* Keys that mean something beside one other only. */
static const struct {
    const char *key, *beside;
} companions[] = { { "times", "repeat" }, { "wide", "struct" }, { "fields", "struct" } };

static pel_status check_companions(pel_pieces *p, const pel_yaml *piece)
{
    for (size_t i = 0; i < sizeof companions / sizeof companions[0]; i++) {
        const pel_yaml *v = pel_yaml_get(piece, companions[i].key);
        if (v && !pel_yaml_get(piece, companions[i].beside))
            return pel_recipe_fail(p->r, v->key, "'%s' belongs to '%s'", companions[i].key,
                                   companions[i].beside);
    }
    return PEL_OK;
}

static pel_status go_to(pel_pieces *p, const pel_yaml *piece)
{
    uint64_t to;
    const pel_yaml *at = pel_yaml_get(piece, "at"), *align = pel_yaml_get(piece, "align");
    if (at && !p->patch) {
        PEL_TRY(pel_recipe_uint(p->r, at, PEL_BUILD_LIMIT, &to));
        p->at = to;
    }
    p->patch = false;
    if (align) {
        PEL_TRY(pel_recipe_uint(p->r, align, PEL_BUILD_LIMIT, &to));
        if (!pel_is_power_of_two(to))
            return pel_recipe_fail(p->r, align, "an alignment is 1, 2, 4, 8, ...");
        uint8_t *unused;
        PEL_TRY(extend(p, align, pel_round_up(p->at, to) - p->at, &unused));
    }
    return PEL_OK;
}

static pel_status define_label(pel_pieces *p, const pel_yaml *piece)
{
    const pel_yaml *label = pel_yaml_get(piece, "label");
    if (!label)
        return PEL_OK;
    PEL_TRY(pel_recipe_want(p->r, label, PEL_YAML_SCALAR));
    if (p->section == PEL_BUILD_NOWHERE || p->repeated)
        return pel_recipe_fail(p->r, label, "a label can stand in section data only%s",
                               p->repeated ? ", and not in a repeat" : "");
    return pel_recipe_define(p->r, label, label->text,
                             (pel_build_place){ p->section, (uint32_t)p->at });
}

static pel_status add_piece(pel_pieces *p, const pel_yaml *piece)
{
    size_t found = CONTENTS;
    PEL_TRY(pel_recipe_keys(p->r, piece, piece_keys));
    PEL_TRY(check_companions(p, piece));
    for (size_t i = 0; i < CONTENTS; i++) {
        if (!pel_yaml_get(piece, contents[i].key))
            continue;
        if (found < CONTENTS)
            return pel_recipe_fail(p->r, piece, "'%s' and '%s' are two pieces: make a list",
                                   contents[found].key, contents[i].key);
        found = i;
    }
    PEL_TRY(go_to(p, piece));
    PEL_TRY(define_label(p, piece));
    if (found == CONTENTS)
        return PEL_OK;
    return contents[found].add(p, piece, pel_yaml_get(piece, contents[found].key));
}

pel_status pel_recipe_pieces(pel_pieces *p, const pel_yaml *node)
{
    if (node->kind != PEL_YAML_LIST)
        return add_piece(p, node);
    for (const pel_yaml *piece = node->first; piece; piece = piece->next)
        PEL_TRY(add_piece(p, piece));
    return PEL_OK;
}
