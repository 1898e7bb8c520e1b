/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_PEEK_H
#define CONFORMANCE_PEEK_H

/* Numbers in memory and in files: little-endian, of 8 bytes at most. */

#include <pelorus/pelorus.h>

uint64_t number_of(const uint8_t *bytes, size_t size);

/* The number at `va`, read as the kernel would. False when it cannot be read; then it is 0. */
bool peek_number(const pel_space *space, pel_va va, size_t size, uint64_t *out);

/* The number that the file has for `rva`; 0 where there is none. */
uint64_t file_number(const pel_image *image, uint64_t rva, size_t size);

/* Bytes of an address of the image: 4 or 8. */
size_t word_size(const pel_image *image);

#endif
