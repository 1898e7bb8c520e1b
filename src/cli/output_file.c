/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are there when they are whole, or not at all: until then they have no name, so that
 * nothing is left behind whatever ends the program. Where the file system knows no such files, they
 * have one beside their place. */
#define _GNU_SOURCE /* O_TMPFILE, realpath */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Renaming would also replace a link, and not what it leads to. */
static bool find_place(output_file *out)
{
    struct stat there;
    char real[PATH_MAX];
    bool is_link = lstat(out->path, &there) == 0 && S_ISLNK(there.st_mode);
    const char *place = is_link ? realpath(out->path, real) : out->path;
    if (!place) {
        complain(out->path, "is a link that leads nowhere");
        return false;
    }
    int n = snprintf(out->place, sizeof out->place, "%s", place);
    if (n >= 0 && (size_t)n < sizeof out->place)
        return true;
    complain(out->path, strerror(ENAMETOOLONG));
    return false;
}

/* Who could not read what is replaced cannot read what replaces it. */
static bool take_over(const output_file *out)
{
    struct stat there;
    int fd = fileno(out->stream);
    if (stat(out->place, &there) != 0)
        return true;
    bool same_owner = there.st_uid == geteuid() && there.st_gid == getegid();
    mode_t mode = there.st_mode & 0777;
    if (!same_owner && fchown(fd, there.st_uid, there.st_gid) != 0)
        mode &= there.st_uid == geteuid() ? 0700 : 0600;
    return fchmod(fd, mode) == 0;
}

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void folder_of(const output_file *out, char folder[sizeof out->beside])
{
    size_t len = (size_t)(name_in(out->place) - out->place);
    memcpy(folder, len ? out->place : ".", len ? len : 1);
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
    out->path = path;
    out->stream = NULL;
    if (!may_replace(path) || !find_place(out))
        return false;
    int n = snprintf(out->beside, sizeof out->beside, "%s.part", out->place);
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
    ok = fflush(out->stream) == 0 && ok && take_over(out) && give_name(out);
    bool named = ok || !out->nameless;
    ok = fclose(out->stream) == 0 && ok;
    if (ok && rename(out->beside, out->place) == 0)
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
    if (strcmp(name_in(a->place), name_in(b->place)) != 0)
        return false;
    folder_of(a, folder);
    bool found = stat(folder, &one) == 0;
    folder_of(b, folder);
    found = found && stat(folder, &other) == 0;
    return found && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}
