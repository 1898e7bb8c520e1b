/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_RESOURCES_H
#define PELORUS_RESOURCES_H

/* The resource directory: the tree of types, names and languages, and what its leaves hold.
 *
 *     pel_resource_iter it = pel_image_resources(image);
 *     for (pel_resource r; pel_resource_next(&it, &r);)
 *         if (!r.is_directory && pel_resource_is(&r, PEL_RT_VERSION))
 *             ... pel_version_blocks(pel_resource_bytes(&r)) ...
 *
 * Nothing allocates. Cursors are plain structs on the stack, valid as long as the image; bytes and
 * text are borrowed from the file. Text is UTF-16LE, a view of its bytes without the zero that may
 * end it: pel_utf16_text() makes UTF-8 of it. Decoders take the bytes of one resource, read each of
 * them a small number of times, and tell by `status` why they ended: PEL_OK, PEL_TRUNCATED where
 * the bytes end too early, PEL_MALFORMED where they contradict the format, PEL_LIMIT. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** UTF-16LE as UTF-8: whole characters to `out`, `size` bytes at most, without a final zero. A
 *  surrogate without its partner becomes the three bytes that UTF-8 would have for its number,
 *  which are not valid UTF-8, so that nothing is lost. Gives the length of the whole text; three
 *  bytes for each two of `utf16` are always enough. */
PEL_API size_t pel_utf16_text(pel_span utf16, char *out, size_t size);

/* ---- the tree ---------------------------------------------------------- */

/** Levels that are walked: type, name, language, and more than Windows ever looks at. */
#define PEL_RESOURCE_DEPTH 8

/** A number, or a text. */
typedef struct pel_resource_key {
    bool is_text;
    uint32_t id;   /**< unless it is a text */
    pel_span text; /**< UTF-16LE; as much as there is */
} pel_resource_key;

/** What is wrong with an entry. Its target is not followed. */
typedef enum pel_resource_problem {
    PEL_RESOURCE_FINE,
    PEL_RESOURCE_LOOP, /**< leads to a directory that it lies in */
    PEL_RESOURCE_TOO_DEEP /**< lies PEL_RESOURCE_DEPTH levels deep, and is a directory */,
    PEL_RESOURCE_OUTSIDE, /**< leads out of the image, or to where the file is cut */
} pel_resource_problem;

/** A directory of the tree, or a leaf. */
typedef struct pel_resource {
    const pel_image *image;
    uint32_t depth; /**< keys that lead here; 0 for the root */
    pel_resource_key path[PEL_RESOURCE_DEPTH];
    pel_resource_entry entry; /**< that leads here */
    pel_foff entry_offset;    /**< of the entry in the file */
    bool has_entry_offset;
    bool is_directory;
    pel_resource_problem problem; /**< then neither structure holds */
    bool text_outside;            /**< the text of its key is not all there */
    bool out_of_order;            /**< Windows, which searches by halves, may not find it */
    pel_resource_directory directory;
    pel_resource_data data;
    bool has_offset; /**< false when the structure is not all in the file, in one piece */
    pel_foff offset; /**< of the structure in the file */
} pel_resource;

/** A directory that is open: what is left of its entries. */
typedef struct pel_resource_level {
    uint32_t start; /**< of the directory, from the root */
    uint32_t next, named, count;
    pel_resource_key last;
} pel_resource_level;

/** Walks the tree, each directory before its entries. `status` as that of pel_import_iter. */
typedef struct pel_resource_iter {
    const pel_image *image;
    uint64_t start; /**< RVA of the root */
    uint64_t left;  /**< bytes that are still believed: twice the file, for nodes can be shared */
    uint32_t depth; /**< directories that are open */
    bool begun;
    pel_resource_level levels[PEL_RESOURCE_DEPTH];
    pel_resource_key path[PEL_RESOURCE_DEPTH];
    pel_status status;
} pel_resource_iter;

/** Begin to walk the resources. An image without any has none. */
PEL_API pel_resource_iter pel_image_resources(const pel_image *image);

/** The next directory or leaf. The directory's Size does not matter. */
PEL_API bool pel_resource_next(pel_resource_iter *it, pel_resource *out);

/** True for what lies below the type with that number, PEL_RT_*. */
PEL_API bool pel_resource_is(const pel_resource *resource, uint32_t type);

/** The bytes of a leaf, as far as they lie in the file in one piece. */
PEL_API pel_span pel_resource_bytes(const pel_resource *leaf);

/** The name of the language of an identifier, "LANG_ENGLISH", by its low 10 bits; or NULL. */
PEL_API const char *pel_language_name(uint32_t language);

/* ---- version information: RT_VERSION ----------------------------------- */

/** One block: a key, a value, and blocks inside.
 *
 *   VS_VERSION_INFO                 0   value: VS_FIXEDFILEINFO
 *     StringFileInfo                1
 *       040904b0                    2   language and code page
 *         ProductName               3   value: text
 *     VarFileInfo                   1
 *       Translation                 2   value: pairs of language and code page
 */
