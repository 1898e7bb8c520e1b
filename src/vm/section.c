/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/section.h"

#include "base/alloc.h"
#include "vm/protection.h"
#include <assert.h>
#include <string.h>

const pel_subsection *pel_section_part(const pel_section_object *section, uint64_t page)
{
    assert(page < section->page_count);
    size_t low = 0, high = section->part_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (section->parts[middle].first <= page)
            low = middle;
        else
            high = middle;
    }
    return &section->parts[low];
}

bool pel_vad_is_shared(const pel_vad *vad, uint64_t page)
{
    return vad->section->type != PEL_SECTION_IMAGE ||
           pel_section_part(vad->section, pel_vad_section_page(vad, page))->shared;
}

/* ---- life -------------------------------------------------------------- */

/* A segment's protection as a view shows it. Whether writes are shared is the segment's
 * business, so a loader need not translate. False: no such protection. */
static bool segment_mm(const pel_segment *segment, uint8_t *out)
{
    *out = PEL_MM_NONE;
    if (segment->protect == 0)
        return true;
    if (!pel_mm_from_protect(segment->protect, out) || *out & PEL_MM_SPECIAL)
        return segment->protect == PEL_PAGE_NOACCESS;
    *out = segment->shared ? pel_mm_copied(*out) : pel_mm_copying(*out);
    return true;
}

pel_ntstatus pel_section_add_part(pel_section_object *section, uint64_t pages, pel_subsection part)
{
    if (pages == 0)
        return PEL_STATUS_SUCCESS;
    pel_subsection *parts =
        pel_grow(&section->machine->allocator, section->parts, &section->part_capacity,
                 section->part_count + 1, sizeof *parts);
    if (!parts)
        return PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    section->parts = parts;
    part.first = section->page_count;
    part.end = section->page_count + pages;
    parts[section->part_count++] = part;
    section->page_count = part.end;
    return PEL_STATUS_SUCCESS;
}

static pel_ntstatus add_segment(pel_section_object *s, const pel_segment *segment)
{
    uint8_t mm;
    if (!segment_mm(segment, &mm) || segment->page_count > PEL_SECTION_MAX - s->page_count ||
        (segment->own && segment->shared))
        return PEL_STATUS_INVALID_PARAMETER;
    if (mm != PEL_MM_NONE && !segment->zero && !s->pager.fill)
        return PEL_STATUS_INVALID_PARAMETER;
    s->apart |= segment->own;
    pel_subsection part = { .mm = segment->own ? pel_mm_copied(mm) : mm,
                            .shared = segment->shared,
                            .zero = segment->zero,
                            .own = segment->own };
    return pel_section_add_part(s, segment->page_count, part);
}

static void link_section(pel_section_object *s)
{
    s->next = s->machine->sections;
    if (s->next)
        s->next->previous = s;
    s->machine->sections = s;
}

static void unlink_section(pel_section_object *s)
{
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        s->machine->sections = s->next;
}

/* Everything but the place in the machine's list. */
static void destroy(pel_section_object *s)
{
    const pel_allocator *a = &s->machine->allocator;
    pel_section_release_pages(s);
    pel_commit_return(s->machine, s->charged);
    pel_give(a, s->parts, s->part_capacity * sizeof *s->parts);
    pel_give(a, s->committed, s->run_capacity * sizeof *s->committed);
    if (s->pager.close)
        s->pager.close(s->pager.ctx);
    pel_give(a, s, sizeof *s);
}

static pel_ntstatus build_image(pel_section_object *s, const pel_section_options *options)
{
    if (!options->segments && options->segment_count > 0)
        return PEL_STATUS_INVALID_PARAMETER;
    s->alloc_protect = options->alloc_protect;
    s->key = options->key;
    s->variant = options->variant;
    s->attributes = PEL_SEC_IMAGE | PEL_SEC_FILE;
    for (size_t i = 0; i < options->segment_count; i++)
        PEL_TRY_NT(add_segment(s, &options->segments[i]));
    return s->page_count > 0 ? PEL_STATUS_SUCCESS : PEL_STATUS_INVALID_PARAMETER;
}

static pel_ntstatus build(pel_section_object *s, const pel_section_options *options)
{
    switch (options->type) {
    case PEL_SECTION_IMAGE: return build_image(s, options);
    case PEL_SECTION_FILE:
    case PEL_SECTION_PAGE_FILE: return pel_section_build_data(s, options);
    }
    return PEL_STATUS_INVALID_PARAMETER;
}

static pel_ntstatus refuse(const pel_section_options *options, pel_ntstatus st)
{
    if (options && options->pager.close)
        options->pager.close(options->pager.ctx);
    return st;
}

pel_ntstatus pel_section_object_new(pel_machine *machine, const pel_section_options *options,
                                    pel_section_object **out)
{
    if (out)
        *out = NULL;
    if (!machine || !options || !out)
        return refuse(options, PEL_STATUS_INVALID_PARAMETER);
    pel_section_object *s = pel_take(&machine->allocator, sizeof *s);
    if (!s)
        return refuse(options, PEL_STATUS_PELORUS_HOST_NO_MEMORY);
    s->machine = machine;
    s->holds = 1;
    s->callers = 1;
    s->type = options->type;
    s->pager = options->pager;
    pel_ntstatus st = build(s, options);
    if (!pel_nt_success(st)) {
        destroy(s);
        return st;
    }
    link_section(s);
    *out = s;
    return PEL_STATUS_SUCCESS;
}

void pel_section_drop(pel_section_object *section)
{
    if (--section->holds > 0)
        return;
    unlink_section(section);
    destroy(section);
}

pel_section_object *pel_section_object_find(pel_machine *machine, const void *key, uint64_t variant)
{
    pel_section_object *s = machine && key ? machine->sections : NULL;
    while (s && (s->key != key || (variant != PEL_ANY_VARIANT && s->variant != variant)))
        s = s->next;
    if (s) {
        s->holds++;
        s->callers++;
    }
    return s;
}

const pel_section_object *pel_section_object_next(const pel_machine *machine,
                                                  const pel_section_object *after)
{
    if (after)
        return after->next;
    return machine ? machine->sections : NULL;
}

const void *pel_section_object_key(const pel_section_object *section, uint64_t *variant)
{
    *variant = section->variant;
    return section->key;
}

void pel_section_object_free(pel_section_object *section)
{
    if (!section)
        return;
    assert(section->callers > 0);
    section->callers--;
    pel_section_drop(section);
}

uint64_t pel_section_object_size(const pel_section_object *section)
{
    return section->type == PEL_SECTION_IMAGE ? section->page_count << PEL_PAGE_BITS
                                              : section->size;
}

uint32_t pel_section_object_attributes(const pel_section_object *section)
{
    return section->attributes;
}
