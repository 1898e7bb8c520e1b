/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_WALK_METADATA_H
#define PEL_DUMP_WALK_METADATA_H

/* The parts of the load configuration's map that have a file of their own. */

#include <pelorus/dynamic_relocs.h>
#include <pelorus/metadata.h>

#include "dump/walk_image.h"

/** False for text that nobody asked for the load configuration by name: it has no lists. */
bool pel_walk_lists(const walk *w);

/** `schema` up to the last field that ends within `size` bytes. */
pel_schema pel_schema_up_to(const pel_schema *schema, size_t size, bool wide);

void pel_walk_dynamic_relocs(const walk *w);

/** The map of a structure, and its lists. Nothing when the image does not have it. */
void pel_walk_metadata(const walk *w, pel_metadata_kind kind);

/** Members of the map of a base image: its hashes and chunks. `*left` are the bytes that are still
 *  believed: many images can share a table. */
void pel_walk_hot_patch(const walk *w, const pel_metadata *m, const pel_hot_patch_base *base,
                        uint64_t *left);

#endif
