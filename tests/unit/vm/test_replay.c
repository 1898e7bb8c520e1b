/* SPDX-License-Identifier: Apache-2.0 */
#include "textbook.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static pel_trace *trace_of(const book_ref *refs, size_t count)
{
    pel_trace *t;
    ck_ok(pel_trace_new(NULL, &t));
    for (size_t i = 0; i < count; i++)
        ck_quick(pel_trace_access(t, refs[i].page, refs[i].write) == PEL_OK);
    return t;
}

static uint64_t faults_of(const pel_trace *t, pel_policy policy, uint64_t frames)
{
    pel_replay_result r;
    ck_quick(pel_replay(t, policy, frames, &r) == PEL_OK);
    return r.faults;
}

/* ---- strings of the books ---------------------------------------------- */

static const struct {
    const char *name;
    uint64_t pages[24];
    size_t count;
    struct {
        uint64_t frames, fifo, lru, clock, opt;
    } want[3];
} strings[] = {
    { "Belady",
      { 1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5 },
      12,
      { { 3, 9, 10, 9, 7 }, { 4, 10, 8, 10, 6 }, { 5, 5, 5, 5, 5 } } },
    { "Silberschatz",
      { 7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1 },
      20,
      { { 3, 15, 12, 14, 9 }, { 4, 10, 8, 9, 8 }, { 5, 9, 7, 9, 7 } } },
    { "Arpaci-Dusseau",
      { 0, 1, 2, 0, 1, 3, 0, 3, 1, 2, 1 },
      11,
      { { 3, 7, 5, 7, 5 }, { 4, 4, 4, 4, 4 } } },
    { "loop",
      { 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4 },
      20,
      { { 3, 20, 20, 20, 12 }, { 4, 20, 20, 20, 8 }, { 5, 5, 5, 5, 5 } } },
};

START_TEST(strings_of_the_textbooks_have_the_faults_that_the_textbooks_say)
{
    pel_trace *t;
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_trace_add(t, strings[_i].pages, strings[_i].count));
    for (size_t i = 0; i < 3 && strings[_i].want[i].frames; i++) {
        uint64_t frames = strings[_i].want[i].frames;
        ck_assert_uint_eq(faults_of(t, PEL_POLICY_FIFO, frames), strings[_i].want[i].fifo);
        ck_assert_uint_eq(faults_of(t, PEL_POLICY_LRU, frames), strings[_i].want[i].lru);
        ck_assert_uint_eq(faults_of(t, PEL_POLICY_CLOCK, frames), strings[_i].want[i].clock);
        ck_assert_uint_eq(faults_of(t, PEL_POLICY_OPT, frames), strings[_i].want[i].opt);
    }
    pel_trace_free(t);
}
END_TEST

/* ---- against the models ------------------------------------------------ */

static void ck_same(pel_replay_result got, pel_replay_result want, pel_policy policy, size_t frames)
{
    if (memcmp(&got, &want, sizeof got) == 0)
        return;
    ck_abort_msg("%s, %zu frames: faults %" PRIu64 " soft %" PRIu64 " writes %" PRIu64
                 ", want %" PRIu64 " %" PRIu64 " %" PRIu64,
                 pel_policy_name(policy), frames, got.faults, got.soft, got.writes, want.faults,
                 want.soft, want.writes);
}

START_TEST(random_strings_have_the_faults_of_the_model)
{
    pel_policy policy = (pel_policy)_i;
    uint64_t seed = 100 + (uint64_t)_i;
    book_ref refs[300];
    for (int round = 0; round < 25; round++) {
        book_string(&seed, refs, 300, 2 + random_below(&seed, 30));
        pel_trace *t = trace_of(refs, 300);
        for (size_t frames = 1; frames <= 12; frames++) {
            pel_replay_result got;
            ck_quick(pel_replay(t, policy, frames, &got) == PEL_OK);
            ck_same(got, book_run(policy, frames, refs, 300), policy, frames);
        }
        pel_trace_free(t);
    }
}
END_TEST

START_TEST(more_frames_than_a_round_looks_at_follow_the_model)
{
    pel_policy policy = (pel_policy)_i;
    uint64_t seed = 300 + (uint64_t)_i;
    static book_ref refs[4000];
    book_string(&seed, refs, 4000, 90);
    pel_trace *t = trace_of(refs, 4000);
    for (size_t frames = 13; frames < BOOK_MOST; frames += 10) {
        pel_replay_result got;
        ck_ok(pel_replay(t, policy, frames, &got));
        ck_same(got, book_run(policy, frames, refs, 4000), policy, frames);
    }
    pel_trace_free(t);
}
END_TEST

