/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

static pel_status write_stdout(void *ctx, const void *data, size_t size)
{
    (void)ctx;
    return fwrite(data, 1, size, stdout) == size ? PEL_OK : PEL_IO;
}

const pel_sink stdout_sink = { .write = write_stdout };

/* What people write, and what scenarios read, is no larger. */
#define TEXT_MAX ((size_t)64 << 20)

char *read_all(const char *path, size_t *size)
{
    FILE *from = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char *text = NULL;
    size_t capacity = 0, got = 1;
    *size = 0;
    while (from && got > 0 && *size < TEXT_MAX) {
        if (*size == capacity) {
            capacity = capacity ? 2 * capacity : 65536;
            char *grown = realloc(text, capacity);
            if (!grown)
                break;
            text = grown;
        }
        got = fread(text + *size, 1, capacity - *size, from);
        *size += got;
    }
    bool ok = from && got == 0 && !ferror(from);
    if (from && from != stdin)
        fclose(from);
    if (from && got > 0 && *size >= TEXT_MAX)
        errno = EFBIG;
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

/* Neither file names nor what files contain may steer the terminal. */
static void put_safe(const char *text)
{
    char piece[256];
    pel_str rest = { text, strlen(text) };
    for (size_t n; (n = pel_terminal_text(&rest, piece, sizeof piece)) > 0;)
        fwrite(piece, 1, n, stderr);
}

void complain(const char *path, const char *reason)
{
    fputs("pelorus: ", stderr);
    put_safe(path);
    fputs(": ", stderr);
    put_safe(reason);
    fputc('\n', stderr);
}

pel_image *open_image(const char *path, const pel_image_options *options)
{
    pel_image *image = NULL;
    errno = 0;
    pel_status st = pel_image_open(path, options, &image);
    if (st == PEL_IO)
        complain(path, errno == EINVAL ? "is no regular file" : strerror(errno));
    else if (st == PEL_NOT_FOUND)
        complain(path, "has no other view: no fix-ups of kind ARM64X");
    else if (st != PEL_OK)
        complain(path, st == PEL_MALFORMED ? "is malformed" : pel_status_name(st));
    return image;
}

void complain_no_image(const char *path, const pel_image *image, bool always)
{
    char text[128];
    pel_image_kind kind = pel_image_get_kind(image);
    if (pel_image_is_object_kind(kind)) {
        bool debug = kind == PEL_IMAGE_SEPARATE_DEBUG;
        const char *name = pel_image_kind_name(kind);
        const char *article = strchr("aeiou", name[0]) ? "an" : "a";
        snprintf(text, sizeof text, "is %s %s%s, no image: Windows does not load it", article, name,
                 debug ? " file" : "");
        complain(path, text);
    } else if (always) {
        complain(path, "is not a PE file");
    }
}

pel_image *open_pe(const char *path, const pel_image_options *options)
{
    pel_image *image = open_image(path, options);
    if (!image || pel_image_is_pe(image))
        return image;
    complain_no_image(path, image, true);
    pel_image_free(image);
    return NULL;
}

void be_thorough(pel_image_options *options)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH"); /* who wants the same output each time */
    options->thorough = true;
    if (!epoch || !parse_number(epoch, &options->now))
        options->now = (uint64_t)time(NULL);
}

bool has_warnings(const pel_image *image)
{
    for (size_t i = 0; i < pel_image_diag_count(image); i++)
        if (pel_image_diag(image, i)->severity >= PEL_WARNING)
            return true;
    return false;
}

int exit_of(pel_status status)
{
    if (status == PEL_OK)
        return EXIT_FINE;
    if (status == PEL_NOT_FOUND) {
        /* Not every file has every key: worth a word, but no failure. */
        complain("--only", "not all of these keys are in the document");
        return EXIT_FINE;
    }
    if (status != PEL_IO) /* standard output is told at the end of main */
        complain("output", pel_status_name(status));
    return EXIT_INTERNAL;
}

int combine_exits(int so_far, int one, bool first)
{
    bool failed = one == EXIT_UNREADABLE || one == EXIT_INTERNAL;
    bool had_failed = so_far == EXIT_UNREADABLE || so_far == EXIT_INTERNAL;
    if (first || one == so_far)
        return one;
    if (failed || had_failed || so_far == EXIT_SOME)
        return EXIT_SOME;
    return one > so_far ? one : so_far;
}

bool fits_paging(const char *file, const pel_image *image, const pel_machine_options *options)
{
    bool narrow = options->paging == PEL_PAGING_PAE || options->paging == PEL_PAGING_X86;
    if (!narrow || !pel_image_is_wide(image))
        return true;
    complain(file, "is a 64-bit image: --paging takes x64 or la57");
    return false;
}

bool start_process(const pel_image *image, const pel_load_options *load,
                   const pel_machine_options *options, pel_machine **machine, pel_process **process,
                   pel_verdict *verdict)
{
    pel_verdict ignored;
    pel_load_options anyway = *load;
    anyway.hypothetical = true;
    *process = NULL;
    *machine = NULL;
    if (pel_machine_new(options, machine) != PEL_OK) {
        complain("memory", pel_status_name(PEL_NO_MEMORY));
        return false;
    }
    pel_ntstatus nt = pel_process_new(*machine, image, load, process, verdict);
    /* Windows refuses it: show how it would lie in memory all the same, if that can be said. */
    if (!pel_nt_success(nt) && pel_ntstatus_to_status(nt) == PEL_REFUSED)
        pel_process_new(*machine, image, &anyway, process, &ignored);
    return true;
}
