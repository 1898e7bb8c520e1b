/* SPDX-License-Identifier: Apache-2.0 */
/* Every name is looked up in the folder that was opened at first, and never followed when it is a
 * symbolic link. A file has no name until it is whole; where the file system knows no such files it
 * has one that nobody else uses. */
#define _GNU_SOURCE /* O_TMPFILE, renameat2 */
#include "cli/output_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

bool folder_open(output_folder *folder, const char *path, bool force)
{
    *folder = (output_folder){ .path = path, .descriptor = -1, .force = force };
    folder->made = mkdir(path, 0777) == 0;
    if (folder->made || errno == EEXIST)
        folder->descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->descriptor < 0)
        complain(path, strerror(errno));
    return folder->descriptor >= 0;
}

void folder_close(output_folder *folder)
{
    if (folder->descriptor >= 0)
        close(folder->descriptor);
    free(folder->written);
    *folder = (output_folder){ .descriptor = -1 };
}

/* ---- what was written -------------------------------------------------- */

#define NAME_MAX_LENGTH 64

/* A name may get another file meanwhile: that one is not ours. */
typedef struct written_file {
    char name[NAME_MAX_LENGTH];
    bool replaced;
    dev_t device;
    ino_t number;
} written_file;

/* Room for one more is made before a file is published. */
static bool make_room(output_folder *folder)
{
    if (folder->count < folder->capacity)
        return true;
    size_t capacity = folder->capacity ? 2 * folder->capacity : 64;
    written_file *grown = realloc(folder->written, capacity * sizeof *grown);
    if (!grown)
        return false;
    folder->written = grown;
    folder->capacity = capacity;
    return true;
}

static void remember(output_folder *folder, int fd, const char *name, bool replaced)
{
    struct stat there;
    written_file *w = &folder->written[folder->count++];
    *w = (written_file){ .replaced = replaced || fstat(fd, &there) != 0 };
    snprintf(w->name, sizeof w->name, "%s", name);
    if (w->replaced)
        return;
    w->device = there.st_dev;
    w->number = there.st_ino;
}

bool folder_take_back(output_folder *folder, size_t index)
{
    struct stat there;
    const written_file *w = &folder->written[index];
    return !w->replaced && fstatat(folder->descriptor, w->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           there.st_dev == w->device && there.st_ino == w->number &&
           unlinkat(folder->descriptor, w->name, 0) == 0;
}

void folder_abandon(output_folder *folder)
{
    if (folder->made)
        rmdir(folder->path); /* fails where there is something */
}

/* ---- one file ---------------------------------------------------------- */

#define BESIDE_MAX 64

/* A file in the making: `beside` is its name for now, empty while it has none. */
typedef struct file {
    output_folder *folder;
    FILE *stream;
    char beside[BESIDE_MAX];
} file;

/* Numbers that other runs use at the same time are passed over. */
static int open_beside(file *f)
{
    int fd = -1;
    for (unsigned i = 0; fd < 0 && i < 100; i++) {
        snprintf(f->beside, sizeof f->beside, ".pelorus-%ld-%u.part", (long)getpid(), i);
        fd = openat(f->folder->descriptor, f->beside,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

static bool open_file(file *f)
{
    int fd = openat(f->folder->descriptor, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        fd = open_beside(f);
    f->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (fd >= 0 && !f->stream) {
        close(fd);
        if (f->beside[0])
            unlinkat(f->folder->descriptor, f->beside, 0);
    }
    return f->stream != NULL;
}

static pel_status write_stream(void *ctx, const void *data, size_t size)
{
    file *f = ctx;
    return fwrite(data, 1, size, f->stream) == size ? PEL_OK : PEL_IO;
}

/* Give a nameless file the name `name`; never over another one, and never through a link. */
static bool link_as(const file *f, const char *name)
{
    char by_descriptor[64];
    snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", fileno(f->stream));
    return linkat(AT_FDCWD, by_descriptor, f->folder->descriptor, name, AT_SYMLINK_FOLLOW) == 0;
}

/* The same for one that has a name; old file systems cannot refuse to replace, but can link. */
static bool rename_as(const file *f, const char *name)
{
    int at = f->folder->descriptor;
    if (renameat2(at, f->beside, at, name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    return linkat(at, f->beside, at, name, 0) == 0 && unlinkat(at, f->beside, 0) == 0;
}

/* Only a regular file may be replaced: no link, no pipe, no folder. */
static bool may_replace(const file *f, const char *name)
{
    struct stat there;
    return f->folder->force &&
           fstatat(f->folder->descriptor, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(there.st_mode);
}

static bool replace(file *f, const char *name)
{
    if (!f->beside[0]) {
        snprintf(f->beside, sizeof f->beside, ".pelorus-%ld.part", (long)getpid());
        unlinkat(f->folder->descriptor, f->beside, 0);
        if (!link_as(f, f->beside))
            return false;
    }
    return renameat(f->folder->descriptor, f->beside, f->folder->descriptor, name) == 0;
}

static folder_answer publish(file *f, const char *name)
{
    if (f->beside[0] ? rename_as(f, name) : link_as(f, name)) {
        remember(f->folder, fileno(f->stream), name, false);
        return FOLDER_WRITTEN;
    }
    if (errno != EEXIST)
        return FOLDER_FAILED;
    if (!may_replace(f, name))
        return FOLDER_EXISTS;
    if (!replace(f, name))
        return FOLDER_FAILED;
    remember(f->folder, fileno(f->stream), name, true);
    return FOLDER_WRITTEN;
}

folder_answer folder_write(output_folder *folder, const char *name,
                           pel_status (*fill)(void *ctx, pel_sink sink), void *ctx)
{
    file f = { .folder = folder };
    if (!make_room(folder) || !open_file(&f))
        return FOLDER_FAILED;
    pel_status st = fill(ctx, (pel_sink){ write_stream, &f });
    folder_answer answer = st == PEL_MALFORMED ? FOLDER_BROKEN : FOLDER_FAILED;
    if (st == PEL_NO_MEMORY)
        errno = ENOMEM;
    if (st == PEL_OK && fflush(f.stream) == 0)
        answer = publish(&f, name);
    int why = errno;
    fclose(f.stream);
    if (answer != FOLDER_WRITTEN && f.beside[0])
        unlinkat(folder->descriptor, f.beside, 0);
    errno = why;
    return answer;
}
