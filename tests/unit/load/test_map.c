/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a base, and the rules that are asked when an image is mapped. */
#include "../vm/fixture.h"
#include "load/load_priv.h"
#include "sample.h"

#define BASE64 UINT64_C(0x140000000)
#define BASE32 UINT64_C(0x400000)
#define TOP    UINT64_C(0x7FFFFFFEFFFF)

/* The sample with one relocation. */
static sample movable(pel_build_kind kind)
{
    sample s = sample_of(kind);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_HIGHLOW);
    return s;
}

static sample fixed_base(pel_build_kind kind) /* movable, but not by the kernel */
{
    sample s = movable(kind);
    pel_builder_set(s.b, "optional_header.DllCharacteristics", PEL_DLL_NX_COMPAT);
    return s;
}

static void take(vm *v, uint64_t base, uint64_t size)
{
    ck_nt(SUCCESS, allocate(v->s, base, size, RESERVE, RW));
}

/* ---- where it goes ----------------------------------------------------- */

START_TEST(an_image_goes_to_its_preferred_base)
{
    pel_module m;
    vm v = vm_new(0);
    sample s = movable(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, NULL, &m));
    ck_hex(m.base.v, BASE64);
    ck_hex(m.preferred_base.v, BASE64);
    ck_hex(m.size, 0x4000);
    ck_nt(SUCCESS, m.status);
    ck_assert(!m.relocated && !m.header_rewritten && m.has_entry);
    ck_hex(m.entry_rva.v, 0x1000);
    ck_hex(m.entry.v, BASE64 + 0x1000);
    ck_hex(region_at(v.s, BASE64).type, PEL_MEM_IMAGE);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(without_an_entry_point_there_is_none)
{
    pel_module m;
    vm v = vm_new(0);
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, NULL, &m));
    ck_assert(!m.has_entry);
    ck_hex(m.entry.v, BASE32);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* An image above 4 GiB stays above, one below stays below. */
static const struct {
    pel_build_kind kind;
    uint64_t preferred, goes_to;
} moved[] = {
    { PEL_BUILD_PE32PLUS, BASE64, 0x100000000 },
    { PEL_BUILD_PE32PLUS, 0x7ff000000000, 0x100000000 },
    { PEL_BUILD_PE32PLUS, 0x10000000, 0x10000 },
    { PEL_BUILD_PE32, BASE32, 0x10000 },
};

START_TEST(an_image_whose_base_is_taken_goes_to_the_lowest_room)
{
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        pel_module m;
        uint8_t data[4], want = 0;
        vm v = vm_new(0);
        sample s = dynamic ? movable(moved[_i].kind) : fixed_base(moved[_i].kind);
        pel_builder_set(s.b, "optional_header.ImageBase", moved[_i].preferred);
        sample_parse(&s);
        take(&v, moved[_i].preferred + 0x3000, 1);
        pel_ntstatus nt = pel_image_map(v.s, s.img, NULL, &m);
        ck_hex(nt, dynamic ? PEL_STATUS_SUCCESS : (unsigned)PEL_STATUS_IMAGE_NOT_AT_BASE);
        ck_hex(m.status, nt);
        ck_hex(m.base.v, moved[_i].goes_to);
        ck_hex(m.entry.v, moved[_i].goes_to + 0x1000);
        ck_assert(m.relocated);
        ck_assert_int_eq(m.header_rewritten, dynamic);
        ck_nt(SUCCESS, pel_space_read(v.s, va_of(m.base.v + 0x2000), data, 4, NULL));
        want = (uint8_t)(3 + ((m.base.v - moved[_i].preferred) >> 16));
        ck_hex(data[2], want);
        vm_free(&v);
        sample_free(&s);
    }
}
END_TEST

