/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in data that are known only when the layout is. */
#include "builder/builder_priv.h"

void pel_builder_link(pel_builder *b, pel_build_place at, pel_build_link link, pel_build_place to)
{
    if (!pel_builder_ready(b))
        return;
    bool target = to.section < b->section_count || to.section == PEL_BUILD_NOWHERE;
    if (at.section >= b->section_count || !target) {
        pel_builder_latch(b, PEL_BAD_ARG);
        return;
    }
    pel_build_reference *links =
        pel_grow(&b->allocator, b->links, &b->link_capacity, b->link_count + 1, sizeof *links);
    if (!links) {
        pel_builder_latch(b, PEL_NO_MEMORY);
        return;
    }
    b->links = links;
    links[b->link_count++] = (pel_build_reference){ at, link, to };
    b->va_links += link == PEL_BUILD_LINK_VA;
}
