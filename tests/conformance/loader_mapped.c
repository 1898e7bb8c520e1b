/* SPDX-License-Identifier: Apache-2.0 */
#include "loader_case.h"
#include "peek.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mapping_begin(mapping *m, const pel_image *image, const pel_load_options *options,
                   bool occupied)
{
    *m = (mapping){ .machine = NULL };
    if (pel_machine_new(NULL, &m->machine) != PEL_OK ||
        pel_space_new(m->machine, NULL, &m->space) != PEL_OK)
        return false;
    const pel_optional_header *optional = pel_image_optional_header(image);
    if (occupied && optional) {
        pel_va base = optional->image_base;
        uint64_t size = PEL_PAGE_SIZE;
        m->status = pel_space_allocate(m->space, &base, &size, PEL_MEM_RESERVE, PEL_PAGE_NOACCESS);
        if (!pel_nt_success(m->status))
            return true;
    }
    m->status = pel_image_map(m->space, image, options, &m->module);
    if (pel_nt_success(m->status))
        m->status = m->module.status;
    return true;
}

void mapping_end(mapping *m)
{
    pel_space_free(m->space);
    pel_machine_free(m->machine);
}

/* Map with default options; a refusal is a difference of `key`. */
static bool begin(loader_case *c, mapping *m, const char *key, bool occupied)
{
    bool made = mapping_begin(m, c->image, NULL, occupied);
    if (!made)
        trial_differs(&c->trial, key, "want a mapped image, got no host memory");
    else if (!pel_nt_success(m->status))
        trial_differs(&c->trial, key, "want a mapped image, got %s", short_status(m->status));
    return made && pel_nt_success(m->status);
}

/* Member `key` of a region, when the case gives it and not null. */
static void expect_member(loader_case *c, const char *where, json_object *want, const char *key,
                          uint64_t got)
{
    char what[80];
    snprintf(what, sizeof what, "%s.%s", where, key);
    if (json_get(want, key))
        trial_number(&c->trial, what, json_number(want, key, 0), got);
}

static bool query(loader_case *c, const mapping *m, const char *key, uint64_t rva, pel_region *out)
{
    pel_ntstatus status = pel_space_query(m->space, (pel_va){ m->module.base.v + rva }, out);
    if (status != PEL_STATUS_SUCCESS)
        trial_differs(&c->trial, key, "want an answer, got %s", short_status(status));
    return status == PEL_STATUS_SUCCESS;
}

/* A region as VirtualQuery tells it for the page at `want.rva`. */
static void expect_region(loader_case *c, const mapping *m, const char *key, json_object *want)
{
    uint64_t rva = json_number(want, "rva", 0);
    pel_region r;
    if (!query(c, m, key, rva, &r))
        return;
    trial_number(&c->trial, "region base", m->module.base.v + rva, r.base.v);
    trial_number(&c->trial, "region allocation base", m->module.base.v, r.allocation_base.v);
    expect_member(c, key, want, "size", r.size);
    expect_member(c, key, want, "protect", r.protect);
    expect_member(c, key, want, "alloc_protect", r.alloc_protect);
    expect_member(c, key, want, "state", r.state);
    expect_member(c, key, want, "type", r.type);
}

void check_section_region(loader_case *c, json_object *want)
{
    mapping m;
    if (begin(c, &m, "section_region", false))
        expect_region(c, &m, "section_region", want);
    mapping_end(&m);
}

/* The RVA of the first section, where the cases look. */
static uint64_t first_section(const loader_case *c)
{
    const pel_section *s = pel_image_section(c->image, 0);
    return s ? s->header.virtual_address.v : 0;
}

void check_protect(loader_case *c, json_object *want)
{
    mapping m;
    pel_region r;
    if (begin(c, &m, "protect", false) && query(c, &m, "protect", first_section(c), &r))
        trial_number(&c->trial, "protect", json_value(want), r.protect);
    mapping_end(&m);
}

void check_protect_after_first_write(loader_case *c, json_object *want)
{
    mapping m;
    pel_region r;
    if (begin(c, &m, "protect_after_first_write", false)) {
        pel_va at = { m.module.base.v + first_section(c) };
        pel_ntstatus status = pel_space_write(m.space, at, "\x90", 1, NULL);
        if (!want)
            trial_text(&c->trial, "write", "ACCESS_VIOLATION", short_status(status));
        else if (trial_text(&c->trial, "write", "SUCCESS", short_status(status)) &&
                 query(c, &m, "protect_after_first_write", first_section(c), &r))
            trial_number(&c->trial, "protect_after_first_write", json_value(want), r.protect);
    }
    mapping_end(&m);
}

