/* SPDX-License-Identifier: Apache-2.0 */
/* x64 unwind information, versions 1 and 2: slots of two bytes, then a handler or another entry.
 *
 *   | version, flags | prolog | slots | frame |   | offset, op | ... |   | handler | its data
 */
#include "pe/unwind.h"

#define HEADER 4
#define ENTRY  12
/* Header, 255 slots made even, an entry. Version 3 has as many bytes of payload at most. */
#define LARGEST (HEADER + 512 + ENTRY)

const char *const pel_x64_registers[32] = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8",  "r9",  "r10",
    "r11", "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21",
    "r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31",
};

pel_status pel_x64_tail(pel_unwind *u, pel_span bytes, uint64_t at)
{
    pel_reader r = { .bytes = bytes, .pos = at < bytes.size ? (size_t)at : bytes.size };
    r.failed = at > bytes.size;
    if (u->flags & PEL_UNWIND_CHAININFO) {
        u->chain_begin.v = (uint32_t)pel_read_uint(&r, 4);
        u->chain_end.v = (uint32_t)pel_read_uint(&r, 4);
        u->chain_unwind = (uint32_t)pel_read_uint(&r, 4);
        u->has_chain = !r.failed;
    } else if (u->flags & (PEL_UNWIND_EHANDLER | PEL_UNWIND_UHANDLER)) {
        u->handler.v = (uint32_t)pel_read_uint(&r, 4);
        u->has_handler = !r.failed;
        u->handler_data.v = u->has_handler ? u->rva.v + (uint32_t)r.pos : 0;
    }
    u->size = r.pos;
    return pel_reader_status(&r);
}

pel_status pel_x64_unwind(pel_unwind *u)
{
    pel_span bytes = pel_unwind_bytes(u->image, u->rva.v, LARGEST);
    pel_reader r = { .bytes = bytes };
    uint8_t first = (uint8_t)pel_read_uint(&r, 1);
    u->version = first & 7;
    u->flags = first >> 3;
    u->prolog_size = (uint32_t)pel_read_uint(&r, 1);
    u->prolog_codes = (uint32_t)pel_read_uint(&r, 1);
    uint8_t frame = (uint8_t)pel_read_uint(&r, 1);
    if (r.failed)
        return bytes.size ? PEL_TRUNCATED : PEL_NOT_FOUND;
    if (u->version == 3)
        return pel_x64_v3_unwind(u, bytes);
    if (u->version != 1 && u->version != 2)
        return PEL_MALFORMED;
    u->frame_register = frame & 15;
    u->frame_offset = (uint32_t)(frame >> 4) * 16;
    u->codes = pel_span_clip(bytes, HEADER, (uint64_t)u->prolog_codes * 2);
    return pel_x64_tail(u, bytes, HEADER + ((uint64_t)u->prolog_codes + 1) / 2 * 4);
}

/* ---- codes ------------------------------------------------------------- */

typedef struct slots {
    unsigned version, info;
    uint32_t small, large; /* the slot behind, and the two slots behind */
    uint8_t offset;
    bool first; /* of version 2's epilog codes */
    const pel_unwind *unwind;
} slots;

/* Each says what its operation is, and returns how many slots it takes; 0: that cannot be. */

static unsigned push(pel_unwind_code *out, const slots *s)
{
    pel_phrase p = pel_unwind_words(out, "UWOP_PUSH_NONVOL");
    pel_say(&p, "push ");
    pel_say(&p, pel_x64_registers[s->info]);
    return 1;
}

static void allocate(pel_unwind_code *out, const char *op, uint32_t size)
{
    pel_phrase p = pel_unwind_words(out, op);
    pel_say(&p, "allocate ");
    pel_say_hex(&p, size, 1);
}

static unsigned alloc_large(pel_unwind_code *out, const slots *s)
{
    if (s->info > 1)
        return 0;
    allocate(out, "UWOP_ALLOC_LARGE", s->info ? s->large : s->small * 8);
    return s->info ? 3 : 2;
}

static unsigned alloc_small(pel_unwind_code *out, const slots *s)
{
    allocate(out, "UWOP_ALLOC_SMALL", s->info * 8 + 8);
    return 1;
}

static unsigned set_frame(pel_unwind_code *out, const slots *s)
{
    pel_phrase p = pel_unwind_words(out, "UWOP_SET_FPREG");
    pel_say(&p, "set frame ");
    pel_say(&p, pel_x64_registers[s->unwind->frame_register]);
    pel_say(&p, " = rsp+");
    pel_say_hex(&p, s->unwind->frame_offset, 1);
    return 1;
}

static const char *const xmm[16] = {
    "xmm0", "xmm1", "xmm2",  "xmm3",  "xmm4",  "xmm5",  "xmm6",  "xmm7",
    "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
};

