/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* Every allocation of the host fails once: the call says so, changes nothing, and leaks
 * nothing. */

static const pel_segment image[] = { { .page_count = 1, .protect = RO },
                                     { .page_count = 100, .protect = WC } };

/* What a space looks like, in one number. */
static uint64_t look(pel_space *s)
{
    uint64_t sum = 0;
    pel_region r = { .size = 0 };
    for (uint64_t at = 0; at < 0x7FFFFFFF0000; at = r.base.v + r.size) {
        ck_nt(SUCCESS, pel_space_query(s, va_of(at), &r));
        sum = sum * 31 + (r.base.v ^ r.size ^ r.protect ^ r.state ^ r.type);
    }
    return sum;
}

/* The steps of a small life. Each takes memory of the host, or may. */

static pel_ntstatus reserve(pel_space *s) { return allocate(s, 0x100000, 0x1000000, RESERVE, RW); }
static pel_ntstatus commit(pel_space *s) { return allocate(s, 0x2FE000, 0x4000, COMMIT, RW); }
static pel_ntstatus commit_all(pel_space *s) { return allocate(s, 0x2000000, 0x9000, BOTH, RW); }
static pel_ntstatus write_one(pel_space *s) { return touch(s, 0x2FF000, PEL_WRITE); }
static pel_ntstatus write_other(pel_space *s) { return touch(s, 0x2001000, PEL_WRITE); }
static pel_ntstatus close_part(pel_space *s) { return protect(s, 0x2004000, 0x1000, NOACCESS); }
static pel_ntstatus read_view(pel_space *s) { return touch(s, 0x7FFF00001000, PEL_READ); }
static pel_ntstatus write_view(pel_space *s) { return touch(s, 0x7FFF00051000, PEL_WRITE); }

static pel_ntstatus poke_view(pel_space *s)
{
    return pel_space_poke(s, va_of(0x7FFF00000000), "x", 1);
}

static pel_ntstatus split(pel_space *s) { return deallocate(s, 0x2FF000, 0x1000, PEL_MEM_RELEASE); }

static pel_ntstatus hole(pel_space *s)
{
    return deallocate(s, 0x2001000, 0x1000, PEL_MEM_DECOMMIT);
}

/* A section of a page file, by parts committed here and there. */
static pel_ntstatus commit_parts(pel_space *s)
{
    pel_section_options o = { .type = PEL_SECTION_PAGE_FILE,
                              .size = 0x100000,
                              .protect = RW,
                              .attributes = PEL_SEC_RESERVE };
    pel_section_object *section;
    pel_va base = { 0x30000000 };
    pel_ntstatus st = pel_section_object_new(pel_space_machine(s), &o, &section);
    if (st != PEL_STATUS_SUCCESS)
        return st;
    st = pel_space_map(s, section, &base);
    for (uint64_t at = 0; at < 0x100000 && st == PEL_STATUS_SUCCESS; at += 0x8000)
        st = allocate(s, base.v + at, 0x1000, COMMIT, RO);
    if (st != PEL_STATUS_SUCCESS)
        pel_space_unmap(s, base);
    pel_section_object_free(section);
    return st;
}

static pel_ntstatus copy_part(pel_space *s) { return protect(s, 0x30008000, 0x1000, WC); }
static pel_ntstatus write_part(pel_space *s) { return touch(s, 0x30008000, PEL_WRITE); }

static pel_ntstatus many_regions(pel_space *s)
{
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    for (uint64_t i = 0; i < 40 && st == PEL_STATUS_SUCCESS; i++)
        st = allocate(s, 0x10000000 + i * 0x10000, 0x1000, RESERVE, RW);
    return st;
}

static pel_ntstatus (*const steps[])(pel_space *) = {
    reserve,   commit, commit_all, write_one,    write_other, close_part, read_view,    write_view,
    poke_view, split,  hole,       commit_parts, copy_part,   write_part, many_regions,
};
#define STEPS (sizeof steps / sizeof steps[0])

static void check_failed_step(pel_space *s, pel_ntstatus st, uint64_t before, size_t step)
{
    ck_holds(pel_space_machine(s));
    ck_nt(PELORUS_HOST_NO_MEMORY, st);
    ck_status(PEL_NO_MEMORY, pel_ntstatus_to_status(st));
    if (steps[step] != many_regions)
        ck_assert_msg(look(s) == before, "step %zu changed something", step);
}

static pel_status live_on(pel_machine *m, pel_space *s, pages *p)
{
    pel_section_options o = section_options(p, image, 2);
    pel_section_object *section;
    pel_ntstatus st = pel_section_object_new(m, &o, &section);
    if (st != PEL_STATUS_SUCCESS)
        return pel_ntstatus_to_status(st);
    pel_va base = { 0x7FFF00000000 };
    st = pel_space_map(s, section, &base);
    pel_section_object_free(section);
    for (size_t i = 0; i < STEPS && st == PEL_STATUS_SUCCESS; i++) {
        uint64_t before = look(s);
        st = steps[i](s);
        if (st != PEL_STATUS_SUCCESS)
            check_failed_step(s, st, before, i);
    }
    return pel_ntstatus_to_status(st);
}

static pel_status live(const pel_allocator *a, pages *p)
{
    pel_machine_options o = { .allocator = a };
    pel_machine *m;
    pel_space *s;
    PEL_TRY(pel_machine_new(&o, &m));
    pel_status st = pel_space_new(m, NULL, &s);
    if (st == PEL_OK)
        st = live_on(m, s, p);
    ck_holds(m);
    pel_space_free(s);
    pel_machine_free(m);
    return st;
}

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    long n = 0;
    for (; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pages p = { 0 };
        st = live(&a, &p);
        ck_assert_msg(f.live == 0, "leak when allocation %ld fails", n);
        ck_assert_int_lt(n, 100);
    }
    ck_ok(st);
    ck_assert_int_gt(n, 12); /* it was not all for nothing */
}
END_TEST

PEL_TESTS(vm_no_memory) { tcase_add_test(tests, every_allocation_may_fail); }
