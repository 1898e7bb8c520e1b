/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdalign.h>
#include <string.h>

#include "check_pel.h"

static bool all_zero(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)bytes)[i] != 0)
            return false;
    return true;
}

/* ---- allocator --------------------------------------------------------- */

START_TEST(no_allocator_means_the_c_library)
{
    pel_allocator a = pel_allocator_or_default(NULL);
    void *ptr = pel_take(&a, 64);
    ck_assert_ptr_nonnull(ptr);
    ck_assert(all_zero(ptr, 64));
    pel_give(&a, ptr, 64);
}
END_TEST

START_TEST(a_given_allocator_is_used)
{
    alloc_fail f = { .left = 1 };
    pel_allocator failing = alloc_fail_allocator(&f);
    pel_allocator a = pel_allocator_or_default(&failing);
    void *ptr = pel_take(&a, 64);
    ck_assert_int_eq(f.live, 64);
    ck_assert_ptr_null(pel_take(&a, 1));
    pel_give(&a, ptr, 64);
    ck_assert_int_eq(f.live, 0);
    pel_give(&a, NULL, 64);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

START_TEST(arrays_keep_their_items_while_they_grow)
{
    alloc_fail f = { .left = 100 };
    pel_allocator a = alloc_fail_allocator(&f);
    uint32_t *items = NULL;
    size_t capacity = 0;
    for (size_t n = 0; n < 1000; n++) {
        uint32_t *grown = pel_grow(&a, items, &capacity, n + 1, sizeof *items);
        ck_assert_ptr_nonnull(grown);
        items = grown;
        items[n] = (uint32_t)n;
    }
    for (size_t n = 0; n < 1000; n++)
        ck_assert_uint_eq(items[n], n);
    ck_assert_msg(f.left > 85, "%ld of 100 allocations left: appending is not cheap", f.left);
    pel_give(&a, items, capacity * sizeof *items);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

START_TEST(a_failed_growth_changes_nothing)
{
    alloc_fail f = { .left = 1 };
    pel_allocator a = alloc_fail_allocator(&f);
    size_t capacity = 0;
    uint8_t *items = pel_grow(&a, NULL, &capacity, 8, 1);
    ck_assert_ptr_nonnull(items);
    memset(items, 0x5a, 8);
    size_t before = capacity;
    ck_assert_ptr_null(pel_grow(&a, items, &capacity, before + 1, 1));
    ck_assert_uint_eq(capacity, before);
    ck_assert_int_eq(items[7], 0x5a);
    pel_give(&a, items, capacity);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

START_TEST(a_growth_that_would_wrap_is_refused)
{
    alloc_fail f = { .left = 1 };
    pel_allocator a = alloc_fail_allocator(&f);
    size_t capacity = 0;
    ck_assert_ptr_null(pel_grow(&a, NULL, &capacity, SIZE_MAX / 2, 4));
    ck_assert_ptr_null(pel_grow(&a, NULL, &capacity, SIZE_MAX, 16));
    ck_assert_uint_eq(capacity, 0);
    ck_assert_int_eq(f.left, 1);
}
END_TEST

/* ---- arena ------------------------------------------------------------- */

START_TEST(arena_memory_is_zeroed_aligned_and_apart)
{
    static const size_t sizes[] = { 1, 0, 3, 16, 17, 4096, 1, 100000, 1, 16 * 1024, 5 };
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    alloc_fail f = { .left = 100 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_arena arena;
    pel_arena_init(&arena, &a);
    uint8_t *taken[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        taken[i] = pel_arena_take(&arena, sizes[i]);
        ck_assert_ptr_nonnull(taken[i]);
        ck_assert_uint_eq((uintptr_t)taken[i] % alignof(max_align_t), 0);
        ck_assert(all_zero(taken[i], sizes[i]));
        memset(taken[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t n = 0; n < sizes[i]; n++)
            ck_assert_uint_eq(taken[i][n], i + 1);
    pel_arena_release(&arena);
    ck_assert_int_eq(f.live, 0);
    pel_arena_release(&arena);
}
END_TEST

START_TEST(small_pieces_share_a_block)
{
    alloc_fail f = { .left = 1 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_arena arena;
    pel_arena_init(&arena, &a);
    for (int i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(pel_arena_take(&arena, 100));
    pel_arena_release(&arena);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

START_TEST(an_arena_survives_a_failed_allocation)
{
    alloc_fail f = { .left = 1 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_arena arena;
    pel_arena_init(&arena, &a);
    uint8_t *first = pel_arena_take(&arena, 10);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(pel_arena_take(&arena, 1024 * 1024));
    ck_assert_ptr_null(pel_arena_take(&arena, SIZE_MAX));
    ck_assert_ptr_null(pel_arena_take(&arena, SIZE_MAX / 2 + 1));
    ck_assert_ptr_nonnull(pel_arena_take(&arena, 10)); /* there is room in the first block */
    first[9] = 1;
    pel_arena_release(&arena);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

PEL_TESTS(base_alloc)
{
    tcase_add_test(tests, no_allocator_means_the_c_library);
    tcase_add_test(tests, a_given_allocator_is_used);
    tcase_add_test(tests, arrays_keep_their_items_while_they_grow);
    tcase_add_test(tests, a_failed_growth_changes_nothing);
    tcase_add_test(tests, a_growth_that_would_wrap_is_refused);
    tcase_add_test(tests, arena_memory_is_zeroed_aligned_and_apart);
    tcase_add_test(tests, small_pieces_share_a_block);
    tcase_add_test(tests, an_arena_survives_a_failed_allocation);
}
