/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/buffer.h"

#include <string.h>

#include "base/alloc.h"

static pel_status grow(const pel_allocator *a, pel_budget *budget, pel_buf *buf, uint64_t size)
{
    uint64_t more = size - buf->size;
    if (more > budget->left)
        return PEL_LIMIT;
    uint8_t *data = pel_grow(a, buf->data, &buf->capacity, (size_t)size, 1);
    if (!data)
        return PEL_NO_MEMORY;
    memset(data + buf->size, 0, (size_t)more);
    buf->data = data;
    buf->size = (size_t)size;
    budget->left -= more;
    return PEL_OK;
}

pel_status pel_buf_extend(const pel_allocator *a, pel_budget *budget, pel_buf *buf, uint64_t offset,
                          uint64_t size, uint8_t **out)
{
    *out = NULL;
    if (offset > SIZE_MAX / 2 || size > SIZE_MAX / 2)
        return PEL_LIMIT;
    if (offset + size > buf->size)
        PEL_TRY(grow(a, budget, buf, offset + size));
    *out = buf->data ? buf->data + offset : NULL;
    return PEL_OK;
}

pel_status pel_buf_resize(const pel_allocator *a, pel_budget *budget, pel_buf *buf, uint64_t size)
{
    if (size > buf->size)
        return size > SIZE_MAX / 2 ? PEL_LIMIT : grow(a, budget, buf, size);
    budget->left += buf->size - size;
    buf->size = (size_t)size;
    return PEL_OK;
}

void pel_buf_free(const pel_allocator *a, pel_buf *buf)
{
    pel_give(a, buf->data, buf->capacity);
    *buf = (pel_buf){ 0 };
}
