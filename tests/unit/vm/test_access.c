/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

START_TEST(a_copy_crosses_pages_that_are_far_apart)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, BOTH, RWX);
    for (uint64_t i = 16; i-- > 0;) /* so that frames are not in the order of pages */
        put(v.s, at + i * 0x1000, 0);
    uint8_t in[0xFFFF], out[sizeof in];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7 + i / 251);
    ck_nt(SUCCESS, pel_space_write(v.s, va_of(at + 1), in, sizeof in, NULL));
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(at + 1), out, sizeof out, NULL));
    ck_assert_mem_eq(in, out, sizeof in);
    memset(out, 0, sizeof out);
    ck_nt(SUCCESS, pel_space_fetch(v.s, va_of(at + 1), out, sizeof out, NULL));
    ck_assert_mem_eq(in, out, sizeof in);
    ck_nt(SUCCESS, pel_space_peek(v.s, va_of(at + 0xFFC), out, 8));
    ck_assert_mem_eq(in + 0xFFB, out, 8);
    vm_free(&v);
}
END_TEST

START_TEST(bytes_before_a_fault_are_done)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x2000, BOTH, RW);
    uint8_t bytes[0x3000];
    pel_fault fault;
    memset(bytes, 0x33, sizeof bytes);
    ck_nt(ACCESS_VIOLATION, pel_space_write(v.s, va_of(at + 0x800), bytes, sizeof bytes, &fault));
    ck_hex(fault.va.v, at + 0x2000);
    ck_assert_int_eq(fault.access, PEL_WRITE);
    ck_nt(ACCESS_VIOLATION, fault.status);
    ck_assert_uint_eq(byte_at(v.s, at + 0x1FFF), 0x33);
    ck_assert_uint_eq(byte_at(v.s, at + 0x7FF), 0);
    memset(bytes, 0, sizeof bytes);
    ck_nt(ACCESS_VIOLATION, pel_space_read(v.s, va_of(at + 0x1800), bytes, 0x900, &fault));
    ck_assert_uint_eq(bytes[0x7FF], 0x33);
    ck_assert_uint_eq(bytes[0x800], 0);
    ck_nt(ACCESS_VIOLATION, pel_space_read(v.s, va_of(UINT64_MAX), bytes, 2, &fault));
    ck_hex(fault.va.v, UINT64_MAX);
    vm_free(&v);
}
END_TEST

START_TEST(an_access_of_no_bytes_touches_nothing)
{
    vm v = vm_new(0x100);
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(0), NULL, 0, NULL));
    ck_nt(SUCCESS, pel_space_write(v.s, va_of(UINT64_MAX), NULL, 0, NULL));
    ck_nt(SUCCESS, pel_space_fetch(v.s, va_of(0), NULL, 0, NULL));
    ck_nt(SUCCESS, pel_space_peek(v.s, va_of(0), NULL, 0));
    ck_nt(SUCCESS, pel_space_poke(v.s, va_of(0), NULL, 0));
    uint64_t at = allocated(v.s, 0x1000, BOTH, RW);
    put(v.s, at, 1);
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(at), NULL, 0, NULL)); /* known to the TLB */
    ck_assert_uint_eq(pel_machine_counters(v.m).reads, 0);
    vm_free(&v);
}
END_TEST

START_TEST(accesses_are_counted_by_page)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x4000, BOTH, RWX);
    uint8_t bytes[0x3000] = { 0 };
    ck_nt(SUCCESS, pel_space_write(v.s, va_of(at), bytes, 0x3000, NULL));   /* 3 */
    ck_nt(SUCCESS, pel_space_read(v.s, va_of(at + 0xFFF), bytes, 2, NULL)); /* 2 */
    ck_nt(SUCCESS, pel_space_fetch(v.s, va_of(at), bytes, 1, NULL));
    ck_nt(SUCCESS, pel_space_fetch(v.s, va_of(at), bytes, 1, NULL));
    ck_nt(SUCCESS, pel_space_write(v.s, va_of(at), bytes, 8, NULL));
    pel_counters c = pel_machine_counters(v.m);
    ck_assert_uint_eq(c.writes, 4);
    ck_assert_uint_eq(c.reads, 2);
    ck_assert_uint_eq(c.fetches, 2);
    ck_assert_uint_eq(c.tlb_hits, 2); /* the second fetch and the last write */
    ck_assert_uint_eq(c.faults, 3);
    ck_assert_uint_eq(c.refusals, 0);
    vm_free(&v);
}
END_TEST

