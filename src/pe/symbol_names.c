/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to its name, and back. */
#include <pelorus/symbols.h>
#include <string.h>

#include "base/phrase.h"
#include "base/text.h"
#include "pe/image_priv.h"
#include "pe/symbols.h"

const char *pel_symbol_kind_name(pel_symbol_kind kind)
{
    switch (kind) {
    case PEL_SYMBOL_EXPORT: return "export";
    case PEL_SYMBOL_COFF: return "coff";
    case PEL_SYMBOL_IMPORT: return "import";
    }
    return "?";
}

/* ---- from an address --------------------------------------------------- */

/* The import that `slot` is for; false when the file may not be read as far as that. */
static bool read_slot(const pel_symbols *s, const symbol_slot *slot, uint64_t *left,
                      pel_symbol_name *out)
{
    pel_thunk t = { .slot = { slot->rva } };
    const symbol_module *module = &s->modules[slot->module];
    pel_thunk_iter it = { .image = s->image,
                          .lookup = slot->lookup,
                          .slot = slot->rva,
                          .left = *left,
                          .by_va = module->by_va };
    bool there = pel_thunk_next(&it, &t);
    *left = it.left;
    *out = (pel_symbol_name){ .kind = PEL_SYMBOL_IMPORT,
                              .name = t.name,
                              .ordinal = t.by_ordinal ? t.ordinal : 0,
                              .module = module->name,
                              .rva = { slot->rva } };
    return there;
}

static bool find_slot(const pel_symbols *s, uint32_t rva, pel_symbol_name *out)
{
    size_t low = 0, high = s->slot_count;
    uint64_t left = pel_image_belief(s->image);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->slots[middle].rva > rva)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0 || rva - s->slots[low - 1].rva >= pel_image_pointer_size(s->image))
        return false;
    out->offset = 0;
    bool there = read_slot(s, &s->slots[low - 1], &left, out);
    out->offset = rva - s->slots[low - 1].rva;
    return there;
}

static const symbol_entry *name_before(const pel_symbols *s, uint32_t rva)
{
    size_t low = 0, high = s->name_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbol_rva(s->names[middle]) > rva)
            high = middle;
        else
            low = middle + 1;
    }
    return low > 0 ? &s->names[low - 1] : NULL;
}

static void read_name(const pel_symbols *s, symbol_entry e, pel_symbol_name *out)
{
    uint32_t index = symbol_index(e), function = index;
    *out = (pel_symbol_name){ .kind = PEL_SYMBOL_EXPORT, .rva = { symbol_rva(e) } };
    if (symbol_rank_of(e) == RANK_COFF) {
        out->kind = PEL_SYMBOL_COFF;
        out->name = pel_coff_name(s->image, index);
        return;
    }
    if (symbol_rank_of(e) == RANK_EXPORT)
        pel_export_name(&s->exports, index, &out->name, &function);
    out->ordinal = function + s->exports.directory.base;
}

/* Whether `name`, at or before `rva`, is in the section that `rva` is in, or like it in none. */
static bool same_section(const pel_image *img, uint32_t name, pel_rva rva)
{
    pel_rva_answer a = pel_image_at_rva(img, rva);
    const pel_section *s = pel_image_section(img, a.section);
    if (a.where == PEL_WHERE_UNMAPPED || a.where == PEL_WHERE_GAP)
        return false;
    return !s || name >= s->header.virtual_address.v;
}

pel_status pel_symbols_find(const pel_symbols *symbols, pel_rva rva, pel_symbol_name *out)
{
    *out = (pel_symbol_name){ .kind = PEL_SYMBOL_EXPORT };
    if (find_slot(symbols, rva.v, out))
        return PEL_OK;
    const symbol_entry *e = name_before(symbols, rva.v);
    *out = (pel_symbol_name){ .kind = PEL_SYMBOL_EXPORT };
    if (!e || !same_section(symbols->image, symbol_rva(*e), rva))
        return PEL_NOT_FOUND;
    read_name(symbols, *e, out);
    out->offset = rva.v - out->rva.v;
    return PEL_OK;
}

