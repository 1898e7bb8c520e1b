/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/walk_memory.h"

static void walk_sizes(pel_emitter *e, const char *key, pel_reserve_commit sizes)
{
    pel_emit_map_begin(e, key);
    pel_emit_hex(e, "reserve", sizes.reserve);
    pel_emit_hex(e, "commit", sizes.commit);
    pel_emit_map_end(e);
}

static void address_or_null(pel_emitter *e, const char *key, pel_va va)
{
    if (va.v)
        pel_emit_hex(e, key, va.v);
    else
        pel_emit_null(e, key);
}

void pel_walk_stack(pel_emitter *e, const pel_stack *s)
{
    pel_emit_map_begin(e, "stack");
    walk_sizes(e, "header", s->header);
    pel_emit_map_begin(e, "effective");
    pel_emit_hex(e, "reserve", s->effective.reserve);
    pel_emit_hex(e, "commit", s->effective.commit);
    pel_emit_hex(e, "guard", s->guard);
    pel_emit_map_end(e);
    address_or_null(e, "base", s->base);
    address_or_null(e, "limit", s->limit);
    address_or_null(e, "allocation_base", s->allocation_base);
    pel_emit_map_end(e);
}

void pel_walk_heap(pel_emitter *e, const pel_heap *h)
{
    pel_emit_map_begin(e, "heap");
    walk_sizes(e, "header", h->header);
    walk_sizes(e, "effective", h->effective);
    address_or_null(e, "base", h->base);
    pel_emit_map_end(e);
}

void pel_walk_entry(pel_emitter *e, pel_naming *naming, const pel_module *m)
{
    pel_foff offset;
    if (!m->has_entry) {
        pel_emit_null(e, "entry_point");
        return;
    }
    pel_emit_map_begin(e, "entry_point");
    pel_emit_hex(e, "rva", m->entry_rva.v);
    pel_emit_hex(e, "va", m->entry.v);
    if (pel_image_rva_to_foff(naming->image, m->entry_rva, &offset) == PEL_OK)
        pel_emit_hex(e, "offset", offset.v);
    else
        pel_emit_null(e, "offset");
    pel_emit_symbol(e, "symbol", naming, m->entry_rva);
    pel_emit_map_end(e);
}
