/* SPDX-License-Identifier: Apache-2.0 */
#include "textbook.h"
#include "vm/policy.h"

/* A host of few slots: which page is in each, and its bits. */
typedef struct host {
    pel_resident r;
    uint64_t page[BOOK_MOST];
    bool in[BOOK_MOST], used[BOOK_MOST], dirty[BOOK_MOST];
    const book_ref *refs; /* what is still to come */
    size_t refs_left;
} host;

static bool was_used(void *ctx, uint32_t slot)
{
    host *h = ctx;
    bool used = h->used[slot];
    h->used[slot] = false;
    return used;
}

static bool is_dirty(void *ctx, uint32_t slot) { return ((host *)ctx)->dirty[slot]; }

static uint64_t next_use(void *ctx, uint32_t slot)
{
    const host *h = ctx;
    for (size_t i = 0; i < h->refs_left; i++)
        if (h->refs[i].page == h->page[slot])
            return i;
    return UINT64_MAX;
}

static void host_open(host *h, pel_policy policy)
{
    memset(h, 0, sizeof *h);
    pel_policy_host asks = { was_used, is_dirty, next_use, h };
    pel_resident_init(&h->r, policy, NULL, asks);
}

static uint32_t host_find(const host *h, uint64_t page)
{
    uint32_t slot = 0;
    while (slot < BOOK_MOST && !(h->in[slot] && h->page[slot] == page))
        slot++;
    return slot;
}

/* Slots come in no particular order: the policy must not care. */
static uint32_t host_bring(host *h, uint64_t page)
{
    uint32_t slot = (uint32_t)(page * 29 + 7) % BOOK_MOST;
    while (h->in[slot])
        slot = (slot + 1) % BOOK_MOST;
    ck_quick(pel_resident_reserve(&h->r, slot + 1));
    h->page[slot] = page;
    h->in[slot] = true;
    h->used[slot] = h->dirty[slot] = false;
    pel_resident_insert(&h->r, slot);
    return slot;
}

static void host_evict(host *h)
{
    uint32_t slot = pel_resident_victim(&h->r);
    ck_quick(slot < BOOK_MOST && h->in[slot]);
    h->in[slot] = false;
    pel_resident_remove(&h->r, slot);
}

/* The access as a machine would do it, without a standby list. True: it was a fault. */
static bool host_access(host *h, book_ref ref, uint32_t frames)
{
    if (h->r.clock > 0 && h->r.clock % frames == 0)
        pel_resident_tick(&h->r);
    uint32_t slot = host_find(h, ref.page);
    bool fault = slot == BOOK_MOST;
    if (fault && h->r.count == frames)
        host_evict(h);
    if (fault)
        slot = host_bring(h, ref.page);
    else
        pel_resident_touch(&h->r, slot);
    h->used[slot] = true;
    h->dirty[slot] |= ref.write;
    h->r.clock++;
    return fault;
}

static void ck_same_pages(const host *h, const book *b, size_t step)
{
    ck_assert_uint_eq(h->r.count, b->n);
    for (size_t i = 0; i < b->n; i++)
        ck_assert_msg(host_find(h, b->in[i].page) < BOOK_MOST,
                      "%s, %zu frames, access %zu: page %" PRIu64 " should be there",
                      pel_policy_name(b->policy), b->frames, step, b->in[i].page);
}

static void ck_follows_the_book(pel_policy policy, uint32_t frames, const book_ref *refs, size_t n)
{
    host h;
    host_open(&h, policy);
    book b = book_new(policy, frames);
    b.standby_most = 0;
    for (size_t i = 0; i < n; i++) {
        h.refs = refs + i + 1;
        h.refs_left = n - i - 1;
        uint64_t before = b.result.faults;
        book_access(&b, refs[i], h.refs, h.refs_left);
        bool fault = host_access(&h, refs[i], frames);
        ck_quick(fault == (b.result.faults > before));
        if (fault)
            ck_same_pages(&h, &b, i);
    }
    pel_resident_release(&h.r);
}

/* ---- tests ------------------------------------------------------------- */

START_TEST(each_policy_keeps_the_pages_that_the_textbook_keeps)
{
    uint64_t seed = 1 + (uint64_t)_i;
    book_ref refs[200];
    for (int round = 0; round < 12; round++) {
        book_string(&seed, refs, 200, 2 + random_below(&seed, 20));
        for (uint32_t frames = 1; frames <= 12; frames++)
            ck_follows_the_book((pel_policy)_i, frames, refs, 200);
    }
}
END_TEST

START_TEST(an_empty_set_has_no_victim)
{
    host h;
    host_open(&h, (pel_policy)_i);
    ck_assert_uint_eq(pel_resident_victim(&h.r), PEL_NO_SLOT);
    pel_resident_tick(&h.r);
    host_bring(&h, 5);
    host_evict(&h);
    pel_resident_tick(&h.r);
    ck_assert_uint_eq(pel_resident_victim(&h.r), PEL_NO_SLOT);
    ck_assert_uint_eq(h.r.count, 0);
    pel_resident_release(&h.r);
}
END_TEST

START_TEST(pages_may_leave_unasked_in_any_order)
{
    uint64_t seed = 77;
    host h;
    host_open(&h, (pel_policy)_i);
    for (int step = 0; step < 5000; step++) {
        uint64_t page = random_below(&seed, 40);
        uint32_t slot = host_find(&h, page);
        if (slot == BOOK_MOST) {
            h.used[host_bring(&h, page)] = true;
        } else {
            h.in[slot] = false;
            pel_resident_remove(&h.r, slot);
        }
        if (random_below(&seed, 10) == 0)
            pel_resident_tick(&h.r);
        uint32_t victim = pel_resident_victim(&h.r);
        ck_quick(h.r.count == 0 ? victim == PEL_NO_SLOT : h.in[victim]);
    }
    pel_resident_release(&h.r);
}
END_TEST

