/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_YAML_H
#define PEL_BASE_YAML_H

/* A YAML document as a tree of nodes that know their line. Hostile text costs time and memory in
 * proportion to its size: the depth is limited, there are no tags, and anchors and aliases only
 * where they are asked for, with a limit on what all aliases together stand for. */

#include <pelorus/base.h>

#include "base/alloc.h"

#define PEL_YAML_MAX_SIZE  ((size_t)8 * 1024 * 1024)
#define PEL_YAML_MAX_DEPTH 32u

typedef enum pel_yaml_kind { PEL_YAML_SCALAR, PEL_YAML_LIST, PEL_YAML_MAP } pel_yaml_kind;

typedef struct pel_yaml {
    pel_yaml_kind kind;
    bool plain;          /* scalar without quotes */
    size_t line, column; /* from 1 */
    pel_str text;        /* scalar; ptr[len] is zero */
    size_t count;        /* children of a list, entries of a map */
    struct pel_yaml *first, *last;
    struct pel_yaml *next; /* the next child of the same parent */
    struct pel_yaml *key;  /* of a value in a map: a scalar */
    size_t weight;         /* nodes in it, itself and those behind aliases among them */
    size_t height;         /* lists and maps inside of each other, itself among them */
} pel_yaml;

/** What is wrong, and where. */
typedef struct pel_yaml_error {
    size_t line, column;
    char message[160];
} pel_yaml_error;

/** Parse the one document in `text`. The tree lives in `arena`; `*out` is NULL for an empty
 *  document. PEL_MALFORMED and `*error` when it is no YAML or uses what is not supported;
 *  PEL_LIMIT and `*error` when it is too long or too deep. */
pel_status pel_yaml_parse(pel_span text, pel_arena *arena, pel_yaml **out, pel_yaml_error *error);

/** What a parse puts up with. All zero: no aliases. */
typedef struct pel_yaml_limits {
    size_t anchors; /* at most this many */
    size_t aliases;
    size_t nodes; /* in the document with every alias written out */
} pel_yaml_limits;

/** The same with anchors and aliases, PEL_LIMIT when there are too many of them. An alias shares
 * the children of what it stands for: walking the tree costs `limits->nodes` steps at most. */
pel_status pel_yaml_parse_aliased(pel_span text, const pel_yaml_limits *limits, pel_arena *arena,
                                  pel_yaml **out, pel_yaml_error *error);

/** The value of `key` in a map, or NULL. */
const pel_yaml *pel_yaml_get(const pel_yaml *map, const char *key);

/** A plain scalar as a number: decimal, or hexadecimal after "0x"; both may have "_" between
 *  digits. False for everything else, a leading zero among it, which would be octal in YAML 1.1. */
bool pel_yaml_uint(const pel_yaml *node, uint64_t *out);

#endif
