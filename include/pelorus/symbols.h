/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_SYMBOLS_H
#define PELORUS_SYMBOLS_H

/* Names for addresses. First the COFF symbol table and line numbers as they lie in the file, as
 * cursors that allocate nothing; then an index over exports, COFF symbols and import slots that
 * answers which name an RVA is near. Source: PE Format (Microsoft), "COFF Symbol Table". */

#include <pelorus/directories.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the COFF symbol table --------------------------------------------- */

/** Bytes of a symbol, and of an auxiliary record: in big objects, and in all other files. */
#define PEL_COFF_SYMBOL_EX_SIZE 20u
#define PEL_COFF_SYMBOL_SIZE    18u

/** SectionNumber of what lies in no section. */
enum {
    PEL_SYM_UNDEFINED = 0,
    PEL_SYM_ABSOLUTE = 0xffff, /**< -1: Value is no address */
    PEL_SYM_DEBUG = 0xfffe,    /**< -2 */
};

/** What the auxiliary records of a symbol are. */
typedef enum pel_aux_kind {
    PEL_AUX_NONE,     /**< there are none */
    PEL_AUX_FUNCTION, /**< pel_aux_function */
    PEL_AUX_BF_EF,    /**< pel_aux_bf_ef */
    PEL_AUX_WEAK,     /**< pel_aux_weak */
    PEL_AUX_FILE,     /**< text, all records together */
    PEL_AUX_SECTION,  /**< pel_aux_section */
    PEL_AUX_TOKEN,    /**< pel_aux_token */
    PEL_AUX_OTHER,    /**< bytes that nobody defined */
} pel_aux_kind;

/** One symbol. */
typedef struct pel_coff_entry {
    pel_coff_symbol record; /**< in a big object the low half of SectionNumber only */
    uint32_t section; /**< SectionNumber; what is in no section is as in a big object: 0xffffffff */
    unsigned size;    /**< bytes of a record */
    uint32_t index;   /**< in the table, where auxiliary records count, too */
    pel_foff offset;  /**< of the symbol in the file */
    pel_str name;     /**< at most 4096 bytes of it */
    bool has_name;    /**< false: its offset leads out of the string table */
    pel_aux_kind aux_kind;
    pel_span aux; /**< its auxiliary records, as far as the table has them */
} pel_coff_entry;

/** Walks the symbols. `status`: PEL_OK at the end of the table, PEL_TRUNCATED where the file cuts
 *  it, or the last auxiliary records lie behind NumberOfSymbols. */
typedef struct pel_coff_iter {
    const pel_image *image;
    uint32_t index; /**< of the next symbol */
    pel_status status;
} pel_coff_iter;

/** Where the symbol table is, and how many records it is said to have. False: nothing tells of one.
 */
PEL_API bool pel_image_symbols_at(const pel_image *image, pel_foff *offset, uint32_t *count);

/** The symbol table, as far as the file has it; empty when there is none. */
PEL_API pel_span pel_image_symbol_table(const pel_image *image);

/** The string table behind it, which begins with its own size; as far as the file has it. */
PEL_API pel_span pel_image_string_table(const pel_image *image);

/** Begin to walk the symbols. */
PEL_API pel_coff_iter pel_image_coff_symbols(const pel_image *image);

PEL_API bool pel_coff_next(pel_coff_iter *it, pel_coff_entry *out);

/** The next symbol that has auxiliary records. Most have none; they are passed over quickly. */
PEL_API bool pel_coff_next_aux(pel_coff_iter *it, pel_coff_entry *out);
/** The source file that a symbol of kind PEL_AUX_FILE names, at most 4096 bytes of it. Where GNU
 * tools put four zeros and an offset there, the name is in the string table. */
PEL_API pel_str pel_coff_file(const pel_image *image, const pel_coff_entry *symbol);

/** The name that record `index` of the table has as a symbol, at most 4096 bytes of it; empty when
 * it has none. */
PEL_API pel_str pel_coff_name(const pel_image *image, uint32_t index);

/** Record `index` of the table as a symbol, whatever it is. PEL_NOT_FOUND: the file has none. */
PEL_API pel_status pel_coff_at(const pel_image *image, uint32_t index, pel_coff_entry *out);

/** The schema of auxiliary records of `kind`; NULL for files, others and none. */
PEL_API const pel_schema *pel_aux_schema(pel_aux_kind kind);

/** Auxiliary record `index` into the C struct of that schema. PEL_NOT_FOUND: there is none. */
PEL_API pel_status pel_coff_aux(const pel_coff_entry *symbol, uint32_t index, void *out);

/** The RVA of a symbol that lies in a section of the image; false for all others. */
PEL_API bool pel_coff_rva(const pel_image *image, const pel_coff_symbol *symbol, pel_rva *out);

