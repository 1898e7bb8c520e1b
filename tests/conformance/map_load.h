/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_MAP_LOAD_H
#define CONFORMANCE_MAP_LOAD_H

/* What the modes "ldr" and "full" share: the image of a record, loaded into a process. */

#include "host.h"
#include "map_record.h"

typedef struct map_load {
    host host;
    pel_search_path *path;
    const pel_loaded_module *module;
    bool moved; /* from the preferred base, as recorded */
    pel_ntstatus status;
} map_load;

/* How to load it. */
typedef struct map_load_how {
    unsigned flags;    /* PEL_LOAD_DLL_* */
    bool system;       /* there are system DLLs, from the roots of the record */
    bool same_base;    /* leave no room but at the recorded base */
    bool stub_missing; /* as the recorded loader does it */
} map_load_how;

/* Start a host, and load the image there. False when that cannot be tried, which is a difference;
 * `module` is NULL when it was tried and is refused. Call map_load_end in any case. */
bool map_load_begin(map_record *r, map_load *l, const map_load_how *how);
void map_load_end(map_load *l);

/* Compare how it went with the record. True when there is a module to look at; where Windows
 * refuses what the recorded loader took, the rest is compared as a hypothesis. */
bool map_load_judge(map_record *r, const map_load *l);

/* Compare base, entry point and sizes. */
void map_load_numbers(map_record *r, const map_load *l);

/* What is marked of the pages: what the loader must have written to so far, and padding. */
bool map_load_pages(const map_record *r, const map_load *l, page_set *out);

#endif
