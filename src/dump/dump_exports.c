/* SPDX-License-Identifier: Apache-2.0 */
/* Exports: a row for each function and each of its names, by ordinal. */
#include <string.h>

#include "base/alloc.h"
#include "dump/walk_image.h"

/* The name table the other way round: for each function the first of its names, and for each name
 * the next one of the same function. Both count from 1; 0 is none. */
typedef struct index {
    uint32_t functions, names;
    uint32_t *first, *next;
} index;

static uint32_t smaller(uint64_t a, uint64_t b) { return (uint32_t)(a < b ? a : b); }

/* No table has more entries than the file has words for. */
static pel_status index_names(const pel_exports *x, const pel_allocator *a, index *out)
{
    uint64_t most = pel_image_bytes(x->image).size / sizeof(uint32_t);
    *out = (index){ .functions = smaller(x->directory.function_count, most),
                    .names = smaller(x->directory.name_count, most) };
    out->first = pel_take(a, (size_t)out->functions * sizeof *out->first);
    out->next = pel_take(a, (size_t)out->names * sizeof *out->next);
    if ((out->functions && !out->first) || (out->names && !out->next))
        return PEL_NO_MEMORY;
    for (uint32_t i = out->names, function; i-- > 0;) {
        if (pel_export_name(x, i, NULL, &function) != PEL_OK || function >= out->functions)
            continue;
        out->next[i] = out->first[function];
        out->first[function] = i + 1;
    }
    return PEL_OK;
}

static void free_index(const pel_allocator *a, index *x)
{
    pel_give(a, x->first, (size_t)x->functions * sizeof *x->first);
    pel_give(a, x->next, (size_t)x->names * sizeof *x->next);
}

/* Take the cost of a text from what is left. */
static bool afford(uint64_t *left, pel_str text)
{
    bool enough = text.len < *left;
    *left -= enough ? text.len + 1 : *left;
    return enough;
}

/* ---- functions --------------------------------------------------------- */

static void walk_row(const walk *w, const pel_export *f, bool has_name, pel_str name)
{
    pel_emit_map_begin(w->e, NULL);
    pel_emit_dec(w->e, "ordinal", f->ordinal);
    w->e->digits = 8;
    pel_emit_hex(w->e, "rva", f->rva.v);
    pel_emit_optional_text(w->e, "forwarder", f->is_forwarder, f->forwarder);
    pel_emit_optional_text(w->e, "name", has_name, name);
    pel_emit_map_end(w->e);
}

/* A row for each name; one without when it has none. */
static pel_status walk_function(const walk *w, const pel_exports *x, const index *names,
                                const pel_export *f, uint64_t *left)
{
    pel_str name = { NULL, 0 };
    uint32_t at = names->first[f->index], function;
    do {
        bool has_name = at != 0 && pel_export_name(x, at - 1, &name, &function) == PEL_OK;
        if (!afford(left, name) || !afford(left, f->forwarder))
            return PEL_LIMIT;
        walk_row(w, f, has_name, name);
        at = at ? names->next[at - 1] : 0;
    } while (at != 0);
    return w->e->status;
}

static pel_status walk_functions(const walk *w, const pel_exports *x, const index *names)
{
    uint64_t left = 16 * pel_image_bytes(w->img).size;
    pel_status st = PEL_OK;
    pel_emit_seq_begin(w->e, "functions");
    for (uint32_t i = 0; st == PEL_OK && i < names->functions; i++) {
        pel_export f;
        if (pel_export_at(x, i, &f) == PEL_OK)
            st = walk_function(w, x, names, &f, &left);
    }
    pel_emit_seq_end(w->e);
    return names->functions < x->directory.function_count ? PEL_LIMIT : st;
}

/* ---- the order of the names -------------------------------------------- */

static int compare(pel_str a, pel_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Whether the loader's search finds every name. */
static bool is_sorted(const pel_exports *x, const index *names)
{
    uint64_t left = 16 * pel_image_bytes(x->image).size;
    pel_str before = { NULL, 0 }, name;
    for (uint32_t i = 0, function; i < names->names; i++, before = name)
        if (pel_export_name(x, i, &name, &function) != PEL_OK || !afford(&left, name) ||
            (i > 0 && compare(before, name) >= 0))
            return false;
    return true;
}

void pel_walk_exports(const walk *w)
{
    pel_exports x;
    index names;
    const pel_schema *schema = &pel_export_directory_schema;
    if (!pel_walk_has(w, PEL_DIR_EXPORT, "exports") ||
        pel_image_exports(w->img, &x) == PEL_NOT_FOUND)
        return;
    pel_structure s = { .schema = schema,
                        .fields = &x.directory,
                        .offset = { x.has_offset ? x.offset.v : PEL_NO_OFFSET },
                        .size = pel_schema_wire_size(schema, false),
                        .available = x.available };
    pel_allocator allocator = pel_allocator_or_default(w->options->allocator);
    pel_status st = index_names(&x, &allocator, &names);
    if (st != PEL_OK) {
        pel_emitter_fail(w->e, st);
    } else {
        pel_emit_map_begin(w->e, "exports");
        pel_emit_optional_text(w->e, "Name", x.name.len > 0, x.name);
        pel_emit_structure_as(w->e, &s, "Name", "NameRVA");
        pel_emit_boolean(w->e, "sorted", is_sorted(&x, &names));
        pel_emit_end(w->e, walk_functions(w, &x, &names));
        pel_emit_map_end(w->e);
    }
    free_index(&allocator, &names);
}
