/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DIRECTORIES_H
#define PELORUS_DIRECTORIES_H

/* What the data directories lead to: imports, exports, delay imports, bound imports, thread-local
 * storage, load configuration; debug information and certificates have headers of their own. Each
 * is a cursor over the bytes of the image, read when it is asked for; nothing is allocated and the
 * image does not change. Cursors are plain structs on the stack and valid as long as the image;
 * text is borrowed from the file.
 *
 * Directories are read as the loader reads them: from the mapped image, so zero-filled memory
 * counts as zeros. Text ends at its zero, or where the bytes of its section end.
 *
 * Every walk is bounded by the size of the file, whatever the file says: iterators count down
 * `left`, the bytes that they still believe, and end with PEL_LIMIT. It begins at some
 * multiple of the size of the file; who walks many lists can hand what is left of one on to the
 * next, by setting it. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- imports ----------------------------------------------------------- */

/** A little-endian word that memory has instead of the file, for the loader writes before it
 *  reads. */
typedef struct pel_overlay {
    uint64_t at;   /**< RVA */
    unsigned size; /**< in bytes, up to 8; 0: there is none */
    uint64_t value;
} pel_overlay;

/** One DLL that is imported from. */
typedef struct pel_import {
    const pel_image *image;
    pel_import_descriptor descriptor;
    uint32_t index;      /**< of the descriptor in its table */
    bool has_offset;     /**< false when the descriptor is not all in the file, in one piece */
    pel_foff offset;     /**< of the descriptor in the file */
    pel_str name;        /**< of the DLL, as the file has it */
    bool has_name;       /**< false: Name leads out of the image */
    pel_overlay overlay; /**< that of the walk */
} pel_import;

/** Walks the descriptors. `status` says why it ended: PEL_OK at the descriptor that ends the
 *  table, PEL_TRUNCATED where it is the end of a cut file that seems to end it, PEL_NOT_FOUND where
 *  the table leads out of the image, PEL_LIMIT. */
typedef struct pel_import_iter {
    const pel_image *image;
    uint64_t next; /**< RVA of the next descriptor; 0 = none */
    uint64_t left; /**< bytes that are still believed */
    uint32_t index;
    pel_status status;
    pel_overlay
        overlay; /**< of descriptors and tables, for who sets it; text is that of the file */
} pel_import_iter;

/** Begin to walk the imports. An image without any has none. */
PEL_API pel_import_iter pel_image_imports(const pel_image *image);

/** The next descriptor, by the loader's rule: the table ends where Name or FirstThunk is 0, and the
 *  directory's Size does not matter. Source: docs/binding.md, "Imports". */
PEL_API bool pel_import_next(pel_import_iter *it, pel_import *out);

/** One imported function. */
typedef struct pel_thunk {
    pel_rva slot;    /**< RVA of its word in the import address table */
    uint64_t lookup; /**< its word of the lookup table */
    uint64_t bound;  /**< the word that the file has in the address table; 0 if none */
    bool by_ordinal; /**< then `ordinal` holds, else `hint` and `name` */
    uint16_t ordinal;
    uint16_t hint; /**< index at which the exporter's name table may have it */
    pel_str name;
    bool has_name; /**< false: by ordinal, or the word leads out of the image */
} pel_thunk;

/** Walks the functions of one DLL. `status` as that of pel_import_iter. */
typedef struct pel_thunk_iter {
    const pel_image *image;
    uint64_t lookup; /**< RVA of the next word of the lookup table; 0 = none */
    uint64_t slot;   /**< RVA of the next word of the address table */
    uint64_t left;   /**< bytes that are still believed */
    bool by_va;      /**< words lead to names by VA: delay imports of the old form */
    pel_status status;
    pel_overlay overlay;
} pel_thunk_iter;

/** Begin to walk the functions of `import`. The lookup table is OriginalFirstThunk, or FirstThunk
 *  if that is 0, below SizeOfHeaders or not below SizeOfImage. */
PEL_API pel_thunk_iter pel_import_thunks(const pel_import *import);

/** The next function; false at the zero that ends the lookup table. */
PEL_API bool pel_thunk_next(pel_thunk_iter *it, pel_thunk *out);

/* ---- delay imports ----------------------------------------------------- */

/** One DLL that is loaded when one of its functions is called first. The loader does not look at
 *  it; the code of the program does. */
typedef struct pel_delay_import {
    const pel_image *image;
    pel_delay_descriptor descriptor; /**< addresses as they are: RVAs or VAs */
    uint32_t index;                  /**< of the descriptor in its table */
    bool has_offset;                 /**< false when the descriptor is not all in the file */
    pel_foff offset;                 /**< of the descriptor in the file */
    bool by_va;                      /**< the old form: addresses are VAs at ImageBase */
    /* The addresses as RVAs; 0 where there is none, or a VA leads out of the image. */
    pel_rva handle, iat, lookup, bound_iat;
    pel_str name;
    bool has_name; /**< false: DllNameRVA leads out of the image */
} pel_delay_import;

