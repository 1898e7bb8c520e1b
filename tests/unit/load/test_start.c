/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a process: the closure of the imports, bound. */
#include "world.h"

#define EXPORTS(name) "exports: {name: " name ", functions: [{name: F, at: code}]}\n"

/* ---- binding ----------------------------------------------------------- */

START_TEST(imports_are_bound_by_name_and_by_ordinal)
{
    world w = world_new();
    w.kind = _i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS;
    world_dll(&w, "a.dll",
              "exports: {name: a.dll, functions: [{ordinal: 7, at: code},"
              " {name: F, at: code}]}");
    world_program(&w, "imports: [{dll: A.DLL, functions: [F, {ordinal: 7}]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_binding_count(w.p), 2);
    ck_bound_to(&w, pel_process_binding_at(w.p, 0), "a.dll");
    ck_bound_to(&w, pel_process_binding_at(w.p, 1), "a.dll");
    ck_assert(pel_process_binding_at(w.p, 1)->by_ordinal);
    ck_assert_uint_eq(pel_process_binding_at(w.p, 1)->ordinal, 7);
    ck_assert_uint_eq(pel_process_missing_count(w.p), 0);
    world_free(&w);
}
END_TEST

START_TEST(a_process_starts_once)
{
    world w = world_new();
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    ck_nt(INVALID_PARAMETER, world_start(&w));
    ck_assert_uint_eq(pel_process_module_count(w.p), 1);
    ck_assert_ptr_null(pel_process_module_at(w.p, 1));
    world_free(&w);
}
END_TEST

/* The page of the IAT has the protection of its section again: read-only here, as linkers have it.
 */
START_TEST(the_address_table_is_as_protected_as_before)
{
    world w = world_new();
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]\n"
                      "poke:\n  sections[2].Characteristics: [CNT_INITIALIZED_DATA, MEM_READ]");
    ck_nt(SUCCESS, world_start(&w));
    const pel_binding *b = pel_process_binding_at(w.p, 0);
    uint64_t slot = pel_process_module(w.p)->base.v + b->slot.v;
    ck_bound_to(&w, b, "a.dll");
    ck_hex(region_at(pel_process_space(w.p), slot & ~UINT64_C(0xFFF)).protect, RO);
    ck_nt(ACCESS_VIOLATION, touch(pel_process_space(w.p), slot, PEL_WRITE));
    world_free(&w);
}
END_TEST

START_TEST(processes_do_not_see_each_others_bindings)
{
    world w = world_new();
    pel_process *other;
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
    ck_nt(SUCCESS, pel_process_new(w.m, pel_process_image(w.p), NULL, &other, NULL));
    ck_nt(SUCCESS, world_start(&w));
    const pel_binding *b = pel_process_binding_at(w.p, 0);
    uint64_t slot = pel_process_module(w.p)->base.v + b->slot.v;
    ck_bound_to(&w, b, "a.dll");
    uint64_t word;
    ck_nt(SUCCESS, pel_space_peek(pel_process_space(other), va_of(slot), &word, 8));
    ck_hex(word, word & UINT32_MAX); /* still what the linker wrote: the RVA of the name */
    pel_process_free(other);
    world_free(&w);
}
END_TEST

/* ---- order ------------------------------------------------------------- */

START_TEST(dlls_are_initialised_after_those_that_they_need)
{
    world w = world_new();
    world_dll(&w, "c.dll", EXPORTS("c.dll"));
    world_dll(&w, "b.dll", EXPORTS("b.dll") "imports: [{dll: c.dll, functions: [F]}]");
    world_dll(&w, "a.dll", EXPORTS("a.dll") "imports: [{dll: b.dll, functions: [F]}]");
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}, {dll: c.dll, functions: [F]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_order(&w, false, "main.exe a.dll b.dll c.dll");
    ck_order(&w, true, "c.dll b.dll a.dll");
    ck_assert_uint_eq(pel_process_module_at(w.p, 0)->init_order, PEL_NO_INDEX);
    world_free(&w);
}
END_TEST

