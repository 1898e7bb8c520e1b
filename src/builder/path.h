/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BUILDER_PATH_H
#define PEL_BUILDER_PATH_H

/* Names of header fields: "optional_header.ImageBase", "sections[1].VirtualSize",
 * "optional_header.DataDirectory[5].Size", "dos_header.e_res[2]", "nt_signature". */

#include <pelorus/format.h>

typedef enum pel_path_part {
    PEL_PATH_DOS,
    PEL_PATH_SIGNATURE,
    PEL_PATH_FILE,
    PEL_PATH_OPTIONAL,
    PEL_PATH_DIRECTORY,
    PEL_PATH_SECTION,
} pel_path_part;

typedef struct pel_path {
    pel_path_part part;
    const pel_schema *schema; /* NULL for the signature */
    const pel_field *field;
    uint32_t index;   /* of the directory or section */
    uint32_t element; /* of an array */
} pel_path;

/** PEL_NOT_FOUND when there is no such structure (`out->schema` is NULL) or no such field in it. */
pel_status pel_path_parse(pel_str text, pel_path *out);

/** Bytes of what is named, in the file; 0 when the format has no such field. */
unsigned pel_path_width(const pel_path *path, bool wide);

/** Name `index` of the structures that a path can begin with, or NULL. */
const char *pel_path_structure(size_t index);

#endif
