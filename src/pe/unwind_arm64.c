/* SPDX-License-Identifier: Apache-2.0 */
/* Unwind codes of ARM64: one to five bytes, big endian, told apart by their first byte; and the
 * codes that a packed entry stands for.
 *
 *   packed | flag 2 | length 11 | RegF 3 | RegI 4 | H 1 | CR 2 | frame size 9 |
 */
#include "pe/unwind.h"

#include <stdio.h>

/* ---- codes ------------------------------------------------------------- */

/* Which registers a code is about: "x19" and so on; 29 and 30 are fp and lr. */
static const char *x(char out[8], uint32_t number)
{
    if (number == 29 || number == 30)
        return number == 29 ? "fp" : "lr";
    snprintf(out, 8, "x%u", number);
    return out;
}

/* Save one or two registers at an offset; `pushed`: allocate that much first, and save them there.
 */
static void save(pel_unwind_code *out, const char *op, const char *what, uint32_t offset,
                 bool pushed)
{
    if (pushed)
        pel_unwind_say(out, op, "allocate 0x%x, save %s at sp", offset, what);
    else
        pel_unwind_say(out, op, "save %s at sp+0x%x", what, offset);
}

static void save_x(pel_unwind_code *out, const char *op, uint32_t first, uint32_t second,
                   uint32_t offset, bool pushed)
{
    char a[8], b[8], both[20];
    snprintf(both, sizeof both, second ? "%s, %s" : "%s", x(a, first), x(b, second));
    save(out, op, both, offset, pushed);
}

static void save_d(pel_unwind_code *out, const char *op, uint32_t first, bool pair, uint32_t offset,
                   bool pushed)
{
    char both[28];
    snprintf(both, sizeof both, pair ? "d%u, d%u" : "d%u", first, first + 1);
    save(out, op, both, offset, pushed);
}

/* The forms of one byte up to 0xbf. */
static unsigned short_form(pel_unwind_code *out, uint32_t v)
{
    if (v < 0x20)
        pel_unwind_say(out, "alloc_s", "allocate 0x%x", v * 16);
    else if (v < 0x40)
        save_x(out, "save_r19r20_x", 19, 20, (v & 31) * 8, true);
    else if (v < 0x80)
        save_x(out, "save_fplr", 29, 30, (v & 63) * 8, false);
    else
        save_x(out, "save_fplr_x", 29, 30, ((v & 63) + 1) * 8, true);
    return 1;
}

/* Those of two bytes, 0xc0 to 0xdf: a register above an offset of six bits, or of five. */
static unsigned pair_form(pel_unwind_code *out, uint32_t v)
{
    uint32_t at = (v & 63) * 8, up = (v & 31) * 8 + 8, r = v >> 6 & 15, f = 8 + (v >> 6 & 7);
    switch (v >> 9) {
    case 0x60:
    case 0x61:
    case 0x62:
    case 0x63: /* 11000 */ pel_unwind_say(out, "alloc_m", "allocate 0x%x", (v & 0x7ff) * 16); break;
    case 0x64:
    case 0x65: save_x(out, "save_regp", 19 + r, 20 + r, at, false); break;
    case 0x66:
    case 0x67: save_x(out, "save_regp_x", 19 + r, 20 + r, at + 8, true); break;
    case 0x68:
    case 0x69: save_x(out, "save_reg", 19 + r, 0, at, false); break;
    case 0x6a: save_x(out, "save_reg_x", 19 + (v >> 5 & 15), 0, up, true); break;
    case 0x6b: save_x(out, "save_lrpair", 19 + 2 * (r & 7), 30, at, false); break;
    case 0x6c: save_d(out, "save_fregp", f, true, at, false); break;
    case 0x6d: save_d(out, "save_fregp_x", f, true, at + 8, true); break;
    case 0x6e: save_d(out, "save_freg", f, false, at, false); break;
    default:
        if (v < 0xdf00)
            save_d(out, "save_freg_x", 8 + (v >> 5 & 7), false, up, true);
        else
            pel_unwind_say(out, "alloc_z", "allocate 0x%x vector lengths", v & 0xff);
    }
    return 2;
}

