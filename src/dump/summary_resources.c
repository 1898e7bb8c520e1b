/* SPDX-License-Identifier: Apache-2.0 */
/* Resources by their types, and what the two say that tell about the file as a whole. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pelorus/resources.h>

#include "base/reader.h"
#include "base/text.h"
#include "dump/summary.h"

/* ---- types ------------------------------------------------------------------ */

/* Words for one of a type, where there are some; else its name. */
static const struct {
    uint32_t type;
    const char *word;
} words[] = {
    { PEL_RT_CURSOR, "cursor" },
    { PEL_RT_BITMAP, "bitmap" },
    { PEL_RT_ICON, "icon" },
    { PEL_RT_MENU, "menu" },
    { PEL_RT_DIALOG, "dialog" },
    { PEL_RT_STRING, "block of strings" },
    { PEL_RT_FONT, "font" },
    { PEL_RT_ACCELERATOR, "accelerator table" },
    { PEL_RT_MESSAGETABLE, "message table" },
    { PEL_RT_GROUP_CURSOR, "cursor group" },
    { PEL_RT_GROUP_ICON, "icon group" },
    { PEL_RT_VERSION, "version" },
    { PEL_RT_HTML, "HTML file" },
    { PEL_RT_MANIFEST, "manifest" },
};

/* "12 icons", "3 TYPELIB", "1 type 99". */
static void type_text(const pel_resource_key *type, uint64_t count, char *out, size_t size)
{
    char number[PEL_COUNT_TEXT], name[64];
    pel_count_text(count, number);
    if (type->is_text) {
        size_t used = pel_utf16_text(pel_span_clip(type->text, 0, 40), name, sizeof name);
        snprintf(out, size, "%s %.*s", number, (int)(used < sizeof name ? used : sizeof name),
                 name);
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].type != type->id)
            continue;
        if (type->id == PEL_RT_STRING)
            snprintf(out, size, "%s block%s of strings", number, count == 1 ? "" : "s");
        else
            snprintf(out, size, "%s %s%s", number, words[i].word, count == 1 ? "" : "s");
        return;
    }
    const pel_name *known = pel_names_find(&pel_names_resource_type, type->id);
    if (known)
        snprintf(out, size, "%s %s", number, known->name + strlen("RT_"));
    else
        snprintf(out, size, "%s of type %" PRIu32, number, type->id);
}

static bool is_same(const pel_resource_key *a, const pel_resource_key *b)
{
    if (a->is_text || b->is_text)
        return a->is_text == b->is_text && a->text.data == b->text.data;
    return a->id == b->id;
}

/* What else may be inside of bytes that only the program knows: a bit each. */
static const char *const carried[] = { "pe",   "elf", "zip",   "cab",          "7z",
                                       "gzip", "xz",  "bzip2", "compound-file" };
#define CARRIED (sizeof carried / sizeof carried[0])

static unsigned carries(const pel_resource *r)
{
    const pel_resource_key *type = &r->path[0];
    const pel_name *known =
        type->is_text ? NULL : pel_names_find(&pel_names_resource_type, type->id);
    bool open = (!known || type->id == PEL_RT_RCDATA) && r->problem == PEL_RESOURCE_FINE;
    const char *what = open ? pel_bytes_look_like(pel_resource_bytes(r)) : NULL;
    for (unsigned i = 0; what && i < CARRIED; i++)
        if (strcmp(carried[i], what) == 0)
            return 1u << i;
    return 0;
}

/* A run of leaves of one type. */
typedef struct run {
    pel_resource_key type;
    uint64_t count;
    unsigned carries;
} run;

/* "2 RCDATA (pe, zip)" */
static bool put_type(summary *s, const char *before, const run *of)
{
    char text[160], inside[64] = "";
    size_t used = 0;
    type_text(&of->type, of->count, text, sizeof text);
    for (unsigned i = 0; i < CARRIED; i++)
        if (of->carries & 1u << i)
            pel_append(inside, sizeof inside, &used, "%s%s", used ? ", " : " (", carried[i]);
    if (used > 0)
        pel_append(inside, sizeof inside, &used, ")");
    return pel_summary_item(s, before, pel_str_of(text), inside);
}

