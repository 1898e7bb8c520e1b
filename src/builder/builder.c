/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls: they gather inputs and latch the first failure. */
#include <string.h>

#include "base/text.h"
#include "builder/builder_priv.h"
#include "schema/decode.h"

#define MZ  0x5a4du
#define PE  0x4550u
#define MiB ((uint64_t)1 << 20)

/* ---- defaults ---------------------------------------------------------- */

/* The DOS program is the stub, with a stack of 256 bytes behind it. */
static const pel_dos_header default_dos = {
    .magic = MZ,
    .bytes_in_last_page = PEL_STUB_OFFSET + PEL_STUB_SIZE,
    .pages = 1,
    .header_paragraphs = PEL_STUB_OFFSET / 16,
    .min_paragraphs = 16,
    .max_paragraphs = 0xffff,
    .initial_sp = PEL_STUB_SIZE + 256,
    .relocation_table = PEL_STUB_OFFSET,
};

static pel_optional_header default_optional(bool wide)
{
    return (pel_optional_header){
        .magic = wide ? PEL_MAGIC_PE32P : PEL_MAGIC_PE32,
        .linker_major = 14,
        .image_base = { wide ? 0x140000000u : 0x400000u },
        .section_alignment = 0x1000,
        .file_alignment = 0x200,
        .os_major = 6,
        .subsystem_major = 6,
        .subsystem = PEL_SUBSYSTEM_WINDOWS_CUI,
        .dll_flags = (uint16_t)(PEL_DLL_DYNAMIC_BASE | PEL_DLL_NX_COMPAT |
                                (wide ? PEL_DLL_HIGH_ENTROPY_VA : 0)),
        .stack_reserve = MiB,
        .stack_commit = 0x1000,
        .heap_reserve = MiB,
        .heap_commit = 0x1000,
        .directory_count = PEL_DIR_COUNT,
    };
}

static void set_defaults(pel_builder *b)
{
    b->signature = PE;
    b->dos = default_dos;
    b->file.machine = b->wide ? PEL_MACHINE_AMD64 : PEL_MACHINE_I386;
    b->file.flags = (uint16_t)(PEL_FILE_EXECUTABLE_IMAGE |
                               (b->wide ? PEL_FILE_LARGE_ADDRESS_AWARE : PEL_FILE_32BIT_MACHINE));
    b->optional = default_optional(b->wide);
    b->entry.section = PEL_BUILD_NOWHERE;
    for (size_t i = 0; i < PEL_DIR_COUNT; i++)
        b->directories[i].at.section = PEL_BUILD_NOWHERE;
    b->reloc.name = pel_str_of(".reloc");
    memcpy(b->reloc.header.name, b->reloc.name.ptr, b->reloc.name.len);
    b->reloc.header.flags =
        PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_DISCARDABLE | PEL_SCN_MEM_READ;
}

/* ---- life -------------------------------------------------------------- */

pel_status pel_builder_new(pel_build_kind kind, const pel_allocator *allocator, pel_builder **out)
{
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    pel_allocator a = pel_allocator_or_default(allocator);
    pel_builder *b = pel_take(&a, sizeof *b);
    if (!b)
        return PEL_NO_MEMORY;
    b->allocator = a;
    pel_arena_init(&b->arena, &a);
    b->raw = kind == PEL_BUILD_RAW;
    b->wide = kind == PEL_BUILD_PE32PLUS;
    b->budget.left = PEL_BUILD_LIMIT;
    set_defaults(b);
    *out = b;
    return PEL_OK;
}

void pel_builder_free(pel_builder *b)
{
    if (!b)
        return;
    const pel_allocator a = b->allocator;
    for (size_t i = 0; i < b->section_count; i++)
        pel_buf_free(&a, &b->sections[i].data);
    pel_buf_free(&a, &b->reloc.data);
    pel_buf_free(&a, &b->overlay);
    pel_buf_free(&a, &b->output);
    pel_give(&a, b->sections, b->section_capacity * sizeof *b->sections);
    pel_give(&a, b->relocations, b->relocation_capacity * sizeof *b->relocations);
    pel_give(&a, b->links, b->link_capacity * sizeof *b->links);
    pel_give(&a, b->rich, b->rich_capacity * sizeof *b->rich);
    pel_give(&a, b->edits, b->edit_capacity * sizeof *b->edits);
    pel_arena_release(&b->arena);
    pel_give(&a, b, sizeof *b);
}

void pel_builder_latch(pel_builder *b, pel_status status)
{
    if (b->status == PEL_OK)
        b->status = status;
}

bool pel_builder_ready(pel_builder *b)
{
    if (!b)
        return false;
    if (b->raw)
        pel_builder_latch(b, PEL_BAD_ARG);
    return b->status == PEL_OK;
}

/* ---- sections ---------------------------------------------------------- */

