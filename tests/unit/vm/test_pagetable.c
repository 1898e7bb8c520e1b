/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/pagetable.h"

#include "fixture.h"

/* An address with a different index at each level: PML4E 1, PDPTE 2, PDE 3, PTE 4, byte 5. */
#define ADDRESS ((uint64_t)1 << 39 | (uint64_t)2 << 30 | 3u << 21 | 4u << 12 | 5u)

START_TEST(a_walk_goes_down_four_levels)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, ADDRESS & ~(uint64_t)0xFFFF, 0x10000, BOTH, RW));
    put(v.s, ADDRESS, 0x77);
    pel_walk walk = pel_space_walk(v.s, va_of(ADDRESS));
    static const char *const names[] = { "PML4E", "PDPTE", "PDE", "PTE" };
    ck_assert(walk.present);
    ck_assert_uint_eq(walk.count, 4);
    uint64_t table = walk.root.v;
    for (uint32_t i = 0; i < 4; i++) {
        const pel_walk_step *step = &walk.steps[i];
        uint8_t raw[8];
        ck_assert_str_eq(step->name, names[i]);
        ck_assert_uint_eq(step->index, i + 1);
        ck_hex(step->address.v, table + step->index * 8);
        ck_ok(pel_machine_read_physical(v.m, step->address, raw, 8));
        for (unsigned b = 0; b < 8; b++) /* little-endian, in RAM */
            ck_assert_uint_eq(raw[b], step->entry >> (8 * b) & 0xFF);
        ck_hex(step->entry & 0x8000000000000FFF, i < 3 ? 0x27 : 0x8000000000000867);
        table = step->entry & 0x000FFFFFFFFFF000;
    }
    ck_hex(walk.pa.v, table + 5);
    uint8_t byte;
    ck_ok(pel_machine_read_physical(v.m, walk.pa, &byte, 1));
    ck_assert_uint_eq(byte, 0x77);
    vm_free(&v);
}
END_TEST

/* Each mode takes the same address apart in its own way: levels, bytes of an entry, the bits of its
 * entries for tables, and those of a page that was read and written. */
static const struct {
    pel_paging paging;
    size_t levels;
    unsigned entry_size;
    uint32_t index[PEL_WALK_MAX]; /* of 0x40A03005, from the root down */
    uint64_t table[PEL_WALK_MAX - 1];
    uint64_t page;
} modes[] = {
    { PEL_PAGING_X64, 4, 8, { 0, 1, 5, 3 }, { 0x27, 0x27, 0x27 }, 0x8000000000000867 },
    { PEL_PAGING_LA57, 5, 8, { 0, 0, 1, 5, 3 }, { 0x27, 0x27, 0x27, 0x27 }, 0x8000000000000867 },
    { PEL_PAGING_PAE, 3, 8, { 1, 5, 3 }, { 0x01, 0x27 }, 0x8000000000000867 },
    { PEL_PAGING_X86, 2, 4, { 0x102, 0x203 }, { 0x27 }, 0x867 },
};

START_TEST(every_mode_walks_in_its_own_way)
{
    vm v = vm_with(&(pel_machine_options){ .ram_size = 0x100000, .paging = modes[_i].paging });
    ck_nt(SUCCESS, allocate(v.s, 0x40A00000, 0x10000, BOTH, RW));
    put(v.s, 0x40A03005, 0x77);
    byte_at(v.s, 0x40A03005);
    pel_walk walk = pel_space_walk(v.s, va_of(0x40A03005));
    ck_assert(walk.present);
    ck_assert_uint_eq(walk.count, modes[_i].levels);
    for (size_t i = 0; i < walk.count; i++) {
        const pel_walk_step *step = &walk.steps[i];
        uint8_t raw[8] = { 0 };
        ck_assert_uint_eq(step->index, modes[_i].index[i]);
        ck_hex(step->address.v, step->table.v + step->index * modes[_i].entry_size);
        ck_ok(pel_machine_read_physical(v.m, step->address, raw, modes[_i].entry_size));
        ck_hex(pel_pte_load(raw), step->entry);
        ck_hex(step->entry & 0x8000000000000FFF,
               i + 1 < walk.count ? modes[_i].table[i] : modes[_i].page);
    }
    uint8_t byte;
    ck_ok(pel_machine_read_physical(v.m, walk.pa, &byte, 1));
    ck_assert_uint_eq(byte, 0x77);
    vm_free(&v);
}
END_TEST

START_TEST(two_level_tables_cannot_forbid_execution)
{
    vm v = vm_with(&(pel_machine_options){ .ram_size = 0x100000, .paging = PEL_PAGING_X86 });
    vm w = vm_with(&(pel_machine_options){ .ram_size = 0x100000, .paging = PEL_PAGING_PAE });
    uint64_t at = allocated(v.s, 0x1000, BOTH, RW), other = allocated(w.s, 0x1000, BOTH, RW);
    ck_nt(SUCCESS, touch(v.s, at, PEL_FETCH));
    ck_nt(ACCESS_VIOLATION, touch(w.s, other, PEL_FETCH));
    ck_assert_uint_eq(pel_space_walk(v.s, va_of((uint64_t)1 << 32)).count, 0); /* no address */
    vm_free(&v);
    vm_free(&w);
}
END_TEST

START_TEST(accessed_and_dirty_are_set_when_they_happen)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1000, BOTH, RW);
    byte_at(v.s, at);
    ck_hex(pel_space_walk(v.s, va_of(at)).steps[3].entry & 0xFFF, 0x827); /* A, not D */
    put(v.s, at, 1);
    ck_hex(pel_space_walk(v.s, va_of(at)).steps[3].entry & 0xFFF, 0x867);
    vm_free(&v);
}
END_TEST

