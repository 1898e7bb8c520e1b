/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: their members, their indexes, and the members once more, each walked as a file. */
#include <pelorus/archive.h>
#include <pelorus/object.h>

#include "base/text.h"
#include "dump/walk_image.h"

#define DEEPEST  3   /* archives in archives that are walked */
#define HEX_MOST 128 /* bytes of the hybrid map that are shown */

/* Text is for people: it counts what there is many of, unless it is asked for by name. */
static bool in_full(const walk *w)
{
    return w->options->format != PEL_FORMAT_TEXT || w->options->only;
}

/* ---- members ----------------------------------------------------------- */

static pel_image *parse_member(const walk *w, const pel_archive_entry *m)
{
    pel_image *image = NULL;
    pel_image_options options = { .allocator = w->options->allocator };
    pel_status st = pel_image_parse(m->data, &options, &image);
    if (st != PEL_OK)
        pel_emitter_fail(w->e, st);
    return image;
}

/* What is behind MZ only the whole parse can tell. */
static pel_image_kind kind_of(const walk *w, const pel_archive_entry *m)
{
    pel_image_kind kind = pel_identify(m->data);
    pel_image *image = kind == PEL_IMAGE_DOS ? parse_member(w, m) : NULL;
    if (image)
        kind = pel_image_get_kind(image);
    pel_image_free(image);
    return kind;
}

/* The symbol that an import object is of. */
static void emit_import(const walk *w, const pel_archive_entry *m, pel_image_kind kind)
{
    pel_import_names names = { .has_symbol = false };
    pel_image *image = kind == PEL_IMAGE_IMPORT_OBJECT ? parse_member(w, m) : NULL;
    if (image)
        pel_image_import_names(image, &names);
    pel_emit_optional_text(w->e, "import", names.has_symbol, names.symbol);
    pel_image_free(image);
}

static void walk_member(const walk *w, const pel_archive_entry *m)
{
    pel_structure s = { .schema = &pel_archive_member_schema,
                        .fields = &m->header,
                        .offset = m->offset,
                        .size = pel_schema_wire_size(&pel_archive_member_schema, false) };
    bool file = m->role == PEL_MEMBER_FILE;
    pel_image_kind kind = file ? kind_of(w, m) : PEL_IMAGE_UNKNOWN;
    s.available = s.size;
    pel_emit_map_begin(w->e, NULL);
    pel_emit_hex(w->e, "offset", m->offset.v);
    if (in_full(w))
        pel_emit_structure(w->e, &s);
    pel_emit_string(w->e, "role", pel_member_role_name(m->role));
    pel_emit_hex(w->e, "data_offset", m->data_offset.v);
    pel_emit_hex(w->e, "data_size", m->data.size);
    pel_emit_string(w->e, "kind", file ? pel_image_kind_name(kind) : NULL);
    emit_import(w, m, kind);
    pel_emit_text(w->e, "name", m->name);
    pel_emit_map_end(w->e);
}

static void walk_members(const walk *w)
{
    pel_archive_entry m;
    pel_emit_seq_begin(w->e, "members");
    for (uint32_t i = 0; pel_dump_wants(w->options, "members") && w->e->status == PEL_OK &&
                         pel_archive_at(w->img, i, &m) == PEL_OK;
         i++)
        walk_member(w, &m);
    pel_emit_seq_end(w->e);
}

/* ---- indexes ----------------------------------------------------------- */

static void walk_symbol(const walk *w, const pel_archive_index *it, const pel_archive_symbol *s)
{
    pel_emit_map_begin(w->e, NULL);
    if (it->role != PEL_MEMBER_FIRST_LINKER)
        pel_emit_dec(w->e, "index", s->number);
    if (s->has_offset)
        pel_emit_hex(w->e, "offset", s->offset.v);
    else
        pel_emit_null(w->e, "offset");
    if (s->has_member)
        pel_emit_dec(w->e, "member", s->member);
    else
        pel_emit_null(w->e, "member");
    pel_emit_text(w->e, "name", s->name);
    pel_emit_map_end(w->e);
}

