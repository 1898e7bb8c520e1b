/* SPDX-License-Identifier: Apache-2.0 */
/* The debug directory on literal bytes in the data section of the sample: RVA 0x2000, file offset
 * 0x400. The entry is at its start, the data at 0x40 behind it. */
#include <pelorus/debug.h>

#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u
#define DATA 0x40u

/* An entry as the specification has it: reserved, time, 1.2, type, size, RVA, offset. */
static void put_entry(sample *s, uint32_t index, uint32_t type, uint32_t size, uint32_t rva,
                      uint32_t offset)
{
    uint8_t e[28] = { 0, 0, 0, 0, 0x10, 0x84, 0x7d, 0x3b, 1, 0, 2, 0 };
    pel_store_uint(e + 12, 4, type);
    pel_store_uint(e + 16, 4, size);
    pel_store_uint(e + 20, 4, rva);
    pel_store_uint(e + 24, 4, offset);
    pel_builder_patch(s->b, (pel_foff){ FOFF + 28 * index }, e, sizeof e);
    pel_builder_directory(s->b, PEL_DIR_DEBUG, (pel_rva){ RVA }, 28 * (index + 1));
}

/* One entry with `data`, and the first entry of what is parsed. */
static sample with_data(uint32_t type, const void *data, uint32_t size, pel_debug_entry *out)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    put_entry(&s, 0, type, size, RVA + DATA, FOFF + DATA);
    pel_builder_patch(s.b, (pel_foff){ FOFF + DATA }, data, size);
    sample_parse(&s);
    pel_debug_iter it = pel_image_debug(s.img);
    ck_assert(pel_debug_next(&it, out));
    return s;
}

static void ck_str(pel_str text, const char *wanted)
{
    ck_assert_uint_eq(text.len, strlen(wanted));
    ck_assert(text.len == 0 || memcmp(text.ptr, wanted, text.len) == 0);
}

/* ---- entries ----------------------------------------------------------- */

