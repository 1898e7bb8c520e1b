/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEXT_DOCUMENT_H
#define TEXT_DOCUMENT_H

/* Documents in text, for tests: open_text, events, ck_text. */

#include <string.h>

#include "check_pel.h"
#include "collect.h"
#include "dump/text_layout.h"

static collected got;

static inline pel_emitter *open_text(bool color)
{
    static pel_dump_options options;
    options = (pel_dump_options){ .format = PEL_FORMAT_TEXT, .color = color };
    pel_emitter *e;
    ck_ok(pel_emitter_new(&options, collect_into(&got), &e));
    pel_emit_map_begin(e, NULL);
    return e;
}

static inline void close_text(pel_emitter *e)
{
    pel_emit_map_end(e);
    ck_ok(pel_emitter_close(e));
}

/* No line is longer than the page, and none ends in spaces. */
static inline bool is_tidy(const char *text)
{
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1)
        if (end - text > PEL_TEXT_WIDTH || (end > text && end[-1] == ' '))
            return false;
    return *text == '\0';
}

static inline void ck_text(pel_emitter *e, const char *want)
{
    bool color = e->options->color;
    close_text(e);
    ck_assert(color || is_tidy(got.text));
    ck_assert_str_eq(got.text, want);
}

#endif
