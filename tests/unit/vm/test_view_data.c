/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* Views of data sections, parts of sections, and segments that every view has for itself. */

static uint64_t commit_of(const vm *v) { return pel_machine_counters(v->m).commit; }

static pel_section_object *data_section(vm *v, uint64_t size, uint32_t protect)
{
    pel_section_object *section;
    pel_section_options o = { .type = PEL_SECTION_PAGE_FILE,
                              .size = size,
                              .protect = protect,
                              .attributes = PEL_SEC_COMMIT };
    ck_nt(SUCCESS, pel_section_object_new(v->m, &o, &section));
    return section;
}

static pel_section_object *file_section(vm *v, pages *p, uint64_t size, uint32_t protect)
{
    pel_section_object *section;
    pel_section_options o = { .type = PEL_SECTION_FILE,
                              .file_size = size,
                              .protect = protect,
                              .attributes = PEL_SEC_COMMIT,
                              .pager = { pages_fill, pages_close, p } };
    ck_nt(SUCCESS, pel_section_object_new(v->m, &o, &section));
    return section;
}

static pel_ntstatus view(pel_space *s, pel_section_object *section, pel_view_options o,
                         uint64_t *at)
{
    pel_va base = { *at };
    uint64_t size;
    pel_ntstatus st = pel_space_map_view(s, section, &o, &base, &size);
    *at = base.v;
    return st;
}

/* Where a view of `protect` is. */
static uint64_t viewed(pel_space *s, pel_section_object *section, uint32_t protect)
{
    uint64_t at = 0;
    ck_nt(SUCCESS, view(s, section, (pel_view_options){ .protect = protect }, &at));
    return at;
}

/* ---- parameters -------------------------------------------------------- */

