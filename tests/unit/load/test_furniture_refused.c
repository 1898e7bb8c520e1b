/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that cannot be furnished, or hardly: nothing is left behind. */
#include "furniture_walk.h"

/* What a space has in it. */
typedef struct mark {
    uint64_t regions, commit, sum;
} mark;

static mark mark_of(const rig *r)
{
    pel_region region;
    mark m = { .commit = pel_machine_counters(r->m).commit };
    for (uint64_t at = 0; pel_nt_success(pel_space_query(r->s, va_of(at), &region));
         at = region.base.v + region.size) {
        m.regions++;
        m.sum = m.sum * 31 + region.base.v + region.size * 7 + region.state + region.protect;
    }
    return m;
}

/* Refused with `status`, and nothing is there that was not there before. */
static void ck_refused(rig *r, pel_ntstatus status)
{
    static const pel_furniture nothing;
    mark before = mark_of(r);
    pel_ntstatus got = pel_furniture_make(r->s, &r->request, &r->furniture);
    ck_assert_str_eq(pel_ntstatus_name(got), pel_ntstatus_name(status));
    mark after = mark_of(r);
    ck_assert_mem_eq(&before, &after, sizeof before);
    ck_assert_uint_eq(r->furniture.peb.v | r->furniture.teb.v, nothing.peb.v);
    ck_assert_uint_eq(r->furniture.context.pc.v, 0);
    rig_done(r);
}

#define NAMED(status) ((pel_ntstatus)PEL_STATUS_##status)

START_TEST(a_process_needs_a_program)
{
    rig r;
    rig_start(&r, _i);
    r.request.count = 0;
    ck_refused(&r, NAMED(INVALID_PARAMETER));
}
END_TEST

static const uint32_t wrong_orders[][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 1, 2, 4 },
                                            { 1, 2, 1 }, { 3, 3, 3 }, { 1, 2, UINT32_MAX } };

START_TEST(an_order_of_initialisation_names_each_module_once)
{
    for (size_t i = 0; i < sizeof wrong_orders / sizeof wrong_orders[0]; i++) {
        rig r;
        rig_start(&r, _i);
        r.request.init_order = wrong_orders[i];
        ck_refused(&r, NAMED(INVALID_PARAMETER));
    }
}
END_TEST

START_TEST(a_32_bit_process_has_32_bit_addresses)
{
    for (unsigned i = 0; i < 6; i++) {
        rig r;
        rig_start(&r, 2 * _i);
        pel_va high = { UINT64_C(0x100000000) };
        pel_va *const places[] = { &r.modules[1].base,   &r.modules[2].entry, &r.request.heap,
                                   &r.request.tls_array, &r.stack.base,       &r.stack.limit };
        *places[i] = high;
        ck_refused(&r, NAMED(INVALID_PARAMETER));
    }
}
END_TEST

/* ---- sizes ------------------------------------------------------------- */

static char *long_text(size_t length)
{
    static char text[40001];
    ck_assert_uint_lt(length, sizeof text);
    memset(text, 'p', length);
    memcpy(text, "C:\\", length < 3 ? length : 3);
    text[length] = 0;
    return text;
}

/* Where a text may be. */
static const char **slot_of(rig *r, unsigned i)
{
    const char **const slots[] = { &r->modules[2].path, &r->request.image_path,
                                   &r->request.command_line, &r->request.current_directory };
    return slots[i];
}

START_TEST(a_name_of_40000_characters_is_too_long)
{
    for (unsigned i = 0; i < 4; i++) {
        rig r;
        rig_start(&r, _i);
        *slot_of(&r, i) = long_text(40000);
        ck_refused(&r, NAMED(NAME_TOO_LONG));
        rig_start(&r, _i);
        *slot_of(&r, i) = long_text(32767);
        ck_refused(&r, NAMED(NAME_TOO_LONG));
    }
}
END_TEST

