/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.verify/1": a module in memory beside its file. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "dump/naming.h"
#include "dump/walk.h"

#define NAME_SIZE 1024

typedef struct walk {
    pel_emitter *e;
    const pel_image *img;
    const pel_memory_dump *dump;
    const pel_verify *v;
    const pel_verify_summary *sum;
    pel_naming *naming;
} walk;

/* ---- what was compared ------------------------------------------------- */

static void walk_against(const walk *w, const char *path)
{
    pel_emit_map_begin(w->e, "against");
    pel_emit_string(w->e, "path", path);
    pel_emit_string(w->e, "kind", pel_memory_dump_kind_name(pel_memory_dump_get_kind(w->dump)));
    pel_emit_boolean(w->e, "cut", pel_memory_dump_is_cut(w->dump));
    pel_emit_map_end(w->e);
}

static void module_name(const walk *w, const char *key, const pel_dump_module *m, bool folders)
{
    char path[NAME_SIZE];
    const char *name = path;
    pel_memory_dump_module_name(w->dump, m, path, sizeof path);
    for (const char *c = path; *c && !folders; c++)
        if (*c == '\\' || *c == '/')
            name = c + 1;
    pel_emit_string(w->e, key, name);
}

static void walk_module(const walk *w)
{
    const pel_dump_module *m = w->sum->module;
    if (!m) {
        pel_emit_null(w->e, "module");
        return;
    }
    pel_emit_map_begin(w->e, "module");
    module_name(w, "name", m, true);
    pel_emit_hex(w->e, "base", m->base.v);
    pel_emit_hex(w->e, "size", m->size);
    pel_emit_hex(w->e, "checksum", m->checksum);
    pel_emit_time(w->e, "timestamp", m->timestamp);
    pel_emit_map_end(w->e);
}

/* ---- counts ------------------------------------------------------------ */

static void walk_summary(const walk *w)
{
    const pel_verify_summary *s = w->sum;
    pel_emit_map_begin(w->e, "summary");
    pel_emit_dec(w->e, "pages_compared", s->pages_compared);
    pel_emit_dec(w->e, "pages_equal", s->pages_equal);
    pel_emit_dec(w->e, "pages_replaced", s->pages_replaced);
    pel_emit_dec(w->e, "pages_missing", s->pages_missing);
    pel_emit_dec(w->e, "bytes_compared", s->bytes_compared);
    pel_emit_dec(w->e, "bytes_differ", s->bytes_differ);
    pel_emit_dec(w->e, "bytes_changed", s->bytes_changed);
    pel_emit_boolean(w->e, "headers_differ", s->headers_differ);
    pel_emit_dec(w->e, "differences", pel_verify_difference_count(w->v) + s->left_out);
    pel_emit_dec(w->e, "left_out", s->left_out);
    pel_emit_map_end(w->e);
    pel_emit_map_begin(w->e, "explained");
    pel_emit_dec(w->e, "relocations", s->relocations);
    pel_emit_dec(w->e, "iat", s->iat);
    pel_emit_dec(w->e, "header", s->header);
    pel_emit_dec(w->e, "cookie", s->cookie);
    pel_emit_dec(w->e, "tls_index", s->tls_index);
    pel_emit_dec(w->e, "guard", s->guard);
    pel_emit_map_end(w->e);
}

/* ---- differences ------------------------------------------------------- */

static void bytes_text(pel_emitter *e, const char *key, const uint8_t *bytes, size_t size)
{
    char text[PEL_VERIFY_BYTES * 3 + 1] = "";
    size_t used = 0;
    for (size_t i = 0; i < size; i++)
        pel_append(text, sizeof text, &used, i ? " %02x" : "%02x", (unsigned)bytes[i]);
    pel_emit_string(e, key, text);
}

static void walk_symbol(pel_emitter *e, const pel_difference *d)
{
    if (d->has_symbol)
        pel_emit_symbol_name(e, "symbol", &d->symbol);
    else
        pel_emit_null(e, "symbol");
}

