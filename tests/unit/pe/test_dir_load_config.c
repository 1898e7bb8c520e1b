/* SPDX-License-Identifier: Apache-2.0 */
/* The load configuration on bytes in the data section of the sample, RVA 0x2000 and file offset
 * 0x400: each byte is its own distance from the start, but for the field Size. */
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

static sample with_config(pel_build_kind kind, uint32_t size, uint32_t directory)
{
    uint8_t bytes[0x200];
    sample s = sample_of(kind);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    pel_store_uint(bytes, 4, size);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, bytes, sizeof bytes);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ RVA }, directory);
    return s;
}

static pel_status config_of(sample *s, pel_load_config_info *info)
{
    sample_parse(s);
    pel_status st = pel_image_load_config(s->img, info);
    sample_free(s);
    return st;
}

START_TEST(fields_are_read_in_pe32)
{
    pel_load_config_info info;
    sample s = with_config(PEL_BUILD_PE32, 196, 196);
    ck_ok(config_of(&s, &info));
    ck_assert(info.has_offset && !info.wide);
    ck_hex(info.offset.v, FOFF);
    ck_assert_uint_eq(info.size, 196);
    ck_assert_uint_eq(info.available, 196);
    ck_hex(info.directory.timestamp, 0x07060504);
    ck_hex(info.directory.process_heap_flags32, 0x2f2e2d2c); /* at 44, before the mask */
    ck_hex(info.directory.process_affinity_mask, 0x33323130);
    ck_hex(info.directory.process_heap_flags64, 0);
    ck_hex(info.directory.security_cookie.v, 0x3f3e3d3c); /* at 60 */
    ck_hex(info.directory.guard_flags, 0x5b5a5958);       /* at 88 */
    ck_hex(info.directory.uma_functions.v, 0xc3c2c1c0);   /* at 192 */
}
END_TEST

START_TEST(fields_are_read_in_pe32_plus)
{
    pel_load_config_info info;
    sample s = with_config(PEL_BUILD_PE32PLUS, 328, 328);
    ck_ok(config_of(&s, &info));
    ck_assert(info.wide);
    ck_assert_uint_eq(info.available, 328);
    ck_hex(info.directory.process_affinity_mask, 0x4746454443424140); /* at 64, before the flags */
    ck_hex(info.directory.process_heap_flags64, 0x4b4a4948);
    ck_hex(info.directory.process_heap_flags32, 0);
    ck_hex(info.directory.security_cookie.v, 0x5f5e5d5c5b5a5958); /* at 88 */
    ck_hex(info.directory.guard_flags, 0x93929190);               /* at 144 */
    ck_hex(info.directory.uma_functions.v, 0x4746454443424140);   /* at 320 */
}
END_TEST

/* Size, the directory's, and the bytes that exist. */
static const struct {
    pel_build_kind kind;
    uint32_t size, directory;
    size_t exist;
} rows[] = {
    { PEL_BUILD_PE32, 72, 72, 72 },
    { PEL_BUILD_PE32, 72, 64, 72 }, /* 64 stands for any in PE32 */
    { PEL_BUILD_PE32, 72, 63, 63 },
    { PEL_BUILD_PE32, 72, 65, 65 },
    { PEL_BUILD_PE32, 64, 72, 64 },
    { PEL_BUILD_PE32, 72, 0, 4 },
    { PEL_BUILD_PE32, 0, 72, 4 }, /* the field Size itself is always there */
    { PEL_BUILD_PE32, 3, 64, 4 },
    { PEL_BUILD_PE32, UINT32_MAX, UINT32_MAX, 196 }, /* of a Windows to come */
    { PEL_BUILD_PE32PLUS, 112, 64, 64 },
    { PEL_BUILD_PE32PLUS, 112, 112, 112 },
    { PEL_BUILD_PE32PLUS, 0x1000, 0x1000, 328 },
};

START_TEST(the_smaller_size_counts)
{
    pel_load_config_info info;
    sample s = with_config(rows[_i].kind, rows[_i].size, rows[_i].directory);
    ck_ok(config_of(&s, &info));
    ck_assert_uint_eq(info.size, rows[_i].exist);
    ck_assert_uint_eq(info.available, rows[_i].exist);
    ck_hex(info.directory.size, rows[_i].size);
}
END_TEST

START_TEST(a_field_exists_when_its_end_does)
{
    pel_load_config_info info;
    sample s = with_config(PEL_BUILD_PE32, 71, 71);
    ck_ok(config_of(&s, &info));
    ck_assert(pel_load_config_has(&info, "Size"));
    ck_assert(pel_load_config_has(&info, "ProcessHeapFlags"));
    ck_assert(pel_load_config_has(&info, "SEHandlerTable"));
    ck_assert(pel_load_config_has(&info, "seh_table"));
    ck_assert(!pel_load_config_has(&info, "SEHandlerCount")); /* a byte short */
    ck_assert(!pel_load_config_has(&info, "GuardFlags"));
    ck_assert(!pel_load_config_has(&info, "NoSuchField"));
    ck_hex(info.directory.seh_table.v, 0x43424140);
    ck_hex(info.directory.seh_count, 0); /* what lies there is something else */
    ck_hex(info.directory.guard_check.v, 0);
    s = with_config(PEL_BUILD_PE32PLUS, 76, 76);
    ck_ok(config_of(&s, &info));
    ck_assert(pel_load_config_has(&info, "ProcessHeapFlags")); /* ends at 76 here */
    s = with_config(PEL_BUILD_PE32PLUS, 75, 75);
    ck_ok(config_of(&s, &info));
    ck_assert(!pel_load_config_has(&info, "ProcessHeapFlags"));
}
END_TEST

