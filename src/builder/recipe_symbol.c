/* SPDX-License-Identifier: Apache-2.0 */
/* Names of places, and references to them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "builder/recipe_priv.h"

pel_status pel_recipe_define(pel_recipe *r, const pel_yaml *node, pel_str name,
                             pel_build_place place)
{
    pel_symbol *symbols = pel_grow(&r->b->allocator, r->symbols, &r->symbol_capacity,
                                   r->symbol_count + 1, sizeof *symbols);
    if (!symbols) {
        pel_builder_latch(r->b, PEL_NO_MEMORY);
        return pel_recipe_check(r, node);
    }
    r->symbols = symbols;
    symbols[r->symbol_count++] = (pel_symbol){ name, place };
    r->symbols_sorted = false;
    return PEL_OK;
}

static pel_status defer(pel_recipe *r, pel_pending reference)
{
    pel_pending *pending = pel_grow(&r->b->allocator, r->pending, &r->pending_capacity,
                                    r->pending_count + 1, sizeof *pending);
    if (!pending) {
        pel_builder_latch(r->b, PEL_NO_MEMORY);
        return pel_recipe_check(r, reference.target);
    }
    r->pending = pending;
    pending[r->pending_count++] = reference;
    return PEL_OK;
}

pel_status pel_recipe_defer(pel_recipe *r, const pel_yaml *target, pel_build_place at,
                            pel_build_link link)
{
    return defer(r, (pel_pending){ .target = target, .at = at, .link = link });
}

pel_status pel_recipe_defer_span(pel_recipe *r, const pel_yaml *pair, pel_build_place at)
{
    PEL_TRY(pel_recipe_want(r, pair, PEL_YAML_LIST));
    if (pair->count != 2)
        return pel_recipe_fail(r, pair, "a span is a list of two places");
    return defer(r, (pel_pending){ .target = pair->first->next, .from = pair->first, .at = at });
}

/* ---- finding ----------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    pel_str a = ((const pel_symbol *)left)->name, b = ((const pel_symbol *)right)->name;
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool same(const pel_symbol *a, const pel_symbol *b) { return compare(a, b) == 0; }

static const pel_symbol *find(pel_recipe *r, pel_str name)
{
    const pel_symbol wanted = { .name = name };
    if (r->symbol_count == 0)
        return NULL;
    if (!r->symbols_sorted)
        qsort(r->symbols, r->symbol_count, sizeof *r->symbols, compare);
    r->symbols_sorted = true;
    return bsearch(&wanted, r->symbols, r->symbol_count, sizeof *r->symbols, compare);
}

static bool is_ambiguous(const pel_recipe *r, const pel_symbol *s)
{
    size_t i = (size_t)(s - r->symbols);
    return (i > 0 && same(s, s - 1)) || (i + 1 < r->symbol_count && same(s, s + 1));
}

/* "name+8": the last plus sign counts, for names may have some. */
static bool split(pel_str text, pel_str *name, uint64_t *offset)
{
    size_t plus = text.len;
    while (plus > 0 && text.ptr[plus - 1] != '+')
        plus--;
    if (plus == 0)
        return false;
    const pel_yaml number = { .kind = PEL_YAML_SCALAR,
                              .plain = true,
                              .text = { text.ptr + plus, text.len - plus } };
    *name = (pel_str){ text.ptr, plus - 1 };
    return pel_yaml_uint(&number, offset) && *offset <= UINT32_MAX;
}

pel_status pel_recipe_place(pel_recipe *r, const pel_yaml *node, pel_build_place *out)
{
    uint64_t offset = 0;
    pel_str name;
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_SCALAR));
    *out = (pel_build_place){ PEL_BUILD_NOWHERE, 0 };
    if (pel_yaml_uint(node, &offset)) {
        PEL_TRY(pel_recipe_uint(r, node, UINT32_MAX, &offset));
        out->offset = (uint32_t)offset;
        return PEL_OK;
    }
    const pel_symbol *s = find(r, node->text);
    if (!s && split(node->text, &name, &offset))
        s = find(r, name);
    if (!s)
        return pel_recipe_fail(r, node, "no section, label or import is called '%s'",
                               pel_quote(node->text).text);
    if (is_ambiguous(r, s))
        return pel_recipe_fail(r, node, "'%s' is the name of more than one place",
                               pel_quote(s->name).text);
    if (offset > UINT32_MAX - s->place.offset)
        return pel_recipe_fail(r, node, "the offset is too large");
    *out = (pel_build_place){ s->place.section, s->place.offset + (uint32_t)offset };
    return PEL_OK;
}
