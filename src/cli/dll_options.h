/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_DLL_OPTIONS_H
#define PEL_CLI_DLL_OPTIONS_H

/* The options of commands that start a process: where its DLLs are. */

#include "cli/cli.h"

#define DLL_FOLDERS_MOST 64

/* --path, --stub-missing, --bind-delay, --api-sets */
typedef struct dll_arguments {
    const char *folders[DLL_FOLDERS_MOST];
    size_t folder_count;
    bool stub_missing, bind_delay;
    const char *schema;
    bool given; /* any of them */
} dll_arguments;

extern const struct argp dll_argp;

/* What these options stand for, opened. */
typedef struct dll_start {
    pel_start_options options;
    pel_image *schema;
    pel_api_sets sets;
} dll_start;

/** Open what is needed to start `file`; complains and gives false when that cannot be. */
bool dll_start_open(dll_start *start, const dll_arguments *arguments, const char *file,
                    uint64_t seed);

void dll_start_close(dll_start *start);

#endif
