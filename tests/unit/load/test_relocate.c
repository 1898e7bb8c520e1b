/* SPDX-License-Identifier: Apache-2.0 */
/* Relocation of pages as they are filled, against literal bytes and against a plain model that
 * relocates a whole image at once. */
#include "reloc_fixture.h"

/* Relocate a copy of `size` bytes at RVA 0x1000 in one go. */
static void relocate(const sample *s, uint64_t delta, uint8_t *bytes, size_t size)
{
    pel_reloc_index index;
    pel_verdict why;
    ck_nt(SUCCESS, pel_reloc_index_build(&index, NULL, s->img, PEL_WINDOWS_11, delta, &why));
    ck_ok(pel_reloc_index_apply(&index, DATA, bytes, size));
    pel_reloc_index_release(&index);
}

/* ---- each type, in literal bytes --------------------------------------- */

static const struct {
    uint16_t machine;
    unsigned type;
    uint64_t delta;
    uint8_t before[8], after[8];
} types[] = {
    { PEL_MACHINE_AMD64, PEL_REL_ABSOLUTE, 0x123450000, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
    { PEL_MACHINE_AMD64, PEL_REL_HIGH, 0x12340000, { 0x01, 0x00, 9 }, { 0x35, 0x12, 9 } },
    { PEL_MACHINE_AMD64, PEL_REL_HIGH, 0x00020000, { 0xff, 0xff, 9 }, { 0x01, 0x00, 9 } },
    { PEL_MACHINE_AMD64, PEL_REL_HIGH, 0x0001ffff, { 0x00, 0x00, 9 }, { 0x01, 0x00, 9 } },
    { PEL_MACHINE_AMD64, PEL_REL_LOW, 0x12345678, { 0x01, 0x00, 9 }, { 0x79, 0x56, 9 } },
    { PEL_MACHINE_AMD64, PEL_REL_LOW, 0x0000ffff, { 0x02, 0x00, 9 }, { 0x01, 0x00, 9 } },
    { PEL_MACHINE_I386, PEL_REL_HIGHLOW, 0x10000, { 0, 0, 0xff, 0xff, 9 }, { 0, 0, 0, 0, 9 } },
    { PEL_MACHINE_I386,
      PEL_REL_HIGHLOW,
      0xfffffffffffe0000,
      { 0, 0, 0x42, 0, 9 },
      { 0, 0, 0x40, 0, 9 } },
    /* in a 64-bit image, too, the low 32 bits only */
    { PEL_MACHINE_AMD64, PEL_REL_HIGHLOW, 0x100010000, { 0, 0, 0xff, 0xff, 9 }, { 0, 0, 0, 0, 9 } },
    { PEL_MACHINE_AMD64,
      PEL_REL_DIR64,
      0x7ff500010000,
      { 0x10, 0x20, 0x00, 0x40, 0x01, 0x00, 0x00, 0x00 },
      { 0x10, 0x20, 0x01, 0x40, 0xf6, 0x7f, 0x00, 0x00 } },
    { PEL_MACHINE_AMD64,
      PEL_REL_DIR64,
      0x10000,
      { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
      { 0xff, 0xff, 0 } },
    /* MOVW r0, #0x1234; MOVT r0, #0x5678 becomes 0x66790004 */
    { PEL_MACHINE_ARMNT,
      PEL_REL_THUMB_MOV32,
      0x1000edd0,
      { 0x41, 0xf2, 0x34, 0x20, 0xc5, 0xf2, 0x78, 0x60 },
      { 0x40, 0xf2, 0x04, 0x00, 0xc6, 0xf2, 0x79, 0x60 } },
    /* MOVW r12, #0; MOVT r12, #0 becomes 0x0fff0800: the split-off bit 11 */
    { PEL_MACHINE_ARMNT,
      PEL_REL_THUMB_MOV32,
      0x0fff0800,
      { 0x40, 0xf2, 0x00, 0x0c, 0xc0, 0xf2, 0x00, 0x0c },
      { 0x40, 0xf6, 0x00, 0x0c, 0xc0, 0xf6, 0xff, 0x7c } },
};

START_TEST(a_relocation_of_each_type_adds_the_delta)
{
    uint8_t bytes[8];
    table t = { .size = 0 };
    add_block(&t, DATA, (uint16_t[]){ entry(types[_i].type, 0), 0 }, 2);
    sample s = image_of(types[_i].before, 8, &t, types[_i].machine);
    memcpy(bytes, types[_i].before, 8);
    relocate(&s, types[_i].delta, bytes, 8);
    ck_assert_mem_eq(bytes, types[_i].after, 8);
    sample_free(&s);
}
END_TEST

START_TEST(a_place_that_is_listed_twice_is_patched_twice)
{
    uint8_t bytes[8] = { 0 };
    table t = { .size = 0 };
    add_block(&t, DATA, (uint16_t[]){ entry(3, 0), entry(3, 0) }, 2);
    add_block(&t, DATA, (uint16_t[]){ entry(3, 0), entry(0, 0xfff) }, 2);
    sample s = image_of(bytes, 8, &t, PEL_MACHINE_I386);
    relocate(&s, 0x10000, bytes, 8);
    ck_assert_mem_eq(bytes, "\0\0\3\0\0\0\0\0", 8);
    sample_free(&s);
}
END_TEST

/* Where patches of different widths overlap, the narrow one loses its carry: they do not
 * commute. The first of the blocks has the higher address. */
START_TEST(patches_apply_in_the_order_of_the_directory)
{
    static const uint16_t low[] = { PEL_REL_LOW << 12, 0 };
    static const uint16_t highlow[] = { PEL_REL_HIGHLOW << 12 | 4, 0 };
    uint8_t bytes[8] = { 0, 0, 0, 0, 0xff, 0xff, 0, 0 };
    table t = { .size = 0 };
    if (_i == 0)
        add_block(&t, DATA + 4, low, 2); /* 0000ffff + 1 = 00000000, + 10001 = 00010001 */
    add_block(&t, DATA, highlow, 2);     /* 0000ffff + 10001 = 00020000, + 1 = 00020001 */
    if (_i == 1)
        add_block(&t, DATA + 4, low, 2);
    sample s = image_of(bytes, 8, &t, PEL_MACHINE_I386);
    relocate(&s, 0x10001, bytes, 8);
    ck_assert_mem_eq(bytes + 4, _i == 0 ? "\1\0\1\0" : "\1\0\2\0", 4);
    sample_free(&s);
}
END_TEST

/* ---- refusals ---------------------------------------------------------- */

static pel_ntstatus build(const sample *s, pel_verdict *why)
{
    alloc_fail f = { .left = 100 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_reloc_index index;
    pel_ntstatus nt = pel_reloc_index_build(&index, &a, s->img, PEL_WINDOWS_11, 0x10000, why);
    if (pel_nt_success(nt))
        pel_reloc_index_release(&index);
    ck_assert_int_eq(f.live, 0);
    return nt;
}

START_TEST(a_type_that_windows_does_not_know_is_refused)
{
    static const char known[] = "\0\1\2\3\4\12"; /* and 5 and 7 on ARM */
    for (unsigned type = 0; type < 16; type++) {
        uint8_t bytes[16] = { 0 };
        bool arm = _i == 1;
        pel_verdict why;
        table t = { .size = 0 };
        add_block(&t, DATA, (uint16_t[]){ entry(3, 0), 0 }, 2);
        add_block(&t, DATA + 0x100, (uint16_t[]){ entry(3, 0), entry(type, 4), 0, 0 }, 4);
        sample s = image_of(bytes, 16, &t, arm ? PEL_MACHINE_ARMNT : PEL_MACHINE_I386);
        if (memchr(known, (int)type, 6) || (arm && (type == 5 || type == 7))) {
            ck_nt(SUCCESS, build(&s, &why));
        } else {
            ck_nt(INVALID_IMAGE_FORMAT, build(&s, &why));
            ck_assert_int_eq(why.rule, PEL_RULE_RELOC_TYPE);
            ck_place(&why.where, "base_relocations.type",
                     pel_image_extent(s.img, 1).raw_start.v + 12 + 10);
            ck_hex(why.found, type);
        }
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_block_outside_of_the_image_is_refused)
{
    static const uint32_t outside[] = { 0x3000, 0x3001, 0xfffff000, 0xffffffff };
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        uint8_t bytes[16] = { 0 };
        pel_verdict why;
        table t = { .size = 0 };
        add_block(&t, DATA, (uint16_t[]){ entry(3, 0), 0 }, 2);
        add_block(&t, outside[i], (uint16_t[]){ entry(0, 0), 0 }, 2);
        sample s = image_of(bytes, 16, &t, PEL_MACHINE_I386);
        ck_nt(ACCESS_VIOLATION, build(&s, &why));
        ck_assert_int_eq(why.rule, PEL_RULE_RELOC_OUTSIDE);
        ck_hex(why.found, outside[i]);
        ck_hex(why.limit, 0x3000);
        sample_free(&s);
    }
}
END_TEST

START_TEST(patches_that_reach_out_of_the_image_are_left_out)
{
    uint8_t bytes[0x1000] = { 0 }, want[0x1000] = { 0 };
    table t = { .size = 0 };
    add_block(&t, 0x2fff, (uint16_t[]){ entry(3, 0xffd), entry(3, 0xfff) }, 2);
    add_block(&t, DATA, (uint16_t[]){ entry(3, 0xffc), 0 }, 2);
    sample s = image_of(bytes, sizeof bytes, &t, PEL_MACHINE_I386);
    relocate(&s, 0x10000, bytes, sizeof bytes);
    want[0xffe] = 1;
    ck_assert_mem_eq(bytes, want, sizeof want);
    sample_free(&s);
}
END_TEST

/* ---- page by page against all at once ---------------------------------- */

/* The model: one pass over the table, on the whole image. */
static void relocate_plainly(const table *t, uint64_t delta, uint8_t *data)
{
    for (uint32_t at = 0; at < t->size;) {
        pel_span span = { t->bytes, t->size };
        uint32_t page = (uint32_t)pel_span_uint(span, at, 4);
        uint32_t size = (uint32_t)pel_span_uint(span, at + 4, 4);
        for (uint32_t i = 8; i < size; i += 2) {
            unsigned e = (unsigned)pel_span_uint(span, at + i, 2), type = e >> 12;
            unsigned width = type == 10 ? 8 : type == 3 ? 4 : type == 0 ? 0 : 2;
            uint8_t *place = data + (page - DATA) + (e & 0xfff);
            uint64_t value = 0;
            for (unsigned b = 0; b < width; b++)
                value |= (uint64_t)place[b] << (8 * b);
            value += type == 1 ? delta >> 16 : delta;
            for (unsigned b = 0; b < width; b++)
                place[b] = (uint8_t)(value >> (8 * b));
        }
        at += size;
    }
}

/* Blocks in any order, some for the same page, some not at a page; many entries at its end. */
static void random_table(table *t, uint64_t *state)
{
    static const unsigned kinds[] = { 0, 1, 2, 3, 3, 10, 10, 10 };
    uint32_t blocks = 1 + random_below(state, 12);
    for (uint32_t b = 0; b < blocks; b++) {
        uint16_t entries[40];
        uint32_t count = 1 + random_below(state, 40);
        uint32_t page = DATA + random_below(state, 5) * 0x1000;
        if (random_below(state, 3) == 0)
            page += random_below(state, 0xff0);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t low = random_below(state, 2) ? 0xff0 + random_below(state, 16)
                                                  : random_below(state, 0x1000);
            entries[i] = entry(kinds[random_below(state, 8)], low);
        }
        if (t->size + 8 + 2 * count <= TABLE_MAX)
            add_block(t, page, entries, count);
    }
}

START_TEST(pages_relocated_on_first_touch_are_those_of_the_whole_image)
{
    static uint8_t data[DATA_SIZE], want[DATA_SIZE], got[DATA_SIZE];
    uint64_t state = (uint64_t)_i * 0x9e3779b97f4a7c15u + 7;
    table t = { .size = 0 };
    pel_module m;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(random_below(&state, 3) ? random_next(&state) : 0xff);
    random_table(&t, &state);
    sample s = image_of(data, sizeof data, &t, PEL_MACHINE_AMD64);
    vm v = vm_new(0);
    uint64_t base = 0x10000 * (uint64_t)(1 + random_below(&state, 0x7fffff));
    pel_load_options o = { .has_base = true, .base = { base } };
    ck_assert(pel_nt_success(pel_image_map(v.s, s.img, &o, &m)));
    ck_hex(m.base.v, base);
    memcpy(want, data, sizeof want);
    relocate_plainly(&t, base - 0x140000000, want);
    read_in_random_order(v.s, base, &state, got);
    for (size_t i = 0; i < sizeof want; i++)
        if (got[i] != want[i])
            ck_abort_msg("RVA 0x%zx: want %02x, got %02x", DATA + i, want[i], got[i]);
    ck_nt(SUCCESS, pel_space_unmap(v.s, m.base));
    vm_free(&v);
    sample_free(&s);
}
END_TEST

START_TEST(there_and_back_again_changes_nothing)
{
    static uint8_t data[DATA_SIZE], bytes[DATA_SIZE];
    uint64_t state = (uint64_t)_i + 99;
    table t = { .size = 0 };
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)random_next(&state);
    for (uint32_t page = 0; page < 5; page++) { /* patches that do not overlap */
        static const unsigned kinds[] = { 0, 1, 2, 3, 10 };
        uint16_t entries[200];
        for (unsigned i = 0; i < 200; i++)
            entries[i] = entry(kinds[random_below(&state, 5)], 0xfff - 20 * i);
        add_block(&t, DATA + page * 0x1000, entries, 200);
    }
    sample s = image_of(data, sizeof data, &t, PEL_MACHINE_AMD64);
    uint64_t delta = (uint64_t)random_below(&state, 0xffffffff) << 16;
    memcpy(bytes, data, sizeof bytes);
    relocate(&s, delta, bytes, sizeof bytes);
    ck_assert_mem_ne(bytes, data, sizeof data);
    relocate(&s, 0 - delta, bytes, sizeof bytes);
    ck_assert_mem_eq(bytes, data, sizeof data);
    sample_free(&s);
}
END_TEST

/* ---- edges ------------------------------------------------------------- */

START_TEST(only_pages_that_a_patch_crosses_need_their_neighbours)
{
    uint8_t bytes[DATA_SIZE] = { 0 };
    pel_reloc_index index;
    pel_verdict why;
    table t = { .size = 0 };
    add_block(&t, DATA + 0x2000, (uint16_t[]){ entry(10, 0xff9), 0 }, 2); /* pages 3 and 4 */
    sample s = image_of(bytes, sizeof bytes, &t, PEL_MACHINE_AMD64);
    ck_nt(SUCCESS, pel_reloc_index_build(&index, NULL, s.img, PEL_WINDOWS_11, 0x10000, &why));
    ck_assert(!pel_reloc_index_crosses(&index, 0));
    ck_assert(pel_reloc_index_crosses(&index, 3));
    ck_assert(pel_reloc_index_crosses(&index, 4));
    ck_assert(!pel_reloc_index_crosses(&index, 6));
    pel_reloc_index_release(&index);
    sample_free(&s);
}
END_TEST

START_TEST(a_table_without_entries_changes_nothing)
{
    uint8_t bytes[8] = { 1, 2, 3 };
    table t = { .size = 0 };
    add_block(&t, DATA, NULL, 0);
    add_block(&t, DATA, NULL, 0);
    sample s = image_of(bytes, 8, &t, PEL_MACHINE_AMD64);
    relocate(&s, 0x10000, bytes, 8);
    ck_assert_mem_eq(bytes, "\1\2\3\0\0\0\0\0", 8);
    sample_free(&s);
}
END_TEST

START_TEST(sorting_needs_memory_and_says_so)
{
    uint8_t bytes[8] = { 0 };
    pel_reloc_index index;
    pel_verdict why;
    table t = { .size = 0 };
    add_block(&t, DATA + 4, (uint16_t[]){ entry(3, 0), 0 }, 2);
    add_block(&t, DATA, (uint16_t[]){ entry(3, 0), 0 }, 2);
    sample s = image_of(bytes, 8, &t, PEL_MACHINE_I386);
    alloc_fail f = { .left = 1 };
    pel_allocator a = alloc_fail_allocator(&f);
    ck_nt(SUCCESS, pel_reloc_index_build(&index, &a, s.img, PEL_WINDOWS_11, 0x10000, &why));
    ck_status(PEL_NO_MEMORY, pel_reloc_index_apply(&index, DATA, bytes, 8));
    f.left = 1;
    ck_ok(pel_reloc_index_apply(&index, DATA, bytes, 8));
    ck_assert_mem_eq(bytes, "\0\0\1\0\0\0\1\0", 8);
    pel_reloc_index_release(&index);
    ck_assert_int_eq(f.live, 0);
    f.left = 0;
    ck_nt(PELORUS_HOST_NO_MEMORY,
          pel_reloc_index_build(&index, &a, s.img, PEL_WINDOWS_11, 0x10000, &why));
    sample_free(&s);
}
END_TEST

/* ---- a table that relocates itself ------------------------------------- */

#define TABLE 0x2000u /* its RVA: behind one page of data */

/* The first entry turns a later one of its block, LOW at 0xfff, into HIGHLOW at 0. */
static sample self_relocating(void)
{
    uint8_t data[8] = { 0 };
    table t = { .size = 0 };
    add_block(&t, TABLE, (uint16_t[]){ entry(3, 12), 0, 0, 0x2fff }, 4);
    return image_of(data, 8, &t, PEL_MACHINE_I386);
}

START_TEST(a_table_is_read_where_it_is_patched_unless_the_kernel_does_it)
{
    static const pel_windows who[] = { PEL_WINDOWS_XP, PEL_WINDOWS_11 };
    uint8_t bytes[16] = { 0 };
    pel_reloc_index index;
    pel_verdict why;
    sample s = self_relocating();
    ck_nt(SUCCESS, pel_reloc_index_build(&index, NULL, s.img, who[_i], 0x10000, &why));
    memcpy(bytes, pel_image_relocs(s.img).bytes.data, sizeof bytes);
    ck_ok(pel_reloc_index_apply(&index, TABLE, bytes, sizeof bytes));
    ck_assert_mem_eq(bytes, _i == 0 ? "\0\x20\1\0" : "\0\x20\0\0", 4);
    ck_assert_mem_eq(bytes + 14, "\0\x30", 2);
    pel_reloc_index_release(&index);
    sample_free(&s);
}
END_TEST

START_TEST(following_a_table_needs_memory_and_says_so)
{
    pel_reloc_index index;
    pel_verdict why;
    sample s = self_relocating();
    pel_ntstatus nt = PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    long most = 0;
    for (; !pel_nt_success(nt); most++) {
        alloc_fail f = { .left = most };
        pel_allocator a = alloc_fail_allocator(&f);
        nt = pel_reloc_index_build(&index, &a, s.img, PEL_WINDOWS_XP, 0x10000, &why);
        if (pel_nt_success(nt))
            pel_reloc_index_release(&index);
        else
            ck_nt(PELORUS_HOST_NO_MEMORY, nt);
        ck_assert_int_eq(f.live, 0);
    }
    ck_assert_int_eq(most, 4); /* two copies, and the index */
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_relocate)
{
    tcase_add_loop_test(tests, a_table_is_read_where_it_is_patched_unless_the_kernel_does_it, 0, 2);
    tcase_add_test(tests, following_a_table_needs_memory_and_says_so);
    tcase_add_loop_test(tests, a_relocation_of_each_type_adds_the_delta, 0,
                        sizeof types / sizeof types[0]);
    tcase_add_test(tests, a_place_that_is_listed_twice_is_patched_twice);
    tcase_add_loop_test(tests, patches_apply_in_the_order_of_the_directory, 0, 2);
    tcase_add_loop_test(tests, a_type_that_windows_does_not_know_is_refused, 0, 2);
    tcase_add_test(tests, a_block_outside_of_the_image_is_refused);
    tcase_add_test(tests, patches_that_reach_out_of_the_image_are_left_out);
    tcase_add_loop_test(tests, pages_relocated_on_first_touch_are_those_of_the_whole_image, 0, 120);
    tcase_add_loop_test(tests, there_and_back_again_changes_nothing, 0, 10);
    tcase_add_test(tests, only_pages_that_a_patch_crosses_need_their_neighbours);
    tcase_add_test(tests, a_table_without_entries_changes_nothing);
    tcase_add_test(tests, sorting_needs_memory_and_says_so);
}
