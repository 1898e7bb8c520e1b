/* SPDX-License-Identifier: Apache-2.0 */
/* The import directory: a table of descriptors, one for each DLL, each with two tables of words.
 *
 *   directory --> | descriptor | descriptor | ... | one with Name or FirstThunk 0
 *                    |     |  +-- Name -----------> "KERNEL32.dll"
 *                    |     +----- FirstThunk -----> | word | word | 0     address table (IAT)
 *                    +-- OriginalFirstThunk ------> | word | word | 0     lookup table
 *                                                      +--> hint, "Name"   or the top bit: ordinal
 */
#include <pelorus/directories.h>

#include "pe/image_priv.h"

/* Bits of a word of the lookup table below the one that says "by ordinal". */
#define NAME_MASK 0x7fffffffu
#define HINT_SIZE 2

/* ---- descriptors ------------------------------------------------------- */

pel_import_iter pel_image_imports(const pel_image *image)
{
    return (pel_import_iter){ .image = image,
                              .next = pel_image_directory(image, PEL_DIR_IMPORT).address,
                              .left = pel_image_belief(image) };
}

/* A list that ends at zero: PEL_TRUNCATED when the zero is none of the file's. */
static pel_status end_at(const pel_image *img, uint64_t rva, uint64_t size)
{
    return pel_image_is_lost(img, rva) || pel_image_is_lost(img, rva + size - 1) ? PEL_TRUNCATED
                                                                                 : PEL_OK;
}

static bool stop(uint64_t *next, pel_status *status, pel_status why)
{
    *next = 0;
    *status = why;
    return false;
}

bool pel_import_next(pel_import_iter *it, pel_import *out)
{
    found at;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    *out = (pel_import){ .image = it->image, .index = it->index };
    pel_status st = pel_image_decode_mapped(it->image, &pel_import_descriptor_schema, it->next,
                                            &out->descriptor, &at);
    if (out->descriptor.name.v == 0 || out->descriptor.iat.v == 0)
        return stop(&it->next, &it->status,
                    st == PEL_OK ? end_at(it->image, it->next, at.size) : st);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->has_name = pel_image_text(it->image, out->descriptor.name.v, &out->name);
    if (!pel_spend(&it->left, at.size + out->name.len))
        return stop(&it->next, &it->status, PEL_LIMIT);
    it->next += at.size;
    it->index++;
    return true;
}

/* ---- functions --------------------------------------------------------- */

static unsigned word_size(const pel_image *img) { return pel_image_is_wide(img) ? 8 : 4; }

pel_thunk_iter pel_import_thunks(const pel_import *import)
{
    const pel_image *img = import->image;
    uint32_t lookup = import->descriptor.lookup.v;
    bool usable = lookup != 0 && lookup >= img->optional.size_of_headers &&
                  lookup < img->optional.size_of_image;
    return (pel_thunk_iter){ .image = img,
                             .lookup = usable ? lookup : import->descriptor.iat.v,
                             .slot = import->descriptor.iat.v,
                             .left = pel_image_belief(img) };
}

/* What a word of the lookup table says. */
static void read_thunk(const pel_image *img, pel_thunk *t)
{
    uint64_t hint;
    t->by_ordinal = t->lookup >> (8 * word_size(img) - 1);
    if (t->by_ordinal) {
        t->ordinal = (uint16_t)t->lookup;
        return;
    }
    uint64_t at = t->lookup & NAME_MASK;
    if (pel_image_word(img, at, HINT_SIZE, &hint)) {
        t->hint = (uint16_t)hint;
        t->has_name = pel_image_text(img, at + HINT_SIZE, &t->name);
    }
}

bool pel_thunk_next(pel_thunk_iter *it, pel_thunk *out)
{
    unsigned size = word_size(it->image);
    if (it->lookup == 0 || it->status != PEL_OK)
        return false;
    *out = (pel_thunk){ .slot = { (uint32_t)it->slot } };
    if (it->slot > UINT32_MAX || !pel_image_word(it->image, it->lookup, size, &out->lookup))
        return stop(&it->lookup, &it->status, PEL_NOT_FOUND);
    if (out->lookup == 0)
        return stop(&it->lookup, &it->status, end_at(it->image, it->lookup, size));
    pel_image_word(it->image, it->slot, size, &out->bound);
    read_thunk(it->image, out);
    if (!pel_spend(&it->left, size + out->name.len))
        return stop(&it->lookup, &it->status, PEL_LIMIT);
    it->lookup += size;
    it->slot += size;
    return true;
}
