/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/policy.h"

#include "base/alloc.h"
#include <assert.h>
#include <string.h>

/* In the order of the table of policies. */
const pel_policy_ops *const pel_policies[PEL_POLICY_COUNT] = {
    [PEL_POLICY_WINDOWS] = &pel_policy_windows, [PEL_POLICY_FIFO] = &pel_policy_fifo,
    [PEL_POLICY_LRU] = &pel_policy_lru,         [PEL_POLICY_CLOCK] = &pel_policy_clock,
    [PEL_POLICY_AGING] = &pel_policy_aging,     [PEL_POLICY_WSCLOCK] = &pel_policy_wsclock,
    [PEL_POLICY_OPT] = &pel_policy_opt,
};

void pel_resident_init(pel_resident *r, pel_policy policy, const pel_allocator *allocator,
                       pel_policy_host host)
{
    assert((unsigned)policy < PEL_POLICY_COUNT);
    *r = (pel_resident){
        .ops = pel_policies[policy],
        .host = host,
        .allocator = pel_allocator_or_default(allocator),
        .hand = PEL_NO_SLOT,
    };
}

static void give_arrays(const pel_allocator *a, const pel_resident *r)
{
    pel_give(a, r->next, r->capacity * sizeof *r->next);
    pel_give(a, r->prev, r->capacity * sizeof *r->prev);
    pel_give(a, r->state, r->capacity * sizeof *r->state);
}

void pel_resident_release(pel_resident *r)
{
    give_arrays(&r->allocator, r);
    r->next = r->prev = NULL;
    r->state = NULL;
    r->capacity = r->count = 0;
    r->hand = PEL_NO_SLOT;
}

/* Twice as many as there were, at least: reserving one by one must not cost a copy each. */
static uint32_t rounded(uint32_t capacity, uint32_t slots)
{
    uint64_t twice = (uint64_t)capacity * 2;
    uint64_t wanted = twice > slots ? twice : slots;
    if (wanted < 16)
        wanted = 16;
    return wanted < PEL_NO_SLOT ? (uint32_t)wanted : PEL_NO_SLOT;
}

static void copy_arrays(pel_resident *to, const pel_resident *from)
{
    if (from->capacity == 0)
        return;
    memcpy(to->next, from->next, from->capacity * sizeof *to->next);
    memcpy(to->prev, from->prev, from->capacity * sizeof *to->prev);
    memcpy(to->state, from->state, from->capacity * sizeof *to->state);
}

bool pel_resident_reserve(pel_resident *r, uint32_t slots)
{
    if (slots <= r->capacity)
        return true;
    const pel_allocator *a = &r->allocator;
    pel_resident grown = *r;
    grown.capacity = rounded(r->capacity, slots);
    size_t capacity = grown.capacity;
    if (capacity > SIZE_MAX / sizeof *grown.state)
        return false;
    grown.next = pel_take(a, capacity * sizeof *grown.next);
    grown.prev = pel_take(a, capacity * sizeof *grown.prev);
    grown.state = pel_take(a, capacity * sizeof *grown.state);
    if (!grown.next || !grown.prev || !grown.state) {
        give_arrays(a, &grown);
        return false;
    }
    copy_arrays(&grown, r);
    give_arrays(a, r);
    *r = grown;
    return true;
}

/* ---- the ring ---------------------------------------------------------- */

/* The chains of equals are made of `next`, and joined in their order. */
void pel_ring_sort(pel_resident *r)
{
    uint32_t first[256], last[256];
    memset(first, 0xff, sizeof first); /* PEL_NO_SLOT */
    uint32_t slot = r->hand;
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t after = r->next[slot];
        uint64_t rank = r->state[slot];
        assert(rank < 256);
        if (first[rank] == PEL_NO_SLOT)
            first[rank] = slot;
        else
            r->next[last[rank]] = slot;
        last[rank] = slot;
        r->next[slot] = PEL_NO_SLOT;
        slot = after;
    }
    r->hand = PEL_NO_SLOT;
    for (unsigned rank = 0; rank < 256; rank++) {
        for (slot = first[rank]; slot != PEL_NO_SLOT;) {
            uint32_t after = r->next[slot];
            pel_ring_append(r, slot);
            slot = after;
        }
    }
}
