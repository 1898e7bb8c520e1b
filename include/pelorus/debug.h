/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DEBUG_H
#define PELORUS_DEBUG_H

/* The debug directory: a table of entries, each with data of some type. Data are found by file
 * offset or by RVA, may lie outside of all sections, and are read when asked for; nothing is
 * allocated. Spans and text are borrowed from the file. Source: PE Format (Microsoft), ".debug". */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the data of an entry were found. */
typedef enum pel_debug_by {
    PEL_DEBUG_BY_NOTHING, /**< there are none in the file */
    PEL_DEBUG_BY_OFFSET,  /**< PointerToRawData */
    PEL_DEBUG_BY_RVA,     /**< AddressOfRawData, where PointerToRawData is 0 or holds less */
} pel_debug_by;

/** One entry, and the data that it leads to. */
typedef struct pel_debug_entry {
    pel_debug_directory directory;
    uint32_t index;
    bool has_offset;  /**< false when the entry is not all in the file, in one piece */
    pel_foff offset;  /**< of the entry in the file */
    size_t available; /**< bytes of the entry that are there; less than its size when it is cut */
    pel_debug_by by;
    pel_foff data_offset; /**< of the data in the file, unless PEL_DEBUG_BY_NOTHING */
    pel_span data;        /**< as much of SizeOfData bytes as the file has in one piece */
} pel_debug_entry;

/** Walks the entries. `status` says why it ended: PEL_OK at the end of the directory's Size,
 *  PEL_TRUNCATED where the file cuts it, PEL_NOT_FOUND where it leads out of the image, PEL_LIMIT
 *  where entries have more data than a file can mean. */
typedef struct pel_debug_iter {
    const pel_image *image;
    uint64_t next;  /**< RVA of the next entry (separate debug file: file offset); 0 = none */
    uint32_t count; /**< entries that are left */
    uint32_t index;
    uint64_t left; /**< bytes that are still believed, of entries and of data */
    pel_status status;
} pel_debug_iter;

/** Begin to walk the debug directory. An image without any has none. */
PEL_API pel_debug_iter pel_image_debug(const pel_image *image);

/** The next entry; Size / 28 of them. */
PEL_API bool pel_debug_next(pel_debug_iter *it, pel_debug_entry *out);

/** Bytes of data that make sense for `type` (PEL_DEBUG_*): `*least` at least, and beyond them a
 *  multiple of `*step`, none if it is 0. For types that say nothing, 0 and 1. */
PEL_API void pel_debug_sizes(uint32_t type, uint32_t *least, uint32_t *step);

/* ---- data by type ------------------------------------------------------ */

/* Of an entry of another type they give PEL_NOT_FOUND; PEL_TRUNCATED when data are too short,
 * PEL_MALFORMED when they are not what the type says. Then `*out` is zero. */

/** Signatures of CodeView data, as numbers. */
enum {
#define X(id, value, doc) PEL_CODEVIEW_##id = value,
#include <pelorus/tables/codeview_signature.def>
#undef X
};

/** CodeView data. What a signature has no room for is 0. */
typedef struct pel_codeview {
    uint32_t signature;
    bool has_guid;
    uint8_t guid[16];   /**< RSDS, MTOC: as it lies in the file */
    uint32_t offset;    /**< NB10: 0; NB09, NB11: of the subsection directory */
    uint32_t timestamp; /**< NB10 */
    uint32_t age;       /**< RSDS, NB10 */
    bool has_path;
    pel_str path; /**< of the PDB (RSDS, NB10) or the Mach-O file; never to be trusted */
} pel_codeview;

/** Read CodeView data. PEL_MALFORMED: an unknown signature, which `*out` has all the same. */
PEL_API pel_status pel_debug_codeview(const pel_debug_entry *entry, pel_codeview *out);

/** Bytes of a GUID as text, with its zero. */
#define PEL_GUID_TEXT 37

/** Write "8d9e0f1a-2b3c-4d5e-8f90-a1b2c3d4e5f6": the first three groups are little-endian. */
PEL_API void pel_guid_format(const uint8_t guid[16], char out[PEL_GUID_TEXT]);

/** Walks the groups of POGO data. `status`: PEL_OK at the end, PEL_TRUNCATED inside of a group. */
typedef struct pel_pogo_iter {
    pel_span data;
    uint64_t next; /**< of the next group, from the start of the data */
    uint32_t signature;
    pel_status status;
} pel_pogo_iter;

/** A group: a run of code or data that the linker put together. */
typedef struct pel_pogo_group {
    pel_rva start;
    uint32_t size;
    pel_str name;
} pel_pogo_group;

PEL_API pel_pogo_iter pel_debug_pogo(const pel_debug_entry *entry);

/** The next group; false at one of 0 bytes at RVA 0 and at the end of the data. */
PEL_API bool pel_pogo_next(pel_pogo_iter *it, pel_pogo_group *out);

/** The hash of a reproducible build; empty where the entry has only its type. */
PEL_API pel_status pel_debug_repro(const pel_debug_entry *entry, pel_span *out);

/** The algorithm ("SHA256") and the digest of the PDB. */
PEL_API pel_status pel_debug_checksum(const pel_debug_entry *entry, pel_str *algorithm,
                                      pel_span *digest);

/** A portable PDB inside of the file. */
typedef struct pel_embedded_pdb {
    uint32_t uncompressed; /**< bytes that it says it has; believe nothing */
    pel_span deflated;
} pel_embedded_pdb;

PEL_API pel_status pel_debug_embedded(const pel_debug_entry *entry, pel_embedded_pdb *out);

/** Where the perf map of compiled .NET code is. */
typedef struct pel_perfmap {
    uint8_t signature[16];
    uint32_t version;
    pel_str path;
} pel_perfmap;

PEL_API pel_status pel_debug_perfmap(const pel_debug_entry *entry, pel_perfmap *out);

/** IMAGE_DLLCHARACTERISTICS_EX_*. */
PEL_API pel_status pel_debug_ex_flags(const pel_debug_entry *entry, uint32_t *out);

/** The name that MISC data have: bytes of the file, UTF-16 if the record says so. */
PEL_API pel_status pel_debug_misc_name(const pel_debug_entry *entry, pel_debug_misc *record,
                                       pel_span *name);

/** The schema of the records that data of `type` are made of (FPO, FIXUP, OMAP, VC_FEATURE, COFF),
 *  or NULL. */
PEL_API const pel_schema *pel_debug_record_schema(uint32_t type);

/** Record `index` of such data, into the C struct of that schema. PEL_NOT_FOUND: there is none;
 *  PEL_TRUNCATED: only a part of it, and the rest is 0. */
PEL_API pel_status pel_debug_record(const pel_debug_entry *entry, uint32_t index, void *out);

#ifdef __cplusplus
}
#endif
#endif
