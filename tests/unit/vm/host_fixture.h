/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_FIXTURE_H
#define HOST_FIXTURE_H

/* A host whose files fail for a while: a store of pages is a device instead. /dev/full cannot be
 * written, and what is open for writing only cannot be read. */

#include "check_pel.h"
#include "vm/page_file.h"
#include <fcntl.h>
#include <unistd.h>

/* What restore_file wants. */
static inline int replace_file(pel_store *store, const char *device, int flags)
{
    int kept = dup(store->file.descriptor), fd = open(device, flags);
    ck_quick(kept >= 0 && fd >= 0 && dup2(fd, store->file.descriptor) >= 0);
    close(fd);
    return kept;
}

static inline void restore_file(pel_store *store, int kept)
{
    ck_quick(dup2(kept, store->file.descriptor) >= 0);
    close(kept);
}

#endif
