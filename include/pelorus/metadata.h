/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_METADATA_H
#define PELORUS_METADATA_H

/* What else the load configuration leads to: structures for images of two machines, for emulators,
 * enclaves, hot patches; and the policies of trustlets, which an export leads to. They lie in the
 * image as Windows maps it, as directories do. The dynamic value relocation table has a header of
 * its own, dynamic_relocs.h; the tables of Control Flow Guard are in directories.h.
 *
 * Sources: winnt.h and ntimage.h of the Windows SDK. For offsets in hot patches: programs that make
 * such files and have Windows load them; that the offsets of a base image count like that of the
 * list, and that a chunk's size counts its header, is inferred. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pel_metadata_kind {
    PEL_METADATA_CHPE,      /**< CHPEMetadataPointer of x86 images */
    PEL_METADATA_ARM64EC,   /**< CHPEMetadataPointer of others */
    PEL_METADATA_HOT_PATCH, /**< HotPatchTableOffset */
    PEL_METADATA_ENCLAVE,   /**< EnclaveConfigurationPointer */
    PEL_METADATA_VOLATILE,  /**< VolatileMetadataPointer */
    PEL_METADATA_POLICY,    /**< the export __ImagePolicyMetadata */
    PEL_METADATA_KINDS
} pel_metadata_kind;

/** One of the structures, decoded, and its place. */
typedef struct pel_metadata {
    const pel_image *image;
    pel_metadata_kind kind;
    const pel_schema *schema; /**< which of `fields` counts */
    pel_rva rva;
    bool has_offset;  /**< false when what there is of it is not in the file in one piece */
    pel_foff offset;  /**< in the file */
    size_t size;      /**< bytes that it has, by its version or its Size; fields behind are 0 */
    size_t available; /**< bytes of them that are there; less when it is cut */
    union {
        pel_chpe_metadata chpe;
        pel_arm64ec_metadata arm64ec;
        pel_hot_patch_info hot_patch;
        pel_enclave_config enclave;
        pel_volatile_metadata volatiles;
        pel_policy_metadata policy;
    } fields;
} pel_metadata;

/** Read the structure of `kind`. PEL_NOT_FOUND when the image has none. PEL_MALFORMED when the
 *  pointer to it leads out of the image: `rva` is then 0. PEL_TRUNCATED when it is cut. */
PEL_API pel_status pel_image_metadata(const pel_image *image, pel_metadata_kind kind,
                                      pel_metadata *out);

/** "chpe_metadata", "arm64ec_metadata", ..., as dumps call them; never NULL. */
PEL_API const char *pel_metadata_name(pel_metadata_kind kind);

/** The newest version of the structure that is known; 0 when versions do not matter. */
PEL_API uint32_t pel_metadata_version(pel_metadata_kind kind);

/** Lists that the structures lead to. */
typedef enum pel_metadata_list {
    PEL_LIST_CHPE_RANGES,          /**< pel_chpe_range */
    PEL_LIST_ARM64EC_CODE_MAP,     /**< pel_arm64ec_code_map */
    PEL_LIST_ARM64EC_ENTRY_POINTS, /**< pel_arm64ec_entry_point */
    PEL_LIST_ARM64EC_REDIRECTIONS, /**< pel_arm64ec_redirection */
    PEL_LIST_ARM64EC_FUNCTIONS,    /**< pel_runtime_function */
    PEL_LIST_HOT_PATCH_BASES,      /**< pel_hot_patch_base */
    PEL_LIST_ENCLAVE_IMPORTS,      /**< pel_enclave_import */
    PEL_LIST_VOLATILE_ACCESSES,    /**< pel_volatile_access */
    PEL_LIST_VOLATILE_RANGES,      /**< pel_volatile_range */
    PEL_LIST_POLICIES,             /**< pel_policy_entry; ends with type None */
    PEL_METADATA_LISTS
} pel_metadata_list;

/** "ranges", "code_map", ..., as dumps call them; never NULL. */
PEL_API const char *pel_metadata_list_name(pel_metadata_list list);

/** Whose list it is. */
PEL_API pel_metadata_kind pel_metadata_list_kind(pel_metadata_list list);

/** An entry of a list; which member counts, the list says. */
typedef union pel_metadata_record {
    pel_chpe_range chpe_range;
    pel_arm64ec_code_map code_map;
    pel_arm64ec_entry_point entry_point;
    pel_arm64ec_redirection redirection;
    pel_runtime_function function;
    pel_hot_patch_base base;
    pel_enclave_import import;
    pel_volatile_access access;
    pel_volatile_range range;
    pel_policy_entry policy;
} pel_metadata_record;

/** Walks a list. `status`: PEL_OK at its end by its count; else PEL_NOT_FOUND where it leads out of
 *  the image, PEL_TRUNCATED where the file is cut, PEL_LIMIT when it has more than the file can
 * mean. */
