/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of the resource tree. Each is told once, where it is first: trees that are broken on
 * purpose are broken everywhere. */
#include <pelorus/resources.h>

#include "base/reader.h"
#include "pe/lint.h"

enum { LOOP, DEPTH, OUTSIDE, ORDER, VERSION, MANIFEST, KINDS };

static const pel_diag_code codes[KINDS] = {
    [LOOP] = PEL_DIAG_RESOURCE_LOOP,       [DEPTH] = PEL_DIAG_RESOURCE_DEPTH,
    [OUTSIDE] = PEL_DIAG_RESOURCE_OUTSIDE, [ORDER] = PEL_DIAG_RESOURCE_ORDER,
    [VERSION] = PEL_DIAG_VERSION_BROKEN,   [MANIFEST] = PEL_DIAG_MANIFEST_BROKEN,
};

typedef struct lint {
    uint32_t directories, leaves; /* seen before this one */
    uint64_t left;                /* bytes of leaves that may still be looked at */
    struct {
        bool seen;
        uint64_t value;
        pel_place first;
    } kinds[KINDS];
} lint;

static void note(lint *l, unsigned kind, const pel_resource *r, uint64_t value)
{
    if (l->kinds[kind].seen)
        return;
    l->kinds[kind].seen = true;
    l->kinds[kind].value = value;
    l->kinds[kind].first =
        (pel_place){ .structure = r->is_directory ? "resources.directories" : "resources.entries",
                     .index = r->is_directory ? l->directories : l->leaves,
                     .has_offset = r->has_entry_offset,
                     .offset = r->entry_offset };
}

static bool version_is_broken(pel_span bytes)
{
    pel_version_block root;
    pel_version_fixed fixed;
    pel_version_iter it = pel_version_blocks(bytes);
    if (!pel_version_next(&it, &root))
        return true;
    pel_status st = pel_version_read_fixed(&root, &fixed);
    while (pel_version_next(&it, &root))
        ;
    return it.status != PEL_OK || (st != PEL_OK && st != PEL_NOT_FOUND);
}

/* Windows asks for three levels: type, name and language. */
#define LEVELS 3

static void lint_leaf(lint *l, const pel_resource *r)
{
    pel_span bytes = pel_resource_bytes(r);
    if (r->depth != LEVELS)
        note(l, DEPTH, r, r->depth);
    if (bytes.size < r->data.size)
        note(l, OUTSIDE, r, r->data.address.v);
    else if (!pel_spend(&l->left, bytes.size))
        return;
    else if (pel_resource_is(r, PEL_RT_VERSION) && version_is_broken(bytes))
        note(l, VERSION, r, 0);
    else if (pel_resource_is(r, PEL_RT_MANIFEST) && pel_manifest_is_broken(bytes))
        note(l, MANIFEST, r, 0);
}

static void lint_node(lint *l, const pel_resource *r)
{
    if (r->problem == PEL_RESOURCE_LOOP)
        note(l, LOOP, r, r->entry.target);
    if (r->problem == PEL_RESOURCE_TOO_DEEP)
        note(l, DEPTH, r, r->depth);
    if (r->problem == PEL_RESOURCE_OUTSIDE || r->text_outside)
        note(l, OUTSIDE, r, r->text_outside ? r->entry.name : r->entry.target);
    if (r->out_of_order)
        note(l, ORDER, r, r->entry.name);
    if (!r->is_directory && r->problem == PEL_RESOURCE_FINE)
        lint_leaf(l, r);
}

static pel_status tell(pel_image *img, const lint *l)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (l->kinds[i].seen)
            PEL_TRY(pel_image_remark_at(img, codes[i], l->kinds[i].first, l->kinds[i].value,
                                        l->kinds[i].value));
    return PEL_OK;
}

pel_status pel_image_lint_resources(pel_image *img)
{
    lint l = { .left = img->bytes.size };
    pel_place where = { .structure = "resources", .index = PEL_NO_INDEX };
    pel_resource_iter it = pel_image_resources(img);
    for (pel_resource r; pel_resource_next(&it, &r);) {
        lint_node(&l, &r);
        if (r.is_directory)
            l.directories++;
        else
            l.leaves++;
    }
    PEL_TRY(tell(img, &l));
    if (it.status == PEL_TRUNCATED)
        return pel_image_remark_at(img, PEL_DIAG_RESOURCE_CUT, where, l.leaves, 0);
    if (it.status == PEL_LIMIT)
        return pel_image_remark_at(img, PEL_DIAG_RESOURCE_SHARED, where, l.leaves, 0);
    return PEL_OK;
}
