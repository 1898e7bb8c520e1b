/* SPDX-License-Identifier: Apache-2.0 */
/* What the section flags become in memory. Source: docs/loading.md, "Page protection":
 * all 24 combinations are tested on Windows; CNT_* bits never matter. */
#include "load/load_priv.h"
#include <pelorus/locate.h>

/* By the bits R = 1, W = 2, X = 4. Windows has no write without read. */
static const uint32_t private_protect[8] = {
    PEL_PAGE_NOACCESS,          PEL_PAGE_READONLY,          PEL_PAGE_WRITECOPY,
    PEL_PAGE_WRITECOPY,         PEL_PAGE_EXECUTE,           PEL_PAGE_EXECUTE_READ,
    PEL_PAGE_EXECUTE_WRITECOPY, PEL_PAGE_EXECUTE_WRITECOPY,
};

uint32_t pel_section_protect(uint32_t flags, bool *shared)
{
    unsigned bits = (flags & PEL_SCN_MEM_READ ? 1u : 0) | (flags & PEL_SCN_MEM_WRITE ? 2u : 0) |
                    (flags & PEL_SCN_MEM_EXECUTE ? 4u : 0);
    uint32_t protect = private_protect[bits];
    *shared = (flags & PEL_SCN_MEM_SHARED) && (flags & PEL_SCN_MEM_WRITE);
    if (!*shared)
        return protect;
    return protect == PEL_PAGE_WRITECOPY ? PEL_PAGE_READWRITE : PEL_PAGE_EXECUTE_READWRITE;
}

uint32_t pel_image_protect(const pel_image *image, pel_rva rva)
{
    pel_rva_answer a = pel_image_at_rva(image, rva);
    bool shared;
    if (a.where == PEL_WHERE_UNMAPPED || a.where == PEL_WHERE_GAP)
        return 0;
    if (pel_image_is_flat(image))
        return PEL_PAGE_EXECUTE_WRITECOPY;
    if (a.section == PEL_NO_INDEX)
        return PEL_PAGE_READONLY;
    return pel_section_protect(pel_image_section(image, a.section)->header.flags, &shared);
}