START_TEST(ntdll_and_kernel32_come_first_where_there_are_such)
{
    world w = world_new();
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_dll(&w, "kernelbase.dll", EXPORTS("kernelbase.dll"));
    world_dll(&w, "kernel32.dll",
              EXPORTS("kernel32.dll") "imports: [{dll: kernelbase.dll, functions: [F]}]");
    world_dll(&w, "ntdll.dll", EXPORTS("ntdll.dll"));
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_order(&w, false, "main.exe ntdll.dll kernel32.dll kernelbase.dll a.dll");
    ck_order(&w, true, "ntdll.dll kernelbase.dll kernel32.dll a.dll");
    world_free(&w);
}
END_TEST

START_TEST(a_circle_of_imports_is_walked_once)
{
    world w = world_new();
    world_dll(&w, "a.dll", EXPORTS("a.dll") "imports: [{dll: b.dll, functions: [F]}]");
    world_dll(&w, "b.dll", EXPORTS("b.dll") "imports: [{dll: a.dll, functions: [F]}]");
    world_dll(&w, "self.dll", EXPORTS("self.dll") "imports: [{dll: self.dll, functions: [F]}]");
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}, {dll: self.dll, functions: [F]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_order(&w, true, "b.dll a.dll self.dll");
    ck_bound_to(&w, binding_named(&w, 2, "F"), "a.dll");
    world_free(&w);
}
END_TEST

/* ---- forwarders -------------------------------------------------------- */

START_TEST(forwarders_are_followed_and_their_dlls_loaded)
{
    world w = world_new();
    world_dll(&w, "last.dll",
              "exports: {name: last.dll, functions: [{name: L, ordinal: 5, at: code}]}");
    world_dll(&w, "middle.dll",
              "exports: {name: m.dll, functions: [{name: M, forward: 'last.#5'}]}");
    world_dll(&w, "first.dll", "exports: {name: f.dll, functions: [{name: A, forward: middle.M}]}");
    world_program(&w, "imports: [{dll: first.dll, functions: [A]}]");
    ck_nt(SUCCESS, world_start(&w));
    const pel_binding *b = pel_process_binding_at(w.p, 0);
    ck_bound_to(&w, b, "last.dll");
    ck_assert_uint_eq(b->forward_count, 2);
    pel_str one = pel_process_forward(w.p, b->forwards);
    pel_str two = pel_process_forward(w.p, b->forwards + 1);
    ck_assert(one.len == 8 && memcmp(one.ptr, "middle.M", 8) == 0);
    ck_assert(two.len == 7 && memcmp(two.ptr, "last.#5", 7) == 0);
    ck_order(&w, false, "main.exe first.dll middle.dll last.dll");
    world_free(&w);
}
END_TEST

START_TEST(a_forwarder_without_end_is_refused)
{
    world w = world_new();
    world_dll(&w, "a.dll", "exports: {name: a.dll, functions: [{name: F, forward: b.F}]}");
    world_dll(&w, "b.dll", "exports: {name: b.dll, functions: [{name: F, forward: a.F}]}");
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
    ck_nt(STACK_OVERFLOW, world_start(&w));
    ck_assert_uint_eq(pel_process_missing_count(w.p), 1);
    ck_assert_uint_eq(pel_process_module_count(w.p), 1);
    world_free(&w);
}
END_TEST

/* ---- what is missing --------------------------------------------------- */