START_TEST(an_image_above_4_gib_goes_below_when_there_is_no_room_above)
{
    pel_module m;
    vm v = vm_new(0);
    sample s = movable(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    take(&v, 0x100000000, TOP + 1 - 0x100000000);
    take(&v, 0x10000, 0x10000);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, NULL, &m));
    ck_hex(m.base.v, 0x20000);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(an_image_without_relocations_lies_elsewhere_unchanged)
{
    pel_module m;
    vm v = vm_new(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    take(&v, BASE64, 1);
    ck_nt(IMAGE_NOT_AT_BASE, pel_image_map(v.s, s.img, NULL, &m));
    ck_assert(!m.relocated && !m.header_rewritten);
    ck_hex(byte_at(v.s, m.base.v + 0x2002), 3);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(a_flat_image_moves_without_relocation)
{
    pel_module m;
    vm v = vm_new(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    pel_builder_reloc(s.b, (pel_rva){ 0x400 }, PEL_REL_HIGHLOW);
    pel_builder_poke(s.b, "file_header.Characteristics", PEL_FILE_RELOCS_STRIPPED); /* even so */
    sample_parse(&s);
    take(&v, BASE64, 1);
    ck_nt(IMAGE_NOT_AT_BASE, pel_image_map(v.s, s.img, NULL, &m));
    ck_assert(!m.relocated);
    ck_hex(byte_at(v.s, m.base.v + 0x402), 3);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* ---- a base that is asked for ------------------------------------------ */

START_TEST(a_requested_base_is_taken)
{
    static const uint64_t bases[] = { 0x10000, BASE64, 0x7fff0000, TOP + 1 - 0x10000 };
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        pel_module m;
        pel_load_options o = { .has_base = true, .base = { bases[i] }, .aslr = true };
        vm v = vm_new(0);
        sample s = movable(PEL_BUILD_PE32PLUS);
        sample_parse(&s);
        ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &m));
        ck_hex(m.base.v, bases[i]);
        ck_assert_int_eq(m.relocated, bases[i] != BASE64);
        vm_free(&v);
        sample_free(&s);
    }
}
END_TEST

/* ---- the rules --------------------------------------------------------- */

static sample stripped(void)
{
    sample s = movable(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.Characteristics", PEL_FILE_RELOCS_STRIPPED);
    return s;
}

static sample no_address(void)
{
    sample s = movable(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "data_directories[5].VirtualAddress", 0);
    return s;
}

static sample bad_type(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, 6);
    return s;
}

/* HIGHADJ as the last entry of its block. */
static sample no_parameter(void)
{
    static const uint8_t table[] = { 0, 0x20, 0, 0, 10, 0, 0, 0, 0, 0x40 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    uint32_t relocs = pel_builder_section(s.b, ".reloc", PEL_SCN_MEM_READ);
    pel_builder_data(s.b, relocs, table, sizeof table);
    pel_builder_directory(s.b, PEL_DIR_BASERELOC, pel_builder_rva(s.b, relocs, 0), sizeof table);
    return s;
}

static sample outside(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x4000 }, PEL_REL_DIR64);
    return s;
}

static sample large(void)
{
    sample s = movable(PEL_BUILD_PE32);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0xfffff000);
    return s;
}

static sample good(void) { return movable(PEL_BUILD_PE32PLUS); }

