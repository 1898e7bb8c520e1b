/* SPDX-License-Identifier: Apache-2.0 */
/* First in, first out (any textbook): the page that came first goes first, however often it was
 * used since. Can do worse with more frames (L. A. Belady and others, "An anomaly in space-time
 * characteristics of certain programs running in a paging machine", 1969). */

#include "vm/policy.h"

static uint32_t victim(pel_resident *r) { return r->hand; }

const pel_policy_ops pel_policy_fifo = {
    .insert = pel_ring_append,
    .remove = pel_ring_remove,
    .victim = victim,
};
