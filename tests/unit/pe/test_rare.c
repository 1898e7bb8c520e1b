/* SPDX-License-Identifier: Apache-2.0 */
/* Structures that few files have, on literal bytes typed from the specification: relocations of
 * DOS, the architecture directory, API sets of each version. */
#include <pelorus/api_sets.h>
#include <pelorus/dos.h>

#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

START_TEST(relocations_of_dos_lead_to_words)
{
    uint8_t bytes[0x60] = { 'M', 'Z', 0x60, 0, 1, 0, 2, 0, 4, 0 }; /* 2 relocations, 0x40 bytes */
    static const uint8_t table[] = { 0x34, 0x12, 0x78, 0x56, 0x02, 0x00, 0x01, 0x00 };
    pel_dos_relocation r;
    pel_foff entry, word;
    bytes[0x18] = 0x1c; /* e_lfarlc */
    memcpy(bytes + 0x1c, table, sizeof table);
    sample s = sample_raw(bytes, sizeof bytes);
    sample_parse(&s);
    pel_dos_reloc_iter it = pel_image_dos_relocs(s.img);
    ck_assert(pel_dos_reloc_next(&it, &r, &entry, &word));
    ck_hex(r.offset, 0x1234);
    ck_hex(r.segment, 0x5678);
    ck_hex(entry.v, 0x1c);
    ck_hex(word.v, 0x40 + 0x56780 + 0x1234);
    ck_assert(pel_dos_reloc_next(&it, &r, &entry, &word));
    ck_hex(word.v, 0x40 + 0x10 + 0x02);
    ck_assert(!pel_dos_reloc_next(&it, &r, &entry, &word));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* clang-format off */
static const uint8_t architecture[] = {
    0x01, 0x05, 0, 0, 0x10, 0x20, 0, 0,             /* AmaskValue 1, AmaskShift 5; the list */
    0, 0, 0, 0, 0, 0, 0, 0,
    0x04, 0x10, 0, 0, 0x78, 0x56, 0x34, 0x12,       /* FixupInstRVA, NewInst */
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* the end */
};
/* clang-format on */

START_TEST(the_architecture_directory_is_read)
{
    pel_architecture_header h;
    pel_architecture_entry e;
    pel_rva at;
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, architecture, sizeof architecture);
    pel_builder_directory(s.b, PEL_DIR_ARCHITECTURE, (pel_rva){ RVA }, 8);
    sample_parse(&s);
    pel_architecture_iter it = pel_image_architecture(s.img);
    ck_assert(pel_architecture_next(&it, &h, &at));
    ck_hex(at.v, RVA);
    ck_assert_uint_eq(h.amask_value, 1);
    ck_hex(h.mbz1, 0);
    ck_assert_uint_eq(h.amask_shift, 5);
    ck_hex(h.mbz2, 0);
    ck_hex(h.first_entry.v, RVA + 0x10);
    ck_assert(pel_architecture_entry_at(&it, h.first_entry, 0, &e));
    ck_hex(e.instruction.v, 0x1004);
    ck_hex(e.replacement, 0x12345678);
    ck_assert(!pel_architecture_entry_at(&it, h.first_entry, 1, &e));
    ck_assert(!pel_architecture_entry_at(&it, (pel_rva){ 0 }, 0, &e));
    ck_assert(!pel_architecture_next(&it, &h, &at));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* clang-format off */
static const uint8_t api_sets[] = {
    6, 0, 0, 0,  0x70, 0, 0, 0,  1, 0, 0, 0,  1, 0, 0, 0,           /* Version, Size, Flags, Count */
    0x1c, 0, 0, 0,  0x34, 0, 0, 0,  0x1f, 0, 0, 0,                  /* Entry, Hash, HashFactor */
    1, 0, 0, 0,  0x50, 0, 0, 0,  8, 0, 0, 0,  4, 0, 0, 0,  0x3c, 0, 0, 0,  1, 0, 0, 0, /* the entry */
    0x22, 0x11, 0, 0,  0, 0, 0, 0,                                  /* Hash, Index */
    0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0,  0x58, 0, 0, 0,  6, 0, 0, 0, /* the value */
    'a', 0, 'b', 0, '-', 0, '1', 0,                                 /* 0x50 */
    'k', 0, '.', 0, 'd', 0,
};
/* clang-format on */

START_TEST(structures_of_api_sets_are_read)
{
    pel_api_set_head head;
    pel_api_set set;
    pel_api_set_host host;
    pel_api_set_hash hash;
    pel_api_sets sets = {
        .bytes = { api_sets, sizeof api_sets }, .version = 6, .count = 1, .first = 0x1c
    };
    ck_assert_ptr_eq(pel_api_sets_head(&sets, &head), &pel_api_set_namespace_schema);
    ck_assert_uint_eq(head.v6.version, 6);
    ck_hex(head.v6.size, 0x70);
    ck_assert_uint_eq(head.v6.count, 1);
    ck_assert(pel_api_set_at(&sets, 0, &set));
    ck_hex(set.offset, 0x1c);
    ck_assert_uint_eq(set.name.size, 8);
    ck_assert_uint_eq(set.looked_up.size, 4);
    ck_assert_uint_eq(set.value_count, 1);
    ck_hex(set.values, 0x3c);
    ck_assert(pel_api_set_host_at(&sets, &set, 0, &host));
    ck_assert(host.for_all);
    ck_assert_uint_eq(host.host.size, 6);
    ck_assert_mem_eq(host.host.data, "k\0.\0d", 6);
    ck_assert(!pel_api_set_host_at(&sets, &set, 1, &host));
    ck_assert(pel_api_set_hash_at(&sets, 0, &hash));
    ck_hex(hash.hash, 0x1122);
    ck_assert_uint_eq(hash.index, 0);
    ck_assert(!pel_api_set_at(&sets, 1, &set));
    /* 31 * (31 * ('a') + 'b'), and so on; case does not count */
    static const uint8_t name[] = { 'a', 0, 'B', 0, '-', 0, 'M', 0, 's', 0 };
    ck_hex(pel_api_set_hash_of(&sets, (pel_span){ name, 4 }), 31 * 0x61 + 0x62);
    ck_hex(pel_api_set_hash_of(&sets, (pel_span){ name, sizeof name }), 0x5842ad2);
}
END_TEST

/* clang-format off */
static const uint8_t api_sets_of_7[] = {
    2, 0, 0, 0,  1, 0, 0, 0,                                        /* Version, Count */
    0x28, 0, 0, 0,  8, 0, 0, 0,  0x14, 0, 0, 0,                     /* the entry: its data at 0x14 */
    1, 0, 0, 0,                                                     /* Count of values */
    0x30, 0, 0, 0,  2, 0, 0, 0,  0x32, 0, 0, 0,  6, 0, 0, 0,        /* the value: for "z" */
    'a', 0, 'b', 0, '-', 0, '1', 0,                                 /* 0x28 */
    'z', 0, 'k', 0, '.', 0, 'd', 0,
};
static const uint8_t api_sets_of_8[] = {
    4, 0, 0, 0,  0x70, 0, 0, 0,  1, 0, 0, 0,  1, 0, 0, 0,           /* Version, Size, Flags, Count */
    1, 0, 0, 0,  0x44, 0, 0, 0,  8, 0, 0, 0,  0x4c, 0, 0, 0,  4, 0, 0, 0,  0x28, 0, 0, 0, /* entry */
    5, 0, 0, 0,  1, 0, 0, 0,                                        /* 0x28: Flags, Count of values */
    0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0,  0x50, 0, 0, 0,  6, 0, 0, 0, /* the value: for all */
    'a', 0, 'b', 0, '-', 0, '1', 0,                                 /* 0x44 */
    'n', 0, 'm', 0, 'k', 0, '.', 0, 'd', 0,
};
/* clang-format on */

START_TEST(api_sets_of_windows_7_count_their_values)
{
    pel_api_set_head head;
    pel_api_set set;
    pel_api_set_host host;
    pel_api_sets sets = {
        .bytes = { api_sets_of_7, sizeof api_sets_of_7 }, .version = 2, .count = 1, .first = 8
    };
    ck_assert_ptr_eq(pel_api_sets_head(&sets, &head), &pel_api_set_namespace_v2_schema);
    ck_assert_uint_eq(head.v2.count, 1);
    ck_assert(pel_api_set_at(&sets, 0, &set));
    ck_hex(set.entry.v2.name, 0x28);
    ck_hex(set.entry.v2.data, 0x14);
    ck_assert_uint_eq(set.name.size, 8);
    ck_assert_uint_eq(set.value_count, 1);
    ck_hex(set.values, 0x18);
    ck_assert(pel_api_set_host_at(&sets, &set, 0, &host));
    ck_assert_ptr_eq(host.schema, &pel_api_set_value_v2_schema);
    ck_assert(!host.for_all);
    ck_hex(host.value.v2.value, 0x32);
    ck_assert_mem_eq(host.importer.data, "z", 2);
    ck_assert_uint_eq(host.host.size, 6);
    ck_assert_mem_eq(host.host.data, "k\0.\0d", 6);
    ck_assert(!pel_api_set_host_at(&sets, &set, 1, &host));
    ck_assert(!pel_api_set_at(&sets, 1, &set));
}
END_TEST

START_TEST(api_sets_of_windows_8_have_aliases_and_flags)
{
    pel_api_set_head head;
    pel_api_set set;
    pel_api_set_host host;
    pel_api_sets sets = {
        .bytes = { api_sets_of_8, sizeof api_sets_of_8 }, .version = 4, .count = 1, .first = 16
    };
    ck_assert_ptr_eq(pel_api_sets_head(&sets, &head), &pel_api_set_namespace_v4_schema);
    ck_hex(head.v4.size, 0x70);
    ck_assert_uint_eq(head.v4.count, 1);
    ck_assert(pel_api_set_at(&sets, 0, &set));
    ck_hex(set.entry.v4.flags, 1);
    ck_hex(set.entry.v4.data, 0x28);
    ck_assert_uint_eq(set.alias.size, 4);
    ck_assert_mem_eq(set.alias.data, "n\0m", 4);
    ck_hex(set.flags, 5);
    ck_assert_uint_eq(set.value_count, 1);
    ck_hex(set.values, 0x30);
    ck_assert(pel_api_set_host_at(&sets, &set, 0, &host));
    ck_assert_ptr_eq(host.schema, &pel_api_set_value_schema);
    ck_assert(host.for_all);
    ck_hex(host.value.v4.value, 0x50);
    ck_assert_uint_eq(host.host.size, 6);
    ck_assert(!pel_api_set_at(&sets, 1, &set));
}
END_TEST

PEL_TESTS(pe_rare)
{
    tcase_add_test(tests, api_sets_of_windows_7_count_their_values);
    tcase_add_test(tests, api_sets_of_windows_8_have_aliases_and_flags);
    tcase_add_test(tests, relocations_of_dos_lead_to_words);
    tcase_add_test(tests, the_architecture_directory_is_read);
    tcase_add_test(tests, structures_of_api_sets_are_read);
}
