/* SPDX-License-Identifier: Apache-2.0 */
/* UEFI terse executables: a PE file whose headers were cut down to 40 bytes.
 *
 *   0        24          40                            StrippedSize counts the bytes that
 *   +--------+-----------+---------------+---------    stood before what now follows at 40,
 *   | header | 2 x dir   | section table | ...         and offsets still count them.
 *   +--------+-----------+---------------+---------
 */
#include "pe/image_priv.h"
#include "schema/decode.h"

#define TE_DIRECTORIES_AT 24
#define TE_HEADER_SIZE    40

pel_status pel_image_read_te(pel_image *img)
{
    if (img->kind != PEL_IMAGE_TE)
        return PEL_OK;
    pel_status st = pel_image_decode(img, &pel_te_header_schema, 0, true, &img->te, &img->te_at);
    if (st != PEL_OK)
        return pel_image_remark(img, PEL_DIAG_FILE_HEADER_TRUNCATED, &pel_te_header_schema, 0, NULL,
                                0, 0);

    /* Its two directories are base relocations and debug. They are kept where every other
     * image has them, so that nobody above asks which it was. */
    pel_reader r = pel_image_reader(img, TE_DIRECTORIES_AT);
    pel_schema_decode(&pel_data_directory_schema, &r, &img->directories[PEL_DIR_BASERELOC]);
    pel_schema_decode(&pel_data_directory_schema, &r, &img->directories[PEL_DIR_DEBUG]);
    img->directory_count = PEL_DIR_DEBUG + 1;
    img->directories_at.v = TE_DIRECTORIES_AT - PEL_DIR_BASERELOC * 8;
    img->file.machine = img->te.machine;
    img->file.section_count = img->te.section_count;
    img->sections_at.v = TE_HEADER_SIZE;
    return PEL_OK;
}

uint64_t pel_image_raw_bias(const pel_image *img)
{
    bool te = img->kind == PEL_IMAGE_TE && img->te.stripped_size > TE_HEADER_SIZE;
    return te ? img->te.stripped_size - (uint64_t)TE_HEADER_SIZE : 0;
}
