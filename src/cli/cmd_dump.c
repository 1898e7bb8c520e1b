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
    bool has_at, strict;
    pel_foff at;
    char **files;
    size_t count;
} arguments;

enum { KEY_FIELD = 0x300, KEY_AT, KEY_CA, KEY_STRICT };

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
    case KEY_CA: a->ca = arg; return 0;
    case KEY_STRICT: a->strict = true; return 0;
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
    { "field", KEY_FIELD, "PATH", 0, "Print one bare value, such as optional_header.ImageBase", 1 },
    { "at", KEY_AT, "OFFSET", 0, "Tell which field owns the byte at this file offset", 1 },
    { "ca", KEY_CA, "FILE", 0, "Judge signatures by the certificates in FILE, in PEM", 1 },
    { "strict", KEY_STRICT, NULL, 0, "Exit 1 when there is a warning or an error", 1 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &layout_argp, 0, NULL, 0 }, { &view_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE...", .children = children
};

static int show(const arguments *a, const pel_image *image, const char *path)
{
    if (a->field) {
        pel_status st = pel_dump_field(image, a->field, &a->output.dump, stdout_sink);
        if (st != PEL_NOT_FOUND)
            return exit_of(st);
        complain(a->field, "no such field in this file");
        return EXIT_FINDINGS;
    }
    pel_status st = a->has_at ? pel_dump_at(image, path, a->at, &a->output.dump, stdout_sink)
                              : pel_dump_image(image, path, &a->output.dump, stdout_sink);
    return exit_of(st);
}

static int dump(const arguments *a, const char *path)
{
    pel_image *image = open_image(path, &a->image);
    if (!image)
        return EXIT_UNREADABLE;
    int status = show(a, image, path);
    if (a->strict && status == EXIT_FINE && has_warnings(image))
        status = EXIT_FINDINGS;
    pel_image_kind kind = pel_image_get_kind(image);
    bool pe = pel_image_is_pe(image) || kind == PEL_IMAGE_TE;
    if (!pe && status <= EXIT_FINDINGS) {
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
    be_thorough(&a.image);
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
    .summary = "Show headers, sections, relocations, hashes and diagnostics of a file",
    .examples = "  pelorus dump program.exe\n"
                "  pelorus dump --format=json --only=sections program.exe\n"
                "  pelorus dump --field=optional_header.ImageBase program.exe\n"
                "  pelorus dump --at=0x128 program.exe\n"
                "  pelorus dump --layout=memory program.mem\n",
    .argp = &argp,
    .run = run,
};
