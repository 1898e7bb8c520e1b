/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh process: what lies where, and how high it goes. */
#include "fixture.h"

/* ---- layout ------------------------------------------------------------ */

START_TEST(a_process_has_its_image_a_stack_a_heap_and_the_shared_page)
{
    pel_process *p;
    pel_verdict why;
    pel_machine *m = machine_of(0);
    sample s = sample_of(_i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, &why));
    ck_assert_int_eq(why.rule, PEL_RULE_NONE);
    ck_nt(SUCCESS, why.status);
    ck_assert_ptr_eq(pel_process_image(p), s.img);
    uint64_t base = pel_process_module(p)->base.v;
    ck_hex(base, _i ? 0x400000 : BASE64);
    pel_space *space = pel_process_space(p);
    ck_region(space, SHARED, 0x1000, COMMIT, RO);
    ck_region(space, base, 0x1000, COMMIT, RO);
    ck_region(space, base + 0x2000, 0x1000, COMMIT, WC);
    const pel_heap *h = pel_process_heap(p);
    ck_region(space, h->base.v, 0x1000, COMMIT, RW);
    ck_region(space, h->base.v + 0x1000, MIB - 0x1000, RESERVE, 0);
    ck_hex(region_at(space, h->base.v).type, PEL_MEM_PRIVATE);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

/* Header values, and what a walk over the stack finds: reserved, guard, committed. */
static const struct {
    pel_reserve_commit header;
    uint64_t reserved, guard, committed;
} stacks[] = {
    { { MIB, 0x1000 }, MIB - 0x2000, 0x1000, 0x1000 },
    { { 0, 0 }, MIB - 0x2000, 0x1000, 0x1000 },
    { { 8 * MIB, 0x12345 }, 8 * MIB - 0x14000, 0x1000, 0x13000 },
    { { 0x10000, 3 * MIB / 2 }, MIB / 2 - 0x1000, 0x1000, 3 * MIB / 2 }, /* commit > reserve */
    { { 12345, 67 }, 0x10000 - 0x2000, 0x1000, 0x1000 },                 /* odd */
    { { 2 * MIB, 2 * MIB - 0x1000 }, 0, 0x1000, 2 * MIB - 0x1000 },      /* room for a guard only */
    { { MIB, MIB }, 0, 0, MIB },                                         /* not even for that */
};

