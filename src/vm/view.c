/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/page.h"
#include "vm/placement.h"
#include "vm/protection.h"

/* Views of section objects. */

/* ---- parameters -------------------------------------------------------- */

/* A view before it is there. */
typedef struct request {
    pel_vad vad; /* all but its place */
    uint64_t pages;
    pel_room room;
    bool top_down;
} request;

/* NtMapViewOfSection asks in this order: type, protection, zero bits, alignment; then what the
 * section says to it. */
static pel_ntstatus check(const pel_section_object *section, const pel_view_options *o, pel_va base,
                          uint8_t *mm)
{
    uint64_t highest;
    if (o->type & ~(uint32_t)(PEL_MEM_RESERVE | PEL_MEM_TOP_DOWN))
        return PEL_STATUS_INVALID_PARAMETER_9;
    *mm = PEL_MM_NONE; /* pages of images have protections of their own */
    uint32_t protect = o->protect ? o->protect : section->protect;
    if (section->type != PEL_SECTION_IMAGE &&
        (!pel_mm_from_protect(protect, mm) || pel_mm_is_guard(*mm)))
        return PEL_STATUS_INVALID_PAGE_PROTECTION;
    if (!pel_zero_bits(o->zero_bits, &highest) || base.v > highest)
        return PEL_STATUS_INVALID_PARAMETER_4;
    if (base.v % PEL_GRANULE_BYTES != 0 || o->offset % PEL_GRANULE_BYTES != 0)
        return PEL_STATUS_MAPPED_ALIGNMENT;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus choose_protection(const pel_section_object *section, uint8_t mm, request *r)
{
    uint8_t most;
    if (section->type == PEL_SECTION_IMAGE) {
        r->vad.alloc_protect = section->alloc_protect;
        return PEL_STATUS_SUCCESS;
    }
    pel_mm_from_protect(section->protect, &most);
    if (!pel_mm_within(mm, most))
        return PEL_STATUS_SECTION_PROTECTION;
    if (section->attributes & PEL_SEC_NOCACHE)
        r->vad.cache = PEL_MM_NOCACHE;
    if (section->attributes & PEL_SEC_WRITECOMBINE)
        r->vad.cache = PEL_MM_WRITECOMBINE;
    r->vad.mm = mm == PEL_MM_NOACCESS ? mm : (uint8_t)((mm & PEL_MM_CODE) | r->vad.cache);
    r->vad.alloc_protect = pel_mm_to_protect(r->vad.mm);
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus choose_part(const pel_section_object *section, const pel_view_options *o,
                                request *r)
{
    uint64_t whole = pel_section_object_size(section);
    if (o->offset >= whole || o->size > whole - o->offset)
        return PEL_STATUS_INVALID_VIEW_SIZE;
    uint64_t size = o->size ? o->size : whole - o->offset;
    r->vad.section_page = PEL_PAGE_OF(o->offset);
    r->pages = PEL_PAGE_OF(size + PEL_PAGE_BYTES - 1);
    return PEL_STATUS_SUCCESS;
}

/* ---- mapping ----------------------------------------------------------- */

/* A base that no view can have is a base that is taken: the caller may choose another. */
static pel_ntstatus place(const pel_space *s, pel_va base, request *r)
{
    pel_pages pages;
    if (base.v == 0) {
        PEL_TRY_NT(pel_room_find(s, &r->room, r->pages, r->top_down, &pages.first));
        pages.end = pages.first + r->pages;
    } else {
        pel_ntstatus st = pel_pages_of(s, base, r->pages << PEL_PAGE_BITS,
                                       PEL_STATUS_CONFLICTING_ADDRESSES, &pages);
        if (!pel_nt_success(st) || pages.first < s->lowest ||
            pel_vads_overlap(&s->vads, pages.first, pages.end))
            return PEL_STATUS_CONFLICTING_ADDRESSES;
    }
    r->vad.first = pages.first;
    r->vad.end = pages.end;
    return PEL_STATUS_SUCCESS;
}

/* Pages that may be copied are charged now, all of them, so that a write cannot fail. */
static pel_ntstatus insert(pel_space *s, const pel_vad *vad)
{
    if (!pel_vads_make_room(&s->vads, &s->machine->allocator))
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    uint64_t charge = pel_page_count_charged(s, vad, (pel_pages){ vad->first, vad->end });
    if (!pel_commit_charge(s->machine, charge))
        return PEL_STATUS_COMMITMENT_LIMIT;
    pel_vads_insert(&s->vads, *vad);
    vad->section->holds++;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_map_view(pel_space *space, pel_section_object *section,
                                const pel_view_options *options, pel_va *base, uint64_t *size)
{
    static const pel_view_options all = { .offset = 0 };
    const pel_view_options *o = options ? options : &all;
    if (!space || !section || !base || !size || section->machine != space->machine)
        return PEL_STATUS_INVALID_PARAMETER;
    request r = { .vad.section = section, .top_down = o->type & PEL_MEM_TOP_DOWN };
    uint8_t mm;
    PEL_TRY_NT(check(section, o, *base, &mm));
    PEL_TRY_NT(choose_protection(section, mm, &r));
    PEL_TRY_NT(choose_part(section, o, &r));
    PEL_TRY_NT(pel_room_of(space, &(pel_placement){ .zero_bits = o->zero_bits }, &r.room));
    PEL_TRY_NT(place(space, *base, &r));
    PEL_TRY_NT(insert(space, &r.vad));
    base->v = r.vad.first << PEL_PAGE_BITS;
    *size = r.pages << PEL_PAGE_BITS;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_space_map(pel_space *space, pel_section_object *section, pel_va *base)
{
    uint64_t size;
    return pel_space_map_view(space, section, NULL, base, &size);
}

pel_ntstatus pel_space_unmap(pel_space *space, pel_va va)
{
    if (!space)
        return PEL_STATUS_INVALID_PARAMETER;
    pel_vad *vad = pel_vads_find(&space->vads, PEL_PAGE_OF(va.v));
    if (!vad || !vad->section)
        return PEL_STATUS_NOT_MAPPED_VIEW;
    pel_vad_destroy(space, vad);
    return PEL_STATUS_SUCCESS;
}
