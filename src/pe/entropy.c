/* SPDX-License-Identifier: Apache-2.0 */
/* Entropy of the file and of its sections, from one pass over the bytes: who looks thoroughly wants
 * both, and whoever shows the file wants them again. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "pe/entropy.h"
#include "pe/image_priv.h"

/* The raw data of a section, if they lie behind those of the sections before it: then their bytes
 * count for the file, too. */
static bool follows(const pel_image *img, uint32_t index, uint64_t at, pel_span *raw)
{
    const pel_section_header *h = &img->sections[index].header;
    *raw = pel_span_clip(img->bytes, h->raw_offset.v, h->raw_size);
    return raw->size > 0 && h->raw_offset.v >= at;
}

static void add_counts(uint64_t counts[256], const uint64_t more[256])
{
    for (unsigned value = 0; value < 256; value++)
        counts[value] += more[value];
}

static void count_part(pel_image *img, uint64_t from, uint64_t to, uint64_t counts[256])
{
    uint64_t part[256];
    pel_count_bytes(pel_span_clip(img->bytes, from, to - from), part);
    add_counts(counts, part);
}

static void remember(pel_image *img, pel_span bytes, const uint64_t counts[256])
{
    img->entropies[img->entropy_count++] =
        (known_entropy){ .bytes = bytes, .bits = pel_entropy_of(counts, bytes.size) };
}

pel_status pel_image_count_bytes(pel_image *img, uint64_t counts[256])
{
    pel_span raw;
    uint64_t at = 0, section[256];
    size_t room = (size_t)img->section_count + 1;
    img->entropies = pel_arena_take(&img->arena, room * sizeof *img->entropies);
    if (!img->entropies)
        return PEL_NO_MEMORY;
    memset(counts, 0, 256 * sizeof *counts);
    for (uint32_t i = 0; i < img->section_count; i++) {
        if (!follows(img, i, at, &raw))
            continue;
        uint64_t start = img->sections[i].header.raw_offset.v;
        count_part(img, at, start, counts);
        pel_count_bytes(raw, section);
        add_counts(counts, section);
        remember(img, raw, section);
        at = start + raw.size;
    }
    count_part(img, at, img->bytes.size, counts);
    img->entropy = pel_entropy_of(counts, img->bytes.size);
    return PEL_OK;
}

static int by_place(const void *key, const void *entry)
{
    const uint8_t *data = ((const pel_span *)key)->data;
    const uint8_t *there = ((const known_entropy *)entry)->bytes.data;
    return data < there ? -1 : data > there;
}

double pel_image_entropy(const pel_image *image, pel_span bytes)
{
    if (!image->entropies)
        return pel_entropy(bytes);
    if (bytes.data == image->bytes.data && bytes.size == image->bytes.size)
        return image->entropy;
    const known_entropy *k =
        bsearch(&bytes, image->entropies, image->entropy_count, sizeof *image->entropies, by_place);
    return k && k->bytes.size == bytes.size ? k->bits : pel_entropy(bytes);
}
