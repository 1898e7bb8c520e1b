/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of exports: tables, names, addresses and forwarders. */
#include <pelorus/directories.h>
#include <string.h>

#include "pe/lint.h"

#define FUNCTIONS "AddressOfFunctions"
#define NAMES     "AddressOfNames"
#define ORDINALS  "AddressOfNameOrdinals"

/* Where entry `index` of the table that `field` leads to lies in the file. */
static pel_place place(const oddities *o, const char *field, pel_rva table, uint32_t index,
                       unsigned width)
{
    pel_foff at;
    uint64_t rva = table.v + (uint64_t)index * width;
    bool has = rva <= UINT32_MAX &&
               pel_image_rva_to_foff(o->img, (pel_rva){ (uint32_t)rva }, &at) == PEL_OK;
    return pel_odd_place("exports", PEL_NO_INDEX, field, has ? &at : NULL);
}

static void tell(oddities *o, const pel_exports *x, pel_diag_code code, const char *field,
                 uint64_t found_value, uint64_t limit)
{
    pel_odd(o, code,
            pel_odd_in("exports", PEL_NO_INDEX, &pel_export_directory_schema, field,
                       x->has_offset ? &x->offset : NULL, pel_image_is_wide(o->img)),
            found_value, limit);
}

/* ---- forwarders -------------------------------------------------------- */

static bool same_start(pel_str a, pel_str b, size_t n)
{
    return pel_fold_hash((pel_str){ a.ptr, n }) == pel_fold_hash((pel_str){ b.ptr, n });
}

/* "Self.Function", where the DLL is "self.dll". */
static bool is_to_itself(pel_str forwarder, size_t dot, pel_str dll)
{
    return dot > 0 && dll.len >= dot && (dll.len == dot || dll.ptr[dot] == '.') &&
           same_start(forwarder, dll, dot);
}

static void look_at_forwarder(oddities *o, const pel_exports *x, const pel_export *e)
{
    pel_str f = e->forwarder;
    size_t dot = f.len;
    while (dot > 0 && f.ptr[dot - 1] != '.')
        dot--;
    pel_place where = place(o, FUNCTIONS, x->directory.functions, e->index, 4);
    if (dot < 2 || dot == f.len || !pel_is_printable(f))
        pel_odd(o, PEL_DIAG_EXPORT_FORWARD_BROKEN, where, 0, e->ordinal);
    else if (is_to_itself(f, dot - 1, x->name))
        pel_odd(o, PEL_DIAG_EXPORT_FORWARD_SELF, where, 0, e->ordinal);
}

/* ---- functions --------------------------------------------------------- */

static void look_at_functions(oddities *o, const pel_exports *x, uint64_t *left)
{
    const pel_export_directory *d = &x->directory;
    pel_export e;
    for (uint32_t i = 0; i < d->function_count && o->status == PEL_OK; i++) {
        pel_status st = pel_export_at(x, i, &e);
        if (!pel_spend(left, 4 + e.forwarder.len)) {
            tell(o, x, PEL_DIAG_EXPORT_LIMIT, "NumberOfFunctions", d->function_count, i);
            return;
        }
        if (st != PEL_OK)
            continue;
        if (e.is_forwarder)
            look_at_forwarder(o, x, &e);
        else if (pel_image_at_rva(o->img, e.rva).where == PEL_WHERE_UNMAPPED)
            pel_odd(o, PEL_DIAG_EXPORT_ADDRESS, place(o, FUNCTIONS, d->functions, i, 4), 0,
                    e.rva.v);
    }
}

/* ---- names ------------------------------------------------------------- */

#define LONG_NAME 4096 /* compilers make no names of that length, decorated or not */

/* As strcmp orders them. */
static int order(pel_str a, pel_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int by_bytes = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return by_bytes ? by_bytes : a.len < b.len ? -1 : a.len > b.len;
}

static void look_at_name(oddities *o, const pel_exports *x, uint32_t i, pel_str name,
                         uint32_t index, const pel_str *before)
{
    const pel_export_directory *d = &x->directory;
    pel_place where = place(o, NAMES, d->names, i, 4);
    int compared = before ? order(*before, name) : -1;
    if (compared > 0)
        pel_odd(o, PEL_DIAG_EXPORT_NAMES_UNSORTED, where, 0, i);
    if (compared == 0)
        pel_odd(o, PEL_DIAG_EXPORT_NAME_TWICE, where, 0, i);
    if (!pel_is_printable(name) || name.len > LONG_NAME)
        pel_odd(o, PEL_DIAG_EXPORT_NAME_ODD, where, 0, name.len);
    if (index >= d->function_count)
        pel_odd(o, PEL_DIAG_EXPORT_INDEX, place(o, ORDINALS, d->ordinals, i, 2), 0, index);
}

static void look_at_names(oddities *o, const pel_exports *x, uint64_t *left)
{
    const pel_export_directory *d = &x->directory;
    pel_str name, before;
    bool has_before = false;
    for (uint32_t i = 0; i < d->name_count && o->status == PEL_OK; i++) {
        uint32_t index;
        pel_status st = pel_export_name(x, i, &name, &index);
        if (st == PEL_NOT_FOUND)
            return; /* the table is cut, which was told */
        if (!pel_spend(left, 6 + name.len)) {
            tell(o, x, PEL_DIAG_EXPORT_LIMIT, "NumberOfNames", d->name_count, i);
            return;
        }
        if (st != PEL_OK)
            pel_odd(o, PEL_DIAG_EXPORT_NAME_OUTSIDE, place(o, NAMES, d->names, i, 4), 0, i);
        else
            look_at_name(o, x, i, name, index, has_before ? &before : NULL);
        before = name;
        has_before = st == PEL_OK;
    }
}

static void look_at_table(oddities *o, const pel_exports *x, const char *field, pel_rva table,
                          uint32_t count, unsigned width)
{
    uint64_t word, end = table.v + (uint64_t)count * width;
    if (count > 0 && (table.v == 0 || !pel_image_word(o->img, end - width, width, &word)))
        tell(o, x, PEL_DIAG_EXPORT_TABLE_CUT, field, table.v, count);
}

void pel_lint_exports(oddities *o)
{
    pel_exports x;
    uint64_t left = pel_image_belief(o->img);
    if (pel_image_exports(o->img, &x) != PEL_OK)
        return;
    const pel_export_directory *d = &x.directory;
    uint64_t highest = (uint64_t)d->base + d->function_count;
    if (d->function_count > 0 && highest > 0x10000)
        tell(o, &x, PEL_DIAG_EXPORT_ORDINALS, "NumberOfFunctions", d->function_count, highest - 1);
    if (d->flags)
        tell(o, &x, PEL_DIAG_RESERVED_NOT_ZERO, "Characteristics", d->flags, 0);
    look_at_table(o, &x, "AddressOfFunctions", d->functions, d->function_count, 4);
    look_at_table(o, &x, "AddressOfNames", d->names, d->name_count, 4);
    look_at_table(o, &x, "AddressOfNameOrdinals", d->ordinals, d->name_count, 2);
    look_at_functions(o, &x, &left);
    look_at_names(o, &x, &left);
}
