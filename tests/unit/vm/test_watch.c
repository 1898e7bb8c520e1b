/* SPDX-License-Identifier: Apache-2.0 */
/* Write watch: which pages were written. */
#include "fixture.h"

#define AT    UINT64_C(0x200000)
#define PAGE  UINT64_C(0x1000)
#define SIZE  (16 * PAGE)
#define WATCH PEL_MEM_WRITE_WATCH
#define TERA  (UINT64_C(1) << 40)

static vm watched(void)
{
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, AT, SIZE, BOTH | WATCH, RW));
    return v;
}

/* The pages that are told, as a set of page numbers within the region: bit n for page n. */
static uint64_t told(pel_space *s, uint64_t base, uint64_t size, bool reset, size_t room)
{
    pel_va found[64];
    uint64_t set = 0;
    size_t count = room;
    ck_nt(SUCCESS, pel_space_write_watch(s, va_of(base), size, reset, found, &count));
    ck_assert_uint_le(count, room);
    for (size_t i = 0; i < count; i++) {
        ck_assert(i == 0 || found[i].v > found[i - 1].v);
        ck_hex(found[i].v % PAGE, 0);
        ck_assert_uint_lt(found[i].v - AT, 64 * PAGE);
        set |= (uint64_t)1 << (found[i].v - AT) / PAGE;
    }
    return set;
}

static uint64_t all(pel_space *s) { return told(s, AT, SIZE, false, 64); }

START_TEST(a_page_is_told_once_it_was_written)
{
    vm v = watched();
    ck_hex(all(v.s), 0);
    ck_nt(SUCCESS, touch(v.s, AT + 3 * PAGE, PEL_READ));
    ck_hex(all(v.s), 0);
    put(v.s, AT + PAGE + 1, 0x44);
    put(v.s, AT + 3 * PAGE, 1);
    put(v.s, AT + 15 * PAGE + 0xFFF, 1);
    ck_hex(all(v.s), 0x800A);
    ck_hex(all(v.s), 0x800A);
    ck_region(v.s, AT, SIZE, COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(what_was_told_can_be_reset_with_the_telling)
{
    vm v = watched();
    put(v.s, AT + PAGE, 1);
    ck_hex(told(v.s, AT, SIZE, true, 64), 2);
    ck_hex(all(v.s), 0);
    put(v.s, AT + PAGE, 1); /* through an entry that is dirty already */
    ck_hex(all(v.s), 2);
    vm_free(&v);
}
END_TEST

START_TEST(only_what_has_room_is_told_and_reset)
{
    vm v = watched();
    put(v.s, AT + PAGE, 1);
    put(v.s, AT + 2 * PAGE, 1);
    put(v.s, AT + 4 * PAGE, 1);
    ck_hex(told(v.s, AT, SIZE, true, 1), 2);
    ck_hex(all(v.s), 0x14);
    put(v.s, AT + 2 * PAGE, 1);
    ck_hex(all(v.s), 0x14);
    vm_free(&v);
}
END_TEST

START_TEST(a_range_is_told_and_reset_for_itself)
{
    vm v = watched();
    put(v.s, AT + 2 * PAGE, 1);
    put(v.s, AT + 4 * PAGE, 1);
    ck_hex(told(v.s, AT + 3 * PAGE, 2 * PAGE, false, 64), 0x10);
    ck_hex(told(v.s, AT + 3 * PAGE + 0x800, 0x801, false, 64), 0x10); /* whole pages */
    ck_nt(SUCCESS, pel_space_reset_write_watch(v.s, va_of(AT), 3 * PAGE));
    ck_hex(all(v.s), 0x10);
    vm_free(&v);
}
END_TEST

START_TEST(a_write_across_pages_counts_for_both)
{
    vm v = watched();
    ck_nt(SUCCESS, pel_space_write(v.s, va_of(AT + 2 * PAGE - 2), "abcd", 4, NULL));
    ck_hex(all(v.s), 6);
    vm_free(&v);
}
END_TEST

START_TEST(a_write_that_is_refused_does_not_count)
{
    vm v = watched();
    ck_nt(SUCCESS, protect(v.s, AT + PAGE, PAGE, RO));
    ck_nt(SUCCESS, protect(v.s, AT + 2 * PAGE, PAGE, RW | GUARD));
    ck_nt(ACCESS_VIOLATION, touch(v.s, AT + PAGE, PEL_WRITE));
    ck_nt(GUARD_PAGE_VIOLATION, touch(v.s, AT + 2 * PAGE, PEL_WRITE));
    ck_hex(all(v.s), 0);
    ck_nt(SUCCESS, touch(v.s, AT + 2 * PAGE, PEL_WRITE));
    ck_hex(all(v.s), 4);
    vm_free(&v);
}
END_TEST

START_TEST(a_poke_counts)
{
    vm v = watched();
    ck_nt(SUCCESS, pel_space_poke(v.s, va_of(AT + 2 * PAGE), "x", 1));
    ck_hex(all(v.s), 4);
    vm_free(&v);
}
END_TEST

START_TEST(protecting_and_decommitting_change_nothing)
{
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, AT, SIZE, RESERVE | WATCH, NOACCESS));
    ck_nt(SUCCESS, allocate(v.s, AT, SIZE, COMMIT, NOACCESS));
    ck_hex(all(v.s), 0);
    ck_nt(SUCCESS, protect(v.s, AT, 6 * PAGE, RW));
    put(v.s, AT + 5 * PAGE + 200, 3);
    ck_nt(SUCCESS, protect(v.s, AT, 6 * PAGE, NOACCESS));
    ck_hex(all(v.s), 0x20);
    ck_nt(SUCCESS, deallocate(v.s, AT, SIZE, PEL_MEM_DECOMMIT));
    ck_hex(all(v.s), 0x20);
    ck_nt(SUCCESS, deallocate(v.s, AT, 0, PEL_MEM_RELEASE));
    ck_nt(SUCCESS, allocate(v.s, AT, SIZE, BOTH | WATCH, RW));
    ck_hex(all(v.s), 0);
    vm_free(&v);
}
END_TEST

