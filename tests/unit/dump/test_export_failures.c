/* SPDX-License-Identifier: Apache-2.0 */
/* Exports that fail: sinks, allocations, arguments, refused images. */
#include "export_fixture.h"

static collected got;

/* ---- arguments -------------------------------------------------------------- */

START_TEST(bad_arguments_are_told)
{
    counted c = counted_all();
    pel_sink sink = count_into(&c), none = { 0 };
    run r;
    run_new(&r, PEL_BUILD_PE32PLUS);
    const pel_minidump_source *source = &r.described.source;
    ck_status(PEL_BAD_ARG, pel_export_minidump(NULL, sink, NULL));
    ck_status(PEL_BAD_ARG, pel_export_minidump(&(pel_minidump_source){ 0 }, sink, NULL));
    ck_status(PEL_BAD_ARG, pel_export_minidump(source, none, NULL));
    ck_status(PEL_BAD_ARG, pel_export_physmem(NULL, sink, NULL));
    ck_status(PEL_BAD_ARG, pel_export_physmem(r.m, none, NULL));
    ck_status(PEL_BAD_ARG, pel_export_touch(NULL, PEL_TOUCH_ALL, 0, NULL));
    ck_assert_uint_eq(c.writes, 0);
    ck_ok(pel_export_minidump(source, sink, NULL));
    ck_ok(pel_export_physmem(r.m, sink, NULL));
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 0, NULL));
    run_done(&r);
}
END_TEST

/* More than offsets of 32 bits can tell is refused before the first byte, and before anything is
 * read of so many. */
START_TEST(four_billion_threads_are_too_many)
{
    counted c = counted_all();
    run r;
    run_new(&r, PEL_BUILD_PE32PLUS);
    pel_minidump_source source = r.described.source;
    source.threads = NULL;
    source.thread_count = (UINT64_C(1) << 32) + 1;
    ck_status(PEL_LIMIT, pel_export_minidump(&source, count_into(&c), NULL));
    ck_assert_uint_eq(c.writes, 0);
    run_done(&r);
}
END_TEST

/* ---- sinks ------------------------------------------------------------------- */

typedef pel_status (*export_function)(run *r, pel_sink sink);

#define MARK 0x7788

static pel_status minidump(run *r, pel_sink sink)
{
    pel_minidump_info info = { .size = MARK };
    pel_status st = pel_export_minidump(&r->described.source, sink, &info);
    ck_quick((st == PEL_OK) == (info.size != MARK));
    return st;
}

static pel_status physmem(run *r, pel_sink sink)
{
    uint64_t size = MARK;
    pel_status st = pel_export_physmem(r->m, sink, &size);
    ck_quick((st == PEL_OK) == (size != MARK));
    return st;
}

static pel_status document(run *r, pel_sink sink, pel_dump_options options)
{
    pel_verdict verdict = pel_check(r->s.img, NULL);
    pel_export_report report = { .physmem = "ram,'1'.bin",
                                 .physmem_size = 0x5000,
                                 .minidump = "program.dmp",
                                 .source = &r->described.source,
                                 .pages = true };
    return pel_dump_export(r->s.img, "sample.exe", r->p, &verdict, &report, &options, sink);
}

static pel_status text(run *r, pel_sink sink)
{
    return document(r, sink, (pel_dump_options){ .format = PEL_FORMAT_TEXT });
}
static pel_status json(run *r, pel_sink sink)
{
    return document(r, sink, (pel_dump_options){ .format = PEL_FORMAT_JSON });
}
static pel_status yaml(run *r, pel_sink sink)
{
    return document(r, sink, (pel_dump_options){ .format = PEL_FORMAT_YAML });
}

static const export_function exports[] = { minidump, physmem, text, json, yaml };
#define EXPORTS (int)(sizeof exports / sizeof exports[0])

/* Once for each write: the answer comes back as it is, and nothing is written after it. */
START_TEST(every_write_may_fail)
{
    static const pel_status answers[] = { PEL_IO, PEL_NO_MEMORY, PEL_LIMIT };
    counted all = counted_all();
    run r;
    run_new(&r, PEL_BUILD_PE32PLUS);
    ck_ok(pel_export_touch(r.p, PEL_TOUCH_ALL, 0, NULL));
    ck_ok(exports[_i](&r, count_into(&all)));
    for (uint64_t n = 0; n < all.writes; n++) {
        counted c = { .left = n, .answer = answers[n % 3] };
        ck_quick(exports[_i](&r, count_into(&c)) == c.answer);
        ck_quick(c.refused && c.writes == n);
    }
    ck_assert_uint_gt(all.writes, 0);
    run_done(&r);
}
END_TEST

/* ---- allocations --------------------------------------------------------------- */

