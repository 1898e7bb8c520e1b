/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_OVERLAY_H
#define PELORUS_OVERLAY_H

/* What lies behind a program, and what it looks like.
 *
 *     pel_overlay_iter it = pel_image_overlay_parts(image);
 *     for (pel_overlay_part part; pel_overlay_next(&it, &part);)
 *         ... pel_overlay_kind_name(part.kind), part.offset, part.bytes.size ...
 *
 * A look, not a proof: formats are known by a few bytes (tables/overlay_signature.def), and nothing
 * of them is decoded. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pel_overlay_kind {
#define X(id, name, extension, meaning) PEL_OVERLAY_##id,
#include <pelorus/tables/overlay_kind.def>
#undef X
    PEL_OVERLAY_COUNT
} pel_overlay_kind;

/** "nsis", "certificates", ...; never NULL. */
PEL_API const char *pel_overlay_kind_name(pel_overlay_kind kind);

/** What the name of a file of that kind ends with, "zip"; "bin" where there is no usual one. */
PEL_API const char *pel_overlay_kind_extension(pel_overlay_kind kind);

/** The same in a few words; never NULL. */
PEL_API const char *pel_overlay_kind_meaning(pel_overlay_kind kind);

/** A part of the overlay: what the certificate table and padding before it leave in one piece. */
typedef struct pel_overlay_part {
    pel_overlay_kind kind;
    pel_foff offset;
    pel_span bytes;
    bool has_marker; /**< it is known by bytes, */
    pel_foff marker; /**< which lie here */
} pel_overlay_part;

typedef struct pel_overlay_iter {
    const pel_image *image;
    uint64_t next, end;                      /**< file offsets */
    uint64_t certificates, certificates_end; /**< of the table, as far as it lies in the overlay */
} pel_overlay_iter;

/** Begin to walk the parts of the overlay; an image without one has none. */
PEL_API pel_overlay_iter pel_image_overlay_parts(const pel_image *image);

/** The next part, in the order of the file. */
PEL_API bool pel_overlay_next(pel_overlay_iter *it, pel_overlay_part *out);

#ifdef __cplusplus
}
#endif
#endif
