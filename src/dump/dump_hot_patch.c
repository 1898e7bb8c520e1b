/* SPDX-License-Identifier: Apache-2.0 */
/* Hot patches: what an image that is patched is known by, and what is done to it. */
#include "dump/walk_metadata.h"

static void walk_hashes(const walk *w, const pel_metadata *m, const pel_hot_patch_base *base)
{
    pel_hot_patch_hashes hashes;
    pel_structure s;
    if (pel_hot_patch_hashes_of(m, base, &hashes, &s) == PEL_NOT_FOUND) {
        pel_emit_null(w->e, "hashes");
        return;
    }
    pel_emit_map_begin(w->e, "hashes");
    pel_emit_structure(w->e, &s);
    pel_emit_map_end(w->e);
}

static void walk_chunk(const walk *w, const pel_hot_patch_chunk *chunk)
{
    pel_rva source, target;
    pel_emit_map_begin(w->e, NULL);
    w->e->digits = 8;
    pel_emit_hex(w->e, "rva", chunk->rva.v);
    pel_emit_enum(w->e, "type", chunk->type, &pel_names_hot_patch_type);
    pel_emit_flags(w->e, "flags", chunk->flags, &pel_names_hot_patch_chunk);
    pel_emit_hex(w->e, "size", chunk->size);
    pel_emit_seq_begin(w->e, "entries");
    for (size_t i = 0;
         w->e->status == PEL_OK && pel_hot_patch_entry(w->img, chunk, i, &source, &target); i++) {
        pel_emit_map_begin(w->e, NULL);
        if (chunk->source)
            pel_emit_hex(w->e, "source_rva", source.v);
        if (chunk->target)
            pel_emit_hex(w->e, "target_rva", target.v);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_map_end(w->e);
}

void pel_walk_hot_patch(const walk *w, const pel_metadata *m, const pel_hot_patch_base *base,
                        uint64_t *left)
{
    pel_hot_patch_iter it = pel_hot_patch_chunks(m, base);
    it.left = *left;
    walk_hashes(w, m, base);
    pel_emit_seq_begin(w->e, "chunks");
    for (pel_hot_patch_chunk c; w->e->status == PEL_OK && pel_hot_patch_next(&it, &c);)
        walk_chunk(w, &c);
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    *left = it.left;
}
