/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define PLACES_MAX           64
#define INSTRUCTIONS_DEFAULT 16
#define INSTRUCTIONS_MAX     100000

typedef struct arguments {
    output_options output;
    pel_image_options image;
    const char *field;
    const char *ca;
    const char *member;
    bool all;
    bool has_at, strict;
    bool begun; /* text is written: what comes next keeps a distance */
    pel_foff at;
    const char *places[PLACES_MAX]; /* of --disassemble-at */
    pel_rva place_rvas[PLACES_MAX];
    size_t place_count;
    char **files;
    size_t count;
} arguments;

enum {
    KEY_FIELD = 0x300,
    KEY_ALL,
    KEY_AT,
    KEY_CA,
    KEY_STRICT,
    KEY_MEMBER,
    KEY_DISASSEMBLE,
    KEY_DISASSEMBLE_AT,
};

static void parse_count(arguments *a, const char *arg, struct argp_state *state)
{
    uint64_t count;
    if (!parse_number(arg, &count) || count == 0 || count > INSTRUCTIONS_MAX)
        argp_error(state, "--disassemble takes a number of instructions, 1 to %d, not '%s'",
                   INSTRUCTIONS_MAX, arg);
    else
        a->output.dump.disassemble = (uint32_t)count;
}

static void parse_place(arguments *a, const char *arg, struct argp_state *state)
{
    if (a->place_count == PLACES_MAX)
        argp_error(state, "--disassemble-at: %d places at most", PLACES_MAX);
    else
        a->places[a->place_count++] = arg;
}

