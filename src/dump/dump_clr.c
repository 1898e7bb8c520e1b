/* SPDX-License-Identifier: Apache-2.0 */
/* .NET: header, metadata, and code that was compiled ahead of time. */
#include <pelorus/clr.h>
#include <stdio.h>

#include "base/reader.h"
#include "base/text.h"
#include "dump/walk_image.h"

/* Names may be shared by many references: they cost what they are long. */
#define NAMES_FACTOR 16

/* No strong name is longer; of longer ones it is not told whether they are empty. */
#define STRONG_NAME_MAX 4096

static void emit_hex(pel_emitter *e, const char *key, pel_span bytes)
{
    char text[2 * 256 + 1];
    pel_hex_text(bytes, text, sizeof text);
    pel_emit_string(e, key, bytes.size ? text : NULL);
}

/* A GUID as people write it: the first three numbers are little-endian. */
static void emit_guid(pel_emitter *e, const char *key, pel_span guid)
{
    char text[40];
    pel_reader r = { .bytes = guid };
    unsigned long a = (unsigned long)pel_read_uint(&r, 4);
    unsigned b = (unsigned)pel_read_uint(&r, 2), c = (unsigned)pel_read_uint(&r, 2);
    char d[5], f[13];
    pel_hex_text(pel_read_span(&r, 2), d, sizeof d);
    pel_hex_text(pel_read_span(&r, 6), f, sizeof f);
    snprintf(text, sizeof text, "%08lx-%04x-%04x-%s-%s", a, b, c, d, f);
    pel_emit_string(e, key, r.failed ? NULL : text);
}

static void walk_assembly(const walk *w, const char *key, const pel_clr_assembly *a)
{
    char version[32];
    snprintf(version, sizeof version, "%u.%u.%u.%u", a->version[0], a->version[1], a->version[2],
             a->version[3]);
    pel_emit_map_begin(w->e, key);
    pel_emit_text(w->e, "name", a->name);
    pel_emit_string(w->e, "version", version);
    pel_emit_optional_text(w->e, "culture", a->culture.len != 0, a->culture);
    emit_hex(w->e, "key", a->key);
    pel_emit_map_end(w->e);
}

static void walk_tables(const walk *w, const pel_clr_tables *t)
{
    pel_emit_seq_begin(w->e, "tables");
    for (uint32_t i = 0; i < PEL_CLR_TABLES; i++) {
        if (!(t->valid >> i & 1))
            continue;
        pel_emit_map_begin(w->e, NULL);
        pel_emit_enum(w->e, "table", i, &pel_names_clr_table);
        pel_emit_dec(w->e, "rows", t->rows[i]);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

static void walk_references(const walk *w, const pel_clr_tables *t)
{
    pel_clr_assembly a;
    uint64_t left = NAMES_FACTOR * (uint64_t)pel_image_bytes(w->img).size;
    pel_emit_seq_begin(w->e, "references");
    for (uint32_t i = 0; w->e->status == PEL_OK && pel_clr_reference(t, i, &a); i++) {
        uint64_t cost = (uint64_t)a.name.len + a.culture.len + a.key.size;
        if (cost > left)
            break;
        left -= cost;
        walk_assembly(w, NULL, &a);
    }
    pel_emit_seq_end(w->e);
}

static void walk_rows(const walk *w, const pel_clr *clr)
{
    pel_str name;
    pel_span mvid;
    pel_clr_tables t;
    pel_clr_assembly a;
    pel_clr_tables_read(clr, &t); /* what cannot be read has no rows */
    walk_tables(w, &t);
    bool module = pel_clr_module(&t, &name, &mvid);
    pel_emit_optional_text(w->e, "module", module, name);
    emit_guid(w->e, "mvid", mvid);
    if (pel_clr_assembly_read(&t, &a))
        walk_assembly(w, "assembly", &a);
    else
        pel_emit_null(w->e, "assembly");
    walk_references(w, &t);
}

static void walk_metadata(const walk *w, const pel_clr *clr)
{
    uint32_t at = 0;
    uint16_t index = 0;
    if (clr->metadata.size == 0) {
        pel_emit_null(w->e, "metadata");
        return;
    }
    pel_emit_map_begin(w->e, "metadata");
    pel_emit_text(w->e, "version", clr->version);
    pel_emit_seq_begin(w->e, "streams");
    for (pel_clr_stream s; pel_clr_stream_next(clr, &at, &index, &s);) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_text(w->e, "name", s.name);
        pel_emit_hex(w->e, "offset", s.offset);
        pel_emit_hex(w->e, "size", s.size);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    walk_rows(w, clr);
    pel_emit_map_end(w->e);
}

/* Room for a strong name may be left for a signature that was to follow. */
static void walk_strong_name(const walk *w, const pel_clr *clr)
{
    const pel_cor20_header *h = &clr->header;
    bool any = false;
    if (h->strong_name.v == 0) {
        pel_emit_null(w->e, "strong_name");
        return;
    }
    pel_span bytes = pel_image_span(w->img, h->strong_name,
                                    h->strong_name_size < STRONG_NAME_MAX ? h->strong_name_size
                                                                          : STRONG_NAME_MAX);
    pel_reader r = { .bytes = bytes };
    while (!any && r.pos < bytes.size)
        any = pel_read_uint(&r, 1) != 0;
    pel_emit_map_begin(w->e, "strong_name");
    pel_emit_hex(w->e, "size", h->strong_name_size);
    pel_emit_boolean(w->e, "filled", any);
    pel_emit_map_end(w->e);
}

static void walk_ready_to_run(const walk *w, const pel_clr *clr)
{
    uint64_t at;
    pel_ready_to_run_header h;
    pel_ready_to_run_section s;
    pel_structure structure = { .fields = &h, .schema = &pel_ready_to_run_header_schema };
    if (!pel_image_ready_to_run(w->img, clr, &h, &at)) {
        pel_emit_null(w->e, "ready_to_run");
        return;
    }
    structure.offset.v = PEL_NO_OFFSET;
    structure.size = structure.available = pel_schema_wire_size(structure.schema, false);
    pel_emit_map_begin(w->e, "ready_to_run");
    pel_emit_structure(w->e, &structure);
    pel_emit_seq_begin(w->e, "sections");
    structure.schema = &pel_ready_to_run_section_schema;
    structure.fields = &s;
    structure.size = structure.available = pel_schema_wire_size(structure.schema, false);
    for (uint32_t i = 0;
         w->e->status == PEL_OK && pel_ready_to_run_section_at(w->img, &h, at, i, &s); i++) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &structure);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_map_end(w->e);
}

void pel_walk_clr(const walk *w)
{
    pel_clr clr;
    const pel_schema *schema = &pel_cor20_header_schema;
    if (!pel_walk_has(w, PEL_DIR_COM_DESCRIPTOR, "clr") ||
        pel_image_clr(w->img, &clr) == PEL_NOT_FOUND)
        return;
    pel_structure s = { .schema = schema,
                        .fields = &clr.header,
                        .offset = { clr.has_offset ? clr.offset.v : PEL_NO_OFFSET },
                        .size = pel_schema_wire_size(schema, false),
                        .available = clr.available };
    pel_emit_map_begin(w->e, "clr");
    pel_emit_structure(w->e, &s);
    walk_metadata(w, &clr);
    walk_strong_name(w, &clr);
    walk_ready_to_run(w, &clr);
    pel_emit_map_end(w->e);
}
