/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_POLICY_H
#define PEL_VM_POLICY_H

/* Page replacement: who leaves when a set of resident pages is full? One file for each policy
 * (policy_fifo.c, ...), one row each in policy.c. The same code serves the working sets of
 * the machine and replays: pages are told by slot, a small number that the host gives them
 * while they are resident. */

#include <pelorus/machine.h>

#define PEL_NO_SLOT UINT32_MAX

/* Figures of the policies that are ours to choose; the rules are at the top of their files. */
#define PEL_WINDOWS_AGE_MAX 7  /* a page grows no older than that */
#define PEL_WSCLOCK_WINDOW  8  /* units of virtual time for each resident page */
#define PEL_WSCLOCK_LOOK    32 /* pages that one search looks at */

/** What a policy asks of whoever owns the pages. */
typedef struct pel_policy_host {
    /** Was the page used since this was last asked? Forgets it: the accessed bit. A page that
     *  has just come was used: the access that brought it in sets its bit. */
    bool (*used)(void *ctx, uint32_t slot);
    /** Would it have to be written before its frame can be reused? */
    bool (*dirty)(void *ctx, uint32_t slot);
    /** OPT: how far ahead the next use is; UINT64_MAX: never again. NULL: nobody knows. */
    uint64_t (*next_use)(void *ctx, uint32_t slot);
    void *ctx;
} pel_policy_host;

typedef struct pel_policy_ops pel_policy_ops;

/** The resident pages under one policy. */
typedef struct pel_resident {
    const pel_policy_ops *ops;
    pel_policy_host host;
    pel_allocator allocator;
    uint32_t capacity;     /**< slots that there is room for */
    uint32_t count;        /**< pages in it */
    uint32_t *next, *prev; /**< ring of the slots, in the order of the policy */
    uint32_t hand;         /**< the oldest; PEL_NO_SLOT when empty */
    uint64_t *state;       /**< a word for each slot: age, time, what the policy wants */
    uint64_t clock;  /**< virtual time. The host counts it: one for each access that it sees */
    uint64_t window; /**< wsclock: how long a page belongs to the working set after its last
                          use; 0: PEL_WSCLOCK_WINDOW for each page in it */
} pel_resident;

struct pel_policy_ops {
    bool every_access; /**< `touch` must be told of each access: no TLB may hide one */
    void (*insert)(pel_resident *r, uint32_t slot); /**< it is the newest now */
    void (*touch)(pel_resident *r, uint32_t slot);  /**< used again; NULL: not of interest */
    void (*remove)(pel_resident *r, uint32_t slot);
    uint32_t (*victim)(pel_resident *r); /**< count > 0; the victim is not removed yet */
    void (*tick)(pel_resident *r);       /**< time passes: look at accessed bits; may be NULL */
};

/** By number, PEL_POLICY_COUNT of them. */
extern const pel_policy_ops *const pel_policies[];
extern const pel_policy_ops pel_policy_windows, pel_policy_fifo, pel_policy_lru, pel_policy_clock,
    pel_policy_aging, pel_policy_wsclock, pel_policy_opt;

void pel_resident_init(pel_resident *r, pel_policy policy, const pel_allocator *allocator,
                       pel_policy_host host);
void pel_resident_release(pel_resident *r);

/** Make room for slots below `slots`. False, and nothing changed: no host memory. */
bool pel_resident_reserve(pel_resident *r, uint32_t slots);

static inline void pel_resident_insert(pel_resident *r, uint32_t slot)
{
    r->ops->insert(r, slot);
    r->count++;
}

static inline void pel_resident_touch(pel_resident *r, uint32_t slot)
{
    if (r->ops->touch)
        r->ops->touch(r, slot);
}

static inline void pel_resident_remove(pel_resident *r, uint32_t slot)
{
    r->ops->remove(r, slot);
    r->count--;
}

/** Who should go; PEL_NO_SLOT when nobody is there. */
static inline uint32_t pel_resident_victim(pel_resident *r)
{
    return r->count > 0 ? r->ops->victim(r) : PEL_NO_SLOT;
}

static inline void pel_resident_tick(pel_resident *r)
{
    if (r->ops->tick)
        r->ops->tick(r);
}

/* ---- the ring, for policies -------------------------------------------- */

/* `hand` is the oldest, the one before it the newest. Inline, for replays go round it a lot. */

/** The newest: between the one that was, and the hand. */
static inline void pel_ring_append(pel_resident *r, uint32_t slot)
{
    if (r->hand == PEL_NO_SLOT) {
        r->next[slot] = r->prev[slot] = r->hand = slot;
        return;
    }
    uint32_t newest = r->prev[r->hand];
    r->next[newest] = slot;
    r->prev[slot] = newest;
    r->next[slot] = r->hand;
    r->prev[r->hand] = slot;
}

/** If the hand points at it, the hand goes on. */
static inline void pel_ring_remove(pel_resident *r, uint32_t slot)
{
    if (r->next[slot] == slot) {
        r->hand = PEL_NO_SLOT;
        return;
    }
    if (r->hand == slot)
        r->hand = r->next[slot];
    r->next[r->prev[slot]] = r->next[slot];
    r->prev[r->next[slot]] = r->prev[slot];
}

/** Put the ring in the order of `state`, which is below 256; equals stay in the order in which
 *  they are. In one pass, without memory. */
void pel_ring_sort(pel_resident *r);

#endif