void check_second_view_status(loader_case *c, json_object *want)
{
    mapping m;
    pel_module second;
    if (begin(c, &m, "second_view_status", false)) {
        pel_ntstatus status = pel_image_map(m.space, c->image, NULL, &second);
        if (pel_nt_success(status))
            status = second.status;
        trial_text(&c->trial, "second_view_status", json_object_get_string(want),
                   short_status(status));
    }
    mapping_end(&m);
}

/* ---- the preferred base is taken ---------------------------------------- */

void check_map_status(loader_case *c, json_object *want)
{
    mapping m;
    if (begin(c, &m, "map_status", true)) {
        trial_text(&c->trial, "map_status", json_object_get_string(want), short_status(m.status));
        trial_number(&c->trial, "mapped elsewhere", 1,
                     m.module.base.v != m.module.preferred_base.v);
    }
    mapping_end(&m);
}

/* `size` bytes at `rva` as a number, read as the kernel would. */
static uint64_t word_at(loader_case *c, const mapping *m, uint64_t rva, size_t size)
{
    uint64_t number;
    if (!peek_number(m->space, (pel_va){ m->module.base.v + rva }, size, &number))
        trial_differs(&c->trial, "read", "want a number at 0x%x, got none", (unsigned)rva);
    return number;
}

void check_image_base_field_updated(loader_case *c, json_object *want)
{
    mapping m;
    if (begin(c, &m, "image_base_field_updated", true)) {
        bool wide = pel_image_is_wide(c->image);
        uint64_t at = pel_image_dos_header(c->image)->nt_header.v + (wide ? 48 : 52);
        bool updated = json_object_get_boolean(want);
        trial_number(&c->trial, "ImageBase in the mapped header",
                     updated ? m.module.base.v : m.module.preferred_base.v,
                     word_at(c, &m, at, wide ? 8 : 4));
    }
    mapping_end(&m);
}

/* The first entry that patches something; false when there is none. */
static bool first_relocation(const pel_image *image, pel_reloc *out)
{
    pel_reloc_iter it = pel_image_relocs(image);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);)
        for (size_t i = 0; i < pel_reloc_count(&block); i++) {
            *out = pel_reloc_entry(&block, i);
            if (out->type != PEL_REL_ABSOLUTE)
                return true;
        }
    return false;
}

/* pel_image_map does the kernel's work and then, where the kernel left it, that of the loader in
 * the program. Which of them relocated shows in the status: IMAGE_NOT_AT_BASE hands it on. */
void check_relocated_by_kernel(loader_case *c, json_object *want)
{
    mapping m;
    pel_reloc reloc;
    if (!first_relocation(c->image, &reloc)) {
        trial_note(&c->trial, "relocated_by_kernel", "the file has no relocation to look at");
        return;
    }
    if (begin(c, &m, "relocated_by_kernel", true)) {
        size_t size = reloc.type == PEL_REL_DIR64 ? 8 : 4;
        uint64_t delta = m.module.base.v - m.module.preferred_base.v;
        uint64_t moved = file_number(c->image, reloc.rva.v, size) + delta;
        trial_number(&c->trial, "relocated word", size == 8 ? moved : (uint32_t)moved,
                     word_at(c, &m, reloc.rva.v, size));
        trial_number(&c->trial, "relocated by the kernel", json_object_get_boolean(want),
                     m.status == PEL_STATUS_SUCCESS);
    }
    mapping_end(&m);
}

/* ---- if_loaded ----------------------------------------------------------- */

static bool all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Bytes [rva, end of its page), as the kernel reads them; nothing at the start of a page. */
static size_t read_tail(loader_case *c, const mapping *m, uint64_t rva, uint8_t *out)
{
    size_t size = (size_t)(pel_round_up(rva, PEL_PAGE_SIZE) - rva);
    pel_ntstatus status = pel_space_peek(m->space, (pel_va){ m->module.base.v + rva }, out, size);
    if (size && status != PEL_STATUS_SUCCESS)
        trial_differs(&c->trial, "read", "want SUCCESS, got %s", short_status(status));
    return size && status == PEL_STATUS_SUCCESS ? size : 0;
}

