/* SPDX-License-Identifier: Apache-2.0 */
/* Where images go when nobody asks for a base: ASLR by version, and what cannot be at ImageBase. */
#include "fixture.h"
#include "load/load_priv.h"

#define STEP     UINT64_C(0x10000)
#define BASE32   UINT64_C(0x400000)
#define TOP      UINT64_C(0x7FFFFFFEFFFF)
#define FOUR_GIB UINT64_C(0x100000000)

typedef struct kind {
    pel_build_kind format;
    bool dll;
    uint64_t image_base; /* 0: the builder's */
} kind;

static const kind exe64 = { PEL_BUILD_PE32PLUS, false, 0 };
static const kind exe32 = { PEL_BUILD_PE32, false, 0 };
static const kind dll64 = { PEL_BUILD_PE32PLUS, true, 0x180000000 };
static const kind dll32 = { PEL_BUILD_PE32, true, 0x10000000 };

/* Movable by the kernel. `stamp` makes it another program. */
static sample made(kind k, uint32_t stamp)
{
    sample s = movable(k.format);
    uint64_t flags = PEL_FILE_EXECUTABLE_IMAGE | PEL_FILE_LARGE_ADDRESS_AWARE;
    pel_builder_set(s.b, "file_header.Characteristics", flags | (k.dll ? PEL_FILE_DLL : 0));
    pel_builder_set(s.b, "file_header.TimeDateStamp", stamp);
    if (k.image_base)
        pel_builder_set(s.b, "optional_header.ImageBase", k.image_base);
    sample_parse(&s);
    return s;
}

static pel_load_options drawn(pel_windows windows, uint64_t seed)
{
    return (pel_load_options){ .windows = windows, .aslr = true, .seed = seed };
}

static uint64_t base_of(kind k, pel_windows windows, uint64_t seed)
{
    pel_module m;
    pel_load_options o = drawn(windows, seed);
    vm v = vm_new(0);
    sample s = made(k, 1);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &m));
    ck_assert(m.aslr && m.seed == seed);
    ck_assert_int_eq(m.randomized, windows != PEL_WINDOWS_XP);
    vm_free(&v);
    sample_free(&s);
    return m.base.v;
}

/* ---- by version -------------------------------------------------------- */

static const struct {
    const kind *kind;
    pel_windows windows;
    uint64_t lowest, highest; /* of bases */
    unsigned bits;            /* about how many are drawn */
} schemes[] = {
    { &exe32, PEL_WINDOWS_7, BASE32 + STEP, BASE32 + 254 * STEP, 8 },
    { &exe64, PEL_WINDOWS_7, BASE64 + STEP, BASE64 + 254 * STEP, 8 },
    { &exe32, PEL_WINDOWS_11, BASE32 + STEP, BASE32 + 254 * STEP, 8 },
    { &exe64, PEL_WINDOWS_8, 0x7F600000000, 0x7F7FFFF0000, 17 },
    { &exe64, PEL_WINDOWS_10, 0x7FF600000000, 0x7FF7FFFF0000, 17 },
    { &exe64, PEL_WINDOWS_11, 0x7FF600000000, 0x7FF7FFFF0000, 17 },
    { &dll32, PEL_WINDOWS_7, 0x78000000 - 257 * STEP, 0x78000000 - STEP, 8 },
    { &dll32, PEL_WINDOWS_11, 0x78000000 - 257 * STEP, 0x78000000 - STEP, 8 },
    { &dll64, PEL_WINDOWS_7, 0x7FF00000000 - 257 * STEP, 0x7FF00000000 - STEP, 8 },
    { &dll64, PEL_WINDOWS_8, 0x7F7FFFD0000, 0x7FFFFFD0000, 19 },
    { &dll64, PEL_WINDOWS_11, 0x7FF7FFFD0000, 0x7FFFFFFD0000, 19 },
};

START_TEST(a_version_draws_from_its_range)
{
    uint64_t seen[64];
    unsigned different = 0;
    for (unsigned seed = 0; seed < 64; seed++) {
        uint64_t base = base_of(*schemes[_i].kind, schemes[_i].windows, seed);
        bool known = false;
        ck_quick(base % STEP == 0);
        ck_quick(base >= schemes[_i].lowest && base <= schemes[_i].highest);
        for (unsigned k = 0; k < seed; k++)
            known |= seen[k] == base;
        seen[seed] = base;
        different += !known;
    }
    /* of 64 draws from 256 about 57 differ, from 2^17 all */
    ck_assert_uint_ge(different, schemes[_i].bits == 8 ? 45 : 63);
}
END_TEST

