/* SPDX-License-Identifier: Apache-2.0 */
/* A started process tells of itself: read from its memory by somebody who knows only Windows'
 * structures (x64, Windows 11). */
#include "world.h"

#define EXPORTS(name) "exports: {name: " name ", functions: [{name: F, at: code}]}\n"

enum {
    TEB_PEB = 0x60,
    PEB_IMAGE_BASE = 0x10,
    PEB_LDR = 0x18,
    LDR_LOAD = 0x10,
    LDR_INIT = 0x30,
    INIT_LINKS = 0x20, /* in an entry */
    ENTRY_BASE = 0x30,
    ENTRY_FULL_NAME = 0x48,
    ENTRY_LOAD_REASON = 0x10C,
};

/* Bases along one of the lists; `links` is where its links are in an entry. */
static size_t bases(const world *w, uint64_t list, uint64_t links, uint64_t *out, size_t most)
{
    uint64_t peb = word_at(w, pel_process_furniture(w->p)->teb.v + TEB_PEB);
    uint64_t head = word_at(w, peb + PEB_LDR) + list, at = word_at(w, head);
    size_t n = 0;
    for (; at != head && n < most; at = word_at(w, at))
        out[n++] = word_at(w, at - links + ENTRY_BASE);
    ck_hex(at, head);
    return n;
}

static void ck_lists(const world *w)
{
    uint64_t load[16], init[16];
    uint32_t count = pel_process_module_count(w->p), initialised = 0;
    ck_assert_uint_eq(bases(w, LDR_LOAD, 0, load, 16), count);
    size_t inits = bases(w, LDR_INIT, INIT_LINKS, init, 16);
    for (uint32_t i = 0; i < count; i++) {
        const pel_loaded_module *m = pel_process_module_at(w->p, i);
        ck_hex(load[i], m->module.base.v);
        if (m->init_order == PEL_NO_INDEX)
            continue;
        initialised++;
        ck_assert_uint_lt(m->init_order, inits);
        ck_hex(init[m->init_order], m->module.base.v);
    }
    ck_assert_uint_eq(inits, initialised);
}

START_TEST(lists_and_registers_tell_of_the_modules)
{
    uint64_t teb;
    world w = world_new();
    world_dll(&w, "ntdll.dll",
              "exports: {name: ntdll.dll, functions:"
              " [{name: RtlUserThreadStart, at: other}]}");
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_dll(&w, "a.dll", EXPORTS("a.dll") "imports: [{dll: b.dll, functions: [F]}]");
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]\nentry: code");
    ck_hex(pel_process_furniture(w.p)->peb.v, 0);
    ck_nt(SUCCESS, world_start(&w));
    const pel_furniture *f = pel_process_furniture(w.p);
    teb = f->teb.v;
    ck_lists(&w);
    ck_hex(word_at(&w, word_at(&w, teb + TEB_PEB) + PEB_IMAGE_BASE), 0x400000);
    ck_hex(f->context.pc.v, module_named(&w, "ntdll.dll")->module.base.v + 0x1001);
    ck_hex(f->context.registers[PEL_REGISTER_CX], 0x401000);
    ck_hex(f->context.registers[PEL_REGISTER_DX], f->peb.v);
    ck_hex(f->context.teb.v, teb);
    ck_assert(f->context.sp.v < pel_process_stack(w.p)->base.v);
    world_free(&w);
}
END_TEST

static uint32_t load_reason(const world *w, uint32_t index)
{
    uint64_t peb = word_at(w, pel_process_furniture(w->p)->teb.v + TEB_PEB);
    uint64_t at = word_at(w, word_at(w, peb + PEB_LDR) + LDR_LOAD);
    while (index-- > 0)
        at = word_at(w, at);
    return (uint32_t)word_at(w, at + ENTRY_LOAD_REASON);
}

/* 4: by a call, as the program and kernel32.dll are for ntdll; 0: for an import. */
START_TEST(the_reason_of_loading_is_told)
{
    world w = world_new();
    world_dll(&w, "kernelbase.dll", EXPORTS("kernelbase.dll"));
    world_dll(&w, "kernel32.dll",
              EXPORTS("kernel32.dll") "imports: [{dll: kernelbase.dll, functions: [F]}]");
    world_dll(&w, "ntdll.dll", EXPORTS("ntdll.dll"));
    world_dll(&w, "a.dll", EXPORTS("a.dll"));
    world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
    ck_nt(SUCCESS, world_start(&w));
    ck_order(&w, false, "main.exe ntdll.dll kernel32.dll kernelbase.dll a.dll");
    static const uint32_t want[] = { 4, 0, 4, 0, 0 };
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(load_reason(&w, i), want[i]);
    world_free(&w);
}
END_TEST

START_TEST(a_later_dll_is_in_the_lists_too)
{
    uint32_t index;
    world w = world_new();
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_dll(&w, "a.dll", EXPORTS("a.dll") "imports: [{dll: b.dll, functions: [F]}]");
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    ck_lists(&w);
    pel_furniture before = *pel_process_furniture(w.p);
    uint64_t commit = pel_machine_counters(w.m).commit;
    ck_nt(SUCCESS, pel_process_load_dll(w.p, (pel_str){ "a.dll", 5 }, 0, &index));
    ck_lists(&w);
    ck_hex(pel_process_furniture(w.p)->peb.v, before.peb.v);
    ck_hex(pel_process_furniture(w.p)->teb.v, before.teb.v);
    ck_assert_uint_lt(pel_machine_counters(w.m).commit, commit + 20); /* the old lists are gone */
    world_free(&w);
}
END_TEST

START_TEST(paths_are_those_that_windows_would_show)
{
    world w = world_new();
    w.start.folder = "D:\\Games\\";
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    uint64_t peb = pel_process_furniture(w.p)->peb.v;
    uint64_t entry = word_at(&w, word_at(&w, peb + PEB_LDR) + LDR_LOAD);
    uint64_t name = word_at(&w, entry + ENTRY_FULL_NAME + 8);
    const char *want = "D:\\Games\\main.exe";
    for (size_t i = 0; i <= strlen(want); i++) {
        uint16_t unit;
        ck_nt(SUCCESS, pel_space_peek(pel_process_space(w.p), va_of(name + 2 * i), &unit, 2));
        ck_assert_int_eq(unit, want[i]);
    }
    world_free(&w);
}
END_TEST

START_TEST(a_dll_alone_has_no_thread_to_tell)
{
    world w = world_new();
    const pel_image *img = world_dll(&w, "a.dll", EXPORTS("a.dll"));
    ck_nt(SUCCESS, pel_process_new(w.m, img, NULL, &w.p, NULL));
    ck_nt(SUCCESS, world_start(&w));
    ck_hex(pel_process_furniture(w.p)->peb.v, 0);
    ck_hex(pel_process_furniture(w.p)->context.pc.v, 0);
    world_free(&w);
}
END_TEST

PEL_TESTS(load_furnish)
{
    tcase_add_test(tests, lists_and_registers_tell_of_the_modules);
    tcase_add_test(tests, the_reason_of_loading_is_told);
    tcase_add_test(tests, a_later_dll_is_in_the_lists_too);
    tcase_add_test(tests, paths_are_those_that_windows_would_show);
    tcase_add_test(tests, a_dll_alone_has_no_thread_to_tell);
}
