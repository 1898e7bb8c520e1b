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

/* A number that folds to the same 16 bits as the sum of all words. What is carried out of 16 bits
 * comes back in at their low end, so that two words may be added as one of 32 bits. */
static uint64_t word_sum(pel_span bytes)
{
    uint64_t low = 0, high = 0, at = 0;
    for (; bytes.size - at >= 8; at += 8) {
        uint64_t words = pel_span_u64(bytes, at);
        low += words & UINT32_MAX;
        high += words >> 32;
    }
    for (; bytes.size - at >= 2; at += 2)
        low += pel_span_u16(bytes, at);
    return low + high + pel_span_uint(bytes, at, (unsigned)(bytes.size & 1));
}

void pel_image_remember_checksum(pel_image *img)
{
    img->checksum = pel_image_checksum(img);
    img->has_checksum = true;
}

uint32_t pel_image_checksum(const pel_image *image)
{
    if (image->has_checksum)
        return image->checksum;
    uint64_t sum = word_sum(image->whole);
    const pel_schema *schema = &pel_optional_header_schema;
    pel_place field = pel_image_place(image, schema, 0, "CheckSum");
    if (image->optional_at.present && image->kind != PEL_IMAGE_ROM)
        sum -= field_sum(image, field.offset.v);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(sum + image->whole.size);
}
