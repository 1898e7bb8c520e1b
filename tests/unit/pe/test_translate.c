/* SPDX-License-Identifier: Apache-2.0 */
/* RVA <-> file offset: a few known places, and random images against a model that paints
 * every byte. */
#include "sample.h"

static pel_rva_answer at_rva(const sample *s, uint64_t rva)
{
    return pel_image_at_rva(s->img, (pel_rva){ (uint32_t)rva });
}

/* ---- known places ------------------------------------------------------ */

static const struct {
    uint32_t rva;
    pel_where where;
    uint64_t offset; /* where there is one */
    uint32_t section;
    uint64_t run;
} places[] = {
    { 0x0000, PEL_WHERE_HEADER, 0x000, PEL_NO_INDEX, 0x200 },
    { 0x01ff, PEL_WHERE_HEADER, 0x1ff, PEL_NO_INDEX, 0x001 },
    { 0x0200, PEL_WHERE_ZERO_FILL, 0, PEL_NO_INDEX, 0xe00 },
    { 0x1000, PEL_WHERE_SECTION, 0x200, 0, 0x200 },
    { 0x1002, PEL_WHERE_SECTION, 0x202, 0, 0x1fe }, /* past VirtualSize, but in the sector */
    { 0x1200, PEL_WHERE_ZERO_FILL, 0, 0, 0xe00 },
    { 0x2000, PEL_WHERE_SECTION, 0x400, 1, 0x200 },
    { 0x2fff, PEL_WHERE_ZERO_FILL, 0, 1, 0x001 },
    { 0x3000, PEL_WHERE_UNMAPPED, 0, PEL_NO_INDEX, 0xffffd000 },
    { 0xffffffff, PEL_WHERE_UNMAPPED, 0, PEL_NO_INDEX, 1 },
};

START_TEST(each_address_of_the_sample_is_what_it_should_be)
{
    pel_foff offset;
    sample s = sample_of(_i % 2 ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    pel_rva_answer a = at_rva(&s, places[_i].rva);
    bool in_file = a.where == PEL_WHERE_HEADER || a.where == PEL_WHERE_SECTION;
    ck_assert_str_eq(pel_where_name(a.where), pel_where_name(places[_i].where));
    ck_assert_int_eq(a.has_offset, in_file);
    ck_hex(a.offset.v, places[_i].offset);
    ck_hex(a.section, places[_i].section);
    ck_hex(a.run, places[_i].run);
    ck_status(in_file ? PEL_OK : PEL_NOT_FOUND,
              pel_image_rva_to_foff(s.img, (pel_rva){ places[_i].rva }, &offset));
    ck_hex(offset.v, places[_i].offset);
    sample_free(&s);
}
END_TEST

START_TEST(a_hole_between_sections_is_a_gap)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 1, "VirtualAddress", 0x5000);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x7000);
    sample_parse(&s);
    pel_rva_answer a = at_rva(&s, 0x2100);
    ck_assert_int_eq(a.where, PEL_WHERE_GAP);
    ck_hex(a.run, 0x2f00);
    ck_assert_uint_eq(a.section, PEL_NO_INDEX);
    a = at_rva(&s, 0x6000); /* the tail of the view */
    ck_assert_int_eq(a.where, PEL_WHERE_GAP);
    ck_hex(a.run, 0x1000);
    sample_free(&s);
}
END_TEST

START_TEST(where_sections_overlap_the_later_one_wins)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 0, "VirtualSize", 0x3000);
    sample_parse(&s);
    ck_assert_uint_eq(at_rva(&s, 0x1fff).section, 0);
    ck_assert_uint_eq(at_rva(&s, 0x2000).section, 1);
    ck_hex(at_rva(&s, 0x2000).offset.v, 0x400);
    ck_assert_uint_eq(at_rva(&s, 0x3000).section, 0);
    ck_hex(at_rva(&s, 0x1200).run, 0xe00);
    sample_free(&s);
}
END_TEST

/* The address line is 32 bits long. What a section has beyond it is nowhere. */
START_TEST(a_section_that_runs_past_the_last_rva_ends_there)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_rva rva;
    sample_poke_section(&s, 1, "VirtualAddress", 0xffffff00);
    sample_poke_section(&s, 1, "VirtualSize", 0x2000);
    sample_parse(&s);
    ck_hex(at_rva(&s, 0xffffffff).offset.v, 0x4ff);
    ck_hex(at_rva(&s, 0xffffffff).run, 1);
    pel_rva_iter it = pel_image_rvas(s.img, (pel_foff){ 0x4ff });
    ck_assert(pel_rva_next(&it, &rva));
    ck_hex(rva.v, 0xffffffff);
    it = pel_image_rvas(s.img, (pel_foff){ 0x500 });
    ck_assert(!pel_rva_next(&it, &rva));
    ck_assert_int_eq(pel_image_at_foff(s.img, (pel_foff){ 0x500 }), PEL_WHERE_GAP);
    sample_free(&s);
}
END_TEST

