/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* Looking at pages and entries: every place that a page can be at, and every form of an entry. */

#define PAGE 0x1000u

static pel_page_info page_at(pel_space *s, uint64_t va)
{
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(s, va_of(va), &info));
    return info;
}

START_TEST(a_page_is_followed_wherever_it_goes)
{
    vm v =
        vm_with(&(pel_machine_options){ .ram_size = 16 * PAGE, .page_file_size = { 64 * PAGE } });
    uint64_t at = allocated(v.s, 20 * PAGE, RESERVE, RW);
    ck_assert_int_eq(page_at(v.s, at).place, PEL_AT_NOWHERE);
    ck_hex(page_at(v.s, at).protect, 0);
    ck_nt(SUCCESS, allocate(v.s, at, 20 * PAGE, COMMIT, RW));
    ck_assert_int_eq(page_at(v.s, at).place, PEL_AT_ZERO);
    put(v.s, at, 1);
    pel_page_info info = page_at(v.s, at);
    ck_assert_int_eq(info.place, PEL_AT_WORKING_SET);
    ck_assert(info.valid && info.accessed && info.modified && !info.shared && !info.locked);
    ck_assert_uint_eq(info.shares, 1);
    pel_space_trim(v.s, 1);
    info = page_at(v.s, at);
    ck_assert_int_eq(info.place, PEL_AT_FRAME);
    ck_assert_int_eq(info.list, PEL_LIST_MODIFIED);
    for (uint64_t i = 1; i < 20; i++)
        put(v.s, at + i * PAGE, 1);
    info = page_at(v.s, at);
    ck_assert_int_eq(info.place, PEL_AT_PAGE_FILE);
    ck_assert_uint_eq(info.page_file, 0);
    ck_assert_uint_ge(info.slot, 1);
    ck_hex(info.entry, info.slot << 32 | 0x80);
    ck_assert_uint_eq(info.frame, PEL_NO_FRAME);
    ck_nt(INVALID_PARAMETER, pel_space_page(v.s, va_of(0x7FFFFFFF0000), &info));
    vm_free(&v);
}
END_TEST

START_TEST(a_page_of_a_view_is_where_its_section_has_it)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    const pel_segment data[] = { { .page_count = 2, .protect = WC },
                                 { .page_count = 1, .protect = WC, .zero = true } };
    pel_section_object *section = section_of(v.m, &p, data, 2);
    uint64_t a = mapped(v.s, section), b = mapped(v.t, section);
    ck_assert_int_eq(page_at(v.s, a).place, PEL_AT_FILE);
    ck_assert_int_eq(page_at(v.s, a + 2 * PAGE).place, PEL_AT_ZERO);
    ck_hex(page_at(v.s, a + PAGE).section_offset, PAGE);
    byte_at(v.t, b);
    pel_page_info info = page_at(v.s, a);
    ck_assert_int_eq(info.place, PEL_AT_FRAME);
    ck_assert(info.shared && !info.valid);
    ck_assert_uint_eq(info.shares, 1);
    put(v.t, b, 1);
    ck_assert(!page_at(v.t, b).shared);
    ck_assert_int_eq(page_at(v.s, a).list, PEL_LIST_STANDBY); /* nobody has the original now */
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

static const struct {
    pel_paging paging;
    uint64_t entry;
    const char *want;
} texts[] = {
    { PEL_PAGING_X64, 0, "none" },
    { PEL_PAGING_X64, 0x1027, "P W U A" },
    { PEL_PAGING_X64, 0x8000000000005225, "P U A COW NX" },
    { PEL_PAGING_X64, 0x8000000000006867, "P W U A D NX" },
    { PEL_PAGING_X64, 0x600D, "P U PWT" },
    { PEL_PAGING_X64, 0x80, "demand zero PAGE_READWRITE" },
    { PEL_PAGING_X64, 0x200, "decommitted" },
    { PEL_PAGING_X64, 0x0000000000012880, "transition frame 0x12 PAGE_READWRITE" },
    { PEL_PAGING_X64, 0x0000001200000082, "page file 0x1 page 0x12 PAGE_READWRITE" },
    { PEL_PAGING_X64, 0xFFFFFFFF00000420, "prototype PAGE_READONLY" },
    { PEL_PAGING_X86, 0x12880, "transition frame 0x12 PAGE_READWRITE" },
    { PEL_PAGING_X86, 0x12082, "page file 0x1 page 0x12 PAGE_READWRITE" },
    { PEL_PAGING_X86, 0xFFFFF420, "prototype PAGE_READONLY" },
    { PEL_PAGING_X86, 0x6867, "P W U A D" },
};

START_TEST(an_entry_is_told_in_words)
{
    char text[96];
    size_t length = pel_entry_format(texts[_i].paging, texts[_i].entry, text, sizeof text);
    ck_assert_str_eq(text, texts[_i].want);
    ck_assert_uint_eq(length, strlen(text));
    ck_assert_uint_eq(pel_entry_format(texts[_i].paging, texts[_i].entry, text, 5), length);
    ck_assert_uint_lt(strlen(text), 5);
    ck_assert_uint_eq(pel_entry_format(texts[_i].paging, texts[_i].entry, NULL, 0), length);
}
END_TEST

START_TEST(the_frame_database_says_who_has_what)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, PAGE, BOTH, RW);
    put(v.s, at, 1);
    pel_walk walk = pel_space_walk(v.s, va_of(at));
    pel_frame_info info;
    ck_ok(pel_machine_frame(v.m, walk.pa.v >> 12, &info));
    ck_assert_int_eq(info.use, PEL_FRAME_PRIVATE);
    ck_assert_int_eq(info.list, PEL_LIST_ACTIVE);
    ck_assert_ptr_eq(info.space, v.s);
    ck_hex(info.va.v, at);
    ck_ok(pel_machine_frame(v.m, walk.root.v >> 12, &info));
    ck_assert_int_eq(info.use, PEL_FRAME_TABLE);
    ck_assert_uint_eq(info.level, 3);
    ck_ok(pel_machine_frame(v.m, 0xFF, &info));
    ck_assert_int_eq(info.use, PEL_FRAME_UNUSED);
    ck_assert_int_eq(info.list, PEL_LIST_ZEROED);
    ck_status(PEL_BAD_ARG, pel_machine_frame(v.m, 0x100, &info));
    ck_assert_uint_eq(pel_machine_frames_touched(v.m), 6); /* two roots, three tables, a page */
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_inspect)
{
    tcase_add_test(tests, a_page_is_followed_wherever_it_goes);
    tcase_add_test(tests, a_page_of_a_view_is_where_its_section_has_it);
    tcase_add_loop_test(tests, an_entry_is_told_in_words, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tests, the_frame_database_says_who_has_what);
}
