/* SPDX-License-Identifier: Apache-2.0 */
/* What made a file: only what it says itself, by the version of its linker, the Rich header, and
 * the texts that compilers leave behind. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pelorus/clr.h>

#include "base/reader.h"
#include "base/text.h"
#include "dump/summary.h"

/* ---- searching ----------------------------------------------------------- */

size_t pel_summary_find(pel_span hay, const char *needle, size_t most)
{
    size_t size = strlen(needle), end = hay.size < most ? hay.size : most;
    for (size_t at = 0; size <= end && at <= end - size; at++) {
        const uint8_t *first = memchr(hay.data + at, needle[0], end - size - at + 1);
        if (!first)
            break;
        at = (size_t)(first - hay.data);
        if (memcmp(first, needle, size) == 0)
            return at;
    }
    return SIZE_MAX;
}

/* What is looked for lies in the first so many bytes of its section, or is not found. */
#define SEARCH_MOST ((size_t)16 << 20)

/* The bytes of the file from `needle` on, in a section that is (not) code. */
static bool find(const pel_image *img, const char *needle, bool code, pel_span *out)
{
    for (uint32_t i = 0; i < pel_image_section_count(img) && i < 64; i++) {
        const pel_section *section = pel_image_section(img, i);
        pel_extent extent = pel_image_extent(img, i);
        if (code != ((section->header.flags & PEL_SCN_CNT_CODE) != 0))
            continue;
        pel_span bytes = pel_image_span(img, extent.start, extent.raw_size);
        size_t at = pel_summary_find(bytes, needle, SEARCH_MOST);
        if (at != SIZE_MAX) {
            *out = pel_span_clip(bytes, at, UINT64_MAX);
            return true;
        }
    }
    return false;
}

/* The text from `from` on, up to a zero or one of `ends`. */
static pel_str text_at(pel_span bytes, size_t from, size_t most, const char *ends)
{
    pel_str text = pel_str_in(pel_span_clip(bytes, from, most));
    for (size_t i = 0; i < text.len; i++)
        if (strchr(ends, text.ptr[i]))
            text.len = i;
    return text;
}

/* The name of one more thing that had a part in it. */
static void put_name(summary *s, const char *name)
{
    pel_summary_put(s, PEL_INK_PLAIN, "%s%s", s->columns > PEL_SUMMARY_COLUMN ? ", " : "", name);
}

/* ---- Microsoft's tools ---------------------------------------------------- */

typedef struct linker {
    uint8_t major, minor;
    const char *release;
} linker;

static const linker linkers[] = {
#define X(major, minor, release) { major, minor, release },
#include <pelorus/tables/linker_version.def>
#undef X
};

static const char *release_of(uint8_t major, uint8_t minor)
{
    for (size_t i = 0; i < sizeof linkers / sizeof linkers[0]; i++)
        if (linkers[i].major == major && linkers[i].minor == minor)
            return linkers[i].release;
    return NULL;
}

/* The compiler that belongs to a linker: 14.x to 19.x, 12 to 18.00, 7.10 to 13.10, 6 to 12.00. */
static void put_msvc(summary *s, uint8_t major, uint8_t minor)
{
    const char *release = release_of(major, minor);
    bool same = major >= 14 || major == 7;
    put_name(s, "MSVC");
    pel_summary_put(s, PEL_INK_PLAIN, " %u.%02u", major + (major >= 14 ? 5u : 6u),
                    same ? minor : 0u);
    if (release)
        pel_summary_put(s, PEL_INK_PLAIN, " (%s)", release);
}

