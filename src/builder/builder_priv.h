/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BUILDER_PRIV_H
#define PEL_BUILDER_PRIV_H

/* What a builder is made of. The inputs never change while a file is made, so that one can go on
 * after pel_builder_finish and finish again:
 *
 *   calls, recipe --> inputs --layout--> positions, computed fields --write--> file --edits--> file
 */

#include <pelorus/builder.h>

#include "base/alloc.h"
#include "builder/buffer.h"
#include "builder/path.h"

/** For pel_build_place.section: `offset` is an RVA. */
#define PEL_BUILD_NOWHERE UINT32_MAX

#define PEL_BUILD_MAX_SECTIONS 65535u

typedef struct pel_build_section {
    pel_str name;
    pel_buf data;
    pel_section_header header; /* inputs where `fixed` says so; the layout fills in the rest */
    uint32_t fixed;            /* bit N: field N of the schema has been set */
    uint64_t end;              /* RVA behind it, not aligned */
    uint32_t promised_rva;     /* what pel_builder_rva told, if it did */
    bool promised;
} pel_build_section;

typedef struct pel_build_directory {
    pel_build_place at;
    uint32_t size;
} pel_build_directory;

typedef struct pel_build_relocation {
    pel_build_place at;
    uint8_t type;
} pel_build_relocation;

typedef struct pel_build_reference {
    pel_build_place at;
    pel_build_link link;
    pel_build_place to;
} pel_build_reference;

typedef enum pel_edit_kind { PEL_EDIT_POKE, PEL_EDIT_PATCH, PEL_EDIT_RESIZE } pel_edit_kind;

typedef struct pel_build_edit {
    pel_edit_kind kind;
    pel_path path;        /* POKE */
    uint64_t value;       /* POKE; the offset of PATCH; the size of RESIZE */
    const uint8_t *bytes; /* PATCH */
    size_t size;
} pel_build_edit;

/** Where things lie in the file. */
typedef struct pel_build_places {
    uint64_t nt, optional, directories, section_table, headers_end;
    uint32_t directory_count; /* that are in the file */
    uint64_t strings, strings_size, overlay, size;
} pel_build_places;

struct pel_builder {
    pel_allocator allocator;
    pel_arena arena; /* names, bytes of patches */
    pel_status status;
    bool raw, wide;
    pel_budget budget;

    uint32_t signature;
    pel_dos_header dos;
    pel_file_header file;
    pel_optional_header optional;
    uint32_t fixed_dos, fixed_file, fixed_optional;
    pel_build_directory directories[PEL_DIR_COUNT];
    uint32_t fixed_directories; /* bit N: directory N has been set */
    pel_build_place entry;

    pel_build_section *sections;
    size_t section_count, section_capacity;
    pel_build_section reloc; /* ".reloc", behind all others, when there is something to relocate */
    size_t placed;           /* sections from the first on whose RVA is known, when ... */
    uint64_t placed_from;    /* ... the first begins here */
    pel_build_relocation *relocations;
    size_t relocation_count, relocation_capacity;
    pel_build_reference *links;
    size_t link_count, link_capacity;
    size_t va_links; /* those of them that want a relocation */
    pel_rich_entry *rich;
    size_t rich_count, rich_capacity;
    pel_build_edit *edits;
    size_t edit_count, edit_capacity;
    pel_buf overlay;

    pel_build_places layout;
    pel_buf output;
};

/** Keep the first failure. */
void pel_builder_latch(pel_builder *b, pel_status status);

/** True when `b` can go on; for PE files only. Otherwise BAD_ARG is latched. */
bool pel_builder_ready(pel_builder *b);

/** Write `size` bytes at `offset` in a section, which grows when it must. */
void pel_builder_write(pel_builder *b, uint32_t section, uint64_t offset, const void *bytes,
                       size_t size);

/* ---- the same as the public calls, with places instead of RVAs ---------- */

void pel_builder_reloc_at(pel_builder *b, pel_build_place at, uint8_t type);
void pel_builder_directory_at(pel_builder *b, uint32_t index, pel_build_place at, uint32_t size);
void pel_builder_entry_at(pel_builder *b, pel_build_place at);

/* ---- layout ------------------------------------------------------------ */

/** Sections in the file, ".reloc" included when there is one. */
size_t pel_build_section_total(const pel_builder *b);

/** Section `index` of those. */
pel_build_section *pel_build_section_at(pel_builder *b, size_t index);

/** Know the RVAs of the first `count` sections that were added. */
pel_status pel_build_memory(pel_builder *b, size_t count);

/** Fill in `b->layout` and every field that follows from the rest. */
pel_status pel_build_layout(pel_builder *b);

/** The RVA of `at`, once the layout knows it. */
pel_status pel_build_rva(const pel_builder *b, pel_build_place at, uint32_t *out);

/** Forget RVAs from section `first` on. */
void pel_build_forget_from(pel_builder *b, size_t first);

/* ---- parts of the file ------------------------------------------------- */

/** The DOS stub and the Rich header: everything between the DOS and the NT headers. */
#define PEL_STUB_OFFSET 64u
#define PEL_STUB_SIZE   64u
extern const uint8_t pel_dos_stub[PEL_STUB_SIZE];

size_t pel_build_rich_size(const pel_builder *b);

/** Write the Rich header at `offset` of the output, which holds all that is before it. */
void pel_build_rich_write(const pel_builder *b, size_t offset, uint8_t *to);

/** Make the data of `b->reloc`; all other sections have their RVAs. */
pel_status pel_build_relocs(pel_builder *b);

/** Write the file into `b->output`, edits included. */
pel_status pel_build_write(pel_builder *b);

#endif
