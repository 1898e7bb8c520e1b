/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/section.h"

#include "base/alloc.h"
#include "vm/protection.h"
#include <string.h>

/* Sections of data files and of page files: what NtCreateSection makes of its parameters, and
 * which pages are committed. */

/* ---- parameters -------------------------------------------------------- */

#define KINDS  (PEL_SEC_COMMIT | PEL_SEC_RESERVE | PEL_SEC_IMAGE)
#define CACHES (PEL_SEC_NOCACHE | PEL_SEC_WRITECOMBINE)
#define LARGE  ((uint32_t)PEL_SEC_LARGE_PAGES)

/* One kind, and what goes with it. Source: Wine's test_CreateFileMapping, which tries them all. */
static bool attributes_go_together(uint32_t attributes)
{
    uint32_t kind = attributes & KINDS;
    uint32_t caches = attributes & CACHES;
    if (attributes & ~(uint32_t)(KINDS | CACHES | LARGE) || caches == CACHES)
        return false;
    if (kind == PEL_SEC_IMAGE)
        return !(attributes & LARGE) && !(attributes & PEL_SEC_WRITECOMBINE);
    if (kind != PEL_SEC_COMMIT && kind != PEL_SEC_RESERVE)
        return false;
    return !(attributes & LARGE) || kind == PEL_SEC_COMMIT;
}

static bool is_section_protection(uint32_t protect)
{
    uint8_t mm;
    return pel_mm_from_protect(protect, &mm) && !(mm & PEL_MM_SPECIAL);
}

static pel_ntstatus check(const pel_section_options *o)
{
    bool of_file = o->type == PEL_SECTION_FILE;
    if (!attributes_go_together(o->attributes) || (of_file && o->attributes & LARGE))
        return PEL_STATUS_INVALID_PARAMETER_6;
    if (!is_section_protection(o->protect))
        return PEL_STATUS_INVALID_PAGE_PROTECTION;
    if (o->attributes & PEL_SEC_IMAGE)
        return PEL_STATUS_INVALID_FILE_FOR_SECTION; /* this is none, or we know nothing of it */
    if (o->attributes & LARGE)
        return PEL_STATUS_PRIVILEGE_NOT_HELD; /* nobody has it by default */
    return of_file && !o->pager.fill ? PEL_STATUS_INVALID_PARAMETER : PEL_STATUS_SUCCESS;
}

/* ---- building ---------------------------------------------------------- */

static uint64_t pages_of(uint64_t bytes)
{
    return PEL_PAGE_OF(bytes) + (bytes % PEL_PAGE_BYTES != 0);
}

/* Views choose their own protection; whatever is written through them is for all of them. */
static pel_ntstatus add_pages(pel_section_object *s, uint64_t pages, bool zero)
{
    pel_subsection part = { .mm = PEL_MM_READWRITE, .shared = true, .zero = zero };
    return pel_section_add_part(s, pages, part);
}

/* Only who may write to a file can make it longer. */
static pel_ntstatus build_file(pel_section_object *s, const pel_section_options *o)
{
    uint8_t mm = PEL_MM_NONE;
    pel_mm_from_protect(o->protect, &mm);
    bool writes = pel_mm_may_write(mm) && !pel_mm_is_copy(mm);
    s->size = o->size ? o->size : o->file_size;
    s->file_size = o->file_size;
    s->attributes = PEL_SEC_FILE | (o->attributes & CACHES);
    if (s->size == 0)
        return PEL_STATUS_MAPPED_FILE_SIZE_ZERO;
    if ((s->size > s->file_size && !writes) || pages_of(s->size) > PEL_SECTION_MAX)
        return PEL_STATUS_SECTION_TOO_BIG;
    uint64_t pages = pages_of(s->size), in_file = pages_of(s->file_size);
    in_file = in_file < pages ? in_file : pages;
    PEL_TRY_NT(add_pages(s, in_file, false));
    return add_pages(s, pages - in_file, true);
}

