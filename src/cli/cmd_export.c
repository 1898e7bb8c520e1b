/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/dll_options.h"

/* A page touched costs a page of the host's memory; files may claim gigabytes. */
#define TOUCH_MOST ((uint64_t)1 << 18)

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_machine_options machine;
    dll_arguments dlls; /* with any of them the process is started */
    pel_touch touch;
    bool touch_given, pages;
    const char *physmem, *minidump;
    const char *file;
} arguments;

enum { KEY_PHYSMEM = 0x300, KEY_MINIDUMP, KEY_TOUCH, KEY_PAGES };

/* ---- arguments --------------------------------------------------------- */

static void check_all(const arguments *a, struct argp_state *state)
{
    if (!a->file)
        argp_error(state, "a FILE is missing");
    else if (!a->physmem && !a->minidump)
        argp_error(state, "nothing to write: --physmem=OUT or --minidump=OUT is missing");
    else if (a->physmem && a->minidump && strcmp(a->physmem, a->minidump) == 0)
        argp_error(state, "--physmem and --minidump cannot be the same file");
}

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
    case KEY_PHYSMEM: a->physmem = arg; return 0;
    case KEY_MINIDUMP: a->minidump = arg; return 0;
    case KEY_PAGES: a->pages = true; return 0;
    case KEY_TOUCH:
        if (pel_touch_from_name(arg, &a->touch) != PEL_OK)
            argp_error(state, "--touch takes none, entry or all, not '%s'", arg);
        a->touch_given = true;
        return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "FILE", state); return 0;
    case ARGP_KEY_END: check_all(a, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "physmem", KEY_PHYSMEM, "OUT", 0, "Write the RAM of the machine to OUT", 1 },
    { "minidump", KEY_MINIDUMP, "OUT", 0, "Write the process as a minidump to OUT", 1 },
    { "touch", KEY_TOUCH, "PAGES", 0,
      "Make pages resident first: none, entry or all (default with --physmem)", 2 },
    { "pages", KEY_PAGES, NULL, 0, "List every page that has a valid entry", 2 },
    { 0 },
};
static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 },
                                              { &load_argp, 0, NULL, 0 },
                                              { &machine_argp, 0, NULL, 0 },
                                              { &dll_argp, 0, NULL, 0 },
                                              { 0 } };
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE", .children = children
};

/* ---- files ------------------------------------------------------------- */

/* Pages of zeros become holes: a small file may claim gigabytes of them. */
static pel_status write_sparse(void *ctx, const void *data, size_t size)
{
    static const uint8_t zero[PEL_PAGE_SIZE];
    FILE *to = ctx;
    if (size == sizeof zero && memcmp(data, zero, sizeof zero) == 0)
        return fseeko(to, (off_t)size, SEEK_CUR) == 0 ? PEL_OK : PEL_IO;
    return fwrite(data, 1, size, to) == size ? PEL_OK : PEL_IO;
}

/* A hole at the end has no byte behind it that would make the file as long as it should be. */
static pel_status end_sparse(FILE *to)
{
    off_t end = ftello(to);
    bool ok = end >= 0 && fflush(to) == 0 && ftruncate(fileno(to), end) == 0;
    return ok ? PEL_OK : PEL_IO;
}

typedef pel_status (*export_to)(pel_process *process, pel_export_report *report, pel_sink sink);

static pel_status physmem_to(pel_process *process, pel_export_report *report, pel_sink sink)
{
    pel_machine *machine = pel_space_machine(pel_process_space(process));
    return pel_export_physmem(machine, sink, &report->physmem_size);
}

static pel_status minidump_to(pel_process *process, pel_export_report *report, pel_sink sink)
{
    (void)process;
    return pel_export_minidump(report->source, sink, &report->info);
}

/* What was asked for, written but not in its place yet. */
typedef struct files {
    output_file all[2];
    size_t count;
} files;