static void walk_target(const walk *w, const pel_difference *d)
{
    if (!d->has_target) {
        pel_emit_null(w->e, "target");
        return;
    }
    pel_emit_map_begin(w->e, "target");
    pel_emit_hex(w->e, "va", d->target.v);
    if (d->target_module) {
        module_name(w, "module", d->target_module, false);
        pel_emit_hex(w->e, "rva", d->target.v - d->target_module->base.v);
    } else {
        pel_emit_null(w->e, "module");
        pel_emit_null(w->e, "rva");
    }
    pel_emit_boolean(w->e, "inside", d->target_inside);
    if (d->target_inside)
        pel_emit_symbol(w->e, "symbol", w->naming,
                        (pel_rva){ (uint32_t)(d->target.v - w->sum->base.v) });
    else
        pel_emit_null(w->e, "symbol");
    pel_emit_map_end(w->e);
}

static void walk_entropy(pel_emitter *e, const pel_difference *d)
{
    if (!d->has_entropy) {
        pel_emit_null(e, "entropy");
        return;
    }
    pel_emit_map_begin(e, "entropy");
    pel_emit_real(e, "file", d->file_entropy);
    pel_emit_real(e, "memory", d->memory_entropy);
    pel_emit_map_end(e);
}

static void walk_difference(const walk *w, const pel_difference *d)
{
    pel_emitter *e = w->e;
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "kind", pel_verify_kind_name(d->kind));
    pel_emit_section_name(e, "section", w->img, d->section);
    pel_emit_hex(e, "rva", d->rva.v);
    pel_emit_hex(e, "va", d->va.v);
    if (d->has_offset)
        pel_emit_hex(e, "offset", d->offset.v);
    else
        pel_emit_null(e, "offset");
    pel_emit_hex(e, "size", d->size);
    pel_emit_dec(e, "differ", d->differ);
    walk_symbol(e, d);
    bytes_text(e, "file_bytes", d->file_bytes, d->shown);
    bytes_text(e, "memory_bytes", d->memory_bytes, d->shown);
    walk_target(w, d);
    walk_entropy(e, d);
    pel_emit_map_end(e);
}

static void walk_lists(const walk *w)
{
    pel_emitter *e = w->e;
    pel_emit_seq_begin(e, "differences");
    for (size_t i = 0; i < pel_verify_difference_count(w->v) && e->status == PEL_OK; i++)
        walk_difference(w, pel_verify_difference(w->v, i));
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "changed_data");
    for (size_t i = 0; i < pel_verify_changed_count(w->v) && e->status == PEL_OK; i++) {
        const pel_changed_data *c = pel_verify_changed(w->v, i);
        pel_emit_map_begin(e, NULL);
        pel_emit_section_name(e, "section", w->img, c->section);
        pel_emit_hex(e, "rva", c->rva.v);
        pel_emit_hex(e, "size", c->size);
        pel_emit_dec(e, "differ", c->differ);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "missing");
    for (size_t i = 0; i < pel_verify_missing_count(w->v) && e->status == PEL_OK; i++) {
        const pel_missing_pages *m = pel_verify_missing(w->v, i);
        pel_emit_map_begin(e, NULL);
        pel_emit_hex(e, "rva", m->rva.v);
        pel_emit_hex(e, "va", w->sum->base.v + m->rva.v);
        pel_emit_hex(e, "size", m->size);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

/* ---- the document ------------------------------------------------------ */

pel_status pel_dump_verify(const pel_image *image, const char *path, const pel_memory_dump *dump,
                           const char *against, const pel_verify *verify,
                           const pel_dump_options *options, pel_sink sink)
{
    pel_emitter *e;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_naming naming = { .image = image, .allocator = e->options->allocator };
    walk w = { .e = e,
               .img = image,
               .dump = dump,
               .v = verify,
               .sum = pel_verify_get_summary(verify),
               .naming = &naming };
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.verify/1");
    pel_walk_file(e, image, path);
    walk_against(&w, against);
    pel_emit_hex(e, "base", w.sum->base.v);
    pel_emit_string(e, "base_source", pel_verify_base_source_name(w.sum->base_source));
    walk_module(&w);
    pel_emit_string(e, "status", pel_verify_status_name(w.sum->status));
    walk_summary(&w);
    walk_lists(&w);
    pel_walk_diagnostics(e, image);
    pel_emit_map_end(e);
    pel_naming_free(&naming);
    return pel_emitter_close(e);
}
