/* SPDX-License-Identifier: Apache-2.0 */
/* Objects and their kin: their headers, and where their sections are.
 *
 *   COFF object        | IMAGE_FILE_HEADER 20 | section headers | ...
 *   big object         | ANON_OBJECT_HEADER_BIGOBJ 56 | section headers | ...
 *   import object      | IMPORT_OBJECT_HEADER 20 | symbol 0 DLL 0 [name 0] |
 *   separate debug     | IMAGE_SEPARATE_DEBUG_HEADER 48 | section headers | names | debug directory
 * |
 *
 * Machine, symbols and sections are kept where images have them, so that one reader does for all.
 */
#include <pelorus/debug.h>
#include <string.h>

#include "base/text.h"
#include "pe/identify.h"
#include "schema/decode.h"

#define ANON_V1_SIZE 32
#define ANON_V2_SIZE 44

static pel_status told_if_cut(pel_image *img, pel_status st, const pel_schema *schema)
{
    if (st == PEL_OK)
        return PEL_OK;
    return pel_image_remark(img, PEL_DIAG_FILE_HEADER_TRUNCATED, schema, 0, NULL, 0, 0);
}

static pel_status read_coff(pel_image *img)
{
    const pel_schema *schema = &pel_file_header_schema;
    pel_status st = pel_image_decode(img, schema, 0, false, &img->file, &img->file_at);
    img->sections_at.v = img->file_at.size + img->file.optional_header_size;
    return told_if_cut(img, st, schema);
}

/* The header of other classes, and of the first version, is shorter. */
static pel_status read_anonymous(pel_image *img)
{
    const pel_schema *schema = &pel_anon_object_schema;
    pel_status st = pel_image_decode(img, schema, 0, false, &img->anon, &img->anon_at);
    pel_anon_object *h = &img->anon;
    img->file.machine = h->machine;
    img->sections_at.v = img->anon_at.size;
    if (img->kind == PEL_IMAGE_BIG_OBJECT) {
        img->file.symbol_table = h->symbol_table;
        img->file.symbol_count = h->symbol_count;
        return told_if_cut(img, st, schema);
    }
    size_t size = h->version == 1 ? ANON_V1_SIZE : ANON_V2_SIZE;
    img->anon_at.size = size;
    img->anon_at.available = img->anon_at.available < size ? img->anon_at.available : size;
    h->section_count = h->symbol_count = 0;
    h->symbol_table.v = 0;
    if (h->version == 1)
        h->flags = h->metadata_size = 0;
    st = img->anon_at.available == size ? PEL_OK : PEL_TRUNCATED;
    return told_if_cut(img, st, schema);
}

static pel_status read_import(pel_image *img)
{
    const pel_schema *schema = &pel_import_object_schema;
    pel_status st = pel_image_decode(img, schema, 0, false, &img->import, &img->import_at);
    img->file.machine = img->import.machine;
    return told_if_cut(img, st, schema);
}

/* ---- separate debug files ---------------------------------------------- */

/* Debug data of type COFF are a header, and line numbers and symbols from there on. */
static void find_symbols(pel_image *img)
{
    pel_coff_symbols_header h;
    pel_debug_iter it = pel_image_debug(img);
    for (pel_debug_entry e; pel_debug_next(&it, &e);) {
        if (e.directory.type != PEL_DEBUG_COFF || pel_debug_record(&e, 0, &h) != PEL_OK)
            continue;
        img->debug_lines.v = e.data_offset.v + h.lines;
        img->debug_line_count = h.line_count;
        uint64_t at = e.data_offset.v + h.symbols;
        if (h.symbol_count == 0 || at > UINT32_MAX)
            continue;
        img->file.symbol_table.v = at;
        img->file.symbol_count = h.symbol_count;
        return;
    }
}

static pel_status read_debug(pel_image *img)
{
    const pel_schema *schema = &pel_separate_debug_schema;
    pel_identify_debug(img->bytes, &img->debug_variant);
    if (img->debug_variant != PEL_DEBUG_FILE) {
        pel_place where = { .structure = schema->key,
                            .index = PEL_NO_INDEX,
                            .field = "Signature",
                            .has_offset = true };
        return pel_image_remark_at(img, PEL_DIAG_DEBUG_FILE_VARIANT, where,
                                   pel_span_uint(img->bytes, 0, 2), 0);
    }
    pel_status st = pel_image_decode(img, schema, 0, false, &img->debug, &img->debug_at);
    img->file.machine = img->debug.machine;
    img->sections_at.v = img->debug_at.size;
    if (st == PEL_OK)
        find_symbols(img);
    return told_if_cut(img, st, schema);
}

pel_debug_variant pel_image_debug_variant(const pel_image *image) { return image->debug_variant; }

