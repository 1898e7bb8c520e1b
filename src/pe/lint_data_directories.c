/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of the data directories themselves: where they lie, and how large they are. */
#include <stdlib.h>

#include "pe/lint.h"

typedef struct placed {
    uint64_t start, end;
    uint32_t index;
} placed;

static void tell(oddities *o, pel_diag_code code, uint32_t index, const char *field,
                 uint64_t found_value, uint64_t limit)
{
    pel_odd_field(o, code, &pel_data_directory_schema, index, field, found_value, limit);
}

/* The one size that a directory has; 0 where there are many. */
static uint64_t fixed_size(const pel_image *img, uint32_t index)
{
    bool wide = pel_image_is_wide(img);
    if (index == PEL_DIR_TLS)
        return pel_schema_wire_size(&pel_tls_directory_schema, wide);
    return index == PEL_DIR_COM_DESCRIPTOR ? pel_schema_wire_size(&pel_cor20_header_schema, wide)
                                           : 0;
}

static void look_at_place(oddities *o, const placed *p)
{
    const pel_image *img = o->img;
    uint64_t size = p->end - p->start, wanted = fixed_size(img, p->index);
    pel_rva_answer a = pel_image_at_rva(img, (pel_rva){ (uint32_t)p->start });
    if (wanted && size != wanted)
        tell(o, PEL_DIAG_DIRECTORY_SIZE, p->index, "Size", size, wanted);
    if (a.section == PEL_NO_INDEX && p->start < pel_image_header_size(img) &&
        p->index != PEL_DIR_BOUND_IMPORT)
        tell(o, PEL_DIAG_DIRECTORY_IN_HEADERS, p->index, "VirtualAddress", p->start,
             pel_image_header_size(img));
    if (a.section == PEL_NO_INDEX)
        return;
    pel_extent e = pel_image_extent(img, a.section);
    if (p->end > e.start.v + e.span)
        tell(o, PEL_DIAG_DIRECTORY_CROSSES, p->index, "Size", size, e.start.v + e.span - p->start);
}

static int compare(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Imports and address tables are one, and linkers put other tables into them, too. */
static bool may_overlap(uint32_t a, uint32_t b)
{
    bool imports = a == PEL_DIR_IMPORT || b == PEL_DIR_IMPORT;
    bool tables = a == PEL_DIR_IAT || b == PEL_DIR_IAT || a == PEL_DIR_DELAY_IMPORT ||
                  b == PEL_DIR_DELAY_IMPORT;
    return imports && tables;
}

static void look_at_overlaps(oddities *o, placed *list, size_t count)
{
    qsort(list, count, sizeof *list, compare);
    for (size_t i = 1; i < count; i++) {
        const placed *before = &list[i - 1], *p = &list[i];
        if (p->start < before->end && !may_overlap(p->index, before->index))
            tell(o, PEL_DIAG_DIRECTORY_OVERLAP, p->index, "VirtualAddress", p->start, before->end);
    }
}

void pel_lint_data_directories(oddities *o)
{
    const pel_image *img = o->img;
    placed list[PEL_DIR_COUNT];
    size_t count = 0;
    for (uint32_t i = 0; i < img->directory_count; i++) {
        pel_data_directory d = img->directories[i];
        bool half = (d.address == 0) != (d.size == 0);
        /* The global pointer has no size; of debug information it is told elsewhere. */
        if (half && i != PEL_DIR_GLOBALPTR && !(i == PEL_DIR_DEBUG && d.address == 0))
            tell(o, PEL_DIAG_DIRECTORY_HALF, i, d.address ? "VirtualAddress" : "Size",
                 d.address ? d.address : d.size, 0);
        if (d.address == 0 || d.size == 0 || i == PEL_DIR_SECURITY || i == PEL_DIR_GLOBALPTR)
            continue;
        placed p = { d.address, d.address + (uint64_t)d.size, i };
        look_at_place(o, &p);
        list[count++] = p;
    }
    look_at_overlaps(o, list, count);
}
