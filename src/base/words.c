/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

pel_quoted pel_quote(pel_str text)
{
    pel_quoted q = { { 0 } };
    size_t room = sizeof q.text - 4;
    for (size_t i = 0; i < text.len && i < room; i++)
        q.text[i] = text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?';
    if (text.len > room)
        memcpy(q.text + room, "...", 3);
    return q;
}

#define MAX_WORD 32u

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* Letters to insert, delete or change to get from one word to the other. */
static unsigned distance(pel_str a, pel_str b)
{
    unsigned row[MAX_WORD + 1];
    if (a.len > MAX_WORD || b.len > MAX_WORD)
        return MAX_WORD;
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned above = row[j];
            unsigned change = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = min3(change, above + 1, row[j - 1] + 1);
            diagonal = above;
        }
    }
    return row[b.len];
}

pel_quoted pel_suggest(pel_str word, const char *const *words)
{
    pel_quoted q = { { 0 } };
    unsigned best = (unsigned)word.len / 3 + 1; /* further away, it is another word */
    for (; *words; words++) {
        unsigned d = distance(word, pel_str_of(*words));
        if (d <= best && d < word.len) {
            snprintf(q.text, sizeof q.text, " (did you mean '%s'?)", *words);
            best = d ? d - 1 : 0;
        }
    }
    return q;
}
