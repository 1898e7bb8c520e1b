/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define FOLDERS_MOST 64
#define PATH_MOST    4096

typedef struct arguments {
    output_options output;
    load_arguments load;
    pel_machine_options machine;
    pel_start_options start;
    const char *folders[FOLDERS_MOST];
    size_t folder_count;
    const char *schema;
    const char *file;
} arguments;

enum { KEY_PATH = 0x300, KEY_STUB, KEY_DELAY, KEY_API_SETS };

/* ---- arguments --------------------------------------------------------- */

static void add_folder(arguments *a, const char *folder, struct argp_state *state)
{
    if (a->folder_count == FOLDERS_MOST)
        argp_error(state, "--path: too many folders");
    else
        a->folders[a->folder_count++] = folder;
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
    case KEY_PATH: add_folder(a, arg, state); return 0;
    case KEY_STUB: a->start.stub_missing = true; return 0;
    case KEY_DELAY: a->start.bind_delay = true; return 0;
    case KEY_API_SETS: a->schema = arg; return 0;
    case ARGP_KEY_ARG:
        if (a->file)
            argp_error(state, "one FILE only");
        a->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "a FILE is missing"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "path", KEY_PATH, "FOLDER", 0, "Look for DLLs in FOLDER; may be given several times", 1 },
    { "stub-missing", KEY_STUB, NULL, 0, "Go on without what is missing: its slots get traps", 1 },
    { "bind-delay", KEY_DELAY, NULL, 0, "Bind delay imports, too", 1 },
    { "api-sets", KEY_API_SETS, "FILE", 0,
      "Take API sets from this apisetschema.dll (default: that in FOLDER, or built in)", 1 },
    { 0 },
};
static const struct argp_child children[] = {
    { &output_argp, 0, NULL, 0 }, { &load_argp, 0, NULL, 0 }, { &machine_argp, 0, NULL, 0 }, { 0 }
};
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "FILE", .children = children
};

/* ---- where DLLs are ---------------------------------------------------- */

/* The program's own folder is searched first, as on Windows. */
static bool add_own_folder(pel_search_path *path, const char *file)
{
    char folder[PATH_MOST];
    const char *slash = strrchr(file, '/');
    size_t len = slash ? (size_t)(slash - file) : 1;
    if (slash == file)
        len = 1;
    if (len >= sizeof folder)
        return false;
    memcpy(folder, slash ? file : ".", len);
    folder[len] = '\0';
    return pel_search_path_add_folder(path, folder, PEL_FOLDER_APPLICATION) == PEL_OK;
}

static pel_search_path *open_path(const arguments *a)
{
    pel_search_path *path;
    if (pel_search_path_new(NULL, &path) != PEL_OK) {
        complain("memory", pel_status_name(PEL_NO_MEMORY));
        return NULL;
    }
    const char *wrong = NULL;
    if (!add_own_folder(path, a->file))
        wrong = a->file;
    for (size_t i = 0; i < a->folder_count && !wrong; i++)
        if (pel_search_path_add_folder(path, a->folders[i], PEL_FOLDER_SYSTEM) != PEL_OK)
            wrong = a->folders[i];
    if (!wrong)
        return path;
    complain(wrong, strerror(errno));
    pel_search_path_free(path);
    return NULL;
}

/* ---- load -------------------------------------------------------------- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

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

/* With the API sets that were asked for. */
static int load_with_schema(const arguments *a, const pel_image *image, pel_start_options *start)
{
    pel_api_sets sets;
    int status = EXIT_UNREADABLE;
    if (!a->schema)
        return load(a, image, start);
    pel_image *schema = open_image(a->schema, NULL);
    if (!schema)
        return status;
    start->api_sets = &sets;
    if (pel_api_sets_of(schema, &sets) == PEL_OK)
        status = load(a, image, start);
    else
        complain(a->schema, "has no API set schema of a version that is known");
    pel_image_free(schema);
    return status;
}

static int load_image(const arguments *a, const pel_image *image)
{
    pel_start_options start = a->start;
    start.path = open_path(a);
    start.name = name_of(a->file);
    start.seed = a->load.load.seed;
    if (!start.path)
        return EXIT_UNREADABLE;
    int status = load_with_schema(a, image, &start);
    pel_search_path_free(start.path);
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    pel_image *image = open_image(a.file, NULL);
    if (!image)
        return EXIT_UNREADABLE;
    int status = EXIT_UNREADABLE;
    if (pel_image_is_pe(image))
        status = load_image(&a, image);
    else
        complain(a.file, "is not a PE file");
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