START_TEST(a_walk_ends_where_the_tables_do)
{
    vm v = vm_new(0x100);
    pel_walk walk = pel_space_walk(v.s, va_of(ADDRESS));
    ck_assert_uint_eq(walk.count, 1);
    ck_assert(!walk.present);
    ck_hex(walk.steps[0].entry, 0);
    uint64_t at = allocated(v.s, 0x3000, BOTH, RW);
    put(v.s, at, 1);
    walk = pel_space_walk(v.s, va_of(at + 0x1000));
    ck_assert_uint_eq(walk.count, 4);
    ck_assert(!walk.present);
    ck_hex(walk.steps[3].entry, 0);
    ck_assert_uint_eq(pel_space_walk(v.s, va_of(0x0000800000000000)).count, 0); /* no such VA */
    ck_assert_uint_eq(pel_space_walk(v.s, va_of(0xFFFF7FFFFFFFFFFF)).count, 0);
    ck_assert_uint_eq(pel_space_walk(v.s, va_of(0xFFFF800000000000)).count, 1); /* the kernel's */
    vm_free(&v);
}
END_TEST

/* The words of Windows for pages that are not valid. */
START_TEST(invalid_entries_say_what_windows_says)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, RESERVE, RW);
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
    ck_hex(pel_space_walk(v.s, va_of(at)).steps[3].entry, 4 << 5); /* demand zero, read-write */
    put(v.s, at, 1);
    ck_nt(SUCCESS, protect(v.s, at, 0x1000, NOACCESS));
    pel_walk walk = pel_space_walk(v.s, va_of(at));
    ck_assert(!walk.present);
    ck_hex(walk.steps[3].entry & 0xFFF, 0x800 | 0x18 << 5); /* transition, no access */
    ck_nt(SUCCESS, protect(v.s, at, 0x1000, RX | GUARD));
    ck_hex(pel_space_walk(v.s, va_of(at)).steps[3].entry & 0xFFF, 0x800 | 0x13 << 5);

    uint64_t whole = allocated(v.s, 0x10000, BOTH, RW);
    ck_nt(SUCCESS, deallocate(v.s, whole, 0x1000, PEL_MEM_DECOMMIT));
    ck_hex(pel_space_walk(v.s, va_of(whole)).steps[3].entry, 0x10 << 5); /* decommitted */
    ck_hex(pel_space_walk(v.s, va_of(whole + 0x1000)).steps[3].entry, 0);

    pages p = { 0 };
    const pel_segment code[] = { { .page_count = 2, .protect = RX } };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t view = mapped(v.s, section);
    ck_nt(SUCCESS, protect(v.s, view, 0x1000, RW));
    ck_hex(pel_space_walk(v.s, va_of(view)).steps[3].entry, 0xFFFFFFFF00000400 | 5 << 5);
    byte_at(v.s, view);
    ck_hex(pel_space_walk(v.s, va_of(view)).steps[3].entry & 0x8000000000000FFF,
           0x8000000000000225); /* copy-on-write, A, U/S, P */
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(tables_go_with_their_last_entry)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, (uint64_t)1 << 40, RESERVE, RW);
    for (unsigned i = 0; i < 8; i++)
        ck_nt(SUCCESS, allocate(v.s, at + ((uint64_t)i << 30), 0x1000, COMMIT, RW));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_table, 2 + 1 + 8 + 8);
    ck_nt(SUCCESS, deallocate(v.s, at, (uint64_t)1 << 32, PEL_MEM_DECOMMIT));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_table, 2 + 1 + 4 + 4);
    ck_nt(SUCCESS, deallocate(v.s, at, 0, PEL_MEM_DECOMMIT));
    ck_assert_uint_eq(pel_machine_counters(v.m).frames_table, 2);
    vm_free(&v);
}
END_TEST

START_TEST(the_next_entry_is_found_across_empty_tables)
{
    vm v = vm_new(0x100);
    static const uint64_t used[] = { 0x10, 0x1FF, 0x200, 0x40000, 0x7FFFFFFEF };
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
        pel_slot slot;
        ck_nt(SUCCESS, pel_pt_make(v.s, used[i], &slot));
        pel_slot_set(&slot, pel_pte_demand_zero(PEL_MM_READONLY));
    }
    uint64_t at = 0;
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
        at = pel_pt_next(v.s, at, v.s->end);
        ck_hex(at, used[i]);
        ck_hex(pel_pt_next(v.s, at, at), at);
        at++;
    }
    ck_hex(pel_pt_next(v.s, at, v.s->end), v.s->end);
    ck_hex(pel_pt_next(v.s, 0x11, 0x1FF), 0x1FF); /* the end, not the entry there */
    ck_hex(pel_pt_next(v.s, 0x201, 0x3FFFF), 0x3FFFF);
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
        pel_slot slot;
        ck_assert(pel_pt_find(v.s, used[i], &slot));
        pel_slot_set(&slot, 0);
    }
    pel_pt_prune(v.s, 0, v.s->end);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_pagetable)
{
    tcase_add_test(tests, a_walk_goes_down_four_levels);
    tcase_add_loop_test(tests, every_mode_walks_in_its_own_way, 0, sizeof modes / sizeof modes[0]);
    tcase_add_test(tests, two_level_tables_cannot_forbid_execution);
    tcase_add_test(tests, accessed_and_dirty_are_set_when_they_happen);
    tcase_add_test(tests, a_walk_ends_where_the_tables_do);
    tcase_add_test(tests, invalid_entries_say_what_windows_says);
    tcase_add_test(tests, tables_go_with_their_last_entry);
    tcase_add_test(tests, the_next_entry_is_found_across_empty_tables);
}
