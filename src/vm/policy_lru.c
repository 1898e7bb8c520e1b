/* SPDX-License-Identifier: Apache-2.0 */
/* Least recently used (any textbook): the page whose last use is longest ago goes. Must be
 * told of each access, which no real machine can afford; the others here approach it. A stack
 * algorithm: what is in n frames is also in n + 1, and so more frames never do harm. */

#include "vm/policy.h"

static void touch(pel_resident *r, uint32_t slot)
{
    pel_ring_remove(r, slot);
    pel_ring_append(r, slot);
}

static uint32_t victim(pel_resident *r) { return r->hand; }

const pel_policy_ops pel_policy_lru = {
    .every_access = true,
    .insert = pel_ring_append,
    .touch = touch,
    .remove = pel_ring_remove,
    .victim = victim,
};