/* 0xe7: 0pxrrrrr ttoooooo, or of the vector extension 0oo?rrrr 11oooooo. */
static unsigned any_register(pel_unwind_code *out, uint32_t v)
{
    static const char kinds[] = { 'x', 'd', 'q' };
    char names[32];
    bool pair = v >> 14 & 1, pushed = v >> 13 & 1;
    uint32_t r = v >> 8 & 31, kind = v >> 6 & 3, offset = (v & 63) + pushed;
    if (v & 0x8000)
        return 0;
    if (kind == 3) {
        uint32_t at = (v & 63) | (v >> 13 & 3) << 6;
        bool predicate = v >> 12 & 1;
        pel_unwind_say(out, predicate ? "save_preg" : "save_zreg",
                       predicate ? "save p%u at sp+0x%x/8 vector lengths"
                                 : "save z%u at sp+0x%x vector lengths",
                       predicate ? r & 15 : (r & 15) + 8, at);
        return 3;
    }
    offset *= pair || pushed || kind == 2 ? 16 : 8;
    snprintf(names, sizeof names, pair ? "%c%u, %c%u" : "%c%u", kinds[kind], r, kinds[kind], r + 1);
    save(out, "save_any_reg", names, offset, pushed);
    return 3;
}

static const struct {
    uint8_t size; /* 0: reserved */
    const char *op, *text;
} others[] = {
    [0x01] = { 1, "set_fp", "set frame fp = sp" },
    [0x03] = { 1, "nop", "nothing" },
    [0x04] = { 1, "end", "end" },
    [0x05] = { 1, "end_c", "end of this fragment" },
    [0x06] = { 1, "save_next", "save the next pair" },
    [0x08] = { 1, "trap_frame", "trap frame" },
    [0x09] = { 1, "machine_frame", "machine frame" },
    [0x0a] = { 1, "context", "context" },
    [0x0b] = { 1, "ec_context", "ARM64EC context" },
    [0x0c] = { 1, "clear_unwound_to_call", "not a call" },
    [0x18] = { 2, "reserved", "reserved" },
    [0x19] = { 3, "reserved", "reserved" },
    [0x1a] = { 4, "reserved", "reserved" },
    [0x1b] = { 5, "reserved", "reserved" },
    [0x1c] = { 1, "pac_sign_lr", "sign lr" },
    [0x1f] = { 0, NULL, NULL },
};

static unsigned long_form(pel_unwind_code *out, pel_span bytes, uint32_t first)
{
    uint32_t next = (uint32_t)pel_span_uint(bytes, 1, 1);
    uint32_t third = (uint32_t)pel_span_uint(bytes, 2, 1);
    uint32_t fourth = (uint32_t)pel_span_uint(bytes, 3, 1);
    switch (first) {
    case 0xe0:
        pel_unwind_say(out, "alloc_l", "allocate 0x%x", (next << 16 | third << 8 | fourth) * 16);
        return 4;
    case 0xe2: pel_unwind_say(out, "add_fp", "set frame fp = sp+0x%x", next * 8); return 2;
    case 0xe7: return any_register(out, next << 8 | third);
    default:
        out->ends = first == 0xe4 || first == 0xe5;
        if (others[first - 0xe0].size)
            pel_unwind_say(out, others[first - 0xe0].op, "%s", others[first - 0xe0].text);
        return others[first - 0xe0].size;
    }
}

bool pel_arm64_code(pel_span bytes, pel_unwind_code *out)
{
    uint32_t first = (uint32_t)pel_span_uint(bytes, 0, 1);
    unsigned size;
    if (first < 0xc0)
        size = short_form(out, first);
    else if (first < 0xe0)
        size = pair_form(out, first << 8 | (uint32_t)pel_span_uint(bytes, 1, 1));
    else
        size = long_form(out, bytes, first);
    out->size = (uint8_t)size;
    return size && size <= bytes.size;
}

/* ---- packed entries ---------------------------------------------------- */

typedef struct packed {
    uint32_t reg_f, reg_i, cr, ints, saved, local;
    bool homed;
} packed;

static void put(pel_unwind *u, unsigned size, uint32_t code)
{
    for (unsigned i = size; i-- > 0 && u->made_size < sizeof u->made;)
        u->made[u->made_size++] = (uint8_t)(code >> 8 * i);
}