static int add_file(files *f, const char *path, export_to export, pel_process *process,
                    pel_export_report *report)
{
    output_file *out = &f->all[f->count];
    if (!output_begin(out, path))
        return EXIT_INTERNAL;
    f->count++;
    if (f->count == 2 && output_same_place(&f->all[0], &f->all[1])) {
        complain(path, "is the place of both files");
        return EXIT_USAGE;
    }
    errno = 0;
    pel_status st =
        export(process, report, (pel_sink){ .write = write_sparse, .ctx = out->stream });
    if (st == PEL_OK)
        st = end_sparse(out->stream);
    if (st == PEL_OK)
        return EXIT_FINE;
    complain(path, strerror(st == PEL_IO ? errno : st == PEL_NO_MEMORY ? ENOMEM : EFBIG));
    return EXIT_INTERNAL;
}

/* All files are put in their places, or none. */
static int end_files(files *f, int status)
{
    bool fine = status == EXIT_FINE;
    for (size_t i = 0; i < f->count; i++) {
        if (!fine)
            output_drop(&f->all[i]);
        else if (output_end(&f->all[i], true) != EXIT_FINE)
            status = EXIT_INTERNAL;
    }
    return status;
}

/* ---- export ------------------------------------------------------------ */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int write_files(const arguments *a, pel_process *process, pel_export_report *report,
                       files *out)
{
    pel_status st = pel_export_touch(process, report->touch, TOUCH_MOST, &report->touched);
    int status = exit_of(st);
    if (st == PEL_IO)
        complain(a->file, strerror(errno));
    if (status == EXIT_FINE && a->physmem)
        status = add_file(out, a->physmem, physmem_to, process, report);
    if (status == EXIT_FINE && a->minidump)
        status = add_file(out, a->minidump, minidump_to, process, report);
    return status;
}

static int export_process(const arguments *a, const pel_image *image, pel_process *process,
                          const pel_verdict *verdict)
{
    files out = { .count = 0 };
    pel_export_process described = { .module_count = 0 };
    pel_export_report report = { .physmem = a->physmem,
                                 .minidump = a->minidump,
                                 .pages = a->pages,
                                 .source = &described.source,
                                 /* A minidump finds pages wherever they are. */
                                 .touch =
                                     a->touch_given || a->physmem ? a->touch : PEL_TOUCH_NONE };
    int status = EXIT_FINE;
    if (process) {
        status = exit_of(pel_export_describe(process, &a->load.load, name_of(a->file), &described));
        if (status == EXIT_FINE)
            status = write_files(a, process, &report, &out);
    }
    if (status == EXIT_FINE)
        status = exit_of(pel_dump_export(image, a->file, process, verdict, &report, &a->output.dump,
                                         stdout_sink));
    pel_export_release(&described);
    return end_files(&out, status);
}

/* With its DLLs, if there was a word about them. */
static bool start_with_dlls(const arguments *a, pel_process *process, dll_start *start,
                            pel_verdict *verdict)
{
    *start = (dll_start){ .schema = NULL };
    if (!a->dlls.given || !process || verdict->rule != PEL_RULE_NONE)
        return true;
    if (!dll_start_open(start, &a->dlls, a->file, a->load.load.seed))
        return false;
    pel_ntstatus nt = pel_process_start(process, &start->options);
    if (!pel_nt_success(nt))
        complain(a->file, "does not start (pelorus load tells why): exported without its DLLs");
    return true;
}

static int with_process(const arguments *a, const pel_image *image)
{
    pel_machine *machine;
    pel_process *process;
    pel_verdict verdict;
    if (!start_process(image, &a->load.load, &a->machine, &machine, &process, &verdict))
        return EXIT_INTERNAL;
    dll_start start;
    int status = start_with_dlls(a, process, &start, &verdict)
                     ? export_process(a, image, process, &verdict)
                     : EXIT_UNREADABLE;
    if (status == EXIT_FINE && (!process || verdict.rule != PEL_RULE_NONE))
        status = EXIT_FINDINGS;
    pel_process_free(process);
    pel_machine_free(machine);
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
        status = with_process(&a, image);
    pel_image_free(image);
    return status;
}

const command command_export = {
    .name = "export",
    .summary = "Write a process for QEMU (RAM, page tables) and for debuggers (minidump)",
    .examples = "  pelorus export --minidump=program.dmp program.exe\n"
                "  pelorus export --path=windows/system32 --minidump=program.dmp program.exe\n"
                "  pelorus export --physmem=ram.bin --pages --format=json program.exe\n"
                "  pelorus export --physmem=ram.bin --paging=pae --base=0x10000000 library.dll\n",
    .argp = &argp,
    .run = run,
};