typedef struct pel_version_block {
    uint32_t level;
    size_t offset;  /**< in the resource */
    uint16_t type;  /**< 1: the value is text */
    pel_span key;   /**< UTF-16LE */
    pel_span value; /**< bytes; of level 3, or by type, UTF-16LE */
} pel_version_block;

#define PEL_VERSION_LEVELS 4

typedef struct pel_version_iter {
    pel_span bytes;
    size_t next;
    uint32_t level;
    size_t ends[PEL_VERSION_LEVELS + 1];
    pel_status status;
} pel_version_iter;

PEL_API pel_version_iter pel_version_blocks(pel_span bytes);

/** The next block, each before those inside of it. */
PEL_API bool pel_version_next(pel_version_iter *it, pel_version_block *out);

/** VS_FIXEDFILEINFO of block 0. PEL_NOT_FOUND: there is none; PEL_TRUNCATED: it is cut;
 *  PEL_MALFORMED: its signature is wrong. It is decoded all the same. */
PEL_API pel_status pel_version_read_fixed(const pel_version_block *root, pel_version_fixed *out);

/* ---- groups: RT_GROUP_ICON, RT_GROUP_CURSOR ---------------------------- */

/** The entries of a group, 14 bytes each. */
typedef struct pel_icon_group {
    uint16_t reserved, type; /**< type: 1 icons, 2 cursors */
    uint16_t count;          /**< entries that it says it has; `there` lie in the resource */
    uint16_t there;
    pel_span entries;
} pel_icon_group;

/** PEL_TRUNCATED when there is no header, or fewer entries than it says. */
PEL_API pel_status pel_icon_group_read(pel_span bytes, pel_icon_group *out);

/** Entry `index` of a group of icons; PEL_NOT_FOUND when it is not there. */
PEL_API pel_status pel_icon_at(const pel_icon_group *group, uint32_t index, pel_icon_entry *out);

/** The same of a group of cursors. */
PEL_API pel_status pel_cursor_at(const pel_icon_group *group, uint32_t index,
                                 pel_cursor_entry *out);

/* ---- pictures: RT_BITMAP, RT_ICON, RT_CURSOR --------------------------- */

typedef enum pel_picture_format {
    PEL_PICTURE_UNKNOWN,
    PEL_PICTURE_CORE, /**< BITMAPCOREHEADER, 12 bytes */
    PEL_PICTURE_DIB,  /**< BITMAPINFOHEADER, 40 bytes, or one of its successors */
    PEL_PICTURE_PNG,
} pel_picture_format;

/** "core", "dib", "png" or "unknown". */
PEL_API const char *pel_picture_format_name(pel_picture_format format);

/** The header of a picture. */
typedef struct pel_picture {
    pel_picture_format format;
    uint32_t header_size;  /**< biSize */
    int64_t width, height; /**< height is negative from top to bottom; icons have it twice */
    uint16_t planes, bits;
    uint32_t compression, image_size, colors_used; /**< of PEL_PICTURE_DIB */
} pel_picture;

PEL_API pel_status pel_picture_read(pel_span bytes, pel_picture *out);

/* ---- strings: RT_STRING ------------------------------------------------ */

/** Walks the 16 strings of a block. */
typedef struct pel_string_iter {
    pel_span bytes;
    size_t next;
    uint32_t index; /**< of the next one */
    pel_status status;
} pel_string_iter;

PEL_API pel_string_iter pel_strings(pel_span bytes);

/** The next string that is not empty, UTF-16LE, and its index in the block. The identifier of the
 *  string is (number of the block - 1) * 16 + index. */
PEL_API bool pel_string_next(pel_string_iter *it, uint32_t *index, pel_span *text);

/* ---- messages: RT_MESSAGETABLE ----------------------------------------- */

typedef struct pel_message {
    uint32_t id;
    uint16_t flags; /**< 0: in a code page of Windows; 1: UTF-16LE; 2: UTF-8 */
    pel_span text;  /**< up to its zero */
} pel_message;

typedef struct pel_message_iter {
    pel_span bytes;
    uint32_t block, blocks;
    uint64_t id, high; /**< of the block that is open; none when id > high */
    size_t next;
    uint64_t left; /**< bytes that are still believed: blocks can share entries */
    pel_status status;
} pel_message_iter;

PEL_API pel_message_iter pel_messages(pel_span bytes);
PEL_API bool pel_message_next(pel_message_iter *it, pel_message *out);

/* ---- dialogs: RT_DIALOG ------------------------------------------------ */

/** DLGTEMPLATE or DLGTEMPLATEEX. */
typedef struct pel_dialog {
    bool extended;
    uint32_t help_id; /**< extended only */
    uint32_t ex_style, style;
    uint16_t item_count;
    int16_t x, y, cx, cy;
    pel_resource_key menu, window_class; /**< an empty text: none */
    pel_span title;
    bool has_font; /**< DS_SETFONT; then: */
    uint16_t point_size;
    uint16_t weight; /**< extended only, as the next two */
    uint8_t italic, charset;
    pel_span typeface;
} pel_dialog;

