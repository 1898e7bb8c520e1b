/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of the loader, as programs walk them. */
#include "furniture_walk.h"

static const char *const load_order[] = { "prog.exe", "ntdll.dll", "kernel32.dll",
                                          "KernelBase.dll" };
static const char *const init_order[] = { "ntdll.dll", "KernelBase.dll", "kernel32.dll" };

static void ck_order(const rig *r, unsigned order, const char *const *names, size_t count)
{
    uint64_t forward[16], backward[16];
    ck_assert_uint_eq(walk(r, order, false, forward, 16), count);
    ck_assert_uint_eq(walk(r, order, true, backward, 16), count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(name_of(r, forward[i]), names[i]);
        ck_hex(backward[count - 1 - i], forward[i]);
    }
}

START_TEST(every_module_is_in_every_list_forward_and_backward)
{
    rig r;
    rig_new(&r, _i);
    ck_order(&r, 0, load_order, 4);
    ck_order(&r, 1, load_order, 4);
    ck_order(&r, 2, init_order, 3);
    ck_hex(r.furniture.ldr.v, ldr_of(&r));
    ck_assert_uint_eq(get(&r, ldr_of(&r) + 4, 1), 1); /* Initialized */
    bool xp = r.request.windows == PEL_WINDOWS_XP;
    ck_hex(get(&r, ldr_of(&r), 4), xp ? by_bits(&r, 0x28, 0x48) : by_bits(&r, 0x30, 0x58));
    rig_done(&r);
}
END_TEST

START_TEST(an_entry_tells_what_the_module_is)
{
    rig r;
    rig_new(&r, _i);
    bool old = r.request.windows == PEL_WINDOWS_XP || r.request.windows == PEL_WINDOWS_7;
    uint64_t entries[4];
    walk(&r, 0, false, entries, 4);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t e = entries[i];
        ck_hex(base_of(&r, e), 0x10000000 + i * 0x100000);
        ck_hex(word(&r, e + by_bits(&r, 0x1c, 0x38)), i == 3 ? 0 : 0x10001000 + i * 0x100000);
        ck_hex(get(&r, e + by_bits(&r, 0x20, 0x40), 4), 0x3000 + i * 0x1000);
        ck_hex(get(&r, e + by_bits(&r, 0x3a, 0x6e), 2), i == 2 ? 0xffff : 0);
        ck_hex(get(&r, e + by_bits(&r, 0x44, 0x80), 4), i ? 0x55667788 : 0x11223344);
        uint64_t flags = i ? 0x84004 : old ? 0x4000 : 4;
        flags |= old ? (i == 2 ? 0x200000 : 0) : 0x40;
        ck_hex(get(&r, e + by_bits(&r, 0x34, 0x68), 4), flags);
        if (r.request.windows == PEL_WINDOWS_10 || r.request.windows == PEL_WINDOWS_11)
            ck_hex(get(&r, e + by_bits(&r, 0x9c, 0x114), 4), i ? 0 : 2);
        ck_hex(get(&r, e + by_bits(&r, 0x38, 0x6c), 2), i != 2 ? 0xffff : old ? 3 : 6);
    }
    ck_assert_str_eq(string(&r, entries[0] + by_bits(&r, 0x24, 0x48)),
                     "C:\\Program Files\\t?st\\prog.exe");
    ck_assert_str_eq(string(&r, entries[3] + by_bits(&r, 0x24, 0x48)),
                     "C:\\Windows\\System32\\KernelBase.dll");
    rig_done(&r);
}
END_TEST

START_TEST(the_program_is_in_no_initialisation_order)
{
    rig r;
    rig_new(&r, _i);
    uint64_t e = entry_of(&r, "prog.exe");
    ck_hex(word(&r, e + by_bits(&r, 0x10, 0x20)), 0);
    ck_hex(word(&r, e + by_bits(&r, 0x14, 0x28)), 0);
    rig_done(&r);
}
END_TEST

/* x65599 of the name in capitals. */
static uint32_t x65599(const char *name)
{
    uint32_t hash = 0;
    for (; *name; name++)
        hash = hash * 65599 + (uint32_t)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
    return hash;
}

