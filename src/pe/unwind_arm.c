/* SPDX-License-Identifier: Apache-2.0 */
/* Unwind codes of ARM (Thumb-2): one to four bytes, big endian, told apart by their first byte; and
 * the codes that a packed entry stands for.
 *
 *   packed | flag 2 | length 11 | Ret 2 | H 1 | Reg 3 | R 1 | L 1 | C 1 | stack adjust 10 |
 */
#include "pe/unwind.h"

#include "base/text.h"

#define LR (1u << 14)

/* "r4-r7, r11, lr" */
static void say_mask(pel_unwind_code *out, const char *op, uint32_t mask)
{
    static const char *const high[] = { "sp", "lr", "pc" };
    size_t used = 0;
    char *text = out->text;
    pel_append(text, sizeof out->text, &used, "push ");
    for (unsigned r = 0, first; r < 16; r++) {
        if (!(mask >> r & 1))
            continue;
        for (first = r; r < 12 && mask >> (r + 1) & 1;)
            r++;
        const char *comma = used > 5 ? ", " : "";
        if (r > 12)
            pel_append(text, sizeof out->text, &used, "%s%s", comma, high[r - 13]);
        else if (r > first)
            pel_append(text, sizeof out->text, &used, "%sr%u-r%u", comma, first, r);
        else
            pel_append(text, sizeof out->text, &used, "%sr%u", comma, r);
    }
    out->op = op;
}

static uint32_t range_mask(uint32_t last, bool lr)
{
    return (((uint32_t)1 << (last + 1)) - 16) | (lr ? LR : 0);
}

static void say_vpush(pel_unwind_code *out, uint32_t first, uint32_t last)
{
    pel_unwind_say(out, "vpop", first == last ? "push d%u" : "push d%u-d%u", first, last);
}

static unsigned low_form(pel_unwind_code *out, uint32_t first, uint32_t v)
{
    if (first < 0x80) {
        pel_unwind_say(out, "add_sp", "allocate 0x%x", first * 4);
        return 1;
    }
    if (first < 0xc0) {
        say_mask(out, "pop_wide", (v & 0x1fff) | (v & 0x2000 ? LR : 0));
        return 2;
    }
    if (first < 0xd0)
        pel_unwind_say(out, "mov_sp", "set frame r%u = sp", first & 15);
    else if (first < 0xd8)
        say_mask(out, "pop", range_mask(4 + (first & 3), first & 4));
    else if (first < 0xe0)
        say_mask(out, "pop_wide", range_mask(8 + (first & 3), first & 4));
    else
        say_vpush(out, 8, 8 + (first & 7));
    return 1;
}

static unsigned middle_form(pel_unwind_code *out, uint32_t first, uint32_t v)
{
    uint32_t low = v & 0xff;
    if (first < 0xec)
        pel_unwind_say(out, "addw_sp", "allocate 0x%x", (v & 0x3ff) * 4);
    else if (first < 0xee)
        say_mask(out, "pop", low | (first & 1 ? LR : 0));
    else if (first == 0xee && low < 16)
        pel_unwind_say(out, "microsoft", "Microsoft-specific %u", low);
    else if (first == 0xef && low < 16)
        pel_unwind_say(out, "ldr_lr", "allocate 0x%x, save lr at sp", low * 4);
    else if (first == 0xf5 || first == 0xf6)
        say_vpush(out, (low >> 4) + (first & 2) * 8, (low & 15) + (first & 2) * 8);
    else
        return 0;
    return 2;
}

static unsigned high_form(pel_unwind_code *out, uint32_t first, pel_span bytes)
{
    static const char *const ends[] = { "nop", "nop_wide", "end_nop", "end_nop_wide", "end" };
    static const char *const texts[] = { "nothing", "nothing, wide", "end, one instruction more",
                                         "end, one wide instruction more", "end" };
    unsigned size = first & 1 ? 3 : 4;
    uint32_t amount = 0;
    if (first >= 0xfb) {
        pel_unwind_say(out, ends[first - 0xfb], "%s", texts[first - 0xfb]);
        out->ends = first >= 0xfd;
        return 1;
    }
    for (unsigned i = 1; i < size; i++)
        amount = amount << 8 | (uint32_t)pel_span_uint(bytes, i, 1);
    pel_unwind_say(out, first < 0xf9 ? "add_sp" : "addw_sp", "allocate 0x%x", amount * 4);
    return size;
}

bool pel_arm_code(pel_span bytes, pel_unwind_code *out)
{
    uint32_t first = (uint32_t)pel_span_uint(bytes, 0, 1);
    uint32_t v = first << 8 | (uint32_t)pel_span_uint(bytes, 1, 1);
    unsigned size;
    if (first < 0xe8)
        size = low_form(out, first, v);
    else if (first < 0xf7)
        size = middle_form(out, first, v);
    else
        size = high_form(out, first, bytes);
    out->size = (uint8_t)size;
    return size && size <= bytes.size;
}

/* ---- packed entries ---------------------------------------------------- */

static void put(pel_unwind *u, unsigned size, uint32_t code)
{
    for (unsigned i = size; i-- > 0 && u->made_size < sizeof u->made;)
        u->made[u->made_size++] = (uint8_t)(code >> 8 * i);
}

/* The shortest push that does it. */
static void put_push(pel_unwind *u, uint32_t mask)
{
    uint32_t lr = mask & LR ? 1 : 0, low = mask & ~LR;
    for (uint32_t last = 4; last < 12; last++)
        if (low == range_mask(last, false)) {
            put(u, 1, (last < 8 ? 0xd0 : 0xd8) | lr << 2 | (last & 3));
            return;
        }
    if (low < 0x100)
        put(u, 2, 0xec00 | lr << 8 | low);
    else
        put(u, 2, 0x8000 | lr << 13 | low);
}

typedef struct packed {
    uint32_t reg, adjust;
    bool homed, floats, lr, chain, fold;
} packed;

/* From 0x3f4 on, the amount is 1 to 4 words that are pushed with the registers instead. */
static packed unpack(uint32_t w)
{
    uint32_t adjust = w >> 22;
    bool folded = adjust >= 0x3f4;
    return (packed){ .reg = w >> 16 & 7,
                     .adjust = folded ? (adjust & 3) + 1 : adjust,
                     .homed = w >> 15 & 1,
                     .floats = w >> 19 & 1,
                     .lr = w >> 20 & 1,
                     .chain = w >> 21 & 1,
                     .fold = folded && (adjust & 4) };
}

static uint32_t pushed(const packed *p)
{
    uint32_t mask = p->floats ? 0 : range_mask(4 + p->reg, false);
    if (p->chain)
        mask |= 1u << 11;
    if (p->lr)
        mask |= LR;
    if (p->fold)
        mask |= 0xfu & ~((1u << (4 - p->adjust)) - 1);
    return mask;
}

pel_status pel_arm_unpack(pel_unwind *u)
{
    packed p = unpack(u->packed_data);
    uint32_t mask = pushed(&p);
    if (p.adjust && !p.fold) {
        if (p.adjust < 0x80)
            put(u, 1, p.adjust);
        else
            put(u, 2, 0xe800 | p.adjust);
    }
    if (p.floats && p.reg != 7)
        put(u, 1, 0xe0 | p.reg);
    if (p.chain) /* mov r11, sp, or add r11, sp, #n: undone by nothing */
        put(u, 1, mask == (1u << 11) ? 0xfb : 0xfc);
    if (mask)
        put_push(u, mask);
    if (p.homed)
        put(u, 1, 0x04);
    put(u, 1, 0xff);
    return PEL_OK;
}
