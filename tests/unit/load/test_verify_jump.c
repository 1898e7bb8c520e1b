/* SPDX-License-Identifier: Apache-2.0 */
/* Code that leads elsewhere, in each form that is known. */
#include "check_pel.h"
#include "load/verify_priv.h"
#include <string.h>

#define BASE UINT64_C(0x140000000)

typedef struct form {
    bool wide, leads;
    unsigned size;
    uint64_t target;
    uint8_t bytes[16];
} form;

/* At RVA 0 of a module at BASE; a pointer to 0x1122334455667788 is at RVA 0x10. */
static const form forms[] = {
    { true, true, 5, BASE + 5 + 0x100, { 0xE9, 0, 1, 0, 0 } },
    { true, true, 5, BASE + 5 - 0x100, { 0xE9, 0, 0xff, 0xff, 0xff } },
    { false, true, 5, 0x40000005 - 0x100, { 0xE8, 0, 0xff, 0xff, 0xff } },
    { true, true, 2, BASE + 2 - 7, { 0xEB, 0xF9 } },
    { true, true, 6, UINT64_C(0x1122334455667788), { 0xFF, 0x25, 10, 0, 0, 0 } },
    { true, true, 6, UINT64_C(0x1122334455667788), { 0xFF, 0x15, 10, 0, 0, 0 } },
    { false, true, 6, 0x55667788, { 0xFF, 0x25, 0x10, 0, 0, 0x40 } },
    { true, true, 6, 0x12345678, { 0x68, 0x78, 0x56, 0x34, 0x12, 0xC3 } },
    { true, true, 6, UINT64_C(0xffffffff82345678), { 0x68, 0x78, 0x56, 0x34, 0x82, 0xC3 } },
    { false, true, 6, 0x82345678, { 0x68, 0x78, 0x56, 0x34, 0x82, 0xC3 } },
    { true,
      true,
      14,
      UINT64_C(0x11223344AABBCCDD),
      { 0x68, 0xDD, 0xCC, 0xBB, 0xAA, 0xC7, 0x44, 0x24, 4, 0x44, 0x33, 0x22, 0x11, 0xC3 } },
    { true,
      true,
      12,
      UINT64_C(0x1122334455667788),
      { 0x48, 0xB8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xFF, 0xE0 } },
    { true,
      true,
      13,
      UINT64_C(0x1122334455667788),
      { 0x49, 0xBB, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x41, 0xFF, 0xE3 } },
    { false, true, 7, 0x12345678, { 0xB9, 0x78, 0x56, 0x34, 0x12, 0xFF, 0xE1 } },
    { true, false, 0, 0, { 0x90 } },
    { true, false, 0, 0, { 0x68, 0x78, 0x56, 0x34, 0x12, 0x90 } },
    { true, false, 0, 0, { 0x68, 0, 0, 0, 0, 0xC7, 0x44, 0x24, 8, 0, 0, 0, 0, 0xC3 } },
    { true, false, 0, 0, { 0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xE1 } },
    { true, false, 0, 0, { 0x48, 0x89, 1, 2 } },
    { false, false, 0, 0, { 0xB8, 1, 2, 3, 4, 0xC3 } },
    { true, false, 0, 0, { 0xFF, 0x25, 0, 0, 0, 0x70 } }, /* the pointer is not in the dump */
    { true, false, 0, 0, { 0xFF, 0xE0 } },
};

static bool follow(const form *f, size_t there, pel_va *target, unsigned *size)
{
    uint8_t memory[0x20] = { 0 };
    pel_builder *b;
    pel_span bytes;
    pel_image *image;
    pel_memory_dump *dump;
    ck_ok(pel_builder_new(f->wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32, NULL, &b));
    ck_ok(pel_builder_finish(b, &bytes));
    ck_ok(pel_image_parse(bytes, NULL, &image));
    memcpy(memory, f->bytes, sizeof f->bytes);
    for (unsigned i = 0; i < 8; i++)
        memory[0x10 + i] = (uint8_t)(0x88 - 0x11 * i);
    ck_ok(pel_memory_dump_parse((pel_span){ memory, there }, NULL, &dump));
    pel_verify v = { .image = image,
                     .dump = dump,
                     .word = f->wide ? 8 : 4,
                     .sum = { .base = { f->wide ? BASE : 0x40000000 } } };
    bool leads = pel_verify_jump(&v, v.sum.base, target, size);
    pel_memory_dump_free(dump);
    pel_image_free(image);
    pel_builder_free(b);
    return leads;
}

START_TEST(each_form_leads_where_it_leads)
{
    pel_va target;
    unsigned size;
    const form *f = &forms[_i];
    ck_assert_int_eq(follow(f, 0x20, &target, &size), f->leads);
    if (!f->leads)
        return;
    ck_hex(target.v, f->target);
    ck_assert_uint_eq(size, f->size);
}
END_TEST

START_TEST(a_form_that_is_cut_leads_nowhere)
{
    pel_va target;
    unsigned size;
    for (size_t there = 0; there < forms[_i].size; there++)
        ck_assert(!follow(&forms[_i], there, &target, &size));
}
END_TEST

PEL_TESTS(load_verify_jump)
{
    tcase_add_loop_test(tests, each_form_leads_where_it_leads, 0, sizeof forms / sizeof forms[0]);
    tcase_add_loop_test(tests, a_form_that_is_cut_leads_nowhere, 0, sizeof forms / sizeof forms[0]);
}
