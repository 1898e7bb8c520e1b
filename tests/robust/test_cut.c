/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"
#include "exercise.h"

#include <string.h>

/* Below this length headers are cut, and every length gets everything; above it most cuts go
 * through the bytes of a section, and every so many do. */
#define HEADERS 0x400
#define STRIDE  97

static exercise_depth depth_of(const sample *s, size_t size)
{
    bool close = size < HEADERS && s->size < 0x800;
    return close || size % STRIDE == 0 || size == s->size ? EXERCISE_ALL : EXERCISE_PARSE;
}

/* The copy ends with the cut, so that a sanitizer sees every byte read behind it. */
static void cut(const sample *s, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, s->bytes, size);
    ck_ok(exercise((pel_span){ bytes, size }, depth_of(s, size), NULL));
    free(bytes);
}

START_TEST(a_sample_cut_at_any_length_is_survived)
{
    samples all = samples_read();
    for (size_t size = 0; size <= all.items[_i].size; size++)
        cut(&all.items[_i], size);
    samples_free(&all);
}
END_TEST

PEL_TESTS(robust_cut)
{
    tcase_add_loop_test(tests, a_sample_cut_at_any_length_is_survived, 0, samples_count());
}
