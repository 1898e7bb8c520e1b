/* SPDX-License-Identifier: Apache-2.0 */
/* Processes as minidumps: what is told of them, every byte of their memory, and hostile sizes. */
#include "export_fixture.h"

static collected got;

/* ---- a minidump, read back -------------------------------------------------- */

/* Regions and ranges agree with what the space itself says, and bytes with what a debugger reads.
 */
static void ck_memory(pel_space *space, const pel_minidump_info *info)
{
    uint8_t page[PEL_PAGE_SIZE];
    pel_region r;
    uint64_t entry = info->streams[PEL_MINIDUMP_MEMORY_INFO_LIST].offset + 16;
    uint64_t range = info->streams[PEL_MINIDUMP_MEMORY64_LIST].offset + 16;
    uint64_t bytes = le(&got, range - 8, 8);
    for (uint64_t at = 0; pel_nt_success(pel_space_query(space, va_of(at), &r)); entry += 48) {
        const field fields[] = { { 0, 8, r.base.v },         { 8, 8, r.allocation_base.v },
                                 { 16, 4, r.alloc_protect }, { 24, 8, r.size },
                                 { 32, 4, r.state },         { 36, 4, r.protect },
                                 { 40, 4, r.type } };
        ck_fields(&got, entry, fields, sizeof fields / sizeof fields[0]);
        if (r.state == PEL_MEM_COMMIT) {
            ck_hex(le(&got, range, 8), r.base.v);
            ck_hex(le(&got, range + 8, 8), r.size);
            range += 16;
        }
        for (at = r.base.v; at < r.base.v + r.size && r.state == PEL_MEM_COMMIT; at += 0x1000) {
            ck_nt(SUCCESS, pel_space_peek(space, va_of(at), page, sizeof page));
            ck_quick(memcmp(got.text + bytes, page, sizeof page) == 0);
            bytes += sizeof page;
        }
        at = r.base.v + r.size;
    }
    ck_assert_uint_eq(bytes, got.size);
}

static pel_minidump_info export_checked(const pel_minidump_source *source)
{
    pel_minidump_info info;
    pel_counters after, before = pel_machine_counters(pel_space_machine(source->space));
    ck_ok(pel_export_minidump(source, collect_into(&got), &info));
    after = pel_machine_counters(pel_space_machine(source->space));
    ck_assert_mem_eq(&before, &after, sizeof before); /* a debugger changes nothing */
    ck_memory(source->space, &info);
    return info;
}

/* ---- processes ------------------------------------------------------------- */

START_TEST(a_process_has_its_image_and_its_first_thread)
{
    bool narrow = _i;
    run r;
    run_new(&r, narrow ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    pel_minidump_info info = export_checked(&r.described.source);
    uint64_t base = narrow ? 0x400000 : BASE64;
    uint64_t module = info.streams[PEL_MINIDUMP_MODULE_LIST].offset + 4;
    uint64_t thread = info.streams[PEL_MINIDUMP_THREAD_LIST].offset + 4;
    uint64_t context = le(&got, thread + 44, 4);
    const pel_stack *k = pel_process_stack(r.p);
    ck_hex(le(&got, module, 8), base);
    ck_hex(le(&got, module + 8, 4), 0x3000);
    ck_hex(le(&got, module + 12, 4), pel_image_optional_header(r.s.img)->checksum);
    ck_assert_uint_eq(le(&got, thread, 4), PEL_EXPORT_TID);
    ck_hex(le(&got, thread + 24, 8), k->limit.v);
    ck_hex(le(&got, thread + 32, 4), k->base.v - k->limit.v);
    ck_hex(narrow ? le(&got, context + 0xB8, 4) : le(&got, context + 0xF8, 8), base + 0x1000);
    ck_hex(narrow ? le(&got, context + 0xC4, 4) : le(&got, context + 0x98, 8),
           k->base.v - (narrow ? 8 : 0x28));
    ck_assert_uint_eq(info.unreadable, 0);
    run_done(&r);
}
END_TEST

START_TEST(bytes_of_the_stack_are_where_the_thread_says)
{
    run r;
    run_new(&r, PEL_BUILD_PE32PLUS);
    const pel_stack *k = pel_process_stack(r.p);
    put(pel_process_space(r.p), k->limit.v + 0x123, 0xA7);
    pel_minidump_info info = export_checked(&r.described.source);
    uint64_t rva = le(&got, info.streams[PEL_MINIDUMP_THREAD_LIST].offset + 4 + 36, 4);
    ck_hex((uint8_t)got.text[rva + 0x123], 0xA7);
    run_done(&r);
}
END_TEST

/* A DLL, and a program whose entry point is missing: nothing runs. */
START_TEST(a_process_that_does_not_run_has_no_thread)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    if (_i)
        pel_builder_set(s.b, "file_header.Characteristics", 0x2022);
    else
        pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    run r;
    run_of(&r, s, NULL, NULL);
    pel_minidump_info info = export_checked(&r.described.source);
    ck_assert_uint_eq(info.threads, 0);
    ck_assert_uint_eq(info.modules, 1);
    run_done(&r);
}
END_TEST