START_TEST(all_that_is_missing_is_told_and_nothing_stays)
{
    world w = world_new();
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_dll(&w, "fw.dll", "exports: {name: fw.dll, functions: [{name: G, forward: gone.G}]}");
    world_program(&w, "imports: [{dll: a.dll, functions: [F, Nope, {ordinal: 99}]},"
                      " {dll: lost.dll, functions: [X, Y]}, {dll: fw.dll, functions: [G]}]");
    uint64_t commit = pel_machine_counters(w.m).commit;
    ck_nt(ENTRYPOINT_NOT_FOUND, world_start(&w));
    ck_assert_uint_eq(pel_process_missing_count(w.p), 4);
    const pel_missing *m = pel_process_missing_at(w.p, 0);
    ck_nt(ENTRYPOINT_NOT_FOUND, m->status);
    ck_assert(!m->whole && m->name.len == 4 && memcmp(m->name.ptr, "Nope", 4) == 0);
    ck_assert_str_eq(m->importer, "main.exe");
    m = pel_process_missing_at(w.p, 1);
    ck_nt(ORDINAL_NOT_FOUND, m->status);
    ck_assert(m->by_ordinal && m->ordinal == 99);
    m = pel_process_missing_at(w.p, 2);
    ck_nt(DLL_NOT_FOUND, m->status);
    ck_assert(m->whole && m->dll.len == 8);
    m = pel_process_missing_at(w.p, 3);
    ck_nt(DLL_NOT_FOUND, m->status);
    ck_assert(m->forwarder.len == 6 && memcmp(m->forwarder.ptr, "gone.G", 6) == 0);
    ck_assert_uint_eq(pel_process_module_count(w.p), 1);
    ck_assert_uint_eq(pel_process_binding_count(w.p), 0);
    ck_assert_uint_eq(pel_machine_counters(w.m).commit, commit);
    world_free(&w);
}
END_TEST

