/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/cli.h"

/* ---- numbers and words ------------------------------------------------- */

bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits) ||
        digits[0] == '\0')
        return false;
    errno = 0;
    *out = strtoull(digits, &end, hex ? 16 : 10);
    return errno == 0 && *end == '\0';
}

/* Levenshtein distance, of short words. */
#define WORD_MAX 32

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            row[j] = smaller(smaller(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[m];
}

const char *nearest(const char *word, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t least = 3; /* two slips at most */
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, words[i]);
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

void take_one(const char **to, const char *argument, const char *what, struct argp_state *state)
{
    if (*to)
        argp_error(state, "one %s only", what);
    *to = argument;
}

/* ---- output options ---------------------------------------------------- */

enum { KEY_COLOR = 0x100, KEY_ASCII, KEY_HEX, KEY_TIMEOUT, KEY_MEMORY, KEY_ONLY };

static void out_of_time(int signal_number)
{
    static const char message[] = "pelorus: the time limit is reached\n";
    (void)signal_number;
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
        _exit(EXIT_INTERNAL);
    _exit(EXIT_INTERNAL);
}

static bool limit_memory(uint64_t mebibytes)
{
    struct rlimit limit = { .rlim_cur = mebibytes << 20, .rlim_max = mebibytes << 20 };
    return setrlimit(RLIMIT_AS, &limit) == 0;
}

/* The keys stay where they are, in the argument: it is ours to cut. */
static void parse_only(output_options *o, char *arg, struct argp_state *state)
{
    char *rest = NULL;
    o->dump.only = o->only; /* given again, it adds */
    for (char *key = strtok_r(arg, ",", &rest); key; key = strtok_r(NULL, ",", &rest)) {
        if (o->dump.only_count == sizeof o->only / sizeof o->only[0])
            argp_error(state, "--only: too many keys");
        o->only[o->dump.only_count++] = key;
    }
}

static void parse_format(output_options *o, const char *arg, struct argp_state *state)
{
    static const char *const names[] = { "text", "json", "yaml" };
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(arg, names[i]) == 0) {
            o->dump.format = (pel_format)i;
            return;
        }
    }
    const char *near = nearest(arg, names, 3);
    argp_error(state, "--format takes text, json or yaml, not '%s'%s%s%s", arg,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void parse_color(output_options *o, const char *arg, struct argp_state *state)
{
    if (strcmp(arg, "auto") == 0)
        o->color = COLOR_AUTO;
    else if (strcmp(arg, "always") == 0)
        o->color = COLOR_ALWAYS;
    else if (strcmp(arg, "never") == 0)
        o->color = COLOR_NEVER;
    else
        argp_error(state, "--color takes auto, always or never, not '%s'", arg);
}

static error_t parse_format_group(int key, char *arg, struct argp_state *state)
{
    output_options *o = state->input;
    uint64_t number = 0;
    switch (key) {
    case 'f': parse_format(o, arg, state); return 0;
    case KEY_COLOR: parse_color(o, arg, state); return 0;
    case KEY_ASCII: o->dump.ascii = true; return 0;
    case KEY_HEX: o->dump.hex = true; return 0;
    case KEY_TIMEOUT:
        if (!parse_number(arg, &number) || number == 0 || number > 1000000)
            argp_error(state, "--timeout takes whole seconds, not '%s'", arg);
        signal(SIGALRM, out_of_time);
        alarm((unsigned)number);
        return 0;
    case KEY_MEMORY:
        if (!parse_number(arg, &number) || number < 8 || number >> 40 || !limit_memory(number))
            argp_error(state, "--max-memory takes MiB, 8 at least, not '%s'", arg);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option format_list[] = {
    { "format", 'f', "FORMAT", 0, "text (for people), json or yaml", 10 },
    { "color", KEY_COLOR, "WHEN", 0, "auto, always or never (also: NO_COLOR)", 10 },
    { "ascii", KEY_ASCII, NULL, 0, "Draw with ASCII characters only", 10 },
    { "hex", KEY_HEX, NULL, 0, "JSON: addresses as \"0x...\" strings", 10 },
    { "timeout", KEY_TIMEOUT, "SECONDS", 0, "Give up after that long", 11 },
    { "max-memory", KEY_MEMORY, "MIB", 0, "Use no more address space than that", 11 },
    { 0 },
};

const struct argp format_argp = { .options = format_list, .parser = parse_format_group };

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->input; return 0;
    case KEY_ONLY: parse_only(state->input, arg, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option output_list[] = {
    { "only", KEY_ONLY, "KEY[,KEY]", 0, "Show these keys of the document only", 10 },
    { 0 },
};
static const struct argp_child output_children[] = { { &format_argp, 0, NULL, 0 }, { 0 } };

const struct argp output_argp = { .options = output_list,
                                  .parser = parse_output,
                                  .children = output_children };

static bool terminal_speaks_utf8(void)
{
    const char *locale = getenv("LC_ALL");
    if (!locale || !*locale)
        locale = getenv("LC_CTYPE");
    if (!locale || !*locale)
        locale = getenv("LANG");
    /* A pipe or a file gets the full drawing; only a terminal that says otherwise does not. */
    return !isatty(STDOUT_FILENO) || !locale || !*locale || strstr(locale, "UTF-8") ||
           strstr(locale, "utf8");
}

/* Columns of the terminal; 0: it is none, or does not tell. */
static unsigned terminal_width(void)
{
    uint64_t columns = 0;
    struct winsize size = { .ws_col = 0 };
    const char *told = getenv("COLUMNS");
    if (!isatty(STDOUT_FILENO))
        return 0;
    if (told && parse_number(told, &columns) && columns > 0 && columns < 10000)
        return (unsigned)columns;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void settle_output(output_options *o)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = (no_color && *no_color) || (term && strcmp(term, "dumb") == 0);
    o->dump.color =
        o->color == COLOR_ALWAYS || (o->color == COLOR_AUTO && !plain && isatty(STDOUT_FILENO));
    o->dump.ascii = o->dump.ascii || !terminal_speaks_utf8();
    o->dump.width = terminal_width();
}

/* ---- load options ------------------------------------------------------ */

/* Small, so that it can be typed again. */
static uint64_t drawn_seed(void)
{
    uint32_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint32_t)getpid();
    fprintf(stderr, "pelorus: --aslr=%" PRIu32 " was drawn\n", seed);
    return seed;
}

enum { KEY_AS = 0x200, KEY_HOST, KEY_BASE, KEY_ASLR, KEY_REWRITE, KEY_KEEP };

static void parse_windows(load_arguments *a, const char *arg, struct argp_state *state)
{
    if (pel_windows_from_name(arg, &a->load.windows) != PEL_OK)
        argp_error(state, "--as takes xp, 7, 8, 10, 11 or uefi, not '%s'", arg);
    if (a->load.windows == PEL_WINDOWS_UEFI && !a->judges)
        argp_error(state, "--as=uefi judges images (pelorus check); memory is laid out as Windows "
                          "does it only");
}

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
    load_arguments *a = state->input;
    pel_load_options *o = &a->load;
    switch (key) {
    case KEY_AS: parse_windows(a, arg, state); return 0;
    case KEY_HOST:
        if (pel_host_from_name(arg, &o->host) != PEL_OK)
            argp_error(state, "--host takes x86, x64 or arm64, not '%s'", arg);
        return 0;
    case KEY_BASE:
        if (!parse_number(arg, &o->base.v))
            argp_error(state, "--base takes an address, not '%s'", arg);
        o->has_base = true;
        return 0;
    case KEY_ASLR:
        if (arg && !parse_number(arg, &o->seed))
            argp_error(state, "--aslr takes a seed, not '%s'", arg);
        if (!arg)
            o->seed = drawn_seed();
        o->aslr = true;
        return 0;
    case KEY_REWRITE: o->header = PEL_HEADER_REWRITE; return 0;
    case KEY_KEEP: o->header = PEL_HEADER_KEEP; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* A verdict is about the file: nothing of it depends on where the image would go. */
static const struct argp_option judge_list[] = {
    { "as", KEY_AS, "VERSION", 0, "Windows version: xp, 7, 8, 10 or 11 (default); or uefi", 5 },
    { "host", KEY_HOST, "HOST", 0, "Host: x86, x64 (default) or arm64", 5 },
    { 0 },
};

const struct argp judge_argp = { .options = judge_list, .parser = parse_load };

static const struct argp_option load_list[] = {
    { "as", KEY_AS, "VERSION", 0, "Windows version: xp, 7, 8, 10 or 11 (default); check: or uefi",
      5 },
    { "host", KEY_HOST, "HOST", 0, "Host: x86, x64 (default) or arm64", 5 },
    { "base", KEY_BASE, "ADDR", 0, "Map at ADDR, a multiple of 64 KiB", 6 },
    { "aslr", KEY_ASLR, "SEED", OPTION_ARG_OPTIONAL,
      "Choose the base as ASLR would, from SEED, or from one that is drawn and told", 6 },
    { "relocate-header", KEY_REWRITE, NULL, 0, "Rewrite ImageBase in the header when it moves", 6 },
    { "keep-header", KEY_KEEP, NULL, 0, "Leave ImageBase in the header as it is", 6 },
    { 0 },
};

const struct argp load_argp = { .options = load_list, .parser = parse_load };

/* ---- view options ------------------------------------------------------ */

enum { KEY_VIEW = 0x2c0 };

static error_t parse_view(int key, char *arg, struct argp_state *state)
{
    pel_image_options *o = state->input;
    if (key != KEY_VIEW)
        return ARGP_ERR_UNKNOWN;
    if (strcmp(arg, "ec") == 0)
        o->view = PEL_VIEW_EC;
    else if (strcmp(arg, "native") == 0)
        o->view = PEL_VIEW_NATIVE;
    else
        argp_error(state, "--view takes native or ec, not '%s'", arg);
    return 0;
}

static const struct argp_option view_list[] = {
    { "view", KEY_VIEW, "VIEW", 0, "Of an ARM64X file: native (default), or ec, as x64 sees it",
      7 },
    { 0 },
};

const struct argp view_argp = { .options = view_list, .parser = parse_view };

/* ---- machine options --------------------------------------------------- */

enum { KEY_PAGING = 0x280 };

static error_t parse_machine(int key, char *arg, struct argp_state *state)
{
    pel_machine_options *o = state->input;
    if (key != KEY_PAGING)
        return ARGP_ERR_UNKNOWN;
    if (pel_paging_from_name(arg, &o->paging) != PEL_OK)
        argp_error(state, "--paging takes x64, la57, pae or x86, not '%s'", arg);
    return 0;
}

static const struct argp_option machine_list[] = {
    { "paging", KEY_PAGING, "MODE", 0, "Page tables: x64 (default), la57, pae or x86", 7 },
    { 0 },
};

const struct argp machine_argp = { .options = machine_list, .parser = parse_machine };

/* ---- layout option ----------------------------------------------------- */

enum { KEY_LAYOUT = 0x2e0 };

static error_t parse_layout(int key, char *arg, struct argp_state *state)
{
    pel_image_options *o = state->input;
    if (key != KEY_LAYOUT)
        return ARGP_ERR_UNKNOWN;
    if (pel_layout_from_name(arg, &o->layout) != PEL_OK)
        argp_error(state, "--layout takes file or memory, not '%s'", arg);
    return 0;
}

static const struct argp_option layout_list[] = {
    { "layout", KEY_LAYOUT, "LAYOUT", 0, "FILE is a file (default), or a dump of memory", 3 },
    { 0 },
};

const struct argp layout_argp = { .options = layout_list, .parser = parse_layout };

/* ---- parsing ----------------------------------------------------------- */

static void show_help(const command *c, bool all)
{
    char name[64];
    snprintf(name, sizeof name, "pelorus %s", c->name);
    if (all)
        printf("%s\n\nExamples:\n%s\n", c->summary, c->examples);
    argp_help(c->argp, stdout,
              all ? ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC : ARGP_HELP_SHORT_USAGE, name);
    if (!all)
        printf("%s\n`%s --help` shows examples and options.\n", c->summary, name);
    exit(EXIT_FINE);
}

/* The names of all long options of a command, those of its groups included. */
static size_t list_options(const struct argp *argp, const char **names, size_t used, size_t most)
{
    for (const struct argp_option *o = argp->options; o && (o->name || o->key); o++)
        if (o->name && used < most)
            names[used++] = o->name;
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        used = list_options(c->argp, names, used, most);
    return used;
}

/* getopt accepts any beginning of a name. What is the beginning of none gets a suggestion; that it
 * is no option is then said by argp. */
static void suggest_option(const command *c, const char *argument)
{
    const char *names[64], *word = argument + 2;
    char name[WORD_MAX + 1];
    size_t count = list_options(c->argp, names, 0, 64), length = strcspn(word, "=");
    if (strncmp(argument, "--", 2) != 0 || length == 0 || length > WORD_MAX)
        return;
    for (size_t i = 0; i < count; i++)
        if (strncmp(names[i], word, length) == 0)
            return;
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const char *near = nearest(name, names, count);
    if (near)
        fprintf(stderr, "pelorus: did you mean '--%s'?\n", near);
}

void parse_arguments(const command *c, int argc, char **argv, void *input)
{
    char name[64];
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0)
            show_help(c, true);
        else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--usage") == 0)
            show_help(c, false);
        else
            suggest_option(c, argv[i]);
    }
    snprintf(name, sizeof name, "pelorus %s", c->name);
    argv[0] = name;
    error_t err = argp_parse(c->argp, argc, argv, ARGP_NO_HELP, NULL, input);
    if (err)
        exit(EXIT_INTERNAL);
}