/** Walks the descriptors. `status` as that of pel_import_iter. */
typedef struct pel_delay_import_iter {
    const pel_image *image;
    uint64_t next; /**< RVA of the next descriptor; 0 = none */
    uint64_t left; /**< bytes that are still believed */
    uint32_t index;
    pel_status status;
} pel_delay_import_iter;

/** Begin to walk the delay imports. An image without any has none. */
PEL_API pel_delay_import_iter pel_image_delay_imports(const pel_image *image);

/** The next descriptor; the table ends where DllNameRVA is 0. */
PEL_API bool pel_delay_import_next(pel_delay_import_iter *it, pel_delay_import *out);

/** Begin to walk the functions of `import`; none, with PEL_NOT_FOUND, when it has no lookup or no
 *  address table in the image. `bound` is then as a rule the VA of the code that loads the DLL. */
PEL_API pel_thunk_iter pel_delay_thunks(const pel_delay_import *import);

/* ---- bound imports ----------------------------------------------------- */

/** A DLL whose addresses stand in the import address tables already, or one that such a DLL
 *  forwards to. They hold as long as the DLL has that TimeDateStamp and lies at its ImageBase. */
typedef struct pel_bound_import {
    pel_bound_descriptor descriptor; /**< in an entry for a forwarder `refs` is reserved */
    bool has_offset;                 /**< false when the entry is not all in the file */
    pel_foff offset;                 /**< of the entry in the file */
    pel_str name;
    bool has_name; /**< false: OffsetModuleName leads out of the image */
} pel_bound_import;

/** Walks the table, whose entries are DLLs, each followed by those that it forwards to. `status` as
 *  that of pel_import_iter. */
typedef struct pel_bound_import_iter {
    const pel_image *image;
    uint64_t start; /**< RVA of the directory; names are found from there */
    uint64_t next;  /**< RVA of the next entry; 0 = none */
    uint64_t left;  /**< bytes that are still believed */
    uint32_t refs;  /**< entries before the next DLL */
    pel_status status;
} pel_bound_import_iter;

/** Begin to walk the bound imports. An image without any has none. */
PEL_API pel_bound_import_iter pel_image_bound_imports(const pel_image *image);

/** The next DLL, past those that the last one forwards to; the table ends where OffsetModuleName
 *  is 0. */
PEL_API bool pel_bound_import_next(pel_bound_import_iter *it, pel_bound_import *out);

/** The next DLL that the last one forwards to; false when there are no more of them. */
PEL_API bool pel_bound_forwarder_next(pel_bound_import_iter *it, pel_bound_import *out);

/* ---- exports ----------------------------------------------------------- */

/** The export directory, decoded, its place, and what a look-up needs. */
typedef struct pel_exports {
    const pel_image *image;
    pel_export_directory directory;
    bool has_offset;  /**< false when the directory is not all in the file, in one piece */
    pel_foff offset;  /**< of the directory in the file */
    size_t available; /**< bytes of it that are there; less than its size when it is cut */
    pel_rva start;    /**< of the directory: functions that lie in the `size` bytes from there on */
    uint32_t size;    /**< are forwarders */
    pel_str name;     /**< that the DLL was linked under; empty if it leads nowhere */
    /* As much of the three tables as lies in the file in one piece. */
    pel_span functions, names, ordinals;
} pel_exports;

/** Read the export directory. PEL_NOT_FOUND when there is none, or it lies outside of the image.
 *  PEL_TRUNCATED when it is cut: fields that are missing are 0, and what there is can be asked. */
PEL_API pel_status pel_image_exports(const pel_image *image, pel_exports *out);

/** One exported function. */
typedef struct pel_export {
    uint32_t index;    /**< in the function table */
    uint32_t ordinal;  /**< index + Base; an import has 16 bits for it */
    pel_rva rva;       /**< of the function, or of the text of the forwarder; may lie anywhere */
    bool is_forwarder; /**< it stands for a function of another DLL: */
    pel_str forwarder; /**< "dll.name" or "dll.#ordinal" */
} pel_export;

/** Function `index`. PEL_NOT_FOUND: not below NumberOfFunctions, or there is no function (RVA 0).
 */
PEL_API pel_status pel_export_at(const pel_exports *exports, uint32_t index, pel_export *out);

/** The function of `ordinal`, as an import by ordinal finds it: 16 bits, and the difference to Base
 *  is taken in 16 bits, too. PEL_NOT_FOUND: there is no such function. */
PEL_API pel_status pel_export_by_ordinal(const pel_exports *exports, uint32_t ordinal,
                                         pel_export *out);

/** The function called `name`, as the loader finds it: entry `hint` of the name table if it is the
 *  right one, else a binary search by the values of the bytes. In a table that is not sorted a name
 *  can so be missed: PEL_NOT_FOUND. Source: docs/binding.md, "Imports". */
PEL_API pel_status pel_export_by_name(const pel_exports *exports, pel_str name, uint32_t hint,
                                      pel_export *out);

