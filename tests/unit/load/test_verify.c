/* SPDX-License-Identifier: Apache-2.0 */
/* A module in memory beside its file: where it is, what is explained, what is missing. */
#include "minidump_writer.h"
#include "verify_subject.h"

/* ---- what is explained ------------------------------------------------- */

START_TEST(what_windows_maps_is_equal)
{
    static subject t;
    make(&t, _i & 1, _i & 2 ? ELSEWHERE : 0x10000000);
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_hex(s->base.v, _i & 2 ? ELSEWHERE : 0x10000000);
    ck_assert_uint_eq(s->pages_compared, IMAGE / PEL_PAGE_SIZE);
    ck_assert_uint_eq(s->pages_equal, s->pages_compared);
    ck_assert_uint_eq(s->pages_missing, 0);
    ck_assert_uint_eq(s->relocations, _i & 2 ? 9 : 0);
    ck_assert_uint_eq(s->header, _i & 2 ? 1 : 0);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 0);
    ck_assert_ptr_null(pel_verify_difference(t.v, 0));
    done(&t);
}
END_TEST

START_TEST(what_the_loader_writes_is_explained)
{
    static subject t;
    make(&t, _i, ELSEWHERE);
    pel_store_uint(t.memory + t.slot, _i ? 8 : 4, 0x7ff01234);
    pel_store_uint(t.memory + COOKIE, 4, 0x12345678);
    pel_store_uint(t.memory + DATA, 4, 17);
    pel_store_uint(t.memory + RDATA + 0x300, 4, 0x7ff05678);
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_assert_uint_eq(s->iat, 1);
    ck_assert_uint_eq(s->cookie, 1);
    ck_assert_uint_eq(s->tls_index, 1);
    ck_assert_uint_eq(s->guard, 1);
    ck_assert_uint_eq(s->bytes_changed, 0);
    ck_assert_uint_eq(s->pages_equal, s->pages_compared);
    done(&t);
}
END_TEST

START_TEST(writable_data_is_told_apart)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    t.memory[DATA + 0x100] = 1;
    t.memory[DATA + 0xf00] = 2;
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_assert_uint_eq(s->bytes_changed, 2);
    ck_assert_uint_eq(s->pages_equal, s->pages_compared - 1);
    ck_assert_uint_eq(pel_verify_changed_count(t.v), 1);
    const pel_changed_data *c = pel_verify_changed(t.v, 0);
    ck_assert_uint_eq(c->section, 2);
    ck_hex(c->rva.v, DATA + 0x100);
    ck_hex(c->size, 0xe01);
    ck_assert_uint_eq(c->differ, 2);
    ck_assert_ptr_null(pel_verify_changed(t.v, 1));
    done(&t);
}
END_TEST

/* ---- the base ---------------------------------------------------------- */

START_TEST(the_base_is_found)
{
    static subject t;
    static const char *const sources[] = { "header", "relocations", "option", "file" };
    unsigned width = _i / 4 ? 8 : 4;
    make(&t, _i / 4, ELSEWHERE);
    pel_foff field = pel_image_place(t.s.img, &pel_optional_header_schema, 0, "ImageBase").offset;
    if (_i % 4 == 1) /* as an image that the kernel does not move */
        pel_store_uint(t.memory + field.v, width, 0x10000000);
    if (_i % 4 == 2)
        t.options = (pel_verify_options){ .has_base = true, .base = { ELSEWHERE } };
    if (_i % 4 == 3) { /* nothing that would help */
        pel_store_uint(t.memory + field.v, width, 0x1234);
        memset(t.memory + RDATA, 0x33, 0x100);
    }
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_base_source_name(s->base_source), sources[_i % 4]);
    ck_hex(s->base.v, _i % 4 == 3 ? 0x10000000 : ELSEWHERE);
    ck_assert_int_eq(s->status == PEL_VERIFY_EQUAL, _i % 4 != 3);
    done(&t);
}
END_TEST

/* Words that each moved by another distance do not tell where the image is. */
START_TEST(without_a_majority_no_base_is_believed)
{
    static subject t;
    make(&t, true, 0x10000000);
    t.memory[pel_image_place(t.s.img, &pel_optional_header_schema, 0, "ImageBase").offset.v] = 1;
    for (uint32_t i = 0; i < 0x100; i += 8)
        t.memory[RDATA + i + 2] = (uint8_t)(i / 8 + 1); /* times 64 KiB */
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_base_source_name(s->base_source), "file");
    done(&t);
}
END_TEST

