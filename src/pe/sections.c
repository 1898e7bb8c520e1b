/* SPDX-License-Identifier: Apache-2.0 */
/* The section table, and names longer than eight bytes. */
#include <pelorus/symbols.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

#define LONGEST_NAME 4096 /* 65,535 sections may all point at the same endless name */

static int base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* "/1234567" is a decimal offset into the COFF string table, "//AAAAAA" one in base 64 for
 * tables beyond 9,999,999 bytes. False for an ordinary name. */
static bool long_name_offset(const uint8_t name[8], uint64_t *out)
{
    bool base64 = name[0] == '/' && name[1] == '/';
    size_t first = base64 ? 2 : 1, i = first;
    *out = 0;
    if (name[0] != '/')
        return false;
    for (; i < 8 && name[i] != '\0'; i++) {
        int digit = base64 ? base64_digit(name[i])
                           : (name[i] >= '0' && name[i] <= '9' ? name[i] - '0' : -1);
        if (digit < 0)
            return false;
        *out = *out * (base64 ? 64 : 10) + (unsigned)digit;
    }
    return i > first;
}

static pel_status name_section(pel_image *img, uint32_t index, pel_span strings)
{
    pel_section *s = &img->sections[index];
    pel_span in_header = pel_span_clip(img->bytes, s->offset.v, sizeof s->header.name);
    uint64_t offset;
    s->name = pel_str_in(in_header);
    if (!long_name_offset(s->header.name, &offset) || img->layout == PEL_LAYOUT_MEMORY)
        return PEL_OK;
    pel_span rest = pel_span_clip(strings, offset, LONGEST_NAME);
    pel_str name = pel_str_in(rest);
    /* The first four bytes of the table are its size; a name without a zero is none. */
    if (offset >= 4 && name.len > 0 && name.len < rest.size) {
        s->name = name;
        return PEL_OK;
    }
    return pel_image_remark(img, PEL_DIAG_SECTION_LONG_NAME, &pel_section_header_schema, index,
                            "Name", 0, offset);
}

uint32_t pel_image_sections_told(const pel_image *img)
{
    if (img->kind == PEL_IMAGE_BIG_OBJECT)
        return img->anon.section_count;
    return img->kind == PEL_IMAGE_SEPARATE_DEBUG ? img->debug.section_count
                                                 : img->file.section_count;
}

const pel_schema *pel_image_sections_owner(const pel_image *img)
{
    if (img->kind == PEL_IMAGE_BIG_OBJECT)
        return &pel_anon_object_schema;
    if (img->kind == PEL_IMAGE_SEPARATE_DEBUG)
        return &pel_separate_debug_schema;
    return img->kind == PEL_IMAGE_TE ? &pel_te_header_schema : &pel_file_header_schema;
}

/* The header is whole, so that what it tells of sections is there. */
static bool has_table(const pel_image *img)
{
    pel_structure s;
    return pel_image_structure(img, pel_image_sections_owner(img), 0, &s) == PEL_OK &&
           s.available == s.size;
}

pel_status pel_image_read_sections(pel_image *img)
{
    uint32_t wanted = pel_image_sections_told(img);
    if (!has_table(img) || wanted == 0)
        return PEL_OK;

    size_t wire = pel_schema_wire_size(&pel_section_header_schema, false);
    pel_reader r = pel_image_reader(img, img->sections_at.v);
    uint64_t room = r.bytes.size / wire;
    img->section_count = wanted < room ? wanted : (uint32_t)room;
    img->sections = pel_arena_take(&img->arena, img->section_count * sizeof *img->sections);
    if (!img->sections)
        return PEL_NO_MEMORY;

    pel_span strings = pel_image_string_table(img);
    for (uint32_t i = 0; i < img->section_count; i++) {
        img->sections[i].offset.v = img->sections_at.v + (uint64_t)i * wire;
        pel_schema_decode(&pel_section_header_schema, &r, &img->sections[i].header);
        PEL_TRY(name_section(img, i, strings));
    }
    if (img->section_count == wanted)
        return PEL_OK;
    return pel_image_remark(img, PEL_DIAG_SECTIONS_TRUNCATED, pel_image_sections_owner(img), 0,
                            "NumberOfSections", wanted, img->section_count);
}

pel_foff pel_image_headers_end(const pel_image *image)
{
    size_t wire = pel_schema_wire_size(&pel_section_header_schema, false);
    return (pel_foff){ image->sections_at.v + (uint64_t)pel_image_sections_told(image) * wire };
}
