/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of pages that are alike, as recorded and as they are here. */
#include "map_record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t value;
} names[] = {
#define X(name, value) { #name, value },
#include <pelorus/tables/memory.def>
#undef X
};

/* The value of "PAGE_READWRITE|PAGE_GUARD" and the like. */
static bool constant(const char *text, uint32_t *out)
{
    *out = 0;
    while (text && *text) {
        size_t length = strcspn(text, "|"), i = 0;
        while (i < sizeof names / sizeof names[0] &&
               (strlen(names[i].name) != length || strncmp(names[i].name, text, length) != 0))
            i++;
        if (i == sizeof names / sizeof names[0])
            return false;
        *out |= names[i].value;
        text += length + (text[length] == '|');
    }
    return text != NULL;
}

bool same_attributes(page_attributes a, page_attributes b)
{
    return a.state == b.state && a.protect == b.protect && a.alloc_protect == b.alloc_protect &&
           a.type == b.type;
}

/* Append a run; one that continues the last one becomes part of it. */
static bool append(runs *r, run next)
{
    run *last = r->count ? &r->items[r->count - 1] : NULL;
    if (last && last->rva + last->size == next.rva && same_attributes(last->is, next.is)) {
        last->size += next.size;
        return true;
    }
    run *items = realloc(r->items, (r->count + 1) * sizeof *items);
    if (!items)
        return false;
    r->items = items;
    r->items[r->count++] = next;
    return true;
}

/* True when the page at `rva` belongs to a section that is shared and writable. */
static bool is_shared(const pel_image *image, uint64_t rva)
{
    const uint32_t both = PEL_SCN_MEM_SHARED | PEL_SCN_MEM_WRITE;
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        pel_extent e = pel_image_extent(image, i);
        if (rva >= e.start.v && rva - e.start.v < e.size)
            return (pel_image_section(image, i)->header.flags & both) == both;
    }
    return false;
}

/* The recorded loader copies shared writable pages and says so; Windows shares them. It also goes
 * on calling pages write-copy that were written, where Windows has a writable private page. */
static uint32_t as_windows(const pel_image *image, const page_set *pages, uint64_t rva,
                           uint32_t protect)
{
    bool shared = !pel_image_is_flat(image) && is_shared(image, rva);
    if (!shared && !pages_have(pages, rva, PAGE_WRITTEN))
        return protect;
    if (protect == PEL_PAGE_WRITECOPY)
        return PEL_PAGE_READWRITE;
    return protect == PEL_PAGE_EXECUTE_WRITECOPY ? PEL_PAGE_EXECUTE_READWRITE : protect;
}

static bool append_region(const pel_image *image, const page_set *pages, json_object *region,
                          runs *out)
{
    page_attributes is;
    uint64_t rva = json_number(region, "rva", 0), size = json_number(region, "size", 0);
    if (!constant(json_text(region, "state"), &is.state) ||
        !constant(json_text(region, "protect"), &is.protect) ||
        !constant(json_text(region, "alloc_protect"), &is.alloc_protect) ||
        !constant(json_text(region, "type"), &is.type))
        return false;
    for (uint64_t at = 0; at < size; at += PEL_PAGE_SIZE) {
        run page = { .rva = rva + at, .size = PEL_PAGE_SIZE, .is = is };
        page.is.protect = pages_have(pages, rva + at, PAGE_PADDING)
                              ? PEL_PAGE_EXECUTE_WRITECOPY
                              : as_windows(image, pages, rva + at, is.protect);
        if (!append(out, page))
            return false;
    }
    return true;
}

bool runs_recorded(const pel_image *image, const page_set *pages, json_object *regions, runs *out)
{
    for (size_t i = 0; i < json_count(regions); i++)
        if (!append_region(image, pages, json_object_array_get_idx(regions, i), out))
            return false;
    return true;
}

bool runs_in_space(const pel_space *space, pel_va base, uint64_t size, runs *out)
{
    for (uint64_t rva = 0; rva < size;) {
        pel_region r;
        pel_va at = { base.v + rva };
        if (pel_space_query((pel_space *)space, at, &r) != PEL_STATUS_SUCCESS || r.size == 0)
            return false;
        run next = { .rva = r.base.v - base.v, .size = r.size };
        next.is = (page_attributes){ r.state, r.protect, r.alloc_protect, r.type };
        run *items = realloc(out->items, (out->count + 1) * sizeof *items);
        if (!items)
            return false;
        out->items = items;
        out->items[out->count++] = next; /* as it came: neighbours must be merged already */
        rva += r.size;
    }
    return true;
}

page_attributes runs_at(const runs *r, uint64_t rva)
{
    for (size_t i = 0; i < r->count; i++)
        if (rva >= r->items[i].rva && rva - r->items[i].rva < r->items[i].size)
            return r->items[i].is;
    return (page_attributes){ 0 };
}

static const char *text_of(const run *r, char *out, size_t size)
{
    char protect[64];
    if (!r)
        return "nothing";
    pel_protect_format(r->is.protect, protect, sizeof protect);
    snprintf(out, size, "[0x%" PRIx64 " +0x%" PRIx64 " %s %s %s, asked for 0x%x]", r->rva, r->size,
             pel_state_name(r->is.state), protect, pel_type_name(r->is.type),
             (unsigned)r->is.alloc_protect);
    return out;
}

void runs_compare(trial *t, const runs *want, const runs *got)
{
    char a[160], b[160];
    size_t count = want->count > got->count ? want->count : got->count;
    for (size_t i = 0; i < count; i++) {
        const run *w = i < want->count ? &want->items[i] : NULL;
        const run *g = i < got->count ? &got->items[i] : NULL;
        if (w && g && w->rva == g->rva && w->size == g->size && same_attributes(w->is, g->is))
            continue;
        trial_differs(t, "region", "want %s, got %s", text_of(w, a, sizeof a),
                      text_of(g, b, sizeof b));
        return;
    }
}

void runs_free(runs *r) { free(r->items); }
