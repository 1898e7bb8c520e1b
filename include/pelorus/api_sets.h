/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_API_SETS_H
#define PELORUS_API_SETS_H

/* API sets as the file apisetschema.dll has them: names of contracts, and the DLLs that host them.
 * The schema is the section ".apiset", in three versions that say the same with other structures;
 * offsets count from its start, and all text is UTF-16LE.
 *
 *   head --> entry: a contract --> values: [ {importer, host}, ... ]
 *        --> hashes of the contracts (version 6)
 *
 * Nothing is allocated; spans are borrowed from the image. Who hosts a contract for whom is asked
 * of pel_api_sets_resolve (search_path.h). docs/binding.md, "API sets", has the sources. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A schema. A view; lives as long as its image. All zero: the built-in table, which has the
 *  contracts of common system DLLs and no exceptions for single importers. */
typedef struct pel_api_sets {
    pel_span bytes;   /**< the section ".apiset" */
    pel_foff offset;  /**< of it in the file */
    uint32_t version; /**< 2 (Windows 7 and 8), 4 (8.1), 6 (10 and 11); 0: built in */
    uint32_t count;   /**< of contracts: as the head says, but not more than the bytes can hold */
    uint64_t first;   /**< offset of the entries */
} pel_api_sets;

/** The schema in an apisetschema.dll. PEL_NOT_FOUND when it has none, PEL_MALFORMED for a version
 *  that is not known. */
PEL_API pel_status pel_api_sets_of(const pel_image *image, pel_api_sets *out);

/** The head, in the structure of its version. */
typedef union pel_api_set_head {
    pel_api_set_namespace_v2 v2;
    pel_api_set_namespace_v4 v4;
    pel_api_set_namespace v6;
} pel_api_set_head;

/** Read the head, and the schema of its structure; NULL for the built-in table, and when it is cut.
 */
PEL_API const pel_schema *pel_api_sets_head(const pel_api_sets *sets, pel_api_set_head *out);

/** A contract. */
typedef struct pel_api_set {
    const pel_schema *schema; /**< of the entry */
    union {
        pel_api_set_entry_v2 v2;
        pel_api_set_entry_v4 v4;
        pel_api_set_entry v6;
    } entry;
    uint64_t offset; /**< of the entry in the schema */
    pel_span name;   /**< as it stands there: without "api-" before version 6 */
    pel_span
        looked_up;   /**< what of the name counts: all, from version 6 on up to the last hyphen */
    pel_span alias;  /**< version 4 */
    uint64_t values; /**< offset of the first value in the schema */
    uint32_t value_count; /**< as the entry says, but not more than the bytes can hold */
    uint32_t flags;       /**< of the values, version 4 */
} pel_api_set;

/** Contract `index`; false from the count on. What leads out of the schema is empty. */
PEL_API bool pel_api_set_at(const pel_api_sets *sets, uint32_t index, pel_api_set *out);

/** A host of a contract. */
typedef struct pel_api_set_host {
    const pel_schema *schema; /**< of the value */
    union {
        pel_api_set_value_v2 v2;
        pel_api_set_value v4; /**< versions 4 and 6 */
    } value;
    uint64_t offset;   /**< of the value in the schema */
    bool for_all;      /**< it names no importer */
    pel_span importer; /**< whom it is for */
    pel_span host;     /**< empty: nobody hosts it */
} pel_api_set_host;

/** Value `index` of a contract; false from its count on. */
PEL_API bool pel_api_set_host_at(const pel_api_sets *sets, const pel_api_set *set, uint32_t index,
                                 pel_api_set_host *out);

/** Hash `index` of version 6; false from the count on, and in other versions. */
PEL_API bool pel_api_set_hash_at(const pel_api_sets *sets, uint32_t index, pel_api_set_hash *out);

/** The hash that version 6 has of the looked-up part of a name. */
PEL_API uint32_t pel_api_set_hash_of(const pel_api_sets *sets, pel_span looked_up);

#ifdef __cplusplus
}
#endif
#endif
