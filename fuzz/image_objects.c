/* SPDX-License-Identifier: Apache-2.0 */
/* Objects, libraries and separate debug files; for fuzz_image.c. */
#include <pelorus/pelorus.h>
#include <stdlib.h>

#include "fuzz.h"
#include "image_directories.h"

#define DEEPEST 3

/* Text of a field or between blanks: it may have zeros. */
static void must_be_bytes(const pel_image *image, pel_str text)
{
    must_be_part(pel_image_bytes(image), (pel_span){ (const uint8_t *)text.ptr, text.len });
}

static void ask_relocations(const pel_image *image)
{
    for (uint32_t i = 0; i < pel_image_section_count(image) && i < 64; i++) {
        uint64_t seen = 0;
        pel_coff_reloc_iter it = pel_image_coff_relocs(image, i);
        for (pel_coff_relocation r; pel_coff_reloc_next(&it, &r); seen++)
            pel_coff_reloc_type_name(pel_image_machine(image), r.type);
        MUST(seen <= it.count && seen <= pel_image_bytes(image).size / 10);
        MUST(it.status == PEL_TRUNCATED || seen == it.count);
    }
}

static void ask_linker(const pel_image *image)
{
    pel_str text;
    uint32_t section, count = pel_image_section_count(image);
    size_t most = 16 * pel_image_bytes(image).size + 0x10000, seen = 0;
    pel_directive_iter it = pel_image_directives(image);
    while (pel_directive_next(&it, &text, &section)) {
        MUST(text.len > 0 && section < count && ++seen <= most);
        must_be_bytes(image, text);
    }
    pel_comdat *comdats = calloc(count + (size_t)1, sizeof *comdats);
    MUST(comdats);
    pel_image_comdats(image, comdats);
    free(comdats);
}

static void ask_headers(const pel_image *image)
{
    pel_foff at;
    pel_import_names names;
    MUST(!pel_image_anon_header(image) || pel_image_get_kind(image) == PEL_IMAGE_ANONYMOUS ||
         pel_image_get_kind(image) == PEL_IMAGE_BIG_OBJECT);
    if (pel_image_import_names(image, &names) != PEL_NOT_FOUND) {
        must_be_text(image, names.symbol);
        must_be_text(image, names.dll);
        must_be_text(image, names.export_as);
        must_be_text(image, names.import_name);
    }
    must_be_part(pel_image_bytes(image), pel_image_exported_names(image, &at));
    must_be_part(pel_image_bytes(image), pel_image_anon_data(image, &at));
    MUST(pel_debug_variant_name(pel_image_debug_variant(image)));
    pel_line_iter lines = pel_image_debug_lines(image);
    for (pel_line_number line; pel_line_next(&lines, &line);)
        MUST(lines.index <= lines.count);
}

static void ask_index(const pel_image *archive, pel_member_role role)
{
    uint64_t seen = 0;
    pel_archive_index it = pel_archive_symbols(archive, role);
    for (pel_archive_symbol s; pel_archive_symbol_next(&it, &s);) {
        MUST(++seen <= it.count && seen <= pel_image_bytes(archive).size);
        MUST(!s.has_member || (s.has_offset && s.member < pel_archive_count(archive)));
        must_be_text(archive, s.name);
    }
}

static void ask_archive(const pel_image *archive, unsigned depth)
{
    pel_span bytes = pel_image_bytes(archive);
    pel_archive_entry m;
    uint64_t total = 0;
    uint32_t index;
    MUST(pel_archive_count(archive) <= bytes.size / 60);
    for (uint32_t i = 0; pel_archive_at(archive, i, &m) == PEL_OK; i++) {
        pel_image *image = NULL;
        must_be_part(bytes, m.data);
        must_be_bytes(archive, m.name);
        MUST(m.data.size <= m.size && (total += 60 + m.data.size) <= bytes.size);
        MUST(pel_archive_by_offset(archive, m.offset, &index) == PEL_OK && index == i);
        MUST(pel_image_parse(m.data, NULL, &image) == PEL_OK);
        if (depth < DEEPEST)
            ask_objects(image, depth + 1);
        pel_image_free(image);
    }
    for (int role = 0; role < PEL_MEMBER_ROLES; role++)
        ask_index(archive, (pel_member_role)role);
}

void ask_objects(const pel_image *image, unsigned depth)
{
    ask_headers(image);
    ask_relocations(image);
    ask_linker(image);
    ask_archive(image, depth);
}
