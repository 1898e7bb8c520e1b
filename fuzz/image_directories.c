/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader reads, signatures and .NET, for fuzz_image.c. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"
#include "image_directories.h"

/* ---- directories ------------------------------------------------------- */

/* Whatever is said to lie in the file does; text is a part of the file, or empty. */
void must_be_there(const pel_image *image, bool has_offset, pel_foff offset, size_t size)
{
    MUST(!has_offset || pel_span_has(pel_image_bytes(image), offset.v, size));
}

void must_be_text(const pel_image *image, pel_str text)
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

/* ---- what the load configuration leads to ------------------------------- */

static void ask_metadata(const pel_image *image)
{
    for (int list = 0; list < PEL_METADATA_LISTS; list++) {
        pel_metadata m;
        pel_structure at;
        pel_metadata_kind kind = pel_metadata_list_kind((pel_metadata_list)list);
        if (pel_image_metadata(image, kind, &m) == PEL_NOT_FOUND)
            continue;
        must_be_there(image, m.has_offset, m.offset, m.available);
        pel_metadata_iter it = pel_metadata_walk(&m, (pel_metadata_list)list);
        for (pel_metadata_record r; pel_metadata_next(&it, &r, &at);)
            must_be_there(image, at.offset.v != UINT64_MAX, at.offset, at.available);
    }
}

static void ask_dynamic_relocs(const pel_image *image)
{
    pel_dynamic_relocs it;
    if (pel_image_dynamic_relocs(image, &it) != PEL_OK)
        return;
    for (pel_dynamic_reloc_entry entry; pel_dynamic_reloc_next(&it, &entry);) {
        pel_dynamic_blocks blocks = pel_dynamic_blocks_of(&entry);
        must_be_there(image, true, entry.fixups_offset, entry.fixups.size);
        for (pel_dynamic_block block; pel_dynamic_block_next(&blocks, &block);)
            for (pel_dynamic_record r; pel_dynamic_record_next(&block, &r);)
                must_be_there(image, true, r.offset, 2);
    }
}

/* ---- signatures -------------------------------------------------------- */

void must_be_part(pel_span file, pel_span part)
{
    MUST(part.size == 0 || (part.data >= file.data &&
                            pel_span_has(file, (uint64_t)(part.data - file.data), part.size)));
}

static void ask_signer(pel_verifier *v, const pel_signed_data *data, const pel_signer *signer)
{
    char name[64], url[64];
    pel_span bytes;
    pel_signed_data inner;
    pel_span file = pel_image_file(v->image);
    must_be_part(file, signer->signature);
    must_be_part(file, signer->issuer);
    pel_signer_program(signer, name, url, sizeof name);
    MUST(strlen(name) < sizeof name && strlen(url) < sizeof url);
    pel_timestamp_iter stamps = pel_signer_timestamps(signer, data);
    for (pel_timestamp t; pel_timestamp_next(&stamps, &t);) {
        must_be_part(file, t.imprint);
        MUST(pel_verify_timestamp(v, signer, &t) != PEL_SIGNATURE_VALID); /* nobody is trusted */
    }
    pel_nested_iter nested = pel_signer_nested(signer);
    while (pel_nested_next(&nested, &bytes)) {
        must_be_part(file, bytes);
        pel_signed_data_read(bytes, &inner);
    }
    MUST(pel_verify_signer(v, data, signer) != PEL_SIGNATURE_VALID);
}

static void ask_signed_data(pel_verifier *v, const pel_signed_data *data)
{
    char text[64];
    pel_indirect_data content;
    pel_span file = pel_image_file(v->image);
    must_be_part(file, data->content);
    MUST(strlen(pel_oid_text(data->content_type, text, sizeof text)) < sizeof text);
    if (pel_indirect_data_read(data, &content))
        must_be_part(file, content.digest);
    pel_x509_iter it = pel_signed_data_certificates(data);
    for (pel_x509 x; pel_x509_next(&it, &x);) {
        must_be_part(file, x.bytes);
        pel_name_text(x.subject, text, sizeof text);
        MUST(strlen(text) < sizeof text);
    }
    pel_signer_iter signers = pel_signed_data_signers(data);
    for (pel_signer s; pel_signer_next(&signers, &s);)
        ask_signer(v, data, &s);
}

static void ask_signatures(const pel_image *image)
{
    pel_signature signature;
    pel_signed_data data;
    uint64_t seen = 0;
    pel_verifier v = pel_verifier_of(image, NULL);
    pel_certificate_iter it = pel_image_certificates(image);
    for (pel_certificate c; pel_certificate_next(&it, &c);) {
        MUST(++seen <= pel_image_file(image).size / 8);
        must_be_part(pel_image_file(image), c.content);
        if (pel_signed_data_read(c.content, &data) == PEL_OK)
            ask_signed_data(&v, &data);
    }
    pel_image_signature(&v, &signature);
}

/* ---- .NET -------------------------------------------------------------- */

static void ask_clr(const pel_image *image)
{
    pel_clr clr;
    pel_clr_tables tables;
    pel_clr_assembly a;
    pel_str name;
    pel_span mvid, file = pel_image_bytes(image);
    uint32_t at = 0;
    uint16_t index = 0;
    if (pel_image_clr(image, &clr) == PEL_NOT_FOUND)
        return;
    must_be_there(image, clr.has_offset, clr.offset, clr.available);
    must_be_part(file, clr.metadata);
    for (pel_clr_stream s; pel_clr_stream_next(&clr, &at, &index, &s);) {
        must_be_part(file, s.bytes);
        must_be_text(image, s.name);
    }
    pel_clr_tables_read(&clr, &tables);
    if (pel_clr_module(&tables, &name, &mvid))
        MUST(mvid.size == 0 || mvid.size == 16);
    pel_clr_assembly_read(&tables, &a);
    for (uint32_t i = 0; i < 1000 && pel_clr_reference(&tables, i, &a); i++) {
        must_be_text(image, a.name);
        must_be_part(file, a.key);
    }
}

void ask_directories(const pel_image *image)
{
    ask_imports(image);
    ask_exports(image);
    ask_structures_of_directories(image);
    ask_metadata(image);
    ask_dynamic_relocs(image);
    ask_signatures(image);
    ask_clr(image);
    ask_debug(image);
    ask_coff(image);
    ask_symbols(image);
    ask_resources(image);
    ask_functions(image);
    ask_guard_tables(image);
    ask_extract(image);
}
