/* SPDX-License-Identifier: Apache-2.0 */
/* The layout becomes bytes; then the bytes are edited. */
#include <string.h>

#include "builder/builder_priv.h"
#include "schema/decode.h"

/* push cs / pop ds / print the message / exit with code 1; then the message. The "$" ends it for
 * DOS function 9. */
const uint8_t pel_dos_stub[PEL_STUB_SIZE] =
    "\xb4\x09\x0e\x1f\xba\x0e\x00\xcd\x21\xb8\x01\x4c\xcd\x21"
    "This program cannot be run in DOS mode.\r\n$";

/* Bytes of the output that are sure to be there. */
static uint8_t *at(const pel_builder *b, uint64_t offset) { return b->output.data + offset; }

/* Overwrite as much of the file as there is. */
static void put(const pel_builder *b, uint64_t offset, const uint8_t *bytes, uint64_t size)
{
    uint64_t room = offset < b->output.size ? b->output.size - offset : 0;
    if (size > room)
        size = room;
    if (size)
        memcpy(at(b, offset), bytes, (size_t)size);
}

/* ---- headers ----------------------------------------------------------- */

/* What lies behind e_lfanew gives way to the NT headers, which are written later. */
static void write_dos(const pel_builder *b)
{
    pel_schema_encode(&pel_dos_header_schema, &b->dos, b->wide, at(b, 0));
    put(b, PEL_STUB_OFFSET, pel_dos_stub, PEL_STUB_SIZE);
    uint64_t rich = PEL_STUB_OFFSET + PEL_STUB_SIZE;
    pel_span file = { b->output.data, b->output.size };
    if (b->rich_count && pel_span_has(file, rich, pel_build_rich_size(b)))
        pel_build_rich_write(b, (size_t)rich, at(b, rich));
}

static pel_status write_directories(const pel_builder *b)
{
    uint64_t to = b->layout.directories;
    for (size_t i = 0; i < b->layout.directory_count; i++) {
        pel_data_directory d = { .size = b->directories[i].size };
        PEL_TRY(pel_build_rva(b, b->directories[i].at, &d.address));
        pel_schema_encode(&pel_data_directory_schema, &d, b->wide, at(b, to));
        to += pel_schema_wire_size(&pel_data_directory_schema, b->wide);
    }
    return PEL_OK;
}

static void write_section_table(pel_builder *b)
{
    uint64_t to = b->layout.section_table;
    for (size_t i = 0; i < pel_build_section_total(b); i++) {
        const pel_section_header *h = &pel_build_section_at(b, i)->header;
        pel_schema_encode(&pel_section_header_schema, h, b->wide, at(b, to));
        to += pel_schema_wire_size(&pel_section_header_schema, b->wide);
    }
}

static pel_status write_headers(pel_builder *b)
{
    write_dos(b);
    pel_store_uint(at(b, b->layout.nt), 4, b->signature);
    pel_schema_encode(&pel_file_header_schema, &b->file, b->wide, at(b, b->layout.nt + 4));
    pel_schema_encode(&pel_optional_header_schema, &b->optional, b->wide,
                      at(b, b->layout.optional));
    PEL_TRY(write_directories(b));
    write_section_table(b);

    /* Where the headers overlap, this is the field without which there are none. */
    const pel_field *lfanew = pel_schema_field(&pel_dos_header_schema, "e_lfanew");
    size_t offset = pel_field_offset(&pel_dos_header_schema, lfanew, b->wide);
    pel_store_uint(at(b, offset), pel_field_wire(lfanew, b->wide), b->layout.nt);
    return PEL_OK;
}

/* ---- contents ---------------------------------------------------------- */

static void write_sections(pel_builder *b)
{
    for (size_t i = 0; i < pel_build_section_total(b); i++) {
        const pel_build_section *s = pel_build_section_at(b, i);
        uint64_t size = s->data.size < s->header.raw_size ? s->data.size : s->header.raw_size;
        put(b, s->header.raw_offset.v, s->data.data, size);
    }
}

static void write_strings(const pel_builder *b)
{
    if (b->layout.strings_size == 0)
        return;
    uint8_t *to = at(b, b->layout.strings);
    pel_store_uint(to, 4, b->layout.strings_size);
    to += 4;
    for (size_t i = 0; i < b->section_count; i++) {
        pel_str name = b->sections[i].name;
        if (name.len <= sizeof b->sections[i].header.name)
            continue;
        memcpy(to, name.ptr, name.len);
        to += name.len + 1;
    }
}

