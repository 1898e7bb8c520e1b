/* SPDX-License-Identifier: Apache-2.0 */
/* Names of addresses, from the exports. */
#include <stdlib.h>

#include "base/alloc.h"
#include "dump/walk_image.h"

typedef struct pel_export_row {
    uint32_t rva, order; /* order: of two names the first one in the table wins */
    pel_str name;
} pel_export_row;

static int by_rva(const void *a, const void *b)
{
    const pel_export_row *x = a, *y = b;
    if (x->rva != y->rva)
        return x->rva < y->rva ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void add(pel_export_names *names, const pel_exports *x, uint32_t index)
{
    pel_export f;
    uint32_t function;
    pel_export_row *row = &names->rows[names->count];
    if (pel_export_name(x, index, &row->name, &function) != PEL_OK || row->name.len == 0 ||
        pel_export_at(x, function, &f) != PEL_OK || f.is_forwarder)
        return;
    row->rva = f.rva.v;
    row->order = index;
    names->count++;
}

pel_status pel_export_names_of(const walk *w, pel_export_names *out)
{
    pel_exports x;
    pel_allocator allocator = pel_allocator_or_default(w->options->allocator);
    size_t file = pel_image_bytes(w->img).size;
    *out = (pel_export_names){ .left = 16 * (uint64_t)file };
    if (pel_image_exports(w->img, &x) == PEL_NOT_FOUND || x.directory.name_count == 0)
        return PEL_OK;
    size_t count = x.directory.name_count < file / 4 ? x.directory.name_count : file / 4;
    out->rows = pel_take(&allocator, count * sizeof *out->rows);
    if (!out->rows)
        return PEL_NO_MEMORY;
    out->capacity = count;
    uint64_t left = out->left; /* names can be one another's ends: all of them long */
    for (uint32_t i = 0; i < count; i++) {
        size_t before = out->count;
        add(out, &x, i);
        uint64_t cost = out->count > before ? out->rows[before].name.len : 1;
        if (cost > left)
            break;
        left -= cost;
    }
    if (out->count)
        qsort(out->rows, out->count, sizeof *out->rows, by_rva);
    return PEL_OK;
}

void pel_export_names_free(const walk *w, pel_export_names *names)
{
    pel_allocator allocator = pel_allocator_or_default(w->options->allocator);
    pel_give(&allocator, names->rows, names->capacity * sizeof *names->rows);
}

bool pel_export_names_find(pel_export_names *names, pel_rva rva, pel_str *out)
{
    size_t low = 0, high = names->count;
    *out = (pel_str){ NULL, 0 };
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->rows[middle].rva < rva.v)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == names->count || names->rows[low].rva != rva.v ||
        names->rows[low].name.len > names->left)
        return false;
    *out = names->rows[low].name;
    names->left -= out->len;
    return true;
}
