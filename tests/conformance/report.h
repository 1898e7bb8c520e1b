/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_REPORT_H
#define CONFORMANCE_REPORT_H

/* What the conformance programs print: one line for a failing case, with what was
 * expected and what came; notes; and the closing numbers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct report {
    size_t passed, failed, unchecked, notes;
} report;

/* One case. Differences are gathered and printed as one line at its end. */
typedef struct trial {
    report *to;
    const char *name;
    size_t differences;
    size_t used;
    char line[2000];
} trial;

void trial_begin(trial *t, report *to, const char *name);

/* "what: want WANT, got GOT", printf-like after `what`. */
void trial_differs(trial *t, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Compare two numbers; true when they are equal. */
bool trial_number(trial *t, const char *what, uint64_t want, uint64_t got);

/* Compare two texts; NULL is a text of its own. */
bool trial_text(trial *t, const char *what, const char *want, const char *got);

/* Nothing was compared, and why. Notes are things that cannot be compared, unchecked is what the
 * program does not understand. */
void trial_note(trial *t, const char *key, const char *why);
void trial_unchecked(trial *t, const char *key);

/* Count the case, and print its line if anything differed. */
void trial_end(trial *t);

/* A fault of the run and not of a case (a file that cannot be read): counts as a failed case. */
void report_failure(report *to, const char *name, const char *why);

/* Print the closing lines, "N passed, M failed" last; the exit code. */
int report_close(const report *r);

#endif
