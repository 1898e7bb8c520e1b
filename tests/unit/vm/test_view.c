/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* ---- the search for free address space --------------------------------- */

/* A space with regions at 0x20000 (a page), 0x40000 (64 KiB) and 0x80000 (a page). */
static const struct {
    const char *what;
    uint64_t size, lowest, highest;
    bool top_down;
    uint64_t want; /* 0: STATUS_NO_MEMORY */
} searches[] = {
    { "the lowest", 1, 0, UINT64_MAX, false, 0x10000 },
    { "two granules do not fit", 0x10001, 0, UINT64_MAX, false, 0x50000 },
    { "just fits", 0x30000, 0, UINT64_MAX, false, 0x50000 },
    { "does not fit", 0x30001, 0, UINT64_MAX, false, 0x90000 },
    { "from within a region", 0x1000, 0x40800, UINT64_MAX, false, 0x50000 },
    { "from within a granule", 0x1000, 0x21000, UINT64_MAX, false, 0x30000 },
    { "just below a limit", 0x10000, 0x30000, 0x3FFFF, false, 0x30000 },
    { "not below a limit", 0x10000, 0x30000, 0x3FFFE, false, 0 },
    { "the highest", 0x1000, 0, UINT64_MAX, true, 0x7FFFFFFE0000 },
    { "the highest below", 0x1000, 0, 0x8FFFF, true, 0x70000 },
    { "the highest in a hole", 0x10000, 0, 0x4FFFF, true, 0x30000 },
    { "the highest that fits", 0x20000, 0, 0x4FFFF, true, 0 },
    { "the highest in the lowest", 0x10000, 0, 0x2FFFF, true, 0x10000 },
    { "nothing so low", 1, 0, 0xFFFF, false, 0 },
    { "nothing so high", 1, 0x7FFFFFFF0000, UINT64_MAX, false, 0 },
    { "nothing so large", (uint64_t)1 << 47, 0, UINT64_MAX, true, 0 },
    { "nothing so large at all", UINT64_MAX, 0, UINT64_MAX, false, 0 },
    { "an empty range", 1, 0x60000, 0x50000, true, 0 },
};

START_TEST(free_space_is_found)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, allocate(v.s, 0x20000, 0x1000, RESERVE, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x40000, 0x10000, RESERVE, RW));
    ck_nt(SUCCESS, allocate(v.s, 0x80000, 0x1000, RESERVE, RW));
    pel_va found = { 0 };
    pel_ntstatus st =
        pel_space_find_free(v.s, searches[_i].size, va_of(searches[_i].lowest),
                            va_of(searches[_i].highest), searches[_i].top_down, &found);
    bool want = searches[_i].want != 0;
    ck_assert_msg(st == (want ? PEL_STATUS_SUCCESS : (pel_ntstatus)PEL_STATUS_NO_MEMORY) &&
                      found.v == searches[_i].want,
                  "%s: got %s, 0x%" PRIx64, searches[_i].what, pel_ntstatus_name(st), found.v);
    ck_nt(INVALID_PARAMETER,
          pel_space_find_free(v.s, 0, va_of(0), va_of(UINT64_MAX), false, &found));
    vm_free(&v);
}
END_TEST

/* ---- views ------------------------------------------------------------- */

static const pel_segment image[] = {
    { .page_count = 1, .protect = RO },
    { .page_count = 4, .protect = RX },
    { .page_count = 2, .protect = 0 },
    { .page_count = 3, .protect = WC },
    { .page_count = 2, .protect = RW, .shared = true },
    { .page_count = 1, .protect = NOACCESS },
};
#define IMAGE (sizeof image / sizeof image[0])

