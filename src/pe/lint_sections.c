/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of sections: names, flags, sizes, and where their bytes are. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "pe/entropy.h"
#include "pe/lint.h"

static void tell(oddities *o, pel_diag_code code, uint32_t index, const char *field,
                 uint64_t found_value, uint64_t limit)
{
    pel_odd_field(o, code, &pel_section_header_schema, index, field, found_value, limit);
}

/* ---- names ------------------------------------------------------------- */

static const char *const packers[] = {
#define X(name) name,
#include <pelorus/tables/packer_section.def>
#undef X
};

static bool is_of_packer(pel_str name)
{
    for (size_t i = 0; i < sizeof packers / sizeof packers[0]; i++)
        if (name.len == strlen(packers[i]) && memcmp(name.ptr, packers[i], name.len) == 0)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

/* The eight bytes of names, with their indices, sorted. */
static void look_for_twins(oddities *o)
{
    const pel_image *img = o->img;
    size_t count = img->section_count;
    uint64_t(*names)[2] = pel_take(&img->arena.allocator, (count + 1) * sizeof *names);
    if (!names) {
        o->status = PEL_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        pel_span name = { img->sections[i].header.name, sizeof img->sections[i].header.name };
        names[i][0] = pel_span_u64(name, 0);
        names[i][1] = i;
    }
    qsort(names, count, sizeof *names, compare);
    for (size_t i = 1; i < count; i++)
        if (names[i][0] == names[i - 1][0])
            tell(o, PEL_DIAG_SECTION_NAME_TWICE, (uint32_t)names[i][1], "Name", 0, names[i - 1][1]);
    pel_give(&img->arena.allocator, names, (count + 1) * sizeof *names);
}

static void look_at_name(oddities *o, uint32_t i)
{
    pel_str name = o->img->sections[i].name;
    if (!pel_is_printable(name))
        tell(o, PEL_DIAG_SECTION_NAME_ODD, i, "Name", 0, 0);
    if (is_of_packer(name))
        tell(o, PEL_DIAG_SECTION_NAME_PACKER, i, "Name", 0, 0);
}

/* ---- flags and sizes --------------------------------------------------- */

#define ACCESS (PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE | PEL_SCN_MEM_EXECUTE)
/* Flags of object files: types, links, COMDAT, alignment, overflow of relocations. */
#define OBJECT_FLAGS 0x01f01b1fu
#define HUGE         0x10000000u

static void look_at_flags(oddities *o, uint32_t i)
{
    const pel_section_header *h = &o->img->sections[i].header;
    uint32_t access = h->flags & ACCESS;
    if (access == 0)
        tell(o, PEL_DIAG_SECTION_ACCESS, i, "Characteristics", h->flags, 0);
    if (access == PEL_SCN_MEM_WRITE)
        tell(o, PEL_DIAG_SECTION_WRITE_ONLY, i, "Characteristics", h->flags, 0);
    if ((h->flags & PEL_SCN_MEM_SHARED) && (h->flags & PEL_SCN_MEM_WRITE))
        tell(o, PEL_DIAG_SECTION_SHARED, i, "Characteristics", h->flags, 0);
    if (h->flags & OBJECT_FLAGS)
        tell(o, PEL_DIAG_SECTION_FLAGS_OBJECT, i, "Characteristics", h->flags,
             h->flags & OBJECT_FLAGS);
    if ((h->flags & PEL_SCN_CNT_CODE) && !(h->flags & PEL_SCN_MEM_EXECUTE))
        tell(o, PEL_DIAG_SECTION_CODE_FLAGS, i, "Characteristics", h->flags, 0);
    if (h->relocation_table.v || h->relocation_count)
        tell(o, PEL_DIAG_SECTION_OBJECT_FIELDS, i, "PointerToRelocations", h->relocation_table.v,
             0);
}

static void look_at_sizes(oddities *o, uint32_t i)
{
    const pel_image *img = o->img;
    const pel_section_header *h = &img->sections[i].header;
    pel_extent e = pel_image_extent(img, i);
    uint32_t alignment = img->optional.file_alignment;
    if (h->virtual_size > HUGE)
        tell(o, PEL_DIAG_SECTION_HUGE, i, "VirtualSize", h->virtual_size, HUGE);
    if (h->virtual_address.v > HUGE)
        tell(o, PEL_DIAG_SECTION_HUGE, i, "VirtualAddress", h->virtual_address.v, HUGE);
    if (h->raw_size > 0 && h->raw_offset.v == 0)
        tell(o, PEL_DIAG_SECTION_RAW_NOWHERE, i, "PointerToRawData", 0, h->raw_size);
    bool empty = h->raw_size == 0 || h->raw_offset.v == 0;
    if ((h->flags & PEL_SCN_MEM_EXECUTE) && empty && e.size > 0 && !pel_image_is_flat(img))
        tell(o, PEL_DIAG_SECTION_CODE_EMPTY, i, "SizeOfRawData", 0, 0);
    if (empty)
        return;
    if (h->virtual_size == 0)
        tell(o, PEL_DIAG_SECTION_VIRTUAL_ZERO, i, "VirtualSize", 0, h->raw_size);
    if (pel_is_power_of_two(alignment) && h->raw_size % alignment != 0)
        tell(o, PEL_DIAG_SECTION_RAW_SIZE, i, "SizeOfRawData", h->raw_size, alignment);
    /* Only what a whole page or more is left out of is worth a word. */
    if (!pel_image_is_flat(img) && h->raw_size > pel_round_up(e.size, PEL_PAGE_SIZE) &&
        h->raw_size > e.size + alignment)
        tell(o, PEL_DIAG_SECTION_RAW_UNMAPPED, i, "SizeOfRawData", h->raw_size, e.span);
    if (h->raw_offset.v < pel_image_headers_end(img).v)
        tell(o, PEL_DIAG_SECTION_RAW_IN_HEADERS, i, "PointerToRawData", h->raw_offset.v,
             pel_image_headers_end(img).v);
}

/* ---- entropy ----------------------------------------------------------- */

#define ENTROPY      7200 /* in thousandths of a bit; compressed data have more */
#define ENTROPY_SIZE 1024 /* in less there cannot be much of it */

/* Resources and .NET are compressed pictures and the like. */
static bool may_be_random(const pel_image *img, uint32_t i)
{
    uint32_t resources = pel_image_directory(img, PEL_DIR_RESOURCE).address;
    const pel_section_header *h = &img->sections[i].header;
    return resources >= h->virtual_address.v &&
           resources - h->virtual_address.v < pel_image_extent(img, i).size;
}

static void look_at_entropy(oddities *o, uint32_t i, uint64_t *budget)
{
    const pel_image *img = o->img;
    const pel_section_header *h = &img->sections[i].header;
    pel_span raw = pel_span_clip(img->bytes, h->raw_offset.v, h->raw_size);
    if (h->raw_offset.v == 0 || raw.size < ENTROPY_SIZE || may_be_random(img, i) ||
        (h->flags & PEL_SCN_MEM_DISCARDABLE) || !pel_spend(budget, raw.size))
        return;
    pel_foff at = h->raw_offset;
    uint64_t entropy = (uint64_t)(pel_image_entropy(img, raw) * 1000);
    if (entropy >= ENTROPY)
        pel_odd(o, PEL_DIAG_SECTION_ENTROPY, pel_odd_place("sections", i, "entropy", &at), entropy,
                ENTROPY);
}

#define XP_SECTIONS 96

void pel_lint_sections(oddities *o)
{
    const pel_image *img = o->img;
    uint64_t budget = img->bytes.size;
    if (img->section_count == 0)
        pel_odd_field(o, PEL_DIAG_SECTIONS_NONE, &pel_file_header_schema, 0, "NumberOfSections", 0,
                      0);
    if (img->section_count > XP_SECTIONS)
        pel_odd_field(o, PEL_DIAG_SECTIONS_MANY, &pel_file_header_schema, 0, "NumberOfSections",
                      img->section_count, XP_SECTIONS);
    look_for_twins(o);
    for (uint32_t i = 0; i < img->section_count && o->status == PEL_OK; i++) {
        look_at_name(o, i);
        look_at_flags(o, i);
        look_at_sizes(o, i);
        look_at_entropy(o, i, &budget);
    }
}

/* ---- raw data ---------------------------------------------------------- */

typedef struct run {
    uint64_t start, end;
    uint32_t section;
} run;

static int compare_runs(const void *a, const void *b)
{
    const run *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->section < y->section ? -1 : x->section > y->section;
}

static bool any_byte(pel_span s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i])
            return true;
    return false;
}

