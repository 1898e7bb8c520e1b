/* SPDX-License-Identifier: Apache-2.0 */
/* The import, export and TLS tables. Their addresses are links, so that they can be made before the
 * sections have their places. */
#include <stdlib.h>
#include <string.h>

#include "builder/builder_priv.h"
#include "schema/decode.h"

#define DATA_READ (PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ)

static uint32_t size_of(const pel_builder *b, uint32_t section)
{
    return section < b->section_count ? (uint32_t)b->sections[section].data.size : 0;
}

/* Append `width` bytes of `value`; where they went. */
static uint32_t add_uint(pel_builder *b, uint32_t section, unsigned width, uint64_t value)
{
    uint8_t bytes[8];
    pel_store_uint(bytes, width, value);
    return pel_builder_data(b, section, bytes, width);
}

/* Append text and its final zero. */
static uint32_t add_text(pel_builder *b, uint32_t section, const char *text)
{
    return pel_builder_data(b, section, text, strlen(text) + 1);
}

static uint32_t add_zeros(pel_builder *b, uint32_t section, size_t count)
{
    uint32_t at = size_of(b, section);
    pel_builder_write(b, section, (uint64_t)at + count, NULL, 0);
    return at;
}

static void align_to(pel_builder *b, uint32_t section, uint32_t to)
{
    add_zeros(b, section, (to - size_of(b, section) % to) % to);
}

static void set_uint(pel_builder *b, uint32_t section, uint32_t at, unsigned width, uint64_t value)
{
    uint8_t bytes[8];
    pel_store_uint(bytes, width, value);
    pel_builder_write(b, section, at, bytes, width);
}

/* The word at `at` becomes the RVA of `to` in the same section. */
static void set_rva(pel_builder *b, uint32_t section, uint32_t at, uint32_t to)
{
    pel_builder_link(b, (pel_build_place){ section, at }, PEL_BUILD_LINK_RVA,
                     (pel_build_place){ section, to });
}

static void set_va(pel_builder *b, uint32_t section, uint32_t at, pel_build_place to)
{
    pel_builder_link(b, (pel_build_place){ section, at }, PEL_BUILD_LINK_VA, to);
}

/* ---- imports ----------------------------------------------------------- */

/* IMAGE_IMPORT_DESCRIPTOR: the offsets that are not zero. */
enum { LOOKUP = 0, DLL_NAME = 12, IAT = 16, DESCRIPTOR_SIZE = 20 };

static unsigned thunk_size(const pel_builder *b) { return b->wide ? 8 : 4; }

/* How many imports from the first on are from one DLL. */
static size_t same_dll(const pel_build_import *imports, size_t count)
{
    size_t n = 1;
    while (n < count && strcmp(imports[0].dll, imports[n].dll) == 0)
        n++;
    return n;
}

/* A table of thunks: one word for each import and a zero. Names are linked later. */
static uint32_t add_thunks(pel_builder *b, uint32_t section, const pel_build_import *imports,
                           size_t count)
{
    unsigned width = thunk_size(b);
    uint64_t by_ordinal = (uint64_t)1 << (8 * width - 1);
    uint32_t first = size_of(b, section);
    for (size_t i = 0; i < count; i++)
        add_uint(b, section, width, imports[i].name ? 0 : by_ordinal | imports[i].ordinal);
    add_uint(b, section, width, 0);
    return first;
}

/* The IATs of all DLLs lie together at the start; their size. `*dlls` tables. */
static uint32_t add_iat(pel_builder *b, uint32_t section, pel_build_import *imports, size_t count,
                        uint32_t *dlls)
{
    *dlls = 0;
    for (size_t n; count > 0; imports += n, count -= n, ++*dlls) {
        n = same_dll(imports, count);
        uint32_t first = add_thunks(b, section, imports, n);
        for (size_t i = 0; i < n; i++)
            imports[i].slot = first + (uint32_t)i * thunk_size(b);
    }
    return size_of(b, section);
}