/* A header that lies is not believed: the words speak against it. */
START_TEST(relocations_outvote_the_header)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    pel_foff field = pel_image_place(t.s.img, &pel_optional_header_schema, 0, "ImageBase").offset;
    pel_store_uint(t.memory + field.v, 8, 0x55550000);
    const pel_verify_summary *s = compare(&t);
    ck_hex(s->base.v, ELSEWHERE);
    ck_assert(s->headers_differ);
    ck_kind(&t, 0, PEL_DIFF_HEADER, field.v + 2, 2);
    done(&t);
}
END_TEST

/* ---- what is not there ------------------------------------------------- */

START_TEST(what_a_cut_dump_lacks_is_missing_and_does_not_differ)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    compare_with(&t, (pel_span){ t.memory, 0x2345 });
    const pel_verify_summary *s = pel_verify_get_summary(t.v);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_assert_uint_eq(s->pages_compared, 3);
    ck_assert_uint_eq(s->bytes_compared, 0x2345);
    ck_assert_uint_eq(s->pages_missing, IMAGE / PEL_PAGE_SIZE - 3);
    ck_assert_uint_eq(pel_verify_missing_count(t.v), 1);
    ck_hex(pel_verify_missing(t.v, 0)->rva.v, 0x3000);
    ck_hex(pel_verify_missing(t.v, 0)->size, IMAGE - 0x3000);
    ck_assert_ptr_null(pel_verify_missing(t.v, 1));
    done(&t);
}
END_TEST

START_TEST(without_a_page_there_is_nothing_to_tell)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    compare_with(&t, (pel_span){ NULL, 0 });
    ck_assert_str_eq(pel_verify_status_name(pel_verify_get_summary(t.v)->status), "nothing");
    done(&t);
}
END_TEST

/* ---- minidumps --------------------------------------------------------- */

static uint32_t put_text(writer *w, const char *text)
{
    uint32_t at = (uint32_t)w->at;
    PUT(w, count, .count = (uint32_t)(2 * strlen(text)));
    for (; *text; text++, w->at += 2)
        pel_store_uint(w->bytes + w->at, 2, (uint8_t)*text);
    return at;
}

/* The module "C:\x\this.dll", another one at FAR, and pages [first, end) of the first. */
static pel_span minidump_of(const subject *t, writer *w, uint64_t first, uint64_t end)
{
    const pel_optional_header *o = pel_image_optional_header(t->s.img);
    begin(w, 2);
    uint32_t name = put_text(w, "C:\\x\\This.dll"), other = put_text(w, "C:\\y\\other.dll");
    size_t start = w->at;
    PUT(w, count, .count = 2);
    PUT(w, module, .base = ELSEWHERE, .size = IMAGE, .checksum = o->checksum,
        .time = pel_image_file_header(t->s.img)->timestamp, .name_rva = name);
    PUT(w, module, .base = FAR, .size = 0x1000, .name_rva = other);
    end_stream(w, PEL_MD_STREAM_MODULE_LIST, start);
    start = w->at;
    PUT(w, memory64_list, .count = 1, .base = 0x1000);
    PUT(w, memory64, .start = ELSEWHERE + first, .size = end - first);
    end_stream(w, PEL_MD_STREAM_MEMORY64_LIST, start);
    memcpy(w->bytes + 0x1000, t->memory + first, (size_t)(end - first));
    return (pel_span){ w->bytes, (size_t)(0x1000 + end - first) };
}

START_TEST(a_module_is_found_in_a_minidump)
{
    static const pel_verify_options ways[] = {
        { .module = "this.DLL" },
        { .module = "c:\\X\\this.dll" },
        { .path = "/somewhere/this.dll" },
        { .path = "renamed" },
        { .has_base = true, .base = { ELSEWHERE } },
    };
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    t.options = ways[_i];
    compare_with(&t, minidump_of(&t, &w, 0, IMAGE));
    const pel_verify_summary *s = pel_verify_get_summary(t.v);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_hex(s->base.v, ELSEWHERE);
    ck_hex(s->module->base.v, ELSEWHERE);
    ck_assert_int_eq(s->base_source, _i == 4 ? PEL_BASE_GIVEN : PEL_BASE_MODULE);
    done(&t);
}
END_TEST

START_TEST(a_module_that_is_not_there_is_not_found)
{
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    t.options.module = "nobody.dll";
    ck_ok(pel_memory_dump_parse(minidump_of(&t, &w, 0, IMAGE), NULL, &t.dump));
    ck_status(PEL_NOT_FOUND, pel_verify_new(t.s.img, t.dump, &t.options, &t.v));
    ck_assert_ptr_null(t.v);
    done(&t);
}
END_TEST