START_TEST(stubs_stand_in_for_what_is_missing)
{
    world w = world_new();
    w.start.stub_missing = true;
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_program(&w, "imports: [{dll: a.dll, functions: [F, Nope]},"
                      " {dll: lost.dll, functions: [X, {ordinal: 3}]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_missing_count(w.p), 2);
    ck_assert_uint_eq(pel_process_binding_count(w.p), 4);
    ck_bound_to(&w, pel_process_binding_at(w.p, 0), "a.dll");
    uint64_t base = pel_process_module(w.p)->base.v, last = 0;
    for (size_t i = 1; i < 4; i++) {
        const pel_binding *b = pel_process_binding_at(w.p, i);
        ck_assert_int_eq(b->kind, PEL_BINDING_STUB);
        ck_hex(word_at(&w, base + b->slot.v), b->target.v);
        ck_assert(b->target.v != last);
        last = b->target.v;
        uint8_t code;
        ck_nt(SUCCESS, pel_space_fetch(pel_process_space(w.p), b->target, &code, 1, NULL));
        ck_hex(code, 0xCC);
    }
    world_free(&w);
}
END_TEST

START_TEST(an_exporter_without_exports_is_no_valid_image)
{
    world w = world_new();
    world_dll(&w, "a.dll", "");
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
    ck_nt(INVALID_IMAGE_FORMAT, world_start(&w));
    world_free(&w);
}
END_TEST

START_TEST(a_dll_for_another_machine_is_refused)
{
    world w = world_new();
    w.kind = PEL_BUILD_PE32;
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    w.kind = PEL_BUILD_PE32PLUS;
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
    ck_nt(INVALID_IMAGE_FORMAT, world_start(&w));
    ck_assert(pel_process_missing_at(w.p, 0)->whole);
    ck_hex(pel_process_missing_at(w.p, 0)->refusal.machine, PEL_MACHINE_I386);
    ck_assert_ptr_null(pel_process_failure(w.p));
    world_free(&w);
}
END_TEST

#define FILE_ALIGNMENT 36 /* in the optional header */

/* Nobody imports them, so that nobody else would name the culprit. */
START_TEST(a_system_dll_that_cannot_be_mapped_is_named)
{
    char bad[64];
    world w = world_new();
    if (_i)
        w.kind = PEL_BUILD_PE32;
    snprintf(bad, sizeof bad, "patch: [{at: %u, hex: 00 03}]", SAMPLE_OPTIONAL + FILE_ALIGNMENT);
    world_dll(&w, "kernel32.dll", _i ? "" : bad);
    w.kind = PEL_BUILD_PE32PLUS;
    world_program(&w, "");
    ck_nt(INVALID_IMAGE_FORMAT, world_start(&w));
    const pel_loader_failure *f = pel_process_failure(w.p);
    ck_assert_ptr_nonnull(f);
    ck_assert_str_eq(pel_loader_step_name(f->step), "map");
    ck_assert_str_eq(f->module, "kernel32.dll");
    ck_assert(!f->has_va);
    ck_hex(f->refusal.machine, _i ? PEL_MACHINE_I386 : 0);
    ck_assert_int_eq(f->refusal.verdict.rule, _i ? PEL_RULE_NONE : PEL_RULE_FILE_ALIGNMENT);
    world_free(&w);
}
END_TEST

/* ---- names ------------------------------------------------------------- */

static const struct {
    const char *asked;
    bool found;
} asked_names[] = {
    { "a.dll", true },      { "A.Dll", true },
    { "a", true },          { "'a.dll  '", true },
    { "a.dll.", true },     { "a.exe", false },
    { "sub/a.dll", false }, { "'..\\a.dll'", false },
    { "aa", false },        { "'\\\\host\\a.dll'", false },
};

START_TEST(names_are_completed_and_paths_are_not_followed)
{
    char more[128];
    world w = world_new();
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    snprintf(more, sizeof more, "imports: [{dll: %s, functions: [F]}]", asked_names[_i].asked);
    world_program(&w, more);
    if (asked_names[_i].found)
        ck_nt(SUCCESS, world_start(&w));
    else
        ck_nt(DLL_NOT_FOUND, world_start(&w));
    world_free(&w);
}
END_TEST

START_TEST(windows_7_takes_names_as_they_are)
{
    pel_process *p;
    world w = world_new();
    pel_load_options seven = { .windows = PEL_WINDOWS_7 };
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_program(&w, "imports: [{dll: 'a.dll ', functions: [F]}]");
    ck_nt(SUCCESS, pel_process_new(w.m, pel_process_image(w.p), &seven, &p, NULL));
    ck_nt(DLL_NOT_FOUND, pel_process_start(p, &w.start));
    pel_process_free(p);
    world_free(&w);
}
END_TEST

START_TEST(api_sets_lead_to_their_hosts)
{
    world w = world_new();
    world_dll(&w, "ucrtbase.dll", EXPORTS("ucrtbase.dll"));
    world_program(&w, "imports: [{dll: API-MS-WIN-CRT-HEAP-L1-1-9.dll, functions: [F]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_bound_to(&w, pel_process_binding_at(w.p, 0), "ucrtbase.dll");
    ck_assert_uint_eq(pel_process_api_sets(w.p)->version, 0);
    world_free(&w);
}
END_TEST

START_TEST(an_api_set_is_never_a_file)
{
    world w = world_new();
    world_dll(&w, "api-ms-win-no-such-l1-1-0.dll", EXPORTS("a.dll"));
    world_program(&w, "imports: [{dll: api-ms-win-no-such-l1-1-0.dll, functions: [F]}]");
    ck_nt(DLL_NOT_FOUND, world_start(&w));
    world_free(&w);
}
END_TEST

PEL_TESTS(load_start)
{
    tcase_add_loop_test(tests, imports_are_bound_by_name_and_by_ordinal, 0, 2);
    tcase_add_test(tests, a_process_starts_once);
    tcase_add_test(tests, the_address_table_is_as_protected_as_before);
    tcase_add_test(tests, processes_do_not_see_each_others_bindings);
    tcase_add_test(tests, dlls_are_initialised_after_those_that_they_need);
    tcase_add_test(tests, ntdll_and_kernel32_come_first_where_there_are_such);
    tcase_add_test(tests, a_circle_of_imports_is_walked_once);
    tcase_add_test(tests, forwarders_are_followed_and_their_dlls_loaded);
    tcase_add_test(tests, a_forwarder_without_end_is_refused);
    tcase_add_test(tests, all_that_is_missing_is_told_and_nothing_stays);
    tcase_add_test(tests, stubs_stand_in_for_what_is_missing);
    tcase_add_test(tests, an_exporter_without_exports_is_no_valid_image);
    tcase_add_test(tests, a_dll_for_another_machine_is_refused);
    tcase_add_loop_test(tests, a_system_dll_that_cannot_be_mapped_is_named, 0, 2);
    tcase_add_loop_test(tests, names_are_completed_and_paths_are_not_followed, 0,
                        sizeof asked_names / sizeof asked_names[0]);
    tcase_add_test(tests, windows_7_takes_names_as_they_are);
    tcase_add_test(tests, api_sets_lead_to_their_hosts);
    tcase_add_test(tests, an_api_set_is_never_a_file);
}
