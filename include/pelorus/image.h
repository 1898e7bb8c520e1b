/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_IMAGE_H
#define PELORUS_IMAGE_H

/* A parsed file: headers, sections, directories, and RVA <-> file offset.
 *
 * An image never changes after it was parsed and may be read by any number of
 * threads. Any bytes give an image: `pel_image_get_kind` says what they are, and
 * diagnostics say what is wrong with them. Only the headers are read at parse;
 * directories are cursors over the same bytes, read when asked. Structs and pointers
 * that an image gives are borrowed from it. */

#include <pelorus/diag.h>
#include <pelorus/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A parsed file. Opaque; free it with pel_image_free. */
typedef struct pel_image pel_image;

/** What a file is. */
typedef enum pel_image_kind {
    PEL_IMAGE_UNKNOWN, /**< nothing of all this */
    /* No images: what these have is in object.h and archive.h. */
    PEL_IMAGE_OBJECT,         /**< COFF object */
    PEL_IMAGE_BIG_OBJECT,     /**< COFF object with more than 65,279 sections */
    PEL_IMAGE_ANONYMOUS,      /**< anonymous object of another class, such as that of /GL */
    PEL_IMAGE_IMPORT_OBJECT,  /**< short import object: one import in an import library */
    PEL_IMAGE_ARCHIVE,        /**< library: .lib, .a */
    PEL_IMAGE_THIN_ARCHIVE,   /**< library whose members are files of their own */
    PEL_IMAGE_SEPARATE_DEBUG, /**< .dbg file */
    PEL_IMAGE_DOS,            /**< MZ, and nothing newer behind it */
    PEL_IMAGE_NE,             /**< New Executable: 16-bit Windows, OS/2 1.x */
    PEL_IMAGE_LE,             /**< Linear Executable: Windows VxD, OS/2 2.0 */
    PEL_IMAGE_LX,             /**< Linear Executable of OS/2 2.x */
    PEL_IMAGE_TE,             /**< UEFI terse executable */
    PEL_IMAGE_PE,             /**< PE signature, but Magic is none of the next three */
    PEL_IMAGE_PE32,
    PEL_IMAGE_PE32PLUS,
    PEL_IMAGE_ROM,
} pel_image_kind;

/** "PE32+", "NE", ...; never NULL. */
PEL_API const char *pel_image_kind_name(pel_image_kind kind);

/** Bounds of the work on one file. 0 means the default. */
typedef struct pel_limits {
    size_t diagnostics; /**< kept at most; default 1000. Of those behind them the first of each code
                           is kept, too, and the last is LIMIT_DIAGNOSTICS */
} pel_limits;

/** Where the bytes of an image are. */
typedef enum pel_layout {
    PEL_LAYOUT_FILE,   /**< where the section table says, as in a file; the default */
    PEL_LAYOUT_MEMORY, /**< where they are mapped, as in a dump of a process: the offset of a byte
                            is its RVA. What has an offset in the file only (certificates, symbols,
                            long names of sections) is not there, and the dump may end early. For
                            looking and translating: pel_check and mapping are for files */
} pel_layout;

/** "file", "memory"; never NULL. */
PEL_API const char *pel_layout_name(pel_layout layout);
/** PEL_NOT_FOUND when there is no layout of that name. */
PEL_API pel_status pel_layout_from_name(const char *name, pel_layout *out);

/** ARM64X files have two faces: what ARM64 processes see, and what x64 processes see on ARM64. */
typedef enum pel_view {
    PEL_VIEW_NATIVE, /**< the file as it is; default */
    PEL_VIEW_EC, /**< with the fix-ups of kind ARM64X applied: Machine becomes AMD64, and so on */
} pel_view;

/** All zero (or NULL) means the defaults. */
typedef struct pel_image_options {
    const pel_allocator *allocator;
    pel_limits limits;
    pel_layout layout;
    bool strict; /**< the first diagnostic of severity PEL_ERROR fails with PEL_MALFORMED */
    pel_view view;
    bool thorough; /**< look for oddities of all that the image leads to, too: it costs about as
                        much as reading the whole file some times. Docs: docs/anomalies.md */
    uint64_t now;  /**< thorough: seconds since 1970, to tell times of the future; 0: not told */
} pel_image_options;

