/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_TEXT_FLOW_H
#define PEL_DUMP_TEXT_FLOW_H

/* Between the events of text output and its layout: what waits, what becomes a table, a list or
 * a block, and when it is printed. */

#include "dump/text_layout.h"

/* How far a container is known; the states and arrows are drawn in text_flow.c. */
typedef enum pel_text_state {
    PEL_TEXT_NEW,
    PEL_TEXT_OPEN,
    PEL_TEXT_TABLE,
    PEL_TEXT_ROW,
    PEL_TEXT_LIST,
} pel_text_state;

#define PEL_TEXT_KEY 64

/* A map or sequence that is open. */
typedef struct pel_text_frame {
    pel_text_state state;
    bool seq;
    uint32_t index; /* which element it is of the sequence around it */
    uint32_t next;  /* of a sequence: number of its next element */
    uint32_t first; /* of a table: number of the first row that waits */
    size_t columns; /* of a table */
    size_t rows;    /* of a table: complete rows that wait */
    bool put;       /* of a list: its first part is a field already */
    size_t key_size;
    char key[PEL_TEXT_KEY]; /* escaped */
} pel_text_frame;

/* What was printed last at the outermost level, for the blank lines between. */
typedef enum pel_text_printed {
    PEL_PRINTED_NOTHING,
    PEL_PRINTED_FIELDS,
    PEL_PRINTED_SECTION,
} pel_text_printed;

typedef struct pel_text_emitter {
    pel_emitter base;
    pel_text_printed last;
    unsigned depth; /* frames[depth] is the innermost; frames[0] stands for the document */
    pel_text_frame frames[PEL_EMITTER_DEPTH + 1];
    size_t list_used; /* bytes of the list that is being collected: the innermost one's */
    uint64_t list_offset;
    char list[PEL_TEXT_LONG];
    pel_text_buffer b;
} pel_text_emitter;

/* A scalar, ready to be shown: escaped, and no part longer than PEL_TEXT_LONG. */
typedef struct pel_text_value {
    pel_str raw, meaning;
    bool raw_plain, meaning_plain; /* known to have a column for each byte */
    const pel_names *names;        /* of flags */
    uint64_t flags;
    bool number, nothing;
} pel_text_value;

void pel_text_begin(pel_text_emitter *t, const char *key, bool seq);
void pel_text_end(pel_text_emitter *t);

void pel_text_put(pel_text_emitter *t, const char *key, const pel_text_value *value);

/** A text too long to wait: printed at once, on a line that is as long as it is. */
void pel_text_put_long(pel_text_emitter *t, const char *key, pel_str text);

/** Print all that waits. */
void pel_text_flush(pel_text_emitter *t);

#endif
