/* SPDX-License-Identifier: Apache-2.0 */
/* Many resources take their time in proportion: eight times as many take about eight times as long,
 * not 64 times. */
#include <pelorus/extract.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_pel.h"
#include "sample.h"

#define RVA   0x3000u
#define RUNS  3
#define FEW   12500u
#define MANY  100000u
#define SLACK 3.0 /* over 8, for caches and a busy host */

/* Types and how many of 16 resources they are; each icon is in a group. */
static const struct {
    uint32_t type, share;
} types[] = { { 3, 4 }, { 6, 2 }, { 10, 6 }, { 14, 4 } };

#define TYPES (sizeof types / sizeof types[0])

/* Bytes of one: its entry, the directory of its language with one entry, the data entry, data. */
#define ENTRY     8u
#define DIRECTORY 16u
#define DATA      34u /* 16 empty strings, and more than a group */
#define LEAF      (DIRECTORY + ENTRY + 16 + DATA)

typedef struct tree {
    uint8_t *bytes;
    uint32_t size, next;
} tree;

static void put_directory(tree *t, uint32_t at, uint32_t count)
{
    pel_store_uint(t->bytes + at + 12, 2, count > 0xffff ? count - 0xffff : 0);
    pel_store_uint(t->bytes + at + 14, 2, count > 0xffff ? 0xffff : count);
}

static void put_entry(tree *t, uint32_t at, uint32_t name, uint32_t target)
{
    pel_store_uint(t->bytes + at, 4, name);
    pel_store_uint(t->bytes + at + 4, 4, target);
}

static void put_leaf(tree *t, uint32_t type, uint32_t number)
{
    static const uint8_t group[] = { 0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, DATA };
    uint32_t data = t->next + DIRECTORY + ENTRY;
    put_directory(t, t->next, 1);
    put_entry(t, t->next + DIRECTORY, 0x409, data);
    pel_store_uint(t->bytes + data, 4, RVA + data + 16);
    pel_store_uint(t->bytes + data + 4, 4, type == 14 ? 20 : DATA);
    if (type == 14) {
        memcpy(t->bytes + data + 16, group, sizeof group);
        pel_store_uint(t->bytes + data + 16 + 18, 2, number);
    }
    t->next += LEAF;
}

static tree tree_of(uint32_t leaves)
{
    tree t = { .size = DIRECTORY + TYPES * (DIRECTORY + ENTRY) + leaves * (ENTRY + LEAF) };
    t.bytes = calloc(1, t.size);
    ck_assert_ptr_nonnull(t.bytes);
    t.next = DIRECTORY + TYPES * ENTRY;
    put_directory(&t, 0, TYPES);
    for (uint32_t i = 0; i < TYPES; i++) {
        uint32_t names = t.next, count = leaves / 16 * types[i].share;
        put_entry(&t, DIRECTORY + ENTRY * i, types[i].type, 0x80000000u | names);
        put_directory(&t, names, count);
        t.next = names + DIRECTORY + ENTRY * count;
        for (uint32_t n = 0; n < count; n++) {
            put_entry(&t, names + DIRECTORY + ENTRY * n, n + 1, 0x80000000u | t.next);
            put_leaf(&t, types[i].type, n + 1);
        }
    }
    return t;
}

static pel_status forget(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

/* Take everything out; how many items there were. */
static uint32_t take_out(const pel_image *image)
{
    pel_extract *x;
    uint32_t items = 0;
    const pel_extract_options options = { .kinds = ~(1u << PEL_EXTRACT_SECTION) };
    ck_ok(pel_extract_new(image, &options, &x));
    for (pel_extract_item item; pel_extract_next(x, &item); items++) {
        ck_status(PEL_OK, item.status);
        ck_ok(pel_extract_write(x, &item, (pel_sink){ .write = forget }, NULL));
    }
    ck_ok(pel_extract_status(x));
    pel_extract_free(x);
    return items;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of the fastest run. */
static double time_of(uint32_t leaves)
{
    tree t = tree_of(leaves);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    unsigned section =
        pel_builder_section(s.b, ".rsrc", PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ);
    pel_builder_data(s.b, section, t.bytes, t.size);
    pel_builder_directory(s.b, PEL_DIR_RESOURCE, (pel_rva){ RVA }, t.size);
    sample_parse(&s);
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        double start = seconds();
        ck_assert_uint_eq(take_out(s.img), leaves / 16 * 12); /* pictures come with their groups */
        double took = seconds() - start;
        best = run == 0 || took < best ? took : best;
    }
    sample_free(&s);
    free(t.bytes);
    return best;
}

START_TEST(many_resources)
{
    double few = time_of(FEW), many = time_of(MANY);
    printf("%u resources: %.3f s; %u: %.3f s\n", FEW, few, MANY, many);
    ck_assert_msg(many < SLACK * MANY / FEW * few, "%f s, then %f s", few, many);
}
END_TEST

PEL_TESTS(robust_growth) { tcase_add_test(tests, many_resources); }