START_TEST(an_entry_is_read)
{
    pel_debug_entry e;
    sample s = with_data(PEL_DEBUG_VC_FEATURE, "01234567890123456789", 20, &e);
    ck_hex(e.directory.timestamp, 0x3b7d8410);
    ck_assert_uint_eq(e.directory.major, 1);
    ck_assert_uint_eq(e.directory.minor, 2);
    ck_assert(e.has_offset && e.offset.v == FOFF && e.available == 28);
    ck_assert_int_eq(e.by, PEL_DEBUG_BY_OFFSET);
    ck_hex(e.data_offset.v, FOFF + DATA);
    ck_assert_uint_eq(e.data.size, 20);
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

/* size, RVA, offset -> how the data are found, where, and how many bytes of them. */
static const struct {
    uint32_t size, rva, offset;
    pel_debug_by by;
    uint64_t at, found;
} places[] = {
    { 8, 0, FOFF + DATA, PEL_DEBUG_BY_OFFSET, FOFF + DATA, 8 },
    { 8, RVA + DATA, 0, PEL_DEBUG_BY_RVA, FOFF + DATA, 8 },
    { 8, RVA + DATA, 0x60, PEL_DEBUG_BY_OFFSET, 0x60, 8 },      /* they differ: in the headers */
    { 8, RVA + DATA, 0x5fe, PEL_DEBUG_BY_RVA, FOFF + DATA, 8 }, /* more of them is mapped */
    { 8, 0, 0x5fe, PEL_DEBUG_BY_OFFSET, 0x5fe, 2 },             /* the file ends */
    { 8, 0, 0x600, PEL_DEBUG_BY_NOTHING, 0, 0 },
    { 8, 0, 0xffffffff, PEL_DEBUG_BY_NOTHING, 0, 0 },
    { 8, 0xffffffff, 0, PEL_DEBUG_BY_NOTHING, 0, 0 },
    { 8, RVA + 0x800, 0, PEL_DEBUG_BY_NOTHING, 0, 0 }, /* zero-filled */
    { 0xffffffff, RVA, FOFF, PEL_DEBUG_BY_OFFSET, FOFF, 0x200 },
    { 0, RVA, FOFF, PEL_DEBUG_BY_NOTHING, 0, 0 },
    { 8, 0, 0, PEL_DEBUG_BY_NOTHING, 0, 0 },
};

START_TEST(data_are_found_by_offset_or_by_rva)
{
    pel_debug_entry e;
    sample s = sample_of(PEL_BUILD_PE32);
    put_entry(&s, 0, PEL_DEBUG_MPX, places[_i].size, places[_i].rva, places[_i].offset);
    sample_parse(&s);
    pel_debug_iter it = pel_image_debug(s.img);
    ck_assert(pel_debug_next(&it, &e));
    ck_assert_int_eq(e.by, places[_i].by);
    ck_hex(e.data_offset.v, places[_i].at);
    ck_assert_uint_eq(e.data.size, places[_i].found);
    ck_assert(!pel_debug_next(&it, &e));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

static pel_status walked(sample *s, uint32_t rva, uint32_t size, uint32_t *count)
{
    pel_debug_entry e;
    pel_builder_directory(s->b, PEL_DIR_DEBUG, (pel_rva){ rva }, size);
    sample_parse(s);
    pel_debug_iter it = pel_image_debug(s->img);
    for (*count = 0; pel_debug_next(&it, &e);)
        ck_assert_uint_eq(e.index, (*count)++);
    ck_assert(!pel_debug_next(&it, &e)); /* the end stays the end */
    sample_free(s);
    return it.status;
}

/* RVA and Size of the directory, and what the walk comes to. */
static const struct {
    uint32_t rva, size, count;
    pel_status status;
} walks[] = {
    { RVA, 0, 0, PEL_OK },
    { 0, 56, 0, PEL_OK },
    { RVA, 27, 0, PEL_OK },
    { RVA, 55, 1, PEL_OK },
    { RVA, 56, 2, PEL_OK },
    { 0x2800, 56, 2, PEL_OK }, /* zero-filled */
    { 0x3000, 56, 0, PEL_NOT_FOUND },
    { 0x2fe4, 56, 1, PEL_NOT_FOUND },
    { 0x2fe0, 56, 1, PEL_TRUNCATED },
    { 0x2800, 0xffffffff, 54, PEL_LIMIT }, /* 0x600 bytes have 54 entries */
};

START_TEST(the_size_of_the_directory_ends_the_walk)
{
    uint32_t count;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    put_entry(&s, 0, PEL_DEBUG_ILTCG, 0, 0, 0);
    put_entry(&s, 1, PEL_DEBUG_ILTCG, 0, 0, 0);
    ck_status(walks[_i].status, walked(&s, walks[_i].rva, walks[_i].size, &count));
    ck_assert_uint_eq(count, walks[_i].count);
}
END_TEST

/* ---- data by type ------------------------------------------------------ */

START_TEST(codeview_of_pdb_7)
{
    static const uint8_t data[] = "RSDS\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                                  "\x10\x02\0\0\0c:\\a.pdb";
    char guid[PEL_GUID_TEXT];
    pel_debug_entry e;
    pel_codeview cv;
    sample s = with_data(PEL_DEBUG_CODEVIEW, data, sizeof data, &e);
    ck_ok(pel_debug_codeview(&e, &cv));
    ck_hex(cv.signature, PEL_CODEVIEW_RSDS);
    ck_assert(cv.has_guid && cv.has_path);
    ck_assert_uint_eq(cv.age, 2);
    ck_str(cv.path, "c:\\a.pdb");
    pel_guid_format(cv.guid, guid);
    ck_assert_str_eq(guid, "01020304-0506-0708-090a-0b0c0d0e0f10");
    ck_no_diag(s.img);
    e.data.size = 23; /* the age is cut */
    ck_status(PEL_TRUNCATED, pel_debug_codeview(&e, &cv));
    ck_assert(cv.has_guid && !cv.has_path);
    e.directory.type = PEL_DEBUG_MISC;
    ck_status(PEL_NOT_FOUND, pel_debug_codeview(&e, &cv));
    sample_free(&s);
}
END_TEST

START_TEST(codeview_of_pdb_2)
{
    static const uint8_t data[] = "NB10\0\0\0\0\x10\x84\x7d\x3b\x03\0\0\0b.pdb";
    pel_debug_entry e;
    pel_codeview cv;
    sample s = with_data(PEL_DEBUG_CODEVIEW, data, sizeof data - 1, &e); /* without its zero */
    ck_ok(pel_debug_codeview(&e, &cv));
    ck_hex(cv.timestamp, 0x3b7d8410);
    ck_assert_uint_eq(cv.age, 3);
    ck_assert(!cv.has_guid);
    ck_str(cv.path, "b.pdb");
    sample_free(&s);
}
END_TEST

/* Signature, bytes, status. */
static const struct {
    const char *data;
    uint32_t size;
    pel_status status;
    uint32_t offset;
} codeviews[] = {
    { "NB09\x08\0\0\0", 8, PEL_OK, 8 },          { "NB11\x0c\0\0\0", 8, PEL_OK, 12 },
    { "NB09\x08\0\0\0", 7, PEL_TRUNCATED, 0 },   { "RSD", 3, PEL_TRUNCATED, 0 },
    { "XXXX\x08\0\0\0", 8, PEL_MALFORMED, 0 },   { "NB10\0\0\0\0", 8, PEL_TRUNCATED, 0 },
    { "MTOC0123456789abcdef/x", 22, PEL_OK, 0 },
};

START_TEST(codeview_of_other_kinds)
{
    pel_debug_entry e;
    pel_codeview cv;
    sample s = with_data(PEL_DEBUG_CODEVIEW, codeviews[_i].data, codeviews[_i].size, &e);
    ck_status(codeviews[_i].status, pel_debug_codeview(&e, &cv));
    ck_hex(cv.offset, codeviews[_i].offset);
    sample_free(&s);
}
END_TEST

START_TEST(groups_of_pogo_data)
{
    static const uint8_t data[] = "GCTL\0\x10\0\0\x20\0\0\0.text$mn\0\0\0\0" /* padded to 4 */
                                  "\0\x20\0\0\x08\0\0\0abc\0"
                                  "\0\0\0\0\0\0\0\0";
    pel_debug_entry e;
    pel_pogo_group g;
    sample s = with_data(PEL_DEBUG_POGO, data, sizeof data - 1, &e);
    pel_pogo_iter it = pel_debug_pogo(&e);
    ck_hex(it.signature, 0x4c544347);
    ck_assert(pel_pogo_next(&it, &g));
    ck_hex(g.start.v, 0x1000);
    ck_hex(g.size, 0x20);
    ck_str(g.name, ".text$mn");
    ck_assert(pel_pogo_next(&it, &g));
    ck_hex(g.start.v, 0x2000);
    ck_str(g.name, "abc");
    ck_assert(!pel_pogo_next(&it, &g));
    ck_ok(it.status);
    e.data.size = 31; /* inside of the second group's numbers */
    it = pel_debug_pogo(&e);
    ck_assert(pel_pogo_next(&it, &g));
    ck_assert(!pel_pogo_next(&it, &g));
    ck_status(PEL_TRUNCATED, it.status);
    sample_free(&s);
}
END_TEST

START_TEST(hash_of_a_reproducible_build)
{
    pel_debug_entry e;
    pel_span hash;
    sample s = with_data(PEL_DEBUG_REPRO, "\x03\0\0\0\x0a\x0b\x0c", 7, &e);
    ck_ok(pel_debug_repro(&e, &hash));
    ck_assert_uint_eq(hash.size, 3);
    ck_assert(memcmp(hash.data, "\x0a\x0b\x0c", 3) == 0);
    e.data.size = 6;
    ck_status(PEL_TRUNCATED, pel_debug_repro(&e, &hash));
    ck_assert_uint_eq(hash.size, 0);
    e.directory.size = 0;
    e.data.size = 0;
    ck_ok(pel_debug_repro(&e, &hash));
    sample_free(&s);
}
END_TEST

START_TEST(digest_of_a_pdb)
{
    pel_debug_entry e;
    pel_str algorithm;
    pel_span digest;
    sample s = with_data(PEL_DEBUG_PDBCHECKSUM, "SHA256\0\x01\x02", 9, &e);
    ck_ok(pel_debug_checksum(&e, &algorithm, &digest));
    ck_str(algorithm, "SHA256");
    ck_assert_uint_eq(digest.size, 2);
    ck_assert_uint_eq(digest.data[1], 2);
    e.data.size = 6; /* without the zero */
    ck_status(PEL_TRUNCATED, pel_debug_checksum(&e, &algorithm, &digest));
    sample_free(&s);
}
END_TEST

START_TEST(a_pdb_inside_of_the_file)
{
    pel_debug_entry e;
    pel_embedded_pdb pdb;
    sample s = with_data(PEL_DEBUG_EMBEDDEDPORTABLEPDB, "MPDB\0\x10\0\0\x03\0", 10, &e);
    ck_ok(pel_debug_embedded(&e, &pdb));
    ck_hex(pdb.uncompressed, 0x1000);
    ck_assert_uint_eq(pdb.deflated.size, 2);
    e.data.size = 7;
    ck_status(PEL_TRUNCATED, pel_debug_embedded(&e, &pdb));
    sample_free(&s);
    s = with_data(PEL_DEBUG_EMBEDDEDPORTABLEPDB, "MPDX\0\x10\0\0\x03\0", 10, &e);
    ck_status(PEL_MALFORMED, pel_debug_embedded(&e, &pdb));
    sample_free(&s);
}
END_TEST

START_TEST(where_a_perf_map_is)
{
    pel_debug_entry e;
    pel_perfmap map;
    sample s = with_data(PEL_DEBUG_PERFMAP, "R2RM0123456789abcdef\x01\0\0\0a.map", 30, &e);
    ck_ok(pel_debug_perfmap(&e, &map));
    ck_assert(memcmp(map.signature, "0123456789abcdef", 16) == 0);
    ck_assert_uint_eq(map.version, 1);
    ck_str(map.path, "a.map");
    e.data.size = 23;
    ck_status(PEL_TRUNCATED, pel_debug_perfmap(&e, &map));
    sample_free(&s);
}
END_TEST

START_TEST(more_dll_characteristics)
{
    pel_debug_entry e;
    uint32_t flags;
    sample s = with_data(PEL_DEBUG_EX_DLLCHARACTERISTICS, "\x41\0\0\0", 4, &e);
    ck_ok(pel_debug_ex_flags(&e, &flags));
    ck_hex(flags, 0x41);
    e.data.size = 3;
    ck_status(PEL_TRUNCATED, pel_debug_ex_flags(&e, &flags));
    sample_free(&s);
}
END_TEST

START_TEST(name_of_a_dbg_file)
{
    pel_debug_entry e;
    pel_debug_misc misc;
    pel_span name;
    sample s = with_data(PEL_DEBUG_MISC, "\x01\0\0\0\x14\0\0\0\0\0\0\0a.dbg\0\0\0more", 24, &e);
    ck_ok(pel_debug_misc_name(&e, &misc, &name));
    ck_assert_uint_eq(misc.type, 1);
    ck_hex(misc.length, 0x14);
    ck_assert_uint_eq(name.size, 8);
    ck_assert(memcmp(name.data, "a.dbg", 6) == 0);
    e.data.size = 11;
    ck_status(PEL_TRUNCATED, pel_debug_misc_name(&e, &misc, &name));
    sample_free(&s);
}
END_TEST

START_TEST(records_of_fixed_size)
{
    static const uint8_t fpo[] = "\0\x10\0\0\x20\0\0\0\x02\0\0\0\x03\0\x04\x9b"
                                 "\x20\x10\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\xff";
    pel_debug_entry e;
    pel_fpo_data f;
    sample s = with_data(PEL_DEBUG_FPO, fpo, 33, &e); /* and one byte of a third */
    ck_ok(pel_debug_record(&e, 0, &f));
    ck_hex(f.start.v, 0x1000);
    ck_hex(f.size, 0x20);
    ck_assert_uint_eq(f.locals, 2);
    ck_assert_uint_eq(f.params, 3);
    ck_assert_uint_eq(f.prolog, 4);
    ck_assert_uint_eq(f.registers, 3); /* 0x9b: 10 0 1 1 011 */
    ck_assert_uint_eq(f.has_seh, 1);
    ck_assert_uint_eq(f.uses_bp, 1);
    ck_assert_uint_eq(f.frame, 2);
    ck_ok(pel_debug_record(&e, 1, &f));
    ck_hex(f.start.v, 0x1020);
    ck_status(PEL_TRUNCATED, pel_debug_record(&e, 2, &f));
    ck_status(PEL_NOT_FOUND, pel_debug_record(&e, 3, &f));
    ck_status(PEL_NOT_FOUND, pel_debug_record(&e, UINT32_MAX, &f));
    e.directory.type = PEL_DEBUG_POGO;
    ck_status(PEL_NOT_FOUND, pel_debug_record(&e, 0, &f));
    sample_free(&s);
}
END_TEST

START_TEST(counts_of_features_come_once)
{
    pel_debug_entry e;
    pel_vc_feature vc;
    static const uint8_t data[] = "\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0again";
    sample s = with_data(PEL_DEBUG_VC_FEATURE, data, 25, &e);
    ck_ok(pel_debug_record(&e, 0, &vc));
    ck_assert(vc.pre_vc11 == 1 && vc.c_cpp == 2 && vc.gs == 3 && vc.sdl == 4 && vc.guard_n == 5);
    ck_status(PEL_NOT_FOUND, pel_debug_record(&e, 1, &vc));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_debug)
{
    tcase_add_test(tests, an_entry_is_read);
    tcase_add_loop_test(tests, data_are_found_by_offset_or_by_rva, 0,
                        sizeof places / sizeof places[0]);
    tcase_add_loop_test(tests, the_size_of_the_directory_ends_the_walk, 0,
                        sizeof walks / sizeof walks[0]);
    tcase_add_test(tests, codeview_of_pdb_7);
    tcase_add_test(tests, codeview_of_pdb_2);
    tcase_add_loop_test(tests, codeview_of_other_kinds, 0, sizeof codeviews / sizeof codeviews[0]);
    tcase_add_test(tests, groups_of_pogo_data);
    tcase_add_test(tests, hash_of_a_reproducible_build);
    tcase_add_test(tests, digest_of_a_pdb);
    tcase_add_test(tests, a_pdb_inside_of_the_file);
    tcase_add_test(tests, where_a_perf_map_is);
    tcase_add_test(tests, more_dll_characteristics);
    tcase_add_test(tests, name_of_a_dbg_file);
    tcase_add_test(tests, records_of_fixed_size);
    tcase_add_test(tests, counts_of_features_come_once);
}