typedef struct pel_metadata_iter {
    const pel_image *image;
    pel_metadata_list list;
    const pel_schema *schema;
    uint64_t next;   /**< RVA of the next entry, or of the offset of it; 0 = none */
    uint64_t count;  /**< entries that are left, as the structure has it */
    uint64_t left;   /**< bytes that are still believed */
    uint32_t stride; /**< bytes from one entry to the next; 0: there is no such list */
    size_t size;     /**< bytes of an entry that are read */
    uint64_t start;  /**< hot patches: RVA that offsets count from */
    pel_status status;
} pel_metadata_iter;

/** Begin to walk `list`, which must be one of `metadata`'s kind, else it is empty. */
PEL_API pel_metadata_iter pel_metadata_walk(const pel_metadata *metadata, pel_metadata_list list);

/** The next entry, and where it is. `at` may be NULL. */
PEL_API bool pel_metadata_next(pel_metadata_iter *it, pel_metadata_record *out, pel_structure *at);

/** What the StartOffset of a range says: the RVA, and the code. Bits of type: 1 (CHPE), 2
 * (ARM64EC). */
PEL_API pel_rva pel_metadata_code(pel_metadata_list list, uint32_t start, uint32_t *type);

/* ---- hot patches -------------------------------------------------------- */

/** The hashes of the image that is patched. PEL_NOT_FOUND when there are none. */
PEL_API pel_status pel_hot_patch_hashes_of(const pel_metadata *metadata,
                                           const pel_hot_patch_base *base,
                                           pel_hot_patch_hashes *out, pel_structure *at);

/** Walks the chunks of a patch table, which ends with a header of 0. */
typedef struct pel_hot_patch_iter {
    const pel_image *image;
    uint64_t next; /**< RVA of the next chunk; 0 = none */
    uint64_t left;
    pel_status status; /**< PEL_MALFORMED: a chunk shorter than its header */
} pel_hot_patch_iter;

typedef struct pel_hot_patch_chunk {
    uint32_t header;
    pel_rva rva;         /**< of the header */
    uint32_t size;       /**< bytes of the chunk, its header included */
    uint32_t type;       /**< IMAGE_HOT_PATCH_* */
    uint32_t flags;      /**< IMAGE_HOT_PATCH_CHUNK_*, and reserved bits */
    bool source, target; /**< which RVAs its entries have */
} pel_hot_patch_chunk;

PEL_API pel_hot_patch_iter pel_hot_patch_chunks(const pel_metadata *metadata,
                                                const pel_hot_patch_base *base);
PEL_API bool pel_hot_patch_next(pel_hot_patch_iter *it, pel_hot_patch_chunk *out);

/** Entry `index` of a chunk: an RVA in the patch, and one in the image that is patched; what it
 * does not have is 0. False when there are no more. */
PEL_API bool pel_hot_patch_entry(const pel_image *image, const pel_hot_patch_chunk *chunk,
                                 size_t index, pel_rva *source, pel_rva *target);

/* ---- policies ------------------------------------------------------------ */

/** The text of a policy of a type that has one, empty when it leads nowhere: one byte a character,
 * or UTF-16 (`wide`). It is looked for in `most` bytes. */
PEL_API bool pel_image_policy_text(const pel_metadata *metadata, const pel_policy_entry *policy,
                                   uint64_t most, pel_span *out, bool *wide);

/** A value of a type that is a number, with its sign. False for others. */
PEL_API bool pel_image_policy_number(const pel_policy_entry *policy, int64_t *out);

/* ---- words --------------------------------------------------------------- */

/** A field of the load configuration that is the VA of a word: pointers that the loader fills, the
 *  cookie, the mode of CastGuard. */
typedef struct pel_config_slot {
    const char *field;
    pel_rva rva; /**< of the word */
    bool mapped; /**< it lies in the image */
    bool has_value;
    uint64_t value; /**< as the file has it; a VA in most */
} pel_config_slot;

/** Slot `*index` or the first one after it that is not 0, and `*index` behind it. False: no more.
 */
PEL_API bool pel_image_config_slot(const pel_image *image, size_t *index, pel_config_slot *out);

/** True for the value that compilers give the security cookie, and the loader replaces. */
PEL_API bool pel_cookie_is_default(const pel_image *image, uint64_t value);

/** Walks LockPrefixTable, which ends with 0. */
typedef struct pel_lock_iter {
    const pel_image *image;
    uint64_t next;
    uint64_t left;
    pel_status status;
} pel_lock_iter;

PEL_API pel_lock_iter pel_image_lock_prefixes(const pel_image *image);
PEL_API bool pel_lock_next(pel_lock_iter *it, pel_va *out);

/** The hash of its type in the 8 bytes in front of a function, for entries with the flag
 *  IMAGE_GUARD_FLAG_FID_XFG. False when they are not mapped. */
PEL_API bool pel_image_xfg_hash(const pel_image *image, pel_rva function, uint64_t *out);

#ifdef __cplusplus
}
#endif
#endif
