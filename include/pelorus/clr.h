/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_CLR_H
#define PELORUS_CLR_H

/* .NET: what directory 14 leads to. Nothing is allocated; spans and text are borrowed from the
 * file.
 *
 *   IMAGE_COR20_HEADER --> metadata root --> streams --> #~: rows of tables --> #Strings, #GUID,
 * #Blob
 *                      --> ReadyToRun header --> its sections
 *
 * Metadata is read where it lies in the file in one piece. Source: ECMA-335, partition II, sections
 * 22 to 25. */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The header, and the metadata that it leads to. */
typedef struct pel_clr {
    pel_cor20_header header;
    bool has_offset; /**< false when the header is not all in the file, in one piece */
    pel_foff offset;
    size_t available;      /**< bytes of the header that are there */
    pel_span metadata;     /**< from the root on; empty when there is none */
    pel_str version;       /**< of the runtime that it was made for: "v4.0.30319" */
    uint16_t stream_count; /**< as the root says */
    uint32_t streams;      /**< where their headers begin, in `metadata` */
} pel_clr;

/** Read the header and the root. PEL_NOT_FOUND when there is none; PEL_TRUNCATED when the header is
 *  cut: fields that are missing are 0. Without a root `metadata` is empty. */
PEL_API pel_status pel_image_clr(const pel_image *image, pel_clr *out);

/** A stream. */
typedef struct pel_clr_stream {
    pel_str name;    /**< "#~", "#Strings", ... */
    uint32_t offset; /**< from the root */
    uint32_t size;   /**< as its header says */
    pel_span bytes;  /**< as far as they are there */
} pel_clr_stream;

/** Stream `index`; `*at`, first 0, remembers where the next begins. False behind the last. */
PEL_API bool pel_clr_stream_next(const pel_clr *clr, uint32_t *at, uint16_t *index,
                                 pel_clr_stream *out);

#define PEL_CLR_TABLES 64

/** The tables of metadata. */
typedef struct pel_clr_tables {
    uint8_t major, minor;
    uint8_t heaps;                 /**< 1, 2, 4: indices into strings, GUIDs, blobs have 4 bytes */
    uint64_t valid;                /**< bit t: there is table t */
    uint32_t rows[PEL_CLR_TABLES]; /**< of each, as the stream says */
    uint64_t starts[PEL_CLR_TABLES]; /**< of each in `bytes`, as far as AssemblyRef */
    pel_span bytes;                  /**< of the stream */
    pel_span strings, guids, blobs;
} pel_clr_tables;

/** PEL_NOT_FOUND without a stream of tables, PEL_TRUNCATED when its head is cut. */
PEL_API pel_status pel_clr_tables_read(const pel_clr *clr, pel_clr_tables *out);

/** Module and MVID; false when there is no such row. */
PEL_API bool pel_clr_module(const pel_clr_tables *tables, pel_str *name, pel_span *mvid);

/** This assembly, or one that it refers to. */
typedef struct pel_clr_assembly {
    uint16_t version[4];
    uint32_t flags;
    pel_span key; /**< public key, or the token of one */
    pel_str name, culture;
} pel_clr_assembly;

/** False when the file is only a module of one. */
PEL_API bool pel_clr_assembly_read(const pel_clr_tables *tables, pel_clr_assembly *out);

/** Reference `index`; false from the count, or the end of the bytes, on. */
PEL_API bool pel_clr_reference(const pel_clr_tables *tables, uint32_t index, pel_clr_assembly *out);

/** The header of compiled code; false when there is none with its signature. `*sections` is the RVA
 *  of its sections. */
PEL_API bool pel_image_ready_to_run(const pel_image *image, const pel_clr *clr,
                                    pel_ready_to_run_header *out, uint64_t *sections);

/** Section `index`; false from the count, or where nothing is mapped. */
PEL_API bool pel_ready_to_run_section_at(const pel_image *image, const pel_ready_to_run_header *h,
                                         uint64_t sections, uint32_t index,
                                         pel_ready_to_run_section *out);

#ifdef __cplusplus
}
#endif
#endif
