/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_SUMMARY_H
#define PEL_DUMP_SUMMARY_H

/* The summary of a file: one screen for people. dump_summary.c has the order of its parts,
 * summary_digests.c the table of those that are one line each: a new key of the document is one
 * more row there. Parts only ask the image, and count what its cursors give. */

#include <pelorus/certificates.h>

#include "dump/page.h"

/* Bytes of a line; more than fits on any screen. */
#define PEL_SUMMARY_LINE 4096

/* A line waits until it ends: only then is it known whether it must be cut. */
typedef struct summary {
    pel_page page;
    const pel_image *img;
    const char *path;
    pel_allocator allocator;
    pel_verifier verifier; /* makes the digest of the file once, for whoever wants it */
    bool has_signature;
    pel_signature signature; /* what Windows looks at */
    size_t width;            /* columns of the screen */
    bool cut;                /* the line has had more than there is room for */
    unsigned lines;          /* that are written */
    size_t used, columns;
    char line[PEL_SUMMARY_LINE];
    uint8_t inks[PEL_SUMMARY_LINE]; /* of each byte */
} summary;

/* Where the words begin, behind the labels. */
#define PEL_SUMMARY_INDENT 2
#define PEL_SUMMARY_COLUMN 16

/* ---- lines: summary_line.c ----------------------------------------------- */

/** Append printf-style text: of ours, or escaped already. */
void pel_summary_put(summary *s, pel_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Append text of the file, escaped but for backslashes. */
void pel_summary_text(summary *s, pel_ink ink, pel_str text);

/** The same for UTF-16LE. */
void pel_summary_utf16(summary *s, pel_ink ink, pel_span text);

/** Append words of ours, going on behind the label on as many as `lines`. */
void pel_summary_wrap(summary *s, pel_ink ink, const char *text, unsigned lines);

/** "1,234 functions"; `what` is the word for one. */
void pel_summary_count(summary *s, uint64_t n, const char *what);

/** The next element of a list, behind `before`, if there is room for it and for what tells that
 *  there are more of them; else tell that, and give false. */
bool pel_summary_item(summary *s, const char *before, pel_str text, const char *after);

/** Fill with blanks up to `column`. */
void pel_summary_to(summary *s, size_t column);

/** Begin a line with its label. */
void pel_summary_label(summary *s, const char *label);

/** Write the line, and begin a new one. */
void pel_summary_end(summary *s);

/** Forget the line. */
void pel_summary_drop(summary *s);

/** An empty line before the one that waits. */
void pel_summary_blank(summary *s);

/** "1,234,567". */
#define PEL_COUNT_TEXT 32
void pel_count_text(uint64_t n, char out[PEL_COUNT_TEXT]);

/* ---- parts ---------------------------------------------------------------- */

/** What made the file, as far as it tells: summary_made.c. */
void pel_summary_made(summary *s);

/** The names of what it protects itself with: summary_protections.c. */
void pel_summary_protections(summary *s);

/** The table of sections: summary_sections.c. */
void pel_summary_sections(summary *s);

/** A line for each directory that is there, and for what else is in the file; then `more` has the
 *  keys that --only takes, as many as fit: summary_digests.c. */
void pel_summary_digests(summary *s, char *more, size_t size);

/* The lines of that table: false when there is nothing to tell. */
bool pel_digest_imports(summary *s);
bool pel_digest_delay_imports(summary *s);
bool pel_digest_bound_imports(summary *s);
bool pel_digest_exports(summary *s);
bool pel_digest_resources(summary *s);
bool pel_digest_version(summary *s);
bool pel_digest_manifest(summary *s);
bool pel_digest_certificates(summary *s);
bool pel_digest_pdb(summary *s);
bool pel_digest_debug(summary *s);
bool pel_digest_clr(summary *s);

/** Hashes of the file: summary_digests.c. */
void pel_summary_hashes(summary *s);

/* ---- facts that several parts tell ----------------------------------------- */

/** True when the debug directory says that the build is reproducible, so that times are no times.
 */
bool pel_summary_is_reproducible(const pel_image *image);

/** Where `needle` begins in the first `most` bytes of `hay`; SIZE_MAX when it is not there. */
size_t pel_summary_find(pel_span hay, const char *needle, size_t most);

#endif
