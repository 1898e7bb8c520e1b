/* SPDX-License-Identifier: Apache-2.0 */
/* An image laid out at once, against the same image in memory, page by page in any order. */
#include "reloc_fixture.h"

#define PREFERRED UINT64_C(0x140000000)

static const uint16_t machines[] = {
    PEL_MACHINE_I386,    PEL_MACHINE_AMD64,       PEL_MACHINE_ARM64,   PEL_MACHINE_ARMNT,
    PEL_MACHINE_THUMB,   PEL_MACHINE_IA64,        PEL_MACHINE_R4000,   PEL_MACHINE_MIPS16,
    PEL_MACHINE_RISCV64, PEL_MACHINE_LOONGARCH64, PEL_MACHINE_RISCV32, PEL_MACHINE_LOONGARCH32,
    PEL_MACHINE_ALPHA,   PEL_MACHINE_POWERPC,     PEL_MACHINE_SH4,
};
#define MACHINES (sizeof machines / sizeof machines[0])
#define ROUNDS   24

/* Blocks in any order, some for the same page, some not at a page; many entries at its end. */
static void random_blocks(table *t, uint64_t *state, const pel_patches *p)
{
    uint32_t blocks = 1 + random_below(state, 16);
    for (uint32_t b = 0; b < blocks; b++) {
        uint16_t entries[64];
        uint32_t count = 1 + random_below(state, 60);
        uint32_t page = DATA + random_below(state, 5) * 0x1000;
        if (random_below(state, 3) == 0)
            page += random_below(state, 0xff0);
        for (uint32_t i = 0; i < count; i++) {
            unsigned type = random_below(state, 11);
            uint32_t low = random_below(state, 2) ? 0xff0 + random_below(state, 16)
                                                  : random_below(state, 0x1000);
            entries[i] = p->types[type].known ? entry(type, low) : 0;
            if (p->types[type].known && p->types[type].parameter)
                entries[++i] = (uint16_t)random_next(state);
            count = i >= count ? i + 1 : count;
        }
        if (t->size + 8 + 2 * count <= TABLE_MAX)
            add_block(t, page, entries, count);
    }
}

/* Overlapping places all through some pages, so that a carry runs from one end to the other. */
static void chained_blocks(table *t, uint64_t *state)
{
    uint32_t step = 1 + random_below(state, 7), at = random_below(state, 0x2000);
    uint32_t until = at + 0x3000 / (random_below(state, 2) + 1);
    while (at < until && t->size + 8 + 2 * 256 <= TABLE_MAX) {
        uint16_t entries[256];
        uint32_t page = at & ~0xfffu, count = 0;
        for (; count < 256 && at < until && (at & ~0xfffu) == page; at += step)
            entries[count++] = entry(step > 3 ? PEL_REL_DIR64 : PEL_REL_HIGHLOW, at & 0xfff);
        add_block(t, DATA + page, entries, count);
    }
}

static void differ(const uint8_t *want, const uint8_t *got)
{
    for (size_t i = 0; i < DATA_SIZE; i++)
        if (want[i] != got[i])
            ck_abort_msg("RVA 0x%zx: at once %02x, by page %02x", DATA + i, want[i], got[i]);
}

static void compare(const sample *s, uint64_t base, const pel_load_options *o, uint64_t *state)
{
    static uint8_t got[DATA_SIZE];
    uint64_t size = pel_image_view_size(s->img);
    uint8_t *all = malloc(size);
    vm v = vm_new(0);
    pel_section_object *section;
    pel_va at = { base };
    memset(all, 0xcc, size);
    ck_nt(SUCCESS, pel_image_layout(s->img, at, o, all, size));
    ck_nt(SUCCESS, pel_image_section_new(v.m, s->img, at, o, &section));
    ck_nt(SUCCESS, pel_space_map(v.s, section, &at));
    pel_section_object_free(section);
    read_in_random_order(v.s, base, state, got);
    differ(all + DATA, got);
    vm_free(&v);
    free(all);
}

static void random_data(uint8_t *data, uint64_t *state)
{
    uint32_t ones = random_below(state, 4);
    for (size_t i = 0; i < DATA_SIZE; i++)
        data[i] = (uint8_t)(random_below(state, 4) >= ones ? random_next(state) : 0xff);
}

START_TEST(at_once_and_by_page_are_the_same_bytes)
{
    static uint8_t data[DATA_SIZE];
    uint16_t machine = machines[_i % (int)MACHINES];
    uint64_t state = (uint64_t)_i * 0x9e3779b97f4a7c15u + 3;
    pel_load_options o = { .windows = (pel_windows)random_below(&state, 5) };
    pel_patches patches = pel_patches_of(machine, o.windows);
    table t = { .size = 0 };
    random_data(data, &state);
    random_blocks(&t, &state, &patches);
    sample s = image_of(data, sizeof data, &t, machine);
    compare(&s, 0x10000 * (uint64_t)(1 + random_below(&state, 0x7fff)), &o, &state);
    sample_free(&s);
}
END_TEST

