/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_PLACE_H
#define PEL_LOAD_PLACE_H

#include "load/load_priv.h"

/* An image that wants a base. */
typedef struct pel_placing {
    pel_space *space;
    const pel_image *img;
    const pel_load_options *options;
    pel_va highest; /* for what the system chooses */
    uint64_t size;
    pel_va preferred;
    pel_verdict *why;
} pel_placing;

/** Choose the base. Out: it, and the tag of the boot that drew it, 0 if none did. Refused with the
 *  rule in `*p->why`. Rules: docs/loading.md, "Choosing the base". */
pel_ntstatus pel_place_choose(const pel_placing *p, pel_va *base, uint8_t *boot);

#endif
