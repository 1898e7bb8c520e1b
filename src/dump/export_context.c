/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of a thread before its first instruction, and the system that it is on. */
#include <pelorus/format.h>
#include <string.h>

#include "dump/minidump.h"
#include "schema/decode.h"

/* ContextFlags: which processor, and control, integer, segment, floating-point, debug registers. */
#define CONTEXT_AMD64 0x100000u
#define CONTEXT_I386  0x10000u
#define CONTEXT_PARTS 0x1Fu

#define MXCSR_MASK 0xFFFFu

uint32_t pel_md_context_size(uint16_t machine)
{
    switch (machine) {
    case PEL_MACHINE_AMD64: return PEL_MD_SIZE_context64;
    case PEL_MACHINE_I386: return PEL_MD_SIZE_context32;
    default: return 0;
    }
}

static pel_md_context64 context64(const pel_context *c)
{
    pel_md_context64 out = {
        .flags = CONTEXT_AMD64 | CONTEXT_PARTS,
        .mxcsr = c->mxcsr,
        .cs = c->cs,
        .ds = c->ds,
        .es = c->es,
        .fs = c->fs,
        .gs = c->gs,
        .ss = c->ss,
        .eflags = c->flags,
        .rax = c->registers[PEL_REGISTER_AX],
        .rcx = c->registers[PEL_REGISTER_CX],
        .rdx = c->registers[PEL_REGISTER_DX],
        .rbx = c->registers[PEL_REGISTER_BX],
        .rsp = c->sp.v,
        .rbp = c->registers[PEL_REGISTER_BP],
        .rsi = c->registers[PEL_REGISTER_SI],
        .rdi = c->registers[PEL_REGISTER_DI],
        .rip = c->pc.v,
        .fx_control = c->x87_control,
        .fx_mxcsr = c->mxcsr,
        .fx_mxcsr_mask = MXCSR_MASK,
    };
    memcpy(out.r8, &c->registers[PEL_REGISTER_R8], sizeof out.r8);
    return out;
}

static pel_md_context32 context32(const pel_context *c)
{
    return (pel_md_context32){
        .flags = CONTEXT_I386 | CONTEXT_PARTS,
        .fp_control = c->x87_control,
        .fp_tag = 0xFFFF, /* all empty */
        .gs = c->gs,
        .fs = c->fs,
        .es = c->es,
        .ds = c->ds,
        .edi = (uint32_t)c->registers[PEL_REGISTER_DI],
        .esi = (uint32_t)c->registers[PEL_REGISTER_SI],
        .ebx = (uint32_t)c->registers[PEL_REGISTER_BX],
        .edx = (uint32_t)c->registers[PEL_REGISTER_DX],
        .ecx = (uint32_t)c->registers[PEL_REGISTER_CX],
        .eax = (uint32_t)c->registers[PEL_REGISTER_AX],
        .ebp = (uint32_t)c->registers[PEL_REGISTER_BP],
        .eip = (uint32_t)c->pc.v,
        .cs = c->cs,
        .eflags = c->flags,
        .esp = (uint32_t)c->sp.v,
        .ss = c->ss,
    };
}

static pel_context registers_of(const pel_minidump_source *source, const pel_export_thread *t)
{
    if (t->context)
        return *t->context;
    return pel_context_initial(&(pel_thread_start){
        .machine = source->machine,
        .host = source->host,
        .start = t->start,
        .argument = t->argument,
        .peb = t->peb,
        .teb = t->teb,
        .stack_base = t->stack_base,
        .stack_pointer = t->stack_pointer,
    });
}

void pel_md_context(const pel_minidump_source *source, const pel_export_thread *thread,
                    uint8_t out[PEL_MD_MAX_SIZE])
{
    pel_context registers = registers_of(source, thread);
    if (source->machine == PEL_MACHINE_AMD64) {
        pel_md_context64 c = context64(&registers);
        pel_schema_encode(&pel_md_context64_schema, &c, true, out);
    } else if (source->machine == PEL_MACHINE_I386) {
        pel_md_context32 c = context32(&registers);
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

pel_md_system_info pel_md_system(const pel_minidump_source *source)
{
    pel_windows_version v = pel_windows_version_of(source->windows, source->host);
    return (pel_md_system_info){
        .architecture = architecture(source->machine),
        .level =
            source->machine == PEL_MACHINE_I386 || source->machine == PEL_MACHINE_AMD64 ? 6 : 0,
        .processors = 1,
        .product = PRODUCT_WORKSTATION,
        .major = v.major,
        .minor = v.minor,
        .build = v.build,
        .platform = PLATFORM_NT,
    };
}
