/* SPDX-License-Identifier: Apache-2.0 */
/* COFF symbols and line numbers. Symbols are rows of one table; auxiliary records are a table
 * behind it, each with the index of its symbol, so that both can be read. */
#include <pelorus/symbols.h>

#include "base/text.h"
#include "dump/walk_image.h"

/* ---- symbols ----------------------------------------------------------- */

static void emit_section(const walk *w, uint32_t number)
{
    const pel_name *special = pel_names_find(&pel_names_symbol_section, number);
    if (special)
        pel_emit_string(w->e, "section", special->doc);
    else
        pel_emit_section_name(w->e, "section", w->img, number - 1u);
}

static void walk_symbol(const walk *w, const pel_coff_entry *s)
{
    pel_rva rva;
    pel_emit_map_begin(w->e, NULL);
    pel_emit_dec(w->e, "index", s->index);
    w->e->offset = s->offset.v;
    w->e->digits = 8;
    pel_emit_hex(w->e, "Value", s->record.value);
    bool big = s->size != PEL_COFF_SYMBOL_SIZE;
    pel_emit_dec(w->e, "SectionNumber", big ? s->section : s->record.section);
    pel_emit_flags(w->e, "Type", s->record.type, &pel_names_symbol_type);
    pel_emit_enum(w->e, "StorageClass", s->record.storage, &pel_names_symbol_class);
    pel_emit_dec(w->e, "aux", s->record.aux_count);
    emit_section(w, s->section);
    w->e->digits = 8;
    if (pel_coff_rva(w->img, &s->record, &rva))
        pel_emit_hex(w->e, "rva", rva.v);
    else
        pel_emit_null(w->e, "rva");
    pel_emit_optional_text(w->e, "Name", s->has_name, s->name);
    pel_emit_map_end(w->e);
}

/* `*kinds` gets a bit for each pel_aux_kind that there is. */
static pel_status walk_symbols(const walk *w, uint32_t *kinds)
{
    pel_coff_iter it = pel_image_coff_symbols(w->img);
    pel_emit_seq_begin(w->e, "symbols");
    for (pel_coff_entry s; w->e->status == PEL_OK && pel_coff_next(&it, &s);) {
        *kinds |= (uint32_t)1 << s.aux_kind;
        walk_symbol(w, &s);
    }
    pel_emit_seq_end(w->e);
    return it.status;
}

/* ---- auxiliary records ------------------------------------------------- */

typedef union aux_record {
    pel_aux_function function;
    pel_aux_bf_ef bf_ef;
    pel_aux_weak weak;
    pel_aux_section section;
    pel_aux_token token;
} aux_record;

static void walk_record(const walk *w, const pel_coff_entry *s, uint32_t i, const aux_record *aux)
{
    const pel_schema *schema = pel_aux_schema(s->aux_kind);
    pel_structure record = { .schema = schema,
                             .fields = aux,
                             .offset = { s->offset.v + (i + 1) * s->size },
                             .size = PEL_COFF_SYMBOL_SIZE,
                             .available = PEL_COFF_SYMBOL_SIZE };
    pel_emit_map_begin(w->e, NULL);
    pel_emit_dec(w->e, "symbol", s->index);
    pel_emit_structure(w->e, &record);
    pel_emit_map_end(w->e);
}

/* The auxiliary records of one kind; looked for only if there are any. */
static void walk_aux(const walk *w, const char *key, pel_aux_kind kind, uint32_t kinds)
{
    aux_record aux;
    pel_coff_iter it = pel_image_coff_symbols(w->img);
    pel_emit_seq_begin(w->e, key);
    for (pel_coff_entry s;
         kinds >> kind & 1 && w->e->status == PEL_OK && pel_coff_next_aux(&it, &s);)
        for (uint32_t i = 0; s.aux_kind == kind && pel_coff_aux(&s, i, &aux) == PEL_OK; i++)
            walk_record(w, &s, i, &aux);
    pel_emit_seq_end(w->e);
}

