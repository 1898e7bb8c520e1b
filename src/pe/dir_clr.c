/* SPDX-License-Identifier: Apache-2.0 */
/* The header of .NET, the root of its metadata, and code that was compiled ahead of time.
 *
 *   root: | BSJB | 1.1 | 0 | length | version, padded | flags | count | stream headers ... |
 *   stream header: | offset | size | name, zero, padded to 4 |
 */
#include <pelorus/clr.h>
#include <pelorus/directories.h>

#include "base/hash.h"
#include "base/text.h"
#include "pe/image_priv.h"
#include "schema/decode.h"

#define ROOT_SIGNATURE 0x424a5342u

/* Longest name of a stream, its zero included. */
#define NAME_MAX_SIZE 32

static void read_root(pel_clr *clr)
{
    pel_reader r = { .bytes = clr->metadata };
    pel_schema_decode(&pel_metadata_root_schema, &r, &clr->root);
    pel_span version = pel_read_span(&r, clr->root.version_length);
    clr->root_flags = (uint16_t)pel_read_uint(&r, 2);
    clr->stream_count = (uint16_t)pel_read_uint(&r, 2);
    clr->version = pel_str_in(version);
    clr->streams = (uint32_t)r.pos;
    if (r.failed || clr->root.signature != ROOT_SIGNATURE) {
        clr->metadata = (pel_span){ NULL, 0 };
        clr->version = (pel_str){ NULL, 0 };
        clr->stream_count = 0;
    }
}

pel_status pel_image_clr(const pel_image *image, pel_clr *out)
{
    found at;
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_COM_DESCRIPTOR);
    *out = (pel_clr){ .available = 0 };
    if (dir.address == 0)
        return PEL_NOT_FOUND;
    pel_status st =
        pel_image_decode_mapped(image, &pel_cor20_header_schema, dir.address, &out->header, &at);
    out->has_offset = at.present;
    out->offset = at.offset;
    out->available = at.available;
    if (out->header.metadata.v)
        out->metadata = pel_image_span(image, out->header.metadata, out->header.metadata_size);
    read_root(out);
    return st;
}

bool pel_clr_stream_next(const pel_clr *clr, uint32_t *at, uint16_t *index, pel_clr_stream *out)
{
    *out = (pel_clr_stream){ .offset = 0 };
    if (*index >= clr->stream_count)
        return false;
    uint32_t start = *at ? *at : clr->streams;
    pel_reader r = { .bytes = clr->metadata,
                     .pos = start <= clr->metadata.size ? start : clr->metadata.size };
    out->offset = (uint32_t)pel_read_uint(&r, 4);
    out->size = (uint32_t)pel_read_uint(&r, 4);
    out->name = pel_str_in(pel_span_clip(clr->metadata, r.pos, NAME_MAX_SIZE));
    pel_read_span(&r, (size_t)pel_round_up(out->name.len + 1, 4));
    if (r.failed)
        return false;
    out->bytes = pel_span_clip(clr->metadata, out->offset, out->size);
    *at = (uint32_t)r.pos;
    ++*index;
    return true;
}

/* ---- what the header leads to ------------------------------------------ */

/* Structure `index` of those that a directory of the header has room for. */
static bool row_at(const pel_image *image, const pel_schema *schema, pel_rva start, uint32_t bytes,
                   uint32_t index, void *out)
{
    found at;
    uint64_t size = pel_schema_wire_size(schema, false);
    return start.v != 0 && index < bytes / size && index < image->bytes.size / size &&
           pel_image_decode_mapped(image, schema, start.v + index * size, out, &at) == PEL_OK;
}

bool pel_clr_vtable_fixup(const pel_image *image, const pel_clr *clr, uint32_t index,
                          pel_vtable_fixup *out)
{
    *out = (pel_vtable_fixup){ .count = 0 };
    return row_at(image, &pel_vtable_fixup_schema, clr->header.fixups, clr->header.fixups_size,
                  index, out);
}

