/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/cli.h"

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_image_options view;
    bool strict;
    char **files;
    size_t count;
} arguments;

enum { KEY_LAYOUT = 0x300, KEY_STRICT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->load;
        state->child_inputs[2] = &a->view;
        return 0;
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->count = (size_t)(state->argc - state->next);
        return 0;
    case KEY_STRICT: a->strict = true; return 0;
    case KEY_LAYOUT:
        argp_error(state, "files are judged: a dump of memory is nothing that Windows could load");
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "a FILE is missing"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "strict", KEY_STRICT, NULL, 0, "Exit 1 when there is a warning or an error, too", 1 },
    /* There only to be explained. */
    { "layout", KEY_LAYOUT, "LAYOUT", OPTION_HIDDEN, NULL, 0 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &judge_argp, 0, NULL, 0 }, { &view_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE...", .children = children
};

static int check(const arguments *a, const char *path)
{
    pel_image *image = open_image(path, &a->view);
    if (!image)
        return EXIT_UNREADABLE;
    pel_verdict v = pel_check_start(image, &a->load.load);
    int status = exit_of(pel_dump_check(image, path, &a->load.load, &a->output.dump, stdout_sink));
    complain_no_image(path, image, false);
    bool odd = a->strict && has_warnings(image);
    pel_image_free(image);
    if (status == EXIT_FINE && (odd || v.rule != PEL_RULE_NONE))
        status = EXIT_FINDINGS;
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .load = { .judges = true } };
    int status = EXIT_FINE;
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    be_thorough(&a.view);
    for (size_t i = 0; i < a.count; i++) {
        if (i > 0 && a.output.dump.format == PEL_FORMAT_TEXT)
            putchar('\n');
        status = combine_exits(status, check(&a, a.files[i]), i == 0);
    }
    return status;
}

const command command_check = {
    .name = "check",
    .summary = "Say whether Windows would load a file, and if not, by which rule",
    .examples = "  pelorus check program.exe\n"
                "  pelorus check --as=xp --host=x86 old.exe\n"
                "  pelorus check --as=uefi --host=arm64 BOOTAA64.EFI\n"
                "  pelorus check --format=json *.dll\n",
    .argp = &argp,
    .run = run,
};
