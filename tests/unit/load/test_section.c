/* SPDX-License-Identifier: Apache-2.0 */
/* The image as a section object: regions, contents of pages, the rewritten header. */
#include "../vm/fixture.h"
#include "sample.h"

#define BASE UINT64_C(0x140000000)

/* A view of the image at its base (or at `base`), made by the public call. */
static uint64_t view_of(vm *v, const sample *s, uint64_t base, const pel_load_options *o)
{
    pel_section_object *section;
    pel_va at = { base };
    ck_nt(SUCCESS, pel_image_section_new(v->m, s->img, at, o, &section));
    ck_hex(pel_section_object_size(section), pel_image_view_size(s->img));
    ck_nt(SUCCESS, pel_space_map(v->s, section, &at));
    pel_section_object_free(section);
    return at.v;
}

/* ---- regions ----------------------------------------------------------- */

START_TEST(headers_and_sections_are_regions_of_their_own)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, BASE, NULL);
    ck_region(v.s, BASE, 0x1000, COMMIT, RO);
    ck_region(v.s, BASE + 0x1000, 0x1000, COMMIT, RX);
    ck_region(v.s, BASE + 0x2000, 0x1000, COMMIT, WC);
    pel_region r = region_at(v.s, BASE + 0x2000);
    ck_hex(r.type, PEL_MEM_IMAGE);
    ck_hex(r.alloc_protect, WCX);
    ck_hex(r.allocation_base.v, BASE);
    ck_assert_uint_eq(pel_machine_counters(v.m).section_fills, 0); /* nothing was read */
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(neighbours_that_are_alike_merge)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "sections[0].Characteristics", PEL_SCN_MEM_READ);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, BASE, NULL);
    ck_region(v.s, BASE, 0x2000, COMMIT, RO);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* .data has three pages, of which the file has a part of the first. */
START_TEST(zero_filled_pages_take_no_disk)
{
    uint8_t byte = 1;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "sections[1].VirtualSize", 0x3000);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x5000);
    sample_parse(&s);
    vm v = vm_new(0);
    uint64_t base = view_of(&v, &s, BASE, NULL);
    for (uint64_t rva = 0x2000; rva < 0x5000; rva += 0x1000)
        ck_nt(SUCCESS, pel_space_read(v.s, va_of(base + rva), &byte, 1, NULL));
    pel_counters c = pel_machine_counters(v.m);
    ck_assert_uint_eq(c.demand_zero, 2);
    ck_assert_uint_eq(c.section_fills, 1);
    ck_assert_uint_eq(c.hard_faults, 1);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* Refused, and laid out all the same: a section that begins in the last zero-filled page of the one
 * before it. */
START_TEST(a_page_with_bytes_of_the_next_section_is_none_of_zeros)
{
    uint8_t got[2], want[2];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "sections[0].VirtualSize", 0x1800);
    pel_builder_poke(s.b, "sections[1].VirtualAddress", 0x2800);
    sample_parse(&s);
    vm v = vm_new(0);
    uint64_t base = view_of(&v, &s, BASE, NULL);
    ck_ok(pel_image_read(s.img, (pel_rva){ 0x2800 }, want, sizeof want));
    ck_nt(SUCCESS, pel_space_peek(v.s, va_of(base + 0x2800), got, sizeof got));
    ck_assert_mem_eq(got, want, sizeof want);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(a_flat_image_is_one_region)
{
    uint8_t page[0x1000], want[0x1000] = { 0 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
    pel_builder_set(s.b, "optional_header.SizeOfImage", 0x1fff);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, BASE, NULL);
    ck_region(v.s, BASE, 0x2000, COMMIT, WCX);
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(BASE), page, sizeof page, NULL));
    memcpy(want, s.bytes.data, s.bytes.size);
    ck_assert_mem_eq(page, want, sizeof want);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* Sections at 0x4000 and 0x8000, of 16 KiB each in steps, and a tail of 8 KiB behind them. */
static const struct {
    pel_padding_policy policy;
    uint32_t header, text, data; /* protection of the padding behind each; 0: reserved */
    uint32_t tail;
} paddings[] = {
    { PEL_PADDING_RESERVED, 0, 0, 0, 0 },
    { PEL_PADDING_SECTION, RO, RX, WC, 0 },
    { PEL_PADDING_WINE, WCX, WCX, WCX, WCX },
};

static void ck_padding(pel_space *space, uint64_t va, uint32_t protect)
{
    pel_region r = region_at(space, va);
    ck_hex(r.state, protect ? COMMIT : RESERVE);
    ck_hex(r.protect, protect);
    if (protect && protect != X)
        ck_assert_uint_eq(byte_at(space, va), 0);
    else
        ck_nt(ACCESS_VIOLATION, touch(space, va, PEL_READ));
}

