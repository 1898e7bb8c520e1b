/* SPDX-License-Identifier: Apache-2.0 */
/* The middle of a summary: a line for each directory that is there, and for the overlay; then the
 * hashes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pelorus/directories.h>
#include <pelorus/exceptions.h>
#include <pelorus/overlay.h>
#include <pelorus/symbols.h>

#include "base/hash.h"
#include "base/text.h"
#include "dump/summary.h"
#include "dump/walk_image.h"

/* ---- lines that are short ----------------------------------------------------- */

static bool digest_exceptions(summary *s)
{
    uint64_t count = 0;
    pel_function_table table = pel_image_function_table(s->img);
    pel_function_iter it = pel_image_functions(s->img);
    for (pel_function f; pel_function_next(&it, &f);)
        count++;
    if (count == 0)
        return false;
    pel_summary_count(s, count, "function");
    pel_summary_put(s, PEL_INK_FAINT, " (%s)", pel_function_table_name(table));
    return true;
}

static bool digest_relocations(summary *s)
{
    uint64_t count = 0, pages = 0;
    pel_reloc_iter it = pel_image_relocs(s->img);
    for (pel_reloc_block block; pel_reloc_next(&it, &block); pages++)
        for (size_t i = 0; i < pel_reloc_count(&block); i++)
            count += pel_reloc_entry(&block, i).type != PEL_REL_ABSOLUTE;
    if (pages == 0)
        return false;
    pel_summary_put(s, PEL_INK_PLAIN, "at ");
    pel_summary_count(s, count, "place");
    pel_summary_put(s, PEL_INK_PLAIN, " in ");
    pel_summary_count(s, pages, "page");
    return true;
}

/* Fields that the end of the file cuts off read as 0, which would be told as a fact. */
static bool put_cut(summary *s)
{
    pel_summary_put(s, PEL_INK_WRITE, "cut off by the end of the file");
    return true;
}

static bool digest_tls(summary *s)
{
    pel_tls tls;
    uint64_t count = 0;
    char size[16];
    pel_status st = pel_image_tls(s->img, &tls);
    if (st == PEL_NOT_FOUND)
        return false;
    if (st == PEL_TRUNCATED)
        return put_cut(s);
    pel_tls_iter it = pel_image_tls_callbacks(s->img);
    for (pel_va va; pel_tls_next(&it, &va);)
        count++;
    const pel_tls_directory *d = &tls.directory;
    uint64_t bytes = d->data_end.v >= d->data_start.v ? d->data_end.v - d->data_start.v : 0;
    pel_size_text(bytes + d->zero_fill, size);
    pel_summary_put(s, PEL_INK_PLAIN, "%s for each thread, ", size);
    pel_summary_count(s, count, "callback");
    return true;
}

/* The sizes that each Windows brought, by the last field: PE32, PE32+. */
static const struct {
    uint16_t narrow, wide;
    const char *windows;
} generations[] = {
#define X(narrow, wide, last, windows) { narrow, wide, windows },
#include <pelorus/tables/load_config_size.def>
#undef X
};

/* A count that the image has no room for is told by diagnostics. */
static void put_table(summary *s, uint64_t count, const char *what)
{
    if (count == 0 || count > pel_image_view_size(s->img) / sizeof(uint32_t))
        return;
    pel_summary_put(s, PEL_INK_PLAIN, ", ");
    pel_summary_count(s, count, what);
}

static bool leads_into_image(const pel_image *img, pel_va va)
{
    pel_rva rva;
    pel_va base = { pel_image_optional_header(img)->image_base.v };
    return va.v != 0 && pel_rva_of(base, pel_image_view_size(img), va, &rva);
}

static bool digest_load_config(summary *s)
{
    pel_load_config_info info;
    const char *windows = NULL;
    pel_status st = pel_image_load_config(s->img, &info);
    if (st == PEL_NOT_FOUND)
        return false;
    if (st == PEL_TRUNCATED)
        return put_cut(s);
    for (size_t i = 0; i < sizeof generations / sizeof generations[0]; i++)
        if (info.size >= (info.wide ? generations[i].wide : generations[i].narrow))
            windows = generations[i].windows;
    pel_summary_put(s, PEL_INK_PLAIN, "0x%zx bytes", info.size);
    if (windows)
        pel_summary_put(s, PEL_INK_PLAIN, ", as of Windows %s", windows);
    if (leads_into_image(s->img, info.directory.chpe_metadata))
        pel_summary_put(s, PEL_INK_PLAIN, ", code for two machines");
    put_table(s, info.directory.seh_count, "SE handler");
    put_table(s, info.directory.guard_function_count, "CFG target");
    put_table(s, info.directory.guard_longjump_count, "longjmp target");
    put_table(s, info.directory.eh_continuation_count, "EH continuation");
    return true;
}

