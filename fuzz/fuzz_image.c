/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file: parse it, ask everything there is to ask, judge it for every Windows, and
 * dump it. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"
#include "image_directories.h"

#define PATH "fuzz"

/* ---- headers and sections ---------------------------------------------- */

static void ask_structures(const pel_image *image)
{
    size_t count, file = pel_image_bytes(image).size;
    const pel_schema *const *schemas = pel_schemas(&count);
    for (size_t i = 0; i < count; i++) {
        pel_structure s;
        uint32_t n = 0;
        while (pel_image_structure(image, schemas[i], n, &s) == PEL_OK) {
            MUST(s.schema == schemas[i] && s.fields != NULL);
            MUST(s.available <= s.size);
            MUST(s.available == 0 || (s.offset.v < file && s.available <= file - s.offset.v));
            const char *field = schemas[i]->fields[0].name;
            pel_place place = pel_image_place(image, schemas[i], n, field);
            MUST(place.field == NULL || strcmp(place.field, field) == 0);
            MUST(++n <= 0x10000);
        }
    }
}

static void ask_headers(const pel_image *image)
{
    uint32_t signature;
    pel_foff offset;
    pel_rich rich;
    MUST(pel_image_kind_name(pel_image_get_kind(image)) != NULL);
    MUST((pel_image_file_header(image) != NULL) >= pel_image_is_pe(image));
    MUST(!pel_image_is_wide(image) || pel_image_get_kind(image) == PEL_IMAGE_PE32PLUS ||
         pel_image_get_kind(image) == PEL_IMAGE_TE);
    pel_image_is_dll(image);
    pel_image_dos_header(image);
    pel_image_optional_header(image);
    pel_image_rom_header(image);
    pel_image_te_header(image);
    pel_image_nt_signature(image, &signature, &offset);
    if (pel_image_rich(image, &rich)) {
        MUST(rich.entry_count <= pel_image_bytes(image).size / 8);
        for (uint32_t i = 0; i < rich.entry_count; i++)
            MUST(pel_image_rich_entry(image, i) != NULL);
    }
    MUST(pel_image_directory_count(image) <= PEL_DIR_COUNT);
    for (uint32_t i = 0; i < PEL_DIR_COUNT; i++)
        pel_image_directory(image, i);
    pel_image_checksum(image);
    pel_image_headers_end(image);
}

static void ask_sections(const pel_image *image)
{
    pel_span bytes = pel_image_bytes(image);
    uint32_t count = pel_image_section_count(image);
    MUST(count <= bytes.size / 40);
    for (uint32_t i = 0; i < count; i++) {
        const pel_section *s = pel_image_section(image, i);
        pel_extent e = pel_image_extent(image, i);
        MUST(s != NULL && s->name.len <= bytes.size);
        MUST(e.raw_size <= e.raw_wanted && e.raw_size <= bytes.size);
        MUST(e.raw_size == 0 || pel_span_has(bytes, e.raw_start.v, e.raw_size));
    }
    MUST(pel_image_section(image, count) == NULL);
    pel_foff at;
    pel_span overlay = pel_image_overlay(image, &at);
    MUST(overlay.size == 0 ||
         (pel_span_has(bytes, at.v, overlay.size) && overlay.data == bytes.data + at.v));
    pel_image_is_flat(image);
    pel_image_header_size(image);
}

static void ask_diagnostics(const pel_image *image)
{
    size_t count = pel_image_diag_count(image);
    /* The default limit, the first of each code, and the remark that it was reached. */
    MUST(count <= 1000 + PEL_DIAG_COUNT);
    for (size_t i = 0; i < count; i++) {
        const pel_diag *d = pel_image_diag(image, i);
        char line[64];
        MUST(d != NULL && (unsigned)d->code < PEL_DIAG_COUNT);
        MUST(pel_diag_format(d, line, sizeof line) >= strlen(line));
    }
}

/* ---- addresses and relocations ----------------------------------------- */

/* There and back: an offset found for an RVA must have that RVA among its own. */
static void ask_rva(const pel_image *image, pel_rva rva)
{
    pel_rva_answer answer = pel_image_at_rva(image, rva);
    MUST(pel_where_name(answer.where) != NULL);
    pel_foff offset;
    pel_status status = pel_image_rva_to_foff(image, rva, &offset);
    MUST((status == PEL_OK) == answer.has_offset);
    pel_span span = pel_image_span(image, rva, 16);
    uint8_t copy[16];
    if (status != PEL_OK) {
        MUST(span.size == 0);
        return;
    }
    pel_span bytes = pel_image_bytes(image);
    MUST(offset.v == answer.offset.v && offset.v < bytes.size && answer.run > 0);
    MUST(span.size > 0 && span.data == bytes.data + offset.v);
    MUST(pel_image_read(image, rva, copy, span.size) == PEL_OK);
    MUST(memcmp(copy, span.data, span.size) == 0);

    bool found = false;
    pel_rva_iter it = pel_image_rvas(image, offset);
    for (pel_rva back; pel_rva_next(&it, &back);)
        found |= back.v == rva.v;
    MUST(found);
    MUST(pel_image_at_foff(image, offset) != PEL_WHERE_UNMAPPED);
}

