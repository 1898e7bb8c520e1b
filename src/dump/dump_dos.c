/* SPDX-License-Identifier: Apache-2.0 */
/* The DOS program in front of everything, and its relocations. */
#include <pelorus/dos.h>

#include "dump/walk_image.h"

void pel_walk_dos_stub(const walk *w)
{
    pel_dos_stub s;
    if (!pel_dump_wants(w->options, "dos_stub") || pel_image_dos_stub(w->img, &s) != PEL_OK)
        return;
    pel_emit_map_begin(w->e, "dos_stub");
    pel_emit_string(w->e, "kind", pel_stub_kind_name(s.kind));
    pel_emit_hex(w->e, "offset", s.offset.v);
    pel_emit_hex(w->e, "size", s.bytes.size);
    if (s.has_entry)
        pel_emit_hex(w->e, "entry", s.entry.v);
    else
        pel_emit_null(w->e, "entry");
    pel_emit_optional_text(w->e, "message", s.has_message, s.message);
    pel_emit_map_end(w->e);
}

/* Text is for people: it lists them only when asked by name. */
void pel_walk_dos_relocs(const walk *w)
{
    pel_dos_relocation reloc;
    pel_foff entry, word;
    const pel_schema *schema = &pel_dos_relocation_schema;
    const pel_dos_header *h = pel_image_dos_header(w->img);
    if (!h || h->relocations == 0 || !pel_dump_wants(w->options, "dos_relocations"))
        return;
    bool each = w->options->format != PEL_FORMAT_TEXT || w->options->only;
    pel_dos_reloc_iter it = pel_image_dos_relocs(w->img);
    pel_emit_map_begin(w->e, "dos_relocations");
    pel_emit_dec(w->e, "count", h->relocations);
    pel_emit_seq_begin(w->e, "entries");
    while (each && w->e->status == PEL_OK && pel_dos_reloc_next(&it, &reloc, &entry, &word)) {
        size_t size = pel_schema_wire_size(schema, false);
        pel_structure s = {
            .schema = schema, .fields = &reloc, .offset = entry, .size = size, .available = size
        };
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        pel_emit_hex(w->e, "target", word.v);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}
