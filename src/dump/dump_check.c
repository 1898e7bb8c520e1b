/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.check/1": would Windows load it? */
#include "dump/walk.h"
#include "dump/walk_verdict.h"

static const char *fine_message(pel_windows windows)
{
    return windows == PEL_WINDOWS_UEFI ? "UEFI loads it" : "Windows creates an image section of it";
}

void pel_walk_verdict(pel_emitter *e, const pel_verdict *v, pel_windows windows)
{
    char field[128], message[512];
    bool loads = v->rule == PEL_RULE_NONE;
    pel_emit_string(e, "verdict", loads ? "loads" : "refused");
    if (loads && windows == PEL_WINDOWS_UEFI)
        pel_emit_string(e, "status", "EFI_SUCCESS");
    else
        pel_emit_ntstatus(e, "status", v->status);
    pel_emit_string(e, "stage", loads ? NULL : pel_stage_name(v->stage));
    pel_emit_string(e, "rule", loads ? NULL : pel_rule_name(v->rule));
    pel_emit_string(e, "certainty", pel_certainty_name(v->certainty));
    pel_emit_string(e, "doubt", pel_rule_doubt(v->rule));
    if (v->where.has_offset)
        pel_emit_hex(e, "offset", v->where.offset.v);
    else
        pel_emit_null(e, "offset");
    pel_place_format(&v->where, field, sizeof field);
    pel_emit_string(e, "field", field[0] ? field : NULL);
    pel_verdict_format(v, message, sizeof message);
    pel_emit_string(e, "message", loads ? fine_message(windows) : message);
}

void pel_walk_refusal(pel_emitter *e, const pel_verdict *v, bool refused)
{
    char message[512];
    bool by_rule = refused && v->rule != PEL_RULE_NONE;
    if (refused)
        pel_verdict_format(v, message, sizeof message);
    pel_emit_string(e, "rule", by_rule ? pel_rule_name(v->rule) : NULL);
    pel_emit_string(e, "message", refused ? message : NULL);
}

/* A structure of the system, which is in no file. */
static void walk_structure(pel_emitter *e, const pel_schema *schema, const void *fields)
{
    size_t size = pel_schema_wire_size(schema, true);
    pel_structure s = { .schema = schema,
                        .fields = fields,
                        .offset = { PEL_NO_OFFSET },
                        .size = size,
                        .available = size,
                        .wide = true };
    pel_emit_map_begin(e, schema->key);
    pel_emit_structure(e, &s);
    pel_emit_map_end(e);
}

static void walk_information(pel_emitter *e, const pel_image *img, const pel_load_options *load)
{
    pel_section_image_information image;
    pel_section_basic_information basic;
    if (pel_image_section_information(img, load, &image) != PEL_OK ||
        pel_image_section_basic(img, load, &basic) != PEL_OK) {
        pel_emit_null(e, pel_section_image_information_schema.key);
        pel_emit_null(e, pel_section_basic_information_schema.key);
        return;
    }
    walk_structure(e, &pel_section_image_information_schema, &image);
    walk_structure(e, &pel_section_basic_information_schema, &basic);
}

pel_status pel_dump_check(const pel_image *image, const char *path, const pel_load_options *load,
                          const pel_dump_options *options, pel_sink sink)
{
    static const pel_load_options defaults = { .windows = PEL_WINDOWS_11 };
    pel_emitter *e;
    if (!load)
        load = &defaults;
    pel_verdict v = pel_check_start(image, load);
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.check/1");
    pel_walk_file(e, image, path);
    pel_emit_string(e, "windows", pel_windows_name(load->windows));
    pel_emit_string(e, "host", pel_host_name(load->host));
    pel_walk_verdict(e, &v, load->windows);
    walk_information(e, image, load);
    pel_walk_diagnostics(e, image);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}
