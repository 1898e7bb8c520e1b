/* SPDX-License-Identifier: Apache-2.0 */
/* RAM as a file, and what is touched before: a processor of a few lines walks the tables in what
 * was written, by the Intel manual (volume 3, "Paging"), and must find what the space has. */
#include "export_fixture.h"

static collected got;

/* ---- a processor ------------------------------------------------------------ */

/* How an address is taken apart: bits of the index of each level, from the root, and the bytes of
 * an entry. */
static const struct mode {
    pel_paging paging;
    unsigned width;
    unsigned levels;
    unsigned bits[5];
    pel_export_registers registers;
    uint64_t written, read; /* entries of pages, without their frames */
} modes[] = {
    { PEL_PAGING_X64,
      8,
      4,
      { 9, 9, 9, 9 },
      { 0x80010011, 0, 0x20, 0xD00 },
      0x8000000000000867,
      0x8000000000000827 },
    { PEL_PAGING_LA57,
      8,
      5,
      { 9, 9, 9, 9, 9 },
      { 0x80010011, 0, 0x1020, 0xD00 },
      0x8000000000000867,
      0x8000000000000827 },
    { PEL_PAGING_PAE,
      8,
      3,
      { 2, 9, 9 },
      { 0x80010011, 0, 0x20, 0x800 },
      0x8000000000000867,
      0x8000000000000827 },
    { PEL_PAGING_X86, 4, 2, { 10, 10 }, { 0x80010011, 0, 0, 0 }, 0x867, 0x827 },
};
#define MODES (int)(sizeof modes / sizeof modes[0])

#define FRAME 0x000FFFFFFFFFF000u

/* Entries for tables let everything through (present, writable, user, accessed); those of the top
 * table of PAE must not have such bits. */
static uint64_t table_bits(const struct mode *mode, unsigned level)
{
    return mode->paging == PEL_PAGING_PAE && level == 0 ? 0x1 : 0x27;
}

/* The last entry for `va`, 0 when an entry on the way is not present. */
static uint64_t entry_of(const struct mode *mode, uint64_t cr3, uint64_t va)
{
    unsigned shift = 12;
    uint64_t entry = cr3 | 1;
    for (unsigned i = 0; i < mode->levels; i++)
        shift += mode->bits[i];
    for (unsigned i = 0; i < mode->levels && (entry & 1); i++) {
        shift -= mode->bits[i];
        uint64_t index = va >> shift & ((1u << mode->bits[i]) - 1);
        entry = le(&got, (entry & FRAME) + index * mode->width, mode->width);
        if ((entry & 1) && i + 1 < mode->levels)
            ck_hex(entry & ~(uint64_t)FRAME, table_bits(mode, i));
    }
    return entry & 1 ? entry : 0;
}

static uint64_t export_ram(const pel_machine *m)
{
    uint64_t size = 0;
    ck_ok(pel_export_physmem(m, collect_into(&got), &size));
    ck_assert_uint_eq(size, got.size);
    ck_assert_uint_eq(size % 0x1000, 0);
    return size;
}

START_TEST(the_tables_in_the_file_lead_to_the_bytes)
{
    const struct mode *mode = &modes[_i];
    vm v = vm_with(&(pel_machine_options){ .paging = mode->paging });
    ck_nt(SUCCESS, allocate(v.s, 0x7FEE0000, 0x3000, BOTH, RW));
    put(v.s, 0x7FEE0123, 0xA5);
    touch(v.s, 0x7FEE1000, PEL_READ);
    export_ram(v.m);
    uint64_t cr3 = pel_export_registers_of(v.s).cr3;
    uint64_t written = entry_of(mode, cr3, 0x7FEE0000), read = entry_of(mode, cr3, 0x7FEE1000);
    ck_hex(written & ~(uint64_t)FRAME, mode->written);
    ck_hex((uint8_t)got.text[(written & FRAME) + 0x123], 0xA5);
    ck_hex(read & ~(uint64_t)FRAME, mode->read);
    ck_hex(entry_of(mode, cr3, 0x7FEE2000), 0);             /* never touched */
    ck_hex(entry_of(mode, cr3, 0x10000), 0);                /* not even a table */
    ck_hex(pel_export_registers_of(v.t).cr3, cr3 ^ 0x1000); /* the other space's */
    vm_free(&v);
}
END_TEST

