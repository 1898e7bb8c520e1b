/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file: parse it, ask everything there is to ask, judge it for every Windows, and
 * dump it. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"

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
    MUST(count <= 1001); /* the default limit, and the remark that it was reached */
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

/* ---- directories ------------------------------------------------------- */

/* Whatever is said to lie in the file does; text is a part of the file, or empty. */
static void must_be_there(const pel_image *image, bool has_offset, pel_foff offset, size_t size)
{
    MUST(!has_offset || pel_span_has(pel_image_bytes(image), offset.v, size));
}

static void must_be_text(const pel_image *image, pel_str text)
{
    pel_span file = pel_image_bytes(image);
    const uint8_t *at = (const uint8_t *)text.ptr;
    MUST(text.len == 0 ||
         (at >= file.data && pel_span_has(file, (uint64_t)(at - file.data), text.len)));
    MUST(text.len == 0 || memchr(text.ptr, 0, text.len) == NULL);
}

static void ask_thunks(const pel_image *image, pel_thunk_iter it, uint64_t *left)
{
    it.left = *left < it.left ? *left : it.left;
    for (pel_thunk t; pel_thunk_next(&it, &t);) {
        must_be_text(image, t.name);
        MUST(!t.by_ordinal || !t.has_name);
    }
    MUST(it.left <= *left);
    *left = it.left;
}

static void ask_imports(const pel_image *image)
{
    pel_import_iter it = pel_image_imports(image);
    uint64_t seen = 0, left = it.left;
    for (pel_import i; pel_import_next(&it, &i); seen++) {
        MUST(i.index == seen && seen <= pel_image_bytes(image).size);
        must_be_there(image, i.has_offset, i.offset, 20);
        must_be_text(image, i.name);
        ask_thunks(image, pel_import_thunks(&i), &left);
    }
    pel_delay_import_iter delayed = pel_image_delay_imports(image);
    for (pel_delay_import i; pel_delay_import_next(&delayed, &i);) {
        must_be_there(image, i.has_offset, i.offset, 32);
        must_be_text(image, i.name);
        ask_thunks(image, pel_delay_thunks(&i), &left);
    }
    pel_bound_import_iter bound = pel_image_bound_imports(image);
    for (pel_bound_import i; pel_bound_import_next(&bound, &i);) {
        must_be_there(image, i.has_offset, i.offset, 8);
        must_be_text(image, i.name);
        while (pel_bound_forwarder_next(&bound, &i))
            must_be_text(image, i.name);
    }
}

/* A name that is found by its own place in the table is the one that stands there. */
static void ask_exports(const pel_image *image)
{
    pel_exports x;
    if (pel_image_exports(image, &x) == PEL_NOT_FOUND)
        return;
    must_be_there(image, x.has_offset, x.offset, x.available);
    must_be_text(image, x.name);
    for (uint32_t i = 0; i < 256; i++) {
        pel_export f, again;
        pel_str name;
        uint32_t function;
        if (pel_export_at(&x, i, &f) == PEL_OK) {
            must_be_text(image, f.forwarder);
            MUST(f.rva.v != 0 && f.ordinal == i + x.directory.base);
        }
        if (pel_export_name(&x, i, &name, &function) != PEL_OK)
            continue;
        must_be_text(image, name);
        pel_status st = pel_export_by_name(&x, name, i, &f);
        MUST(st == pel_export_at(&x, function, &again));
        MUST(st != PEL_OK || f.rva.v == again.rva.v);
        pel_export_by_name(&x, name, UINT32_MAX, &f); /* may miss, where names are not sorted */
    }
}

static void ask_structures_of_directories(const pel_image *image)
{
    pel_tls tls;
    pel_load_config_info config;
    uint64_t seen = 0;
    if (pel_image_tls(image, &tls) != PEL_NOT_FOUND)
        must_be_there(image, tls.has_offset, tls.offset, tls.available);
    pel_tls_iter it = pel_image_tls_callbacks(image);
    for (pel_va va; pel_tls_next(&it, &va);)
        MUST(++seen <= pel_image_bytes(image).size && va.v != 0);
    if (pel_image_load_config(image, &config) != PEL_NOT_FOUND) {
        must_be_there(image, config.has_offset, config.offset, config.available);
        MUST(config.available <= config.size);
        MUST(pel_load_config_has(&config, "Size") == (config.available >= 4));
    }
}

