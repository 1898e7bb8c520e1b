/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader sets up: TLS slots and security cookies. */
#include "world.h"

/* ---- thread-local storage ---------------------------------------------- */

#define TLS_64                                                                                     \
    "  - {name: .tls, flags: [CNT_INITIALIZED_DATA, MEM_READ, MEM_WRITE], data: ["                 \
    "{label: template, text: \"template\"}, {label: pointer, va: code},"                           \
    " {label: index, u64: 0xffffffffffffffff}, {label: callbacks, va: code}, {u64: 0},"            \
    " {label: tls, va: template}, {va: index}, {va: index}, {va: callbacks}, {u32: [24, 0]}]}\n"   \
    "directories: {TLS: {at: tls, size: 40}}\n"

#define TLS_32                                                                                     \
    "  - {name: .tls, flags: [CNT_INITIALIZED_DATA, MEM_READ, MEM_WRITE], data: ["                 \
    "{label: template, text: \"template\"}, {label: pointer, va: code},"                           \
    " {label: index, u32: [0xffffffff, 0xffffffff]}, {label: callbacks, va: code}, {u32: 0},"      \
    " {label: tls, va: template}, {va: index}, {va: index}, {va: callbacks}, {u32: [24, 0]}]}\n"   \
    "directories: {TLS: {at: tls, size: 24}}\n"

static uint64_t index_of(const world *w, const pel_loaded_module *m)
{
    uint64_t word = w->kind == PEL_BUILD_PE32 ? 4 : 8;
    return word_at(w, m->module.base.v + 0x3000 + 8 + word);
}

START_TEST(each_module_with_tls_gets_a_slot_and_a_block)
{
    world w = world_new();
    w.kind = _i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS;
    uint64_t word = _i ? 4 : 8;
    const char *tls = _i ? TLS_32 : TLS_64;
    char more[2048], text[9] = "";
    snprintf(more, sizeof more, "%sexports: {name: a.dll, functions: [{name: F, at: code}]}", tls);
    world_dll(&w, "a.dll", more);
    snprintf(more, sizeof more, "%simports: [{dll: a.dll, functions: [F]}]", tls);
    world_program(&w, more);
    ck_nt(SUCCESS, world_start(&w));
    uint64_t array = pel_process_tls_array(w.p).v;
    for (uint32_t i = 0; i < 2; i++) {
        const pel_loaded_module *m = pel_process_module_at(w.p, i);
        ck_assert_uint_eq(m->tls_slot, i);
        ck_hex(index_of(&w, m), _i ? i : 0xffffffff00000000 | i); /* of 64 bits, 32 are written */
        ck_hex(word_at(&w, array + i * word), m->tls_block.v);
        ck_nt(SUCCESS, pel_space_peek(pel_process_space(w.p), m->tls_block, text, 8));
        ck_assert_str_eq(text, "template");
        ck_hex(word_at(&w, m->tls_block.v + 8), m->module.base.v + 0x1000);
        ck_hex(word_at(&w, m->tls_block.v + 8 + word + 16), 0); /* zero fill */
    }
    world_free(&w);
}
END_TEST