START_TEST(a_stack_is_committed_from_the_top_with_a_guard_below)
{
    pel_process *p;
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SizeOfStackReserve", stacks[_i].header.reserve);
    pel_builder_set(s.b, "optional_header.SizeOfStackCommit", stacks[_i].header.commit);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    pel_space *space = pel_process_space(p);
    const pel_stack *k = pel_process_stack(p);
    uint64_t at = k->allocation_base.v;
    ck_hex(at % 0x10000, 0);
    if (stacks[_i].reserved)
        ck_region(space, at, stacks[_i].reserved, RESERVE, 0);
    at += stacks[_i].reserved;
    if (stacks[_i].guard)
        ck_region(space, at, stacks[_i].guard, COMMIT, RW | GUARD);
    at += stacks[_i].guard;
    ck_hex(k->limit.v, at);
    ck_region(space, at, stacks[_i].committed, COMMIT, RW);
    ck_hex(k->base.v, at + stacks[_i].committed);
    ck_hex(region_at(space, at).allocation_base.v, k->allocation_base.v);
    ck_hex(region_at(space, at).alloc_protect, RW);
    ck_hex(k->header.reserve, stacks[_i].header.reserve);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(the_stack_of_the_first_thread_grows)
{
    pel_process *p;
    pel_stack_state now;
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    pel_space *space = pel_process_space(p);
    uint64_t limit = pel_process_stack(p)->limit.v;
    ck_nt(SUCCESS, touch(space, limit, PEL_WRITE));
    ck_nt(ACCESS_VIOLATION, touch(space, limit - 0x1001, PEL_WRITE));
    ck_nt(SUCCESS, touch(space, limit - 1, PEL_WRITE));
    ck_nt(SUCCESS, touch(space, limit - 0x1001, PEL_WRITE));
    ck_nt(SUCCESS, pel_space_stack(space, va_of(limit), &now));
    ck_hex(now.limit.v, limit - 0x2000);
    ck_hex(now.base.v, pel_process_stack(p)->base.v);
    ck_hex(now.allocation_base.v, pel_process_stack(p)->allocation_base.v);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

static const struct {
    pel_reserve_commit header;
    uint64_t committed, reserved;
} heaps[] = {
    { { MIB, 0x1000 }, 0x1000, MIB - 0x1000 },
    { { 0, 0 }, 0x1000, 0x3f000 },
    { { 0, 0x10001 }, 0x11000, 0xf000 },
    { { 0x2000, 0x5000 }, 0x2000, 0 }, /* commit > reserve */
    { { 0x12345, 1 }, 0x1000, 0x12000 },
};

START_TEST(a_heap_is_committed_from_its_base)
{
    pel_process *p;
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.SizeOfHeapReserve", heaps[_i].header.reserve);
    pel_builder_set(s.b, "optional_header.SizeOfHeapCommit", heaps[_i].header.commit);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    pel_space *space = pel_process_space(p);
    uint64_t at = pel_process_heap(p)->base.v;
    ck_hex(at % 0x10000, 0);
    ck_region(space, at, heaps[_i].committed, COMMIT, RW);
    if (heaps[_i].reserved)
        ck_region(space, at + heaps[_i].committed, heaps[_i].reserved, RESERVE, 0);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(a_dll_has_neither_stack_nor_heap)
{
    pel_process *p;
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "file_header.Characteristics", PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_DLL);
    pel_builder_set(s.b, "optional_header.SizeOfStackReserve", UINT64_MAX); /* told, not used */
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    pel_space *space = pel_process_space(p);
    ck_hex(pel_process_stack(p)->base.v, 0);
    ck_hex(pel_process_heap(p)->base.v, 0);
    ck_hex(pel_process_stack(p)->header.reserve, UINT64_MAX);
    ck_hex(pel_process_heap(p)->effective.reserve, MIB);
    ck_hex(region_at(space, 0x10000).size, SHARED - 0x10000);
    ck_hex(region_at(space, SHARED + 0x10000).size, BASE64 - SHARED - 0x10000);
    ck_hex(region_at(space, BASE64 + 0x3000).size, 0x7FFFFFFF0000 - BASE64 - 0x3000);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

/* Also: no page of it has been read before it is touched. */
START_TEST(a_program_that_moves_is_relocated_when_it_is_touched)
{
    static const uint8_t want[8] = { 0, 0x10, 0, 0x50, 1 }; /* 0x140001000 + 0x10000000 */
    uint8_t got[8];
    uint64_t base = 0;
    pel_process *p;
    const pel_load_options o = { .has_base = true, .base = { 0x150000000 } };
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ 0x400 }, "\0\x10\0\x40\1\0\0", 8);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, &o, &p, NULL));
    ck_assert(pel_process_module(p)->relocated && pel_process_module(p)->header_rewritten);
    ck_assert_uint_eq(pel_machine_counters(m).section_fills, 0);
    ck_nt(SUCCESS, pel_space_read(pel_process_space(p), va_of(0x150002000), got, 8, NULL));
    ck_assert_mem_eq(got, want, 8);
    ck_nt(SUCCESS, pel_space_read(pel_process_space(p), va_of(0x150000000 + SAMPLE_OPTIONAL + 24),
                                  &base, 8, NULL));
    ck_hex(base, 0x150000000);
    ck_assert_uint_eq(pel_machine_counters(m).section_fills, 2);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

/* ---- how high it goes -------------------------------------------------- */

