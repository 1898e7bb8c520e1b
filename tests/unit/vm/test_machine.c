/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "vm/frame.h"
#include "vm/machine_priv.h"

static const struct {
    const char *what;
    uint64_t ram_size;
    int paging;
} refused[] = {
    { "a part of a page", 0x1800, PEL_PAGING_X64 },
    { "more than frame numbers can tell", ((uint64_t)1 << 48) + 0x1000, PEL_PAGING_X64 },
    { "an unknown paging mode", 0x10000, 99 },
};

START_TEST(wrong_options_are_refused)
{
    pel_machine_options o = { .ram_size = refused[_i].ram_size,
                              .paging = (pel_paging)refused[_i].paging };
    pel_machine *m = (void *)1;
    pel_status st = pel_machine_new(&o, &m);
    ck_assert_msg(st == PEL_BAD_ARG && !m, "%s", refused[_i].what);
    ck_status(PEL_BAD_ARG, pel_machine_new(&o, NULL));
}
END_TEST

START_TEST(defaults_are_4_gib)
{
    pel_machine *m;
    ck_ok(pel_machine_new(NULL, &m));
    pel_counters c = pel_machine_counters(m);
    ck_assert_uint_eq(c.frames, 1 << 20);
    ck_assert_uint_eq(c.commit_limit, 1 << 20);
    ck_assert_uint_eq(c.frames_used, 0);
    ck_holds(m);
    pel_machine_free(m);
    pel_machine_free(NULL);
}
END_TEST

START_TEST(frames_are_zeroed_counted_and_used_again)
{
    pel_machine_options o = { .ram_size = 2 * 0x1000 };
    pel_machine *m;
    uint64_t a, b, c;
    ck_ok(pel_machine_new(&o, &m));
    ck_nt(SUCCESS, pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ZERO, NULL, 0, &a));
    ck_nt(SUCCESS, pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ZERO, NULL, 1, &b));
    ck_nt(NO_MEMORY, pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ANY, NULL, 2, &c));
    memset(pel_frame_bytes(m, a), 0xAA, 0x1000);
    pel_frame_give(m, a);
    ck_assert_uint_eq(pel_machine_counters(m).frames_used, 1);
    ck_nt(SUCCESS, pel_frame_take(m, PEL_FRAME_PRIVATE, PEL_BYTES_ZERO, NULL, 2, &c));
    ck_assert_uint_eq(c, a);
    for (size_t i = 0; i < 0x1000; i++)
        ck_assert_uint_eq(pel_frame_bytes(m, c)[i], 0);
    pel_frame_give(m, b);
    pel_frame_give(m, c);
    ck_assert_uint_eq(pel_machine_counters(m).frames_peak, 2);
    ck_holds(m);
    pel_machine_free(m);
}
END_TEST

START_TEST(physical_memory_is_what_pages_hold)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1000, BOTH, RW);
    put(v.s, at + 0x123, 0x5A);
    pel_walk walk = pel_space_walk(v.s, va_of(at + 0x123));
    uint8_t byte;
    ck_ok(pel_machine_read_physical(v.m, walk.pa, &byte, 1));
    ck_assert_uint_eq(byte, 0x5A);

    uint8_t two[0x2000];
    memset(two, 0xFF, sizeof two);
    ck_ok(pel_machine_read_physical(v.m, (pel_pa){ 0xFE000 }, two, sizeof two));
    for (size_t i = 0; i < sizeof two; i++)
        ck_assert_uint_eq(two[i], 0); /* never used */
    ck_ok(pel_machine_read_physical(v.m, (pel_pa){ 0x100000 }, two, 0));
    ck_status(PEL_BAD_ARG, pel_machine_read_physical(v.m, (pel_pa){ 0xFF001 }, two, 0x1000));
    ck_status(PEL_BAD_ARG, pel_machine_read_physical(v.m, (pel_pa){ UINT64_MAX }, two, 2));
    vm_free(&v);
}
END_TEST

/* What the host pays for a machine of 64 GiB with a small process in it. */
START_TEST(a_large_machine_costs_what_is_used_of_it)
{
    alloc_fail f = { .left = 1000000 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_machine_options o = { .allocator = &a, .ram_size = (uint64_t)64 << 30 };
    pel_machine *m;
    pel_space *s;
    ck_ok(pel_machine_new(&o, &m));
    ck_ok(pel_space_new(m, NULL, &s));
    uint64_t big = allocated(s, (uint64_t)32 << 30, BOTH, RW);
    uint64_t sparse = allocated(s, (uint64_t)64 << 40, RESERVE, NOACCESS);
    ck_assert_uint_eq(pel_machine_counters(m).frames_used, 1); /* the root */
    for (uint64_t i = 0; i < 32; i++) {
        put(s, big + (i << 30), (uint8_t)i);
        ck_nt(SUCCESS, allocate(s, sparse + (i << 40), 0x1000, COMMIT, RW));
        put(s, sparse + (i << 40), (uint8_t)i);
    }
    ck_region(s, big, (uint64_t)32 << 30, PEL_MEM_COMMIT, RW);
    ck_region(s, sparse + 0x1000, ((uint64_t)1 << 40) - 0x1000, PEL_MEM_RESERVE, 0);
    ck_holds(m);
    ck_assert_msg(f.live < 4 << 20, "%ld bytes", f.live);
    pel_space_free(s);
    pel_machine_free(m);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

/* The invariants can fail: break each, see it told by its number, and mend it. */

static void ck_broken(const pel_machine *m, const char *number)
{
    const char *broken = pel_machine_check(m);
    ck_assert_msg(broken && strncmp(broken, number, strlen(number)) == 0, "want %s, got %s", number,
                  broken ? broken : "all well");
}

START_TEST(the_check_finds_what_is_broken)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x2000, BOTH, RW);
    put(v.s, at, 1);
    ck_holds(v.m);
    pel_walk walk = pel_space_walk(v.s, va_of(at));
    pel_frame *table = pel_frame_entry(v.m, walk.steps[3].address.v >> 12);
    pel_frame *page = pel_frame_entry(v.m, walk.pa.v >> 12);
    uint8_t *word =
        pel_frame_bytes(v.m, walk.steps[3].address.v >> 12) + walk.steps[3].address.v % 0x1000;

    v.m->ram.used++;
    ck_broken(v.m, "(1)");
    v.m->ram.used--;
    table->count++;
    ck_broken(v.m, "(2)");
    table->count--;
    page->page++;
    ck_broken(v.m, "(4)");
    page->page--;
    pel_pte_store(word, walk.steps[3].entry & ~PEL_PTE_NX);
    ck_broken(v.m, "(6)");
    pel_pte_store(word, walk.steps[3].entry);
    v.m->commit++;
    ck_broken(v.m, "(7)");
    v.m->commit--;
    pel_pte_store(word, walk.steps[3].entry & ~PEL_PTE_DIRTY);
    ck_broken(v.m, "(8)");
    pel_pte_store(word, walk.steps[3].entry);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_machine)
{
    tcase_add_loop_test(tests, wrong_options_are_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, defaults_are_4_gib);
    tcase_add_test(tests, frames_are_zeroed_counted_and_used_again);
    tcase_add_test(tests, physical_memory_is_what_pages_hold);
    tcase_add_test(tests, a_large_machine_costs_what_is_used_of_it);
    tcase_add_test(tests, the_check_finds_what_is_broken);
}