static void ask_around(const pel_image *image, uint64_t at)
{
    for (uint64_t rva = at - 2; rva != at + 3; rva++)
        ask_rva(image, (pel_rva){ (uint32_t)rva });
}

static void ask_addresses(const pel_image *image)
{
    uint32_t count = pel_image_section_count(image);
    uint64_t view = pel_image_view_size(image);
    ask_around(image, 0);
    ask_around(image, pel_image_header_size(image));
    ask_around(image, view);
    for (uint32_t i = 0; i < count && i < 64; i++) {
        pel_extent e = pel_image_extent(image, i);
        ask_around(image, e.start.v);
        ask_around(image, e.start.v + e.raw_size);
        ask_around(image, e.start.v + e.size);
    }
    for (uint64_t i = 0; i < 64; i++)
        ask_rva(image, (pel_rva){ (uint32_t)(view / 64 * i) });
    pel_image_at_foff(image, (pel_foff){ pel_image_bytes(image).size });
    pel_image_at_foff(image, (pel_foff){ UINT64_MAX });
}

static void ask_relocations(const pel_image *image)
{
    size_t entries = 0, most = pel_image_bytes(image).size / 2;
    uint16_t machine = pel_image_file_header(image) ? pel_image_file_header(image)->machine : 0;
    pel_reloc_iter it = pel_image_relocs(image);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);) {
        size_t count = pel_reloc_count(&block);
        MUST(count <= most - entries); /* each byte of the file is yielded once at most */
        entries += count;
        for (size_t i = 0; i < count; i++)
            pel_reloc_type_name(machine, pel_reloc_entry(&block, i).type);
    }
    MUST(it.status == PEL_OK || it.status == PEL_TRUNCATED || it.status == PEL_MALFORMED);
}

/* ---- verdicts and dumps ------------------------------------------------ */

static void judge(const pel_image *image)
{
    for (int windows = PEL_WINDOWS_11; windows <= PEL_WINDOWS_UEFI; windows++) {
        for (int host = PEL_HOST_X64; host <= PEL_HOST_ARM64; host++) {
            pel_load_options options = { .windows = (pel_windows)windows, .host = (pel_host)host };
            pel_section_image_information info;
            char line[64];
            pel_verdict v = pel_check(image, &options);
            bool loads = pel_nt_success(v.status);
            MUST(loads == (v.rule == PEL_RULE_NONE));
            MUST(pel_ntstatus_name(v.status) != NULL);
            MUST(pel_verdict_format(&v, line, sizeof line) >= strlen(line));
            pel_status st = pel_image_section_information(image, &options, &info);
            MUST(loads && windows != PEL_WINDOWS_UEFI ? st == PEL_OK : st == PEL_REFUSED);
            pel_verdict started = pel_check_start(image, &options);
            MUST(loads ? started.rule == PEL_RULE_NONE || started.stage != PEL_STAGE_SECTION
                       : started.rule == v.rule);
            MUST(started.rule == PEL_RULE_NONE || pel_rule_holds(started.rule, options.windows));
        }
    }
}

static pel_status discard(void *ctx, const void *data, size_t size)
{
    *(uint64_t *)ctx += size;
    return data || !size ? PEL_OK : PEL_BAD_ARG;
}

/* What is shown is bounded by what there is: lists that share bytes must not multiply them. */
static uint64_t most_output(const pel_image *image)
{
    return (256 << 10) + 512 * (uint64_t)pel_image_file(image).size;
}

/* One format for each input, chosen by its bytes: three would make each run three times slower. */
static void dump(const pel_image *image)
{
    pel_dump_options options = { .format = (pel_format)(pel_image_checksum(image) % 3),
                                 .disassemble = 10 };
    uint64_t size = 0;
    pel_sink sink = { .write = discard, .ctx = &size };
    MUST(pel_dump_image(image, PATH, &options, sink) == PEL_OK);
    MUST(size > 0 && size <= most_output(image));
    size = 0;
    MUST(pel_dump_summary(image, PATH, NULL, sink) == PEL_OK);
    MUST(pel_dump_check(image, PATH, NULL, &options, sink) == PEL_OK);
    MUST(size <= most_output(image));
    MUST(pel_dump_at(image, PATH, (pel_foff){ 60 }, &options, sink) != PEL_NO_MEMORY);
    pel_status st = pel_dump_field(image, NULL, "optional_header.ImageBase", &options, sink);
    MUST(st == PEL_OK || st == PEL_NOT_FOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pel_span bytes = { data, size };
    pel_image *image;
    const pel_image_options thorough = { .thorough = true, .now = 1700000000 };
    MUST(pel_image_parse(bytes, &thorough, &image) == PEL_OK);
    ask_headers(image);
    ask_structures(image);
    ask_sections(image);
    ask_diagnostics(image);
    ask_addresses(image);
    ask_relocations(image);
    ask_directories(image);
    ask_objects(image, 0);
    judge(image);
    dump(image);
    pel_image_free(image);

    pel_image_options strict = { .strict = true, .thorough = true, .now = 1700000000 };
    pel_status st = pel_image_parse(bytes, &strict, &image);
    MUST(st == PEL_OK || (st == PEL_MALFORMED && image == NULL));
    pel_image_free(image);
    return 0;
}