static void walk_index(const walk *w, const char *key, pel_member_role role)
{
    pel_archive_entry m;
    if (pel_archive_find(w->img, role, NULL, &m) != PEL_OK || !pel_dump_wants(w->options, key))
        return;
    pel_archive_index it = pel_archive_symbols(w->img, role);
    pel_emit_map_begin(w->e, key);
    pel_emit_hex(w->e, "offset", m.data_offset.v);
    pel_emit_dec(w->e, "members", it.members);
    pel_emit_dec(w->e, "count", it.count);
    if (in_full(w)) {
        pel_emit_seq_begin(w->e, "symbols");
        for (pel_archive_symbol s; w->e->status == PEL_OK && pel_archive_symbol_next(&it, &s);)
            walk_symbol(w, &it, &s);
        pel_emit_seq_end(w->e);
    }
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

/* Members whose inside is text, or that nobody described. */
static void walk_block(const walk *w, const char *key, pel_member_role role)
{
    pel_archive_entry m;
    char text[2 * HEX_MOST + 1];
    if (pel_archive_find(w->img, role, NULL, &m) != PEL_OK || !pel_dump_wants(w->options, key))
        return;
    pel_emit_map_begin(w->e, key);
    pel_emit_hex(w->e, "offset", m.data_offset.v);
    pel_emit_hex(w->e, "size", m.data.size);
    if (role == PEL_MEMBER_HYBRID_MAP) {
        pel_hex_text(pel_span_clip(m.data, 0, HEX_MOST), text, sizeof text);
        pel_emit_string(w->e, "bytes", text);
    }
    pel_emit_map_end(w->e);
}

/* ---- what is in the members -------------------------------------------- */

/* Offsets in a member count from its start, as it has them itself; text shows those in the file. */
static void walk_content(const walk *w, const pel_archive_entry *m)
{
    pel_image *image = parse_member(w, m);
    if (!image)
        return;
    pel_dump_options all = *w->options;
    all.only = NULL;
    all.only_count = 0;
    walk inner = {
        .e = w->e, .img = image, .path = w->path, .options = &all, .depth = w->depth + 1
    };
    uint64_t origin = w->e->origin;
    pel_image_kind kind = pel_image_get_kind(image);
    pel_emit_map_begin(w->e, NULL);
    pel_emit_dec(w->e, "member", m->index);
    pel_emit_text(w->e, "name", m->name);
    pel_emit_string(w->e, "kind", pel_image_kind_name(kind));
    w->e->origin += m->data_offset.v;
    if (kind == PEL_IMAGE_ARCHIVE && inner.depth > DEEPEST)
        pel_emit_end(w->e, PEL_LIMIT);
    else if (kind != PEL_IMAGE_UNKNOWN)
        pel_walk_parts(&inner);
    w->e->origin = origin;
    pel_emit_map_end(w->e);
    pel_image_free(image);
}

static void walk_contents(const walk *w)
{
    pel_archive_entry m;
    if (!in_full(w) || !pel_dump_wants(w->options, "contents"))
        return;
    pel_emit_seq_begin(w->e, "contents");
    for (uint32_t i = 0; w->e->status == PEL_OK && pel_archive_at(w->img, i, &m) == PEL_OK; i++)
        if (m.role == PEL_MEMBER_FILE)
            walk_content(w, &m);
    pel_emit_seq_end(w->e);
}

void pel_walk_archive(const walk *w)
{
    if (pel_image_get_kind(w->img) != PEL_IMAGE_ARCHIVE)
        return;
    walk_members(w);
    walk_index(w, "first_linker_member", PEL_MEMBER_FIRST_LINKER);
    walk_index(w, "second_linker_member", PEL_MEMBER_SECOND_LINKER);
    walk_index(w, "ec_symbols", PEL_MEMBER_EC_SYMBOLS);
    walk_block(w, "long_names", PEL_MEMBER_LONG_NAMES);
    walk_block(w, "hybrid_map", PEL_MEMBER_HYBRID_MAP);
    walk_contents(w);
}