/* ---- from a name ------------------------------------------------------- */

static bool same(pel_str a, pel_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* What follows the byte `c`, and what is before it in `*head`; false when it is not there. */
static bool split(pel_str text, char c, pel_str *head, pel_str *tail)
{
    const char *at = text.len ? memchr(text.ptr, c, text.len) : NULL;
    if (!at)
        return false;
    *head = (pel_str){ text.ptr, (size_t)(at - text.ptr) };
    *tail = (pel_str){ at + 1, text.len - head->len - 1 };
    return true;
}

/* "#7". */
static bool ordinal_of(pel_str text, uint32_t *out)
{
    *out = 0;
    if (text.len < 2 || text.len > 6 || text.ptr[0] != '#')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return true;
}

static bool export_named(const pel_symbols *s, pel_str name, pel_symbol_name *out)
{
    pel_export f;
    uint32_t ordinal;
    if (!s->has_exports)
        return false;
    pel_status st = pel_export_by_name(&s->exports, name, UINT32_MAX, &f);
    if (st != PEL_OK && ordinal_of(name, &ordinal))
        st = pel_export_by_ordinal(&s->exports, ordinal, &f);
    if (st != PEL_OK || f.is_forwarder)
        return false;
    *out = (pel_symbol_name){ .kind = PEL_SYMBOL_EXPORT,
                              .name = name.ptr[0] == '#' ? (pel_str){ NULL, 0 } : name,
                              .ordinal = f.ordinal,
                              .rva = f.rva };
    return true;
}

/* COFF symbol or ordinal `index` of the names. */
static bool coff_is_named(const pel_symbols *s, size_t index, pel_str name, pel_symbol_name *out)
{
    if (symbol_rank_of(s->names[index]) != RANK_COFF)
        return false;
    read_name(s, s->names[index], out);
    return same(out->name, name);
}

/* "KERNEL32.dll" is called KERNEL32, too: the loader adds the rest. */
static bool module_is_named(pel_str module, pel_str name)
{
    static const char extension[] = ".dll";
    size_t n = sizeof extension - 1;
    if (pel_compare_nocase(module, name) == 0)
        return true;
    return module.len == name.len + n &&
           pel_compare_nocase((pel_str){ module.ptr, name.len }, name) == 0 &&
           pel_compare_nocase((pel_str){ module.ptr + name.len, n }, pel_str_of(extension)) == 0;
}

/* The import of a slot; `bare`: by its function alone. */
static bool import_is_named(const pel_symbol_iter *it, const pel_symbol_name *import)
{
    pel_str module, function;
    uint32_t ordinal;
    if (it->bare)
        return same(import->name, it->name);
    if (!split(it->name, '!', &module, &function) || !module_is_named(import->module, module))
        return false;
    if (import->name.len == 0 && ordinal_of(function, &ordinal))
        return import->ordinal == ordinal;
    return same(import->name, function);
}

/* "0x1f", at most 32 bits. */
static bool offset_of(pel_str text, uint32_t *out)
{
    *out = 0;
    if (text.len < 3 || text.len > 10 || text.ptr[0] != '0' || text.ptr[1] != 'x')
        return false;
    for (size_t i = 2; i < text.len; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = memchr(digits, text.ptr[i], 16);
        if (!at)
            return false;
        *out = *out << 4 | (uint32_t)(at - digits);
    }
    return true;
}

/* Where the last '+' is; false when there is none. */
static bool split_offset(pel_str text, pel_str *head, uint32_t *offset)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '+')
        at--;
    if (at == 0)
        return false;
    *head = (pel_str){ text.ptr, at - 1 };
    return offset_of((pel_str){ text.ptr + at, text.len - at }, offset);
}

static pel_symbol_iter matching(const pel_symbols *s, pel_str name, uint32_t offset)
{
    pel_symbol_iter it = {
        .symbols = s, .name = name, .offset = offset, .left = pel_image_belief(s->image)
    };
    it.bare = name.len > 0 && !memchr(name.ptr, '!', name.len);
    return it;
}

