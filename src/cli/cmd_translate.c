/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_query *queries;
    const char **names; /* of queries by name; NULL for others */
    size_t count, capacity;
    pel_line from;
    bool from_stdin, walk, look;
    pel_machine_options machine;
    pel_image_options image;
    const char *file;
} arguments;

enum { KEY_RVA = 0x300, KEY_VA, KEY_OFFSET, KEY_FROM, KEY_WALK, KEY_LOOK, KEY_SYMBOL };

static bool make_room(arguments *a)
{
    size_t wanted = a->capacity ? 2 * a->capacity : 16;
    pel_query *grown = realloc(a->queries, wanted * sizeof *grown);
    if (!grown)
        return false;
    a->queries = grown;
    const char **names = realloc(a->names, wanted * sizeof *names);
    if (!names)
        return false;
    a->names = names;
    a->capacity = wanted;
    return true;
}

static bool add_query(arguments *a, pel_line line, uint64_t value, const char *name)
{
    if (a->count == a->capacity && !make_room(a))
        return false;
    a->names[a->count] = name;
    a->queries[a->count++] = (pel_query){ .line = line, .value = value, .look_only = a->look };
    return true;
}

static void parse_address(arguments *a, pel_line line, const char *arg, struct argp_state *state)
{
    uint64_t value;
    if (!parse_number(arg, &value))
        argp_error(state, "an address is decimal or 0x..., not '%s'", arg);
    else if (!add_query(a, line, value, NULL))
        argp_error(state, "out of memory");
}

static void parse_from(arguments *a, const char *arg, struct argp_state *state)
{
    static const char *const names[] = { "rva", "va", "offset" };
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(arg, names[i]) == 0) {
            a->from = (pel_line)i;
            return;
        }
    }
    argp_error(state, "--from takes rva, va or offset, not '%s'", arg);
}

static void parse_file(arguments *a, char *arg, struct argp_state *state)
{
    if (strcmp(arg, "-") == 0)
        a->from_stdin = true;
    else if (a->file)
        argp_error(state, "one FILE only");
    else
        a->file = arg;
}

