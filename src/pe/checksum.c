/* SPDX-License-Identifier: Apache-2.0 */
#include "pe/image_priv.h"

/* The field's bytes count as zero. It may lie at an odd offset, hence byte by byte. */
static uint64_t field_sum(const pel_image *img, uint64_t at)
{
    uint64_t sum = 0;
    for (uint64_t i = at; i < at + 4; i++)
        sum += pel_span_uint(img->whole, i, 1) << (8 * (i & 1));
    return sum;
}

uint32_t pel_image_checksum(const pel_image *image)
{
    uint64_t sum = 0;
    pel_reader r = { .bytes = image->whole };
    for (size_t words = image->whole.size / 2; words > 0; words--)
        sum += pel_read_uint(&r, 2);
    sum += pel_span_uint(image->whole, r.pos, (unsigned)(image->whole.size & 1));

    const pel_schema *schema = &pel_optional_header_schema;
    pel_place field = pel_image_place(image, schema, 0, "CheckSum");
    if (image->optional_at.present && image->kind != PEL_IMAGE_ROM)
        sum -= field_sum(image, field.offset.v);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(sum + image->whole.size);
}