pel_symbol_iter pel_symbols_matching(const pel_symbols *symbols, pel_str name)
{
    pel_str head;
    uint32_t offset;
    pel_symbol_name first;
    pel_symbol_iter whole = matching(symbols, name, 0), look = whole;
    if (pel_symbol_next(&look, &first) || !split_offset(name, &head, &offset))
        return whole;
    return matching(symbols, head, offset);
}

/* The next one before its offset is added. */
static bool next_match(pel_symbol_iter *it, pel_symbol_name *out)
{
    const pel_symbols *s = it->symbols;
    if (it->next == 0) {
        it->next++;
        if (export_named(s, it->name, out)) {
            it->export_rva = out->rva;
            return it->found = true;
        }
    }
    while (it->next <= s->name_count) {
        size_t index = it->next++ - 1;
        bool again = it->found && symbol_rva(s->names[index]) == it->export_rva.v;
        if (!again && coff_is_named(s, index, it->name, out))
            return it->found = true;
    }
    if (it->bare && it->found)
        return false;
    for (size_t i; it->left > 0 && (i = it->next - s->name_count - 1) < s->slot_count;) {
        it->next++;
        if (read_slot(s, &s->slots[i], &it->left, out) && import_is_named(it, out))
            return true;
    }
    return false;
}

bool pel_symbol_next(pel_symbol_iter *it, pel_symbol_name *out)
{
    while (it->name.len > 0 && next_match(it, out)) {
        out->offset = it->offset;
        if (it->offset <= UINT32_MAX - out->rva.v)
            return true;
    }
    *out = (pel_symbol_name){ .kind = PEL_SYMBOL_EXPORT };
    return false;
}

pel_status pel_symbols_named(const pel_symbols *symbols, pel_str name, pel_symbol_name *out)
{
    pel_symbol_iter it = pel_symbols_matching(symbols, name);
    return pel_symbol_next(&it, out) ? PEL_OK : PEL_NOT_FOUND;
}

void pel_symbols_at(const pel_symbols *symbols, size_t index, pel_symbol_name *out)
{
    uint64_t left = pel_image_belief(symbols->image);
    if (index < symbols->name_count)
        read_name(symbols, symbols->names[index], out);
    else
        read_slot(symbols, &symbols->slots[index - symbols->name_count], &left, out);
}

/* ---- as text ----------------------------------------------------------- */

size_t pel_symbol_format(const pel_symbol_name *symbol, char *out, size_t size)
{
    pel_phrase p = { out, size, 0 };
    pel_say_str(&p, symbol->module);
    if (symbol->kind == PEL_SYMBOL_IMPORT)
        pel_say(&p, "!");
    pel_say_str(&p, symbol->name);
    if (symbol->name.len == 0) {
        pel_say(&p, "#");
        pel_say_dec(&p, symbol->ordinal);
    }
    if (symbol->offset != 0) {
        pel_say(&p, "+");
        pel_say_hex(&p, symbol->offset, 1);
    }
    return p.used;
}

/* The name of a section is what its header has: a long one may be of any length. */
#define SECTION_SHOWN 64

static size_t section_text(const pel_image *img, pel_rva rva, char *out, size_t size)
{
    pel_phrase p = { out, size, 0 };
    const pel_section *s = pel_image_section(img, pel_image_at_rva(img, rva).section);
    if (size > 0)
        out[0] = '\0';
    if (!s)
        return 0;
    size_t shown = s->name.len < SECTION_SHOWN ? s->name.len : SECTION_SHOWN;
    pel_say_str(&p, (pel_str){ s->name.ptr, shown });
    pel_say(&p, "+");
    pel_say_hex(&p, rva.v - s->header.virtual_address.v, 1);
    return p.used;
}

size_t pel_symbols_text(const pel_symbols *symbols, const pel_image *image, pel_rva rva, char *out,
                        size_t size)
{
    pel_symbol_name name;
    if (symbols && pel_symbols_find(symbols, rva, &name) == PEL_OK)
        return pel_symbol_format(&name, out, size);
    return section_text(image, rva, out, size);
}
