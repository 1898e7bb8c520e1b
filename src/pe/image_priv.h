/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_IMAGE_PRIV_H
#define PEL_PE_IMAGE_PRIV_H

/* The inside of pel_image, and the steps of the parse in their order. Each step
 * reads what it needs, leaves diagnostics, and fails only when no caller could go
 * on: PEL_NO_MEMORY, or PEL_MALFORMED when asked to be strict. */

#include <pelorus/archive.h>
#include <pelorus/object.h>

#include "base/alloc.h"
#include "base/reader.h"

/* A header as it was found: where, and how much of it the file holds. */
typedef struct found {
    bool present;
    pel_foff offset;
    size_t size;
    size_t available;
} found;

/* A run of RVAs that one section (or the headers) fills. Runs do not overlap. */
typedef struct piece {
    uint64_t start, end; /* RVAs */
    uint64_t raw;        /* file offset of `start`, if the run comes from the file */
    uint32_t section;    /* PEL_NO_INDEX for headers */
    bool from_file;
} piece;

/* Entropy of raw data that was counted already. */
typedef struct known_entropy {
    pel_span bytes;
    double bits; /* for each byte */
} known_entropy;

struct pel_image {
    pel_arena arena; /* holds the image itself, too */
    pel_span bytes;  /* what is read */
    pel_span whole;  /* the file: the same, unless this is another view of it */
    bool owns_file;  /* mapped by pel_image_open */
    uint8_t *view;   /* `bytes`, if they are not the file's: owned */
    bool strict;
    pel_layout layout;
    pel_image_kind kind;

    /* Objects and their kin. Sections, symbols and machine are in `file`, whose header only COFF
     * objects have. */
    found anon_at, import_at, debug_at;
    pel_anon_object anon;
    pel_import_object import;
    pel_separate_debug debug;
    pel_debug_variant debug_variant;
    pel_foff debug_lines; /* line numbers of a separate debug file */
    uint32_t debug_line_count;
    pel_foff *members; /* of an archive: where their headers are */
    uint32_t member_count;
    pel_span long_names; /* of an archive */

    found dos_at, file_at, optional_at, te_at; /* ROM headers are at optional_at */
    pel_dos_header dos;
    pel_file_header file;
    pel_optional_header optional;
    pel_rom_header rom;
    pel_te_header te;
    bool has_signature;
    uint32_t signature;

    uint32_t directory_count;
    pel_foff directories_at;
    pel_data_directory directories[PEL_DIR_COUNT]; /* as the file has them */
    pel_data_directory mapped[PEL_DIR_COUNT];      /* as the loader finds them */

    uint32_t section_count;
    pel_foff sections_at;
    pel_section *sections;

    bool has_rich;
    pel_rich rich;
    pel_rich_entry *rich_entries;

    piece *pieces; /* sorted */
    size_t piece_count;
    pel_foff accounted_end; /* where the overlay begins, if there is one */

    known_entropy *entropies; /* of sections, in the order of the file; NULL: not counted */
    size_t entropy_count;
    double entropy; /* of the file */
    bool has_checksum;
    uint32_t checksum; /* computed */

    pel_diag *diags;
    size_t diag_count, diag_capacity, diag_limit;
    uint64_t diags_told;            /* those that are not kept among them */
    bool diag_seen[PEL_DIAG_COUNT]; /* by code */
    bool diags_cut;                 /* the last is LIMIT_DIAGNOSTICS */
};

/* ---- the steps --------------------------------------------------------- */

pel_status pel_image_read_dos(pel_image *img);    /* DOS header, kind, NT signature */
pel_status pel_image_read_te(pel_image *img);     /* TE header and its two directories */
pel_status pel_image_read_object(pel_image *img); /* headers of objects, members of archives */
pel_status pel_image_read_nt(pel_image *img);     /* file and optional header, directories */
pel_status pel_image_read_rich(pel_image *img);
pel_status pel_image_read_sections(pel_image *img);    /* section table and long names */
pel_status pel_image_lay_out(pel_image *img);          /* pieces, end of what is accounted for */
pel_status pel_image_find_directories(pel_image *img); /* where a section lies on them */
pel_status pel_image_lint(pel_image *img);             /* oddities that no other step sees */

