/* SPDX-License-Identifier: Apache-2.0 */
/* Samples with bits flipped, fields set to the values at the edges, and parts of each other.
 * PELORUS_SEED in the environment chooses other mutants; the seed is printed. */
#include "check_pel.h"
#include "exercise.h"

#include <stdio.h>
#include <string.h>

#define MUTANTS 2000
#define BATCH   100 /* mutants of one loop test: its number and the seed repeat them */

/* xorshift64*: any state but 0. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

static size_t below(uint64_t *state, size_t limit)
{
    return limit ? (size_t)(next(state) % limit) : 0;
}

static uint64_t seed(void)
{
    const char *text = getenv("PELORUS_SEED");
    uint64_t value = text ? strtoull(text, NULL, 0) : 0;
    return value ? value : 20240229;
}

static void flip_bit(sample *m, uint64_t *state)
{
    if (m->size)
        m->bytes[below(state, m->size)] ^= (uint8_t)(1u << below(state, 8));
}

/* A value at an edge of a field of `width` bytes: 0, 1, the largest two, around an alignment. */
static uint64_t edge(unsigned width, uint64_t *state)
{
    static const uint64_t alignments[] = { 0x200, 0x1000, 0x10000 };
    uint64_t max = width >= 8 ? UINT64_MAX : (1ull << (8 * width)) - 1;
    uint64_t alignment = alignments[below(state, 3)];
    switch (below(state, 7)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return max;
    case 3: return max - 1;
    case 4: return alignment - 1;
    case 5: return alignment;
    default: return alignment + 1;
    }
}

/* Set a field of any structure that the sample has. */
static void poke_field(sample *m, uint64_t *state)
{
    size_t count;
    pel_image *image;
    pel_structure s;
    const pel_schema *const *schemas = pel_schemas(&count);
    const pel_schema *schema = schemas[below(state, count)];
    ck_ok(pel_image_parse((pel_span){ m->bytes, m->size }, NULL, &image));
    if (pel_image_structure(image, schema, (uint32_t)below(state, 4), &s) == PEL_OK) {
        const pel_field *field = &s.schema->fields[below(state, s.schema->field_count)];
        unsigned width = pel_field_wire(field, s.wide);
        uint64_t at = s.offset.v + pel_field_offset(s.schema, field, s.wide);
        uint64_t value = edge(width, state);
        for (unsigned i = 0; i < width && at + i < m->size; i++)
            m->bytes[at + i] = (uint8_t)(value >> (8 * i));
    }
    pel_image_free(image);
}

static void splice(sample *m, const sample *other, uint64_t *state)
{
    size_t size = below(state, 64) + 1;
    if (m->size < size || other->size < size)
        return;
    memcpy(m->bytes + below(state, m->size - size + 1),
           other->bytes + below(state, other->size - size + 1), size);
}

static void mutate(const samples *all, uint64_t *state)
{
    const sample *from = &all->items[below(state, all->count)];
    sample m = { .size = from->size, .bytes = malloc(from->size + 1) };
    ck_assert_ptr_nonnull(m.bytes);
    memcpy(m.bytes, from->bytes, from->size);
    for (size_t i = below(state, 4) + 1; i-- > 0;)
        switch (below(state, 4)) {
        case 0: flip_bit(&m, state); break;
        case 1: splice(&m, &all->items[below(state, all->count)], state); break;
        default: poke_field(&m, state); break;
        }
    ck_ok(exercise((pel_span){ m.bytes, m.size }, EXERCISE_ALL, NULL));
    free(m.bytes);
}

START_TEST(mutants_are_survived)
{
    uint64_t state = seed() ^ (uint64_t)_i << 32;
    samples all = samples_read();
    printf("mutants: PELORUS_SEED=%" PRIu64 ", batch %d\n", seed(), _i);
    fflush(stdout); /* before a crash */
    for (int i = 0; i < BATCH; i++)
        mutate(&all, &state);
    samples_free(&all);
}
END_TEST

PEL_TESTS(robust_mutants) { tcase_add_loop_test(tests, mutants_are_survived, 0, MUTANTS / BATCH); }
