/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_SCENARIO_FILES_H
#define PEL_CLI_SCENARIO_FILES_H

/* The files that a scenario names: relative to its own folder; a recipe (*.yaml) stands for the PE
 * file that is built of it. */

#include <pelorus/pelorus.h>

typedef struct scenario_files {
    const char *scenario;
    struct scenario_file *first;
} scenario_files;

void scenario_files_init(scenario_files *files, const char *scenario);
void scenario_files_free(scenario_files *files);

/** As pel_scenario_files wants it; `ctx` is the scenario_files. */
pel_status scenario_files_open(void *ctx, const char *path, pel_span *out, char *message,
                               size_t size);

#endif