bool pel_digest_resources(summary *s)
{
    pel_resource r;
    run now = { .count = 0 };
    const char *before = "";
    pel_resource_iter it = pel_image_resources(s->img);
    bool any = false, room = true;
    while (room && pel_resource_next(&it, &r)) {
        any = true;
        if (r.is_directory || r.depth == 0)
            continue;
        if (now.count > 0 && !is_same(&now.type, &r.path[0])) {
            room = put_type(s, before, &now);
            before = ", ";
            now = (run){ .count = 0 };
        }
        now.type = r.path[0];
        now.count++;
        now.carries |= carries(&r);
    }
    if (room && now.count > 0)
        put_type(s, before, &now);
    else if (room && any)
        pel_summary_put(s, PEL_INK_FAINT, "none: the tree has no leaves");
    return any;
}

/* ---- one resource ------------------------------------------------------------- */

/* The bytes of the first leaf of `type`; empty without one. */
static pel_span first_of(const pel_image *img, uint32_t type)
{
    pel_resource_iter it = pel_image_resources(img);
    for (pel_resource r; pel_resource_next(&it, &r);)
        if (!r.is_directory && r.problem == PEL_RESOURCE_FINE && pel_resource_is(&r, type))
            return pel_resource_bytes(&r);
    return (pel_span){ NULL, 0 };
}

static bool utf16_is(pel_span utf16, const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; utf16.size == 2 * size && i < size; i++)
        if (utf16.data[2 * i] != (uint8_t)text[i] || utf16.data[2 * i + 1] != 0)
            return false;
    return utf16.size == 2 * size;
}

/* The text up to its first zero, without blanks at its end: installers fill up with them what is
 * written into the file later. */
static pel_span utf16_text(pel_span utf16)
{
    utf16.size &= ~(size_t)1;
    for (size_t i = 0; i < utf16.size; i += 2)
        if (pel_span_u16(utf16, i) == 0)
            utf16.size = i;
    while (utf16.size > 0 && pel_span_u16(utf16, utf16.size - 2) == ' ')
        utf16.size -= 2;
    return utf16;
}

/* ---- version information -------------------------------------------------------- */

static const char *const strings[] = { "ProductName", "FileVersion", "CompanyName",
                                       "FileDescription" };
enum { PRODUCT, VERSION, COMPANY, DESCRIPTION, STRINGS };

static void read_strings(pel_span bytes, pel_span out[STRINGS])
{
    pel_version_iter it = pel_version_blocks(bytes);
    for (pel_version_block b; pel_version_next(&it, &b);)
        for (int i = 0; b.level == 3 && i < STRINGS; i++)
            if (out[i].size == 0 && utf16_is(b.key, strings[i]))
                out[i] = utf16_text(b.value);
}

static bool read_fixed(pel_span bytes, uint32_t out[4])
{
    pel_version_block root;
    pel_version_fixed fixed;
    pel_version_iter it = pel_version_blocks(bytes);
    if (!pel_version_next(&it, &root) || pel_version_read_fixed(&root, &fixed) != PEL_OK)
        return false;
    out[0] = fixed.file_high >> 16;
    out[1] = fixed.file_high & 0xffff;
    out[2] = fixed.file_low >> 16;
    out[3] = fixed.file_low & 0xffff;
    return true;
}

/* Whether "1, 2.3 of somebody" begins with other numbers than those. What begins with none says
 * nothing, and so do numbers that are left out. */
static bool differs(pel_span text, const uint32_t fixed[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        uint64_t number = 0;
        size_t start = at;
        for (uint16_t c; at < text.size && (c = pel_span_u16(text, at)) >= '0' && c <= '9'; at += 2)
            number = number < UINT32_MAX ? number * 10 + (c - '0') : number;
        if (at == start)
            return false;
        if (number != fixed[part])
            return true;
        if (at >= text.size || (pel_span_u16(text, at) != '.' && pel_span_u16(text, at) != ','))
            return false;
        for (at += 2; at < text.size && pel_span_u16(text, at) == ' ';)
            at += 2;
    }
    return false;
}