/* A build without Zydis is told before any file is looked at. */
static void check_disassembler(arguments *a, struct argp_state *state)
{
    char version[64];
    if (a->place_count > 0 && a->output.dump.disassemble == 0)
        a->output.dump.disassemble = INSTRUCTIONS_DEFAULT;
    if (a->output.dump.disassemble > 0 && pel_disassembler_version(version, sizeof version) == 0)
        argp_error(state, "this pelorus was built without Zydis and cannot disassemble");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->image;
        state->child_inputs[2] = &a->image;
        return 0;
    case KEY_FIELD: take_one(&a->field, arg, "--field", state); return 0;
    case KEY_ALL: a->all = true; return 0;
    case KEY_CA: a->ca = arg; return 0;
    case KEY_MEMBER: a->member = arg; return 0;
    case KEY_STRICT: a->strict = true; return 0;
    case KEY_DISASSEMBLE: parse_count(a, arg, state); return 0;
    case KEY_DISASSEMBLE_AT: parse_place(a, arg, state); return 0;
    case ARGP_KEY_END: check_disassembler(a, state); return 0;
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
    { "disassemble", KEY_DISASSEMBLE, "N", 0,
      "Show N instructions at the entry point, TLS callbacks and exported functions", 1 },
    { "disassemble-at", KEY_DISASSEMBLE_AT, "RVA|NAME", 0,
      "Show instructions there instead (16 of them; may be repeated)", 1 },
    { "member", KEY_MEMBER, "NAME", 0,
      "Of an archive show this member only, or the one of this number", 1 },
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

/* Text for people, who ask for no part of the document. */
static bool is_brief(const arguments *a)
{
    const pel_dump_options *o = &a->output.dump;
    return o->format == PEL_FORMAT_TEXT && !o->only && !a->all && !a->field && !a->has_at;
}

static bool is_code_alone(const arguments *a)
{
    return is_brief(a) && a->output.dump.disassemble > 0;
}

static bool is_summary(const arguments *a) { return is_brief(a) && !is_code_alone(a); }

/* ---- disassembly ------------------------------------------------------- */

static bool take_place(void *ctx, pel_rva rva)
{
    arguments *a = ctx;
    size_t count = a->output.dump.disassemble_at_count;
    if (count == PLACES_MAX) {
        complain("--disassemble-at", "these names mean too many places");
        return false;
    }
    a->place_rvas[count] = rva;
    a->output.dump.disassemble_at_count = count + 1;
    return true;
}

static bool find_place(arguments *a, const char *place, const pel_image *image,
                       symbol_finder *finder)
{
    uint64_t number;
    if (!parse_number(place, &number))
        return find_symbol(finder, image, place, take_place, a);
    if (number <= UINT32_MAX)
        return take_place(a, (pel_rva){ (uint32_t)number });
    complain(place, "is no RVA: it has more than 32 bits");
    return false;
}

/* Where it is asked for, in this file; false, and complaint, for what it does not have. */
static bool find_places(arguments *a, const pel_image *image)
{
    symbol_finder finder = { .symbols = NULL };
    bool found = true;
    a->output.dump.disassemble_at = a->place_rvas;
    a->output.dump.disassemble_at_count = 0;
    for (size_t i = 0; i < a->place_count && found; i++)
        found = find_place(a, a->places[i], image, &finder);
    symbol_finder_free(&finder);
    return found;
}

/* Say why none of the file can be disassembled: what it is, or its machine. */
static bool can_disassemble(const arguments *a, const pel_image *image, const char *path)
{
    char reason[128];
    if (a->output.dump.disassemble > 0 && pel_image_is_object_kind(pel_image_get_kind(image))) {
        complain(path, "is no image: only images are disassembled");
        return false;
    }
    const pel_file_header *f = pel_image_file_header(image);
    const pel_te_header *te = pel_image_te_header(image);
    if (a->output.dump.disassemble == 0 || (!f && !te) || pel_image_disassembler(image) == PEL_OK)
        return true;
    uint16_t machine = f ? f->machine : te->machine;
    const pel_name *name = pel_names_find(&pel_names_machine, machine);
    snprintf(reason, sizeof reason, "there is no disassembler for its machine, %s (0x%04x)",
             name ? name->name : "an unknown one", (unsigned)machine);
    complain(path, reason);
    return false;
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

static int show(const arguments *a, const pel_image *image, const char *path)
{
    static const char *const code[] = { "disassembly" };
    pel_dump_options narrowed = a->output.dump;
    const pel_dump_options *o = &narrowed;
    /* What is no image is shown whole: text leaves out by itself what libraries have much of. */
    bool is_object = pel_image_is_object_kind(pel_image_get_kind(image));
    if (is_code_alone(a) && !is_object) {
        narrowed.only = code;
        narrowed.only_count = 1;
    }
    if (is_summary(a) && !is_object)
        return exit_of(pel_dump_summary(image, path, o, stdout_sink));
    if (!a->field)
        return exit_of(a->has_at ? pel_dump_at(image, path, a->at, o, stdout_sink)
                                 : pel_dump_image(image, path, o, stdout_sink));
    char reason[256];
    pel_status st = pel_dump_field(image, path, a->field, o, stdout_sink);
    if (st != PEL_NOT_FOUND)
        return exit_of(st);
    if (unread(image))
        return EXIT_FINE; /* that is said instead */
    snprintf(reason, sizeof reason, "it has no field %s", a->field);
    complain(path, reason);
    return EXIT_FINDINGS;
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
    bool possible = can_disassemble(a, image, path);
    int status = EXIT_FINDINGS;
    if (a->begun)
        putchar('\n');
    a->begun = a->output.dump.format == PEL_FORMAT_TEXT && !a->field;
    if (find_places(a, image))
        status = a->member ? dump_member(a, image, path) : dump_image(a, image, path);
    bool odd = a->strict && has_warnings(image);
    if (status == EXIT_FINE && (odd || !possible))
        status = EXIT_FINDINGS;
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

static bool begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Looking for oddities takes as long as the rest: only where they are shown, or counted. */
static bool tells_diagnostics(const arguments *a)
{
    const pel_dump_options *d = &a->output.dump;
    if (a->strict || is_summary(a))
        return true;
    if (a->field || a->has_at)
        return a->field && begins_with(a->field, "diagnostics");
    for (size_t i = 0; i < d->only_count; i++)
        if (strcmp(d->only[i], "diagnostics") == 0)
            return true;
    return d->only_count == 0;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .count = 0 };
    int status = EXIT_FINE;
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    if (tells_diagnostics(&a))
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
    .summary = "Show a file: a summary, or headers, sections, directories, hashes in detail",
    .examples = "  pelorus dump program.exe\n"
                "  pelorus dump --only=imports,exports program.exe\n"
                "  pelorus dump --all program.exe\n"
                "  pelorus dump --format=json --only=sections program.exe\n"
                "  pelorus dump --field=optional_header.ImageBase program.exe\n"
                "  pelorus dump --at=0x128 program.exe\n"
                "  pelorus dump --layout=memory program.mem\n"
                "  pelorus dump --only=disassembly --disassemble=20 program.exe\n"
                "  pelorus dump --only=members library.lib\n"
                "  pelorus dump --member=module.obj library.lib\n",
    .argp = &argp,
    .run = run,
};