bool pel_clr_token(pel_span public_key, uint8_t out[PEL_CLR_TOKEN])
{
    uint8_t digest[PEL_DIGEST_MAX];
    size_t size = public_key.size ? pel_digest(PEL_HASH_SHA1, &public_key, 1, digest) : 0;
    for (size_t i = 0; i < PEL_CLR_TOKEN; i++)
        out[i] = size ? digest[size - 1 - i] : 0;
    return size != 0;
}

/* ---- compiled ahead of time -------------------------------------------- */

uint32_t pel_clr_native_signature(const pel_image *image, const pel_clr *clr)
{
    uint64_t signature = 0;
    if (clr->header.native.v)
        pel_image_word(image, clr->header.native.v, 4, &signature);
    return (uint32_t)signature;
}

pel_rva pel_image_native_header(const pel_image *image, const pel_clr *clr)
{
    pel_export e;
    pel_exports exports;
    if (clr && clr->header.native.v)
        return clr->header.native;
    if (pel_image_exports(image, &exports) == PEL_OK &&
        pel_export_by_name(&exports, pel_str_of("RTR_HEADER"), 0, &e) == PEL_OK && !e.is_forwarder)
        return e.rva;
    return (pel_rva){ 0 };
}

bool pel_image_ready_to_run(const pel_image *image, pel_rva native, pel_ready_to_run_header *out,
                            uint64_t *sections)
{
    found at;
    *out = (pel_ready_to_run_header){ .signature = 0 };
    if (native.v == 0 || pel_image_decode_mapped(image, &pel_ready_to_run_header_schema, native.v,
                                                 out, &at) != PEL_OK)
        return false;
    *sections = native.v + (uint64_t)at.size;
    return out->signature == PEL_NATIVE_READY_TO_RUN;
}

uint32_t pel_ready_to_run_machine(uint32_t machine, const pel_name **os)
{
    static const uint16_t compiled[] = { PEL_MACHINE_I386,    PEL_MACHINE_ARMNT,
                                         PEL_MACHINE_AMD64,   PEL_MACHINE_ARM64,
                                         PEL_MACHINE_RISCV64, PEL_MACHINE_LOONGARCH64 };
    *os = NULL;
    if (pel_names_find(&pel_names_machine, machine))
        return machine;
    for (size_t i = 0; i < pel_names_dotnet_os.count; i++)
        for (size_t m = 0; m < sizeof compiled / sizeof compiled[0]; m++)
            if ((compiled[m] ^ pel_names_dotnet_os.items[i].value) == machine) {
                *os = &pel_names_dotnet_os.items[i];
                return compiled[m];
            }
    return 0;
}

bool pel_ready_to_run_section_at(const pel_image *image, const pel_ready_to_run_header *h,
                                 uint64_t sections, uint32_t index, pel_ready_to_run_section *out)
{
    found at;
    const pel_schema *schema = &pel_ready_to_run_section_schema;
    *out = (pel_ready_to_run_section){ .type = 0 };
    uint64_t size = pel_schema_wire_size(schema, false);
    return index < h->section_count && index < image->bytes.size / size &&
           pel_image_decode_mapped(image, schema, sections + index * size, out, &at) == PEL_OK;
}

bool pel_ready_to_run_import_at(const pel_image *image, const pel_ready_to_run_section *section,
                                uint32_t index, pel_ready_to_run_import *out)
{
    *out = (pel_ready_to_run_import){ .type = 0 };
    return row_at(image, &pel_ready_to_run_import_schema, section->rva, section->size, index, out);
}

/* Two data directories each. */
bool pel_ready_to_run_component_at(const pel_image *image, const pel_ready_to_run_section *section,
                                   uint32_t index, pel_ready_to_run_component *out)
{
    const pel_schema *schema = &pel_data_directory_schema;
    *out = (pel_ready_to_run_component){ .clr = { 0 } };
    return index < UINT32_MAX / 2 &&
           row_at(image, schema, section->rva, section->size, 2 * index, &out->clr) &&
           row_at(image, schema, section->rva, section->size, 2 * index + 1, &out->ready_to_run);
}
