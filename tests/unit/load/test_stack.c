/* SPDX-License-Identifier: Apache-2.0 */
/* Making the stacks of threads, and how they then grow. */
#include "fixture.h"

#define PAGE UINT64_C(0x1000)

static pel_stack made(pel_space *s, pel_reserve_commit header)
{
    pel_stack k = pel_stack_sizes(header);
    ck_nt(SUCCESS, pel_stack_create(s, va_of(0), &k));
    return k;
}

START_TEST(a_stack_is_reserved_guard_and_committed)
{
    vm v = vm_new(0);
    pel_stack k = made(v.s, (pel_reserve_commit){ MIB, 0x4000 });
    pel_stack_state now;
    uint64_t at = k.allocation_base.v;
    ck_hex(k.base.v, at + MIB);
    ck_hex(k.limit.v, at + MIB - 0x4000);
    ck_region(v.s, at, MIB - 0x5000, RESERVE, 0);
    ck_region(v.s, at + MIB - 0x5000, PAGE, COMMIT, RW | GUARD);
    ck_region(v.s, at + MIB - 0x4000, 0x4000, COMMIT, RW);
    ck_hex(region_at(v.s, at).alloc_protect, RW);
    ck_nt(SUCCESS, pel_space_stack(v.s, k.limit, &now));
    ck_hex(now.allocation_base.v, at);
    ck_hex(now.base.v, k.base.v);
    ck_hex(now.limit.v, k.limit.v);
    ck_hex(now.guarantee, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 5);
    vm_free(&v);
}
END_TEST

START_TEST(a_commit_takes_no_ram_before_it_is_touched)
{
    vm v = vm_new(0);
    pel_stack k = made(v.s, (pel_reserve_commit){ 16 * MIB, 8 * MIB });
    uint64_t frames = pel_machine_counters(v.m).frames_used;
    ck_assert_uint_lt(frames - pel_machine_counters(v.m).frames_table, 1);
    ck_nt(SUCCESS, touch(v.s, k.base.v - 8, PEL_WRITE));
    ck_assert_uint_eq(
        pel_machine_counters(v.m).frames_used - pel_machine_counters(v.m).frames_table, 1);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_without_room_for_a_guard_does_not_grow)
{
    vm v = vm_new(0);
    pel_stack k = made(v.s, (pel_reserve_commit){ MIB, MIB });
    ck_hex(k.guard, 0);
    ck_hex(k.limit.v, k.allocation_base.v);
    for (uint64_t at = k.base.v; at > k.allocation_base.v; at -= PAGE)
        ck_nt(SUCCESS, touch(v.s, at - 8, PEL_WRITE));
    ck_nt(ACCESS_VIOLATION, touch(v.s, k.allocation_base.v - 8, PEL_WRITE));
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_grows_to_all_but_its_lowest_page)
{
    vm v = vm_new(0);
    pel_stack k = made(v.s, (pel_reserve_commit){ 64 * PAGE, 0x2000 });
    uint64_t at = k.base.v - 8, touched = 0;
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    while ((nt = touch(v.s, at, PEL_WRITE)) == PEL_STATUS_SUCCESS) {
        at -= PAGE;
        touched++;
    }
    ck_nt(STACK_OVERFLOW, nt);
    ck_assert_uint_eq(touched, 62); /* the 63rd touch told of the overflow */
    ck_hex(at & ~(PAGE - 1), k.allocation_base.v + PAGE);
    ck_nt(SUCCESS, touch(v.s, at, PEL_WRITE));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at - PAGE, PEL_WRITE));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 63);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_ends_at_or_below_its_highest_address)
{
    vm v = vm_new(0);
    pel_stack k = pel_stack_sizes((pel_reserve_commit){ MIB, 0x1000 });
    ck_nt(SUCCESS, pel_stack_create(v.s, va_of(0x10FFFF), &k));
    ck_hex(k.base.v, 0x110000);
    pel_stack another = pel_stack_sizes((pel_reserve_commit){ MIB, 0x1000 });
    ck_nt(NO_MEMORY, pel_stack_create(v.s, va_of(0x20FFFE), &another));
    ck_hex(another.base.v, 0);
    ck_nt(SUCCESS, pel_stack_create(v.s, va_of(0x20FFFF), &another));
    ck_hex(another.allocation_base.v, 0x110000);
    vm_free(&v);
}
END_TEST

