/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/scenario_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

typedef struct scenario_file {
    struct scenario_file *next;
    char *text;           /* of a file */
    pel_builder *builder; /* or of a recipe */
} scenario_file;

void scenario_files_init(scenario_files *files, const char *scenario)
{
    *files = (scenario_files){ .scenario = scenario };
}

void scenario_files_free(scenario_files *files)
{
    while (files->first) {
        scenario_file *f = files->first;
        files->first = f->next;
        free(f->text);
        pel_builder_free(f->builder);
        free(f);
    }
}

/* Relative paths begin at the scenario's folder. False with errno when there is no regular file:
 * nothing that never ends, and nothing that waits. */
static bool find(const scenario_files *files, const char *path, char *out, size_t size)
{
    struct stat st;
    const char *slash = strrchr(files->scenario, '/');
    int folder = slash ? (int)(slash - files->scenario) + 1 : 0;
    int n = path[0] == '/' ? snprintf(out, size, "%s", path)
            : folder       ? snprintf(out, size, "%.*s%s", folder, files->scenario, path)
                           : snprintf(out, size, "./%s", path);
    errno = ENAMETOOLONG;
    if (n <= 0 || (size_t)n >= size || stat(out, &st) != 0)
        return false;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    return S_ISREG(st.st_mode);
}

static bool is_recipe(const char *path)
{
    size_t n = strlen(path);
    return (n > 5 && strcmp(path + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(path + n - 4, ".yml") == 0);
}

static pel_status build(scenario_file *f, const char *path, pel_span yaml, pel_span *out,
                        char *message, size_t size)
{
    pel_recipe_error error = { .line = 0 };
    pel_status st = pel_builder_from_recipe(yaml, NULL, &f->builder, &error);
    if (st != PEL_OK) {
        snprintf(message, size, "%s:%zu:%zu: %s", path, error.line, error.column, error.message);
        return st;
    }
    st = pel_builder_finish(f->builder, out);
    if (st != PEL_OK)
        snprintf(message, size, "%s: cannot be built: %s", path, pel_status_name(st));
    return st;
}

pel_status scenario_files_open(void *ctx, const char *path, pel_span *out, char *message,
                               size_t size)
{
    scenario_files *files = ctx;
    char where[4096];
    size_t length;
    scenario_file *f = calloc(1, sizeof *f);
    if (!f)
        return PEL_NO_MEMORY;
    f->next = files->first;
    files->first = f;
    if (find(files, path, where, sizeof where))
        f->text = read_all(where, &length);
    if (!f->text) {
        snprintf(message, size, "%s: %s", path, strerror(errno));
        return PEL_IO;
    }
    *out = (pel_span){ (const uint8_t *)f->text, length };
    return is_recipe(path) ? build(f, path, *out, out, message, size) : PEL_OK;
}