START_TEST(only_watched_regions_can_be_asked)
{
    pel_va page;
    size_t one = 1, none = 0;
    vm v = watched();
    ck_nt(SUCCESS, allocate(v.s, AT + 0x100000, SIZE, BOTH, RW));
    const uint64_t rows[][2] = {
        { AT + 0x100000, SIZE }, { 0, SIZE },          { AT, SIZE + 1 },
        { AT, 2 * SIZE },        { AT - PAGE, PAGE },  { AT + SIZE - PAGE, PAGE + 1 },
        { AT, UINT64_MAX },      { UINT64_MAX, PAGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_nt(INVALID_PARAMETER_1,
              pel_space_write_watch(v.s, va_of(rows[i][0]), rows[i][1], false, &page, &one));
        ck_nt(INVALID_PARAMETER_1, pel_space_reset_write_watch(v.s, va_of(rows[i][0]), rows[i][1]));
    }
    ck_nt(INVALID_PARAMETER_2, pel_space_write_watch(v.s, va_of(AT), 0, false, &page, &one));
    ck_nt(INVALID_PARAMETER_2, pel_space_reset_write_watch(v.s, va_of(AT), 0));
    ck_nt(INVALID_PARAMETER, pel_space_write_watch(v.s, va_of(AT), SIZE, false, &page, &none));
    ck_nt(INVALID_PARAMETER, pel_space_write_watch(v.s, va_of(AT), SIZE, false, NULL, &one));
    ck_nt(INVALID_PARAMETER, pel_space_write_watch(v.s, va_of(AT), SIZE, false, &page, NULL));
    ck_assert_uint_eq(one, 1);
    vm_free(&v);
}
END_TEST

START_TEST(a_watch_belongs_to_a_reservation)
{
    vm v = vm_new(0);
    ck_nt(INVALID_PARAMETER_5, allocate(v.s, 0, SIZE, WATCH, RW));
    ck_nt(SUCCESS, allocate(v.s, AT, SIZE, RESERVE, RW));
    ck_nt(INVALID_PARAMETER_5, allocate(v.s, AT, SIZE, COMMIT | WATCH, RW));
    vm_free(&v);
}
END_TEST

START_TEST(the_parts_of_a_region_that_was_cut_keep_their_watch)
{
    pel_va page;
    size_t one = 1;
    vm v = watched();
    put(v.s, AT + 2 * PAGE, 1);
    put(v.s, AT + 9 * PAGE, 1);
    ck_nt(SUCCESS, deallocate(v.s, AT + 4 * PAGE, 2 * PAGE, PEL_MEM_RELEASE));
    ck_hex(told(v.s, AT, 4 * PAGE, false, 64), 4);
    ck_hex(told(v.s, AT + 6 * PAGE, 10 * PAGE, false, 64), 0x200);
    ck_nt(INVALID_PARAMETER_1, pel_space_write_watch(v.s, va_of(AT), SIZE, false, &page, &one));
    ck_nt(SUCCESS, deallocate(v.s, AT, 4 * PAGE, PEL_MEM_RELEASE));
    put(v.s, AT + 15 * PAGE, 1);
    ck_hex(told(v.s, AT + 6 * PAGE, 10 * PAGE, false, 64), 0x8200);
    vm_free(&v);
}
END_TEST

START_TEST(a_huge_region_costs_only_what_is_written)
{
    pel_va found[4];
    size_t count = 4;
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, TERA, 64 * TERA, RESERVE | WATCH, RW));
    for (uint64_t i = 1; i < 4; i++) {
        ck_nt(SUCCESS, allocate(v.s, TERA * i * 16, PAGE, COMMIT, RW));
        put(v.s, TERA * i * 16, 1);
    }
    ck_nt(SUCCESS, pel_space_write_watch(v.s, va_of(TERA), 64 * TERA, true, found, &count));
    ck_assert_uint_eq(count, 3);
    ck_hex(found[2].v, 48 * TERA);
    ck_nt(SUCCESS, pel_space_reset_write_watch(v.s, va_of(TERA), 64 * TERA));
    vm_free(&v);
}
END_TEST