/** Map the file at `path` and parse it. PEL_IO when it cannot be read; errno says why. The file
 *  must not be cut short while the image is in use. Otherwise as pel_image_parse. */
PEL_API pel_status pel_image_open(const char *path, const pel_image_options *options,
                                  pel_image **out);

/** Parse `bytes`, which are borrowed and must outlive the image. Any bytes will do;
 *  fails with PEL_NO_MEMORY, PEL_BAD_ARG, and, if asked to be strict, PEL_MALFORMED. With a view
 *  other than the native one the image has a copy of its own (of the file's size), and
 * PEL_NOT_FOUND says that the file has no such view. Source: docs/loading.md, "ARM64X". */
PEL_API pel_status pel_image_parse(pel_span bytes, const pel_image_options *options,
                                   pel_image **out);

PEL_API void pel_image_free(pel_image *image);

PEL_API pel_image_kind pel_image_get_kind(const pel_image *image);

PEL_API pel_layout pel_image_get_layout(const pel_image *image);

/** What `bytes` seem to be, by their first ones: cheap. PEL_IMAGE_DOS stands for all that begin
 * with MZ. COFF objects have no signature: they begin with a known machine, and what their header
 * tells has room in `bytes`. */
PEL_API pel_image_kind pel_identify(pel_span bytes);

/** True for objects, archives and separate debug files: PEL_IMAGE_OBJECT and what follows it. */
PEL_API bool pel_image_is_object_kind(pel_image_kind kind);

/** True for every kind that has the "PE\0\0" signature. */
PEL_API bool pel_image_is_pe(const pel_image *image);

/** True for PE32+: native words are 8 bytes. False for all other kinds. */
PEL_API bool pel_image_is_wide(const pel_image *image);

/** True when Characteristics has IMAGE_FILE_DLL. */
PEL_API bool pel_image_is_dll(const pel_image *image);

/** All bytes of the file, as this view has them. */
PEL_API pel_span pel_image_bytes(const pel_image *image);

/** The file itself: the same but in a view of its own (pel_view). */
PEL_API pel_span pel_image_file(const pel_image *image);

/* ---- headers ----------------------------------------------------------- */

/* Each is NULL when the file has none. A header that the end of the file cuts is
 * there, zero where bytes are missing; pel_image_structure tells how much of it is real. */

PEL_API const pel_dos_header *pel_image_dos_header(const pel_image *image);
PEL_API const pel_file_header *pel_image_file_header(const pel_image *image);
PEL_API const pel_optional_header *pel_image_optional_header(const pel_image *image);
PEL_API const pel_rom_header *pel_image_rom_header(const pel_image *image);
PEL_API const pel_te_header *pel_image_te_header(const pel_image *image);

/** The 4 bytes at e_lfanew; false when there is no such place in the file. */
PEL_API bool pel_image_nt_signature(const pel_image *image, uint32_t *signature, pel_foff *offset);

/** A decoded structure together with its place in the file. Borrowed from the image. */
typedef struct pel_structure {
    const pel_schema *schema;
    const void *fields; /**< the decoded struct that `schema` describes */
    pel_foff offset;    /**< file offset of its first byte */
    size_t size;        /**< bytes that it has in the file format */
    size_t available;   /**< bytes of it that the file really holds; less when it is cut */
    bool wide;
} pel_structure;

/** Structure number `index` of the kind that `schema` describes: any header, data
 *  directory, section header or Rich entry. PEL_NOT_FOUND when there is none. */
PEL_API pel_status pel_image_structure(const pel_image *image, const pel_schema *schema,
                                       uint32_t index, pel_structure *out);

/** The place of `field` (by Microsoft's name; NULL: the whole structure) in structure `index` of a
 *  schema, for diagnostics and verdicts. Without an offset when the file has no such structure. */
PEL_API pel_place pel_image_place(const pel_image *image, const pel_schema *schema, uint32_t index,
                                  const char *field);

/* ---- Rich header ------------------------------------------------------- */

/** The linker's list of tools, found between the DOS stub and the NT headers. */
typedef struct pel_rich {
    pel_foff offset;   /**< of "DanS" */
    uint32_t size;     /**< bytes from "DanS" to the end of the key */
    uint32_t key;      /**< XOR key, which is also the checksum */
    uint32_t checksum; /**< computed over DOS header, stub and entries */
    uint32_t entry_count;
} pel_rich;