static const struct {
    pel_view_options options;
    uint64_t base;
    uint32_t want;
} wrong[] = {
    { { .type = COMMIT, .protect = 3 }, 1, PEL_STATUS_INVALID_PARAMETER_9 },
    { { .type = (uint32_t)PEL_AT_ROUND_TO_PAGE }, 0, PEL_STATUS_INVALID_PARAMETER_9 },
    { { .protect = 3, .zero_bits = 22 }, 1, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { { .protect = RO | GUARD }, 0, PEL_STATUS_INVALID_PAGE_PROTECTION },
    { { .protect = RW, .zero_bits = 22 }, 1, PEL_STATUS_INVALID_PARAMETER_4 },
    { { .protect = RW, .zero_bits = 31 }, 1, PEL_STATUS_INVALID_PARAMETER_4 },
    { { .zero_bits = 1 }, 0x100000000, PEL_STATUS_INVALID_PARAMETER_4 },
    { { .zero_bits = 0xFFFFFF }, 0x1000000, PEL_STATUS_INVALID_PARAMETER_4 },
    { { .protect = RW, .offset = 1 }, 0, PEL_STATUS_MAPPED_ALIGNMENT },
    { { .protect = RW, .offset = 0x1000 }, 0, PEL_STATUS_MAPPED_ALIGNMENT },
    { { .protect = RW }, 0x101000, PEL_STATUS_MAPPED_ALIGNMENT },
    { { .protect = RW, .offset = 0x50000 }, 0, PEL_STATUS_SECTION_PROTECTION },
    { { .protect = X }, 0, PEL_STATUS_SECTION_PROTECTION },
    { { .offset = 0x40000 }, 0, PEL_STATUS_INVALID_VIEW_SIZE },
    { { .offset = 0xFFFFFFFFFFFF0000 }, 0, PEL_STATUS_INVALID_VIEW_SIZE },
    { { .size = 0x40001 }, 0, PEL_STATUS_INVALID_VIEW_SIZE },
    { { .offset = 0x10000, .size = UINT64_MAX }, 0, PEL_STATUS_INVALID_VIEW_SIZE },
    { { .offset = 0 }, 0x7FFFFFFF0000, PEL_STATUS_CONFLICTING_ADDRESSES },
    { { .offset = 0 }, 0xFFFFFFFFFFFF0000, PEL_STATUS_CONFLICTING_ADDRESSES },
    { { .zero_bits = 21 }, 0, PEL_STATUS_NO_MEMORY },
    { { .zero_bits = 14 }, 0, PEL_STATUS_NO_MEMORY },
};

START_TEST(parameters_are_judged_in_order)
{
    vm v = vm_new(0x100);
    pel_section_object *section = data_section(&v, 0x40000, RO);
    uint64_t at = wrong[_i].base;
    pel_ntstatus st = view(v.s, section, wrong[_i].options, &at);
    ck_assert_msg(st == wrong[_i].want, "row %d: want %s, got %s", _i,
                  pel_ntstatus_name(wrong[_i].want), pel_ntstatus_name(st));
    ck_hex(at, wrong[_i].base);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(a_view_goes_where_zero_bits_and_top_down_say)
{
    vm v = vm_new(0x100);
    pel_section_object *section = data_section(&v, 0x3000, RO);
    pel_view_options o = { .type = PEL_MEM_TOP_DOWN };
    uint64_t at = 0;
    ck_nt(SUCCESS, view(v.s, section, o, &at));
    ck_hex(at, 0x7FFFFFFE0000);
    o.zero_bits = 4;
    at = 0;
    ck_nt(SUCCESS, view(v.s, section, o, &at));
    ck_hex(at, 0x0FFF0000);
    o.zero_bits = 0x1AAAAAAA;
    at = 0;
    ck_nt(SUCCESS, view(v.s, section, o, &at));
    ck_hex(at, 0x1FFF0000);
    o = (pel_view_options){ .zero_bits = 4 };
    at = 0;
    ck_nt(SUCCESS, view(v.s, section, o, &at));
    ck_hex(at, 0x10000);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(nothing_maps_without_its_pointers)
{
    vm v = vm_new(0x100);
    vm other = vm_new(0x100);
    pel_section_object *section = data_section(&v, 0x3000, RO);
    pel_va base = { 0 };
    uint64_t size;
    ck_nt(INVALID_PARAMETER, pel_space_map_view(NULL, section, NULL, &base, &size));
    ck_nt(INVALID_PARAMETER, pel_space_map_view(v.s, NULL, NULL, &base, &size));
    ck_nt(INVALID_PARAMETER, pel_space_map_view(v.s, section, NULL, NULL, &size));
    ck_nt(INVALID_PARAMETER, pel_space_map_view(v.s, section, NULL, &base, NULL));
    ck_nt(INVALID_PARAMETER, pel_space_map_view(other.s, section, NULL, &base, &size));
    pel_section_object_free(section);
    vm_free(&v);
    vm_free(&other);
}
END_TEST

/* ---- parts ------------------------------------------------------------- */

START_TEST(a_view_shows_its_part_of_the_section)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = file_section(&v, &p, 0x25000, RW);
    uint64_t all = viewed(v.s, section, RW), part = 0;
    pel_view_options o = { .offset = 0x10000, .size = 0x4001, .protect = RO };
    ck_nt(SUCCESS, view(v.t, section, o, &part));
    ck_region(v.t, part, 0x5000, PEL_MEM_COMMIT, RO);
    ck_hex(byte_at(v.t, part + 0x3000), 0x13);
    put(v.s, all + 0x13000, 0x77);
    ck_hex(byte_at(v.t, part + 0x3000), 0x77);
    ck_hex(region_at(v.t, part).type, PEL_MEM_MAPPED);
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(v.t, va_of(part + 0x3000), &info));
    ck_hex(info.section_offset, 0x13000);
    ck_assert_uint_eq(info.shares, 2);
    ck_holds(v.m);
    ck_nt(SUCCESS, pel_space_unmap(v.t, va_of(part + 0x4FFF)));
    ck_nt(NOT_MAPPED_VIEW, pel_space_unmap(v.t, va_of(part)));
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(a_view_of_an_image_may_be_a_part_too)
{
    vm v = vm_new(0x100);
    const pel_segment segments[] = { { .page_count = 20, .protect = RO },
                                     { .page_count = 20, .protect = WC } };
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, segments, 2);
    uint64_t at = 0;
    ck_nt(SUCCESS,
          view(v.s, section, (pel_view_options){ .offset = 0x10000, .size = 0x8000 }, &at));
    ck_region(v.s, at, 0x4000, PEL_MEM_COMMIT, RO);
    ck_region(v.s, at + 0x4000, 0x4000, PEL_MEM_COMMIT, WC);
    ck_assert_uint_eq(commit_of(&v), 4);
    put(v.s, at + 0x4000, 1);
    ck_hex(byte_at(v.s, at + 0x4001), 20);
    ck_assert_uint_eq(commit_of(&v), 4);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

/* ---- protections ------------------------------------------------------- */

START_TEST(copies_are_charged_when_mapped_and_when_asked_for)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = file_section(&v, &p, 0x8000, RW);
    uint64_t at = viewed(v.s, section, RW);
    ck_assert_uint_eq(commit_of(&v), 0); /* the file backs it */
    ck_nt(SUCCESS, protect(v.s, at + 0x1000, 0x3000, WC));
    ck_assert_uint_eq(commit_of(&v), 3);
    put(v.s, at + 0x2000, 1);
    ck_region(v.s, at + 0x2000, 0x1000, PEL_MEM_COMMIT, RW);
    ck_nt(SUCCESS, protect(v.s, at, 0x8000, RO));
    ck_assert_uint_eq(commit_of(&v), 1); /* the copy stays */
    ck_nt(SUCCESS, protect(v.s, at, 0x8000, RW));
    ck_region(v.s, at, 0x8000, PEL_MEM_COMMIT, RW);
    ck_assert_uint_eq(commit_of(&v), 1);
    viewed(v.t, section, WC);
    ck_assert_uint_eq(commit_of(&v), 9);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(copies_of_what_is_not_committed_are_charged_too)
{
    vm v = vm_new(0x100);
    pel_section_object *section;
    pel_section_options o = {
        .type = PEL_SECTION_PAGE_FILE, .size = 0x8000, .protect = RW, .attributes = PEL_SEC_RESERVE
    };
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &section));
    uint64_t copy = viewed(v.s, section, WC), at = viewed(v.t, section, RW);
    ck_assert_uint_eq(commit_of(&v), 8);
    ck_nt(SUCCESS, allocate(v.t, at, 0x2000, COMMIT, RW));
    ck_assert_uint_eq(commit_of(&v), 10);
    ck_region(v.s, copy, 0x2000, PEL_MEM_COMMIT, WC);
    put(v.s, copy, 1);
    ck_hex(byte_at(v.t, at), 0);
    ck_nt(SUCCESS, allocate(v.s, copy, 0x8000, COMMIT, RO));
    ck_assert_uint_eq(commit_of(&v), 9); /* of the section, and one copy */
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(committed_views_only_change_protection)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = data_section(&v, 0x4000, RW);
    pel_section_object *file = file_section(&v, &p, 0x4000, RW);
    uint64_t at = viewed(v.s, section, RW), of_file = viewed(v.s, file, RW);
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RO));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO);
    ck_nt(SECTION_PROTECTION, allocate(v.s, at, 0x1000, COMMIT, RX));
    ck_nt(CONFLICTING_ADDRESSES, allocate(v.s, at, 0x5000, COMMIT, RO));
    ck_nt(UNABLE_TO_DELETE_SECTION, deallocate(v.s, at, 0x1000, PEL_MEM_DECOMMIT));
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, PEL_MEM_RESET, RO));
    ck_nt(ALREADY_COMMITTED, allocate(v.s, of_file, 0x1000, COMMIT, RW));
    ck_nt(USER_MAPPED_FILE, allocate(v.s, of_file, 0x1000, PEL_MEM_RESET, RW));
    ck_nt(USER_MAPPED_FILE, allocate(v.s, of_file, 0x1000, PEL_MEM_RESET_UNDO, RW));
    pel_section_object_free(section);
    pel_section_object_free(file);
    vm_free(&v);
}
END_TEST

