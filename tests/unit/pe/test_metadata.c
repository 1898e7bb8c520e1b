/* SPDX-License-Identifier: Apache-2.0 */
/* Structures that the load configuration leads to, in literal bytes at RVA 0x1200 and file offset
 * 0x400. Layout: winnt.h and ntimage.h of the Windows SDK; version 2 of ARM64EC: LLVM. */
#include "config_sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint32_t count_of(const pel_metadata *m, pel_metadata_list list, pel_status end)
{
    uint32_t count = 0;
    pel_metadata_iter it = pel_metadata_walk(m, list);
    for (pel_metadata_record r; pel_metadata_next(&it, &r, NULL);)
        count++;
    ck_status(end, it.status);
    return count;
}

static pel_metadata_record first_of(const pel_metadata *m, pel_metadata_list list)
{
    pel_metadata_record r;
    pel_metadata_iter it = pel_metadata_walk(m, list);
    ck_assert(pel_metadata_next(&it, &r, NULL));
    return r;
}

/* ---- CHPE ------------------------------------------------------------------ */

static const uint8_t chpe[] = {
    3,    0,    0, 0, 0x40, 0x12, 0, 0, 2,    0,    0, 0, /* Version, ranges, count */
    0x00, 0x13, 0, 0, 0x04, 0x13, 0, 0, 0x08, 0x13, 0, 0, /* exceptions, call, indirect call */
    0x0c, 0x13, 0, 0, 0x10, 0x13, 0, 0, 0x14, 0x13, 0, 0, /* the same checked, return, leaf */
    0x18, 0x13, 0, 0, 0x1c, 0x13, 0, 0, 0x20, 0x13, 0, 0, /* jump, IAT of the compiler, rdtsc */
    0,    0,    0, 0, 0,    0,    0, 0, 0,    0,    0, 0,
    0,    0,    0, 0, 0x01, 0x10, 0, 0, 0x20, 0,    0, 0, /* ARM64 */
    0x30, 0x10, 0, 0, 0x08, 0,    0, 0,                   /* x86 */
};

static sample with_chpe(const uint8_t *bytes, size_t size)
{
    pel_load_config config = { .chpe_metadata = { CONFIG_BASE32 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32, &config, bytes, size);
    sample_parse(&s);
    return s;
}

START_TEST(chpe_metadata_of_x86)
{
    pel_metadata m;
    sample s = with_chpe(chpe, sizeof chpe);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_CHPE, &m));
    ck_hex(m.rva.v, CONFIG_BYTES);
    ck_hex(m.offset.v, CONFIG_FILE);
    ck_assert_uint_eq(m.size, 48);
    ck_assert_uint_eq(m.available, 48);
    const pel_chpe_metadata *c = &m.fields.chpe;
    ck_assert_uint_eq(c->version, 3);
    ck_hex(c->ranges.v, 0x1240);
    ck_assert_uint_eq(c->range_count, 2);
    ck_hex(c->exception_handler.v, 0x1300);
    ck_hex(c->dispatch_call.v, 0x1304);
    ck_hex(c->dispatch_indirect_call.v, 0x1308);
    ck_hex(c->dispatch_indirect_call_cfg.v, 0x130c);
    ck_hex(c->dispatch_ret.v, 0x1310);
    ck_hex(c->dispatch_ret_leaf.v, 0x1314);
    ck_hex(c->dispatch_jump.v, 0x1318);
    ck_hex(c->compiler_iat.v, 0x131c);
    ck_hex(c->rdtsc.v, 0x1320);
    ck_status(PEL_NOT_FOUND, pel_image_metadata(s.img, PEL_METADATA_ARM64EC, &m));
    sample_free(&s);
}
END_TEST