static const struct {
    pel_rule rule;
    sample (*make)(void);
    uint64_t base; /* asked for, or 0 */
    const char *where;
    uint64_t offset, found, limit;
} rules[] = {
    { PEL_RULE_BASE_UNALIGNED, good, 0x150001000, "", UINT64_MAX, 0x150001000, 0 },
    { PEL_RULE_BASE_UNALIGNED, good, 1, "", UINT64_MAX, 1, 0 },
    { PEL_RULE_BASE_TAKEN, good, BASE64, "", UINT64_MAX, BASE64, 0 },
    { PEL_RULE_BASE_TAKEN, good, TOP + 1, "", UINT64_MAX, TOP + 1, 0 }, /* the kernel's */
    { PEL_RULE_BASE_TAKEN, good, 0xffff800000000000, "", UINT64_MAX, 0xffff800000000000, 0 },
    { PEL_RULE_BASE_TAKEN, good, 0xffffffffffff0000, "", UINT64_MAX, 0xffffffffffff0000, 0 },
    { PEL_RULE_NO_ROOM, large, 0, "optional_header.SizeOfImage", SAMPLE_OPTIONAL + 56, 0xfffff000,
      0 },
    { PEL_RULE_RELOCS_STRIPPED, stripped, 0, "file_header.Characteristics", SAMPLE_FILE_HEADER + 18,
      1, 0 },
    { PEL_RULE_RELOCS_STRIPPED, stripped, 0x150000000, "file_header.Characteristics",
      SAMPLE_FILE_HEADER + 18, 1, 0 },
    { PEL_RULE_RELOC_DIRECTORY, no_address, 0, "optional_header.DataDirectory[5].VirtualAddress",
      SAMPLE_DIRECTORIES + 40, 0, 0 },
    { PEL_RULE_RELOC_TYPE, bad_type, 0, "base_relocations.type", 0x608, 6, 0 },
    { PEL_RULE_RELOC_PARAMETER, no_parameter, 0, "base_relocations.type", 0x608, 4, 0 },
    { PEL_RULE_RELOC_OUTSIDE, outside, 0, "optional_header.DataDirectory[5]",
      SAMPLE_DIRECTORIES + 40, 0x4000, 0x4000 },
};
#define RULES (sizeof rules / sizeof rules[0])

static bool untouched(pel_space *space)
{
    return region_at(space, 0x10000).size == BASE32 - 0x10000;
}

START_TEST(a_broken_rule_is_told_and_nothing_is_mapped)
{
    pel_module m = { .size = 1 };
    pel_verdict why;
    pel_load_options o = { .has_base = rules[_i].base != 0, .base = { rules[_i].base } };
    vm v = vm_new(0);
    sample s = rules[_i].make();
    sample_parse(&s);
    take(&v, BASE64, 1);
    take(&v, BASE32, 1);
    pel_counters before = pel_machine_counters(v.m);
    pel_va highest = { pel_image_is_wide(s.img) ? TOP : 0xfffeffff };
    pel_ntstatus nt = pel_image_place_and_map(v.s, s.img, highest, &o, &m, &why);
    ck_assert_str_eq(pel_rule_name(why.rule), pel_rule_name(rules[_i].rule));
    ck_hex(nt, pel_rule_verdict(rules[_i].rule).status);
    ck_hex(why.status, nt);
    ck_place(&why.where, rules[_i].where, rules[_i].offset);
    ck_hex(why.found, rules[_i].found);
    ck_hex(why.limit, rules[_i].limit);
    ck_hex(m.size, 0);
    ck_assert(untouched(v.s));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, before.commit);
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, before.frames_used);
    ck_hex(pel_image_map(v.s, s.img, &o, &m), nt); /* the public call agrees */
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(every_rule_about_mapping_is_broken_by_one_of_these)
{
    for (int rule = PEL_RULE_BASE_UNALIGNED; rule < PEL_RULE_UEFI_FILE; rule++) {
        bool broken = false;
        for (size_t i = 0; i < RULES; i++)
            broken |= (int)rules[i].rule == rule;
        ck_assert_msg(broken, "%s", pel_rule_name((pel_rule)rule));
    }
}
END_TEST

