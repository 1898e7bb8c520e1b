/* SPDX-License-Identifier: Apache-2.0 */
/* Objects and their kin: what they have beside the sections, symbols and line numbers of images. */
#include <pelorus/object.h>
#include <pelorus/symbols.h>

#include "base/alloc.h"
#include "base/text.h"
#include "dump/walk_image.h"

/* ---- headers ----------------------------------------------------------- */

static void walk_anonymous(const walk *w)
{
    pel_structure s;
    pel_foff at;
    if (pel_image_structure(w->img, &pel_anon_object_schema, 0, &s) != PEL_OK)
        return;
    pel_span data = pel_image_anon_data(w->img, &at);
    pel_emit_map_begin(w->e, "anon_object_header");
    pel_emit_structure(w->e, &s);
    pel_emit_string(w->e, "class", pel_anon_class_name(pel_image_anon_header(w->img)->class_id));
    pel_emit_hex(w->e, "data_offset", at.v);
    pel_emit_hex(w->e, "data_size", data.size);
    pel_emit_map_end(w->e);
}

static void walk_file_header(const walk *w)
{
    if (pel_image_get_kind(w->img) == PEL_IMAGE_OBJECT)
        pel_walk_header(w, "file_header", &pel_file_header_schema);
}

static void walk_import(const walk *w)
{
    pel_structure s;
    pel_import_names n;
    if (pel_image_structure(w->img, &pel_import_object_schema, 0, &s) != PEL_OK)
        return;
    pel_status st = pel_image_import_names(w->img, &n);
    pel_emit_map_begin(w->e, "import_object");
    pel_emit_structure(w->e, &s);
    pel_emit_enum(w->e, "Type", n.type, &pel_names_import_type);
    pel_emit_enum(w->e, "NameType", n.name_type, &pel_names_import_name_type);
    pel_emit_hex(w->e, "Reserved", n.reserved);
    pel_emit_optional_text(w->e, "symbol", n.has_symbol, n.symbol);
    pel_emit_optional_text(w->e, "dll", n.has_dll, n.dll);
    pel_emit_optional_text(w->e, "export_as", n.has_export, n.export_as);
    pel_emit_optional_text(w->e, "import_name", n.has_import, n.import_name);
    pel_emit_end(w->e, st);
    pel_emit_map_end(w->e);
}

static void walk_separate_debug(const walk *w)
{
    pel_debug_variant variant = pel_image_debug_variant(w->img);
    if (pel_image_get_kind(w->img) != PEL_IMAGE_SEPARATE_DEBUG)
        return;
    pel_emit_string(w->e, "variant", pel_debug_variant_name(variant));
    pel_walk_header(w, "separate_debug", &pel_separate_debug_schema);
}

/* ---- for the linker ---------------------------------------------------- */

static void walk_directives(const walk *w)
{
    pel_str text;
    uint32_t section;
    pel_directive_iter it = pel_image_directives(w->img);
    if (!pel_directive_next(&it, &text, &section) || !pel_dump_wants(w->options, "directives"))
        return;
    pel_emit_seq_begin(w->e, "directives");
    do
        pel_emit_text(w->e, NULL, text);
    while (w->e->status == PEL_OK && pel_directive_next(&it, &text, &section));
    pel_emit_seq_end(w->e);
}

static void emit_symbol_name(const walk *w, const char *key, uint32_t index, uint64_t *left)
{
    pel_coff_entry e;
    bool there = pel_coff_at(w->img, index, &e) == PEL_OK && e.has_name && e.name.len <= *left;
    if (there)
        *left -= e.name.len;
    pel_emit_optional_text(w->e, key, there, e.name);
}

static void walk_comdat(const walk *w, uint32_t section, const pel_comdat *c, uint64_t *left)
{
    pel_emit_map_begin(w->e, NULL);
    pel_emit_dec(w->e, "SectionNumber", section + (uint64_t)1);
    pel_emit_section_name(w->e, "section", w->img, section);
    pel_emit_enum(w->e, "Selection", c->aux.selection, &pel_names_comdat_select);
    pel_emit_hex(w->e, "CheckSum", c->aux.checksum);
    if (c->associated)
        pel_emit_dec(w->e, "associated", c->associated);
    else
        pel_emit_null(w->e, "associated");
    emit_symbol_name(w, "symbol", c->symbol, left);
    pel_emit_map_end(w->e);
}