/* One by one, in blocks, and behind a trace that forgets: three ways to say the same. */
START_TEST(a_replayer_comes_to_what_a_replay_comes_to)
{
    pel_policy policy = (pel_policy)_i;
    uint64_t seed = 500 + (uint64_t)_i;
    static book_ref refs[BOOK_REFS];
    book_string(&seed, refs, BOOK_REFS, 200);
    pel_trace *t = trace_of(refs, BOOK_REFS), *blocks;
    pel_replayer *one, *follower;
    pel_replay_result want;
    ck_ok(pel_replay(t, policy, 20, &want));
    ck_ok(pel_trace_new(NULL, &blocks));
    ck_ok(pel_replayer_new(NULL, policy, 20, &one));
    ck_ok(pel_replayer_new(NULL, policy, 20, &follower));
    for (size_t i = 0; i < BOOK_REFS; i++) {
        ck_quick(pel_replayer_access(one, refs[i].page, refs[i].write) == PEL_OK);
        ck_quick(pel_trace_access(blocks, refs[i].page, refs[i].write) == PEL_OK);
        if (random_below(&seed, 50) == 0)
            ck_ok(pel_replayer_follow(follower, blocks));
        if (pel_replayer_result(follower).accesses == pel_trace_length(blocks))
            pel_trace_forget(blocks);
    }
    ck_ok(pel_replayer_follow(follower, blocks));
    ck_same(pel_replayer_result(one), want, policy, 20);
    ck_same(pel_replayer_result(follower), want, policy, 20);
    ck_assert_uint_eq(pel_trace_length(blocks), BOOK_REFS);
    ck_assert_uint_eq(pel_trace_pages(blocks), pel_trace_pages(t));
    pel_replayer_free(one);
    pel_replayer_free(follower);
    pel_trace_free(blocks);
    pel_trace_free(t);
}
END_TEST

START_TEST(pages_in_blocks_are_reads)
{
    uint64_t seed = 9, pages[3000];
    pel_replayer *one, *block;
    ck_ok(pel_replayer_new(NULL, PEL_POLICY_CLOCK, 7, &one));
    ck_ok(pel_replayer_new(NULL, PEL_POLICY_CLOCK, 7, &block));
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        pages[i] = (uint64_t)random_below(&seed, 20) << 40;
        ck_quick(pel_replayer_access(one, pages[i], false) == PEL_OK);
    }
    ck_ok(pel_replayer_add(block, pages, COUNT_OF(pages)));
    ck_same(pel_replayer_result(block), pel_replayer_result(one), PEL_POLICY_CLOCK, 7);
    ck_assert_uint_eq(pel_replayer_result(block).writes, 0);
    pel_replayer_free(one);
    pel_replayer_free(block);
}
END_TEST

/* ---- what holds for every string --------------------------------------- */

START_TEST(lru_and_opt_never_do_worse_with_more_frames)
{
    uint64_t seed = 4242 + (uint64_t)_i;
    book_ref refs[1000];
    book_string(&seed, refs, 1000, 40);
    pel_trace *t = trace_of(refs, 1000);
    for (uint64_t frames = 1; frames < 45; frames++) {
        ck_quick(faults_of(t, PEL_POLICY_LRU, frames + 1) <= faults_of(t, PEL_POLICY_LRU, frames));
        ck_quick(faults_of(t, PEL_POLICY_OPT, frames + 1) <= faults_of(t, PEL_POLICY_OPT, frames));
    }
    pel_trace_free(t);
}
END_TEST

START_TEST(nothing_has_fewer_faults_than_opt)
{
    uint64_t seed = 777 + (uint64_t)_i;
    book_ref refs[1000];
    book_string(&seed, refs, 1000, 40);
    pel_trace *t = trace_of(refs, 1000);
    for (uint64_t frames = 1; frames < 45; frames++) {
        uint64_t least = faults_of(t, PEL_POLICY_OPT, frames);
        for (int p = 0; p < PEL_POLICY_COUNT; p++)
            ck_quick(faults_of(t, (pel_policy)p, frames) >= least);
        ck_quick(least >= pel_trace_pages(t));
    }
    pel_trace_free(t);
}
END_TEST

START_TEST(with_room_for_all_each_page_faults_once)
{
    uint64_t seed = 5;
    book_ref refs[1000];
    book_string(&seed, refs, 1000, 40);
    pel_trace *t = trace_of(refs, 1000);
    pel_replay_result r;
    ck_ok(pel_replay(t, (pel_policy)_i, UINT64_MAX, &r));
    ck_assert_uint_eq(r.faults, pel_trace_pages(t));
    ck_assert_uint_eq(r.soft + r.writes, 0);
    pel_trace_free(t);
}
END_TEST

