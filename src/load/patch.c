/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations, one function for each type. Encodings are those of the manuals of the processors;
 * which type means what is in tables/reloc_type.def, and docs/loading.md has the sources.
 * All arithmetic wraps. */
#include "load/patch.h"

#include "base/reader.h"
#include "pe/reloc_family.h"

/* ---- little-endian words, which the compiler makes one access of ------- */

static inline uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static inline uint32_t get32(const uint8_t *p) { return get16(p) | get16(p + 2) << 16; }
static inline uint64_t get64(const uint8_t *p) { return get32(p) | (uint64_t)get32(p + 4) << 32; }

static inline void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static inline void put64(uint8_t *p, uint64_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
    p[4] = (uint8_t)(v >> 32);
    p[5] = (uint8_t)(v >> 40);
    p[6] = (uint8_t)(v >> 48);
    p[7] = (uint8_t)(v >> 56);
}

static inline void add32(uint8_t *at, uint64_t delta) { put32(at, get32(at) + (uint32_t)delta); }
static inline void add64(uint8_t *at, uint64_t delta) { put64(at, get64(at) + delta); }

/* `count` bits of a word, from bit `low` on. */
static inline uint32_t bits(uint32_t word, unsigned low, unsigned count)
{
    return word >> low & ((1u << count) - 1);
}

static inline uint32_t with_bits(uint32_t word, unsigned low, unsigned count, uint32_t value)
{
    uint32_t mask = ((1u << count) - 1) << low;
    return (word & ~mask) | (value << low & mask);
}

/* ---- any machine ------------------------------------------------------- */

static void patch_HIGH(uint8_t *at, uint64_t delta)
{
    put16(at, get16(at) + (uint32_t)(delta >> 16));
}

static void patch_LOW(uint8_t *at, uint64_t delta) { put16(at, get16(at) + (uint32_t)delta); }

static void patch_HIGHLOW(uint8_t *at, uint64_t delta) { add32(at, delta); }

static void patch_DIR64(uint8_t *at, uint64_t delta) { add64(at, delta); }

/* The high half of an address whose low half is the parameter, which is in `delta` already. */
static void patch_HIGHADJ(uint8_t *at, uint64_t delta) { patch_HIGH(at, delta); }

#define patch_ABSOLUTE NULL
#define patch_RESERVED NULL
#define patch_HIGH3ADJ NULL

/* ---- MIPS -------------------------------------------------------------- */

/* J, JAL: opcode:6, target:26 in words. */
static void patch_MIPS_JMPADDR(uint8_t *at, uint64_t delta)
{
    uint32_t word = get32(at);
    uint32_t target = (bits(word, 0, 26) << 2) + (uint32_t)delta;
    put32(at, with_bits(word, 0, 26, target >> 2));
}

/* MIPS16 JAL, JALX, two halfwords: 00011 x target[20:16] target[25:21] | target[15:0]. */
static void patch_MIPS_JMPADDR16(uint8_t *at, uint64_t delta)
{
    uint32_t first = get16(at);
    uint32_t target = bits(first, 0, 5) << 21 | bits(first, 5, 5) << 16 | get16(at + 2);
    target = ((target << 2) + (uint32_t)delta) >> 2;
    first = with_bits(first, 0, 5, target >> 21);
    put16(at, with_bits(first, 5, 5, target >> 16));
    put16(at + 2, target);
}

/* ---- ARM --------------------------------------------------------------- */

/* MOVW, MOVT: cond:4 0011 0x00 imm4 Rd:4 imm12. */
static uint32_t arm_immediate(const uint8_t *at)
{
    uint32_t word = get32(at);
    return bits(word, 16, 4) << 12 | bits(word, 0, 12);
}

static void set_arm_immediate(uint8_t *at, uint32_t value)
{
    put32(at, with_bits(with_bits(get32(at), 16, 4, value >> 12), 0, 12, value));
}

static void patch_ARM_MOV32(uint8_t *at, uint64_t delta)
{
    uint32_t value = (arm_immediate(at + 4) << 16 | arm_immediate(at)) + (uint32_t)delta;
    set_arm_immediate(at, value);
    set_arm_immediate(at + 4, value >> 16);
}

