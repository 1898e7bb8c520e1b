/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_BUILDER_H
#define PELORUS_BUILDER_H

/* The other way round: a PE file from a description. Valid by default, odd on
 * request. Used by tests, samples and fuzz seeds, and by `pelorus build`.
 *
 *     pel_builder *b;
 *     PEL_TRY(pel_builder_new(PEL_BUILD_PE32PLUS, NULL, &b));
 *     uint32_t text = pel_builder_section(b, ".text", PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE);
 *     pel_builder_data(b, text, code, sizeof code);
 *     pel_builder_poke(b, "optional_header.SizeOfImage", 0x1234);     // the odd part
 *     st = pel_builder_finish(b, &bytes);                            // failures are told here
 *
 * Calls before pel_builder_finish latch the first failure and then do nothing. */

#include <pelorus/format.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pel_builder pel_builder;

typedef enum pel_build_kind {
    PEL_BUILD_PE32PLUS,
    PEL_BUILD_PE32,
    PEL_BUILD_RAW, /**< no structure: the file is what overlay, patch and resize make of it */
} pel_build_kind;

/** No file is made larger than this. */
#define PEL_BUILD_LIMIT ((uint64_t)256 * 1024 * 1024)

/** A byte of a section, wherever the section comes to lie. */
typedef struct pel_build_place {
    uint32_t section; /**< index */
    uint32_t offset;  /**< from the start of the section */
} pel_build_place;

PEL_API pel_status pel_builder_new(pel_build_kind kind, const pel_allocator *allocator,
                                   pel_builder **out);
PEL_API void pel_builder_free(pel_builder *builder);

/** Add a section with PEL_SCN_* flags; its index. A name longer than eight bytes goes into a COFF
 *  string table. VirtualAddress, VirtualSize, offsets and sizes follow from the data and the
 *  alignments unless they are set or poked; a section without data is one byte long in memory,
 *  for Windows refuses an empty one. In a flat image (SectionAlignment below a page) a section
 *  lies at the same place in the file as in memory. */
PEL_API uint32_t pel_builder_section(pel_builder *builder, const char *name, uint32_t flags);

/** Append bytes to a section's data; the offset in the section where they went. */
PEL_API uint32_t pel_builder_data(pel_builder *builder, uint32_t section, const void *bytes,
                                  size_t size);

/** Make a section `size` bytes long in memory; what has no data is zero-filled. */
PEL_API void pel_builder_virtual_size(pel_builder *builder, uint32_t section, uint32_t size);

/** The RVA of `offset` in `section`, as laid out so far. What comes later must not move the
 *  section (so many more sections that the headers outgrow a page, for example): then
 *  pel_builder_finish answers PEL_BAD_ARG. */
PEL_API pel_rva pel_builder_rva(pel_builder *builder, uint32_t section, uint32_t offset);

/** Add a base relocation (PEL_REL_*) at an RVA. pel_builder_finish writes them into a
 *  ".reloc" section after all others, sorted and in blocks of a page. */
PEL_API void pel_builder_reloc(pel_builder *builder, pel_rva rva, uint8_t type);

/** What a link writes. */
typedef enum pel_build_link {
    PEL_BUILD_LINK_RVA,   /**< 4 bytes: the RVA of the target */
    PEL_BUILD_LINK_VA,    /**< a native word: its VA at the ImageBase, and a base relocation */
    PEL_BUILD_LINK_REL32, /**< 4 bytes: the distance from behind them, as in x86 code */
} pel_build_link;

/** Once the layout is known, write the address of `to` over the bytes at `at`, which must be data
 *  of its section. */
PEL_API void pel_builder_link(pel_builder *builder, pel_build_place at, pel_build_link link,
                              pel_build_place to);

/** One imported function. */
typedef struct pel_build_import {
    const char *dll;
    const char *name; /**< NULL: by ordinal */
    uint16_t ordinal; /**< or the hint beside a name */
    uint32_t slot;    /**< out: offset of its slot in the section */
} pel_build_import;

/** Add a section ".idata" with the import tables, and point the directories IMPORT and IAT at
 *  them; its index. Neighbours of the same DLL share a descriptor. */