static void put_version(summary *s, pel_span bytes, pel_span text, const char *before)
{
    uint32_t fixed[4];
    bool has = read_fixed(bytes, fixed), other = has && text.size > 0 && differs(text, fixed);
    if (text.size > 0 || has)
        pel_summary_put(s, PEL_INK_PLAIN, "%s", before);
    pel_summary_utf16(s, PEL_INK_PLAIN, text);
    if (has && (other || text.size == 0))
        pel_summary_put(s, other ? PEL_INK_WRITE : PEL_INK_PLAIN,
                        "%s%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32 "%s",
                        other ? " (fixed: " : "", fixed[0], fixed[1], fixed[2], fixed[3],
                        other ? ")" : "");
}

bool pel_digest_version(summary *s)
{
    static const char *const before[STRINGS] = { "", " ", ", ", ": " };
    pel_span texts[STRINGS] = { { NULL, 0 } };
    pel_span bytes = first_of(s->img, PEL_RT_VERSION);
    if (bytes.size == 0)
        return false;
    read_strings(bytes, texts);
    for (int i = 0; i < STRINGS; i++) {
        const char *lead = s->columns <= PEL_SUMMARY_COLUMN ? "" : before[i];
        if (i == VERSION) {
            put_version(s, bytes, texts[i], lead);
        } else if (texts[i].size > 0) {
            pel_summary_put(s, PEL_INK_PLAIN, "%s", lead);
            pel_summary_utf16(s, i == DESCRIPTION ? PEL_INK_FAINT : PEL_INK_PLAIN, texts[i]);
        }
    }
    return true;
}

/* ---- the manifest ---------------------------------------------------------------- */

#define MANIFEST_MOST ((size_t)1 << 20)

/* What is between the quotes behind `attribute`, somewhere behind `element`. */
static pel_str attribute_of(pel_span xml, const char *element, const char *attribute)
{
    size_t at = pel_summary_find(xml, element, MANIFEST_MOST);
    pel_span rest = pel_span_clip(xml, at, 512);
    size_t in = pel_summary_find(rest, attribute, rest.size);
    pel_span value = pel_span_clip(rest, in == SIZE_MAX ? rest.size : in + strlen(attribute), 64);
    if (value.size < 2 || (value.data[0] != '"' && value.data[0] != '\''))
        return (pel_str){ NULL, 0 };
    const uint8_t *end = memchr(value.data + 1, value.data[0], value.size - 1);
    return (pel_str){ (const char *)value.data + 1, end ? (size_t)(end - value.data) - 1 : 0 };
}

static const struct {
    const char *text, *word;
} said[] = {
    { "Microsoft.Windows.Common-Controls", "common controls 6" },
    { "<supportedOS", "names versions of Windows" },
    { "dpiAware", "DPI aware" },
    { "longPathAware", "long paths" },
    { "activeCodePage", "code page of its own" },
};

bool pel_digest_manifest(summary *s)
{
    pel_span xml = first_of(s->img, PEL_RT_MANIFEST);
    pel_str level = attribute_of(xml, "requestedExecutionLevel", "level=");
    pel_str access = attribute_of(xml, "requestedExecutionLevel", "uiAccess=");
    if (xml.size == 0)
        return false;
    bool admin = level.len == 20 && memcmp(level.ptr, "requireAdministrator", 20) == 0;
    if (level.len)
        pel_summary_text(s, admin ? PEL_INK_WRITE : PEL_INK_PLAIN, level);
    else
        pel_summary_put(s, PEL_INK_FAINT, "no execution level");
    if (access.len == 4 && pel_compare_nocase(access, pel_str_of("true")) == 0)
        pel_summary_put(s, PEL_INK_WRITE, ", uiAccess");
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (pel_summary_find(xml, said[i].text, MANIFEST_MOST) != SIZE_MAX)
            pel_summary_put(s, PEL_INK_PLAIN, ", %s", said[i].word);
    return true;
}