/* Thumb-2 MOVW or MOVT, two halfwords: 11110 i 10x100 imm4 | 0 imm3 Rd imm8.
 * The immediate is imm4:i:imm3:imm8. */
static uint32_t thumb_immediate(const uint8_t *at)
{
    uint32_t a = get16(at), b = get16(at + 2);
    return bits(a, 0, 4) << 12 | bits(a, 10, 1) << 11 | bits(b, 12, 3) << 8 | bits(b, 0, 8);
}

static void set_thumb_immediate(uint8_t *at, uint32_t value)
{
    put16(at, with_bits(with_bits(get16(at), 0, 4, value >> 12), 10, 1, value >> 11));
    put16(at + 2, with_bits(with_bits(get16(at + 2), 12, 3, value >> 8), 0, 8, value));
}

static void patch_THUMB_MOV32(uint8_t *at, uint64_t delta)
{
    uint32_t value = (thumb_immediate(at + 4) << 16 | thumb_immediate(at)) + (uint32_t)delta;
    set_thumb_immediate(at, value);
    set_thumb_immediate(at + 4, value >> 16);
}

/* ---- RISC-V ------------------------------------------------------------ */

/* Each instruction of a pair has an entry of its own. Windows moves images by multiples of 64 KiB,
 * so that no carry goes from the low 12 bits to the high 20, and each can be patched alone. */

/* LUI, AUIPC: imm[31:12] rd:5 opcode:7. */
static void patch_RISCV_HIGH20(uint8_t *at, uint64_t delta)
{
    put32(at, get32(at) + ((uint32_t)delta & 0xfffff000u));
}

/* I-type: imm[11:0] rs1:5 funct3:3 rd:5 opcode:7. */
static void patch_RISCV_LOW12I(uint8_t *at, uint64_t delta)
{
    put32(at, get32(at) + ((uint32_t)delta << 20));
}

/* S-type: imm[11:5] rs2:5 rs1:5 funct3:3 imm[4:0] opcode:7. */
static void patch_RISCV_LOW12S(uint8_t *at, uint64_t delta)
{
    uint32_t word = get32(at);
    uint32_t low = (bits(word, 25, 7) << 5 | bits(word, 7, 5)) + (uint32_t)delta;
    put32(at, with_bits(with_bits(word, 25, 7, low >> 5), 7, 5, low));
}

/* ---- LoongArch --------------------------------------------------------- */

/* LU12I.W and LU32I.D: opcode:7 si20 rd:5. ORI and LU52I.D: opcode:10 imm12 rj:5 rd:5. */
static void patch_LOONGARCH32_MARK_LA(uint8_t *at, uint64_t delta)
{
    uint32_t high = get32(at), low = get32(at + 4);
    uint32_t value = (bits(high, 5, 20) << 12 | bits(low, 10, 12)) + (uint32_t)delta;
    put32(at, with_bits(high, 5, 20, value >> 12));
    put32(at + 4, with_bits(low, 10, 12, value));
}

static void patch_LOONGARCH64_MARK_LA(uint8_t *at, uint64_t delta)
{
    uint32_t lu12i = get32(at), ori = get32(at + 4), lu32i = get32(at + 8), lu52i = get32(at + 12);
    uint64_t value = (uint64_t)bits(lu52i, 10, 12) << 52 | (uint64_t)bits(lu32i, 5, 20) << 32 |
                     (uint64_t)bits(lu12i, 5, 20) << 12 | bits(ori, 10, 12);
    value += delta;
    put32(at, with_bits(lu12i, 5, 20, (uint32_t)(value >> 12)));
    put32(at + 4, with_bits(ori, 10, 12, (uint32_t)value));
    put32(at + 8, with_bits(lu32i, 5, 20, (uint32_t)(value >> 32)));
    put32(at + 12, with_bits(lu52i, 10, 12, (uint32_t)(value >> 52)));
}

/* ---- Itanium ----------------------------------------------------------- */

/* MOVL in a bundle of 128 bits (template:5, then three slots of 41): the immediate is spread over
 * slots 1 and 2. Where `count` bits of it, from `bit` on, lie in the bundle. */
