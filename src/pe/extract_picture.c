/* SPDX-License-Identifier: Apache-2.0 */
/* Icons and cursors: a group names its pictures by number, and each is a resource of its own. A
 * file has both, with offsets for the numbers.
 *
 *   RT_GROUP_ICON: header, entries (14 bytes: ... number)         file: header, entries (16: ...
 * offset) RT_ICON 1, RT_ICON 2, ...                                           pictures
 */
#include <stdlib.h>

#include "pe/extract_priv.h"

/* ---- which there are --------------------------------------------------- */

static bool is_picture(const pel_extract *x, const pel_resource *r)
{
    bool icon = pel_resource_is(r, PEL_RT_ICON) && pel_extract_wants(x, PEL_EXTRACT_ICON);
    bool cursor = pel_resource_is(r, PEL_RT_CURSOR) && pel_extract_wants(x, PEL_EXTRACT_CURSOR);
    return (icon || cursor) && !r->is_directory && r->problem == PEL_RESOURCE_FINE &&
           r->depth > 1 && !r->path[1].is_text;
}

static uint32_t language_of(const pel_resource *r)
{
    return r->depth > 2 && !r->path[2].is_text ? r->path[2].id : 0;
}

static pel_status add(pel_extract *x, const pel_resource *r)
{
    picture *grown = pel_grow(&x->allocator, x->pictures, &x->picture_capacity,
                              x->picture_count + 1, sizeof *x->pictures);
    if (!grown)
        return PEL_NO_MEMORY;
    x->pictures = grown;
    grown[x->picture_count] = (picture){ .cursor = pel_resource_is(r, PEL_RT_CURSOR),
                                         .id = r->path[1].id,
                                         .language = language_of(r),
                                         .order = x->picture_count,
                                         .bytes = pel_resource_bytes(r) };
    x->picture_count++;
    return PEL_OK;
}

static int sign(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int compare(const picture *a, const picture *b)
{
    if (a->cursor != b->cursor)
        return a->cursor ? 1 : -1;
    return a->id != b->id ? sign(a->id, b->id) : sign(a->language, b->language);
}

/* Those that have all in common stay in the order of the file, whatever the host's qsort does. */
static int compare_void(const void *a, const void *b)
{
    const picture *one = a, *other = b;
    int order = compare(one, other);
    return order ? order : sign(one->order, other->order);
}

/* The first one that is not before `wanted`. */
static size_t lower_bound(const pel_extract *x, const picture *wanted)
{
    size_t low = 0, high = x->picture_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&x->pictures[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

picture *pel_extract_picture(const pel_extract *x, bool cursor, uint32_t id, uint32_t language)
{
    picture wanted = { .cursor = cursor, .id = id, .language = language };
    size_t at = lower_bound(x, &wanted);
    if (at < x->picture_count && compare(&x->pictures[at], &wanted) == 0)
        return &x->pictures[at];
    wanted.language = 0;
    at = lower_bound(x, &wanted);
    bool same =
        at < x->picture_count && x->pictures[at].cursor == cursor && x->pictures[at].id == id;
    return same ? &x->pictures[at] : NULL;
}

/* ---- which are in a group ---------------------------------------------- */

static bool number_at(const pel_icon_group *group, bool cursor, uint32_t index, uint32_t *id)
{
    pel_icon_entry icon;
    pel_cursor_entry entry;
    pel_status st = cursor ? pel_cursor_at(group, index, &entry) : pel_icon_at(group, index, &icon);
    *id = st != PEL_OK ? 0 : cursor ? entry.id : icon.id;
    return st == PEL_OK;
}

static void mark_group(pel_extract *x, const pel_resource *r, bool cursor)
{
    pel_icon_group group;
    pel_span bytes = pel_resource_bytes(r);
    if (!pel_spend(&x->group_left, bytes.size))
        return;
    pel_icon_group_read(bytes, &group);
    uint32_t id;
    for (uint32_t i = 0; number_at(&group, cursor, i, &id); i++) {
        picture *p = pel_extract_picture(x, cursor, id, language_of(r));
        if (p)
            p->named = true;
    }
}

static void mark_all(pel_extract *x)
{
    pel_resource_iter it = pel_image_resources(x->image);
    for (pel_resource r; pel_resource_next(&it, &r);) {
        if (r.is_directory || r.problem != PEL_RESOURCE_FINE)
            continue;
        if (pel_resource_is(&r, PEL_RT_GROUP_ICON))
            mark_group(x, &r, false);
        else if (pel_resource_is(&r, PEL_RT_GROUP_CURSOR))
            mark_group(x, &r, true);
    }
}

pel_status pel_extract_collect(pel_extract *x)
{
    pel_resource_iter it = pel_image_resources(x->image);
    for (pel_resource r; pel_resource_next(&it, &r);)
        if (is_picture(x, &r))
            PEL_TRY(add(x, &r));
    if (x->picture_count == 0)
        return PEL_OK;
    qsort(x->pictures, x->picture_count, sizeof *x->pictures, compare_void);
    mark_all(x);
    return PEL_OK;
}

/* ---- entries of a file ------------------------------------------------- */

/* One byte is too few for 256, which is 0. */
static uint8_t small(uint32_t pixels) { return pixels < 256 ? (uint8_t)pixels : 0; }

static bool icon_at(const pel_extract *x, const pel_icon_group *group, uint32_t language,
                    uint32_t index, pel_icon_file_entry *out)
{
    pel_icon_entry e;
    if (pel_icon_at(group, index, &e) != PEL_OK)
        return false;
    const picture *p = pel_extract_picture(x, false, e.id, language);
    *out = (pel_icon_file_entry){ .width = e.width,
                                  .height = e.height,
                                  .colors = e.colors,
                                  .reserved = e.reserved,
                                  .planes = e.planes,
                                  .bits = e.bits };
    if (p)
        out->bytes = p->bytes;
    return out->bytes.size > 0;
}

/* The resource begins with its hot spot, which stands in the entry of a file; both masks count for
 * the height in a group. */
#define HOT_SPOT 4u

static bool cursor_at(const pel_extract *x, const pel_icon_group *group, uint32_t language,
                      uint32_t index, pel_icon_file_entry *out)
{
    pel_cursor_entry e;
    if (pel_cursor_at(group, index, &e) != PEL_OK)
        return false;
    const picture *p = pel_extract_picture(x, true, e.id, language);
    pel_span all = p ? p->bytes : (pel_span){ NULL, 0 };
    *out = (pel_icon_file_entry){ .width = small(e.width),
                                  .height = small(e.height / 2u),
                                  .planes = (uint16_t)pel_span_u16(all, 0),
                                  .bits = (uint16_t)pel_span_u16(all, 2),
                                  .bytes = pel_span_clip(all, HOT_SPOT, UINT64_MAX) };
    return out->bytes.size > 0;
}

bool pel_extract_group_at(const pel_extract *x, const pel_icon_group *group, uint32_t language,
                          uint32_t index, pel_icon_file_entry *out)
{
    return group->type == 2 ? cursor_at(x, group, language, index, out)
                            : icon_at(x, group, language, index, out);
}
