/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROBUST_EXERCISE_H
#define ROBUST_EXERCISE_H

/* Does with a file everything that the library can do: every cursor and accessor, the verdicts,
 * a process, every dump. What comes out does not matter; that it ends, stays in its bounds and
 * keeps its promises does. A broken promise fails the running test. */

#include "check_pel.h"

/* ck_assert notes its place each time it is passed, which takes longer than what is tested here. */
#define must(expr)                                                                                 \
    do {                                                                                           \
        if (!(expr))                                                                               \
            ck_abort_msg("%s", #expr);                                                             \
    } while (0)

typedef enum exercise_depth {
    EXERCISE_PARSE, /* cursors and verdicts: fast enough for every byte of a file */
    EXERCISE_ALL,   /* and processes and dumps */
} exercise_depth;

/* PEL_NO_MEMORY when an allocation failed, else PEL_OK. `allocator` may be NULL. */
pel_status exercise(pel_span bytes, exercise_depth depth, const pel_allocator *allocator);

/* The parts, in this order. */
void exercise_headers(const pel_image *image);
void exercise_addresses(const pel_image *image);
void exercise_relocations(const pel_image *image);
void exercise_verdicts(const pel_image *image);
pel_status exercise_load(const pel_image *image, const pel_allocator *allocator);
pel_status exercise_verify(const pel_image *image, const pel_allocator *allocator);
pel_status exercise_start(const pel_image *image, const pel_allocator *allocator);
pel_status exercise_dump(const pel_image *image, pel_process *process, const pel_verdict *verdict,
                         const pel_allocator *allocator);

/* ---- the samples ---------------------------------------------------------- */

typedef struct sample {
    char name[64];
    uint8_t *bytes;
    size_t size;
} sample;

typedef struct samples {
    sample *items;
    size_t count;
} samples;

/* Read all files of the samples' folder, sorted by name; fails the test when there is none. */
samples samples_read(void);

/* How many there are, for loop tests. */
int samples_count(void);
void samples_free(samples *s);

#endif
