/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of objects and their kin. */
#include <pelorus/debug.h>

#include "pe/image_priv.h"

static pel_status lint_relocations(pel_image *img, uint32_t index)
{
    pel_coff_reloc_iter it = pel_image_coff_relocs(img, index);
    size_t wire = pel_schema_wire_size(&pel_coff_relocation_schema, false);
    if (it.table.size / wire >= it.count)
        return PEL_OK;
    return pel_image_remark(img, PEL_DIAG_RELOCATIONS_CUT, &pel_section_header_schema, index,
                            "NumberOfRelocations", it.count, it.table.size / wire);
}

static pel_status lint_sections(pel_image *img)
{
    for (uint32_t i = 0; i < img->section_count; i++) {
        const pel_section_header *h = &img->sections[i].header;
        uint64_t end = h->raw_offset.v + h->raw_size;
        if (h->raw_offset.v != 0 && h->raw_size > 0 && end > img->bytes.size)
            PEL_TRY(pel_image_remark(img, PEL_DIAG_SECTION_PAST_EOF, &pel_section_header_schema, i,
                                     "SizeOfRawData", end, img->bytes.size));
        PEL_TRY(lint_relocations(img, i));
    }
    return PEL_OK;
}

static pel_status lint_import(pel_image *img)
{
    pel_import_names names;
    const pel_schema *schema = &pel_import_object_schema;
    uint64_t told = img->import.data_size, room = img->bytes.size - img->import_at.available;
    if (!pel_names_find(&pel_names_machine, img->import.machine))
        PEL_TRY(pel_image_remark(img, PEL_DIAG_UNKNOWN_MACHINE, schema, 0, "Machine",
                                 img->import.machine, 0));
    if (pel_image_import_names(img, &names) == PEL_TRUNCATED)
        return pel_image_remark(img, PEL_DIAG_IMPORT_NAMES_CUT, schema, 0, "SizeOfData", told,
                                told < room ? told : room);
    return PEL_OK;
}

static pel_status lint_debug_file(pel_image *img)
{
    pel_foff at;
    const pel_schema *schema = &pel_separate_debug_schema;
    pel_span names = pel_image_exported_names(img, &at);
    if (names.size < img->debug.names_size)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_DIRECTORY_TRUNCATED, schema, 0, "ExportedNamesSize",
                                 img->debug.names_size, names.size));
    uint64_t start = at.v + img->debug.names_size;
    uint64_t room = start < img->bytes.size ? img->bytes.size - start : 0;
    if (room < img->debug.debug_size)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_DIRECTORY_TRUNCATED, schema, 0, "DebugDirectorySize",
                                 img->debug.debug_size, room));
    return pel_image_lint_debug(img);
}

pel_status pel_image_lint_object(pel_image *img)
{
    if (img->import_at.present)
        return lint_import(img);
    if (img->debug_at.present)
        return lint_debug_file(img);
    if (img->kind != PEL_IMAGE_OBJECT && img->kind != PEL_IMAGE_BIG_OBJECT)
        return PEL_OK;
    PEL_TRY(lint_sections(img));
    return pel_image_lint_debug(img);
}
