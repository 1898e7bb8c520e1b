/* SPDX-License-Identifier: Apache-2.0 */
#include "peek.h"

uint64_t number_of(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

bool peek_number(const pel_space *space, pel_va va, size_t size, uint64_t *out)
{
    uint8_t bytes[8] = { 0 };
    bool read = pel_space_peek((pel_space *)space, va, bytes, size) == PEL_STATUS_SUCCESS;
    *out = read ? number_of(bytes, size) : 0;
    return read;
}

uint64_t file_number(const pel_image *image, uint64_t rva, size_t size)
{
    uint8_t bytes[8] = { 0 };
    pel_image_read(image, (pel_rva){ (uint32_t)rva }, bytes, size);
    return number_of(bytes, size);
}

size_t word_size(const pel_image *image) { return pel_image_is_wide(image) ? 8 : 4; }