START_TEST(fifo_shows_beladys_anomaly_and_lru_does_not)
{
    pel_trace *t;
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_trace_add(t, strings[0].pages, strings[0].count));
    ck_assert_uint_gt(faults_of(t, PEL_POLICY_FIFO, 4), faults_of(t, PEL_POLICY_FIFO, 3));
    ck_assert_uint_lt(faults_of(t, PEL_POLICY_LRU, 4), faults_of(t, PEL_POLICY_LRU, 3));
    pel_trace_free(t);
}
END_TEST

START_TEST(windows_takes_a_page_back_from_standby_without_a_fault)
{
    /* Four frames: three for the working set, one for standby. Page 0 is trimmed for 3. */
    static const uint64_t pages[] = { 0, 1, 2, 3, 0 };
    pel_trace *t;
    pel_replay_result r;
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_trace_add(t, pages, COUNT_OF(pages)));
    ck_ok(pel_replay(t, PEL_POLICY_WINDOWS, 4, &r));
    ck_assert_uint_eq(r.faults, 4);
    ck_assert_uint_eq(r.soft, 1);
    pel_trace_free(t);
}
END_TEST

START_TEST(a_page_is_written_when_it_leaves_dirty_and_once)
{
    pel_replayer *r;
    ck_ok(pel_replayer_new(NULL, PEL_POLICY_FIFO, 1, &r));
    ck_ok(pel_replayer_access(r, 1, true));
    ck_ok(pel_replayer_access(r, 1, false));
    ck_ok(pel_replayer_access(r, 2, false)); /* 1 leaves dirty */
    ck_ok(pel_replayer_access(r, 1, false)); /* 2 leaves clean */
    ck_ok(pel_replayer_access(r, 3, true));  /* 1 is clean now */
    ck_assert_uint_eq(pel_replayer_result(r).writes, 1);
    ck_assert_uint_eq(pel_replayer_result(r).faults, 4);
    pel_replayer_free(r);
}
END_TEST

/* ---- traces, arguments, memory ----------------------------------------- */

START_TEST(pages_of_any_number_are_told_apart)
{
    pel_trace *t;
    ck_ok(pel_trace_new(NULL, &t));
    for (uint64_t i = 0; i < 200000; i++) {
        ck_quick(pel_trace_access(t, i << 44 | (i * 0x10001), false) == PEL_OK);
        ck_quick(pel_trace_access(t, UINT64_MAX - i, true) == PEL_OK);
    }
    for (uint64_t i = 0; i < 200000; i++)
        ck_quick(pel_trace_access(t, UINT64_MAX - i, false) == PEL_OK);
    ck_assert_uint_eq(pel_trace_pages(t), 400000);
    ck_assert_uint_eq(pel_trace_length(t), 600000);
    pel_trace_free(t);
}
END_TEST

START_TEST(mistakes_of_the_caller_are_refused)
{
    pel_trace *t;
    pel_replayer *r;
    pel_replay_result out;
    uint64_t page = 1;
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_trace_add(t, NULL, 0));
    ck_status(PEL_BAD_ARG, pel_trace_new(NULL, NULL));
    ck_status(PEL_BAD_ARG, pel_trace_add(NULL, &page, 1));
    ck_status(PEL_BAD_ARG, pel_trace_add(t, NULL, 1));
    ck_status(PEL_BAD_ARG, pel_trace_access(NULL, 1, false));
    ck_status(PEL_BAD_ARG, pel_replay(t, PEL_POLICY_FIFO, 0, &out));
    ck_status(PEL_BAD_ARG, pel_replay(t, PEL_POLICY_OPT, 0, &out));
    ck_status(PEL_BAD_ARG, pel_replay(t, PEL_POLICY_COUNT, 1, &out));
    ck_status(PEL_BAD_ARG, pel_replay(t, PEL_POLICY_FIFO, 1, NULL));
    ck_status(PEL_BAD_ARG, pel_replay(NULL, PEL_POLICY_FIFO, 1, &out));
    ck_status(PEL_BAD_ARG, pel_replayer_new(NULL, PEL_POLICY_OPT, 1, &r));
    ck_assert_ptr_null(r);
    ck_status(PEL_BAD_ARG, pel_replayer_new(NULL, PEL_POLICY_FIFO, 0, &r));
    ck_status(PEL_BAD_ARG, pel_replayer_access(NULL, 1, false));
    pel_trace_forget(NULL);
    pel_trace_free(NULL);
    pel_replayer_free(NULL);
    pel_trace_free(t);
}
END_TEST

