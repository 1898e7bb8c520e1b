/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of what lies deep: data of resources, and chains of unwind information. */
#include <pelorus/exceptions.h>
#include <pelorus/resources.h>
#include <stdlib.h>

#include "pe/lint.h"

/* ---- resources that overlap -------------------------------------------- */

typedef struct leaf {
    uint64_t start, end;
    uint32_t index;
    bool has_offset;
    pel_foff offset;
} leaf;

typedef struct leaves {
    leaf *items;
    size_t count, capacity;
} leaves;

static void collect(oddities *o, leaves *l, const pel_resource *r, uint32_t index)
{
    leaf *grown =
        pel_grow(&o->img->arena.allocator, l->items, &l->capacity, l->count + 1, sizeof *grown);
    if (!grown) {
        o->status = PEL_NO_MEMORY;
        return;
    }
    l->items = grown;
    if (r->data.address.v < pel_image_header_size(o->img) && r->data.size > 0)
        pel_odd(o, PEL_DIAG_RESOURCE_IN_HEADERS,
                pel_odd_place("resources.entries", index, "OffsetToData",
                              r->has_offset ? &r->offset : NULL),
                r->data.address.v, 0);
    grown[l->count] = (leaf){ .start = r->data.address.v,
                              .end = r->data.address.v + (uint64_t)r->data.size,
                              .index = index,
                              .has_offset = r->has_offset,
                              .offset = r->offset };
    l->count++;
}

static int compare(const void *a, const void *b)
{
    const leaf *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static void look_at_leaves(oddities *o, leaves *l)
{
    if (l->count > 0)
        qsort(l->items, l->count, sizeof *l->items, compare);
    for (size_t i = 1; i < l->count; i++) {
        const leaf *before = &l->items[i - 1], *r = &l->items[i];
        bool same = r->start == before->start && r->end == before->end;
        if (r->start < before->end && r->end > r->start && !same)
            pel_odd(o, PEL_DIAG_RESOURCE_OVERLAP,
                    pel_odd_place("resources.entries", r->index, "OffsetToData",
                                  r->has_offset ? &r->offset : NULL),
                    r->start, before->end);
    }
}

void pel_lint_resource_data(oddities *o)
{
    leaves l = { .count = 0 };
    uint32_t index = 0;
    pel_resource_iter it = pel_image_resources(o->img);
    for (pel_resource r; o->status == PEL_OK && pel_resource_next(&it, &r);) {
        if (r.is_directory)
            continue;
        if (r.problem == PEL_RESOURCE_FINE)
            collect(o, &l, &r, index);
        index++; /* in the dump those that are not there are entries, too */
    }
    if (o->status == PEL_OK)
        look_at_leaves(o, &l);
    pel_give(&o->img->arena.allocator, l.items, l.capacity * sizeof *l.items);
}

/* ---- unwind chains ----------------------------------------------------- */

void pel_lint_unwind_chains(oddities *o)
{
    pel_function_iter it = pel_image_functions(o->img);
    for (pel_function f; o->status == PEL_OK && pel_function_next(&it, &f);) {
        pel_unwind unwind;
        pel_rva primary;
        if (pel_function_unwind(&f, &unwind) != PEL_OK || !unwind.has_chain ||
            pel_unwind_primary(&unwind, &primary) == PEL_OK)
            continue;
        pel_odd(o, PEL_DIAG_UNWIND_CHAIN,
                pel_odd_place("exceptions.functions", f.index, "unwind",
                              f.has_offset ? &f.offset : NULL),
                0, unwind.chain_unwind);
    }
}
