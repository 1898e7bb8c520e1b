/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sections: where they are, what may be done with them, how full of information they
 * are, and what lies in them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "dump/columns.h"
#include "dump/summary.h"
#include "dump/walk_image.h"
#include "pe/entropy.h"

/* Rows of the table; of more sections only the names are told. */
#define ROWS_MOST 10

#define NAME_LEAST 8
#define NAME_MOST  16

/* As for the document: entropy is computed for this many times the file at most. */
#define ENTROPY_FACTOR 8

/* Where the columns begin, behind the name. */
enum { AT_RVA = 2, AT_MEMORY = 12, AT_FILE = 22, AT_PROTECT = 32, AT_ENTROPY = 38, AT_HOLDS = 53 };

typedef struct table {
    summary *s;
    size_t start;  /* column where the name ends */
    uint64_t left; /* bytes that entropy may still be computed for */
    bool full;     /* the row has no room for more words */
    uint32_t entry;
    uint32_t directories[PEL_DIR_COUNT]; /* the section that each lies in */
} table;

/* ---- entropy --------------------------------------------------------------- */

#define BAR 8 /* columns: one for each bit a byte can have */

static pel_ink entropy_ink(double entropy)
{
    return entropy >= 7.2 ? PEL_INK_WRITE_EXECUTE : entropy >= 6.8 ? PEL_INK_WRITE : PEL_INK_READ;
}

static void put_bar(summary *s, double entropy)
{
    static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
    unsigned in_eighths = (unsigned)(entropy * 8 + 0.5);
    if (s->page.options->ascii)
        in_eighths = (in_eighths + 4) / 8 * 8;
    for (unsigned i = 0; i < in_eighths / 8 && i < BAR; i++)
        pel_summary_put(s, entropy_ink(entropy), "%s", pel_page_glyph(&s->page, "█", "#"));
    pel_summary_put(s, entropy_ink(entropy), "%s", eighths[in_eighths % 8]);
}

static void put_entropy(table *t, uint32_t index)
{
    summary *s = t->s;
    pel_span raw = pel_section_raw(s->img, index);
    if (raw.size == 0 || raw.size > t->left) {
        pel_summary_put(s, PEL_INK_FAINT, "   -");
        return;
    }
    t->left -= raw.size;
    double entropy = pel_image_entropy(s->img, raw);
    unsigned hundredths = (unsigned)(entropy * 100 + 0.5);
    pel_summary_put(s, PEL_INK_PLAIN, "%u.%02u ", hundredths / 100, hundredths % 100);
    put_bar(s, entropy);
}

/* ---- what lies in it ---------------------------------------------------------- */

static const char *const directory_words[PEL_DIR_COUNT] = {
    [PEL_DIR_EXPORT] = "exports",
    [PEL_DIR_IMPORT] = "imports",
    [PEL_DIR_RESOURCE] = "resources",
    [PEL_DIR_EXCEPTION] = "unwind",
    [PEL_DIR_BASERELOC] = "relocations",
    [PEL_DIR_DEBUG] = "debug",
    [PEL_DIR_TLS] = "TLS",
    [PEL_DIR_LOAD_CONFIG] = "load config",
    [PEL_DIR_BOUND_IMPORT] = "bound imports",
    [PEL_DIR_IAT] = "IAT",
    [PEL_DIR_DELAY_IMPORT] = "delay imports",
    [PEL_DIR_COM_DESCRIPTOR] = ".NET",
};

/* One more word, behind those that are there, while there is room. */
static void put_word(table *t, const char *word)
{
    bool first = t->s->columns <= t->start + AT_HOLDS;
    t->full = t->full || !pel_summary_item(t->s, first ? "" : ", ", pel_str_of(word), "");
}

static bool begins_with(pel_str text, const char *start)
{
    size_t size = strlen(start);
    return text.len >= size && memcmp(text.ptr, start, size) == 0;
}

/* What its name says, when nothing else is known of it. */
static void put_purpose(table *t, const pel_section *section)
{
    enum { IMAGE, OBJECT };
    static const struct {
        const char *name;
        int where;
        const char *purpose;
    } special[] = {
#define X(name, where, purpose) { name, where, purpose },
#include <pelorus/tables/special_section.def>
#undef X
    };
    pel_image_kind kind = pel_image_get_kind(t->s->img);
    bool object = kind == PEL_IMAGE_OBJECT || kind == PEL_IMAGE_BIG_OBJECT;
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if ((object || special[i].where == IMAGE) && section->name.len == strlen(special[i].name) &&
            begins_with(section->name, special[i].name))
            put_word(t, special[i].purpose);
}

static void put_holds(table *t, const pel_section *section, uint32_t index)
{
    uint32_t flags = section->header.flags;
    t->full = false;
    if (flags & (PEL_SCN_CNT_CODE | PEL_SCN_MEM_EXECUTE))
        put_word(t, "code");
    if (t->entry == index)
        put_word(t, "entry point");
    for (uint32_t i = 0; i < PEL_DIR_COUNT; i++)
        if (t->directories[i] == index && directory_words[i])
            put_word(t, directory_words[i]);
    if (begins_with(section->name, ".debug_"))
        put_word(t, "DWARF");
    if (pel_image_extent(t->s->img, index).raw_wanted == 0)
        put_word(t, "zero-filled");
    if (flags & PEL_SCN_MEM_SHARED)
        put_word(t, "shared");
    if (t->s->columns <= t->start + AT_HOLDS)
        put_purpose(t, section);
}

/* ---- rows ---------------------------------------------------------------------- */

static void put_size(table *t, size_t column, uint64_t bytes)
{
    char size[16];
    pel_size_text(bytes, size);
    pel_summary_to(t->s, t->start + column);
    pel_summary_put(t->s, bytes ? PEL_INK_PLAIN : PEL_INK_FAINT, "%8s", size);
}

