/* SPDX-License-Identifier: Apache-2.0 */
/* NT headers: file header, optional header in its three forms, data directories. */
#include <string.h>

#include "pe/image_priv.h"
#include "schema/decode.h"

#define SIGNATURE_SIZE 4

static pel_image_kind kind_of_magic(uint64_t magic)
{
    switch (magic) {
    case PEL_MAGIC_PE32: return PEL_IMAGE_PE32;
    case PEL_MAGIC_PE32P: return PEL_IMAGE_PE32PLUS;
    case PEL_MAGIC_ROM: return PEL_IMAGE_ROM;
    default: return PEL_IMAGE_PE;
    }
}

/* The directories are a structure of their own: their place is where they begin. */
static pel_status tell_cut_directories(pel_image *img)
{
    pel_place where = pel_image_place(img, &pel_optional_header_schema, 0, "DataDirectory");
    where.offset = img->directories_at;
    return pel_image_remark_at(img, PEL_DIAG_DIRECTORIES_TRUNCATED, where, 0, 0);
}

static pel_status read_directories(pel_image *img, uint64_t at)
{
    uint32_t wanted = img->optional.directory_count;
    if (wanted > PEL_DIR_COUNT)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_DIRECTORY_COUNT, &pel_optional_header_schema, 0,
                                 "NumberOfRvaAndSizes", wanted, PEL_DIR_COUNT));
    img->directory_count = wanted < PEL_DIR_COUNT ? wanted : PEL_DIR_COUNT;
    img->directories_at.v = at;
    pel_reader r = pel_image_reader(img, at);
    for (uint32_t i = 0; i < img->directory_count; i++)
        pel_schema_decode(&pel_data_directory_schema, &r, &img->directories[i]);
    if (r.failed && img->optional_at.available == img->optional_at.size)
        return tell_cut_directories(img);
    return PEL_OK;
}

/* The optional header is read at full size whatever SizeOfOptionalHeader says, as Windows
 * does: the size only locates the section table. Source: docs/loading.md. */
static pel_status read_optional(pel_image *img, uint64_t at)
{
    uint64_t magic = pel_span_uint(img->bytes, at, 2);
    img->kind = kind_of_magic(magic);
    bool rom = img->kind == PEL_IMAGE_ROM;
    const pel_schema *schema = rom ? &pel_rom_header_schema : &pel_optional_header_schema;
    void *fields = rom ? (void *)&img->rom : (void *)&img->optional;
    bool wide = pel_image_is_wide(img);

    pel_status st = pel_image_decode(img, schema, at, wide, fields, &img->optional_at);
    if (st != PEL_OK)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_OPTIONAL_TRUNCATED, schema, 0, NULL, 0, 0));
    if (img->kind == PEL_IMAGE_PE && img->optional_at.available >= 2)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_BAD_MAGIC, schema, 0, "Magic", magic, 0));
    if (img->file.optional_header_size < img->optional_at.size)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_OPTIONAL_SHORT, &pel_file_header_schema, 0,
                                 "SizeOfOptionalHeader", img->file.optional_header_size,
                                 img->optional_at.size));
    return rom ? PEL_OK : read_directories(img, at + img->optional_at.size);
}

pel_status pel_image_read_nt(pel_image *img)
{
    if (!pel_image_is_pe(img))
        return PEL_OK;
    uint64_t at = (uint64_t)img->dos.nt_header.v + SIGNATURE_SIZE;
    pel_status st =
        pel_image_decode(img, &pel_file_header_schema, at, false, &img->file, &img->file_at);
    if (st != PEL_OK)
        return pel_image_remark(img, PEL_DIAG_FILE_HEADER_TRUNCATED, &pel_file_header_schema, 0,
                                NULL, 0, 0);
    at += img->file_at.size;
    img->sections_at.v = at + img->file.optional_header_size;
    return read_optional(img, at);
}

/* ---- directories in memory --------------------------------------------- */

/* Those that the kernel reads, it reads in the file. */
static bool is_for_the_loader(uint32_t index)
{
    return index == PEL_DIR_EXPORT || index == PEL_DIR_IMPORT || index == PEL_DIR_RESOURCE ||
           index == PEL_DIR_TLS || index == PEL_DIR_BOUND_IMPORT || index == PEL_DIR_IAT ||
           index == PEL_DIR_DELAY_IMPORT;
}

/* Headers may reach into the page of the first section, which then lies on them in memory. */
pel_status pel_image_find_directories(pel_image *img)
{
    memcpy(img->mapped, img->directories, sizeof img->mapped);
    bool te = img->kind == PEL_IMAGE_TE;
    uint32_t size = (uint32_t)pel_schema_wire_size(&pel_data_directory_schema, false);
    for (uint32_t i = 0; i < img->directory_count && !te; i++) {
        uint64_t address, length, rva = img->directories_at.v + (uint64_t)i * size;
        if (rva + size <= PEL_PAGE_SIZE || rva > UINT32_MAX || !is_for_the_loader(i))
            continue;
        pel_rva_answer a = pel_image_at_rva(img, (pel_rva){ (uint32_t)rva });
        if (a.section == PEL_NO_INDEX || !pel_image_word(img, rva, 4, &address) ||
            !pel_image_word(img, rva + 4, 4, &length))
            continue;
        img->mapped[i].address = (uint32_t)address;
        img->mapped[i].size = (uint32_t)length;
    }
    return PEL_OK;
}
