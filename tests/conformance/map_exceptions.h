/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_MAP_EXCEPTIONS_H
#define CONFORMANCE_MAP_EXCEPTIONS_H

/* The places where the recorded loader is known not to be Windows, each named: image, mode,
 * what exactly differs, and why. The form is told at the top of map_exceptions.txt. */

#include "report.h"

#include <stdio.h>

typedef struct map_exception {
    char image[128], mode[48]; /* both exact; there are no patterns */
    char what[48];             /* "refused", or the name of a value */
    char recorded[96], ours[96];
    size_t line;
    bool met; /* its record was run */
    bool used;
} map_exception;

typedef struct map_exceptions {
    map_exception *items;
    size_t count;
} map_exceptions;

/* Read the file; false (and a message on stderr) when it is wrong or not there. */
bool map_exceptions_read(map_exceptions *e, const char *path);

/* The exception for `what` in this record, or NULL. */
map_exception *map_exceptions_find(map_exceptions *e, const char *image, const char *mode,
                                   const char *what);

/* Remember that this record was run. */
void map_exceptions_meet(map_exceptions *e, const char *image, const char *mode);

/* An exception whose record was run and that nothing needed is a failure. */
void map_exceptions_close(const map_exceptions *e, report *to);

void map_exceptions_free(map_exceptions *e);

#endif