pel_status pel_image_lint_object(pel_image *img); /* the same for objects and their kin */
pel_status pel_image_lint_thorough(pel_image *img, uint64_t now); /* on request: lint.h */
pel_status pel_image_lint_directories(pel_image *img);            /* a part of it */
pel_status pel_image_lint_metadata(pel_image *img);               /* a part of that */
pel_status pel_image_lint_debug(pel_image *img);                  /* another one */
pel_status pel_image_lint_resources(pel_image *img);              /* a part of that */

/** Compute the checksum now; pel_image_checksum gives it from then on. */
void pel_image_remember_checksum(pel_image *img);

/* ---- for the steps ----------------------------------------------------- */

/** A reader from `offset` to the end of the file. */
pel_reader pel_image_reader(const pel_image *img, uint64_t offset);

/** Decode one structure and say how much of it was there. PEL_TRUNCATED as the decoder. */
pel_status pel_image_decode(const pel_image *img, const pel_schema *schema, uint64_t offset,
                            bool wide, void *out, found *at);

/** Add a remark about `field` of structure `index` of `schema`. */
pel_status pel_image_remark(pel_image *img, pel_diag_code code, const pel_schema *schema,
                            uint32_t index, const char *field, uint64_t found_value,
                            uint64_t limit);

/** The same for a place that is no field of a structure. */
pel_status pel_image_remark_at(pel_image *img, pel_diag_code code, pel_place where,
                               uint64_t found_value, uint64_t limit);

/** Read where the members of an archive are. */
pel_status pel_image_read_archive(pel_image *img);

/** Sections that the header tells of. */
uint32_t pel_image_sections_told(const pel_image *img);

/** The schema of the header that does. */
const pel_schema *pel_image_sections_owner(const pel_image *img);

/** Bytes of a COFF symbol: 18, or 20 in big objects. */
unsigned pel_image_symbol_size(const pel_image *img);

/** File offset of the COFF string table, whether the file is that long or not. */
uint64_t pel_image_string_table_at(const pel_image *img);

/** What raw file offsets of sections are too large by: not 0 in TE images only. */
uint64_t pel_image_raw_bias(const pel_image *img);

/* ---- for directories: the image as it is mapped ------------------------ */

/** Decode the structure that is mapped at `rva`, zero-filled memory included. `at->present` tells
 *  whether what there is of it lies in the file in one piece, and only then has it an offset.
 *  PEL_NOT_FOUND when nothing is mapped there, PEL_TRUNCATED when it is cut: by the end of the
 *  image, or because a cut file lost the bytes. */
pel_status pel_image_decode_mapped(const pel_image *img, const pel_schema *schema, uint64_t rva,
                                   void *out, found *at);

/** The same for a structure that is `size` bytes long only; fields behind them are 0. */
pel_status pel_image_decode_part(const pel_image *img, const pel_schema *schema, uint64_t rva,
                                 size_t size, void *out, found *at);

/** The `width` bytes at `rva`, zeros included; false, and 0, when they are not all mapped. */
bool pel_image_word(const pel_image *img, uint64_t rva, unsigned width, uint64_t *out);

/** The text at `rva`, up to its zero or to where the bytes of its section end. Empty in zero-filled
 *  memory; false where nothing is mapped. */
bool pel_image_text(const pel_image *img, uint64_t rva, pel_str *out);

/** True for a byte that its section should have from the file, but the file is cut. */
bool pel_image_is_lost(const pel_image *img, uint64_t rva);

/** Why a list ends at the zeros of `size` bytes at `rva`: PEL_OK, or PEL_TRUNCATED when it is only
 *  that a cut file lost them. */
pel_status pel_image_list_end(const pel_image *img, uint64_t rva, uint64_t size);

/** A pointer of the image: 4 bytes, 8 in PE32+. */
unsigned pel_image_pointer_size(const pel_image *img);

/* Records become some twenty times as long when shown, so this bounds the documents, too. */
#define PEL_BELIEF 8

/** What a walk may look at: a multiple of the file that no honest table comes near, since a name
 *  can be shared by many. */
static inline uint64_t pel_image_belief(const pel_image *img)
{
    return (uint64_t)PEL_BELIEF * img->bytes.size;
}

/** Take `bytes` from what is left; false when there is less. */
static inline bool pel_spend(uint64_t *left, uint64_t bytes)
{
    bool enough = bytes <= *left;
    *left -= enough ? bytes : *left;
    return enough;
}

/** End a walk. */
static inline bool pel_walk_ends(uint64_t *next, pel_status *status, pel_status why)
{
    *next = 0;
    *status = why;
    return false;
}

#endif
