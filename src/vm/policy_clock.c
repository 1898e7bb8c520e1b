/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, or second chance (F. J. Corbato, "A paging experiment with the Multics system", 1968;
 * any textbook): pages stand in a ring in the order in which they came. The hand points at the
 * oldest. If it was used since the hand last passed, its accessed bit is cleared and the hand goes
 * on; the first that was not used goes, and the new page takes its place behind the hand. A page
 * comes with its bit set. */

#include "vm/policy.h"

/* One round clears every bit; the second must find a page even if the host cheats. */
static uint32_t victim(pel_resident *r)
{
    for (uint32_t i = 0; i < r->count && r->host.used(r->host.ctx, r->hand); i++)
        r->hand = r->next[r->hand];
    return r->hand;
}

const pel_policy_ops pel_policy_clock = {
    .insert = pel_ring_append,
    .remove = pel_ring_remove,
    .victim = victim,
};