/* ---- the way back ------------------------------------------------------ */

START_TEST(one_offset_may_be_mapped_at_many_addresses)
{
    pel_rva rva;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 1, "PointerToRawData", 0x200);
    pel_builder_poke(s.b, "optional_header.SizeOfHeaders", 0x400);
    sample_parse(&s);
    pel_rva_iter it = pel_image_rvas(s.img, (pel_foff){ 0x234 });
    static const uint32_t want[] = { 0x234, 0x1034, 0x2034 };
    for (size_t i = 0; i < 3; i++) {
        ck_assert(pel_rva_next(&it, &rva));
        ck_hex(rva.v, want[i]);
    }
    ck_assert(!pel_rva_next(&it, &rva));
    ck_assert(!pel_rva_next(&it, &rva));
    sample_free(&s);
}
END_TEST

START_TEST(offsets_are_named_too)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, "tail", 4);
    sample_poke_section(&s, 0, "PointerToRawData", 0);
    sample_parse(&s);
    static const struct {
        uint64_t offset;
        const char *where;
    } rows[] = { { 0, "header" },           { 0x1ff, "header" },  { 0x200, "gap" },
                 { 0x3ff, "gap" },          { 0x400, "section" }, { 0x5ff, "section" },
                 { 0x600, "overlay" },      { 0x603, "overlay" }, { 0x604, "unmapped" },
                 { UINT64_MAX, "unmapped" } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_str_eq(pel_where_name(pel_image_at_foff(s.img, (pel_foff){ rows[i].offset })),
                         rows[i].where);
    sample_free(&s);
}
END_TEST

/* ---- bytes ------------------------------------------------------------- */

START_TEST(reading_goes_across_headers_zeros_and_sections)
{
    static uint8_t got[SAMPLE_IMAGE], want[SAMPLE_IMAGE];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    memcpy(want, s.bytes.data, 0x200);
    memcpy(want + 0x1000, s.bytes.data + 0x200, 0x200);
    memcpy(want + 0x2000, s.bytes.data + 0x400, 0x200);
    memset(got, 0xee, sizeof got);
    ck_ok(pel_image_read(s.img, (pel_rva){ 0 }, got, sizeof got));
    ck_assert_mem_eq(got, want, sizeof want);
    ck_ok(pel_image_read(s.img, (pel_rva){ 0x1ffe }, got, 4));
    ck_assert_mem_eq(got, want + 0x1ffe, 4);
    ck_ok(pel_image_read(s.img, (pel_rva){ 0x9000 }, got, 0));
    ck_status(PEL_NOT_FOUND, pel_image_read(s.img, (pel_rva){ 0x2fff }, got, 2));
    ck_status(PEL_NOT_FOUND, pel_image_read(s.img, (pel_rva){ 0xffffffff }, got, 2));
    sample_free(&s);
}
END_TEST

START_TEST(reading_does_not_go_across_a_gap)
{
    uint8_t bytes[0x2000];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 1, "VirtualAddress", 0x3000);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x4000);
    sample_parse(&s);
    ck_status(PEL_NOT_FOUND, pel_image_read(s.img, (pel_rva){ 0x1ff0 }, bytes, sizeof bytes));
    ck_ok(pel_image_read(s.img, (pel_rva){ 0x1ff0 }, bytes, 0x10));
    sample_free(&s);
}
END_TEST

START_TEST(a_span_is_what_the_file_has_in_one_piece)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    pel_span span = pel_image_span(s.img, (pel_rva){ 0x1010 }, 0x20);
    ck_assert_ptr_eq(span.data, s.bytes.data + 0x210);
    ck_assert_uint_eq(span.size, 0x20);
    ck_assert_uint_eq(pel_image_span(s.img, (pel_rva){ 0x1010 }, UINT64_MAX).size, 0x1f0);
    ck_assert_uint_eq(pel_image_span(s.img, (pel_rva){ 0x1200 }, 4).size, 0);
    ck_assert_uint_eq(pel_image_span(s.img, (pel_rva){ 0x3000 }, 4).size, 0);
    sample_free(&s);
}
END_TEST

/* ---- random images against a painter ----------------------------------- */

#define PAGE   0x1000u
#define SECTOR 0x200u

/* What each RVA is, painted byte by byte: the headers, then one section after another. */
typedef struct paint {
    pel_where *where;
    int64_t *offset; /* -1: no byte of the file */
    uint32_t *section;
    uint32_t size;
} paint;