START_TEST(no_tls_no_slot)
{
    world w = world_new();
    world_program(&w, "directories: {TLS: {at: word, size: 40}}\n"
                      "patch: [{at: 0x408, zero: 40}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_module_at(w.p, 0)->tls_slot, PEL_NO_INDEX);
    ck_hex(pel_process_tls_array(w.p).v, 0);
    world_free(&w);
}
END_TEST

START_TEST(an_index_that_cannot_be_written_is_an_access_violation)
{
    world w = world_new();
    world_program(&w, "directories: {TLS: {at: word, size: 40}}");
    ck_nt(ACCESS_VIOLATION, world_start(&w));
    world_free(&w);
}
END_TEST

/* The loader makes nothing writable for it. */
START_TEST(an_index_is_written_only_where_the_program_could)
{
    world w = world_new();
    world_program(&w, "  - {name: .tls, flags: [CNT_INITIALIZED_DATA, MEM_READ], data: ["
                      "{label: index, u64: 0}, {label: callbacks, va: code}, {u64: 0},"
                      " {label: tls, va: index}, {va: index}, {va: index}, {va: callbacks},"
                      " {u32: [0, 0]}]}\n"
                      "directories: {TLS: {at: tls, size: 40}}\n");
    ck_nt(ACCESS_VIOLATION, world_start(&w));
    const pel_loader_failure *f = pel_process_failure(w.p);
    ck_assert_ptr_nonnull(f);
    ck_nt(ACCESS_VIOLATION, f->status);
    ck_assert_str_eq(pel_loader_step_name(f->step), "tls-index");
    ck_assert_str_eq(f->module, "main.exe");
    ck_assert(f->has_va);
    ck_hex(f->va.v, 0x403000);
    world_free(&w);
}
END_TEST

START_TEST(slots_of_later_dlls_follow_and_others_keep_theirs)
{
    uint32_t index;
    world w = world_new();
    world_dll(&w, "a.dll", TLS_64);
    world_dll(&w, "b.dll", TLS_64);
    world_program(&w, TLS_64);
    ck_nt(SUCCESS, world_start(&w));
    uint64_t block = pel_process_module_at(w.p, 0)->tls_block.v;
    ck_nt(SUCCESS,
          pel_process_load_dll(w.p, (pel_str){ "a.dll", 5 }, PEL_LOAD_DLL_DONT_RESOLVE, &index));
    ck_assert_uint_eq(pel_process_module_at(w.p, index)->tls_slot, PEL_NO_INDEX);
    ck_nt(SUCCESS, pel_process_load_dll(w.p, (pel_str){ "b.dll", 5 }, 0, &index));
    ck_assert_uint_eq(pel_process_module_at(w.p, index)->tls_slot, 1);
    uint64_t array = pel_process_tls_array(w.p).v;
    ck_hex(word_at(&w, array), block);
    ck_hex(word_at(&w, array + 8), pel_process_module_at(w.p, index)->tls_block.v);
    world_free(&w);
}
END_TEST

START_TEST(a_start_that_fails_gives_its_slot_back)
{
    world w = world_new();
    world_program(&w, TLS_64 "imports: [{dll: gone.dll, functions: [F]}]");
    ck_nt(DLL_NOT_FOUND, world_start(&w));
    ck_assert_uint_eq(pel_process_module_at(w.p, 0)->tls_slot, PEL_NO_INDEX);
    w.start.stub_missing = true;
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_module_at(w.p, 0)->tls_slot, 0);
    ck_hex((uint32_t)index_of(&w, pel_process_module_at(w.p, 0)), 0);
    world_free(&w);
}
END_TEST

/* The system's DLLs come before the imports of the program, but their slots do not. */
START_TEST(the_program_has_the_first_slot)
{
    world w = world_new();
    world_dll(&w, "ntdll.dll", TLS_64);
    world_program(&w, TLS_64);
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_module_at(w.p, 0)->tls_slot, 0);
    ck_assert_uint_eq(module_named(&w, "ntdll.dll")->tls_slot, 1);
    world_free(&w);
}
END_TEST

/* Windows XP: a DLL that comes later has none, and callbacks of a program need company. */
START_TEST(windows_xp_gives_slots_at_the_start_only)
{
    uint32_t index;
    pel_load_options xp = { .windows = PEL_WINDOWS_XP, .hypothetical = true };
    world w = world_new();
    world_dll(&w, "ntdll.dll", "");
    world_dll(&w, "a.dll", TLS_64 "exports: {name: a.dll, functions: [{name: F, at: code}]}");
    world_dll(&w, "b.dll", TLS_64);
    world_program(&w, _i ? TLS_64 "imports: [{dll: a.dll, functions: [F]}]" : TLS_64);
    const pel_image *program = pel_process_image(w.p);
    pel_process_free(w.p);
    ck_nt(SUCCESS, pel_process_new(w.m, program, &xp, &w.p, NULL));
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_int_eq(pel_process_module_at(w.p, 0)->calls_back, _i == 1);
    if (_i == 1)
        ck_assert(module_named(&w, "a.dll")->calls_back);
    ck_nt(SUCCESS, pel_process_load_dll(w.p, (pel_str){ "b.dll", 5 }, 0, &index));
    ck_assert_uint_eq(pel_process_module_at(w.p, index)->tls_slot, PEL_NO_INDEX);
    ck_assert(!pel_process_module_at(w.p, index)->calls_back);
    ck_hex(index_of(&w, pel_process_module_at(w.p, index)), UINT64_MAX);
    world_free(&w);
}
END_TEST

