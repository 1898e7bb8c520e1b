/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows does when a working set must give pages back (M. Russinovich and others, "Windows
 * Internals", chapter on memory management, "Balance set manager and swapper" and "Working set
 * aging"): every so often the accessed bit of each page is looked at and cleared. A page that was
 * used has age 0; one that was not grows older by one, up to 7. The oldest go first. Among equals
 * the one goes that was nearer to leaving before the tick; pages that came since then, last.
 *
 * What is trimmed is not lost: it waits on the standby or modified list. That is not the policy's
 * business; see the machine, and the replay.
 *
 * The state of a page is how much older it may grow, so that the ring is in order of it. */

#include "vm/policy.h"

static void insert(pel_resident *r, uint32_t slot)
{
    r->state[slot] = PEL_WINDOWS_AGE_MAX;
    pel_ring_append(r, slot);
}

static uint32_t victim(pel_resident *r) { return r->hand; }

static void tick(pel_resident *r)
{
    uint32_t slot = r->hand;
    for (uint32_t i = 0; i < r->count; i++, slot = r->next[slot]) {
        if (r->host.used(r->host.ctx, slot))
            r->state[slot] = PEL_WINDOWS_AGE_MAX;
        else if (r->state[slot] > 0)
            r->state[slot]--;
    }
    pel_ring_sort(r);
}

const pel_policy_ops pel_policy_windows = {
    .insert = insert,
    .remove = pel_ring_remove,
    .victim = victim,
    .tick = tick,
};
