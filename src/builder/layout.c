/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything goes.
 *
 *   file                                            memory
 *   DOS header, stub, Rich header, NT headers       headers
 *   section data, FileAlignment                     sections, SectionAlignment, without gaps
 *   names longer than 8 bytes                       -
 *   overlay                                         -
 *
 * A field that the caller has set is taken as it is, and what comes behind follows it. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "builder/builder_priv.h"
#include "schema/decode.h"

#define PAGE_SIZE      0x1000u
#define SIGNATURE_SIZE 4u

/* To any multiple, for odd alignments are odd on request. */
static uint64_t align(uint64_t value, uint64_t to)
{
    return to ? (value + to - 1) / to * to : value;
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Give a field the value that follows from the rest, unless it has been set. */
static void follow(const pel_schema *schema, void *values, uint32_t fixed, const char *member,
                   uint64_t value)
{
    const pel_field *field = pel_schema_field(schema, member);
    if (!(fixed >> (field - schema->fields) & 1))
        pel_field_set(field, values, 0, value);
}

static void follow_optional(pel_builder *b, const char *member, uint64_t value)
{
    follow(&pel_optional_header_schema, &b->optional, b->fixed_optional, member, value);
}

static void follow_section(pel_build_section *s, const char *member, uint64_t value)
{
    follow(&pel_section_header_schema, &s->header, s->fixed, member, value);
}

/* Sections lie in memory as in the file when they are not aligned to pages. */
static bool is_flat(const pel_builder *b)
{
    uint32_t alignment = b->optional.section_alignment;
    return alignment == 0 || alignment % PAGE_SIZE != 0;
}

size_t pel_build_section_total(const pel_builder *b)
{
    return b->section_count + (b->relocation_count + b->va_links > 0);
}

pel_build_section *pel_build_section_at(pel_builder *b, size_t index)
{
    return index < b->section_count ? &b->sections[index] : &b->reloc;
}

void pel_build_forget_from(pel_builder *b, size_t first)
{
    if (first < b->placed)
        b->placed = first;
}

/* ---- headers ----------------------------------------------------------- */

static void place_headers(pel_builder *b)
{
    pel_build_places *l = &b->layout;
    size_t sections = pel_build_section_total(b);
    follow(&pel_dos_header_schema, &b->dos, b->fixed_dos, "nt_header",
           PEL_STUB_OFFSET + PEL_STUB_SIZE + pel_build_rich_size(b));
    l->nt = b->dos.nt_header.v;
    l->optional = l->nt + SIGNATURE_SIZE + pel_schema_wire_size(&pel_file_header_schema, b->wide);
    l->directories = l->optional + pel_schema_wire_size(&pel_optional_header_schema, b->wide);

    uint32_t directories = b->optional.directory_count;
    l->directory_count = directories < PEL_DIR_COUNT ? directories : PEL_DIR_COUNT;
    uint64_t end = l->directories +
                   l->directory_count * pel_schema_wire_size(&pel_data_directory_schema, b->wide);
    follow(&pel_file_header_schema, &b->file, b->fixed_file, "optional_header_size",
           end - l->optional);
    l->section_table = l->optional + b->file.optional_header_size;
    uint64_t table_end =
        l->section_table + sections * pel_schema_wire_size(&pel_section_header_schema, b->wide);
    l->headers_end = larger(larger(end, table_end), PEL_STUB_OFFSET);
    follow(&pel_file_header_schema, &b->file, b->fixed_file, "section_count", sections);
    follow_optional(b, "size_of_headers", align(l->headers_end, b->optional.file_alignment));
}

/* The end of the headers, also when SizeOfHeaders says less. */
static uint64_t headers_size(const pel_builder *b)
{
    return larger(b->optional.size_of_headers, b->layout.headers_end);
}

/* ---- memory ------------------------------------------------------------ */

/* Place `s` at the first free RVA from `start` on. */
static pel_status place_section(const pel_builder *b, pel_build_section *s, uint64_t start)
{
    bool flat = is_flat(b);
    uint32_t file_alignment = b->optional.file_alignment;
    follow_section(s, "virtual_size", s->data.size ? s->data.size : 1);
    uint64_t virtual_size = s->header.virtual_size;
    uint64_t bytes = flat ? larger(s->data.size, virtual_size) : s->data.size;
    follow_section(s, "raw_size", align(bytes, file_alignment));

    uint64_t rva = align(start, flat ? file_alignment : b->optional.section_alignment);
    if (rva > UINT32_MAX)
        return PEL_LIMIT;
    follow_section(s, "virtual_address", rva);
    uint64_t size = virtual_size ? virtual_size : s->header.raw_size;
    if (flat)
        size = larger(size, s->header.raw_size);
    s->end = s->header.virtual_address.v + size;
    return PEL_OK;
}

pel_status pel_build_memory(pel_builder *b, size_t count)
{
    place_headers(b);
    /* The headers grow with each section; to begin a new page is what moves the sections. */
    uint64_t start = align(headers_size(b),
                           is_flat(b) ? b->optional.file_alignment : b->optional.section_alignment);
    if (start != b->placed_from)
        b->placed = 0;
    b->placed_from = start;
    for (; b->placed < count; b->placed++) {
        size_t i = b->placed;
        PEL_TRY(place_section(b, &b->sections[i], i ? b->sections[i - 1].end : start));
    }
    return PEL_OK;
}

pel_status pel_build_rva(const pel_builder *b, pel_build_place at, uint32_t *out)
{
    uint64_t rva = at.offset;
    if (at.section != PEL_BUILD_NOWHERE) {
        if (at.section >= b->placed)
            return PEL_BAD_ARG;
        rva += b->sections[at.section].header.virtual_address.v;
    }
    *out = (uint32_t)rva;
    return rva > UINT32_MAX ? PEL_LIMIT : PEL_OK;
}

/* An RVA that pel_builder_rva has told must still be the right one. */
static pel_status keep_promises(const pel_builder *b)
{
    for (size_t i = 0; i < b->section_count; i++) {
        const pel_build_section *s = &b->sections[i];
        if (s->promised && s->promised_rva != s->header.virtual_address.v)
            return PEL_BAD_ARG;
    }
    return PEL_OK;
}

static pel_status place_memory(pel_builder *b)
{
    PEL_TRY(pel_build_memory(b, b->section_count));
    PEL_TRY(keep_promises(b));
    uint64_t end = b->section_count ? b->sections[b->section_count - 1].end : headers_size(b);
    PEL_TRY(pel_build_relocs(b));
    if (b->reloc.data.size == 0)
        return PEL_OK;
    PEL_TRY(place_section(b, &b->reloc, end));
    if (!(b->fixed_directories >> PEL_DIR_BASERELOC & 1))
        b->directories[PEL_DIR_BASERELOC] =
            (pel_build_directory){ { PEL_BUILD_NOWHERE, b->reloc.header.virtual_address.v },
                                   (uint32_t)b->reloc.data.size };
    return PEL_OK;
}

/* ---- file -------------------------------------------------------------- */

static uint64_t place_data(pel_builder *b)
{
    uint64_t end = headers_size(b);
    for (size_t i = 0; i < pel_build_section_total(b); i++) {
        pel_build_section *s = pel_build_section_at(b, i);
        uint64_t at =
            is_flat(b) ? s->header.virtual_address.v : align(end, b->optional.file_alignment);
        follow_section(s, "raw_offset", s->header.raw_size ? at : 0);
        if (s->header.raw_size)
            end = larger(end, s->header.raw_offset.v + s->header.raw_size);
    }
    return end;
}

/* The COFF string table: its own size, then the names. It takes the place that it has behind the
 * symbols, of which there are none. */
static pel_status place_strings(pel_builder *b, uint64_t at)
{
    uint64_t size = 4;
    for (size_t i = 0; i < b->section_count; i++) {
        pel_build_section *s = &b->sections[i];
        char field[24] = { 0 };
        size_t used = 0;
        memset(s->header.name, 0, sizeof s->header.name);
        if (s->name.len <= sizeof s->header.name) {
            for (size_t n = 0; n < s->name.len; n++)
                s->header.name[n] = (uint8_t)s->name.ptr[n];
            continue;
        }
        pel_append(field, sizeof field, &used, "/%" PRIu64, size);
        if (used > sizeof s->header.name)
            return PEL_LIMIT;
        memcpy(s->header.name, field, used);
        size += s->name.len + 1;
    }
    b->layout.strings = at;
    b->layout.strings_size = size > 4 ? size : 0;
    follow(&pel_file_header_schema, &b->file, b->fixed_file, "symbol_table", size > 4 ? at : 0);
    return PEL_OK;
}

/* ---- totals ------------------------------------------------------------ */

/* The optional header's sums, as linkers make them. */
static pel_status sum_up(pel_builder *b)
{
    uint64_t code = 0, data = 0, bss = 0, base_of_code = 0, base_of_data = 0, image = 0;
    for (size_t i = 0; i < pel_build_section_total(b); i++) {
        const pel_section_header *h = &pel_build_section_at(b, i)->header;
        if (h->flags & (PEL_SCN_CNT_CODE | PEL_SCN_MEM_EXECUTE)) {
            code += h->raw_size;
            base_of_code = base_of_code ? base_of_code : h->virtual_address.v;
        } else {
            data += h->raw_size;
            bss += h->raw_size ? 0 : align(h->virtual_size, b->optional.file_alignment);
            base_of_data = base_of_data ? base_of_data : h->virtual_address.v;
        }
        image = larger(image, pel_build_section_at(b, i)->end);
    }
    follow_optional(b, "size_of_code", code);
    follow_optional(b, "size_of_data", data);
    follow_optional(b, "size_of_bss", bss);
    follow_optional(b, "base_of_code", base_of_code);
    follow_optional(b, "base_of_data", base_of_data);
    image = align(larger(image, headers_size(b)), b->optional.section_alignment);
    follow_optional(b, "size_of_image", image);
    return image > UINT32_MAX ? PEL_LIMIT : PEL_OK;
}

static pel_status place_entry(pel_builder *b)
{
    uint32_t entry;
    PEL_TRY(pel_build_rva(b, b->entry, &entry));
    follow_optional(b, "entry_point", entry);
    return PEL_OK;
}

pel_status pel_build_layout(pel_builder *b)
{
    b->layout = (pel_build_places){ 0 };
    if (!b->raw) {
        PEL_TRY(place_memory(b));
        PEL_TRY(place_strings(b, place_data(b)));
        PEL_TRY(sum_up(b));
        PEL_TRY(place_entry(b));
    }
    b->layout.overlay = b->layout.strings + b->layout.strings_size;
    b->layout.size = b->layout.overlay + b->overlay.size;
    return b->layout.size > PEL_BUILD_LIMIT ? PEL_LIMIT : PEL_OK;
}
