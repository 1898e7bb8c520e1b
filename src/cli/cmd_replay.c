/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* Numbers of frames: each policy is run with each of them. */
#define SIZES_MOST 1024

/* Text that is read at once; and so accesses of a block stay in the caches. */
#define BLOCK ((size_t)128 * 1024)

typedef struct arguments {
    output_options output;
    const char *file;
    pel_trace_text_options text;
    pel_policy policies[PEL_POLICY_COUNT];
    size_t policy_count;
    uint64_t frames[SIZES_MOST];
    size_t frame_count;
} arguments;

/* A replay under way: a replayer for each policy but OPT, and each number of frames. */
typedef struct replay {
    const arguments *a;
    pel_trace *trace;
    pel_trace_text *text;
    pel_replayer **replayers;
    pel_replay_result *results;
    bool keep; /* for OPT: the whole trace */
} replay;

enum { KEY_POLICY = 0x600, KEY_FRAMES, KEY_PAGE_SIZE, KEY_PAGES };

/* ---- arguments --------------------------------------------------------- */

static void add_policy(arguments *a, pel_policy policy)
{
    for (size_t i = 0; i < a->policy_count; i++)
        if (a->policies[i] == policy)
            return;
    a->policies[a->policy_count++] = policy;
}

static void all_policies(arguments *a)
{
    for (int i = 0; i < PEL_POLICY_COUNT; i++)
        add_policy(a, (pel_policy)i);
}