START_TEST(what_the_file_cuts_is_not_there)
{
    pel_load_config_info info;
    sample s = with_config(PEL_BUILD_PE32, 72, 72);
    pel_builder_resize(s.b, FOFF + 66);
    ck_status(PEL_TRUNCATED, config_of(&s, &info));
    ck_assert_uint_eq(info.size, 72);
    ck_assert_uint_eq(info.available, 66);
    ck_assert(pel_load_config_has(&info, "SecurityCookie"));
    ck_assert(!pel_load_config_has(&info, "SEHandlerTable"));
    s = with_config(PEL_BUILD_PE32, 72, 72);
    pel_builder_resize(s.b, FOFF + 3);
    ck_status(PEL_TRUNCATED, config_of(&s, &info));
    ck_assert(!pel_load_config_has(&info, "Size"));
}
END_TEST

START_TEST(it_may_lie_anywhere)
{
    pel_load_config_info info;
    sample s = sample_of(PEL_BUILD_PE32);
    ck_status(PEL_NOT_FOUND, config_of(&s, &info));
    s = with_config(PEL_BUILD_PE32, 72, 72);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x3000 }, 72);
    ck_status(PEL_NOT_FOUND, config_of(&s, &info));
    s = with_config(PEL_BUILD_PE32, 72, 72);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2800 }, 72);
    ck_ok(config_of(&s, &info)); /* zero-filled: Size 0 */
    ck_assert(!info.has_offset);
    ck_assert_uint_eq(info.available, 4);
    s = with_config(PEL_BUILD_PE32, 72, 72);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2ffe }, 72);
    ck_status(PEL_TRUNCATED, config_of(&s, &info)); /* the image ends */
    ck_assert_uint_eq(info.available, 2);
}
END_TEST

/* What each Windows added: the sizes of the specification, the last field of each, and the first
 * one that is not there yet. */
static const struct {
    uint32_t size[2]; /* PE32, PE32+ */
    const char *last, *next;
} generations[] = {
    { { 64, 96 }, "SecurityCookie", "SEHandlerTable" },
    { { 72, 112 }, "SEHandlerCount", "GuardCFCheckFunctionPointer" },
    { { 92, 148 }, "GuardFlags", "CodeIntegrityFlags" },
    { { 104, 160 }, "CodeIntegrityReserved", "GuardAddressTakenIatEntryTable" },
    { { 120, 192 }, "GuardLongJumpTargetCount", "DynamicValueRelocTable" },
    { { 128, 208 }, "CHPEMetadataPointer", "GuardRFFailureRoutine" },
    { { 144, 232 }, "Reserved2", "GuardRFVerifyStackPointerFunctionPointer" },
    { { 152, 244 }, "HotPatchTableOffset", "Reserved3" },
    { { 160, 256 }, "EnclaveConfigurationPointer", "VolatileMetadataPointer" },
    { { 164, 264 }, "VolatileMetadataPointer", "GuardEHContinuationTable" },
    { { 172, 280 }, "GuardEHContinuationCount", "GuardXFGCheckFunctionPointer" },
    { { 184, 304 }, "GuardXFGTableDispatchFunctionPointer", "CastGuardOsDeterminedFailureMode" },
    { { 188, 312 }, "CastGuardOsDeterminedFailureMode", "GuardMemcpyFunctionPointer" },
    { { 192, 320 }, "GuardMemcpyFunctionPointer", "UmaFunctionPointers" },
    { { 196, 328 }, "UmaFunctionPointers", NULL },
};

START_TEST(every_generation_has_its_fields)
{
    for (int wide = 0; wide < 2; wide++) {
        pel_load_config_info info;
        uint32_t size = generations[_i].size[wide];
        const pel_field *next =
            generations[_i].next ? pel_schema_field(&pel_load_config_schema, generations[_i].next)
                                 : NULL;
        sample s = with_config(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32, size, size);
        ck_ok(config_of(&s, &info));
        ck_assert_uint_eq(info.size, size);
        ck_assert_uint_eq(info.available, size);
        ck_assert(pel_load_config_has(&info, generations[_i].last));
        ck_assert(!next || !pel_load_config_has(&info, next->name));
        if (next) /* though there are bytes */
            ck_hex(pel_field_get(next, &info.directory, 0), 0);
        s = with_config(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32, size - 1, size - 1);
        ck_ok(config_of(&s, &info));
        ck_assert(!pel_load_config_has(&info, generations[_i].last));
    }
}
END_TEST

PEL_TESTS(pe_dir_load_config)
{
    tcase_add_test(tests, fields_are_read_in_pe32);
    tcase_add_test(tests, fields_are_read_in_pe32_plus);
    tcase_add_loop_test(tests, the_smaller_size_counts, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_field_exists_when_its_end_does);
    tcase_add_test(tests, what_the_file_cuts_is_not_there);
    tcase_add_test(tests, it_may_lie_anywhere);
    tcase_add_loop_test(tests, every_generation_has_its_fields, 0,
                        sizeof generations / sizeof generations[0]);
}