static const struct {
    uint8_t at, count, bit;
} movl[] = {
    { 46, 18, 22 }, { 64, 23, 40 }, /* imm41: slot 1 */
    { 100, 7, 0 },                  /* imm7b */
    { 108, 1, 21 }, { 109, 5, 16 }, /* ic, imm5c */
    { 114, 9, 7 },  { 123, 1, 63 }, /* imm9d, i */
};
#define MOVL_PIECES  (sizeof movl / sizeof movl[0])
#define BUNDLE_BYTES 16

static void patch_IA64_IMM64(uint8_t *at, uint64_t delta)
{
    uint64_t half[2] = { get64(at), get64(at + 8) }, value = 0;
    for (size_t i = 0; i < MOVL_PIECES; i++) {
        uint64_t mask = (UINT64_C(1) << movl[i].count) - 1;
        value |= (half[movl[i].at / 64] >> (movl[i].at % 64) & mask) << movl[i].bit;
    }
    value += delta;
    for (size_t i = 0; i < MOVL_PIECES; i++) {
        unsigned shift = movl[i].at % 64;
        uint64_t mask = (UINT64_C(1) << movl[i].count) - 1, *to = &half[movl[i].at / 64];
        *to = (*to & ~(mask << shift)) | (value >> movl[i].bit & mask) << shift;
    }
    put64(at, half[0]);
    put64(at + 8, half[1]);
}

/* ---- which type is which ----------------------------------------------- */

static const struct {
    uint8_t type, width;
    pel_reloc_family machines;
    void (*apply)(uint8_t *at, uint64_t delta);
} rows[] = {
#define X(id, value, machines, bytes, doc) { value, bytes, PEL_RELOC_##machines, patch_##id },
#include <pelorus/tables/reloc_type.def>
#undef X
};

/* Before Windows 8 one routine served all machines, and knew them all. Types 6 and 7 were those of
 * object files, and ignored. */
static void add_old_types(pel_patches *p, pel_windows windows)
{
    const pel_patch ignored = { .known = true, .align = 1 };
    const pel_patch jump = { .known = true, .width = 4, .align = 1, .apply = patch_MIPS_JMPADDR };
    const pel_patch jump16 = {
        .known = true, .width = 4, .align = 1, .apply = patch_MIPS_JMPADDR16
    };
    const pel_patch bundle = {
        .known = true, .width = BUNDLE_BYTES, .align = BUNDLE_BYTES, .apply = patch_IA64_IMM64
    };
    if (!p->types[PEL_REL_MIPS_JMPADDR].known)
        p->types[PEL_REL_MIPS_JMPADDR] = jump;
    p->types[PEL_REL_RESERVED] = ignored;
    if (!p->types[PEL_REL_THUMB_MOV32].known)
        p->types[PEL_REL_THUMB_MOV32] = ignored;
    if (!p->types[PEL_REL_IA64_IMM64].known)
        p->types[PEL_REL_IA64_IMM64] = windows == PEL_WINDOWS_XP ? jump16 : bundle;
}

pel_patches pel_patches_of(uint16_t machine, pel_windows windows)
{
    bool old = windows == PEL_WINDOWS_XP || windows == PEL_WINDOWS_7;
    pel_reloc_family mine = pel_reloc_family_of(machine);
    pel_patches out = { .types = { { .known = false } } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].machines != PEL_RELOC_ANY && rows[i].machines != mine)
            continue;
        bool nothing = rows[i].type == PEL_REL_ABSOLUTE;
        bool bundle = rows[i].type == PEL_REL_IA64_IMM64 && mine == PEL_RELOC_IA64;
        out.types[rows[i].type] = (pel_patch){ .known = rows[i].apply || nothing,
                                               .width = rows[i].width,
                                               .align = bundle ? BUNDLE_BYTES : 1,
                                               .apply = rows[i].apply };
    }
    out.types[PEL_REL_HIGHADJ].parameter = old ? PEL_PARAMETER_SIGNED : PEL_PARAMETER_UNSIGNED;
    if (old)
        add_old_types(&out, windows);
    return out;
}

/* ---- blocks ------------------------------------------------------------ */

#define TYPE_OF(entry)   ((entry) >> 12)
#define OFFSET_OF(entry) ((entry)&0xfff)

