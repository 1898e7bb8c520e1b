/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vad.h"

#include "base/alloc.h"
#include "check_pel.h"

static const pel_vad rows[] = {
    { .first = 0x50, .end = 0x60 },
    { .first = 0x10, .end = 0x20 },
    { .first = 0x60, .end = 0x61 },
    { .first = 0x30, .end = 0x40 },
};

static const struct {
    uint64_t page, want_first; /* 0: no region */
} places[] = {
    { 0x0F, 0 },    { 0x10, 0x10 }, { 0x1F, 0x10 }, { 0x20, 0 },
    { 0x35, 0x30 }, { 0x5F, 0x50 }, { 0x60, 0x60 }, { 0x61, 0 },
};

START_TEST(regions_are_found_by_any_of_their_pages)
{
    pel_allocator a = pel_allocator_or_default(NULL);
    pel_vads vads = { .items = NULL };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert(pel_vads_make_room(&vads, &a));
        pel_vads_insert(&vads, rows[i]);
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const pel_vad *vad = pel_vads_find(&vads, places[i].page);
        ck_hex(vad ? vad->first : 0, places[i].want_first);
    }
    ck_assert_ptr_null(pel_vads_overlap(&vads, 0x20, 0x30));
    ck_hex(pel_vads_overlap(&vads, 0x20, 0x31)->first, 0x30);
    ck_hex(pel_vads_overlap(&vads, 0x00, 0x99)->first, 0x10);
    ck_assert_uint_eq(pel_vads_after(&vads, 0x61), 4);

    pel_vads_remove(&vads, pel_vads_find(&vads, 0x30));
    ck_assert_ptr_null(pel_vads_find(&vads, 0x30));
    ck_hex(pel_vads_find(&vads, 0x50)->first, 0x50);
    ck_assert_uint_eq(vads.count, 3);
    pel_give(&a, vads.items, vads.capacity * sizeof *vads.items);
}
END_TEST

PEL_TESTS(vm_vad) { tcase_add_test(tests, regions_are_found_by_any_of_their_pages); }
