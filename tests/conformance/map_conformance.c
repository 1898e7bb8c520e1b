/* SPDX-License-Identifier: Apache-2.0 */
/* map_conformance [--exceptions=FILE] MAPS.jsonl ROOT...
 *
 * Runs records of how a loader laid images out, for the images found under the ROOT folders.
 * Prints one line for a failing record, and last "N passed, M failed". Exit 1 if any failed,
 * 2 for wrong usage. Where the recorded loader is not Windows, map_exceptions.txt says so. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include "map_index.h"
#include "map_record.h"

#include <stdlib.h>
#include <string.h>

/* Modes, by their first letters. */
static const struct {
    const char *prefix;
    void (*run)(map_record *r);
} modes[] = {
    { "info", map_record_info }, { "map", map_record_map },   { "relmap_", map_record_map },
    { "ldr", map_record_ldr },   { "full", map_record_full }, { "proc", map_record_proc },
};
#define MODE_COUNT (sizeof modes / sizeof modes[0])

typedef struct run_state {
    report report;
    map_index index;
    map_exceptions exceptions;
    const char *const *roots;
    size_t root_count;
    size_t not_found;
    pel_image *image; /* of the last record; records of one image follow each other */
    const char *file; /* its path */
    char sha256[SHA256_TEXT];
} run_state;

/* The image with this hash, from the index; NULL when no root has it. */
static const pel_image *image_of(run_state *s, const char *name, const char *sha256)
{
    if (s->image && strcmp(s->sha256, sha256) == 0)
        return s->image;
    pel_image_free(s->image);
    s->image = NULL;
    const char *base = strrchr(name, '/');
    base = base ? base + 1 : name;
    s->file = map_index_find(&s->index, base, sha256);
    if (s->file && pel_image_open(s->file, NULL, &s->image) == PEL_OK)
        snprintf(s->sha256, sizeof s->sha256, "%s", sha256);
    else if (map_index_named(&s->index, base))
        printf("note %s: %s has that name but other bytes\n", name,
               map_index_named(&s->index, base));
    return s->image;
}

static void run_mode(run_state *s, json_object *root, size_t mode)
{
    const char *sha256 = json_text(root, "file_sha256");
    map_record r = { .root = root,
                     .image_name = json_text(root, "image"),
                     .mode = json_text(root, "mode"),
                     .exceptions = &s->exceptions,
                     .roots = s->roots,
                     .root_count = s->root_count };
    char name[256];
    snprintf(name, sizeof name, "%s %s", r.image_name, r.mode);
    r.image = sha256 ? image_of(s, r.image_name, sha256) : NULL;
    r.file = s->file;
    if (!r.image) {
        s->not_found++;
        return;
    }
    trial_begin(&r.trial, &s->report, name);
    modes[mode].run(&r);
    trial_end(&r.trial);
}

static void run_record(run_state *s, json_object *root, size_t line)
{
    const char *mode = json_text(root, "mode");
    char name[160];
    snprintf(name, sizeof name, "line %zu", line);
    if (!mode || !json_text(root, "image")) {
        report_failure(&s->report, name, "is no record: image or mode is missing");
        return;
    }
    size_t i = 0;
    while (i < MODE_COUNT && strncmp(mode, modes[i].prefix, strlen(modes[i].prefix)) != 0)
        i++;
    if (i == MODE_COUNT) {
        printf("UNCHECKED %s: mode %s is not understood\n", json_text(root, "image"), mode);
        s->report.unchecked++;
    } else {
        run_mode(s, root, i);
    }
}

static void run_file(run_state *s, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    if (!file) {
        report_failure(&s->report, path, "cannot be read");
        return;
    }
    for (size_t number = 1; getline(&line, &room, file) > 0; number++) {
        json_object *root = json_tokener_parse(line);
        run_record(s, root, number);
        json_object_put(root);
    }
    free(line);
    fclose(file);
}

static int close_run(run_state *s)
{
    map_exceptions_close(&s->exceptions, &s->report);
    if (s->not_found)
        printf("%zu records not run: their images are not under the given folders\n", s->not_found);
    map_exceptions_free(&s->exceptions);
    map_index_free(&s->index);
    pel_image_free(s->image);
    return report_close(&s->report);
}

int main(int argc, char **argv)
{
    static const char option[] = "--exceptions=";
    run_state s = { 0 };
    const char *exceptions = PEL_MAP_EXCEPTIONS; /* the project's own, named by the build */
    int first = 1;
    if (argc > 1 && strncmp(argv[1], option, strlen(option)) == 0)
        exceptions = argv[first++] + strlen(option);
    if (argc < first + 2 || argv[first][0] == '-') {
        fprintf(stderr, "usage: map_conformance [--exceptions=FILE] MAPS.jsonl ROOT...\n");
        return 2;
    }
    if (!map_exceptions_read(&s.exceptions, exceptions)) {
        map_exceptions_free(&s.exceptions);
        return 2;
    }
    s.roots = (const char *const *)argv + first + 1;
    s.root_count = (size_t)(argc - first - 1);
    for (int i = first + 1; i < argc; i++)
        if (!map_index_add(&s.index, argv[i]))
            report_failure(&s.report, argv[i], "cannot be read as a folder");
    run_file(&s, argv[first]);
    return close_run(&s);
}
