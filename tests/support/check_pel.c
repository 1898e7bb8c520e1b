/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"

int pel_run_tests(const char *name, void (*add)(TCase *tests))
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    add(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    alloc_fail *f = ctx;
    if (new_size > 0 && f->left-- <= 0)
        return NULL;
    f->live += (long)new_size - (long)(ptr ? old_size : 0);
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

pel_allocator alloc_fail_allocator(alloc_fail *state)
{
    return (pel_allocator){ .resize = resize, .ctx = state };
}