START_TEST(pages_of_no_section_are_as_the_policy_says)
{
    pel_load_options o = { .padding = paddings[_i].policy };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x4000);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0x4000);
    pel_builder_set(s.b, "optional_header.SizeOfImage", 0xe000);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, BASE, &o);
    ck_padding(v.s, BASE + 0x1000, paddings[_i].header);
    ck_padding(v.s, BASE + 0x5000, paddings[_i].text);
    ck_padding(v.s, BASE + 0x9000, paddings[_i].data);
    ck_padding(v.s, BASE + 0xb000, paddings[_i].data);
    ck_padding(v.s, BASE + 0xc000, paddings[_i].tail);
    ck_padding(v.s, BASE + 0xd000, paddings[_i].tail);
    ck_hex(region_at(v.s, BASE).protect, RO);
    ck_hex(region_at(v.s, BASE + 0x4000).protect, RX);
    ck_hex(region_at(v.s, BASE + 0x8000).protect, WC);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(shared_sections_are_shared_and_others_are_not)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_section(s.b, ".shared", SAMPLE_RW | PEL_SCN_MEM_SHARED);
    sample_parse(&s);
    vm v = vm_new(0);
    pel_section_object *section;
    pel_va a = { BASE }, b = { BASE };
    ck_nt(SUCCESS, pel_image_section_new(v.m, s.img, a, NULL, &section));
    ck_nt(SUCCESS, pel_space_map(v.s, section, &a));
    ck_nt(SUCCESS, pel_space_map(v.t, section, &b));
    pel_section_object_free(section);
    put(v.s, BASE + 0x2000, 0x77);
    put(v.s, BASE + 0x3000, 0x78);
    ck_hex(byte_at(v.t, BASE + 0x2000), 1); /* as the file has it */
    ck_hex(byte_at(v.t, BASE + 0x3000), 0x78);
    ck_hex(region_at(v.s, BASE + 0x2000).protect, RW); /* its own copy */
    ck_hex(region_at(v.t, BASE + 0x2000).protect, WC);
    ck_hex(region_at(v.s, BASE + 0x3000).protect, RW);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* ---- contents ---------------------------------------------------------- */

START_TEST(the_view_is_what_the_layout_says)
{
    static uint8_t got[SAMPLE_IMAGE], want[SAMPLE_IMAGE];
    sample s = sample_of(_i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "sections[1].PointerToRawData", 0x345); /* off its sector */
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, BASE, NULL);
    ck_ok(pel_image_read(s.img, (pel_rva){ 0 }, want, sizeof want));
    ck_nt(SUCCESS, pel_space_peek(v.s, va_of(BASE), got, sizeof got));
    for (size_t i = 0; i < sizeof want; i++)
        ck_quick(got[i] == want[i] ||
                 (_i && i >= SAMPLE_OPTIONAL + 28 && i < SAMPLE_OPTIONAL + 32)); /* ImageBase */
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* Sections that share a page, which only a refused image has: both are seen. */
START_TEST(a_page_may_have_bytes_of_two_sections)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 1, "VirtualAddress", 0x1800);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, BASE, NULL);
    ck_hex(byte_at(v.s, BASE + 0x1000), 0x31);
    ck_hex(byte_at(v.s, BASE + 0x1800), 1);
    ck_hex(region_at(v.s, BASE + 0x1000).protect, RX); /* the first has the page */
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* ---- ImageBase in the header ------------------------------------------- */

/* DYNAMIC_BASE with relocations moves in the kernel, which rewrites the header. */
static const struct {
    pel_header_policy policy;
    bool dynamic, relocs, moved, rewritten;
} headers[] = {
    { PEL_HEADER_AS_WINDOWS, true, true, true, true },
    { PEL_HEADER_AS_WINDOWS, true, true, false, false },
    { PEL_HEADER_AS_WINDOWS, true, false, true, false },
    { PEL_HEADER_AS_WINDOWS, false, true, true, false },
    { PEL_HEADER_REWRITE, false, false, true, true },
    { PEL_HEADER_REWRITE, true, true, false, false },
    { PEL_HEADER_KEEP, true, true, true, false },
};
#define HEADERS (sizeof headers / sizeof headers[0])

START_TEST(image_base_is_rewritten_as_the_policy_says)
{
    bool wide = (size_t)_i < HEADERS;
    size_t row = (size_t)_i % HEADERS;
    uint64_t field = SAMPLE_OPTIONAL + (wide ? 24 : 28), got = 0;
    uint64_t preferred = wide ? BASE : 0x400000;
    uint64_t base = headers[row].moved ? (wide ? 0x7ff812340000 : 0x12340000) : preferred;
    pel_load_options o = { .header = headers[row].policy };
    sample s = sample_of(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    if (headers[row].relocs)
        pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_HIGHLOW);
    if (!headers[row].dynamic)
        pel_builder_set(s.b, "optional_header.DllCharacteristics", PEL_DLL_NX_COMPAT);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, base, &o);
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(base + field), &got, wide ? 8 : 4, NULL));
    ck_hex(got, headers[row].rewritten ? base : preferred);
    ck_hex(byte_at(v.s, base + field - 1), s.bytes.data[field - 1]);
    ck_hex(byte_at(v.s, base + field + 8), s.bytes.data[field + 8]);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* The field may lie across two pages of the header. */
