/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static const pel_segment code[] = { { .page_count = 200, .protect = RX } };
static const pel_segment data[] = {
    { .page_count = 1, .protect = RO },
    { .page_count = 2, .protect = WC },
    { .page_count = 2, .protect = WCX },
    { .page_count = 1, .protect = WC, .zero = true },
};
#define DATA (sizeof data / sizeof data[0])

static const pel_segment no_such_protection[] = { { .page_count = 1, .protect = 0x3 } };
static const pel_segment guarded[] = { { .page_count = 1, .protect = RO | GUARD } };
static const pel_segment no_pages[] = { { .page_count = 0, .protect = RO } };
static const pel_segment too_many[] = { { .page_count = (uint64_t)1 << 35, .protect = 0 },
                                        { .page_count = UINT64_MAX, .protect = 0 } };

static const struct {
    const char *what;
    const pel_segment *segments;
    size_t count;
} refused[] = {
    { "no segments", code, 0 },
    { "a NULL list", NULL, 1 },
    { "a mixed protection", no_such_protection, 1 },
    { "a guard", guarded, 1 },
    { "no pages", no_pages, 1 },
    { "more pages than fit", too_many, 2 },
};

START_TEST(wrong_sections_are_refused_and_their_pager_closed)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_options o = section_options(&p, refused[_i].segments, refused[_i].count);
    pel_section_object *section = (void *)1;
    pel_ntstatus st = pel_section_object_new(v.m, &o, &section);
    ck_assert_msg(st == (pel_ntstatus)PEL_STATUS_INVALID_PARAMETER && !section, "%s: got %s",
                  refused[_i].what, pel_ntstatus_name(st));
    ck_assert_int_eq(p.closed, 1);
    vm_free(&v);
}
END_TEST

START_TEST(a_section_of_zeros_needs_no_pager)
{
    vm v = vm_new(0x100);
    const pel_segment zeros[] = { { .page_count = 2, .protect = RO, .zero = true } };
    pel_section_options o = { .segments = zeros, .segment_count = 1 };
    pel_section_object *section;
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &section));
    ck_assert_uint_eq(byte_at(v.s, mapped(v.s, section) + 0x1FFF), 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).demand_zero, 1);
    pel_section_object_free(section);
    pel_section_object_free(NULL);
    o.segments = code;
    ck_nt(INVALID_PARAMETER, pel_section_object_new(v.m, &o, &section));
    ck_nt(INVALID_PARAMETER, pel_section_object_new(v.m, NULL, &section));
    vm_free(&v);
}
END_TEST

START_TEST(a_page_is_filled_once_for_all_views)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t views[3] = { mapped(v.s, section), mapped(v.s, section), mapped(v.t, section) };
    pel_space *spaces[3] = { v.s, v.s, v.t };
    pel_pa where[3];
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(byte_at(spaces[i], views[i] + 70 * 0x1000), 70);
        where[i] = pel_space_walk(spaces[i], va_of(views[i] + 70 * 0x1000)).pa;
    }
    ck_hex(where[1].v, where[0].v);
    ck_hex(where[2].v, where[0].v);
    pel_counters c = pel_machine_counters(v.m);
    ck_assert_uint_eq(p.fills, 1);
    ck_assert_uint_eq(c.section_fills, 1);
    ck_assert_uint_eq(c.section_shared, 2);
    ck_assert_uint_eq(c.copies_on_write, 0);
    ck_assert_uint_eq(c.commit, 0);
    ck_holds(v.m);
    /* the section keeps the page when no view has it */
    ck_nt(SUCCESS, pel_space_unmap(v.s, va_of(views[0])));
    ck_nt(SUCCESS, pel_space_unmap(v.s, va_of(views[1])));
    ck_nt(SUCCESS, pel_space_unmap(v.t, va_of(views[2])));
    ck_assert_uint_eq(byte_at(v.t, mapped(v.t, section) + 70 * 0x1000), 70);
    ck_assert_uint_eq(p.fills, 1);
    pel_section_object_free(section);
    vm_free(&v);
    ck_assert_int_eq(p.closed, 1);
}
END_TEST

