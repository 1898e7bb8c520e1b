/* SPDX-License-Identifier: Apache-2.0 */
/* Imports, delay imports and bound imports. */
#include "dump/walk_image.h"

bool pel_walk_has(const walk *w, uint32_t index, const char *key)
{
    return pel_image_directory(w->img, index).address != 0 && pel_dump_wants(w->options, key);
}

void pel_emit_optional_text(pel_emitter *e, const char *key, bool there, pel_str text)
{
    if (there)
        pel_emit_text(e, key, text);
    else
        pel_emit_null(e, key);
}

void pel_emit_end(pel_emitter *e, pel_status status)
{
    if (status == PEL_OK)
        return;
    const char *why = status == PEL_TRUNCATED   ? "truncated" /* the file is cut */
                      : status == PEL_LIMIT     ? "limit"     /* more than a file can mean */
                      : status == PEL_MALFORMED ? "malformed" /* what follows cannot be read */
                                                : "unmapped"; /* it leads out of the image */
    pel_emit_string(e, "end", why);
}

/* ---- functions --------------------------------------------------------- */

static void walk_thunk(const walk *w, const pel_thunk *t)
{
    pel_emit_map_begin(w->e, NULL);
    w->e->digits = 8;
    pel_emit_hex(w->e, "slot_rva", t->slot.v);
    w->e->digits = pel_image_is_wide(w->img) ? 16 : 8;
    pel_emit_hex(w->e, "bound", t->bound);
    if (t->by_ordinal) {
        pel_emit_dec(w->e, "ordinal", t->ordinal);
        pel_emit_null(w->e, "hint");
    } else {
        pel_emit_null(w->e, "ordinal");
        pel_emit_dec(w->e, "hint", t->hint);
    }
    pel_emit_optional_text(w->e, "name", t->has_name, t->name);
    pel_emit_map_end(w->e);
}

/* All lists together may look at `*left` bytes: many descriptors can share one table. */
static void walk_thunks(const walk *w, pel_thunk_iter it, uint64_t *left)
{
    it.left = *left < it.left ? *left : it.left;
    pel_emit_seq_begin(w->e, "functions");
    for (pel_thunk t; w->e->status == PEL_OK && pel_thunk_next(&it, &t);)
        walk_thunk(w, &t);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    *left = it.left;
}

static pel_structure structure_of(const pel_schema *schema, const void *fields, bool has_offset,
                                  pel_foff offset)
{
    size_t size = pel_schema_wire_size(schema, false);
    return (pel_structure){ .schema = schema,
                            .fields = fields,
                            .offset = { has_offset ? offset.v : PEL_NO_OFFSET },
                            .size = size,
                            .available = size };
}

/* ---- imports ----------------------------------------------------------- */

void pel_walk_imports(const walk *w)
{
    if (!pel_walk_has(w, PEL_DIR_IMPORT, "imports"))
        return;
    pel_import_iter it = pel_image_imports(w->img);
    uint64_t left = it.left;
    pel_emit_seq_begin(w->e, "imports");
    for (pel_import i; w->e->status == PEL_OK && pel_import_next(&it, &i);) {
        pel_structure s =
            structure_of(&pel_import_descriptor_schema, &i.descriptor, i.has_offset, i.offset);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_optional_text(w->e, "Name", i.has_name, i.name);
        pel_emit_structure_as(w->e, &s, "Name", "NameRVA");
        walk_thunks(w, pel_import_thunks(&i), &left);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

void pel_walk_delay_imports(const walk *w)
{
    if (!pel_walk_has(w, PEL_DIR_DELAY_IMPORT, "delay_imports"))
        return;
    pel_delay_import_iter it = pel_image_delay_imports(w->img);
    uint64_t left = it.left;
    pel_emit_seq_begin(w->e, "delay_imports");
    for (pel_delay_import i; w->e->status == PEL_OK && pel_delay_import_next(&it, &i);) {
        pel_structure s =
            structure_of(&pel_delay_descriptor_schema, &i.descriptor, i.has_offset, i.offset);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_optional_text(w->e, "Name", i.has_name, i.name);
        pel_emit_structure(w->e, &s);
        walk_thunks(w, pel_delay_thunks(&i), &left);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

/* ---- bound imports ----------------------------------------------------- */

static void walk_forwarder(const walk *w, const pel_bound_import *i)
{
    pel_bound_forwarder ref = { .timestamp = i->descriptor.timestamp,
                                .name = i->descriptor.name,
                                .reserved = i->descriptor.refs };
    pel_structure s = structure_of(&pel_bound_forwarder_schema, &ref, i->has_offset, i->offset);
    pel_emit_map_begin(w->e, NULL);
    pel_emit_structure(w->e, &s);
    pel_emit_optional_text(w->e, "Name", i->has_name, i->name);
    pel_emit_map_end(w->e);
}

void pel_walk_bound_imports(const walk *w)
{
    if (!pel_walk_has(w, PEL_DIR_BOUND_IMPORT, "bound_imports"))
        return;
    pel_bound_import_iter it = pel_image_bound_imports(w->img);
    pel_emit_seq_begin(w->e, "bound_imports");
    for (pel_bound_import i; w->e->status == PEL_OK && pel_bound_import_next(&it, &i);) {
        pel_structure s =
            structure_of(&pel_bound_descriptor_schema, &i.descriptor, i.has_offset, i.offset);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_optional_text(w->e, "Name", i.has_name, i.name);
        pel_emit_structure(w->e, &s);
        pel_emit_seq_begin(w->e, "forwarders");
        while (w->e->status == PEL_OK && pel_bound_forwarder_next(&it, &i))
            walk_forwarder(w, &i);
        pel_emit_seq_end(w->e);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}
