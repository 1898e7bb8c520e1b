/* SPDX-License-Identifier: Apache-2.0 */
/* Structures, words and text as they are mapped, for the directories: in the file where it has
 * them, zero where memory is zero-filled. */
#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

/* No structure of the format is larger. */
#define LARGEST 512

static pel_rva_answer at_rva(const pel_image *img, uint64_t rva)
{
    if (rva > UINT32_MAX)
        return (pel_rva_answer){ .where = PEL_WHERE_UNMAPPED, .section = PEL_NO_INDEX };
    return pel_image_at_rva(img, (pel_rva){ (uint32_t)rva });
}

static bool is_mapped(const pel_rva_answer *a)
{
    return a->where != PEL_WHERE_UNMAPPED && a->where != PEL_WHERE_GAP;
}

bool pel_image_is_lost(const pel_image *img, uint64_t rva)
{
    pel_rva_answer a = at_rva(img, rva);
    if (a.has_offset || a.section == PEL_NO_INDEX || pel_image_is_flat(img))
        return false;
    const pel_section_header *h = &img->sections[a.section].header;
    uint64_t wanted = h->raw_offset.v % PEL_SECTOR_SIZE + (uint64_t)h->raw_size;
    return h->raw_offset.v != 0 && h->raw_size != 0 && rva - h->virtual_address.v < wanted;
}

/* How many of `size` bytes are mapped, and not lost. */
static size_t available(const pel_image *img, uint64_t rva, size_t size)
{
    size_t have = 0;
    while (have < size) {
        pel_rva_answer a = at_rva(img, rva + have);
        if (!is_mapped(&a) || pel_image_is_lost(img, rva + have))
            break;
        have += a.run < size - have ? (size_t)a.run : size - have;
    }
    return have;
}

pel_status pel_image_decode_part(const pel_image *img, const pel_schema *schema, uint64_t rva,
                                 size_t size, void *out, found *at)
{
    uint8_t bytes[LARGEST];
    *at = (found){ .size = size, .available = available(img, rva, size) };
    if (at->available > 0) {
        pel_rva_answer a = at_rva(img, rva);
        at->present = a.has_offset && a.run >= at->available;
        at->offset.v = at->present ? a.offset.v : 0;
        pel_image_read(img, (pel_rva){ (uint32_t)rva }, bytes, at->available);
    }
    pel_reader r = { .bytes = { bytes, at->available }, .wide = pel_image_is_wide(img) };
    pel_schema_decode(schema, &r, out);
    if (at->available == size)
        return PEL_OK;
    return at->available > 0 || pel_image_is_lost(img, rva) ? PEL_TRUNCATED : PEL_NOT_FOUND;
}

pel_status pel_image_decode_mapped(const pel_image *img, const pel_schema *schema, uint64_t rva,
                                   void *out, found *at)
{
    size_t size = pel_schema_wire_size(schema, pel_image_is_wide(img));
    return pel_image_decode_part(img, schema, rva, size, out, at);
}

bool pel_image_word(const pel_image *img, uint64_t rva, unsigned width, uint64_t *out)
{
    uint8_t bytes[8];
    pel_rva_answer a = at_rva(img, rva);
    *out = 0;
    if (a.has_offset && a.run >= width) {
        *out = pel_span_uint(img->bytes, a.offset.v, width);
        return true;
    }
    if (!is_mapped(&a) || pel_image_read(img, (pel_rva){ (uint32_t)rva }, bytes, width) != PEL_OK)
        return false;
    *out = pel_span_uint((pel_span){ bytes, width }, 0, width);
    return true;
}

bool pel_image_text(const pel_image *img, uint64_t rva, pel_str *out)
{
    pel_rva_answer a = at_rva(img, rva);
    *out = pel_str_in(pel_span_clip(img->bytes, a.offset.v, a.has_offset ? a.run : 0));
    return is_mapped(&a);
}

pel_status pel_image_list_end(const pel_image *img, uint64_t rva, uint64_t size)
{
    bool lost = pel_image_is_lost(img, rva) || pel_image_is_lost(img, rva + size - 1);
    return lost ? PEL_TRUNCATED : PEL_OK;
}

unsigned pel_image_pointer_size(const pel_image *img) { return pel_image_is_wide(img) ? 8 : 4; }
