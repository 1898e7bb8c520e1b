/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_MAP_RECORD_H
#define CONFORMANCE_MAP_RECORD_H

/* One record of the form of the image maps: an image as a loader laid it out. */

#include "json_file.h"
#include "map_exceptions.h"
#include "report.h"

#include <pelorus/pelorus.h>

typedef struct map_record {
    trial trial;
    json_object *root;
    const char *image_name, *mode;
    map_exceptions *exceptions;
    const pel_image *image;
    bool refused; /* as Windows would: laid out all the same, to compare the rest */
} map_record;

/* Mode "info": the verdict, SECTION_IMAGE_INFORMATION and the size of the section. */
void map_record_info(map_record *r);

/* Modes "map" and "relmap_occupy...": the above, then all bytes and all regions. */
void map_record_map(map_record *r);

/* Compare `got` with the recorded value `want`, or with what an exception puts in its place. */
void map_record_number(map_record *r, const char *what, uint64_t want, uint64_t got);

/* ---- where the recorded loader is not Windows, by rule (map_rules.c) -------- */

/* The name of the rule by which Windows must refuse the image; NULL: it must take it. */
const char *map_rule_of_refusal(const pel_image *image);

/* Windows does not load the image anywhere but at its preferred base. */
bool map_rule_stripped(const pel_image *image);

/* Windows relocates the image in its kernel and calls that success, where the recorded loader
 * leaves it to the program and says IMAGE_NOT_AT_BASE. */
bool map_rule_moved_by_kernel(const pel_image *image);

/* The recorded loader calls flat images dynamically relocated; Windows never moves their bytes. */
bool map_rule_flat_and_dynamic(const pel_image *image);

/* ---- regions (map_runs.c) --------------------------------------------------- */

/* Attributes of one page, as VirtualQuery tells them. */
typedef struct page_attributes {
    uint32_t state, protect, alloc_protect, type;
} page_attributes;

/* A run of pages with equal attributes. */
typedef struct run {
    uint64_t rva, size;
    page_attributes is;
} run;

typedef struct runs {
    run *items;
    size_t count;
} runs;

/* The regions of a record, with shared writable sections, and pages patched because the image was
 * moved, as Windows has them; neighbours that are equal become one. False when there is no memory
 * or the record is wrong. */
bool runs_recorded(const pel_image *image, bool moved, json_object *regions, runs *out);

/* The regions of [base, base+size) in a space. */
bool runs_in_space(const pel_space *space, pel_va base, uint64_t size, runs *out);

/* The attributes at `rva`; all 0 when no run has it. */
page_attributes runs_at(const runs *r, uint64_t rva);

bool same_attributes(page_attributes a, page_attributes b);

/* Report the first run that differs. */
void runs_compare(trial *t, const runs *want, const runs *got);

void runs_free(runs *r);

#endif