static void put_alloc(pel_unwind *u, uint32_t bytes)
{
    if (bytes / 16 < 32)
        put(u, 1, bytes / 16);
    else
        put(u, 2, 0xc000 | bytes / 16);
}

/* The last steps of the prolog come first: frame record and locals. */
static void unpack_locals(pel_unwind *u, const packed *p)
{
    bool framed = p->cr >= 2;
    if (framed)
        put(u, 1, 0xe1);
    if (framed && p->local <= 512) {
        put(u, 1, 0x80 | (p->local ? p->local / 8 - 1 : 0));
        return;
    }
    if (framed)
        put(u, 1, 0x40);
    if (p->local > 4080)
        put_alloc(u, p->local - 4080);
    if (p->local)
        put_alloc(u, p->local > 4080 ? 4080 : p->local);
}

/* Parameters that were written home: four pairs. If nothing else is saved, they make the room. */
static void unpack_home(pel_unwind *u, const packed *p)
{
    bool first = p->reg_i == 0 && p->reg_f == 0 && p->cr != 1;
    if (!p->homed)
        return;
    put(u, 3, 0xe3e3e3);
    if (first)
        put_alloc(u, p->saved);
    else
        put(u, 1, 0xe3);
}

/* d8 to d(8 + RegF), in pairs; the first pair makes the room if there are no integers. */
static void unpack_floats(pel_unwind *u, const packed *p)
{
    uint32_t count = p->reg_f ? p->reg_f + 1 : 0, base = p->ints / 8;
    bool first = p->reg_i == 0 && p->cr != 1;
    for (uint32_t i = (count + 1) / 2; i-- > 0;) {
        uint32_t r = 2 * i, at = base + r;
        if (i == 0 && first)
            put(u, 2, 0xda00 | r << 6 | (p->saved / 8 - 1));
        else if (r + 1 < count)
            put(u, 2, 0xd800 | r << 6 | at);
        else
            put(u, 2, 0xdc00 | r << 6 | at);
    }
}

/* x19 on, in pairs, and lr, alone or beside the last one. */
static void unpack_integers(pel_unwind *u, const packed *p)
{
    bool lr = p->cr == 1, beside = lr && p->reg_i % 2;
    uint32_t room = p->saved / 8 - 1;
    if (lr && p->reg_i == 0)
        put(u, 2, 0xd400 | 11 << 5 | (room & 31)); /* save_reg_x lr */
    else if (lr && !beside)
        put(u, 2, 0xd000 | 11 << 6 | p->reg_i); /* save_reg lr */
    for (uint32_t i = (p->reg_i + 1) / 2; i-- > 0;) {
        uint32_t r = 2 * i;
        bool alone = r + 1 == p->reg_i;
        if (alone && beside && i == 0) {
            put(u, 2, 0xd600); /* save_lrpair x19, lr, which makes no room: */
            put_alloc(u, p->saved);
        } else if (alone && beside) {
            put(u, 2, 0xd600 | i << 6 | r);
        } else if (alone && i == 0) {
            put(u, 2, 0xd400 | (room & 31));
        } else if (alone) {
            put(u, 2, 0xd000 | r << 6 | r);
        } else if (i == 0) {
            put(u, 2, 0xcc00 | room);
        } else {
            put(u, 2, 0xc800 | r << 6 | r);
        }
    }
}

pel_status pel_arm64_unpack(pel_unwind *u)
{
    uint32_t w = u->packed_data;
    packed p = {
        .reg_f = w >> 13 & 7, .reg_i = w >> 16 & 15, .homed = w >> 20 & 1, .cr = w >> 21 & 3
    };
    uint32_t frame = (w >> 23) * 16;
    uint32_t floats = p.reg_f ? (p.reg_f + 1) * 8 : 0;
    p.ints = (p.reg_i + (p.cr == 1)) * 8;
    p.saved = (p.ints + floats + (p.homed ? 64 : 0) + 15) & ~(uint32_t)15;
    if (p.saved > frame || p.reg_i > 10)
        return PEL_MALFORMED;
    p.local = frame - p.saved;
    unpack_locals(u, &p);
    unpack_home(u, &p);
    unpack_floats(u, &p);
    unpack_integers(u, &p);
    if (p.cr == 2)
        put(u, 1, 0xfc);
    put(u, 1, 0xe4);
    return PEL_OK;
}
