/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, numbers, names and paths of a recipe. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "builder/recipe_priv.h"

/* ---- errors ------------------------------------------------------------ */

pel_status pel_recipe_fail(pel_recipe *r, const pel_yaml *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->error->line = node->line;
    r->error->column = node->column;
    vsnprintf(r->error->message, sizeof r->error->message, format, args);
    va_end(args);
    return PEL_MALFORMED;
}

pel_status pel_recipe_check(pel_recipe *r, const pel_yaml *node)
{
    pel_status st = r->b->status;
    if (st == PEL_LIMIT)
        pel_recipe_fail(r, node, "the file would become too large");
    else if (st == PEL_NO_MEMORY)
        pel_recipe_fail(r, node, "out of memory");
    else if (st != PEL_OK)
        pel_recipe_fail(r, node, "this cannot be built");
    return st;
}

/* ---- shapes ------------------------------------------------------------ */

pel_status pel_recipe_want(pel_recipe *r, const pel_yaml *node, pel_yaml_kind kind)
{
    static const char *const words[] = { "a single value", "a list", "a map of keys and values" };
    if (node->kind == kind)
        return PEL_OK;
    return pel_recipe_fail(r, node, "%s is wanted here, not %s", words[kind], words[node->kind]);
}

pel_status pel_recipe_keys(pel_recipe *r, const pel_yaml *node, const char *const *keys)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_MAP));
    for (const pel_yaml *v = node->first; v; v = v->next) {
        const pel_str key = v->key->text;
        const char *const *k = keys;
        while (*k && (strlen(*k) != key.len || memcmp(*k, key.ptr, key.len) != 0))
            k++;
        if (!*k)
            return pel_recipe_fail(r, v->key, "unknown key '%s'%s", pel_quote(key).text,
                                   pel_suggest(key, keys).text);
    }
    return PEL_OK;
}

pel_status pel_recipe_need(pel_recipe *r, const pel_yaml *map, const char *key,
                           const pel_yaml **out)
{
    *out = pel_yaml_get(map, key);
    return *out ? PEL_OK : pel_recipe_fail(r, map, "'%s' is missing", key);
}

/* ---- numbers and names ------------------------------------------------- */

static pel_status check_max(pel_recipe *r, const pel_yaml *node, uint64_t value, uint64_t max)
{
    if (value <= max)
        return PEL_OK;
    return pel_recipe_fail(r, node, "0x%" PRIx64 " is too large: at most 0x%" PRIx64, value, max);
}

pel_status pel_recipe_uint(pel_recipe *r, const pel_yaml *node, uint64_t max, uint64_t *out)
{
    *out = 0;
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_SCALAR));
    if (!pel_yaml_uint(node, out))
        return pel_recipe_fail(r, node, "'%s' is not a number (decimal, or 0x...)",
                               pel_quote(node->text).text);
    return check_max(r, node, *out, max);
}

/* True when `text` is `name` or what follows one of its "_". */
static bool names_it(pel_str text, const char *name)
{
    size_t len = strlen(name);
    if (len < text.len || memcmp(name + len - text.len, text.ptr, text.len) != 0)
        return false;
    return len == text.len || name[len - text.len - 1] == '_';
}

/* The shortest name that fits: "IMPORT" is IMAGE_DIRECTORY_ENTRY_IMPORT, not ..._BOUND_IMPORT. */
static const pel_name *find_name(pel_str text, const pel_names *names)
{
    const pel_name *best = NULL;
    for (size_t i = 0; text.len && i < names->count; i++) {
        const pel_name *n = &names->items[i];
        if (names_it(text, n->name) && (!best || strlen(n->name) < strlen(best->name)))
            best = n;
    }
    return best;
}

static pel_status read_name(pel_recipe *r, const pel_yaml *node, const pel_names *names,
                            uint64_t *out)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_SCALAR));
    if (pel_yaml_uint(node, out))
        return PEL_OK;
    if (!names)
        return pel_recipe_uint(r, node, UINT64_MAX, out);
    const pel_name *name = find_name(node->text, names);
    if (!name)
        return pel_recipe_fail(r, node, "'%s' is neither a number nor a name of %s",
                               pel_quote(node->text).text, names->id);
    *out = name->value;
    return PEL_OK;
}

pel_status pel_recipe_value(pel_recipe *r, const pel_yaml *node, const pel_names *names,
                            uint64_t max, uint64_t *out)
{
    uint64_t part;
    *out = 0;
    if (node->kind != PEL_YAML_LIST) {
        PEL_TRY(read_name(r, node, names, out));
        return check_max(r, node, *out, max);
    }
    for (const pel_yaml *item = node->first; item; item = item->next) {
        PEL_TRY(read_name(r, item, names, &part));
        *out |= part;
    }
    return check_max(r, node, *out, max);
}

pel_status pel_recipe_text(pel_recipe *r, const pel_yaml *node, const char **out)
{
    PEL_TRY(pel_recipe_want(r, node, PEL_YAML_SCALAR));
    if (memchr(node->text.ptr, 0, node->text.len + 1) != node->text.ptr + node->text.len)
        return pel_recipe_fail(r, node, "a zero byte cannot stand here");
    *out = node->text.ptr;
    return PEL_OK;
}

/* ---- paths ------------------------------------------------------------- */

#define MAX_WORDS 48u

static pel_status no_such_field(pel_recipe *r, const pel_yaml *key, const pel_schema *schema)
{
    const char *words[MAX_WORDS + 1] = { NULL };
    pel_str text = key->text;
    size_t count = 0;
    if (!schema) {
        while (count < MAX_WORDS && pel_path_structure(count)) {
            words[count] = pel_path_structure(count);
            count++;
        }
        const char *end = text.len ? memchr(text.ptr, '.', text.len) : NULL;
        if (end)
            text.len = (size_t)(end - text.ptr);
    } else {
        for (; count < MAX_WORDS && count < schema->field_count; count++)
            words[count] = schema->fields[count].name;
        while (text.len && memchr(text.ptr, '.', text.len))
            text = (pel_str){ text.ptr + 1, text.len - 1 };
    }
    return pel_recipe_fail(r, key, "there is no field '%s'%s", pel_quote(key->text).text,
                           pel_suggest(text, words).text);
}

static pel_status check_index(pel_recipe *r, const pel_yaml *key, const pel_path *path)
{
    size_t directories = r->b->optional.directory_count;
    size_t count = path->part == PEL_PATH_SECTION ? pel_build_section_total(r->b)
                   : directories < PEL_DIR_COUNT  ? directories
                                                  : PEL_DIR_COUNT;
    bool indexed = path->part == PEL_PATH_SECTION || path->part == PEL_PATH_DIRECTORY;
    if (!indexed || path->index < count)
        return PEL_OK;
    return pel_recipe_fail(r, key, "'%s': there are only %zu", pel_quote(key->text).text, count);
}

pel_status pel_recipe_field(pel_recipe *r, const pel_yaml *node, uint64_t *value)
{
    pel_path path;
    if (pel_path_parse(node->key->text, &path) != PEL_OK)
        return no_such_field(r, node->key, path.schema);
    unsigned width = pel_path_width(&path, r->b->wide);
    if (width == 0)
        return pel_recipe_fail(r, node->key, "PE32+ has no field '%s'",
                               pel_quote(node->key->text).text);
    PEL_TRY(check_index(r, node->key, &path));
    uint64_t max = width == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * width)) - 1;
    return pel_recipe_value(r, node, path.field ? path.field->names : NULL, max, value);
}
