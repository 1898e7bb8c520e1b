/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_EXTRACT_H
#define PELORUS_EXTRACT_H

/* What can be taken out of a file, to be files of its own.
 *
 *     pel_extract *x;
 *     pel_extract_new(image, NULL, &x);
 *     for (pel_extract_item item; pel_extract_next(x, &item);)
 *         if (item.can_write)
 *             ... open item.file in some folder ... pel_extract_write(x, &item, sink, NULL) ...
 *     pel_extract_free(x);
 *
 * The library opens no files and makes no folders. The names that it proposes are its own: a kind,
 * a number, a language, an extension, and nothing that the file says. A resource is there once: in
 * the form of its kind (an icon with all its sizes) where that kind is asked for, else as its
 * bytes. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pel_extract_kind {
#define X(id, name, plural, meaning) PEL_EXTRACT_##id,
#include <pelorus/tables/extract_kind.def>
#undef X
    PEL_EXTRACT_COUNT
} pel_extract_kind;

/** "icon"; never NULL. */
PEL_API const char *pel_extract_kind_name(pel_extract_kind kind);
/** "icons, all sizes of one in a file (.ico)"; never NULL. */
PEL_API const char *pel_extract_kind_meaning(pel_extract_kind kind);
/** By "icon" or "icons". PEL_NOT_FOUND when there is no such kind. */
PEL_API pel_status pel_extract_kind_from_name(const char *name, pel_extract_kind *out);

/** All zero (or NULL) means the defaults. */
typedef struct pel_extract_options {
    uint32_t kinds; /**< bit PEL_EXTRACT_*; 0: all */
    uint64_t most;  /**< bytes that all items may come to; 0: four times the file, and 1 MiB. What a
                         file has several times is written several times, up to here */
    const pel_allocator *allocator;
} pel_extract_options;

/** How an item is made of its bytes. */
typedef enum pel_extract_form {
    PEL_FORM_BYTES,    /**< as they are */
    PEL_FORM_BITMAP,   /**< with BITMAPFILEHEADER before them */
    PEL_FORM_PICTURES, /**< icons or cursors that a group names, under ICONDIR */
    PEL_FORM_STRINGS,  /**< a line for each string: its number, a tab, the text */
    PEL_FORM_INFLATED, /**< DEFLATE undone */
} pel_extract_form;

#define PEL_EXTRACT_NAME 256
#define PEL_EXTRACT_FILE 64

/** Something that can be taken out. */
typedef struct pel_extract_item {
    pel_extract_kind kind;
    char name[PEL_EXTRACT_NAME]; /**< what the file calls it, cut to fit: any bytes but zeros */
    char file[PEL_EXTRACT_FILE]; /**< a name for a file, safe anywhere: letters, digits, "-", "." */
    bool has_offset;
    pel_foff offset; /**< in the file, of what it is made of */
    bool has_rva;
    pel_rva rva;
    uint64_t size;  /**< bytes that are written */
    bool can_write; /**< false: nothing can be made of it, or it would be too much */
    /** PEL_TRUNCATED: the file has less of it than it says; what there is can be written.
     *  PEL_MALFORMED: it is not what its kind says; of a resource the bytes can be written.
     *  PEL_NOT_FOUND: pictures of it are missing. PEL_LIMIT: it would be too much. */
    pel_status status;

    /* How to make it. */
    pel_extract_form form;
    pel_span bytes;
    uint32_t number; /**< strings: of the first one */
    uint32_t language;
} pel_extract_item;

/** A walk over what there is. Opaque; free it with pel_extract_free. */
typedef struct pel_extract pel_extract;

/** Begin. The image must outlive it. PEL_NO_MEMORY. */
PEL_API pel_status pel_extract_new(const pel_image *image, const pel_extract_options *options,
                                   pel_extract **out);

PEL_API void pel_extract_free(pel_extract *extract);

/** The next item; false at the end. The same image and options give the same items. */
PEL_API bool pel_extract_next(pel_extract *extract, pel_extract_item *out);

/** What there was to say about the lists that were walked so far: PEL_OK, or why one ended early.
 */
PEL_API pel_status pel_extract_status(const pel_extract *extract);

/** Make the item: all `item->size` bytes to `sink`, and unless it is NULL their SHA-256 to
 * `sha256`. PEL_MALFORMED: it turned out not to be what it says, and what was written is worth
 * nothing. PEL_BAD_ARG: it cannot be written. Else what the sink answered. */
PEL_API pel_status pel_extract_write(const pel_extract *extract, const pel_extract_item *item,
                                     pel_sink sink, uint8_t sha256[32]);

#ifdef __cplusplus
}
#endif
#endif
