/* SPDX-License-Identifier: Apache-2.0 */
/* Resources that are files of other formats, of which facts are told, and those of which only the
 * program knows what they are. */
#include "base/text.h"
#include "dump/dump_resource.h"

static void emit_font(pel_emitter *e, const char *key, const pel_font *f, const uint16_t *ordinal)
{
    pel_emit_map_begin(e, key);
    if (ordinal)
        pel_emit_dec(e, "ordinal", *ordinal);
    if (f->has_face)
        pel_emit_text(e, "face", f->face);
    else
        pel_emit_null(e, "face");
    pel_emit_hex(e, "version", f->version);
    pel_emit_hex(e, "size", f->size);
    pel_emit_text(e, "copyright", f->copyright);
    pel_emit_boolean(e, "vector", f->vector);
    pel_emit_dec(e, "points", f->points);
    pel_emit_dec(e, "vertical_resolution", f->vertical_resolution);
    pel_emit_dec(e, "horizontal_resolution", f->horizontal_resolution);
    pel_emit_dec(e, "ascent", f->ascent);
    pel_emit_dec(e, "height", f->height);
    pel_emit_dec(e, "width", f->width);
    pel_emit_dec(e, "weight", f->weight);
    pel_emit_boolean(e, "italic", f->italic);
    pel_emit_boolean(e, "underline", f->underline);
    pel_emit_boolean(e, "strike_out", f->strike_out);
    pel_emit_dec(e, "charset", f->charset);
    pel_emit_dec(e, "first_char", f->first_char);
    pel_emit_dec(e, "last_char", f->last_char);
    pel_emit_map_end(e);
}

static pel_status emit_one_font(pel_emitter *e, pel_span bytes)
{
    pel_font f;
    pel_status st = pel_font_read(bytes, &f);
    emit_font(e, "font", &f, NULL);
    return st;
}

static pel_status emit_fonts(pel_emitter *e, pel_span bytes)
{
    uint16_t ordinal;
    pel_font f;
    pel_font_dir_iter it = pel_font_dir(bytes);
    pel_emit_seq_begin(e, "fonts");
    while (e->status == PEL_OK && pel_font_dir_next(&it, &ordinal, &f))
        emit_font(e, NULL, &f, &ordinal);
    pel_emit_seq_end(e);
    return it.status;
}

static pel_status emit_animation(pel_emitter *e, pel_span bytes)
{
    pel_animation a;
    pel_status st = pel_animation_read(bytes, &a);
    pel_emit_map_begin(e, "animation");
    pel_emit_text(e, "title", pel_str_in(a.title));
    pel_emit_text(e, "author", pel_str_in(a.author));
    pel_emit_dec(e, "frames", a.frames);
    pel_emit_dec(e, "steps", a.steps);
    pel_emit_dec(e, "width", a.width);
    pel_emit_dec(e, "height", a.height);
    pel_emit_dec(e, "bits", a.bits);
    pel_emit_dec(e, "planes", a.planes);
    pel_emit_dec(e, "rate", a.rate);
    pel_emit_hex(e, "flags", a.flags);
    pel_emit_map_end(e);
    return st;
}

pel_status pel_emit_other_resource(pel_emitter *e, uint32_t type, pel_span bytes)
{
    switch (type) {
    case PEL_RT_FONT: return emit_one_font(e, bytes);
    case PEL_RT_FONTDIR: return emit_fonts(e, bytes);
    case PEL_RT_ANICURSOR:
    case PEL_RT_ANIICON: return emit_animation(e, bytes);
    case PEL_RT_DLGINCLUDE: pel_emit_text(e, "dialog_include", pel_str_in(bytes)); return PEL_OK;
    case PEL_RT_HTML:
        pel_emit_text(e, "html", (pel_str){ (const char *)bytes.data, bytes.size });
        return PEL_OK;
    default: pel_emit_string(e, "looks_like", pel_bytes_look_like(bytes)); return PEL_OK;
    }
}