/* A hint and a name, which both tables of thunks point to. */
static void add_import_name(pel_builder *b, uint32_t section, uint32_t lookup,
                            const pel_build_import *import)
{
    if (!import->name)
        return;
    align_to(b, section, 2);
    uint32_t at = add_uint(b, section, 2, import->ordinal);
    add_text(b, section, import->name);
    set_rva(b, section, lookup, at);
    set_rva(b, section, import->slot, at);
}

/* What the descriptor of one DLL points to. */
static void add_import_dll(pel_builder *b, uint32_t section, uint32_t descriptor,
                           const pel_build_import *imports, size_t count)
{
    align_to(b, section, thunk_size(b));
    uint32_t lookup = add_thunks(b, section, imports, count);
    for (size_t i = 0; i < count; i++)
        add_import_name(b, section, lookup + (uint32_t)i * thunk_size(b), &imports[i]);
    uint32_t name = add_text(b, section, imports[0].dll);
    set_rva(b, section, descriptor + LOOKUP, lookup);
    set_rva(b, section, descriptor + DLL_NAME, name);
    set_rva(b, section, descriptor + IAT, imports[0].slot);
}

static bool imports_are_complete(const pel_build_import *imports, size_t count)
{
    bool complete = imports && count > 0 && count <= UINT16_MAX;
    for (size_t i = 0; complete && i < count; i++)
        complete = imports[i].dll != NULL;
    return complete;
}

uint32_t pel_builder_imports(pel_builder *b, pel_build_import *imports, size_t count)
{
    if (!pel_builder_ready(b))
        return 0;
    if (!imports_are_complete(imports, count)) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return 0;
    }
    uint32_t dlls, section = pel_builder_section(b, ".idata", DATA_READ | PEL_SCN_MEM_WRITE);
    uint32_t iat_size = add_iat(b, section, imports, count, &dlls);
    uint32_t table_size = (dlls + 1) * DESCRIPTOR_SIZE;
    uint32_t table = add_zeros(b, section, table_size);
    for (size_t i = 0, n; i < count && pel_builder_ready(b); i += n) {
        n = same_dll(imports + i, count - i);
        add_import_dll(b, section, table, imports + i, n);
        table += DESCRIPTOR_SIZE;
    }
    pel_builder_directory_at(b, PEL_DIR_IAT, (pel_build_place){ section, 0 }, iat_size);
    pel_builder_directory_at(b, PEL_DIR_IMPORT, (pel_build_place){ section, iat_size }, table_size);
    return section;
}

/* ---- exports ----------------------------------------------------------- */

/* IMAGE_EXPORT_DIRECTORY. */
enum {
    EXPORT_NAME = 12,
    BASE = 16,
    FUNCTION_COUNT = 20,
    NAME_COUNT = 24,
    FUNCTIONS = 28,
    NAMES = 32,
    ORDINALS = 36,
    EXPORT_SIZE = 40
};

/* An export with its ordinal; those with names come first, in the order that the loader's binary
 * search wants. */
typedef struct entry {
    const pel_build_export *from;
    uint32_t ordinal;
} entry;

typedef struct export_table {
    const char *dll;
    entry *entries;
    size_t count;
    uint32_t base, functions; /* the lowest ordinal, and how many the function table has */
} export_table;

static int compare(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (!a->from->name || !b->from->name)
        return (a->from->name == NULL) - (b->from->name == NULL);
    return strcmp(a->from->name, b->from->name);
}

/* Give each its ordinal. False when there are more than 16 bits can count. */
static bool number(export_table *t, const pel_build_export *exports)
{
    uint32_t next = 1, low = UINT32_MAX, high = 0;
    for (size_t i = 0; i < t->count; i++) {
        uint32_t ordinal = exports[i].ordinal ? exports[i].ordinal : next;
        t->entries[i] = (entry){ &exports[i], ordinal };
        low = ordinal < low ? ordinal : low;
        high = ordinal > high ? ordinal : high;
        next = ordinal + 1;
    }
    t->base = low;
    t->functions = high - low + 1;
    return high <= UINT16_MAX;
}

static void add_function(pel_builder *b, uint32_t section, uint32_t slot, const pel_build_export *e)
{
    if (e->forward)
        set_rva(b, section, slot, add_text(b, section, e->forward));
    else
        pel_builder_link(b, (pel_build_place){ section, slot }, PEL_BUILD_LINK_RVA, e->place);
}