static uint64_t min(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t max(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t up(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

static void dab(paint *p, uint64_t rva, pel_where where, int64_t offset, uint32_t section)
{
    if (rva >= p->size)
        return;
    p->where[rva] = where;
    p->offset[rva] = offset;
    p->section[rva] = section;
}

static void paint_headers(paint *p, const sample *s, uint64_t lowest)
{
    const pel_optional_header *o = pel_image_optional_header(s->img);
    const pel_file_header *f = pel_image_file_header(s->img);
    uint64_t view = up(o->size_of_image, PAGE);
    uint64_t table_end = SAMPLE_TABLE + 40 * (uint64_t)f->section_count;
    uint64_t wanted = max(o->size_of_headers, table_end);
    uint64_t real = min(min(wanted, s->bytes.size), lowest);
    uint64_t pages = min(min(up(max(o->size_of_headers, real), PAGE), lowest), max(view, real));
    for (uint64_t rva = 0; rva < p->size; rva++)
        dab(p, rva, rva < view ? PEL_WHERE_GAP : PEL_WHERE_UNMAPPED, -1, PEL_NO_INDEX);
    for (uint64_t rva = 0; rva < pages && rva < p->size; rva++)
        dab(p, rva, rva < real ? PEL_WHERE_HEADER : PEL_WHERE_ZERO_FILL,
            rva < real ? (int64_t)rva : -1, PEL_NO_INDEX);
}

static void paint_section(paint *p, const sample *s, uint32_t index)
{
    const pel_section_header *h = &pel_image_section(s->img, index)->header;
    uint64_t pages = up(h->virtual_size ? h->virtual_size : h->raw_size, PAGE);
    uint64_t skew = h->raw_offset.v % SECTOR, sectors = up(skew + h->raw_size, SECTOR);
    bool has_raw = h->raw_offset.v != 0 && h->raw_size != 0;
    for (uint64_t i = 0; i < pages && i < p->size; i++) {
        uint64_t offset = h->raw_offset.v - skew + i;
        bool in_file = has_raw && i < sectors && offset < s->bytes.size;
        dab(p, h->virtual_address.v + i, in_file ? PEL_WHERE_SECTION : PEL_WHERE_ZERO_FILL,
            in_file ? (int64_t)offset : -1, index);
    }
}

/* A flat image is the file as it is, in the view and in the sections. */
static void paint_flat(paint *p, const sample *s)
{
    uint64_t view = pel_image_view_size(s->img), file = s->bytes.size;
    for (uint64_t rva = 0; rva < p->size; rva++) {
        bool inside = rva < view, there = inside && rva < file;
        dab(p, rva,
            there    ? PEL_WHERE_HEADER
            : inside ? PEL_WHERE_ZERO_FILL
                     : PEL_WHERE_UNMAPPED,
            there ? (int64_t)rva : -1, PEL_NO_INDEX);
    }
    for (uint32_t i = 0; i < pel_image_section_count(s->img); i++) {
        const pel_section_header *h = &pel_image_section(s->img, i)->header;
        uint64_t start = h->virtual_address.v;
        uint64_t end = start + (h->virtual_size ? h->virtual_size : h->raw_size);
        for (uint64_t rva = start; rva < end && rva < p->size; rva++)
            dab(p, rva, rva < file ? PEL_WHERE_SECTION : PEL_WHERE_ZERO_FILL,
                rva < file ? (int64_t)rva : -1, i);
    }
}

static paint paint_new(const sample *s, uint32_t size)
{
    paint p = { malloc(size * sizeof *p.where), malloc(size * sizeof *p.offset),
                malloc(size * sizeof *p.section), size };
    uint64_t lowest = UINT64_MAX;
    ck_assert(p.where && p.offset && p.section);
    if (pel_image_is_flat(s->img)) {
        paint_flat(&p, s);
        return p;
    }
    for (uint32_t i = 0; i < pel_image_section_count(s->img); i++)
        lowest = min(lowest, pel_image_section(s->img, i)->header.virtual_address.v);
    paint_headers(&p, s, lowest);
    for (uint32_t i = 0; i < pel_image_section_count(s->img); i++)
        paint_section(&p, s, i);
    return p;
}

static void paint_free(paint *p)
{
    free(p->where);
    free(p->offset);
    free(p->section);
}

/* The answer at `rva` holds for its run, and no longer than that. */
static uint64_t check_run(const sample *s, const paint *p, uint64_t rva)
{
    pel_rva_answer a = at_rva(s, rva);
    uint64_t end = min(rva + a.run, p->size);
    ck_quick(a.run > 0);
    for (uint64_t at = rva; at < end; at++) {
        bool has = p->offset[at] >= 0;
        if (a.where != p->where[at] || a.section != p->section[at] || a.has_offset != has ||
            (has && a.offset.v + (at - rva) != (uint64_t)p->offset[at]))
            ck_abort_msg("at 0x%" PRIx64 ": %s of section %d, painted %s of %d", at,
                         pel_where_name(a.where), (int)a.section, pel_where_name(p->where[at]),
                         (int)p->section[at]);
    }
    if (end == p->size || pel_image_is_flat(s->img))
        return end;
    pel_rva_answer b = at_rva(s, end);
    ck_quick(a.where != b.where || a.section != b.section ||
             (a.has_offset && b.offset.v != a.offset.v + a.run)); /* else it could be longer */
    return end;
}

/* Every offset leads back to each address that is painted with it, in rising order. */
static void check_offsets(const sample *s, const paint *p, uint64_t step)
{
    for (uint64_t offset = 0; offset < s->bytes.size; offset += step) {
        pel_rva_iter it = pel_image_rvas(s->img, (pel_foff){ offset });
        pel_rva rva = { 0 };
        for (uint32_t at = 0; at < p->size; at++) {
            if (p->offset[at] != (int64_t)offset)
                continue;
            ck_quick(pel_rva_next(&it, &rva));
            ck_quick(rva.v == at);
        }
        ck_quick(!pel_rva_next(&it, &rva) || rva.v >= p->size);
    }
}

static void randomize(sample *s, uint64_t *state, uint32_t sections, uint32_t size)
{
    static const uint32_t headers[] = { 0, 0x100, 0x200, 0x1000, 0x1001, 0x3000, 0xffffffff };
    for (uint32_t i = 0; i < sections; i++) {
        uint32_t grain = random_below(state, 3) ? PAGE : 1;
        uint32_t raw = random_below(state, 4) ? random_below(state, 0x3000) : 0;
        uint32_t raw_at = random_below(state, 4) ? random_below(state, 0x5000) : 0;
        uint32_t bytes = random_below(state, 4) ? random_below(state, size / 4) : 0;
        sample_poke_section(s, i, "VirtualAddress", random_below(state, size) / grain * grain);
        sample_poke_section(s, i, "VirtualSize", bytes);
        sample_poke_section(s, i, "SizeOfRawData", raw);
        sample_poke_section(s, i, "PointerToRawData", raw_at);
    }
    pel_builder_poke(s->b, "optional_header.SizeOfImage", random_below(state, size + PAGE));
    pel_builder_poke(s->b, "optional_header.SizeOfHeaders", headers[random_below(state, 7)]);
}

static void compare_with_paint(uint64_t seed, uint32_t sections, uint32_t size, uint64_t step,
                               bool flat)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    for (uint32_t i = 0; i < sections; i++)
        pel_builder_section(s.b, ".s", SAMPLE_RW);
    randomize(&s, &state, sections, size);
    if (flat)
        pel_builder_poke(s.b, "optional_header.SectionAlignment", 0x200);
    pel_builder_resize(s.b, 0x4000 + random_below(&state, 0x400) + 40 * sections);
    sample_parse(&s);
    paint p = paint_new(&s, size + 2 * PAGE);
    for (uint64_t rva = 0; rva < p.size;)
        rva = check_run(&s, &p, rva);
    check_offsets(&s, &p, step);
    paint_free(&p);
    sample_free(&s);
}

START_TEST(few_sections_are_as_painted)
{
    compare_with_paint((uint64_t)_i + 1, (uint32_t)_i % 9, 0xa000, 997, false);
}
END_TEST

START_TEST(hundreds_of_overlapping_sections_are_as_painted)
{
    compare_with_paint((uint64_t)_i + 1000, 100 + 100 * (uint32_t)_i, 0x20000, 4999, false);
}
END_TEST

START_TEST(flat_images_are_as_painted)
{
    compare_with_paint((uint64_t)_i + 2000, (uint32_t)_i % 9, 0xa000, 997, true);
}
END_TEST

PEL_TESTS(pe_translate)
{
    tcase_add_loop_test(tests, each_address_of_the_sample_is_what_it_should_be, 0,
                        sizeof places / sizeof places[0]);
    tcase_add_test(tests, a_hole_between_sections_is_a_gap);
    tcase_add_test(tests, where_sections_overlap_the_later_one_wins);
    tcase_add_test(tests, a_section_that_runs_past_the_last_rva_ends_there);
    tcase_add_test(tests, one_offset_may_be_mapped_at_many_addresses);
    tcase_add_test(tests, offsets_are_named_too);
    tcase_add_test(tests, reading_goes_across_headers_zeros_and_sections);
    tcase_add_test(tests, reading_does_not_go_across_a_gap);
    tcase_add_test(tests, a_span_is_what_the_file_has_in_one_piece);
    tcase_add_loop_test(tests, few_sections_are_as_painted, 0, 180);
    tcase_add_loop_test(tests, hundreds_of_overlapping_sections_are_as_painted, 0, 6);
    tcase_add_loop_test(tests, flat_images_are_as_painted, 0, 60);
}
