/* SPDX-License-Identifier: Apache-2.0 */
/* x64 unwind information of version 3, for APX (a preview): operations of variable length in a pool
 * that the prolog and the epilogs share.
 *
 *   | version, flags | prolog | words | counts |
 *   | (high byte of prolog) | offsets of prolog operations | epilogs | pool | ...
 *   epilog: | flags, count | offset | (first operation | last instruction | offsets) |
 */
#include "pe/unwind.h"

#define HEADER       4
#define EPILOG_LARGE 2

/* Read an epilog; one without operations has those of the epilog before it. Its offset is from the
 * begin, or from the end if it is less than 0; later ones count from the one before. */
static void read_epilog(pel_reader *r, const pel_unwind_epilog *before, bool first,
                        pel_unwind_epilog *out)
{
    uint8_t head = (uint8_t)pel_read_uint(r, 1);
    int16_t offset = (int16_t)pel_read_uint(r, 2);
    bool large = head & EPILOG_LARGE;
    out->flags = head & 7;
    out->count = head >> 3;
    out->has_offset = true;
    out->offset = first ? offset : before->offset + offset;
    if (out->count == 0) {
        out->count = before->count;
        out->index = before->index;
        out->last = before->last;
        return;
    }
    out->index = (uint32_t)pel_read_uint(r, 2);
    out->last = (uint32_t)pel_read_uint(r, large ? 2 : 1);
    pel_read_span(r, (size_t)out->count * (large ? 2 : 1));
}

bool pel_x64_v3_epilog_next(pel_unwind_epilog_iter *it, pel_unwind_epilog *out)
{
    pel_reader r = { .bytes = it->unwind->epilogs, .pos = (size_t)it->next };
    read_epilog(&r, &it->before, it->number == 0, out);
    it->status = pel_reader_status(&r);
    it->next = r.pos;
    it->before = *out;
    return !r.failed;
}

pel_status pel_x64_v3_unwind(pel_unwind *u, pel_span bytes)
{
    bool large = u->flags & PEL_UNWIND_LARGE;
    uint64_t payload = (uint64_t)pel_span_uint(bytes, 2, 1) * 2;
    uint8_t counts = (uint8_t)pel_span_uint(bytes, 3, 1);
    pel_reader r = { .bytes = pel_span_clip(bytes, HEADER, payload) };
    pel_unwind_epilog e = { .count = 0 };
    u->prolog_codes = counts & 31;
    u->epilog_count = counts >> 5;
    if (large)
        u->prolog_size |= (uint32_t)pel_read_uint(&r, 1) << 8;
    u->prolog_offsets = pel_read_span(&r, (size_t)u->prolog_codes * (large ? 2 : 1));
    size_t start = r.pos;
    for (uint32_t i = 0; i < u->epilog_count; i++) {
        pel_unwind_epilog before = e;
        read_epilog(&r, &before, i == 0, &e);
    }
    u->epilogs = pel_span_clip(r.bytes, start, r.pos - start);
    u->codes = pel_span_clip(r.bytes, r.pos, r.bytes.size);
    pel_status st = pel_x64_tail(u, bytes, (HEADER + payload + 3) & ~(uint64_t)3);
    return r.failed ? PEL_TRUNCATED : st;
}

/* ---- operations -------------------------------------------------------- */

enum {
#define X(id, value, doc) id = value,
#include <pelorus/tables/unwind_v3_op.def>
#undef X
};

static const char *wod(uint32_t op) { return pel_names_find(&pel_names_unwind_v3_op, op)->name; }

static const char *reg(uint32_t number) { return pel_x64_registers[number & 31]; }

