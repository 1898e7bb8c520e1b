/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of imports: those of the loader, delayed ones and bound ones. */
#include <pelorus/directories.h>
#include <stdlib.h>
#include <string.h>

#include "pe/lint.h"

#define KEY     "imports"
#define DELAYED "delay_imports"
#define BOUND   "bound_imports"

/* ---- names of DLLs ----------------------------------------------------- */

static bool has_any(pel_str text, const char *of)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] && strchr(of, text.ptr[i]))
            return true;
    return false;
}

static bool has_extension(pel_str name)
{
    return name.len > 0 && name.ptr[name.len - 1] != '.' && name.ptr[name.len - 1] != ' ' &&
           has_any(name, ".");
}

static void look_at_dll(oddities *o, pel_str name, pel_place where)
{
    if (!pel_is_printable(name) || has_any(name, "<>\"|?*"))
        pel_odd(o, PEL_DIAG_IMPORT_DLL_NAME, where, 0, 0);
    else if (has_any(name, "\\/:"))
        pel_odd(o, PEL_DIAG_IMPORT_DLL_PATH, where, 0, 0);
    else if (!has_extension(name))
        pel_odd(o, PEL_DIAG_IMPORT_DLL_ENDING, where, 0, 0);
}

/* Hashes of names with their indices. */
typedef struct names {
    uint64_t (*items)[2];
    size_t count, capacity;
} names;

static void remember(oddities *o, names *n, pel_str name, uint32_t index)
{
    uint64_t(*grown)[2] =
        pel_grow(&o->img->arena.allocator, n->items, &n->capacity, n->count + 1, sizeof *grown);
    if (!grown) {
        o->status = PEL_NO_MEMORY;
        return;
    }
    n->items = grown;
    n->items[n->count][0] = pel_fold_hash(name);
    n->items[n->count++][1] = index;
}