static void expect_zero_tail(loader_case *c, const mapping *m, uint64_t rva)
{
    uint8_t bytes[PEL_PAGE_SIZE];
    size_t size = read_tail(c, m, rva, bytes);
    if (!all_zero(bytes, size))
        trial_differs(&c->trial, "header_tail_zeroed_from", "want zeros from 0x%x, got others",
                      (unsigned)rva);
}

static void expect_bytes(loader_case *c, const mapping *m, json_object *want)
{
    uint8_t memory[PEL_PAGE_SIZE];
    pel_span file;
    size_t length = (size_t)json_number(want, "len", 0);
    uint64_t rva = json_number(want, "rva", 0);
    bool inside = length <= sizeof memory &&
                  pel_span_slice(pel_image_bytes(c->image),
                                 json_number(want, "equal_file_offset", UINT64_MAX), length, &file);
    if (!inside)
        trial_note(&c->trial, "bytes_at", "the file has no such bytes");
    else if (pel_space_peek(m->space, (pel_va){ m->module.base.v + rva }, memory, length) !=
                 PEL_STATUS_SUCCESS ||
             memcmp(memory, file.data, length) != 0)
        trial_differs(&c->trial, "bytes_at", "want the bytes of the file at 0x%x, got others",
                      (unsigned)rva);
}

static void expect_section(loader_case *c, const mapping *m, json_object *want)
{
    uint8_t bytes[PEL_PAGE_SIZE];
    expect_region(c, m, "if_loaded.section_region", want);
    if (json_get(want, "bytes_at"))
        expect_bytes(c, m, json_get(want, "bytes_at"));
    if (json_get(want, "tail_not_zeroed_after")) {
        size_t size = read_tail(c, m, json_number(want, "tail_not_zeroed_after", 0), bytes);
        if (size && all_zero(bytes, size))
            trial_differs(&c->trial, "tail_not_zeroed_after", "want bytes of the file, got zeros");
    }
}

/* Bytes of the view, as VirtualQuery shows them: all regions of one allocation. */
static uint64_t allocation_size(const mapping *m)
{
    uint64_t size = 0;
    pel_region r;
    while (pel_space_query(m->space, (pel_va){ m->module.base.v + size }, &r) ==
               PEL_STATUS_SUCCESS &&
           r.allocation_base.v == m->module.base.v && r.size > 0)
        size += r.size;
    return size;
}

static void expect_flat(loader_case *c, bool want)
{
    pel_section_image_information info;
    trial_number(&c->trial, "mapped_flat", want, pel_image_is_flat(c->image));
    if (pel_image_section_information(c->image, NULL, &info) == PEL_OK)
        trial_number(&c->trial, "ImageMappedFlat", want, (info.image_flags & 0x08) != 0);
}

static void expect_loaded(loader_case *c, const mapping *m, json_object *want)
{
    json_object_object_foreach(want, key, value)
    {
        if (strcmp(key, "base_region") == 0) {
            expect_region(c, m, "if_loaded.base_region", value);
        } else if (strcmp(key, "view_size") == 0) {
            trial_number(&c->trial, "view_size", json_value(value), m->module.size);
            trial_number(&c->trial, "size of all regions", json_value(value), allocation_size(m));
        } else if (strcmp(key, "header_tail_zeroed_from") == 0) {
            if (value)
                expect_zero_tail(c, m, json_value(value));
        } else if (strcmp(key, "mapped_flat") == 0) {
            expect_flat(c, json_object_get_boolean(value));
        } else if (strcmp(key, "section_region") == 0) {
            expect_section(c, m, value);
        } else {
            trial_unchecked(&c->trial, key);
        }
    }
}

/* Where refusing is allowed, too, the layout is looked at all the same. */
void check_if_loaded(loader_case *c, json_object *want)
{
    mapping m;
    pel_load_options options = { .hypothetical = true };
    if (!mapping_begin(&m, c->image, &options, false))
        trial_differs(&c->trial, "if_loaded", "want a mapped image, got no host memory");
    else if (!pel_nt_success(m.status))
        trial_note(&c->trial, "if_loaded", "refused, and cannot be laid out");
    else
        expect_loaded(c, &m, want);
    mapping_end(&m);
}
