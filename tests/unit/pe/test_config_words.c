/* SPDX-License-Identifier: Apache-2.0 */
/* Words that the load configuration points to, and entries of guard tables with more than flags. */
#include "config_sample.h"

START_TEST(slots_are_told_in_order)
{
    static const uint8_t bytes[] = { 0x32, 0xa2, 0xdf, 0x2d, 0x99, 0x2b, 0, 0, /* the cookie */
                                     0x00, 0x10, 0,    0x40, 1,    0,    0, 0 };
    size_t index = 0;
    pel_config_slot slot;
    pel_load_config config = { .security_cookie = { CONFIG_BASE64 + CONFIG_BYTES },
                               .guard_check = { CONFIG_BASE64 + CONFIG_BYTES + 8 },
                               .guard_memcpy = { 0x1234 } };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
    sample_parse(&s);
    ck_assert(pel_image_config_slot(s.img, &index, &slot));
    ck_assert_str_eq(slot.field, "SecurityCookie");
    ck_assert(slot.mapped && slot.has_value);
    ck_hex(slot.value, 0x2b992ddfa232);
    ck_assert(pel_cookie_is_default(s.img, slot.value));
    ck_assert(!pel_cookie_is_default(s.img, 0xbb40e64e));
    ck_assert(pel_image_config_slot(s.img, &index, &slot));
    ck_assert_str_eq(slot.field, "GuardCFCheckFunctionPointer");
    ck_hex(slot.rva.v, CONFIG_BYTES + 8);
    ck_hex(slot.value, 0x140001000);
    ck_assert(pel_image_config_slot(s.img, &index, &slot));
    ck_assert_str_eq(slot.field, "GuardMemcpyFunctionPointer");
    ck_assert(!slot.mapped && !slot.has_value);
    ck_assert(!pel_image_config_slot(s.img, &index, &slot));
    sample_free(&s);
}
END_TEST

START_TEST(lock_prefixes_end_with_a_zero)
{
    static const uint8_t bytes[] = { 0x10, 0x10, 0x40, 0, 0x20, 0x10, 0x40, 0, 0, 0, 0, 0 };
    pel_va va;
    pel_load_config config = { .lock_prefix_table = { CONFIG_BASE32 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32, &config, bytes, sizeof bytes);
    sample_parse(&s);
    pel_lock_iter it = pel_image_lock_prefixes(s.img);
    ck_assert(pel_lock_next(&it, &va));
    ck_hex(va.v, 0x401010);
    ck_assert(pel_lock_next(&it, &va));
    ck_hex(va.v, 0x401020);
    ck_assert(!pel_lock_next(&it, &va));
    ck_ok(it.status);
    ck_assert(pel_cookie_is_default(s.img, 0xbb40e64e));
    ck_assert(pel_cookie_is_default(s.img, 0xbb40));
    sample_free(&s);
    config.lock_prefix_table.v = 0x1200; /* an RVA is no VA */
    s = config_sample(PEL_BUILD_PE32, &config, bytes, sizeof bytes);
    sample_parse(&s);
    it = pel_image_lock_prefixes(s.img);
    ck_assert(!pel_lock_next(&it, &va));
    ck_status(PEL_NOT_FOUND, it.status);
    sample_free(&s);
}
END_TEST

/* GUARD_TABLE_ENTRY: an RVA, and as many bytes as bits 28 to 31 of GuardFlags say. */
START_TEST(guard_entries_have_extra_bytes)
{
    static const uint8_t bytes[] = { 1,    2,    3, 4, 5,    6,    7,    8, /* the hash of a type */
                                     0x08, 0x12, 0, 0, 0x08, 0xe1, 0xe2,    /* Rva, Extra */
                                     0x00, 0x13, 0, 0, 0x03, 0xe3, 0xe4 };
    pel_guard_entry g;
    uint64_t hash;
    pel_load_config config = { .guard_flags = 0x30800500,
                               .guard_functions = { CONFIG_BASE64 + CONFIG_BYTES + 8 },
                               .guard_function_count = 2 };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
    sample_parse(&s);
    pel_guard_iter it = pel_image_guard_entries(s.img, PEL_GUARD_FUNCTIONS);
    ck_assert_uint_eq(it.stride, 7);
    ck_assert(pel_guard_next(&it, &g));
    ck_hex(g.rva.v, 0x1208);
    ck_hex(g.flags, 8);
    ck_hex(g.extra[0], 0xe1);
    ck_hex(g.extra[1], 0xe2);
    ck_assert(pel_image_xfg_hash(s.img, g.rva, &hash));
    ck_hex(hash, 0x0807060504030201);
    ck_assert(!pel_image_xfg_hash(s.img, (pel_rva){ 7 }, &hash));
    ck_assert(pel_guard_next(&it, &g));
    ck_hex(g.rva.v, 0x1300);
    ck_hex(g.extra[1], 0xe4);
    ck_assert(!pel_guard_next(&it, &g));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_config_words)
{
    tcase_add_test(tests, slots_are_told_in_order);
    tcase_add_test(tests, lock_prefixes_end_with_a_zero);
    tcase_add_test(tests, guard_entries_have_extra_bytes);
}