static void unknown_policy(const char *name, struct argp_state *state)
{
    const char *names[PEL_POLICY_COUNT];
    for (size_t i = 0; i < PEL_POLICY_COUNT; i++)
        names[i] = pel_policy_name((pel_policy)i);
    const char *near = nearest(name, names, PEL_POLICY_COUNT);
    argp_error(state, "--policy takes %s, %s, %s, %s, %s, %s or %s, not '%s'%s%s%s", names[0],
               names[1], names[2], names[3], names[4], names[5], names[6], name,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void parse_policies(arguments *a, char *arg, struct argp_state *state)
{
    char *rest = NULL;
    for (char *name = strtok_r(arg, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        pel_policy policy;
        if (pel_policy_from_name(name, &policy) != PEL_OK)
            unknown_policy(name, state);
        else
            add_policy(a, policy);
    }
}

/* N, A-B or A-B/STEP. */
static bool parse_range(char *text, uint64_t *first, uint64_t *last, uint64_t *step)
{
    char *dash = strchr(text, '-'), *slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    if (dash)
        *dash = '\0';
    *step = 1;
    bool ok = parse_number(text, first) && (!slash || (dash && parse_number(slash + 1, step)));
    *last = *first;
    ok = ok && (!dash || parse_number(dash + 1, last));
    return ok && *first > 0 && *step > 0 && *first <= *last;
}

static void parse_frames(arguments *a, char *arg, struct argp_state *state)
{
    char *rest = NULL;
    for (char *part = strtok_r(arg, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
        uint64_t first, last, step;
        if (!parse_range(part, &first, &last, &step)) {
            argp_error(state, "--frames takes N, A-B or A-B/STEP, from 1 up");
            return;
        }
        if ((last - first) / step >= SIZES_MOST - a->frame_count) {
            argp_error(state, "--frames: more than %d numbers", SIZES_MOST);
            return;
        }
        for (uint64_t i = 0; i <= (last - first) / step; i++)
            a->frames[a->frame_count++] = first + i * step;
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Ascending, each number once. */
static void settle_frames(arguments *a)
{
    static const uint64_t few[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    static const uint64_t many[] = { 8, 16, 32, 64, 128, 256, 512, 1024 };
    size_t used = 0;
    if (a->frame_count == 0) {
        memcpy(a->frames, a->text.pages ? few : many, sizeof few);
        a->frame_count = sizeof few / sizeof few[0];
    }
    qsort(a->frames, a->frame_count, sizeof a->frames[0], by_size);
    for (size_t i = 0; i < a->frame_count; i++)
        if (used == 0 || a->frames[i] != a->frames[used - 1])
            a->frames[used++] = a->frames[i];
    a->frame_count = used;
}

static void parse_page_size(arguments *a, const char *arg, struct argp_state *state)
{
    if (!parse_number(arg, &a->text.page_size) || !pel_is_power_of_two(a->text.page_size) ||
        a->text.page_size < 16 || a->text.page_size >> 40 > 1)
        argp_error(state, "--page-size takes a power of two from 16 on, not '%s'", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &a->output; return 0;
    case KEY_POLICY: parse_policies(a, arg, state); return 0;
    case KEY_FRAMES: parse_frames(a, arg, state); return 0;
    case KEY_PAGE_SIZE: parse_page_size(a, arg, state); return 0;
    case KEY_PAGES: a->text.pages = true; return 0;
    case ARGP_KEY_ARG:
        if (a->file)
            argp_error(state, "one trace only");
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->policy_count == 0)
            all_policies(a);
        settle_frames(a);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "policy", KEY_POLICY, "NAME[,NAME]", 0,
      "windows, fifo, lru, clock, aging, wsclock, opt; default: all. opt needs the whole trace in "
      "memory",
      1 },
    { "frames", KEY_FRAMES, "N|A-B|A-B/STEP", 0,
      "Numbers of frames, several with commas; default: 8, 16, 32 and so on to 1024; with --pages "
      "1-8. Of more than 40 the table shows some; --format=json has all",
      1 },
    { "page-size", KEY_PAGE_SIZE, "BYTES", 0, "Bytes of a page; default 4096", 1 },
    { "pages", KEY_PAGES, NULL, 0, "The numbers are pages, as in textbooks; many in a line", 1 },
    { 0 },
};

static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options, .parser = parse, .args_doc = "[TRACE]", .children = children
};

/* ---- running ----------------------------------------------------------- */

static pel_replayer **replayer_of(const replay *r, size_t policy, size_t size)
{
    return &r->replayers[policy * r->a->frame_count + size];
}

static pel_status open_replay(replay *r)
{
    size_t count = r->a->policy_count * r->a->frame_count;
    r->replayers = calloc(count, sizeof *r->replayers);
    r->results = calloc(count, sizeof *r->results);
    if (!r->replayers || !r->results)
        return PEL_NO_MEMORY;
    PEL_TRY(pel_trace_new(NULL, &r->trace));
    PEL_TRY(pel_trace_text_new(r->trace, &r->a->text, &r->text));
    for (size_t p = 0; p < r->a->policy_count; p++) {
        pel_policy policy = r->a->policies[p];
        r->keep = r->keep || policy == PEL_POLICY_OPT;
        for (size_t i = 0; i < r->a->frame_count && policy != PEL_POLICY_OPT; i++)
            PEL_TRY(pel_replayer_new(NULL, policy, r->a->frames[i], replayer_of(r, p, i)));
    }
    return PEL_OK;
}

static void close_replay(replay *r)
{
    for (size_t i = 0; r->replayers && i < r->a->policy_count * r->a->frame_count; i++)
        pel_replayer_free(r->replayers[i]);
    free(r->replayers);
    free(r->results);
    pel_trace_text_free(r->text);
    pel_trace_free(r->trace);
}

/* What was read since the last time, for everyone. */
static pel_status follow(replay *r)
{
    size_t count = r->a->policy_count * r->a->frame_count;
    for (size_t i = 0; i < count; i++)
        if (r->replayers[i])
            PEL_TRY(pel_replayer_follow(r->replayers[i], r->trace));
    if (!r->keep)
        pel_trace_forget(r->trace);
    return PEL_OK;
}

/* read(2) and not stdio: blocks go from the pipe to the parser without a copy. */
static pel_status read_trace(replay *r, int fd)
{
    static char block[BLOCK];
    for (;;) {
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return PEL_IO;
        PEL_TRY(n > 0 ? pel_trace_text_feed(r->text, block, (size_t)n)
                      : pel_trace_text_end(r->text));
        PEL_TRY(follow(r));
        if (n == 0)
            return PEL_OK;
    }
}

static pel_status finish(replay *r)
{
    const arguments *a = r->a;
    for (size_t p = 0; p < a->policy_count; p++) {
        pel_replay_result *results = r->results + p * a->frame_count;
        if (a->policies[p] == PEL_POLICY_OPT)
            PEL_TRY(pel_replay_curve(r->trace, PEL_POLICY_OPT, a->frames, a->frame_count, results));
        for (size_t i = 0; i < a->frame_count && a->policies[p] != PEL_POLICY_OPT; i++)
            results[i] = pel_replayer_result(*replayer_of(r, p, i));
    }
    return PEL_OK;
}

static int show(const replay *r, const char *path)
{
    const arguments *a = r->a;
    uint64_t page_size = a->text.page_size ? a->text.page_size : 4096;
    pel_replay_study study = {
        .path = path,
        .page_size = a->text.pages ? 0 : page_size,
        .accesses = pel_trace_length(r->trace),
        .pages = pel_trace_pages(r->trace),
        .frames = a->frames,
        .frame_count = a->frame_count,
        .policies = a->policies,
        .policy_count = a->policy_count,
        .results = r->results,
    };
    return exit_of(pel_dump_replay(&study, &a->output.dump, stdout_sink));
}

static int complain_about(const replay *r, pel_status status, const char *path)
{
    if (status == PEL_IO)
        complain(path, strerror(errno));
    else if (status == PEL_MALFORMED)
        complain(path, pel_trace_text_error(r->text));
    else
        complain(path, status == PEL_NO_MEMORY ? "not enough memory" : pel_status_name(status));
    return status == PEL_IO || status == PEL_MALFORMED ? EXIT_UNREADABLE : EXIT_INTERNAL;
}

static int run_trace(const arguments *a, int fd, const char *path)
{
    replay r = { .a = a };
    pel_status st = open_replay(&r);
    if (st == PEL_OK)
        st = read_trace(&r, fd);
    if (st == PEL_OK)
        st = finish(&r);
    int status = st == PEL_OK ? show(&r, path) : complain_about(&r, st, path);
    close_replay(&r);
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .file = NULL };
    parse_arguments(self, argc, argv, &a);
    settle_output(&a.output);
    if (!a.file || strcmp(a.file, "-") == 0)
        return run_trace(&a, STDIN_FILENO, "standard input");
    int fd = open(a.file, O_RDONLY);
    if (fd < 0) {
        complain(a.file, strerror(errno));
        return EXIT_UNREADABLE;
    }
    int status = run_trace(&a, fd, a.file);
    close(fd);
    return status;
}

const command command_replay = {
    .name = "replay",
    .summary = "Count the page faults of an access trace, by replacement policy and frames",
    .examples = "  echo 1,2,3,4,1,2,5,1,2,3,4,5 | pelorus replay --pages --policy=fifo,lru\n"
                "  valgrind --tool=lackey --trace-mem=yes --log-file=trace.txt ls\n"
                "  pelorus replay --frames=16-256/16 trace.txt\n",
    .argp = &argp,
    .run = run,
};
