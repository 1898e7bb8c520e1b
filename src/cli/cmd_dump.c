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
    const char *member;
    bool all;
    bool has_at;
    bool begun; /* a summary is written: the next one keeps a distance */
    pel_foff at;
    char **files;
    size_t count;
} arguments;

enum { KEY_FIELD = 0x300, KEY_ALL, KEY_AT, KEY_CA, KEY_STRICT, KEY_MEMBER };

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
    case KEY_MEMBER: a->member = arg; return 0;
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
    { "member", KEY_MEMBER, "NAME", 0,
      "Of an archive show this member only, or the one of this number", 1 },
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
    /* What is no image is shown whole: text leaves out by itself what libraries have much of. */
    if (is_summary(a) && !pel_image_is_object_kind(pel_image_get_kind(image)))
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

/* Why nothing more can be told of a file; NULL: it can. */
static const char *unread(const pel_image *image)
{
    pel_image_kind kind = pel_image_get_kind(image);
    if (kind == PEL_IMAGE_THIN_ARCHIVE)
        return "is a thin archive: its members are files of their own, which are not read";
    if (pel_image_is_object_kind(kind) || pel_image_is_pe(image) || kind == PEL_IMAGE_TE)
        return NULL;
    return kind == PEL_IMAGE_UNKNOWN ? "is not a PE file" : "is an MZ file, but not a PE file";
}

static int dump_image(const arguments *a, const pel_image *image, const char *path)
{
    int status = show(a, image, path);
    const char *why = unread(image);
    if (!why || status != EXIT_FINE)
        return status;
    complain(path, why);
    return EXIT_UNREADABLE;
}

/* The member that --member names, or else numbers. */
static bool find_member(const arguments *a, const pel_image *archive, pel_archive_entry *m)
{
    uint64_t number;
    if (pel_archive_find(archive, PEL_MEMBER_FILE, a->member, m) == PEL_OK)
        return true;
    return parse_number(a->member, &number) && number <= UINT32_MAX &&
           pel_archive_at(archive, (uint32_t)number, m) == PEL_OK;
}

static int dump_member(const arguments *a, const pel_image *archive, const char *path)
{
    pel_archive_entry m;
    pel_image *image = NULL;
    char label[4096];
    if (!find_member(a, archive, &m)) {
        complain(path, pel_image_get_kind(archive) == PEL_IMAGE_ARCHIVE ? "has no such member"
                                                                        : "is no archive");
        return EXIT_FINDINGS;
    }
    snprintf(label, sizeof label, "%s(%s)", path, a->member);
    pel_status st = pel_image_parse(m.data, &a->image, &image);
    if (st != PEL_OK) {
        complain(label, st == PEL_MALFORMED ? "is malformed" : pel_status_name(st));
        return EXIT_UNREADABLE;
    }
    int status = dump_image(a, image, label);
    pel_image_free(image);
    return status;
}

static int dump(arguments *a, const char *path)
{
    pel_image *image = open_image(path, &a->image);
    if (!image)
        return EXIT_UNREADABLE;
    if (a->begun)
        putchar('\n');
    a->begun = is_summary(a);
    int status = a->member ? dump_member(a, image, path) : dump_image(a, image, path);
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
                "  pelorus dump --layout=memory program.mem\n"
                "  pelorus dump --only=members library.lib\n"
                "  pelorus dump --member=module.obj library.lib\n",
    .argp = &argp,
    .run = run,
};
