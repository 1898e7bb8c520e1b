/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
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

void *pel_os_reserve(size_t size)
{
    void *ptr = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return ptr == MAP_FAILED ? NULL : ptr;
}

void pel_os_unreserve(void *ptr, size_t size)
{
    if (ptr)
        munmap(ptr, size);
}