/* ---- line numbers ------------------------------------------------------ */

/** Walks the line numbers of a section. `status`: PEL_TRUNCATED where the file cuts them. */
typedef struct pel_line_iter {
    pel_span lines;
    uint32_t count; /**< that the header tells */
    uint32_t index;
    pel_foff offset; /**< of the next one in the file */
    pel_status status;
} pel_line_iter;

/** Begin to walk the line numbers of section `index`. */
PEL_API pel_line_iter pel_image_lines(const pel_image *image, uint32_t index);

/** The same for the line numbers of a separate debug file, which belong to no section. */
PEL_API pel_line_iter pel_image_debug_lines(const pel_image *image);

PEL_API bool pel_line_next(pel_line_iter *it, pel_line_number *out);

/* ---- names for addresses ----------------------------------------------- */

/** Where a name comes from. */
typedef enum pel_symbol_kind {
    PEL_SYMBOL_EXPORT,
    PEL_SYMBOL_COFF,
    PEL_SYMBOL_IMPORT, /**< a slot of an import address table, or of a delayed one */
} pel_symbol_kind;

/** "export", "coff", "import"; never NULL. */
PEL_API const char *pel_symbol_kind_name(pel_symbol_kind kind);

/** A named address. */
typedef struct pel_symbol_name {
    pel_symbol_kind kind;
    pel_str name;     /**< empty: it has an ordinal only */
    uint32_t ordinal; /**< of an export, or of an import without a name */
    pel_str module;   /**< imports: the DLL; else empty */
    pel_rva rva;      /**< that the name stands for */
    uint32_t offset;  /**< bytes from there to what was asked for */
} pel_symbol_name;

/** Names of an image, sorted by address. It borrows the image and does not change. */
typedef struct pel_symbols pel_symbols;

/** Collect the names: exports that are no forwarders, COFF symbols that are external or functions,
 *  and import slots. Memory is bounded by the size of the file. */
PEL_API pel_status pel_symbols_new(const pel_image *image, const pel_allocator *allocator,
                                   pel_symbols **out);

PEL_API void pel_symbols_free(pel_symbols *symbols);

/** How many there are. */
PEL_API size_t pel_symbols_count(const pel_symbols *symbols);

/** The name for `rva`, in logarithmic time: the import slot that it lies in, else the nearest name
 *  at or before it in the same section. Of several at one address an export by name wins, then a
 *  COFF symbol, then an export by ordinal. PEL_NOT_FOUND: none. */
PEL_API pel_status pel_symbols_find(const pel_symbols *symbols, pel_rva rva, pel_symbol_name *out);

/** Symbol `index`, below the count: names by rising address, then import slots. */
PEL_API void pel_symbols_at(const pel_symbols *symbols, size_t index, pel_symbol_name *out);

/** Walks what a name may mean. All of it belongs to pel_symbol_next. */
typedef struct pel_symbol_iter {
    const pel_symbols *symbols;
    pel_str name;    /**< without what is behind a plus sign */
    uint32_t offset; /**< that is behind it */
    size_t next;
    uint64_t left; /**< bytes of names that may still be looked at */
    bool found, bare;
    pel_rva export_rva;
} pel_symbol_iter;

/** Begin to look for `name`, by one look at each. Names are told apart by case. "name+0x10" is
 * behind a name, "#ordinal" an export by ordinal. Imports are "DLL!name" and "DLL!#ordinal", the
 * DLL without regard to case and with or without its ".dll"; "name" alone is an import when nothing
 * in the image itself has that name. */
PEL_API pel_symbol_iter pel_symbols_matching(const pel_symbols *symbols, pel_str name);

/** The next address: that of the export, then of COFF symbols (several may have one name) and
 * import slots. */
PEL_API bool pel_symbol_next(pel_symbol_iter *it, pel_symbol_name *out);

/** The first of them. PEL_NOT_FOUND: nothing is called so. */
PEL_API pel_status pel_symbols_named(const pel_symbols *symbols, pel_str name,
                                     pel_symbol_name *out);

/** Write "name+0x12", "#7" or "KERNEL32.dll!ExitProcess", cut and counted as snprintf does. The
 *  bytes of names are as in the file: not safe to print. */
PEL_API size_t pel_symbol_format(const pel_symbol_name *symbol, char *out, size_t size);

/** Write what `rva` is called, in the same way: its symbol, else ".rdata+0x12" by its section. 0,
 *  and nothing, for headers and what is not mapped. */
PEL_API size_t pel_symbols_text(const pel_symbols *symbols, const pel_image *image, pel_rva rva,
                                char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
