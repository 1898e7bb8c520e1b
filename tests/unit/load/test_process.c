/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh process: what lies where, and that a refusal leaves nothing behind. */
#include "check_pel.h"

typedef struct fixture {
    pel_builder *builder;
    pel_image *img;
    pel_machine *machine;
} fixture;

/* One section of code, one of data, one relocation. */
static pel_builder *program(const pel_allocator *allocator)
{
    static const uint8_t code[16] = { 0xc3 }, data[16] = { 0, 0x10, 0, 0x40, 1 };
    pel_builder *b;
    ck_ok(pel_builder_new(PEL_BUILD_PE32PLUS, allocator, &b));
    uint32_t text = pel_builder_section(b, ".text", PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE);
    pel_builder_data(b, text, code, sizeof code);
    uint32_t rw = pel_builder_section(b, ".data", PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE);
    pel_builder_data(b, rw, data, sizeof data);
    pel_builder_set(b, "optional_header.AddressOfEntryPoint", 0x1000);
    pel_builder_reloc(b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    return b;
}

static void parse(fixture *f)
{
    pel_span bytes;
    ck_ok(pel_builder_finish(f->builder, &bytes));
    ck_ok(pel_image_parse(bytes, NULL, &f->img));
    ck_ok(pel_machine_new(NULL, &f->machine));
}

static void release(fixture *f)
{
    ck_assert_msg(!pel_machine_check(f->machine), "%s", pel_machine_check(f->machine));
    pel_counters c = pel_machine_counters(f->machine);
    ck_assert_uint_eq(c.frames_used, 0);
    ck_assert_uint_eq(c.commit, 0);
    pel_machine_free(f->machine);
    pel_image_free(f->img);
    pel_builder_free(f->builder);
}

static void ck_region(pel_space *space, uint64_t va, uint64_t size, uint32_t state,
                      uint32_t protect)
{
    pel_region r;
    ck_nt(SUCCESS, pel_space_query(space, (pel_va){ va }, &r));
    ck_hex(r.base.v, va);
    ck_hex(r.size, size);
    ck_hex(r.state, state);
    ck_hex(r.protect, protect);
}

START_TEST(a_program_has_image_stack_heap_and_shared_page)
{
    fixture f = { .builder = program(NULL) };
    pel_builder_set(f.builder, "optional_header.SizeOfStackCommit", 0x3000);
    parse(&f);
    pel_process *p;
    pel_verdict why;
    ck_nt(SUCCESS, pel_process_new(f.machine, f.img, NULL, &p, &why));
    ck_assert_int_eq(why.rule, PEL_RULE_NONE);
    pel_space *space = pel_process_space(p);
    const pel_module *m = pel_process_module(p);
    ck_hex(m->base.v, 0x140000000);
    ck_hex(m->entry.v, 0x140001000);
    ck_region(space, m->base.v, 0x1000, PEL_MEM_COMMIT, PEL_PAGE_READONLY);
    ck_region(space, m->base.v + 0x1000, 0x1000, PEL_MEM_COMMIT, PEL_PAGE_EXECUTE_READ);
    ck_region(space, m->base.v + 0x2000, 0x1000, PEL_MEM_COMMIT, PEL_PAGE_WRITECOPY);

    const pel_stack *s = pel_process_stack(p);
    uint64_t top = s->base.v;
    ck_region(space, top - 0x3000, 0x3000, PEL_MEM_COMMIT, PEL_PAGE_READWRITE);
    ck_region(space, top - 0x4000, 0x1000, PEL_MEM_COMMIT, PEL_PAGE_READWRITE | PEL_PAGE_GUARD);
    ck_region(space, s->allocation_base.v, 0x100000 - 0x4000, PEL_MEM_RESERVE, 0);
    ck_hex(s->limit.v, top - 0x3000);

    const pel_heap *h = pel_process_heap(p);
    ck_region(space, h->base.v, 0x1000, PEL_MEM_COMMIT, PEL_PAGE_READWRITE);
    ck_region(space, h->base.v + 0x1000, 0xff000, PEL_MEM_RESERVE, 0);
    ck_region(space, 0x7ffe0000, 0x1000, PEL_MEM_COMMIT, PEL_PAGE_READONLY);
    pel_process_free(p);
    release(&f);
}
END_TEST

START_TEST(a_dll_gets_no_stack_and_no_heap)
{
    fixture f = { .builder = program(NULL) };
    pel_builder_set(f.builder, "file_header.Characteristics", 0x2022);
    parse(&f);
    pel_process *p;
    ck_nt(SUCCESS, pel_process_new(f.machine, f.img, NULL, &p, NULL));
    ck_hex(pel_process_stack(p)->effective.reserve, 0x100000);
    ck_hex(pel_process_stack(p)->base.v, 0);
    ck_hex(pel_process_heap(p)->base.v, 0);
    pel_process_free(p);
    release(&f);
}
END_TEST

START_TEST(a_program_that_moves_is_relocated_when_it_is_touched)
{
    fixture f = { .builder = program(NULL) };
    parse(&f);
    pel_process *p;
    const pel_load_options options = { .has_base = true, .base = { 0x150000000 } };
    uint8_t at_base[8], field[8];
    ck_nt(SUCCESS, pel_process_new(f.machine, f.img, &options, &p, NULL));
    const pel_module *m = pel_process_module(p);
    ck_assert(m->relocated && m->header_rewritten);
    ck_assert_uint_eq(pel_machine_counters(f.machine).section_fills, 0);
    ck_nt(SUCCESS, pel_space_read(pel_process_space(p), (pel_va){ 0x150002000 }, at_base, 8, NULL));
    static const uint8_t want[8] = { 0, 0x10, 0, 0x50, 1 }; /* 0x140001000 + 0x10000000 */
    ck_assert_mem_eq(at_base, want, 8);
    uint64_t image_base =
        pel_image_place(f.img, &pel_optional_header_schema, 0, "ImageBase").offset.v;
    ck_nt(SUCCESS, pel_space_read(pel_process_space(p), (pel_va){ 0x150000000 + image_base }, field,
                                  8, NULL));
    static const uint8_t new_base[8] = { 0, 0, 0, 0x50, 1 };
    ck_assert_mem_eq(field, new_base, 8);
    ck_assert_uint_eq(pel_machine_counters(f.machine).section_fills, 2);
    pel_process_free(p);
    release(&f);
}
END_TEST

/* ---- refusals ---------------------------------------------------------- */

static const struct {
    const char *what, *field;
    uint64_t value;
    pel_load_options options;
    pel_ntstatus want;
    pel_rule rule;
} refusals[] = {
    { "no image of Windows",
      "file_header.Machine",
      0xdead,
      { 0 },
      (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT,
      PEL_RULE_MACHINE },
    { "stripped, and its base is not to be had",
      "file_header.Characteristics",
      0x23,
      { .has_base = true, .base = { 0x150000000 } },
      (pel_ntstatus)PEL_STATUS_CONFLICTING_ADDRESSES,
      PEL_RULE_RELOCS_STRIPPED },
    { "a base that is no multiple of 64 KiB",
      NULL,
      0,
      { .has_base = true, .base = { 0x150001000 } },
      (pel_ntstatus)PEL_STATUS_MAPPED_ALIGNMENT,
      PEL_RULE_BASE_UNALIGNED },
    { "a base in the kernel's part",
      NULL,
      0,
      { .has_base = true, .base = { 0xffff800000000000 } },
      (pel_ntstatus)PEL_STATUS_CONFLICTING_ADDRESSES,
      PEL_RULE_BASE_TAKEN },
    { "a stack that fits nowhere",
      "optional_header.SizeOfStackReserve",
      UINT64_MAX,
      { 0 },
      (pel_ntstatus)PEL_STATUS_NO_MEMORY,
      PEL_RULE_NONE },
    { "more stack than the machine can promise",
      "optional_header.SizeOfStackCommit",
      UINT64_C(1) << 40,
      { 0 },
      (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT,
      PEL_RULE_NONE },
    { "a heap that fits nowhere",
      "optional_header.SizeOfHeapReserve",
      UINT64_C(1) << 60,
      { 0 },
      (pel_ntstatus)PEL_STATUS_NO_MEMORY,
      PEL_RULE_NONE },
};

START_TEST(a_refusal_leaves_nothing_behind)
{
    fixture f = { .builder = program(NULL) };
    if (refusals[_i].field)
        pel_builder_set(f.builder, refusals[_i].field, refusals[_i].value);
    parse(&f);
    pel_process *p = (pel_process *)&f;
    pel_verdict why;
    pel_ntstatus nt = pel_process_new(f.machine, f.img, &refusals[_i].options, &p, &why);
    ck_assert_msg(nt == refusals[_i].want, "%s: got %s", refusals[_i].what, pel_ntstatus_name(nt));
    ck_assert_msg(why.rule == refusals[_i].rule, "%s: got rule %s", refusals[_i].what,
                  pel_rule_name(why.rule));
    ck_hex(why.status, refusals[_i].want);
    ck_assert_ptr_null(p);
    release(&f);
}
END_TEST

START_TEST(a_refused_image_can_be_laid_out_all_the_same)
{
    fixture f = { .builder = program(NULL) };
    pel_builder_poke(f.builder, "sections[1].VirtualAddress", 0x3000);
    pel_builder_poke(f.builder, "optional_header.SizeOfImage", 0x5000);
    parse(&f);
    pel_process *p;
    pel_verdict why;
    ck_nt(INVALID_IMAGE_FORMAT, pel_process_new(f.machine, f.img, NULL, &p, &why));
    const pel_load_options options = { .hypothetical = true };
    ck_nt(SUCCESS, pel_process_new(f.machine, f.img, &options, &p, &why));
    ck_assert_int_eq(why.rule, PEL_RULE_SECTION_CONTIGUOUS);
    ck_region(pel_process_space(p), 0x140002000, 0x1000, PEL_MEM_RESERVE, 0);
    pel_process_free(p);
    release(&f);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    pel_builder *b = program(NULL);
    pel_span bytes;
    ck_ok(pel_builder_finish(b, &bytes));
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        const pel_image_options io = { .allocator = &a };
        const pel_machine_options mo = { .allocator = &a };
        const pel_load_options lo = { .has_base = true, .base = { 0x150000000 } };
        pel_image *img = NULL;
        pel_machine *machine = NULL;
        pel_process *p = NULL;
        uint8_t byte;
        st = pel_image_parse(bytes, &io, &img);
        if (st == PEL_OK)
            st = pel_machine_new(&mo, &machine);
        if (st == PEL_OK)
            st = pel_ntstatus_to_status(pel_process_new(machine, img, &lo, &p, NULL));
        if (st == PEL_OK)
            st = pel_ntstatus_to_status(
                pel_space_read(pel_process_space(p), (pel_va){ 0x150002000 }, &byte, 1, NULL));
        pel_process_free(p);
        pel_machine_free(machine);
        pel_image_free(img);
        ck_assert_msg(f.live == 0, "leak when allocation %ld fails", n);
        ck_assert_int_lt(n, 500);
    }
    ck_ok(st);
    pel_builder_free(b);
}
END_TEST

PEL_TESTS(load_process)
{
    tcase_add_test(tests, a_program_has_image_stack_heap_and_shared_page);
    tcase_add_test(tests, a_dll_gets_no_stack_and_no_heap);
    tcase_add_test(tests, a_program_that_moves_is_relocated_when_it_is_touched);
    tcase_add_loop_test(tests, a_refusal_leaves_nothing_behind, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_test(tests, a_refused_image_can_be_laid_out_all_the_same);
    tcase_add_test(tests, every_allocation_may_fail);
}