START_TEST(registers_switch_the_paging_mode_on)
{
    vm v = vm_with(&(pel_machine_options){ .paging = modes[_i].paging });
    pel_export_registers r = pel_export_registers_of(v.s), want = modes[_i].registers;
    ck_hex(r.cr0, want.cr0);
    ck_hex(r.cr3, 0);
    ck_hex(r.cr4, want.cr4);
    ck_hex(r.efer, want.efer);
    vm_free(&v);
}
END_TEST

START_TEST(all_of_ram_that_was_used_is_written)
{
    uint8_t page[PEL_PAGE_SIZE];
    run r;
    run_new(&r, _i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 0, NULL));
    uint64_t size = export_ram(r.m);
    ck_assert_uint_eq(size, pel_machine_frames_touched(r.m) * 0x1000);
    for (uint64_t at = 0; at < size; at += sizeof page) {
        ck_ok(pel_machine_read_physical(r.m, (pel_pa){ at }, page, sizeof page));
        ck_assert_mem_eq(got.text + at, page, sizeof page);
    }
    run_done(&r);
}
END_TEST

/* Headers, code, and data that is copied when it is written: entries of pages that were read. */
START_TEST(pages_of_images_have_the_rights_of_their_sections)
{
    static const uint64_t want[] = { 0x8000000000000025, 0x25, 0x8000000000000225 };
    run r;
    run_new(&r, _i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 0, NULL));
    export_ram(r.m);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t va = pel_process_module(r.p)->base.v + i * 0x1000;
        ck_hex(entry_of(&modes[0], 0, va) & ~(uint64_t)FRAME, want[i]);
    }
    run_done(&r);
}
END_TEST

/* A page for the root of its tables, and nothing mapped. */
START_TEST(an_empty_space_is_its_top_table)
{
    pel_machine *m = machine_of(0);
    ck_assert_uint_eq(export_ram(m), 0);
    pel_space *s;
    ck_ok(pel_space_new(m, NULL, &s));
    ck_assert_uint_eq(export_ram(m), 0x1000);
    for (size_t i = 0; i < got.size; i++)
        ck_quick(got.text[i] == 0);
    ck_assert_uint_eq(pel_export_mapped(s), 0);
    pel_space_free(s);
    machine_done(m);
}
END_TEST

/* ---- touching --------------------------------------------------------------- */

START_TEST(choices_have_names)
{
    static const char *const names[] = { "all", "entry", "none" };
    pel_touch touch;
    for (int i = PEL_TOUCH_ALL; i <= PEL_TOUCH_NONE; i++) {
        ck_assert_str_eq(pel_touch_name((pel_touch)i), names[i]);
        ck_ok(pel_touch_from_name(names[i], &touch));
        ck_assert_int_eq(touch, i);
    }
    ck_assert_str_eq(pel_touch_name((pel_touch)3), "?");
    ck_status(PEL_NOT_FOUND, pel_touch_from_name("some", &touch));
    ck_status(PEL_NOT_FOUND, pel_touch_from_name(NULL, &touch));
}
END_TEST

START_TEST(all_is_every_page_that_can_be_touched)
{
    uint64_t want[2];
    pel_touched t;
    run r;
    run_new(&r, _i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    pel_space *space = pel_process_space(r.p);
    uint64_t guard = pel_process_stack(r.p)->limit.v - 0x1000;
    count_pages(space, want);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 0, &t));
    ck_assert_uint_eq(t.read, want[0]);
    ck_assert_uint_eq(t.written, want[1]);
    ck_assert_uint_gt(t.written, 0);
    ck_assert_uint_eq(t.refused + t.left, 0);
    ck_assert_uint_eq(pel_export_mapped(space), want[0]);
    ck_region(space, guard, 0x1000, COMMIT, RW | GUARD); /* it did not go off */
    run_done(&r);
}
END_TEST

