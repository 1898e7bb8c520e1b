/* SPDX-License-Identifier: Apache-2.0 */
/* loader_conformance [--verified-only] DIR...
 *
 * Runs folders of loader cases: PE files, each with NAME.expected.json. Prints one line for a
 * failing case, and last "N passed, M failed". Exit 1 if any failed, 2 for wrong usage. */
#define _POSIX_C_SOURCE 200809L /* scandir */
#include "loader_case.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".expected.json"

static int is_case(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);
    return length > suffix && strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

/* "DIR/NAME" in new memory, or NULL. */
static char *join(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", dir, name);
    return path;
}

static void run_parsed(report *r, const char *name, json_object *root, const pel_image *image)
{
    loader_case c = { .root = root, .expect = json_get(root, "expect"), .image = image };
    trial_begin(&c.trial, r, name);
    loader_case_headers(&c);
    loader_case_expect(&c);
    trial_end(&c.trial);
}

static void run_image(report *r, const char *dir, json_object *root)
{
    const char *file = json_text(root, "file");
    char *path = file ? join(dir, file) : NULL;
    pel_image *image = NULL;
    pel_status status = path ? pel_image_open(path, NULL, &image) : PEL_NOT_FOUND;
    if (status == PEL_OK)
        run_parsed(r, file, root, image);
    else
        report_failure(r, file ? file : dir, pel_status_name(status));
    pel_image_free(image);
    free(path);
}

static void run_case(report *r, const char *dir, const char *name, bool verified_only)
{
    char *path = join(dir, name);
    json_object *root = path ? json_object_from_file(path) : NULL;
    if (!root)
        report_failure(r, name, "cannot be read as JSON");
    else if (!verified_only || json_object_get_boolean(json_get(root, "windows_verified")))
        run_image(r, dir, root);
    json_object_put(root);
    free(path);
}

static void run_folder(report *r, const char *dir, bool verified_only)
{
    struct dirent **entries;
    int count = scandir(dir, &entries, is_case, alphasort);
    if (count < 0) {
        report_failure(r, dir, "cannot be read");
        return;
    }
    if (count == 0)
        report_failure(r, dir, "has no *" SUFFIX);
    for (int i = 0; i < count; i++) {
        run_case(r, dir, entries[i]->d_name, verified_only);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    report r = { 0 };
    bool verified_only = argc > 1 && strcmp(argv[1], "--verified-only") == 0;
    int first = verified_only ? 2 : 1;
    if (argc <= first || argv[first][0] == '-') {
        fprintf(stderr, "usage: loader_conformance [--verified-only] DIR...\n");
        return 2;
    }
    for (int i = first; i < argc; i++)
        run_folder(&r, argv[i], verified_only);
    return report_close(&r);
}