START_TEST(an_import_that_leads_to_no_module_is_told)
{
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    pel_store_uint(t.memory + t.slot, 8, _i ? FAR + 0x10 : FAR + 0x1000);
    compare_with(&t, minidump_of(&t, &w, 0, IMAGE));
    ck_assert_uint_eq(pel_verify_get_summary(t.v)->iat, _i ? 1 : 0);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), _i ? 0 : 1);
    if (!_i) {
        ck_kind(&t, 0, PEL_DIFF_IMPORT, t.slot, 8);
        ck_hex(pel_verify_difference(t.v, 0)->target.v, FAR + 0x1000);
        ck_assert_ptr_null(pel_verify_difference(t.v, 0)->target_module);
    }
    done(&t);
}
END_TEST

START_TEST(the_module_that_a_hook_leads_to_is_told)
{
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    t.memory[SECOND] = 0xE8;
    pel_store_uint(t.memory + SECOND + 1, 4, FAR + 8 - (ELSEWHERE + SECOND + 5));
    compare_with(&t, minidump_of(&t, &w, 0x1000, 0x2000));
    ck_kind(&t, 0, PEL_DIFF_HOOK, SECOND, 5);
    ck_hex(pel_verify_difference(t.v, 0)->target_module->base.v, FAR);
    const pel_verify_summary *s = pel_verify_get_summary(t.v);
    ck_assert_uint_eq(s->pages_compared, 1);
    ck_assert_uint_eq(pel_verify_missing_count(t.v), 2);
    ck_hex(pel_verify_missing(t.v, 1)->rva.v, 0x2000);
    done(&t);
}
END_TEST

/* ---- what cannot be compared ------------------------------------------- */

START_TEST(what_is_no_image_is_refused)
{
    static subject t;
    pel_image *image;
    const pel_image_options in_memory = { .layout = PEL_LAYOUT_MEMORY };
    make(&t, true, ELSEWHERE);
    ck_ok(pel_memory_dump_parse((pel_span){ t.memory, IMAGE }, NULL, &t.dump));
    ck_ok(pel_image_parse((pel_span){ t.memory, 0x20 }, NULL, &image));
    ck_status(PEL_MALFORMED, pel_verify_new(image, t.dump, NULL, &t.v));
    pel_image_free(image);
    ck_ok(pel_image_parse((pel_span){ t.memory, IMAGE }, &in_memory, &image));
    ck_status(PEL_MALFORMED, pel_verify_new(image, t.dump, NULL, &t.v));
    pel_image_free(image);
    ck_status(PEL_BAD_ARG, pel_verify_new(NULL, t.dump, NULL, &t.v));
    ck_status(PEL_BAD_ARG, pel_verify_new(t.s.img, NULL, NULL, &t.v));
    ck_status(PEL_BAD_ARG, pel_verify_new(t.s.img, t.dump, NULL, NULL));
    done(&t);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static subject t;
    pel_status st = PEL_NO_MEMORY;
    make(&t, true, ELSEWHERE);
    t.memory[SECOND] = 0xE9;
    t.memory[DATA + 0x100] = 1;
    ck_ok(pel_memory_dump_parse((pel_span){ t.memory, 0x8000 }, NULL, &t.dump));
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_verify_options o = { .allocator = &a };
        st = pel_verify_new(t.s.img, t.dump, &o, &t.v);
        ck_assert((t.v != NULL) == (st == PEL_OK));
        pel_verify_free(t.v);
        t.v = NULL;
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
    done(&t);
}
END_TEST

PEL_TESTS(load_verify)
{
    tcase_add_loop_test(tests, what_windows_maps_is_equal, 0, 4);
    tcase_add_loop_test(tests, what_the_loader_writes_is_explained, 0, 2);
    tcase_add_test(tests, writable_data_is_told_apart);
    tcase_add_loop_test(tests, the_base_is_found, 0, 8);
    tcase_add_test(tests, without_a_majority_no_base_is_believed);
    tcase_add_test(tests, relocations_outvote_the_header);
    tcase_add_test(tests, what_a_cut_dump_lacks_is_missing_and_does_not_differ);
    tcase_add_test(tests, without_a_page_there_is_nothing_to_tell);
    tcase_add_loop_test(tests, a_module_is_found_in_a_minidump, 0, 5);
    tcase_add_test(tests, a_module_that_is_not_there_is_not_found);
    tcase_add_loop_test(tests, an_import_that_leads_to_no_module_is_told, 0, 2);
    tcase_add_test(tests, the_module_that_a_hook_leads_to_is_told);
    tcase_add_test(tests, what_is_no_image_is_refused);
    tcase_add_test(tests, every_allocation_may_fail);
}