START_TEST(chpe_ranges)
{
    pel_metadata m;
    uint32_t type;
    pel_metadata_record r;
    pel_structure at;
    sample s = with_chpe(chpe, sizeof chpe);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_CHPE, &m));
    pel_metadata_iter it = pel_metadata_walk(&m, PEL_LIST_CHPE_RANGES);
    ck_assert(pel_metadata_next(&it, &r, &at));
    ck_hex(at.offset.v, CONFIG_FILE + 0x40);
    ck_hex(r.chpe_range.start, 0x1001);
    ck_hex(r.chpe_range.length, 0x20);
    ck_hex(pel_metadata_code(PEL_LIST_CHPE_RANGES, r.chpe_range.start, &type).v, 0x1000);
    ck_assert_uint_eq(type, 1);
    ck_assert(pel_metadata_next(&it, &r, &at));
    ck_hex(pel_metadata_code(PEL_LIST_CHPE_RANGES, r.chpe_range.start, &type).v, 0x1030);
    ck_assert_uint_eq(type, 0);
    ck_assert(!pel_metadata_next(&it, &r, &at));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

static const struct {
    pel_metadata_kind kind;
    uint32_t version;
    size_t size;
} versions[] = {
    { PEL_METADATA_CHPE, 1, 40 },      { PEL_METADATA_CHPE, 2, 44 },
    { PEL_METADATA_CHPE, 3, 48 },      { PEL_METADATA_CHPE, 4, 48 },
    { PEL_METADATA_CHPE, 0, 40 },      { PEL_METADATA_CHPE, UINT32_MAX, 48 },
    { PEL_METADATA_ARM64EC, 1, 80 },   { PEL_METADATA_ARM64EC, 2, 92 },
    { PEL_METADATA_ARM64EC, 3, 92 },   { PEL_METADATA_ARM64EC, 0, 80 },
    { PEL_METADATA_HOT_PATCH, 1, 20 }, { PEL_METADATA_HOT_PATCH, 2, 24 },
    { PEL_METADATA_HOT_PATCH, 3, 28 }, { PEL_METADATA_HOT_PATCH, 4, 36 },
    { PEL_METADATA_HOT_PATCH, 9, 36 },
};

START_TEST(the_version_says_which_fields_there_are)
{
    pel_metadata m;
    uint8_t bytes[96];
    memset(bytes, 0x11, sizeof bytes);
    pel_store_uint(bytes, 4, versions[_i].version);
    bool chpe_kind = versions[_i].kind == PEL_METADATA_CHPE;
    uint64_t base = chpe_kind ? CONFIG_BASE32 : CONFIG_BASE64;
    pel_load_config config = { .chpe_metadata = { base + CONFIG_BYTES },
                               .hot_patch_table = CONFIG_BYTES };
    sample s = config_sample(chpe_kind ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS, &config, bytes,
                             sizeof bytes);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, versions[_i].kind, &m));
    ck_assert_uint_eq(m.size, versions[_i].size);
    ck_assert_uint_eq(m.available, versions[_i].size);
    for (size_t i = 0, at = 0; i < m.schema->field_count; i++) {
        const pel_field *f = &m.schema->fields[i];
        at += pel_field_span(f, false);
        if (i > 0)
            ck_hex(pel_field_get(f, &m.fields, 0), at <= m.size ? 0x11111111 : 0);
    }
    sample_free(&s);
}
END_TEST

/* ---- ARM64EC ---------------------------------------------------------------- */

static const uint8_t arm64ec[] = {
    2,    0,    0, 0, 0x60, 0x12, 0, 0, 3,    0,    0, 0, /* Version, CodeMap, its count */
    0x78, 0x12, 0, 0, 0x84, 0x12, 0, 0,                   /* entry points, redirections */
    0x00, 0x14, 0, 0, 0x08, 0x14, 0, 0, 0x10, 0x14, 0, 0, /* call without redirection, ret, call */
    0x18, 0x14, 0, 0, 0x20, 0x14, 0, 0, 0x28, 0x14, 0, 0, /* icall, checked, alternate entry */
    0x30, 0x14, 0, 0, 1,    0,    0, 0, 1,    0,    0, 0, /* auxiliary IAT, both counts */
    0x38, 0x14, 0, 0, 0x40, 0x14, 0, 0,                   /* get and set x64 information */
    0x8c, 0x12, 0, 0, 12,   0,    0, 0,                   /* the function table */
    0x48, 0x14, 0, 0, 0x50, 0x14, 0, 0,                   /* fptr, copy of the IAT */
    0x58, 0x14, 0, 0, 0x60, 0x14, 0, 0, 5,    0,    0, 0, /* delay IAT, its copy, flags */
    0,    0,    0, 0, 0x02, 0x10, 0, 0, 0x10, 0,    0, 0, /* x64 */
    0x11, 0x10, 0, 0, 0x08, 0,    0, 0,                   /* ARM64EC */
    0x20, 0x10, 0, 0, 0x04, 0,    0, 0,                   /* ARM64 */
    0x10, 0x10, 0, 0, 0x18, 0x10, 0, 0, 0x40, 0x10, 0, 0, /* StartRva, EndRva, EntryPoint */
    0x50, 0x10, 0, 0, 0x10, 0x10, 0, 0,                   /* Source, Destination */
    0x00, 0x10, 0, 0, 0x08, 0x10, 0, 0, 0x80, 0x10, 0, 0, /* an x64 function */
};

