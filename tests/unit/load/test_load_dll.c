/* SPDX-License-Identifier: Apache-2.0 */
/* DLLs that are loaded later, delay imports, bound imports, and procedures. */
#include "world.h"

#define EXPORTS(name) "exports: {name: " name ", functions: [{name: F, at: code}]}\n"

static pel_ntstatus load(world *w, const char *name, unsigned flags, uint32_t *index)
{
    return pel_process_load_dll(w->p, (pel_str){ name, strlen(name) }, flags, index);
}

/* ---- one more DLL ------------------------------------------------------ */

START_TEST(a_dll_brings_its_imports_along)
{
    uint32_t first, again;
    world w = world_new();
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_dll(&w, "a.dll", EXPORTS("a.dll") "imports: [{dll: b.dll, functions: [F]}]");
    world_program(&w, "");
    ck_nt(INVALID_PARAMETER, load(&w, "a.dll", 0, &first));
    ck_nt(SUCCESS, world_start(&w));
    ck_nt(SUCCESS, load(&w, "a", 0, &first));
    ck_order(&w, false, "main.exe a.dll b.dll");
    ck_order(&w, true, "b.dll a.dll");
    ck_bound_to(&w, binding_named(&w, first, "F"), "b.dll");
    ck_nt(SUCCESS, load(&w, "A.DLL", 0, &again));
    ck_assert_uint_eq(first, again);
    ck_assert_uint_eq(pel_process_binding_count(w.p), 1);
    world_free(&w);
}
END_TEST

START_TEST(a_dll_that_cannot_be_loaded_leaves_nothing)
{
    uint32_t index;
    world w = world_new();
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_dll(&w, "a.dll", "imports: [{dll: b.dll, functions: [F, G]}]");
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    uint64_t commit = pel_machine_counters(w.m).commit;
    ck_nt(ENTRYPOINT_NOT_FOUND, load(&w, "a.dll", 0, &index));
    ck_nt(DLL_NOT_FOUND, load(&w, "nowhere.dll", 0, &index));
    ck_assert_uint_eq(pel_process_module_count(w.p), 1);
    ck_assert_uint_eq(pel_machine_counters(w.m).commit, commit);
    ck_nt(SUCCESS, load(&w, "b.dll", 0, &index));
    world_free(&w);
}
END_TEST

START_TEST(references_may_be_left_unresolved_for_good)
{
    uint32_t index;
    world w = world_new();
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_dll(&w, "a.dll", "imports: [{dll: b.dll, functions: [F]}]");
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    ck_nt(SUCCESS, load(&w, "a.dll", PEL_LOAD_DLL_DONT_RESOLVE, &index));
    ck_assert(!pel_process_module_at(w.p, index)->bound);
    ck_order(&w, false, "main.exe a.dll");
    ck_nt(SUCCESS, load(&w, "a.dll", 0, &index)); /* the same, and still not bound */
    ck_assert(!pel_process_module_at(w.p, index)->bound);
    ck_assert_uint_eq(pel_process_binding_count(w.p), 0);
    world_free(&w);
}
END_TEST

START_TEST(a_program_that_is_loaded_as_a_dll_is_not_bound)
{
    uint32_t index;
    world w = world_new();
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    const pel_image *img =
        world_make(&w, "[EXECUTABLE_IMAGE]", 0x5000000, "imports: [{dll: b.dll, functions: [F]}]");
    ck_ok(pel_search_path_add_image(w.path, "other.exe", img));
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    ck_nt(SUCCESS, load(&w, "other.exe", 0, &index));
    ck_assert(!pel_process_module_at(w.p, index)->bound);
    ck_assert(!pel_process_module_at(w.p, index)->called);
    ck_order(&w, false, "main.exe other.exe");
    world_free(&w);
}
END_TEST

/* Its base is taken, so that it lies elsewhere. One relocation is in .data. */
static const struct {
    const char *flags;
    uint64_t dll_flags;
    pel_ntstatus loads;
    bool relocated;
} elsewhere[] = {
    { "[EXECUTABLE_IMAGE, DLL]", 0, PEL_STATUS_SUCCESS, true },
    { "[EXECUTABLE_IMAGE, DLL]", PEL_DLL_DYNAMIC_BASE, PEL_STATUS_SUCCESS, true },
    { "[EXECUTABLE_IMAGE, DLL, RELOCS_STRIPPED]", 0, (pel_ntstatus)PEL_STATUS_CONFLICTING_ADDRESSES,
      false },
    { "[EXECUTABLE_IMAGE]", 0, PEL_STATUS_SUCCESS, false },
    { "[EXECUTABLE_IMAGE]", PEL_DLL_DYNAMIC_BASE, PEL_STATUS_SUCCESS, true }, /* by the kernel */
    { "[EXECUTABLE_IMAGE, RELOCS_STRIPPED]", 0, PEL_STATUS_SUCCESS, false },
};

