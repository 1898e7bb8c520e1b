/* SPDX-License-Identifier: Apache-2.0 */
/* A builder from a YAML recipe; docs/recipes.md is the manual. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "builder/recipe_priv.h"
#include "schema/decode.h"

/* ---- sections ---------------------------------------------------------- */

static pel_status read_data(pel_recipe *r, const pel_yaml *section, uint32_t index)
{
    const pel_yaml *data = pel_yaml_get(section, "data");
    pel_pieces p = { .r = r, .buf = &r->b->sections[index].data, .section = index };
    return data ? pel_recipe_pieces(&p, data) : PEL_OK;
}

static pel_status read_section(pel_recipe *r, const pel_yaml *node)
{
    static const char *const keys[] = { "name", "flags", "data", "virtual_size", NULL };
    const pel_yaml *name, *flags, *size;
    const char *text;
    uint64_t value;
    PEL_TRY(pel_recipe_keys(r, node, keys));
    PEL_TRY(pel_recipe_need(r, node, "name", &name));
    PEL_TRY(pel_recipe_text(r, name, &text));
    PEL_TRY(pel_recipe_need(r, node, "flags", &flags));
    PEL_TRY(pel_recipe_value(r, flags, &pel_names_section_flags, UINT32_MAX, &value));
    uint32_t index = pel_builder_section(r->b, text, (uint32_t)value);
    PEL_TRY(pel_recipe_check(r, node));
    PEL_TRY(pel_recipe_define(r, name, name->text, (pel_build_place){ index, 0 }));
    PEL_TRY(read_data(r, node, index));

    size = pel_yaml_get(node, "virtual_size");
    if (!size)
        return PEL_OK;
    PEL_TRY(pel_recipe_uint(r, size, UINT32_MAX, &value));
    pel_builder_virtual_size(r->b, index, (uint32_t)value);
    return PEL_OK;
}

static pel_status read_sections(pel_recipe *r, const pel_yaml *node)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_LIST));
    for (const pel_yaml *section = node->first; section; section = section->next)
        PEL_TRY(read_section(r, section));
    return PEL_OK;
}

/* ---- places ------------------------------------------------------------ */

/* Only inside of a section: how far sections lie apart, the layout will tell. */
static pel_status write_span(pel_recipe *r, const pel_pending *p, pel_build_place to)
{
    pel_build_place from;
    PEL_TRY(pel_recipe_place(r, p->from, &from));
    if (from.section != to.section || to.offset < from.offset)
        return pel_recipe_fail(r, p->target, "a span leads forward, inside of one section");
    pel_store_uint(r->b->sections[p->at.section].data.data + p->at.offset, sizeof(uint32_t),
                   to.offset - from.offset);
    return PEL_OK;
}

static pel_status resolve_pending(pel_recipe *r, const pel_yaml *top)
{
    (void)top;
    for (size_t i = 0; i < r->pending_count; i++) {
        const pel_pending *p = &r->pending[i];
        pel_build_place to;
        PEL_TRY(pel_recipe_place(r, p->target, &to));
        if (p->from) {
            PEL_TRY(write_span(r, p, to));
            continue;
        }
        pel_builder_link(r->b, p->at, p->link, to);
        PEL_TRY(pel_recipe_check(r, p->target));
    }
    return PEL_OK;
}

static pel_status read_entry(pel_recipe *r, const pel_yaml *node)
{
    pel_build_place at;
    PEL_TRY(pel_recipe_place(r, node, &at));
    pel_builder_entry_at(r->b, at);
    return PEL_OK;
}

static pel_status read_relocation(pel_recipe *r, const pel_yaml *node)
{
    static const char *const keys[] = { "at", "type", NULL };
    const pel_yaml *at, *type;
    pel_build_place place;
    uint64_t value;
    PEL_TRY(pel_recipe_keys(r, node, keys));
    PEL_TRY(pel_recipe_need(r, node, "at", &at));
    PEL_TRY(pel_recipe_place(r, at, &place));
    value = r->b->wide ? PEL_REL_DIR64 : PEL_REL_HIGHLOW;
    type = pel_yaml_get(node, "type");
    if (type)
        PEL_TRY(pel_recipe_value(r, type, &pel_names_reloc_type, 15, &value));
    pel_builder_reloc_at(r->b, place, (uint8_t)value);
    return pel_recipe_check(r, node);
}

static pel_status read_relocations(pel_recipe *r, const pel_yaml *node)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_LIST));
    for (const pel_yaml *item = node->first; item; item = item->next)
        PEL_TRY(read_relocation(r, item));
    return PEL_OK;
}

