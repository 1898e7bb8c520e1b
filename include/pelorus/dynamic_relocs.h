/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DYNAMIC_RELOCS_H
#define PELORUS_DYNAMIC_RELOCS_H

/* The dynamic value relocation table (DVRT): places in the image that depend on the processor, on
 * where the kernel put its own tables, or on who maps the file.
 *
 *   table: Version, Size
 *     entry: Symbol (what the places depend on), bytes of
 *       block: VirtualAddress, SizeOfBlock
 *         record: a place in that page, and what is to be done there
 *
 * Cursors over the bytes of the file, as those of directories.h. Layout: winnt.h of the Windows
 * SDK; ntimage.h for ARM64X. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The table, and a walk of its entries. */
typedef struct pel_dynamic_relocs {
    const pel_image *image;
    pel_dynamic_reloc_table table;
    pel_foff offset;  /**< of the table in the file */
    size_t available; /**< bytes of its header that are there */
    pel_span bytes;   /**< of the entries: as many as Size says, or fewer when the file is cut */
    size_t next;      /**< in `bytes` */
    bool cut;         /**< Size says more than there is */
    pel_status status;
} pel_dynamic_relocs;

/** Find the table. PEL_NOT_FOUND when the load configuration leads to none; PEL_MALFORMED when it
 *  leads to where the file has nothing; PEL_TRUNCATED when the header is cut. */
PEL_API pel_status pel_image_dynamic_relocs(const pel_image *image, pel_dynamic_relocs *out);

/** One entry. */
typedef struct pel_dynamic_reloc_entry {
    const pel_image *image;
    uint32_t version; /**< of the table: which of the two structures there is */
    pel_dynamic_reloc v1;
    pel_dynamic_reloc_v2 v2;
    uint64_t symbol; /**< PEL_DYNAMIC_*, or an address of the kernel */
    pel_foff offset;
    pel_span header;        /**< version 2: bytes between the structure and the fix-ups */
    pel_foff header_offset; /**< in the file */
    pel_span fixups;        /**< blocks, or what the symbol has in their place */
    pel_foff fixups_offset; /**< in the file */
} pel_dynamic_reloc_entry;

/** The next entry; false at the end. Then `status` is PEL_OK; PEL_TRUNCATED when Size or the last
 *  entry reaches past what there is (its bytes are given as far as they go); PEL_MALFORMED for an
 *  unknown version and for a header shorter than itself. */
PEL_API bool pel_dynamic_reloc_next(pel_dynamic_relocs *it, pel_dynamic_reloc_entry *out);

/** True when the symbol is no number of Microsoft's list but an address: the places then have
 *  ordinary base relocations. */
PEL_API bool pel_dynamic_symbol_is_address(uint64_t symbol);

/** What lies at such an address, by its usual name; NULL when it is not known. */
PEL_API const char *pel_dynamic_symbol_address(uint64_t symbol);

/** Blocks of an entry. */
typedef struct pel_dynamic_blocks {
    const pel_image *image;
    uint64_t symbol;
    pel_span bytes;
    pel_foff offset; /**< of `bytes` in the file */
    size_t next;
    pel_status status;
} pel_dynamic_blocks;

typedef struct pel_dynamic_block {
    const pel_image *image;
    uint64_t symbol;
    pel_rva page;      /**< VirtualAddress */
    uint32_t size;     /**< SizeOfBlock, its header included */
    pel_foff offset;   /**< of the block in the file */
    pel_span records;  /**< behind its header */
    size_t next;       /**< record, in `records` */
    pel_status status; /**< of the walk of the records; PEL_MALFORMED: one that cannot be */
} pel_dynamic_block;

/** Begin to walk the blocks of an entry. That of function overrides has none of its own. */
PEL_API pel_dynamic_blocks pel_dynamic_blocks_of(const pel_dynamic_reloc_entry *entry);

/** The next block. A block of no size ends the list. `status`: PEL_TRUNCATED for one that is not
 * all there, PEL_MALFORMED for one that is shorter than its own header. */
PEL_API bool pel_dynamic_block_next(pel_dynamic_blocks *it, pel_dynamic_block *out);

