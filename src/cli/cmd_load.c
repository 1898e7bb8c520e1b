/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/dll_options.h"

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_machine_options machine;
    dll_arguments dlls;
    const char *file;
} arguments;

/* ---- arguments --------------------------------------------------------- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->load;
        state->child_inputs[2] = &a->machine;
        state->child_inputs[3] = &a->dlls;
        return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "FILE", state); return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "a FILE is missing"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 },
                                              { &load_argp, 0, NULL, 0 },
                                              { &machine_argp, 0, NULL, 0 },
                                              { &dll_argp, 0, NULL, 0 },
                                              { 0 } };
static const struct argp argp = { .parser = parse, .args_doc = "FILE", .children = children };

/* ---- load -------------------------------------------------------------- */

static int show(const arguments *a, const pel_load_result *result)
{
    int status = exit_of(pel_dump_load(result, &a->output.dump, stdout_sink));
    bool findings = !pel_nt_success(result->status) ||
                    (result->process && pel_process_missing_count(result->process) > 0);
    return status == EXIT_FINE && findings ? EXIT_FINDINGS : status;
}

static int load(const arguments *a, const pel_image *image, const pel_start_options *start)
{
    pel_machine *machine;
    pel_verdict verdict;
    pel_load_result result = { .image = image, .path = a->file, .verdict = &verdict };
    if (pel_machine_new(&a->machine, &machine) != PEL_OK) {
        complain("memory", pel_status_name(PEL_NO_MEMORY));
        return EXIT_INTERNAL;
    }
    result.machine = machine;
    result.status = pel_process_new(machine, image, &a->load.load, &result.process, &verdict);
    if (pel_nt_success(result.status))
        result.status = pel_process_start(result.process, start);
    int status = show(a, &result);
    pel_process_free(result.process);
    pel_machine_free(machine);
    return status;
}

static int load_image(const arguments *a, const pel_image *image)
{
    dll_start start;
    if (!dll_start_open(&start, &a->dlls, a->file, a->load.load.seed))
        return EXIT_UNREADABLE;
    int status = load(a, image, &start.options);
    dll_start_close(&start);
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
        status = load_image(&a, image);
    pel_image_free(image);
    return status;
}

const command command_load = {
    .name = "load",
    .summary = "Start a process: a program and all DLLs that it needs, bound as Windows would",
    .examples = "  pelorus load --path=windows/system32 program.exe\n"
                "  pelorus load --path=dlls --format=json --only=missing program.exe\n"
                "  pelorus load --path=dlls --stub-missing --bind-delay library.dll\n",
    .argp = &argp,
    .run = run,
};
