/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TEST_SUMMARY_STEPS_H
#define PEL_TEST_SUMMARY_STEPS_H

/* A summary of a file that was made for it, and what it says. */

#include "collect.h"
#include "dump/columns.h"
#include "sample.h"

#define LINES_MOST 50

static collected got;

static inline void summarize(const sample *s, const char *path, const pel_dump_options *options)
{
    got = (collected){ .size = 0 };
    ck_ok(pel_dump_summary(s->img, path, options, collect_into(&got)));
}

/* The sample, with fields changed. */
static inline sample made_with(pel_build_kind kind, const edit *edits, size_t count)
{
    sample s = sample_of(kind);
    sample_edit(&s, edits, count);
    sample_parse(&s);
    return s;
}

static inline bool says(const char *text) { return strstr(got.text, text) != NULL; }

static inline void ck_says(const char *text)
{
    ck_assert_msg(says(text), "no \"%s\" in\n%s", text, got.text);
}

static inline void ck_says_not(const char *text)
{
    ck_assert_msg(!says(text), "\"%s\" in\n%s", text, got.text);
}

/* Lines fit the screen, end in no blanks, and hold nothing that a terminal would obey. */
static inline void ck_screen(size_t width)
{
    size_t lines = 0;
    for (const char *at = got.text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1, lines++) {
        pel_str line = { at, (size_t)(end - at) };
        ck_assert_msg(pel_text_columns(line) <= width, "too wide: %.*s", (int)line.len, at);
        ck_assert(line.len == 0 || end[-1] != ' ');
        for (size_t i = 0; i < line.len; i++)
            ck_assert((uint8_t)at[i] >= ' ' && at[i] != 0x7f);
    }
    ck_assert_uint_le(lines, LINES_MOST);
    ck_assert(got.size > 0 && got.text[got.size - 1] == '\n');
}

#endif