START_TEST(a_view_shows_its_segments)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    ck_hex(pel_section_object_size(section), 0xD000);
    uint64_t at = mapped(v.s, section);
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO);
    ck_region(v.s, at + 0x1000, 0x4000, PEL_MEM_COMMIT, RX);
    ck_region(v.s, at + 0x5000, 0x2000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, at + 0x7000, 0x3000, PEL_MEM_COMMIT, WC);
    ck_region(v.s, at + 0xA000, 0x2000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, at + 0xC000, 0x1000, PEL_MEM_COMMIT, NOACCESS);
    pel_region r = region_at(v.s, at + 0x8000);
    ck_hex(r.size, 0x2000);
    ck_hex(r.allocation_base.v, at);
    ck_hex(r.alloc_protect, WCX);
    ck_hex(r.type, PEL_MEM_IMAGE);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 3); /* the write-copy pages */
    ck_assert_uint_eq(p.fills, 0);
    pel_section_object_free(section);
    vm_free(&v);
    ck_assert_int_eq(p.closed, 1);
}
END_TEST

/* With something reserved at 0x200000 and a section of 0xD000 bytes. */
static const struct {
    const char *what;
    uint64_t base;
    int want;
} bases[] = {
    { "a page", 0x201000, PEL_STATUS_MAPPED_ALIGNMENT },
    { "a few bytes", 0x20002A, PEL_STATUS_MAPPED_ALIGNMENT },
    { "taken", 0x200000, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "the kernel's", 0xFFFF800000000000, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "too high", 0x7FFFFFFF0000, PEL_STATUS_CONFLICTING_ADDRESSES },
    { "free", 0x210000, PEL_STATUS_SUCCESS },
    { "the highest", 0x7FFFFFFE0000, PEL_STATUS_SUCCESS },
};

START_TEST(a_view_needs_a_free_aligned_base)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    ck_nt(SUCCESS, allocate(v.s, 0x200000, 0x1000, RESERVE, RW));
    pel_va base = { bases[_i].base };
    pel_ntstatus st = pel_space_map(v.s, section, &base);
    ck_assert_msg(st == (pel_ntstatus)bases[_i].want, "%s: got %s", bases[_i].what,
                  pel_ntstatus_name(st));
    ck_hex(base.v, bases[_i].base);
    pel_section_object_free(section);
    vm_free(&v);
    ck_assert_int_eq(p.closed, 1);
}
END_TEST

START_TEST(views_are_unmapped_from_any_address_and_nothing_else_is)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    uint64_t at = mapped(v.s, section);
    uint64_t private = allocated(v.s, 0x10000, BOTH, RO);
    pel_section_object_free(section);
    ck_nt(NOT_MAPPED_VIEW, pel_space_unmap(v.s, va_of(private)));
    ck_nt(NOT_MAPPED_VIEW, pel_space_unmap(v.s, va_of(private + 0x3000)));
    ck_nt(NOT_MAPPED_VIEW, pel_space_unmap(v.s, va_of(0)));
    ck_nt(NOT_MAPPED_VIEW, pel_space_unmap(v.s, va_of(UINT64_MAX)));
    ck_assert_uint_eq(byte_at(v.s, at + 0x1000), 1);
    ck_assert_int_eq(p.closed, 0); /* the view keeps the section */
    ck_nt(SUCCESS, pel_space_unmap(v.s, va_of(at + 0x1064)));
    ck_assert_int_eq(p.closed, 1);
    ck_hex(region_at(v.s, at).state, PEL_MEM_FREE);
    ck_nt(NOT_MAPPED_VIEW, pel_space_unmap(v.s, va_of(at)));
    vm_free(&v);
}
END_TEST