/* All the bits are drawn, not a few: each is seen both ways. */
START_TEST(no_bit_of_a_draw_is_idle)
{
    uint64_t all = 0, none = UINT64_MAX;
    for (unsigned seed = 0; seed < 64; seed++) {
        uint64_t base = base_of(exe64, PEL_WINDOWS_11, seed) - 0x7FF600000000;
        all |= base;
        none &= base;
    }
    ck_hex(all, 0x1FFFF0000);
    ck_hex(none, 0);
}
END_TEST

START_TEST(xp_draws_nothing)
{
    ck_hex(base_of(exe64, PEL_WINDOWS_XP, 1), BASE64);
    ck_hex(base_of(dll32, PEL_WINDOWS_XP, 1), 0x10000000);
}
END_TEST

START_TEST(a_seed_always_gives_the_same_base)
{
    ck_hex(base_of(exe64, PEL_WINDOWS_11, 7), base_of(exe64, PEL_WINDOWS_11, 7));
    ck_hex(base_of(dll64, PEL_WINDOWS_11, 7), base_of(dll64, PEL_WINDOWS_11, 7));
}
END_TEST

/* 64-bit images that were linked below 4 GiB: 14 bits for DLLs, 8 for programs, and they stay. */
START_TEST(what_was_linked_below_4_gib_stays_below)
{
    const kind low_dll = { PEL_BUILD_PE32PLUS, true, 0x60000000 };
    const kind low_exe = { PEL_BUILD_PE32PLUS, false, 0x400000 };
    uint64_t lowest = UINT64_MAX;
    for (unsigned seed = 0; seed < 64; seed++) {
        uint64_t dll = base_of(low_dll, PEL_WINDOWS_11, seed);
        uint64_t exe = base_of(low_exe, PEL_WINDOWS_11, seed);
        ck_quick(dll < 0x78000000 && dll >= 0x37f00000);
        ck_quick(exe > 0x400000 && exe <= 0x400000 + 254 * STEP);
        lowest = dll < lowest ? dll : lowest;
    }
    ck_assert_uint_lt(lowest, 0x48000000); /* in the lowest quarter of 1 GiB */
}
END_TEST

/* ---- one boot ---------------------------------------------------------- */

START_TEST(an_image_has_one_base_in_all_processes)
{
    pel_module a, b, other;
    pel_load_options o = drawn(PEL_WINDOWS_11, 3), next_boot = drawn(PEL_WINDOWS_11, 4);
    vm v = vm_new(0);
    sample s = made(_i ? dll64 : exe64, 1), t = made(dll64, 2);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &a));
    ck_nt(SUCCESS, pel_image_map(v.s, t.img, &o, &other)); /* in the first process only */
    ck_nt(SUCCESS, pel_image_map(v.t, s.img, &o, &b));
    ck_hex(a.base.v, b.base.v);
    ck_nt(SUCCESS, pel_space_unmap(v.t, b.base));
    ck_nt(SUCCESS, pel_image_map(v.t, s.img, &next_boot, &b));
    ck_assert_uint_ne(a.base.v, b.base.v);
    vm_free(&v);
    sample_free(&s);
    sample_free(&t);
}
END_TEST

START_TEST(the_next_dll_lies_below_the_one_before)
{
    for (int i = 0; i < 4; i++) {
        static const pel_windows versions[] = { PEL_WINDOWS_7, PEL_WINDOWS_8, PEL_WINDOWS_10,
                                                PEL_WINDOWS_11 };
        pel_module a, b, c;
        pel_load_options o = drawn(versions[i], 9);
        vm v = vm_new(0);
        sample s = made(dll64, 1), t = made(dll64, 2), u = made(dll64, 3);
        ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &a));
        ck_nt(SUCCESS, pel_image_map(v.t, t.img, &o, &b)); /* another process, the same region */
        ck_nt(SUCCESS, pel_image_map(v.s, u.img, &o, &c));
        ck_hex(b.base.v, a.base.v - STEP);
        ck_hex(c.base.v, b.base.v - STEP);
        vm_free(&v);
        sample_free(&s);
        sample_free(&t);
        sample_free(&u);
    }
}
END_TEST

