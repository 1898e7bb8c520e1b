/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/trace.h"

#include <string.h>

pel_status pel_trace_new(const pel_allocator *allocator, pel_trace **out)
{
    if (!out)
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(allocator);
    *out = pel_take(&a, sizeof **out);
    if (!*out)
        return PEL_NO_MEMORY;
    (*out)->allocator = a;
    return PEL_OK;
}

void pel_trace_free(pel_trace *t)
{
    if (!t)
        return;
    pel_allocator a = t->allocator;
    pel_page_ids_release(&t->ids, &a);
    pel_give(&a, t->codes, t->capacity * sizeof *t->codes);
    pel_give(&a, t, sizeof *t);
}

pel_status pel_trace_add(pel_trace *t, const uint64_t *pages, size_t count)
{
    if (!t || (!pages && count > 0))
        return PEL_BAD_ARG;
    if (!pel_trace_reserve(t, count))
        return PEL_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        PEL_TRY(pel_trace_append(t, pages[i], 0));
    return PEL_OK;
}

pel_status pel_trace_access(pel_trace *t, uint64_t page, bool write)
{
    if (!t)
        return PEL_BAD_ARG;
    if (!pel_trace_reserve(t, 1))
        return PEL_NO_MEMORY;
    return pel_trace_append(t, page, write ? PEL_CODE_WRITE : 0);
}

void pel_trace_forget(pel_trace *t)
{
    if (t) {
        t->forgotten += t->count;
        t->count = 0;
    }
}

uint64_t pel_trace_length(const pel_trace *t) { return t ? t->forgotten + t->count : 0; }

uint64_t pel_trace_pages(const pel_trace *t) { return t ? t->ids.count : 0; }
