/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_ESCAPE_H
#define PEL_DUMP_ESCAPE_H

/* Bytes from files, made safe to write. One scheme for all formats, so that every byte can
 * be had back (docs/output.md, "Names and bytes"):
 *
 *   a backslash            \\        two of them
 *   a byte that is not     \xNN      two lower-case digits
 *   part of valid UTF-8
 *   everything else        itself
 *
 * That is the *value* of a string in JSON and YAML. Each format then quotes the value in its
 * own way; text output, which has no quotes, goes on with \xNN and \u{N} for what could
 * upset a terminal or deceive its reader. */

#include <pelorus/base.h>

typedef enum pel_escape {
    PEL_ESCAPE_VALUE, /* the scheme above and no more; valid UTF-8 */
    PEL_ESCAPE_JSON,  /* the value as it stands between the quotes of a JSON string */
    PEL_ESCAPE_TEXT,  /* for terminals: nothing but characters that show */
} pel_escape;

/* Room for the longest form of one character or byte: a surrogate pair in JSON. */
#define PEL_ESCAPE_MAX 12

/** Escape from the start of `*rest` as much as fits in `size` bytes at `out`, never half an
 *  escape or character. What was taken is dropped from `*rest`. The bytes written: 0 only at
 *  the end, if `size` is PEL_ESCAPE_MAX at least. No zero is added. */
size_t pel_escape_some(pel_escape form, pel_str *rest, char *out, size_t size);

/** Whether every form leaves `text` as it is: ASCII that shows, without backslash and quote. */
bool pel_escape_none(pel_str text);

/** Bytes that all of `text` takes when it is escaped. */
size_t pel_escape_size(pel_escape form, pel_str text);

#endif