/* Where the boot's base is taken in a process, this process alone has the image elsewhere. */
START_TEST(a_process_where_the_base_is_taken_has_it_elsewhere)
{
    pel_module a, b;
    pel_load_options o = drawn(PEL_WINDOWS_7, 3);
    vm v = vm_new(0);
    sample s = made(dll32, 1);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &a));
    ck_nt(SUCCESS, allocate(v.t, a.base.v, 1, RESERVE, RW));
    ck_assert(pel_nt_success(pel_image_map(v.t, s.img, &o, &b)));
    ck_hex(b.base.v, 0x10000000); /* ImageBase is free */
    ck_assert(a.randomized && !b.randomized);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* The region of DLLs is full: as programs do, near ImageBase. */
START_TEST(without_room_a_dll_goes_where_a_program_would)
{
    pel_module m;
    pel_load_options o = drawn(PEL_WINDOWS_11, 3);
    vm v = vm_new(0);
    sample s = made(dll32, 1);
    ck_nt(SUCCESS, allocate(v.s, 0x50000000, 0x28000000, RESERVE, RW));
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &m));
    ck_assert(m.randomized && m.base.v > 0x10000000 && m.base.v <= 0x10000000 + 254 * STEP);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* ---- who is not moved -------------------------------------------------- */

START_TEST(images_that_the_kernel_does_not_move_are_not_randomized)
{
    pel_load_options o = drawn(PEL_WINDOWS_11, 3);
    pel_module m;
    vm v = vm_new(0);
    sample s = movable(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.DllCharacteristics", PEL_DLL_NX_COMPAT);
    sample_parse(&s);
    ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &m));
    ck_hex(m.base.v, BASE64);
    sample t = sample_of(PEL_BUILD_PE32); /* no relocations */
    sample_parse(&t);
    ck_nt(SUCCESS, pel_image_map(v.s, t.img, &o, &m));
    ck_hex(m.base.v, BASE32);
    sample u = movable(PEL_BUILD_PE32PLUS); /* stripped of them, whatever DYNAMIC_BASE says */
    pel_builder_set(u.b, "optional_header.ImageBase", 0x170000000);
    pel_builder_poke(u.b, "file_header.Characteristics", PEL_FILE_RELOCS_STRIPPED);
    sample_parse(&u);
    ck_nt(SUCCESS, pel_image_map(v.s, u.img, &o, &m));
    ck_hex(m.base.v, 0x170000000);
    ck_assert(!m.randomized);
    vm_free(&v);
    sample_free(&s);
    sample_free(&t);
    sample_free(&u);
}
END_TEST

/* ---- an ImageBase that nobody can have --------------------------------- */

static const struct {
    pel_build_kind format;
    uint64_t image_base;
    pel_windows windows;
    uint64_t goes_to;
} impossible[] = {
    { PEL_BUILD_PE32, 0, PEL_WINDOWS_XP, 0x10000 },
    { PEL_BUILD_PE32, 0, PEL_WINDOWS_11, 0x10000 },
    { PEL_BUILD_PE32, 0xffff0000, PEL_WINDOWS_XP, 0x10000 },
    { PEL_BUILD_PE32, 0xffff0000, PEL_WINDOWS_8, 0x10000 },
    { PEL_BUILD_PE32, 0xffff0000, PEL_WINDOWS_11, 0x10000 },
    { PEL_BUILD_PE32PLUS, 0xffffffffffff0000, PEL_WINDOWS_XP, 0x10000 },
    { PEL_BUILD_PE32PLUS, 0xffffffffffff0000, PEL_WINDOWS_8, 0x10000 },
    { PEL_BUILD_PE32PLUS, 0xffffffffffff0000, PEL_WINDOWS_11, FOUR_GIB },
    { PEL_BUILD_PE32PLUS, 0, PEL_WINDOWS_11, 0x10000 },
};

START_TEST(an_image_base_of_0_or_of_the_kernel_is_moved)
{
    pel_module m;
    pel_load_options o = { .windows = impossible[_i].windows };
    vm v = vm_new(0);
    sample s = movable(impossible[_i].format);
    pel_builder_set(s.b, "optional_header.ImageBase", impossible[_i].image_base);
    sample_parse(&s);
    pel_ntstatus nt = pel_image_map(v.s, s.img, &o, &m);
    /* the kernel of XP relocates nothing, so the move is news, and the header stays */
    bool xp = o.windows == PEL_WINDOWS_XP;
    ck_hex(nt, xp ? (unsigned)PEL_STATUS_IMAGE_NOT_AT_BASE : PEL_STATUS_SUCCESS);
    ck_assert_int_eq(m.header_rewritten, !xp);
    ck_hex(m.base.v, impossible[_i].goes_to);
    ck_assert(m.relocated);
    vm_free(&v);
    sample_free(&s);
}
END_TEST

/* ---- limits ------------------------------------------------------------ */

