/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ODDITIES_FACTS_H
#define ODDITIES_FACTS_H

#include <pelorus/pelorus.h>
#include <stdio.h>

#include "base/yaml.h"

/* A file without oddities that odd ones need: a DLL that they import, a program that loads them. */
typedef struct companion {
    const char *name; /* NULL behind the last */
    const char *recipe;
    pel_builder *builder;
    pel_image *image;
} companion;

/* One odd file, and what its row of the table says. */
typedef struct oddity {
    const char *name;
    const pel_yaml *row;
    const pel_image *image;
    const companion *companions;
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

/* Ask `check` of each version in a list, "xp 7 8@x86". */
void each_windows(oddity *o, const char *list, const pel_yaml *facts,
                  void (*check)(oddity *o, const char *windows, const pel_yaml *facts));

/* The companion with that name. */
const pel_image *companion_named(const oddity *o, const char *name);

/* What `load` says of each version. */
void check_loads(oddity *o, const pel_yaml *facts);

/* Every key of the row but those that tell what the row is. */
void check_row(oddity *o);

#endif
