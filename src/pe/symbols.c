/* SPDX-License-Identifier: Apache-2.0 */
/* An index from addresses to names. Text stays in the file: an entry says where, for a file may
 * give a million entries one endless name. */
#include <pelorus/symbols.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"
#include "pe/symbols.h"

static pel_status add_name(pel_symbols *s, uint64_t rva, uint32_t index, symbol_rank rank)
{
    if (rva >= pel_image_view_size(s->image) || index > INDEX_MASK)
        return PEL_OK;
    symbol_entry *grown =
        pel_grow(&s->allocator, s->names, &s->name_capacity, s->name_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    s->names = grown;
    s->names[s->name_count++] = symbol_entry_of((uint32_t)rva, rank, index);
    return PEL_OK;
}

/* ---- exports ----------------------------------------------------------- */

/* No table has more entries than the file has words for. */
static uint32_t believed(const pel_symbols *s, uint32_t count)
{
    uint64_t most = s->image->bytes.size / sizeof(uint32_t);
    return count < most ? count : (uint32_t)most;
}

static pel_status add_exports(pel_symbols *s)
{
    pel_export f;
    pel_status st = pel_image_exports(s->image, &s->exports);
    s->has_exports = st == PEL_OK || st == PEL_TRUNCATED;
    if (!s->has_exports)
        return PEL_OK;
    uint32_t functions = believed(s, s->exports.directory.function_count);
    for (uint32_t i = 0; i < functions; i++)
        if (pel_export_at(&s->exports, i, &f) == PEL_OK && !f.is_forwarder)
            PEL_TRY(add_name(s, f.rva.v, i, RANK_ORDINAL));
    uint32_t names = believed(s, s->exports.directory.name_count);
    for (uint32_t i = 0, function; i < names; i++)
        if (pel_export_name(&s->exports, i, NULL, &function) == PEL_OK &&
            pel_export_at(&s->exports, function, &f) == PEL_OK && !f.is_forwarder)
            PEL_TRY(add_name(s, f.rva.v, i, RANK_EXPORT));
    return PEL_OK;
}

/* ---- COFF symbols ------------------------------------------------------ */

/* What a program would call by that name: not sections, files and pieces of functions. */
static bool names_something(const pel_coff_entry *e)
{
    if (!e->has_name || e->name.len == 0)
        return false;
    if (e->record.storage == PEL_SYM_CLASS_EXTERNAL)
        return true;
    return e->record.storage == PEL_SYM_CLASS_STATIC && e->aux_kind != PEL_AUX_SECTION &&
           e->name.ptr[0] != '.';
}

static pel_status add_coff(pel_symbols *s)
{
    pel_rva rva;
    pel_coff_iter it = pel_image_coff_symbols(s->image);
    for (pel_coff_entry e; pel_coff_next(&it, &e);)
        if (names_something(&e) && pel_coff_rva(s->image, &e.record, &rva))
            PEL_TRY(add_name(s, rva.v, e.index, RANK_COFF));
    return PEL_OK;
}

/* ---- import slots ------------------------------------------------------ */

static pel_status add_module(pel_symbols *s, pel_str name)
{
    symbol_module *grown = pel_grow(&s->allocator, s->modules, &s->module_capacity,
                                    s->module_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    s->modules = grown;
    s->modules[s->module_count++] = (symbol_module){ .name = name };
    return PEL_OK;
}

static pel_status add_slot(pel_symbols *s, uint32_t slot, uint32_t lookup)
{
    symbol_slot *grown =
        pel_grow(&s->allocator, s->slots, &s->slot_capacity, s->slot_count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    s->slots = grown;
    s->slots[s->slot_count++] =
        (symbol_slot){ .rva = slot, .lookup = lookup, .module = (uint32_t)s->module_count - 1 };
    return PEL_OK;
}

/* All lists together may look at `*left` bytes: many descriptors can share one table. */
static pel_status add_thunks(pel_symbols *s, pel_str module, pel_thunk_iter it, uint64_t *left)
{
    PEL_TRY(add_module(s, module));
    s->modules[s->module_count - 1].by_va = it.by_va;
    it.left = *left;
    uint64_t lookup = it.lookup;
    for (pel_thunk t; pel_thunk_next(&it, &t); lookup = it.lookup)
        PEL_TRY(add_slot(s, t.slot.v, (uint32_t)lookup));
    *left = it.left;
    return PEL_OK;
}

static pel_status add_imports(pel_symbols *s)
{
    uint64_t left = 2 * s->image->bytes.size;
    pel_import_iter it = pel_image_imports(s->image);
    it.left = s->image->bytes.size;
    for (pel_import i; pel_import_next(&it, &i);)
        PEL_TRY(add_thunks(s, i.name, pel_import_thunks(&i), &left));
    pel_delay_import_iter delayed = pel_image_delay_imports(s->image);
    delayed.left = s->image->bytes.size;
    for (pel_delay_import i; pel_delay_import_next(&delayed, &i);)
        PEL_TRY(add_thunks(s, i.name, pel_delay_thunks(&i), &left));
    return PEL_OK;
}

/* ---- the index --------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const symbol_entry *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int by_slot(const void *a, const void *b)
{
    const symbol_slot *x = a, *y = b;
    if (x->rva != y->rva)
        return x->rva < y->rva ? -1 : 1;
    return x->lookup > y->lookup ? -1 : x->lookup < y->lookup;
}

static pel_status collect(pel_symbols *s)
{
    PEL_TRY(add_exports(s));
    PEL_TRY(add_coff(s));
    PEL_TRY(add_imports(s));
    if (s->name_count > 0)
        qsort(s->names, s->name_count, sizeof *s->names, by_key);
    if (s->slot_count > 0)
        qsort(s->slots, s->slot_count, sizeof *s->slots, by_slot);
    return PEL_OK;
}

pel_status pel_symbols_new(const pel_image *image, const pel_allocator *allocator,
                           pel_symbols **out)
{
    *out = NULL;
    if (!image)
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(allocator);
    pel_symbols *s = pel_take(&a, sizeof *s);
    if (!s)
        return PEL_NO_MEMORY;
    s->allocator = a;
    s->image = image;
    pel_status st = collect(s);
    if (st != PEL_OK) {
        pel_symbols_free(s);
        return st;
    }
    *out = s;
    return PEL_OK;
}

void pel_symbols_free(pel_symbols *symbols)
{
    if (!symbols)
        return;
    pel_allocator a = symbols->allocator;
    pel_give(&a, symbols->names, symbols->name_capacity * sizeof *symbols->names);
    pel_give(&a, symbols->slots, symbols->slot_capacity * sizeof *symbols->slots);
    pel_give(&a, symbols->modules, symbols->module_capacity * sizeof *symbols->modules);
    pel_give(&a, symbols, sizeof *symbols);
}

size_t pel_symbols_count(const pel_symbols *symbols)
{
    return symbols->name_count + symbols->slot_count;
}