static uint64_t started_at(kind k, uint64_t flags, const pel_load_options *o)
{
    pel_machine *m = machine_of(0);
    pel_process *p;
    sample s = movable(k.format);
    pel_builder_set(s.b, "file_header.Characteristics", flags | PEL_FILE_EXECUTABLE_IMAGE);
    if (k.image_base)
        pel_builder_set(s.b, "optional_header.ImageBase", k.image_base);
    sample_parse(&s);
    pel_ntstatus nt = pel_process_new(m, s.img, o, &p, NULL);
    uint64_t base = pel_nt_success(nt) ? pel_process_module(p)->base.v : 0;
    pel_process_free(p);
    machine_done(m);
    sample_free(&s);
    return base;
}

START_TEST(large_addresses_are_for_those_that_know_them)
{
    const kind high = { PEL_BUILD_PE32, false, 0x90000000 };
    ck_hex(started_at(high, PEL_FILE_LARGE_ADDRESS_AWARE, NULL), 0x90000000);
    ck_assert_uint_lt(started_at(high, 0, NULL), 0x7fff0000); /* moved: that is the kernel's */
    pel_load_options o = drawn(PEL_WINDOWS_11, 5);
    uint64_t base = started_at(exe64, 0, &o); /* not above 2 GiB but for its own ImageBase */
    ck_assert(base > BASE64 && base <= BASE64 + 254 * STEP);
}
END_TEST

/* The bottom-up search begins at random, too, on Windows 8 and later. */
START_TEST(a_bottom_up_search_begins_at_random)
{
    static const struct {
        uint16_t flags;
        pel_windows windows;
        uint64_t most;
    } ways[] = {
        { PEL_DLL_DYNAMIC_BASE, PEL_WINDOWS_7, 0 },
        { PEL_DLL_DYNAMIC_BASE, PEL_WINDOWS_11, 255 * STEP },
        { PEL_DLL_DYNAMIC_BASE | PEL_DLL_HIGH_ENTROPY_VA, PEL_WINDOWS_11, 0xffffff * STEP },
    };
    uint64_t farthest = 0;
    for (unsigned seed = 0; seed < 16; seed++) {
        pel_module m;
        pel_load_options o = drawn(ways[_i].windows, seed);
        vm v = vm_new(0);
        sample s = movable(PEL_BUILD_PE32PLUS);
        pel_builder_set(s.b, "optional_header.DllCharacteristics", ways[_i].flags);
        sample_parse(&s);
        ck_nt(SUCCESS, allocate(v.s, BASE64, 0x1000000, RESERVE, RW)); /* all 254, and itself */
        ck_nt(SUCCESS, allocate(v.s, 0x7FF600000000, 0x200000000, RESERVE, RW));
        ck_nt(SUCCESS, pel_image_map(v.s, s.img, &o, &m));
        uint64_t from = ways[_i].windows == PEL_WINDOWS_7 ? STEP : FOUR_GIB;
        ck_quick(!m.randomized && m.base.v >= from && m.base.v - from <= ways[_i].most);
        farthest = m.base.v - from > farthest ? m.base.v - from : farthest;
        vm_free(&v);
        sample_free(&s);
    }
    ck_assert_uint_ge(farthest, ways[_i].most / 2);
}
END_TEST

PEL_TESTS(load_place)
{
    tcase_add_loop_test(tests, a_version_draws_from_its_range, 0,
                        sizeof schemes / sizeof schemes[0]);
    tcase_add_test(tests, no_bit_of_a_draw_is_idle);
    tcase_add_test(tests, xp_draws_nothing);
    tcase_add_test(tests, a_seed_always_gives_the_same_base);
    tcase_add_test(tests, what_was_linked_below_4_gib_stays_below);
    tcase_add_loop_test(tests, an_image_has_one_base_in_all_processes, 0, 2);
    tcase_add_test(tests, the_next_dll_lies_below_the_one_before);
    tcase_add_test(tests, a_process_where_the_base_is_taken_has_it_elsewhere);
    tcase_add_test(tests, without_room_a_dll_goes_where_a_program_would);
    tcase_add_test(tests, images_that_the_kernel_does_not_move_are_not_randomized);
    tcase_add_loop_test(tests, an_image_base_of_0_or_of_the_kernel_is_moved, 0,
                        sizeof impossible / sizeof impossible[0]);
    tcase_add_test(tests, large_addresses_are_for_those_that_know_them);
    tcase_add_loop_test(tests, a_bottom_up_search_begins_at_random, 0, 3);
}