START_TEST(private_memory_calls_do_not_work_on_views)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    uint64_t at = mapped(v.s, section);
    ck_nt(ALREADY_COMMITTED, allocate(v.s, at, 0x1000, COMMIT, RO));
    ck_nt(ALREADY_COMMITTED, allocate(v.s, at + 0x5000, 0x1000, COMMIT, RO));
    ck_nt(CONFLICTING_ADDRESSES, allocate(v.s, at, 0x1000, RESERVE, RO));
    ck_nt(UNABLE_TO_DELETE_SECTION, deallocate(v.s, at, 0, PEL_MEM_RELEASE));
    ck_nt(UNABLE_TO_DELETE_SECTION, deallocate(v.s, at, 0x1000, PEL_MEM_RELEASE));
    ck_nt(UNABLE_TO_DELETE_SECTION, deallocate(v.s, at, 0x1000, PEL_MEM_DECOMMIT));
    ck_hex(pel_ntstatus_to_win32(PEL_STATUS_UNABLE_TO_DELETE_SECTION), 87);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(a_view_is_charged_for_its_copies_to_be)
{
    vm v = vm_new(8);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    mapped(v.s, section);
    uint64_t second = mapped(v.s, section);
    pel_va base = { 0 };
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 6);
    ck_nt(COMMITMENT_LIMIT, pel_space_map(v.t, section, &base));
    ck_hex(base.v, 0);
    ck_nt(SUCCESS, pel_space_unmap(v.s, va_of(second)));
    ck_nt(SUCCESS, pel_space_map(v.t, section, &base));
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

/* VirtualProtect on a page of a view that was write-copy, read-only or shared. */
static const struct {
    uint32_t to;
    uint32_t plain, own, shared; /* what it becomes; 0: refused */
} protections[] = {
    { NOACCESS, NOACCESS, NOACCESS, NOACCESS },
    { RO, RO, RO, RO },
    { RW, WC, RW, RW },
    { WC, WC, RW, WC },
    { X, X, X, X },
    { RX, RX, RX, RX },
    { RWX, WCX, RWX, RWX },
    { WCX, WCX, RWX, WCX },
    { RO | GUARD, RO | GUARD, RO | GUARD, RO | GUARD },
    { RW | GUARD, WC | GUARD, RW | GUARD, RW | GUARD },
    { 0, 0, 0, 0 },
    { RO | RW, 0, 0, 0 },
    { NOACCESS | WC, 0, 0, 0 },
    { X | RX | RWX | WCX, 0, 0, 0 },
    { RX | WCX, 0, 0, 0 },
};

static void protect_to(pel_space *s, uint64_t at, uint32_t to, uint32_t want)
{
    uint32_t before = region_at(s, at).protect;
    pel_va base = { at };
    uint64_t size = 0x1000;
    uint32_t old;
    pel_ntstatus st = pel_space_protect(s, &base, &size, to, &old);
    if (want == 0) {
        ck_nt(INVALID_PAGE_PROTECTION, st);
        ck_hex(region_at(s, at).protect, before);
        return;
    }
    ck_nt(SUCCESS, st);
    ck_hex(old, before);
    ck_hex(region_at(s, at).protect, want);
    ck_holds(pel_space_machine(s));
}

START_TEST(protections_of_a_view_copy_on_write_where_they_must)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    uint64_t at = mapped(v.s, section);
    pel_section_object_free(section);
    uint32_t to = protections[_i].to;
    protect_to(v.s, at + 0x7000, to, protections[_i].plain); /* not in RAM */
    ck_assert_uint_eq(byte_at(v.s, at + 0x8000), 8);
    protect_to(v.s, at + 0x8000, to, protections[_i].plain); /* in RAM, shared */
    put(v.s, at + 0x9000, 0x99);
    protect_to(v.s, at + 0x9000, to, protections[_i].own);
    protect_to(v.s, at + 0xA000, to, protections[_i].shared);
    put(v.s, at + 0xB000, 0xBB);
    protect_to(v.s, at + 0xB000, to, protections[_i].shared);
    protect_to(v.s, at, to, protections[_i].plain);
    ck_nt(SUCCESS, protect(v.s, at + 0x7000, 0x6000, RO));
    ck_assert_uint_eq(byte_at(v.s, at + 0x8000), 8);
    ck_assert_uint_eq(byte_at(v.s, at + 0x9000), 0x99);
    ck_assert_uint_eq(byte_at(v.s, at + 0xB000), 0xBB);
    vm_free(&v);
}
END_TEST

