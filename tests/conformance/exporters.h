/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_EXPORTERS_H
#define CONFORMANCE_EXPORTERS_H

/* DLLs that export what an image imports, and nothing else: made so that it can be bound, and so
 * that it is known to what. */

#include <pelorus/pelorus.h>

/* One function. */
typedef struct exported {
    char *name; /* NULL: by ordinal */
    uint16_t ordinal;
} exported;

typedef struct exporter {
    char *name;
    exported *functions;
    size_t count;
    pel_builder *builder;
    pel_image *image;
    pel_rva first; /* of function 0; the others follow, a byte each */
} exporter;

typedef struct exporters {
    exporter *items;
    size_t count;
} exporters;

/* Make one for each DLL that `image` imports from, and let `path` find them. False when there is no
 * memory, or the imports cannot be exported. Call exporters_free in any case, after the path is
 * gone. */
bool exporters_make(exporters *e, const pel_image *image, pel_search_path *path);
void exporters_free(exporters *e);

/* The RVA in its exporter of what `thunk` imports from `dll`, and the exporter's name; NULL when
 * there is none. */
const char *exporters_find(const exporters *e, pel_str dll, const pel_thunk *thunk, pel_rva *rva);

#endif