static void look_at_gap(oddities *o, uint64_t start, uint64_t end)
{
    pel_foff at = { start };
    if (end > start && any_byte(pel_span_clip(o->img->bytes, start, end - start)))
        pel_odd(o, PEL_DIAG_FILE_GAP, pel_odd_place("file", PEL_NO_INDEX, NULL, &at), end - start,
                0);
}

static void look_at_runs(oddities *o, const run *runs, size_t count)
{
    const pel_image *img = o->img;
    uint64_t end = img->optional.size_of_headers, highest = 0;
    uint32_t last = PEL_NO_INDEX;
    if (end < pel_image_headers_end(img).v)
        end = pel_image_headers_end(img).v;
    for (size_t i = 0; i < count; i++) {
        const run *r = &runs[i];
        uint32_t va = img->sections[r->section].header.virtual_address.v;
        if (last != PEL_NO_INDEX && r->start < end)
            tell(o, PEL_DIAG_SECTION_RAW_OVERLAP, r->section, "PointerToRawData", r->start, end);
        else if (va < highest)
            tell(o, PEL_DIAG_SECTION_RAW_ORDER, r->section, "PointerToRawData", r->start, end);
        look_at_gap(o, end, r->start);
        highest = va > highest ? va : highest;
        end = r->end > end ? r->end : end;
        last = r->section;
    }
}