static sample with_arm64ec(pel_metadata *m)
{
    pel_load_config config = { .chpe_metadata = { CONFIG_BASE64 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, arm64ec, sizeof arm64ec);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_ARM64EC, m));
    return s;
}

START_TEST(arm64ec_metadata)
{
    pel_metadata m;
    sample s = with_arm64ec(&m);
    const pel_arm64ec_metadata *e = &m.fields.arm64ec;
    ck_assert_uint_eq(m.size, 92);
    ck_assert_uint_eq(e->version, 2);
    ck_hex(e->code_map.v, 0x1260);
    ck_assert_uint_eq(e->code_map_count, 3);
    ck_hex(e->entry_points.v, 0x1278);
    ck_hex(e->redirections.v, 0x1284);
    ck_hex(e->dispatch_call_no_redirect.v, 0x1400);
    ck_hex(e->dispatch_ret.v, 0x1408);
    ck_hex(e->dispatch_call.v, 0x1410);
    ck_hex(e->dispatch_icall.v, 0x1418);
    ck_hex(e->dispatch_icall_cfg.v, 0x1420);
    ck_hex(e->alternate_entry.v, 0x1428);
    ck_hex(e->auxiliary_iat.v, 0x1430);
    ck_assert_uint_eq(e->entry_point_count, 1);
    ck_assert_uint_eq(e->redirection_count, 1);
    ck_hex(e->get_x64_information.v, 0x1438);
    ck_hex(e->set_x64_information.v, 0x1440);
    ck_hex(e->extra_functions.v, 0x128c);
    ck_assert_uint_eq(e->extra_functions_size, 12);
    ck_hex(e->dispatch_fptr.v, 0x1448);
    ck_hex(e->auxiliary_iat_copy.v, 0x1450);
    ck_hex(e->auxiliary_delay_iat.v, 0x1458);
    ck_hex(e->auxiliary_delay_iat_copy.v, 0x1460);
    ck_hex(e->hybrid_image_info, 5);
    sample_free(&s);
}
END_TEST

START_TEST(code_map_of_arm64ec)
{
    static const uint32_t starts[] = { 0x1000, 0x1010, 0x1020 }, types[] = { 2, 1, 0 };
    static const uint32_t lengths[] = { 0x10, 8, 4 };
    pel_metadata m;
    uint32_t type, i = 0;
    sample s = with_arm64ec(&m);
    pel_metadata_iter it = pel_metadata_walk(&m, PEL_LIST_ARM64EC_CODE_MAP);
    for (pel_metadata_record r; pel_metadata_next(&it, &r, NULL); i++) {
        ck_hex(pel_metadata_code(it.list, r.code_map.start, &type).v, starts[i]);
        ck_assert_uint_eq(type, types[i]);
        ck_hex(r.code_map.length, lengths[i]);
    }
    ck_assert_uint_eq(i, 3);
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(other_lists_of_arm64ec)
{
    pel_metadata m;
    sample s = with_arm64ec(&m);
    pel_metadata_record r = first_of(&m, PEL_LIST_ARM64EC_ENTRY_POINTS);
    ck_hex(r.entry_point.start.v, 0x1010);
    ck_hex(r.entry_point.end.v, 0x1018);
    ck_hex(r.entry_point.entry.v, 0x1040);
    r = first_of(&m, PEL_LIST_ARM64EC_REDIRECTIONS);
    ck_hex(r.redirection.source.v, 0x1050);
    ck_hex(r.redirection.destination.v, 0x1010);
    r = first_of(&m, PEL_LIST_ARM64EC_FUNCTIONS);
    ck_hex(r.function.begin.v, 0x1000);
    ck_hex(r.function.end.v, 0x1008);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_ARM64EC_ENTRY_POINTS, PEL_OK), 1);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_ARM64EC_REDIRECTIONS, PEL_OK), 1);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_ARM64EC_FUNCTIONS, PEL_OK), 1);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_CHPE_RANGES, PEL_OK), 0); /* of another structure */
    sample_free(&s);
}
END_TEST