/* ---- security cookies -------------------------------------------------- */

#define CONFIG_64(cookie)                                                                          \
    "  - {name: .config, flags: [CNT_INITIALIZED_DATA, MEM_READ], data: ["                         \
    "{label: config, u32: 112}, {zero: 84}, {va: cookie}, {zero: 16},"                             \
    " {label: cookie, u64: " cookie "}]}\n"                                                        \
    "directories: {LOAD_CONFIG: {at: config, size: 112}}\n"

#define CONFIG_32(cookie)                                                                          \
    "  - {name: .config, flags: [CNT_INITIALIZED_DATA, MEM_READ], data: ["                         \
    "{label: config, u32: 72}, {zero: 56}, {va: cookie}, {zero: 8},"                               \
    " {label: cookie, u32: " cookie "}]}\n"                                                        \
    "directories: {LOAD_CONFIG: {at: config, size: 64}}\n"

static const struct {
    const char *config;
    bool narrow, set;
    uint64_t bits;
} cookies[] = {
    { CONFIG_64("0x2b992ddfa232"), false, true, 48 },
    { CONFIG_64("0x2b992ddfa233"), false, false, 48 },
    { CONFIG_64("0xbb40"), false, true, 16 },
    { CONFIG_32("0xbb40e64e"), true, true, 32 },
    { CONFIG_32("0"), true, false, 32 },
};

START_TEST(the_default_cookie_is_made_random)
{
    world w = world_new();
    w.kind = cookies[_i].narrow ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS;
    w.start.seed = 7;
    world_program(&w, cookies[_i].config);
    ck_nt(SUCCESS, world_start(&w));
    const pel_loaded_module *m = pel_process_module_at(w.p, 0);
    uint64_t at = m->module.base.v + 0x3000 + (cookies[_i].narrow ? 72 : 112);
    ck_assert_int_eq(m->has_cookie, cookies[_i].set);
    if (m->has_cookie) {
        ck_hex(m->cookie_at.v, at);
        ck_hex(word_at(&w, at), m->cookie);
        ck_assert(m->cookie != 0 && m->cookie >> cookies[_i].bits == 0);
        ck_assert(m->cookie != 0x2b992ddfa232 && m->cookie != 0xbb40e64e && m->cookie != 0xbb40);
    }
    ck_hex(region_at(pel_process_space(w.p), m->module.base.v + 0x3000).protect, RO);
    world_free(&w);
}
END_TEST

PEL_TESTS(load_init)
{
    tcase_add_loop_test(tests, each_module_with_tls_gets_a_slot_and_a_block, 0, 2);
    tcase_add_test(tests, no_tls_no_slot);
    tcase_add_test(tests, an_index_that_cannot_be_written_is_an_access_violation);
    tcase_add_test(tests, an_index_is_written_only_where_the_program_could);
    tcase_add_test(tests, slots_of_later_dlls_follow_and_others_keep_theirs);
    tcase_add_test(tests, a_start_that_fails_gives_its_slot_back);
    tcase_add_test(tests, the_program_has_the_first_slot);
    tcase_add_loop_test(tests, windows_xp_gives_slots_at_the_start_only, 0, 2);
    tcase_add_loop_test(tests, the_default_cookie_is_made_random, 0,
                        sizeof cookies / sizeof cookies[0]);
}
