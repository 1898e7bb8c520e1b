/* SPDX-License-Identifier: Apache-2.0 */
#include "host_fixture.h"
#include "memory_model.h"
#include "vm/machine_priv.h"

/* Random calls on simulated memory and on the model of it. Both must give the same answers, and the
 * invariants must hold after each call.
 *
 * With plenty of RAM every answer is compared. On a tiny machine a call may also fail for want
 * of it, and must then have changed nothing. With a page file behind a tiny RAM it must not fail
 * for that: pages go out and come back all the time, under every policy and in every paging mode.
 */

#define SHORT_OF_RAM 26 /* frames */
#define SWAPPING     14 /* frames besides page tables, with page files of enough pages */
#define STEPS        2500

/* The call, while the page file can be neither read nor written. */
static void call_on_a_broken_host(call *c)
{
    pel_store *store = &c->w->v.m->page_files.file[0].store;
    int kept = replace_file(store, "/dev/full", O_WRONLY);
    call_any(c);
    restore_file(store, kept);
}

static void step(world *w)
{
    int s = (int)pick(w, 2);
    call c = { .w = w, .space = s ? w->v.t : w->v.s, .p = w->page[s] };
    bool anywhere = pick(w, 4) == 0;
    for (int tries = 0; tries < 8; tries++) {
        c.first = (int)pick(w, PAGES);
        if (anywhere || c.p[c.first].committed)
            break;
    }
    c.count = 1 + (int)pick(w, pick(w, 4) ? 8 : 48);
    if (c.first + c.count > PAGES)
        c.count = PAGES - c.first;
    /* half the time an allocation as it is, for calls that want all of one */
    int first = c.p[c.first].first;
    if (first >= 0 && pick(w, 2) == 0) {
        c.first = first;
        c.count = allocation_end(c.p, first) - first;
    }
    c.va = BASE + (uint64_t)c.first * 0x1000;
    c.size = (uint64_t)c.count * 0x1000 - pick(w, 0x1000);
    if (w->flaky && pick(w, 4) == 0)
        call_on_a_broken_host(&c);
    else
        call_any(&c);
    compare(w);
}

/* So little RAM for the mode that pages go out all the time. */
static uint64_t swapping_ram(pel_paging paging)
{
    static const uint64_t levels[] = {
        [PEL_PAGING_X64] = 4, [PEL_PAGING_LA57] = 5, [PEL_PAGING_PAE] = 3, [PEL_PAGING_X86] = 2
    };
    return (SWAPPING + 2 * levels[paging]) * 0x1000;
}

static void run(world *w, const pel_machine_options *options, uint64_t steps)
{
    world_make(w, options);
    for (w->step = 0; w->step < steps; w->step++)
        step(w);
    world_end(w);
}

START_TEST(memory_is_as_the_model_says)
{
    static world w;
    uint64_t steps = steps_of(STEPS);
    w = (world){ .dice = dice_of("memory", _i) };
    run(&w, &(pel_machine_options){ .ram_size = 0x10000 * 0x1000 }, steps);
    ck_assert_uint_gt(w.succeeded, steps / 5);
    ck_assert_uint_gt(w.refused, steps / 8);
}
END_TEST

START_TEST(want_of_memory_changes_nothing)
{
    static world w;
    uint64_t steps = steps_of(STEPS);
    w = (world){ .dice = dice_of("want of memory", _i), .tiny = true };
    run(&w, &(pel_machine_options){ .ram_size = SHORT_OF_RAM * 0x1000 }, steps);
    ck_assert_uint_gt(w.succeeded, steps / 8);
    ck_assert_uint_gt(w.failed, steps / 400);
}
END_TEST

/* Every policy that needs no future, and with it the paging modes in turn. */
START_TEST(pages_that_went_out_come_back_as_they_were)
{
    static world w;
    uint64_t steps = steps_of(STEPS);
    pel_machine_options o = { .ram_size = swapping_ram((pel_paging)(_i % 4)),
                              .paging = (pel_paging)(_i % 4),
                              .policy = (pel_policy)(_i % PEL_POLICY_OPT),
                              .page_file_size = { 0x100 * 0x1000, 0x100 * 0x1000 } };
    w = (world){ .dice = dice_of("paging", _i) };
    run(&w, &o, steps);
    ck_assert_uint_gt(w.succeeded, steps / 8);
    ck_assert_uint_gt(w.seen.page_file_writes, steps / 150);
    ck_assert_uint_gt(w.seen.page_file_reads, steps / 1500);
    ck_assert_uint_gt(w.seen.transition, steps / 400);
}
END_TEST

START_TEST(a_host_that_fails_changes_nothing)
{
    static world w;
    uint64_t steps = steps_of(STEPS);
    pel_machine_options o = { .ram_size = swapping_ram((pel_paging)(_i % 4)),
                              .paging = (pel_paging)(_i % 4),
                              .policy = (pel_policy)(_i % PEL_POLICY_OPT),
                              .page_file_size = { 0x200 * 0x1000 } };
    w = (world){ .dice = dice_of("host", _i), .flaky = true };
    run(&w, &o, steps);
    ck_assert_uint_gt(w.succeeded, steps / 8);
    ck_assert_uint_gt(w.failed, steps / 1000);
}
END_TEST

PEL_TESTS(vm_model)
{
    tcase_set_timeout(tests, 0);
    tcase_add_loop_test(tests, memory_is_as_the_model_says, 0, 4);
    tcase_add_loop_test(tests, want_of_memory_changes_nothing, 0, 4);
    tcase_add_loop_test(tests, pages_that_went_out_come_back_as_they_were, 0, 12);
    tcase_add_loop_test(tests, a_host_that_fails_changes_nothing, 0, 6);
}
