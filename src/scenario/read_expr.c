/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: sums of numbers, of what a process has, and of labels. */
#include <ctype.h>
#include <string.h>

#include "scenario/scenario_priv.h"

/* In the order of pel_term_kind. */
static const char *const symbols[] = { "page",       "image",       "image.end",        "entry",
                                       "stack.base", "stack.limit", "stack.allocation", "heap.base",
                                       NULL };

/* ---- names --------------------------------------------------------------- */

bool pel_read_find(pel_str name, const char *const *names, size_t count, size_t *out)
{
    for (*out = 0; *out < count; (*out)++)
        if (strlen(names[*out]) == name.len && memcmp(names[*out], name.ptr, name.len) == 0)
            return true;
    return false;
}

static bool is_name_part(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.'; }

static bool is_name(pel_str text)
{
    if (text.len == 0 || text.len > 32 ||
        !(isalpha((unsigned char)text.ptr[0]) || text.ptr[0] == '_'))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_name_part(text.ptr[i]))
            return false;
    return true;
}

pel_status pel_read_define(pel_scenario_reader *r, const pel_yaml *node, const char **names,
                           size_t *count, size_t *out)
{
    size_t reserved;
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    if (!is_name(node->text))
        return pel_read_fail(r, node,
                             "a name is a letter, then letters, digits, '_' and '.', 32 at "
                             "most");
    if (pel_read_find(node->text, symbols, sizeof symbols / sizeof symbols[0] - 1, &reserved))
        return pel_read_fail(r, node, "'%s' has a meaning already; take another name",
                             symbols[reserved]);
    if (pel_read_find(node->text, names, *count, out))
        return PEL_OK;
    if (*count == PEL_SCENARIO_NAMES)
        return pel_read_fail(r, node, "more than %d names", PEL_SCENARIO_NAMES);
    names[*count] = pel_scenario_keep(r->s, node->text);
    *out = *count;
    if (!names[*count])
        return pel_read_no_memory(r, node);
    (*count)++;
    return PEL_OK;
}

/* ---- expressions --------------------------------------------------------- */

typedef struct scan {
    pel_scenario_reader *r;
    const pel_yaml *node;
    pel_str rest;
} scan;

static void skip_spaces(scan *s)
{
    while (s->rest.len > 0 && s->rest.ptr[0] == ' ') {
        s->rest.ptr++;
        s->rest.len--;
    }
}

static bool take(scan *s, char c)
{
    skip_spaces(s);
    if (s->rest.len == 0 || s->rest.ptr[0] != c)
        return false;
    s->rest.ptr++;
    s->rest.len--;
    return true;
}

static pel_str take_word(scan *s)
{
    size_t n = 0;
    skip_spaces(s);
    while (n < s->rest.len && is_name_part(s->rest.ptr[n]))
        n++;
    pel_str word = { s->rest.ptr, n };
    s->rest.ptr += n;
    s->rest.len -= n;
    return word;
}

/* Digits, and perhaps a unit as the next word: "3 pages", "64KiB". */
static pel_status take_number(scan *s, pel_str word, uint64_t *out)
{
    size_t digits = 0;
    bool hex = word.len > 1 && (word.ptr[1] == 'x' || word.ptr[1] == 'X');
    while (digits < word.len &&
           (hex || isdigit((unsigned char)word.ptr[digits]) || word.ptr[digits] == '_'))
        digits++;
    scan ahead = *s;
    pel_str unit = { word.ptr + digits, word.len - digits };
    uint64_t factor = 1;
    if (unit.len == 0)
        unit = take_word(&ahead);
    if (unit.len > 0)
        factor = pel_read_unit(unit);
    if (!factor || !pel_read_digits((pel_str){ word.ptr, digits }, out) ||
        *out > UINT64_MAX / factor)
        return pel_read_fail(s->r, s->node, "'%s' is no number", pel_quote(word).text);
    *out *= factor;
    *s = ahead;
    return PEL_OK;
}

