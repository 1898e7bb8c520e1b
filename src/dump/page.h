/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_PAGE_H
#define PEL_DUMP_PAGE_H

/* Drawn text: lines with colours, for people at a terminal. What has a structure that
 * a program could use goes through an emitter instead. Failures latch. */

#include <pelorus/dump.h>

typedef enum pel_ink {
    PEL_INK_PLAIN,
    PEL_INK_STRONG,
    PEL_INK_FAINT,
    PEL_INK_LABEL,
    PEL_INK_READ,          /* R    */
    PEL_INK_WRITE,         /* RW   */
    PEL_INK_EXECUTE,       /* RX   */
    PEL_INK_WRITE_EXECUTE, /* RWX  */
    PEL_INK_GUARD,
    PEL_INK_GOOD,
    PEL_INK_BAD,
} pel_ink;

typedef struct pel_page {
    const pel_dump_options *options;
    pel_sink sink;
    pel_status status;
} pel_page;

/** Write printf-style text in a colour. Text from files must be made safe by the caller. */
void pel_page_put(pel_page *page, pel_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Write one paragraph of words, indented by two columns (four from the second line on) and
 *  broken at 80 columns. */
void pel_page_paragraph(pel_page *page, pel_ink ink, const char *text);

/** Write `times` copies of one character. */
void pel_page_repeat(pel_page *page, pel_ink ink, const char *glyph, unsigned times);

/** The character to draw with: `unicode`, or `ascii` if only that is wanted. */
const char *pel_page_glyph(const pel_page *page, const char *unicode, const char *ascii);

/** "512 B", "4 KiB", "1.5 MiB": 8 columns at most. */
void pel_size_text(uint64_t bytes, char out[16]);

/** Text of a file for a narrow cell: printable ASCII, other bytes as '?', cut to `size` - 1. */
void pel_cell_text(pel_str text, char *out, size_t size);

/** All of a file's text, escaped for a terminal, cut to `size` - 1 bytes. */
void pel_line_text(pel_str text, char *out, size_t size);

#endif
