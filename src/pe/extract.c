/* SPDX-License-Identifier: Apache-2.0 */
/* What can be taken out of a file: one stage for each place where there is something.
 *
 *   sections -> resources -> debug directory -> certificates -> overlay
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pe/extract_priv.h"

/* ---- names ------------------------------------------------------------- */

static const struct {
    const char *name, *plural, *meaning;
} kinds[PEL_EXTRACT_COUNT] = {
#define X(id, name, plural, meaning) { name, plural, meaning },
#include <pelorus/tables/extract_kind.def>
#undef X
};

const char *pel_extract_kind_name(pel_extract_kind kind)
{
    return kind < PEL_EXTRACT_COUNT ? kinds[kind].name : "";
}

const char *pel_extract_kind_meaning(pel_extract_kind kind)
{
    return kind < PEL_EXTRACT_COUNT ? kinds[kind].meaning : "";
}

pel_status pel_extract_kind_from_name(const char *name, pel_extract_kind *out)
{
    for (unsigned i = 0; i < PEL_EXTRACT_COUNT; i++) {
        if (strcmp(kinds[i].name, name) != 0 && strcmp(kinds[i].plural, name) != 0)
            continue;
        *out = (pel_extract_kind)i;
        return PEL_OK;
    }
    return PEL_NOT_FOUND;
}

/* ---- items ------------------------------------------------------------- */

void pel_extract_settle(pel_extract *x, pel_extract_item *item, uint64_t size, const char *what,
                        const char *extension)
{
    char language[16] = "";
    if (item->language)
        snprintf(language, sizeof language, "-%u", (unsigned)item->language);
    snprintf(item->file, sizeof item->file, "%s-%u%s.%s", what, (unsigned)x->numbers[item->kind]++,
             language, extension);
    item->size = size;
    item->can_write = item->can_write && size <= x->left;
    if (size > x->left)
        item->status = PEL_LIMIT;
    else if (item->can_write)
        x->left -= size;
}

static pel_extract_item item_of(pel_extract_kind kind, pel_span bytes, uint64_t said)
{
    return (pel_extract_item){ .kind = kind,
                               .bytes = bytes,
                               .status = bytes.size < said ? PEL_TRUNCATED : PEL_OK,
                               .can_write = bytes.size > 0 || said == 0 };
}

static void set_offset(pel_extract_item *item, uint64_t offset)
{
    item->has_offset = true;
    item->offset.v = offset;
}

static void set_rva(pel_extract_item *item, pel_rva rva)
{
    item->has_rva = true;
    item->rva = rva;
}

/* Zeros would end a C string: what the file has there does not matter for a name. */
static void set_name(pel_extract_item *item, pel_str name)
{
    size_t used = 0;
    for (size_t i = 0; i < name.len && used + 1 < sizeof item->name; i++)
        if (name.ptr[i] != '\0')
            item->name[used++] = name.ptr[i];
    item->name[used] = '\0';
}

/* ---- sections ---------------------------------------------------------- */

static pel_span raw_bytes(const pel_image *img, const pel_section_header *h)
{
    if (pel_image_get_layout(img) == PEL_LAYOUT_MEMORY)
        return pel_image_span(img, h->virtual_address, UINT64_MAX);
    return pel_span_clip(pel_image_bytes(img), h->raw_offset.v, h->raw_size);
}

static bool next_section(pel_extract *x, pel_extract_item *out)
{
    bool file = pel_image_get_layout(x->image) == PEL_LAYOUT_FILE;
    for (; x->section < pel_image_section_count(x->image); x->section++) {
        const pel_section *s = pel_image_section(x->image, x->section);
        pel_span bytes = raw_bytes(x->image, &s->header);
        uint64_t said = file ? s->header.raw_size : bytes.size;
        if (said == 0 || (file && s->header.raw_offset.v == 0))
            continue;
        *out = item_of(PEL_EXTRACT_SECTION, bytes, said);
        set_name(out, s->name);
        set_offset(out, file ? s->header.raw_offset.v : s->header.virtual_address.v);
        set_rva(out, s->header.virtual_address);
        x->numbers[PEL_EXTRACT_SECTION] = x->section; /* that of its header */
        pel_extract_settle(x, out, bytes.size, "section", "bin");
        x->section++;
        return true;
    }
    return false;
}