static pel_status read_directory(pel_recipe *r, const pel_yaml *node)
{
    static const char *const keys[] = { "at", "size", NULL };
    const pel_yaml *at, *size;
    pel_build_place place;
    uint64_t index, bytes;
    PEL_TRY(pel_recipe_value(r, node->key, &pel_names_directory, PEL_DIR_COUNT - 1, &index));
    PEL_TRY(pel_recipe_keys(r, node, keys));
    PEL_TRY(pel_recipe_need(r, node, "at", &at));
    PEL_TRY(pel_recipe_place(r, at, &place));
    PEL_TRY(pel_recipe_need(r, node, "size", &size));
    PEL_TRY(pel_recipe_uint(r, size, UINT32_MAX, &bytes));
    pel_builder_directory_at(r->b, (uint32_t)index, place, (uint32_t)bytes);
    return PEL_OK;
}

static pel_status read_directories(pel_recipe *r, const pel_yaml *node)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_MAP));
    for (const pel_yaml *item = node->first; item; item = item->next)
        PEL_TRY(read_directory(r, item));
    return PEL_OK;
}

/* ---- headers and edits ------------------------------------------------- */

static pel_status read_rich_entry(pel_recipe *r, const pel_yaml *node)
{
    static const char *const keys[] = { "product", "build", "count", NULL };
    static const uint64_t max[] = { UINT16_MAX, UINT16_MAX, UINT32_MAX };
    uint64_t values[3];
    PEL_TRY(pel_recipe_keys(r, node, keys));
    for (size_t i = 0; i < 3; i++) {
        const pel_yaml *v;
        PEL_TRY(pel_recipe_need(r, node, keys[i], &v));
        PEL_TRY(
            pel_recipe_value(r, v, i == 0 ? &pel_names_rich_product : NULL, max[i], &values[i]));
    }
    pel_builder_rich(r->b, (uint16_t)values[0], (uint16_t)values[1], (uint32_t)values[2]);
    return pel_recipe_check(r, node);
}

static pel_status read_rich(pel_recipe *r, const pel_yaml *node)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_LIST));
    for (const pel_yaml *item = node->first; item; item = item->next)
        PEL_TRY(read_rich_entry(r, item));
    return PEL_OK;
}

static pel_status read_fields(pel_recipe *r, const pel_yaml *node,
                              void (*use)(pel_builder *b, const char *path, uint64_t value))
{
    uint64_t value;
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_MAP));
    for (const pel_yaml *item = node->first; item; item = item->next) {
        PEL_TRY(pel_recipe_field(r, item, &value));
        use(r->b, item->key->text.ptr, value);
        PEL_TRY(pel_recipe_check(r, item->key));
    }
    return PEL_OK;
}

static pel_status read_set(pel_recipe *r, const pel_yaml *node)
{
    return read_fields(r, node, pel_builder_set);
}

static pel_status read_poke(pel_recipe *r, const pel_yaml *node)
{
    return read_fields(r, node, pel_builder_poke);
}

static pel_status read_overlay(pel_recipe *r, const pel_yaml *node)
{
    pel_pieces p = { .r = r, .buf = &r->b->overlay, .section = PEL_BUILD_NOWHERE };
    return pel_recipe_pieces(&p, node);
}

/* From here on it is known how large the file is. */
static pel_status make_layout(pel_recipe *r, const pel_yaml *top)
{
    pel_builder_latch(r->b, pel_build_layout(r->b));
    return pel_recipe_check(r, top);
}

static pel_status add_patch(pel_recipe *r, const pel_yaml *node, pel_buf *buf)
{
    const pel_yaml *at;
    uint64_t offset, size = r->b->layout.size;
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_MAP));
    PEL_TRY(pel_recipe_need(r, node, "at", &at));
    PEL_TRY(pel_recipe_uint(r, at, size, &offset));
    pel_pieces p = { .r = r, .buf = buf, .section = PEL_BUILD_NOWHERE, .patch = true };
    PEL_TRY(pel_recipe_pieces(&p, node));
    if (buf->size > size - offset)
        return pel_recipe_fail(
            r, node, "the patch ends behind the file, which has 0x%" PRIx64 " bytes", size);
    pel_builder_patch(r->b, (pel_foff){ offset }, buf->data, buf->size);
    return pel_recipe_check(r, node);
}

static pel_status read_patch(pel_recipe *r, const pel_yaml *node)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_LIST));
    for (const pel_yaml *item = node->first; item; item = item->next) {
        pel_buf buf = { 0 };
        pel_status st = add_patch(r, item, &buf);
        pel_buf_free(&r->b->allocator, &buf);
        PEL_TRY(st);
    }
    return PEL_OK;
}

static pel_status read_resize(pel_recipe *r, const pel_yaml *node)
{
    uint64_t size;
    PEL_TRY(pel_recipe_uint(r, node, PEL_BUILD_LIMIT, &size));
    pel_builder_resize(r->b, size);
    return pel_recipe_check(r, node);
}

/* ---- the whole --------------------------------------------------------- */

