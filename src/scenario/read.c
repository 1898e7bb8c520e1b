/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, shapes, numbers and words of a scenario. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario/scenario_priv.h"

/* ---- errors -------------------------------------------------------------- */

pel_status pel_read_fail(pel_scenario_reader *r, const pel_yaml *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->error->line = node->line;
    r->error->column = node->column;
    vsnprintf(r->error->message, sizeof r->error->message, format, args);
    va_end(args);
    return PEL_MALFORMED;
}

pel_status pel_read_no_memory(pel_scenario_reader *r, const pel_yaml *node)
{
    pel_read_fail(r, node, "out of memory");
    return PEL_NO_MEMORY;
}

char *pel_scenario_keep(pel_scenario *s, pel_str text)
{
    char *copy = pel_arena_take(&s->arena, text.len + 1);
    if (copy && text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

/* ---- shapes -------------------------------------------------------------- */

pel_status pel_read_want(pel_scenario_reader *r, const pel_yaml *node, pel_yaml_kind kind)
{
    static const char *const words[] = { "a single value", "a list", "a map of keys and values" };
    if (node->kind == kind)
        return PEL_OK;
    return pel_read_fail(r, node, "%s is wanted here, not %s", words[kind], words[node->kind]);
}

static bool is_word(pel_str text, const char *word)
{
    return strlen(word) == text.len && memcmp(word, text.ptr, text.len) == 0;
}

pel_status pel_read_keys(pel_scenario_reader *r, const pel_yaml *node, const char *what,
                         const char *const *keys)
{
    PEL_TRY(pel_read_want(r, node, PEL_YAML_MAP));
    for (const pel_yaml *v = node->first; v; v = v->next) {
        const pel_str key = v->key->text;
        const char *const *k = keys;
        while (*k && !is_word(key, *k))
            k++;
        if (!*k)
            return pel_read_fail(r, v->key, "%s has no key '%s'%s", what, pel_quote(key).text,
                                 pel_suggest(key, keys).text);
    }
    return PEL_OK;
}

pel_status pel_read_need(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                         const pel_yaml **out)
{
    *out = pel_yaml_get(map, key);
    return *out ? PEL_OK : pel_read_fail(r, map, "'%s' is missing", key);
}

/* ---- numbers ------------------------------------------------------------- */

bool pel_read_digits(pel_str text, uint64_t *out)
{
    pel_yaml as_node = { .kind = PEL_YAML_SCALAR, .plain = true, .text = text };
    return pel_yaml_uint(&as_node, out);
}

uint64_t pel_read_unit(pel_str unit)
{
    static const struct {
        const char *name;
        uint64_t factor;
    } units[] = { { "B", 1 },
                  { "KiB", (uint64_t)1 << 10 },
                  { "MiB", (uint64_t)1 << 20 },
                  { "GiB", (uint64_t)1 << 30 },
                  { "TiB", (uint64_t)1 << 40 },
                  { "page", PEL_PAGE_SIZE },
                  { "pages", PEL_PAGE_SIZE } };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (is_word(unit, units[i].name))
            return units[i].factor;
    return 0;
}

/* Digits, and a unit behind them. */
static bool read_amount(pel_str text, uint64_t *out)
{
    size_t digits = 0;
    while (digits < text.len &&
           (isxdigit((unsigned char)text.ptr[digits]) || strchr("xX_", text.ptr[digits]) != NULL))
        digits++;
    if (digits < text.len && digits > 0 && text.ptr[digits - 1] == 'B')
        digits--; /* not a digit, but the unit */
    size_t unit = digits;
    while (unit < text.len && text.ptr[unit] == ' ')
        unit++;
    uint64_t factor = pel_read_unit((pel_str){ text.ptr + unit, text.len - unit });
    if (digits == text.len)
        factor = 1;
    if (!factor || !pel_read_digits((pel_str){ text.ptr, digits }, out) ||
        *out > UINT64_MAX / factor)
        return false;
    *out *= factor;
    return true;
}

pel_status pel_read_number(pel_scenario_reader *r, const pel_yaml *node, uint64_t min, uint64_t max,
                           uint64_t *out)
{
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    if (!node->plain || !read_amount(node->text, out))
        return pel_read_fail(r, node,
                             "'%s' is no number: decimal, 0x..., or with a unit (64 KiB, "
                             "3 pages)",
                             pel_quote(node->text).text);
    if (*out < min || *out > max)
        return pel_read_fail(r, node, "%" PRIu64 " is out of range: %" PRIu64 " to %" PRIu64, *out,
                             min, max);
    return PEL_OK;
}

pel_status pel_read_number_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                              uint64_t min, uint64_t max, uint64_t *out)
{
    const pel_yaml *node = pel_yaml_get(map, key);
    return node ? pel_read_number(r, node, min, max, out) : PEL_OK;
}

pel_status pel_read_bool_at(pel_scenario_reader *r, const pel_yaml *map, const char *key, bool *out)
{
    static const char *const words[] = { "false", "true", NULL };
    const pel_yaml *node = pel_yaml_get(map, key);
    size_t index;
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_read_word(r, node, "truth value", words, &index));
    *out = index == 1;
    return PEL_OK;
}

