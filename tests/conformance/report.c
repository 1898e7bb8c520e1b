/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trial_begin(trial *t, report *to, const char *name) { *t = (trial){ .to = to, .name = name }; }

/* Append to the line; what does not fit is cut: the first differences tell most. */
static void append(trial *t, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void append(trial *t, const char *format, va_list args)
{
    int n = vsnprintf(t->line + t->used, sizeof t->line - t->used, format, args);
    t->used += n > 0 ? (size_t)n : 0;
    if (t->used >= sizeof t->line)
        t->used = sizeof t->line - 1;
}

static void put(trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(trial *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(t, format, args);
    va_end(args);
}

void trial_differs(trial *t, const char *what, const char *format, ...)
{
    put(t, "%s%s: ", t->differences++ ? "; " : "", what);
    va_list args;
    va_start(args, format);
    append(t, format, args);
    va_end(args);
}

bool trial_number(trial *t, const char *what, uint64_t want, uint64_t got)
{
    if (want != got)
        trial_differs(t, what, "want 0x%" PRIx64 ", got 0x%" PRIx64, want, got);
    return want == got;
}

bool trial_text(trial *t, const char *what, const char *want, const char *got)
{
    const char *w = want ? want : "(none)";
    const char *g = got ? got : "(none)";
    bool same = strcmp(w, g) == 0;
    if (!same)
        trial_differs(t, what, "want %s, got %s", w, g);
    return same;
}

void trial_note(trial *t, const char *key, const char *why)
{
    printf("note %s: %s: %s\n", t->name, key, why);
    t->to->notes++;
}

void trial_unchecked(trial *t, const char *key)
{
    printf("UNCHECKED %s: key %s is not understood\n", t->name, key);
    t->to->unchecked++;
}

void trial_end(trial *t)
{
    if (t->differences == 0) {
        t->to->passed++;
        return;
    }
    t->to->failed++;
    printf("FAIL %s: %s\n", t->name, t->line);
}

void report_failure(report *to, const char *name, const char *why)
{
    printf("FAIL %s: %s\n", name, why);
    to->failed++;
}

int report_close(const report *r)
{
    if (r->notes)
        printf("%zu values could not be compared; each has a note\n", r->notes);
    if (r->unchecked)
        printf("%zu keys UNCHECKED: not understood\n", r->unchecked);
    printf("%zu passed, %zu failed\n", r->passed, r->failed);
    return r->failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