START_TEST(entry_is_what_a_first_step_needs)
{
    pel_touched t;
    run r;
    run_new(&r, _i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    pel_space *space = pel_process_space(r.p);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ENTRY, 0, &t));
    ck_assert_uint_eq(t.read, 2);
    ck_assert_uint_eq(t.written, 1);
    ck_assert_uint_eq(pel_export_mapped(space), 2);
    ck_assert(pel_space_walk(space, pel_process_module(r.p)->entry).present);
    ck_assert(pel_space_walk(space, va_of(pel_process_stack(r.p)->base.v - 1)).present);
    run_done(&r);
}
END_TEST

START_TEST(none_of_a_dll_and_its_entry_without_a_stack)
{
    pel_touched t;
    run r;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "file_header.Characteristics", 0x2022);
    run_of(&r, s, NULL, NULL);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_NONE, 0, &t));
    ck_assert_uint_eq(t.read, 0);
    ck_assert_uint_eq(pel_export_mapped(pel_process_space(r.p)), 0);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ENTRY, 0, &t));
    ck_assert_uint_eq(t.read, 1);
    ck_assert_uint_eq(t.written, 0);
    run_done(&r);
}
END_TEST

/* A file may claim gigabytes: no more is touched than was asked for, and the rest is told. */
START_TEST(a_huge_image_is_touched_as_far_as_the_limit)
{
    pel_touched t;
    uint64_t want[2];
    run r;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "sections[1].VirtualSize", 0x70000000);
    run_of(&r, s, NULL, NULL);
    count_pages(pel_process_space(r.p), want);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 100, &t));
    ck_assert_uint_eq(t.read, 100);
    ck_assert_uint_eq(t.left, want[0] - 100);
    ck_assert_uint_eq(pel_export_mapped(pel_process_space(r.p)), 100);
    ck_assert_uint_lt(export_ram(r.m), 200 * 0x1000);
    run_done(&r);
}
END_TEST

/* All of RAM can be committed, but page tables take some of it. */
START_TEST(what_ram_has_no_room_for_is_counted)
{
    pel_touched t;
    uint64_t want[2];
    run r;
    pel_machine_options options = { .ram_size = 0xC0000 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SizeOfHeapCommit", 0xC0000 - 0xA000);
    run_of(&r, s, &options, NULL);
    count_pages(pel_process_space(r.p), want);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 0, &t));
    ck_assert_uint_gt(t.refused, 0);
    ck_assert_uint_eq(t.read + t.refused, want[0]);
    ck_assert_uint_eq(export_ram(r.m), 0xC0000);
    run_done(&r);
}
END_TEST

PEL_TESTS(dump_export_physmem)
{
    tcase_add_loop_test(tests, the_tables_in_the_file_lead_to_the_bytes, 0, MODES);
    tcase_add_loop_test(tests, registers_switch_the_paging_mode_on, 0, MODES);
    tcase_add_loop_test(tests, all_of_ram_that_was_used_is_written, 0, 2);
    tcase_add_loop_test(tests, pages_of_images_have_the_rights_of_their_sections, 0, 2);
    tcase_add_test(tests, an_empty_space_is_its_top_table);
    tcase_add_test(tests, choices_have_names);
    tcase_add_loop_test(tests, all_is_every_page_that_can_be_touched, 0, 2);
    tcase_add_loop_test(tests, entry_is_what_a_first_step_needs, 0, 2);
    tcase_add_test(tests, none_of_a_dll_and_its_entry_without_a_stack);
    tcase_add_test(tests, a_huge_image_is_touched_as_far_as_the_limit);
    tcase_add_test(tests, what_ram_has_no_room_for_is_counted);
}