START_TEST(what_is_no_dll_is_relocated_by_the_kernel_only)
{
    uint32_t index;
    char more[128];
    world w = world_new();
    snprintf(more, sizeof more, "poke: {optional_header.DllCharacteristics: %u}",
             (unsigned)elsewhere[_i].dll_flags);
    const pel_image *img = world_make(&w, elsewhere[_i].flags, 0x400000, more);
    ck_ok(pel_search_path_add_image(w.path, "a.bin", img));
    world_program(&w, ""); /* at 0x400000, too */
    ck_nt(SUCCESS, world_start(&w));
    pel_ntstatus got = load(&w, "a.bin", PEL_LOAD_DLL_DONT_RESOLVE, &index);
    ck_hex(got, elsewhere[_i].loads);
    if (pel_nt_success(got)) {
        const pel_module *m = &pel_process_module_at(w.p, index)->module;
        ck_assert(m->base.v != 0x400000);
        ck_assert_int_eq(m->relocated, elsewhere[_i].relocated);
        ck_hex(word_at(&w, m->base.v + 0x2000),
               (elsewhere[_i].relocated ? m->base.v : 0x400000) + 0x1000);
    }
    world_free(&w);
}
END_TEST

START_TEST(only_images_without_code_are_loaded_for_another_machine)
{
    uint32_t index;
    world w = world_new();
    w.kind = PEL_BUILD_PE32;
    world_dll(&w, "code.dll", "");
    world_dll(&w, "stripped.dll", /* the machine counts before the base */
              "poke: {file_header.Characteristics: 0x2103, optional_header.ImageBase: 0x400000}");
    sample *s = &w.made[w.count++];
    static const char recipe[] = "kind: PE32\n"
                                 "set: {file_header.Characteristics: [EXECUTABLE_IMAGE, DLL]}\n"
                                 "sections: [{name: .rsrc, flags: [MEM_READ], data: [{u32: 1}]}]\n"
                                 "imports: [{dll: nowhere.dll, functions: [F]}]";
    pel_span yaml = { (const uint8_t *)recipe, sizeof recipe - 1 };
    ck_ok(pel_builder_from_recipe(yaml, NULL, &s->b, NULL));
    sample_parse(s);
    ck_ok(pel_search_path_add_image(w.path, "data.dll", s->img));
    w.kind = PEL_BUILD_PE32PLUS;
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    ck_nt(INVALID_IMAGE_FORMAT, load(&w, "code.dll", 0, &index));
    ck_nt(INVALID_IMAGE_FORMAT, load(&w, "stripped.dll", 0, &index));
    ck_nt(SUCCESS, load(&w, "data.dll", 0, &index));
    ck_assert(!pel_process_module_at(w.p, index)->bound);
    world_free(&w);
}
END_TEST

/* ---- procedures -------------------------------------------------------- */

START_TEST(procedures_are_found_through_forwarders)
{
    pel_va va;
    uint32_t index;
    world w = world_new();
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_dll(&w, "a.dll",
              "exports: {name: a.dll, functions: [{name: G, forward: b.F},"
              " {name: H, ordinal: 9, at: other}]}");
    world_program(&w, "");
    ck_nt(SUCCESS, world_start(&w));
    ck_nt(SUCCESS, load(&w, "a.dll", 0, &index));
    ck_nt(SUCCESS, pel_process_procedure(w.p, index, (pel_str){ "G", 1 }, 0, &va));
    ck_hex(va.v, module_named(&w, "b.dll")->module.base.v + 0x1000);
    ck_nt(SUCCESS, pel_process_procedure(w.p, index, (pel_str){ NULL, 0 }, 9, &va));
    ck_hex(va.v, module_named(&w, "a.dll")->module.base.v + 0x1001);
    ck_nt(ENTRYPOINT_NOT_FOUND, pel_process_procedure(w.p, index, (pel_str){ "X", 1 }, 0, &va));
    ck_nt(INVALID_PARAMETER, pel_process_procedure(w.p, 77, (pel_str){ "X", 1 }, 0, &va));
    world_free(&w);
}
END_TEST

/* ---- delay imports ----------------------------------------------------- */

/* A program that delays F of b.dll; `lost` is of a DLL that is not there. */
#define DELAYED(dll, function)                                                                     \
    "  - {name: .delay, flags: [CNT_INITIALIZED_DATA, MEM_READ, MEM_WRITE], data: ["               \
    "{label: delay, u32: 1}, {rva: dll}, {rva: handle}, {rva: table}, {rva: names}, {zero: 12},"   \
    " {zero: 32}, {label: dll, text: \"" dll "\\0\"}, {align: 8}, {label: handle, u64: 0},"        \
    " {label: table, va: code}, {u64: 0}, {label: names, rva: hint}, {u32: 0}, {u64: 0},"          \
    " {label: hint, u16: 0}, {text: \"" function "\\0\"}]}\n"                                      \
    "directories: {DELAY_IMPORT: {at: delay, size: 64}}"

START_TEST(delay_imports_are_bound_on_request_only)
{
    world w = world_new();
    w.start.bind_delay = _i;
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_program(&w, DELAYED("b.dll", "F"));
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_binding_count(w.p), _i ? 1 : 0);
    ck_assert_uint_eq(pel_process_module_count(w.p), _i ? 2 : 1);
    if (_i) {
        ck_assert_int_eq(pel_process_binding_at(w.p, 0)->kind, PEL_BINDING_DELAY);
        ck_bound_to(&w, pel_process_binding_at(w.p, 0), "b.dll");
    }
    world_free(&w);
}
END_TEST

