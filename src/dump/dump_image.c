/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.dump/1": the file as it is. */
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/reader.h"
#include "base/text.h"
#include "dump/walk_image.h"

/* ---- file -------------------------------------------------------------- */

static void walk_file(const walk *w)
{
    pel_span bytes = pel_image_file(w->img);
    pel_emit_map_begin(w->e, "file");
    pel_emit_string(w->e, "path", w->path);
    pel_emit_dec(w->e, "size", bytes.size);
    if (pel_dump_wants(w->options, "file")) {
        pel_emit_hash(w->e, "md5", PEL_HASH_MD5, bytes);
        pel_emit_hash(w->e, "sha1", PEL_HASH_SHA1, bytes);
        pel_emit_hash(w->e, "sha256", PEL_HASH_SHA256, bytes);
    }
    pel_emit_map_end(w->e);
}

static void walk_kind(const walk *w)
{
    pel_layout layout = pel_image_get_layout(w->img);
    pel_emit_string(w->e, "kind", pel_image_kind_name(pel_image_get_kind(w->img)));
    if (layout != PEL_LAYOUT_FILE)
        pel_emit_string(w->e, "layout", pel_layout_name(layout));
}

/* Bytes of the two data directories of a terse image. */
#define TE_DIRECTORIES 16

/* ---- headers ----------------------------------------------------------- */

static void walk_header(const walk *w, const char *key, const pel_schema *schema)
{
    pel_structure s;
    if (pel_image_structure(w->img, schema, 0, &s) != PEL_OK) {
        pel_emit_null(w->e, key);
        return;
    }
    pel_emit_map_begin(w->e, key);
    pel_emit_structure(w->e, &s);
    pel_emit_map_end(w->e);
}

static void walk_dos(const walk *w) { walk_header(w, "dos_header", &pel_dos_header_schema); }

