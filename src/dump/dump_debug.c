/* SPDX-License-Identifier: Apache-2.0 */
/* The debug directory: each entry, and under a key of its type what its data say. */
#include <pelorus/debug.h>
#include <pelorus/object.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "dump/walk_image.h"

#define HEX_MOST 128 /* bytes of a digest or of unknown data that are shown */

/* Bytes as hexadecimal digits; the first of them where there are many. */
static void emit_bytes(pel_emitter *e, const char *key, pel_span bytes)
{
    char text[2 * HEX_MOST + 1] = "";
    size_t used = 0;
    for (size_t i = 0; i < bytes.size && i < HEX_MOST; i++)
        pel_append(text, sizeof text, &used, "%02x", bytes.data[i]);
    pel_emit_string(e, key, text);
}

static void emit_guid(pel_emitter *e, const char *key, bool there, const uint8_t guid[16])
{
    char text[PEL_GUID_TEXT];
    pel_guid_format(guid, text);
    pel_emit_string(e, key, there ? text : NULL);
}

/* ---- CodeView ---------------------------------------------------------- */

/* The folder that symbol servers keep the PDB in: the GUID or the time, and the age. */
static void emit_symbol_id(pel_emitter *e, const pel_codeview *cv)
{
    char guid[PEL_GUID_TEXT], text[64] = "";
    size_t used = 0;
    pel_guid_format(cv->guid, guid);
    for (const char *c = guid; *c && cv->signature == PEL_CODEVIEW_RSDS; c++)
        if (*c != '-')
            pel_append(text, sizeof text, &used, "%c", *c >= 'a' ? *c - 'a' + 'A' : *c);
    if (cv->signature == PEL_CODEVIEW_NB10)
        pel_append(text, sizeof text, &used, "%08X", (unsigned)cv->timestamp);
    pel_append(text, sizeof text, &used, "%x", (unsigned)cv->age);
    bool pdb = cv->signature == PEL_CODEVIEW_RSDS || cv->signature == PEL_CODEVIEW_NB10;
    pel_emit_string(e, "symbol_id", pdb ? text : NULL);
}

static void walk_codeview(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_codeview cv;
    pel_debug_codeview(entry, &cv);
    bool old = cv.signature == PEL_CODEVIEW_NB10;
    pel_emit_map_begin(e, "codeview");
    pel_emit_enum(e, "Signature", cv.signature, &pel_names_codeview_signature);
    emit_guid(e, "Guid", cv.has_guid, cv.guid);
    pel_emit_hex(e, "Offset", cv.offset);
    if (old)
        pel_emit_time(e, "TimeDateStamp", cv.timestamp);
    else
        pel_emit_null(e, "TimeDateStamp");
    pel_emit_dec(e, "Age", cv.age);
    pel_emit_optional_text(e, "PdbFileName", cv.has_path, cv.path);
    emit_symbol_id(e, &cv);
    pel_emit_map_end(e);
}

/* ---- POGO -------------------------------------------------------------- */

