/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which code is made to go elsewhere:
 *
 *   E9 rel32, E8 rel32, EB rel8        jmp, call
 *   FF 25 disp32, FF 15 disp32         jmp, call through a word; x64: beside the next instruction
 *   68 imm32 C3                        push, ret
 *   68 imm32 C7 44 24 04 imm32 C3      the same with the high half, x64
 *   (48|49) B8+r imm64 [41] FF E0+r    mov register, jmp register, x64
 *   B8+r imm32 FF E0+r                 the same, x86
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. */
#include "load/verify_priv.h"

typedef struct code {
    const pel_verify *v;
    pel_va at;
    pel_reader r;
    uint8_t bytes[16];
    bool wide;
} code;

static unsigned byte_at(const code *c, size_t i)
{
    return (unsigned)pel_span_uint(c->r.bytes, i, 1);
}

/* `value` of `bits` as an address relative to the end of what was read. */
static pel_va relative(const code *c, uint64_t value, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);
    uint64_t to = c->at.v + c->r.pos + ((value ^ sign) - sign);
    return (pel_va){ c->wide ? to : (uint32_t)to };
}

static bool jump_through(code *c, pel_va *target)
{
    uint64_t at = pel_read_uint(&c->r, 4);
    pel_va word = c->wide ? relative(c, at, 32) : (pel_va){ at };
    return !c->r.failed && pel_verify_word(c->v, word.v - c->v->sum.base.v, c->v->word, &target->v);
}

static bool push_and_return(code *c, pel_va *target)
{
    uint64_t low = pel_read_uint(&c->r, 4), high = 0;
    if (c->wide)
        low = (uint64_t)(int64_t)(int32_t)low; /* push extends the sign */
    unsigned next = (unsigned)pel_read_uint(&c->r, 1);
    if (next == 0xC7 && c->wide) {
        if (pel_read_uint(&c->r, 3) != 0x042444)
            return false;
        high = pel_read_uint(&c->r, 4);
        low = (uint32_t)low | high << 32;
        next = (unsigned)pel_read_uint(&c->r, 1);
    }
    target->v = low;
    return next == 0xC3 && !c->r.failed;
}

/* `extended`: registers R8 to R15. */
static bool move_and_jump(code *c, unsigned opcode, bool extended, pel_va *target)
{
    target->v = pel_read_uint(&c->r, c->wide ? 8 : 4);
    if (extended && pel_read_uint(&c->r, 1) != 0x41)
        return false;
    unsigned jump = (unsigned)pel_read_uint(&c->r, 2);
    return !c->r.failed && jump == (0xE0FFu | (opcode & 7) << 8);
}

static bool decode(code *c, pel_va *target)
{
    unsigned first = (unsigned)pel_read_uint(&c->r, 1), second = byte_at(c, 1);
    if (first == 0xE9 || first == 0xE8 || first == 0xEB) {
        unsigned width = first == 0xEB ? 1 : 4;
        uint64_t by = pel_read_uint(&c->r, width);
        *target = relative(c, by, 8 * width);
        return !c->r.failed;
    }
    if (first == 0x68)
        return push_and_return(c, target);
    if (first == 0xFF && (second == 0x25 || second == 0x15)) {
        pel_read_uint(&c->r, 1);
        return jump_through(c, target);
    }
    if (c->wide && (first == 0x48 || first == 0x49) && second >> 3 == 0xB8 >> 3) {
        pel_read_uint(&c->r, 1);
        return move_and_jump(c, second, first == 0x49, target);
    }
    return !c->wide && first >> 3 == 0xB8 >> 3 && move_and_jump(c, first, false, target);
}

bool pel_verify_jump(const pel_verify *v, pel_va va, pel_va *target, unsigned *size)
{
    uint16_t machine = pel_image_file_header(v->image)->machine;
    if (machine != PEL_MACHINE_AMD64 && machine != PEL_MACHINE_I386)
        return false;
    code c = { .v = v, .at = va, .wide = v->word == 8 };
    size_t there = 0;
    uint64_t rva = va.v - v->sum.base.v, byte;
    while (there < sizeof c.bytes && pel_verify_word(v, rva + there, 1, &byte))
        c.bytes[there++] = (uint8_t)byte;
    c.r.bytes = (pel_span){ c.bytes, there };
    if (!decode(&c, target))
        return false;
    *size = (unsigned)c.r.pos;
    return true;
}