/* ---- volatile accesses --------------------------------------------------------- */

START_TEST(volatile_metadata)
{
    static const uint8_t bytes[] = {
        24,   0,    0, 0, 3,    0x80, 3, 0x80, /* Size, Version */
        0x18, 0x12, 0, 0, 9,    0,    0, 0,    /* two accesses, and a byte too many */
        0x20, 0x12, 0, 0, 8,    0,    0, 0,    /* a range */
        0x04, 0x10, 0, 0, 0x08, 0x10, 0, 0,    /* accesses */
        0x00, 0x10, 0, 0, 0x40, 0,    0, 0,    /* Rva, Size */
    };
    pel_metadata m;
    pel_load_config config = { .volatile_metadata = { CONFIG_BASE64 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_VOLATILE, &m));
    ck_hex(m.fields.volatiles.size, 24);
    ck_hex(m.fields.volatiles.version, 0x80038003);
    ck_hex(m.fields.volatiles.accesses.v, 0x1218);
    ck_assert_uint_eq(m.fields.volatiles.accesses_size, 9);
    ck_hex(m.fields.volatiles.ranges.v, 0x1220);
    ck_assert_uint_eq(m.fields.volatiles.ranges_size, 8);
    ck_hex(first_of(&m, PEL_LIST_VOLATILE_ACCESSES).access.rva.v, 0x1004);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_VOLATILE_ACCESSES, PEL_OK), 2);
    pel_metadata_record r = first_of(&m, PEL_LIST_VOLATILE_RANGES);
    ck_hex(r.range.rva.v, 0x1000);
    ck_hex(r.range.size, 0x40);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_VOLATILE_RANGES, PEL_OK), 1);
    sample_free(&s);
}
END_TEST

/* ---- enclaves ------------------------------------------------------------------- */

#define ID16(n) n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n

/* NumberOfThreads and EnclaveFlags lie behind a word that depends on the format. */
static const uint8_t enclave[] = {
    80,         0,          0,          0,          76,   0,    0,   0,   3,   0,
    0,          0, /* Size, minimum, PolicyFlags */
    1,          0,          0,          0,          0x60, 0x12, 0,   0,   80,  0,
    0,          0,          /* imports, ImportList, ImportEntrySize */
    ID16(0xf1), ID16(0x12), /* FamilyID, ImageID */
    7,          0,          0,          0,          2,    0,    0,   0,      /* ImageVersion,
                                                                                SecurityVersion */
    0,          0,          0,          0x20,       0,    0,    0,   0,      /* EnclaveSize */
    16,         0,          0,          0,          1,    0,    0,   0,      /* NumberOfThreads,
                                                                                EnclaveFlags */
    ID16(0),    3,          0,          0,          0,    4,    0,   0,   0, /* MatchType,
                                                                                MinimumSecurityVersion
                                                                              */
    ID16(0xa1), ID16(0xa2), ID16(0xf3), ID16(0x14),                     /* author, family, image */
    0xb0,       0x12,       0,          0,          0,    0,    0,   0, /* ImportName, Reserved */
    'v',        'e',        'r',        't',        'd',  'l',  'l', '.', 'd', 'l',
    'l',        0,
};

static sample with_enclave(const uint8_t *bytes, size_t size, pel_metadata *m)
{
    pel_load_config config = { .enclave_config = { CONFIG_BASE64 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, size);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_ENCLAVE, m));
    return s;
}

