/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/os.h"
#include "pe/arm64x.h"
#include "schema/decode.h"

#define DEFAULT_DIAG_LIMIT 1000

const char *pel_image_kind_name(pel_image_kind kind)
{
    switch (kind) {
    case PEL_IMAGE_UNKNOWN: return "unknown";
    case PEL_IMAGE_OBJECT: return "COFF object";
    case PEL_IMAGE_BIG_OBJECT: return "big object";
    case PEL_IMAGE_ANONYMOUS: return "anonymous object";
    case PEL_IMAGE_IMPORT_OBJECT: return "import object";
    case PEL_IMAGE_ARCHIVE: return "archive";
    case PEL_IMAGE_THIN_ARCHIVE: return "thin archive";
    case PEL_IMAGE_SEPARATE_DEBUG: return "separate debug";
    case PEL_IMAGE_DOS: return "DOS";
    case PEL_IMAGE_NE: return "NE";
    case PEL_IMAGE_LE: return "LE";
    case PEL_IMAGE_LX: return "LX";
    case PEL_IMAGE_TE: return "TE";
    case PEL_IMAGE_PE: return "PE";
    case PEL_IMAGE_PE32: return "PE32";
    case PEL_IMAGE_PE32PLUS: return "PE32+";
    case PEL_IMAGE_ROM: return "ROM";
    }
    return "?";
}

const char *pel_layout_name(pel_layout layout)
{
    return layout == PEL_LAYOUT_MEMORY ? "memory" : "file";
}

pel_status pel_layout_from_name(const char *name, pel_layout *out)
{
    *out = strcmp(name, "memory") == 0 ? PEL_LAYOUT_MEMORY : PEL_LAYOUT_FILE;
    return strcmp(name, pel_layout_name(*out)) == 0 ? PEL_OK : PEL_NOT_FOUND;
}

/* ---- parse ------------------------------------------------------------- */

static pel_status (*const steps[])(pel_image *img) = {
    pel_image_read_dos, pel_image_read_te,          pel_image_read_object,
    pel_image_read_nt,  pel_image_read_rich,        pel_image_read_sections,
    pel_image_lay_out,  pel_image_find_directories, pel_image_lint,
};

/* `bytes` are those that are read: `whole`, the file, or another view of it. */
static pel_image *image_new(pel_span bytes, pel_span whole, const pel_image_options *options)
{
    static const pel_image_options defaults = { .allocator = NULL };
    const pel_image_options *o = options ? options : &defaults;
    pel_arena arena;
    pel_arena_init(&arena, o->allocator);
    pel_image *img = pel_arena_take(&arena, sizeof *img);
    if (!img)
        return NULL;
    img->arena = arena;
    img->bytes = bytes;
    img->whole = whole;
    img->strict = o->strict;
    img->layout = o->layout;
    img->diag_limit = o->limits.diagnostics ? o->limits.diagnostics : DEFAULT_DIAG_LIMIT;
    return img;
}

static pel_status parse(pel_span bytes, pel_span whole, const pel_image_options *options,
                        pel_image **out)
{
    pel_image *img = image_new(bytes, whole, options);
    if (!img)
        return PEL_NO_MEMORY;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        pel_status st = steps[i](img);
        if (st != PEL_OK) {
            pel_image_free(img);
            return st;
        }
    }
    pel_status st =
        options && options->thorough ? pel_image_lint_thorough(img, options->now) : PEL_OK;
    if (st == PEL_OK)
        *out = img;
    else
        pel_image_free(img);
    return st;
}

/* Parse the copy that the fix-ups were applied to, which then belongs to the image. */
static pel_status parse_copy(uint8_t *copy, const pel_image *native,
                             const pel_image_options *options, const pel_arm64x_facts *facts,
                             pel_image **out)
{
    pel_place where =
        pel_image_place(native, &pel_data_directory_schema, PEL_DIR_LOAD_CONFIG, NULL);
    pel_diag_code code = facts->broken ? PEL_DIAG_VIEW_BROKEN : PEL_DIAG_VIEW_EC;
    PEL_TRY(parse((pel_span){ copy, native->bytes.size }, native->bytes, options, out));
    pel_status st = pel_image_remark_at(*out, code, where, facts->applied, facts->missed);
    if (st == PEL_OK) {
        (*out)->view = copy;
        return PEL_OK;
    }
    pel_image_free(*out);
    *out = NULL;
    return st;
}

/* The headers of the file lead to the fix-ups, and these may change the headers: so it is parsed
 * twice. */
static pel_status parse_ec(pel_span bytes, const pel_image_options *options, pel_image **out)
{
    pel_image_options lenient = *options;
    pel_image *native;
    pel_arm64x_facts facts;
    lenient.strict = lenient.thorough = false;
    PEL_TRY(parse(bytes, bytes, &lenient, &native));
    const pel_allocator a = native->arena.allocator;
    uint8_t *copy = pel_take(&a, bytes.size + 1);
    pel_status st = copy ? pel_arm64x_apply(native, copy, &facts) : PEL_NO_MEMORY;
    if (st == PEL_OK)
        st = parse_copy(copy, native, options, &facts, out);
    if (st != PEL_OK)
        pel_give(&a, copy, bytes.size + 1);
    pel_image_free(native);
    return st;
}

