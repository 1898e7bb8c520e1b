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
    size_t available;  /**< bytes of the header that are there */
    pel_span metadata; /**< from the root on; empty when there is none */
    pel_metadata_root root;
    uint16_t root_flags;   /**< behind the version */
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
    pel_metadata_tables head;
    uint32_t offset;                 /**< of the head, from the root */
    bool edited;                     /**< the stream is #-, of a module that can still change */
    uint32_t rows[PEL_CLR_TABLES];   /**< of each, as the stream says */
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

/** The name of module reference `index` (native DLLs, and modules of the assembly); false from the
 *  count, or the end of the bytes, on. */
PEL_API bool pel_clr_module_reference(const pel_clr_tables *tables, uint32_t index, pel_str *out);

/** Flag of an assembly or a reference: its key is a public key, not the token of one. */
#define PEL_CLR_PUBLIC_KEY 1u

/** Bytes of a token. */
#define PEL_CLR_TOKEN 8

/** The token of a public key: the last bytes of its SHA-1, in reverse. False for an empty key, and
 *  when libcrypto has no SHA-1. ECMA-335, II.6.3. */
PEL_API bool pel_clr_token(pel_span public_key, uint8_t out[PEL_CLR_TOKEN]);

/** Entry `index` of VTableFixups; false behind the last, and where nothing is mapped. */
PEL_API bool pel_clr_vtable_fixup(const pel_image *image, const pel_clr *clr, uint32_t index,
                                  pel_vtable_fixup *out);

/* ---- compiled ahead of time -------------------------------------------- */

/** What ManagedNativeHeader leads to; 0 when nothing is mapped there. */
enum {
    PEL_NATIVE_READY_TO_RUN = 0x00525452, /**< "RTR" */
    PEL_NATIVE_NGEN = 0x0045474e,         /**< "NGE": bound to one build of the runtime */
};

PEL_API uint32_t pel_clr_native_signature(const pel_image *image, const pel_clr *clr);

/** The RVA of the header of compiled code: that of `clr` (which may be NULL), or where the export
 *  RTR_HEADER of a composite image leads. 0: there is none. */
PEL_API pel_rva pel_image_native_header(const pel_image *image, const pel_clr *clr);

/** The header of compiled code at `native`; false when there is none with its signature.
 * `*sections` is the RVA of its sections. */
PEL_API bool pel_image_ready_to_run(const pel_image *image, pel_rva native,
                                    pel_ready_to_run_header *out, uint64_t *sections);

/** The machine that compiled code is for. Where that is not for Windows, Machine is exclusive-ored
 * with a value of the system (dotnet_os.def): then `*os` names it, else it is NULL. 0 when
 * `machine` is neither. Source: CoreCLR, pedecoder.h. */
PEL_API uint32_t pel_ready_to_run_machine(uint32_t machine, const pel_name **os);

/** Section `index`; false from the count, or where nothing is mapped. */
PEL_API bool pel_ready_to_run_section_at(const pel_image *image, const pel_ready_to_run_header *h,
                                         uint64_t sections, uint32_t index,
                                         pel_ready_to_run_section *out);

/** Entry `index` of a section of type ImportSections; false behind the last, and where nothing is
 *  mapped. */
PEL_API bool pel_ready_to_run_import_at(const pel_image *image,
                                        const pel_ready_to_run_section *section, uint32_t index,
                                        pel_ready_to_run_import *out);

/** An assembly of a composite image. */
typedef struct pel_ready_to_run_component {
    pel_data_directory clr;          /**< its IMAGE_COR20_HEADER */
    pel_data_directory ready_to_run; /**< its header of compiled code, without a signature */
} pel_ready_to_run_component;

/** Entry `index` of a section of type ComponentAssemblies, as above. */
PEL_API bool pel_ready_to_run_component_at(const pel_image *image,
                                           const pel_ready_to_run_section *section, uint32_t index,
                                           pel_ready_to_run_component *out);

#ifdef __cplusplus
}
#endif
#endif
