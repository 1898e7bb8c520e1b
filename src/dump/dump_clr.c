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

#define GUID_SIZE 16u

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

/* A reference has the key or its token, as its flags say; an assembly has the key. */
static void emit_token(pel_emitter *e, const pel_clr_assembly *a)
{
    uint8_t token[PEL_CLR_TOKEN];
    bool is_key = a->key.size != PEL_CLR_TOKEN || (a->flags & PEL_CLR_PUBLIC_KEY);
    if (is_key && pel_clr_token(a->key, token))
        emit_hex(e, "token", (pel_span){ token, sizeof token });
    else
        emit_hex(e, "token", is_key ? (pel_span){ NULL, 0 } : a->key);
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
    pel_emit_hex(w->e, "flags", a->flags);
    emit_hex(w->e, "key", a->key);
    emit_token(w->e, a);
    pel_emit_map_end(w->e);
}

static void walk_tables(const walk *w, const pel_clr_tables *t)
{
    pel_emit_seq_begin(w->e, "tables");
    for (uint32_t i = 0; i < PEL_CLR_TABLES; i++) {
        if (!(t->head.valid >> i & 1))
            continue;
        pel_emit_map_begin(w->e, NULL);
        pel_emit_enum(w->e, "table", i, &pel_names_clr_table);
        pel_emit_dec(w->e, "rows", t->rows[i]);
        pel_emit_boolean(w->e, "sorted", t->head.sorted >> i & 1);
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

static void walk_module_references(const walk *w, const pel_clr_tables *t)
{
    pel_str name;
    uint64_t left = NAMES_FACTOR * (uint64_t)pel_image_bytes(w->img).size;
    pel_emit_seq_begin(w->e, "module_references");
    for (uint32_t i = 0; w->e->status == PEL_OK && pel_clr_module_reference(t, i, &name); i++) {
        if (name.len > left)
            break;
        left -= name.len;
        pel_emit_text(w->e, NULL, name);
    }
    pel_emit_seq_end(w->e);
}

/* A structure of metadata, which begins at `root` in the file. */
static void emit_metadata_structure(const walk *w, const pel_clr *clr, const pel_schema *schema,
                                    const void *fields, uint64_t offset)
{
    pel_foff at;
    size_t size = pel_schema_wire_size(schema, false);
    bool there = pel_image_rva_to_foff(w->img, clr->header.metadata, &at) == PEL_OK;
    pel_structure s = { .schema = schema,
                        .fields = fields,
                        .offset = { there ? at.v + offset : PEL_NO_OFFSET },
                        .size = size,
                        .available = size };
    pel_emit_structure(w->e, &s);
}

static void walk_tables_header(const walk *w, const pel_clr *clr, const pel_clr_tables *t,
                               bool there)
{
    if (!there) {
        pel_emit_null(w->e, "tables_header");
        return;
    }
    pel_emit_map_begin(w->e, "tables_header");
    emit_metadata_structure(w, clr, &pel_metadata_tables_schema, &t->head, t->offset);
    pel_emit_boolean(w->e, "edited", t->edited);
    pel_emit_map_end(w->e);
}

static void walk_rows(const walk *w, const pel_clr *clr)
{
    pel_str name;
    pel_span mvid;
    pel_clr_tables t;
    pel_clr_assembly a;
    bool there = pel_clr_tables_read(clr, &t) == PEL_OK; /* what cannot be read has no rows */
    walk_tables_header(w, clr, &t, there);
    walk_tables(w, &t);
    bool module = pel_clr_module(&t, &name, &mvid);
    pel_emit_optional_text(w->e, "module", module, name);
    emit_guid(w->e, "mvid", mvid);
    if (pel_clr_assembly_read(&t, &a))
        walk_assembly(w, "assembly", &a);
    else
        pel_emit_null(w->e, "assembly");
    walk_references(w, &t);
    walk_module_references(w, &t);
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
    emit_metadata_structure(w, clr, &pel_metadata_root_schema, &clr->root, 0);
    pel_emit_text(w->e, "version", clr->version);
    pel_emit_hex(w->e, "flags", clr->root_flags);
    pel_emit_dec(w->e, "stream_count", clr->stream_count);
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
    pel_foff at;
    pel_emit_map_begin(w->e, "strong_name");
    if (pel_image_rva_to_foff(w->img, h->strong_name, &at) == PEL_OK)
        pel_emit_hex(w->e, "offset", at.v);
    else
        pel_emit_null(w->e, "offset");
    pel_emit_hex(w->e, "size", h->strong_name_size);
    pel_emit_boolean(w->e, "filled", any);
    pel_emit_map_end(w->e);
}

/* ---- fix-ups ----------------------------------------------------------- */

static pel_structure whole(const pel_schema *schema, const void *fields)
{
    size_t size = pel_schema_wire_size(schema, false);
    return (pel_structure){ .schema = schema,
                            .fields = fields,
                            .offset = { PEL_NO_OFFSET },
                            .size = size,
                            .available = size };
}

static void walk_vtable_fixups(const walk *w, const pel_clr *clr)
{
    pel_vtable_fixup f = { .count = 0 };
    pel_structure s = whole(&pel_vtable_fixup_schema, &f);
    pel_emit_seq_begin(w->e, "vtable_fixups");
    for (uint32_t i = 0; w->e->status == PEL_OK && pel_clr_vtable_fixup(w->img, clr, i, &f); i++) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

/* ---- compiled ahead of time -------------------------------------------- */

static void walk_r2r_imports(const walk *w, const pel_ready_to_run_section *section)
{
    pel_ready_to_run_import row = { .type = 0 };
    pel_structure s = whole(&pel_ready_to_run_import_schema, &row);
    pel_emit_seq_begin(w->e, "imports");
    for (uint32_t i = 0;
         w->e->status == PEL_OK && pel_ready_to_run_import_at(w->img, section, i, &row); i++) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

static void emit_range(const walk *w, const char *key, pel_data_directory dir)
{
    pel_emit_map_begin(w->e, key);
    pel_emit_hex(w->e, "VirtualAddress", dir.address);
    pel_emit_hex(w->e, "Size", dir.size);
    pel_emit_map_end(w->e);
}

static void walk_r2r_components(const walk *w, const pel_ready_to_run_section *section)
{
    pel_ready_to_run_component c;
    pel_emit_seq_begin(w->e, "components");
    for (uint32_t i = 0;
         w->e->status == PEL_OK && pel_ready_to_run_component_at(w->img, section, i, &c); i++) {
        pel_emit_map_begin(w->e, NULL);
        emit_range(w, "clr", c.clr);
        emit_range(w, "ready_to_run", c.ready_to_run);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

static void walk_r2r_mvids(const walk *w, const pel_ready_to_run_section *section)
{
    pel_reader r = { .bytes = pel_image_span(w->img, section->rva, section->size) };
    pel_emit_seq_begin(w->e, "mvids");
    while (w->e->status == PEL_OK && r.bytes.size - r.pos >= GUID_SIZE)
        emit_guid(w->e, NULL, pel_read_span(&r, GUID_SIZE));
    pel_emit_seq_end(w->e);
}

/* What a section holds, if it is of a kind whose layout is fixed. Sections can share their bytes:
 * `*left` are those that are still believed. */
static void walk_r2r_contents(const walk *w, const pel_ready_to_run_section *section,
                              uint64_t *left)
{
    pel_span bytes = pel_image_span(w->img, section->rva, section->size);
    if (bytes.size > *left)
        return;
    *left -= bytes.size;
    switch (section->type) {
    case PEL_R2R_CompilerIdentifier:
    case PEL_R2R_OwnerCompositeExecutable: pel_emit_text(w->e, "text", pel_str_in(bytes)); break;
    case PEL_R2R_ImportSections: walk_r2r_imports(w, section); break;
    case PEL_R2R_ComponentAssemblies: walk_r2r_components(w, section); break;
    case PEL_R2R_ManifestAssemblyMvids: walk_r2r_mvids(w, section); break;
    default: break;
    }
}

/* The system that it was compiled for: another than Windows is a part of Machine. */
static void emit_target(const walk *w)
{
    const pel_name *os;
    const pel_file_header *f = pel_image_file_header(w->img);
    uint32_t machine = f ? pel_ready_to_run_machine(f->machine, &os) : 0;
    if (machine) {
        pel_emit_enum(w->e, "machine", machine, &pel_names_machine);
        pel_emit_string(w->e, "os", os ? os->name : NULL);
    } else {
        pel_emit_null(w->e, "machine");
        pel_emit_null(w->e, "os");
    }
}

static void walk_ready_to_run(const walk *w, pel_rva native)
{
    uint64_t at;
    pel_foff offset;
    pel_ready_to_run_header h = { .flags = 0 };
    pel_ready_to_run_section s = { .type = 0 };
    pel_structure header = whole(&pel_ready_to_run_header_schema, &h);
    pel_structure section = whole(&pel_ready_to_run_section_schema, &s);
    if (!pel_image_ready_to_run(w->img, native, &h, &at)) {
        pel_emit_null(w->e, "ready_to_run");
        return;
    }
    if (pel_image_rva_to_foff(w->img, native, &offset) == PEL_OK)
        header.offset = offset;
    uint64_t left = NAMES_FACTOR * (uint64_t)pel_image_bytes(w->img).size;
    pel_emit_map_begin(w->e, "ready_to_run");
    pel_emit_structure(w->e, &header);
    emit_target(w);
    pel_emit_seq_begin(w->e, "sections");
    for (uint32_t i = 0;
         w->e->status == PEL_OK && pel_ready_to_run_section_at(w->img, &h, at, i, &s); i++) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &section);
        walk_r2r_contents(w, &s, &left);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_map_end(w->e);
}

static void walk_native_header(const walk *w, const pel_clr *clr)
{
    uint32_t signature = pel_clr_native_signature(w->img, clr);
    const char *kind = signature == PEL_NATIVE_READY_TO_RUN ? "ready-to-run"
                       : signature == PEL_NATIVE_NGEN       ? "ngen"
                                                            : NULL;
    if (clr->header.native.v == 0) {
        pel_emit_null(w->e, "native_header");
        return;
    }
    pel_emit_map_begin(w->e, "native_header");
    pel_emit_hex(w->e, "signature", signature);
    pel_emit_string(w->e, "kind", kind);
    pel_emit_map_end(w->e);
}

/* A composite image has no header of .NET: an export leads to the compiled code. */
void pel_walk_native(const walk *w)
{
    if (pel_image_directory(w->img, PEL_DIR_COM_DESCRIPTOR).address != 0 ||
        !pel_dump_wants(w->options, "ready_to_run"))
        return;
    pel_rva native = pel_image_native_header(w->img, NULL);
    if (native.v != 0)
        walk_ready_to_run(w, native);
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
    walk_vtable_fixups(w, &clr);
    walk_native_header(w, &clr);
    walk_ready_to_run(w, pel_image_native_header(w->img, &clr));
    pel_emit_map_end(w->e);
}
