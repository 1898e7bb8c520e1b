/* SPDX-License-Identifier: Apache-2.0 */
/* The section table, and where the sections go. */
#include "load/check_priv.h"

#define OLD_SECTION_LIMIT 96

/* Where the section table begins. */
static uint64_t table_start(const pel_subject *s)
{
    uint64_t optional = pel_image_place(s->img, &pel_optional_header_schema, 0, NULL).offset.v;
    return optional + s->file->optional_header_size;
}

/* Windows XP wants the beginning of the headers to be mapped as headers, and the section table
 * unless it follows directly. Windows 8 and later want all of it up to the section table. */
static uint64_t headers_needed(const pel_subject *s)
{
    uint64_t nt = s->dos->nt_header.v, table = table_start(s);
    uint64_t end = pel_image_place(s->img, &pel_optional_header_schema, 0, NULL).offset.v +
                   pel_schema_wire_size(&pel_optional_header_schema, pel_image_is_wide(s->img)) +
                   PEL_DIR_COUNT * 8;
    if (s->options->windows == PEL_WINDOWS_XP)
        return table > end ? table : nt + 1;
    return table;
}

static pel_verdict check_headers(const pel_subject *s)
{
    uint64_t needed = headers_needed(s), size = s->optional->size_of_headers;
    if (pel_asks(s, PEL_RULE_HEADERS_SIZE) && !pel_image_is_flat(s->img) && size < needed)
        return pel_about_optional(s, PEL_RULE_HEADERS_SIZE, "SizeOfHeaders", size, needed);
    return pel_fine();
}

/* Behind the end of a flat file Windows XP reads zeros, also where section headers should be. */
static bool may_be_cut(const pel_subject *s)
{
    return s->options->windows == PEL_WINDOWS_XP && pel_image_is_flat(s->img);
}

pel_verdict pel_check_table(const pel_subject *s)
{
    uint32_t count = s->file->section_count;
    uint64_t end = pel_image_headers_end(s->img).v;
    if (pel_asks(s, PEL_RULE_SECTION_COUNT) && count > OLD_SECTION_LIMIT)
        return pel_about_file(s, PEL_RULE_SECTION_COUNT, "NumberOfSections", count,
                              OLD_SECTION_LIMIT);
    if (count == 0 && !pel_image_is_flat(s->img))
        return pel_about_file(s, PEL_RULE_NO_SECTIONS, "NumberOfSections", 0, 0);
    if (pel_image_section_count(s->img) < count && !may_be_cut(s))
        return pel_about_file(s, PEL_RULE_TABLE_PAST_EOF, "NumberOfSections", count,
                              pel_image_section_count(s->img));
    if (count > 0 && end > pel_image_view_size(s->img) && !may_be_cut(s))
        return pel_about_optional(s, PEL_RULE_TABLE_PAST_IMAGE, "SizeOfImage",
                                  s->optional->size_of_image, end);
    return check_headers(s);
}

static pel_verdict check_raw(const pel_subject *s, uint32_t i, const pel_section_header *h,
                             const pel_extent *e)
{
    if (h->raw_offset.v + h->raw_size > UINT32_MAX)
        return pel_about_section(s, PEL_RULE_SECTION_RAW_WRAPS, i, "SizeOfRawData", h->raw_size,
                                 UINT32_MAX - h->raw_offset.v);
    uint64_t file_end = pel_round_up(s->bytes.size, PEL_SECTOR_SIZE);
    if (e->raw_wanted > 0 && e->raw_start.v + e->raw_wanted > file_end)
        return pel_about_section(s, PEL_RULE_SECTION_PAST_EOF, i, "SizeOfRawData", h->raw_size,
                                 s->bytes.size);
    return pel_fine();
}

static pel_verdict check_flat_section(const pel_subject *s, uint32_t i, const pel_section_header *h)
{
    if (h->virtual_address.v != h->raw_offset.v)
        return pel_about_section(s, PEL_RULE_FLAT_ADDRESS, i, "VirtualAddress",
                                 h->virtual_address.v, h->raw_offset.v);
    if (h->virtual_size > h->raw_size)
        return pel_about_section(s, PEL_RULE_FLAT_SIZE, i, "VirtualSize", h->virtual_size,
                                 h->raw_size);
    return pel_fine();
}

static pel_verdict check_section(const pel_subject *s, uint32_t i, uint64_t expected)
{
    const pel_section_header *h = &pel_image_section(s->img, i)->header;
    pel_extent e = pel_image_extent(s->img, i);
    uint64_t view = pel_image_view_size(s->img);
    if (e.size == 0)
        return pel_about_section(s, PEL_RULE_SECTION_EMPTY, i, "VirtualSize", 0, 0);
    if (h->virtual_address.v % s->optional->section_alignment != 0)
        return pel_about_section(s, PEL_RULE_SECTION_UNALIGNED, i, "VirtualAddress",
                                 h->virtual_address.v, s->optional->section_alignment);
    if (h->virtual_address.v != expected)
        return pel_about_section(s, PEL_RULE_SECTION_CONTIGUOUS, i, "VirtualAddress",
                                 h->virtual_address.v, expected);
    if (e.start.v + e.span > view)
        return pel_about_section(s, PEL_RULE_SECTION_PAST_IMAGE, i, "VirtualAddress",
                                 e.start.v + e.span, view);
    uint64_t size = s->optional->size_of_image;
    if (pel_asks(s, PEL_RULE_SECTION_PAST_SIZE) && e.start.v + e.size > size)
        return pel_about_section(s, PEL_RULE_SECTION_PAST_SIZE, i, "VirtualSize",
                                 e.start.v + e.size, size);
    return check_raw(s, i, h, &e);
}

/* The first section follows the headers. SizeOfHeaders 0 counts as what the headers need. */
static uint64_t first_start(const pel_subject *s)
{
    uint64_t size = s->optional->size_of_headers;
    if (size == 0)
        size = pel_image_headers_end(s->img).v;
    return pel_round_up(size, s->optional->section_alignment);
}

pel_verdict pel_check_sections(const pel_subject *s)
{
    bool flat = pel_image_is_flat(s->img);
    uint64_t expected = first_start(s);
    pel_verdict v = pel_fine();
    for (uint32_t i = 0; i < pel_image_section_count(s->img) && pel_passed(&v); i++) {
        pel_extent e = pel_image_extent(s->img, i);
        v = flat ? check_flat_section(s, i, &pel_image_section(s->img, i)->header)
                 : check_section(s, i, expected);
        expected = e.start.v + pel_round_up(e.size, s->optional->section_alignment);
    }
    return v;
}