static bool always(void *ctx, uint32_t slot)
{
    (void)ctx;
    (void)slot;
    return true;
}

START_TEST(a_host_whose_pages_are_always_used_gets_a_victim_all_the_same)
{
    pel_resident r;
    pel_resident_init(&r, (pel_policy)_i, NULL, (pel_policy_host){ always, always, NULL, NULL });
    ck_assert(pel_resident_reserve(&r, 3));
    for (uint32_t slot = 0; slot < 3; slot++)
        pel_resident_insert(&r, slot);
    for (uint32_t left = 3; left > 0; left--) {
        pel_resident_tick(&r);
        uint32_t slot = pel_resident_victim(&r);
        ck_assert_uint_lt(slot, 3);
        pel_resident_remove(&r, slot);
    }
    pel_resident_release(&r);
}
END_TEST

START_TEST(room_grows_by_doubling_and_keeps_what_is_there)
{
    host h;
    host_open(&h, PEL_POLICY_FIFO);
    ck_assert(pel_resident_reserve(&h.r, 3));
    uint32_t room = h.r.capacity;
    for (uint32_t slot = 0; slot < 3; slot++)
        pel_resident_insert(&h.r, slot);
    ck_assert(pel_resident_reserve(&h.r, room + 1));
    ck_assert_uint_ge(h.r.capacity, 2 * room);
    for (uint32_t slot = 0; slot < 3; slot++) {
        ck_assert_uint_eq(pel_resident_victim(&h.r), slot);
        pel_resident_remove(&h.r, slot);
    }
    pel_resident_release(&h.r);
}
END_TEST

START_TEST(without_memory_there_is_no_room_and_nothing_changes)
{
    bool grown = false;
    for (long n = 0; !grown; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_resident r;
        pel_resident_init(&r, PEL_POLICY_LRU, &a, (pel_policy_host){ 0 });
        grown = pel_resident_reserve(&r, 4);
        if (grown)
            pel_resident_insert(&r, 3);
        if (grown && !pel_resident_reserve(&r, 1000)) {
            grown = false;
            ck_assert_uint_eq(pel_resident_victim(&r), 3);
        }
        pel_resident_release(&r);
        ck_assert_int_eq(f.live, 0);
    }
}
END_TEST

START_TEST(wsclock_spares_a_dirty_page_while_there_is_a_clean_one)
{
    host h;
    host_open(&h, PEL_POLICY_WSCLOCK);
    h.r.window = 10;
    for (uint64_t page = 0; page < 3; page++)
        host_bring(&h, page);
    h.dirty[host_find(&h, 0)] = h.dirty[host_find(&h, 1)] = true;
    h.r.clock = 5; /* all in the working set: the clean one */
    ck_assert_uint_eq(h.page[pel_resident_victim(&h.r)], 2);
    h.r.clock = 11;
    ck_assert_uint_eq(h.page[pel_resident_victim(&h.r)], 2);
    h.dirty[host_find(&h, 2)] = true; /* all old and dirty: the first at the hand */
    ck_assert_uint_eq(h.page[pel_resident_victim(&h.r)], h.page[h.r.hand]);
    pel_resident_release(&h.r);
}
END_TEST

START_TEST(windows_lets_the_page_go_that_was_unused_for_most_ticks)
{
    host h;
    host_open(&h, PEL_POLICY_WINDOWS);
    for (uint64_t page = 0; page < 3; page++)
        host_bring(&h, page);
    for (int i = 0; i < 9; i++) {
        h.used[host_find(&h, 0)] = true;
        h.used[host_find(&h, 2)] = i < 5;
        pel_resident_tick(&h.r);
    }
    ck_assert_uint_eq(h.page[pel_resident_victim(&h.r)], 1);
    host_evict(&h);
    ck_assert_uint_eq(h.page[pel_resident_victim(&h.r)], 2);
    pel_resident_release(&h.r);
}
END_TEST

START_TEST(only_lru_must_see_each_access)
{
    for (int i = 0; i < PEL_POLICY_COUNT; i++)
        ck_assert_int_eq(pel_policies[i]->every_access, i == PEL_POLICY_LRU);
}
END_TEST

PEL_TESTS(vm_policy)
{
    tcase_add_loop_test(tests, each_policy_keeps_the_pages_that_the_textbook_keeps, 0,
                        PEL_POLICY_COUNT);
    tcase_add_loop_test(tests, an_empty_set_has_no_victim, 0, PEL_POLICY_COUNT);
    tcase_add_loop_test(tests, pages_may_leave_unasked_in_any_order, 0, PEL_POLICY_COUNT);
    tcase_add_loop_test(tests, a_host_whose_pages_are_always_used_gets_a_victim_all_the_same, 0,
                        PEL_POLICY_COUNT);
    tcase_add_test(tests, room_grows_by_doubling_and_keeps_what_is_there);
    tcase_add_test(tests, without_memory_there_is_no_room_and_nothing_changes);
    tcase_add_test(tests, wsclock_spares_a_dirty_page_while_there_is_a_clean_one);
    tcase_add_test(tests, windows_lets_the_page_go_that_was_unused_for_most_ticks);
    tcase_add_test(tests, only_lru_must_see_each_access);
}
