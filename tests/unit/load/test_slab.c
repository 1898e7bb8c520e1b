/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of structures, and writing them side by side. */
#include "load/slab.h"

#include "base/text.h"
#include "fixture.h"

/* Members, with the structure that each is of. */
static const struct {
    const char *structure, *name;
} members[] = {
#define F(structure, member, at32, at64, kind, since, until, doc) { #structure, #member },
#include <pelorus/tables/process.def>
#undef F
};

static pel_slab kind_of(int kind)
{
    return (pel_slab){ .windows = (pel_windows)(kind / 2), .wide = kind % 2 };
}

/* In the order of the table, members of one Windows do not overlap. */
START_TEST(members_follow_each_other)
{
    pel_slab slab = kind_of(_i);
    uint64_t end = 0;
    for (unsigned i = 0; i < PEL_MEMBER_COUNT; i++) {
        uint64_t at;
        unsigned width;
        if (i > 0 && strcmp(members[i].structure, members[i - 1].structure) != 0)
            end = 0;
        if (!pel_member_place(&slab, (pel_member)i, &at, &width))
            continue;
        ck_assert_msg(at >= end, "%s.%s", members[i].structure, members[i].name);
        end = at + width;
    }
}
END_TEST

START_TEST(members_lie_within_their_structures)
{
    static const char *const names[] = { "LDR", "ENTRY", "DDAG", "PARAMETERS" };
    pel_slab slab = kind_of(_i);
    for (unsigned i = 0; i < PEL_MEMBER_COUNT; i++) {
        uint64_t at, size = PEL_PAGE_SIZE * (slab.wide ? 2 : 1);
        unsigned width;
        for (unsigned s = 0; s < 4; s++)
            if (strcmp(members[i].structure, names[s]) == 0)
                size = pel_structure_size(&slab, (pel_sized)s);
        if (pel_member_place(&slab, (pel_member)i, &at, &width))
            ck_assert_msg(at + width <= size, "%s.%s", members[i].structure, members[i].name);
    }
}
END_TEST

START_TEST(sizes_are_those_of_this_windows)
{
    static const uint64_t entries[] = { 0xb8,  0x138, 0xa8, 0x120, 0x98,
                                        0x110, 0x78,  0xe0, 0x50,  0x98 };
    pel_slab slab = kind_of(_i);
    bool old = slab.windows == PEL_WINDOWS_7 || slab.windows == PEL_WINDOWS_XP;
    ck_hex(pel_structure_size(&slab, PEL_ENTRY), entries[_i]);
    ck_assert_int_eq(pel_structure_size(&slab, PEL_DDAG) == 0, old);
}
END_TEST

START_TEST(without_bytes_it_only_measures)
{
    pel_slab slab = kind_of(1);
    ck_hex(pel_slab_take(&slab, 3, 1).v, 0);
    ck_hex(pel_slab_take(&slab, 5, 8).v, 8);
    ck_hex(pel_slab_take_structure(&slab, PEL_LDR).v, 0x10);
    ck_hex(slab.used, 0x68);
    pel_slab_put_word(&slab, va_of(0), 7);
    ck_hex(pel_slab_word(&slab, va_of(0)), 0);
    pel_slab_text(&slab, pel_str_of("abc"));
    ck_hex(slab.used, 0x70);
    ck_nt(SUCCESS, slab.status);
}
END_TEST

START_TEST(nothing_is_written_outside)
{
    uint8_t bytes[48], want[48];
    memset(bytes, 0x55, sizeof bytes);
    memset(want, 0x55, sizeof want);
    pel_slab slab = kind_of(1);
    slab.base.v = 0x10000;
    slab.bytes = bytes + 16;
    slab.size = 16;
    for (uint64_t at = 0xffe0; at < 0x10020; at++)
        if (at < 0x10000 || at > 0x10008)
            pel_slab_put_word(&slab, va_of(at), UINT64_MAX);
    ck_assert_mem_eq(bytes, want, sizeof want);
    pel_slab_put_word(&slab, va_of(0x10008), 0x1122334455667788);
    ck_hex(pel_slab_word(&slab, va_of(0x10008)), 0x1122334455667788);
    ck_hex(bytes[24], 0x88);
    ck_hex(bytes[32], 0x55);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_once)
{
    uint8_t bytes[64] = { 0 };
    pel_slab slab = kind_of(0);
    slab.bytes = bytes;
    slab.size = sizeof bytes;
    pel_slab_put_word(&slab, va_of(0), UINT64_MAX); /* -1 */
    ck_nt(SUCCESS, slab.status);
    pel_slab_put_word(&slab, va_of(4), UINT64_C(0x100000000));
    ck_nt(INVALID_PARAMETER, slab.status);
    ck_hex(pel_slab_word(&slab, va_of(0)), UINT32_MAX);
    ck_hex(pel_slab_word(&slab, va_of(4)), 0);
    pel_slab_fail(&slab, (pel_ntstatus)PEL_STATUS_NO_MEMORY);
    ck_nt(INVALID_PARAMETER, slab.status);
}
END_TEST

START_TEST(lists_are_circles)
{
    uint8_t bytes[64] = { 0 };
    pel_slab slab = kind_of(0);
    slab.base.v = 0x1000;
    slab.bytes = bytes;
    slab.size = sizeof bytes;
    pel_ring ring = pel_ring_start(&slab, va_of(0x1000));
    ck_hex(pel_slab_word(&slab, va_of(0x1000)), 0x1000);
    ck_hex(pel_slab_word(&slab, va_of(0x1004)), 0x1000);
    pel_ring_add(&slab, &ring, va_of(0x1010));
    pel_ring_add(&slab, &ring, va_of(0x1020));
    static const uint64_t words[][2] = {
        { 0x1000, 0x1010 }, { 0x1004, 0x1020 }, { 0x1010, 0x1020 },
        { 0x1014, 0x1000 }, { 0x1020, 0x1000 }, { 0x1024, 0x1010 }
    };
    for (unsigned i = 0; i < 6; i++)
        ck_hex(pel_slab_word(&slab, va_of(words[i][0])), words[i][1]);
}
END_TEST

PEL_TESTS(load_slab)
{
    tcase_add_loop_test(tests, members_follow_each_other, 0, 10);
    tcase_add_loop_test(tests, members_lie_within_their_structures, 0, 10);
    tcase_add_loop_test(tests, sizes_are_those_of_this_windows, 0, 10);
    tcase_add_test(tests, without_bytes_it_only_measures);
    tcase_add_test(tests, nothing_is_written_outside);
    tcase_add_test(tests, what_does_not_fit_is_refused_once);
    tcase_add_test(tests, lists_are_circles);
}