PEL_API uint32_t pel_builder_imports(pel_builder *builder, pel_build_import *imports, size_t count);

/** One exported function. */
typedef struct pel_build_export {
    const char *name;      /**< NULL: by ordinal only */
    uint16_t ordinal;      /**< 0: one more than the one before; the first is 1 */
    const char *forward;   /**< "OTHER.Function", or NULL: */
    pel_build_place place; /**< what is exported */
} pel_build_export;

/** Add a section ".edata" with the export tables of the DLL `name`, and point the directory EXPORT
 *  at it; its index. */
PEL_API uint32_t pel_builder_exports(pel_builder *builder, const char *name,
                                     const pel_build_export *exports, size_t count);

/** Add a section ".tls" with a TLS directory at its start, the word for the index behind it, the
 *  callbacks, and the template: `size` bytes; each thread has `zero_fill` zeros behind them. Its
 *  index. */
PEL_API uint32_t pel_builder_tls(pel_builder *builder, const void *bytes, uint32_t size,
                                 uint32_t zero_fill, const pel_build_place *callbacks,
                                 size_t count);

/** Point data directory `index` (PEL_DIR_*) at an RVA. */
PEL_API void pel_builder_directory(pel_builder *builder, uint32_t index, pel_rva rva,
                                   uint32_t size);

/** Start execution at `rva`. */
PEL_API void pel_builder_entry(pel_builder *builder, pel_rva rva);

/** Add an entry to the Rich header; with the first one there is such a header. */
PEL_API void pel_builder_rich(pel_builder *builder, uint16_t product, uint16_t build,
                              uint32_t count);

/** Append bytes behind everything else. */
PEL_API void pel_builder_overlay(pel_builder *builder, const void *bytes, size_t size);

/** Set a field before the layout is made, so that the rest follows it: FileAlignment,
 *  SectionAlignment, ImageBase, stack and heap sizes, versions, flags, e_lfanew, the
 *  VirtualAddress of a section that has been added. A field that would be computed (SizeOfImage,
 *  CheckSum) keeps the value set here. `path` is "structure.Field" as in dumps, for example
 *  "optional_header.ImageBase" or "sections[1].PointerToRawData". */
PEL_API void pel_builder_set(pel_builder *builder, const char *path, uint64_t value);

/* The next three change the finished file, in the order of the calls. The CheckSum is the one
 * from before. */

/** Overwrite a field of the finished file, whatever that breaks: "sections[1].VirtualSize",
 *  "optional_header.DataDirectory[5].Size" or "data_directories[5].Size", "nt_signature",
 *  "dos_header.e_res[2]". The field is where the layout put it, also after e_lfanew is poked. */
PEL_API void pel_builder_poke(pel_builder *builder, const char *path, uint64_t value);

/** Overwrite `size` bytes at a file offset of the finished file. */
PEL_API void pel_builder_patch(pel_builder *builder, pel_foff offset, const void *bytes,
                               size_t size);

/** Cut the finished file to `size` bytes, or fill it up with zeros. */
PEL_API void pel_builder_resize(pel_builder *builder, uint64_t size);

/** Build the file. `*out` is borrowed from the builder and valid until the next call; one may go on
 *  and finish again. The first failure of any call before is told here: PEL_BAD_ARG (a path or
 *  index that does not exist, a value too wide for its field), PEL_LIMIT (more than
 *  PEL_BUILD_LIMIT bytes, 65,535 sections or 4 GiB of address space), PEL_NO_MEMORY. */
PEL_API pel_status pel_builder_finish(pel_builder *builder, pel_span *out);

/** Where a recipe is wrong. */
typedef struct pel_recipe_error {
    size_t line, column; /**< from 1 */
    char message[160];
} pel_recipe_error;

/** A builder from a YAML recipe (docs/recipes.md). When the recipe is wrong, PEL_MALFORMED, or
 *  PEL_LIMIT where it asks for too much, and `*error` (may be NULL). The caller finishes and frees
 *  the builder. */
PEL_API pel_status pel_builder_from_recipe(pel_span yaml, const pel_allocator *allocator,
                                           pel_builder **out, pel_recipe_error *error);

#ifdef __cplusplus
}
#endif
#endif
