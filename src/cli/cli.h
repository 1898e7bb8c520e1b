/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_CLI_H
#define PEL_CLI_CLI_H

/* The command: a client of the library like any other, public headers only. */

#include <argp.h>
#include <pelorus/pelorus.h>
#include <stdio.h>

/* Exit statuses: a promise to scripts. */
enum {
    EXIT_FINE = 0,
    EXIT_FINDINGS = 1, /* refused, differs, cases failed */
    EXIT_USAGE = 2,
    EXIT_UNREADABLE = 3, /* the input cannot be read, or is no PE file at all */
    EXIT_SOME = 4,       /* some inputs failed */
    EXIT_INTERNAL = 5,
};

typedef struct command {
    const char *name;
    const char *summary;
    const char *examples; /* shown first by --help */
    const struct argp *argp;
    int (*run)(const struct command *command, int argc, char **argv);
} command;

extern const command command_dump, command_check, command_map, command_translate, command_why,
    command_load, command_verify, command_run, command_replay, command_export, command_extract,
    command_build, command_explain;

/** Say on stderr that a file is of a kind that is no image (an object, an archive, ...); for all
 * others that it is not a PE file, if it is `always` to be said. */
void complain_no_image(const char *path, const pel_image *image, bool always);

/** Every command, NULL at the end. */
extern const command *const commands[];

/** Parse with the command's argp; -h and --help, usage errors and --version end the program. */
void parse_arguments(const command *command, int argc, char **argv, void *input);

/** The known word nearest to `word`, for "did you mean"; NULL when none is near. */
const char *nearest(const char *word, const char *const *words, size_t count);

/* ---- option groups that commands share --------------------------------- */

/* --format, --color, --ascii, --hex, --timeout, --max-memory (format_argp); and --only
 * (output_argp) */
typedef struct output_options {
    pel_dump_options dump;
    enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
    const char *only[64];
} output_options;

/* --as, --host, --base, --aslr, --relocate-header, --keep-header */
typedef struct load_arguments {
    pel_load_options load;
    bool judges; /* of the command: it maps nothing, and so takes --as=uefi, too */
} load_arguments;

/* --paging: pel_machine_options; --layout, --view: pel_image_options */

extern const struct argp output_argp, format_argp, load_argp, machine_argp, layout_argp, view_argp;
extern const struct argp judge_argp; /* of load_argp, what judging needs */

/** Settle what depends on the terminal; call after parsing. */
void settle_output(output_options *output);

/** Take the one argument that a command has; a second `what` is an error. */
void take_one(const char **to, const char *argument, const char *what, struct argp_state *state);

/** A number: decimal, or hexadecimal with 0x. False for anything else. */
bool parse_number(const char *text, uint64_t *out);

/* ---- output ------------------------------------------------------------ */

/** Standard output as a sink. */
extern const pel_sink stdout_sink;

/** A file that is written beside its place and renamed when it is whole. Where a link is, its place
 * is where the link leads. What it replaces gives it its owner and mode. */
typedef struct output_file {
    const char *path; /* as it was asked for */
    char place[4096]; /* without links */
    char beside[4096];
    FILE *stream;
    bool nameless; /* it has no name before output_end */
} output_file;

/** Begin to write `path`; complains and gives false when that cannot be: also for a device, a pipe
 *  or a directory, which a file must not take the place of. */
bool output_begin(output_file *out, const char *path);

/** True when both have the same place, by whatever names. */
bool output_same_place(const output_file *a, const output_file *b);

/** Put the file in its place if `ok`, else drop it; EXIT_FINE or, after a complaint, EXIT_INTERNAL.
 */
int output_end(output_file *out, bool ok);

/** Drop the file, without a word. */
void output_drop(output_file *out);

/** The whole file, "-" for standard input, to be freed; NULL with errno. For files that people
 *  write: what is longer than 64 MiB is not read. */
char *read_all(const char *path, size_t *size);

/** Say "pelorus: PATH: reason" on standard error, without control characters. */
void complain(const char *path, const char *reason);

/** Open an image, or complain and give NULL. */
pel_image *open_image(const char *path, const pel_image_options *options);

/** The same, and complain of what is no PE file, too. */
pel_image *open_pe(const char *path, const pel_image_options *options);

/** Look for all oddities, and for times of the future: those after $SOURCE_DATE_EPOCH, or now. */
void be_thorough(pel_image_options *options);

/** Whether an image has a diagnostic that is worse than an information. */
bool has_warnings(const pel_image *image);

/** The exit status for a document that was written with `status`. */
int exit_of(pel_status status);

/** Several results in one: all the same, or EXIT_SOME when only some inputs failed. */
int combine_exits(int so_far, int one, bool first);

/** False, and complaint, when the paging mode of a machine has no room for a 64-bit image. The
 * command is used wrongly then: no Windows has refused anything. */
bool fits_paging(const char *file, const pel_image *image, const pel_machine_options *options);

/** A process of `image` on a machine of its own, made by `options`; if Windows refuses, a
 * hypothetical one, as far as that is possible. `*process` may come out NULL. False when the host
 * cannot. */
bool start_process(const pel_image *image, const pel_load_options *load,
                   const pel_machine_options *options, pel_machine **machine, pel_process **process,
                   pel_verdict *verdict);

/* ---- symbols ----------------------------------------------------------- */

/** The names of an image, collected when the first is asked for. All zero to begin with. */
typedef struct symbol_finder {
    pel_symbols *symbols;
} symbol_finder;

void symbol_finder_free(symbol_finder *finder);

/** Hand every address that `name` may mean to `take`, which says whether it could. False, and
 *  complaint, when nothing is called so. */
bool find_symbol(symbol_finder *finder, const pel_image *image, const char *name,
                 bool (*take)(void *ctx, pel_rva rva), void *ctx);

/** What `pelorus` shows without a command: the tour of `path`, or of the built-in sample. */
int run_tour(int argc, char **argv);

#endif