START_TEST(image_base_may_lie_across_pages)
{
    uint64_t got = 0, base = 0x7ff812340000;
    pel_load_options o = { .header = PEL_HEADER_REWRITE };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "dos_header.e_lfanew", 0x1000 - 48 - 4); /* its middle at 0x1000 */
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, base, &o);
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(base + 0x1000 - 4), &got, 8, NULL));
    ck_hex(got, base);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(relocations_may_patch_the_header)
{
    uint8_t got[8];
    uint64_t base = BASE + 0x10000;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x40 }, PEL_REL_DIR64); /* in the DOS stub */
    sample_parse(&s);
    vm v = vm_new(0);
    view_of(&v, &s, base, NULL);
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(base + 0x40), got, 8, NULL));
    ck_hex(got[2], s.bytes.data[0x42] + 1u);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* ---- refusals and failures --------------------------------------------- */

START_TEST(what_has_no_view_makes_no_section)
{
    pel_section_object *section = (pel_section_object *)1;
    vm v = vm_new(0);
    sample s = sample_raw("MZ", 2);
    sample_parse(&s);
    ck_nt(INVALID_IMAGE_FORMAT, pel_image_section_new(v.m, s.img, va_of(BASE), NULL, &section));
    ck_assert_ptr_null(section);
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0);
    sample_parse(&s);
    ck_nt(INVALID_IMAGE_FORMAT, pel_image_section_new(v.m, s.img, va_of(BASE), NULL, &section));
    sample_free(&s);
    vm_free(&v);
}
END_TEST

/* Forty sections, relocations out of order and across the end of a page. */
static sample demanding(void)
{
    static const uint8_t table[] = { 0x00, 0x20, 0, 0, 12, 0, 0, 0, 0xfc, 0xaf, 0x00, 0xa0,
                                     0x00, 0x10, 0, 0, 12, 0, 0, 0, 0xfe, 0xaf, 0x00, 0xa0 };
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    for (uint32_t i = 0; i < 40; i++)
        pel_builder_section(s.b, ".s", i % 2 ? SAMPLE_RW : SAMPLE_RX);
    uint32_t relocs = pel_builder_section(s.b, ".reloc", PEL_SCN_MEM_READ);
    pel_builder_data(s.b, relocs, table, sizeof table);
    pel_builder_directory(s.b, PEL_DIR_BASERELOC, pel_builder_rva(s.b, relocs, 0), sizeof table);
    sample_parse(&s);
    return s;
}

/* Make a view at another base and touch two of its pages. */
static pel_ntstatus map_and_touch(pel_machine *m, pel_space *space, const pel_image *img)
{
    pel_section_object *section;
    pel_va base = { BASE + 0x10000 };
    pel_ntstatus nt = pel_image_section_new(m, img, base, NULL, &section);
    if (!pel_nt_success(nt))
        return nt;
    nt = pel_space_map(space, section, &base);
    pel_section_object_free(section);
    if (pel_nt_success(nt))
        nt = touch(space, base.v + 0x1000, PEL_READ);
    if (pel_nt_success(nt))
        nt = touch(space, base.v + 0x2000, PEL_READ);
    return nt;
}

START_TEST(every_allocation_may_fail)
{
    pel_ntstatus nt = (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    sample s = demanding();
    long n = 0;
    for (; nt == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY; n++) {
        alloc_fail f = { .left = 1000 };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_machine_options mo = { .allocator = &a };
        pel_machine *m;
        pel_space *space;
        ck_ok(pel_machine_new(&mo, &m));
        ck_ok(pel_space_new(m, NULL, &space));
        f.left = n;
        nt = map_and_touch(m, space, s.img);
        ck_holds(m);
        pel_space_free(space);
        ck_assert_uint_eq(pel_machine_counters(m).commit, 0);
        pel_machine_free(m);
        ck_assert_int_eq(f.live, 0);
    }
    ck_nt(SUCCESS, nt);
    ck_assert_int_gt(n, 8);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_section)
{
    tcase_add_test(tests, headers_and_sections_are_regions_of_their_own);
    tcase_add_test(tests, neighbours_that_are_alike_merge);
    tcase_add_test(tests, zero_filled_pages_take_no_disk);
    tcase_add_test(tests, a_page_with_bytes_of_the_next_section_is_none_of_zeros);
    tcase_add_test(tests, a_flat_image_is_one_region);
    tcase_add_loop_test(tests, pages_of_no_section_are_as_the_policy_says, 0, 3);
    tcase_add_test(tests, shared_sections_are_shared_and_others_are_not);
    tcase_add_loop_test(tests, the_view_is_what_the_layout_says, 0, 2);
    tcase_add_test(tests, a_page_may_have_bytes_of_two_sections);
    tcase_add_loop_test(tests, image_base_is_rewritten_as_the_policy_says, 0, 2 * HEADERS);
    tcase_add_test(tests, image_base_may_lie_across_pages);
    tcase_add_test(tests, relocations_may_patch_the_header);
    tcase_add_test(tests, what_has_no_view_makes_no_section);
    tcase_add_test(tests, every_allocation_may_fail);
}
