/* SPDX-License-Identifier: Apache-2.0 */
/* PEB and TEB, their places, the first registers, and processes that cannot be furnished. */
#include "furniture_walk.h"

static const struct {
    uint64_t major, minor, build, service_pack;
    const char *name;
} versions[] = {
    { 10, 0, 22631, 0, "" },
    { 10, 0, 19045, 0, "" },
    { 6, 2, 9200, 0, "" },
    { 6, 1, 7601, 0x100, "Service Pack 1" },
    { 5, 2, 3790, 0x200, "Service Pack 2" },
};

START_TEST(the_peb_tells_the_program_and_windows)
{
    rig r;
    rig_new(&r, _i);
    uint64_t peb = peb_of(&r);
    bool xp = r.request.windows == PEL_WINDOWS_XP;
    ck_hex(peb, r.furniture.peb.v);
    ck_assert_uint_eq(get(&r, peb + 2, 1), 0); /* BeingDebugged */
    ck_hex(word(&r, peb + by_bits(&r, 4, 8)), by_bits(&r, UINT32_MAX, UINT64_MAX));
    ck_hex(word(&r, peb + by_bits(&r, 0x08, 0x10)), 0x10000000);
    ck_hex(get(&r, peb + by_bits(&r, 0xa4, 0x118), 4), versions[r.request.windows].major);
    ck_hex(get(&r, peb + by_bits(&r, 0xa8, 0x11c), 4), versions[r.request.windows].minor);
    ck_hex(get(&r, peb + by_bits(&r, 0xac, 0x120), 2), versions[r.request.windows].build);
    ck_hex(get(&r, peb + by_bits(&r, 0xae, 0x122), 2), versions[r.request.windows].service_pack);
    ck_hex(get(&r, peb + by_bits(&r, 0xb0, 0x124), 4), 2);
    ck_hex(get(&r, peb + by_bits(&r, 0xb4, 0x128), 4), 3);
    ck_hex(get(&r, peb + by_bits(&r, 0x1d4, 0x2c0), 4), !xp);
    ck_assert_str_eq(string(&r, peb + by_bits(&r, 0x1f0, 0x2e8)), versions[r.request.windows].name);
    rig_done(&r);
}
END_TEST

START_TEST(the_peb_tells_the_heap)
{
    rig r;
    rig_new(&r, _i);
    uint64_t peb = peb_of(&r);
    ck_hex(word(&r, peb + by_bits(&r, 0x18, 0x30)), r.heap.base.v);
    ck_hex(get(&r, peb + by_bits(&r, 0x70, 0xc0), 8), 0xFFFFE86D079B8000); /* -30 days */
    ck_hex(word(&r, peb + by_bits(&r, 0x78, 0xc8)), MIB);
    ck_hex(word(&r, peb + by_bits(&r, 0x7c, 0xd0)), 0x2000);
    ck_hex(word(&r, peb + by_bits(&r, 0x80, 0xd8)), 0x10000);
    ck_hex(word(&r, peb + by_bits(&r, 0x84, 0xe0)), 0x1000);
    ck_assert_uint_eq(get(&r, peb + by_bits(&r, 0x88, 0xe8), 4), 1);
    ck_assert_uint_eq(get(&r, peb + by_bits(&r, 0x8c, 0xec), 4), 16);
    uint64_t heaps = word(&r, peb + by_bits(&r, 0x90, 0xf0));
    ck_hex(word(&r, heaps), r.heap.base.v);
    ck_hex(word(&r, heaps + 15 * by_bits(&r, 4, 8)), 0);
    rig_done(&r);
}
END_TEST

