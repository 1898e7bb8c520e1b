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

typedef enum pel_build_kind { PEL_BUILD_PE32PLUS, PEL_BUILD_PE32 } pel_build_kind;

PEL_API pel_status pel_builder_new(pel_build_kind kind, const pel_allocator *allocator,
                                   pel_builder **out);
PEL_API void pel_builder_free(pel_builder *builder);

/** Add a section with PEL_SCN_* flags; its index. VirtualAddress, VirtualSize, offsets and
 *  sizes follow from the data and the alignments unless they are poked. */
PEL_API uint32_t pel_builder_section(pel_builder *builder, const char *name, uint32_t flags);

/** Append bytes to a section's data; the offset in the section where they went. */
PEL_API uint32_t pel_builder_data(pel_builder *builder, uint32_t section, const void *bytes,
                                  size_t size);

/** Make a section `size` bytes long in memory; what has no data is zero-filled. */
PEL_API void pel_builder_virtual_size(pel_builder *builder, uint32_t section, uint32_t size);

/** The RVA of `offset` in `section`, as laid out so far: sections after it must not be
 *  needed to know it. */
PEL_API pel_rva pel_builder_rva(pel_builder *builder, uint32_t section, uint32_t offset);

/** Add a base relocation (PEL_REL_*) at an RVA. pel_builder_finish writes them into a
 *  ".reloc" section, sorted and in blocks of a page. */
PEL_API void pel_builder_reloc(pel_builder *builder, pel_rva rva, uint8_t type);

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
 *  SectionAlignment, ImageBase, stack and heap sizes, versions, flags, e_lfanew.
 *  `path` is "structure.Field" as in dumps, for example "optional_header.ImageBase". */
PEL_API void pel_builder_set(pel_builder *builder, const char *path, uint64_t value);

/** Overwrite a field of the finished file, whatever that breaks: "sections[1].VirtualSize",
 *  "data_directories[5].Size". */
PEL_API void pel_builder_poke(pel_builder *builder, const char *path, uint64_t value);

/** Overwrite `size` bytes at a file offset of the finished file. */
PEL_API void pel_builder_patch(pel_builder *builder, pel_foff offset, const void *bytes,
                               size_t size);

/** Cut the finished file to `size` bytes, or fill it up with zeros. */
PEL_API void pel_builder_resize(pel_builder *builder, uint64_t size);

/** Build the file. `*out` is borrowed from the builder. The first failure of any call before
 *  is told here: PEL_BAD_ARG (a path or index that does not exist), PEL_NO_MEMORY. */
PEL_API pel_status pel_builder_finish(pel_builder *builder, pel_span *out);

/** Where a recipe is wrong. */
typedef struct pel_recipe_error {
    size_t line, column; /**< from 1 */
    char message[160];
} pel_recipe_error;

/** A builder from a YAML recipe (docs/recipes.md). PEL_MALFORMED and `*error` (may be NULL)
 *  when the recipe is wrong. The caller finishes and frees the builder. */
PEL_API pel_status pel_builder_from_recipe(pel_span yaml, const pel_allocator *allocator,
                                           pel_builder **out, pel_recipe_error *error);

#ifdef __cplusplus
}
#endif
#endif