/** False when the file has no Rich header. It is intact when key == checksum. */
PEL_API bool pel_image_rich(const pel_image *image, pel_rich *out);

/** Entry `index`, or NULL from entry_count on. */
PEL_API const pel_rich_entry *pel_image_rich_entry(const pel_image *image, uint32_t index);

/* ---- data directories and sections ------------------------------------- */

/** Data directories that the file has: NumberOfRvaAndSizes, at most 16. */
PEL_API uint32_t pel_image_directory_count(const pel_image *image);

/** Directory `index` (PEL_DIR_*) as Windows finds it: what its loader reads is that of the section,
 *  where one lies on the headers. Address and size are 0 when there is none. */
PEL_API pel_data_directory pel_image_directory(const pel_image *image, uint32_t index);

/** One section. `name` is the long name where the header points to one, and is cut
 *  at the first zero otherwise. */
typedef struct pel_section {
    pel_section_header header;
    pel_str name;
    pel_foff offset; /**< of the header in the file */
} pel_section;

/** Section headers that the file really holds; may be fewer than NumberOfSections. */
PEL_API uint32_t pel_image_section_count(const pel_image *image);

/** Section `index`, or NULL from the count on. */
PEL_API const pel_section *pel_image_section(const pel_image *image, uint32_t index);

/** File offset just behind the section table, whether the file is that long or not. */
PEL_API pel_foff pel_image_headers_end(const pel_image *image);

/** Bytes behind everything that headers, sections and symbols account for, and where they begin;
 *  empty if there are none. */
PEL_API pel_span pel_image_overlay(const pel_image *image, pel_foff *offset);

/* ---- layout: how Windows places the file in memory --------------------- */

/* All sizes in bytes. Source of the rules: docs/loading.md, sections "Alignment"
 * and "Placing headers and sections". */

#define PEL_PAGE_SIZE   0x1000u
#define PEL_SECTOR_SIZE 0x200u
#define PEL_GRANULARITY 0x10000u

/** Where one section goes. */
typedef struct pel_extent {
    pel_rva start;       /**< VirtualAddress */
    uint64_t size;       /**< VirtualSize, or SizeOfRawData if that is 0 */
    uint64_t span;       /**< `size` rounded up to a page: what belongs to it in memory */
    pel_foff raw_start;  /**< PointerToRawData rounded down to a sector */
    uint64_t raw_size;   /**< bytes that come from the file; 0 for uninitialised data */
    uint64_t raw_wanted; /**< the same without regard to the end of the file */
} pel_extent;

/** The extent of section `index`, which must be below the count. */
PEL_API pel_extent pel_image_extent(const pel_image *image, uint32_t index);

/** True when SectionAlignment is no multiple of the page: the file is mapped as it is. */
PEL_API bool pel_image_is_flat(const pel_image *image);

/** Bytes of the file that are mapped at the base as headers. */
PEL_API uint64_t pel_image_header_size(const pel_image *image);

/** SizeOfImage rounded up to a page: the size of the view. */
PEL_API uint64_t pel_image_view_size(const pel_image *image);

/* ---- RVA <-> file offset ----------------------------------------------- */

/** What lies at an address. */
typedef enum pel_where {
    PEL_WHERE_UNMAPPED, /**< beyond the image (RVA), or beyond the file (offset) */
    PEL_WHERE_HEADER,  /**< header bytes of the file; of a flat image, which is mapped as it is, all
                            that no section has */
    PEL_WHERE_SECTION, /**< bytes of the file, in a section */
    PEL_WHERE_ZERO_FILL, /**< in the image, but zero: no bytes of the file */
    PEL_WHERE_GAP,       /**< RVA: in the view, in no section. Offset: in the file, not mapped */
    PEL_WHERE_OVERLAY,   /**< offset: behind everything that is mapped or accounted for */
} pel_where;

/** "section", "header", "zero-fill", "gap", "overlay", "unmapped"; never NULL. */
PEL_API const char *pel_where_name(pel_where where);

/** The answer for one RVA. It holds for `run` bytes from there on. */
typedef struct pel_rva_answer {
    pel_where where;
    bool has_offset; /**< true for PEL_WHERE_HEADER and PEL_WHERE_SECTION */
    pel_foff offset;
    uint32_t section; /**< index of the section, or PEL_NO_INDEX */
    uint64_t run;
} pel_rva_answer;