START_TEST(the_teb_tells_the_thread)
{
    rig r;
    rig_start(&r, _i);
    r.request.tls_array.v = 0x123450;
    r.request.api_set_map.v = 0x77770000;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    uint64_t teb = r.furniture.context.teb.v, xp = r.request.windows == PEL_WINDOWS_XP;
    ck_hex(teb, r.furniture.teb.v);
    ck_hex(teb_of(&r), teb);
    ck_hex(word(&r, teb), by_bits(&r, 0xffffffff, 0));
    ck_hex(word(&r, teb + by_bits(&r, 4, 8)), r.stack.base.v);
    ck_hex(word(&r, teb + by_bits(&r, 8, 16)), r.stack.limit.v);
    ck_hex(word(&r, teb + by_bits(&r, 0xe0c, 0x1478)), r.stack.allocation_base.v);
    ck_assert_uint_eq(word(&r, teb + by_bits(&r, 0x20, 0x40)), 1000);
    ck_assert_uint_eq(word(&r, teb + by_bits(&r, 0x24, 0x48)), 1004);
    ck_assert_uint_eq(word(&r, teb + by_bits(&r, 0x6b8, 0x7e0)), 1004);
    ck_hex(word(&r, teb + by_bits(&r, 0x2c, 0x58)), 0x123450);
    ck_hex(get(&r, teb + by_bits(&r, 0xc4, 0x108), 4), 0x409);
    ck_hex(get(&r, teb + by_bits(&r, 0xfca, 0x17ee), 2), xp ? 0 : 0x400);
    ck_assert_str_eq(string(&r, teb + by_bits(&r, 0xbf8, 0x1258)), "");
    ck_hex(get(&r, teb + by_bits(&r, 0xbfa, 0x125a), 2), 522);
    ck_hex(word(&r, peb_of(&r) + by_bits(&r, 0x38, 0x68)), xp ? 0 : 0x77770000);
    rig_done(&r);
}
END_TEST

START_TEST(the_first_registers_lead_to_all_of_it)
{
    rig r;
    rig_new(&r, _i);
    const pel_context *c = &r.furniture.context;
    ck_hex(c->pc.v, 0x10101000);
    ck_hex(c->registers[r.request.wide ? 1 : 0], 0x10001000); /* RCX, EAX */
    ck_hex(c->registers[r.request.wide ? 2 : 3], peb_of(&r)); /* RDX, EBX */
    ck_hex(c->sp.v, r.stack.base.v - by_bits(&r, 8, 0x28));
    ck_hex(word(&r, c->sp.v), 0);
    rig_done(&r);
    rig_start(&r, _i);
    r.request.thread_start.v = 0;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    ck_hex(r.furniture.context.pc.v, 0x10001000);
    rig_done(&r);
}
END_TEST

