/* SPDX-License-Identifier: Apache-2.0 */
/* One loop for each kind of policy. What they share: a page comes with its accessed bit set; a page
 * that leaves dirty counts as a write.
 *
 * Time: the virtual time is the number of accesses before this one. For aging and windows a tick
 * comes after each `frames` accesses: so a tick costs what as many accesses cost, and the pages in
 * RAM could just all have been used since the last one.
 *
 * WINDOWS: a quarter of the frames (rounded down) is for pages on the standby list, the rest for
 * the working set. When the working set is full, the page that the policy names goes to the end of
 * the standby list; an access brings it back without a fault. When all frames are taken, the head
 * of the standby list gives up its frame; if it is dirty it is written before. */

#include "vm/replay_priv.h"

#include <string.h>

static bool was_used(void *ctx, uint32_t slot)
{
    uint8_t *flags = ((pel_sim *)ctx)->flags;
    bool used = flags[slot] & PEL_RAM_USED;
    flags[slot] &= (uint8_t)~PEL_RAM_USED;
    return used;
}

static bool is_dirty(void *ctx, uint32_t slot)
{
    return ((pel_sim *)ctx)->flags[slot] & PEL_RAM_DIRTY;
}

void pel_sim_init(pel_sim *s, pel_policy policy, uint64_t frames, const pel_allocator *a)
{
    pel_policy_host host = { .used = was_used, .dirty = is_dirty, .ctx = s };
    *s = (pel_sim){ .policy = policy, .frames = frames, .until_tick = frames };
    pel_resident_init(&s->set, policy, a, host);
    pel_resident_init(&s->standby, PEL_POLICY_FIFO, a, host);
}

void pel_sim_release(pel_sim *s)
{
    pel_give(&s->set.allocator, s->flags, s->flags_room);
    s->flags = NULL;
    s->flags_room = 0;
    pel_resident_release(&s->set);
    pel_resident_release(&s->standby);
}

static bool reserve_flags(pel_sim *s, uint32_t ids)
{
    size_t room = s->flags_room;
    uint8_t *flags = pel_grow(&s->set.allocator, s->flags, &s->flags_room, ids, 1);
    if (!flags)
        return false;
    memset(flags + room, 0, s->flags_room - room);
    s->flags = flags;
    return true;
}

/* The arrays grow each in its own way: there is room for what there is room for in all. */
bool pel_sim_reserve(pel_sim *s, uint32_t ids)
{
    bool lists = s->policy == PEL_POLICY_WINDOWS;
    if (ids <= s->room)
        return true;
    if (!pel_resident_reserve(&s->set, ids) || (lists && !pel_resident_reserve(&s->standby, ids)) ||
        !reserve_flags(s, s->set.capacity))
        return false;
    s->room = s->set.capacity;
    if (lists && s->standby.capacity < s->room)
        s->room = s->standby.capacity;
    return true;
}

/* ---- pages come and go ------------------------------------------------- */

static inline uint8_t dirt(uint32_t code)
{
    return (uint8_t)((code / PEL_CODE_WRITE) << PEL_RAM_DIRTY_SHIFT);
}

static void drop(pel_sim *s, uint32_t id)
{
    s->result.writes += (s->flags[id] & PEL_RAM_DIRTY) != 0;
    s->flags[id] = 0;
}

static void evict(pel_sim *s, uint32_t id)
{
    pel_resident_remove(&s->set, id);
    drop(s, id);
}

static void bring(pel_sim *s, uint32_t id, uint8_t flags)
{
    s->flags[id] = (uint8_t)(flags | PEL_RAM_RESIDENT | PEL_RAM_USED);
    pel_resident_insert(&s->set, id);
    s->result.faults++;
}

/* ---- fifo and clock ---------------------------------------------------- */

/* Once all frames are taken, a page that comes takes the place of the one that goes: no chain is
 * needed, and the array of the ring's links serves as the ring itself. */

static uint32_t step(const pel_sim *s, uint32_t hand)
{
    return hand + 1 == s->set.count ? 0 : hand + 1;
}

/* Into a place that is empty. */
static inline void fill(pel_sim *s, uint32_t place, uint32_t id, uint8_t flags)
{
    s->set.next[place] = id;
    s->flags[id] = (uint8_t)(flags | PEL_RAM_RESIDENT | PEL_RAM_USED);
    s->result.faults++;
}

/* Into the place of the page at the hand. */
static inline void replace(pel_sim *s, uint32_t id, uint8_t flags)
{
    drop(s, s->set.next[s->place]);
    fill(s, s->place, id, flags);
    s->place = step(s, s->place);
}

static void run_fifo(pel_sim *s, const uint32_t *codes, size_t count)
{
    uint8_t *flags = s->flags;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = codes[i] & ~PEL_CODE_WRITE;
        if (flags[id])
            flags[id] |= dirt(codes[i]);
        else if (s->set.count < s->frames)
            fill(s, s->set.count++, id, dirt(codes[i]));
        else
            replace(s, id, dirt(codes[i]));
    }
}

static inline void pass_used(pel_sim *s)
{
    uint32_t hand = s->place;
    for (; s->flags[s->set.next[hand]] & PEL_RAM_USED; hand = step(s, hand))
        s->flags[s->set.next[hand]] &= (uint8_t)~PEL_RAM_USED;
    s->place = hand;
}

