/* SPDX-License-Identifier: Apache-2.0 */
/* A leaf of the resource tree as an item: in the form of its kind where that is wanted and can be
 * made, else as its bytes. */
#include <string.h>

#include "base/text.h"
#include "pe/extract_priv.h"

/* ---- names ------------------------------------------------------------- */

static void append_key(char *out, size_t size, size_t *used, const pel_resource_key *key)
{
    char text[96];
    if (!key->is_text) {
        pel_append(out, size, used, "%u", (unsigned)key->id);
        return;
    }
    pel_span some = pel_span_clip(key->text, 0, (sizeof text - 1) / 3 * 2);
    size_t len = pel_utf16_text(some, text, sizeof text - 1);
    for (size_t i = 0; i < len; i++)
        if (text[i] != '\0')
            pel_append(out, size, used, "%c", text[i]);
}

static const pel_name *type_of(const pel_resource *leaf)
{
    bool number = leaf->depth > 0 && !leaf->path[0].is_text;
    return number ? pel_names_find(&pel_names_resource_type, leaf->path[0].id) : NULL;
}

/* "RT_ICON/7/1033", "MUI/1/1031". */
static void set_path(const pel_resource *leaf, pel_extract_item *item)
{
    size_t used = 0;
    const pel_name *type = type_of(leaf);
    if (type)
        pel_append(item->name, sizeof item->name, &used, "%s", type->name);
    for (uint32_t i = type ? 1 : 0; i < leaf->depth && i < 3; i++) {
        pel_append(item->name, sizeof item->name, &used, "%s", i ? "/" : "");
        append_key(item->name, sizeof item->name, &used, &leaf->path[i]);
    }
}

/* RT_GROUP_ICON as "groupicon"; "resource" for types that have no name of ours. */
static void file_word(const pel_resource *leaf, char out[32])
{
    const pel_name *type = type_of(leaf);
    const char *from = type ? type->name : "RT_RESOURCE";
    size_t used = 0;
    for (from += strncmp(from, "RT_", 3) == 0 ? 3 : 0; *from && used < 31; from++)
        if (*from != '_')
            out[used++] = (char)(*from >= 'A' && *from <= 'Z' ? *from - 'A' + 'a' : *from);
    out[used] = '\0';
}

static const char *raw_extension(const pel_resource *leaf)
{
    if (pel_resource_is(leaf, PEL_RT_HTML))
        return "html";
    bool animated =
        pel_resource_is(leaf, PEL_RT_ANICURSOR) || pel_resource_is(leaf, PEL_RT_ANIICON);
    return animated ? "ani" : "bin";
}

/* ---- forms ------------------------------------------------------------- */

/* What a form comes to. PEL_MALFORMED: the bytes are not what their type says. */
typedef struct shape {
    pel_status status;
    uint64_t size;
    const char *extension;
} shape;

static shape as_bytes(const pel_extract_item *item, const char *extension)
{
    return (shape){ PEL_OK, item->bytes.size, extension };
}

static shape as_bitmap(pel_extract *x, pel_extract_item *item)
{
    pel_picture p;
    uint8_t header[PEL_BITMAP_HEADER];
    (void)x;
    if (pel_picture_read(item->bytes, &p) == PEL_OK && p.format == PEL_PICTURE_PNG)
        return as_bytes(item, "png");
    if (!pel_bitmap_header(item->bytes, header))
        return (shape){ .status = PEL_MALFORMED };
    item->form = PEL_FORM_BITMAP;
    return (shape){ PEL_OK, PEL_BITMAP_HEADER + (uint64_t)item->bytes.size, "bmp" };
}

static pel_status count_bytes(void *ctx, const void *data, size_t size)
{
    (void)data;
    *(uint64_t *)ctx += size;
    return PEL_OK;
}

static shape as_strings(pel_extract *x, pel_extract_item *item)
{
    shape s = { PEL_OK, 0, "txt" };
    item->form = PEL_FORM_STRINGS;
    s.status = pel_extract_strings(x, item, (pel_sink){ count_bytes, &s.size });
    return s;
}