START_TEST(the_longest_name_is_told_whole)
{
    static const uint64_t places[][2] = {
        { 0, 0 }, { 0x38, 0x60 }, { 0x40, 0x70 }, { 0x24, 0x38 }
    };
    for (unsigned i = 0; i < 4; i++) {
        rig r;
        rig_start(&r, _i);
        r.request.command_line = "";                         /* not the path in quotes */
        *slot_of(&r, i) = long_text(i == 3 ? 32765 : 32766); /* a backslash comes at its end */
        ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
        uint64_t entries[4], p = parameters_of(&r), place = places[i][r.request.wide];
        walk(&r, 0, false, entries, 4);
        uint64_t at = i ? p + place : entries[2] + by_bits(&r, 0x24, 0x48);
        ck_assert_uint_eq(strlen(string(&r, at)), 32766);
        rig_done(&r);
    }
}
END_TEST

START_TEST(an_environment_may_be_large)
{
    static const char *variables[2001];
    rig r;
    for (unsigned i = 0; i < 40; i++)
        variables[i] = long_text(40000);
    variables[40] = NULL;
    rig_start(&r, _i);
    r.request.environment = variables;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    uint64_t p = parameters_of(&r), block = word(&r, p + by_bits(&r, 0x48, 0x80));
    uint64_t size = word(&r, p + by_bits(&r, 0x290, 0x3f0));
    ck_assert_uint_eq(size, 2 * (40 * 40001 + 1));
    ck_hex(get(&r, block + size - 6, 6), 'p');
    rig_done(&r);
}
END_TEST

START_TEST(a_thousand_modules_are_found)
{
    static pel_furniture_module modules[1000];
    static uint32_t order[999];
    static char names[1000][32];
    static uint64_t entries[1001];
    rig r;
    rig_start(&r, _i);
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof names[i], "C:\\m\\%04u.dll", (unsigned)i);
        modules[i] = r.modules[i ? 1 : 0];
        modules[i].path = names[i];
        modules[i].base.v = 0x10000000 + i * 0x10000;
        if (i)
            order[i - 1] = 1000 - i;
    }
    r.request.modules = modules;
    r.request.count = 1000;
    r.request.init_order = order;
    r.request.init_count = 999;
    ck_nt(SUCCESS, pel_furniture_make(r.s, &r.request, &r.furniture));
    for (unsigned o = 0; o < 3; o++) {
        ck_assert_uint_eq(walk(&r, o, false, entries, 1001), o == 2 ? 999 : 1000);
        for (uint32_t i = 0; i < (o == 2 ? 999 : 1000); i++) {
            uint32_t want = o == 2 ? order[i] : i;
            ck_quick(base_of(&r, entries[i]) == 0x10000000 + want * 0x10000);
        }
        ck_assert_uint_eq(walk(&r, o, true, entries, 1001), o == 2 ? 999 : 1000);
    }
    rig_done(&r);
}
END_TEST

/* ---- no room ----------------------------------------------------------- */

/* Everything but `holes` holes of 64 KiB, at the top, is taken. */
static void fill(rig *r, unsigned holes)
{
    pel_region region;
    for (uint64_t at = 0; pel_nt_success(pel_space_query(r->s, va_of(at), &region));) {
        at = region.base.v + region.size;
        uint64_t base = (region.base.v + 0xffff) & ~UINT64_C(0xffff);
        if (base < 0x10000)
            base = 0x10000;
        if (region.state != PEL_MEM_FREE || at < base + 0x10000)
            continue;
        pel_va from = { base };
        uint64_t keep = region.size >= 0x1000000 ? holes * UINT64_C(0x10000) : 0;
        uint64_t size = (at - base - keep) & ~UINT64_C(0xffff);
        ck_nt(SUCCESS, pel_space_allocate(r->s, &from, &size, RESERVE, RW));
    }
}

START_TEST(a_space_that_is_full_stays_as_it_is)
{
    rig r;
    rig_start(&r, _i);
    fill(&r, 0);
    ck_refused(&r, NAMED(NO_MEMORY));
}
END_TEST

/* Room for one region, for two, and, but for the large one of newer Windows, for all. */
START_TEST(a_part_of_it_is_not_left)
{
    for (unsigned holes = 1; holes <= 2; holes++) {
        rig r;
        rig_start(&r, 2 * PEL_WINDOWS_7);
        r.request.host = PEL_HOST_X86;
        pel_va top = { 0x7FFD0000 };
        uint64_t size = 0x10000;
        if (_i)
            ck_nt(SUCCESS, pel_space_allocate(r.s, &top, &size, RESERVE, RW));
        fill(&r, holes);
        ck_refused(&r, NAMED(NO_MEMORY));
    }
}
END_TEST

