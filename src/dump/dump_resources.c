/* SPDX-License-Identifier: Apache-2.0 */
/* The resource tree as two lists: its directories, and its leaves with what they hold. */
#include "dump/dump_resource.h"
#include "dump/walk_image.h"

enum { TYPE, NAME, LANGUAGE, DEEPER };

/* ---- keys -------------------------------------------------------------- */

static void emit_level(pel_emitter *e, const char *name, const pel_resource *r, uint32_t level,
                       const char *meaning)
{
    if (r->depth <= level)
        pel_emit_null(e, name);
    else if (r->path[level].is_text)
        pel_emit_utf16(e, name, r->path[level].text);
    else
        pel_emit_named(e, name, r->path[level].id, meaning);
}

/* The keys from `first` on, as a list. */
static void emit_path(pel_emitter *e, const char *name, const pel_resource *r, uint32_t first)
{
    pel_emit_seq_begin(e, name);
    for (uint32_t i = first; i < r->depth; i++)
        pel_emit_key(e, NULL, &r->path[i], false);
    pel_emit_seq_end(e);
}

static void emit_keys(pel_emitter *e, const pel_resource *r)
{
    const pel_name *type = pel_names_find(&pel_names_resource_type, r->path[TYPE].id);
    emit_level(e, "type", r, TYPE, type ? type->name : NULL);
    if (r->depth > NAME)
        pel_emit_key(e, "name", &r->path[NAME], false);
    else
        pel_emit_null(e, "name");
    emit_level(e, "language", r, LANGUAGE, pel_language_name(r->path[LANGUAGE].id));
    if (r->depth > DEEPER)
        emit_path(e, "deeper", r, DEEPER);
}

/* ---- nodes ------------------------------------------------------------- */

static void emit_node(pel_emitter *e, const pel_resource *r)
{
    const pel_schema *schema =
        r->is_directory ? &pel_resource_directory_schema : &pel_resource_data_schema;
    size_t size = pel_schema_wire_size(schema, false);
    pel_structure s = { .schema = schema,
                        .fields =
                            r->is_directory ? (const void *)&r->directory : (const void *)&r->data,
                        .offset = { r->has_offset ? r->offset.v : PEL_NO_OFFSET },
                        .size = size,
                        .available = r->problem == PEL_RESOURCE_FINE ? size : 0 };
    pel_emit_structure(e, &s);
}

static void emit_problem(pel_emitter *e, const pel_resource *r)
{
    static const char *const words[] = { NULL, "loop", "depth", "unmapped" };
    if (r->problem != PEL_RESOURCE_FINE)
        pel_emit_string(e, "problem", words[r->problem]);
}

static void walk_directory(pel_emitter *e, const pel_resource *r)
{
    pel_emit_map_begin(e, NULL);
    emit_path(e, "path", r, 0);
    emit_node(e, r);
    emit_problem(e, r);
    pel_emit_map_end(e);
}

static void emit_offset(pel_emitter *e, const pel_resource *r)
{
    pel_foff at;
    if (r->problem == PEL_RESOURCE_FINE &&
        pel_image_rva_to_foff(r->image, r->data.address, &at) == PEL_OK)
        pel_emit_hex(e, "offset", at.v);
    else
        pel_emit_null(e, "offset");
}

static void emit_end(pel_emitter *e, pel_status status)
{
    if (status == PEL_MALFORMED)
        pel_emit_string(e, "end", "malformed");
    else
        pel_emit_end(e, status);
}

/* Leaves can share their bytes: they are decoded as long as `*left` lasts. */
static void walk_leaf(pel_emitter *e, const pel_resource *r, uint64_t *left)
{
    pel_span bytes = pel_resource_bytes(r);
    pel_status st = r->problem != PEL_RESOURCE_FINE ? PEL_OK
                    : bytes.size == r->data.size    ? PEL_OK
                    : bytes.size > 0                ? PEL_TRUNCATED
                                                    : PEL_NOT_FOUND;
    bool enough = bytes.size <= *left;
    *left -= enough ? bytes.size : *left;
    pel_emit_map_begin(e, NULL);
    emit_keys(e, r);
    emit_node(e, r);
    emit_offset(e, r);
    emit_problem(e, r);
    pel_status decoded = !enough          ? PEL_LIMIT
                         : bytes.size > 0 ? pel_emit_resource(e, r, bytes)
                                          : PEL_OK;
    emit_end(e, st == PEL_OK ? decoded : st);
    pel_emit_map_end(e);
}

/* ---- the lists --------------------------------------------------------- */

#define DECODED_FACTOR 2

void pel_walk_resources(const walk *w)
{
    pel_resource r;
    pel_emitter *e = w->e;
    uint64_t left = DECODED_FACTOR * (uint64_t)pel_image_bytes(w->img).size;
    if (!pel_walk_has(w, PEL_DIR_RESOURCE, "resources"))
        return;
    pel_resource_iter it = pel_image_resources(w->img);
    pel_resource_iter leaves = it;
    pel_emit_map_begin(e, "resources");
    pel_emit_seq_begin(e, "directories");
    while (e->status == PEL_OK && pel_resource_next(&it, &r))
        if (r.is_directory)
            walk_directory(e, &r);
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "entries");
    while (e->status == PEL_OK && pel_resource_next(&leaves, &r))
        if (!r.is_directory)
            walk_leaf(e, &r, &left);
    pel_emit_seq_end(e);
    pel_emit_end(e, leaves.status);
    pel_emit_map_end(e);
}
