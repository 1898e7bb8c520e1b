/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_MAP_INDEX_H
#define CONFORMANCE_MAP_INDEX_H

#include <pelorus/base.h>

/* SHA-256 in lower-case hexadecimal, with the zero. */
#define SHA256_TEXT 65

/* False when libcrypto fails. */
bool sha256_text(const void *bytes, size_t size, char out[SHA256_TEXT]);

/* One file under a root. Its hash is made when it is first asked for. */
typedef struct indexed_file {
    char *path;
    const char *name; /* in `path` */
    char sha256[SHA256_TEXT];
} indexed_file;

typedef struct map_index {
    indexed_file *files;
    size_t count, room;
} map_index;

/* Add all files under `root`. False when there is no memory or no such folder. */
bool map_index_add(map_index *index, const char *root);

/* The file with these contents: first among those of that name, then among all. NULL: none. */
const char *map_index_find(map_index *index, const char *name, const char *sha256);

/* A file of that name, whatever it holds, or NULL. */
const char *map_index_named(const map_index *index, const char *name);

void map_index_free(map_index *index);

#endif