/* ---- resources --------------------------------------------------------- */

static void say(pel_extract *x, pel_status status)
{
    if (x->status == PEL_OK)
        x->status = status;
}

static bool next_resource(pel_extract *x, pel_extract_item *out)
{
    for (pel_resource r; pel_resource_next(&x->resources, &r);) {
        if (r.problem != PEL_RESOURCE_FINE) {
            say(x, r.problem == PEL_RESOURCE_OUTSIDE ? PEL_TRUNCATED : PEL_MALFORMED);
            continue;
        }
        if (r.is_directory)
            continue;
        *out = item_of(PEL_EXTRACT_RESOURCE, pel_resource_bytes(&r), r.data.size);
        set_rva(out, r.data.address);
        out->has_offset = pel_image_rva_to_foff(x->image, r.data.address, &out->offset) == PEL_OK;
        if (pel_extract_leaf(x, &r, out))
            return true;
    }
    say(x, x->resources.status);
    return false;
}

/* ---- debug directory --------------------------------------------------- */

/* DEFLATE makes 1,032 bytes of one at most; a PDB is a tenth of that good. What says that it is
 * more is there to fill a disk. */
#define PDB_RATIO 100u

static bool next_pdb(pel_extract *x, pel_extract_item *out)
{
    pel_embedded_pdb pdb;
    for (pel_debug_entry entry; pel_debug_next(&x->debug, &entry);) {
        if (entry.directory.type != PEL_DEBUG_EMBEDDEDPORTABLEPDB)
            continue;
        pel_status st = pel_debug_embedded(&entry, &pdb);
        *out = item_of(PEL_EXTRACT_PDB, pdb.deflated, 0);
        out->form = PEL_FORM_INFLATED;
        out->status = entry.data.size < entry.directory.size ? PEL_TRUNCATED : st;
        bool bomb = pdb.uncompressed > (uint64_t)PDB_RATIO * pdb.deflated.size ||
                    pdb.uncompressed > x->pdb_left;
        if (bomb && out->status == PEL_OK)
            out->status = PEL_LIMIT;
        out->can_write = out->status == PEL_OK;
        if (out->can_write)
            x->pdb_left -= pdb.uncompressed;
        set_name(out, pel_str_of("embedded portable PDB"));
        if (entry.by != PEL_DEBUG_BY_NOTHING)
            set_offset(out, entry.data_offset.v);
        if (entry.directory.address.v)
            set_rva(out, entry.directory.address);
        uint64_t left = x->left; /* it has a bound of its own */
        x->left = UINT64_MAX;
        pel_extract_settle(x, out, pdb.uncompressed, "pdb", "pdb");
        x->left = left;
        return true;
    }
    say(x, x->debug.status);
    return false;
}

/* ---- certificates ------------------------------------------------------ */

static bool any_byte(pel_span s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i])
            return true;
    return false;
}

/* What fills the entry up behind PKCS #7, where it is no zeros: somebody put it there, and no
 * signature covers it. */
static bool take_behind(pel_extract *x, pel_extract_item *out)
{
    if (!any_byte(x->behind))
        return false;
    *out = item_of(PEL_EXTRACT_CERTIFICATE, x->behind, 0);
    set_name(out, pel_str_of("behind the signature"));
    set_offset(out, x->behind_at.v);
    pel_extract_settle(x, out, x->behind.size, "certificate", "bin");
    x->behind = (pel_span){ NULL, 0 };
    return true;
}

static bool next_certificate(pel_extract *x, pel_extract_item *out)
{
    if (take_behind(x, out))
        return true;
    pel_certificate c;
    pel_signed_data data;
    if (!pel_certificate_next(&x->certificates, &c)) {
        say(x, x->certificates.status);
        return false;
    }
    bool signature = c.header.type == PEL_CERTIFICATE_PKCS_SIGNED_DATA;
    bool good = signature && pel_signed_data_read(c.content, &data) == PEL_OK;
    uint64_t said = c.header.length > 8 ? c.header.length - 8 : 0;
    *out = item_of(PEL_EXTRACT_CERTIFICATE, good ? data.bytes : c.content, good ? 0 : said);
    if (signature && !good && out->status == PEL_OK)
        out->status = PEL_MALFORMED;
    const pel_name *name = pel_names_find(&pel_names_certificate_type, c.header.type);
    set_name(out, pel_str_of(name ? name->name : "unknown"));
    set_offset(out, c.offset.v + 8);
    x->behind = pel_span_clip(c.content, good ? data.bytes.size : c.content.size, UINT64_MAX);
    x->behind_at.v = c.offset.v + 8 + out->bytes.size;
    pel_extract_settle(x, out, out->bytes.size, "certificate", good ? "p7b" : "bin");
    return true;
}