START_TEST(what_a_delay_import_misses_is_no_reason_to_refuse)
{
    world w = world_new();
    w.start.bind_delay = true;
    world_dll(&w, "b.dll", EXPORTS("b.dll"));
    world_program(&w, _i ? DELAYED("lost.dll", "F") : DELAYED("b.dll", "Nope"));
    ck_nt(SUCCESS, world_start(&w));
    ck_assert_uint_eq(pel_process_missing_count(w.p), 1);
    ck_assert(pel_process_missing_at(w.p, 0)->delayed);
    ck_assert_uint_eq(pel_process_binding_count(w.p), 0);
    world_free(&w);
}
END_TEST

/* ---- bound imports ----------------------------------------------------- */

/* A table by hand: descriptor, names, and an address table with 0x1234567 in it. */
#define BOUND(stamp, chain)                                                                        \
    "  - {name: .bound, flags: [CNT_INITIALIZED_DATA, MEM_READ, MEM_WRITE], data: ["               \
    "{label: imports, rva: names}, {u32: [" stamp ", " chain "]}, {rva: dll}, {rva: table},"       \
    " {zero: 20}, {align: 8}, {label: names, rva: hint}, {u32: 0}, {u64: 0}, {label: table,"       \
    " u64: [0x1234567, 0]}, {label: hint, u16: 0}, {text: \"F\\0\"},"                              \
    " {label: dll, text: \"b.dll\\0\"}, {align: 8}, {label: bound, u32: 0x11223344}, {u16: [16, "  \
    "0]},"                                                                                         \
    " {zero: 8}, {text: \"b.dll\\0\"}]}\n"                                                         \
    "directories: {IMPORT: {at: imports, size: 40}, BOUND_IMPORT: {at: bound, size: 16}}"

static const struct {
    const char *program;
    uint64_t stamp; /* of the DLL */
    bool elsewhere; /* the DLL cannot have its base */
    bool holds;
} bound[] = {
    { BOUND("0xffffffff", "0xffffffff"), 0x11223344, false, true },
    { BOUND("0xffffffff", "0xffffffff"), 0x11223345, false, false },
    { BOUND("0xffffffff", "0xffffffff"), 0x11223344, true, false },
    { BOUND("0x11223344", "0xffffffff"), 0x11223344, false, true }, /* old style */
    { BOUND("0x11223344", "0"), 0x11223344, false, false },         /* with forwarders */
    { BOUND("0x55", "0xffffffff"), 0x11223344, false, false },
    { BOUND("0", "0"), 0x11223344, false, false }, /* not bound */
};

START_TEST(bound_imports_hold_for_the_same_dll_at_the_same_place)
{
    char more[256];
    world w = world_new();
    snprintf(more, sizeof more,
             EXPORTS("b.dll") "relocations: [{at: .data}]\n"
                              "poke: {file_header.TimeDateStamp: %u%s}",
             (unsigned)bound[_i].stamp,
             bound[_i].elsewhere ? ", optional_header.ImageBase: 0x400000" : "");
    world_dll(&w, "b.dll", more);
    world_program(&w, bound[_i].program);
    ck_nt(SUCCESS, world_start(&w));
    const pel_binding *b = pel_process_binding_at(w.p, 0);
    ck_assert_int_eq(b->kind, bound[_i].holds ? PEL_BINDING_BOUND : PEL_BINDING_IMPORT);
    if (bound[_i].holds) {
        ck_hex(b->target.v, 0x1234567);
        ck_assert_uint_eq(b->target_module, PEL_NO_INDEX);
        ck_hex(word_at(&w, pel_process_module(w.p)->base.v + b->slot.v), 0x1234567);
    } else {
        ck_bound_to(&w, b, "b.dll");
    }
    world_free(&w);
}
END_TEST

PEL_TESTS(load_load_dll)
{
    tcase_add_test(tests, a_dll_brings_its_imports_along);
    tcase_add_test(tests, a_dll_that_cannot_be_loaded_leaves_nothing);
    tcase_add_test(tests, references_may_be_left_unresolved_for_good);
    tcase_add_test(tests, a_program_that_is_loaded_as_a_dll_is_not_bound);
    tcase_add_loop_test(tests, what_is_no_dll_is_relocated_by_the_kernel_only, 0,
                        sizeof elsewhere / sizeof elsewhere[0]);
    tcase_add_test(tests, only_images_without_code_are_loaded_for_another_machine);
    tcase_add_test(tests, procedures_are_found_through_forwarders);
    tcase_add_loop_test(tests, delay_imports_are_bound_on_request_only, 0, 2);
    tcase_add_loop_test(tests, what_a_delay_import_misses_is_no_reason_to_refuse, 0, 2);
    tcase_add_loop_test(tests, bound_imports_hold_for_the_same_dll_at_the_same_place, 0,
                        sizeof bound / sizeof bound[0]);
}
