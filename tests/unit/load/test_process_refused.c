/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that cannot be made: the answer, that nothing is left behind, and hypotheses. */
#include "fixture.h"

/* ---- refusals ---------------------------------------------------------- */

#define OPTIONAL(field) "optional_header." field

static const struct {
    pel_ntstatus status;
    pel_rule rule;
    edit edits[3];
    uint64_t base; /* asked for */
    uint8_t reloc; /* a type */
    uint64_t ram;
} refusals[] = {
    { (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT,
      PEL_RULE_IMAGE_SIZE_ZERO,
      { POKE(OPTIONAL("SizeOfImage"), 0) },
      0,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_PROTECT,
      PEL_RULE_NOT_PE,
      { POKE("nt_signature", 0) },
      0,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_MAPPED_ALIGNMENT,
      PEL_RULE_BASE_UNALIGNED,
      { POKE(NULL, 0) },
      0x1000,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_CONFLICTING_ADDRESSES,
      PEL_RULE_BASE_TAKEN,
      { POKE(NULL, 0) },
      SHARED,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_CONFLICTING_ADDRESSES,
      PEL_RULE_RELOCS_STRIPPED,
      { POKE("file_header.Characteristics", 0x103) },
      0x10000,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT,
      PEL_RULE_RELOC_TYPE,
      { POKE(NULL, 0) },
      0x10000,
      6,
      0 },
    { (pel_ntstatus)PEL_STATUS_NO_MEMORY,
      PEL_RULE_NO_ROOM,
      { POKE(OPTIONAL("SizeOfImage"), 0x7fff0000) },
      0,
      3,
      0 },
    /* no rule of the format: the machine has no room */
    { (pel_ntstatus)PEL_STATUS_NO_MEMORY,
      PEL_RULE_NONE,
      { SET(OPTIONAL("SizeOfStackReserve"), 0xffffffff) },
      0,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_NO_MEMORY,
      PEL_RULE_NONE,
      { SET(OPTIONAL("SizeOfHeapReserve"), 0x7fff0000) },
      0,
      3,
      0 },
    { (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT,
      PEL_RULE_NONE,
      { SET(OPTIONAL("SizeOfStackCommit"), 0x4000000) },
      0,
      3,
      0x1000000 },
    { (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT,
      PEL_RULE_NONE,
      { SET(OPTIONAL("SizeOfHeapCommit"), 0x4000000),
        SET(OPTIONAL("SizeOfHeapReserve"), 0x4000000) },
      0,
      3,
      0x1000000 },
};

START_TEST(a_refusal_is_told_and_leaves_nothing_behind)
{
    pel_process *p = (pel_process *)1;
    pel_verdict why;
    pel_load_options o = { .has_base = refusals[_i].base != 0, .base = { refusals[_i].base } };
    pel_machine *m = machine_of(refusals[_i].ram);
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, refusals[_i].reloc);
    sample_edit(&s, refusals[_i].edits, 3);
    sample_parse(&s);
    ck_hex(pel_process_new(m, s.img, &o, &p, &why), refusals[_i].status);
    ck_assert_ptr_null(p);
    ck_assert_str_eq(pel_rule_name(why.rule), pel_rule_name(refusals[_i].rule));
    ck_hex(why.status, refusals[_i].status);
    ck_hex(pel_process_new(m, s.img, &o, &p, NULL), refusals[_i].status);
    machine_done(m);
    sample_free(&s);
}
END_TEST

/* The largest numbers a header can hold. */
START_TEST(a_stack_or_heap_of_16_exabytes_has_no_room)
{
    static const char *const fields[] = { "SizeOfStackReserve", "SizeOfStackCommit",
                                          "SizeOfHeapReserve", "SizeOfHeapCommit" };
    pel_process *p;
    pel_verdict why;
    char path[64];
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    snprintf(path, sizeof path, "optional_header.%s", fields[_i]);
    pel_builder_set(s.b, path, UINT64_MAX);
    if (_i == 3)
        pel_builder_set(s.b, "optional_header.SizeOfHeapReserve", 0);
    sample_parse(&s);
    ck_nt(NO_MEMORY, pel_process_new(m, s.img, NULL, &p, &why));
    ck_assert_int_eq(why.rule, PEL_RULE_NONE);
    machine_done(m);
    sample_free(&s);
}
END_TEST

/* Machines with too few frames for the tables of a process. */
START_TEST(a_machine_without_room_says_so)
{
    pel_ntstatus nt = (pel_ntstatus)PEL_STATUS_NO_MEMORY;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    uint64_t frames = 1;
    for (; frames < 64 && !pel_nt_success(nt); frames++) {
        pel_process *p, *other;
        pel_machine *m = machine_of(frames * 0x1000);
        nt = pel_process_new(m, s.img, NULL, &p, NULL);
        ck_assert(pel_nt_success(nt) || nt == (pel_ntstatus)PEL_STATUS_NO_MEMORY ||
                  nt == (pel_ntstatus)PEL_STATUS_COMMITMENT_LIMIT);
        for (uint64_t i = 0; i < frames && p; i++) /* and more processes, until it is full */
            if (pel_nt_success(pel_process_new(m, s.img, NULL, &other, NULL)))
                pel_process_free(other);
        ck_holds(m);
        pel_process_free(p);
        machine_done(m);
    }
    ck_nt(SUCCESS, nt);
    ck_assert_uint_gt(frames, 2);
    sample_free(&s);
}
END_TEST

START_TEST(a_full_machine_has_no_frame_for_another_process)
{
    pel_process *p[8] = { NULL };
    pel_verdict why;
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    pel_space *spaces[64] = { NULL };
    pel_machine *m = machine_of(64 * 0x1000);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    for (size_t i = 0; i < 64; i++) /* each takes one frame, for its top table */
        ck_ok(pel_space_new(m, NULL, &spaces[i]));
    nt = pel_process_new(m, s.img, NULL, &p[0], &why);
    ck_nt(NO_MEMORY, nt);
    ck_nt(NO_MEMORY, why.status);
    ck_assert_ptr_null(p[0]);
    for (size_t i = 0; i < 64; i++)
        pel_space_free(spaces[i]);
    machine_done(m);
    sample_free(&s);
}
END_TEST

/* ---- hypotheses -------------------------------------------------------- */

START_TEST(a_hypothetical_process_comes_with_its_verdict)
{
    pel_process *p;
    pel_verdict why;
    pel_load_options o = { .hypothetical = true };
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.Machine", PEL_MACHINE_IA64);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, &o, &p, &why));
    ck_assert_int_eq(why.rule, PEL_RULE_MACHINE);
    ck_nt(INVALID_IMAGE_FORMAT, why.status);
    ck_hex(byte_at(pel_process_space(p), BASE64 + 0x2000), 1);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

/* Where it could not be moved it lies elsewhere without relocations, and is told why it would
 * not be there at all. */
static const struct {
    pel_rule rule;
    uint8_t type;
    edit edits[1];
} stuck[] = {
    { PEL_RULE_RELOCS_STRIPPED, 3, { POKE("file_header.Characteristics", 0x103) } },
    { PEL_RULE_RELOC_DIRECTORY, 3, { POKE("data_directories[5].VirtualAddress", 0) } },
    { PEL_RULE_RELOC_TYPE, 11, { POKE(NULL, 0) } },
    { PEL_RULE_RELOC_OUTSIDE, 3, { POKE(NULL, 0) } },
};

START_TEST(an_image_that_cannot_move_is_moved_as_a_hypothesis)
{
    pel_process *p;
    pel_verdict why;
    pel_load_options o = { .hypothetical = true, .has_base = true, .base = { 0x10000 } };
    pel_machine *m = machine_of(0);
    sample s = sample_bare(PEL_BUILD_PE32);
    pel_builder_data(s.b, pel_builder_section(s.b, ".data", SAMPLE_RW), "12345678", 8);
    pel_builder_reloc(s.b, (pel_rva){ stuck[_i].rule == PEL_RULE_RELOC_OUTSIDE ? 0x9000 : 0x1000 },
                      stuck[_i].type);
    sample_edit(&s, stuck[_i].edits, 1);
    sample_parse(&s);
    ck_assert(pel_nt_success(pel_process_new(m, s.img, &o, &p, &why)));
    ck_assert_str_eq(pel_rule_name(why.rule), pel_rule_name(stuck[_i].rule));
    ck_hex(why.status, pel_rule_verdict(stuck[_i].rule).status);
    ck_assert(!pel_process_module(p)->relocated);
    ck_hex(byte_at(pel_process_space(p), 0x11002), '3');
    o.hypothetical = false;
    pel_process *refused;
    ck_hex(pel_process_new(m, s.img, &o, &refused, NULL), why.status);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

/* The first rule that is broken is told, not the last. */
START_TEST(the_verdict_on_the_file_stands_when_it_cannot_move_either)
{
    pel_process *p;
    pel_verdict why;
    pel_load_options o = { .hypothetical = true, .has_base = true, .base = { 0x10000 } };
    pel_machine *m = machine_of(0);
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, 6);
    pel_builder_poke(s.b, "file_header.Machine", 0xdead);
    sample_parse(&s);
    ck_assert(pel_nt_success(pel_process_new(m, s.img, &o, &p, &why)));
    ck_assert_int_eq(why.rule, PEL_RULE_MACHINE);
    process_done(p, m);
    sample_free(&s);
}
END_TEST

START_TEST(what_cannot_be_laid_out_is_no_process_even_so)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = { { "", 0 }, { "MZ", 2 }, { "VZ\x64\x86\0\0\0\0", 8 } };
    pel_load_options o = { .hypothetical = true };
    pel_machine *m = machine_of(0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pel_process *p;
        pel_verdict why;
        sample s = sample_raw(rows[i].bytes, rows[i].size);
        sample_parse(&s);
        ck_assert(!pel_nt_success(pel_process_new(m, s.img, &o, &p, &why)));
        ck_assert_ptr_null(p);
        ck_assert_int_ne(why.rule, PEL_RULE_NONE);
        sample_free(&s);
    }
    machine_done(m);
}
END_TEST

/* ---- memory ------------------------------------------------------------ */

START_TEST(every_allocation_may_fail)
{
    pel_ntstatus nt = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    pel_load_options o = { .has_base = true, .base = { 0x150000000 } };
    sample s = movable(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    long n = 0;
    for (; nt == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY; n++) {
        alloc_fail f = { .left = 1000 };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_machine_options mo = { .allocator = &a };
        pel_machine *m;
        pel_process *p;
        pel_verdict why;
        memset(&why, 0xee, sizeof why);
        ck_ok(pel_machine_new(&mo, &m));
        f.left = n;
        nt = pel_process_new(m, s.img, &o, &p, &why);
        ck_assert_int_eq(p != NULL, pel_nt_success(nt));
        ck_assert_int_eq(why.rule, PEL_RULE_NONE);
        ck_hex(why.status, nt);
        process_done(p, m);
        ck_assert_int_eq(f.live, 0);
    }
    ck_nt(SUCCESS, nt);
    ck_assert_int_gt(n, 8);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_process_refused)
{
    tcase_add_loop_test(tests, a_refusal_is_told_and_leaves_nothing_behind, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_loop_test(tests, a_stack_or_heap_of_16_exabytes_has_no_room, 0, 4);
    tcase_add_test(tests, a_machine_without_room_says_so);
    tcase_add_test(tests, a_full_machine_has_no_frame_for_another_process);
    tcase_add_test(tests, a_hypothetical_process_comes_with_its_verdict);
    tcase_add_loop_test(tests, an_image_that_cannot_move_is_moved_as_a_hypothesis, 0,
                        sizeof stuck / sizeof stuck[0]);
    tcase_add_test(tests, the_verdict_on_the_file_stands_when_it_cannot_move_either);
    tcase_add_test(tests, what_cannot_be_laid_out_is_no_process_even_so);
    tcase_add_test(tests, every_allocation_may_fail);
}
