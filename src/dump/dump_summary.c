/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a file, from its name to how to see more. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pelorus/debug.h>
#include <pelorus/directories.h>
#include <pelorus/symbols.h>

#include "base/alloc.h"
#include "base/text.h"
#include "dump/emitter_priv.h"
#include "dump/summary.h"
#include "dump/text_layout.h"
#include "dump/walk.h"

/* Columns below which nothing can be told. */
#define WIDTH_LEAST 40

/* ---- the title ------------------------------------------------------------ */

static bool machine_of(const pel_image *img, uint16_t *out)
{
    const pel_file_header *f = pel_image_file_header(img);
    const pel_te_header *te = pel_image_te_header(img);
    *out = f ? f->machine : te ? te->machine : 0;
    return f || te;
}

static bool subsystem_of(const pel_image *img, uint16_t *out)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    const pel_te_header *te = pel_image_te_header(img);
    *out = o ? o->subsystem : te ? te->subsystem : 0;
    return o || te;
}

static bool imports_from(const pel_image *img, const char *dll)
{
    pel_import_iter it = pel_image_imports(img);
    for (pel_import import; pel_import_next(&it, &import);)
        if (pel_compare_nocase(import.name, pel_str_of(dll)) == 0)
            return true;
    return false;
}

/* "DLL, subsystem WINDOWS_GUI", "console program", "kernel driver". Many drivers are DLLs, too. */
static void put_program(summary *s)
{
    uint16_t subsystem;
    if (!subsystem_of(s->img, &subsystem))
        return;
    const pel_name *name = pel_names_find(&pel_names_subsystem, subsystem);
    if (subsystem == PEL_SUBSYSTEM_NATIVE && imports_from(s->img, "ntoskrnl.exe"))
        pel_summary_put(s, PEL_INK_PLAIN, ", kernel driver");
    else if (pel_image_is_dll(s->img))
        pel_summary_put(s, PEL_INK_PLAIN, ", DLL, subsystem %s",
                        name ? name->name + strlen("IMAGE_SUBSYSTEM_") : "unknown");
    else if (name && subsystem != PEL_SUBSYSTEM_UNKNOWN)
        pel_summary_put(s, PEL_INK_PLAIN, ", %s", name->doc);
    else
        pel_summary_put(s, PEL_INK_PLAIN, ", unknown subsystem %u", subsystem);
}

static void put_title(summary *s)
{
    char size[16], bytes[PEL_COUNT_TEXT];
    uint16_t machine;
    pel_image_kind kind = pel_image_get_kind(s->img);
    pel_summary_text(s, PEL_INK_STRONG, pel_str_of(s->path));
    pel_summary_end(s);
    pel_summary_to(s, PEL_SUMMARY_INDENT);
    pel_summary_put(s, PEL_INK_STRONG, "%s", pel_image_kind_name(kind));
    if (machine_of(s->img, &machine)) {
        const pel_name *name = pel_names_find(&pel_names_machine, machine);
        const char *words = name ? name->doc : "unknown machine";
        pel_summary_put(s, PEL_INK_PLAIN, ", %.*s", (int)strcspn(words, ","), words);
        if (!name)
            pel_summary_put(s, PEL_INK_PLAIN, " 0x%x", machine);
    }
    put_program(s);
    pel_size_text(pel_image_file(s->img).size, size);
    pel_count_text(pel_image_file(s->img).size, bytes);
    pel_summary_put(s, PEL_INK_PLAIN, ", %s", size);
    if (pel_image_file(s->img).size >= 1024)
        pel_summary_put(s, PEL_INK_FAINT, " (%s bytes)", bytes);
    if (pel_image_get_layout(s->img) == PEL_LAYOUT_MEMORY)
        pel_summary_put(s, PEL_INK_PLAIN, ", a dump of memory");
    pel_summary_end(s);
    pel_summary_blank(s);
}

/* ---- when ------------------------------------------------------------------ */

static void put_time(summary *s)
{
    char utc[PEL_SCALAR_TEXT];
    const pel_file_header *f = pel_image_file_header(s->img);
    if (!f)
        return;
    pel_summary_label(s, "time stamp");
    if (pel_summary_is_reproducible(s->img) && f->timestamp != 0)
        pel_summary_put(s, PEL_INK_PLAIN, "a hash, 0x%08" PRIx32 ": the build is reproducible",
                        f->timestamp);
    else if (pel_time_text(f->timestamp, utc))
        pel_summary_put(s, PEL_INK_PLAIN, "%.10s %.8s UTC", utc, utc + 11);
    else
        pel_summary_put(s, PEL_INK_FAINT, "none");
    pel_summary_end(s);
}

/* ---- the verdict ------------------------------------------------------------ */

static bool loads(const pel_image *img, pel_windows windows, pel_host host)
{
    pel_load_options load = { .windows = windows, .host = host };
    return pel_check_start(img, &load).rule == PEL_RULE_NONE;
}

