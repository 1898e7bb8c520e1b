/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.at/1": what owns the byte at a file offset. */
#include <stdio.h>

#include "dump/walk.h"

typedef struct owner {
    pel_structure structure;
    uint32_t index;
    const pel_field *field;
    uint32_t element; /* of an array */
    uint64_t offset;  /* of the field */
    unsigned width;
} owner;

static bool many(const pel_schema *schema)
{
    return schema == &pel_section_header_schema || schema == &pel_data_directory_schema ||
           schema == &pel_rich_entry_schema;
}

static bool find_field(owner *o, uint64_t at)
{
    const pel_schema *schema = o->structure.schema;
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        unsigned wire = pel_field_wire(f, o->structure.wide);
        uint64_t start = o->structure.offset.v + pel_field_offset(schema, f, o->structure.wide);
        if (wire == 0 || at < start || at - start >= (uint64_t)wire * f->count)
            continue;
        bool whole = f->show >= PEL_SHOW_TEXT;
        o->field = f;
        o->element = (uint32_t)((at - start) / wire);
        o->width = whole ? wire * f->count : wire;
        o->offset = whole ? start : start + (uint64_t)o->element * wire;
        return true;
    }
    return false;
}

/* Structures may overlap in odd files: the one that Windows reads last is the answer. */
static bool find_owner(const pel_image *img, uint64_t at, owner *out)
{
    size_t count;
    bool found = false;
    const pel_schema *const *schemas = pel_schemas(&count);
    for (size_t s = 0; s < count; s++) {
        owner o = { .index = 0 };
        bool table = many(schemas[s]);
        /* Entries of a table lie one behind the other: go to the right one at once. */
        if (pel_image_structure(img, schemas[s], 0, &o.structure) != PEL_OK &&
            schemas[s] != &pel_data_directory_schema)
            continue;
        if (table && at >= o.structure.offset.v && o.structure.size > 0)
            o.index = (uint32_t)((at - o.structure.offset.v) / o.structure.size);
        if (pel_image_structure(img, schemas[s], o.index, &o.structure) != PEL_OK)
            continue;
        if (find_field(&o, at)) {
            *out = o;
            found = true;
        }
    }
    return found;
}

static void walk_owner(pel_emitter *e, const owner *o)
{
    char path[160];
    const pel_schema *schema = o->structure.schema;
    const char *dot = ".";
    if (many(schema))
        snprintf(path, sizeof path, "%s[%u]%s%s", schema->key, (unsigned)o->index, dot,
                 o->field->name);
    else
        snprintf(path, sizeof path, "%s%s%s", schema->key, dot, o->field->name);
    pel_emit_string(e, "structure", schema->name);
    pel_emit_string(e, "field", path);
    pel_emit_hex(e, "field_offset", o->offset);
    pel_emit_dec(e, "field_size", o->width);
    if (o->field->show >= PEL_SHOW_TEXT)
        pel_emit_null(e, "value");
    else
        pel_emit_hex(e, "value", pel_field_get(o->field, o->structure.fields, o->element));
    pel_emit_string(e, "meaning", o->field->doc);
}

static void walk_no_owner(pel_emitter *e, const pel_image *img, uint64_t at)
{
    uint32_t signature;
    pel_foff start;
    bool is_signature = pel_image_nt_signature(img, &signature, &start) && at >= start.v &&
                        at - start.v < sizeof signature;
    if (!is_signature) {
        pel_emit_null(e, "structure");
        pel_emit_null(e, "field");
        return;
    }
    pel_emit_string(e, "structure", "IMAGE_NT_SIGNATURE");
    pel_emit_string(e, "field", "nt_signature");
    pel_emit_hex(e, "field_offset", start.v);
    pel_emit_dec(e, "field_size", sizeof signature);
    pel_emit_hex(e, "value", signature);
}

pel_status pel_dump_at(const pel_image *image, const char *path, pel_foff offset,
                       const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    owner o;
    pel_location at = pel_locate(image, (pel_va){ 0 }, PEL_LINE_OFFSET, offset.v);
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.at/1");
    pel_walk_file(e, image, path);
    pel_emit_hex(e, "offset", offset.v);
    pel_emit_string(e, "where", pel_where_name(at.where));
    pel_emit_section_name(e, "section", image, at.section);
    if (at.has_rva)
        pel_emit_hex(e, "rva", at.rva.v);
    else
        pel_emit_null(e, "rva");
    if (find_owner(image, offset.v, &o))
        walk_owner(e, &o);
    else
        walk_no_owner(e, image, offset.v);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}