/* In the order in which they are done, whatever the order in the recipe: names before what refers
 * to them, edits last. A step without a key is always done. */
static const struct {
    const char *key;
    pel_status (*read)(pel_recipe *r, const pel_yaml *node);
    bool raw; /* makes sense without PE headers */
} steps[] = {
    { "sections", read_sections, false },
    { "data", read_overlay, true },
    { "imports", pel_recipe_imports, false },
    { "exports", pel_recipe_exports, false },
    { NULL, resolve_pending, true },
    { "entry", read_entry, false },
    { "relocations", read_relocations, false },
    { "directories", read_directories, false },
    { "rich", read_rich, false },
    { "set", read_set, false },
    { "overlay", read_overlay, false },
    { NULL, make_layout, true },
    { "poke", read_poke, false },
    { "patch", read_patch, true },
    { "resize", read_resize, true },
};

#define STEPS (sizeof steps / sizeof steps[0])

static pel_status check_top(pel_recipe *r, const pel_yaml *top)
{
    const char *keys[STEPS + 2] = { "kind" };
    size_t count = 1;
    for (size_t i = 0; i < STEPS; i++)
        if (steps[i].key)
            keys[count++] = steps[i].key;
    PEL_TRY(pel_recipe_keys(r, top, keys));
    for (size_t i = 0; i < STEPS; i++) {
        const pel_yaml *v = steps[i].key ? pel_yaml_get(top, steps[i].key) : NULL;
        bool only_raw = steps[i].read == read_overlay && steps[i].raw;
        if (v && r->b->raw && !steps[i].raw)
            return pel_recipe_fail(r, v->key, "a raw file has no '%s'", steps[i].key);
        if (v && !r->b->raw && only_raw)
            return pel_recipe_fail(r, v->key, "'%s' at the top is for raw files", steps[i].key);
    }
    return PEL_OK;
}

static pel_status run_steps(pel_recipe *r, const pel_yaml *top)
{
    PEL_TRY(check_top(r, top));
    for (size_t i = 0; i < STEPS; i++) {
        const pel_yaml *v = steps[i].key ? pel_yaml_get(top, steps[i].key) : top;
        if (v)
            PEL_TRY(steps[i].read(r, v));
    }
    return PEL_OK;
}

static pel_status read_kind(pel_recipe *r, const pel_yaml *top, pel_build_kind *out)
{
    static const struct {
        const char *name;
        pel_build_kind kind;
    } kinds[] = { { "PE32+", PEL_BUILD_PE32PLUS },
                  { "PE32", PEL_BUILD_PE32 },
                  { "raw", PEL_BUILD_RAW } };
    const pel_yaml *node;
    const char *text;
    PEL_TRY(pel_recipe_want(r, top, PEL_YAML_MAP));
    PEL_TRY(pel_recipe_need(r, top, "kind", &node));
    PEL_TRY(pel_recipe_text(r, node, &text));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        *out = kinds[i].kind;
        if (strcmp(text, kinds[i].name) == 0)
            return PEL_OK;
    }
    return pel_recipe_fail(r, node, "'%s' is no kind of file: PE32+, PE32 or raw",
                           pel_quote(node->text).text);
}

static pel_status parse(pel_recipe *r, pel_span yaml, pel_yaml **top)
{
    static const pel_yaml start = { .line = 1, .column = 1 };
    pel_yaml_error error;
    pel_status st = pel_yaml_parse(yaml, &r->arena, top, &error);
    if (st == PEL_OK && !*top)
        return pel_recipe_fail(r, &start, "the recipe is empty");
    r->error->line = error.line;
    r->error->column = error.column;
    memcpy(r->error->message, error.message, sizeof error.message);
    return st;
}

static pel_status read_recipe(pel_recipe *r, pel_span yaml)
{
    pel_yaml *top;
    pel_build_kind kind;
    PEL_TRY(parse(r, yaml, &top));
    PEL_TRY(read_kind(r, top, &kind));
    PEL_TRY(pel_builder_new(kind, &r->arena.allocator, &r->b));
    pel_status st = run_steps(r, top);
    const pel_allocator *a = &r->arena.allocator;
    pel_give(a, r->symbols, r->symbol_capacity * sizeof *r->symbols);
    pel_give(a, r->pending, r->pending_capacity * sizeof *r->pending);
    return st;
}

pel_status pel_builder_from_recipe(pel_span yaml, const pel_allocator *allocator, pel_builder **out,
                                   pel_recipe_error *error)
{
    pel_recipe_error unused;
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    pel_recipe r = { .error = error ? error : &unused };
    *r.error = (pel_recipe_error){ 0 };
    pel_arena_init(&r.arena, allocator);
    pel_status st = read_recipe(&r, yaml);
    pel_arena_release(&r.arena);
    if (st == PEL_OK)
        *out = r.b;
    else
        pel_builder_free(r.b);
    return st;
}
