/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that few files have, and those that are no more than a place. */
#include "dump/walk_image.h"

/* A structure that is all there, wherever it is. */
static pel_structure whole(const pel_schema *schema, const void *fields)
{
    size_t size = pel_schema_wire_size(schema, false);
    return (pel_structure){ .schema = schema,
                            .fields = fields,
                            .offset = { PEL_NO_OFFSET },
                            .size = size,
                            .available = size };
}

/* ---- architecture ------------------------------------------------------ */

static void walk_architecture_entries(const walk *w, pel_architecture_iter *it, pel_rva list)
{
    pel_architecture_entry entry = { .replacement = 0 };
    pel_structure s = whole(&pel_architecture_entry_schema, &entry);
    pel_emit_seq_begin(w->e, "entries");
    for (uint32_t i = 0; w->e->status == PEL_OK && pel_architecture_entry_at(it, list, i, &entry);
         i++) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
}

void pel_walk_architecture(const walk *w)
{
    pel_rva at;
    pel_architecture_header h = { .amask_value = 0 };
    pel_structure s = whole(&pel_architecture_header_schema, &h);
    if (!pel_walk_has(w, PEL_DIR_ARCHITECTURE, "architecture"))
        return;
    pel_architecture_iter it = pel_image_architecture(w->img);
    pel_emit_map_begin(w->e, "architecture");
    pel_emit_seq_begin(w->e, "headers");
    while (w->e->status == PEL_OK && pel_architecture_next(&it, &h, &at)) {
        pel_emit_map_begin(w->e, NULL);
        pel_emit_structure(w->e, &s);
        walk_architecture_entries(w, &it, h.first_entry);
        pel_emit_map_end(w->e);
    }
    pel_emit_seq_end(w->e);
    pel_emit_end(w->e, it.status);
    pel_emit_map_end(w->e);
}

/* ---- places ------------------------------------------------------------ */

static void walk_place(const walk *w, pel_data_directory dir)
{
    pel_rva_answer a = pel_image_at_rva(w->img, (pel_rva){ dir.address });
    w->e->digits = 8;
    pel_emit_hex(w->e, "VirtualAddress", dir.address);
    w->e->digits = 8;
    pel_emit_hex(w->e, "Size", dir.size);
    pel_emit_string(w->e, "where", pel_where_name(a.where));
    pel_emit_section_name(w->e, "section", w->img, a.section);
}

/* The register GP points to the middle of small data on MIPS, Alpha, PowerPC and IA-64. The
 * directory is that address, and has no size. */
void pel_walk_global_pointer(const walk *w)
{
    const pel_optional_header *h = pel_image_optional_header(w->img);
    if (!h || !pel_walk_has(w, PEL_DIR_GLOBALPTR, "global_pointer"))
        return;
    pel_data_directory dir = pel_image_directory(w->img, PEL_DIR_GLOBALPTR);
    pel_emit_map_begin(w->e, "global_pointer");
    walk_place(w, dir);
    pel_emit_hex(w->e, "gp", pel_va_of(h->image_base, (pel_rva){ dir.address }).v);
    pel_emit_map_end(w->e);
}

void pel_walk_iat(const walk *w)
{
    pel_iat iat;
    if (!pel_walk_has(w, PEL_DIR_IAT, "import_address_table") ||
        pel_image_iat(w->img, &iat) != PEL_OK)
        return;
    pel_emit_map_begin(w->e, "import_address_table");
    walk_place(w, iat.directory);
    pel_emit_dec(w->e, "slots", iat.slots);
    pel_emit_dec(w->e, "import_slots_inside", iat.inside);
    pel_emit_dec(w->e, "import_slots_outside", iat.outside);
    pel_emit_end(w->e, iat.status);
    pel_emit_map_end(w->e);
}

void pel_walk_reserved(const walk *w)
{
    pel_data_directory dir = pel_image_directory(w->img, PEL_DIR_RESERVED);
    if ((dir.address == 0 && dir.size == 0) || !pel_dump_wants(w->options, "reserved_directory"))
        return;
    pel_emit_map_begin(w->e, "reserved_directory");
    walk_place(w, dir);
    pel_emit_map_end(w->e);
}