/** DLGITEMTEMPLATE or DLGITEMTEMPLATEEX. */
typedef struct pel_dialog_item {
    size_t offset;    /**< in the resource */
    uint32_t help_id; /**< extended only */
    uint32_t ex_style, style;
    int16_t x, y, cx, cy;
    uint32_t id;
    pel_resource_key window_class; /**< 0x80 Button ... 0x85 ComboBox, or a text */
    pel_resource_key title;
    pel_span extra; /**< creation data */
} pel_dialog_item;

typedef struct pel_dialog_iter {
    pel_span bytes;
    size_t next;
    bool extended;
    uint32_t left; /**< items */
    pel_status status;
} pel_dialog_iter;

/** Read the dialog; its items follow. */
PEL_API pel_dialog_iter pel_dialog_read(pel_span bytes, pel_dialog *out);
PEL_API bool pel_dialog_next(pel_dialog_iter *it, pel_dialog_item *out);

/** "Button" for 0x80, and so on to "ComboBox"; or NULL. */
PEL_API const char *pel_dialog_class_name(uint32_t atom);

/* ---- menus: RT_MENU ---------------------------------------------------- */

typedef struct pel_menu_item {
    uint32_t level;
    bool is_popup;  /**< its items follow, one level deeper */
    bool is_last;   /**< of its menu */
    uint32_t flags; /**< MF_* of the old form; dwType of the extended one */
    uint32_t state; /**< extended only */
    uint32_t id;    /**< 0 for a popup of the old form */
    uint32_t help_id;
    pel_span text;
} pel_menu_item;

/** Menus in menus are walked to this depth. */
#define PEL_MENU_DEPTH 64

typedef struct pel_menu_iter {
    pel_span bytes;
    size_t next;
    bool extended;
    bool done;
    uint32_t help_id; /**< of the menu; extended only */
    uint32_t level;
    uint64_t last; /**< bit n: the popup that opened level n + 1 was the last of its menu */
    pel_status status;
} pel_menu_iter;

PEL_API pel_menu_iter pel_menu_items(pel_span bytes);
PEL_API bool pel_menu_next(pel_menu_iter *it, pel_menu_item *out);

/* ---- accelerators: RT_ACCELERATOR -------------------------------------- */

typedef struct pel_accelerator_iter {
    pel_span bytes;
    size_t next;
    bool done;
    pel_status status;
} pel_accelerator_iter;

PEL_API pel_accelerator_iter pel_accelerators(pel_span bytes);

/** The next entry, up to the one with flag 0x80. */
PEL_API bool pel_accelerator_next(pel_accelerator_iter *it, pel_accelerator *out);

/* ---- fonts: RT_FONT, RT_FONTDIR ---------------------------------------- */

/** The head of a font, in the form of FNT files (version 2.0 and 3.0 of Windows). */
typedef struct pel_font {
    uint16_t version;                                    /**< 0x200, 0x300 */
    uint32_t size;                                       /**< of the font, as it says */
    pel_str copyright;                                   /**< up to 60 bytes */
    bool vector;                                         /**< else of pixels */
    uint16_t points;                                     /**< nominal */
    uint16_t vertical_resolution, horizontal_resolution; /**< dots an inch */
    uint16_t ascent, height, width; /**< pixels; width 0: each character has its own */
    uint16_t weight;
    bool italic, underline, strike_out;
    uint8_t charset, first_char, last_char;
    bool has_face;
    pel_str face; /**< name of the typeface */
} pel_font;

/** Read the head of a font. PEL_TRUNCATED when it is not all there. */
PEL_API pel_status pel_font_read(pel_span bytes, pel_font *out);

/** Walks a directory of fonts. */
typedef struct pel_font_dir_iter {
    pel_span bytes;
    size_t next;
    uint32_t left;
    pel_status status;
} pel_font_dir_iter;

PEL_API pel_font_dir_iter pel_font_dir(pel_span bytes);

/** The next font: its ordinal, which is the name of its RT_FONT, its head and its names. */
PEL_API bool pel_font_dir_next(pel_font_dir_iter *it, uint16_t *ordinal, pel_font *out);

/* ---- animated cursors: RT_ANICURSOR, RT_ANIICON ------------------------ */

/** The header of an animation, in a RIFF file of the form ACON. */
typedef struct pel_animation {
    uint32_t frames, steps; /**< pictures, and how many are shown before it begins again */
    uint32_t width, height; /**< 0: as its pictures say */
    uint32_t bits, planes;
    uint32_t rate;          /**< for each step, 1/60 of a second */
    uint32_t flags;         /**< 1: pictures are icons, 2: there is a sequence */
    pel_span title, author; /**< INAM and IART; bytes in a code page of Windows */
} pel_animation;

/** PEL_MALFORMED when it is no RIFF file of that form, PEL_TRUNCATED without its header. */
PEL_API pel_status pel_animation_read(pel_span bytes, pel_animation *out);

/* ---- anything else ----------------------------------------------------- */

/** What bytes look like by how they begin: "pe", "zip", "cab", "png", "text", "utf-16",
 * "delphi-form", "type-library", "mui", ...; NULL when nothing is known. */
PEL_API const char *pel_bytes_look_like(pel_span bytes);

#ifdef __cplusplus
}
#endif
#endif