/* Kinds of object files, by the names of the tools that made them. */
static const struct {
    const char *part, *word;
} kinds[] = {
    { "_CPP", "C++" },  { "_MSIL", "MSIL" },  { "_Basic", "Basic" }, { "VisualBasic", "VB" },
    { "_C", "C" },      { "Masm", "MASM" },   { "Cvtres", NULL },    { "Implib", NULL },
    { "Linker", NULL }, { "AliasObj", NULL }, { "Export", NULL },    { "Import", NULL },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* Objects of each kind that the Rich header counts. False without one by Microsoft's linker. */
static bool count_objects(const pel_image *img, uint64_t counts[KINDS], bool *ltcg)
{
    pel_rich rich;
    bool linked = false;
    if (!pel_image_rich(img, &rich))
        return false;
    for (uint32_t i = 0; i < rich.entry_count; i++) {
        const pel_rich_entry *entry = pel_image_rich_entry(img, i);
        const pel_name *tool = pel_names_find(&pel_names_rich_product, entry->product);
        size_t kind = 0;
        while (tool && kind < KINDS && !strstr(tool->name, kinds[kind].part))
            kind++;
        if (!tool || kind == KINDS)
            continue;
        counts[kind] += entry->count;
        linked = linked || strncmp(tool->name, "Linker", 6) == 0;
        *ltcg = *ltcg || strstr(tool->name, "LTCG") || strstr(tool->name, "POGO");
    }
    return linked;
}

static bool made_by_msvc(summary *s, uint8_t major, uint8_t minor)
{
    uint64_t counts[KINDS] = { 0 };
    bool ltcg = false;
    if (!count_objects(s->img, counts, &ltcg))
        return false;
    put_msvc(s, major, minor);
    for (size_t i = 0, put = 0; i < KINDS; i++) {
        if (counts[i] == 0 || !kinds[i].word)
            continue;
        pel_summary_put(s, PEL_INK_FAINT, "%s%" PRIu64 " %s", put++ ? ", " : ": ", counts[i],
                        kinds[i].word);
    }
    if (ltcg)
        pel_summary_put(s, PEL_INK_FAINT, ", whole program");
    return true;
}

/* ---- others ----------------------------------------------------------------- */

/* "\xff Go buildinf:", then two bytes, then the version with its length at offset 32. */
static bool made_by_go(summary *s)
{
    pel_span info;
    if (!find(s->img, "\xff Go buildinf:", false, &info))
        return false;
    pel_str version = { NULL, 0 };
    if (info.size > 33 && (info.data[15] & 2) && info.data[32] < 0x40)
        version = text_at(info, 33, info.data[32], " ");
    put_name(s, "Go");
    if (version.len > 2) {
        pel_summary_put(s, PEL_INK_PLAIN, " ");
        pel_summary_text(s, PEL_INK_PLAIN, (pel_str){ version.ptr + 2, version.len - 2 });
    }
    return true;
}

/* Panics tell where the source of the library lay: "/rustc/HASH/library/...". */
static bool made_by_rust(summary *s)
{
    pel_span path;
    if (!find(s->img, "/rustc/", false, &path))
        return false;
    pel_str hash = text_at(path, 7, 12, "/\\");
    put_name(s, "Rust (rustc ");
    pel_summary_text(s, PEL_INK_PLAIN, hash);
    pel_summary_put(s, PEL_INK_PLAIN, ")");
    return true;
}

static bool made_by_gcc(summary *s)
{
    pel_span text;
    if (!find(s->img, "GCC: (", false, &text))
        return false;
    pel_str words = text_at(text, 5, 64, "");
    const char *end = words.len ? memchr(words.ptr, ')', words.len) : NULL;
    size_t skip = end ? (size_t)(end - words.ptr) + 1 : words.len;
    put_name(s, "GCC");
    pel_summary_text(s, PEL_INK_PLAIN, (pel_str){ words.ptr + skip, words.len - skip });
    return true;
}

static bool made_by_mingw(summary *s)
{
    pel_span text;
    if (!find(s->img, "Mingw-w64 runtime failure", false, &text))
        return false;
    put_name(s, "MinGW-w64");
    return true;
}

/* Wine writes over the DOS stub. */
static bool made_by_wine(summary *s)
{
    pel_span stub = pel_span_clip(pel_image_bytes(s->img), 0x40, 32);
    bool builtin = pel_summary_find(stub, "Wine builtin DLL", stub.size) == 0;
    if (!builtin && pel_summary_find(stub, "Wine placeholder DLL", stub.size) != 0)
        return false;
    put_name(s, builtin ? "Wine (builtin)" : "Wine (placeholder)");
    return true;
}

static bool made_by_dotnet(summary *s)
{
    pel_clr clr;
    if (pel_image_clr(s->img, &clr) == PEL_NOT_FOUND)
        return false;
    put_name(s, ".NET");
    return true;
}

static bool made_by_upx(summary *s)
{
    pel_span bytes = pel_image_bytes(s->img);
    const pel_section *first = pel_image_section(s->img, 0);
    if (!first || first->name.len != 4 || memcmp(first->name.ptr, "UPX0", 4) != 0 ||
        pel_summary_find(bytes, "UPX!", 4096) == SIZE_MAX)
        return false;
    put_name(s, "UPX");
    return true;
}

/* "Embarcadero Delphi for Win32 compiler version 35.0 (...)". */
static bool made_by_delphi(summary *s)
{
    pel_span text;
    if (!find(s->img, "Embarcadero Delphi for Win", false, &text) &&
        !find(s->img, "Embarcadero Delphi for Win", true, &text))
        return false;
    size_t at = pel_summary_find(text, "version ", 64);
    put_name(s, "Delphi");
    if (at != SIZE_MAX) {
        pel_summary_put(s, PEL_INK_PLAIN, " (compiler ");
        pel_summary_text(s, PEL_INK_PLAIN, text_at(text, at + strlen("version "), 12, " "));
        pel_summary_put(s, PEL_INK_PLAIN, ")");
    }
    return true;
}

static const struct {
    bool (*put)(summary *s);
    bool gnu; /* the linker is then that of the GNU binutils */
} makers[] = {
    { made_by_dotnet, false }, { made_by_go, false },   { made_by_rust, false },
    { made_by_gcc, true },     { made_by_mingw, true }, { made_by_delphi, false },
    { made_by_wine, false },   { made_by_upx, false },
};

/* ---- the line ----------------------------------------------------------------- */

static void put_linker(summary *s, uint8_t major, uint8_t minor, bool gnu)
{
    const char *release = release_of(major, minor);
    bool alone = s->columns == PEL_SUMMARY_COLUMN;
    if (alone && major == 0 && minor == 0) {
        pel_summary_put(s, PEL_INK_FAINT, "a linker that does not say");
        return;
    }
    put_name(s, gnu ? "GNU ld" : "linker");
    pel_summary_put(s, PEL_INK_PLAIN, " %u.%u", major, minor);
    if (release && alone)
        pel_summary_put(s, PEL_INK_FAINT, ", as in %s, but without a Rich header", release);
    else if (alone && major == 2 && minor >= 10)
        pel_summary_put(s, PEL_INK_FAINT, ", a number as GNU ld has");
    else if (alone && major == 3 && minor == 0)
        pel_summary_put(s, PEL_INK_FAINT, ", a number as Go has");
}

void pel_summary_made(summary *s)
{
    const pel_optional_header *o = pel_image_optional_header(s->img);
    bool gnu = false;
    if (!o)
        return;
    pel_summary_label(s, "made by");
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (makers[i].put(s))
            gnu = gnu || makers[i].gnu;
    if (!made_by_msvc(s, o->linker_major, o->linker_minor))
        put_linker(s, o->linker_major, o->linker_minor, gnu);
    pel_summary_end(s);
}