START_TEST(enclave_configuration)
{
    pel_metadata m;
    sample s = with_enclave(enclave, sizeof enclave, &m);
    const pel_enclave_config *c = &m.fields.enclave;
    ck_assert_uint_eq(m.size, 80);
    ck_hex(c->size, 80);
    ck_hex(c->minimum_size, 76);
    ck_hex(c->policy, 3);
    ck_assert_uint_eq(c->import_count, 1);
    ck_hex(c->imports.v, 0x1260);
    ck_hex(c->import_size, 80);
    ck_hex(c->family_id[0], 0xf1);
    ck_hex(c->family_id[15], 0xf1);
    ck_hex(c->image_id[0], 0x12);
    ck_hex(c->image_version, 7);
    ck_hex(c->security_version, 2);
    ck_hex(c->enclave_size, 0x20000000);
    ck_assert_uint_eq(c->thread_count, 16);
    ck_hex(c->flags, 1);
    sample_free(&s);
}
END_TEST

START_TEST(enclave_configuration_in_pe32)
{
    uint8_t bytes[76];
    pel_metadata m;
    memcpy(bytes, enclave, 68);
    memcpy(bytes + 68, enclave + 72, 8);
    bytes[0] = 76;
    pel_load_config config = { .enclave_config = { CONFIG_BASE32 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32, &config, bytes, sizeof bytes);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_ENCLAVE, &m));
    ck_assert_uint_eq(m.size, 76);
    ck_hex(m.fields.enclave.enclave_size, 0x20000000);
    ck_assert_uint_eq(m.fields.enclave.thread_count, 16);
    ck_hex(m.fields.enclave.flags, 1);
    sample_free(&s);
}
END_TEST

START_TEST(imports_of_enclaves)
{
    pel_metadata m;
    sample s = with_enclave(enclave, sizeof enclave, &m);
    pel_enclave_import i = first_of(&m, PEL_LIST_ENCLAVE_IMPORTS).import;
    ck_assert_uint_eq(i.match, 3);
    ck_assert_uint_eq(i.minimum_version, 4);
    ck_hex(i.unique_or_author_id[0], 0xa1);
    ck_hex(i.unique_or_author_id[31], 0xa2);
    ck_hex(i.family_id[15], 0xf3);
    ck_hex(i.image_id[0], 0x14);
    ck_hex(i.name.v, 0x12b0);
    ck_assert_uint_eq(i.reserved, 0);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_ENCLAVE_IMPORTS, PEL_OK), 1);
    sample_free(&s);
}
END_TEST

START_TEST(entries_of_enclaves_may_be_of_another_size)
{
    pel_metadata m;
    uint8_t bytes[sizeof enclave];
    memcpy(bytes, enclave, sizeof bytes);
    bytes[12] = 2;
    bytes[20] = 40; /* ImportEntrySize: up to the author */
    sample s = with_enclave(bytes, sizeof bytes, &m);
    pel_enclave_import i = first_of(&m, PEL_LIST_ENCLAVE_IMPORTS).import;
    ck_hex(i.unique_or_author_id[31], 0xa2);
    ck_hex(i.family_id[0], 0);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_ENCLAVE_IMPORTS, PEL_OK), 2);
    sample_free(&s);
    bytes[20] = 0; /* no entries, then */
    s = with_enclave(bytes, sizeof bytes, &m);
    ck_assert_uint_eq(count_of(&m, PEL_LIST_ENCLAVE_IMPORTS, PEL_OK), 0);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_metadata)
{
    tcase_add_test(tests, chpe_metadata_of_x86);
    tcase_add_test(tests, chpe_ranges);
    tcase_add_loop_test(tests, the_version_says_which_fields_there_are, 0, COUNT(versions));
    tcase_add_test(tests, arm64ec_metadata);
    tcase_add_test(tests, code_map_of_arm64ec);
    tcase_add_test(tests, other_lists_of_arm64ec);
    tcase_add_test(tests, volatile_metadata);
    tcase_add_test(tests, enclave_configuration);
    tcase_add_test(tests, enclave_configuration_in_pe32);
    tcase_add_test(tests, imports_of_enclaves);
    tcase_add_test(tests, entries_of_enclaves_may_be_of_another_size);
}