static void add_names(pel_builder *b, uint32_t section, const export_table *t, uint32_t count)
{
    uint32_t names = add_zeros(b, section, (size_t)count * 4);
    uint32_t ordinals = add_zeros(b, section, (size_t)count * 2);
    set_uint(b, section, NAME_COUNT, 4, count);
    set_rva(b, section, NAMES, names);
    set_rva(b, section, ORDINALS, ordinals);
    for (uint32_t i = 0; i < count && pel_builder_ready(b); i++) {
        set_rva(b, section, names + 4 * i, add_text(b, section, t->entries[i].from->name));
        set_uint(b, section, ordinals + 2 * i, 2, t->entries[i].ordinal - t->base);
    }
}

static void add_export_tables(pel_builder *b, uint32_t section, const export_table *t)
{
    add_zeros(b, section, EXPORT_SIZE);
    uint32_t table = add_zeros(b, section, (size_t)t->functions * 4);
    set_uint(b, section, BASE, 4, t->base);
    set_uint(b, section, FUNCTION_COUNT, 4, t->functions);
    set_rva(b, section, FUNCTIONS, table);

    uint32_t names = 0;
    qsort(t->entries, t->count, sizeof *t->entries, compare);
    while (names < t->count && t->entries[names].from->name)
        names++;
    add_names(b, section, t, names);
    set_rva(b, section, EXPORT_NAME, add_text(b, section, t->dll));
    for (size_t i = 0; i < t->count && pel_builder_ready(b); i++)
        add_function(b, section, table + 4 * (t->entries[i].ordinal - t->base), t->entries[i].from);
}

uint32_t pel_builder_exports(pel_builder *b, const char *name, const pel_build_export *exports,
                             size_t count)
{
    if (!pel_builder_ready(b))
        return 0;
    if (!name || !exports || count == 0 || count > UINT16_MAX) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return 0;
    }
    export_table t = { .dll = name, .count = count };
    t.entries = pel_take(&b->allocator, count * sizeof *t.entries);
    if (!t.entries) {
        pel_builder_latch(b, PEL_NO_MEMORY);
        return 0;
    }
    uint32_t section = pel_builder_section(b, ".edata", DATA_READ);
    if (number(&t, exports))
        add_export_tables(b, section, &t);
    else
        pel_builder_latch(b, PEL_BAD_ARG);
    pel_builder_directory_at(b, PEL_DIR_EXPORT, (pel_build_place){ section, 0 },
                             size_of(b, section));
    pel_give(&b->allocator, t.entries, count * sizeof *t.entries);
    return section;
}

/* ---- thread-local storage ---------------------------------------------- */

uint32_t pel_builder_tls(pel_builder *b, const void *bytes, uint32_t size, uint32_t zero_fill,
                         const pel_build_place *callbacks, size_t count)
{
    if (!pel_builder_ready(b))
        return 0;
    if ((size && !bytes) || (count && !callbacks) || count > UINT16_MAX) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return 0;
    }
    unsigned word = thunk_size(b);
    uint32_t section = pel_builder_section(b, ".tls", DATA_READ | PEL_SCN_MEM_WRITE);
    add_zeros(b, section, 4 * word); /* the directory */
    add_uint(b, section, 4, zero_fill);
    add_uint(b, section, 4, 0);
    uint32_t index = add_zeros(b, section, word);
    uint32_t list = add_zeros(b, section, (count + 1) * word);
    for (size_t i = 0; i < count && pel_builder_ready(b); i++)
        set_va(b, section, list + (uint32_t)i * word, callbacks[i]);
    uint32_t first = pel_builder_data(b, section, bytes, size);
    uint32_t end = add_zeros(b, section, word); /* so that the end is a byte of the section */
    const uint32_t to[] = { first, end, index, list };
    for (uint32_t i = 0; i < 4; i++)
        set_va(b, section, i * word, (pel_build_place){ section, to[i] });
    pel_builder_directory_at(b, PEL_DIR_TLS, (pel_build_place){ section, 0 }, 4 * word + 8);
    return section;
}
