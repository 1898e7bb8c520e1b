/* SPDX-License-Identifier: Apache-2.0 */
/* Stack and heap: what Windows makes of the header's sizes. */
#include "check_pel.h"

#define KIB 0x400u
#define MIB 0x100000u

static const struct {
    const char *what;
    uint64_t reserve, commit;
    uint64_t want_reserve, want_commit, want_guard;
} stacks[] = {
    { "the usual header", MIB, 4 * KIB, MIB, 4 * KIB, 4 * KIB },
    { "nothing said: 1 MiB and a page", 0, 0, MIB, 4 * KIB, 4 * KIB },
    { "odd values are rounded up", 3 * MIB + 1, 1, 3 * MIB + 64 * KIB, 4 * KIB, 4 * KIB },
    { "reserve by 64 KiB", 0x100000, 0x5000, 0x100000, 0x5000, 4 * KIB },
    { "a small reserve stays small", 64 * KIB, 4 * KIB, 64 * KIB, 4 * KIB, 4 * KIB },
    { "commit beyond reserve: reserve by 1 MiB", MIB, 2 * MIB, 2 * MIB, 2 * MIB, 0 },
    { "commit equal to reserve", MIB, MIB, MIB, MIB, 0 },
    { "commit alone", 0, 64 * KIB, MIB, 64 * KIB, 4 * KIB },
    { "commit just below reserve leaves no guard", MIB, MIB - 1, MIB, MIB, 0 },
    { "room for the guard and no more", MIB, MIB - 4 * KIB, MIB, MIB - 4 * KIB, 4 * KIB },
    { "hostile: the top of 64 bits", UINT64_MAX, 1, 0xffffffffffff0000, 4 * KIB, 4 * KIB },
    { "hostile: both at the top", UINT64_MAX, UINT64_MAX, 0xfffffffffff00000, 0xfffffffffffff000,
      0 },
};

START_TEST(the_stack_follows_the_header)
{
    const pel_reserve_commit header = { stacks[_i].reserve, stacks[_i].commit };
    pel_stack s = pel_stack_sizes(header);
    ck_hex(s.header.reserve, header.reserve);
    ck_hex(s.header.commit, header.commit);
    ck_assert_msg(s.effective.reserve == stacks[_i].want_reserve &&
                      s.effective.commit == stacks[_i].want_commit &&
                      s.guard == stacks[_i].want_guard,
                  "%s: reserve 0x%" PRIx64 ", commit 0x%" PRIx64 ", guard 0x%" PRIx64,
                  stacks[_i].what, s.effective.reserve, s.effective.commit, s.guard);
    ck_hex(s.base.v, 0);
}
END_TEST

static const struct {
    const char *what;
    uint64_t reserve, commit, want_reserve, want_commit;
} heaps[] = {
    { "the usual header", MIB, 4 * KIB, MIB, 4 * KIB },
    { "nothing said: 64 pages and one", 0, 0, 256 * KIB, 4 * KIB },
    { "commit alone: reserve by 16 pages", 0, 5 * KIB, 64 * KIB, 8 * KIB },
    { "commit alone, beyond 16 pages", 0, 65 * KIB, 128 * KIB, 68 * KIB },
    { "reserve alone: one page", 16 * MIB, 0, 16 * MIB, 4 * KIB },
    { "both by the page", 4 * KIB + 1, 1, 8 * KIB, 4 * KIB },
    { "commit beyond reserve is cut", 4 * KIB, MIB, 4 * KIB, 4 * KIB },
    { "hostile: the top of 64 bits", UINT64_MAX, UINT64_MAX, 0xfffffffffffff000,
      0xfffffffffffff000 },
};

START_TEST(the_heap_follows_the_header)
{
    pel_heap h = pel_heap_sizes((pel_reserve_commit){ heaps[_i].reserve, heaps[_i].commit });
    ck_assert_msg(h.effective.reserve == heaps[_i].want_reserve &&
                      h.effective.commit == heaps[_i].want_commit,
                  "%s: reserve 0x%" PRIx64 ", commit 0x%" PRIx64, heaps[_i].what,
                  h.effective.reserve, h.effective.commit);
}
END_TEST

PEL_TESTS(load_sizes)
{
    tcase_add_loop_test(tests, the_stack_follows_the_header, 0, sizeof stacks / sizeof stacks[0]);
    tcase_add_loop_test(tests, the_heap_follows_the_header, 0, sizeof heaps / sizeof heaps[0]);
}