static void forget(oddities *o, names *n)
{
    pel_give(&o->img->arena.allocator, n->items, n->capacity * sizeof *n->items);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

static void sort(names *n)
{
    if (n->count > 0)
        qsort(n->items, n->count, sizeof *n->items, compare);
}

static bool is_among(const names *n, pel_str name)
{
    uint64_t hash = pel_fold_hash(name);
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (n->items[middle][0] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n->count && n->items[low][0] == hash;
}

/* ---- functions --------------------------------------------------------- */

/* What all functions of the file have in common. */
typedef struct summary {
    uint64_t left; /* bytes that are still believed */
    uint64_t functions, ordinals, finders;
    uint64_t descriptors;
    names dlls;
    bool whole; /* nothing of the list is cut off */
} summary;

static bool begins_with(pel_str text, const char *with)
{
    size_t n = strlen(with);
    return text.len >= n && memcmp(text.ptr, with, n) == 0;
}

static void look_at_function(oddities *o, const pel_import *i, const pel_thunk *t, uint64_t number,
                             summary *s)
{
    pel_foff at;
    s->functions++;
    s->ordinals += t->by_ordinal;
    if (begins_with(t->name, "LoadLibrary") || begins_with(t->name, "GetProcAddress"))
        s->finders++;
    if (t->by_ordinal || pel_is_printable(t->name))
        return;
    bool has = pel_image_rva_to_foff(o->img, t->slot, &at) == PEL_OK;
    pel_odd(o, PEL_DIAG_IMPORT_FUNCTION_NAME,
            pel_odd_place(KEY, i->index, "functions", has ? &at : NULL), 0, number);
}

static pel_place in(const pel_import *i, const char *field)
{
    return pel_odd_in(KEY, i->index, &pel_import_descriptor_schema, field,
                      i->has_offset ? &i->offset : NULL, false);
}

static void look_at_functions(oddities *o, const pel_import *i, summary *s)
{
    const pel_import_descriptor *d = &i->descriptor;
    pel_thunk_iter it = pel_import_thunks(i);
    bool own_lookup = it.lookup != it.slot, bound = d->timestamp != 0, differs = false;
    uint64_t number = 0, address = 0;
    it.left = s->left;
    for (pel_thunk t; pel_thunk_next(&it, &t); number++) {
        look_at_function(o, i, &t, number, s);
        if (own_lookup && !bound && !differs && t.bound != t.lookup) {
            differs = true;
            address = t.bound;
        }
    }
    s->left = it.left;
    uint64_t behind;
    unsigned width = pel_image_pointer_size(o->img);
    if (own_lookup && !bound && it.status == PEL_OK &&
        pel_image_word(o->img, d->iat.v + number * width, width, &behind) && behind != 0)
        pel_odd(o, PEL_DIAG_IMPORT_TABLE_LONGER, in(i, "FirstThunk"), d->iat.v, behind);
    if (differs)
        pel_odd(o, PEL_DIAG_IMPORT_TABLES_DIFFER, in(i, "FirstThunk"), d->iat.v, address);
    if (it.status != PEL_OK && it.status != PEL_LIMIT)
        pel_odd(o, PEL_DIAG_IMPORT_TABLE_CUT, in(i, "OriginalFirstThunk"), d->lookup.v, number);
    else if (number == 0)
        pel_odd(o, PEL_DIAG_IMPORT_EMPTY, in(i, "FirstThunk"), 0, 0);
}

/* ---- descriptors ------------------------------------------------------- */

#define DESCRIPTOR 20

static void look_at_descriptor(oddities *o, const pel_import *i)
{
    const pel_image *img = o->img;
    const pel_import_descriptor *d = &i->descriptor;
    uint32_t table = pel_image_directory(img, PEL_DIR_IMPORT).address;
    look_at_dll(o, i->name, in(i, "Name"));
    if (d->lookup.v == 0)
        pel_odd(o, PEL_DIAG_IMPORT_NO_LOOKUP, in(i, "OriginalFirstThunk"), 0, 0);
    if (d->timestamp == UINT32_MAX && pel_image_directory(img, PEL_DIR_BOUND_IMPORT).address == 0)
        pel_odd(o, PEL_DIAG_IMPORT_BOUND_NOWHERE, in(i, "TimeDateStamp"), d->timestamp, 0);
    if (d->iat.v >= table && d->iat.v - table < (i->index + 1) * (uint64_t)DESCRIPTOR)
        pel_odd(o, PEL_DIAG_IMPORT_TABLE_IN_DESCRIPTORS, in(i, "FirstThunk"), d->iat.v, table);
}

static void look_at_terminator(oddities *o, uint64_t index)
{
    pel_import_descriptor d;
    found at;
    uint64_t rva = pel_image_directory(o->img, PEL_DIR_IMPORT).address + index * DESCRIPTOR;
    pel_image_decode_mapped(o->img, &pel_import_descriptor_schema, rva, &d, &at);
    if (d.lookup.v | d.timestamp | d.forwarder_chain | d.name.v | d.iat.v)
        pel_odd(o, PEL_DIAG_IMPORT_TERMINATOR,
                pel_odd_place(KEY, PEL_NO_INDEX, NULL, at.present ? &at.offset : NULL), 0,
                d.name.v ? d.name.v : d.iat.v);
    if (!at.present &&
        pel_image_at_rva(o->img, (pel_rva){ (uint32_t)rva }).where == PEL_WHERE_ZERO_FILL)
        pel_odd(o, PEL_DIAG_IMPORT_IN_ZEROS, pel_odd_place(KEY, PEL_NO_INDEX, NULL, NULL), 0, rva);
}

#define FEW 20

static void look_at_all(oddities *o, summary *s)
{
    pel_place where = pel_odd_place(KEY, PEL_NO_INDEX, NULL, NULL);
    const pel_image *img = o->img;
    bool managed = pel_image_directory(img, PEL_DIR_COM_DESCRIPTOR).address != 0;
    bool ordinary = img->optional.subsystem == PEL_SUBSYSTEM_WINDOWS_GUI ||
                    img->optional.subsystem == PEL_SUBSYSTEM_WINDOWS_CUI;
    if (s->functions == 0 && s->whole && !pel_image_is_dll(img) && ordinary)
        pel_odd(o, PEL_DIAG_IMPORTS_NONE, where, 0, 0);
    if (s->finders >= 2 && s->functions < FEW && !managed)
        pel_odd(o, PEL_DIAG_IMPORTS_FEW, where, s->functions, 0);
    if (s->functions > 2 && s->functions == s->ordinals)
        pel_odd(o, PEL_DIAG_IMPORT_ORDINALS_ONLY, where, s->functions, 0);
    sort(&s->dlls);
    for (size_t i = 1; i < s->dlls.count; i++)
        if (s->dlls.items[i][0] == s->dlls.items[i - 1][0])
            pel_odd(o, PEL_DIAG_IMPORT_DLL_TWICE,
                    pel_odd_place(KEY, (uint32_t)s->dlls.items[i][1], "Name", NULL), 0,
                    s->dlls.items[i - 1][1]);
}

void pel_lint_imports(oddities *o)
{
    summary s = { .left = pel_image_belief(o->img) };
    pel_import_iter it = pel_image_imports(o->img);
    for (pel_import i; o->status == PEL_OK && pel_import_next(&it, &i); s.descriptors++) {
        look_at_descriptor(o, &i);
        look_at_functions(o, &i, &s);
        remember(o, &s.dlls, i.name, i.index);
    }
    if (it.status == PEL_LIMIT || s.left == 0)
        pel_odd(o, PEL_DIAG_IMPORTS_CUT, pel_odd_place(KEY, PEL_NO_INDEX, NULL, NULL), s.functions,
                0);
    else if (it.status == PEL_OK && pel_image_directory(o->img, PEL_DIR_IMPORT).address != 0)
        look_at_terminator(o, s.descriptors);
    s.whole = it.status == PEL_OK;
    look_at_all(o, &s);
    forget(o, &s.dlls);
}

/* ---- delayed and bound ------------------------------------------------- */

void pel_lint_delay_imports(oddities *o)
{
    const pel_schema *schema = &pel_delay_descriptor_schema;
    uint64_t left = pel_image_belief(o->img);
    pel_delay_import_iter it = pel_image_delay_imports(o->img);
    for (pel_delay_import i; o->status == PEL_OK && pel_delay_import_next(&it, &i);) {
        const pel_foff *at = i.has_offset ? &i.offset : NULL;
        pel_thunk_iter functions = pel_delay_thunks(&i);
        functions.left = left;
        for (pel_thunk t; pel_thunk_next(&functions, &t);)
            continue;
        left = functions.left;
        bool broken = functions.status != PEL_OK && functions.status != PEL_LIMIT;
        if (broken || !pel_is_printable(i.name))
            pel_odd(o, PEL_DIAG_DELAY_IMPORT_BROKEN,
                    pel_odd_in(DELAYED, i.index, schema, "DllNameRVA", at, false), 0, 0);
        if (i.by_va)
            pel_odd(o, PEL_DIAG_DELAY_IMPORT_OLD, pel_odd_place(DELAYED, i.index, "Attributes", at),
                    i.descriptor.attributes, 0);
    }
    if (it.status == PEL_LIMIT || left == 0)
        pel_odd(o, PEL_DIAG_IMPORTS_CUT, pel_odd_place(DELAYED, PEL_NO_INDEX, NULL, NULL), it.index,
                0);
}

void pel_lint_bound_imports(oddities *o)
{
    names dlls = { .count = 0 };
    uint32_t index = 0;
    if (pel_image_directory(o->img, PEL_DIR_BOUND_IMPORT).address == 0)
        return;
    pel_import_iter imports = pel_image_imports(o->img);
    for (pel_import i; o->status == PEL_OK && pel_import_next(&imports, &i);)
        remember(o, &dlls, i.name, i.index);
    sort(&dlls);
    pel_bound_import_iter it = pel_image_bound_imports(o->img);
    for (pel_bound_import b; o->status == PEL_OK && pel_bound_import_next(&it, &b); index++) {
        pel_place where = pel_odd_in(BOUND, index, &pel_bound_descriptor_schema, "OffsetModuleName",
                                     b.has_offset ? &b.offset : NULL, false);
        if (!pel_is_printable(b.name))
            pel_odd(o, PEL_DIAG_BOUND_NAME_OUTSIDE, where, 0, 0);
        else if (!is_among(&dlls, b.name))
            pel_odd(o, PEL_DIAG_BOUND_NOT_IMPORTED, where, 0, 0);
    }
    forget(o, &dlls);
}
