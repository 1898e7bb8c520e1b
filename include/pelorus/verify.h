/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_VERIFY_H
#define PELORUS_VERIFY_H

/* A module in memory beside its file: what differs that Windows did not change itself.
 *
 *   file ---- mapped at the base, relocated ----> expected bytes --+
 *                                                                  +--> equal, explained, or
 * different dump ---- bytes of the module ---------------> found bytes ----+
 *
 * What the loader writes is explained away: relocations, ImageBase in the header, import addresses,
 * the security cookie, the TLS index and the pointers of Control Flow Guard. Writable data is told
 * apart. Pages that are not in the dump are missing, and never differ. docs/verify.md explains the
 * judgements. */

#include <pelorus/memory_dump.h>
#include <pelorus/symbols.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A comparison. Opaque; free it with pel_verify_free. */
typedef struct pel_verify pel_verify;

/** All zero (or NULL) means the defaults. */
typedef struct pel_verify_options {
    const pel_allocator *allocator;
    bool has_base; /**< the module is at `base` */
    pel_va base;
    const char *module; /**< minidump: the name of the module, with or without folders */
    const char *path;   /**< of the file: its name is looked for, too */
    size_t limit;       /**< differences that are kept; default 1000 */
} pel_verify_options;

/** How the base was found. */
typedef enum pel_verify_base_source {
    PEL_BASE_GIVEN,       /**< by the caller */
    PEL_BASE_MODULE,      /**< the dump lists the module */
    PEL_BASE_HEADER,      /**< ImageBase in the dump's header, which Windows rewrites */
    PEL_BASE_RELOCATIONS, /**< most relocated words agree on it */
    PEL_BASE_FILE,        /**< nothing says otherwise: ImageBase of the file */
} pel_verify_base_source;

/** "option", "module", "header", "relocations", "file"; never NULL. */
PEL_API const char *pel_verify_base_source_name(pel_verify_base_source source);

/** Compare `image` (PEL_LAYOUT_FILE, PE32 or PE32+) with its memory in `dump`; both must outlive
 * the result. Work is bounded by the size of the view and of the file. PEL_MALFORMED: there is
 * nothing of the file to map. PEL_NOT_FOUND: the module is not in the dump. PEL_NO_MEMORY,
 * PEL_BAD_ARG. */
PEL_API pel_status pel_verify_new(const pel_image *image, const pel_memory_dump *dump,
                                  const pel_verify_options *options, pel_verify **out);

PEL_API void pel_verify_free(pel_verify *verify);

/* ---- what came of it --------------------------------------------------- */

/** What it amounts to. */
typedef enum pel_verify_status {
    PEL_VERIFY_EQUAL,    /**< nothing differs that is not explained */
    PEL_VERIFY_DIFFERS,  /**< something does */
    PEL_VERIFY_REPLACED, /**< most of it does: another version of the file, a program that unpacked
                              itself, or one that was put in its place */
    PEL_VERIFY_NOTHING,  /**< no page of the module is in the dump */
} pel_verify_status;

/** "equal", "differs", "replaced", "nothing"; never NULL. */
PEL_API const char *pel_verify_status_name(pel_verify_status status);

/** Counts. Pages that have a byte in the dump are compared. */
typedef struct pel_verify_summary {
    pel_verify_status status;
    pel_va base;
    pel_verify_base_source base_source;
    const pel_dump_module *module; /**< of the dump; NULL: none was found */
    uint64_t size;                 /**< of the view, bytes */
    uint64_t pages_compared;
    uint64_t pages_equal;    /**< with all that was explained, and without changed data */
    uint64_t pages_replaced; /**< more than half of their bytes differ, and are not just zeros */
    uint64_t pages_missing;  /**< of the image, and not in the dump */
    uint64_t bytes_compared;
    uint64_t bytes_differ;  /**< in all differences, those left out among them */
    uint64_t bytes_changed; /**< in writable data */
    bool headers_differ;    /**< beyond ImageBase */
    uint64_t left_out;      /**< differences beyond the limit */
    /* How many places of the dump are as the loader makes them, and not as the file has them. */
    uint64_t relocations, iat, header, cookie, tls_index, guard;
} pel_verify_summary;