START_TEST(relocations_do_not_matter_at_the_preferred_base)
{
    static sample (*const makers[])(void) = { stripped, no_address, bad_type, outside };
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        pel_module m;
        vm v = vm_new(0);
        sample s = makers[i]();
        sample_parse(&s);
        ck_nt(SUCCESS, pel_image_map(v.s, s.img, NULL, &m));
        ck_hex(m.base.v, BASE64);
        vm_free(&v);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_refused_file_is_mapped_only_as_a_hypothesis)
{
    pel_module m;
    pel_load_options o = { .hypothetical = true };
    vm v = vm_new(0);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 1, "VirtualAddress", 0x3000); /* a gap */
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x4000);
    sample_parse(&s);
    ck_nt(INVALID_IMAGE_FORMAT, pel_image_map(v.s, s.img, NULL, &m));
    ck_hex(region_at(v.s, 0x10000).size, TOP + 1 - 0x10000); /* all of it is free */
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &m));
    ck_hex(region_at(v.s, BASE64 + 0x2000).state, RESERVE);
    ck_hex(byte_at(v.s, BASE64 + 0x3000), 1);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(a_hypothesis_needs_something_to_lay_out)
{
    pel_module m;
    pel_load_options o = { .hypothetical = true };
    vm v = vm_new(0);
    sample s = sample_raw("MZ", 2);
    sample_parse(&s);
    ck_nt(INVALID_IMAGE_NOT_MZ, pel_image_map(v.s, s.img, &o, &m));
    sample_free(&s);
    s = stripped(); /* it could not move: here it lies elsewhere without relocations */
    sample_parse(&s);
    take(&v, BASE64, 1);
    ck_nt(IMAGE_NOT_AT_BASE, pel_image_map(v.s, s.img, &o, &m));
    ck_assert(!m.relocated);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* The kernel leaves an image without DYNAMIC_BASE to the loader. */
START_TEST(the_kernel_alone_relocates_only_what_it_moves)
{
    pel_module kernel, loader;
    pel_load_options o = { .has_base = true, .base = { BASE64 + 0x10000 }, .kernel_only = true };
    vm v = vm_new(0);
    sample s = _i ? movable(PEL_BUILD_PE32PLUS) : fixed_base(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_hex(pel_image_map(v.s, s.img, &o, &kernel),
           _i ? PEL_STATUS_SUCCESS : PEL_STATUS_IMAGE_NOT_AT_BASE);
    ck_assert_int_eq(kernel.relocated, _i);
    ck_hex(byte_at(v.s, kernel.base.v + 0x2002), _i ? 4 : 3);
    pel_section_object *first = pel_section_object_find(v.m, s.img, PEL_ANY_VARIANT);
    ck_nt(SUCCESS, pel_space_unmap(v.s, kernel.base));
    o.kernel_only = false; /* at the same base, and the section of before still lives */
    ck_assert(pel_nt_success(pel_image_map(v.s, s.img, &o, &loader)));
    ck_assert(loader.relocated);
    ck_hex(byte_at(v.s, loader.base.v + 0x2002), 4);
    pel_section_object_free(first);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_map)
{
    tcase_add_test(tests, an_image_goes_to_its_preferred_base);
    tcase_add_test(tests, without_an_entry_point_there_is_none);
    tcase_add_loop_test(tests, an_image_whose_base_is_taken_goes_to_the_lowest_room, 0,
                        sizeof moved / sizeof moved[0]);
    tcase_add_test(tests, an_image_above_4_gib_goes_below_when_there_is_no_room_above);
    tcase_add_test(tests, an_image_without_relocations_lies_elsewhere_unchanged);
    tcase_add_test(tests, a_flat_image_moves_without_relocation);
    tcase_add_test(tests, a_requested_base_is_taken);
    tcase_add_loop_test(tests, a_broken_rule_is_told_and_nothing_is_mapped, 0, RULES);
    tcase_add_test(tests, every_rule_about_mapping_is_broken_by_one_of_these);
    tcase_add_test(tests, relocations_do_not_matter_at_the_preferred_base);
    tcase_add_test(tests, a_refused_file_is_mapped_only_as_a_hypothesis);
    tcase_add_test(tests, a_hypothesis_needs_something_to_lay_out);
    tcase_add_loop_test(tests, the_kernel_alone_relocates_only_what_it_moves, 0, 2);
}