static pel_status unknown_name(scan *s, pel_str word)
{
    const char *known[sizeof symbols / sizeof symbols[0] + PEL_SCENARIO_NAMES + 1] = { NULL };
    size_t count = 0;
    for (size_t i = 0; symbols[i]; i++)
        known[count++] = symbols[i];
    for (size_t i = 0; i < s->r->s->name_count; i++)
        known[count++] = s->r->s->names[i];
    return pel_read_fail(
        s->r, s->node,
        "nothing is called '%s'%s: labels (`as`) of steps before, image, "
        "image.end, entry, stack.base, stack.limit, stack.allocation, heap.base, or "
        "a section (.data)",
        pel_quote(word).text, pel_suggest(word, known).text);
}

static pel_status take_symbol(scan *s, pel_str word, pel_term *term)
{
    size_t index;
    if (term->symbol != PEL_TERM_NUMBER)
        return pel_read_fail(s->r, s->node, "two addresses cannot be multiplied");
    if (word.ptr[0] == '.') {
        char *kept = pel_scenario_keep(s->r->s, word);
        term->symbol = PEL_TERM_SECTION;
        term->section = (pel_str){ kept, word.len };
        return kept ? PEL_OK : pel_read_no_memory(s->r, s->node);
    }
    if (pel_read_find(word, symbols, sizeof symbols / sizeof symbols[0] - 1, &index)) {
        term->symbol = (pel_term_kind)index;
        if (index == 0)
            term->factor *= PEL_PAGE_SIZE;
        return PEL_OK;
    }
    if (!pel_read_find(word, s->r->s->names, s->r->s->name_count, &term->label))
        return unknown_name(s, word);
    term->symbol = PEL_TERM_LABEL;
    return PEL_OK;
}

static pel_status take_factor(scan *s, pel_term *term)
{
    pel_str word = take_word(s);
    uint64_t number;
    if (word.len == 0)
        return pel_read_fail(s->r, s->node, "an address is wanted here, as stack.base - 8");
    if (!isdigit((unsigned char)word.ptr[0]))
        return take_symbol(s, word, term);
    PEL_TRY(take_number(s, word, &number));
    if (number && term->factor > UINT64_MAX / number)
        return pel_read_fail(s->r, s->node, "'%s' is too large", pel_quote(word).text);
    term->factor *= number;
    return PEL_OK;
}

static pel_status take_term(scan *s, bool minus, pel_expr *out)
{
    if (out->count == PEL_TERMS)
        return pel_read_fail(s->r, s->node, "more than %d terms", PEL_TERMS);
    pel_term *term = &out->terms[out->count++];
    *term = (pel_term){ .minus = minus, .factor = 1 };
    do
        PEL_TRY(take_factor(s, term));
    while (take(s, '*'));
    return PEL_OK;
}

pel_status pel_read_expr(pel_scenario_reader *r, const pel_yaml *node, pel_str text, pel_expr *out)
{
    scan s = { r, node, text };
    *out = (pel_expr){ .node = node };
    PEL_TRY(take_term(&s, take(&s, '-'), out));
    for (skip_spaces(&s); s.rest.len > 0; skip_spaces(&s)) {
        bool minus = take(&s, '-');
        if (!minus && !take(&s, '+'))
            return pel_read_fail(r, node,
                                 "'%s' cannot stand here: + and - join the parts of an "
                                 "address",
                                 pel_quote(s.rest).text);
        PEL_TRY(take_term(&s, minus, out));
    }
    return PEL_OK;
}

pel_status pel_read_expr_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                            pel_expr *out)
{
    const pel_yaml *node = pel_yaml_get(map, key);
    if (!node)
        return PEL_OK;
    PEL_TRY(pel_read_want(r, node, PEL_YAML_SCALAR));
    return pel_read_expr(r, node, node->text, out);
}