START_TEST(an_image_that_moved_is_told_where_it_is)
{
    sample s = movable(PEL_BUILD_PE32PLUS);
    pel_load_options load = { .has_base = true, .base = { 0x7FF712340000 } };
    run r;
    run_of(&r, s, NULL, &load);
    pel_minidump_info info = export_checked(&r.described.source);
    ck_hex(le(&got, info.streams[PEL_MINIDUMP_MODULE_LIST].offset + 4, 8), 0x7FF712340000);
    run_done(&r);
}
END_TEST

/* ---- memory ---------------------------------------------------------------- */

START_TEST(bytes_behind_guards_and_in_page_files_are_there)
{
    vm v = vm_with(&(pel_machine_options){ .ram_size = 0x100000, .page_file_size = { 0x100000 } });
    ck_nt(SUCCESS, allocate(v.s, 0x10000, 0x8000, RESERVE, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x10000, 0x5000, COMMIT, RW));
    for (uint64_t i = 0; i < 4; i++)
        put(v.s, 0x10000 + i * 0x1000 + 7, (uint8_t)(0x11 * (i + 1)));
    ck_nt(SUCCESS, protect(v.s, 0x11000, 0x1000, RW | GUARD));
    ck_nt(SUCCESS, protect(v.s, 0x12000, 0x1000, NOACCESS));
    pel_space_trim(v.s, UINT64_MAX);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, UINT64_MAX, NULL));
    pel_minidump_info info = export_checked(&(pel_minidump_source){ .space = v.s });
    ck_assert_uint_eq(info.ranges, 4);
    for (uint64_t i = 0; i < 4; i++)
        ck_hex((uint8_t)got.text[info.size - info.memory_bytes + i * 0x1000 + 7], 0x11 * (i + 1));
    ck_hex(region_at(v.s, 0x11000).protect, RW | GUARD);
    vm_free(&v);
}
END_TEST

/* A page that its file cannot give is zero in the minidump, and counted; a failure of the host
 * ends the export. */
static const pel_segment one_page[] = { { .page_count = 1, .protect = RO } };

START_TEST(pages_that_cannot_be_read_are_zero)
{
    static const pel_status answers[] = { PEL_MALFORMED, PEL_IO, PEL_NO_MEMORY };
    vm v = vm_new(0);
    pages p = { .answer = answers[_i] };
    pel_minidump_info info;
    pel_minidump_source source = { .space = v.s };
    pel_section_object *section = section_of(v.m, &p, one_page, 1);
    mapped(v.s, section);
    pel_section_object_free(section);
    if (_i > 0) {
        ck_status(answers[_i], pel_export_minidump(&source, collect_into(&got), &info));
    } else {
        ck_ok(pel_export_minidump(&source, collect_into(&got), &info));
        ck_assert_uint_eq(info.unreadable, 1);
        ck_hex(le(&got, got.size - 0x1000, 8), 0);
    }
    vm_free(&v);
}
END_TEST

