/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_HOST_H
#define CONFORMANCE_HOST_H

/* A process to load DLLs into: a program that does nothing, started on a machine of its own. */

#include <pelorus/pelorus.h>

typedef struct host_options {
    bool wide;             /* a 64-bit program; else a 32-bit one */
    uint16_t machine;      /* IMAGE_FILE_MACHINE_*; 0: AMD64 or I386 */
    pel_search_path *path; /* borrowed */
    pel_load_options load; /* also for the DLLs that come */
    bool stub_missing;
} host_options;

typedef struct host {
    pel_machine *machine;
    pel_builder *builder;
    pel_image *program;
    pel_process *process;
    pel_ntstatus status; /* of the start */
} host;

/* Start it. False when it did not start: `status` says why. Call host_end in any case. */
bool host_begin(host *h, const host_options *options);
void host_end(host *h);

pel_space *host_space(const host *h);

/* Reserve the range that an image based at `base` would begin with, if that is free. */
void host_take(host *h, pel_va base);

/* Reserve whatever is free but [base, base + size), so that the loader has no other choice for an
 * image; and a little higher up, for its lists. */
void host_leave_only(host *h, pel_va base, uint64_t size);

/* LoadLibraryEx; NULL when it fails. */
const pel_loaded_module *host_load(host *h, const char *name, unsigned flags, pel_ntstatus *status);

#endif