/* Codes and epilogs end, and take no more bytes than there are. */
static void ask_unwind(const pel_function *f, uint64_t *left)
{
    pel_unwind u;
    pel_unwind_code c;
    pel_rva primary;
    uint32_t seen = 0, before = 0;
    pel_status st = pel_function_unwind(f, &u);
    uint64_t cost = u.codes.size + u.epilogs.size + 1;
    MUST(u.made_size <= sizeof u.made);
    MUST(u.has_chain || pel_unwind_primary(&u, &primary) == PEL_NOT_FOUND);
    if (cost > *left || st == PEL_NOT_FOUND)
        return;
    *left -= cost;
    pel_unwind_code_iter it = pel_unwind_codes(&u);
    for (; pel_unwind_code_next(&it, &c); before = c.index + c.size) {
        MUST(c.index == before && c.size > 0 && c.op != NULL);
        MUST(c.text[0] != '\0' && memchr(c.text, '\0', sizeof c.text) != NULL);
        MUST(c.index + c.size <= u.codes.size + u.made_size);
    }
    MUST(it.status == PEL_OK || it.status == PEL_TRUNCATED || it.status == PEL_MALFORMED);
    pel_unwind_epilog_iter epilogs = pel_unwind_epilogs(&u);
    for (pel_unwind_epilog e; pel_unwind_epilog_next(&epilogs, &e);)
        MUST(++seen <= u.epilog_count);
    if (u.has_chain)
        pel_unwind_primary(&u, &primary);
}

static void ask_guard_tables(const pel_image *image)
{
    for (int table = 0; table < PEL_GUARD_TABLES; table++) {
        uint64_t seen = 0;
        pel_guard_iter it = pel_image_guard_entries(image, (pel_guard_table)table);
        uint64_t count = it.count;
        for (pel_guard_entry g; pel_guard_next(&it, &g);)
            MUST(++seen <= count && seen <= 4 * pel_image_bytes(image).size);
        MUST(it.status != PEL_OK || it.stride == 0 || seen == 0 || seen == count);
    }
}

static void ask_functions(const pel_image *image)
{
    uint64_t seen = 0, left = pel_image_bytes(image).size;
    pel_function_report report = pel_image_check_functions(image);
    pel_function_iter it = pel_image_functions(image);
    for (pel_function f; pel_function_next(&it, &f); seen++) {
        MUST(f.index == seen);
        must_be_there(image, f.has_offset, f.offset, pel_function_entry_size(f.table));
        ask_unwind(&f, &left);
    }
    MUST(seen == report.count && it.status == report.status);
    MUST(report.unsorted.count + report.overlaps.count <= seen);
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

/* One format for each input, chosen by its bytes: three would make each run three times slower. */
static void dump(const pel_image *image)
{
    pel_dump_options options = { .format = (pel_format)(pel_image_checksum(image) % 3) };
    uint64_t size = 0;
    pel_sink sink = { .write = discard, .ctx = &size };
    MUST(pel_dump_image(image, PATH, &options, sink) == PEL_OK);
    MUST(size > 0);
    MUST(pel_dump_check(image, PATH, NULL, &options, sink) == PEL_OK);
    MUST(pel_dump_at(image, PATH, (pel_foff){ 60 }, &options, sink) != PEL_NO_MEMORY);
    pel_status st = pel_dump_field(image, "optional_header.ImageBase", &options, sink);
    MUST(st == PEL_OK || st == PEL_NOT_FOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pel_span bytes = { data, size };
    pel_image *image;
    MUST(pel_image_parse(bytes, NULL, &image) == PEL_OK);
    ask_headers(image);
    ask_structures(image);
    ask_sections(image);
    ask_diagnostics(image);
    ask_addresses(image);
    ask_relocations(image);
    ask_imports(image);
    ask_exports(image);
    ask_structures_of_directories(image);
    ask_functions(image);
    ask_guard_tables(image);
    judge(image);
    dump(image);
    pel_image_free(image);

    pel_image_options strict = { .strict = true };
    pel_status st = pel_image_parse(bytes, &strict, &image);
    MUST(st == PEL_OK || (st == PEL_MALFORMED && image == NULL));
    pel_image_free(image);
    return 0;
}
