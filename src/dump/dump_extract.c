/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.extract/1": what was taken out of a file. */
#include <pelorus/extract.h>

#include "base/text.h"
#include "dump/page.h"
#include "dump/walk.h"

typedef struct totals {
    uint64_t files, bytes, problems;
} totals;

static const char *problem_of(const pel_extract_item *item, const pel_extract_result *result)
{
    if (result->problem)
        return result->problem;
    switch (item->status) {
    case PEL_OK: return NULL;
    case PEL_TRUNCATED: return "truncated";
    case PEL_NOT_FOUND: return "incomplete";
    case PEL_LIMIT: return "limit";
    case PEL_MALFORMED:
    case PEL_BAD_ARG:
    case PEL_NO_MEMORY:
    case PEL_IO:
    case PEL_REFUSED: break;
    }
    return "malformed";
}

static void walk_digest(pel_emitter *e, const pel_extract_result *result)
{
    char text[2 * sizeof result->sha256 + 1];
    pel_hex_text((pel_span){ result->sha256, sizeof result->sha256 }, text, sizeof text);
    pel_emit_string(e, "sha256", result->has_sha256 ? text : NULL);
}

static void emit_hex_or_null(pel_emitter *e, const char *key, bool there, uint64_t value)
{
    if (there)
        pel_emit_hex(e, key, value);
    else
        pel_emit_null(e, key);
}

/* A line of a table for people has no room for everything. */
static void walk_item(pel_emitter *e, const pel_extract_item *item,
                      const pel_extract_result *result, bool listed)
{
    bool text = e->options->format == PEL_FORMAT_TEXT;
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "kind", pel_extract_kind_name(item->kind));
    pel_emit_string(e, "name", item->name);
    emit_hex_or_null(e, "offset", item->has_offset, item->offset.v);
    if (!text)
        emit_hex_or_null(e, "rva", item->has_rva, item->rva.v);
    pel_emit_hex(e, "size", item->size);
    if (!text)
        walk_digest(e, result);
    bool there = result->written || (listed && item->can_write);
    pel_emit_string(e, "file", there ? item->file : NULL);
    pel_emit_string(e, "problem", problem_of(item, result));
    pel_emit_map_end(e);
}

static pel_status walk_items(pel_emitter *e, pel_extract *x, const pel_extract_result *results,
                             size_t count, bool listed, totals *t)
{
    pel_extract_item item;
    pel_emit_seq_begin(e, "items");
    for (size_t i = 0; e->status == PEL_OK && pel_extract_next(x, &item) && i < count; i++) {
        walk_item(e, &item, &results[i], listed);
        bool there = results[i].written || (listed && item.can_write);
        t->files += there;
        t->bytes += there ? item.size : 0;
        t->problems += problem_of(&item, &results[i]) != NULL;
    }
    pel_emit_seq_end(e);
    return pel_extract_status(x);
}

pel_status pel_dump_extract(const pel_image *image, const char *path, const char *folder,
                            const pel_extract_options *extract, const pel_extract_result *results,
                            size_t count, const pel_dump_options *options, pel_sink sink)
{
    pel_extract *x;
    pel_emitter *e;
    totals t = { 0 };
    PEL_TRY(pel_extract_new(image, extract, &x));
    pel_status st = pel_emitter_new(options, sink, &e);
    if (st != PEL_OK) {
        pel_extract_free(x);
        return st;
    }
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.extract/1");
    pel_walk_file(e, image, path);
    pel_emit_string(e, "folder", folder);
    pel_status end = walk_items(e, x, results, count, folder == NULL, &t);
    pel_emit_dec(e, "files", t.files);
    pel_emit_hex(e, "bytes", t.bytes);
    pel_emit_dec(e, "problems", t.problems);
    pel_emit_string(e, "end", end == PEL_OK ? "complete" : "damaged");
    pel_emit_map_end(e);
    pel_extract_free(x);
    return pel_emitter_close(e);
}