/* ---- overlay ----------------------------------------------------------- */

static bool next_overlay(pel_extract *x, pel_extract_item *out)
{
    for (pel_overlay_part part; pel_overlay_next(&x->overlay, &part);) {
        if (part.kind == PEL_OVERLAY_CERTIFICATES || part.kind == PEL_OVERLAY_PADDING)
            continue;
        *out = item_of(PEL_EXTRACT_OVERLAY, part.bytes, part.bytes.size);
        set_name(out, pel_str_of(pel_overlay_kind_name(part.kind)));
        set_offset(out, part.offset.v);
        pel_extract_settle(x, out, part.bytes.size, "overlay",
                           pel_overlay_kind_extension(part.kind));
        return true;
    }
    return false;
}

/* ---- the walk ---------------------------------------------------------- */

/* Bits of the kinds that resources can come as. */
#define RESOURCES                                                                                  \
    (1u << PEL_EXTRACT_RESOURCE | 1u << PEL_EXTRACT_ICON | 1u << PEL_EXTRACT_CURSOR |              \
     1u << PEL_EXTRACT_BITMAP | 1u << PEL_EXTRACT_STRINGS | 1u << PEL_EXTRACT_VERSION |            \
     1u << PEL_EXTRACT_MANIFEST)

static const struct {
    uint32_t kinds;
    bool (*next)(pel_extract *x, pel_extract_item *out);
} stages[] = {
    { 1u << PEL_EXTRACT_SECTION, next_section },
    { RESOURCES, next_resource },
    { 1u << PEL_EXTRACT_PDB, next_pdb },
    { 1u << PEL_EXTRACT_CERTIFICATE, next_certificate },
    { 1u << PEL_EXTRACT_OVERLAY, next_overlay },
};

/* As many bytes as a file has in all these forms, and some more for what is small. */
#define MOST_FACTOR 4u
#define MOST_SMALL  ((uint64_t)1 << 20)

pel_status pel_extract_new(const pel_image *image, const pel_extract_options *options,
                           pel_extract **out)
{
    static const pel_extract_options defaults = { .kinds = 0 };
    const pel_extract_options *o = options ? options : &defaults;
    pel_allocator allocator = pel_allocator_or_default(o->allocator);
    uint64_t size = pel_image_bytes(image).size;
    pel_extract *x = *out = pel_take(&allocator, sizeof *x);
    if (!x)
        return PEL_NO_MEMORY;
    *x = (pel_extract){ .image = image,
                        .allocator = allocator,
                        .kinds = o->kinds ? o->kinds : UINT32_MAX,
                        .left = o->most ? o->most : MOST_FACTOR * size + MOST_SMALL,
                        .pdb_left = PDB_RATIO * size,
                        .group_left = MOST_FACTOR * size,
                        .resources = pel_image_resources(image),
                        .debug = pel_image_debug(image),
                        .certificates = pel_image_certificates(image),
                        .overlay = pel_image_overlay_parts(image) };
    pel_status st = pel_extract_collect(x);
    if (st == PEL_OK)
        return PEL_OK;
    pel_extract_free(x);
    *out = NULL;
    return st;
}

void pel_extract_free(pel_extract *x)
{
    if (!x)
        return;
    pel_allocator allocator = x->allocator;
    pel_give(&allocator, x->pictures, x->picture_capacity * sizeof *x->pictures);
    pel_give(&allocator, x, sizeof *x);
}

bool pel_extract_next(pel_extract *x, pel_extract_item *out)
{
    for (; x->stage < sizeof stages / sizeof stages[0]; x->stage++)
        if ((x->kinds & stages[x->stage].kinds) != 0 && stages[x->stage].next(x, out))
            return true;
    return false;
}

pel_status pel_extract_status(const pel_extract *x) { return x->status; }