static void walk_pogo(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_pogo_iter it = pel_debug_pogo(entry);
    pel_emit_map_begin(e, "pogo");
    pel_emit_enum(e, "Signature", it.signature, &pel_names_pogo_signature);
    pel_emit_seq_begin(e, "groups");
    for (pel_pogo_group g; e->status == PEL_OK && pel_pogo_next(&it, &g);) {
        pel_emit_map_begin(e, NULL);
        e->digits = 8;
        pel_emit_hex(e, "rva", g.start.v);
        pel_emit_hex(e, "size", g.size);
        pel_emit_text(e, "name", g.name);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_end(e, it.status);
    pel_emit_map_end(e);
}

/* ---- the small ones ---------------------------------------------------- */

static void walk_repro(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_span hash;
    pel_emit_map_begin(e, "repro");
    if (pel_debug_repro(entry, &hash) == PEL_OK && hash.size > 0)
        emit_bytes(e, "hash", hash);
    else
        pel_emit_null(e, "hash");
    pel_emit_map_end(e);
}

static void walk_checksum(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_str algorithm;
    pel_span digest;
    bool there = pel_debug_checksum(entry, &algorithm, &digest) == PEL_OK;
    pel_emit_map_begin(e, "pdb_checksum");
    pel_emit_optional_text(e, "algorithm", there, algorithm);
    emit_bytes(e, "digest", digest);
    pel_emit_map_end(e);
}

static void walk_embedded(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_embedded_pdb pdb;
    bool valid = pel_debug_embedded(entry, &pdb) == PEL_OK;
    pel_emit_map_begin(e, "embedded_pdb");
    pel_emit_boolean(e, "valid", valid);
    pel_emit_hex(e, "uncompressed", pdb.uncompressed);
    pel_emit_hex(e, "compressed", pdb.deflated.size);
    pel_emit_map_end(e);
}

static void walk_perfmap(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_perfmap map;
    bool valid = pel_debug_perfmap(entry, &map) == PEL_OK;
    pel_emit_map_begin(e, "perfmap");
    pel_emit_boolean(e, "valid", valid);
    emit_bytes(e, "signature", (pel_span){ map.signature, sizeof map.signature });
    pel_emit_dec(e, "version", map.version);
    pel_emit_text(e, "path", map.path);
    pel_emit_map_end(e);
}

static void walk_ex_flags(pel_emitter *e, const pel_debug_entry *entry)
{
    uint32_t flags;
    if (pel_debug_ex_flags(entry, &flags) == PEL_OK)
        pel_emit_flags(e, "ex_dll_characteristics", flags, &pel_names_ex_dll_flags);
    else
        pel_emit_null(e, "ex_dll_characteristics");
}

static void walk_clsid(pel_emitter *e, const pel_debug_entry *entry)
{
    static const uint8_t none[16];
    bool there = entry->data.size >= sizeof none;
    emit_guid(e, "clsid", there, there ? entry->data.data : none);
}

/* ---- data of records --------------------------------------------------- */

static pel_structure structure_at(const pel_schema *schema, const void *fields, pel_foff offset,
                                  size_t available)
{
    size_t size = pel_schema_wire_size(schema, false);
    return (pel_structure){ .schema = schema,
                            .fields = fields,
                            .offset = offset,
                            .size = size,
                            .available = available < size ? available : size };
}

static void walk_misc(pel_emitter *e, const pel_debug_entry *entry)
{
    pel_debug_misc record;
    pel_span name;
    pel_debug_misc_name(entry, &record, &name);
    pel_structure s =
        structure_at(&pel_debug_misc_schema, &record, entry->data_offset, entry->data.size);
    pel_emit_map_begin(e, "misc");
    pel_emit_structure(e, &s);
    if (record.unicode)
        emit_bytes(e, "name", name);
    else
        pel_emit_text(e, "name", pel_str_in(name));
    pel_emit_map_end(e);
}

typedef union record {
    pel_fpo_data fpo;
    pel_fixup_data fixup;
    pel_omap_entry omap;
    pel_vc_feature vc;
    pel_coff_symbols_header coff;
} record;

static void emit_record(pel_emitter *e, const pel_debug_entry *entry, const pel_schema *schema,
                        uint32_t index, const record *r)
{
    size_t at = index * pel_schema_wire_size(schema, false);
    pel_foff offset = { entry->data_offset.v + at };
    pel_structure s = structure_at(schema, r, offset, entry->data.size - at);
    pel_emit_structure(e, &s);
}

static void walk_one(pel_emitter *e, const char *key, const pel_debug_entry *entry)
{
    record r;
    if (pel_debug_record(entry, 0, &r) == PEL_NOT_FOUND) {
        pel_emit_null(e, key);
        return;
    }
    pel_emit_map_begin(e, key);
    emit_record(e, entry, pel_debug_record_schema(entry->directory.type), 0, &r);
    pel_emit_map_end(e);
}

static void walk_records(pel_emitter *e, const char *key, const pel_debug_entry *entry)
{
    record r;
    const pel_schema *schema = pel_debug_record_schema(entry->directory.type);
    pel_emit_seq_begin(e, key);
    for (uint32_t i = 0; e->status == PEL_OK && pel_debug_record(entry, i, &r) != PEL_NOT_FOUND;
         i++) {
        pel_emit_map_begin(e, NULL);
        emit_record(e, entry, schema, i, &r);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static void walk_coff(pel_emitter *e, const pel_debug_entry *d) { walk_one(e, "coff", d); }
static void walk_vc(pel_emitter *e, const pel_debug_entry *d) { walk_one(e, "vc_feature", d); }
static void walk_fpo(pel_emitter *e, const pel_debug_entry *d) { walk_records(e, "fpo", d); }
static void walk_fixups(pel_emitter *e, const pel_debug_entry *d) { walk_records(e, "fixups", d); }
static void walk_omap(pel_emitter *e, const pel_debug_entry *d) { walk_records(e, "omap", d); }

/* ---- entries ----------------------------------------------------------- */

/* Types that are not here have no data, or such as nobody published: they have their bytes. */
static const struct {
    uint32_t type;
    void (*walk)(pel_emitter *e, const pel_debug_entry *entry);
} types[] = {
    { PEL_DEBUG_COFF, walk_coff },
    { PEL_DEBUG_CODEVIEW, walk_codeview },
    { PEL_DEBUG_FPO, walk_fpo },
    { PEL_DEBUG_MISC, walk_misc },
    { PEL_DEBUG_FIXUP, walk_fixups },
    { PEL_DEBUG_OMAP_TO_SRC, walk_omap },
    { PEL_DEBUG_OMAP_FROM_SRC, walk_omap },
    { PEL_DEBUG_CLSID, walk_clsid },
    { PEL_DEBUG_VC_FEATURE, walk_vc },
    { PEL_DEBUG_POGO, walk_pogo },
    { PEL_DEBUG_REPRO, walk_repro },
    { PEL_DEBUG_EMBEDDEDPORTABLEPDB, walk_embedded },
    { PEL_DEBUG_PDBCHECKSUM, walk_checksum },
    { PEL_DEBUG_EX_DLLCHARACTERISTICS, walk_ex_flags },
    { PEL_DEBUG_PERFMAP, walk_perfmap },
};

static void walk_data(pel_emitter *e, const pel_debug_entry *entry)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == entry->directory.type) {
            types[i].walk(e, entry);
            return;
        }
    }
    if (entry->data.size > 0)
        emit_bytes(e, "bytes", entry->data);
}

static void walk_entry(pel_emitter *e, const pel_debug_entry *entry)
{
    static const char *const by[] = { NULL, "offset", "rva" };
    pel_foff at = { entry->has_offset ? entry->offset.v : PEL_NO_OFFSET };
    pel_structure s =
        structure_at(&pel_debug_directory_schema, &entry->directory, at, entry->available);
    pel_emit_map_begin(e, NULL);
    pel_emit_structure(e, &s);
    pel_emit_string(e, "found_by", by[entry->by]);
    pel_emit_hex(e, "found", entry->data.size);
    walk_data(e, entry);
    pel_emit_map_end(e);
}

void pel_walk_debug(const walk *w)
{
    bool own = pel_image_debug_header(w->img) && pel_dump_wants(w->options, "debug");
    if (!own && !pel_walk_has(w, PEL_DIR_DEBUG, "debug"))
        return;
    pel_debug_iter it = pel_image_debug(w->img);
    pel_emit_seq_begin(w->e, "debug");
    for (pel_debug_entry entry; w->e->status == PEL_OK && pel_debug_next(&it, &entry);)
        walk_entry(w->e, &entry);
    pel_emit_seq_end(w->e);
}
