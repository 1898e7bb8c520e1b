/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_SCHEMA_H
#define PELORUS_SCHEMA_H

/* The structures of the PE format, described once (tables/ *.def) and readable at
 * run time: the name, kind, place and meaning of each field, and the names of
 * enum values and flags. The decoder, every dump and the documentation read
 * these same tables. */

#include <pelorus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- names of values --------------------------------------------------- */

/** One name of a value. A flag with `mask == value` is a bit; a name whose mask
 *  is wider is one setting of a group of bits (IMAGE_SCN_ALIGN_16BYTES). */
typedef struct pel_name {
    uint32_t value;
    uint32_t mask;
    const char *name; /**< Microsoft's, for example "IMAGE_FILE_MACHINE_AMD64" */
    const char *doc;  /**< what it means, in a few words */
} pel_name;

/** All names of one enum or set of flags. */
typedef struct pel_names {
    const char *id; /**< "Machine" */
    const pel_name *items;
    size_t count;
} pel_names;

#define X(id, member) PEL_API extern const pel_names pel_names_##member;
#include <pelorus/tables/enums.def>
#undef X

/** The entry for exactly `value`, or NULL. The first, where values have several names. */
PEL_API const pel_name *pel_names_find(const pel_names *names, uint32_t value);

/* ---- fields ------------------------------------------------------------ */

/* The kinds of field, and where PE32 and PE32+ become one: the width on the wire
 * depends on the format, the C type does not.
 *   X(kind, C type, bytes in PE32, bytes in PE32+)    0 bytes = not there */
#define PEL_KINDS(X)                                                                               \
    X(U8, uint8_t, 1, 1)                                                                           \
    X(U16, uint16_t, 2, 2)                                                                         \
    X(U32, uint32_t, 4, 4)                                                                         \
    X(RVA, pel_rva, 4, 4)                                                                          \
    X(RVA32, pel_rva, 4, 0)   /* PE32 only: BaseOfData */                                          \
    X(ONLY32, uint32_t, 4, 0) /* in PE32 at this place, */                                         \
    X(ONLY64, uint32_t, 0, 4) /* in PE32+ at this: ProcessHeapFlags */                             \
    X(FOFF, pel_foff, 4, 4)                                                                        \
    X(VA, pel_va, 4, 8)                                                                            \
    X(NAT, uint64_t, 4, 8) /* a native word */                                                     \
    X(U64, uint64_t, 8, 8)                                                                         \
    X(REST, uint8_t, 0, 0) /* what follows, of any length: described, not decoded */

typedef enum pel_kind {
#define X(kind, type, wire32, wire64) PEL_KIND_##kind,
    PEL_KINDS(X)
#undef X
} pel_kind;

/** How a value is best shown to people. */
typedef enum pel_show {
    PEL_SHOW_DEC,    /**< a count */
    PEL_SHOW_SIGNED, /**< a number in two's complement */
    PEL_SHOW_BOOL,   /**< whether it is not 0 */
    PEL_SHOW_HEX,    /**< an address, a size, a raw value */
    PEL_SHOW_ENUM,   /**< one of `names` */
    PEL_SHOW_FLAGS,  /**< a set of `names` */
    PEL_SHOW_TIME,   /**< seconds since 1970 UTC */
    PEL_SHOW_TEXT,   /**< an array of bytes that holds text, zero padded */
    PEL_SHOW_PADDED, /**< the same, padded with blanks */
    PEL_SHOW_GUID,   /**< 16 bytes */
    PEL_SHOW_BYTES,  /**< an array of bytes: hashes and IDs, as digits */
    PEL_SHOW_PAD,    /**< not at all: it only fills up to the next field */
} pel_show;

/** One field of a structure. */
typedef struct pel_field {
    const char *name;   /**< Microsoft's name: "SizeOfImage" */
    const char *member; /**< the C member: "size_of_image" */
    pel_kind kind;
    uint32_t count; /**< elements; more than 1 for an array */
    pel_show show;
    const pel_names *names; /**< for PEL_SHOW_ENUM and PEL_SHOW_FLAGS, else NULL */
    size_t offset;          /**< of the member in the C struct */
    const char *doc;
    uint8_t bit, bits; /**< a part of a word: from this bit on, so many; else 0 and 0. Those that
                            begin above bit 0 share the word of the field before them */
} pel_field;

/** One structure. */
typedef struct pel_schema {
    const char *name; /**< "IMAGE_FILE_HEADER" */
    const char *key;  /**< "file_header", the key of dumps */
    const pel_field *fields;
    size_t field_count;
    size_t struct_size; /**< of the C struct, in bytes */
} pel_schema;

/** All structures, `*count` of them, in the order in which files have them. Constants. */
PEL_API const pel_schema *const *pel_schemas(size_t *count);

/** Bytes of one element of `field` in a file; 0 when that format has no such field. `wide` means
 *  PE32+, here and below. */
PEL_API unsigned pel_field_wire(const pel_field *field, bool wide);

/** Bytes that `field` adds to the structure: its elements; 0 when it shares a word with the one
 *  before it, and for PEL_KIND_REST. */
PEL_API size_t pel_field_span(const pel_field *field, bool wide);

/** Offset of `field` in the structure as it lies in the file, in bytes. */
PEL_API size_t pel_field_offset(const pel_schema *schema, const pel_field *field, bool wide);

/** Size of the structure in the file, in bytes. `wide` chooses PE32+. */
PEL_API size_t pel_schema_wire_size(const pel_schema *schema, bool wide);

/** The field called `name` (Microsoft's name or the C member), or NULL. The first, where the
 * formats have it at different places. */
PEL_API const pel_field *pel_schema_field(const pel_schema *schema, const char *name);

/** Element `index` (0 unless it is an array) of `field` in `from`, the C struct that the field's
 *  schema describes, whatever its kind. */
PEL_API uint64_t pel_field_get(const pel_field *field, const void *from, size_t index);

#ifdef __cplusplus
}
#endif
#endif
