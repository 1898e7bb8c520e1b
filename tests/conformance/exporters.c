/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* strndup, strncasecmp */
#include "exporters.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what is imported ---------------------------------------------------- */

static bool same_text(const char *a, pel_str b)
{
    return strlen(a) == b.len && memcmp(a, b.ptr, b.len) == 0;
}

static size_t function_of(const exporter *x, const pel_thunk *thunk)
{
    for (size_t i = 0; i < x->count; i++) {
        const exported *f = &x->functions[i];
        if (thunk->by_ordinal ? !f->name && f->ordinal == thunk->ordinal
                              : f->name && same_text(f->name, thunk->name))
            return i;
    }
    return x->count;
}

static exporter *exporter_of(const exporters *e, pel_str dll)
{
    for (size_t i = 0; i < e->count; i++)
        if (strlen(e->items[i].name) == dll.len &&
            strncasecmp(e->items[i].name, dll.ptr, dll.len) == 0)
            return &e->items[i];
    return NULL;
}

static exporter *add_exporter(exporters *e, pel_str dll)
{
    exporter *grown = realloc(e->items, (e->count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    e->items = grown;
    grown[e->count] = (exporter){ .name = strndup(dll.ptr, dll.len) };
    return grown[e->count].name ? &grown[e->count++] : NULL;
}

static bool add_function(exporter *x, const pel_thunk *thunk)
{
    if (function_of(x, thunk) < x->count)
        return true;
    exported *grown = realloc(x->functions, (x->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    x->functions = grown;
    exported *f = &grown[x->count];
    *f = (exported){ .ordinal = thunk->by_ordinal ? thunk->ordinal : 0 };
    if (!thunk->by_ordinal)
        f->name = strndup(thunk->name.ptr, thunk->name.len);
    x->count++;
    return thunk->by_ordinal || f->name;
}

/* An API set is found as its host. */
static pel_str dll_of(const pel_import *import, char host[PEL_API_SET_HOST])
{
    const pel_api_sets built_in = { .version = 0 };
    const pel_str nobody = { "", 0 };
    if (pel_is_api_set(import->name) &&
        pel_api_sets_resolve(&built_in, import->name, nobody, host) == PEL_OK)
        return (pel_str){ host, strlen(host) };
    return import->name;
}

static bool gather(exporters *e, const pel_image *image)
{
    char host[PEL_API_SET_HOST];
    pel_import_iter it = pel_image_imports(image);
    for (pel_import import; pel_import_next(&it, &import);) {
        pel_str dll = dll_of(&import, host);
        exporter *x = exporter_of(e, dll);
        pel_thunk_iter thunks = pel_import_thunks(&import);
        if (!x && !(x = add_exporter(e, dll)))
            return false;
        for (pel_thunk thunk; pel_thunk_next(&thunks, &thunk);)
            if (!add_function(x, &thunk))
                return false;
    }
    return true;
}

/* ---- making them --------------------------------------------------------- */

static bool export_all(exporter *x, uint32_t section)
{
    pel_build_export *exports = calloc(x->count + 1, sizeof *exports);
    if (!exports)
        return false;
    for (size_t i = 0; i < x->count; i++) {
        exports[i].name = x->functions[i].name;
        exports[i].ordinal = x->functions[i].ordinal;
        exports[i].place = (pel_build_place){ section, (uint32_t)i };
        pel_builder_data(x->builder, section, "\xc3", 1);
    }
    pel_builder_exports(x->builder, x->name, exports, x->count);
    free(exports);
    return true;
}

static bool build(exporter *x, const pel_image *importer, uint64_t base)
{
    pel_span file;
    pel_build_kind kind = pel_image_is_wide(importer) ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32;
    if (pel_builder_new(kind, NULL, &x->builder) != PEL_OK)
        return false;
    pel_builder_set(x->builder, "file_header.Machine", pel_image_file_header(importer)->machine);
    pel_builder_set(x->builder, "file_header.Characteristics",
                    PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_DLL);
    pel_builder_set(x->builder, "optional_header.ImageBase", base);
    uint32_t text = pel_builder_section(x->builder, ".text",
                                        PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE);
    if (!export_all(x, text))
        return false;
    x->first = pel_builder_rva(x->builder, text, 0);
    return pel_builder_finish(x->builder, &file) == PEL_OK &&
           pel_image_parse(file, NULL, &x->image) == PEL_OK;
}

#define FIRST_BASE UINT64_C(0x60000000) /* each has a base of its own */
#define BASE_STEP  UINT64_C(0x100000)

bool exporters_make(exporters *e, const pel_image *image, pel_search_path *path)
{
    *e = (exporters){ .items = NULL };
    if (!gather(e, image))
        return false;
    for (size_t i = 0; i < e->count; i++) {
        exporter *x = &e->items[i];
        if (!build(x, image, FIRST_BASE + i * BASE_STEP) ||
            pel_search_path_add_image(path, x->name, x->image) != PEL_OK)
            return false;
    }
    return true;
}

void exporters_free(exporters *e)
{
    for (size_t i = 0; i < e->count; i++) {
        exporter *x = &e->items[i];
        for (size_t k = 0; k < x->count; k++)
            free(x->functions[k].name);
        free(x->functions);
        free(x->name);
        pel_image_free(x->image);
        pel_builder_free(x->builder);
    }
    free(e->items);
}

const char *exporters_find(const exporters *e, pel_str dll, const pel_thunk *thunk, pel_rva *rva)
{
    char host[PEL_API_SET_HOST];
    const exporter *x = exporter_of(e, dll_of(&(pel_import){ .name = dll }, host));
    size_t i = x ? function_of(x, thunk) : 0;
    if (!x || i == x->count)
        return NULL;
    rva->v = x->first.v + (uint32_t)i;
    return x->name;
}