static pel_status export_all(run *r, const pel_allocator *a)
{
    counted c = counted_all();
    pel_touched touched;
    uint64_t want[2];
    count_pages(pel_process_space(r->p), want);
    PEL_TRY(pel_export_touch(r->p, PEL_TOUCH_ALL, 0, &touched));
    /* The host's lack of memory is not the guest's. */
    ck_quick(touched.read == want[0] && touched.written == want[1]);
    PEL_TRY(minidump(r, count_into(&c)));
    PEL_TRY(physmem(r, count_into(&c)));
    for (int format = PEL_FORMAT_TEXT; format <= PEL_FORMAT_YAML; format++)
        PEL_TRY(document(r, count_into(&c),
                         (pel_dump_options){ .format = (pel_format)format, .allocator = a }));
    return PEL_OK;
}

static pel_status start_and_export(run *r, const pel_allocator *a)
{
    pel_machine_options options = { .allocator = a };
    PEL_TRY(pel_machine_new(&options, &r->m));
    pel_ntstatus nt = pel_process_new(r->m, r->s.img, NULL, &r->p, NULL);
    if (!pel_nt_success(nt))
        return pel_ntstatus_to_status(nt);
    PEL_TRY(pel_export_describe(r->p, NULL, "sample.exe", &r->described));
    pel_status st = export_all(r, a);
    pel_export_release(&r->described);
    return st;
}

START_TEST(every_allocation_may_fail)
{
    long n = 0;
    pel_status st = PEL_NO_MEMORY;
    run r = { .s = sample_of(_i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS) };
    sample_parse(&r.s);
    for (; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        r.p = NULL;
        st = start_and_export(&r, &a);
        if (r.m)
            ck_holds(r.m);
        pel_process_free(r.p);
        pel_machine_free(r.m);
        ck_assert_msg(f.live == 0, "%ld bytes are left when allocation %ld fails", f.live, n);
        ck_assert_int_lt(n, 1000);
    }
    ck_ok(st);
    ck_assert_int_gt(n, 12);
    sample_free(&r.s);
}
END_TEST

/* ---- the document ---------------------------------------------------------------- */

static const char *part(const char *key) { return strstr(got.text, key); }

START_TEST(a_refused_image_has_a_document_that_says_why)
{
    static const pel_export_report report = { .physmem = "ram.bin", .pages = true };
    pel_dump_options options = { .format = PEL_FORMAT_JSON };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0);
    sample_parse(&s);
    pel_verdict verdict = pel_check(s.img, NULL);
    ck_ok(pel_dump_export(s.img, "x", NULL, &verdict, &report, &options, collect_into(&got)));
    ck_assert_ptr_nonnull(part("\"status\": \"STATUS_INVALID_IMAGE_FORMAT\""));
    ck_assert_ptr_nonnull(part("\"rule\": \"optional.size-of-image\""));
    ck_assert_ptr_nonnull(part("\"hypothetical\": false"));
    ck_assert_ptr_nonnull(part("\"base\": null"));
    ck_assert_ptr_nonnull(part("\"physmem\": null"));
    ck_assert_ptr_nonnull(part("\"minidump\": null"));
    ck_assert_ptr_null(part("\"pages\""));
    sample_free(&s);
}
END_TEST

/* Names with what QEMU and shells take apart. */
START_TEST(the_command_line_for_qemu_quotes_the_path)
{
    run r;
    run_new(&r, PEL_BUILD_PE32PLUS);
    ck_ok(json(&r, collect_into(&got)));
    ck_assert_ptr_nonnull(part("-m 2 "));
    ck_assert_ptr_nonnull(part("force-raw=on,file='ram,,'\\\\\\\\''1'\\\\\\\\''.bin'\""));
    run_done(&r);
}
END_TEST

START_TEST(a_command_line_that_is_too_long_is_not_cut)
{
    static char path[5000];
    memset(path, 'x', sizeof path - 1);
    run r;
    run_new(&r, PEL_BUILD_PE32PLUS);
    pel_verdict verdict = pel_check(r.s.img, NULL);
    pel_export_report report = { .physmem = path };
    pel_dump_options options = { .format = PEL_FORMAT_JSON };
    ck_ok(pel_dump_export(r.s.img, "x", r.p, &verdict, &report, &options, collect_into(&got)));
    ck_assert_ptr_nonnull(part("\"qemu\": null"));
    run_done(&r);
}
END_TEST

PEL_TESTS(dump_export_failures)
{
    tcase_add_test(tests, bad_arguments_are_told);
    tcase_add_test(tests, four_billion_threads_are_too_many);
    tcase_add_loop_test(tests, every_write_may_fail, 0, EXPORTS);
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, 2);
    tcase_add_test(tests, a_refused_image_has_a_document_that_says_why);
    tcase_add_test(tests, the_command_line_for_qemu_quotes_the_path);
    tcase_add_test(tests, a_command_line_that_is_too_long_is_not_cut);
}
