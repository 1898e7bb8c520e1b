/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are there when they are whole, or not at all: until then they have no name, so that
 * nothing is left behind whatever ends the program. Where the file system knows no such files, they
 * have one beside their place. */
#define _GNU_SOURCE /* O_TMPFILE */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* Renaming would replace a device or a pipe by a file, and fail for a directory in the end. */
static bool may_replace(const char *path)
{
    struct stat there;
    if (stat(path, &there) != 0 || S_ISREG(there.st_mode))
        return true;
    complain(path, "is there, and is no regular file");
    return false;
}

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void folder_of(const output_file *out, char folder[sizeof out->beside])
{
    size_t len = (size_t)(name_in(out->path) - out->path);
    memcpy(folder, len ? out->path : ".", len ? len : 1);
    folder[len ? len : 1] = '\0';
}

static FILE *open_nameless(const output_file *out)
{
    char folder[sizeof out->beside];
    folder_of(out, folder);
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    FILE *stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

bool output_begin(output_file *out, const char *path)
{
    if (!may_replace(path))
        return false;
    out->path = path;
    out->stream = NULL;
    int n = snprintf(out->beside, sizeof out->beside, "%s.part", path);
    errno = ENAMETOOLONG;
    if (n > 0 && (size_t)n < sizeof out->beside) {
        out->stream = open_nameless(out);
        out->nameless = out->stream != NULL;
        if (!out->stream && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
            out->stream = fopen(out->beside, "wb");
    }
    if (!out->stream)
        complain(path, strerror(errno));
    return out->stream != NULL;
}

/* A nameless file gets the name beside its place, from where it can be renamed over what is there.
 */
static bool give_name(const output_file *out)
{
    char by_descriptor[64];
    if (!out->nameless)
        return true;
    snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", fileno(out->stream));
    remove(out->beside);
    return linkat(AT_FDCWD, by_descriptor, AT_FDCWD, out->beside, AT_SYMLINK_FOLLOW) == 0;
}

int output_end(output_file *out, bool ok)
{
    ok = fflush(out->stream) == 0 && ok && give_name(out);
    bool named = ok || !out->nameless;
    ok = fclose(out->stream) == 0 && ok;
    if (ok && rename(out->beside, out->path) == 0)
        return EXIT_FINE;
    complain(out->path, strerror(errno));
    if (named)
        remove(out->beside);
    return EXIT_INTERNAL;
}

void output_drop(output_file *out)
{
    fclose(out->stream);
    if (!out->nameless)
        remove(out->beside);
}

bool output_same_place(const output_file *a, const output_file *b)
{
    char folder[sizeof a->beside];
    struct stat one, other;
    if (strcmp(name_in(a->path), name_in(b->path)) != 0)
        return false;
    folder_of(a, folder);
    bool found = stat(folder, &one) == 0;
    folder_of(b, folder);
    found = found && stat(folder, &other) == 0;
    return found && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}
