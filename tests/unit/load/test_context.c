/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of threads that have not run. */
#include "fixture.h"

#define BASE UINT64_C(0x200000)

static pel_thread_start thread_of(uint16_t machine)
{
    return (pel_thread_start){ .machine = machine,
                               .start = { 0x77001000 },
                               .argument = { 0x401000 },
                               .peb = { 0x7ffdf000 },
                               .teb = { 0x7ffde000 },
                               .stack_base = { BASE } };
}

START_TEST(x64_passes_the_entry_in_rcx_and_the_peb_in_rdx)
{
    pel_thread_start t = thread_of(PEL_MACHINE_AMD64);
    pel_context c = pel_context_initial(&t);
    ck_hex(c.pc.v, 0x77001000);
    ck_hex(c.registers[1], 0x401000);
    ck_hex(c.registers[2], 0x7ffdf000);
    ck_hex(c.sp.v, BASE - 0x28);
    ck_hex(c.registers[4], c.sp.v);
    ck_hex(c.sp.v % 16, 8); /* as behind a call */
    ck_hex(c.flags, 0x202);
    ck_hex(c.cs, 0x33);
    ck_hex(c.ss, 0x2b);
    ck_hex(c.gs, 0x2b);
    ck_hex(c.mxcsr, 0x1f80);
    ck_hex(c.teb.v, 0x7ffde000);
}
END_TEST

START_TEST(x86_passes_the_entry_in_eax_and_the_peb_in_ebx)
{
    pel_thread_start t = thread_of(PEL_MACHINE_I386);
    pel_context c = pel_context_initial(&t);
    ck_hex(c.registers[0], 0x401000);
    ck_hex(c.registers[3], 0x7ffdf000);
    ck_hex(c.sp.v, BASE - 8);
    ck_hex(c.cs, 0x23); /* WoW64 */
    ck_hex(c.fs, 0x53);
    t.host = PEL_HOST_X86;
    c = pel_context_initial(&t);
    ck_hex(c.cs, 0x1b);
    ck_hex(c.fs, 0x3b);
    ck_hex(c.ss, 0x23);
}
END_TEST

START_TEST(arm64_passes_them_in_x0_and_x1_and_the_teb_in_x18)
{
    pel_thread_start t = thread_of(PEL_MACHINE_ARM64);
    pel_context c = pel_context_initial(&t);
    ck_hex(c.registers[0], 0x401000);
    ck_hex(c.registers[1], 0x7ffdf000);
    ck_hex(c.registers[18], 0x7ffde000);
    ck_hex(c.sp.v, BASE);
    ck_hex(c.flags, 0);
    ck_hex(c.cs, 0);
}
END_TEST

START_TEST(other_processors_have_the_two_registers_that_all_have)
{
    static const pel_context nothing;
    pel_thread_start t = thread_of(PEL_MACHINE_ARMNT);
    ck_hex(pel_context_initial(&t).registers[0], 0x401000);
    ck_hex(pel_context_initial(&t).registers[18], 0);
    t = thread_of(PEL_MACHINE_ALPHA);
    pel_context c = pel_context_initial(&t);
    ck_hex(c.pc.v, 0x77001000);
    ck_hex(c.sp.v, BASE);
    ck_assert_mem_eq(c.registers, nothing.registers, sizeof c.registers);
}
END_TEST

START_TEST(a_stack_pointer_that_is_given_is_taken)
{
    pel_thread_start t = thread_of(PEL_MACHINE_AMD64);
    t.stack_pointer.v = 0x1f0008;
    ck_hex(pel_context_initial(&t).sp.v, 0x1f0008);
    t.stack_pointer.v = 0;
    t.stack_base.v = 0;
    ck_hex(pel_context_initial(&t).sp.v, 0);
    t.stack_base.v = 8; /* no room for a frame */
    ck_hex(pel_context_initial(&t).sp.v, 0);
}
END_TEST

PEL_TESTS(load_context)
{
    tcase_add_test(tests, x64_passes_the_entry_in_rcx_and_the_peb_in_rdx);
    tcase_add_test(tests, x86_passes_the_entry_in_eax_and_the_peb_in_ebx);
    tcase_add_test(tests, arm64_passes_them_in_x0_and_x1_and_the_teb_in_x18);
    tcase_add_test(tests, other_processors_have_the_two_registers_that_all_have);
    tcase_add_test(tests, a_stack_pointer_that_is_given_is_taken);
}