/* Pages 256 apart meet in one place of the TLB. */
START_TEST(pages_that_share_a_place_in_the_tlb_are_told_apart)
{
    vm v = vm_new(0x200);
    uint64_t a = allocated(v.s, 0x101000, BOTH, RW), b = a + 0x100000;
    for (int i = 0; i < 3; i++) {
        put(v.s, a, 0x11);
        put(v.s, b, 0x22);
        ck_assert_uint_eq(byte_at(v.s, a), 0x11);
        put(v.s, b, 0x33); /* must not go to the page that was just read */
        ck_assert_uint_eq(byte_at(v.s, a), 0x11);
        ck_assert_uint_eq(byte_at(v.s, b), 0x33);
        ck_holds(v.m);
    }
    vm_free(&v);
}
END_TEST

/* What a program can do to a page after the TLB has come to know it. */
START_TEST(the_tlb_forgets_what_changes)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x1000, BOTH, RW);
    put(v.s, at, 1);
    byte_at(v.s, at);
    ck_nt(SUCCESS, protect(v.s, at, 0x1000, RO));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_WRITE));
    byte_at(v.s, at);
    ck_nt(SUCCESS, deallocate(v.s, at, 0x1000, PEL_MEM_DECOMMIT));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_READ));
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    ck_nt(SUCCESS, deallocate(v.s, at, 0, PEL_MEM_RELEASE));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_READ));

    pages p = { 0 };
    const pel_segment data[] = { { .page_count = 1, .protect = WCX } };
    pel_section_object *section = section_of(v.m, &p, data, 1);
    at = mapped(v.s, section);
    byte_at(v.s, at);
    ck_nt(SUCCESS, touch(v.s, at, PEL_FETCH));
    put(v.s, at, 0x66); /* copies */
    uint8_t byte;
    ck_assert_uint_eq(byte_at(v.s, at), 0x66);
    ck_nt(SUCCESS, pel_space_fetch(v.s, va_of(at), &byte, 1, NULL));
    ck_assert_uint_eq(byte, 0x66);
    ck_nt(SUCCESS, pel_space_unmap(v.s, va_of(at)));
    ck_nt(ACCESS_VIOLATION, touch(v.s, at, PEL_READ));
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

/* ---- the kernel's way -------------------------------------------------- */

static uint8_t peeked(pel_space *s, uint64_t at)
{
    uint8_t byte = 0xEE;
    ck_nt(SUCCESS, pel_space_peek(s, va_of(at), &byte, 1));
    return byte;
}

static void poke(pel_space *s, uint64_t at, uint8_t byte)
{
    ck_nt(SUCCESS, pel_space_poke(s, va_of(at), &byte, 1));
    ck_holds(pel_space_machine(s));
}

START_TEST(peek_and_poke_need_committed_pages)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x10000, RESERVE, RW);
    uint8_t bytes[0x1800] = { 1 };
    ck_nt(SUCCESS, allocate(v.s, at, 0x1000, COMMIT, RW));
    ck_nt(NOT_COMMITTED, pel_space_peek(v.s, va_of(at), bytes, sizeof bytes));
    ck_nt(NOT_COMMITTED, pel_space_poke(v.s, va_of(at), bytes, sizeof bytes));
    ck_nt(NOT_COMMITTED, pel_space_peek(v.s, va_of(0), bytes, 1));
    ck_nt(NOT_COMMITTED, pel_space_poke(v.s, va_of(UINT64_MAX), bytes, 1));
    ck_nt(NOT_COMMITTED, pel_space_peek(v.s, va_of(0x8000000000000000), bytes, 1));
    vm_free(&v);
}
END_TEST

START_TEST(peek_takes_no_frames_and_trips_no_guards)
{
    vm v = vm_new(0x100);
    uint64_t at = allocated(v.s, 0x2000, BOTH, RW | GUARD);
    uint64_t closed = allocated(v.s, 0x1000, BOTH, NOACCESS);
    ck_assert_uint_eq(peeked(v.s, at), 0);
    ck_assert_uint_eq(peeked(v.s, closed), 0);
    pel_counters c = pel_machine_counters(v.m);
    ck_assert_uint_eq(c.frames_used, 2);
    ck_assert_uint_eq(c.faults + c.reads, 0);
    ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, RW | GUARD);
    vm_free(&v);
}
END_TEST

