/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_EXCEPTIONS_H
#define PELORUS_EXCEPTIONS_H

/* The exception directory: a table of functions, sorted by address, and for each of them how to
 * undo its prolog. What the table looks like depends on the machine; here all of them are walked in
 * the same way, and unwind codes come with their meaning in words.
 *
 * Nothing is allocated. A function is read with its entry; pel_function_unwind reads its unwind
 * information, whose codes and epilogs are cursors of their own. Unwind information is looked for
 * in the file: in memory that is zero-filled there is none.
 *
 * Sources: Microsoft, "x64 exception handling", "x64 unwind information v3" (a preview),
 * "ARM64 exception handling", "ARM exception handling"; the PE specification, ".pdata". */

#include <pelorus/directories.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the table --------------------------------------------------------- */

/** What entries look like. */
typedef enum pel_function_table {
    PEL_FUNCTIONS_NONE,    /**< a machine without such a table: x86 and others */
    PEL_FUNCTIONS_X64,     /**< 12 bytes: begin, end, unwind information */
    PEL_FUNCTIONS_ARM64,   /**< 8 bytes: begin, unwind data */
    PEL_FUNCTIONS_ARM,     /**< the same for Thumb-2 */
    PEL_FUNCTIONS_IA64,    /**< 12 bytes; what the third leads to is not read */
    PEL_FUNCTIONS_CE,      /**< 8 bytes, Windows CE: begin (VA), lengths */
    PEL_FUNCTIONS_MIPS,    /**< 20 bytes, MIPS, ALPHA, PowerPC: five VAs */
    PEL_FUNCTIONS_ALPHA64, /**< 40 bytes: the same in 64 bits */
} pel_function_table;

/** "x64", "ARM64", ...; never NULL. */
PEL_API const char *pel_function_table_name(pel_function_table table);

/** What the exception directory of `image` is made of. */
PEL_API pel_function_table pel_image_function_table(const pel_image *image);

/** Bytes of an entry; 0 for PEL_FUNCTIONS_NONE. */
PEL_API unsigned pel_function_entry_size(pel_function_table table);

/** One entry. */
typedef struct pel_function {
    const pel_image *image;
    pel_function_table table;
    uint32_t index;
    bool has_offset; /**< false when the entry is not all in the file, in one piece */
    pel_foff offset; /**< of the entry in the file */
    pel_rva begin;   /**< without the Thumb bit; 0 where a VA leads out of the image */
    bool has_end;    /**< false: it is told by unwind data that is not there */
    pel_rva end;     /**< behind its last byte */
    uint32_t unwind; /**< the word of unwind information: an RVA, or packed data. CE: of lengths */
    /* Old machines only: */
    bool has_handler;
    pel_va handler, handler_data;
    pel_rva prolog_end;
} pel_function;

/** Walks the table. `status` says why it ended: PEL_OK at its end by the size of the directory,
 *  PEL_TRUNCATED where a cut file lost the rest, PEL_NOT_FOUND where it leads out of the image,
 *  PEL_LIMIT. */
typedef struct pel_function_iter {
    const pel_image *image;
    pel_function_table table;
    uint64_t next; /**< RVA of the next entry; 0 = none */
    uint64_t size; /**< bytes of the directory that are left */
    uint64_t left; /**< bytes that are still believed */
    uint32_t index;
    pel_status status;
} pel_function_iter;

/** Begin to walk the functions. An image without an exception directory has none. */
PEL_API pel_function_iter pel_image_functions(const pel_image *image);

/** The next function, in the order of the table. */
PEL_API bool pel_function_next(pel_function_iter *it, pel_function *out);

/* ---- unwind information ------------------------------------------------ */

/** How one function is unwound. Members that its machine does not have are 0. */
typedef struct pel_unwind {
    const pel_image *image;
    pel_function_table table;
    bool packed;     /**< ARM: all in the entry, nothing elsewhere */
    bool fragment;   /**< ARM: without a prolog (packed: and without an epilog) */
    pel_rva rva;     /**< of the information, unless it is packed */
    pel_foff offset; /**< of the same in the file */
    uint64_t size;   /**< of the same in bytes, up to the data of the handler */
    uint8_t version;
    uint8_t flags;           /**< x64: PEL_UNWIND_EHANDLER and others */
    uint32_t prolog_size;    /**< x64, in bytes */
    uint32_t function_size;  /**< ARM, in bytes */
    uint8_t frame_register;  /**< x64, versions 1 and 2: 0 is none */
    uint32_t frame_offset;   /**< what it is above RSP, in bytes */
    uint32_t prolog_codes;   /**< x64: slots; version 3: operations */
    uint32_t epilog_count;   /**< x64: version 3 only */
    bool single_epilog;      /**< ARM: one, at the end of the function, whose codes begin at */
    uint32_t epilog_index;   /**< this byte; then epilog_count is 1 */
    pel_span codes;          /**< of unwind codes; version 3: the pool of operations */
    pel_span prolog_offsets; /**< version 3 */
    pel_span epilogs;        /**< ARM, version 3: as the file has them */
    bool has_handler;
    pel_rva handler, handler_data;
    bool has_chain;
    pel_rva chain_begin, chain_end; /**< the fragment that has the rest of the prolog */
    uint32_t chain_unwind;
    uint32_t packed_data;
    uint8_t made[40]; /**< packed: the codes that it stands for */
    uint32_t made_size;
} pel_unwind;