/* One byte with a register of five bits above. */
static unsigned by_register(pel_span b, uint32_t first, pel_unwind_code *out)
{
    uint32_t r = first >> 3;
    switch (first & 7) {
    case PUSH: pel_unwind_say(out, wod(PUSH), "push %s", reg(r)); return 1;
    case SAVE_NONVOL_FAR:
        pel_unwind_say(out, wod(SAVE_NONVOL_FAR), "save %s at rsp+0x%x", reg(r),
                       (uint32_t)pel_span_uint(b, 1, 4));
        return 5;
    case SAVE_NONVOL:
        pel_unwind_say(out, wod(SAVE_NONVOL), "save %s at rsp+0x%x", reg(r),
                       pel_span_u16(b, 1) * 8);
        return 3;
    default:
        pel_unwind_say(out, wod(PUSH_CONSECUTIVE_2), "push %s, %s", reg(r), reg(r + 1));
        return r < 31 ? 1 : 0;
    }
}

static unsigned by_nibble(pel_span b, uint32_t first, pel_unwind_code *out)
{
    uint32_t high = first >> 4;
    switch (first & 15) {
    case ALLOC_SMALL:
        pel_unwind_say(out, wod(ALLOC_SMALL), "allocate 0x%x", (high + 1) * 8);
        return 1;
    case SAVE_XMM128_FAR:
        pel_unwind_say(out, wod(SAVE_XMM128_FAR), "save xmm%u at rsp+0x%x", high,
                       (uint32_t)pel_span_uint(b, 1, 4));
        return 5;
    default:
        pel_unwind_say(out, wod(SAVE_XMM128), "save xmm%u at rsp+0x%x", high,
                       pel_span_u16(b, 1) * 16);
        return 3;
    }
}

static unsigned by_byte(pel_span b, uint32_t first, pel_unwind_code *out)
{
    uint32_t second = (uint32_t)pel_span_uint(b, 1, 1);
    switch (first) {
    case SET_FPREG:
        pel_unwind_say(out, wod(SET_FPREG), "set frame %s = rsp+0x%x", reg(second & 15),
                       (second >> 4) * 16);
        return 2;
    case ALLOC_HUGE:
        pel_unwind_say(out, wod(ALLOC_HUGE), "allocate 0x%x", (uint32_t)pel_span_uint(b, 1, 4));
        return 5;
    case ALLOC_LARGE:
        pel_unwind_say(out, wod(ALLOC_LARGE), "allocate 0x%x", pel_span_u16(b, 1) * 8);
        return 3;
    case PUSH_CANONICAL_FRAME:
        pel_unwind_say(out, wod(PUSH_CANONICAL_FRAME), "machine frame of type %u", second);
        return 2;
    default: return 0;
    }
}

bool pel_x64_wod(pel_span bytes, pel_unwind_code *out)
{
    uint32_t first = (uint32_t)pel_span_uint(bytes, 0, 1);
    uint32_t both = pel_span_u16(bytes, 0);
    unsigned size;
    if ((first & 7) >= 4) {
        size = by_register(bytes, first, out);
    } else if ((first & 15) >= 8 && (first & 15) <= 10) {
        size = by_nibble(bytes, first, out);
    } else if ((first & 63) == 32) {
        pel_unwind_say(out, wod(PUSH2), "push %s, %s", reg(both >> 6), reg(both >> 11));
        size = 2;
    } else {
        size = by_byte(bytes, first, out);
    }
    out->size = (uint8_t)size;
    return size && size <= bytes.size;
}

bool pel_x64_v3_code_next(pel_unwind_code_iter *it, pel_unwind_code *out)
{
    const pel_unwind *u = it->unwind;
    bool large = u->flags & PEL_UNWIND_LARGE;
    if (it->next == it->last && it->last_count > it->run)
        it->run = it->last_count;
    if (it->run == 0 && it->next >= it->last)
        return false;
    pel_span rest = pel_span_clip(u->codes, it->next, u->codes.size);
    if (!pel_x64_wod(rest, out)) {
        it->status = out->size > rest.size || rest.size == 0 ? PEL_TRUNCATED : PEL_MALFORMED;
        return false;
    }
    out->has_offset = it->number < u->prolog_codes;
    if (out->has_offset)
        out->offset = (uint32_t)pel_span_uint(
            u->prolog_offsets, (uint64_t)it->number * (large ? 2 : 1), large ? 2 : 1);
    it->run -= it->run != 0;
    return true;
}