static uint32_t entry_at(pel_span entries, size_t index)
{
    return pel_span_u16(entries, 2 * (uint64_t)index);
}

/* In nearly all blocks all entries are of one type (up to the padding), so they are taken four at a
 * time, as the 16-bit lanes of a word. */
#define FOUR(lane) ((uint64_t)(lane)*UINT64_C(0x0001000100010001))

/* The bits in which their types are not `type`. */
static inline uint64_t other_types(uint64_t four, unsigned type)
{
    return (four ^ FOUR(type << 12)) & FOUR(0xf000);
}

/* Whether the four entries from `i` on are there and of `type`, which is not 0. */
static inline bool are_four(pel_span entries, size_t i, unsigned type, uint64_t *four)
{
    *four = pel_span_u64(entries, 2 * (uint64_t)i);
    return other_types(*four, type) == 0;
}

/* The offsets of four entries plus `last`; what is not `type` in them goes into `*others`. */
static inline uint64_t look_at_four(pel_span entries, size_t i, unsigned type, uint64_t last,
                                    uint64_t *others)
{
    uint64_t four = pel_span_u64(entries, 2 * (uint64_t)i);
    *others |= other_types(four, type);
    return (four & FOUR(0xfff)) + last;
}

/* How many entries from the start on are of `type`, in fours, and sixteen at a time without a
 * branch between them. In `*past` go their offsets plus `last`, ORed. */
static size_t count_fours(pel_span entries, unsigned type, uint64_t last, uint64_t *past)
{
    size_t i = 0, count = entries.size / 2;
    for (uint64_t others = 0, sums; i + 16 <= count; i += 16, *past |= sums) {
        sums = look_at_four(entries, i, type, last, &others);
        sums |= look_at_four(entries, i + 4, type, last, &others);
        sums |= look_at_four(entries, i + 8, type, last, &others);
        sums |= look_at_four(entries, i + 12, type, last, &others);
        if (others)
            break;
    }
    for (uint64_t others = 0, sums; i + 4 <= count; i += 4, *past |= sums) {
        sums = look_at_four(entries, i, type, last, &others);
        if (others)
            break;
    }
    return i;
}

/* The entries at the start of a block that are of one plain type: how many. */
static size_t look_at_fours(const pel_patches *patches, const pel_reloc_block *block,
                            pel_block_facts *facts)
{
    unsigned type = TYPE_OF(entry_at(block->entries, 0));
    const pel_patch *p = &patches->types[type];
    uint64_t past = 0, last = FOUR(p->width > 0 ? p->width - 1u : 0); /* byte of each */
    if (!p->known || p->parameter != PEL_PARAMETER_NONE || p->align != 1 ||
        block->page.v % PEL_PAGE_SIZE != 0)
        return 0;
    size_t count = count_fours(block->entries, type, last, &past);
    facts->crosses = (past & FOUR(PEL_PAGE_SIZE)) != 0;
    facts->idle = count == 0 || p->width == 0;
    return count;
}

pel_block_facts pel_block_look(const pel_patches *patches, const pel_reloc_block *block)
{
    size_t count = block->entries.size / 2;
    pel_block_facts facts = { .refused = count, .count = count, .idle = true };
    unsigned first = block->page.v % PEL_PAGE_SIZE;
    for (size_t i = look_at_fours(patches, block, &facts); i < count; i++) {
        unsigned e = entry_at(block->entries, i);
        const pel_patch *p = &patches->types[TYPE_OF(e)];
        facts.cut = p->known && p->parameter != PEL_PARAMETER_NONE && i + 1 == count;
        if (!p->known || facts.cut) {
            facts.refused = i;
            return facts;
        }
        unsigned place = (first + OFFSET_OF(e)) & ~(p->align - 1u);
        if (place % PEL_PAGE_SIZE + p->width > PEL_PAGE_SIZE)
            facts.crosses = true;
        if (p->width != 0)
            facts.idle = false;
        i += p->parameter != PEL_PARAMETER_NONE;
    }
    return facts;
}