/** Read the unwind information of `function`. PEL_NOT_FOUND: it has none, or the word leads out of
 *  the file. PEL_TRUNCATED: it is cut; what there is can be asked. PEL_MALFORMED: a version that
 *  nobody knows; only `version`, `rva` and `offset` hold, or a packed form that is reserved. */
PEL_API pel_status pel_function_unwind(const pel_function *function, pel_unwind *out);

/** The same for the unwind information of a word: that of a chained entry. `table` is one of X64,
 *  ARM64, ARM. */
PEL_API pel_status pel_image_unwind(const pel_image *image, pel_function_table table, uint32_t word,
                                    pel_unwind *out);

/** The begin of the fragment that `unwind` is chained to in the end. PEL_NOT_FOUND: it is not
 *  chained, or the chain is broken; PEL_LIMIT: it is longer than the 32 that Windows follows. */
PEL_API pel_status pel_unwind_primary(const pel_unwind *unwind, pel_rva *out);

/* Bytes of text of one code, with its zero. */
#define PEL_UNWIND_TEXT 96

/** One unwind code. */
typedef struct pel_unwind_code {
    uint32_t index;  /**< of its first byte in `codes` */
    bool has_offset; /**< x64: in the prolog */
    uint32_t offset; /**< where its instruction ends there, in bytes */
    uint8_t size;
    uint8_t bytes[6];
    bool ends;                  /**< ARM: the last one of a prolog or epilog */
    const char *op;             /**< Microsoft's name; "reserved" */
    char text[PEL_UNWIND_TEXT]; /**< what the prolog did */
} pel_unwind_code;

/** Walks the codes, in the order in which they are undone. ARM, version 3: first those of the
 *  prolog, then what epilogs have of their own. `status` is PEL_MALFORMED where a code means
 *  nothing, so that those behind it cannot be told; PEL_TRUNCATED where they are cut. */
typedef struct pel_unwind_code_iter {
    const pel_unwind *unwind;
    uint32_t next;   /**< index of the next code */
    uint32_t number; /**< of codes so far */
    uint32_t last;   /**< index where the last of the epilogs begins; */
    uint32_t run;    /**< version 3: codes that are still expected */
    uint32_t last_count;
    bool ended; /**< past the end of the last epilog */
    pel_status status;
} pel_unwind_code_iter;

PEL_API pel_unwind_code_iter pel_unwind_codes(const pel_unwind *unwind);
PEL_API bool pel_unwind_code_next(pel_unwind_code_iter *it, pel_unwind_code *out);

/** An epilog. */
typedef struct pel_unwind_epilog {
    bool has_offset; /**< false: it is the end of the function, however long it is */
    int64_t offset;  /**< of its start from the begin of the function; less than 0: from its end */
    uint32_t index;  /**< of its first code in `codes` */
    uint8_t condition; /**< ARM: under which it runs; 14 is always */
    uint32_t count;    /**< version 3: its codes */
    uint32_t last;     /**< version 3: offset of its last instruction */
    uint8_t flags;     /**< version 3 */
} pel_unwind_epilog;

/** Walks the epilogs that have a description of their own. Version 2 has codes for them instead. */
typedef struct pel_unwind_epilog_iter {
    const pel_unwind *unwind;
    uint64_t next; /**< byte of `epilogs` */
    uint32_t number;
    pel_unwind_epilog before;
    pel_status status;
} pel_unwind_epilog_iter;

PEL_API pel_unwind_epilog_iter pel_unwind_epilogs(const pel_unwind *unwind);
PEL_API bool pel_unwind_epilog_next(pel_unwind_epilog_iter *it, pel_unwind_epilog *out);

/* ---- what is wrong with the table -------------------------------------- */

/** One kind of oddity: how often, and its first case. */
typedef struct pel_function_oddity {
    uint64_t count;
    uint32_t index; /**< of the function */
    uint64_t found, limit;
} pel_function_oddity;

/** The table as a whole. Entries of zeros do not count as unsorted. */
typedef struct pel_function_report {
    uint64_t count;
    pel_function_oddity unsorted; /**< begins before the one before it */
    pel_function_oddity overlaps; /**< begins inside of it */
    pel_function_oddity outside;  /**< its unwind information is not in the file */
    pel_function_oddity version;  /**< is of no known version */
    pel_status status;            /**< as that of pel_function_iter */
} pel_function_report;

/** Look at all entries. */
PEL_API pel_function_report pel_image_check_functions(const pel_image *image);

#ifdef __cplusplus
}
#endif
#endif
