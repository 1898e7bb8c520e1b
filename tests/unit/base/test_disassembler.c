/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to Zydis, on bytes typed from the manual (Intel 64 and IA-32 Architectures, volume 2).
 */
#include "base/disassembler.h"

#include <string.h>

#include "check_pel.h"

#define VA 0x140001000u

static const struct {
    bool wide;
    size_t given;
    uint8_t bytes[PEL_DECODED_MAX];
    pel_status status;
    unsigned size;
    pel_decoded_use use;
    uint64_t target;
    const char *text;
} rows[] = {
    { true, 1, { 0xc3 }, PEL_OK, 1, PEL_DECODED_NOTHING, 0, "ret" },
    { true, 4, { 0x48, 0x83, 0xec, 0x28 }, PEL_OK, 4, PEL_DECODED_NOTHING, 0, "sub rsp, 0x28" },
    { false, 4, { 0x48, 0x83, 0xec, 0x28 }, PEL_OK, 1, PEL_DECODED_NOTHING, 0, "dec eax" },
    /* A displacement counts from the end of the instruction. */
    { true, 5, { 0xe8, 0xfb, 0xff, 0xff, 0xff }, PEL_OK, 5, PEL_DECODED_BRANCH, VA, NULL },
    { true, 2, { 0x74, 0x10 }, PEL_OK, 2, PEL_DECODED_BRANCH, VA + 0x12, NULL },
    { true, 6, { 0xff, 0x15, 2, 0, 0, 0 }, PEL_OK, 6, PEL_DECODED_MEMORY, VA + 8, NULL },
    { false,
      6,
      { 0xff, 0x15, 0x00, 0x20, 0x40, 0 },
      PEL_OK,
      6,
      PEL_DECODED_MEMORY,
      0x402000,
      NULL },
    { true, 7, { 0x48, 0x8d, 0x0d, 9, 0, 0, 0 }, PEL_OK, 7, PEL_DECODED_ADDRESS, VA + 0x10, NULL },
    /* The address is that of the instruction's end, though an immediate follows the displacement.
     */
    { true, 7, { 0x83, 0x3d, 1, 0, 0, 0, 0 }, PEL_OK, 7, PEL_DECODED_MEMORY, VA + 8, NULL },
    /* Registers are not known, and fs points where the system wants it. */
    { true, 3, { 0xff, 0x50, 0x10 }, PEL_OK, 3, PEL_DECODED_NOTHING, 0, NULL },
    { false,
      6,
      { 0x64, 0xa1, 0x18, 0, 0, 0 },
      PEL_OK,
      6,
      PEL_DECODED_NOTHING,
      0,
      "mov eax, fs:[0x18]" },
    { false, 7, { 0xff, 0x24, 0x85, 0, 0x20, 0x40, 0 }, PEL_OK, 7, PEL_DECODED_NOTHING, 0, NULL },
    { true, 4, { 0xf3, 0x0f, 0x1e, 0xfa }, PEL_OK, 4, PEL_DECODED_NOTHING, 0, "endbr64" },
    { true, 0, { 0 }, PEL_TRUNCATED, 0, PEL_DECODED_NOTHING, 0, "" },
    { true, 4, { 0xe8, 0, 0, 0 }, PEL_TRUNCATED, 0, PEL_DECODED_NOTHING, 0, "" },
    { true, 1, { 0x06 }, PEL_MALFORMED, 0, PEL_DECODED_NOTHING, 0, "" }, /* push es: x86 only */
    { false, 1, { 0x06 }, PEL_OK, 1, PEL_DECODED_NOTHING, 0, "push es" },
    { true, 2, { 0x0f, 0xff }, PEL_TRUNCATED, 0, PEL_DECODED_NOTHING, 0, "" },
    { true,
      15,
      { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66 },
      PEL_MALFORMED,
      0,
      PEL_DECODED_NOTHING,
      0,
      "" }, /* sixteen bytes at least */
};

START_TEST(instructions_are_decoded)
{
    pel_decoded d;
    pel_va va = { rows[_i].wide ? VA : 0x401000 };
    pel_status st =
        pel_disassemble(rows[_i].wide, (pel_span){ rows[_i].bytes, rows[_i].given }, va, NULL, &d);
    ck_status(rows[_i].status, st);
    ck_assert_uint_eq(d.size, rows[_i].size);
    ck_assert_int_eq(d.use, rows[_i].use);
    ck_hex(d.target.v, rows[_i].target);
    if (rows[_i].text)
        ck_assert_str_eq(d.text, rows[_i].text);
}
END_TEST

/* ---- names ------------------------------------------------------------- */

typedef struct asked {
    pel_decoded_use use;
    uint64_t va;
    const char *answer; /* NULL: no name */
} asked;

static bool answer(void *ctx, pel_decoded_use use, pel_va va, char *out, size_t size)
{
    asked *a = ctx;
    a->use = use;
    a->va = va.v;
    if (!a->answer || strlen(a->answer) >= size)
        return false;
    memcpy(out, a->answer, strlen(a->answer) + 1);
    return true;
}

static const struct {
    bool wide;
    uint8_t bytes[7];
    size_t size;
    const char *name, *text;
    pel_decoded_use use;
    uint64_t va;
} named[] = {
    { true,
      { 0xff, 0x15, 2, 0, 0, 0 },
      6,
      "msvcrt.dll!strlen",
      "call [msvcrt.dll!strlen]",
      PEL_DECODED_MEMORY,
      VA + 8 },
    { true, { 0xe9, 0xfb, 0xff, 0xff, 0xff }, 5, "start", "jmp start", PEL_DECODED_BRANCH, VA },
    { true,
      { 0x48, 0x8d, 0x0d, 9, 0, 0, 0 },
      7,
      ".rdata+0x12",
      "lea rcx, [.rdata+0x12]",
      PEL_DECODED_ADDRESS,
      VA + 0x10 },
    { false,
      { 0xa1, 0x00, 0x20, 0x40, 0 },
      5,
      "counter",
      "mov eax, [counter]",
      PEL_DECODED_MEMORY,
      0x402000 },
    { true,
      { 0x48, 0x8d, 0x0d, 9, 0, 0, 0 },
      7,
      NULL,
      "lea rcx, [0x140001010]",
      PEL_DECODED_ADDRESS,
      VA + 0x10 },
    /* Not a format, whatever it looks like. */
    { true, { 0xe9, 0xfb, 0xff, 0xff, 0xff }, 5, "%n%s", "jmp %n%s", PEL_DECODED_BRANCH, VA },
    { true, { 0xff, 0x50, 0x10 }, 3, "never", "call [rax+0x10]", PEL_DECODED_NOTHING, 0 },
};

START_TEST(addresses_have_names)
{
    pel_decoded d;
    asked a = { .answer = named[_i].name };
    pel_decoded_names names = { .name = answer, .ctx = &a };
    pel_va va = { named[_i].wide ? VA : 0x401000 };
    ck_ok(pel_disassemble(named[_i].wide, (pel_span){ named[_i].bytes, named[_i].size }, va, &names,
                          &d));
    ck_assert_int_eq(a.use, named[_i].use);
    ck_hex(a.va, named[_i].va);
    ck_assert_str_eq(d.text, named[_i].text);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, instructions_are_decoded, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tests, addresses_have_names, 0, sizeof named / sizeof named[0]);
}

int main(void)
{
    char version[32];
    if (pel_disassembler_engine(version, sizeof version) == 0)
        return 77; /* skipped: a build without Zydis */
    return pel_run_tests("base_disassembler", add_tests);
}