pel_status pel_image_parse(pel_span bytes, const pel_image_options *options, pel_image **out)
{
    if (!out || (!bytes.data && bytes.size))
        return PEL_BAD_ARG;
    *out = NULL;
    bool ec = options && options->view == PEL_VIEW_EC;
    return ec ? parse_ec(bytes, options, out) : parse(bytes, bytes, options, out);
}

pel_status pel_image_open(const char *path, const pel_image_options *options, pel_image **out)
{
    if (!path || !out)
        return PEL_BAD_ARG;
    *out = NULL;
    pel_span bytes;
    PEL_TRY(pel_os_map_file(path, &bytes));
    pel_status st = pel_image_parse(bytes, options, out);
    if (st != PEL_OK)
        pel_os_unmap_file(bytes);
    else
        (*out)->owns_file = true;
    return st;
}

void pel_image_free(pel_image *image)
{
    if (!image)
        return;
    if (image->owns_file)
        pel_os_unmap_file(image->whole);
    pel_arena arena = image->arena; /* it holds the image: take it out first */
    pel_give(&arena.allocator, image->view, image->bytes.size + 1);
    pel_give(&arena.allocator, image->diags, image->diag_capacity * sizeof *image->diags);
    pel_arena_release(&arena);
}

/* ---- for the steps ----------------------------------------------------- */

pel_reader pel_image_reader(const pel_image *img, uint64_t offset)
{
    return (pel_reader){ .bytes = pel_span_clip(img->bytes, offset, UINT64_MAX) };
}

pel_status pel_image_decode(const pel_image *img, const pel_schema *schema, uint64_t offset,
                            bool wide, void *out, found *at)
{
    size_t size = pel_schema_wire_size(schema, wide);
    pel_span there = pel_span_clip(img->bytes, offset, size);
    *at = (found){
        .present = there.size > 0, .offset = { offset }, .size = size, .available = there.size
    };
    pel_reader r = { .bytes = there, .wide = wide };
    return pel_schema_decode(schema, &r, out);
}

/* ---- accessors --------------------------------------------------------- */

pel_image_kind pel_image_get_kind(const pel_image *image) { return image->kind; }
pel_layout pel_image_get_layout(const pel_image *image) { return image->layout; }
bool pel_image_is_pe(const pel_image *image) { return image->kind >= PEL_IMAGE_PE; }
bool pel_image_is_wide(const pel_image *image) { return image->kind == PEL_IMAGE_PE32PLUS; }
bool pel_image_is_dll(const pel_image *image) { return image->file.flags & PEL_FILE_DLL; }
pel_span pel_image_bytes(const pel_image *image) { return image->bytes; }
pel_span pel_image_file(const pel_image *image) { return image->whole; }

const pel_dos_header *pel_image_dos_header(const pel_image *image)
{
    return image->dos_at.present ? &image->dos : NULL;
}

const pel_file_header *pel_image_file_header(const pel_image *image)
{
    return image->file_at.present ? &image->file : NULL;
}

const pel_optional_header *pel_image_optional_header(const pel_image *image)
{
    return image->optional_at.present && image->kind != PEL_IMAGE_ROM ? &image->optional : NULL;
}

const pel_rom_header *pel_image_rom_header(const pel_image *image)
{
    return image->optional_at.present && image->kind == PEL_IMAGE_ROM ? &image->rom : NULL;
}

const pel_te_header *pel_image_te_header(const pel_image *image)
{
    return image->te_at.present ? &image->te : NULL;
}

bool pel_image_nt_signature(const pel_image *image, uint32_t *signature, pel_foff *offset)
{
    *signature = image->signature;
    *offset = (pel_foff){ image->dos.nt_header.v };
    return image->has_signature;
}

uint32_t pel_image_directory_count(const pel_image *image) { return image->directory_count; }

pel_data_directory pel_image_directory(const pel_image *image, uint32_t index)
{
    return index < image->directory_count ? image->mapped[index] : (pel_data_directory){ 0 };
}

uint32_t pel_image_section_count(const pel_image *image) { return image->section_count; }

const pel_section *pel_image_section(const pel_image *image, uint32_t index)
{
    return index < image->section_count ? &image->sections[index] : NULL;
}

/* ---- structures with their places -------------------------------------- */

static pel_status header(const found *at, const void *fields, pel_structure *out)
{
    if (!at->present)
        return PEL_NOT_FOUND;
    out->fields = fields;
    out->offset = at->offset;
    out->size = at->size;
    out->available = at->available;
    return PEL_OK;
}

/* Entry `index` of a table of equal structures that begins at `table`. */
static pel_status entry(const pel_image *img, pel_foff table, uint32_t index, const void *fields,
                        pel_structure *out)
{
    out->fields = fields;
    out->size = pel_schema_wire_size(out->schema, false);
    out->offset.v = table.v + (uint64_t)index * out->size;
    out->available = pel_span_clip(img->bytes, out->offset.v, out->size).size;
    return PEL_OK;
}

