/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_TRACE_H
#define PEL_VM_TRACE_H

#include <pelorus/replay.h>

#include "base/alloc.h"
#include "vm/page_ids.h"

/* An access is a word: the id of its page, and the top bit for a write. */
#define PEL_CODE_WRITE ((uint32_t)1 << 31)

struct pel_trace {
    pel_allocator allocator;
    pel_page_ids ids;
    uint32_t *codes; /* of the accesses that are kept, which are the last */
    size_t count, capacity;
    uint64_t forgotten; /* accesses before those */
};

/** Room for `count` more accesses. */
static inline bool pel_trace_reserve(pel_trace *t, size_t count)
{
    if (count <= t->capacity - t->count)
        return true;
    if (count > SIZE_MAX - t->count)
        return false;
    uint32_t *codes =
        pel_grow(&t->allocator, t->codes, &t->capacity, t->count + count, sizeof *codes);
    if (codes)
        t->codes = codes;
    return codes != NULL;
}

/** Append an access that there is room for. */
static inline pel_status pel_trace_append(pel_trace *t, uint64_t page, uint32_t write)
{
    uint32_t id;
    PEL_TRY(pel_page_ids_get(&t->ids, &t->allocator, page, &id));
    t->codes[t->count++] = id | write;
    return PEL_OK;
}

#endif
