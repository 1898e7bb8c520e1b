/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of where execution starts. */
#include "pe/lint.h"

static void tell(oddities *o, pel_diag_code code, uint64_t limit)
{
    pel_odd_field(o, code, &pel_optional_header_schema, 0, "AddressOfEntryPoint",
                  o->img->optional.entry_point.v, limit);
}

static void look_at_section(oddities *o, const pel_rva_answer *a)
{
    const pel_image *img = o->img;
    const pel_section_header *h = &img->sections[a->section].header;
    uint32_t last = 0;
    if (h->flags & PEL_SCN_MEM_WRITE)
        tell(o, PEL_DIAG_ENTRY_WRITABLE, 0);
    for (uint32_t i = 0; i < img->section_count; i++)
        if (img->sections[i].header.virtual_address.v >
            img->sections[last].header.virtual_address.v)
            last = i;
    /* Where there are only two, headers and data may just follow the code. */
    if (a->section == last && img->section_count > 2)
        tell(o, PEL_DIAG_ENTRY_IN_LAST_SECTION, h->virtual_address.v);
}

void pel_lint_entry(oddities *o)
{
    const pel_image *img = o->img;
    pel_rva entry = img->optional.entry_point;
    bool managed = pel_image_directory(img, PEL_DIR_COM_DESCRIPTOR).address != 0;
    if (entry.v == 0 && !pel_image_is_dll(img) && !managed)
        tell(o, PEL_DIAG_ENTRY_ZERO, 0);
    if (entry.v == 0)
        return;
    pel_rva_answer a = pel_image_at_rva(img, entry);
    if (a.section == PEL_NO_INDEX && entry.v < pel_image_header_size(img))
        tell(o, PEL_DIAG_ENTRY_IN_HEADERS, img->optional.size_of_headers);
    if (a.where == PEL_WHERE_ZERO_FILL)
        tell(o, PEL_DIAG_ENTRY_IN_ZEROS, 0);
    if (a.section != PEL_NO_INDEX)
        look_at_section(o, &a);
}
