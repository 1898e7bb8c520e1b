/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"
#include "exercise.h"

START_TEST(every_allocation_may_fail)
{
    samples all = samples_read();
    const sample *one = &all.items[_i];
    pel_status status = PEL_NO_MEMORY;
    for (long n = 0; status == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator allocator = alloc_fail_allocator(&f);
        status = exercise((pel_span){ one->bytes, one->size }, EXERCISE_ALL, &allocator);
        ck_assert_msg(f.live == 0, "%s: allocation %ld fails, %ld bytes are left", one->name, n,
                      f.live);
    }
    ck_ok(status);
    samples_free(&all);
}
END_TEST

PEL_TESTS(robust_memory)
{
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, samples_count());
}
