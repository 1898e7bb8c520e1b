/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of what the load configuration leads to: with place and numbers. The load
 * configuration is at file offset 0x200, and words that it leads to at 0x400. */
#include "config_sample.h"

#define HERE                                                                                       \
    {                                                                                              \
        CONFIG_BASE64 + CONFIG_BYTES                                                               \
    }

static const struct {
    pel_diag_code code;
    const char *where;
    uint64_t offset, found, limit;
    pel_load_config config;
    uint32_t words[24];
} rows[] = {
    { PEL_DIAG_CONFIG_OUTSIDE, "load_config.GuardCFCheckFunctionPointer", 0x200 + 112, 0x1234, 0,
      .config = { .guard_check = { 0x1234 } } },
    { PEL_DIAG_CONFIG_OUTSIDE, "load_config.DynamicValueRelocTableOffset", 0x200 + 224, 0x8000, 0,
      .config = { .dynamic_relocs_offset = 0x8000, .dynamic_relocs_section = 1 } },
    { PEL_DIAG_CONFIG_OUTSIDE, "load_config.enclave", UINT64_MAX, 0, 0,
      .config = { .enclave_config = { 0x1234 } } },
    { PEL_DIAG_CONFIG_LIST_CUT, "load_config.guard_functions", UINT64_MAX, 0x381, 0,
      .config = { .guard_functions = HERE, .guard_function_count = 0x381 } },
    { PEL_DIAG_CONFIG_LIST_CUT, "load_config.arm64ec_metadata.code_map", UINT64_MAX, 0x1c1, 0,
      .config = { .chpe_metadata = HERE }, .words = { 1, 0x1200, 0x1c1 } },
    { PEL_DIAG_COOKIE_NOT_DEFAULT, "load_config.SecurityCookie", 0x200 + 88,
      CONFIG_BASE64 + CONFIG_BYTES, 0x1234, .config = { .security_cookie = HERE },
      .words = { 0x1234 } },
    { PEL_DIAG_METADATA_VERSION, "load_config.arm64ec_metadata.Version", 0x400, 3, 2,
      .config = { .chpe_metadata = HERE }, .words = { 3 } },
    { PEL_DIAG_METADATA_VERSION, "load_config.hot_patch.Version", 0x400, 0, 4,
      .config = { .hot_patch_table = CONFIG_BYTES } },
    { PEL_DIAG_METADATA_VERSION, "load_config.dynamic_relocations.Version", 0x400, 3, 2,
      .config = { .dynamic_relocs_offset = 0x200, .dynamic_relocs_section = 1 }, .words = { 3 } },
    { PEL_DIAG_METADATA_SIZE, "load_config.volatile_metadata.Size", 0x400, 20, 24,
      .config = { .volatile_metadata = HERE }, .words = { 20 } },
    { PEL_DIAG_METADATA_SIZE, "load_config.enclave.MinimumRequiredConfigSize", 0x404, 84, 80,
      .config = { .enclave_config = HERE }, .words = { 80, 84 } },
    { PEL_DIAG_METADATA_SIZE, "load_config.enclave.ImportEntrySize", 0x414, 79, 80,
      .config = { .enclave_config = HERE }, .words = { 80, 76, 0, 1, 0x1200, 79 } },
    { PEL_DIAG_DYNAMIC_RELOCS_BROKEN, "load_config.dynamic_relocations", 0x400, 1, 0,
      .config = { .dynamic_relocs_offset = 0x200, .dynamic_relocs_section = 1 },
      .words = { 1, 12, 5, 0, 1 } },
};
#define ROWS (sizeof rows / sizeof rows[0])

static sample make(int row, pel_load_config config)
{
    uint8_t bytes[0x200] = { 0 };
    for (unsigned i = 0; i < 24; i++)
        pel_store_uint(bytes + (size_t)4 * i, 4, rows[row].words[i]);
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
    sample_parse(&s);
    return s;
}

START_TEST(each_oddity_is_told_with_its_place_and_numbers)
{
    sample s = make(_i, rows[_i].config);
    const pel_diag *d = diag_of(s.img, rows[_i].code);
    ck_assert_msg(d != NULL, "no %s", pel_diag_code_name(rows[_i].code));
    ck_place(&d->where, rows[_i].where, rows[_i].offset);
    ck_hex(d->found, rows[_i].found);
    ck_hex(d->limit, rows[_i].limit);
    ck_value_shown(s.img, d);
    sample_free(&s);
}
END_TEST

/* The same bytes, and nothing that leads to them. */
START_TEST(what_is_not_led_to_is_not_looked_at)
{
    sample s = make(_i, (pel_load_config){ .size = 0 });
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_lint_metadata)
{
    tcase_add_loop_test(tests, each_oddity_is_told_with_its_place_and_numbers, 0, ROWS);
    tcase_add_loop_test(tests, what_is_not_led_to_is_not_looked_at, 0, ROWS);
}
