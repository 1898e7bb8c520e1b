/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_EXTRACT_PRIV_H
#define PEL_PE_EXTRACT_PRIV_H

/* The inside of pel_extract. extract.c walks the file, extract_resource.c makes items of resources,
 * extract_picture.c knows icons, extract_write.c writes what was decided on. */

#include <pelorus/certificates.h>
#include <pelorus/debug.h>
#include <pelorus/extract.h>
#include <pelorus/overlay.h>
#include <pelorus/resources.h>

#include "pe/image_priv.h"

/* An RT_ICON or RT_CURSOR whose name is a number. */
typedef struct picture {
    bool cursor;
    uint32_t id, language;
    size_t order; /* in the tree */
    pel_span bytes;
    bool named; /* by a group */
} picture;

struct pel_extract {
    const pel_image *image;
    pel_allocator allocator;
    uint32_t kinds;
    uint64_t left;     /* bytes that items may come to yet */
    uint64_t pdb_left; /* the same of what is inflated */
    uint32_t numbers[PEL_EXTRACT_COUNT];
    unsigned stage;
    uint32_t section;
    pel_resource_iter resources;
    pel_debug_iter debug;
    pel_certificate_iter certificates;
    pel_span behind; /* the signature that was given last, in its entry */
    pel_foff behind_at;
    pel_overlay_iter overlay;
    picture *pictures; /* sorted by kind, number, language */
    size_t picture_count, picture_capacity;
    uint64_t group_left; /* bytes of groups that are read yet: leaves can share one */
    pel_status status;
};

static inline bool pel_extract_wants(const pel_extract *x, pel_extract_kind kind)
{
    return (x->kinds >> kind & 1) != 0;
}

/** Settle size and file name of an item, whose bytes are known: `what` and `extension` are ours. */
void pel_extract_settle(pel_extract *x, pel_extract_item *item, uint64_t size, const char *what,
                        const char *extension);

/** Collect the pictures. PEL_NO_MEMORY. */
pel_status pel_extract_collect(pel_extract *x);

/** The picture that a group in `language` means by `id`: that of the same language, else the first.
 *  NULL when there is none. */
picture *pel_extract_picture(const pel_extract *x, bool cursor, uint32_t id, uint32_t language);

/** An item of a leaf; false when it is none that is wanted. */
bool pel_extract_leaf(pel_extract *x, const pel_resource *leaf, pel_extract_item *out);

#define PEL_BITMAP_HEADER 14u

/** BITMAPFILEHEADER for a bitmap; false when it is none. */
bool pel_bitmap_header(pel_span dib, uint8_t out[PEL_BITMAP_HEADER]);

/* ICONDIR and its entries. */
#define PEL_ICON_HEADER 6u
#define PEL_ICON_ENTRY  16u

/** An entry of a group, as the file of an icon or a cursor has it, but for the offset. */
typedef struct pel_icon_file_entry {
    uint8_t width, height, colors, reserved;
    uint16_t planes, bits; /* of cursors: the hot spot */
    pel_span bytes;
} pel_icon_file_entry;

/** Picture `index` of a group; false when it is missing. */
bool pel_extract_group_at(const pel_extract *x, const pel_icon_group *group, uint32_t language,
                          uint32_t index, pel_icon_file_entry *out);

/** Write item->bytes as PEL_FORM_STRINGS. */
pel_status pel_extract_strings(const pel_extract *x, const pel_extract_item *item, pel_sink sink);

#endif
