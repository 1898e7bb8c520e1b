/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of a thread before its first instruction. */
#include <pelorus/format.h>
#include <pelorus/process.h>

#define EFLAGS   0x202u  /* interrupts on; bit 1 is always set */
#define X87_WORD 0x27Fu  /* what Windows starts threads with: double precision, all masked */
#define MXCSR    0x1F80u /* all exceptions masked */

/* Selectors of user mode. A 32-bit program on a 64-bit Windows has the latter's. */
enum {
    CS_64 = 0x33,
    CS_WOW = 0x23,
    DATA_64 = 0x2B,
    FS_64 = 0x53,
    CS_32 = 0x1B,
    DATA_32 = 0x23,
    FS_32 = 0x3B,
};

/* A thread begins as if it had been called: a return address on the stack, and on x64 the room
 * for four arguments above it, so that the stack is aligned as the ABI wants it. */
#define FRAME_64 0x28
#define FRAME_32 0x08 /* return address, one argument */

static pel_va stack_pointer(const pel_thread_start *t, uint64_t frame)
{
    if (t->stack_pointer.v || t->stack_base.v < frame)
        return t->stack_pointer;
    return (pel_va){ t->stack_base.v - frame };
}

static void start_amd64(const pel_thread_start *t, pel_context *c)
{
    c->sp = stack_pointer(t, FRAME_64);
    c->registers[PEL_REGISTER_SP] = c->sp.v;
    c->registers[PEL_REGISTER_CX] = t->argument.v;
    c->registers[PEL_REGISTER_DX] = t->peb.v;
    c->flags = EFLAGS;
    c->cs = CS_64;
    c->fs = FS_64;
    c->ds = c->es = c->gs = c->ss = DATA_64;
    c->mxcsr = MXCSR;
    c->x87_control = X87_WORD;
}

static void start_i386(const pel_thread_start *t, pel_context *c)
{
    bool native = t->host == PEL_HOST_X86;
    c->sp = stack_pointer(t, FRAME_32);
    c->registers[PEL_REGISTER_SP] = c->sp.v;
    c->registers[PEL_REGISTER_AX] = t->argument.v;
    c->registers[PEL_REGISTER_BX] = t->peb.v;
    c->flags = EFLAGS;
    c->cs = native ? CS_32 : CS_WOW;
    c->fs = native ? FS_32 : FS_64;
    c->gs = native ? 0 : DATA_64;
    c->ds = c->es = c->ss = native ? DATA_32 : DATA_64;
    c->mxcsr = MXCSR;
    c->x87_control = X87_WORD;
}

/* No return address on the stack: it is in a register, and 0. */
static void start_arm(const pel_thread_start *t, pel_context *c)
{
    c->sp = stack_pointer(t, 0);
    if (c->machine != PEL_MACHINE_ARM64 && c->machine != PEL_MACHINE_ARMNT)
        return;
    c->registers[0] = t->argument.v;
    c->registers[1] = t->peb.v;
    if (c->machine == PEL_MACHINE_ARM64)
        c->registers[18] = t->teb.v;
}

pel_context pel_context_initial(const pel_thread_start *thread)
{
    pel_context c = { .machine = thread->machine, .pc = thread->start, .teb = thread->teb };
    if (c.machine == PEL_MACHINE_AMD64)
        start_amd64(thread, &c);
    else if (c.machine == PEL_MACHINE_I386)
        start_i386(thread, &c);
    else
        start_arm(thread, &c);
    return c;
}