/* ---- text ---------------------------------------------------------------- */

pel_status pel_read_text(pel_scenario_reader *r, const pel_yaml *node, const char **out)
{
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    if (memchr(node->text.ptr, 0, node->text.len))
        return pel_read_fail(r, node, "there must be no zero byte in it");
    *out = node->text.ptr;
    return PEL_OK;
}

pel_status pel_read_text_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                            const char **out)
{
    const pel_yaml *node = pel_yaml_get(map, key);
    return node ? pel_read_text(r, node, out) : PEL_OK;
}

/* "a, b or c", as far as there is room. */
static void list_words(const char *const *words, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; words[i]; i++)
        pel_append(out, size, &used, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

pel_status pel_read_word(pel_scenario_reader *r, const pel_yaml *node, const char *what,
                         const char *const *words, size_t *out)
{
    char all[160];
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    for (*out = 0; words[*out]; (*out)++)
        if (is_word(node->text, words[*out]))
            return PEL_OK;
    list_words(words, all, sizeof all);
    return pel_read_fail(r, node, "'%s' is no %s%s: %s", pel_quote(node->text).text, what,
                         pel_suggest(node->text, words).text, all);
}

pel_status pel_read_policy(pel_scenario_reader *r, const pel_yaml *node, pel_policy *out)
{
    const char *words[PEL_POLICY_COUNT + 1] = { NULL };
    size_t index;
    for (size_t i = 0; i < PEL_POLICY_COUNT; i++)
        words[i] = pel_policy_name((pel_policy)i);
    PEL_TRY(pel_read_word(r, node, "policy", words, &index));
    *out = (pel_policy)index;
    return PEL_OK;
}

/* ---- flags --------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t value;
} constants[] = {
#define X(name, value) { #name, value },
#include <pelorus/tables/memory.def>
#undef X
};

#define CONSTANTS (sizeof constants / sizeof constants[0])

static bool same_letters(pel_str text, const char *word)
{
    if (strlen(word) != text.len)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (toupper((unsigned char)text.ptr[i]) != word[i])
            return false;
    return true;
}

static bool find_constant(pel_str text, const char *prefix, uint32_t *out)
{
    for (size_t i = 0; i < CONSTANTS; i++) {
        bool of_kind = strncmp(constants[i].name, prefix, strlen(prefix)) == 0;
        if (of_kind && (same_letters(text, constants[i].name) ||
                        same_letters(text, constants[i].name + strlen(prefix)))) {
            *out |= constants[i].value;
            return true;
        }
    }
    return false;
}

static pel_status unknown_flag(pel_scenario_reader *r, const pel_yaml *node, pel_str text,
                               const char *prefix)
{
    const char *words[CONSTANTS + 1] = { NULL };
    size_t count = 0;
    for (size_t i = 0; i < CONSTANTS; i++)
        if (strncmp(constants[i].name, prefix, strlen(prefix)) == 0)
            words[count++] = constants[i].name;
    return pel_read_fail(r, node, "'%s' is none of %s*%s", pel_quote(text).text, prefix,
                         pel_suggest(text, words).text);
}

static pel_status read_flag_words(pel_scenario_reader *r, const pel_yaml *node, const char *prefix,
                                  uint32_t *out)
{
    pel_str rest;
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    for (rest = node->text; rest.len > 0;) {
        size_t n = 0;
        while (n < rest.len && !strchr("|, ", rest.ptr[n]))
            n++;
        pel_str word = { rest.ptr, n };
        uint64_t number;
        if (n > 0 && pel_read_digits(word, &number) && number <= UINT32_MAX)
            *out |= (uint32_t)number;
        else if (n > 0 && !find_constant(word, prefix, out))
            return unknown_flag(r, node, word, prefix);
        n += n < rest.len;
        rest.ptr += n;
        rest.len -= n;
    }
    return PEL_OK;
}

pel_status pel_read_flags(pel_scenario_reader *r, const pel_yaml *node, const char *prefix,
                          uint32_t *out)
{
    *out = 0;
    if (node->kind != PEL_YAML_LIST)
        return read_flag_words(r, node, prefix, out);
    for (const pel_yaml *item = node->first; item; item = item->next)
        PEL_TRY(read_flag_words(r, item, prefix, out));
    return PEL_OK;
}
