/* SPDX-License-Identifier: Apache-2.0 */
/* A heap at work: reserve, commit, segments, large blocks. */
#include "fixture.h"

#define PAGE UINT64_C(0x1000)

static pel_heap made(pel_space *s, pel_reserve_commit header, bool wide)
{
    pel_heap h = pel_heap_sizes(header);
    ck_nt(SUCCESS, pel_heap_create(s, va_of(0), wide, &h));
    return h;
}

static uint64_t block(pel_space *s, pel_heap *h, uint64_t bytes)
{
    pel_va at;
    ck_nt(SUCCESS, pel_heap_allocate(s, h, bytes, &at));
    ck_hex(at.v % h->unit, 0);
    ck_holds(pel_space_machine(s));
    ck_assert_uint_eq(pel_machine_counters(pel_space_machine(s)).commit, h->total.commit / PAGE);
    return at.v;
}

/* ---- the first segment ------------------------------------------------- */

START_TEST(a_heap_begins_with_one_segment)
{
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ MIB, 0x3000 }, true);
    ck_hex(h.base.v, 0x10000);
    ck_hex(h.segment.v, h.base.v);
    ck_assert_uint_eq(h.segments, 1);
    ck_hex(h.total.reserve, MIB);
    ck_hex(h.total.commit, 0x3000);
    ck_region(v.s, h.base.v, 0x3000, COMMIT, RW);
    ck_region(v.s, h.base.v + 0x3000, MIB - 0x3000, RESERVE, 0);
    vm_free(&v);
}
END_TEST

START_TEST(blocks_fill_the_committed_part_before_more_is_committed)
{
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ MIB, 0x1000 }, true);
    uint64_t first = block(v.s, &h, 100);
    ck_hex(first, h.base.v + 16);
    ck_hex(block(v.s, &h, 1), first + 112 + 16);
    ck_hex(h.total.commit, 0x1000);
    ck_hex(h.used, 128 + 32);
    block(v.s, &h, 0x1000 - 160 - 16); /* to the last byte of the page */
    ck_hex(h.used, 0x1000);
    ck_hex(h.total.commit, 0x1000);
    block(v.s, &h, 0);
    ck_hex(h.total.commit, 0x2000);
    ck_hex(h.total.reserve, MIB);
    ck_region(v.s, h.base.v, 0x2000, COMMIT, RW);
    vm_free(&v);
}
END_TEST

START_TEST(blocks_of_a_32_bit_program_are_multiples_of_eight)
{
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ MIB, 0x1000 }, false);
    ck_hex(block(v.s, &h, 1), h.base.v + 8);
    ck_hex(block(v.s, &h, 9), h.base.v + 16 + 8);
    ck_hex(h.used, 16 + 24);
    vm_free(&v);
}
END_TEST

START_TEST(only_a_touch_takes_a_frame)
{
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ MIB, 0x1000 }, true);
    uint64_t at = block(v.s, &h, 40 * PAGE);
    ck_hex(h.total.commit, 41 * PAGE);
    ck_assert_uint_eq(pel_machine_counters(v.m).demand_zero, 0);
    for (int i = 0; i < 7; i++)
        put(v.s, at + (uint64_t)i * PAGE, 1);
    ck_assert_uint_eq(pel_machine_counters(v.m).demand_zero, 7);
    vm_free(&v);
}
END_TEST

/* ---- more segments ----------------------------------------------------- */

START_TEST(a_full_segment_is_followed_by_another_one)
{
    pel_region r;
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ 0x10000, 0x1000 }, true);
    block(v.s, &h, 0xF000 - 16);
    uint64_t at = block(v.s, &h, 0xFF0);
    ck_assert_uint_eq(h.segments, 1);
    ck_hex(at, h.base.v + 0xF010);
    ck_hex(h.current.commit, 0x10000); /* up to its last byte */
    at = block(v.s, &h, 0xFF0);
    ck_assert_uint_eq(h.segments, 2);
    ck_hex(at, h.segment.v + 16);
    ck_assert_uint_ne(h.segment.v, h.base.v);
    ck_hex(h.current.reserve, MIB);
    ck_hex(h.current.commit, 0x2000);
    ck_hex(h.total.reserve, MIB + 0x10000);
    ck_hex(h.total.commit, 0x12000);
    ck_nt(SUCCESS, pel_space_query(v.s, h.segment, &r));
    ck_hex(r.size, 0x2000);
    ck_hex(r.state, COMMIT);
    vm_free(&v);
}
END_TEST