START_TEST(caching_belongs_to_the_section)
{
    vm v = vm_new(0x100);
    pel_section_object *section;
    pel_section_options o = { .type = PEL_SECTION_PAGE_FILE,
                              .size = 0x2000,
                              .protect = RW,
                              .attributes = PEL_SEC_COMMIT | PEL_SEC_WRITECOMBINE };
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &section));
    uint64_t at = viewed(v.s, section, RW);
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, RW | COMBINE);
    put(v.s, at, 1);
    ck_nt(SUCCESS, protect(v.s, at, 0x1000, RO | NOCACHE));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO | COMBINE);
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

/* ---- own segments ------------------------------------------------------ */

static const pel_segment own[] = { { .page_count = 1, .protect = RO },
                                   { .page_count = 2, .protect = RX, .own = true },
                                   { .page_count = 2, .protect = WC, .own = true },
                                   { .page_count = 1, .protect = RW, .zero = true, .own = true } };

START_TEST(own_segments_get_their_pages_at_the_first_touch)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, own, 4);
    uint64_t at = mapped(v.s, section), other = mapped(v.t, section);
    ck_assert_uint_eq(commit_of(&v), 10); /* all of them, in both */
    ck_region(v.s, at + 0x3000, 0x3000, PEL_MEM_COMMIT, RW);
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(v.s, va_of(at + 0x1000), &info));
    ck_assert(info.place == PEL_AT_FILE && !info.shared);
    ck_hex(byte_at(v.s, at + 0x1000), 1);
    ck_nt(SUCCESS, pel_space_page(v.s, va_of(at + 0x1000), &info));
    ck_assert(info.valid && !info.shared);
    ck_nt(SUCCESS, pel_space_poke(v.s, va_of(at + 0x1000), "x", 1));
    ck_hex(byte_at(v.s, at + 0x1000), 'x');
    ck_hex(byte_at(v.t, other + 0x1000), 1);
    put(v.t, other + 0x3000, 9);
    ck_hex(byte_at(v.s, at + 0x3000), 3);
    ck_hex(byte_at(v.s, at + 0x5000), 0);
    ck_nt(SUCCESS, pel_space_poke(v.t, va_of(other + 0x2000), "y", 1));
    ck_hex(byte_at(v.t, other + 0x2001), 2);
    pel_counters c = pel_machine_counters(v.m);
    ck_assert_uint_eq(c.copies_on_write, 0);
    ck_assert_uint_eq(c.section_shared, 0);
    ck_assert_uint_eq(commit_of(&v), 10);
    ck_nt(SUCCESS, protect(v.s, at, 0x6000, RWX));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, WCX);
    ck_region(v.s, at + 0x1000, 0x5000, PEL_MEM_COMMIT, RWX);
    ck_assert_uint_eq(commit_of(&v), 11);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(a_segment_is_own_or_shared)
{
    vm v = vm_new(0x100);
    const pel_segment both[] = { { .page_count = 1, .protect = RW, .own = true, .shared = true } };
    pages p = { 0 };
    pel_section_options o = section_options(&p, both, 1);
    pel_section_object *section;
    ck_nt(INVALID_PARAMETER, pel_section_object_new(v.m, &o, &section));
    vm_free(&v);
}
END_TEST

