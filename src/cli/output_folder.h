/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_OUTPUT_FOLDER_H
#define PEL_CLI_OUTPUT_FOLDER_H

/* A folder that gets files of given names: each is there when it is whole, or not at all, in no
 * other folder, and over nothing that was there. */

#include <pelorus/base.h>

typedef struct output_folder {
    const char *path;
    int descriptor;
    bool force; /* regular files may be replaced */
    bool made;  /* the folder was not there before */
    struct written_file *written;
    size_t count, capacity;
} output_folder;

/** Open the folder, made if it is missing. Complains and gives false when that cannot be. */
bool folder_open(output_folder *folder, const char *path, bool force);

void folder_close(output_folder *folder);

/** Remove the file that was written as number `index`. False when it stays: it replaced another
 * one, or is not there any more. */
bool folder_take_back(output_folder *folder, size_t index);

/** Remove the folder if it was made and is empty. */
void folder_abandon(output_folder *folder);

/** How a file came out. */
typedef enum folder_answer {
    FOLDER_WRITTEN,
    FOLDER_EXISTS, /* something is there that must stay */
    FOLDER_BROKEN, /* what was to be written turned out to be malformed */
    FOLDER_FAILED, /* the host could not, errno says why */
} folder_answer;

/** Write a file: `fill` is called with a sink. `name` has no slash. */
folder_answer folder_write(output_folder *folder, const char *name,
                           pel_status (*fill)(void *ctx, pel_sink sink), void *ctx);

#endif
