/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    output_options output;
    pel_verify_options verify;
    const char *against;
    const char *file;
} arguments;

enum { KEY_AGAINST = 0x300, KEY_BASE, KEY_MODULE, KEY_LIMIT };

static void parse_limit(arguments *a, const char *arg, struct argp_state *state)
{
    uint64_t limit;
    if (!parse_number(arg, &limit) || limit == 0 || limit > 1000000)
        argp_error(state, "--limit takes a number up to 1000000, not '%s'", arg);
    else
        a->verify.limit = (size_t)limit;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->output; return 0;
    case KEY_AGAINST: a->against = arg; return 0;
    case KEY_MODULE: a->verify.module = arg; return 0;
    case KEY_LIMIT: parse_limit(a, arg, state); return 0;
    case KEY_BASE:
        if (!parse_number(arg, &a->verify.base.v))
            argp_error(state, "--base takes an address, not '%s'", arg);
        a->verify.has_base = true;
        return 0;
    case ARGP_KEY_ARG:
        take_one(&a->file, arg, "FILE", state);
        a->verify.path = a->file;
        return 0;
    case ARGP_KEY_END:
        if (!a->file)
            argp_error(state, "a FILE is missing");
        else if (!a->against)
            argp_error(state, "--against=MEMORY is missing: a minidump, or a dump of the module");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "against", KEY_AGAINST, "MEMORY", 0,
      "The memory: a minidump, or the bytes of the module from its base on", 1 },
    { "base", KEY_BASE, "ADDR", 0, "Where the module is; found by itself as a rule", 2 },
    { "module", KEY_MODULE, "NAME", 0, "What it is called in the minidump (default: as FILE)", 2 },
    { "limit", KEY_LIMIT, "COUNT", 0, "List that many differences (default 1000)", 2 },
    { 0 },
};
static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE", .children = children
};

static int tell(const arguments *a, const pel_image *image, const pel_memory_dump *dump,
                const pel_verify *verify)
{
    int status = exit_of(
        pel_dump_verify(image, a->file, dump, a->against, verify, &a->output.dump, stdout_sink));
    pel_verify_status came = pel_verify_get_summary(verify)->status;
    if (status != EXIT_FINE || came == PEL_VERIFY_EQUAL)
        return status;
    if (came == PEL_VERIFY_NOTHING) {
        complain(a->against, "has no page of the module");
        return EXIT_UNREADABLE;
    }
    return EXIT_FINDINGS;
}

static int compare(const arguments *a, const pel_image *image, const pel_memory_dump *dump)
{
    pel_verify *verify;
    pel_status st = pel_verify_new(image, dump, &a->verify, &verify);
    int status = EXIT_UNREADABLE;
    if (st == PEL_OK) {
        status = tell(a, image, dump, verify);
    } else if (st == PEL_NOT_FOUND) {
        complain(a->against, "does not list the module; --module=NAME or --base=ADDR tells which");
    } else if (st == PEL_MALFORMED) {
        complain(a->file, "has nothing that could be mapped");
    } else {
        complain(a->file, pel_status_name(st));
        status = EXIT_INTERNAL;
    }
    pel_verify_free(verify);
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
    pel_memory_dump *dump = NULL;
    int status = EXIT_UNREADABLE;
    errno = 0;
    if (pel_memory_dump_open(a.against, NULL, &dump) != PEL_OK)
        complain(a.against, errno ? strerror(errno) : pel_status_name(PEL_NO_MEMORY));
    else
        status = compare(&a, image, dump);
    pel_memory_dump_free(dump);
    pel_image_free(image);
    return status;
}

const command command_verify = {
    .name = "verify",
    .summary = "Compare a module in memory with its file: hooks, patches, what was unpacked",
    .examples = "  pelorus verify --against=process.dmp ntdll.dll\n"
                "  pelorus verify --against=module.bin --base=0x7ff812340000 ntdll.dll\n"
                "  pelorus verify --against=process.dmp --module=renamed.exe --format=json a.exe\n",
    .argp = &argp,
    .run = run,
};
