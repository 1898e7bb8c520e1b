/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BUILDER_BUFFER_H
#define PEL_BUILDER_BUFFER_H

/* Bytes that grow, within a budget that several buffers share. */

#include <pelorus/base.h>

typedef struct pel_buf {
    uint8_t *data;
    size_t size, capacity;
} pel_buf;

typedef struct pel_budget {
    uint64_t left; /* bytes */
} pel_budget;

/** Make [offset, offset + size) part of `buf`, with zeros where nothing was written yet, and give
 *  its first byte. PEL_LIMIT when the budget does not allow it. */
pel_status pel_buf_extend(const pel_allocator *a, pel_budget *budget, pel_buf *buf, uint64_t offset,
                          uint64_t size, uint8_t **out);

/** Cut or fill up with zeros. */
pel_status pel_buf_resize(const pel_allocator *a, pel_budget *budget, pel_buf *buf, uint64_t size);

void pel_buf_free(const pel_allocator *a, pel_buf *buf);

#endif
