/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that were counted while the parser looked thoroughly have the entropy that they have when
 * they are counted by themselves. */
#include "base/hash.h"
#include "pe/entropy.h"
#include "sample.h"

static const pel_image_options thorough = { .thorough = true };

static void check_entropy(const pel_image *image, uint64_t offset, uint64_t size)
{
    pel_span part = pel_span_clip(pel_image_bytes(image), offset, size);
    double want = pel_entropy(part), got = pel_image_entropy(image, part);
    ck_assert_msg(got > want - 1e-9 && got < want + 1e-9, "%f, not %f", got, want);
}

static void check_all(sample *s)
{
    sample_parse(s);
    pel_image *image;
    ck_ok(pel_image_parse(s->bytes, &thorough, &image));
    check_entropy(image, 0, UINT64_MAX);
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section_header *h = &pel_image_section(image, i)->header;
        check_entropy(image, h->raw_offset.v, h->raw_size);
    }
    check_entropy(image, 0x200, 0x100); /* a part of a section */
    check_entropy(image, 0x3ff, 2);     /* of two */
    check_entropy(image, 0x7fffffff, 1);
    ck_hex(pel_image_checksum(image), pel_image_checksum(s->img));
    pel_image_free(image);
    sample_free(s);
}

/* Sections as they should be; in the wrong order; over each other; past the end of the file. */
static const struct {
    uint32_t offset, size; /* of the second one */
} raw[] = { { 0x400, 0x200 }, { 0, 0x200 }, { 0x300, 0x200 }, { 0x200, 0x200 }, { 0x500, 0x4000 } };

START_TEST(what_is_remembered_is_what_would_be_counted)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "sections[1].PointerToRawData", raw[_i].offset);
    pel_builder_poke(s.b, "sections[1].SizeOfRawData", raw[_i].size);
    pel_builder_poke(s.b, "optional_header.CheckSum", 0x1234);
    check_all(&s);
}
END_TEST

START_TEST(files_without_sections_are_counted_too)
{
    sample s = sample_bare(PEL_BUILD_PE32);
    check_all(&s);
}
END_TEST

PEL_TESTS(pe_entropy)
{
    tcase_add_loop_test(tests, what_is_remembered_is_what_would_be_counted, 0,
                        sizeof raw / sizeof raw[0]);
    tcase_add_test(tests, files_without_sections_are_counted_too);
}