static void walk_rich(const walk *w)
{
    pel_rich rich;
    if (!pel_image_rich(w->img, &rich)) {
        pel_emit_null(w->e, "rich_header");
        return;
    }
    pel_emit_map_begin(w->e, "rich_header");
    pel_emit_hex(w->e, "offset", rich.offset.v);
    pel_emit_hex(w->e, "size", rich.size);
    pel_emit_hex(w->e, "key", rich.key);
    pel_emit_hex(w->e, "checksum", rich.checksum);
    pel_emit_boolean(w->e, "valid", rich.key == rich.checksum);
    pel_emit_seq_begin(w->e, "entries");
    for (uint32_t i = 0; i < rich.entry_count; i++) {
        pel_structure s;
        pel_image_structure(w->img, &pel_rich_entry_schema, i, &s);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_map_end(w->e);
}

static void walk_signature(const walk *w)
{
    uint32_t signature;
    pel_foff at;
    if (!pel_image_nt_signature(w->img, &signature, &at)) {
        pel_emit_null(w->e, "nt_signature");
        return;
    }
    w->e->offset = at.v;
    pel_emit_hex(w->e, "nt_signature", signature);
}

static void walk_file_header(const walk *w)
{
    walk_header(w, "file_header", &pel_file_header_schema);
}

/* What PointerToRawData counts too much in a terse image: bytes that were cut off in front. */
static uint64_t te_bias(const pel_image *img)
{
    const pel_te_header *te = pel_image_te_header(img);
    size_t size = pel_schema_wire_size(&pel_te_header_schema, true) + TE_DIRECTORIES;
    return te && te->stripped_size > size ? te->stripped_size - size : 0;
}

static void walk_directory(const walk *w, uint32_t index)
{
    pel_structure s;
    const pel_name *name = pel_names_find(&pel_names_directory, index);
    pel_image_structure(w->img, &pel_data_directory_schema, index, &s);
    pel_emit_map_begin(w->e, NULL);
    pel_emit_string(w->e, "name", name ? name->name : NULL);
    pel_emit_structure(w->e, &s);
    pel_emit_map_end(w->e);
}

/* The two directories are kept where every other image has them. */
static void walk_te(const walk *w)
{
    pel_structure s;
    if (pel_image_get_kind(w->img) != PEL_IMAGE_TE)
        return;
    if (pel_image_structure(w->img, &pel_te_header_schema, 0, &s) != PEL_OK) {
        pel_emit_null(w->e, "te_header");
        return;
    }
    pel_emit_map_begin(w->e, "te_header");
    pel_emit_structure(w->e, &s);
    pel_emit_seq_begin(w->e, "DataDirectory");
    walk_directory(w, PEL_DIR_BASERELOC);
    walk_directory(w, PEL_DIR_DEBUG);
    pel_emit_seq_end(w->e);
    pel_emit_hex(w->e, "bias", te_bias(w->img));
    pel_emit_map_end(w->e);
}

static void walk_optional(const walk *w)
{
    pel_structure s;
    bool rom = pel_image_get_kind(w->img) == PEL_IMAGE_ROM;
    const pel_schema *schema = rom ? &pel_rom_header_schema : &pel_optional_header_schema;
    if (pel_image_structure(w->img, schema, 0, &s) != PEL_OK) {
        pel_emit_null(w->e, "optional_header");
        return;
    }
    pel_emit_map_begin(w->e, "optional_header");
    pel_emit_structure(w->e, &s);
    if (!rom) {
        pel_emit_seq_begin(w->e, "DataDirectory");
        for (uint32_t i = 0; i < pel_image_directory_count(w->img); i++)
            walk_directory(w, i);
        pel_emit_seq_end(w->e);
    }
    pel_emit_map_end(w->e);
}

/* ---- sections ---------------------------------------------------------- */

pel_span pel_section_raw(const pel_image *img, uint32_t index)
{
    const pel_section *s = pel_image_section(img, index);
    uint64_t at = s->header.raw_offset.v, bias = te_bias(img);
    if (pel_image_get_layout(img) == PEL_LAYOUT_MEMORY)
        return pel_image_span(img, s->header.virtual_address, UINT64_MAX);
    if (at < bias)
        return (pel_span){ NULL, 0 };
    return pel_span_clip(pel_image_bytes(img), at - bias, s->header.raw_size);
}

/* Where the data of a section of a terse image are. */
static void walk_te_offset(const walk *w, const pel_section *section)
{
    uint64_t at = section->header.raw_offset.v, bias = te_bias(w->img);
    if (at != 0 && at >= bias)
        pel_emit_hex(w->e, "file_offset", at - bias);
    else
        pel_emit_null(w->e, "file_offset");
}

static bool any_long_name(const pel_image *img)
{
    for (uint32_t i = 0; i < pel_image_section_count(img); i++) {
        const pel_section *s = pel_image_section(img, i);
        if (s->name.len > sizeof s->header.name)
            return true;
    }
    return false;
}

/* Sections may share their raw data, 65,535 of them: entropy is computed for as many bytes as
 * eight such files would have, then it is left out. */
#define ENTROPY_FACTOR 8

static void walk_sections(const walk *w)
{
    bool long_names = any_long_name(w->img);
    uint64_t budget = (uint64_t)pel_image_bytes(w->img).size * ENTROPY_FACTOR;
    pel_emit_seq_begin(w->e, "sections");
    for (uint32_t i = 0;
         i < pel_image_section_count(w->img) && pel_dump_wants(w->options, "sections"); i++) {
        const pel_section *section = pel_image_section(w->img, i);
        pel_span raw = pel_section_raw(w->img, i);
        pel_structure s;
        pel_image_structure(w->img, &pel_section_header_schema, i, &s);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        if (long_names)
            pel_emit_text(w->e, "long_name", section->name);
        if (pel_image_te_header(w->img))
            walk_te_offset(w, section);
        if (raw.size <= budget)
            pel_emit_real(w->e, "entropy", pel_entropy(raw));
        else
            pel_emit_null(w->e, "entropy");
        budget -= raw.size <= budget ? raw.size : budget;
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

/* ---- the rest ---------------------------------------------------------- */

static void walk_overlay(const walk *w)
{
    pel_foff at;
    pel_span overlay = pel_image_overlay(w->img, &at);
    if (overlay.size == 0) {
        pel_emit_null(w->e, "overlay");
        return;
    }
    pel_emit_map_begin(w->e, "overlay");
    pel_emit_hex(w->e, "offset", at.v);
    pel_emit_hex(w->e, "size", overlay.size);
    if (pel_dump_wants(w->options, "overlay")) {
        pel_emit_real(w->e, "entropy", pel_entropy(overlay));
        pel_emit_hash(w->e, "sha256", PEL_HASH_SHA256, overlay);
    }
    pel_emit_map_end(w->e);
}

static void walk_diagnostics(const walk *w) { pel_walk_diagnostics(w->e, w->img); }

/* ---- the document ------------------------------------------------------ */

static void (*const parts[])(const walk *w) = {
    walk_file,
    walk_kind,
    walk_dos,
    pel_walk_dos_relocs,
    pel_walk_dos_stub,
    walk_rich,
    walk_signature,
    walk_te,
    walk_file_header,
    walk_optional,
    walk_sections,
    pel_walk_exports,
    pel_walk_imports,
    pel_walk_resources,
    pel_walk_exceptions,
    pel_walk_relocs,
    pel_walk_debug,
    pel_walk_architecture,
    pel_walk_global_pointer,
    pel_walk_tls,
    pel_walk_load_config,
    pel_walk_bound_imports,
    pel_walk_iat,
    pel_walk_delay_imports,
    pel_walk_clr,
    pel_walk_native,
    pel_walk_reserved,
    pel_walk_api_sets,
    pel_walk_certificates,
    pel_walk_signature,
    pel_walk_coff_symbols,
    pel_walk_line_numbers,
    walk_overlay,
    pel_walk_hashes,
    walk_diagnostics,
};

void pel_walk_image(pel_emitter *e, const pel_image *image, const char *path,
                    const pel_dump_options *options)
{
    walk w = { .e = e, .img = image, .path = path, .options = options };
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.dump/1");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        parts[i](&w);
    pel_emit_map_end(e);
}

pel_status pel_dump_image(const pel_image *image, const char *path, const pel_dump_options *options,
                          pel_sink sink)
{
    pel_emitter *e;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_walk_image(e, image, path, pel_dump_options_or_default(options));
    return pel_emitter_close(e);
}
