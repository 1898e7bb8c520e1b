/* SPDX-License-Identifier: Apache-2.0 */
/* The resource directory: a tree whose links are offsets from its root.
 *
 *   directory, entries --> directory, entries --> directory, entries --> data entry --RVA--> bytes
 *     types                  names                  languages
 *
 * Windows finds a resource by its path and so sees no loops; a walk must cut them. It keeps the
 * directories that are open, and follows no link to one of them. Two entries may share what they
 * lead to, so that the work is bounded by `left` and not by the nodes.
 */
#include "base/reader.h"
#include "pe/image_priv.h"
#include "pe/resource_priv.h"

#define HIGH        0x80000000u
#define HEADER_SIZE 16u
#define ENTRY_SIZE  8u

pel_resource_iter pel_image_resources(const pel_image *image)
{
    return (pel_resource_iter){ .image = image,
                                .start = pel_image_directory(image, PEL_DIR_RESOURCE).address,
                                .left = 2 * (uint64_t)image->bytes.size };
}

/* ---- keys -------------------------------------------------------------- */

/* The text at `offset` from the root: a count of units, then the units. */
static bool read_text(const pel_resource_iter *it, uint32_t offset, pel_span *out)
{
    uint64_t at = it->start + offset, units;
    *out = (pel_span){ NULL, 0 };
    if (!pel_image_word(it->image, at, 2, &units) || at + 2 > UINT32_MAX)
        return false;
    *out = pel_image_span(it->image, (pel_rva){ (uint32_t)(at + 2) }, 2 * units);
    out->size -= out->size % 2;
    return out->size == 2 * units;
}

/* The sign of a - b, by the values of the units. */
static int compare_text(pel_span a, pel_span b)
{
    for (size_t at = 0; pel_span_has(a, at, 2) && pel_span_has(b, at, 2); at += 2) {
        uint32_t x = pel_span_u16(a, at), y = pel_span_u16(b, at);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

/* Texts come first, and each kind is sorted. */
static bool in_order(const pel_resource_level *level, uint32_t index, const pel_resource_key *key)
{
    if (key->is_text != (index < level->named))
        return false;
    if (index == 0 || index == level->named || level->last.is_text != key->is_text)
        return true;
    return key->is_text ? compare_text(level->last.text, key->text) < 0 : level->last.id < key->id;
}

/* ---- nodes ------------------------------------------------------------- */

static bool is_open(const pel_resource_iter *it, uint32_t offset)
{
    for (uint32_t i = 0; i < it->depth; i++)
        if (it->levels[i].start == offset)
            return true;
    return false;
}

/* Decode what lies at `offset`. */
static void read_node(const pel_resource_iter *it, uint32_t offset, pel_resource *out)
{
    found at;
    const pel_schema *schema =
        out->is_directory ? &pel_resource_directory_schema : &pel_resource_data_schema;
    void *to = out->is_directory ? (void *)&out->directory : (void *)&out->data;
    if (pel_image_decode_mapped(it->image, schema, it->start + offset, to, &at) != PEL_OK)
        out->problem = PEL_RESOURCE_OUTSIDE;
    out->has_offset = at.present;
    out->offset = at.offset;
}

static void open_directory(pel_resource_iter *it, uint32_t offset, const pel_resource *r)
{
    uint32_t named = r->directory.named_count;
    it->levels[it->depth++] = (pel_resource_level){ .start = offset,
                                                    .named = named,
                                                    .count = named + r->directory.id_count };
}

static bool begin(pel_resource_iter *it, pel_resource *out)
{
    it->begun = true;
    if (it->start == 0)
        return false;
    *out = (pel_resource){ .image = it->image, .is_directory = true };
    read_node(it, 0, out);
    if (out->problem != PEL_RESOURCE_FINE) {
        it->status = pel_image_is_lost(it->image, it->start) || out->has_offset ? PEL_TRUNCATED
                                                                                : PEL_NOT_FOUND;
        return false;
    }
    open_directory(it, 0, out);
    return true;
}

static void follow(pel_resource_iter *it, pel_resource *out)
{
    uint32_t offset = out->entry.target & ~HIGH;
    out->is_directory = (out->entry.target & HIGH) != 0;
    if (out->is_directory && is_open(it, offset))
        out->problem = PEL_RESOURCE_LOOP;
    else if (out->is_directory && it->depth == PEL_RESOURCE_DEPTH)
        out->problem = PEL_RESOURCE_TOO_DEEP;
    else
        read_node(it, offset, out);
    if (out->is_directory && out->problem == PEL_RESOURCE_FINE)
        open_directory(it, offset, out);
}

/* The entry at the innermost open directory; false when it is not there. */
static bool read_entry(pel_resource_iter *it, pel_resource *out)
{
    found at;
    pel_resource_level *level = &it->levels[it->depth - 1];
    uint32_t index = level->next++;
    uint64_t rva = it->start + level->start + HEADER_SIZE + (uint64_t)index * ENTRY_SIZE;
    *out = (pel_resource){ .image = it->image, .depth = it->depth };
    if (pel_image_decode_mapped(it->image, &pel_resource_entry_schema, rva, &out->entry, &at) !=
        PEL_OK) {
        it->status = PEL_TRUNCATED;
        level->next = level->count;
        return false;
    }
    out->has_entry_offset = at.present;
    out->entry_offset = at.offset;
    pel_resource_key key = { .is_text = (out->entry.name & HIGH) != 0, .id = out->entry.name };
    if (key.is_text) {
        key.id = 0;
        out->text_outside = !read_text(it, out->entry.name & ~HIGH, &key.text);
    }
    out->out_of_order = !in_order(level, index, &key);
    it->path[it->depth - 1] = level->last = key;
    for (uint32_t i = 0; i < it->depth; i++)
        out->path[i] = it->path[i];
    return true;
}

bool pel_resource_next(pel_resource_iter *it, pel_resource *out)
{
    if (!it->begun)
        return begin(it, out);
    while (it->depth > 0) {
        const pel_resource_level *level = &it->levels[it->depth - 1];
        if (level->next >= level->count) {
            it->depth--;
            continue;
        }
        if (!read_entry(it, out))
            continue;
        if (!pel_spend(&it->left, ENTRY_SIZE + HEADER_SIZE + out->path[out->depth - 1].text.size)) {
            it->depth = 0;
            it->status = PEL_LIMIT;
            return false;
        }
        follow(it, out);
        return true;
    }
    return false;
}

/* ---- leaves ------------------------------------------------------------ */

bool pel_resource_is(const pel_resource *resource, uint32_t type)
{
    return resource->depth > 0 && !resource->path[0].is_text && resource->path[0].id == type;
}

pel_span pel_resource_bytes(const pel_resource *leaf)
{
    if (leaf->is_directory || leaf->problem != PEL_RESOURCE_FINE)
        return (pel_span){ NULL, 0 };
    return pel_image_span(leaf->image, leaf->data.address, leaf->data.size);
}

const char *pel_language_name(uint32_t language)
{
    const pel_name *name = pel_names_find(&pel_names_language, language & 0x3FF);
    return name ? name->name : NULL;
}
