/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    output_options output;
    pel_image_options image;
    const char *field;
    const char *ca;
    bool all;
    bool has_at;
    bool begun; /* a summary is written: the next one keeps a distance */
    pel_foff at;
    char **files;
    size_t count;
} arguments;

enum { KEY_FIELD = 0x300, KEY_ALL, KEY_AT, KEY_CA, KEY_STRICT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->image;
        state->child_inputs[2] = &a->image;
        return 0;
    case KEY_FIELD: a->field = arg; return 0;
    case KEY_ALL: a->all = true; return 0;
    case KEY_CA: a->ca = arg; return 0;
    case KEY_STRICT: a->image.strict = true; return 0;
    case KEY_AT:
        if (!parse_number(arg, &a->at.v))
            argp_error(state, "--at takes a file offset, not '%s'", arg);
        a->has_at = true;
        return 0;
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "a FILE is missing"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "all", KEY_ALL, NULL, 0, "Text: show everything in detail, not a summary", 1 },
    { "field", KEY_FIELD, "PATH", 0, "Print one bare value, such as optional_header.ImageBase", 1 },
    { "at", KEY_AT, "OFFSET", 0, "Tell which field owns the byte at OFFSET", 1 },
    { "ca", KEY_CA, "FILE", 0, "Judge signatures by the certificates in FILE, in PEM", 1 },
    { "strict", KEY_STRICT, NULL, 0, "Fail on the first error in the file", 1 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &layout_argp, 0, NULL, 0 }, { &view_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE...", .children = children
};

/* Text for people, unless they ask for something. */
static bool is_summary(const arguments *a)
{
    const pel_dump_options *o = &a->output.dump;
    return o->format == PEL_FORMAT_TEXT && !o->only && !a->all && !a->field && !a->has_at;
}

static int show(const arguments *a, const pel_image *image, const char *path)
{
    const pel_dump_options *o = &a->output.dump;
    if (is_summary(a))
        return exit_of(pel_dump_summary(image, path, o, stdout_sink));
    if (!a->field)
        return exit_of(a->has_at ? pel_dump_at(image, path, a->at, o, stdout_sink)
                                 : pel_dump_image(image, path, o, stdout_sink));
    pel_status st = pel_dump_field(image, a->field, o, stdout_sink);
    if (st != PEL_NOT_FOUND)
        return exit_of(st);
    complain(a->field, "no such field in this file");
    return EXIT_FINDINGS;
}

static int dump(arguments *a, const char *path)
{
    pel_image *image = open_image(path, &a->image);
    if (!image)
        return EXIT_UNREADABLE;
    if (a->begun)
        putchar('\n');
    a->begun = is_summary(a);
    int status = show(a, image, path);
    pel_image_kind kind = pel_image_get_kind(image);
    bool pe = pel_image_is_pe(image) || kind == PEL_IMAGE_TE;
    if (!pe && status == EXIT_FINE) {
        complain(path, kind == PEL_IMAGE_UNKNOWN ? "is not a PE file"
                                                 : "is an MZ file, but not a PE file");
        status = EXIT_UNREADABLE;
    }
    pel_image_free(image);
    return status;
}

/* Open the certificates that are trusted, or complain. */
static bool open_trust(const char *path, pel_trust **out)
{
    pel_status st = pel_trust_open(path, NULL, out);
    if (st != PEL_OK)
        complain(path, st == PEL_IO ? strerror(errno) : "has no certificates in PEM");
    return st == PEL_OK;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .count = 0 };
    int status = EXIT_FINE;
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    pel_trust *trust = NULL;
    if (a.ca && !open_trust(a.ca, &trust))
        return EXIT_UNREADABLE;
    a.output.dump.trust = trust;
    for (size_t i = 0; i < a.count; i++)
        status = combine_exits(status, dump(&a, a.files[i]), i == 0);
    pel_trust_free(trust);
    return status;
}

const command command_dump = {
    .name = "dump",
    .summary = "Show a file: a summary, or headers, sections, directories, hashes in detail",
    .examples = "  pelorus dump program.exe\n"
                "  pelorus dump --only=imports,exports program.exe\n"
                "  pelorus dump --all program.exe\n"
                "  pelorus dump --format=json --only=sections program.exe\n"
                "  pelorus dump --field=optional_header.ImageBase program.exe\n"
                "  pelorus dump --at=0x128 program.exe\n"
                "  pelorus dump --layout=memory program.mem\n",
    .argp = &argp,
    .run = run,
};
