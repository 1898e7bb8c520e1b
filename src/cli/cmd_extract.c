/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/output_folder.h"

typedef struct arguments {
    output_options output;
    pel_extract_options extract;
    const char *folder;
    bool list, force;
    const char *file;
} arguments;

enum { KEY_KINDS = 0x300, KEY_LIST, KEY_FORCE };

/* ---- arguments --------------------------------------------------------- */

static void add_kind(arguments *a, const char *word, struct argp_state *state)
{
    pel_extract_kind kind;
    const char *names[PEL_EXTRACT_COUNT];
    if (pel_extract_kind_from_name(word, &kind) == PEL_OK) {
        a->extract.kinds |= 1u << kind;
        return;
    }
    for (unsigned i = 0; i < PEL_EXTRACT_COUNT; i++)
        names[i] = pel_extract_kind_name((pel_extract_kind)i);
    const char *near = nearest(word, names, PEL_EXTRACT_COUNT);
    argp_error(state, "--only: there are no '%s'%s%s%s", word, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "");
}

static void parse_kinds(arguments *a, char *arg, struct argp_state *state)
{
    char *rest = NULL;
    for (char *word = strtok_r(arg, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        add_kind(a, word, state);
    if (a->extract.kinds == 0)
        argp_error(state, "--only: nothing is named");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->output; return 0;
    case 'o': take_one(&a->folder, arg, "folder", state); return 0;
    case KEY_KINDS: parse_kinds(a, arg, state); return 0;
    case KEY_LIST: a->list = true; return 0;
    case KEY_FORCE: a->force = true; return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "FILE", state); return 0;
    case ARGP_KEY_END:
        if (!a->file)
            argp_error(state, "a FILE is missing");
        else if (!a->folder && !a->list)
            argp_error(state, "where to? --to=DIR, or --list to look only");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "to", 'o', "DIR", 0, "Write files to this folder, which is made if it is missing", 1 },
    { "only", KEY_KINDS, "KIND[,KIND]", 0,
      "sections, resources, icons, cursors, bitmaps, strings, versions, manifests, pdbs, "
      "certificates, overlays",
      1 },
    { "list", KEY_LIST, NULL, 0, "Show what there is; write nothing", 1 },
    { "force", KEY_FORCE, NULL, 0, "Replace files that are there", 1 },
    { 0 },
};
static const struct argp_child children[] = { { &format_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE", .children = children
};

/* ---- items ------------------------------------------------------------- */

/* The items of a file and what became of them. */
typedef struct extraction {
    const arguments *a;
    pel_extract *walk;
    output_folder folder;
    pel_extract_result *results;
    size_t count, capacity;
    int status;
    bool stopped; /* the host cannot write: no more is tried */
} extraction;

typedef struct filling {
    const extraction *x;
    const pel_extract_item *item;
    pel_extract_result *result;
} filling;

static pel_status fill(void *ctx, pel_sink sink)
{
    filling *f = ctx;
    pel_status st = pel_extract_write(f->x->walk, f->item, sink, f->result->sha256);
    f->result->has_sha256 = st == PEL_OK;
    return st;
}

static pel_status forget(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

static void found_something(extraction *x)
{
    if (x->status == EXIT_FINE)
        x->status = EXIT_FINDINGS;
}

static void complain_in(const extraction *x, const char *name, const char *reason)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", x->folder.path, name);
    complain(path, reason);
}

static void write_item(extraction *x, const pel_extract_item *item, pel_extract_result *r)
{
    filling f = { x, item, r };
    switch (folder_write(&x->folder, item->file, fill, &f)) {
    case FOLDER_WRITTEN: r->written = true; return;
    case FOLDER_EXISTS:
        r->problem = "exists";
        complain_in(x, item->file,
                    x->a->force ? "is there, and is no regular file"
                                : "is there; --force replaces it");
        found_something(x);
        return;
    case FOLDER_BROKEN:
        r->problem = "malformed";
        found_something(x);
        return;
    case FOLDER_FAILED:
        r->problem = "not-written";
        complain_in(x, item->file, strerror(errno));
        x->status = EXIT_INTERNAL;
        x->stopped = true;
        return;
    }
}

static void take_item(extraction *x, const pel_extract_item *item, pel_extract_result *r)
{
    filling f = { x, item, r };
    if (item->status != PEL_OK)
        found_something(x);
    if (!item->can_write)
        return;
    if (x->stopped) {
        r->problem = "not-written";
    } else if (!x->a->list) {
        write_item(x, item, r);
    } else if (fill(&f, (pel_sink){ .write = forget }) != PEL_OK) {
        r->problem = "malformed";
        found_something(x);
    }
}

static bool add_result(extraction *x)
{
    if (x->count == x->capacity) {
        x->capacity = x->capacity ? 2 * x->capacity : 64;
        pel_extract_result *grown = realloc(x->results, x->capacity * sizeof *grown);
        if (!grown)
            return false;
        x->results = grown;
    }
    x->results[x->count++] = (pel_extract_result){ .written = false };
    return true;
}

static int take_all(extraction *x)
{
    for (pel_extract_item item; pel_extract_next(x->walk, &item);) {
        if (!add_result(x)) {
            complain("memory", pel_status_name(PEL_NO_MEMORY));
            return EXIT_INTERNAL;
        }
        take_item(x, &item, &x->results[x->count - 1]);
    }
    if (pel_extract_status(x->walk) != PEL_OK)
        found_something(x);
    return x->status;
}

/* Some of it is worse than nothing: who looks later cannot tell that the rest is missing. */
static void take_back(extraction *x)
{
    size_t written = 0;
    for (size_t i = 0; i < x->count; i++) {
        if (!x->results[i].written || !folder_take_back(&x->folder, written++))
            continue;
        x->results[i].problem = "not-written";
        x->results[i].written = false;
    }
    folder_abandon(&x->folder);
}

static int extract(const arguments *a, const pel_image *image)
{
    extraction x = { .a = a, .folder = { .descriptor = -1 } };
    if (!a->list && !folder_open(&x.folder, a->folder, a->force))
        return EXIT_INTERNAL;
    int status = EXIT_INTERNAL;
    if (pel_extract_new(image, &a->extract, &x.walk) == PEL_OK)
        status = take_all(&x);
    else
        complain("memory", pel_status_name(PEL_NO_MEMORY));
    if (!a->list && status == EXIT_INTERNAL)
        take_back(&x);
    pel_status st = pel_dump_extract(image, a->file, a->list ? NULL : a->folder, &a->extract,
                                     x.results, x.count, &a->output.dump, stdout_sink);
    if (st != PEL_OK)
        status = exit_of(st);
    pel_extract_free(x.walk);
    free(x.results);
    folder_close(&x.folder);
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    pel_image *image = open_pe(a.file, NULL);
    if (!image)
        return EXIT_UNREADABLE;
    int status = extract(&a, image);
    pel_image_free(image);
    return status;
}

const command command_extract = {
    .name = "extract",
    .summary = "Take resources, icons, certificates, overlay and more out of a file",
    .examples = "  pelorus extract --list program.exe\n"
                "  pelorus extract --to=parts program.exe\n"
                "  pelorus extract --to=icons --only=icons,cursors program.exe\n"
                "  pelorus extract --to=parts --force --format=json program.exe\n",
    .argp = &argp,
    .run = run,
};