/* A program's Win32VersionValue: 3.51, build 1057, platform 2 ^ 3. */
START_TEST(a_program_chooses_the_version_that_it_sees)
{
    rig r;
    rig_start(&r, _i);
    sample odd = movable(r.request.wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    pel_builder_poke(odd.b, "optional_header.Win32VersionValue", 0xC4213303);
    sample_parse(&odd);
    r.modules[0].image = odd.img;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    uint64_t peb = peb_of(&r);
    ck_assert_uint_eq(get(&r, peb + by_bits(&r, 0xa4, 0x118), 4), 3);
    ck_assert_uint_eq(get(&r, peb + by_bits(&r, 0xa8, 0x11c), 4), 51);
    ck_assert_uint_eq(get(&r, peb + by_bits(&r, 0xac, 0x120), 2), 1057);
    ck_assert_uint_eq(get(&r, peb + by_bits(&r, 0xb0, 0x124), 4), 1);
    rig_done(&r);
    sample_free(&odd);
}
END_TEST

START_TEST(a_bit_tells_that_aslr_applies)
{
    rig r;
    rig_start(&r, _i);
    sample aslr = movable(r.request.wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    pel_builder_set(aslr.b, "optional_header.DllCharacteristics", 0x40);
    sample_parse(&aslr);
    r.modules[0].image = aslr.img;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    static const uint64_t want[] = { 4, 4, 4, 8, 0 };
    ck_hex(get(&r, peb_of(&r) + 3, 1), want[r.request.windows]);
    rig_done(&r);
    sample_free(&aslr);
}
END_TEST

/* ---- places ------------------------------------------------------------ */

static const struct {
    pel_windows windows;
    pel_host host;
    bool wide;
    uint64_t peb, teb;
} places[] = {
    { PEL_WINDOWS_XP, PEL_HOST_X86, false, 0x7FFDF000, 0x7FFDE000 },
    { PEL_WINDOWS_7, PEL_HOST_X86, false, 0x7FFDF000, 0x7FFDE000 },
    { PEL_WINDOWS_7, PEL_HOST_X64, false, 0x7EFDE000, 0x7EFDD000 },
    { PEL_WINDOWS_7, PEL_HOST_X64, true, 0x7FFFFFDF000, 0x7FFFFFDD000 },
    { PEL_WINDOWS_10, PEL_HOST_X86, false, 0x400000, 0x401000 },
    { PEL_WINDOWS_10, PEL_HOST_X64, false, 0x401000, 0x402000 },
    { PEL_WINDOWS_11, PEL_HOST_X64, true, 0x400000, 0x401000 },
};

START_TEST(peb_and_teb_are_where_this_windows_has_them)
{
    rig r;
    rig_start(&r, 2 * (int)places[_i].windows + places[_i].wide);
    r.request.host = places[_i].host;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    ck_hex(r.furniture.peb.v, places[_i].peb);
    ck_hex(r.furniture.teb.v, places[_i].teb);
    rig_done(&r);
}
END_TEST

/* Its home with a seed, twice the same. */
static uint64_t peb_with(int kind, uint64_t seed)
{
    rig r;
    pel_furniture twice[2];
    for (unsigned i = 0; i < 2; i++) {
        rig_start(&r, kind);
        r.request.seed = seed;
        ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
        ck_hex(teb_of(&r), r.furniture.teb.v);
        twice[i] = r.furniture;
        rig_done(&r);
    }
    ck_hex(twice[0].peb.v, twice[1].peb.v);
    ck_hex(twice[0].context.sp.v, twice[1].context.sp.v);
    return twice[0].peb.v;
}

START_TEST(a_seed_moves_them_by_pages)
{
    uint64_t still = peb_with(_i, 0);
    unsigned moved = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        uint64_t peb = peb_with(_i, seed);
        ck_hex(peb % 0x1000, 0);
        ck_hex(peb / 0x200000, still / 0x200000);
        moved += peb != still;
    }
    ck_assert_uint_gt(moved, 3);
}
END_TEST

START_TEST(aslr_begins_the_stack_deeper)
{
    rig r;
    sample aslr = movable(PEL_BUILD_PE32PLUS);
    pel_builder_set(aslr.b, "optional_header.DllCharacteristics", 0x40);
    sample_parse(&aslr);
    unsigned moved = 0;
    for (uint64_t seed = 0; seed < 16; seed++) {
        rig_start(&r, 2 * _i + 1);
        r.modules[0].image = aslr.img;
        r.request.seed = seed;
        ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
        uint64_t deep = r.stack.base.v - 0x28 - r.furniture.context.sp.v;
        ck_assert_uint_lt(deep, 2048);
        ck_assert_uint_eq(deep % 16, 0);
        ck_assert(seed || !deep);
        moved += deep != 0;
        rig_done(&r);
    }
    ck_assert_int_eq(moved > 10, _i != PEL_WINDOWS_XP);
    sample_free(&aslr);
}
END_TEST

/* The usual place is taken: the next one down, or up. */
START_TEST(what_is_taken_is_left_alone)
{
    for (int kind = 0; kind < KINDS; kind++) {
        rig r;
        rig_new(&r, kind);
        uint64_t first = r.furniture.peb.v;
        ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
        ck_assert(r.furniture.peb.v != first);
        ck_hex(r.furniture.peb.v % 0x10000, first % 0x10000);
        ck_hex(peb_of(&r), r.furniture.peb.v);
        rig_done(&r);
    }
}
END_TEST

PEL_TESTS(load_furniture)
{
    tcase_add_loop_test(tests, the_peb_tells_the_program_and_windows, 0, KINDS);
    tcase_add_loop_test(tests, the_peb_tells_the_heap, 0, KINDS);
    tcase_add_loop_test(tests, the_teb_tells_the_thread, 0, KINDS);
    tcase_add_loop_test(tests, the_first_registers_lead_to_all_of_it, 0, KINDS);
    tcase_add_loop_test(tests, a_program_chooses_the_version_that_it_sees, 0, KINDS);
    tcase_add_loop_test(tests, a_bit_tells_that_aslr_applies, 0, KINDS);
    tcase_add_loop_test(tests, peb_and_teb_are_where_this_windows_has_them, 0,
                        sizeof places / sizeof places[0]);
    tcase_add_loop_test(tests, a_seed_moves_them_by_pages, 0, KINDS);
    tcase_add_loop_test(tests, aslr_begins_the_stack_deeper, 0, 5);
    tcase_add_test(tests, what_is_taken_is_left_alone);
}