/* In ROM images an address stands where the size was. */
static uint64_t memory_size(const pel_image *img, uint32_t index)
{
    return pel_image_get_kind(img) == PEL_IMAGE_ROM ? pel_image_section(img, index)->header.raw_size
                                                    : pel_image_extent(img, index).size;
}

static void put_protection(summary *s, uint32_t flags)
{
    bool w = (flags & PEL_SCN_MEM_WRITE) != 0, x = (flags & PEL_SCN_MEM_EXECUTE) != 0;
    pel_ink ink = w && x ? PEL_INK_WRITE_EXECUTE
                  : w    ? PEL_INK_WRITE
                  : x    ? PEL_INK_EXECUTE
                         : PEL_INK_READ;
    pel_summary_put(s, ink, "%c%c%c", flags & PEL_SCN_MEM_READ ? 'R' : '-', w ? 'W' : '-',
                    x ? 'X' : '-');
}

/* At most the columns that names have. */
static void put_section_name(table *t, pel_str name)
{
    char escaped[256];
    pel_line_text(name, escaped, sizeof escaped);
    pel_str text = pel_str_of(escaped);
    size_t room = t->start - PEL_SUMMARY_INDENT;
    bool cut = pel_text_columns(text) > room;
    pel_summary_to(t->s, PEL_SUMMARY_INDENT);
    pel_summary_put(t->s, PEL_INK_STRONG, "%.*s", (int)pel_text_prefix(text, room - cut), escaped);
    if (cut)
        pel_summary_put(t->s, PEL_INK_FAINT, "%s", pel_page_glyph(&t->s->page, "…", "~"));
}

static void put_row(table *t, uint32_t index)
{
    const pel_section *section = pel_image_section(t->s->img, index);
    put_section_name(t, section->name);
    pel_summary_to(t->s, t->start + AT_RVA);
    pel_summary_put(t->s, PEL_INK_PLAIN, "%08" PRIx32, section->header.virtual_address.v);
    put_size(t, AT_MEMORY, memory_size(t->s->img, index));
    put_size(t, AT_FILE, section->header.raw_size);
    pel_summary_to(t->s, t->start + AT_PROTECT);
    put_protection(t->s, section->header.flags);
    pel_summary_to(t->s, t->start + AT_ENTROPY);
    put_entropy(t, index);
    pel_summary_to(t->s, t->start + AT_HOLDS);
    put_holds(t, section, index);
    pel_summary_end(t->s);
}

static void put_rest(summary *s, uint32_t from, uint32_t count)
{
    char digits[PEL_COUNT_TEXT];
    pel_count_text(count - from, digits);
    pel_summary_to(s, PEL_SUMMARY_INDENT);
    pel_summary_put(s, PEL_INK_FAINT, "and %s more", digits);
    const char *before = ": ";
    for (; from < count; from++, before = ", ")
        if (!pel_summary_item(s, before, pel_image_section(s->img, from)->name, ""))
            break;
    pel_summary_end(s);
}

static void put_heads(table *t)
{
    static const struct {
        size_t at;
        const char *text;
    } heads[] = {
        { AT_RVA, "RVA" },      { AT_MEMORY, "  memory" }, { AT_FILE, "    file" },
        { AT_PROTECT, "prot" }, { AT_ENTROPY, "entropy" }, { AT_HOLDS, "holds" },
    };
    pel_summary_put(t->s, PEL_INK_STRONG, "sections");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        pel_summary_to(t->s, t->start + heads[i].at);
        pel_summary_put(t->s, PEL_INK_FAINT, "%s", heads[i].text);
    }
    pel_summary_end(t->s);
}

/* ---- the table ------------------------------------------------------------------ */

static size_t name_columns(const pel_image *img, uint32_t rows)
{
    size_t columns = NAME_LEAST;
    for (uint32_t i = 0; i < rows; i++) {
        char escaped[256];
        pel_line_text(pel_image_section(img, i)->name, escaped, sizeof escaped);
        size_t wants = pel_text_columns(pel_str_of(escaped));
        columns = wants > columns ? wants : columns;
    }
    return columns < NAME_MOST ? columns : NAME_MOST;
}

static table table_of(summary *s, uint32_t rows)
{
    const pel_optional_header *o = pel_image_optional_header(s->img);
    const pel_te_header *te = pel_image_te_header(s->img);
    pel_rva entry = o ? o->entry_point : te ? te->entry_point : (pel_rva){ 0 };
    table t = { .s = s,
                .start = PEL_SUMMARY_INDENT + name_columns(s->img, rows),
                .left = (uint64_t)pel_image_bytes(s->img).size * ENTROPY_FACTOR };
    t.entry = entry.v ? pel_image_at_rva(s->img, entry).section : PEL_NO_INDEX;
    for (uint32_t i = 0; i < PEL_DIR_COUNT; i++) {
        pel_data_directory d = pel_image_directory(s->img, i);
        bool there = d.address != 0 && i != PEL_DIR_SECURITY;
        t.directories[i] =
            there ? pel_image_at_rva(s->img, (pel_rva){ d.address }).section : PEL_NO_INDEX;
    }
    return t;
}

void pel_summary_sections(summary *s)
{
    uint32_t count = pel_image_section_count(s->img);
    uint32_t rows = count <= ROWS_MOST ? count : ROWS_MOST - 1;
    if (count == 0)
        return;
    table t = table_of(s, rows);
    pel_summary_blank(s);
    put_heads(&t);
    for (uint32_t i = 0; i < rows; i++)
        put_row(&t, i);
    if (rows < count)
        put_rest(s, rows, count);
}