START_TEST(a_stack_that_cannot_be_committed_leaves_nothing)
{
    pel_region r;
    vm v = vm_new(64);
    const pel_reserve_commit header[] = { { MIB, 80 * PAGE }, { MIB, 64 * PAGE } };
    pel_stack k = pel_stack_sizes(header[_i]); /* too much, or just the guard is */
    ck_nt(COMMITMENT_LIMIT, pel_stack_create(v.s, va_of(0), &k));
    ck_hex(k.base.v, 0);
    ck_nt(SUCCESS, pel_space_query(v.s, va_of(0x10000), &r));
    ck_hex(r.size, 0x7FFFFFFF0000 - 0x10000);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    vm_free(&v);
}
END_TEST

START_TEST(sizes_that_contradict_each_other_are_refused)
{
    vm v = vm_new(0);
    pel_stack k = { .effective = { .reserve = 0x10000, .commit = 0x11000 } };
    ck_nt(INVALID_PARAMETER, pel_stack_create(v.s, va_of(0), &k));
    k = (pel_stack){ .effective = { .reserve = 0x10000, .commit = 0x10000 }, .guard = PAGE };
    ck_nt(INVALID_PARAMETER, pel_stack_create(v.s, va_of(0), &k));
    k = (pel_stack){ .effective = { .reserve = 0, .commit = 0 } };
    ck_nt(INVALID_PARAMETER, pel_stack_create(v.s, va_of(0), &k));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    vm_free(&v);
}
END_TEST

START_TEST(threads_of_a_process_have_stacks_by_its_header)
{
    pel_process *p;
    pel_stack k[3];
    pel_stack_state now;
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.SizeOfStackReserve", 2 * MIB);
    pel_builder_set(s.b, "optional_header.SizeOfStackCommit", 0x1000);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    ck_nt(SUCCESS, pel_process_create_stack(p, 0, false, &k[0]));
    ck_nt(SUCCESS, pel_process_create_stack(p, 0x3f00, false, &k[1]));
    ck_nt(SUCCESS, pel_process_create_stack(p, 0x3ff000, true, &k[2]));
    ck_hex(k[0].effective.reserve, 2 * MIB);
    ck_hex(k[0].base.v - k[0].limit.v, 0x2000);
    ck_hex(k[1].base.v - k[1].limit.v, 0x4000);
    ck_hex(k[2].base.v - k[2].allocation_base.v, 0x400000);
    for (int i = 0; i < 3; i++) {
        ck_nt(SUCCESS, touch(pel_process_space(p), k[i].limit.v - 1, PEL_WRITE));
        ck_nt(SUCCESS, pel_space_stack(pel_process_space(p), k[i].limit, &now));
        ck_hex(now.limit.v, k[i].limit.v - PAGE);
    }
    ck_nt(NO_MEMORY, pel_process_create_stack(p, UINT64_C(0x80000000), true, &k[0]));
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(every_allocation_of_a_stack_may_fail)
{
    pel_ntstatus nt = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    long n = 0;
    for (; nt != PEL_STATUS_SUCCESS; n++) {
        alloc_fail f = { .left = 100 };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_machine_options o = { .allocator = &a };
        pel_machine *m;
        pel_space *s;
        pel_stack k = pel_stack_sizes((pel_reserve_commit){ MIB, 0x1000 });
        ck_ok(pel_machine_new(&o, &m));
        ck_ok(pel_space_new(m, NULL, &s));
        f.left = n;
        nt = pel_stack_create(s, va_of(0), &k);
        ck_holds(m);
        if (nt != PEL_STATUS_SUCCESS) {
            ck_nt(PELORUS_HOST_NO_MEMORY, nt);
            ck_assert_uint_eq(pel_machine_counters(m).commit, 0);
        }
        pel_space_free(s);
        pel_machine_free(m);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 50);
    }
    ck_assert_int_ge(n, 3);
}
END_TEST

PEL_TESTS(load_stack)
{
    tcase_add_test(tests, a_stack_is_reserved_guard_and_committed);
    tcase_add_test(tests, a_commit_takes_no_ram_before_it_is_touched);
    tcase_add_test(tests, a_stack_without_room_for_a_guard_does_not_grow);
    tcase_add_test(tests, a_stack_grows_to_all_but_its_lowest_page);
    tcase_add_test(tests, a_stack_ends_at_or_below_its_highest_address);
    tcase_add_loop_test(tests, a_stack_that_cannot_be_committed_leaves_nothing, 0, 2);
    tcase_add_test(tests, sizes_that_contradict_each_other_are_refused);
    tcase_add_test(tests, threads_of_a_process_have_stacks_by_its_header);
    tcase_add_test(tests, every_allocation_of_a_stack_may_fail);
}
