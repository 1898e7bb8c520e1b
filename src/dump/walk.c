/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/walk.h"

#include <string.h>

#include "base/text.h"

const pel_dump_options *pel_dump_options_or_default(const pel_dump_options *options)
{
    static const pel_dump_options defaults = { .format = PEL_FORMAT_TEXT };
    return options ? options : &defaults;
}

bool pel_dump_wants(const pel_dump_options *options, const char *key)
{
    if (!options->only)
        return true;
    for (size_t i = 0; i < options->only_count; i++)
        if (strcmp(options->only[i], key) == 0)
            return true;
    return false;
}

bool pel_dump_wants_all(const pel_dump_options *options, const char *key)
{
    return pel_dump_wants(options, key) && (options->only || options->format != PEL_FORMAT_TEXT);
}

void pel_walk_file(pel_emitter *e, const pel_image *image, const char *path)
{
    pel_emit_map_begin(e, "file");
    pel_emit_string(e, "path", path);
    pel_emit_dec(e, "size", pel_image_bytes(image).size);
    pel_emit_map_end(e);
}

pel_va pel_walk_base(const pel_image *image)
{
    const pel_optional_header *o = pel_image_optional_header(image);
    const pel_te_header *te = pel_image_te_header(image);
    return o ? o->image_base : te ? te->image_base : (pel_va){ 0 };
}

static void walk_diagnostic(pel_emitter *e, const pel_diag *d)
{
    char field[128], message[512];
    pel_place_format(&d->where, field, sizeof field);
    pel_diag_format(d, message, sizeof message);
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "code", pel_diag_code_name(d->code));
    pel_emit_string(e, "severity", pel_severity_name(d->severity));
    if (d->where.has_offset)
        pel_emit_hex(e, "offset", d->where.offset.v);
    else
        pel_emit_null(e, "offset");
    pel_emit_string(e, "field", field[0] ? field : NULL);
    pel_emit_string(e, "message", message);
    pel_emit_map_end(e);
}

void pel_walk_diagnostics(pel_emitter *e, const pel_image *image)
{
    pel_emit_seq_begin(e, "diagnostics");
    for (size_t i = 0; i < pel_image_diag_count(image); i++)
        walk_diagnostic(e, pel_image_diag(image, i));
    pel_emit_seq_end(e);
}

void pel_emit_protect(pel_emitter *e, const char *key, uint32_t protect)
{
    char text[128];
    pel_protect_format(protect, text, sizeof text);
    pel_emit_string(e, key, protect ? text : NULL);
}

void pel_emit_section_name(pel_emitter *e, const char *key, const pel_image *image, uint32_t index)
{
    const pel_section *s = pel_image_section(image, index);
    if (s)
        pel_emit_text(e, key, s->name);
    else
        pel_emit_null(e, key);
}

void pel_emit_aslr(pel_emitter *e, const pel_module *module)
{
    if (!module || !module->aslr) {
        pel_emit_null(e, "aslr");
        return;
    }
    pel_emit_map_begin(e, "aslr");
    pel_emit_dec(e, "seed", module->seed);
    pel_emit_boolean(e, "randomized", module->randomized);
    pel_emit_map_end(e);
}
