/* SPDX-License-Identifier: Apache-2.0 */
/* COFF symbols, their auxiliary records and names, and line numbers. Few linkers leave them in
 * images; those of MinGW do.
 *
 *   PointerToSymbolTable --> | symbol 18 | auxiliary 18 | symbol 18 | ... | size 4 | strings |
 */
#include <pelorus/symbols.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

#define SHORT_NAME     8
#define LONGEST_NAME   4096 /* all symbols may point at the same endless name */
#define DERIVED_MASK   0x30
#define TYPE_FUNCTION  0x20
#define LINE_SIZE      6
#define SIZE_OF_STRING 4 /* the size at the start of the string table */

/* A dump of memory has no byte at its file offset. */
static bool has_table(const pel_image *img)
{
    return img->file.symbol_table.v != 0 && img->layout == PEL_LAYOUT_FILE;
}

bool pel_image_symbols_at(const pel_image *image, pel_foff *offset, uint32_t *count)
{
    *offset = image->file.symbol_table;
    *count = image->file.symbol_count;
    return has_table(image);
}

unsigned pel_image_symbol_size(const pel_image *img)
{
    return img->kind == PEL_IMAGE_BIG_OBJECT ? PEL_COFF_SYMBOL_EX_SIZE : PEL_COFF_SYMBOL_SIZE;
}

pel_span pel_image_symbol_table(const pel_image *image)
{
    uint64_t size = (uint64_t)image->file.symbol_count * pel_image_symbol_size(image);
    uint64_t at = image->file.symbol_table.v;
    return pel_span_clip(image->bytes, at, has_table(image) ? size : 0);
}

uint64_t pel_image_string_table_at(const pel_image *img)
{
    return img->file.symbol_table.v + (uint64_t)img->file.symbol_count * pel_image_symbol_size(img);
}

pel_span pel_image_string_table(const pel_image *image)
{
    uint64_t at = pel_image_string_table_at(image);
    if (!has_table(image))
        return (pel_span){ .data = NULL };
    return pel_span_clip(image->bytes, at, pel_span_uint(image->bytes, at, SIZE_OF_STRING));
}

/* ---- symbols ----------------------------------------------------------- */

/* Either eight bytes, or zeros and an offset in the string table. False when that leads nowhere. */
static bool name_of(const pel_image *img, pel_span record, pel_str *out)
{
    uint64_t offset = pel_span_uint(record, 4, 4);
    if (pel_span_uint(record, 0, 4) != 0) {
        *out = pel_str_in(pel_span_clip(record, 0, SHORT_NAME));
        return true;
    }
    pel_span strings = pel_image_string_table(img);
    bool there = offset >= SIZE_OF_STRING && offset < strings.size;
    *out = pel_str_in(pel_span_clip(strings, offset, there ? LONGEST_NAME : 0));
    return there;
}

pel_str pel_coff_name(const pel_image *image, uint32_t index)
{
    pel_str name = { NULL, 0 };
    pel_span record;
    unsigned size = pel_image_symbol_size(image);
    if (pel_span_slice(pel_image_symbol_table(image), (uint64_t)index * size, size, &record))
        name_of(image, record, &name);
    return name;
}

pel_str pel_coff_file(const pel_image *image, const pel_coff_entry *symbol)
{
    pel_str name = pel_str_in(pel_span_clip(symbol->aux, 0, LONGEST_NAME));
    pel_span strings = pel_image_string_table(image);
    uint64_t offset = pel_span_uint(symbol->aux, 4, 4);
    if (symbol->aux_kind != PEL_AUX_FILE)
        return (pel_str){ .len = 0 };
    if (pel_span_uint(symbol->aux, 0, 4) != 0 || offset < 4 || offset >= strings.size)
        return name;
    return pel_str_in(pel_span_clip(strings, offset, LONGEST_NAME));
}

static pel_aux_kind kind_of(const pel_coff_entry *e)
{
    const pel_coff_symbol *s = &e->record;
    bool function = (s->type & DERIVED_MASK) == TYPE_FUNCTION;
    if (s->aux_count == 0)
        return PEL_AUX_NONE;
    switch (s->storage) {
    case PEL_SYM_CLASS_FILE: return PEL_AUX_FILE;
    case PEL_SYM_CLASS_FUNCTION: return PEL_AUX_BF_EF;
    case PEL_SYM_CLASS_WEAK_EXTERNAL: return PEL_AUX_WEAK;
    case PEL_SYM_CLASS_CLR_TOKEN: return PEL_AUX_TOKEN;
    case PEL_SYM_CLASS_SECTION: return PEL_AUX_SECTION;
    case PEL_SYM_CLASS_STATIC: return function ? PEL_AUX_FUNCTION : PEL_AUX_SECTION;
    case PEL_SYM_CLASS_EXTERNAL:
        if (e->section == PEL_SYM_UNDEFINED && s->value == 0)
            return PEL_AUX_WEAK; /* the form before there was a class for it */
        return function ? PEL_AUX_FUNCTION : PEL_AUX_OTHER;
    default: return PEL_AUX_OTHER;
    }
}

/* Both forms become one. */
static void decode_symbol(pel_span record, pel_coff_entry *e)
{
    pel_reader r = { .bytes = record };
    pel_coff_symbol_ex ex;
    if (e->size == PEL_COFF_SYMBOL_SIZE) {
        pel_schema_decode(&pel_coff_symbol_schema, &r, &e->record);
        e->section = e->record.section;
        if (e->section == PEL_SYM_ABSOLUTE || e->section == PEL_SYM_DEBUG)
            e->section |= 0xffff0000u;
        return;
    }
    pel_schema_decode(&pel_coff_symbol_ex_schema, &r, &ex);
    e->section = ex.section;
    e->record = (pel_coff_symbol){ .value = ex.value,
                                   .section = (uint16_t)ex.section,
                                   .type = ex.type,
                                   .storage = ex.storage,
                                   .aux_count = ex.aux_count };
    memcpy(e->record.name, ex.name, sizeof ex.name);
}

