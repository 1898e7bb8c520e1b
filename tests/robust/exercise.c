/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

/* At most this many of anything is looked at one by one, so that a hostile count cannot make
 * the test itself unbounded. */
#define LOOKS 200

static void format_diagnostics(const pel_image *image)
{
    char line[256];
    for (size_t i = 0; i < pel_image_diag_count(image); i++) {
        const pel_diag *diag = pel_image_diag(image, i);
        must(pel_diag_format(diag, line, sizeof line) > 0);
        must(pel_diag_text(diag->code) != NULL);
    }
}

/* A structure claims no byte that the file does not have. */
static void look_at_structures(const pel_image *image)
{
    size_t count, size = pel_image_bytes(image).size;
    const pel_schema *const *schemas = pel_schemas(&count);
    for (size_t i = 0; i < count; i++) {
        pel_structure s;
        for (uint32_t index = 0; index < LOOKS; index++) {
            if (pel_image_structure(image, schemas[i], index, &s) != PEL_OK)
                break;
            must(s.available <= s.size);
            must(s.available == 0 || (s.offset.v <= size && s.available <= size - s.offset.v));
            for (size_t f = 0; f < s.schema->field_count; f++)
                pel_field_get(&s.schema->fields[f], s.fields, 0);
        }
    }
}

void exercise_headers(const pel_image *image)
{
    uint32_t signature;
    pel_foff offset;
    pel_rich rich;
    must(pel_image_kind_name(pel_image_get_kind(image)) != NULL);
    pel_image_nt_signature(image, &signature, &offset);
    pel_image_overlay(image, &offset);
    pel_image_checksum(image);
    if (pel_image_rich(image, &rich))
        for (uint32_t i = 0; i < rich.entry_count; i++)
            must(pel_image_rich_entry(image, i) != NULL);
    for (uint32_t i = 0; i < PEL_DIR_COUNT; i++)
        pel_image_directory(image, i);
    must(pel_image_section_count(image) <= pel_image_bytes(image).size / 40);
    look_at_structures(image);
    format_diagnostics(image);
}

/* Both ways round: where an RVA has an offset, that offset has this RVA among its own. */
static void look_at_rva(const pel_image *image, uint32_t rva)
{
    pel_rva_answer at = pel_image_at_rva(image, (pel_rva){ rva });
    pel_foff offset;
    must(pel_where_name(at.where) != NULL);
    bool found = pel_image_rva_to_foff(image, (pel_rva){ rva }, &offset) == PEL_OK;
    must(found == at.has_offset);
    if (!found)
        return;
    must(offset.v < pel_image_bytes(image).size);
    pel_rva_iter it = pel_image_rvas(image, offset);
    bool back = false;
    for (pel_rva other; !back && pel_rva_next(&it, &other);)
        back = other.v == rva;
    must(back);
}

static void look_at_edges(const pel_image *image, uint64_t rva)
{
    for (uint64_t at = rva ? rva - 1 : 0; at <= rva + 1; at++)
        look_at_rva(image, (uint32_t)at);
}

void exercise_addresses(const pel_image *image)
{
    uint8_t bytes[64];
    look_at_edges(image, 0);
    look_at_edges(image, UINT32_MAX - 1);
    look_at_edges(image, pel_image_view_size(image));
    look_at_edges(image, pel_image_header_size(image));
    for (uint32_t i = 0; i < pel_image_section_count(image) && i < LOOKS; i++) {
        pel_extent e = pel_image_extent(image, i);
        look_at_edges(image, e.start.v);
        look_at_edges(image, e.start.v + e.size);
        look_at_edges(image, e.start.v + e.raw_size);
        pel_image_read(image, e.start, bytes, sizeof bytes);
        must(pel_image_span(image, e.start, 64).size <= 64);
    }
    size_t size = pel_image_bytes(image).size, step = size / LOOKS + 1;
    for (size_t offset = 0; offset < size + 2; offset += step)
        must(pel_where_name(pel_image_at_foff(image, (pel_foff){ offset })) != NULL);
}

/* A cursor over n bytes yields no more than n bytes hold. */
void exercise_relocations(const pel_image *image)
{
    size_t size = pel_image_bytes(image).size, blocks = 0;
    pel_reloc_iter it = pel_image_relocs(image);
    for (pel_reloc_block block; pel_reloc_next(&it, &block); blocks++) {
        must(pel_reloc_count(&block) <= size / 2);
        for (size_t i = 0; i < pel_reloc_count(&block); i++)
            must(pel_reloc_entry(&block, i).type <= 15);
        must(blocks <= size / 8);
    }
}

static pel_status exercise_view(pel_span bytes, pel_view view, exercise_depth depth,
                                const pel_allocator *allocator)
{
    pel_image_options options = { .allocator = allocator, .view = view, .thorough = true };
    pel_image *image;
    pel_status status = pel_image_parse(bytes, &options, &image);
    if (status == PEL_OK) {
        exercise_headers(image);
        exercise_addresses(image);
        exercise_relocations(image);
        exercise_verdicts(image);
        if (depth == EXERCISE_ALL)
            status = exercise_load(image, allocator);
        if (status == PEL_OK && depth == EXERCISE_ALL)
            status = exercise_start(image, allocator);
        if (status == PEL_OK && depth == EXERCISE_ALL)
            status = exercise_verify(image, allocator);
    }
    pel_image_free(image);
    return status;
}

pel_status exercise(pel_span bytes, exercise_depth depth, const pel_allocator *allocator)
{
    pel_status status = exercise_view(bytes, PEL_VIEW_NATIVE, depth, allocator);
    if (status != PEL_OK)
        return status;
    status = exercise_view(bytes, PEL_VIEW_EC, depth, allocator);
    return status == PEL_NOT_FOUND ? PEL_OK : status;
}