/* Who takes what Windows on x64 refuses. */
static void put_others(summary *s)
{
    uint16_t subsystem = 0;
    subsystem_of(s->img, &subsystem);
    bool efi = subsystem >= PEL_SUBSYSTEM_EFI_APPLICATION && subsystem <= PEL_SUBSYSTEM_EFI_ROM;
    if (efi) {
        bool ok = loads(s->img, PEL_WINDOWS_UEFI, PEL_HOST_X64) ||
                  loads(s->img, PEL_WINDOWS_UEFI, PEL_HOST_X86) ||
                  loads(s->img, PEL_WINDOWS_UEFI, PEL_HOST_ARM64);
        pel_summary_put(s, PEL_INK_PLAIN, "; ");
        pel_summary_put(s, ok ? PEL_INK_GOOD : PEL_INK_BAD, "UEFI %s it", ok ? "loads" : "refuses");
    } else if (loads(s->img, PEL_WINDOWS_11, PEL_HOST_ARM64)) {
        pel_summary_put(s, PEL_INK_PLAIN, "; ");
        pel_summary_put(s, PEL_INK_GOOD, "loads it on ARM64");
    }
}

static void put_refusal(summary *s, const pel_verdict *v)
{
    static const char *const verbs[] = { "refuses it", "does not map it", "does not start it",
                                         "does not load it" };
    char message[512];
    const char *status = pel_ntstatus_name(v->status);
    pel_summary_put(s, PEL_INK_BAD, "%s", verbs[v->stage]);
    pel_summary_put(s, PEL_INK_PLAIN, ": %s", status ? status : "?");
    put_others(s);
    pel_summary_end(s);
    pel_summary_label(s, "");
    pel_verdict_format(v, message, sizeof message);
    pel_summary_put(s, PEL_INK_PLAIN, "%s:", pel_rule_name(v->rule));
    pel_summary_wrap(s, PEL_INK_FAINT, message, 2);
    pel_summary_end(s);
}

static void put_verdict(summary *s)
{
    if (pel_image_get_layout(s->img) != PEL_LAYOUT_FILE)
        return;
    pel_verdict v = pel_check_start(s->img, NULL);
    pel_summary_label(s, "Windows 11");
    if (v.rule != PEL_RULE_NONE) {
        put_refusal(s, &v);
        return;
    }
    pel_summary_put(s, PEL_INK_GOOD, "loads it");
    pel_summary_put(s, PEL_INK_FAINT, " (x64)");
    pel_summary_end(s);
}

/* ---- where ------------------------------------------------------------------ */

static void put_base(summary *s)
{
    const pel_optional_header *o = pel_image_optional_header(s->img);
    const pel_file_header *f = pel_image_file_header(s->img);
    char size[16];
    if (!o)
        return;
    pel_size_text(pel_image_view_size(s->img), size);
    pel_summary_label(s, "base");
    pel_summary_put(s, PEL_INK_PLAIN, "0x%" PRIx64 ", %s in memory", o->image_base.v, size);
    if (f && f->flags & PEL_FILE_RELOCS_STRIPPED)
        pel_summary_put(s, PEL_INK_PLAIN, ", cannot be moved");
    if (o->section_alignment != PEL_PAGE_SIZE || pel_image_is_flat(s->img))
        pel_summary_put(s, PEL_INK_FAINT, ", sections aligned to 0x%" PRIx32, o->section_alignment);
    pel_summary_end(s);
}

/* The name of what begins there. */
static void put_symbol(summary *s, pel_rva rva)
{
    pel_symbols *symbols = NULL;
    pel_symbol_name name;
    pel_status st = pel_symbols_new(s->img, s->page.options->allocator, &symbols);
    if (st == PEL_OK && pel_symbols_find(symbols, rva, &name) == PEL_OK && name.offset == 0 &&
        name.name.len > 0 && name.kind != PEL_SYMBOL_IMPORT) {
        pel_summary_put(s, PEL_INK_PLAIN, ": ");
        pel_summary_text(s, PEL_INK_STRONG, name.name);
    }
    pel_symbols_free(symbols);
    if (st == PEL_NO_MEMORY && s->page.status == PEL_OK)
        s->page.status = st;
}

static void put_entry(summary *s)
{
    const pel_optional_header *o = pel_image_optional_header(s->img);
    const pel_te_header *te = pel_image_te_header(s->img);
    if (!o && !te)
        return;
    pel_rva entry = o ? o->entry_point : te->entry_point;
    pel_summary_label(s, "entry point");
    if (entry.v == 0) {
        pel_summary_put(s, PEL_INK_FAINT, "none");
    } else {
        pel_rva_answer a = pel_image_at_rva(s->img, entry);
        const pel_section *section = pel_image_section(s->img, a.section);
        pel_summary_put(s, PEL_INK_PLAIN, "0x%" PRIx32 " in ", entry.v);
        if (section)
            pel_summary_text(s, PEL_INK_PLAIN, section->name);
        else
            pel_summary_put(s, PEL_INK_PLAIN, "%s", pel_where_name(a.where));
        put_symbol(s, entry);
    }
    pel_summary_end(s);
}

/* ---- the rest ---------------------------------------------------------------- */