START_TEST(a_page_that_cannot_be_read_leaves_nothing_behind)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, own, 4);
    uint64_t at = mapped(v.s, section);
    p.answer = PEL_TRUNCATED;
    ck_nt(IN_PAGE_ERROR, touch(v.s, at + 0x1000, PEL_READ));
    ck_holds(v.m);
    p.answer = PEL_OK;
    ck_hex(byte_at(v.s, at + 0x1000), 1);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_view_data)
{
    tcase_add_loop_test(tests, parameters_are_judged_in_order, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(tests, a_view_goes_where_zero_bits_and_top_down_say);
    tcase_add_test(tests, nothing_maps_without_its_pointers);
    tcase_add_test(tests, a_view_shows_its_part_of_the_section);
    tcase_add_test(tests, a_view_of_an_image_may_be_a_part_too);
    tcase_add_test(tests, copies_are_charged_when_mapped_and_when_asked_for);
    tcase_add_test(tests, copies_of_what_is_not_committed_are_charged_too);
    tcase_add_test(tests, committed_views_only_change_protection);
    tcase_add_test(tests, caching_belongs_to_the_section);
    tcase_add_test(tests, own_segments_get_their_pages_at_the_first_touch);
    tcase_add_test(tests, a_segment_is_own_or_shared);
    tcase_add_test(tests, a_page_that_cannot_be_read_leaves_nothing_behind);
}
