/* SPDX-License-Identifier: Apache-2.0 */
/* Unwind information on literal bytes, in the forms of Microsoft's documentation: what each code
 * means, and where information is cut or means nothing. It lies at RVA 0x2080. */
#include "sample.h"

#define RVA   0x2000u
#define FOFF  0x400u
#define UW    0x80u
#define WORDS 12

static sample with_unwind(uint16_t machine, uint32_t word, const uint8_t *bytes, size_t size)
{
    static const uint8_t zeros[0x200];
    uint8_t entry[12] = { 0x00, 0x10, 0, 0, 0x40, 0x10, 0, 0 };
    bool x64 = machine == PEL_MACHINE_AMD64;
    sample s = sample_of(machine == PEL_MACHINE_ARMNT ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    pel_store_uint(entry + (x64 ? 8 : 4), 4, word);
    pel_builder_set(s.b, "file_header.Machine", machine);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, zeros, sizeof zeros);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, entry, sizeof entry);
    pel_builder_patch(s.b, (pel_foff){ FOFF + UW }, bytes, size);
    pel_builder_directory(s.b, PEL_DIR_EXCEPTION, (pel_rva){ RVA }, x64 ? 12 : 8);
    return s;
}

static pel_status unwind_of(sample *s, pel_unwind *u)
{
    pel_function f;
    sample_parse(s);
    pel_function_iter it = pel_image_functions(s->img);
    ck_assert(pel_function_next(&it, &f));
    return pel_function_unwind(&f, u);
}

/* ---- what codes mean --------------------------------------------------- */

#define X64   PEL_MACHINE_AMD64
#define ARM64 PEL_MACHINE_ARM64
#define ARM   PEL_MACHINE_ARMNT
#define AT    (RVA + UW)