static pel_status write_link(const pel_builder *b, const pel_build_reference *link)
{
    unsigned width = link->link == PEL_BUILD_LINK_VA && b->wide ? 8 : 4;
    uint32_t from, to;
    PEL_TRY(pel_build_rva(b, link->at, &from));
    PEL_TRY(pel_build_rva(b, link->to, &to));
    uint64_t value = 0;
    switch (link->link) {
    case PEL_BUILD_LINK_RVA: value = to; break;
    case PEL_BUILD_LINK_VA: value = pel_va_of(b->optional.image_base, (pel_rva){ to }).v; break;
    case PEL_BUILD_LINK_REL32: value = (uint64_t)to - from - width; break;
    }
    uint8_t bytes[8];
    pel_store_uint(bytes, width, value);
    const pel_build_section *s = &b->sections[link->at.section];
    if (!pel_span_has((pel_span){ s->data.data, s->data.size }, link->at.offset, width))
        return PEL_BAD_ARG;
    if (link->at.offset + (uint64_t)width <= s->header.raw_size)
        put(b, s->header.raw_offset.v + link->at.offset, bytes, width);
    return PEL_OK;
}

static pel_status write_links(const pel_builder *b)
{
    for (size_t i = 0; i < b->link_count; i++)
        PEL_TRY(write_link(b, &b->links[i]));
    return PEL_OK;
}

static uint32_t checksum_of(pel_span file)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < file.size; i++)
        sum += (uint32_t)file.data[i] << (8 * (i & 1));
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(sum + file.size);
}

static void write_checksum(const pel_builder *b)
{
    const pel_schema *schema = &pel_optional_header_schema;
    const pel_field *field = pel_schema_field(schema, "CheckSum");
    if (b->fixed_optional >> (field - schema->fields) & 1)
        return;
    pel_span file = { b->output.data, b->output.size };
    pel_store_uint(at(b, b->layout.optional + pel_field_offset(schema, field, b->wide)),
                   pel_field_wire(field, b->wide), checksum_of(file));
}

/* ---- edits ------------------------------------------------------------- */

static uint64_t part_offset(const pel_builder *b, const pel_path *path)
{
    switch (path->part) {
    case PEL_PATH_DOS: return 0;
    case PEL_PATH_SIGNATURE: return b->layout.nt;
    case PEL_PATH_FILE: return b->layout.nt + 4;
    case PEL_PATH_OPTIONAL: return b->layout.optional;
    case PEL_PATH_DIRECTORY: return b->layout.directories;
    case PEL_PATH_SECTION: return b->layout.section_table;
    }
    return 0;
}

static bool exists(const pel_builder *b, const pel_path *path)
{
    if (path->part == PEL_PATH_DIRECTORY)
        return path->index < b->layout.directory_count;
    return path->part != PEL_PATH_SECTION || path->index < pel_build_section_total(b);
}

static pel_status poke(pel_builder *b, const pel_build_edit *edit)
{
    const pel_path *path = &edit->path;
    unsigned width = pel_path_width(path, b->wide);
    uint64_t offset = part_offset(b, path);
    if (path->schema)
        offset += path->index * pel_schema_wire_size(path->schema, b->wide) +
                  pel_field_offset(path->schema, path->field, b->wide) +
                  (uint64_t)path->element * width;
    if (!exists(b, path) ||
        !pel_span_has((pel_span){ b->output.data, b->output.size }, offset, width))
        return PEL_BAD_ARG;
    pel_store_uint(at(b, offset), width, edit->value);
    return PEL_OK;
}

static pel_status patch(pel_builder *b, const pel_build_edit *edit)
{
    if (!pel_span_has((pel_span){ b->output.data, b->output.size }, edit->value, edit->size))
        return PEL_BAD_ARG;
    put(b, edit->value, edit->bytes, edit->size);
    return PEL_OK;
}

/* The file has a limit of its own, so that it does not matter how much went into the inputs. */
static pel_status resize(pel_builder *b, uint64_t size)
{
    pel_budget budget = { PEL_BUILD_LIMIT - b->output.size };
    return pel_buf_resize(&b->allocator, &budget, &b->output, size);
}

static pel_status edit(pel_builder *b, const pel_build_edit *e)
{
    switch (e->kind) {
    case PEL_EDIT_POKE: return poke(b, e);
    case PEL_EDIT_PATCH: return patch(b, e);
    case PEL_EDIT_RESIZE: return resize(b, e->value);
    }
    return PEL_BAD_ARG;
}

pel_status pel_build_write(pel_builder *b)
{
    PEL_TRY(resize(b, 0));
    PEL_TRY(resize(b, b->layout.size));
    if (!b->raw) {
        PEL_TRY(write_headers(b));
        write_sections(b);
        write_strings(b);
        PEL_TRY(write_links(b));
    }
    put(b, b->layout.overlay, b->overlay.data, b->overlay.size);
    if (!b->raw)
        write_checksum(b);
    for (size_t i = 0; i < b->edit_count; i++)
        PEL_TRY(edit(b, &b->edits[i]));
    return PEL_OK;
}