/* One entry, which may lie anywhere. */
static void apply_checked(const pel_patch *p, uint64_t rva, uint64_t delta, const pel_patched *to)
{
    rva &= ~(uint64_t)(p->align - 1u);
    if (p->width == 0 || rva < to->rva || rva - to->rva > to->size ||
        p->width > to->size - (rva - to->rva))
        return;
    p->apply(to->bytes + (rva - to->rva), delta);
}

/* High half and low half are added up before half of 64 KiB rounds them. */
static uint64_t with_parameter(uint64_t delta, pel_parameter kind, uint64_t low)
{
    bool negative = kind == PEL_PARAMETER_SIGNED && low & 0x8000;
    return delta + low + 0x8000 - (negative ? 0x10000 : 0);
}

static void apply_slowly(const pel_patches *patches, const pel_reloc_block *block, uint64_t delta,
                         const pel_patched *to)
{
    size_t count = block->entries.size / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned e = entry_at(block->entries, i);
        const pel_patch *p = &patches->types[TYPE_OF(e)];
        uint64_t add = delta;
        if (p->parameter != PEL_PARAMETER_NONE)
            add = with_parameter(delta, p->parameter, entry_at(block->entries, ++i));
        apply_checked(p, (uint64_t)block->page.v + OFFSET_OF(e), add, to);
    }
}

static inline void add_four(uint8_t *page, uint64_t four, uint64_t delta,
                            void (*add)(uint8_t *at, uint64_t delta))
{
    add(page + (four & 0xfff), delta);
    add(page + (four >> 16 & 0xfff), delta);
    add(page + (four >> 32 & 0xfff), delta);
    add(page + (four >> 48 & 0xfff), delta);
}

/* The two types of which nearly all entries are, without a look at bounds for each. Gives how many
 * entries were of these; what follows is of another type. */
static size_t apply_plain(pel_span entries, uint64_t delta, uint8_t *page)
{
    size_t i = 0, count = entries.size / 2;
    uint64_t four;
    for (; are_four(entries, i, PEL_REL_HIGHLOW, &four); i += 4)
        add_four(page, four, delta, add32);
    for (; are_four(entries, i, PEL_REL_DIR64, &four); i += 4)
        add_four(page, four, delta, add64);
    for (; i < count; i++) {
        unsigned e = entry_at(entries, i);
        if (TYPE_OF(e) == PEL_REL_DIR64)
            add64(page + OFFSET_OF(e), delta);
        else if (TYPE_OF(e) == PEL_REL_HIGHLOW)
            add32(page + OFFSET_OF(e), delta);
        else if (TYPE_OF(e) != PEL_REL_ABSOLUTE)
            break;
    }
    return i;
}

void pel_block_apply(const pel_patches *patches, const pel_reloc_block *block, bool crosses,
                     uint64_t delta, const pel_patched *to)
{
    bool inside = !crosses && block->page.v % PEL_PAGE_SIZE == 0;
    uint64_t reach = inside ? PEL_PAGE_SIZE : PEL_PAGE_SIZE + BUNDLE_BYTES; /* of any entry */
    uint64_t at = (uint64_t)block->page.v - to->rva;
    pel_reloc_block rest = *block;
    if (block->page.v >= to->rva && at <= to->size && reach <= to->size - at) {
        size_t done = apply_plain(block->entries, delta, to->bytes + at);
        rest.entries = pel_span_clip(block->entries, 2 * (uint64_t)done, UINT64_MAX);
    }
    if (rest.entries.size > 0)
        apply_slowly(patches, &rest, delta, to);
}

void pel_block_join(const pel_patches *patches, const pel_reloc_block *block, uint64_t rva,
                    uint64_t joins[PEL_JOINS])
{
    size_t count = block->entries.size / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned e = entry_at(block->entries, i);
        const pel_patch *p = &patches->types[TYPE_OF(e)];
        uint64_t at = ((uint64_t)block->page.v + OFFSET_OF(e)) & ~(uint64_t)(p->align - 1u);
        i += p->parameter != PEL_PARAMETER_NONE;
        for (uint64_t end = at + p->width; at + 1 < end; at++)
            if (at >= rva && at - rva < PEL_PAGE_SIZE)
                joins[(at - rva) / 64] |= UINT64_C(1) << ((at - rva) % 64);
    }
}
