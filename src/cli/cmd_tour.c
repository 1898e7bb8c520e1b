/* SPDX-License-Identifier: Apache-2.0 */
/* `pelorus` and `pelorus FILE`: what the program is for, on one file. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/tour_sample.h"

typedef struct arguments {
    output_options output;
    load_arguments load;
    const char *file;
} arguments;

/* What all commands have, and a drawing for people has no use for. */
static bool asks_for_a_document(const pel_dump_options *o)
{
    return o->format != PEL_FORMAT_TEXT || o->only || o->hex;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->load;
        return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "FILE", state); return 0;
    case ARGP_KEY_END:
        if (asks_for_a_document(&a->output.dump))
            argp_error(state, "the tour is text for people; name a COMMAND for a document");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 },
                                              { &load_argp, 0, NULL, 0 },
                                              { 0 } };
static const struct argp argp = { .parser = parse, .args_doc = "[FILE]", .children = children };

static const command command_tour = {
    .name = "[FILE]",
    .summary = "The tour: one file, from its headers to a physical address",
    .examples = "  pelorus                       (a built-in sample)\n  pelorus program.exe\n",
    .argp = &argp,
};

static pel_image *open_or_sample(const char *path)
{
    pel_image *image = NULL;
    if (path)
        return open_image(path, NULL);
    pel_span bytes = { pel_tour_sample, pel_tour_sample_size };
    if (pel_image_parse(bytes, NULL, &image) != PEL_OK)
        complain("sample", pel_status_name(PEL_NO_MEMORY));
    return image;
}

static int tour(const arguments *a, const pel_image *image)
{
    pel_machine *machine;
    pel_process *process;
    pel_verdict verdict;
    const char *name = a->file ? a->file : "samples/images/tour.exe (built in)";
    if (!start_process(image, &a->load.load, NULL, &machine, &process, &verdict))
        return EXIT_INTERNAL;
    int status =
        exit_of(pel_dump_tour(image, name, process, &verdict, &a->output.dump, stdout_sink));
    if (status == EXIT_FINE && (!process || verdict.rule != PEL_RULE_NONE))
        status = pel_image_is_pe(image) ? EXIT_FINDINGS : EXIT_UNREADABLE;
    pel_process_free(process);
    pel_machine_free(machine);
    return status;
}

int run_tour(int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(&command_tour, argc, argv, &a);
    settle_output(&a.output);
    pel_image *image = open_or_sample(a.file);
    if (!image)
        return EXIT_UNREADABLE;
    int status = tour(&a, image);
    pel_image_free(image);
    return status;
}