/* All of them may share one long name: together they show what a file of this size can mean. */
static void walk_files(const walk *w)
{
    uint64_t left = 16 * (uint64_t)pel_image_bytes(w->img).size;
    pel_coff_iter it = pel_image_coff_symbols(w->img);
    pel_emit_seq_begin(w->e, "files");
    for (pel_coff_entry s; w->e->status == PEL_OK && pel_coff_next_aux(&it, &s);) {
        if (s.aux_kind != PEL_AUX_FILE)
            continue;
        pel_emit_map_begin(w->e, NULL);
        pel_emit_dec(w->e, "symbol", s.index);
        pel_str name = pel_coff_file(w->img, &s);
        name.len = name.len <= left ? name.len : 0;
        left -= name.len;
        pel_emit_text(w->e, "FileName", name);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

/* Records that nobody defined, as bytes. */
static void walk_other(const walk *w, const pel_coff_entry *s)
{
    for (size_t at = 0; at < s->aux.size; at += s->size) {
        char text[2 * PEL_COFF_SYMBOL_EX_SIZE + 1];
        pel_hex_text(pel_span_clip(s->aux, at, s->size), text, sizeof text);
        pel_emit_map_begin(w->e, NULL);
        pel_emit_dec(w->e, "symbol", s->index);
        w->e->offset = s->offset.v + s->size + at;
        pel_emit_string(w->e, "bytes", text);
        pel_emit_map_end(w->e);
    }
}

static void walk_others(const walk *w)
{
    bool any = false;
    pel_coff_iter it = pel_image_coff_symbols(w->img);
    for (pel_coff_entry s; w->e->status == PEL_OK && pel_coff_next(&it, &s);) {
        if (s.aux_kind != PEL_AUX_OTHER)
            continue;
        if (!any)
            pel_emit_seq_begin(w->e, "aux_other");
        any = true;
        walk_other(w, &s);
    }
    if (any)
        pel_emit_seq_end(w->e);
}

static void walk_string_table(const walk *w)
{
    pel_foff at;
    uint32_t count;
    unsigned size = pel_image_get_kind(w->img) == PEL_IMAGE_BIG_OBJECT ? PEL_COFF_SYMBOL_EX_SIZE
                                                                       : PEL_COFF_SYMBOL_SIZE;
    pel_image_symbols_at(w->img, &at, &count);
    pel_emit_map_begin(w->e, "string_table");
    pel_emit_hex(w->e, "offset", at.v + (uint64_t)count * size);
    pel_emit_hex(w->e, "size", pel_image_string_table(w->img).size);
    pel_emit_map_end(w->e);
}

void pel_walk_coff_symbols(const walk *w)
{
    pel_foff at;
    uint32_t count;
    if (!pel_image_symbols_at(w->img, &at, &count) || !pel_dump_wants(w->options, "coff_symbols"))
        return;
    pel_emit_map_begin(w->e, "coff_symbols");
    pel_emit_hex(w->e, "offset", at.v);
    pel_emit_dec(w->e, "count", count);
    walk_string_table(w);
    uint32_t kinds = 0;
    pel_status st = walk_symbols(w, &kinds);
    walk_files(w);
    walk_aux(w, "aux_functions", PEL_AUX_FUNCTION, kinds);
    walk_aux(w, "aux_bf_ef", PEL_AUX_BF_EF, kinds);
    walk_aux(w, "aux_weak", PEL_AUX_WEAK, kinds);
    walk_aux(w, "aux_sections", PEL_AUX_SECTION, kinds);
    walk_aux(w, "aux_tokens", PEL_AUX_TOKEN, kinds);
    walk_others(w);
    pel_emit_end(w->e, st);
    pel_emit_map_end(w->e);
}

/* ---- line numbers ------------------------------------------------------ */

static void walk_line(const walk *w, const pel_line_number *line, uint64_t offset)
{
    pel_structure s = { .schema = &pel_line_number_schema,
                        .fields = line,
                        .offset = { offset },
                        .size = pel_schema_wire_size(&pel_line_number_schema, false) };
    s.available = s.size;
    pel_emit_map_begin(w->e, NULL);
    pel_emit_structure(w->e, &s);
    pel_emit_map_end(w->e);
}

/* All sections may share one table: together they show what the file can mean. */
static void walk_lines(const walk *w, pel_line_iter it, uint32_t section, uint64_t *left)
{
    pel_status st = PEL_OK;
    pel_emit_map_begin(w->e, NULL);
    pel_emit_section_name(w->e, "section", w->img, section);
    pel_emit_seq_begin(w->e, "lines");
    pel_line_number line;
    for (uint64_t at = it.offset.v; w->e->status == PEL_OK && st == PEL_OK; at = it.offset.v) {
        if (!pel_line_next(&it, &line))
            break;
        st = *left > 0 ? PEL_OK : PEL_LIMIT;
        *left -= st == PEL_OK;
        if (st == PEL_OK)
            walk_line(w, &line, at);
    }
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, st == PEL_OK ? it.status : st);
    pel_emit_map_end(w->e);
}

static bool has_lines(const pel_image *img, uint32_t section)
{
    return pel_image_lines(img, section).count > 0;
}

void pel_walk_line_numbers(const walk *w)
{
    uint32_t count = pel_image_section_count(w->img), first = 0;
    uint64_t left = pel_image_bytes(w->img).size;
    pel_line_iter debug = pel_image_debug_lines(w->img);
    while (first < count && !has_lines(w->img, first))
        first++;
    if ((first == count && debug.count == 0) || !pel_dump_wants(w->options, "line_numbers"))
        return;
    pel_emit_seq_begin(w->e, "line_numbers");
    for (uint32_t i = first; w->e->status == PEL_OK && i < count; i++)
        if (has_lines(w->img, i))
            walk_lines(w, pel_image_lines(w->img, i), i, &left);
    if (debug.count > 0)
        walk_lines(w, debug, PEL_NO_INDEX, &left);
    pel_emit_seq_end(w->e);
}