/* A copy of `size` bytes that lives as long as the builder. */
static void *keep(pel_builder *b, const void *bytes, size_t size)
{
    void *copy = pel_arena_take(&b->arena, size);
    if (copy && size)
        memcpy(copy, bytes, size);
    if (!copy)
        pel_builder_latch(b, PEL_NO_MEMORY);
    return copy;
}

static void *grow_sections(pel_builder *b)
{
    if (pel_build_section_total(b) >= PEL_BUILD_MAX_SECTIONS) {
        pel_builder_latch(b, PEL_LIMIT);
        return NULL;
    }
    pel_build_section *sections = pel_grow(&b->allocator, b->sections, &b->section_capacity,
                                           b->section_count + 1, sizeof *sections);
    if (sections)
        b->sections = sections;
    else
        pel_builder_latch(b, PEL_NO_MEMORY);
    return sections;
}

uint32_t pel_builder_section(pel_builder *b, const char *name, uint32_t flags)
{
    if (!pel_builder_ready(b))
        return 0;
    if (!name) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return 0;
    }
    size_t len = strlen(name);
    const char *copy = keep(b, name, len);
    if (!copy || !grow_sections(b))
        return 0;
    uint32_t index = (uint32_t)b->section_count++;
    b->sections[index] = (pel_build_section){ .name = { copy, len }, .header = { .flags = flags } };
    return index;
}

/* The section that the caller means, or NULL and a latched failure. */
static pel_build_section *section_of(pel_builder *b, uint32_t index)
{
    if (!pel_builder_ready(b))
        return NULL;
    if (index < b->section_count)
        return &b->sections[index];
    pel_builder_latch(b, PEL_BAD_ARG);
    return NULL;
}

/* Write at `offset` of a buffer, which grows when it must. */
static void put(pel_builder *b, pel_buf *buf, uint64_t offset, const void *bytes, size_t size)
{
    uint8_t *to;
    if (!bytes && size) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return;
    }
    pel_status st = pel_buf_extend(&b->allocator, &b->budget, buf, offset, size, &to);
    if (st != PEL_OK)
        pel_builder_latch(b, st);
    else if (size)
        memcpy(to, bytes, size);
}

void pel_builder_write(pel_builder *b, uint32_t section, uint64_t offset, const void *bytes,
                       size_t size)
{
    pel_build_section *s = section_of(b, section);
    if (!s)
        return;
    put(b, &s->data, offset, bytes, size);
    pel_build_forget_from(b, section);
}

uint32_t pel_builder_data(pel_builder *b, uint32_t section, const void *bytes, size_t size)
{
    pel_build_section *s = section_of(b, section);
    if (!s)
        return 0;
    uint32_t offset = (uint32_t)s->data.size;
    pel_builder_write(b, section, offset, bytes, size);
    return offset;
}

static void fix(uint32_t *fixed, const pel_schema *schema, const pel_field *field)
{
    *fixed |= (uint32_t)1 << (field - schema->fields);
}

void pel_builder_virtual_size(pel_builder *b, uint32_t section, uint32_t size)
{
    pel_build_section *s = section_of(b, section);
    if (!s)
        return;
    const pel_schema *schema = &pel_section_header_schema;
    s->header.virtual_size = size;
    fix(&s->fixed, schema, pel_schema_field(schema, "virtual_size"));
    pel_build_forget_from(b, section);
}

pel_rva pel_builder_rva(pel_builder *b, uint32_t section, uint32_t offset)
{
    pel_rva rva = { 0 };
    pel_build_section *s = section_of(b, section);
    if (!s)
        return rva;
    pel_status st = pel_build_memory(b, (size_t)section + 1);
    if (st == PEL_OK)
        st = pel_build_rva(b, (pel_build_place){ section, offset }, &rva.v);
    if (st != PEL_OK) {
        pel_builder_latch(b, st);
        return (pel_rva){ 0 };
    }
    s->promised = true;
    s->promised_rva = s->header.virtual_address.v;
    return rva;
}

/* ---- headers ----------------------------------------------------------- */

void pel_builder_directory_at(pel_builder *b, uint32_t index, pel_build_place at, uint32_t size)
{
    if (!pel_builder_ready(b))
        return;
    if (index >= PEL_DIR_COUNT) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return;
    }
    b->directories[index] = (pel_build_directory){ at, size };
    b->fixed_directories |= (uint32_t)1 << index;
}

void pel_builder_directory(pel_builder *b, uint32_t index, pel_rva rva, uint32_t size)
{
    pel_builder_directory_at(b, index, (pel_build_place){ PEL_BUILD_NOWHERE, rva.v }, size);
}

void pel_builder_entry_at(pel_builder *b, pel_build_place at)
{
    if (pel_builder_ready(b))
        b->entry = at;
}