START_TEST(a_write_copies_one_page_for_one_view)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, data, DATA);
    uint64_t a = mapped(v.s, section), b = mapped(v.s, section), c = mapped(v.t, section);
    ck_assert_uint_eq(byte_at(v.s, b + 0x1000), 1);
    uint64_t commit = pel_machine_counters(v.m).commit;
    put(v.s, a + 0x1004, 0xAA); /* not in the view's tables yet */
    put(v.s, b + 0x1004, 0xBB); /* there, and read before */
    put(v.s, a + 0x3000, 0xCC);
    ck_assert_uint_eq(byte_at(v.s, a + 0x1004), 0xAA);
    ck_assert_uint_eq(byte_at(v.s, a + 0x1005), 1); /* the rest is a copy */
    ck_assert_uint_eq(byte_at(v.s, b + 0x1004), 0xBB);
    ck_assert_uint_eq(byte_at(v.t, c + 0x1004), 1);
    ck_assert_uint_eq(byte_at(v.t, c + 0x3000), 3);
    ck_region(v.s, a + 0x1000, 0x1000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, a + 0x2000, 0x1000, PEL_MEM_COMMIT, WC);
    ck_region(v.s, a + 0x3000, 0x1000, PEL_MEM_COMMIT, RWX);
    ck_region(v.s, a + 0x4000, 0x1000, PEL_MEM_COMMIT, WCX);
    ck_region(v.t, c + 0x1000, 0x2000, PEL_MEM_COMMIT, WC);
    pel_counters now = pel_machine_counters(v.m);
    ck_assert_uint_eq(now.copies_on_write, 3);
    ck_assert_uint_eq(now.commit, commit); /* paid when the views were made */
    ck_assert_uint_eq(p.fills, 2);
    ck_nt(ACCESS_VIOLATION, touch(v.s, a, PEL_WRITE)); /* the read-only page */
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(a_first_write_is_one_fault)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, data, DATA);
    uint64_t a = mapped(v.s, section);
    put(v.s, a + 0x1000, 1);
    ck_assert_uint_eq(pel_machine_counters(v.m).faults, 1);
    ck_assert_uint_eq(byte_at(v.s, a + 0x2000), 2);
    put(v.s, a + 0x2000, 1);
    ck_assert_uint_eq(pel_machine_counters(v.m).faults, 3);
    put(v.s, a + 0x5000, 1); /* of zeros */
    ck_assert_uint_eq(byte_at(v.s, a + 0x5001), 0);
    ck_assert_uint_eq(p.fills, 2);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(shared_segments_are_written_in_place)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    const pel_segment shared[] = { { .page_count = 2, .protect = RW, .shared = true },
                                   { .page_count = 1, .protect = WCX, .shared = true } };
    pel_section_object *section = section_of(v.m, &p, shared, 2);
    uint64_t a = mapped(v.s, section), b = mapped(v.t, section);
    ck_assert_uint_eq(byte_at(v.t, b), 0);
    put(v.s, a, 0x11);
    put(v.t, b + 0x1000, 0x22);
    put(v.t, b + 0x2000, 0x33);
    ck_assert_uint_eq(byte_at(v.t, b), 0x11);
    ck_assert_uint_eq(byte_at(v.s, a + 0x1000), 0x22);
    ck_assert_uint_eq(byte_at(v.s, a + 0x2000), 0x33);
    ck_region(v.s, a, 0x2000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, a + 0x2000, 0x1000, PEL_MEM_COMMIT, RWX);
    ck_assert_uint_eq(pel_machine_counters(v.m).copies_on_write, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

static const struct {
    pel_status answer;
    int want;
} failures[] = {
    { PEL_IO, PEL_STATUS_PELORUS_HOST_IO },
    { PEL_NO_MEMORY, PEL_STATUS_PELORUS_HOST_NO_MEMORY },
    { PEL_TRUNCATED, PEL_STATUS_IN_PAGE_ERROR },
};

START_TEST(a_page_that_cannot_be_filled_fails_the_access)
{
    vm v = vm_new(0x100);
    pages p = { .answer = failures[_i].answer };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t a = mapped(v.s, section);
    ck_hex(touch(v.s, a, PEL_FETCH), (pel_ntstatus)failures[_i].want);
    ck_holds(v.m);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 2);
    ck_assert_uint_eq(pel_machine_counters(v.m).section_fills, 0);
    p.answer = PEL_OK;
    ck_nt(SUCCESS, touch(v.s, a, PEL_FETCH)); /* the next one may work */
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(sections_go_in_any_order)
{
    static const int orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 } };
    vm v = vm_new(0x100);
    for (size_t o = 0; o < 3; o++) {
        pages p = { 0 };
        pel_section_object *sections[3];
        for (int i = 0; i < 3; i++)
            sections[i] = section_of(v.m, &p, code, 1);
        for (int i = 0; i < 3; i++) {
            pel_section_object_free(sections[orders[o][i]]);
            ck_assert_int_eq(p.closed, i + 1);
            ck_holds(v.m);
        }
    }
    vm_free(&v);
}
END_TEST

START_TEST(an_untouched_section_costs_its_segments)
{
    alloc_fail f = { .left = 1000000 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_machine_options o = { .allocator = &a };
    pages p = { 0 };
    pel_machine *m;
    pel_space *s;
    ck_ok(pel_machine_new(&o, &m));
    ck_ok(pel_space_new(m, NULL, &s));
    long before = f.live;
    const pel_segment large[] = { { .page_count = 1, .protect = RO },
                                  { .page_count = 1 << 20, .protect = RX } };
    pel_section_object *section = section_of(m, &p, large, 2);
    uint64_t at = mapped(s, section);
    ck_assert_msg(f.live - before < 2048, "%ld bytes", f.live - before);
    ck_region(s, at + 0x1000, (uint64_t)4 << 30, PEL_MEM_COMMIT, RX);
    ck_assert_uint_eq(byte_at(s, at + ((uint64_t)4 << 30)), 0); /* page 2^20 */
    ck_holds(m);
    pel_section_object_free(section);
    pel_space_free(s);
    pel_machine_free(m);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

PEL_TESTS(vm_section)
{
    tcase_add_loop_test(tests, wrong_sections_are_refused_and_their_pager_closed, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, a_section_of_zeros_needs_no_pager);
    tcase_add_test(tests, a_page_is_filled_once_for_all_views);
    tcase_add_test(tests, a_write_copies_one_page_for_one_view);
    tcase_add_test(tests, a_first_write_is_one_fault);
    tcase_add_test(tests, shared_segments_are_written_in_place);
    tcase_add_loop_test(tests, a_page_that_cannot_be_filled_fails_the_access, 0,
                        sizeof failures / sizeof failures[0]);
    tcase_add_test(tests, sections_go_in_any_order);
    tcase_add_test(tests, an_untouched_section_costs_its_segments);
}