/* A section that has nothing where its bytes should be in the file, nor has the file anything in
 * front of the RVA of the first one; but there it has. */
static void look_for_dump(oddities *o)
{
    const pel_image *img = o->img;
    if (img->section_count == 0)
        return;
    const pel_section_header *h = &img->sections[0].header;
    uint64_t headers = img->optional.size_of_headers, start = h->virtual_address.v;
    bool between = h->raw_size > 0 && h->raw_offset.v >= headers && h->raw_offset.v < start;
    pel_span gap = pel_span_clip(img->bytes, headers, start > headers ? start - headers : 0);
    pel_span there = pel_span_clip(img->bytes, start, PEL_PAGE_SIZE);
    if (between && !any_byte(gap) && any_byte(there) && start % PEL_PAGE_SIZE == 0)
        tell(o, PEL_DIAG_MEMORY_DUMP, 0, "PointerToRawData", h->raw_offset.v, start);
}

void pel_lint_raw_data(oddities *o)
{
    const pel_image *img = o->img;
    size_t count = 0, size = (img->section_count + 1) * sizeof(run);
    if (img->layout != PEL_LAYOUT_FILE)
        return;
    look_for_dump(o);
    run *runs = pel_take(&img->arena.allocator, size);
    if (!runs) {
        o->status = PEL_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < img->section_count; i++) {
        const pel_section_header *h = &img->sections[i].header;
        if (h->raw_offset.v > 0 && h->raw_size > 0)
            runs[count++] = (run){ h->raw_offset.v, h->raw_offset.v + (uint64_t)h->raw_size, i };
    }
    qsort(runs, count, sizeof *runs, compare_runs);
    look_at_runs(o, runs, count);
    pel_give(&img->arena.allocator, runs, size);
}