static const struct {
    pel_build_kind kind;
    uint32_t flags;                   /* with EXECUTABLE_IMAGE */
    uint64_t preferred, goes_to, end; /* end: of all that a program can use */
    pel_windows windows;
    pel_host host;
} bounds[] = {
    { PEL_BUILD_PE32, 0, 0x400000, 0x400000, 0x7FFF0000, PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32, PEL_FILE_LARGE_ADDRESS_AWARE, 0x400000, 0x400000, 0xFFFF0000, PEL_WINDOWS_11,
      PEL_HOST_X64 },
    { PEL_BUILD_PE32, PEL_FILE_DLL, 0x400000, 0x400000, 0xFFFF0000, PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32, 0, 0x80000000, 0x10000, 0x7FFF0000, PEL_WINDOWS_11,
      PEL_HOST_X64 }, /* the kernel's */
    { PEL_BUILD_PE32, PEL_FILE_LARGE_ADDRESS_AWARE, 0x80000000, 0x80000000, 0xFFFF0000,
      PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32, PEL_FILE_LARGE_ADDRESS_AWARE, 0xffff0000, 0x10000, 0xFFFF0000, PEL_WINDOWS_11,
      PEL_HOST_X64 },
    { PEL_BUILD_PE32, 0, 0x7ffe0000, 0x10000, 0x7FFF0000, PEL_WINDOWS_11,
      PEL_HOST_X64 }, /* the shared page */
    { PEL_BUILD_PE32, 0, 0x7ffd0000, 0x7ffd0000, 0x7FFF0000, PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32, 0, 0, 0x10000, 0x7FFF0000, PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32, PEL_FILE_LARGE_ADDRESS_AWARE, 0x400000, 0x400000, 0x7FFF0000, PEL_WINDOWS_11,
      PEL_HOST_X86 }, /* it has nothing of it on a 32-bit Windows */
    { PEL_BUILD_PE32, PEL_FILE_LARGE_ADDRESS_AWARE, 0xC0000000, 0x10000, 0x7FFF0000, PEL_WINDOWS_7,
      PEL_HOST_X86 },
    { PEL_BUILD_PE32PLUS, 0, 0x10000000, 0x10000000, 0x7FFF0000, PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, 0, BASE64, BASE64, BASE64 + 0x10000, PEL_WINDOWS_11,
      PEL_HOST_X64 }, /* for itself alone */
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, BASE64, BASE64, 0x7FFFFFFF0000,
      PEL_WINDOWS_10, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, BASE64, BASE64, 0x7FFFFFF0000,
      PEL_WINDOWS_8, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, BASE64, BASE64, 0x7FFFFFF0000,
      PEL_WINDOWS_7, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, 0x7FF700000000, 0x10000, 0x7FFFFFF0000,
      PEL_WINDOWS_7, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, 0x7ffe0000, 0x10000, 0x7FFFFFFF0000,
      PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, 0x800000000000, 0x100000000, 0x7FFFFFFF0000,
      PEL_WINDOWS_11, PEL_HOST_X64 },
    { PEL_BUILD_PE32PLUS, 0, 0x800000000000, 0x10000, 0x7FFF0000, PEL_WINDOWS_11,
      PEL_HOST_X64 }, /* kept below 2 GiB */
    { PEL_BUILD_PE32PLUS, PEL_FILE_LARGE_ADDRESS_AWARE, 0xffffffffffff0000, 0x100000000,
      0x7FFFFFFF0000, PEL_WINDOWS_11, PEL_HOST_X64 },
};

START_TEST(addresses_are_those_of_the_kind_of_program)
{
    pel_process *p;
    pel_region r;
    pel_machine *m = machine_of(0);
    const pel_load_options o = { .windows = bounds[_i].windows, .host = bounds[_i].host };
    sample s = movable(bounds[_i].kind);
    pel_builder_set(s.b, "file_header.Characteristics",
                    PEL_FILE_EXECUTABLE_IMAGE | bounds[_i].flags);
    pel_builder_set(s.b, "optional_header.ImageBase", bounds[_i].preferred);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, &o, &p, NULL));
    pel_space *space = pel_process_space(p);
    ck_hex(pel_process_module(p)->base.v, bounds[_i].goes_to);
    ck_nt(SUCCESS, pel_space_query(space, va_of(bounds[_i].end - 1), &r));
    ck_nt(INVALID_PARAMETER, pel_space_query(space, va_of(bounds[_i].end), &r));
    if (!(bounds[_i].flags & (PEL_FILE_LARGE_ADDRESS_AWARE | PEL_FILE_DLL)))
        ck_assert_uint_le(pel_process_stack(p)->base.v, 0x7FFF0000);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(an_image_that_the_loader_moves_is_told_so)
{
    pel_process *p;
    pel_machine *m = machine_of(0);
    sample s = movable(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.DllCharacteristics", 0);
    pel_builder_set(s.b, "optional_header.ImageBase", SHARED);
    sample_parse(&s);
    ck_nt(IMAGE_NOT_AT_BASE, pel_process_new(m, s.img, NULL, &p, NULL));
    ck_assert_ptr_nonnull(p);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(no_process_is_fine_to_free)
{
    pel_process_free(NULL);
}
END_TEST

PEL_TESTS(load_process)
{
    tcase_add_loop_test(tests, a_process_has_its_image_a_stack_a_heap_and_the_shared_page, 0, 2);
    tcase_add_loop_test(tests, a_stack_is_committed_from_the_top_with_a_guard_below, 0,
                        sizeof stacks / sizeof stacks[0]);
    tcase_add_test(tests, the_stack_of_the_first_thread_grows);
    tcase_add_loop_test(tests, a_heap_is_committed_from_its_base, 0,
                        sizeof heaps / sizeof heaps[0]);
    tcase_add_test(tests, a_dll_has_neither_stack_nor_heap);
    tcase_add_test(tests, a_program_that_moves_is_relocated_when_it_is_touched);
    tcase_add_loop_test(tests, addresses_are_those_of_the_kind_of_program, 0,
                        sizeof bounds / sizeof bounds[0]);
    tcase_add_test(tests, an_image_that_the_loader_moves_is_told_so);
    tcase_add_test(tests, no_process_is_fine_to_free);
}
