/* SPDX-License-Identifier: Apache-2.0 */
/* WSClock (R. W. Carr and J. L. Hennessy, "WSClock: a simple and effective algorithm for virtual
 * memory management", 1981; A. S. Tanenbaum, "Modern Operating Systems", chapter 3).
 *
 * A ring as for clock; each page knows the virtual time of its last known use. The hand looks at
 * one page after the other, all of them once, but no more than PEL_WSCLOCK_LOOK of them:
 *
 *   used since last asked     its time is now; the hand goes on
 *   used within the window    belongs to the working set; the hand goes on
 *   older, and clean          goes
 *   older, and dirty          spared, for it must be written first; the hand goes on
 *
 * If nobody was found, the first of the spared goes: its write was begun first and so is done
 * first. If there is none, all belong to the working set: of the clean ones seen, that whose time
 * is longest ago goes, the first of equals; and if all are dirty, the one at the hand. */

#include "vm/policy.h"

static void insert(pel_resident *r, uint32_t slot)
{
    r->state[slot] = r->clock;
    pel_ring_append(r, slot);
}

/* Who could go instead, when a round finds nobody. */
typedef struct spares {
    uint32_t dirty; /* the first old one */
    uint32_t clean; /* in the working set, longest ago */
} spares;

static uint64_t window_of(const pel_resident *r)
{
    return r->window ? r->window : (uint64_t)r->count * PEL_WSCLOCK_WINDOW;
}

/* May the page at the hand go? Else note what it is good for. */
static bool may_go(pel_resident *r, spares *s)
{
    uint32_t slot = r->hand;
    if (r->host.used(r->host.ctx, slot))
        r->state[slot] = r->clock;
    bool dirty = r->host.dirty(r->host.ctx, slot);
    if (r->clock - r->state[slot] > window_of(r)) {
        if (dirty && s->dirty == PEL_NO_SLOT)
            s->dirty = slot;
        return !dirty;
    }
    if (!dirty && (s->clean == PEL_NO_SLOT || r->state[slot] < r->state[s->clean]))
        s->clean = slot;
    return false;
}

static uint32_t victim(pel_resident *r)
{
    spares s = { PEL_NO_SLOT, PEL_NO_SLOT };
    for (uint32_t i = 0; i < r->count && i < PEL_WSCLOCK_LOOK; i++) {
        if (may_go(r, &s))
            return r->hand;
        r->hand = r->next[r->hand];
    }
    if (s.dirty != PEL_NO_SLOT)
        return s.dirty;
    return s.clean != PEL_NO_SLOT ? s.clean : r->hand;
}

const pel_policy_ops pel_policy_wsclock = {
    .insert = insert,
    .remove = pel_ring_remove,
    .victim = victim,
};
