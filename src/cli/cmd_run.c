/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scenario_files.h"

typedef struct arguments {
    output_options output;
    pel_scenario_options run;
    pel_policy curves[PEL_POLICY_COUNT];
    bool step;
    const char *events, *file;
} arguments;

enum { KEY_SEED = 0x500, KEY_EVENTS, KEY_STEP, KEY_WHY, KEY_CURVE, KEY_FOLDER };

/* ---- arguments ----------------------------------------------------------- */

static void parse_policy(arguments *a, const char *word, struct argp_state *state)
{
    const char *names[PEL_POLICY_COUNT];
    for (size_t i = 0; i < PEL_POLICY_COUNT; i++)
        names[i] = pel_policy_name((pel_policy)i);
    if (a->run.curve_count == PEL_POLICY_COUNT)
        argp_error(state, "--curve: more policies than there are");
    if (pel_policy_from_name(word, &a->curves[a->run.curve_count++]) == PEL_OK)
        return;
    const char *near = nearest(word, names, PEL_POLICY_COUNT);
    argp_error(state, "--curve: '%s' is no policy%s%s%s", word, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "");
}

static void parse_curve(arguments *a, char *arg, struct argp_state *state)
{
    char *rest = NULL;
    a->run.all_curves = arg == NULL;
    a->run.curves = a->curves;
    for (char *word = arg ? strtok_r(arg, ",", &rest) : NULL; word;
         word = strtok_r(NULL, ",", &rest))
        parse_policy(a, word, state);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->output; return 0;
    case KEY_SEED:
        if (!parse_number(arg, &a->run.seed))
            argp_error(state, "--seed takes a number, not '%s'", arg);
        a->run.has_seed = true;
        return 0;
    case KEY_EVENTS: a->events = arg; return 0;
    case KEY_STEP: a->step = true; return 0;
    case KEY_WHY: a->run.why = arg; return 0;
    case KEY_CURVE: parse_curve(a, arg, state); return 0;
    case KEY_FOLDER: a->run.page_file_folder = arg; return 0;
    case ARGP_KEY_ARG: take_one(&a->file, arg, "SCENARIO", state); return 0;
    case ARGP_KEY_END:
        if (!a->file)
            argp_error(state, "a SCENARIO is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "seed", KEY_SEED, "N", 0, "Use this seed instead of the scenario's", 1 },
    { "step", KEY_STEP, NULL, 0, "Show the state after each step; on a terminal wait for Enter",
      1 },
    { "why", KEY_WHY, "STEP", 0, "Tell the access of step STEP (a number as shown) in detail", 1 },
    { "curve", KEY_CURVE, "POLICY,...", OPTION_ARG_OPTIONAL,
      "Show faults over the number of frames, for these policies (default: all)", 1 },
    { "events", KEY_EVENTS, "FILE", 0, "Write each event as a line of JSON to FILE", 2 },
    { "page-files", KEY_FOLDER, "FOLDER", 0,
      "Make page files in FOLDER (default: TMPDIR, or /var/tmp)", 2 },
    { 0 },
};
static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "SCENARIO", .children = children
};

/* ---- step by step -------------------------------------------------------- */

/* Wait for Enter where somebody is there to press it; "q" ends. */
static bool wait_for_enter(void *ctx)
{
    char line[64];
    (void)ctx;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return true;
    fflush(stdout);
    fputs("[Enter: next step, q: end] ", stderr);
    return fgets(line, sizeof line, stdin) && line[0] != 'q';
}

/* ---- events -------------------------------------------------------------- */

static pel_status write_event(void *ctx, const void *data, size_t size)
{
    output_file *out = ctx;
    return fwrite(data, 1, size, out->stream) == size ? PEL_OK : PEL_IO;
}

/* ---- run ----------------------------------------------------------------- */

static void complain_at(const char *path, const pel_scenario_error *error)
{
    char place[4200];
    if (error->line)
        snprintf(place, sizeof place, "%s:%zu:%zu", path, error->line, error->column);
    else
        snprintf(place, sizeof place, "%s", path);
    complain(place, error->message);
}

/* Whose fault it was. */
static int exit_of_run(const arguments *a, pel_status st, const pel_scenario_result *result,
                       const pel_scenario_error *error)
{
    if (st == PEL_OK)
        return result->failed ? EXIT_FINDINGS : EXIT_FINE;
    if (!error->message[0]) /* the output, or a key of --only */
        return st == PEL_NOT_FOUND && result->failed ? EXIT_FINDINGS : exit_of(st);
    complain_at(a->file, error);
    if (st == PEL_NOT_FOUND)
        return EXIT_USAGE;
    if (result->failed && !error->host) /* what went wrong first */
        return EXIT_FINDINGS;
    if (st == PEL_MALFORMED || st == PEL_LIMIT)
        return EXIT_UNREADABLE;
    return st == PEL_IO && !error->host ? EXIT_UNREADABLE : EXIT_INTERNAL;
}

static int run_scenario(arguments *a, const pel_scenario *scenario)
{
    pel_scenario_result result;
    pel_scenario_error error;
    scenario_files files;
    scenario_files_init(&files, a->file);
    a->run.files = (pel_scenario_files){ .open = scenario_files_open, .ctx = &files };
    pel_status st =
        pel_scenario_run(scenario, a->file, &a->run, &a->output.dump, stdout_sink, &result, &error);
    int status = exit_of_run(a, st, &result, &error);
    scenario_files_free(&files);
    return status;
}

static int run_with_events(arguments *a, const pel_scenario *scenario)
{
    output_file log;
    if (!a->events)
        return run_scenario(a, scenario);
    if (!output_begin(&log, a->events))
        return EXIT_INTERNAL;
    a->run.events = (pel_sink){ .write = write_event, .ctx = &log };
    int status = run_scenario(a, scenario);
    bool whole = status == EXIT_FINE || status == EXIT_FINDINGS;
    if (!whole) {
        output_drop(&log);
        return status;
    }
    int end = output_end(&log, true);
    return end == EXIT_FINE ? status : end;
}

static pel_scenario *open_scenario(const char *path)
{
    pel_scenario *scenario = NULL;
    pel_scenario_error error;
    size_t size;
    char *text = read_all(path, &size);
    if (!text) {
        complain(path, strerror(errno));
        return NULL;
    }
    pel_span bytes = { (const uint8_t *)text, size };
    if (pel_scenario_parse(bytes, NULL, &scenario, &error) != PEL_OK)
        complain_at(path, &error);
    free(text);
    return scenario;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    if (a.step)
        a.run.pause = wait_for_enter;
    pel_scenario *scenario = open_scenario(a.file);
    if (!scenario)
        return EXIT_UNREADABLE;
    int status = run_with_events(&a, scenario);
    pel_scenario_free(scenario);
    return status;
}

const command command_run = {
    .name = "run",
    .summary = "Run a scenario: processes, accesses, paging, and what is expected",
    .examples = "  pelorus run samples/scenarios/copy-on-write.yaml\n"
                "  pelorus run --step samples/scenarios/thrashing.yaml\n"
                "  pelorus run --curve=fifo,lru samples/scenarios/belady.yaml\n"
                "  pelorus run --events=events.ndjson --format=json scenario.yaml\n",
    .argp = &argp,
    .run = run,
};