/** One record. Which members count depends on the symbol. */
typedef struct pel_dynamic_record {
    pel_foff offset;
    pel_rva rva;          /**< of the place */
    uint32_t bits;        /**< the record itself: 16 or 32 bits */
    uint32_t page_offset; /**< as the record has it (symbol 8: a fourth of the distance) */
    uint8_t type;         /**< 4 bits: IMAGE_REL_BASED_*, IMAGE_FUNCTION_OVERRIDE_*; of ARM64X: 2 */
    bool indirect_call;   /**< 3, 4, 8: a call, not a jump */
    bool rex_w, cfg_check;  /**< 4 */
    bool reserved;          /**< 4 */
    bool delayed;           /**< 8: a delay import */
    uint8_t register_index; /**< 5, 8 */
    uint32_t iat_index;     /**< 3, 8 */
    bool has_slot;          /**< the slot of that index lies in the import address table: */
    pel_rva slot;
    unsigned width;  /**< ARM64X: bytes that change */
    bool negative;   /**< ARM64X delta: it is subtracted */
    uint8_t scale;   /**< ARM64X delta: 4 or 8 */
    uint64_t value;  /**< ARM64X value; delta, before it is scaled */
    pel_span stored; /**< ARM64X value: its bytes */
} pel_dynamic_record;

/** The next record; false at the end, at the padding of the block, and at what cannot be a record.
 */
PEL_API bool pel_dynamic_record_next(pel_dynamic_block *block, pel_dynamic_record *out);

/* ---- return flow guard (symbols 1 and 2, version 2) --------------------- */

/** PEL_NOT_FOUND when the entry has no such header, PEL_TRUNCATED when it is cut. */
PEL_API pel_status pel_dynamic_prologue(const pel_dynamic_reloc_entry *entry, pel_rf_prologue *out,
                                        pel_span *bytes);

/** The same: branch descriptors, and the bitmap behind them. */
PEL_API pel_status pel_dynamic_epilogue(const pel_dynamic_reloc_entry *entry, pel_rf_epilogue *out,
                                        pel_span *descriptors, pel_span *bitmap);

/* ---- function overrides (symbol 7) -------------------------------------- */

/** Walks the functions of an entry of symbol 7. */
typedef struct pel_overrides {
    const pel_image *image;
    pel_function_override_header header;
    pel_foff offset;        /**< of the header in the file */
    pel_span bytes;         /**< records */
    pel_foff bytes_offset;  /**< in the file */
    pel_span region;        /**< decision diagrams */
    pel_foff region_offset; /**< in the file */
    size_t next;
    pel_status status;
} pel_overrides;

/** PEL_NOT_FOUND for other symbols; PEL_TRUNCATED when there is no header. */
PEL_API pel_status pel_dynamic_overrides(const pel_dynamic_reloc_entry *entry, pel_overrides *out);

typedef struct pel_override {
    pel_function_override record;
    pel_foff offset;
    pel_span rvas; /**< 4 bytes each */
    pel_dynamic_blocks blocks;
} pel_override;

/** The next function. `status`: PEL_TRUNCATED when its bytes are not all there. */
PEL_API bool pel_override_next(pel_overrides *it, pel_override *out);

/** RVA `index` that may stand for the function; false when there are no more. */
PEL_API bool pel_override_rva(const pel_override *function, size_t index, pel_rva *out);

/** Walks the decision diagrams, which lie one behind the other. */
typedef struct pel_bdds {
    pel_span bytes;
    pel_foff offset;
    size_t next;
    pel_status status;
} pel_bdds;

PEL_API pel_bdds pel_override_bdds(const pel_overrides *overrides);

typedef struct pel_bdd {
    pel_bdd_info info;
    uint32_t start; /**< from the start of all diagrams: what BDDOffset says */
    pel_foff offset;
    pel_span nodes; /**< as many bytes as there are */
} pel_bdd;

PEL_API bool pel_bdd_next(pel_bdds *it, pel_bdd *out);

/** Node `index`; false when there are no more. */
PEL_API bool pel_bdd_node_at(const pel_bdd *bdd, size_t index, pel_bdd_node *out);

#ifdef __cplusplus
}
#endif
#endif
