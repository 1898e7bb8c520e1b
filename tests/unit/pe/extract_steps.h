/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TEST_EXTRACT_STEPS_H
#define PEL_TEST_EXTRACT_STEPS_H

/* Files with resources of literal bytes, and what is taken out of them. */

#include <pelorus/extract.h>
#include <pelorus/resources.h>
#include <string.h>

#include "collect.h"
#include "sample.h"

/** Literal bytes, as two arguments: where and how many. */
#define B(text) text, sizeof(text) - 1

/** Bit of a kind. */
#define ONLY(kind) (1u << PEL_EXTRACT_##kind)

typedef struct leaf {
    uint32_t type, name, language;
    const char *bytes;
    size_t size;
} leaf;

/* The section of with_leaves: its RVA, and how far in data begin. Section 2, at offset 0x600. */
#define LEAVES_RVA     0x3000u
#define LEAVES_SIZE    0x4000u
#define LEAVES_DATA    0x2000u
#define LEAVES_ENTRIES 16u         /* of the root directory */
#define LEAVES_TEXT    0x80003000u /* the name of a leaf: "A", then a zero and a slash */

/** A file with these resources. */
sample with_leaves(const leaf *leaves, uint32_t count);

void store(uint8_t *to, unsigned width, uint64_t value);

/** Parse, and begin to take out. */
pel_extract *begin(sample *s, uint32_t kinds, uint64_t most);

/** There is nothing more. */
void end(sample *s, pel_extract *x);

/** What the last item was written as. */
extern collected made;

/** The next item is this one; it is written to `made` if it can be. */
pel_extract_item next_item(pel_extract *x, pel_extract_kind kind, const char *file,
                           pel_status status);

void ck_made(const char *bytes, size_t size);

#endif