START_TEST(poke_writes_what_the_program_cannot)
{
    static const uint32_t protections[] = { NOACCESS, RO, RW, X, RX, RWX, RO | GUARD };
    vm v = vm_new(0x100);
    for (size_t i = 0; i < sizeof protections / sizeof protections[0]; i++) {
        uint64_t at = allocated(v.s, 0x2000, BOTH, RW);
        put(v.s, at, 0x11); /* one page in RAM, one not */
        ck_nt(SUCCESS, protect(v.s, at, 0x2000, protections[i]));
        poke(v.s, at, 0x22);
        poke(v.s, at + 0x1000, 0x33);
        ck_assert_uint_eq(peeked(v.s, at), 0x22);
        ck_region(v.s, at, 0x2000, PEL_MEM_COMMIT, protections[i]);
        ck_nt(SUCCESS, protect(v.s, at, 0x2000, RO));
        ck_assert_uint_eq(byte_at(v.s, at), 0x22);
        ck_assert_uint_eq(byte_at(v.s, at + 0x1000), 0x33);
    }
    vm_free(&v);
}
END_TEST

START_TEST(poke_into_a_view_copies_its_page)
{
    vm v = vm_new(0x100);
    pages p = { 0 };
    const pel_segment data[] = { { .page_count = 2, .protect = RX },
                                 { .page_count = 1, .protect = WC },
                                 { .page_count = 1, .protect = NOACCESS },
                                 { .page_count = 1, .protect = RW, .shared = true } };
    pel_section_object *section = section_of(v.m, &p, data, 4);
    uint64_t a = mapped(v.s, section), b = mapped(v.t, section);
    ck_assert_uint_eq(byte_at(v.s, a), 0);
    ck_assert_uint_eq(peeked(v.s, a + 0x3000), 3);
    uint64_t commit = pel_machine_counters(v.m).commit;
    for (uint64_t i = 0; i < 5; i++)
        poke(v.s, a + i * 0x1000, (uint8_t)(0x50 + i));
    for (uint64_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(peeked(v.s, a + i * 0x1000), 0x50 + i);
        ck_assert_uint_eq(peeked(v.s, a + i * 0x1000 + 1), i);
        ck_assert_uint_eq(peeked(v.t, b + i * 0x1000), i < 4 ? i : 0x54); /* shared */
    }
    ck_assert_uint_eq(byte_at(v.s, a), 0x50); /* also by the TLB */
    ck_region(v.s, a, 0x2000, PEL_MEM_COMMIT, RX);
    ck_region(v.s, a + 0x2000, 0x1000, PEL_MEM_COMMIT, RW);
    ck_region(v.s, a + 0x3000, 0x1000, PEL_MEM_COMMIT, NOACCESS);
    ck_region(v.t, b + 0x2000, 0x1000, PEL_MEM_COMMIT, WC);
    ck_assert_uint_eq(pel_machine_counters(v.m).commit, commit + 3); /* write-copy was paid */
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

START_TEST(poke_cannot_go_beyond_the_commit_limit)
{
    vm v = vm_new(8);
    pages p = { 0 };
    const pel_segment code[] = { { .page_count = 1, .protect = RX } };
    pel_section_object *section = section_of(v.m, &p, code, 1);
    uint64_t at = mapped(v.s, section);
    allocated(v.t, 0x8000, BOTH, RW);
    uint8_t byte = 1;
    ck_nt(COMMITMENT_LIMIT, pel_space_poke(v.s, va_of(at), &byte, 1));
    ck_assert_uint_eq(byte_at(v.s, at), 0);
    pel_section_object_free(section);
    vm_free(&v);
}
END_TEST

PEL_TESTS(vm_access)
{
    tcase_add_test(tests, a_copy_crosses_pages_that_are_far_apart);
    tcase_add_test(tests, bytes_before_a_fault_are_done);
    tcase_add_test(tests, an_access_of_no_bytes_touches_nothing);
    tcase_add_test(tests, accesses_are_counted_by_page);
    tcase_add_test(tests, pages_that_share_a_place_in_the_tlb_are_told_apart);
    tcase_add_test(tests, the_tlb_forgets_what_changes);
    tcase_add_test(tests, peek_and_poke_need_committed_pages);
    tcase_add_test(tests, peek_takes_no_frames_and_trips_no_guards);
    tcase_add_test(tests, poke_writes_what_the_program_cannot);
    tcase_add_test(tests, poke_into_a_view_copies_its_page);
    tcase_add_test(tests, poke_cannot_go_beyond_the_commit_limit);
}