/** What lies at `rva` once the image is mapped. Where sections overlap (which Windows
 *  refuses), the later one wins. */
PEL_API pel_rva_answer pel_image_at_rva(const pel_image *image, pel_rva rva);

/** The file offset of the byte that is mapped at `rva`. PEL_NOT_FOUND when no byte of
 *  the file is: zero-filled, gap or unmapped. */
PEL_API pel_status pel_image_rva_to_foff(const pel_image *image, pel_rva rva, pel_foff *out);

/** What the file has at `offset`: header, section, gap, overlay or unmapped. */
PEL_API pel_where pel_image_at_foff(const pel_image *image, pel_foff offset);

/** Walks every RVA at which the byte at one file offset is mapped: none, one, or many. */
typedef struct pel_rva_iter {
    const pel_image *image;
    pel_foff offset;
    uint32_t next; /**< the next piece of the layout to look at */
} pel_rva_iter;

/** Begin to walk the RVAs of the byte at `offset`. */
PEL_API pel_rva_iter pel_image_rvas(const pel_image *image, pel_foff offset);

/** The next RVA, in rising order; false at the end. */
PEL_API bool pel_rva_next(pel_rva_iter *it, pel_rva *out);

/** Copy `size` bytes of the mapped image from `rva` on, zeros included, before any
 *  relocation. PEL_NOT_FOUND when a byte of them is not mapped; from there on `out` is zero. */
PEL_API pel_status pel_image_read(const pel_image *image, pel_rva rva, void *out, size_t size);

/** The bytes of the file from `rva` on, as far as they lie in one piece, `size` at most.
 *  Empty when no byte of the file is mapped there. */
PEL_API pel_span pel_image_span(const pel_image *image, pel_rva rva, uint64_t size);

/* ---- base relocations -------------------------------------------------- */

/** One block: the relocations of (as a rule) one page. */
typedef struct pel_reloc_block {
    pel_rva page;
    uint32_t size;    /**< SizeOfBlock, as the file has it */
    pel_foff offset;  /**< of the block in the file */
    pel_span entries; /**< two bytes each */
} pel_reloc_block;

/** One entry. `rva` is the place to patch. */
typedef struct pel_reloc {
    pel_rva rva;
    uint8_t type; /**< PEL_REL_*, 0..15 */
} pel_reloc;

/** Walks the blocks. `status` says why it ended: PEL_OK at the end of the directory,
 *  PEL_TRUNCATED or PEL_MALFORMED where the table is cut or broken. */
typedef struct pel_reloc_iter {
    pel_span bytes;  /**< from the directory to the end of what lies in one piece */
    pel_foff offset; /**< of bytes.data in the file */
    uint64_t size;   /**< the directory's Size */
    uint64_t pos;
    pel_status status;
} pel_reloc_iter;

/** Begin to walk the blocks. An image without relocations has none. */
PEL_API pel_reloc_iter pel_image_relocs(const pel_image *image);

/** The next block, by the loader's rules: it goes on while more than 8 bytes of the
 *  directory are left and stops at a SizeOfBlock below 8; a block that runs past the
 *  directory is taken whole. Source: docs/loading.md, "Base relocations". */
PEL_API bool pel_reloc_next(pel_reloc_iter *it, pel_reloc_block *out);

/** Entries of a block. */
PEL_API size_t pel_reloc_count(const pel_reloc_block *block);

/** Entry `index` of a block, below its count. */
PEL_API pel_reloc pel_reloc_entry(const pel_reloc_block *block, size_t index);

/** Microsoft's name of a relocation type on `machine`, or NULL. */
PEL_API const char *pel_reloc_type_name(uint16_t machine, uint8_t type);

/* ---- the file as a whole ----------------------------------------------- */

/** The checksum that CheckSum should hold (CheckSumMappedFile's). */
PEL_API uint32_t pel_image_checksum(const pel_image *image);

/* ---- diagnostics ------------------------------------------------------- */

PEL_API size_t pel_image_diag_count(const pel_image *image);

/** Diagnostic `index`, or NULL from the count on; in the order in which they were found. */
PEL_API const pel_diag *pel_image_diag(const pel_image *image, size_t index);

#ifdef __cplusplus
}
#endif
#endif
