/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* O_TMPFILE, MAP_ANONYMOUS, MAP_NORESERVE */
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static pel_status map_descriptor(int fd, pel_span *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return PEL_IO;
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return PEL_IO;
    }
    if (st.st_size == 0)
        return PEL_OK;
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return PEL_IO;
    *out = (pel_span){ .data = data, .size = (size_t)st.st_size };
    return PEL_OK;
}

pel_status pel_os_map_file(const char *path, pel_span *out)
{
    *out = (pel_span){ .data = NULL };
    /* O_NONBLOCK: a FIFO without a writer must not hang the open. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return PEL_IO;
    pel_status st = map_descriptor(fd, out);
    int why = errno;
    close(fd);
    errno = why;
    return st;
}

void pel_os_unmap_file(pel_span bytes)
{
    if (bytes.data)
        munmap((void *)bytes.data, bytes.size);
}

pel_status pel_os_list_folder(const char *folder, pel_status (*each)(void *ctx, const char *name),
                              void *ctx)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return PEL_IO;
    pel_status st = PEL_OK;
    errno = 0; /* readdir says the end and a failure alike */
    for (struct dirent *entry; st == PEL_OK && (entry = readdir(dir)); errno = 0)
        st = each(ctx, entry->d_name);
    if (st == PEL_OK && errno != 0)
        st = PEL_IO;
    int why = errno;
    closedir(dir);
    errno = why;
    return st;
}

void *pel_os_reserve(size_t size)
{
    void *ptr = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return ptr == MAP_FAILED ? NULL : ptr;
}

#define LARGE_PAGE ((size_t)2 * 1024 * 1024)

void *pel_os_reserve_large(size_t size)
{
    char *ptr = pel_os_reserve(size + LARGE_PAGE);
    if (!ptr)
        return NULL;
    size_t before = (LARGE_PAGE - (uintptr_t)ptr % LARGE_PAGE) % LARGE_PAGE;
    if (before > 0)
        munmap(ptr, before);
    munmap(ptr + before + size, LARGE_PAGE - before);
    (void)madvise(ptr + before, size, MADV_HUGEPAGE); /* a wish: small pages will do */
    return ptr + before;
}

void pel_os_unreserve(void *ptr, size_t size)
{
    if (ptr)
        munmap(ptr, size);
}

/* ---- private files ----------------------------------------------------- */

/* For file systems that know no files without a name: it has one for a moment. */
static int make_and_unlink(const char *folder)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/pelorus-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

pel_status pel_os_private_file(const char *folder, pel_os_file *out)
{
    const char *temporary = getenv("TMPDIR");
    if (!folder)
        folder = temporary && *temporary ? temporary : "/var/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        fd = make_and_unlink(folder);
    out->descriptor = fd;
    return fd >= 0 ? PEL_OK : PEL_IO;
}

pel_status pel_os_write_at(const pel_os_file *file, uint64_t offset, const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size > 0) {
        ssize_t n = pwrite(file->descriptor, from, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return PEL_IO;
        from += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return PEL_OK;
}

pel_status pel_os_read_at(const pel_os_file *file, uint64_t offset, void *bytes, size_t size)
{
    char *to = bytes;
    while (size > 0) {
        ssize_t n = pread(file->descriptor, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO;
        if (n <= 0)
            return PEL_IO;
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return PEL_OK;
}

void pel_os_close_file(pel_os_file *file)
{
    close(file->descriptor);
    file->descriptor = -1;
}
