/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_LOADER_CASE_H
#define CONFORMANCE_LOADER_CASE_H

/* One case of the form of the loader cases: a PE file and what is known about it. */

#include "json_file.h"
#include "report.h"

#include <pelorus/pelorus.h>

typedef struct loader_case {
    trial trial;
    json_object *root;   /* the whole NAME.expected.json */
    json_object *expect; /* its member "expect" */
    const pel_image *image;
} loader_case;

/* Compare `dos`, `header`, `dirs` and `sections` with the parsed image. */
void loader_case_headers(loader_case *c);

/* Compare each key of `expect`. */
void loader_case_expect(loader_case *c);

/* A mapped image in a space of its own. */
typedef struct mapping {
    pel_machine *machine;
    pel_space *space;
    pel_module module;
    pel_ntstatus status; /* of the map: pel_module.status where it succeeded */
} mapping;

/* Map the case's image; with `occupied`, its preferred base is reserved first. False when the
 * host has no memory. A refusal is mapping.status. Call mapping_end in any case. */
bool mapping_begin(mapping *m, const pel_image *image, const pel_load_options *options,
                   bool occupied);
void mapping_end(mapping *m);

/* The checks that need a mapped image, named like the key that each serves. */
void check_if_loaded(loader_case *c, json_object *want);
void check_section_region(loader_case *c, json_object *want);
void check_protect(loader_case *c, json_object *want);
void check_protect_after_first_write(loader_case *c, json_object *want);
void check_second_view_status(loader_case *c, json_object *want);
void check_map_status(loader_case *c, json_object *want);
void check_image_base_field_updated(loader_case *c, json_object *want);
void check_relocated_by_kernel(loader_case *c, json_object *want);

/* The checks that need a process in which the image is loaded, as `mode` says. */
void check_load_dynamically(loader_case *c, json_object *want);
void check_imports_bound(loader_case *c, json_object *want);
void check_later_load_library(loader_case *c, json_object *want);
void check_tls_index_unchanged(loader_case *c, json_object *want);
void check_tls_index_written(loader_case *c, json_object *want);
void check_tls_template_copied(loader_case *c, json_object *want);
void check_ldr_entry_tls_index(loader_case *c, json_object *want);

/* `status` without "STATUS_", or "?" for a value without a name. */
const char *short_status(pel_ntstatus status);

#endif
