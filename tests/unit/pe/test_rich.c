/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

/* "DanS", three pads, two entries, "Rich", key: behind the stub, at 0x80. */
static sample with_rich(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_rich(s.b, 0x0104, 0x7809, 3);
    pel_builder_rich(s.b, 0x00ff, 0x520d, 0x21); /* the count turns by 33 = 1 bits */
    return s;
}

/* The checksum, computed once more: a sum of bytes turned left by their offset, and of tool
 * numbers turned left by their count. */
static uint32_t turn(uint32_t value, unsigned by)
{
    for (; by > 0; by--)
        value = value << 1 | value >> 31;
    return value;
}

static uint32_t rich_sum(const uint8_t *file)
{
    uint32_t sum = 0x80;
    for (unsigned i = 0; i < 0x80; i++)
        if (i / 4 != 0x3c / 4)
            sum += turn(file[i], i);
    return sum + turn(0x01047809, 3) + turn(0x00ff520d, 0x21);
}

START_TEST(an_intact_header_is_decrypted_and_verified)
{
    pel_rich rich;
    pel_structure at;
    sample s = with_rich();
    sample_parse(&s);
    ck_assert(pel_image_rich(s.img, &rich));
    ck_hex(rich.offset.v, 0x80);
    ck_hex(rich.size, 16 + 2 * 8 + 8);
    ck_assert_uint_eq(rich.entry_count, 2);
    ck_hex(rich.key, rich_sum(s.bytes.data));
    ck_hex(rich.checksum, rich.key);
    const pel_rich_entry *e = pel_image_rich_entry(s.img, 1);
    ck_hex(e->product, 0x00ff);
    ck_hex(e->build, 0x520d);
    ck_hex(e->count, 0x21);
    ck_assert_ptr_null(pel_image_rich_entry(s.img, 2));
    ck_ok(pel_image_structure(s.img, &pel_rich_entry_schema, 1, &at));
    ck_hex(at.offset.v, 0x80 + 16 + 8);
    ck_assert_ptr_eq(at.fields, e);
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_rich_entry_schema, 2, &at));
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

/* Each byte that the key covers; e_lfanew is not among them. */
START_TEST(a_change_of_any_byte_it_covers_is_seen)
{
    static const uint64_t places[] = { 2, 0x3b, 0x40, 0x7f, 0x90, 0x9b };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        pel_rich rich;
        sample s = with_rich();
        sample_finish(&s);
        uint8_t changed = (uint8_t)(s.bytes.data[places[i]] ^ 0x10);
        pel_builder_patch(s.b, (pel_foff){ places[i] }, &changed, 1);
        sample_parse(&s);
        ck_assert(pel_image_rich(s.img, &rich));
        ck_assert_uint_ne(rich.checksum, rich.key);
        const pel_diag *d = diag_of(s.img, PEL_DIAG_RICH_CHECKSUM);
        ck_assert_ptr_nonnull(d);
        ck_place(&d->where, "rich_header.key", 0x80 + rich.size - 4);
        ck_hex(d->found, rich.key);
        ck_hex(d->limit, rich.checksum);
        sample_free(&s);
    }
}
END_TEST

START_TEST(e_lfanew_is_not_part_of_the_checksum)
{
    pel_rich rich;
    sample s = with_rich();
    sample_finish(&s);
    uint32_t key = rich_sum(s.bytes.data);
    pel_builder_set(s.b, "dos_header.e_lfanew", 0x120);
    sample_parse(&s);
    ck_assert(pel_image_rich(s.img, &rich));
    ck_hex(rich.key, key);
    ck_hex(rich.checksum, key);
    sample_free(&s);
}
END_TEST

static void ck_absent(sample *s)
{
    pel_rich rich;
    sample_parse(s);
    ck_assert(!pel_image_rich(s->img, &rich));
    ck_assert_uint_eq(rich.entry_count, 0);
    ck_assert_ptr_null(pel_image_rich_entry(s->img, 0));
    ck_assert_ptr_null(diag_of(s->img, PEL_DIAG_RICH_CHECKSUM));
    sample_free(s);
}

START_TEST(files_without_one_have_none)
{
    sample s = sample_of(PEL_BUILD_PE32);
    ck_absent(&s);
}
END_TEST

/* The end; the start under another key; and the start, not encrypted. */
START_TEST(a_header_whose_marks_are_gone_is_none)
{
    static const struct {
        uint32_t at;
        const char *bytes;
        bool told;
    } changes[] = { { 32, "rich", false }, { 36, "\1\2\3\4", true }, { 0, "DanS", true } };
    for (size_t i = 0; i < 3; i++) {
        pel_rich rich;
        sample s = with_rich();
        pel_builder_patch(s.b, (pel_foff){ 0x80 + changes[i].at }, changes[i].bytes, 4);
        sample_parse(&s);
        ck_assert(!pel_image_rich(s.img, &rich));
        const pel_diag *d = diag_of(s.img, PEL_DIAG_RICH_BROKEN);
        ck_assert_int_eq(d != NULL, changes[i].told);
        if (d)
            ck_place(&d->where, "rich_header", 0x80 + 32);
        sample_free(&s);
    }
}
END_TEST

START_TEST(what_lies_behind_the_nt_header_is_none)
{
    sample s = with_rich();
    pel_builder_poke(s.b, "dos_header.e_lfanew", 0x20);
    pel_builder_patch(s.b, (pel_foff){ 0x20 }, "PE\0", 4);
    ck_absent(&s);
}
END_TEST

/* "DanS" directly before "Rich" leaves no room for the three pads. */
START_TEST(a_header_shorter_than_its_preamble_is_none)
{
    uint8_t bytes[12] = "DanSRich"; /* key 0 */
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_patch(s.b, (pel_foff){ 0x60 }, bytes, sizeof bytes);
    ck_absent(&s);
}
END_TEST

START_TEST(a_header_may_have_no_entries)
{
    pel_rich rich;
    uint8_t bytes[24] = "DanS\0\0\0\0\0\0\0\0\0\0\0\0Rich"; /* key 0 */
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_patch(s.b, (pel_foff){ 0x60 }, bytes, sizeof bytes);
    sample_parse(&s);
    ck_assert(pel_image_rich(s.img, &rich));
    ck_hex(rich.offset.v, 0x60);
    ck_hex(rich.size, 24);
    ck_assert_uint_eq(rich.entry_count, 0);
    ck_assert_uint_ne(rich.checksum, 0);
    ck_assert_ptr_null(pel_image_rich_entry(s.img, 0));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_rich)
{
    tcase_add_test(tests, an_intact_header_is_decrypted_and_verified);
    tcase_add_test(tests, a_change_of_any_byte_it_covers_is_seen);
    tcase_add_test(tests, e_lfanew_is_not_part_of_the_checksum);
    tcase_add_test(tests, files_without_one_have_none);
    tcase_add_test(tests, a_header_whose_marks_are_gone_is_none);
    tcase_add_test(tests, what_lies_behind_the_nt_header_is_none);
    tcase_add_test(tests, a_header_shorter_than_its_preamble_is_none);
    tcase_add_test(tests, a_header_may_have_no_entries);
}
