/* SPDX-License-Identifier: Apache-2.0 */
/* The optimum (L. A. Belady, "A study of replacement algorithms for a virtual-storage computer",
 * 1966): the page whose next use is farthest ahead goes; among those that are never used again, the
 * one that came first. Only a replay knows the future: it tells it by `next_use`. Without that the
 * page that came first goes. Nothing can have fewer faults, and it is a stack algorithm as LRU. */

#include "vm/policy.h"

static uint32_t victim(pel_resident *r)
{
    uint32_t best = r->hand;
    if (!r->host.next_use)
        return best;
    uint64_t farthest = r->host.next_use(r->host.ctx, best);
    uint32_t slot = r->next[r->hand];
    for (uint32_t i = 1; i < r->count && farthest != UINT64_MAX; i++, slot = r->next[slot]) {
        uint64_t next = r->host.next_use(r->host.ctx, slot);
        if (next > farthest) {
            farthest = next;
            best = slot;
        }
    }
    return best;
}

const pel_policy_ops pel_policy_opt = {
    .insert = pel_ring_append,
    .remove = pel_ring_remove,
    .victim = victim,
};