START_TEST(segments_double_up_to_nearly_16_mib)
{
    static const uint64_t want[] = { 0x10000,  0x100000, 0x200000, 0x400000,
                                     0x800000, 0xFD0000, 0xFD0000 };
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ 0x10000, 0x1000 }, true);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        ck_assert_uint_eq(h.segments, i + 1);
        ck_hex(h.current.reserve, want[i]);
        while (h.segments == i + 1) {
            pel_va at;
            ck_nt(SUCCESS, pel_heap_allocate(v.s, &h, 0xFF0, &at));
        }
    }
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(a_segment_is_smaller_where_addresses_are_short)
{
    const pel_space_options o = { .highest = { 0xCFFFF } }; /* 12 granules */
    pel_space *s;
    pel_va at;
    vm v = vm_new(0);
    ck_ok(pel_space_new(v.m, &o, &s));
    pel_heap h = made(s, (pel_reserve_commit){ 0x10000, 0x1000 }, true);
    ck_nt(SUCCESS, pel_heap_allocate(s, &h, 0xFFF0, &at));
    ck_nt(SUCCESS, pel_heap_allocate(s, &h, 0x1000, &at));
    ck_hex(h.current.reserve, 0x80000);
    ck_nt(NO_MEMORY, pel_heap_allocate(s, &h, 0x7F000, &at)); /* neither here nor in a new one */
    ck_hex(at.v, 0);
    ck_assert_uint_eq(h.segments, 2);
    pel_space_free(s);
    vm_free(&v);
}
END_TEST

/* ---- large blocks ------------------------------------------------------ */

static const struct {
    bool wide;
    uint64_t bytes;
    bool large;
} sizes[] = {
    { false, 0x7F000 - 8, false }, { false, 0x7F000 - 7, true },  { false, 0x7F000, true },
    { true, 0x7F000, false },      { true, 0xFE000 - 16, false }, { true, 0xFE000 - 15, true },
    { true, 0xFE000, true },       { true, 64 * MIB, true },
};

START_TEST(a_block_above_the_threshold_is_allocated_on_its_own)
{
    vm v = vm_new(0);
    pel_heap h = made(v.s, (pel_reserve_commit){ MIB, 0x1000 }, sizes[_i].wide);
    uint64_t at = block(v.s, &h, sizes[_i].bytes);
    ck_assert_uint_eq(h.large_blocks, sizes[_i].large);
    ck_assert_uint_eq(h.segments, 1);
    ck_hex(h.used == 0, sizes[_i].large);
    if (sizes[_i].large) {
        uint64_t size = (sizes[_i].bytes + h.unit + 0xFFF) & ~UINT64_C(0xFFF);
        ck_hex(at % 0x10000, h.unit);
        ck_region(v.s, at - h.unit, size, COMMIT, RW);
        ck_hex(h.total.reserve, MIB + size);
        ck_hex(h.total.commit, 0x1000 + size);
    }
    vm_free(&v);
}
END_TEST

/* ---- refusals ---------------------------------------------------------- */

START_TEST(a_block_that_cannot_be_had_changes_nothing)
{
    static const uint64_t bytes[] = { 70 * PAGE,      64 * PAGE,      MIB, 4 * MIB, UINT64_MAX,
                                      UINT64_MAX / 2, UINT64_MAX - 20 };
    pel_va at = { 1 };
    vm v = vm_new(64);
    pel_heap h = made(v.s, (pel_reserve_commit){ 0x100000, 0x2000 }, true);
    pel_heap before = h;
    pel_ntstatus nt = pel_heap_allocate(v.s, &h, bytes[_i], &at);
    ck_assert(nt == (pel_ntstatus)PEL_STATUS_NO_MEMORY ||
              nt == (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT);
    ck_hex(at.v, 0);
    ck_assert_mem_eq(&h, &before, sizeof h);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 2);
    ck_region(v.s, h.base.v + MIB, 0x7FFFFFFF0000 - h.base.v - MIB, PEL_MEM_FREE, NOACCESS);
    vm_free(&v);
}
END_TEST

