/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of a thread before its first instruction, and the system that it is on. */
#include <pelorus/format.h>

#include "dump/minidump.h"
#include "schema/decode.h"

/* ContextFlags: which processor, and control, integer, segment, floating-point, debug registers. */
#define CONTEXT_AMD64 0x100000u
#define CONTEXT_I386  0x10000u
#define CONTEXT_PARTS 0x1Fu

#define EFLAGS     0x202u  /* interrupts on; bit 1 is always set */
#define X87_WORD   0x27Fu  /* what Windows starts threads with: double precision, all masked */
#define MXCSR      0x1F80u /* all exceptions masked */
#define MXCSR_MASK 0xFFFFu

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

uint32_t pel_md_context_size(uint16_t machine)
{
    switch (machine) {
    case PEL_MACHINE_AMD64: return PEL_MD_SIZE_context64;
    case PEL_MACHINE_I386: return PEL_MD_SIZE_context32;
    default: return 0;
    }
}

static uint64_t stack_pointer(const pel_export_thread *t, uint64_t frame)
{
    return t->stack_pointer.v || !t->stack_base.v ? t->stack_pointer.v : t->stack_base.v - frame;
}

static pel_md_context64 context64(const pel_export_thread *t)
{
    return (pel_md_context64){
        .flags = CONTEXT_AMD64 | CONTEXT_PARTS,
        .mxcsr = MXCSR,
        .cs = CS_64,
        .ds = DATA_64,
        .es = DATA_64,
        .fs = FS_64,
        .gs = DATA_64,
        .ss = DATA_64,
        .eflags = EFLAGS,
        .rcx = t->argument.v,
        .rdx = t->peb.v,
        .rsp = stack_pointer(t, FRAME_64),
        .rip = t->start.v,
        .fx_control = X87_WORD,
        .fx_mxcsr = MXCSR,
        .fx_mxcsr_mask = MXCSR_MASK,
    };
}

static pel_md_context32 context32(const pel_export_thread *t, bool native)
{
    uint32_t data = native ? DATA_32 : DATA_64;
    return (pel_md_context32){
        .flags = CONTEXT_I386 | CONTEXT_PARTS,
        .fp_control = X87_WORD,
        .fp_tag = 0xFFFF, /* all empty */
        .gs = native ? 0 : DATA_64,
        .fs = native ? FS_32 : FS_64,
        .es = data,
        .ds = data,
        .ss = data,
        .cs = native ? CS_32 : CS_WOW,
        .ebx = (uint32_t)t->peb.v,
        .eax = (uint32_t)t->argument.v,
        .eip = (uint32_t)t->start.v,
        .esp = (uint32_t)stack_pointer(t, FRAME_32),
        .eflags = EFLAGS,
    };
}

void pel_md_context(const pel_minidump_source *source, const pel_export_thread *thread,
                    uint8_t out[PEL_MD_MAX_SIZE])
{
    if (source->machine == PEL_MACHINE_AMD64) {
        pel_md_context64 c = context64(thread);
        pel_schema_encode(&pel_md_context64_schema, &c, true, out);
    } else if (source->machine == PEL_MACHINE_I386) {
        pel_md_context32 c = context32(thread, source->host == PEL_HOST_X86);
        pel_schema_encode(&pel_md_context32_schema, &c, true, out);
    }
}

/* ---- the system -------------------------------------------------------- */

#define PLATFORM_NT         2
#define PRODUCT_WORKSTATION 1

/* PROCESSOR_ARCHITECTURE_* */
static uint16_t architecture(uint16_t machine)
{
    switch (machine) {
    case PEL_MACHINE_I386: return 0;
    case PEL_MACHINE_ARMNT: return 5;
    case PEL_MACHINE_AMD64: return 9;
    case PEL_MACHINE_ARM64: return 12;
    default: return 0xFFFF; /* UNKNOWN */
    }
}

/* The last release of each; 11 is still 10.0. */
static const struct {
    uint32_t major, minor, build;
} releases[] = {
    [PEL_WINDOWS_11] = { 10, 0, 22631 }, [PEL_WINDOWS_10] = { 10, 0, 19045 },
    [PEL_WINDOWS_8] = { 6, 2, 9200 },    [PEL_WINDOWS_7] = { 6, 1, 7601 },
    [PEL_WINDOWS_XP] = { 5, 1, 2600 },
};

pel_md_system_info pel_md_system(const pel_minidump_source *source)
{
    size_t count = sizeof releases / sizeof releases[0];
    size_t release = (size_t)source->windows < count ? (size_t)source->windows : PEL_WINDOWS_11;
    return (pel_md_system_info){
        .architecture = architecture(source->machine),
        .level =
            source->machine == PEL_MACHINE_I386 || source->machine == PEL_MACHINE_AMD64 ? 6 : 0,
        .processors = 1,
        .product = PRODUCT_WORKSTATION,
        .major = releases[release].major,
        .minor = releases[release].minor,
        .build = releases[release].build,
        .platform = PLATFORM_NT,
    };
}