static pel_ntstatus build_page_file(pel_section_object *s, const pel_section_options *o)
{
    uint64_t pages = pages_of(o->size);
    if (o->size == 0)
        return PEL_STATUS_INVALID_PARAMETER_4;
    if (pages > PEL_SECTION_MAX)
        return PEL_STATUS_SECTION_TOO_BIG;
    s->size = pages << PEL_PAGE_BITS;
    s->attributes = o->attributes;
    PEL_TRY_NT(add_pages(s, pages, true));
    if (!(o->attributes & PEL_SEC_COMMIT))
        return PEL_STATUS_SUCCESS;
    if (!pel_commit_charge(s->machine, pages))
        return PEL_STATUS_COMMITMENT_LIMIT;
    s->charged = pages;
    return PEL_STATUS_SUCCESS;
}

pel_ntstatus pel_section_build_data(pel_section_object *section, const pel_section_options *options)
{
    PEL_TRY_NT(check(options));
    section->protect = options->protect;
    return options->type == PEL_SECTION_FILE ? build_file(section, options)
                                             : build_page_file(section, options);
}

/* The last page of a file goes on with zeros, whatever the pager leaves there. */
pel_status pel_section_ask_pager(const pel_section_object *section, uint64_t page, uint8_t *bytes)
{
    pel_status st = section->pager.fill(section->pager.ctx, page, bytes);
    uint64_t start = page << PEL_PAGE_BITS;
    if (section->type == PEL_SECTION_FILE && section->file_size - start < PEL_PAGE_BYTES) {
        size_t used = (size_t)(section->file_size - start);
        memset(bytes + used, 0, PEL_PAGE_BYTES - used);
    }
    return st;
}

/* ---- committed pages --------------------------------------------------- */

/* Index of the first run that ends after `page`; one that ends with it counts if `touching`. */
static size_t run_after(const pel_section_object *s, uint64_t page, bool touching)
{
    size_t low = 0, high = s->run_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t end = s->committed[middle].end;
        if (touching ? end < page : end <= page)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool pel_section_is_committed(const pel_section_object *section, uint64_t page, uint64_t *end)
{
    *end = section->page_count;
    if (!(section->attributes & PEL_SEC_RESERVE))
        return true;
    size_t i = run_after(section, page, false);
    if (i == section->run_count)
        return false;
    const pel_section_run *run = &section->committed[i];
    *end = run->first <= page ? run->end : run->first;
    return run->first <= page;
}

uint64_t pel_section_count_missing(const pel_section_object *section, pel_section_run pages)
{
    uint64_t missing = 0;
    for (uint64_t at = pages.first, end; at < pages.end; at = end) {
        bool there = pel_section_is_committed(section, at, &end);
        end = end < pages.end ? end : pages.end;
        missing += there ? 0 : end - at;
    }
    return missing;
}

bool pel_section_make_run(pel_section_object *section)
{
    pel_section_run *runs = pel_grow(&section->machine->allocator, section->committed,
                                     &section->run_capacity, section->run_count + 1, sizeof *runs);
    if (!runs)
        return false;
    section->committed = runs;
    return true;
}

/* The runs that overlap or touch the new one become one with it. */
void pel_section_commit(pel_section_object *section, pel_section_run pages)
{
    section->charged += pel_section_count_missing(section, pages);
    pel_section_run *runs = section->committed;
    size_t first = run_after(section, pages.first, true), last = first;
    for (; last < section->run_count && runs[last].first <= pages.end; last++) {
        pages.first = runs[last].first < pages.first ? runs[last].first : pages.first;
        pages.end = runs[last].end > pages.end ? runs[last].end : pages.end;
    }
    memmove(runs + first + 1, runs + last, (section->run_count - last) * sizeof *runs);
    runs[first] = pages;
    section->run_count = section->run_count - (last - first) + 1;
}
