/* SPDX-License-Identifier: Apache-2.0 */
/* KUSER_SHARED_DATA, by its offsets. */
#include "furniture_walk.h"

START_TEST(shared_data_tell_windows)
{
    rig r;
    rig_start(&r, 2 * _i);
    static const uint64_t numbers[][3] = {
        { 10, 0, 22631 }, { 10, 0, 19045 }, { 6, 2, 0 }, { 6, 1, 0 }, { 5, 2, 0 },
    };
    bool xp = _i == PEL_WINDOWS_XP, old = xp || _i == PEL_WINDOWS_7;
    uint8_t root[22];
    ck_assert_uint_eq(get(&r, SHARED + 0x26c, 4), numbers[_i][0]);
    ck_assert_uint_eq(get(&r, SHARED + 0x270, 4), numbers[_i][1]);
    ck_assert_uint_eq(get(&r, SHARED + 0x260, 4), numbers[_i][2]);
    ck_assert_uint_eq(get(&r, SHARED + 0x264, 4), 1);
    ck_assert_uint_eq(get(&r, SHARED + 0x268, 1), 1);
    ck_nt(SUCCESS, pel_space_read(r.s, va_of(SHARED + 0x30), root, sizeof root, NULL));
    ck_assert_mem_eq(root, "C\0:\0\\\0W\0i\0n\0d\0o\0w\0s\0\0", sizeof root);
    ck_hex(get(&r, SHARED + 0x2d5, 1), old ? 2 : 0xa);
    ck_hex(get(&r, SHARED + 0x2d8, 4), !xp);
    ck_hex(get(&r, SHARED + 0x2e8, 4), 16 * MIB / 0x1000);
    ck_hex(get(&r, SHARED + 0x2f8, 8), 0xc3);
    rig_done(&r);
}
END_TEST

START_TEST(shared_data_tell_the_time)
{
    rig r;
    rig_start(&r, 2 * _i);
    uint64_t up = get(&r, SHARED + 0x08, 8), ticks = get(&r, SHARED + 0x320, 8);
    uint64_t multiplier = get(&r, SHARED + 0x04, 4);
    ck_assert_uint_eq(up, UINT64_C(6000000000));
    ck_hex(get(&r, SHARED + 0x14, 8), 0x1DA3C457689C000);
    ck_hex(get(&r, SHARED + 0x1c, 4), 0x1DA3C45);        /* High2Time */
    ck_assert_uint_eq(ticks * multiplier >> 24, 600000); /* GetTickCount */
    ck_assert_uint_eq(get(&r, SHARED, 4), _i == PEL_WINDOWS_XP ? ticks : 0);
    rig_done(&r);
}
END_TEST

static const struct {
    pel_paging paging;
    uint64_t machine, architecture;
    bool pae, wide;
} processors[] = {
    { PEL_PAGING_X64, 0x8664, 9, true, true },
    { PEL_PAGING_LA57, 0x8664, 9, true, true },
    { PEL_PAGING_PAE, 0x14c, 0, true, false },
    { PEL_PAGING_X86, 0x14c, 0, false, false },
};

START_TEST(shared_data_tell_the_processor)
{
    pel_machine_options o = { .ram_size = 4 * MIB, .paging = processors[_i].paging };
    pel_va shared = { SHARED };
    uint64_t size = PEL_PAGE_SIZE;
    uint8_t page[PEL_PAGE_SIZE];
    pel_machine *m;
    pel_space *s;
    ck_ok(pel_machine_new(&o, &m));
    ck_ok(pel_space_new(m, NULL, &s));
    ck_nt(SUCCESS, pel_space_allocate(s, &shared, &size, BOTH, RO));
    ck_nt(SUCCESS, pel_shared_user_data_write(s, PEL_WINDOWS_11, 0));
    ck_nt(SUCCESS, pel_space_read(s, va_of(SHARED), page, sizeof page, NULL));
    ck_hex(page[0x2c] | page[0x2d] << 8, processors[_i].machine);
    ck_hex(page[0x2e] | page[0x2f] << 8, processors[_i].machine);
    ck_hex(page[0x26a], processors[_i].architecture);
    ck_assert_uint_eq(page[0x274 + 3], 1);                    /* MMX */
    ck_assert_uint_eq(page[0x274 + 9], processors[_i].pae);   /* PAE */
    ck_assert_uint_eq(page[0x274 + 12], processors[_i].pae);  /* NX */
    ck_assert_uint_eq(page[0x274 + 14], processors[_i].wide); /* CMPXCHG16B */
    ck_assert_uint_eq(page[0x274 + 23], 1);                   /* fast fail */
    ck_assert_uint_eq(page[0x274 + 7], 0);                    /* 3DNow! */
    pel_space_free(s);
    machine_done(m);
}
END_TEST

START_TEST(a_seed_chooses_cookie_and_time)
{
    rig r;
    uint64_t cookies[4], times[4];
    rig_start(&r, 0);
    for (uint64_t seed = 0; seed < 4; seed++) {
        ck_nt(SUCCESS, pel_shared_user_data_write(r.s, PEL_WINDOWS_10, seed % 3));
        cookies[seed] = get(&r, SHARED + 0x330, 4);
        times[seed] = get(&r, SHARED + 0x14, 8);
        ck_assert_uint_le(times[seed] - times[0], UINT64_C(366) * 24 * 3600 * 10000000);
    }
    ck_assert(cookies[0] != cookies[1] && cookies[1] != cookies[2] && cookies[0] == cookies[3]);
    ck_assert(times[0] != times[1] && times[1] != times[2] && times[0] == times[3]);
    rig_done(&r);
}
END_TEST

START_TEST(there_must_be_a_page)
{
    vm v = vm_new(0);
    ck_nt(NOT_COMMITTED, pel_shared_user_data_write(v.s, PEL_WINDOWS_10, 0));
    vm_free(&v);
}
END_TEST

PEL_TESTS(load_shared_data)
{
    tcase_add_loop_test(tests, shared_data_tell_windows, 0, 5);
    tcase_add_loop_test(tests, shared_data_tell_the_time, 0, 5);
    tcase_add_loop_test(tests, shared_data_tell_the_processor, 0, 4);
    tcase_add_test(tests, a_seed_chooses_cookie_and_time);
    tcase_add_test(tests, there_must_be_a_page);
}