const char *pel_debug_variant_name(pel_debug_variant variant)
{
    switch (variant) {
    case PEL_DEBUG_FILE: return "DI";
    case PEL_DEBUG_FILE_BIG_ENDIAN: return "DI, big endian";
    case PEL_DEBUG_FILE_NON_PAGED: return "NI";
    case PEL_DEBUG_FILE_NON_PAGED_BIG_ENDIAN: return "NI, big endian";
    }
    return "?";
}

pel_span pel_image_exported_names(const pel_image *image, pel_foff *offset)
{
    offset->v = pel_image_headers_end(image).v;
    return pel_span_clip(image->bytes, offset->v,
                         image->debug_at.present ? image->debug.names_size : 0);
}

/* ---- all of them ------------------------------------------------------- */

static const struct {
    pel_image_kind kind;
    pel_status (*read)(pel_image *img);
} readers[] = {
    { PEL_IMAGE_OBJECT, read_coff },          { PEL_IMAGE_BIG_OBJECT, read_anonymous },
    { PEL_IMAGE_ANONYMOUS, read_anonymous },  { PEL_IMAGE_IMPORT_OBJECT, read_import },
    { PEL_IMAGE_SEPARATE_DEBUG, read_debug }, { PEL_IMAGE_ARCHIVE, pel_image_read_archive },
};

pel_status pel_image_read_object(pel_image *img)
{
    if (img->kind != PEL_IMAGE_UNKNOWN || img->layout != PEL_LAYOUT_FILE)
        return PEL_OK;
    img->kind = pel_identify(img->bytes);
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (readers[i].kind == img->kind)
            return readers[i].read(img);
    return PEL_OK;
}

const pel_anon_object *pel_image_anon_header(const pel_image *image)
{
    return image->anon_at.present ? &image->anon : NULL;
}

const pel_import_object *pel_image_import_header(const pel_image *image)
{
    return image->import_at.present ? &image->import : NULL;
}

const pel_separate_debug *pel_image_debug_header(const pel_image *image)
{
    return image->debug_at.present ? &image->debug : NULL;
}

uint16_t pel_image_machine(const pel_image *image) { return image->file.machine; }

pel_span pel_image_anon_data(const pel_image *image, pel_foff *offset)
{
    bool has_data = image->kind == PEL_IMAGE_ANONYMOUS;
    offset->v = image->anon_at.size;
    return pel_span_clip(image->bytes, offset->v, has_data ? image->anon.data_size : 0);
}

/* ---- import objects ---------------------------------------------------- */

/* The next text, which must have its zero within `*rest`. */
static bool next_text(pel_span *rest, pel_str *out)
{
    *out = pel_str_in(*rest);
    bool ends = out->len < rest->size;
    *rest = pel_span_clip(*rest, out->len + 1, UINT64_MAX);
    return ends;
}

static pel_str imported(const pel_import_names *n)
{
    pel_str name = n->symbol;
    if (n->name_type == PEL_IMPORT_NAME_EXPORTAS)
        return n->export_as;
    if (n->name_type == PEL_IMPORT_NAME || name.len == 0)
        return name;
    if (memchr("?@_", name.ptr[0], 3)) {
        name.ptr++;
        name.len--;
    }
    const char *at = n->name_type == PEL_IMPORT_NAME_UNDECORATE && name.len
                         ? memchr(name.ptr, '@', name.len)
                         : NULL;
    name.len = at ? (size_t)(at - name.ptr) : name.len;
    return name;
}

pel_status pel_image_import_names(const pel_image *image, pel_import_names *out)
{
    const pel_import_object *h = pel_image_import_header(image);
    *out = (pel_import_names){ .type = 0 };
    if (!h)
        return PEL_NOT_FOUND;
    pel_span rest = pel_span_clip(image->bytes, image->import_at.size, h->data_size);
    out->type = h->type_bits & 3;
    out->name_type = h->type_bits >> 2 & 7;
    out->reserved = (uint16_t)(h->type_bits >> 5);
    out->has_symbol = next_text(&rest, &out->symbol);
    out->has_dll = out->has_symbol && next_text(&rest, &out->dll);
    bool third = out->name_type == PEL_IMPORT_NAME_EXPORTAS;
    out->has_export = third && out->has_dll && next_text(&rest, &out->export_as);
    bool known = out->name_type > PEL_IMPORT_ORDINAL && out->name_type <= PEL_IMPORT_NAME_EXPORTAS;
    out->has_import = known && (third ? out->has_export : out->has_symbol);
    if (out->has_import)
        out->import_name = imported(out);
    return out->has_dll && out->has_export == third ? PEL_OK : PEL_TRUNCATED;
}
