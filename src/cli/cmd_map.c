/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_image_options view;
    const char *image_out;
    const char *file;
} arguments;

enum { KEY_IMAGE_OUT = 0x300 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->output;
        state->child_inputs[1] = &a->load;
        state->child_inputs[2] = &a->view;
        return 0;
    case KEY_IMAGE_OUT: a->image_out = arg; return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "FILE", state); return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "a FILE is missing"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "image-out", KEY_IMAGE_OUT, "OUT", 0, "Write the image as it lies in memory to OUT", 1 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &load_argp, 0, NULL, 0 }, { &view_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE", .children = children
};

/* ---- --image-out ------------------------------------------------------- */

/* Zero pages become holes: a small file may claim gigabytes of zeros. */
static bool write_page(FILE *to, const uint8_t *page, bool last)
{
    static const uint8_t zero[PEL_PAGE_SIZE];
    if (!last && memcmp(page, zero, sizeof zero) == 0)
        return fseeko(to, (off_t)sizeof zero, SEEK_CUR) == 0;
    return fwrite(page, 1, sizeof zero, to) == sizeof zero;
}

static bool write_pages(pel_process *process, FILE *to)
{
    const pel_module *m = pel_process_module(process);
    uint8_t page[PEL_PAGE_SIZE];
    for (uint64_t at = 0; at < m->size; at += sizeof page) {
        pel_va va = { m->base.v + at };
        /* Padding has no pages; in the file it is zero. */
        pel_ntstatus nt = pel_space_peek(pel_process_space(process), va, page, sizeof page);
        if (!pel_nt_success(nt)) {
            if (pel_ntstatus_to_status(nt) != PEL_REFUSED)
                return false;
            memset(page, 0, sizeof page);
        }
        if (!write_page(to, page, at + sizeof page == m->size))
            return false;
    }
    return true;
}

static int write_image(pel_process *process, const char *path)
{
    output_file out;
    return output_begin(&out, path) ? output_end(&out, write_pages(process, out.stream))
                                    : EXIT_INTERNAL;
}

/* ---- map --------------------------------------------------------------- */

static int map(const arguments *a, const pel_image *image)
{
    pel_machine *machine;
    pel_process *process;
    pel_verdict verdict;
    if (!start_process(image, &a->load.load, NULL, &machine, &process, &verdict))
        return EXIT_INTERNAL;
    bool refused = !process || verdict.rule != PEL_RULE_NONE;
    int status =
        exit_of(pel_dump_map(image, a->file, process, &verdict, &a->output.dump, stdout_sink));
    if (status == EXIT_FINE && a->image_out && process)
        status = write_image(process, a->image_out);
    else if (status == EXIT_FINE && a->image_out)
        complain(a->image_out, "not written: nothing is mapped");
    if (status == EXIT_FINE && refused)
        status = EXIT_FINDINGS;
    pel_process_free(process);
    pel_machine_free(machine);
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    pel_image *image = open_image(a.file, &a.view);
    if (!image)
        return EXIT_UNREADABLE;
    int status = map(&a, image);
    if (!pel_image_is_pe(image)) {
        complain_no_image(a.file, image, true);
        status = EXIT_UNREADABLE;
    }
    pel_image_free(image);
    return status;
}

const command command_map = {
    .name = "map",
    .summary = "Lay a file out in simulated memory as Windows would, and draw it",
    .examples = "  pelorus map program.exe\n"
                "  pelorus map --base=0x10000000 --format=json library.dll\n"
                "  pelorus map --aslr=7 --image-out=memory.bin program.exe\n",
    .argp = &argp,
    .run = run,
};
