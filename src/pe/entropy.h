/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_ENTROPY_H
#define PEL_PE_ENTROPY_H

#include <pelorus/image.h>

/** How often each byte value occurs in the file; remembers the entropy of its sections and of all.
 */
pel_status pel_image_count_bytes(pel_image *img, uint64_t counts[256]);

/** Entropy of bytes of the file in bits for each; from memory where they were counted. */
double pel_image_entropy(const pel_image *image, pel_span bytes);

#endif
