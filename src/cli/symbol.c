/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses by name, and what was meant by a name that nothing has. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"

#define NAME_MAX_SHOWN 128

/* What may be looked at to find something near: a name can be shared by many symbols. */
#define NAMES_FACTOR 16

static pel_symbols *symbols_of(symbol_finder *finder, const pel_image *image)
{
    if (!finder->symbols && pel_symbols_new(image, NULL, &finder->symbols) != PEL_OK)
        complain("symbols", pel_status_name(PEL_NO_MEMORY));
    return finder->symbols;
}

void symbol_finder_free(symbol_finder *finder)
{
    pel_symbols_free(finder->symbols);
    finder->symbols = NULL;
}

/* Nearer is less: 0 but for case, then slips; 3 is far. */
static unsigned how_far(const char *word, const char *name)
{
    if (strcasecmp(word, name) == 0)
        return 0;
    return nearest(word, &name, 1) ? 1 : 3;
}

/* An import is near by its function alone, too. */
static unsigned symbol_far(const char *word, const char *text)
{
    const char *function = strchr(text, '!');
    unsigned whole = how_far(word, text);
    unsigned part = function && !strchr(word, '!') ? how_far(word, function + 1) : 3;
    return whole < part ? whole : part;
}

/* The name nearest to `word`, in `best`; false when none is near. */
static bool nearest_symbol(const pel_symbols *symbols, const pel_image *image, const char *word,
                           char best[NAME_MAX_SHOWN])
{
    char text[NAME_MAX_SHOWN];
    unsigned least = 3;
    uint64_t left = NAMES_FACTOR * (uint64_t)pel_image_bytes(image).size;
    for (size_t i = 0; i < pel_symbols_count(symbols) && least > 0 && left > 0; i++) {
        pel_symbol_name name;
        pel_symbols_at(symbols, i, &name);
        size_t size = pel_symbol_format(&name, text, sizeof text);
        left -= size < left ? size : left;
        if (size >= sizeof text || symbol_far(word, text) >= least)
            continue;
        least = symbol_far(word, text);
        memcpy(best, text, sizeof text);
    }
    return least < 3;
}

static void complain_of(const pel_symbols *symbols, const pel_image *image, const char *name)
{
    char best[NAME_MAX_SHOWN], reason[NAME_MAX_SHOWN + 64] = "no such symbol in this file";
    if (nearest_symbol(symbols, image, name, best))
        snprintf(reason, sizeof reason, "no such symbol in this file; did you mean '%s'?", best);
    complain(name, reason);
}

/* ".text+0x1f", as listings name what has no symbol. Sections of one name: the first. */
static bool in_section(const pel_image *image, const char *name, pel_rva *out)
{
    const char *plus = strrchr(name, '+');
    uint64_t offset;
    if (!plus || !parse_number(plus + 1, &offset))
        return false;
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section *s = pel_image_section(image, i);
        uint64_t rva = s->header.virtual_address.v + offset;
        if (s->name.len != (size_t)(plus - name) || memcmp(s->name.ptr, name, s->name.len) != 0)
            continue;
        out->v = (uint32_t)rva;
        return offset <= UINT32_MAX && rva < pel_image_view_size(image);
    }
    return false;
}

bool find_symbol(symbol_finder *finder, const pel_image *image, const char *name,
                 bool (*take)(void *ctx, pel_rva rva), void *ctx)
{
    pel_symbol_name found;
    bool any = false;
    const pel_symbols *symbols = symbols_of(finder, image);
    if (!symbols)
        return false;
    pel_symbol_iter it = pel_symbols_matching(symbols, (pel_str){ name, strlen(name) });
    for (; pel_symbol_next(&it, &found); any = true)
        if (!take(ctx, (pel_rva){ found.rva.v + found.offset }))
            return false;
    pel_rva rva;
    if (!any && in_section(image, name, &rva))
        return take(ctx, rva);
    if (!any)
        complain_of(symbols, image, name);
    return any;
}