/* clang-format off */
static const struct {
    uint16_t machine;
    uint32_t word; /* of the entry: where the bytes are, or packed data */
    uint8_t bytes[40];
    const char *texts[WORDS];
    pel_status end; /* of the codes */
} rows[] = {
    /* x64: header (version, prolog, slots, frame), then pairs of offset and operation */
    { X64, AT, { 0x01, 0x05, 2, 0, 5, 0x42, 1, 0x30 }, { "allocate 0x28", "push rbx" }, PEL_OK },
    { X64, AT, { 0x01, 0, 3, 0, 0, 0x01, 0x00, 0x02, 0, 0xf0 }, { "allocate 0x1000", "push r15" }, PEL_OK },
    { X64, AT, { 0x01, 0, 3, 0, 0, 0x11, 0x10, 0x00, 0x10, 0 }, { "allocate 0x100010" }, PEL_OK },
    { X64, AT, { 0x01, 0, 1, 0x25, 0, 0x03 }, { "set frame rbp = rsp+0x20" }, PEL_OK },
    { X64, AT, { 0x01, 0, 2, 0, 0, 0x64, 6, 0 }, { "save rsi at rsp+0x30" }, PEL_OK },
    { X64, AT, { 0x01, 0, 3, 0, 0, 0x75, 0x08, 0, 0x10, 0 }, { "save rdi at rsp+0x100008" }, PEL_OK },
    { X64, AT, { 0x01, 0, 2, 0, 0, 0x68, 2, 0 }, { "save xmm6 at rsp+0x20" }, PEL_OK },
    { X64, AT, { 0x01, 0, 3, 0, 0, 0xf9, 0x10, 0, 0x10, 0 }, { "save xmm15 at rsp+0x100010" }, PEL_OK },
    { X64, AT, { 0x01, 0, 2, 0, 0, 0x0a, 0, 0x1a }, { "machine frame", "machine frame with error code" }, PEL_OK },
    { X64, AT, { 0x01, 0, 5, 0, 0, 0x66, 2, 0, 0, 0x67, 8, 0, 1, 0 },
      { "save low half of xmm6 at rsp+0x10", "save low half of xmm6 at rsp+0x10008" }, PEL_OK },
    { X64, AT, { 0x02, 0, 4, 0, 6, 0x16, 0x0d, 0x26, 0, 0x06, 1, 0x30 },
      { "epilogs of 0x6 bytes, one at the end", "epilog at end-0x20d", "no epilog (padding)", "push rbx" }, PEL_OK },
    { X64, AT, { 0x02, 0, 1, 0, 6, 0x06 }, { "epilogs of 0x6 bytes" }, PEL_OK },
    /* not there: an operand, an operation, an operand of a kind that there is not */
    { X64, AT, { 0x01, 0, 2, 0, 0, 0x30, 0, 0x04 }, { "push rbx" }, PEL_MALFORMED },
    { X64, AT, { 0x01, 0, 2, 0, 0, 0x30, 0, 0x0b }, { "push rbx" }, PEL_MALFORMED },
    { X64, AT, { 0x01, 0, 3, 5, 4, 0x0b, 2, 0, 1, 0 }, { "set frame rbp = rsp+0x100020" }, PEL_OK },
    { X64, AT, { 0x01, 0, 2, 0, 0, 0x21, 0, 0 }, { NULL }, PEL_MALFORMED },
    { X64, AT, { 0x01, 0, 1, 0, 0, 0x2a }, { NULL }, PEL_MALFORMED },
    /* version 3: 3 operations, 1 epilog of 1 operation, of its own, behind those */
    { X64, AT, { 0x03, 9, 9, 0x23, 9, 5, 1, 0x08, 0xf0, 0xff, 5, 0, 3, 0, 0x02, 0x10, 0, 0x68, 0x84, 0x34, 0, 0 },
      { "allocate 0x80", "allocate 0x38", "push r16", "push rsi" }, PEL_OK },
    { X64, AT, { 0x03, 0, 10, 0x06, 0, 0, 0, 0, 0, 0, 0x00, 0x25, 0x03, 0x01, 0x1f, 0x20, 0x06, 0x66, 2, 0, 0x6a, 1 },
      { "set frame rbp = rsp+0x20", "machine frame of type 1", "push rbx, rsp", "push r24, rax",
        "save r12 at rsp+0x10", "save xmm6 at rsp+0x10" }, PEL_OK },
    { X64, AT, { 0x03, 0, 1, 0x01, 0, 0x01 }, { NULL }, PEL_TRUNCATED },
    { X64, AT, { 0x03, 0, 1, 0x01, 0, 0x10 }, { NULL }, PEL_MALFORMED },
    /* ARM64: 1 to 5 bytes, big endian; header 0x20000004: 4 words of codes, 0x10: 16 bytes */
    { ARM64, AT, { 4, 0, 0, 0x20, 0x02, 0x24, 0x42, 0x83, 0xc0, 0x40, 0xc8, 0x42, 0xcc, 0x43, 0xd0, 0x81, 0xd4, 0x21, 0xd6, 0x42 },
      { "allocate 0x20", "allocate 0x20, save x19, x20 at sp", "save fp, lr at sp+0x10", "allocate 0x20, save fp, lr at sp",
        "allocate 0x400", "save x20, x21 at sp+0x10", "allocate 0x20, save x20, x21 at sp", "save x21 at sp+0x8",
        "allocate 0x10, save x20 at sp", "save x21, lr at sp+0x10" }, PEL_OK },
    { ARM64, AT, { 4, 0, 0, 0x20, 0xd8, 0x42, 0xda, 0x43, 0xdc, 0x42, 0xde, 0x21, 0xe0, 0, 1, 0, 0xe1, 0xe2, 2, 0xe3 },
      { "save d9, d10 at sp+0x10", "allocate 0x20, save d9, d10 at sp", "save d9 at sp+0x10", "allocate 0x10, save d9 at sp",
        "allocate 0x1000", "set frame fp = sp", "set frame fp = sp+0x10", "nothing" }, PEL_OK },
    { ARM64, AT, { 4, 0, 0, 0x20, 0xe6, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xfc, 0xdf, 3, 0xe7, 0x46, 0x82, 0xe5, 0xe4 },
      { "save the next pair", "trap frame", "machine frame", "context", "ARM64EC context", "not a call", "sign lr",
        "allocate 0x3 vector lengths", "save q6, q7 at sp+0x20", "end of this fragment" }, PEL_OK },
    { ARM64, AT, { 4, 0, 0, 0x08, 0xe7, 0x26, 0x01, 0xe4 }, { "allocate 0x20, save x6 at sp", "end" }, PEL_OK },
    { ARM64, AT, { 4, 0, 0, 0x08, 0xf9, 0, 0, 0xe4 }, { "reserved", "end" }, PEL_OK },
    { ARM64, AT, { 4, 0, 0, 0x08, 0xe4 }, { "end" }, PEL_OK },
    { ARM64, AT, { 4, 0, 0, 0x08, 0xe3, 0xfd }, { "nothing" }, PEL_MALFORMED },
    { ARM64, AT, { 4, 0, 0, 0x08, 0xe3, 0xe3, 0xe0, 1 }, { "nothing", "nothing" }, PEL_TRUNCATED },
    /* packed: flag, length, RegF at 13, RegI at 16, H at 20, CR at 21, frame at 23 */
    { ARM64, 1 | 3 << 16 | 2 << 23, { 0 }, { "save x21 at sp+0x10", "allocate 0x20, save x19, x20 at sp", "end" }, PEL_OK },
    { ARM64, 1 | 2 << 16 | 3 << 21 | 2 << 23, { 0 },
      { "set frame fp = sp", "allocate 0x10, save fp, lr at sp", "allocate 0x10, save x19, x20 at sp", "end" }, PEL_OK },
    { ARM64, 1 | 2 << 21 | 34u << 23, { 0 },
      { "set frame fp = sp", "save fp, lr at sp+0x0", "allocate 0x220", "sign lr", "end" }, PEL_OK },
    { ARM64, 1 | 1 << 13 | 3 << 21 | 400u << 23, { 0 },
      { "set frame fp = sp", "save fp, lr at sp+0x0", "allocate 0x900", "allocate 0xff0", "allocate 0x10, save d8, d9 at sp", "end" }, PEL_OK },
    { ARM64, 1 | 1 << 16 | 1 << 21 | 1 << 23, { 0 }, { "save x19, lr at sp+0x0", "allocate 0x10", "end" }, PEL_OK },
    { ARM64, 1 | 2 << 16 | 1 << 21 | 2 << 23, { 0 }, { "save lr at sp+0x10", "allocate 0x20, save x19, x20 at sp", "end" }, PEL_OK },
    { ARM64, 1 | 1 << 21 | 1 << 23, { 0 }, { "allocate 0x10, save lr at sp", "end" }, PEL_OK },
    { ARM64, 1 | 1 << 20 | 5 << 23, { 0 }, { "allocate 0x10", "nothing", "nothing", "nothing", "allocate 0x40", "end" }, PEL_OK },
    { ARM64, 1 | 2 << 13 | 2 << 16 | 3 << 23, { 0 },
      { "save d10 at sp+0x20", "save d8, d9 at sp+0x10", "allocate 0x30, save x19, x20 at sp", "end" }, PEL_OK },
    /* ARM: header 0x40000004: 4 words of codes */
    { ARM, AT, { 4, 0, 0, 0x40, 0x08, 0xa8, 0xf0, 0xc7, 0xd5, 0xdf, 0xe1, 0xe8, 0x80, 0xed, 0x90, 0xef, 0x05, 0xf5, 0x8a, 0xff },
      { "allocate 0x20", "push r4-r7, r11, lr", "set frame r7 = sp", "push r4-r5, lr", "push r4-r11, lr", "push d8-d9",
        "allocate 0x200", "push r4, r7, lr", "allocate 0x14, save lr at sp", "push d8-d10", "end" }, PEL_OK },
    { ARM, AT, { 4, 0, 0, 0x40, 0xf6, 0x01, 0xf7, 0x01, 0, 0xf8, 1, 0, 0, 0xf9, 0, 1, 0xfb, 0xfc, 0xee, 2, 0xfd },
      { "push d16-d17", "allocate 0x400", "allocate 0x40000", "allocate 0x4", "nothing", "nothing, wide",
        "Microsoft-specific 2" }, PEL_OK },
    { ARM, AT, { 4, 0, 0, 0x10, 0xfb, 0xf0 }, { "nothing" }, PEL_MALFORMED },
    /* packed: flag, length, Ret at 13, H 15, Reg at 16, R 19, L 20, C 21, stack adjust at 22 */
    { ARM, 1 | 3 << 16 | 1 << 20 | 2u << 22, { 0 }, { "allocate 0x8", "push r4-r7, lr", "end" }, PEL_OK },
    { ARM, 1 | 1 << 15 | 3 << 16 | 1 << 20 | 1 << 21, { 0 },
      { "nothing, wide", "push r4-r7, r11, lr", "allocate 0x10", "end" }, PEL_OK },
    { ARM, 1 | 2 << 16 | 1 << 19 | 1u << 20 | 0x100u << 22, { 0 },
      { "allocate 0x400", "push d8-d10", "push lr", "end" }, PEL_OK },
    { ARM, 1 | 0 << 16 | 1 << 20 | 0x3f5u << 22, { 0 }, { "push r2-r4, lr", "end" }, PEL_OK },
    { ARM, 1 | 7 << 16 | 1 << 19 | 1 << 20, { 0 }, { "push lr", "end" }, PEL_OK },
};
/* clang-format on */

