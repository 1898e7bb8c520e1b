/* SPDX-License-Identifier: Apache-2.0 */
/* Imports and exports of a recipe. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "builder/recipe_priv.h"

static pel_status out_of_memory(pel_recipe *r, const pel_yaml *node)
{
    pel_builder_latch(r->b, PEL_NO_MEMORY);
    return pel_recipe_check(r, node);
}

static pel_status get_text(pel_recipe *r, const pel_yaml *map, const char *key, const char **out)
{
    const pel_yaml *node;
    PEL_TRY(pel_recipe_need(r, map, key, &node));
    return pel_recipe_text(r, node, out);
}

/* ---- imports ----------------------------------------------------------- */

/* "Name", or { name:, hint: }, or { ordinal: }. */
static pel_status read_import(pel_recipe *r, const pel_yaml *node, pel_build_import *out)
{
    static const char *const keys[] = { "name", "hint", "ordinal", NULL };
    if (node->kind == PEL_YAML_SCALAR)
        return pel_recipe_text(r, node, &out->name);
    PEL_TRY(pel_recipe_keys(r, node, keys));
    const pel_yaml *number = pel_yaml_get(node, "ordinal");
    uint64_t value = 0;
    if (!number) {
        PEL_TRY(get_text(r, node, "name", &out->name));
        number = pel_yaml_get(node, "hint");
    }
    if (number)
        PEL_TRY(pel_recipe_uint(r, number, UINT16_MAX, &value));
    out->ordinal = (uint16_t)value;
    return PEL_OK;
}

/* Its slot is called "DLL!name" or "DLL!#ordinal". */
static pel_status define_slot(pel_recipe *r, const pel_yaml *node, const pel_build_import *import,
                              uint32_t section)
{
    size_t size = strlen(import->dll) + (import->name ? strlen(import->name) : 8) + 3;
    char *name = pel_arena_take(&r->arena, size);
    if (!name)
        return out_of_memory(r, node);
    if (import->name)
        snprintf(name, size, "%s!%s", import->dll, import->name);
    else
        snprintf(name, size, "%s!#%u", import->dll, (unsigned)import->ordinal);
    return pel_recipe_define(r, node, pel_str_of(name), (pel_build_place){ section, import->slot });
}

/* The functions of one DLL, `*count` of them so far. */
static pel_status read_dll(pel_recipe *r, const pel_yaml *node, pel_build_import *imports,
                           size_t *count)
{
    static const char *const keys[] = { "dll", "functions", NULL };
    const pel_yaml *functions;
    const char *dll;
    PEL_TRY(pel_recipe_keys(r, node, keys));
    PEL_TRY(get_text(r, node, "dll", &dll));
    PEL_TRY(pel_recipe_need(r, node, "functions", &functions));
    PEL_TRY(pel_recipe_want(r, functions, PEL_YAML_LIST));
    for (const pel_yaml *f = functions->first; f; f = f->next) {
        imports[*count].dll = dll;
        PEL_TRY(read_import(r, f, &imports[(*count)++]));
    }
    return PEL_OK;
}

static size_t count_functions(const pel_yaml *dlls)
{
    size_t count = 0;
    for (const pel_yaml *dll = dlls->first; dll; dll = dll->next) {
        const pel_yaml *functions = pel_yaml_get(dll, "functions");
        count += functions ? functions->count : 0;
    }
    return count;
}

pel_status pel_recipe_imports(pel_recipe *r, const pel_yaml *node)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_LIST));
    size_t count = 0, room = count_functions(node);
    pel_build_import *imports = pel_arena_take(&r->arena, room * sizeof *imports);
    if (!imports)
        return out_of_memory(r, node);
    for (const pel_yaml *dll = node->first; dll; dll = dll->next)
        PEL_TRY(read_dll(r, dll, imports, &count));
    if (count == 0 || count > UINT16_MAX)
        return pel_recipe_fail(r, node, "from 1 to 65,535 functions can be imported");
    uint32_t section = pel_builder_imports(r->b, imports, count);
    PEL_TRY(pel_recipe_check(r, node));
    for (size_t i = 0; i < count; i++)
        PEL_TRY(define_slot(r, node, &imports[i], section));
    return pel_recipe_define(r, node, pel_str_of(".idata"), (pel_build_place){ section, 0 });
}

/* ---- exports ----------------------------------------------------------- */

static pel_status read_export(pel_recipe *r, const pel_yaml *node, pel_build_export *out)
{
    static const char *const keys[] = { "name", "ordinal", "at", "forward", NULL };
    PEL_TRY(pel_recipe_keys(r, node, keys));
    const pel_yaml *name = pel_yaml_get(node, "name"), *ordinal = pel_yaml_get(node, "ordinal");
    const pel_yaml *forward = pel_yaml_get(node, "forward");
    const pel_yaml *at = pel_yaml_get(node, "at");
    uint64_t value = 0;
    if (!name && !ordinal)
        return pel_recipe_fail(r, node, "an export has a 'name' or an 'ordinal'");
    if (!at == !forward)
        return pel_recipe_fail(r, node, "an export is either 'at' a place or a 'forward'");
    if (name)
        PEL_TRY(pel_recipe_text(r, name, &out->name));
    if (ordinal)
        PEL_TRY(pel_recipe_uint(r, ordinal, UINT16_MAX, &value));
    out->ordinal = (uint16_t)value;
    return forward ? pel_recipe_text(r, forward, &out->forward)
                   : pel_recipe_place(r, at, &out->place);
}

pel_status pel_recipe_exports(pel_recipe *r, const pel_yaml *node)
{
    static const char *const keys[] = { "name", "functions", NULL };
    const pel_yaml *functions;
    const char *name;
    PEL_TRY(pel_recipe_keys(r, node, keys));
    PEL_TRY(get_text(r, node, "name", &name));
    PEL_TRY(pel_recipe_need(r, node, "functions", &functions));
    PEL_TRY(pel_recipe_want(r, functions, PEL_YAML_LIST));
    if (functions->count == 0 || functions->count > UINT16_MAX)
        return pel_recipe_fail(r, functions, "from 1 to 65,535 functions can be exported");
    size_t count = 0;
    pel_build_export *exports = pel_arena_take(&r->arena, functions->count * sizeof *exports);
    if (!exports)
        return out_of_memory(r, node);
    for (const pel_yaml *f = functions->first; f; f = f->next)
        PEL_TRY(read_export(r, f, &exports[count++]));
    uint32_t section = pel_builder_exports(r->b, name, exports, count);
    PEL_TRY(pel_recipe_check(r, node));
    return pel_recipe_define(r, node, pel_str_of(".edata"), (pel_build_place){ section, 0 });
}