static void run_clock(pel_sim *s, const uint32_t *codes, size_t count)
{
    uint8_t *flags = s->flags;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = codes[i] & ~PEL_CODE_WRITE;
        if (flags[id]) {
            flags[id] |= (uint8_t)(PEL_RAM_USED | dirt(codes[i]));
        } else if (s->set.count < s->frames) {
            fill(s, s->set.count++, id, dirt(codes[i]));
        } else {
            pass_used(s);
            replace(s, id, dirt(codes[i]));
        }
    }
}

/* ---- the others -------------------------------------------------------- */

/* The oldest becomes the newest when the hand goes on; others are moved to behind it. */
static inline void make_newest(pel_resident *set, uint32_t id)
{
    uint32_t *next = set->next, *prev = set->prev, hand = set->hand;
    if (id == hand) {
        set->hand = next[id];
        return;
    }
    uint32_t newest = prev[hand];
    if (id == newest)
        return;
    next[prev[id]] = next[id];
    prev[next[id]] = prev[id];
    next[newest] = id;
    prev[id] = newest;
    next[id] = hand;
    prev[hand] = id;
}

/* The oldest goes; the new page takes its place, and the hand goes on: so it is the newest. */
static inline void replace_oldest(pel_sim *s, uint32_t id, uint8_t flags)
{
    pel_resident *set = &s->set;
    uint32_t gone = set->hand, after = set->next[gone], before = set->prev[gone];
    drop(s, gone);
    bool alone = after == gone;
    set->next[id] = alone ? id : after;
    set->prev[id] = alone ? id : before;
    set->next[alone ? id : before] = id;
    set->prev[alone ? id : after] = id;
    set->hand = alone ? id : after;
    s->flags[id] = (uint8_t)(flags | PEL_RAM_RESIDENT);
    s->result.faults++;
}

static void run_lru(pel_sim *s, const uint32_t *codes, size_t count)
{
    uint8_t *flags = s->flags;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = codes[i] & ~PEL_CODE_WRITE;
        if (flags[id]) {
            flags[id] |= dirt(codes[i]);
            make_newest(&s->set, id);
        } else if (s->set.count < s->frames) {
            bring(s, id, dirt(codes[i]));
        } else {
            replace_oldest(s, id, dirt(codes[i]));
        }
    }
}

static void tick_if_due(pel_sim *s)
{
    if (s->until_tick == 0) {
        pel_resident_tick(&s->set);
        s->until_tick = s->frames;
    }
    s->until_tick--;
}

/* Aging and wsclock: whatever the policy says. */
static void run_any(pel_sim *s, const uint32_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++, s->set.clock++) {
        uint32_t id = codes[i] & ~PEL_CODE_WRITE;
        tick_if_due(s);
        if (s->flags[id]) {
            s->flags[id] |= (uint8_t)(PEL_RAM_USED | dirt(codes[i]));
            continue;
        }
        if (s->set.count == s->frames)
            evict(s, pel_resident_victim(&s->set));
        bring(s, id, dirt(codes[i]));
    }
}

/* ---- WINDOWS ----------------------------------------------------------- */

static void trim(pel_sim *s)
{
    uint32_t id = pel_resident_victim(&s->set);
    pel_resident_remove(&s->set, id);
    pel_resident_insert(&s->standby, id);
    s->flags[id] = (uint8_t)((s->flags[id] & PEL_RAM_DIRTY) | PEL_RAM_STANDBY);
}

static void repurpose(pel_sim *s)
{
    uint32_t id = s->standby.hand;
    pel_resident_remove(&s->standby, id);
    drop(s, id);
}

/* The page is not in the working set. */
static void miss(pel_sim *s, uint32_t id, uint8_t dirty)
{
    bool soft = s->flags[id] & PEL_RAM_STANDBY;
    if (soft)
        pel_resident_remove(&s->standby, id);
    if (s->set.count == s->frames - s->frames / 4)
        trim(s);
    if (!soft && (uint64_t)s->set.count + s->standby.count == s->frames)
        repurpose(s);
    bring(s, id, (uint8_t)((s->flags[id] & PEL_RAM_DIRTY) | dirty));
    s->result.faults -= soft;
    s->result.soft += soft;
}

static void run_windows(pel_sim *s, const uint32_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t id = codes[i] & ~PEL_CODE_WRITE;
        tick_if_due(s);
        if (s->flags[id] & PEL_RAM_RESIDENT)
            s->flags[id] |= (uint8_t)(PEL_RAM_USED | dirt(codes[i]));
        else
            miss(s, id, dirt(codes[i]));
    }
}

void pel_sim_run(pel_sim *s, const uint32_t *codes, size_t count)
{
    s->result.accesses += count;
    switch (s->policy) {
    case PEL_POLICY_WINDOWS: run_windows(s, codes, count); return;
    case PEL_POLICY_FIFO: run_fifo(s, codes, count); return;
    case PEL_POLICY_LRU: run_lru(s, codes, count); return;
    case PEL_POLICY_CLOCK: run_clock(s, codes, count); return;
    case PEL_POLICY_AGING:
    case PEL_POLICY_WSCLOCK: run_any(s, codes, count); return;
    case PEL_POLICY_OPT:
    case PEL_POLICY_COUNT: return;
    }
}