pel_status pel_coff_at(const pel_image *image, uint32_t index, pel_coff_entry *out)
{
    pel_span table = pel_image_symbol_table(image), record;
    unsigned size = pel_image_symbol_size(image);
    uint64_t at = (uint64_t)index * size;
    *out = (pel_coff_entry){ .index = index, .size = size };
    if (!pel_span_slice(table, at, size, &record))
        return PEL_NOT_FOUND;
    decode_symbol(record, out);
    out->offset.v = image->file.symbol_table.v + at;
    out->aux = pel_span_clip(table, at + size, (uint64_t)out->record.aux_count * size);
    out->aux_kind = kind_of(out);
    out->has_name = name_of(image, record, &out->name);
    return PEL_OK;
}

pel_coff_iter pel_image_coff_symbols(const pel_image *image)
{
    return (pel_coff_iter){ .image = image };
}

bool pel_coff_next(pel_coff_iter *it, pel_coff_entry *out)
{
    const pel_file_header *h = &it->image->file;
    *out = (pel_coff_entry){ .index = it->index };
    if (it->status != PEL_OK || !has_table(it->image) || it->index >= h->symbol_count)
        return false;
    if (pel_coff_at(it->image, it->index, out) != PEL_OK) {
        it->status = PEL_TRUNCATED;
        return false;
    }
    if (out->record.aux_count >= h->symbol_count - it->index)
        it->status = PEL_TRUNCATED; /* and this one is the last */
    it->index += 1 + (uint32_t)out->record.aux_count;
    return true;
}

/* ---- auxiliary records ------------------------------------------------- */

bool pel_coff_next_aux(pel_coff_iter *it, pel_coff_entry *out)
{
    pel_span table = pel_image_symbol_table(it->image);
    unsigned size = pel_image_symbol_size(it->image);
    uint64_t at = (uint64_t)(it->index + 1) * size - 1; /* NumberOfAuxSymbols is the last byte */
    for (; it->status == PEL_OK && at < table.size && pel_span_uint(table, at, 1) == 0; at += size)
        it->index++;
    return pel_coff_next(it, out);
}

const pel_schema *pel_aux_schema(pel_aux_kind kind)
{
    switch (kind) {
    case PEL_AUX_FUNCTION: return &pel_aux_function_schema;
    case PEL_AUX_BF_EF: return &pel_aux_bf_ef_schema;
    case PEL_AUX_WEAK: return &pel_aux_weak_schema;
    case PEL_AUX_SECTION: return &pel_aux_section_schema;
    case PEL_AUX_TOKEN: return &pel_aux_token_schema;
    case PEL_AUX_NONE:
    case PEL_AUX_FILE:
    case PEL_AUX_OTHER: break;
    }
    return NULL;
}

pel_status pel_coff_aux(const pel_coff_entry *symbol, uint32_t index, void *out)
{
    const pel_schema *schema = pel_aux_schema(symbol->aux_kind);
    pel_reader r = { .pos = 0 };
    uint64_t at = (uint64_t)index * symbol->size;
    if (!schema)
        return PEL_NOT_FOUND;
    memset(out, 0, schema->struct_size);
    if (!pel_span_slice(symbol->aux, at, symbol->size, &r.bytes))
        return PEL_NOT_FOUND;
    return pel_schema_decode(schema, &r, out);
}

bool pel_coff_rva(const pel_image *image, const pel_coff_symbol *symbol, pel_rva *out)
{
    const pel_section *s = symbol->section ? pel_image_section(image, symbol->section - 1u) : NULL;
    uint64_t rva = s ? (uint64_t)s->header.virtual_address.v + symbol->value : 0;
    out->v = 0;
    if (!s || rva >= pel_image_view_size(image) || rva > UINT32_MAX)
        return false;
    out->v = (uint32_t)rva;
    return true;
}

/* ---- line numbers ------------------------------------------------------ */

pel_line_iter pel_image_lines(const pel_image *image, uint32_t index)
{
    const pel_section *s = pel_image_section(image, index);
    pel_line_iter it = { .status = PEL_OK };
    if (!s || s->header.line_table.v == 0 || image->layout != PEL_LAYOUT_FILE ||
        image->kind == PEL_IMAGE_SEPARATE_DEBUG) /* its sections are those of the image */
        return it;
    it.count = s->header.line_count;
    it.offset = s->header.line_table;
    it.lines = pel_span_clip(image->bytes, it.offset.v, (uint64_t)it.count * LINE_SIZE);
    return it;
}

pel_line_iter pel_image_debug_lines(const pel_image *image)
{
    pel_foff at = image->debug_lines;
    uint32_t count = image->debug_line_count;
    return (pel_line_iter){ .lines = pel_span_clip(image->bytes, at.v, (uint64_t)count * LINE_SIZE),
                            .count = count,
                            .offset = at };
}

bool pel_line_next(pel_line_iter *it, pel_line_number *out)
{
    pel_reader r = { .pos = 0 };
    *out = (pel_line_number){ 0 };
    if (it->status != PEL_OK || it->index == it->count)
        return false;
    if (!pel_span_slice(it->lines, (uint64_t)it->index * LINE_SIZE, LINE_SIZE, &r.bytes)) {
        it->status = PEL_TRUNCATED;
        return false;
    }
    it->index++;
    it->offset.v += LINE_SIZE;
    return pel_schema_decode(&pel_line_number_schema, &r, out) == PEL_OK;
}
