/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page_out.h"

#include "fixture.h"

/* Pages that go out and come back: the lists, the page file, and what each step is told as. */

#define PAGE 0x1000u

/* What was told, in order. */
typedef struct story {
    pel_event events[256];
    size_t count;
} story;

static void note(void *ctx, const pel_event *event)
{
    story *l = ctx;
    ck_assert_uint_lt(l->count, 256);
    l->events[l->count++] = *event;
}

static size_t told(const story *l, pel_event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < l->count; i++)
        count += l->events[i].kind == kind;
    return count;
}

/* A machine of `frames` frames and a page file of `slots` pages. */
static vm small(uint64_t frames, uint64_t slots, story *l)
{
    pel_machine_options o = { .ram_size = frames * PAGE,
                              .page_file_size = { slots * PAGE },
                              .events = { l ? note : NULL, l } };
    return vm_with(&o);
}

static pel_page_info page_at(pel_space *s, uint64_t va)
{
    pel_page_info info;
    ck_nt(SUCCESS, pel_space_page(s, va_of(va), &info));
    return info;
}

static pel_counters counters(const vm *v) { return pel_machine_counters(v->m); }

START_TEST(a_trimmed_page_waits_where_its_contents_say)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    const pel_segment code[] = { { .page_count = 1, .protect = RX } };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t view = mapped(v.s, section), dirty = allocated(v.s, PAGE, BOTH, RW);
    put(v.s, dirty, 1);
    byte_at(v.s, view);
    ck_assert_uint_eq(pel_space_trim(v.s, UINT64_MAX), 2);
    ck_assert_int_eq(page_at(v.s, dirty).list, PEL_LIST_MODIFIED);
    ck_assert_int_eq(page_at(v.s, view).list, PEL_LIST_STANDBY);
    ck_assert_uint_eq(counters(&v).modified, 1);
    ck_assert_uint_eq(counters(&v).standby, 1);
    ck_assert_uint_eq(pel_space_working_set(v.s).size, 0);
    ck_holds(v.m);

    uint64_t frame = page_at(v.s, dirty).frame;
    ck_assert_uint_eq(byte_at(v.s, dirty), 1);
    ck_assert_uint_eq(byte_at(v.s, view), 0);
    ck_assert_uint_eq(page_at(v.s, dirty).frame, frame); /* the same one comes back */
    ck_assert_uint_eq(counters(&v).transition, 2);
    ck_assert_uint_eq(counters(&v).hard_faults, 1); /* the first read of the view */
    ck_assert_uint_eq(p.fills, 1);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(more_pages_than_frames_come_back_from_the_page_file)
{
    story l = { .count = 0 };
    vm v = small(24, 64, NULL);
    uint64_t at = allocated(v.s, 40 * PAGE, BOTH, RW);
    for (uint64_t i = 0; i < 40; i++)
        put(v.s, at + i * PAGE, (uint8_t)(i + 1));
    ck_holds(v.m);
    ck_assert_uint_gt(counters(&v).page_file_writes, 15);
    pel_machine_listen(v.m, (pel_event_hook){ note, &l });
    ck_assert_int_eq(page_at(v.s, at).place, PEL_AT_PAGE_FILE);
    ck_assert_uint_eq(byte_at(v.s, at), 1);
    ck_assert_uint_eq(told(&l, PEL_EVENT_PAGE_FILE_READ), 1);
    ck_assert_uint_eq(told(&l, PEL_EVENT_REPURPOSE), 1); /* the frame came from somebody */
    pel_machine_listen(v.m, (pel_event_hook){ NULL, NULL });
    for (uint64_t i = 0; i < 40; i++)
        ck_assert_uint_eq(byte_at(v.s, at + i * PAGE), i + 1);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(a_page_that_was_only_read_is_not_written_again)
{
    vm v = small(0x100, 64, NULL);
    uint64_t at = allocated(v.s, PAGE, BOTH, RW), written = 0;
    put(v.s, at, 7);
    pel_space_trim(v.s, 1);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(written, 1);
    ck_assert_uint_eq(counters(&v).page_file_used, 1);
    ck_assert_uint_eq(byte_at(v.s, at), 7);
    pel_space_trim(v.s, 1);
    ck_assert_int_eq(page_at(v.s, at).list, PEL_LIST_STANDBY); /* its copy is still good */
    put(v.s, at, 8);
    pel_space_trim(v.s, 1);
    ck_assert_int_eq(page_at(v.s, at).list, PEL_LIST_MODIFIED);
    ck_assert_uint_eq(counters(&v).page_file_used, 0); /* the old copy is of no use */
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

/* MS KB Q94947: dirtiness is not protection. */
START_TEST(a_page_that_became_read_only_is_dirty_all_the_same)
{
    vm v = small(0x100, 64, NULL);
    uint64_t at = allocated(v.s, PAGE, BOTH, RW);
    put(v.s, at, 9);
    ck_nt(SUCCESS, protect(v.s, at, PAGE, RO));
    pel_space_trim(v.s, 1);
    ck_assert_int_eq(page_at(v.s, at).list, PEL_LIST_MODIFIED);
    ck_hex(page_at(v.s, at).protect, RO);
    vm_free(&v);
}
END_TEST

START_TEST(clean_pages_of_an_image_are_dropped_and_read_again)
{
    vm v = vm_new(2 + 3 + 4); /* roots, tables, four pages; no page file */
    pages p = { 0 };
    const pel_segment code[] = { { .page_count = 12, .protect = RX } };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t at = mapped(v.s, section);
    for (uint64_t round = 0; round < 3; round++)
        for (uint64_t i = 0; i < 12; i++)
            ck_assert_uint_eq(byte_at(v.s, at + i * PAGE), i);
    ck_assert_uint_eq(p.fills, 36);
    ck_assert_uint_eq(counters(&v).page_file_writes, 0);
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(without_a_page_file_what_is_dirty_stays)
{
    vm v = small(2 + 3 + 6, 0, NULL);
    uint64_t at = allocated(v.s, 0x10 * PAGE, RESERVE, RW);
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    uint64_t i = 0;
    for (; st == PEL_STATUS_SUCCESS; i++) {
        st = allocate(v.s, at + i * PAGE, PAGE, COMMIT, RW);
        if (st == PEL_STATUS_SUCCESS)
            st = touch(v.s, at + i * PAGE, PEL_WRITE);
        ck_holds(v.m);
    }
    ck_assert_uint_gt(i, 5);
    ck_nt(SUCCESS, touch(v.s, at, PEL_WRITE)); /* it is there, if only on the modified list */
    vm_free(&v);
}
END_TEST

START_TEST(the_commit_limit_is_ram_and_page_files)
{
    vm v = small(32, 32, NULL); /* slot 0 of a page file is never used */
    ck_assert_uint_eq(counters(&v).commit_limit, 32 + 31);
    uint64_t at = allocated(v.s, 63 * PAGE, BOTH, RW);
    ck_nt(COMMITMENT_LIMIT, allocate(v.t, 0x100000, PAGE, BOTH, RW));
    ck_nt(SUCCESS, deallocate(v.s, at, PAGE, PEL_MEM_DECOMMIT));
    ck_nt(SUCCESS, allocate(v.t, 0x100000, PAGE, BOTH, RW));
    ck_assert_uint_eq(counters(&v).commit_peak, 63);
    vm_free(&v);
}
END_TEST

START_TEST(a_page_file_that_cannot_be_made_is_told_at_once)
{
    pel_machine *m = (void *)1;
    pel_machine_options o = { .page_file_size = { PAGE * 8 },
                              .page_file_folder = "/nonexistent/folder" };
    ck_status(PEL_IO, pel_machine_new(&o, &m));
    ck_assert_ptr_null(m);
    o.page_file_folder = NULL;
    ck_status(PEL_BAD_ARG, pel_machine_new(&(pel_machine_options){ .policy = PEL_POLICY_OPT }, &m));
    o.page_file_size[0] = PAGE + 1;
    ck_status(PEL_BAD_ARG, pel_machine_new(&o, &m));
    o.page_file_size[0] = (uint64_t)8 << 30;
    o.paging = PEL_PAGING_X86; /* an entry has 20 bits for the page */
    ck_status(PEL_BAD_ARG, pel_machine_new(&o, &m));
}
END_TEST

START_TEST(what_was_given_up_need_not_be_written)
{
    vm v = small(0x100, 64, NULL);
    uint64_t at = allocated(v.s, 2 * PAGE, BOTH, RW), written = 9;
    put(v.s, at, 7);
    put(v.s, at + PAGE, 7);
    pel_space_trim(v.s, 1);
    ck_nt(SUCCESS, allocate(v.s, at, 2 * PAGE, PEL_MEM_RESET, RW));
    pel_space_trim(v.s, 2);
    ck_assert_uint_eq(counters(&v).modified, 0);
    ck_assert_uint_eq(counters(&v).standby, 2);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(written, 0);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(zeroed_frames_are_kept_for_who_needs_zeros)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 4 * PAGE, BOTH, RW);
    for (uint64_t i = 0; i < 4; i++)
        put(v.s, at + i * PAGE, 0xFF);
    ck_nt(SUCCESS, deallocate(v.s, at, 4 * PAGE, PEL_MEM_DECOMMIT));
    ck_assert_uint_eq(counters(&v).free, 4 + 3); /* and their page tables': all are empty now */
    uint64_t zeroed = counters(&v).zeroed;
    pel_machine_zero_free(v.m, 2);
    ck_assert_uint_eq(counters(&v).zeroed, zeroed + 2);
    ck_holds(v.m);
    ck_nt(SUCCESS, allocate(v.s, at, PAGE, COMMIT, RW));
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(a_shared_frame_stays_while_anybody_has_it)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    const pel_segment code[] = { { .page_count = 1, .protect = RX } };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t a = mapped(v.s, section), b = mapped(v.t, section);
    byte_at(v.s, a);
    byte_at(v.t, b);
    ck_assert_uint_eq(page_at(v.s, a).frame, page_at(v.t, b).frame);
    ck_assert_uint_eq(page_at(v.s, a).shares, 2);
    ck_assert(pel_space_trim_page(v.s, va_of(a)));
    ck_assert(!pel_space_trim_page(v.s, va_of(a)));
    ck_assert_int_eq(page_at(v.s, a).place, PEL_AT_FRAME);
    ck_assert_int_eq(page_at(v.s, a).list, PEL_LIST_ACTIVE); /* for the other one */
    ck_assert(pel_space_trim_page(v.t, va_of(b)));
    ck_assert_int_eq(page_at(v.s, a).list, PEL_LIST_STANDBY);
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(dirty_pages_of_a_data_file_go_to_a_copy_of_it)
{
    vm v = vm_new(0x100); /* no page file */
    pages p = { 0 };
    pel_section_options o = { .type = PEL_SECTION_FILE,
                              .pager = { pages_fill, pages_close, &p },
                              .file_size = 4 * PAGE,
                              .protect = RW,
                              .attributes = PEL_SEC_COMMIT };
    pel_section_object *section;
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &section));
    uint64_t a = mapped(v.s, section), b = mapped(v.t, section), written;
    put(v.s, a + PAGE, 0xAA);
    ck_assert_uint_eq(byte_at(v.t, b + PAGE), 0xAA); /* at once, for all */
    pel_space_trim(v.s, UINT64_MAX);
    pel_space_trim(v.t, UINT64_MAX);
    ck_assert_uint_eq(counters(&v).modified, 1);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(counters(&v).file_writes, 1);
    ck_assert_uint_eq(counters(&v).page_file_writes, 0);
    pel_ntstatus nt = pel_page_out_for_one(v.m); /* its frame is needed elsewhere */
    ck_nt(SUCCESS, nt);
    ck_assert_int_eq(page_at(v.s, a + PAGE).place, PEL_AT_FILE);
    ck_assert_uint_eq(byte_at(v.t, b + PAGE), 0xAA);
    ck_assert_uint_eq(counters(&v).file_reads, 1);
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(held_pages_of_a_data_file_are_not_written)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_options o = { .type = PEL_SECTION_FILE,
                              .pager = { pages_fill, pages_close, &p },
                              .file_size = 2 * PAGE,
                              .protect = RW,
                              .attributes = PEL_SEC_COMMIT };
    pel_section_object *section;
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &section));
    uint64_t at = mapped(v.s, section), written;
    put(v.s, at, 1);
    ck_nt(SUCCESS, pel_section_object_hold_writes(section, true));
    put(v.s, at + PAGE, 2);
    pel_space_trim(v.s, UINT64_MAX);
    ck_assert_uint_eq(counters(&v).modified_no_write, 2);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(written, 0);
    ck_holds(v.m);
    ck_assert_uint_eq(byte_at(v.s, at), 1); /* it is there all the same */
    ck_nt(SUCCESS, pel_section_object_hold_writes(section, false));
    ck_assert_uint_eq(counters(&v).modified, 1);
    pel_space_trim(v.s, UINT64_MAX);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(written, 2);
    ck_holds(v.m);
    ck_nt(INVALID_PARAMETER, pel_section_object_hold_writes(NULL, true));
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(a_policy_that_sees_every_access_has_no_tlb)
{
    vm v = vm_with(&(pel_machine_options){ .ram_size = 0x100 * PAGE, .policy = PEL_POLICY_LRU });
    uint64_t at = allocated(v.s, 4 * PAGE, BOTH, RW);
    ck_nt(SUCCESS, pel_space_limit_working_set(v.s, 1, 3, true));
    for (uint64_t i = 0; i < 3; i++)
        put(v.s, at + i * PAGE, 1);
    byte_at(v.s, at); /* page 1 is the oldest now */
    put(v.s, at + 3 * PAGE, 1);
    ck_assert(page_at(v.s, at).valid);
    ck_assert(!page_at(v.s, at + PAGE).valid);
    ck_assert_uint_eq(counters(&v).tlb_hits, 0);
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

START_TEST(balance_makes_room_when_ram_is_short)
{
    vm v = small(64, 256, NULL);
    uint64_t at = allocated(v.s, 60 * PAGE, BOTH, RW);
    for (uint64_t i = 0; i < 56; i++)
        put(v.s, at + i * PAGE, 1);
    ck_assert(!pel_ram_is_plenty(v.m));
    pel_machine_balance(v.m);
    ck_assert(pel_ram_is_plenty(v.m));
    ck_holds(v.m);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_page_out)
{
    tcase_add_test(tests, a_trimmed_page_waits_where_its_contents_say);
    tcase_add_test(tests, more_pages_than_frames_come_back_from_the_page_file);
    tcase_add_test(tests, a_page_that_was_only_read_is_not_written_again);
    tcase_add_test(tests, a_page_that_became_read_only_is_dirty_all_the_same);
    tcase_add_test(tests, clean_pages_of_an_image_are_dropped_and_read_again);
    tcase_add_test(tests, without_a_page_file_what_is_dirty_stays);
    tcase_add_test(tests, the_commit_limit_is_ram_and_page_files);
    tcase_add_test(tests, a_page_file_that_cannot_be_made_is_told_at_once);
    tcase_add_test(tests, what_was_given_up_need_not_be_written);
    tcase_add_test(tests, zeroed_frames_are_kept_for_who_needs_zeros);
    tcase_add_test(tests, a_shared_frame_stays_while_anybody_has_it);
    tcase_add_test(tests, dirty_pages_of_a_data_file_go_to_a_copy_of_it);
    tcase_add_test(tests, held_pages_of_a_data_file_are_not_written);
    tcase_add_test(tests, a_policy_that_sees_every_access_has_no_tlb);
    tcase_add_test(tests, balance_makes_room_when_ram_is_short);
}
