/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ODDITIES_FACTS_H
#define ODDITIES_FACTS_H

#include <pelorus/pelorus.h>
#include <stdio.h>

#include "base/yaml.h"

/* One odd file, and what its row of the table says. */
typedef struct oddity {
    const char *name;
    const pel_yaml *row;
    const pel_image *image;
    pel_load_options in; /* the Windows that facts about memory are asked of */
    int failures;
} oddity;

/* Tell a difference, as printf does. */
#define differs(o, ...)                                                                            \
    do {                                                                                           \
        (o)->failures++;                                                                           \
        printf("%s: ", (o)->name);                                                                 \
        printf(__VA_ARGS__);                                                                       \
        putchar('\n');                                                                             \
    } while (0)

/* "11" or "7@x86" as options; false when there is no such. */
bool read_windows(const char *text, pel_load_options *out);

/* Every key of the row but those that tell what the row is. */
void check_row(oddity *o);

#endif
