/* SPDX-License-Identifier: Apache-2.0 */
/* Several processes of one image: what they share, and what a move costs. */
#include "fixture.h"

#define ELSEWHERE UINT64_C(0x150000000)

/* A program with one relocation, on its page of .data; whether the kernel may move it. */
static sample program(bool dynamic)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    pel_builder_set(s.b, "optional_header.DllCharacteristics", dynamic ? PEL_DLL_DYNAMIC_BASE : 0);
    sample_parse(&s);
    return s;
}

static pel_process *started(pel_machine *m, const sample *s, uint64_t base)
{
    pel_process *p;
    pel_load_options o = { .has_base = base != 0, .base = { base } };
    ck_assert(pel_nt_success(pel_process_new(m, s->img, &o, &p, NULL)));
    return p;
}

static pel_page_info page_of(pel_process *p, uint64_t rva)
{
    pel_page_info info;
    pel_va va = { pel_process_module(p)->base.v + rva };
    uint8_t byte;
    ck_nt(SUCCESS, pel_space_read(pel_process_space(p), va, &byte, 1, NULL));
    ck_nt(SUCCESS, pel_space_page(pel_process_space(p), va, &info));
    return info;
}

START_TEST(processes_at_one_base_share_frames)
{
    sample s = program(_i);
    pel_machine *m = machine_of(0);
    pel_process *a = started(m, &s, 0), *b = started(m, &s, 0);
    for (uint64_t rva = 0; rva < 0x3000; rva += 0x1000) {
        ck_assert_uint_eq(page_of(a, rva).frame, page_of(b, rva).frame);
        ck_assert_uint_eq(page_of(a, rva).shares, 2);
    }
    ck_assert_uint_eq(pel_machine_counters(m).section_fills, 3);
    pel_process_free(a);
    ck_assert_uint_eq(page_of(b, 0x1000).shares, 1);
    process_done(b, m);
    sample_free(&s);
}
END_TEST

START_TEST(what_the_kernel_moves_once_is_shared)
{
    sample s = program(true);
    pel_machine *m = machine_of(0);
    pel_process *a = started(m, &s, ELSEWHERE), *b = started(m, &s, ELSEWHERE);
    ck_assert_uint_eq(page_of(a, 0x2000).frame, page_of(b, 0x2000).frame);
    ck_assert(page_of(a, 0x2000).shared);
    pel_process_free(a);
    process_done(b, m);
    sample_free(&s);
}
END_TEST

/* A second base, and any base of an image that the kernel does not move: patched in each process.
 */
START_TEST(what_the_loader_patches_is_private_and_charged)
{
    sample s = program(_i);
    pel_machine *m = machine_of(0);
    pel_process *first = started(m, &s, 0);
    uint64_t before = pel_machine_counters(m).commit;
    pel_process *a = started(m, &s, ELSEWHERE);
    uint64_t cost = pel_machine_counters(m).commit - before;
    ck_assert_uint_eq(cost, before); /* .data is charged either way: it can be written */
    pel_process *b = started(m, &s, ELSEWHERE);
    pel_page_info pa = page_of(a, 0x2000), pb = page_of(b, 0x2000);
    ck_assert_uint_ne(pa.frame, pb.frame);
    ck_assert(!pa.shared && !pb.shared && pa.modified);
    ck_hex(pa.protect, PEL_PAGE_READWRITE);
    ck_assert_uint_eq(page_of(a, 0x1000).frame, page_of(b, 0x1000).frame); /* no relocations */
    pel_process_free(first);
    pel_process_free(a);
    process_done(b, m);
    sample_free(&s);
}
END_TEST

START_TEST(code_that_is_patched_is_charged)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x1000 }, PEL_REL_DIR64);
    sample_parse(&s);
    pel_machine *m = machine_of(0);
    pel_process *a = started(m, &s, 0);
    uint64_t one = pel_machine_counters(m).commit;
    pel_process *b = started(m, &s, ELSEWHERE);
    ck_assert_uint_eq(pel_machine_counters(m).commit, 2 * one + 1);
    ck_hex(page_of(b, 0x1000).protect, PEL_PAGE_EXECUTE_READ);
    ck_assert(!page_of(b, 0x1000).shared);
    pel_process_free(a);
    process_done(b, m);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_sharing)
{
    tcase_add_loop_test(tests, processes_at_one_base_share_frames, 0, 2);
    tcase_add_test(tests, what_the_kernel_moves_once_is_shared);
    tcase_add_loop_test(tests, what_the_loader_patches_is_private_and_charged, 0, 2);
    tcase_add_test(tests, code_that_is_patched_is_charged);
}
