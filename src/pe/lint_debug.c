/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of debug information: the debug directory, COFF symbols and line numbers. */
#include <pelorus/debug.h>
#include <pelorus/symbols.h>

#include "pe/image_priv.h"

/* ---- the debug directory ----------------------------------------------- */

static pel_status remark(pel_image *img, pel_diag_code code, const pel_debug_entry *e,
                         const char *field, uint64_t found_value, uint64_t limit)
{
    const pel_schema *schema = &pel_debug_directory_schema;
    size_t at = pel_field_offset(schema, pel_schema_field(schema, field), false);
    pel_place where = { .structure = schema->key,
                        .index = e->index,
                        .field = field,
                        .has_offset = e->has_offset,
                        .offset = { e->has_offset ? e->offset.v + at : 0 } };
    return pel_image_remark_at(img, code, where, found_value, limit);
}

static bool size_is_odd(const pel_debug_directory *d)
{
    uint32_t least, step;
    pel_debug_sizes(d->type, &least, &step);
    if (d->size < least)
        return true;
    return step ? (d->size - least) % step != 0 : d->size != least;
}

/* Whether both addresses are there, and lead to different places of the file. */
static bool elsewhere(const pel_image *img, const pel_debug_directory *d, pel_foff *mapped)
{
    if (img->layout != PEL_LAYOUT_FILE || d->address.v == 0 || d->offset.v == 0 || d->size == 0)
        return false;
    return pel_image_rva_to_foff(img, d->address, mapped) == PEL_OK &&
           mapped->v + pel_image_raw_bias(img) != d->offset.v;
}

static pel_status lint_entry(pel_image *img, const pel_debug_entry *e)
{
    pel_foff mapped;
    const pel_debug_directory *d = &e->directory;
    if (e->data.size < d->size)
        PEL_TRY(remark(img, PEL_DIAG_DEBUG_DATA_CUT, e, "SizeOfData", d->size, e->data.size));
    if (size_is_odd(d)) {
        uint32_t least, step;
        pel_debug_sizes(d->type, &least, &step);
        PEL_TRY(remark(img, PEL_DIAG_DEBUG_DATA_SIZE, e, "SizeOfData", d->size, least));
    }
    if (elsewhere(img, d, &mapped))
        return remark(img, PEL_DIAG_DEBUG_DATA_ELSEWHERE, e, "PointerToRawData", d->offset.v,
                      mapped.v + pel_image_raw_bias(img));
    return PEL_OK;
}

static pel_status lint_debug_directory(pel_image *img)
{
    size_t wire = pel_schema_wire_size(&pel_debug_directory_schema, false);
    pel_data_directory dir = pel_image_directory(img, PEL_DIR_DEBUG);
    if (dir.address == 0 && dir.size != 0)
        return pel_image_remark(img, PEL_DIAG_DEBUG_NOWHERE, &pel_data_directory_schema,
                                PEL_DIR_DEBUG, "Size", dir.size, 0);
    if (dir.address != 0 && dir.size % wire != 0)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_DEBUG_SIZE, &pel_data_directory_schema,
                                 PEL_DIR_DEBUG, "Size", dir.size, wire));
    pel_debug_iter it = pel_image_debug(img);
    for (pel_debug_entry e; pel_debug_next(&it, &e);)
        PEL_TRY(lint_entry(img, &e));
    return PEL_OK;
}

/* ---- symbols and line numbers ------------------------------------------ */

static pel_status lint_symbols(pel_image *img)
{
    uint64_t wanted = (uint64_t)img->file.symbol_count * pel_image_symbol_size(img);
    uint64_t have = pel_image_symbol_table(img).size;
    pel_span size;
    if (img->file.symbol_table.v == 0 || wanted == 0 || img->layout != PEL_LAYOUT_FILE)
        return PEL_OK; /* some linkers leave one of them behind */
    if (have < wanted)
        return pel_image_remark(img, PEL_DIAG_SYMBOLS_CUT, &pel_file_header_schema, 0,
                                "NumberOfSymbols", img->file.symbol_count,
                                have / pel_image_symbol_size(img));
    uint64_t at = pel_image_string_table_at(img);
    if (!pel_span_slice(img->bytes, at, 4, &size))
        return PEL_OK; /* there is none */
    uint64_t strings = pel_span_uint(size, 0, 4);
    have = pel_image_string_table(img).size;
    if (have == strings)
        return PEL_OK;
    return pel_image_remark(img, PEL_DIAG_SYMBOL_STRINGS_CUT, &pel_file_header_schema, 0,
                            "PointerToSymbolTable", img->file.symbol_table.v, strings);
}

static pel_status lint_lines(pel_image *img)
{
    size_t wire = pel_schema_wire_size(&pel_line_number_schema, false);
    for (uint32_t i = 0; i < img->section_count; i++) {
        pel_line_iter it = pel_image_lines(img, i);
        if (it.lines.size / wire < it.count)
            PEL_TRY(pel_image_remark(img, PEL_DIAG_LINES_CUT, &pel_section_header_schema, i,
                                     "NumberOfLinenumbers", it.count, it.lines.size / wire));
    }
    return PEL_OK;
}

pel_status pel_image_lint_debug(pel_image *img)
{
    PEL_TRY(lint_debug_directory(img));
    PEL_TRY(lint_symbols(img));
    return lint_lines(img);
}
