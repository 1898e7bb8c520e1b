/* SPDX-License-Identifier: Apache-2.0 */
#include "extract_steps.h"

/* ---- a tree of resources ----------------------------------------------- */

void store(uint8_t *to, unsigned width, uint64_t value) { pel_store_uint(to, width, value); }

static void put_directory(uint8_t *at, uint32_t count) { store(at + 14, 2, count); }

static void put_entry(uint8_t *at, uint32_t name, uint32_t target)
{
    store(at, 4, name);
    store(at + 4, 4, target);
}

/* Each leaf has a path of its own, and nothing is sorted: a walk does not mind. */
sample with_leaves(const leaf *leaves, uint32_t count)
{
    static uint8_t tree[LEAVES_SIZE];
    uint32_t next = LEAVES_ENTRIES + 8 * count, data = LEAVES_DATA;
    memset(tree, 0, sizeof tree);
    put_directory(tree, count);
    for (uint32_t i = 0; i < count; i++) {
        put_entry(tree + LEAVES_ENTRIES + 8 * i, leaves[i].type, 0x80000000u | next);
        put_directory(tree + next, 1);
        put_entry(tree + next + LEAVES_ENTRIES, leaves[i].name, 0x80000000u | (next + 24));
        put_directory(tree + next + 24, 1);
        put_entry(tree + next + 24 + LEAVES_ENTRIES, leaves[i].language, next + 48);
        store(tree + next + 48, 4, LEAVES_RVA + data);
        store(tree + next + 52, 4, leaves[i].size);
        memcpy(tree + data, leaves[i].bytes, leaves[i].size);
        next += 64;
        data += (uint32_t)leaves[i].size;
    }
    memcpy(tree + (LEAVES_TEXT & 0x7fffffffu), "\3\0A\0\0\0/\0",
           8); /* a name with a zero and a slash */
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    unsigned section =
        pel_builder_section(s.b, ".rsrc", PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ);
    pel_builder_data(s.b, section, tree, sizeof tree);
    pel_builder_directory(s.b, PEL_DIR_RESOURCE, (pel_rva){ LEAVES_RVA }, LEAVES_SIZE);
    return s;
}

/* ---- what comes -------------------------------------------------------- */

pel_extract *begin(sample *s, uint32_t kinds, uint64_t most)
{
    pel_extract *x;
    pel_extract_options o = { .kinds = kinds, .most = most };
    sample_parse(s);
    ck_ok(pel_extract_new(s->img, &o, &x));
    return x;
}

void end(sample *s, pel_extract *x)
{
    pel_extract_item item;
    ck_assert(!pel_extract_next(x, &item));
    ck_assert(!pel_extract_next(x, &item));
    pel_extract_free(x);
    sample_free(s);
}

/* The next item, and what is written of it. */
collected made;

pel_extract_item next_item(pel_extract *x, pel_extract_kind kind, const char *file,
                           pel_status status)
{
    pel_extract_item item;
    ck_assert(pel_extract_next(x, &item));
    ck_assert_str_eq(pel_extract_kind_name(item.kind), pel_extract_kind_name(kind));
    ck_assert_str_eq(item.file, file);
    ck_status(status, item.status);
    made.size = 0;
    if (item.can_write) {
        ck_ok(pel_extract_write(x, &item, collect_into(&made), NULL));
        ck_assert_uint_eq(made.size, item.size);
    } else {
        ck_status(PEL_BAD_ARG, pel_extract_write(x, &item, collect_into(&made), NULL));
    }
    return item;
}

void ck_made(const char *bytes, size_t size)
{
    ck_assert_uint_eq(made.size, size);
    ck_assert_mem_eq(made.text, bytes, size);
}