START_TEST(carries_run_through_pages)
{
    static uint8_t data[DATA_SIZE];
    uint64_t state = (uint64_t)_i + 1000;
    pel_load_options o = { .header = PEL_HEADER_KEEP };
    table t = { .size = 0 };
    memset(data, 0xff, sizeof data);
    chained_blocks(&t, &state);
    sample s = image_of(data, sizeof data, &t, PEL_MACHINE_AMD64);
    compare(&s, PREFERRED + 0x10000, &o, &state);
    sample_free(&s);
}
END_TEST

/* The carry of the first patch reaches the last byte of the chain, two pages on. */
START_TEST(the_far_end_of_a_chain_knows_its_start)
{
    static uint8_t data[DATA_SIZE];
    uint64_t state = 1;
    pel_load_options o = { .hypothetical = true }; /* so that ImageBase may be odd */
    table t = { .size = 0 };
    for (unsigned page = 0; page < 3; page++) {
        uint16_t entries[0x1000 / 4];
        for (unsigned i = 0; i < 0x1000 / 4; i++)
            entries[i] = entry(PEL_REL_DIR64, 4 * i);
        add_block(&t, DATA + page * 0x1000, entries, 0x1000 / 4);
    }
    memset(data, 0xff, sizeof data);
    sample s = image_of(data, sizeof data, &t, PEL_MACHINE_AMD64);
    compare(&s, PREFERRED + 0x10000, &o, &state);
    sample_free(&s);
}
END_TEST

START_TEST(the_header_is_rewritten_as_in_memory)
{
    uint8_t all[0x5000];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_DIR64);
    sample_parse(&s);
    pel_load_options keep = { .header = PEL_HEADER_KEEP };
    pel_va base = { PREFERRED + 0x30000 };
    uint64_t size = pel_image_view_size(s.img);
    ck_nt(SUCCESS, pel_image_layout(s.img, base, NULL, all, size));
    ck_hex(all[SAMPLE_OPTIONAL + 24 + 2], 3);
    ck_nt(SUCCESS, pel_image_layout(s.img, base, &keep, all, size));
    ck_hex(all[SAMPLE_OPTIONAL + 24 + 2], 0);
    ck_hex(all[0x2000 + 2], 3 + 3);
    ck_nt(INVALID_PARAMETER, pel_image_layout(s.img, base, NULL, all, size + 1));
    ck_nt(INVALID_PARAMETER, pel_image_layout(s.img, base, NULL, NULL, size));
    sample_free(&s);
}
END_TEST

START_TEST(what_cannot_be_relocated_is_refused_or_left_as_it_is)
{
    uint8_t all[0x5000];
    pel_load_options anyway = { .hypothetical = true };
    pel_va base = { PREFERRED + 0x30000 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, 12);
    sample_parse(&s);
    uint64_t size = pel_image_view_size(s.img);
    ck_nt(INVALID_IMAGE_FORMAT, pel_image_layout(s.img, base, NULL, all, size));
    ck_nt(SUCCESS, pel_image_layout(s.img, base, &anyway, all, size));
    ck_hex(all[0x2000 + 2], 3);
    sample_free(&s);
}
END_TEST

/* Flat images: relocated up to Windows 7. */
START_TEST(flat_images_are_relocated_by_old_versions_only)
{
    static const uint8_t third[] = { 3, 3, 3, 3 + 3, 3 + 3 };
    uint8_t all[0x2000];
    pel_load_options o = { .windows = (pel_windows)_i };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    pel_builder_reloc(s.b, (pel_rva){ 0x400 }, PEL_REL_HIGHLOW);
    sample_parse(&s);
    uint64_t size = pel_image_view_size(s.img);
    ck_assert_uint_le(size, sizeof all);
    ck_nt(SUCCESS, pel_image_layout(s.img, va_of(PREFERRED + 0x30000), &o, all, size));
    ck_hex(all[0x402], third[_i]);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_layout)
{
    tcase_add_loop_test(tests, at_once_and_by_page_are_the_same_bytes, 0, ROUNDS * (int)MACHINES);
    tcase_add_loop_test(tests, carries_run_through_pages, 0, 60);
    tcase_add_test(tests, the_far_end_of_a_chain_knows_its_start);
    tcase_add_test(tests, the_header_is_rewritten_as_in_memory);
    tcase_add_test(tests, what_cannot_be_relocated_is_refused_or_left_as_it_is);
    tcase_add_loop_test(tests, flat_images_are_relocated_by_old_versions_only, 0, 5);
}
