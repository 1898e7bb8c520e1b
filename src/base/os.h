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

/** `size` zeroed bytes that cost nothing until they are touched, or NULL. */
void *pel_os_reserve(size_t size);

/** Undo pel_os_reserve. */
void pel_os_unreserve(void *ptr, size_t size);

#endif
