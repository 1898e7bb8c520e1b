/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_machine_options machine;
    bool has_address;
    pel_query query;
    pel_access access;
    const char *file;
} arguments;

enum { KEY_RVA = 0x600, KEY_VA, KEY_OFFSET, KEY_ACCESS };

static void parse_address(arguments *a, pel_line line, const char *arg, struct argp_state *state)
{
    if (a->has_address)
        argp_error(state, "one address only");
    if (!parse_number(arg, &a->query.value))
        argp_error(state, "an address is decimal or 0x..., not '%s'", arg);
    a->query.line = line;
    a->has_address = true;
}

static void parse_access(arguments *a, const char *arg, struct argp_state *state)
{
    static const char *const names[] = { "read", "write", "fetch" };
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(arg, names[i]) == 0) {
            a->access = (pel_access)i;
            return;
        }
    }
    argp_error(state, "--access takes read, write or fetch, not '%s'", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->load;
        state->child_inputs[2] = &a->machine;
        return 0;
    case KEY_RVA: parse_address(a, PEL_LINE_RVA, arg, state); return 0;
    case KEY_VA: parse_address(a, PEL_LINE_VA, arg, state); return 0;
    case KEY_OFFSET: parse_address(a, PEL_LINE_OFFSET, arg, state); return 0;
    case KEY_ACCESS: parse_access(a, arg, state); return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "FILE", state); return 0;
    case ARGP_KEY_END:
        if (!a->file)
            argp_error(state, "a FILE is missing");
        else if (!a->has_address)
            argp_error(state, "an address is missing: --va, --rva or --offset");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "va", KEY_VA, "X", 0, "The virtual address X", 1 },
    { "rva", KEY_RVA, "X", 0, "The RVA X", 1 },
    { "offset", KEY_OFFSET, "X", 0, "The byte at file offset X, where it is mapped", 1 },
    { "access", KEY_ACCESS, "KIND", 0, "What the program does: read (default), write, fetch", 1 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &load_argp, 0, NULL, 0 }, { &machine_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE", .children = children
};

static int tell(const arguments *a, const pel_image *image, pel_process *process)
{
    pel_va base = pel_process_module(process)->base;
    pel_location at = pel_locate(image, base, a->query.line, a->query.value);
    pel_ntstatus nt;
    if (!at.has_va) {
        complain(a->file, "no byte of memory is at this address or offset");
        return EXIT_FINDINGS;
    }
    pel_status st =
        pel_dump_why(image, a->file, process, at.va, a->access, &a->output.dump, stdout_sink, &nt);
    if (st != PEL_OK && st != PEL_NOT_FOUND)
        return exit_of(st);
    exit_of(st);
    return pel_nt_success(nt) ? EXIT_FINE : EXIT_FINDINGS;
}

static int why(const arguments *a, const pel_image *image)
{
    pel_machine *machine;
    pel_process *process;
    pel_verdict verdict;
    char message[512];
    int status = EXIT_FINDINGS;
    if (!start_process(image, &a->load.load, &a->machine, &machine, &process, &verdict))
        return EXIT_INTERNAL;
    if (process) {
        status = tell(a, image, process);
    } else {
        pel_verdict_format(&verdict, message, sizeof message);
        complain(a->file, message);
    }
    pel_process_free(process);
    pel_machine_free(machine);
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
    int status = EXIT_USAGE;
    if (fits_paging(a.file, image, &a.machine))
        status = why(&a, image);
    pel_image_free(image);
    return status;
}

const command command_why = {
    .name = "why",
    .summary = "Tell one access: region, page tables, fault, frame, and the rule of each",
    .examples = "  pelorus why --rva=0x1000 --access=fetch program.exe\n"
                "  pelorus why --va=0x140003000 --access=write program.exe\n"
                "  pelorus why --va=0x10 program.exe             (refused, and why)\n",
    .argp = &argp,
    .run = run,
};
