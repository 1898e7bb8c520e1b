/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_PEL_H
#define CHECK_PEL_H

/* Check in the language of the project: a failure prints the name of the status.
 *
 * A test program is a few START_TEST(sentence) functions and
 *
 *     PEL_TESTS(layer_file)
 *     {
 *         tcase_add_test(tests, a_sentence_that_is_true);
 *         tcase_add_loop_test(tests, refusal, 0, sizeof rows / sizeof rows[0]);
 *     }
 */

#include <check.h>
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdlib.h>

#define ck_ok(expr) ck_status(PEL_OK, expr)
#define ck_status(want, expr)                                                                      \
    do {                                                                                           \
        pel_status ck_got_ = (expr);                                                               \
        ck_assert_msg(ck_got_ == (want), "%s: want %s, got %s", #expr, pel_status_name(want),      \
                      pel_status_name(ck_got_));                                                   \
    } while (0)

/* The simulated Windows' answer; `want` without "PEL_STATUS_". */
#define ck_nt(want, expr)                                                                          \
    do {                                                                                           \
        pel_ntstatus ck_got_ = (expr);                                                             \
        ck_assert_msg(ck_got_ == (pel_ntstatus)PEL_STATUS_##want, "%s: want %s, got 0x%08x %s",    \
                      #expr, #want, (unsigned)ck_got_,                                             \
                      pel_ntstatus_name(ck_got_) ? pel_ntstatus_name(ck_got_) : "");               \
    } while (0)

/* For inner loops: Check writes down each assertion that it passes, and reads all of that again at
 * the end of the test, which takes its time. */
#define ck_quick(condition)                                                                        \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s:%d: not so: %s", __FILE__, __LINE__, #condition);                     \
    } while (0)

#define ck_hex(got, want)                                                                          \
    do {                                                                                           \
        uint64_t ck_got_ = (got), ck_want_ = (want);                                               \
        if (ck_got_ != ck_want_) /* quick: see above */                                            \
            ck_abort_msg("%s: want 0x%" PRIx64 ", got 0x%" PRIx64, #got, ck_want_, ck_got_);       \
    } while (0)

int pel_run_tests(const char *name, void (*add)(TCase *tests));

#define PEL_TESTS(name)                                                                            \
    static void add_tests(TCase *tests);                                                           \
    int main(void) { return pel_run_tests(#name, add_tests); }                                     \
    static void add_tests(TCase *tests)

/* An allocator that fails its allocation number `left` (counted from 0) and all after it, and
 * counts what is live. For tests that let every allocation fail once:
 *
 *     for (long n = 0; st == PEL_NO_MEMORY; n++) {
 *         alloc_fail f = { .left = n };
 *         pel_allocator a = alloc_fail_allocator(&f);
 *         ... st = what is tested, and free everything ...
 *         ck_assert_int_eq(f.live, 0);
 *     }
 */
typedef struct alloc_fail {
    long left;
    long live; /* bytes */
} alloc_fail;

pel_allocator alloc_fail_allocator(alloc_fail *state);

#endif
