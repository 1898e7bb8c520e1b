/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_OS_H
#define PEL_BASE_OS_H

/* All that the library wants of the host's operating system. One file for each
 * system implements it: os_posix.c. */

#include <pelorus/base.h>

/** Map a file for reading; `*out` is empty for an empty file. PEL_IO with errno set: it does
 *  not exist, is no regular file, or cannot be read. */
pel_status pel_os_map_file(const char *path, pel_span *out);

/** Undo pel_os_map_file. */
void pel_os_unmap_file(pel_span bytes);

/** Call `each` with the name of every entry of `folder`, in no order, until it fails; its failure
 * is the answer. PEL_IO with errno set when the folder cannot be read or is none. */
pel_status pel_os_list_folder(const char *folder, pel_status (*each)(void *ctx, const char *name),
                              void *ctx);

/** `size` zeroed bytes that cost nothing until they are touched, or NULL. */
void *pel_os_reserve(size_t size);

/** The same for a multiple of 2 MiB, placed and marked so that the host can use large pages. */
void *pel_os_reserve_large(size_t size);

/** Undo pel_os_reserve or pel_os_reserve_large. */
void pel_os_unreserve(void *ptr, size_t size);

/** A file that is open for reading and writing. */
typedef struct pel_os_file {
    int descriptor;
} pel_os_file;

/** Make a file in `folder` (NULL: $TMPDIR, else /var/tmp) that only this process can reach. It has
 *  no name there, and so it is gone when it is closed, even if the process is killed. PEL_IO with
 *  errno set. */
pel_status pel_os_private_file(const char *folder, pel_os_file *out);

/** Write or read all `size` bytes at `offset`. PEL_IO with errno set; reading past the end is
 *  PEL_IO, too. */
pel_status pel_os_write_at(const pel_os_file *file, uint64_t offset, const void *bytes,
                           size_t size);
pel_status pel_os_read_at(const pel_os_file *file, uint64_t offset, void *bytes, size_t size);

void pel_os_close_file(pel_os_file *file);

#endif