/* Diagnostics that are shown, the worst first: fewer where the screen is full. Two lines follow. */
#define DIAGNOSTICS_MOST 3
#define LINES_MOST       50

/* "CODE: what is odd; where": the line may be cut, and what explains it (`pelorus explain CODE`)
 * must not be. The remark itself is "where: what is odd". */
static void put_diagnostic(summary *s, const pel_diag *d)
{
    static const pel_ink by_severity[] = { PEL_INK_FAINT, PEL_INK_WRITE, PEL_INK_BAD };
    char remark[512];
    pel_diag_format(d, remark, sizeof remark);
    const char *what = strstr(remark, pel_diag_text(d->code));
    pel_str where = { remark, what && what - remark > 2 ? (size_t)(what - remark) - 2 : 0 };
    pel_summary_to(s, PEL_SUMMARY_INDENT);
    pel_summary_put(s, by_severity[d->severity], "%s", pel_severity_name(d->severity));
    pel_summary_to(s, PEL_SUMMARY_COLUMN);
    pel_summary_put(s, PEL_INK_PLAIN, "%s: ", pel_diag_code_name(d->code));
    pel_summary_text(s, PEL_INK_PLAIN, pel_str_of(what ? what : remark));
    if (where.len > 0) {
        pel_summary_put(s, PEL_INK_FAINT, "; ");
        pel_summary_text(s, PEL_INK_FAINT, where);
    }
    pel_summary_end(s);
}

static void put_worst(summary *s)
{
    unsigned put = 0;
    for (int severity = PEL_ERROR; severity >= PEL_INFO; severity--)
        for (size_t i = 0; i < pel_image_diag_count(s->img) && put < DIAGNOSTICS_MOST &&
                           s->lines + 2 < LINES_MOST;
             i++)
            if ((int)pel_image_diag(s->img, i)->severity == severity) {
                put_diagnostic(s, pel_image_diag(s->img, i));
                put++;
            }
}

static void put_diagnostics(summary *s)
{
    static const char *const words[] = { "remark", "warning", "error" };
    uint64_t counts[PEL_ERROR + 1] = { 0 };
    size_t count = pel_image_diag_count(s->img);
    for (size_t i = 0; i < count; i++)
        counts[pel_image_diag(s->img, i)->severity]++;
    pel_summary_label(s, "diagnostics");
    if (count == 0)
        pel_summary_put(s, PEL_INK_FAINT, "none");
    for (int severity = PEL_ERROR, put = 0; severity >= PEL_INFO; severity--) {
        if (counts[severity] == 0)
            continue;
        pel_summary_put(s, PEL_INK_PLAIN, "%s", put++ ? ", " : "");
        pel_summary_count(s, counts[severity], words[severity]);
    }
    pel_summary_end(s);
    put_worst(s);
}

#define MORE        "more: --all, --only="
#define DIAGNOSTICS "diagnostics"

/* The keys of the digests, which leave room for one more. */
static void put_more(summary *s, const char *keys)
{
    pel_summary_blank(s);
    if (pel_image_diag_count(s->img) > 0)
        pel_summary_put(s, PEL_INK_FAINT, MORE "%s%s" DIAGNOSTICS, keys, keys[0] ? "," : "");
    else if (keys[0])
        pel_summary_put(s, PEL_INK_FAINT, MORE "%s", keys);
    else
        pel_summary_put(s, PEL_INK_FAINT, "more: --all");
    pel_summary_end(s);
}

static size_t width_of(const pel_dump_options *options)
{
    size_t width = options->width ? options->width : PEL_TEXT_WIDTH;
    return width < WIDTH_LEAST ? WIDTH_LEAST : width < PEL_TEXT_WIDTH ? width : PEL_TEXT_WIDTH;
}

static void put_all(summary *s)
{
    char more[PEL_TEXT_WIDTH] = "";
    put_title(s);
    pel_summary_made(s);
    put_time(s);
    put_verdict(s);
    put_base(s);
    put_entry(s);
    pel_summary_protections(s);
    pel_summary_sections(s);
    pel_summary_digests(s, more, s->width - strlen(MORE "," DIAGNOSTICS));
    pel_summary_hashes(s);
    put_diagnostics(s);
    put_more(s, more);
}

pel_status pel_dump_summary(const pel_image *image, const char *path,
                            const pel_dump_options *options, pel_sink sink)
{
    options = pel_dump_options_or_default(options);
    pel_allocator allocator = pel_allocator_or_default(options->allocator);
    summary *s = pel_take(&allocator, sizeof *s);
    if (!s)
        return PEL_NO_MEMORY;
    s->page = (pel_page){ .options = options, .sink = sink };
    s->img = image;
    s->path = path;
    s->allocator = allocator;
    s->verifier = pel_verifier_of(image, options->trust);
    s->has_signature = pel_image_signature(&s->verifier, &s->signature) == PEL_OK;
    s->width = width_of(options);
    put_all(s);
    pel_status st = s->page.status;
    pel_give(&allocator, s, sizeof *s);
    return st;
}