START_TEST(since_windows_8_an_entry_has_a_node_and_a_hash)
{
    rig r;
    rig_new(&r, _i);
    uint64_t e = entry_of(&r, "kernel32.dll");
    uint64_t node = word(&r, e + by_bits(&r, 0x50, 0x98));
    uint64_t link = e + by_bits(&r, 0x54, 0xa0);
    ck_hex(word(&r, node), link);
    ck_hex(word(&r, link), node);
    ck_hex(word(&r, node + by_bits(&r, 4, 8)), link);
    ck_hex(word(&r, link + by_bits(&r, 4, 8)), node);
    ck_hex(get(&r, node + by_bits(&r, 0x0c, 0x18), 4), 3);
    ck_hex(get(&r, node + by_bits(&r, 0x20, 0x38), 4), 9);
    ck_hex(get(&r, e + by_bits(&r, 0x90, 0x108), 4), x65599("kernel32.dll"));
    ck_hex(get(&r, e + by_bits(&r, 0x94, 0x10c), 4), 4);
    ck_hex(word(&r, e + by_bits(&r, 0x80, 0xf8)), by_bits(&r, 0x400000, BASE64));
    ck_hex(get(&r, e + by_bits(&r, 0x88, 0x100), 8), get(&r, SHARED + 0x14, 8));
    bool eleven = r.request.windows == PEL_WINDOWS_11;
    if (eleven)
        ck_hex(get(&r, e + by_bits(&r, 0xa8, 0x120), 4), 0x99aabbcc);
    node = word(&r, entry_of(&r, "ntdll.dll") + by_bits(&r, 0x50, 0x98));
    ck_hex(get(&r, node + by_bits(&r, 0x0c, 0x18), 4), 0xffffffff);
    rig_done(&r);
}
END_TEST

START_TEST(windows_7_keeps_base_and_time_elsewhere)
{
    rig r;
    rig_new(&r, 2 * PEL_WINDOWS_7 + _i);
    uint64_t e = entry_of(&r, "ntdll.dll");
    ck_hex(word(&r, e + by_bits(&r, 0x6c, 0xd0)), by_bits(&r, 0x400000, BASE64));
    ck_hex(get(&r, e + by_bits(&r, 0x70, 0xd8), 8), pel_shared_system_time(0));
    for (uint64_t list = by_bits(&r, 0x50, 0x98); list <= by_bits(&r, 0x60, 0xb8);
         list += by_bits(&r, 8, 16))
        ck_hex(word(&r, e + list), e + list); /* empty */
    rig_done(&r);
}
END_TEST

/* Every module is found from every other one of its hash, through one head. */
START_TEST(hash_links_are_rings)
{
    rig r;
    rig_new(&r, _i);
    bool old = r.request.windows == PEL_WINDOWS_XP || r.request.windows == PEL_WINDOWS_7;
    uint64_t hash = by_bits(&r, 0x3c, 0x70), e = entry_of(&r, "kernel32.dll") + hash;
    size_t count = 1;
    for (uint64_t at = word(&r, e); at != e; at = word(&r, at)) {
        ck_hex(word(&r, word(&r, at + by_bits(&r, 4, 8))), at);
        ck_assert_uint_lt(count++, 8);
    }
    /* a head, and before Windows 8 both that begin with a K */
    ck_assert_uint_eq(count, old ? 3 : 2);
    rig_done(&r);
}
END_TEST

START_TEST(a_path_may_be_a_name_or_nothing)
{
    static const char *const paths[] = { "a.dll", "", NULL, "C:/x/a.dll", "C:\\", "\xff\\b" };
    static const char *const names[] = { "a.dll", "", "", "a.dll", "", "b" };
    for (unsigned i = 0; i < 6; i++) {
        rig r;
        uint64_t entries[4];
        rig_start(&r, _i);
        r.modules[3].path = paths[i];
        ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
        walk(&r, 0, false, entries, 4);
        ck_assert_str_eq(name_of(&r, entries[3]), names[i]);
        rig_done(&r);
    }
}
END_TEST

PEL_TESTS(load_furniture_ldr)
{
    tcase_add_loop_test(tests, every_module_is_in_every_list_forward_and_backward, 0, KINDS);
    tcase_add_loop_test(tests, an_entry_tells_what_the_module_is, 0, KINDS);
    tcase_add_loop_test(tests, the_program_is_in_no_initialisation_order, 0, KINDS);
    tcase_add_loop_test(tests, since_windows_8_an_entry_has_a_node_and_a_hash, 0, 6);
    tcase_add_loop_test(tests, windows_7_keeps_base_and_time_elsewhere, 0, 2);
    tcase_add_loop_test(tests, hash_links_are_rings, 0, KINDS);
    tcase_add_loop_test(tests, a_path_may_be_a_name_or_nothing, 0, 2);
}