static bool digest_coff_symbols(summary *s)
{
    const pel_file_header *f = pel_image_file_header(s->img);
    char size[16];
    if (!f || f->symbol_count == 0 || pel_image_symbol_table(s->img).size == 0)
        return false;
    pel_size_text(pel_image_string_table(s->img).size, size);
    pel_summary_count(s, f->symbol_count, "record");
    pel_summary_put(s, PEL_INK_PLAIN, ", %s of names", size);
    return true;
}

/* "certificates, zip at 0x1ac20": what the parts look like, and where all but the first begin. One
 * that nobody knows is worth no word if it is all. */
static void put_parts(summary *s, pel_foff start)
{
    char where[32];
    const char *before = ": ";
    pel_overlay_iter it = pel_image_overlay_parts(s->img);
    for (pel_overlay_part part; pel_overlay_next(&it, &part); before = ", ") {
        bool first = part.offset.v == start.v, last = it.next >= it.end;
        if (first && last && part.kind == PEL_OVERLAY_UNKNOWN)
            return;
        snprintf(where, sizeof where, " at 0x%" PRIx64, part.offset.v);
        if (!pel_summary_item(s, before, pel_str_of(pel_overlay_kind_name(part.kind)),
                              first ? "" : where))
            return;
    }
}

static bool digest_overlay(summary *s)
{
    pel_foff at;
    char size[16];
    pel_span overlay = pel_image_overlay(s->img, &at);
    if (overlay.size == 0)
        return false;
    unsigned tenths = (unsigned)(pel_entropy(overlay) * 10 + 0.5);
    pel_size_text(overlay.size, size);
    pel_summary_put(s, PEL_INK_PLAIN, "%s at 0x%" PRIx64 ", entropy %u.%u", size, at.v, tenths / 10,
                    tenths % 10);
    put_parts(s, at);
    return true;
}

/* ---- the table ------------------------------------------------------------------- */

/* In the order of the document. A new key is one more row: `--only` takes it, and the function
 * puts its line behind the label, or gives false when the file has nothing of the kind. */
static const struct {
    const char *key, *label;
    bool (*digest)(summary *s);
} digests[] = {
    { "exports", "exports", pel_digest_exports },
    { "imports", "imports", pel_digest_imports },
    { "delay_imports", "delay imports", pel_digest_delay_imports },
    { "bound_imports", "bound imports", pel_digest_bound_imports },
    { "resources", "resources", pel_digest_resources },
    { "resources", "version", pel_digest_version },
    { "resources", "manifest", pel_digest_manifest },
    { "exceptions", "exceptions", digest_exceptions },
    { "base_relocations", "relocations", digest_relocations },
    { "debug", "PDB", pel_digest_pdb },
    { "debug", "debug", pel_digest_debug },
    { "tls", "TLS", digest_tls },
    { "load_config", "load config", digest_load_config },
    { "clr", ".NET", pel_digest_clr },
    { "signature", "signature", pel_digest_certificates },
    { "coff_symbols", "COFF symbols", digest_coff_symbols },
    { "overlay", "overlay", digest_overlay },
};

/* Append `key`, unless it is the last one, or does not fit. */
static void add_key(char *more, size_t size, const char *key)
{
    size_t used = strlen(more);
    const char *last = strrchr(more, ',');
    if (strcmp(last ? last + 1 : more, key) != 0 && used + strlen(key) + 1 < size)
        pel_append(more, size, &used, "%s%s", used ? "," : "", key);
}

void pel_summary_digests(summary *s, char *more, size_t size)
{
    bool any = false;
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        pel_summary_label(s, digests[i].label);
        if (!digests[i].digest(s)) {
            pel_summary_drop(s);
            continue;
        }
        if (!any)
            pel_summary_blank(s);
        any = true;
        pel_summary_end(s);
        add_key(more, size, digests[i].key);
    }
}

/* ---- hashes ------------------------------------------------------------------------ */

static void put_hash(summary *s, const char *label, const char *text)
{
    pel_summary_label(s, label);
    pel_summary_put(s, PEL_INK_PLAIN, "%s", text);
    pel_summary_end(s);
}

void pel_summary_hashes(summary *s)
{
    char text[PEL_HASH_TEXT];
    pel_summary_blank(s);
    pel_status st = pel_hash_text(PEL_HASH_SHA256, pel_image_file(s->img), text);
    if (st == PEL_OK)
        put_hash(s, "sha256", text);
    else if (s->page.status == PEL_OK)
        s->page.status = st;
    st = pel_imphash(s->img, text);
    if (st == PEL_OK)
        put_hash(s, "imphash", text);
    else if (st == PEL_NO_MEMORY && s->page.status == PEL_OK)
        s->page.status = st;
    pel_span digest = pel_verifier_digest(&s->verifier, PEL_HASH_SHA256);
    pel_hex_text(digest, text, sizeof text);
    if (digest.size > 0)
        put_hash(s, "authentihash", text);
}