START_TEST(a_view_cannot_be_protected_where_it_has_no_pages)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    uint64_t at = mapped(v.s, section);
    pel_section_object_free(section);
    ck_nt(NOT_COMMITTED, protect(v.s, at + 0x5000, 0x1000, RO));
    ck_nt(NOT_COMMITTED, protect(v.s, at + 0x4000, 0x2000, RO));
    ck_nt(CONFLICTING_ADDRESSES, protect(v.s, at + 0xC000, 0x2000, RO));
    ck_region(v.s, at + 0x4000, 0x1000, PEL_MEM_COMMIT, RX);
    vm_free(&v);
}
END_TEST

START_TEST(making_pages_copy_on_write_takes_commit)
{
    vm v = vm_new(8);
    pages p = { 0 };
    pel_section_object *section = section_of(v.m, &p, image, IMAGE);
    uint64_t at = mapped(v.s, section);
    pel_section_object_free(section);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 3);
    ck_nt(SUCCESS, protect(v.s, at, 0x5000, RW));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 8);
    ck_holds(v.m);
    ck_nt(SUCCESS, protect(v.s, at, 0x1000, RO));
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, 7);
    allocated(v.t, 0x1000, BOTH, RW);
    ck_nt(COMMITMENT_LIMIT, protect(v.s, at, 0x2000, RW));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO);
    vm_free(&v);
}
END_TEST

/* Two roots, an upper table of each level, and three leaf tables: seven frames are needed. */
START_TEST(a_protection_without_room_for_its_tables_changes_nothing)
{
    vm v = vm_new((uint64_t)_i);
    pages p = { 0 };
    const pel_segment large[] = { { .page_count = 0x180, .protect = RX },
                                  { .page_count = 0x280, .protect = RX },
                                  { .page_count = 1, .protect = RO } };
    pel_section_object *section = section_of(v.m, &p, large, 3);
    uint64_t at = mapped(v.s, section);
    ck_hex(at, 0x10000);
    pel_section_object_free(section);
    pel_ntstatus want = _i < 7 ? PEL_STATUS_NO_MEMORY : PEL_STATUS_SUCCESS;
    ck_hex(protect(v.s, at, 0x400000, X), want);
    ck_holds(v.m);
    ck_region(v.s, at, 0x400000, PEL_MEM_COMMIT, _i < 7 ? RX : X);
    if (_i < 5) /* with charge, which is to be given back */
        ck_nt(NO_MEMORY, protect(v.s, at + 0x400000, 0x1000, RW));
    if (_i < 7) {
        ck_assert_uint_eq(pel_machine_counters(v.m).frames_used, 2);
        ck_assert_uint_eq(pel_machine_counters(v.m).commit, 0);
    }
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_view)
{
    tcase_add_loop_test(tests, free_space_is_found, 0, sizeof searches / sizeof searches[0]);
    tcase_add_test(tests, a_view_shows_its_segments);
    tcase_add_loop_test(tests, a_view_needs_a_free_aligned_base, 0, sizeof bases / sizeof bases[0]);
    tcase_add_test(tests, views_are_unmapped_from_any_address_and_nothing_else_is);
    tcase_add_test(tests, private_memory_calls_do_not_work_on_views);
    tcase_add_test(tests, a_view_is_charged_for_its_copies_to_be);
    tcase_add_loop_test(tests, protections_of_a_view_copy_on_write_where_they_must, 0,
                        sizeof protections / sizeof protections[0]);
    tcase_add_test(tests, a_view_cannot_be_protected_where_it_has_no_pages);
    tcase_add_test(tests, making_pages_copy_on_write_takes_commit);
    tcase_add_loop_test(tests, a_protection_without_room_for_its_tables_changes_nothing, 3, 8);
}