/* TE images have two of the directories only; see te.c. */
static bool has_directory(const pel_image *img, uint32_t index)
{
    bool te = img->kind == PEL_IMAGE_TE;
    return index < img->directory_count &&
           (!te || index == PEL_DIR_BASERELOC || index == PEL_DIR_DEBUG);
}

pel_status pel_image_structure(const pel_image *image, const pel_schema *schema, uint32_t index,
                               pel_structure *out)
{
    *out = (pel_structure){ .schema = schema, .wide = pel_image_is_wide(image) };
    if (schema == &pel_section_header_schema && index < image->section_count)
        return entry(image, image->sections_at, index, &image->sections[index].header, out);
    if (schema == &pel_data_directory_schema && has_directory(image, index))
        return entry(image, image->directories_at, index, &image->directories[index], out);
    if (schema == &pel_rich_entry_schema && index < image->rich.entry_count) {
        const pel_foff first = { image->rich.offset.v + 16 };
        return entry(image, first, index, &image->rich_entries[index], out);
    }
    if (index != 0)
        return PEL_NOT_FOUND;
    if (schema == &pel_anon_object_schema)
        return header(&image->anon_at, &image->anon, out);
    if (schema == &pel_import_object_schema)
        return header(&image->import_at, &image->import, out);
    if (schema == &pel_separate_debug_schema)
        return header(&image->debug_at, &image->debug, out);
    if (schema == &pel_dos_header_schema)
        return header(&image->dos_at, &image->dos, out);
    if (schema == &pel_file_header_schema)
        return header(&image->file_at, &image->file, out);
    if (schema == &pel_optional_header_schema && image->kind != PEL_IMAGE_ROM)
        return header(&image->optional_at, &image->optional, out);
    if (schema == &pel_rom_header_schema && image->kind == PEL_IMAGE_ROM)
        return header(&image->optional_at, &image->rom, out);
    if (schema == &pel_te_header_schema) {
        out->wide = true; /* ImageBase has 8 bytes whatever the machine */
        return header(&image->te_at, &image->te, out);
    }
    return PEL_NOT_FOUND;
}

pel_place pel_image_place(const pel_image *image, const pel_schema *schema, uint32_t index,
                          const char *field)
{
    bool many = schema == &pel_section_header_schema || schema == &pel_data_directory_schema ||
                schema == &pel_rich_entry_schema;
    pel_place place = { .structure = schema->key,
                        .index = many ? index : PEL_NO_INDEX,
                        .field = field };
    pel_structure at;
    if (pel_image_structure(image, schema, index, &at) != PEL_OK)
        return place;
    place.has_offset = true;
    place.offset = at.offset;
    const pel_field *f = field ? pel_schema_field(schema, field) : NULL;
    if (f)
        place.offset.v += pel_field_offset(schema, f, at.wide);
    return place;
}

/* ---- diagnostics ------------------------------------------------------- */

/* At the end, but before LIMIT_DIAGNOSTICS. */
static pel_status keep(pel_image *img, const pel_diag *diag)
{
    pel_diag *grown = pel_grow(&img->arena.allocator, img->diags, &img->diag_capacity,
                               img->diag_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    img->diags = grown;
    if (img->diags_cut)
        grown[img->diag_count] = grown[img->diag_count - 1];
    grown[img->diag_count - img->diags_cut] = *diag;
    img->diag_count++;
    return PEL_OK;
}

static pel_status say_cut(pel_image *img)
{
    pel_diag cut = { .code = PEL_DIAG_LIMIT_DIAGNOSTICS,
                     .severity = pel_diag_severity(PEL_DIAG_LIMIT_DIAGNOSTICS),
                     .where = { .index = PEL_NO_INDEX },
                     .limit = img->diag_limit };
    if (!img->diags_cut)
        PEL_TRY(keep(img, &cut));
    img->diags_cut = true;
    img->diags[img->diag_count - 1].found = img->diags_told;
    return PEL_OK;
}

/* A thousand of one kind must not hide the only one of another. */
pel_status pel_image_remark_at(pel_image *img, pel_diag_code code, pel_place where,
                               uint64_t found_value, uint64_t limit)
{
    pel_diag diag = { .code = code,
                      .severity = pel_diag_severity(code),
                      .where = where,
                      .found = found_value,
                      .limit = limit };
    if (img->strict && diag.severity == PEL_ERROR)
        return PEL_MALFORMED;
    bool full = img->diags_told++ >= img->diag_limit, first = !img->diag_seen[code];
    img->diag_seen[code] = true;
    if (!full || first)
        PEL_TRY(keep(img, &diag));
    return full ? say_cut(img) : PEL_OK;
}

pel_status pel_image_remark(pel_image *img, pel_diag_code code, const pel_schema *schema,
                            uint32_t index, const char *field, uint64_t found_value, uint64_t limit)
{
    return pel_image_remark_at(img, code, pel_image_place(img, schema, index, field), found_value,
                               limit);
}

size_t pel_image_diag_count(const pel_image *image) { return image->diag_count; }

const pel_diag *pel_image_diag(const pel_image *image, size_t index)
{
    return index < image->diag_count ? &image->diags[index] : NULL;
}
