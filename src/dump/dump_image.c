/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.dump/1": the file as it is. */
#include <pelorus/overlay.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/reader.h"
#include "base/text.h"
#include "dump/walk_image.h"
#include "pe/entropy.h"

/* ---- file -------------------------------------------------------------- */

static void walk_file(const walk *w)
{
    pel_span bytes = pel_image_file(w->img);
    pel_emit_map_begin(w->e, "file");
    pel_emit_string(w->e, "path", w->path);
    pel_emit_dec(w->e, "size", bytes.size);
    if (pel_dump_wants(w->options, "file"))
        pel_emit_digests(w, bytes);
    pel_emit_map_end(w->e);
}

static void walk_kind(const walk *w)
{
    pel_layout layout = pel_image_get_layout(w->img);
    pel_emit_string(w->e, "kind", pel_image_kind_name(pel_image_get_kind(w->img)));
    if (layout != PEL_LAYOUT_FILE)
        pel_emit_string(w->e, "layout", pel_layout_name(layout));
}

void pel_walk_head(const walk *w)
{
    walk_file(w);
    walk_kind(w);
}

/* Bytes of the two data directories of a terse image. */
#define TE_DIRECTORIES 16

/* ---- headers ----------------------------------------------------------- */

void pel_walk_header(const walk *w, const char *key, const pel_schema *schema)
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

static void walk_dos(const walk *w) { pel_walk_header(w, "dos_header", &pel_dos_header_schema); }

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
    pel_walk_header(w, "file_header", &pel_file_header_schema);
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
    bool object = pel_image_is_object_kind(pel_image_get_kind(img));
    if (object && s->header.raw_offset.v == 0) /* .bss: SizeOfRawData are bytes in memory */
        return (pel_span){ .data = NULL };
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

/* Sections may share their raw data, 65,535 of them: digests and entropy are computed for as many
 * bytes as eight such files would have, then they are left out. */
#define DIGEST_FACTOR 8

static void emit_no_digests(pel_emitter *e)
{
    static const char *const keys[] = { "md5", "sha1", "sha256" };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        pel_emit_null(e, keys[i]);
}

/* A table for people has no room for digests. */
static void emit_raw_data(const walk *w, pel_span raw, uint64_t *budget)
{
    bool all = pel_dump_wants_all(w->options, "sections");
    bool known = pel_image_get_kind(w->img) != PEL_IMAGE_SEPARATE_DEBUG; /* the image has them */
    if (!known || raw.size > *budget) {
        pel_emit_null(w->e, "entropy");
        if (all)
            emit_no_digests(w->e);
        return;
    }
    *budget -= raw.size;
    if (all)
        pel_emit_digests(w, raw);
    else
        pel_emit_real(w->e, "entropy", pel_image_entropy(w->img, raw));
}

void pel_walk_sections(const walk *w)
{
    bool long_names = any_long_name(w->img);
    uint64_t budget = (uint64_t)pel_image_bytes(w->img).size * DIGEST_FACTOR;
    pel_emit_seq_begin(w->e, "sections");
    for (uint32_t i = 0;
         i < pel_image_section_count(w->img) && pel_dump_wants(w->options, "sections"); i++) {
        const pel_section *section = pel_image_section(w->img, i);
        pel_structure s;
        pel_image_structure(w->img, &pel_section_header_schema, i, &s);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        if (long_names)
            pel_emit_text(w->e, "long_name", section->name);
        if (pel_image_te_header(w->img))
            walk_te_offset(w, section);
        emit_raw_data(w, pel_section_raw(w->img, i), &budget);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

/* ---- the rest ---------------------------------------------------------- */

static void walk_overlay_part(pel_emitter *e, const pel_overlay_part *part)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "looks_like", pel_overlay_kind_name(part->kind));
    pel_emit_hex(e, "offset", part->offset.v);
    pel_emit_hex(e, "size", part->bytes.size);
    if (part->has_marker)
        pel_emit_hex(e, "marker", part->marker.v);
    else
        pel_emit_null(e, "marker");
    pel_emit_string(e, "meaning", pel_overlay_kind_meaning(part->kind));
    pel_emit_map_end(e);
}

static void walk_overlay_parts(const walk *w)
{
    pel_overlay_iter it = pel_image_overlay_parts(w->img);
    pel_emit_seq_begin(w->e, "parts");
    for (pel_overlay_part part; w->e->status == PEL_OK && pel_overlay_next(&it, &part);)
        walk_overlay_part(w->e, &part);
    pel_emit_seq_end(w->e);
}

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
    if (pel_dump_wants_all(w->options, "overlay")) {
        pel_emit_digests(w, overlay);
    } else if (pel_dump_wants(w->options, "overlay")) {
        pel_emit_real(w->e, "entropy", pel_image_entropy(w->img, overlay));
        pel_emit_hash(w->e, "sha256", PEL_HASH_SHA256, overlay);
    }
    if (pel_dump_wants(w->options, "overlay"))
        walk_overlay_parts(w);
    pel_emit_map_end(w->e);
}

/* ---- the document ------------------------------------------------------ */

static void (*const parts[])(const walk *w) = {
    walk_dos,
    pel_walk_dos_relocs,
    pel_walk_dos_stub,
    walk_rich,
    walk_signature,
    walk_te,
    walk_file_header,
    walk_optional,
    pel_walk_sections,
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
    pel_walk_image_policy,
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
    pel_walk_disassembly,
    walk_overlay,
    pel_walk_hashes,
};

void pel_walk_parts(const walk *w)
{
    if (pel_image_is_object_kind(pel_image_get_kind(w->img)))
        pel_walk_object(w);
    else
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            parts[i](w);
    pel_walk_diagnostics(w->e, w->img);
}

void pel_walk_image(pel_emitter *e, const pel_image *image, const char *path,
                    const pel_dump_options *options)
{
    pel_naming naming = { .image = image, .allocator = options->allocator };
    walk w = { .e = e, .img = image, .path = path, .options = options, .naming = &naming };
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.dump/1");
    pel_walk_head(&w);
    pel_walk_parts(&w);
    pel_emit_map_end(e);
    pel_naming_free(&naming);
}

pel_status pel_dump_image(const pel_image *image, const char *path, const pel_dump_options *options,
                          pel_sink sink)
{
    pel_emitter *e;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_walk_image(e, image, path, pel_dump_options_or_default(options));
    return pel_emitter_close(e);
}
