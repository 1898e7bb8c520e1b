/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/protection.h"

/* NtQueryVirtualMemory(MemoryBasicInformation): the run of pages that are alike. */

static void describe_free(const pel_space *s, uint64_t page, pel_region *out)
{
    size_t next = pel_vads_after(&s->vads, page);
    uint64_t end = next < s->vads.count ? s->vads.items[next].first : s->end;
    *out = (pel_region){ .base = { page << PEL_PAGE_BITS },
                         .size = (end - page) << PEL_PAGE_BITS,
                         .state = PEL_MEM_FREE,
                         .protect = PEL_PAGE_NOACCESS };
}

/* The end of the run that begins with `page`, and what its pages are. */
static uint64_t run_end(const pel_space *s, const pel_vad *vad, uint64_t page, uint8_t *mm)
{
    pel_page first, other;
    uint64_t end = pel_page_run(s, vad, page, vad->end, &first);
    while (end < vad->end) {
        uint64_t next = pel_page_run(s, vad, end, vad->end, &other);
        if (other.mm != first.mm)
            break;
        end = next;
    }
    *mm = first.mm;
    return end;
}

static uint32_t type_of(const pel_vad *vad)
{
    if (!vad->section)
        return PEL_MEM_PRIVATE;
    return vad->section->type == PEL_SECTION_IMAGE ? PEL_MEM_IMAGE : PEL_MEM_MAPPED;
}

pel_ntstatus pel_space_query(pel_space *space, pel_va va, pel_region *out)
{
    if (!space || !out || PEL_PAGE_OF(va.v) >= space->end)
        return PEL_STATUS_INVALID_PARAMETER;
    uint64_t page = PEL_PAGE_OF(va.v);
    const pel_vad *vad = pel_vads_find(&space->vads, page);
    if (!vad) {
        describe_free(space, page, out);
        return PEL_STATUS_SUCCESS;
    }
    uint8_t mm;
    uint64_t end = run_end(space, vad, page, &mm);
    *out = (pel_region){ .base = { page << PEL_PAGE_BITS },
                         .allocation_base = { vad->first << PEL_PAGE_BITS },
                         .alloc_protect = vad->alloc_protect,
                         .size = (end - page) << PEL_PAGE_BITS,
                         .state = mm == PEL_MM_NONE ? PEL_MEM_RESERVE : PEL_MEM_COMMIT,
                         .protect = pel_mm_to_protect(mm),
                         .type = type_of(vad) };
    return PEL_STATUS_SUCCESS;
}
