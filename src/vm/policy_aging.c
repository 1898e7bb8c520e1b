/* SPDX-License-Identifier: Apache-2.0 */
/* Aging (A. S. Tanenbaum, "Modern Operating Systems", chapter 3): LRU in software, roughly.
 * Each page has a register of eight bits. At each tick it moves one place to the right, and the
 * accessed bit comes in from the left and is cleared. The lowest register goes; among equal ones,
 * the page that was nearer to leaving before the tick. Use since the last tick does not count,
 * except that a page which came since then is known to have been used: it goes after all others,
 * and in the order in which such pages came.
 *
 * So the ring is in order always: sorted at the tick, and what comes later belongs at its end. */

#include "vm/policy.h"

/* One place left of the register: the bit that the next tick brings in. */
#define CAME 0x100u

static void insert(pel_resident *r, uint32_t slot)
{
    r->state[slot] = CAME;
    pel_ring_append(r, slot);
}

static uint32_t victim(pel_resident *r) { return r->hand; }

static void tick(pel_resident *r)
{
    uint32_t slot = r->hand;
    for (uint32_t i = 0; i < r->count; i++, slot = r->next[slot]) {
        unsigned used = r->host.used(r->host.ctx, slot) ? 0x80 : 0;
        r->state[slot] = (r->state[slot] >> 1) | used;
    }
    pel_ring_sort(r);
}

const pel_policy_ops pel_policy_aging = {
    .insert = insert,
    .remove = pel_ring_remove,
    .victim = victim,
    .tick = tick,
};