void pel_builder_entry(pel_builder *b, pel_rva rva)
{
    pel_builder_entry_at(b, (pel_build_place){ PEL_BUILD_NOWHERE, rva.v });
}

void pel_builder_overlay(pel_builder *b, const void *bytes, size_t size)
{
    if (b && b->status == PEL_OK)
        put(b, &b->overlay, b->overlay.size, bytes, size);
}

static bool set_directory(pel_builder *b, const pel_path *path, uint64_t value)
{
    if (path->index >= PEL_DIR_COUNT)
        return false;
    const pel_build_directory *d = &b->directories[path->index];
    pel_build_place at = d->at;
    uint32_t size = d->size;
    if (path->field == path->schema->fields)
        at = (pel_build_place){ PEL_BUILD_NOWHERE, (uint32_t)value };
    else
        size = (uint32_t)value;
    pel_builder_directory_at(b, path->index, at, size);
    return true;
}

static bool set_section(pel_builder *b, const pel_path *path, uint64_t value)
{
    if (path->index >= b->section_count || path->field->count > 1) /* names are given with it */
        return false;
    pel_build_section *s = &b->sections[path->index];
    pel_field_set(path->field, &s->header, 0, value);
    fix(&s->fixed, path->schema, path->field);
    return true;
}

static bool set_header(void *header, uint32_t *fixed, const pel_path *path, uint64_t value)
{
    pel_field_set(path->field, header, path->element, value);
    fix(fixed, path->schema, path->field);
    return true;
}

static bool set_field(pel_builder *b, const pel_path *path, uint64_t value)
{
    switch (path->part) {
    case PEL_PATH_DOS: return set_header(&b->dos, &b->fixed_dos, path, value);
    case PEL_PATH_SIGNATURE: b->signature = (uint32_t)value; return true;
    case PEL_PATH_FILE: return set_header(&b->file, &b->fixed_file, path, value);
    case PEL_PATH_OPTIONAL: return set_header(&b->optional, &b->fixed_optional, path, value);
    case PEL_PATH_DIRECTORY: return set_directory(b, path, value);
    case PEL_PATH_SECTION: return set_section(b, path, value);
    }
    return false;
}

/* The field that `text` names, if `value` fits in it. */
static bool parse_path(const pel_builder *b, const char *text, uint64_t value, pel_path *out)
{
    if (!text || pel_path_parse(pel_str_of(text), out) != PEL_OK)
        return false;
    unsigned width = pel_path_width(out, b->wide);
    return width == 8 || (width > 0 && value >> (8 * width) == 0);
}

void pel_builder_set(pel_builder *b, const char *path, uint64_t value)
{
    pel_path parsed;
    if (!pel_builder_ready(b))
        return;
    if (!parse_path(b, path, value, &parsed) || !set_field(b, &parsed, value))
        pel_builder_latch(b, PEL_BAD_ARG);
    pel_build_forget_from(b, 0);
}

/* ---- edits ------------------------------------------------------------- */

static void add_edit(pel_builder *b, const pel_build_edit *edit)
{
    pel_build_edit *edits =
        pel_grow(&b->allocator, b->edits, &b->edit_capacity, b->edit_count + 1, sizeof *edits);
    if (!edits) {
        pel_builder_latch(b, PEL_NO_MEMORY);
        return;
    }
    b->edits = edits;
    edits[b->edit_count++] = *edit;
}

void pel_builder_poke(pel_builder *b, const char *path, uint64_t value)
{
    pel_build_edit edit = { .kind = PEL_EDIT_POKE, .value = value };
    if (!pel_builder_ready(b))
        return;
    if (parse_path(b, path, value, &edit.path))
        add_edit(b, &edit);
    else
        pel_builder_latch(b, PEL_BAD_ARG);
}

void pel_builder_patch(pel_builder *b, pel_foff offset, const void *bytes, size_t size)
{
    pel_build_edit edit = { .kind = PEL_EDIT_PATCH, .value = offset.v, .size = size };
    if (!b || b->status != PEL_OK)
        return;
    if (!bytes && size) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return;
    }
    edit.bytes = keep(b, bytes, size);
    if (edit.bytes)
        add_edit(b, &edit);
}

void pel_builder_resize(pel_builder *b, uint64_t size)
{
    const pel_build_edit edit = { .kind = PEL_EDIT_RESIZE, .value = size };
    if (b && b->status == PEL_OK)
        add_edit(b, &edit);
}

pel_status pel_builder_finish(pel_builder *b, pel_span *out)
{
    if (!out)
        return PEL_BAD_ARG;
    *out = (pel_span){ 0 };
    if (!b)
        return PEL_BAD_ARG;
    if (b->status == PEL_OK)
        b->status = pel_build_layout(b);
    if (b->status == PEL_OK)
        b->status = pel_build_write(b);
    if (b->status == PEL_OK)
        *out = (pel_span){ b->output.data, b->output.size };
    return b->status;
}