static void walk_comdats(const walk *w)
{
    size_t count = pel_image_section_count(w->img), size = count * sizeof(pel_comdat) + 1;
    uint64_t left = 16 * (uint64_t)pel_image_bytes(w->img).size;
    if (count == 0 || !pel_dump_wants(w->options, "comdats"))
        return;
    pel_allocator allocator = pel_allocator_or_default(w->options->allocator);
    pel_comdat *comdats = pel_take(&allocator, size);
    if (!comdats) {
        pel_emitter_fail(w->e, PEL_NO_MEMORY);
        return;
    }
    if (pel_image_comdats(w->img, comdats)) {
        pel_emit_seq_begin(w->e, "comdats");
        for (uint32_t i = 0; i < count && w->e->status == PEL_OK; i++)
            if (comdats[i].present)
                walk_comdat(w, i, &comdats[i], &left);
        pel_emit_seq_end(w->e);
    }
    pel_give(&allocator, comdats, size);
}

/* ---- relocations ------------------------------------------------------- */

static void walk_relocation(const walk *w, const pel_coff_relocation *r, uint64_t at,
                            uint64_t *left)
{
    uint16_t machine = pel_image_machine(w->img);
    pel_emit_map_begin(w->e, NULL);
    w->e->offset = at;
    w->e->digits = 8;
    pel_emit_hex(w->e, "VirtualAddress", r->address.v);
    pel_emit_dec(w->e, "SymbolTableIndex", r->symbol);
    pel_emit_named(w->e, "Type", r->type, pel_coff_reloc_type_name(machine, r->type));
    emit_symbol_name(w, "symbol", r->symbol, left);
    pel_emit_map_end(w->e);
}

#define RECORD_SIZE 10

/* All sections may share one table, and all records one long name: together they show what a file
 * of this size can mean. */
static void walk_section_relocations(const walk *w, uint32_t section, uint64_t *left)
{
    pel_coff_relocation r;
    pel_coff_reloc_iter it = pel_image_coff_relocs(w->img, section);
    pel_status st = PEL_OK;
    pel_emit_map_begin(w->e, NULL);
    pel_emit_dec(w->e, "SectionNumber", section + (uint64_t)1);
    pel_emit_section_name(w->e, "section", w->img, section);
    pel_emit_dec(w->e, "count", it.count);
    pel_emit_boolean(w->e, "extended", it.extended);
    pel_emit_seq_begin(w->e, "entries");
    for (uint64_t at = it.offset.v; w->e->status == PEL_OK && st == PEL_OK; at = it.offset.v) {
        if (!pel_coff_reloc_next(&it, &r))
            break;
        st = *left >= RECORD_SIZE ? PEL_OK : PEL_LIMIT;
        *left -= st == PEL_OK ? RECORD_SIZE : 0;
        if (st == PEL_OK)
            walk_relocation(w, &r, at, left);
    }
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, st == PEL_OK ? it.status : st);
    pel_emit_map_end(w->e);
}

static void walk_relocations(const walk *w)
{
    uint32_t count = pel_image_section_count(w->img), first = 0;
    uint64_t left = 16 * (uint64_t)pel_image_bytes(w->img).size;
    while (first < count && pel_image_coff_relocs(w->img, first).count == 0)
        first++;
    if (first == count || !pel_dump_wants(w->options, "relocations"))
        return;
    pel_emit_seq_begin(w->e, "relocations");
    for (uint32_t i = first; i < count && w->e->status == PEL_OK; i++)
        if (pel_image_coff_relocs(w->img, i).count > 0)
            walk_section_relocations(w, i, &left);
    pel_emit_seq_end(w->e);
}

/* ---- separate debug files ---------------------------------------------- */

static void walk_exported_names(const walk *w)
{
    pel_foff at;
    pel_span names = pel_image_exported_names(w->img, &at);
    if (names.size == 0 || !pel_dump_wants(w->options, "exported_names"))
        return;
    pel_emit_seq_begin(w->e, "exported_names");
    while (names.size > 0 && w->e->status == PEL_OK) {
        pel_str name = pel_str_in(names);
        if (name.len > 0)
            pel_emit_text(w->e, NULL, name);
        names = pel_span_clip(names, name.len + 1, UINT64_MAX);
    }
    pel_emit_seq_end(w->e);
}

/* ---- all of it --------------------------------------------------------- */

static void walk_sections(const walk *w)
{
    pel_image_kind kind = pel_image_get_kind(w->img);
    if (kind == PEL_IMAGE_OBJECT || kind == PEL_IMAGE_BIG_OBJECT || pel_image_debug_header(w->img))
        pel_walk_sections(w);
}

static void (*const parts[])(const walk *w) = {
    walk_anonymous,      walk_file_header, walk_import,           walk_separate_debug,
    walk_sections,       walk_directives,  walk_comdats,          walk_relocations,
    walk_exported_names, pel_walk_debug,   pel_walk_coff_symbols, pel_walk_line_numbers,
    pel_walk_archive,
};

void pel_walk_object(const walk *w)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        parts[i](w);
}
