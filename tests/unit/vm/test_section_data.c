/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* Sections of data files and of page files: what NtCreateSection makes of its parameters. */

enum { FILE_ = PEL_SECTION_FILE, PAGE_FILE = PEL_SECTION_PAGE_FILE };

#define LARGE ((uint32_t)PEL_SEC_LARGE_PAGES)

/* A section of `p`, or the status. */
static pel_ntstatus make(pel_machine *m, pages *p, pel_section_options o, pel_section_object **out)
{
    if (o.type == PEL_SECTION_FILE)
        o.pager = (pel_pager){ pages_fill, pages_close, p };
    return pel_section_object_new(m, &o, out);
}

static const struct {
    int type;
    uint64_t size, file_size;
    uint32_t protect, attributes;
    uint32_t want; /* status */
    uint64_t got_size;
    uint32_t got_attributes;
} rows[] = {
    { PAGE_FILE, 1, 0, RW, PEL_SEC_COMMIT, PEL_STATUS_SUCCESS, 0x1000, PEL_SEC_COMMIT },
    { PAGE_FILE, 0x3452, 0, RO, PEL_SEC_RESERVE, PEL_STATUS_SUCCESS, 0x4000, PEL_SEC_RESERVE },
    { PAGE_FILE, 1, 0, X, PEL_SEC_COMMIT | PEL_SEC_NOCACHE, PEL_STATUS_SUCCESS, 0x1000,
      PEL_SEC_COMMIT | PEL_SEC_NOCACHE },
    { FILE_, 0, 0x3456, RO, PEL_SEC_COMMIT, PEL_STATUS_SUCCESS, 0x3456, PEL_SEC_FILE },
    { FILE_, 0x10, 0x3456, WC, PEL_SEC_RESERVE, PEL_STATUS_SUCCESS, 0x10, PEL_SEC_FILE },
    { FILE_, 0x9999, 0x3456, RW, PEL_SEC_COMMIT | PEL_SEC_WRITECOMBINE, PEL_STATUS_SUCCESS, 0x9999,
      PEL_SEC_FILE | PEL_SEC_WRITECOMBINE },
    { FILE_, 0x9999, 0, RWX, PEL_SEC_COMMIT, PEL_STATUS_SUCCESS, 0x9999, PEL_SEC_FILE },
    /* attributes come first */
    { PAGE_FILE, 0, 0, NOACCESS, 0, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_NOCACHE, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_FILE | PEL_SEC_COMMIT, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_COMMIT | PEL_SEC_RESERVE, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_COMMIT | PEL_SEC_NOCACHE | PEL_SEC_WRITECOMBINE,
      PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_RESERVE | LARGE, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { FILE_, 1, 1, RW, PEL_SEC_COMMIT | LARGE, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_IMAGE | PEL_SEC_COMMIT, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_IMAGE | PEL_SEC_WRITECOMBINE, PEL_STATUS_INVALID_PARAMETER_6, 0,
      0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_BASED | PEL_SEC_COMMIT, PEL_STATUS_INVALID_PARAMETER_6, 0, 0 },
    /* then the protection */
    { PAGE_FILE, 0, 0, NOACCESS, PEL_SEC_COMMIT, PEL_STATUS_INVALID_PAGE_PROTECTION, 0, 0 },
    { PAGE_FILE, 1, 0, 0, PEL_SEC_COMMIT, PEL_STATUS_INVALID_PAGE_PROTECTION, 0, 0 },
    { PAGE_FILE, 1, 0, RW | RO, PEL_SEC_COMMIT, PEL_STATUS_INVALID_PAGE_PROTECTION, 0, 0 },
    { PAGE_FILE, 1, 0, RW | GUARD, PEL_SEC_COMMIT, PEL_STATUS_INVALID_PAGE_PROTECTION, 0, 0 },
    { PAGE_FILE, 1, 0, RW | NOCACHE, PEL_SEC_IMAGE, PEL_STATUS_INVALID_PAGE_PROTECTION, 0, 0 },
    /* then what it is made of, and the size */
    { PAGE_FILE, 1, 0, RO, PEL_SEC_IMAGE, PEL_STATUS_INVALID_FILE_FOR_SECTION, 0, 0 },
    { FILE_, 1, 1, RO, PEL_SEC_IMAGE | PEL_SEC_NOCACHE, PEL_STATUS_INVALID_FILE_FOR_SECTION, 0, 0 },
    { PAGE_FILE, 1, 0, RW, PEL_SEC_COMMIT | LARGE, PEL_STATUS_PRIVILEGE_NOT_HELD, 0, 0 },
    { PAGE_FILE, 0, 0, RW, PEL_SEC_COMMIT, PEL_STATUS_INVALID_PARAMETER_4, 0, 0 },
    { PAGE_FILE, UINT64_MAX, 0, RW, PEL_SEC_RESERVE, PEL_STATUS_SECTION_TOO_BIG, 0, 0 },
    { PAGE_FILE, (uint64_t)1 << 40, 0, RW, PEL_SEC_COMMIT, PEL_STATUS_COMMITMENT_LIMIT, 0, 0 },
    { FILE_, 0, 0, RW, PEL_SEC_COMMIT, PEL_STATUS_MAPPED_FILE_SIZE_ZERO, 0, 0 },
    { FILE_, 0x3457, 0x3456, RO, PEL_SEC_COMMIT, PEL_STATUS_SECTION_TOO_BIG, 0, 0 },
    { FILE_, 0x3457, 0x3456, WCX, PEL_SEC_COMMIT, PEL_STATUS_SECTION_TOO_BIG, 0, 0 },
    { FILE_, UINT64_MAX, 0x3456, RW, PEL_SEC_COMMIT, PEL_STATUS_SECTION_TOO_BIG, 0, 0 },
};

START_TEST(parameters_are_judged_in_order)
{
    vm v = vm_new(0x1000);
    pages p = { 0 };
    pel_section_object *section = (void *)1;
    pel_section_options o = { .type = (pel_section_type)rows[_i].type,
                              .size = rows[_i].size,
                              .file_size = rows[_i].file_size,
                              .protect = rows[_i].protect,
                              .attributes = rows[_i].attributes };
    pel_ntstatus st = make(v.m, &p, o, &section);
    ck_assert_msg(st == rows[_i].want, "row %d: want %s, got %s", _i,
                  pel_ntstatus_name(rows[_i].want), pel_ntstatus_name(st));
    ck_assert_int_eq(section != NULL, st == PEL_STATUS_SUCCESS);
    if (section) {
        ck_hex(pel_section_object_size(section), rows[_i].got_size);
        ck_hex(pel_section_object_attributes(section), rows[_i].got_attributes);
        pel_section_object_free(section);
    }
    ck_assert_int_eq(p.closed, rows[_i].type == FILE_);
    vm_free(&v);
}
END_TEST

START_TEST(a_file_needs_a_pager)
{
    vm v = vm_new(0x100);
    pel_section_object *section;
    pel_section_options o = {
        .type = PEL_SECTION_FILE, .file_size = 1, .protect = RO, .attributes = PEL_SEC_COMMIT
    };
    ck_nt(INVALID_PARAMETER, pel_section_object_new(v.m, &o, &section));
    o.type = (pel_section_type)7;
    ck_nt(INVALID_PARAMETER, pel_section_object_new(v.m, &o, &section));
    vm_free(&v);
}
END_TEST

/* ---- contents ---------------------------------------------------------- */

START_TEST(a_file_goes_on_with_zeros)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    pel_section_object *section;
    pel_section_options o = { .type = PEL_SECTION_FILE,
                              .size = 0x5000,
                              .file_size = 0x2800,
                              .protect = RW,
                              .attributes = PEL_SEC_COMMIT };
    ck_nt(SUCCESS, make(v.m, &p, o, &section));
    uint64_t at = mapped(v.s, section);
    uint8_t peeked;
    ck_nt(SUCCESS, pel_space_peek(v.s, va_of(at + 0x2800), &peeked, 1));
    ck_hex(peeked, 0);
    ck_hex(byte_at(v.s, at + 0x1000), 1);
    ck_hex(byte_at(v.s, at + 0x27FF), 2);
    ck_hex(byte_at(v.s, at + 0x2800), 0);
    ck_hex(byte_at(v.s, at + 0x2FFF), 0);
    uint64_t fills = p.fills;
    ck_hex(byte_at(v.s, at + 0x4000), 0);
    ck_assert_uint_eq(p.fills, fills); /* the pager has no such page */
    put(v.s, at + 0x4000, 9);
    pel_space_unmap(v.s, va_of(at));
    at = mapped(v.t, section);
    ck_hex(byte_at(v.t, at + 0x4000), 9);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

/* ---- charge ------------------------------------------------------------ */

static uint64_t commit_of(const vm *v) { return pel_machine_counters(v->m).commit; }

static pel_section_object *page_file_section(vm *v, uint64_t size, uint32_t attributes)
{
    pel_section_object *section;
    pel_section_options o = {
        .type = PEL_SECTION_PAGE_FILE, .size = size, .protect = RWX, .attributes = attributes
    };
    ck_nt(SUCCESS, pel_section_object_new(v->m, &o, &section));
    return section;
}

START_TEST(page_files_are_charged_as_long_as_the_section_lives)
{
    vm v = vm_new(0x100);
    pel_section_object *section = page_file_section(&v, 0x10000, PEL_SEC_COMMIT);
    ck_assert_uint_eq(commit_of(&v), 16);
    mapped(v.s, section);
    uint64_t at = mapped(v.t, section);
    ck_assert_uint_eq(commit_of(&v), 16); /* shared pages are charged once */
    pel_section_object_free(section);
    ck_assert_uint_eq(commit_of(&v), 16);
    ck_nt(SUCCESS, pel_space_unmap(v.t, va_of(at)));
    ck_holds(v.m);
    vm_free(&v); /* finds that nothing is left */
}
END_TEST

START_TEST(reserved_sections_are_charged_by_page)
{
    vm v = vm_new(0x100);
    pel_section_object *section = page_file_section(&v, 0x100000, PEL_SEC_RESERVE);
    uint64_t at = mapped(v.s, section), other = mapped(v.t, section);
    ck_assert_uint_eq(commit_of(&v), 0);
    ck_nt(SUCCESS, allocate(v.s, at + 0x4000, 0x3000, COMMIT, RW));
    ck_assert_uint_eq(commit_of(&v), 3);
    ck_nt(SUCCESS, allocate(v.t, other + 0x2000, 0x3000, COMMIT, RW)); /* overlaps */
    ck_assert_uint_eq(commit_of(&v), 5);
    ck_nt(SUCCESS, allocate(v.t, other + 0x7000, 0x1000, COMMIT, RW)); /* touches */
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RO));
    ck_region(v.s, at, 0x1000, PEL_MEM_COMMIT, RO);
    ck_region(v.t, other, 0x1000, PEL_MEM_COMMIT, RWX);
    ck_region(v.t, other + 0x1000, 0x1000, PEL_MEM_RESERVE, 0);
    ck_region(v.s, at + 0x8000, 0xF8000, PEL_MEM_RESERVE, 0);
    ck_nt(SUCCESS, allocate(v.s, at, 0x100000 - 0x1000, COMMIT, RW)); /* over all of them */
    ck_assert_uint_eq(commit_of(&v), 255);
    ck_holds(v.m);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(too_much_to_commit_changes_nothing)
{
    vm v = vm_new(0x100);
    pel_section_object *section = page_file_section(&v, 0x200000, PEL_SEC_RESERVE);
    uint64_t at = mapped(v.s, section);
    ck_nt(COMMITMENT_LIMIT, allocate(v.s, at, 0x200000, COMMIT, RW));
    ck_assert_uint_eq(commit_of(&v), 0);
    ck_region(v.s, at, 0x200000, PEL_MEM_RESERVE, 0);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

/* ---- finding ----------------------------------------------------------- */

START_TEST(images_are_found_by_what_they_are_made_of)
{
    vm v = vm_new(0x100);
    const pel_segment one[] = { { .page_count = 1, .protect = RO } };
    pages p[2] = { 0 };
    int key, other;
    pel_section_object *a, *b;
    pel_section_options o = section_options(&p[0], one, 1);
    o.key = &key;
    o.variant = 7;
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &a));
    o = section_options(&p[1], one, 1);
    o.key = &key;
    o.variant = 8;
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &b));
    ck_assert_ptr_eq(pel_section_object_find(v.m, &key, 7), a);
    ck_assert_ptr_eq(pel_section_object_find(v.m, &key, 8), b);
    ck_assert_ptr_null(pel_section_object_find(v.m, &key, 9));
    ck_assert_ptr_null(pel_section_object_find(v.m, &other, 7));
    uint64_t variants = 0, variant;
    for (const pel_section_object *at = NULL; (at = pel_section_object_next(v.m, at));) {
        ck_assert_ptr_eq(pel_section_object_key(at, &variant), &key);
        variants += variant;
    }
    ck_assert_uint_eq(variants, 7 + 8);
    ck_assert_ptr_null(pel_section_object_next(NULL, NULL));
    ck_assert_ptr_null(pel_section_object_find(v.m, NULL, 0));
    ck_holds(v.m);
    pel_section_object_free(a);
    ck_assert_int_eq(p[0].closed, 0); /* there is one more hold */
    pel_section_object_free(a);
    ck_assert_int_eq(p[0].closed, 1);
    ck_assert_ptr_null(pel_section_object_find(v.m, &key, 7));
    pel_section_object_free(b);
    pel_section_object_free(b);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_section_data)
{
    tcase_add_loop_test(tests, parameters_are_judged_in_order, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_file_needs_a_pager);
    tcase_add_test(tests, a_file_goes_on_with_zeros);
    tcase_add_test(tests, page_files_are_charged_as_long_as_the_section_lives);
    tcase_add_test(tests, reserved_sections_are_charged_by_page);
    tcase_add_test(tests, too_much_to_commit_changes_nothing);
    tcase_add_test(tests, images_are_found_by_what_they_are_made_of);
}