START_TEST(a_replayer_follows_one_trace_and_misses_nothing_of_it)
{
    pel_trace *t, *other;
    pel_replayer *r;
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_trace_new(NULL, &other));
    ck_ok(pel_replayer_new(NULL, PEL_POLICY_LRU, 3, &r));
    ck_ok(pel_trace_access(t, 1, false));
    ck_ok(pel_replayer_follow(r, t));
    ck_ok(pel_replayer_follow(r, t)); /* nothing new */
    ck_assert_uint_eq(pel_replayer_result(r).accesses, 1);
    ck_status(PEL_BAD_ARG, pel_replayer_follow(r, other));
    ck_status(PEL_BAD_ARG, pel_replayer_access(r, 1, false));
    ck_ok(pel_trace_access(t, 2, false));
    pel_trace_forget(t);
    ck_status(PEL_BAD_ARG, pel_replayer_follow(r, t));
    pel_replay_result out;
    ck_status(PEL_BAD_ARG, pel_replay(t, PEL_POLICY_LRU, 3, &out));
    pel_replayer_free(r);
    pel_trace_free(t);
    pel_trace_free(other);
}
END_TEST

START_TEST(an_empty_trace_has_no_faults)
{
    pel_trace *t;
    pel_replay_result r;
    ck_ok(pel_trace_new(NULL, &t));
    ck_ok(pel_replay(t, (pel_policy)_i, 3, &r));
    ck_assert_uint_eq(r.accesses + r.faults + r.soft + r.writes, 0);
    pel_trace_free(t);
}
END_TEST

static pel_status whole_study(const pel_allocator *a)
{
    pel_trace *t = NULL;
    pel_replayer *r = NULL;
    pel_replay_result out[2];
    const uint64_t frames[] = { 3, 30 };
    pel_status st = pel_trace_new(a, &t);
    for (uint64_t i = 0; st == PEL_OK && i < 200; i++)
        st = pel_trace_access(t, i * i % 97, i % 3 == 0);
    for (int p = 0; st == PEL_OK && p < PEL_POLICY_COUNT; p++)
        st = pel_replay_curve(t, (pel_policy)p, frames, 2, out);
    if (st == PEL_OK)
        st = pel_replayer_new(a, PEL_POLICY_WINDOWS, 8, &r);
    for (uint64_t i = 0; st == PEL_OK && i < 200; i++)
        st = pel_replayer_access(r, i * i % 97, false);
    pel_replayer_free(r);
    pel_trace_free(t);
    return st;
}

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        st = whole_study(&a);
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
}
END_TEST

/* After a failure the replayer goes on where it was, once there is memory. */
START_TEST(a_replayer_survives_a_lack_of_memory)
{
    pel_replay_result want = { 0 };
    for (long n = 1; n < 40; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_replayer *r;
        ck_ok(pel_replayer_new(&a, PEL_POLICY_WINDOWS, 8, &r));
        for (uint64_t i = 0; i < 300; i++) {
            pel_status st = pel_replayer_access(r, i * i % 131, true);
            if (st == PEL_NO_MEMORY) {
                f.left = 1000;
                st = pel_replayer_access(r, i * i % 131, true);
            }
            ck_quick(st == PEL_OK);
        }
        if (n == 1)
            want = pel_replayer_result(r);
        ck_same(pel_replayer_result(r), want, PEL_POLICY_WINDOWS, 8);
        pel_replayer_free(r);
        ck_assert_int_eq(f.live, 0);
    }
}
END_TEST

PEL_TESTS(vm_replay)
{
    tcase_add_loop_test(tests, strings_of_the_textbooks_have_the_faults_that_the_textbooks_say, 0,
                        COUNT_OF(strings));
    tcase_add_loop_test(tests, random_strings_have_the_faults_of_the_model, 0, PEL_POLICY_COUNT);
    tcase_add_loop_test(tests, more_frames_than_a_round_looks_at_follow_the_model, 0,
                        PEL_POLICY_COUNT);
    tcase_add_loop_test(tests, a_replayer_comes_to_what_a_replay_comes_to, 0, PEL_POLICY_OPT);
    tcase_add_test(tests, pages_in_blocks_are_reads);
    tcase_add_loop_test(tests, lru_and_opt_never_do_worse_with_more_frames, 0, 6);
    tcase_add_loop_test(tests, nothing_has_fewer_faults_than_opt, 0, 6);
    tcase_add_loop_test(tests, with_room_for_all_each_page_faults_once, 0, PEL_POLICY_COUNT);
    tcase_add_test(tests, fifo_shows_beladys_anomaly_and_lru_does_not);
    tcase_add_test(tests, windows_takes_a_page_back_from_standby_without_a_fault);
    tcase_add_test(tests, a_page_is_written_when_it_leaves_dirty_and_once);
    tcase_add_test(tests, pages_of_any_number_are_told_apart);
    tcase_add_test(tests, mistakes_of_the_caller_are_refused);
    tcase_add_test(tests, a_replayer_follows_one_trace_and_misses_nothing_of_it);
    tcase_add_loop_test(tests, an_empty_trace_has_no_faults, 0, PEL_POLICY_COUNT);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, a_replayer_survives_a_lack_of_memory);
}
