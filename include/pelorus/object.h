/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_OBJECT_H
#define PELORUS_OBJECT_H

/* What comes before an image and stays beside it: COFF objects, big objects and other anonymous
 * ones, short import objects, and separate debug files. They are opened as images are
 * (pel_image_open) and have sections, symbols and line numbers like them (image.h, symbols.h), but
 * nothing of them is ever mapped: they have no RVAs. Nothing is allocated; spans and text are
 * borrowed from the file. Sources: PE Format (Microsoft), "COFF Relocations (Object Only)" and
 * "Import Library Format"; winnt.h. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- headers ----------------------------------------------------------- */

/* Each is NULL when the file is of another kind. A COFF object has pel_image_file_header. */

/** Of big objects and other anonymous objects; what their version does not have is 0. */
PEL_API const pel_anon_object *pel_image_anon_header(const pel_image *image);
PEL_API const pel_import_object *pel_image_import_header(const pel_image *image);
/** NULL for variants that are not decoded, too. */
PEL_API const pel_separate_debug *pel_image_debug_header(const pel_image *image);

/** The machine that an object, or an image, is for; PEL_MACHINE_UNKNOWN when it has none. */
PEL_API uint16_t pel_image_machine(const pel_image *image);

/** Name of the class of an anonymous object ("big object", "LTCG"), or NULL. */
PEL_API const char *pel_anon_class_name(const uint8_t class_id[16]);

/** The data of an anonymous object, as far as the file has them. Empty for big objects. */
PEL_API pel_span pel_image_anon_data(const pel_image *image, pel_foff *offset);

/* ---- relocations ------------------------------------------------------- */

/** Walks the relocations of a section of an object. `status`: PEL_OK at the end, PEL_TRUNCATED
 * where the file cuts them. */
typedef struct pel_coff_reloc_iter {
    pel_span table;
    uint64_t count; /**< of them all, as the header or the first record says */
    uint64_t index; /**< of the next one */
    bool extended;  /**< the first record has the count; it is none of them */
    pel_foff offset;
    pel_status status;
} pel_coff_reloc_iter;

/** Begin to walk those of section `index`. Images have none: the fields of theirs are 0 as a rule,
 *  and are not looked at. */
PEL_API pel_coff_reloc_iter pel_image_coff_relocs(const pel_image *image, uint32_t index);

PEL_API bool pel_coff_reloc_next(pel_coff_reloc_iter *it, pel_coff_relocation *out);

/** Microsoft's name of a type on `machine`, such as "IMAGE_REL_AMD64_REL32"; or NULL. */
PEL_API const char *pel_coff_reloc_type_name(uint16_t machine, uint16_t type);

/* ---- COMDAT ------------------------------------------------------------ */

/** IMAGE_COMDAT_SELECT_*. */
enum {
#define X(id, value, doc) PEL_COMDAT_##id = value,
#include <pelorus/tables/comdat_select.def>
#undef X
};

/** What is to be done with a COMDAT section. */
typedef struct pel_comdat {
    bool present;        /**< the section is COMDAT, and its symbol has a record that says how */
    pel_aux_section aux; /**< that record */
    uint32_t associated; /**< section that it goes with, from 1; 0: none */
    uint32_t symbol;     /**< index of the symbol that it is chosen by; PEL_NO_INDEX: none */
} pel_comdat;

/** Fill `out`, one for each section that pel_image_section_count tells of, in one walk over the
 *  symbols. False when no section is COMDAT. */
PEL_API bool pel_image_comdats(const pel_image *image, pel_comdat *out);

/* ---- directives -------------------------------------------------------- */

/** Walks the options that sections .drectve have for the linker. `status`: PEL_LIMIT where sections
 *  share more bytes than a file can mean. */
typedef struct pel_directive_iter {
    const pel_image *image;
    uint32_t section; /**< that the next one is looked for in */
    pel_span rest;    /**< of it */
    bool begun;
    uint64_t left; /**< bytes that are still believed */
    pel_status status;
} pel_directive_iter;

PEL_API pel_directive_iter pel_image_directives(const pel_image *image);

/** The next option, quotes and all; `*section` is the index of its section. */
PEL_API bool pel_directive_next(pel_directive_iter *it, pel_str *out, uint32_t *section);

/* ---- import objects ---------------------------------------------------- */

/** What an import object stands for. */
typedef struct pel_import_names {
    uint8_t type, name_type; /**< bits of TypeBits: IMPORT_OBJECT_* */
    uint16_t reserved;
    bool has_symbol, has_dll, has_export, has_import;
    pel_str symbol;      /**< that objects refer to */
    pel_str dll;         /**< file name */
    pel_str export_as;   /**< the third text, with IMPORT_OBJECT_NAME_EXPORTAS */
    pel_str import_name; /**< that the loader looks for: `symbol`, changed as NameType says */
} pel_import_names;

/** Values of `name_type`. */
enum {
#define X(id, value, doc) PEL_IMPORT_##id = value,
#include <pelorus/tables/import_name_type.def>
#undef X
};

/** Read the names. PEL_NOT_FOUND: no import object. PEL_TRUNCATED: a text has no zero within
 *  SizeOfData and the file; what there is of them is in `*out`. */
PEL_API pel_status pel_image_import_names(const pel_image *image, pel_import_names *out);

/* ---- separate debug files ---------------------------------------------- */

/** Forms of separate debug files. Only the first is decoded. */
typedef enum pel_debug_variant {
    PEL_DEBUG_FILE,            /**< DI, little endian */
    PEL_DEBUG_FILE_BIG_ENDIAN, /**< the same for big endian machines */
    PEL_DEBUG_FILE_NON_PAGED,  /**< NI: of a kernel that is not paged, without sections */
    PEL_DEBUG_FILE_NON_PAGED_BIG_ENDIAN,
} pel_debug_variant;

PEL_API pel_debug_variant pel_image_debug_variant(const pel_image *image);

/** "DI", "DI, big endian", "NI", "NI, big endian"; never NULL. */
PEL_API const char *pel_debug_variant_name(pel_debug_variant variant);

/** The exported names, each with a zero behind it, as far as the file has them; and where they are.
 *  The debug directory follows: pel_image_debug walks it. */
PEL_API pel_span pel_image_exported_names(const pel_image *image, pel_foff *offset);

#ifdef __cplusplus
}
#endif
#endif
