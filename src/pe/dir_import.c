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

/* ---- what memory has instead of the file ------------------------------- */

static uint64_t overlaid(const pel_overlay *o, uint64_t rva, unsigned width, uint64_t word)
{
    for (unsigned i = 0; i < width && o->size > 0; i++) {
        uint64_t at = rva + i - o->at; /* huge where it lies before */
        if (at < o->size)
            word = (word & ~(UINT64_C(0xFF) << 8 * i)) | (o->value >> 8 * at & 0xFF) << 8 * i;
    }
    return word;
}

static void overlay_descriptor(const pel_overlay *o, uint64_t rva, pel_import_descriptor *d)
{
    uint32_t *fields[] = { &d->lookup.v, &d->timestamp, &d->forwarder_chain, &d->name.v,
                           &d->iat.v };
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        *fields[i] = (uint32_t)overlaid(o, rva + 4 * i, 4, *fields[i]);
}

/* ---- descriptors ------------------------------------------------------- */

pel_import_iter pel_image_imports(const pel_image *image)
{
    return (pel_import_iter){ .image = image,
                              .next = pel_image_directory(image, PEL_DIR_IMPORT).address,
                              .left = pel_image_belief(image) };
}

bool pel_import_next(pel_import_iter *it, pel_import *out)
{
    found at;
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    *out = (pel_import){ .image = it->image, .index = it->index, .overlay = it->overlay };
    pel_status st = pel_image_decode_mapped(it->image, &pel_import_descriptor_schema, it->next,
                                            &out->descriptor, &at);
    overlay_descriptor(&it->overlay, it->next, &out->descriptor);
    if (out->descriptor.name.v == 0 || out->descriptor.iat.v == 0)
        return pel_walk_ends(&it->next, &it->status,
                             st == PEL_OK ? pel_image_list_end(it->image, it->next, at.size) : st);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->has_name = pel_image_text(it->image, out->descriptor.name.v, &out->name);
    if (!pel_spend(&it->left, at.size + out->name.len))
        return pel_walk_ends(&it->next, &it->status, PEL_LIMIT);
    it->next += at.size;
    it->index++;
    return true;
}

/* ---- functions --------------------------------------------------------- */

pel_thunk_iter pel_import_thunks(const pel_import *import)
{
    const pel_image *img = import->image;
    uint32_t lookup = import->descriptor.lookup.v;
    bool usable = lookup != 0 && lookup >= img->optional.size_of_headers &&
                  lookup < img->optional.size_of_image;
    return (pel_thunk_iter){ .image = img,
                             .lookup = usable ? lookup : import->descriptor.iat.v,
                             .slot = import->descriptor.iat.v,
                             .left = pel_image_belief(img),
                             .overlay = import->overlay };
}

/* The RVA of a hint and a name; 0 when the word leads nowhere. */
static uint64_t name_at(const pel_thunk_iter *it, uint64_t word)
{
    pel_rva at;
    if (!it->by_va)
        return word & NAME_MASK;
    pel_rva_of(it->image->optional.image_base, pel_image_view_size(it->image), (pel_va){ word },
               &at);
    return at.v;
}

/* What a word of the lookup table says. */
static void read_thunk(const pel_thunk_iter *it, pel_thunk *t)
{
    uint64_t hint;
    t->by_ordinal = t->lookup >> (8 * pel_image_pointer_size(it->image) - 1);
    if (t->by_ordinal) {
        t->ordinal = (uint16_t)t->lookup;
        return;
    }
    uint64_t at = name_at(it, t->lookup);
    if (at != 0 && pel_image_word(it->image, at, HINT_SIZE, &hint)) {
        t->hint = (uint16_t)overlaid(&it->overlay, at, HINT_SIZE, hint);
        t->has_name = pel_image_text(it->image, at + HINT_SIZE, &t->name);
    }
}

bool pel_thunk_next(pel_thunk_iter *it, pel_thunk *out)
{
    unsigned size = pel_image_pointer_size(it->image);
    if (it->lookup == 0 || it->status != PEL_OK)
        return false;
    *out = (pel_thunk){ .slot = { (uint32_t)it->slot } };
    if (it->slot > UINT32_MAX || !pel_image_word(it->image, it->lookup, size, &out->lookup))
        return pel_walk_ends(&it->lookup, &it->status, PEL_NOT_FOUND);
    out->lookup = overlaid(&it->overlay, it->lookup, size, out->lookup);
    if (out->lookup == 0)
        return pel_walk_ends(&it->lookup, &it->status,
                             pel_image_list_end(it->image, it->lookup, size));
    pel_image_word(it->image, it->slot, size, &out->bound);
    out->bound = overlaid(&it->overlay, it->slot, size, out->bound);
    read_thunk(it, out);
    if (!pel_spend(&it->left, size + out->name.len))
        return pel_walk_ends(&it->lookup, &it->status, PEL_LIMIT);
    it->lookup += size;
    it->slot += size;
    return true;
}
