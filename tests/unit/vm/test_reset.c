/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* MEM_RESET and MEM_RESET_UNDO: contents that need not be kept, and contents that must again. */

#define FRAMES 64

typedef struct reset {
    vm v;
    uint64_t at; /* a page with a 7 in it */
} reset;

static reset start(void)
{
    pel_machine_options o = { .ram_size = FRAMES * 0x1000, .page_file_size = { 0x100 * 0x1000 } };
    reset r = { .v = vm_with(&o) };
    r.at = allocated(r.v.s, 0x2000, BOTH, RW);
    put(r.v.s, r.at, 7);
    return r;
}

/* Have all of RAM used for something else. */
static void use_ram(reset *r)
{
    uint64_t at = allocated(r->v.t, FRAMES * 0x1000, BOTH, RW);
    pel_space_trim(r->v.s, UINT64_MAX);
    for (uint64_t i = 0; i < FRAMES; i++)
        put(r->v.t, at + i * 0x1000, 1);
    ck_holds(r->v.m);
}

static pel_ntstatus give_up(reset *r) { return allocate(r->v.s, r->at, 1, PEL_MEM_RESET, RW); }
static pel_ntstatus want_back(reset *r)
{
    return allocate(r->v.s, r->at, 1, PEL_MEM_RESET_UNDO, RW);
}

START_TEST(what_is_kept_goes_to_the_page_file)
{
    reset r = start();
    use_ram(&r);
    ck_hex(byte_at(r.v.s, r.at), 7);
    vm_free(&r.v);
}
END_TEST

START_TEST(what_was_given_up_is_lost_when_its_frame_is_needed)
{
    reset r = start();
    ck_nt(SUCCESS, give_up(&r));
    ck_hex(byte_at(r.v.s, r.at), 7); /* not yet */
    use_ram(&r);
    ck_hex(byte_at(r.v.s, r.at), 0);
    ck_region(r.v.s, r.at, 0x2000, PEL_MEM_COMMIT, RW);
    vm_free(&r.v);
}
END_TEST

static pel_event repurposed; /* the last one of the page with the 7 */
static const reset *watched;

static void note_repurpose(void *ctx, const pel_event *e)
{
    (void)ctx;
    if (e->kind == PEL_EVENT_REPURPOSE && e->space == watched->v.s && e->va.v == watched->at)
        repurposed = *e;
}

START_TEST(the_event_tells_what_is_lost)
{
    reset r = start();
    watched = &r;
    repurposed = (pel_event){ .kind = PEL_EVENT_COMMIT };
    pel_machine_listen(r.v.m, (pel_event_hook){ .tell = note_repurpose });
    if (_i)
        ck_nt(SUCCESS, give_up(&r));
    use_ram(&r);
    ck_assert_int_eq(repurposed.kind, PEL_EVENT_REPURPOSE);
    ck_assert_int_eq(repurposed.lost, _i == 1);
    vm_free(&r.v);
}
END_TEST

START_TEST(what_is_written_again_is_kept)
{
    reset r = start();
    ck_nt(SUCCESS, give_up(&r));
    put(r.v.s, r.at + 1, 8);
    use_ram(&r);
    ck_hex(byte_at(r.v.s, r.at), 7);
    ck_hex(byte_at(r.v.s, r.at + 1), 8);
    vm_free(&r.v);
}
END_TEST

START_TEST(what_is_wanted_back_in_time_is_kept)
{
    reset r = start();
    ck_nt(SUCCESS, give_up(&r));
    if (_i)
        pel_space_trim(r.v.s, UINT64_MAX); /* it waits on standby */
    ck_holds(r.v.m);
    ck_nt(SUCCESS, want_back(&r));
    ck_nt(SUCCESS, want_back(&r)); /* changes nothing */
    ck_holds(r.v.m);
    use_ram(&r);
    ck_hex(byte_at(r.v.s, r.at), 7);
    vm_free(&r.v);
}
END_TEST

/* "The pages should not be read from or written to the paging file" (Microsoft, VirtualAlloc). */
START_TEST(what_is_in_the_page_file_is_given_up_at_once)
{
    reset r = start();
    use_ram(&r);
    ck_holds(r.v.m);
    pel_counters before = pel_machine_counters(r.v.m);
    ck_nt(SUCCESS, give_up(&r));
    ck_holds(r.v.m);
    pel_counters after = pel_machine_counters(r.v.m);
    ck_hex(after.page_file_used, before.page_file_used - 1);
    ck_hex(after.commit, before.commit);
    ck_region(r.v.s, r.at, 0x2000, PEL_MEM_COMMIT, RW);
    pel_page_info page;
    ck_nt(SUCCESS, pel_space_page(r.v.s, va_of(r.at), &page));
    ck_assert_int_eq(page.place, PEL_AT_ZERO);
    ck_hex(byte_at(r.v.s, r.at), 0);
    after = pel_machine_counters(r.v.m);
    ck_hex(after.page_file_reads, before.page_file_reads);
    ck_hex(after.demand_zero, before.demand_zero + 1);
    vm_free(&r.v);
}
END_TEST

PEL_TESTS(vm_reset)
{
    tcase_add_test(tests, what_is_kept_goes_to_the_page_file);
    tcase_add_test(tests, what_was_given_up_is_lost_when_its_frame_is_needed);
    tcase_add_loop_test(tests, the_event_tells_what_is_lost, 0, 2);
    tcase_add_test(tests, what_is_written_again_is_kept);
    tcase_add_loop_test(tests, what_is_wanted_back_in_time_is_kept, 0, 2);
    tcase_add_test(tests, what_is_in_the_page_file_is_given_up_at_once);
}