PEL_API const pel_verify_summary *pel_verify_get_summary(const pel_verify *verify);

/** A guess what a difference is. */
typedef enum pel_verify_kind {
    PEL_DIFF_HEADER,      /**< in the headers, or in the zeros behind them */
    PEL_DIFF_HOOK,        /**< code that now leads out of the image, or away from an exported
                               function */
    PEL_DIFF_BREAKPOINT,  /**< one byte of code that is 0xCC now */
    PEL_DIFF_PATCH,       /**< other bytes in code or constant data */
    PEL_DIFF_IMPORT,      /**< an import address that lies in no module */
    PEL_DIFF_UNRELOCATED, /**< what the file has, where it should be relocated */
    PEL_DIFF_ZEROED,      /**< zeros: discarded, or not there when the dump was made */
    PEL_DIFF_UNPACKED,    /**< content where the file has none for the section */
    PEL_DIFF_REPLACED,    /**< whole pages of other content */
} pel_verify_kind;

/** "header", "hook", ...; never NULL. */
PEL_API const char *pel_verify_kind_name(pel_verify_kind kind);

#define PEL_VERIFY_BYTES 16

/** A run of bytes that differ; equal bytes between them may be among them. */
typedef struct pel_difference {
    pel_verify_kind kind;
    uint32_t section; /**< index, or PEL_NO_INDEX: headers, and what is in no section */
    pel_rva rva;
    pel_va va;
    uint64_t size;   /**< bytes from the first to the last that differs */
    uint64_t differ; /**< of them, those that do */
    bool has_offset; /**< false: no byte of the file is there */
    pel_foff offset;
    bool has_symbol;
    pel_symbol_name symbol;                 /**< as pel_symbols_find gives it */
    size_t shown;                           /**< bytes in the next two: PEL_VERIFY_BYTES at most */
    uint8_t file_bytes[PEL_VERIFY_BYTES];   /**< as they would be at the base */
    uint8_t memory_bytes[PEL_VERIFY_BYTES]; /**< 0 where the dump has none */
    bool has_target;                        /**< it leads somewhere: hook, import */
    pel_va target;
    const pel_dump_module *target_module; /**< that has the target; NULL: none of the dump */
    bool target_inside;                   /**< the target is in the image itself */
    bool has_entropy;                     /**< of whole pages: bits a byte, mean of the pages */
    double file_entropy, memory_entropy;
} pel_difference;

/** How many differences are kept, by rising RVA. */
PEL_API size_t pel_verify_difference_count(const pel_verify *verify);

/** Difference `index`, or NULL from the count on. */
PEL_API const pel_difference *pel_verify_difference(const pel_verify *verify, size_t index);

/** What a program wrote to a writable section that is not executable. */
typedef struct pel_changed_data {
    uint32_t section;
    pel_rva rva;   /**< of the first byte that changed */
    uint64_t size; /**< to the last one */
    uint64_t differ;
} pel_changed_data;

/** One for each such section that changed, by rising RVA. */
PEL_API size_t pel_verify_changed_count(const pel_verify *verify);
PEL_API const pel_changed_data *pel_verify_changed(const pel_verify *verify, size_t index);

/** Bytes of the image that are not in the dump. */
typedef struct pel_missing_pages {
    pel_rva rva;
    uint64_t size;
} pel_missing_pages;

/** Runs of missing pages, by rising RVA; the first 1000. */
PEL_API size_t pel_verify_missing_count(const pel_verify *verify);
PEL_API const pel_missing_pages *pel_verify_missing(const pel_verify *verify, size_t index);

#ifdef __cplusplus
}
#endif
#endif