/* ---- a model ----------------------------------------------------------- */

START_TEST(random_writes_and_resets_agree_with_a_set)
{
    uint64_t random = 88172645463325252u, set = 0;
    vm v = vm_new(0);
    ck_nt(SUCCESS, allocate(v.s, AT, 64 * PAGE, BOTH | WATCH, RW));
    for (int i = 0; i < 3000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint64_t page = random >> 20 & 63, count = (random >> 30 & 7) + 1;
        count = count < 64 - page ? count : 64 - page;
        uint64_t mask = (((uint64_t)1 << count) - 1) << page;
        switch (random >> 40 & 7) {
        case 0: ck_hex(told(v.s, AT + page * PAGE, count * PAGE, false, 64), set & mask); break;
        case 1:
            ck_hex(told(v.s, AT + page * PAGE, count * PAGE, true, 64), set & mask);
            set &= ~mask;
            break;
        case 2:
            ck_nt(SUCCESS, pel_space_reset_write_watch(v.s, va_of(AT + page * PAGE), count * PAGE));
            set &= ~mask;
            break;
        case 3: byte_at(v.s, AT + page * PAGE); break;
        default:
            put(v.s, AT + page * PAGE, 1);
            set |= (uint64_t)1 << page;
            break;
        }
        if (i % 64 == 0)
            ck_holds(v.m);
    }
    ck_hex(told(v.s, AT, 64 * PAGE, false, 64), set);
    vm_free(&v);
}
END_TEST

/* ---- without host memory ----------------------------------------------- */

static pel_ntstatus live(pel_space *s)
{
    pel_ntstatus st = allocate(s, AT, SIZE, BOTH | WATCH, RW);
    if (st == PEL_STATUS_SUCCESS)
        st = touch(s, AT, PEL_WRITE);
    if (st == PEL_STATUS_SUCCESS)
        st = pel_space_poke(s, va_of(AT + PAGE), "x", 1);
    if (st == PEL_STATUS_SUCCESS)
        st = deallocate(s, AT + 4 * PAGE, PAGE, PEL_MEM_RELEASE);
    if (st == PEL_STATUS_SUCCESS)
        ck_hex(told(s, AT, 4 * PAGE, false, 64), 3);
    return st;
}

START_TEST(every_allocation_of_a_watch_may_fail)
{
    pel_ntstatus st = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    for (long n = 0; st != PEL_STATUS_SUCCESS; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_machine_options o = { .allocator = &a };
        pel_machine *m;
        pel_space *s = NULL;
        if (pel_machine_new(&o, &m) == PEL_OK) {
            if (pel_space_new(m, NULL, &s) == PEL_OK)
                st = live(s);
            ck_assert(st == PEL_STATUS_SUCCESS ||
                      st == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY);
            ck_holds(m);
            pel_space_free(s);
            pel_machine_free(m);
        }
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 100);
    }
}
END_TEST

PEL_TESTS(vm_watch)
{
    tcase_add_test(tests, a_page_is_told_once_it_was_written);
    tcase_add_test(tests, what_was_told_can_be_reset_with_the_telling);
    tcase_add_test(tests, only_what_has_room_is_told_and_reset);
    tcase_add_test(tests, a_range_is_told_and_reset_for_itself);
    tcase_add_test(tests, a_write_across_pages_counts_for_both);
    tcase_add_test(tests, a_write_that_is_refused_does_not_count);
    tcase_add_test(tests, a_poke_counts);
    tcase_add_test(tests, protecting_and_decommitting_change_nothing);
    tcase_add_test(tests, only_watched_regions_can_be_asked);
    tcase_add_test(tests, a_watch_belongs_to_a_reservation);
    tcase_add_test(tests, the_parts_of_a_region_that_was_cut_keep_their_watch);
    tcase_add_test(tests, a_huge_region_costs_only_what_is_written);
    tcase_add_test(tests, random_writes_and_resets_agree_with_a_set);
    tcase_add_test(tests, every_allocation_of_a_watch_may_fail);
}