static void check_all(const arguments *a, struct argp_state *state)
{
    if (!a->file)
        argp_error(state, "a FILE is missing");
    else if (a->count == 0 && !a->from_stdin)
        argp_error(state, "an address is missing: --rva, --va, --offset, --symbol, or - for stdin");
    else if (a->image.layout == PEL_LAYOUT_MEMORY && (a->walk || a->load.load.aslr))
        argp_error(state, "a dump of memory is not loaded: --layout=memory goes without a process");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->load;
        state->child_inputs[2] = &a->machine;
        state->child_inputs[3] = &a->image;
        state->child_inputs[4] = &a->image;
        return 0;
    case KEY_RVA: parse_address(a, PEL_LINE_RVA, arg, state); return 0;
    case KEY_VA: parse_address(a, PEL_LINE_VA, arg, state); return 0;
    case KEY_OFFSET: parse_address(a, PEL_LINE_OFFSET, arg, state); return 0;
    case KEY_SYMBOL:
        if (!add_query(a, PEL_LINE_RVA, 0, arg))
            argp_error(state, "out of memory");
        return 0;
    case KEY_FROM: parse_from(a, arg, state); return 0;
    case KEY_WALK: a->walk = true; return 0;
    case KEY_LOOK: a->walk = a->look = true; return 0;
    case ARGP_KEY_ARG: parse_file(a, arg, state); return 0;
    case ARGP_KEY_END: check_all(a, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "rva", KEY_RVA, "X", 0, "Translate the RVA X (may be repeated)", 1 },
    { "va", KEY_VA, "X", 0, "Translate the virtual address X", 1 },
    { "offset", KEY_OFFSET, "X", 0, "Translate the file offset X", 1 },
    { "symbol", KEY_SYMBOL, "NAME", 0,
      "Translate the address of an export (or its #ORDINAL), a COFF symbol, or an import DLL!NAME",
      1 },
    { "from", KEY_FROM, "LINE", 0, "What numbers on stdin are: rva (default), va, offset", 1 },
    { "walk", KEY_WALK, NULL, 0, "Show page tables and physical address in a fresh process", 2 },
    { "no-touch", KEY_LOOK, NULL, 0, "The same, without touching the page first", 2 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &load_argp, 0, NULL, 0 }, { &machine_argp, 0, NULL, 0 },
    { &layout_argp, 0, NULL, 0 }, { &view_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE [-]", .children = children
};

/* Numbers on standard input, separated by white space. False, and complaint, for anything else. */
static bool read_stdin(arguments *a)
{
    char *line = NULL;
    size_t size = 0;
    bool ok = true;
    while (ok && getline(&line, &size, stdin) > 0) {
        char *rest = NULL;
        for (char *word = strtok_r(line, " \t\r\n", &rest); word && ok;
             word = strtok_r(NULL, " \t\r\n", &rest)) {
            uint64_t value;
            ok = parse_number(word, &value) && add_query(a, a->from, value, NULL);
            if (!ok)
                complain(word, "is no address: decimal or 0x...");
        }
    }
    free(line);
    return ok;
}

static int translate_at(const arguments *a, const pel_image *image, pel_va base,
                        pel_process *process)
{
    return exit_of(pel_dump_translate(image, a->file, base, process, a->queries, a->count,
                                      &a->output.dump, stdout_sink));
}

static int translate_in_process(const arguments *a, const pel_image *image)
{
    pel_machine *machine;
    pel_process *process;
    pel_verdict verdict;
    char message[512];
    int status = EXIT_FINDINGS;
    if (!start_process(image, &a->load.load, &a->machine, &machine, &process, &verdict))
        return EXIT_INTERNAL;
    if (process) {
        status = translate_at(a, image, pel_process_module(process)->base, process);
    } else {
        pel_verdict_format(&verdict, message, sizeof message);
        complain(a->file, message);
    }
    pel_process_free(process);
    pel_machine_free(machine);
    return status;
}

static bool take_symbol(void *ctx, pel_rva rva)
{
    bool taken = add_query(ctx, PEL_LINE_RVA, rva.v, NULL);
    if (!taken)
        complain("memory", pel_status_name(PEL_NO_MEMORY));
    return taken;
}

/* Put queries by address in the place of those by name; a name may mean several. */
static int find_names(arguments *a, const pel_image *image)
{
    arguments all = { .look = a->look };
    symbol_finder finder = { .symbols = NULL };
    bool found = true;
    for (size_t i = 0; i < a->count && found; i++) {
        if (a->names[i])
            found = find_symbol(&finder, image, a->names[i], take_symbol, &all);
        else
            found = add_query(&all, a->queries[i].line, a->queries[i].value, NULL);
    }
    symbol_finder_free(&finder);
    free(a->queries);
    free(a->names);
    a->queries = all.queries;
    a->names = all.names;
    a->count = all.count;
    a->capacity = all.capacity;
    return found ? EXIT_FINE : EXIT_FINDINGS;
}

/* Where a module can begin: programs and DLLs at a multiple of 64 KiB, drivers in the kernel's half
 * of the addresses at any page, and firmware that runs where it lies anywhere. */
static uint64_t alignment_of(const pel_image *image, uint64_t base)
{
    uint64_t kernel = pel_image_is_wide(image) ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
    if (pel_image_get_kind(image) == PEL_IMAGE_TE)
        return 1;
    return base & kernel ? PEL_PAGE_SIZE : PEL_GRANULARITY;
}

static bool base_is_possible(const arguments *a, const pel_image *image)
{
    uint64_t base = a->load.load.base.v, size = pel_image_view_size(image);
    uint64_t last = size ? base + size - 1 : base;
    const char *wrong = NULL;
    if (base % alignment_of(image, base) != 0)
        wrong = "--base takes a multiple of 64 KiB, or of 4 KiB for drivers in the kernel's half";
    else if (last < base)
        wrong = "--base is too high: the image would end behind the last address";
    else if (!pel_image_is_wide(image) && last > UINT32_MAX)
        wrong = "--base is too high for a 32-bit image";
    if (wrong)
        complain(a->file, wrong);
    return !wrong;
}

static int translate(arguments *a, const pel_image *image)
{
    int status = find_names(a, image);
    if (status != EXIT_FINE)
        return status;

    const pel_optional_header *o = pel_image_optional_header(image);
    const pel_te_header *te = pel_image_te_header(image);
    pel_va base = o ? o->image_base : te ? te->image_base : (pel_va){ 0 };
    if (a->load.load.has_base)
        base = a->load.load.base;
    if (a->walk || a->load.load.aslr)
        return fits_paging(a->file, image, &a->machine) ? translate_in_process(a, image)
                                                        : EXIT_USAGE;
    if (a->load.load.has_base && !base_is_possible(a, image))
        return EXIT_USAGE;
    return translate_at(a, image, base, NULL);
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    pel_image *image = NULL;
    int status = EXIT_USAGE;
    for (size_t i = 0; i < a.count; i++)
        a.queries[i].look_only = a.look;
    if (!a.from_stdin || read_stdin(&a)) {
        image = open_image(a.file, &a.image);
        status = EXIT_UNREADABLE;
    }
    if (image) {
        bool pe = pel_image_is_pe(image) || pel_image_get_kind(image) == PEL_IMAGE_TE;
        if (pe)
            status = translate(&a, image);
        else
            complain_no_image(a.file, image, true);
    }
    pel_image_free(image);
    free(a.queries);
    free(a.names);
    return status;
}

const command command_translate = {
    .name = "translate",
    .summary = "Translate addresses: file offset, RVA, VA, page-table entry, physical address",
    .examples = "  pelorus translate --rva=0x1000 program.exe\n"
                "  pelorus translate --va=0x140001000 --walk program.exe\n"
                "  pelorus translate --symbol=KERNEL32.dll!ExitProcess program.exe\n"
                "  printf '0x400\\n0x600\\n' | pelorus translate --from=offset program.exe -\n",
    .argp = &argp,
    .run = run,
};