START_TEST(codes_are_told_in_words)
{
    pel_unwind u;
    pel_unwind_code c;
    size_t count = 0;
    sample s = with_unwind(rows[_i].machine, rows[_i].word, rows[_i].bytes, sizeof rows[_i].bytes);
    ck_ok(unwind_of(&s, &u));
    pel_unwind_code_iter it = pel_unwind_codes(&u);
    while (pel_unwind_code_next(&it, &c)) {
        ck_assert_msg(count < WORDS && rows[_i].texts[count], "%d: too many: %s", _i, c.text);
        ck_assert_msg(strcmp(c.text, rows[_i].texts[count]) == 0, "%d: want %s, got %s", _i,
                      rows[_i].texts[count], c.text);
        count++;
    }
    ck_assert_msg(count == WORDS || !rows[_i].texts[count], "%d: missing: %s", _i,
                  rows[_i].texts[count]);
    ck_status(rows[_i].end, it.status);
    sample_free(&s);
}
END_TEST

/* ---- x64 --------------------------------------------------------------- */

START_TEST(a_handler_follows_an_even_number_of_slots)
{
    static const uint8_t bytes[] = { 0x19, 4, 1, 0, 4, 0x42, 0, 0, 0x30, 0x10, 0, 0, 7 };
    pel_unwind u;
    sample s = with_unwind(X64, AT, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    ck_assert(u.has_handler && !u.has_chain);
    ck_hex(u.handler.v, 0x1030);
    ck_hex(u.handler_data.v, AT + 12);
    ck_assert_uint_eq(u.flags, PEL_UNWIND_EHANDLER | PEL_UNWIND_UHANDLER);
    ck_assert_uint_eq(u.prolog_size, 4);
    ck_hex(u.offset.v, FOFF + UW);
    sample_free(&s);
}
END_TEST

/* 0x2080 is chained to 0x20a0, which is the end, or begins again at 0x2080, or is nothing. */
static const struct {
    uint8_t head;
    pel_status status;
} chains[] = { { 0x01, PEL_OK }, { 0x21, PEL_LIMIT }, { 0x00, PEL_NOT_FOUND } };

START_TEST(chains_are_followed)
{
    const uint8_t bytes[] = { 0x21, 0,    0,    0, 0x00, 0x11, 0, 0,    0x40, 0x11, 0,
                              0,    0xa0, 0x20, 0, 0,    0,    0, 0,    0,    0,    0,
                              0,    0,    0,    0, 0,    0,    0, 0,    0,    0,    chains[_i].head,
                              0,    0,    0,    0, 0x12, 0,    0, 0x40, 0x12, 0,    0,
                              0x80, 0x20, 0,    0 };
    pel_unwind u;
    pel_rva primary;
    sample s = with_unwind(X64, AT, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    ck_assert(u.has_chain);
    ck_hex(u.chain_begin.v, 0x1100);
    ck_hex(u.chain_end.v, 0x1140);
    ck_hex(u.chain_unwind, 0x20a0);
    ck_status(chains[_i].status, pel_unwind_primary(&u, &primary));
    ck_hex(primary.v, chains[_i].status == PEL_OK ? 0x1100 : 0);
    sample_free(&s);
}
END_TEST

START_TEST(an_entry_can_stand_for_another_one)
{
    static const uint8_t bytes[] = { 0x00, 0x11, 0, 0, 0x40, 0x11, 0,    0, 0x90, 0x20,
                                     0,    0,    0, 0, 0,    0,    0x01, 0, 0,    0 };
    pel_unwind u;
    pel_rva primary;
    sample s = with_unwind(X64, AT | 1, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    ck_assert(u.has_chain);
    ck_ok(pel_unwind_primary(&u, &primary));
    ck_hex(primary.v, 0x1100);
    sample_free(&s);
}
END_TEST

START_TEST(epilogs_of_version_3_share_operations)
{
    /* no prolog; epilogs: 1 operation at +0x20, one more 0x10 behind with the same; pool: push rbx
     */
    static const uint8_t bytes[] = { 0x03, 0, 6, 0x40, 0x08, 0x20, 0,    0,
                                     0,    4, 0, 0x00, 0x10, 0,    0x1c, 0 };
    pel_unwind u;
    pel_unwind_epilog e;
    sample s = with_unwind(X64, AT, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    pel_unwind_epilog_iter it = pel_unwind_epilogs(&u);
    ck_assert(pel_unwind_epilog_next(&it, &e));
    ck_hex((uint64_t)e.offset, 0x20);
    ck_assert_uint_eq(e.count, 1);
    ck_assert_uint_eq(e.last, 4);
    ck_assert(pel_unwind_epilog_next(&it, &e));
    ck_hex((uint64_t)e.offset, 0x30);
    ck_assert_uint_eq(e.count, 1);
    ck_assert(!pel_unwind_epilog_next(&it, &e));
    sample_free(&s);
}
END_TEST

/* ---- ARM --------------------------------------------------------------- */

START_TEST(scopes_are_read)
{
    /* 5 instructions, handler, 1 epilog at instruction 3 with codes from byte 3 */
    static const uint8_t bytes[] = { 5,    0,    0x50, 0x10, 3,    0,    0xc0, 0,
                                     0xe1, 0x81, 0xe4, 0x81, 0xe4, 0xe3, 0xe3, 0xe3,
                                     0x20, 0x10, 0,    0,    0x2a, 0,    0,    0 };
    pel_unwind u;
    pel_unwind_epilog e;
    pel_unwind_code c;
    unsigned count = 0;
    sample s = with_unwind(ARM64, AT, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    ck_assert_uint_eq(u.function_size, 20);
    ck_assert(u.has_handler);
    ck_hex(u.handler.v, 0x1020);
    ck_hex(u.handler_data.v, AT + 20);
    pel_unwind_epilog_iter it = pel_unwind_epilogs(&u);
    ck_assert(pel_unwind_epilog_next(&it, &e));
    ck_assert(e.has_offset);
    ck_hex((uint64_t)e.offset, 12);
    ck_assert_uint_eq(e.index, 3);
    ck_assert(!pel_unwind_epilog_next(&it, &e));
    pel_unwind_code_iter codes = pel_unwind_codes(&u);
    while (pel_unwind_code_next(&codes, &c))
        count++;
    ck_assert_uint_eq(count, 5); /* and not the padding */
    sample_free(&s);
}
END_TEST

START_TEST(a_single_epilog_is_in_the_header)
{
    /* 0x08a00005 for ARM64 (E, index 2); ARM: fragment, E, index 2, 1 word */
    static const uint8_t of_arm64[] = { 5, 0, 0xa0, 0x08, 0xe3, 0xe4, 0x81, 0xe4 };
    static const uint8_t of_arm[] = { 5, 0, 0x60, 0x11, 0xfb, 0xff, 0x04, 0xff };
    pel_unwind u;
    pel_unwind_epilog e;
    sample s = with_unwind(_i ? ARM : ARM64, AT, _i ? of_arm : of_arm64, 8);
    ck_ok(unwind_of(&s, &u));
    ck_assert_uint_eq(u.function_size, _i ? 10 : 20);
    ck_assert(u.fragment == (_i == 1));
    pel_unwind_epilog_iter it = pel_unwind_epilogs(&u);
    ck_assert(pel_unwind_epilog_next(&it, &e));
    ck_assert(!e.has_offset);
    ck_assert_uint_eq(e.index, 2);
    ck_assert(!pel_unwind_epilog_next(&it, &e));
    sample_free(&s);
}
END_TEST

START_TEST(scopes_of_arm_have_a_condition)
{
    /* header 0x10800008, scope: offset 6, condition 14, index 1 */
    static const uint8_t bytes[] = { 8, 0, 0x80, 0x10, 6, 0, 0xe0, 1, 0xfb, 0xff };
    pel_unwind u;
    pel_unwind_epilog e;
    sample s = with_unwind(ARM, AT, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    pel_unwind_epilog_iter it = pel_unwind_epilogs(&u);
    ck_assert(pel_unwind_epilog_next(&it, &e));
    ck_hex((uint64_t)e.offset, 12);
    ck_assert_uint_eq(e.condition, 14);
    ck_assert_uint_eq(e.index, 1);
    sample_free(&s);
}
END_TEST

START_TEST(counts_can_be_in_a_second_word)
{
    static const uint8_t bytes[] = { 5, 0, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xe4 };
    pel_unwind u;
    sample s = with_unwind(ARM64, AT, bytes, sizeof bytes);
    ck_ok(unwind_of(&s, &u));
    ck_assert_uint_eq(u.epilog_count, 2);
    ck_assert_uint_eq(u.epilogs.size, 8);
    ck_assert_uint_eq(u.codes.size, 4);
    sample_free(&s);
}
END_TEST

/* ---- what is wrong ----------------------------------------------------- */

static const struct {
    uint16_t machine;
    uint32_t word;
    uint8_t bytes[4];
    pel_status status;
} wrong[] = {
    { X64, 0x9000, { 0 }, PEL_NOT_FOUND },
    { X64, 0, { 0 }, PEL_NOT_FOUND },
    { X64, AT, { 0x04, 0, 0, 0 }, PEL_MALFORMED },
    { X64, 0x21fe, { 0 }, PEL_TRUNCATED },
    { ARM64, 0x9000, { 0 }, PEL_NOT_FOUND },
    { ARM64, AT, { 0, 0, 0x04, 0x08 }, PEL_MALFORMED },
    { ARM64, 3, { 0 }, PEL_MALFORMED },
    { ARM64, 1 | 15 << 16 | 20 << 23, { 0 }, PEL_MALFORMED }, /* RegI 15 */
    { ARM64, 1 | 4 << 16 | 1 << 23, { 0 }, PEL_MALFORMED },   /* more saved than the frame has */
    { ARM64, AT, { 0, 0, 0xc0, 0x7f }, PEL_OK },
    { ARM, 3, { 0 }, PEL_MALFORMED },
};

START_TEST(broken_information_is_told)
{
    pel_unwind u;
    sample s = with_unwind(wrong[_i].machine, wrong[_i].word, wrong[_i].bytes, 4);
    ck_status(wrong[_i].status, unwind_of(&s, &u));
    sample_free(&s);
}
END_TEST

START_TEST(codes_that_the_file_cuts_are_told)
{
    static const uint8_t bytes[] = { 0x01, 0, 4, 0, 0, 0x30, 0, 0x50, 0, 0x60, 0, 0x70 };
    pel_unwind u;
    pel_unwind_code c;
    unsigned count = 0;
    sample s = with_unwind(X64, AT, bytes, sizeof bytes);
    pel_builder_resize(s.b, FOFF + UW + 8);
    ck_status(PEL_TRUNCATED, unwind_of(&s, &u));
    pel_unwind_code_iter it = pel_unwind_codes(&u);
    while (pel_unwind_code_next(&it, &c))
        count++;
    ck_assert_uint_eq(count, 2);
    ck_status(PEL_TRUNCATED, it.status);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_unwind)
{
    tcase_add_loop_test(tests, codes_are_told_in_words, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_handler_follows_an_even_number_of_slots);
    tcase_add_loop_test(tests, chains_are_followed, 0, 3);
    tcase_add_test(tests, an_entry_can_stand_for_another_one);
    tcase_add_test(tests, epilogs_of_version_3_share_operations);
    tcase_add_test(tests, scopes_are_read);
    tcase_add_loop_test(tests, a_single_epilog_is_in_the_header, 0, 2);
    tcase_add_test(tests, scopes_of_arm_have_a_condition);
    tcase_add_test(tests, counts_can_be_in_a_second_word);
    tcase_add_loop_test(tests, broken_information_is_told, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(tests, codes_that_the_file_cuts_are_told);
}