/* So many pages can be committed, one more each time, until it works. */
START_TEST(commit_may_end_at_any_page)
{
    pel_ntstatus nt = PEL_STATUS_NO_MEMORY;
    for (unsigned frames = 0; !pel_nt_success(nt); frames++) {
        rig r;
        rig_start(&r, _i);
        pel_va hog = { 0x30000000 };
        uint64_t used = pel_machine_counters(r.m).commit;
        ck_assert_uint_lt(frames, 64);
        uint64_t free = pel_machine_counters(r.m).commit_limit - used - frames;
        uint64_t size = free * PEL_PAGE_SIZE;
        ck_nt(SUCCESS, pel_space_allocate(r.s, &hog, &size, BOTH, RW));
        mark before = mark_of(&r);
        nt = pel_furniture_make(r.s, &r.request, &r.furniture);
        mark after = mark_of(&r);
        if (!pel_nt_success(nt)) {
            ck_assert_mem_eq(&before, &after, sizeof before);
            ck_assert_uint_eq(r.furniture.peb.v, 0);
        }
        rig_done(&r);
    }
}
END_TEST

/* All frames are in use but for a few, which are too few for all pages and their tables. */
START_TEST(frames_may_end_while_pages_are_written)
{
    pel_ntstatus nt = PEL_STATUS_NO_MEMORY;
    unsigned refused = 0;
    for (unsigned frames = 1; !pel_nt_success(nt); frames++) {
        rig r;
        pel_space *others[600];
        unsigned count = 0;
        rig_start_on(&r, _i, &(pel_machine_options){ .ram_size = 600 * PEL_PAGE_SIZE });
        while (pel_machine_counters(r.m).frames_used + frames < 600)
            ck_ok(pel_space_new(r.m, NULL, &others[count++])); /* a frame for its top table */
        mark before = mark_of(&r);
        nt = pel_furniture_make(r.s, &r.request, &r.furniture);
        mark after = mark_of(&r);
        ck_assert(pel_nt_success(nt) || memcmp(&before, &after, sizeof before) == 0);
        refused += !pel_nt_success(nt);
        while (count > 0)
            pel_space_free(others[--count]);
        rig_done(&r);
    }
    ck_assert_uint_gt(refused, 3);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    pel_ntstatus nt = PEL_STATUS_NO_MEMORY;
    for (long n = 0; !pel_nt_success(nt); n++) {
        rig r;
        alloc_fail f = { .left = 1000000 };
        pel_allocator a = alloc_fail_allocator(&f);
        rig_start_on(&r, _i, &(pel_machine_options){ .allocator = &a, .ram_size = 16 * MIB });
        f.left = n;
        mark before = mark_of(&r);
        nt = pel_furniture_make(r.s, &r.request, &r.furniture);
        f.left = 1000000;
        mark after = mark_of(&r);
        if (!pel_nt_success(nt)) {
            ck_nt(PELORUS_HOST_NO_MEMORY, nt);
            ck_assert_mem_eq(&before, &after, sizeof before);
        }
        ck_assert_int_lt(n, 200);
        rig_done(&r);
        ck_assert_int_eq(f.live, 0);
    }
}
END_TEST

PEL_TESTS(load_furniture_refused)
{
    tcase_add_loop_test(tests, a_process_needs_a_program, 0, KINDS);
    tcase_add_loop_test(tests, an_order_of_initialisation_names_each_module_once, 0, KINDS);
    tcase_add_loop_test(tests, a_32_bit_process_has_32_bit_addresses, 0, 5);
    tcase_add_loop_test(tests, a_name_of_40000_characters_is_too_long, 0, 2);
    tcase_add_loop_test(tests, the_longest_name_is_told_whole, 0, 2);
    tcase_add_loop_test(tests, an_environment_may_be_large, 0, 2);
    tcase_add_loop_test(tests, a_thousand_modules_are_found, 0, KINDS);
    tcase_add_loop_test(tests, a_space_that_is_full_stays_as_it_is, 0, KINDS);
    tcase_add_loop_test(tests, a_part_of_it_is_not_left, 0, 2);
    tcase_add_loop_test(tests, commit_may_end_at_any_page, 0, KINDS);
    tcase_add_loop_test(tests, frames_may_end_while_pages_are_written, 0, KINDS);
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, KINDS);
}