START_TEST(a_heap_that_was_not_made_gives_nothing)
{
    pel_va at;
    vm v = vm_new(64);
    pel_heap h = pel_heap_sizes((pel_reserve_commit){ MIB, 0x1000 });
    ck_nt(INVALID_PARAMETER, pel_heap_allocate(v.s, &h, 1, &at));
    h = pel_heap_sizes((pel_reserve_commit){ MIB, 65 * PAGE });
    ck_nt(COMMITMENT_LIMIT, pel_heap_create(v.s, va_of(0), true, &h));
    ck_hex(h.base.v, 0);
    ck_assert_uint_eq(h.segments, 0);
    ck_hex(region_at(v.s, 0x10000).state, PEL_MEM_FREE);
    vm_free(&v);
}
END_TEST

START_TEST(a_process_has_a_heap_that_grows_and_a_dll_has_none)
{
    pel_process *p;
    pel_va at;
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    if (_i)
        pel_builder_set(s.b, "file_header.Characteristics",
                        PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_DLL);
    pel_builder_set(s.b, "optional_header.SizeOfHeapReserve", MIB);
    pel_builder_set(s.b, "optional_header.SizeOfHeapCommit", 0x1000);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    const pel_heap *h = pel_process_heap(p);
    if (_i) {
        ck_nt(INVALID_PARAMETER, pel_process_heap_allocate(p, 10, &at));
    } else {
        ck_nt(SUCCESS, pel_process_heap_allocate(p, 0x5000, &at));
        ck_hex(at.v, h->base.v + 16);
        ck_hex(h->total.reserve, MIB);
        ck_hex(h->total.commit, 0x6000);
        ck_hex(h->effective.commit, 0x1000);
        put(pel_process_space(p), at.v + 0x4FFF, 1);
        ck_nt(ACCESS_VIOLATION, touch(pel_process_space(p), h->base.v + 0x6000, PEL_READ));
    }
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(every_allocation_of_a_heap_may_fail)
{
    pel_ntstatus nt = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    static const uint64_t bytes[] = { 1, 0x5000, 0x20000, MIB };
    for (long n = 0; nt != PEL_STATUS_SUCCESS; n++) {
        alloc_fail f = { .left = 100 };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_machine_options o = { .allocator = &a };
        pel_machine *m;
        pel_space *s;
        pel_va at;
        pel_heap h = pel_heap_sizes((pel_reserve_commit){ 0x10000, 0x1000 });
        ck_ok(pel_machine_new(&o, &m));
        ck_ok(pel_space_new(m, NULL, &s));
        f.left = n;
        nt = pel_heap_create(s, va_of(0), true, &h);
        for (size_t i = 0; i < 4 && nt == PEL_STATUS_SUCCESS; i++)
            nt = pel_heap_allocate(s, &h, bytes[i], &at);
        ck_holds(m);
        ck_assert_uint_eq(pel_machine_counters(m).commit, h.total.commit / PAGE);
        if (nt != PEL_STATUS_SUCCESS)
            ck_nt(PELORUS_HOST_NO_MEMORY, nt);
        pel_space_free(s);
        pel_machine_free(m);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 50);
    }
}
END_TEST

PEL_TESTS(load_heap)
{
    tcase_add_test(tests, a_heap_begins_with_one_segment);
    tcase_add_test(tests, blocks_fill_the_committed_part_before_more_is_committed);
    tcase_add_test(tests, blocks_of_a_32_bit_program_are_multiples_of_eight);
    tcase_add_test(tests, only_a_touch_takes_a_frame);
    tcase_add_test(tests, a_full_segment_is_followed_by_another_one);
    tcase_add_test(tests, segments_double_up_to_nearly_16_mib);
    tcase_add_test(tests, a_segment_is_smaller_where_addresses_are_short);
    tcase_add_loop_test(tests, a_block_above_the_threshold_is_allocated_on_its_own, 0,
                        sizeof sizes / sizeof sizes[0]);
    tcase_add_loop_test(tests, a_block_that_cannot_be_had_changes_nothing, 0, 7);
    tcase_add_test(tests, a_heap_that_was_not_made_gives_nothing);
    tcase_add_loop_test(tests, a_process_has_a_heap_that_grows_and_a_dll_has_none, 0, 2);
    tcase_add_test(tests, every_allocation_of_a_heap_may_fail);
}