/* ---- hostile sizes ---------------------------------------------------------- */

/* A kilobyte that claims almost 2 GiB: one write a page, and the sizes are right. */
START_TEST(a_huge_image_takes_one_write_a_page)
{
    pel_minidump_info info;
    counted c = counted_all();
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "sections[1].VirtualSize", 0x70000000);
    run r;
    run_of(&r, s, NULL, NULL);
    ck_ok(pel_export_minidump(&r.described.source, count_into(&c), &info));
    ck_assert_uint_ge(info.memory_bytes, 0x70000000);
    ck_assert_uint_eq(c.bytes, info.size);
    ck_assert_uint_le(c.writes, info.memory_bytes / 0x1000 + 1000);
    ck_assert_uint_eq(pel_machine_counters(r.m).section_fills, 0);
    run_done(&r);
}
END_TEST

/* As many sections as a file can have, each a region of its own. */
#define MANY 65535u
static pel_segment segments[MANY];

START_TEST(as_many_regions_as_a_file_can_make)
{
    counted c = counted_all();
    pages p = { 0 };
    pel_minidump_info info;
    vm v = vm_new(0);
    for (uint32_t i = 0; i < MANY; i++)
        segments[i] = (pel_segment){ .page_count = 1, .protect = i % 2 ? RO : WC, .zero = true };
    pel_section_object *section = section_of(v.m, &p, segments, MANY);
    mapped(v.s, section);
    pel_section_object_free(section);
    ck_ok(pel_export_minidump(&(pel_minidump_source){ .space = v.s }, count_into(&c), &info));
    ck_assert_uint_eq(info.ranges, MANY);
    ck_assert_uint_eq(info.memory_bytes, MANY * UINT64_C(0x1000));
    ck_assert_uint_eq(c.bytes, info.size);
    ck_assert_uint_le(c.writes, 3 * MANY + 1000);
    vm_free(&v);
}
END_TEST

/* A location has 32 bits: a larger stack is in the memory, but not told with the thread. */
START_TEST(a_stack_of_4_gib_is_not_cut)
{
    vm v = vm_new((UINT64_C(8) << 30) / 0x1000);
    collected *c = &got;
    pel_export_thread thread = { .id = 1,
                                 .stack_limit = { 0x10000 },
                                 .stack_base = { 0x10000 + (UINT64_C(1) << 32) + 0x2000 } };
    pel_minidump_source source = {
        .space = v.s, .machine = PEL_MACHINE_AMD64, .threads = &thread, .thread_count = 1
    };
    ck_nt(SUCCESS, allocate(v.s, 0x10000, thread.stack_base.v - 0x10000, BOTH, RW));
    ck_status(PEL_LIMIT, pel_export_minidump(&source, collect_into(c), NULL));
    ck_hex(le(c, 0xC0 + 4 + 24, 8), 0x10000);
    ck_hex(le(c, 0xC0 + 4 + 32, 4), 0);
    ck_hex(le(c, 0xC0 + 4 + 36, 4), 0);
    vm_free(&v);
}
END_TEST

PEL_TESTS(dump_export_process)
{
    tcase_add_loop_test(tests, a_process_has_its_image_and_its_first_thread, 0, 2);
    tcase_add_test(tests, bytes_of_the_stack_are_where_the_thread_says);
    tcase_add_loop_test(tests, a_process_that_does_not_run_has_no_thread, 0, 2);
    tcase_add_test(tests, an_image_that_moved_is_told_where_it_is);
    tcase_add_test(tests, bytes_behind_guards_and_in_page_files_are_there);
    tcase_add_loop_test(tests, pages_that_cannot_be_read_are_zero, 0, 3);
    tcase_add_test(tests, a_huge_image_takes_one_write_a_page);
    tcase_add_test(tests, as_many_regions_as_a_file_can_make);
    tcase_add_test(tests, a_stack_of_4_gib_is_not_cut);
}