static shape as_pictures(pel_extract *x, pel_extract_item *item)
{
    pel_icon_group group;
    pel_icon_file_entry e;
    uint32_t found_count = 0;
    bool cursor = item->kind == PEL_EXTRACT_CURSOR;
    shape s = { PEL_OK, PEL_ICON_HEADER, cursor ? "cur" : "ico" };
    pel_status st = pel_icon_group_read(item->bytes, &group);
    for (uint32_t i = 0; i < group.there; i++) {
        if (!pel_extract_group_at(x, &group, item->language, i, &e))
            continue;
        s.size += PEL_ICON_ENTRY + e.bytes.size;
        found_count++;
    }
    if (found_count == 0 || group.type != (cursor ? 2 : 1))
        return (shape){ .status = PEL_MALFORMED };
    item->form = PEL_FORM_PICTURES;
    if (item->status == PEL_OK)
        item->status = st != PEL_OK ? st : found_count < group.count ? PEL_NOT_FOUND : PEL_OK;
    return s;
}

static shape as_manifest(pel_extract *x, pel_extract_item *item)
{
    (void)x;
    return as_bytes(item, "xml");
}

static shape as_version(pel_extract *x, pel_extract_item *item)
{
    (void)x;
    return as_bytes(item, "bin");
}

static const struct {
    uint32_t type;
    pel_extract_kind kind;
    const char *word;
    bool works; /* it reads more than the bytes it gives, each time: that is paid for */
    shape (*make)(pel_extract *x, pel_extract_item *item);
} forms[] = {
    { PEL_RT_GROUP_ICON, PEL_EXTRACT_ICON, "icon", true, as_pictures },
    { PEL_RT_GROUP_CURSOR, PEL_EXTRACT_CURSOR, "cursor", true, as_pictures },
    { PEL_RT_BITMAP, PEL_EXTRACT_BITMAP, "bitmap", false, as_bitmap },
    { PEL_RT_STRING, PEL_EXTRACT_STRINGS, "strings", true, as_strings },
    { PEL_RT_VERSION, PEL_EXTRACT_VERSION, "version", false, as_version },
    { PEL_RT_MANIFEST, PEL_EXTRACT_MANIFEST, "manifest", false, as_manifest },
};

#define FORMS (sizeof forms / sizeof forms[0])

static size_t form_of(const pel_extract *x, const pel_resource *leaf)
{
    size_t i = 0;
    while (i < FORMS &&
           !(pel_resource_is(leaf, forms[i].type) && pel_extract_wants(x, forms[i].kind)))
        i++;
    return i;
}

/* False: the resource has to come as its bytes. */
static bool make_form(pel_extract *x, size_t index, pel_extract_item *item)
{
    pel_extract_item tried = *item;
    tried.kind = forms[index].kind;
    bool paid = !forms[index].works || pel_spend(&x->group_left, item->bytes.size);
    shape s = paid ? forms[index].make(x, &tried) : (shape){ .status = PEL_LIMIT };
    if (s.status != PEL_OK) {
        item->status = item->status == PEL_OK ? s.status : item->status;
        item->can_write = item->can_write && paid;
        return false;
    }
    *item = tried;
    pel_extract_settle(x, item, s.size, forms[index].word, s.extension);
    return true;
}

/* ---- leaves ------------------------------------------------------------ */

/* A picture that a group names comes with it. */
static bool comes_with_group(const pel_extract *x, const pel_resource *leaf, uint32_t language)
{
    bool cursor = pel_resource_is(leaf, PEL_RT_CURSOR);
    if ((!cursor && !pel_resource_is(leaf, PEL_RT_ICON)) || leaf->depth < 2 ||
        leaf->path[1].is_text)
        return false;
    const picture *p = pel_extract_picture(x, cursor, leaf->path[1].id, language);
    return p && p->named && p->language == language;
}

/* Block n has the strings from 16 (n - 1) on. */
static uint32_t first_string(const pel_resource *leaf)
{
    bool numbered = leaf->depth > 1 && !leaf->path[1].is_text && leaf->path[1].id > 0;
    return numbered ? (leaf->path[1].id - 1) * 16 : 0;
}

bool pel_extract_leaf(pel_extract *x, const pel_resource *leaf, pel_extract_item *out)
{
    char word[32];
    size_t form = form_of(x, leaf);
    bool numbered = leaf->depth > 2 && !leaf->path[2].is_text;
    out->language = numbered ? leaf->path[2].id : 0;
    out->number = first_string(leaf);
    if (comes_with_group(x, leaf, out->language))
        return false;
    set_path(leaf, out);
    if (form < FORMS && out->can_write && make_form(x, form, out))
        return true;
    if (form == FORMS && !pel_extract_wants(x, PEL_EXTRACT_RESOURCE))
        return false;
    file_word(leaf, word);
    pel_extract_settle(x, out, out->bytes.size, word, raw_extension(leaf));
    return true;
}
