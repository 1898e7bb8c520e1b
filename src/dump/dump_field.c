/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a document, by its path: "sections[2].VirtualSize". The document is
 * walked as ever, into an emitter that writes nothing but the scalar at that path. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dump/emitter_priv.h"
#include "dump/page.h"
#include "dump/walk.h"

#define PATH_MAX_TEXT 512

typedef struct finder {
    pel_emitter base;
    const char *wanted;
    bool found;
    char path[PATH_MAX_TEXT];
    size_t used;
    size_t lengths[PEL_EMITTER_DEPTH]; /* of `path`, outside of each open map or sequence */
    size_t counts[PEL_EMITTER_DEPTH];  /* elements seen, in sequences */
    bool sequences[PEL_EMITTER_DEPTH];
} finder;

static finder *self(pel_emitter *e) { return (finder *)(void *)e; }

/* Append the next element's ".key" or "[index]"; the length before is given back. */
static size_t step(finder *f, const char *key)
{
    size_t before = f->used;
    unsigned depth = f->base.depth;
    if (depth > 0 && f->sequences[depth - 1])
        pel_append(f->path, sizeof f->path, &f->used, "[%zu]", f->counts[depth - 1]++);
    else if (key)
        pel_append(f->path, sizeof f->path, &f->used, "%s%s", f->used ? "." : "", key);
    if (f->used >= sizeof f->path)
        f->used = sizeof f->path - 1;
    return before;
}

static void back(finder *f, size_t length)
{
    f->used = length;
    f->path[length] = '\0';
}

static void answer(finder *f, const char *text)
{
    pel_sink sink = f->base.sink;
    f->found = true;
    pel_status st = sink.write(sink.ctx, text, strlen(text));
    if (st == PEL_OK)
        st = sink.write(sink.ctx, "\n", 1);
    if (st != PEL_OK)
        pel_emitter_fail(&f->base, st);
}

/* The scalar `key`, or the part ".suffix" of it, as `text`. */
static void offer(pel_emitter *e, const char *key, const char *suffix, const char *text)
{
    finder *f = self(e);
    size_t before = step(f, key);
    if (suffix && e->depth > 0 && f->sequences[e->depth - 1])
        f->counts[e->depth - 1]--; /* the same element, offered once more */
    if (suffix)
        pel_append(f->path, sizeof f->path, &f->used, ".%s", suffix);
    if (!f->found && strcmp(f->path, f->wanted) == 0)
        answer(f, text);
    back(f, before);
}

/* ---- events ------------------------------------------------------------ */

static void enter(pel_emitter *e, const char *key, bool sequence)
{
    finder *f = self(e);
    if (e->depth == PEL_EMITTER_DEPTH) {
        pel_emitter_fail(e, PEL_LIMIT);
        return;
    }
    size_t before = step(f, key);
    f->lengths[e->depth] = before;
    f->counts[e->depth] = 0;
    f->sequences[e->depth] = sequence;
    e->depth++;
}

static void leave(pel_emitter *e)
{
    if (e->status == PEL_OK)
        back(self(e), self(e)->lengths[--e->depth]);
}

static void map_begin(pel_emitter *e, const char *key) { enter(e, key, false); }
static void seq_begin(pel_emitter *e, const char *key) { enter(e, key, true); }

static void number(pel_emitter *e, const char *key, uint64_t value, pel_radix radix)
{
    char text[PEL_SCALAR_TEXT];
    pel_number_text(value, radix, 0, text);
    offer(e, key, NULL, text);
}

static void real(pel_emitter *e, const char *key, double value)
{
    char text[PEL_SCALAR_TEXT];
    offer(e, key, NULL, pel_real_text(value, PEL_DECIMALS, text) ? text : "null");
}

static void boolean(pel_emitter *e, const char *key, bool value)
{
    offer(e, key, NULL, value ? "true" : "false");
}

static void null(pel_emitter *e, const char *key) { offer(e, key, NULL, "null"); }

static void text_value(pel_emitter *e, const char *key, pel_str value)
{
    char text[4096];
    pel_line_text(value, text, sizeof text);
    offer(e, key, NULL, text);
}

static void named(pel_emitter *e, const char *key, uint64_t value, const char *name)
{
    char text[PEL_SCALAR_TEXT];
    pel_number_text(value, PEL_RADIX_HEX, 0, text);
    offer(e, key, "value", text);
    offer(e, key, "name", name ? name : "null");
    offer(e, key, NULL, text);
}

static void flags(pel_emitter *e, const char *key, uint64_t value, const pel_names *names)
{
    char all[2048] = "", one[32], text[PEL_SCALAR_TEXT];
    size_t used = 0, i = 0, count = 0;
    for (const char *n = pel_flags_next(names, value, &i); n;
         n = pel_flags_next(names, value, &i)) {
        pel_append(all, sizeof all, &used, "%s%s", used ? "," : "", n);
        snprintf(one, sizeof one, "names[%zu]", count++);
        offer(e, key, one, n);
    }
    offer(e, key, "names", all);
    pel_number_text(pel_flags_unknown(names, value), PEL_RADIX_HEX, 0, text);
    offer(e, key, "unknown", text);
    pel_number_text(value, PEL_RADIX_HEX, 0, text);
    offer(e, key, "value", text);
    offer(e, key, NULL, text);
}

static void time_value(pel_emitter *e, const char *key, uint64_t value)
{
    char text[PEL_SCALAR_TEXT];
    offer(e, key, "utc", pel_time_text(value, text) ? text : "null");
    pel_number_text(value, PEL_RADIX_DEC, 0, text);
    offer(e, key, "value", text);
    offer(e, key, NULL, text);
}

static const pel_emitter_ops finder_ops = {
    .map_begin = map_begin,
    .map_end = leave,
    .seq_begin = seq_begin,
    .seq_end = leave,
    .number = number,
    .real = real,
    .boolean = boolean,
    .null = null,
    .text = text_value,
    .named = named,
    .flags = flags,
    .time = time_value,
};

pel_status pel_dump_field(const pel_image *image, const char *path, const char *field,
                          const pel_dump_options *options, pel_sink sink)
{
    /* Only the part of the document that the path begins with needs to be worked for. */
    char first[64];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(field, ".["), field);
    const char *const only[] = { first };
    pel_dump_options narrowed = *pel_dump_options_or_default(options);
    narrowed.format = PEL_FORMAT_JSON; /* paths are those of documents for programs */
    narrowed.only = only;
    narrowed.only_count = 1;
    finder f = {
        .base = { .ops = &finder_ops, .options = &narrowed, .sink = sink, .offset = PEL_NO_OFFSET },
        .wanted = field
    };
    pel_walk_image(&f.base, image, path, &narrowed);
    PEL_TRY(f.base.status);
    return f.found ? PEL_OK : PEL_NOT_FOUND;
}