/** Entry `index` of the name table, and the index of the function that it names, which may be out
 *  of range. `name` may be NULL. PEL_NOT_FOUND: not below NumberOfNames, or outside of the image.
 * PEL_MALFORMED: the entry is there, but leads to no name; `*name` is empty. */
PEL_API pel_status pel_export_name(const pel_exports *exports, uint32_t index, pel_str *name,
                                   uint32_t *function_index);

/* ---- thread-local storage ---------------------------------------------- */

/** The TLS directory, decoded, and its place. */
typedef struct pel_tls {
    pel_tls_directory directory;
    bool has_offset;  /**< false when the directory is not all in the file, in one piece */
    pel_foff offset;  /**< of the directory in the file */
    size_t available; /**< bytes of it that are there; less than its size when it is cut */
} pel_tls;

/** Read the TLS directory. PEL_NOT_FOUND when there is none, or it lies outside of the image.
 *  PEL_TRUNCATED when it is cut: fields that are missing are 0. */
PEL_API pel_status pel_image_tls(const pel_image *image, pel_tls *out);

/** Walks the callbacks. `status` as that of pel_import_iter. */
typedef struct pel_tls_iter {
    const pel_image *image;
    uint64_t next; /**< RVA of the next word; 0 = none */
    uint64_t left; /**< bytes that are still believed */
    pel_status status;
} pel_tls_iter;

/** Begin to walk the callbacks. An image without TLS has none. */
PEL_API pel_tls_iter pel_image_tls_callbacks(const pel_image *image);

/** The VA of the next callback, at ImageBase; false at the zero that ends the list. */
PEL_API bool pel_tls_next(pel_tls_iter *it, pel_va *out);

/* ---- load configuration ------------------------------------------------ */

/** The load configuration, decoded, and its place. */
typedef struct pel_load_config_info {
    pel_load_config directory;
    bool wide;        /**< PE32+ */
    bool has_offset;  /**< false when what there is of it is not all in the file, in one piece */
    pel_foff offset;  /**< of the directory in the file */
    size_t size;      /**< bytes that it has: fields that end behind them do not exist */
    size_t available; /**< bytes of them that are there; less when it is cut */
} pel_load_config_info;

/** Read the load configuration. Its size is the smaller one of its Size and that of the data
 *  directory, but for PE32 images whose directory says 64: that number stands for "any", as Windows
 *  XP wanted no other. Fields that do not exist are 0; pel_load_config_has tells. PEL_NOT_FOUND
 * when there is none, or it lies outside of the image; PEL_TRUNCATED when it is cut. */
PEL_API pel_status pel_image_load_config(const pel_image *image, pel_load_config_info *out);

/** True when the field called `name` (Microsoft's name, or the C member) exists and is not cut. */
PEL_API bool pel_load_config_has(const pel_load_config_info *info, const char *name);

/** Tables of RVAs that the load configuration leads to. */
typedef enum pel_guard_table {
    PEL_GUARD_SEH,           /**< SEHandlerTable: handlers that x86 programs may have */
    PEL_GUARD_FUNCTIONS,     /**< GuardCFFunctionTable: targets of calls */
    PEL_GUARD_TAKEN_IAT,     /**< GuardAddressTakenIatEntryTable: slots whose imports are targets */
    PEL_GUARD_LONGJUMPS,     /**< GuardLongJumpTargetTable: targets of longjmp */
    PEL_GUARD_CONTINUATIONS, /**< GuardEHContinuationTable: where exceptions may continue */
    PEL_GUARD_TABLES
} pel_guard_table;

/** "se_handlers", "guard_functions", ..., as dumps call them; never NULL. */
PEL_API const char *pel_guard_table_name(pel_guard_table table);

/** Bytes that entries can have behind an RVA and flags. */
#define PEL_GUARD_EXTRA 14

/** One entry. */
typedef struct pel_guard_entry {
    pel_rva rva;
    uint8_t flags;                  /**< IMAGE_GUARD_FLAG_*; 0 where entries have none */
    uint8_t extra[PEL_GUARD_EXTRA]; /**< the bytes behind the flags: stride - 5 of them count */
} pel_guard_entry;

/** Walks a table. `status` as that of pel_import_iter; PEL_OK at its end by its count. */
typedef struct pel_guard_iter {
    const pel_image *image;
    uint64_t next;   /**< RVA of the next entry; 0 = none */
    uint64_t count;  /**< entries that are left, as the load configuration has it */
    uint64_t left;   /**< bytes that are still believed */
    uint32_t stride; /**< bytes of an entry: 4 and what GuardFlags says; 0: no such table */
    pel_status status;
} pel_guard_iter;

/** Begin to walk `table`. A load configuration that does not have it has none. */
PEL_API pel_guard_iter pel_image_guard_entries(const pel_image *image, pel_guard_table table);

/** The next entry, in the order of the table. */
PEL_API bool pel_guard_next(pel_guard_iter *it, pel_guard_entry *out);

#ifdef __cplusplus
}
#endif
#endif