static void save_at(pel_unwind_code *out, const char *op, const char *name, uint32_t offset)
{
    pel_phrase p = pel_unwind_words(out, op);
    pel_say(&p, "save ");
    pel_say(&p, name);
    pel_say(&p, " at rsp+");
    pel_say_hex(&p, offset, 1);
}

static unsigned save(pel_unwind_code *out, const slots *s)
{
    save_at(out, "UWOP_SAVE_NONVOL", pel_x64_registers[s->info], s->small * 8);
    return 2;
}

static unsigned save_far(pel_unwind_code *out, const slots *s)
{
    save_at(out, "UWOP_SAVE_NONVOL_FAR", pel_x64_registers[s->info], s->large);
    return 3;
}

/* Version 2: first the size of all epilogs and whether one is at the end, then where each begins,
 * counted from the end. Version 1 once saved the low half of an XMM register so. */
static unsigned epilog(pel_unwind_code *out, const slots *s)
{
    uint32_t back = s->offset | (uint32_t)s->info << 8;
    if (s->version == 1) {
        pel_unwind_say(out, "UWOP_SAVE_XMM", "save low half of xmm%u at rsp+0x%x", s->info,
                       s->small * 8);
        return 2;
    }
    if (s->first)
        pel_unwind_say(out, "UWOP_EPILOG", "epilogs of 0x%x bytes%s", s->offset,
                       s->info & 1 ? ", one at the end" : "");
    else if (back == 0)
        pel_unwind_say(out, "UWOP_EPILOG", "no epilog (padding)");
    else
        pel_unwind_say(out, "UWOP_EPILOG", "epilog at end-0x%x", back);
    return 1;
}

static unsigned spare(pel_unwind_code *out, const slots *s)
{
    if (s->version == 1)
        pel_unwind_say(out, "UWOP_SAVE_XMM_FAR", "save low half of xmm%u at rsp+0x%x", s->info,
                       s->large);
    else
        pel_unwind_say(out, "UWOP_SPARE_CODE", "spare");
    return 3;
}

static unsigned save_xmm(pel_unwind_code *out, const slots *s)
{
    save_at(out, "UWOP_SAVE_XMM128", xmm[s->info], s->small * 16);
    return 2;
}

static unsigned save_xmm_far(pel_unwind_code *out, const slots *s)
{
    save_at(out, "UWOP_SAVE_XMM128_FAR", xmm[s->info], s->large);
    return 3;
}

static unsigned machine_frame(pel_unwind_code *out, const slots *s)
{
    if (s->info > 1)
        return 0;
    pel_unwind_say(out, "UWOP_PUSH_MACHFRAME", "machine frame%s",
                   s->info ? " with error code" : "");
    return 1;
}

/* CoreCLR makes it on Unix only. */
static unsigned set_frame_large(pel_unwind_code *out, const slots *s)
{
    pel_unwind_say(out, "UWOP_SET_FPREG_LARGE", "set frame %s = rsp+0x%x",
                   pel_x64_registers[s->unwind->frame_register], s->large * 16);
    return 3;
}

static unsigned (*const operations[])(pel_unwind_code *out, const slots *s) = {
    push,   alloc_large, alloc_small, set_frame,    save,          save_far,
    epilog, spare,       save_xmm,    save_xmm_far, machine_frame, set_frame_large,
};

bool pel_x64_code_next(pel_unwind_code_iter *it, pel_unwind_code *out)
{
    const pel_unwind *u = it->unwind;
    pel_span rest = pel_span_clip(u->codes, it->next, u->codes.size);
    uint32_t word = pel_span_u16(rest, 0), op = word >> 8 & 15;
    slots s = { .version = u->version,
                .info = word >> 12,
                .small = pel_span_u16(rest, 2),
                .large = pel_span_u16(rest, 2) | pel_span_u16(rest, 4) << 16,
                .offset = (uint8_t)word,
                .first = it->run != 0,
                .unwind = u };
    bool cut = u->codes.size < (size_t)u->prolog_codes * 2;
    if (rest.size < 2) {
        it->status = cut ? PEL_TRUNCATED : PEL_OK;
        return false;
    }
    unsigned count = op < sizeof operations / sizeof operations[0] ? operations[op](out, &s) : 0;
    if (count == 0 || rest.size < (size_t)count * 2) {
        it->status = count && cut ? PEL_TRUNCATED : PEL_MALFORMED;
        return false;
    }
    bool of_epilog = u->version == 2 && op == 6;
    if (of_epilog)
        it->run = 0;
    out->has_offset = !of_epilog;
    out->offset = of_epilog ? 0 : s.offset;
    out->size = (uint8_t)(count * 2);
    return true;
}
