/* SPDX-License-Identifier: Apache-2.0 */
/* Traces as text, read by hand, for there are millions of lines. Whole lines are read where they
 * lie: each ends in a newline, which is no part of anything, so that no step needs to ask whether
 * the text ends. What is left behind the last newline of a block is kept until the rest comes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vm/trace.h"

/* A longer line is none. Lists of pages are as long as a book prints them. */
#define LINE_MOST ((size_t)64 * 1024)

/* What one instruction can touch at once (fxsave and its kind, with room to spare). */
#define SIZE_MOST 4096

/* Accesses that wait for their ids. To look them up in a row is much faster than one after each
 * line: the host's memory can then work at several at once. */
#define BATCH 512

struct pel_trace_text {
    pel_allocator allocator;
    pel_trace *trace;
    unsigned shift; /* address to page */
    bool pages;
    pel_status status;
    uint64_t line; /* number of the line that is read */
    char *rest;    /* the beginning of a line whose end is still to come */
    size_t rest_size, rest_room;
    char error[200];
    size_t waiting;
    uint64_t page[BATCH];
    uint32_t write[BATCH]; /* PEL_CODE_WRITE or 0 */
};

/* ---- failures ---------------------------------------------------------- */

/* `found` goes to the end of the line, and must not steer anybody's terminal. */
static const char *fail(pel_trace_text *t, const char *expected, const char *found)
{
    char shown[41];
    size_t n = 0;
    while (n < sizeof shown - 1 && found[n] != '\n' && found[n] != '\r') {
        shown[n] = found[n] >= ' ' && found[n] <= '~' ? found[n] : '?';
        n++;
    }
    shown[n] = '\0';
    snprintf(t->error, sizeof t->error, "line %" PRIu64 ": expected %s, found %s%s%s", t->line,
             expected, n ? "'" : "nothing", shown, n ? "'" : "");
    t->status = PEL_MALFORMED;
    return NULL;
}

/* ---- numbers ----------------------------------------------------------- */

static inline const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return p;
}

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

static inline bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

/* One more than the value of a digit; 0 for what is none. A table: no branch can guess digits. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool all_zeros(const char *p, const char *end)
{
    while (p < end && *p == '0')
        p++;
    return p == end;
}

/* Past the number; NULL when there is none or it has more than 64 bits. */
static inline const char *read_hex(const char *p, uint64_t *out)
{
    const char *start = p;
    uint64_t value = 0;
    for (unsigned digit; (digit = hex_digits[(unsigned char)*p]) > 0; p++)
        value = value << 4 | (digit - 1);
    *out = value;
    if (p == start || (p - start > 16 && !all_zeros(start, p - 16)))
        return NULL;
    return p;
}

/* 19 digits always fit; 20 may. */
static bool too_long(const char *start, const char *end)
{
    static const char most[] = "18446744073709551615";
    while (start < end && *start == '0')
        start++;
    return end - start > 20 || (end - start == 20 && memcmp(start, most, 20) > 0);
}

static inline const char *read_decimal(const char *p, uint64_t *out)
{
    const char *start = p;
    uint64_t value = 0;
    for (; is_digit(*p); p++)
        value = value * 10 + (unsigned)(*p - '0');
    *out = value;
    if (p == start || (p - start > 19 && too_long(start, p)))
        return NULL;
    return p;
}

static inline const char *read_number(const char *p, uint64_t *out)
{
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
        return read_hex(p + 2, out);
    return read_decimal(p, out);
}

/* ---- lines ------------------------------------------------------------- */

/* Those that wait go to the trace, also before a line that is none. */
static void flush(pel_trace_text *t)
{
    pel_status st = pel_trace_reserve(t->trace, t->waiting) ? PEL_OK : PEL_NO_MEMORY;
    for (size_t i = 0; i < t->waiting && st == PEL_OK; i++)
        st = pel_trace_append(t->trace, t->page[i], t->write[i]);
    t->waiting = 0;
    if (st != PEL_OK)
        t->status = st;
}

static inline bool append(pel_trace_text *t, uint64_t page, uint32_t write)
{
    t->page[t->waiting] = page;
    t->write[t->waiting] = write;
    if (++t->waiting == BATCH)
        flush(t);
    return t->status == PEL_OK;
}

/* Past r, w, x or a word for them; where it began when there is none, NULL for another word. */
static const char *read_kind(const char *p, uint32_t *write)
{
    static const char *const words[] = { "read", "write", "fetch" };
    size_t n = 0;
    *write = *p == 'w' ? PEL_CODE_WRITE : 0;
    if ((*p == 'r' || *p == 'w' || *p == 'x') && !is_letter(p[1]))
        return p + 1;
    while (is_letter(p[n]))
        n++;
    if (n == 0)
        return p;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0)
            return p + n;
    return NULL;
}

static const char *const access_wanted = "ADDRESS [r|w|x], or a line of valgrind's lackey";
static const char *const pages_wanted = "page numbers, each with r, w, x or nothing behind it";

/* ADDRESS [KIND], and in a list of pages more of them. `p` is at a digit. */
static const char *read_accesses(pel_trace_text *t, const char *p)
{
    const char *wanted = t->pages ? pages_wanted : access_wanted;
    do {
        uint64_t value;
        uint32_t write = 0;
        const char *end = is_digit(*p) ? read_number(p, &value) : NULL;
        if (!end)
            return fail(t, is_digit(*p) ? "a number of 64 bits" : wanted, p);
        p = skip_blanks(end);
        if (*p != '\n') {
            const char *kind = read_kind(p, &write);
            if (!kind || (kind == p && p == end && *p != ','))
                return fail(t, wanted, p);
            p = skip_blanks(kind);
        }
        if (!append(t, t->pages ? value : value >> t->shift, write))
            return NULL;
        if (t->pages && *p == ',')
            p = skip_blanks(p + 1);
    } while (t->pages && *p != '\n');
    return *p == '\n' ? p + 1 : fail(t, wanted, p);
}

/* KIND ADDRESS,SIZE. `p` is at the kind. */
static const char *read_lackey(pel_trace_text *t, const char *p)
{
    uint64_t address, size = 0;
    uint32_t write = *p == 'S' || *p == 'M' ? PEL_CODE_WRITE : 0;
    const char *start = p, *end = read_hex(skip_blanks(p + 1), &address);
    if (t->pages)
        return fail(t, pages_wanted, start);
    end = end && *end == ',' ? read_decimal(end + 1, &size) : NULL;
    end = end ? skip_blanks(end) : NULL;
    if (!end || *end != '\n' || size == 0 || size > SIZE_MOST || size - 1 > UINT64_MAX - address)
        return fail(t, "KIND HEX-ADDRESS,SIZE as lackey writes it", start);
    uint64_t page = address >> t->shift, last = (address + (size - 1)) >> t->shift;
    while (append(t, page, write)) {
        if (page++ == last)
            return end + 1;
    }
    return NULL;
}

static bool is_skipped(const char *p)
{
    return *p == '#' || (*p == '=' && p[1] == '=') || (*p == '-' && p[1] == '-');
}

/* Past the line, which ends in a newline; NULL when it failed. */
static inline const char *read_line(pel_trace_text *t, const char *p)
{
    p = skip_blanks(p);
    if (is_digit(*p))
        return read_accesses(t, p);
    if ((*p == 'I' || *p == 'L' || *p == 'S' || *p == 'M') && p[1] == ' ')
        return read_lackey(t, p);
    if (*p == '\n')
        return p + 1;
    if (is_skipped(p)) {
        while (*p != '\n')
            p++;
        return p + 1;
    }
    return fail(t, t->pages ? pages_wanted : access_wanted, p);
}

/* All of it is whole lines. */
static void read_lines(pel_trace_text *t, const char *p, const char *end)
{
    while (p && p < end) {
        t->line++;
        p = read_line(t, p);
    }
    flush(t);
}

/* ---- blocks ------------------------------------------------------------ */

/* Keep the beginning of a line. */
static void keep(pel_trace_text *t, const char *bytes, size_t size)
{
    if (size >= LINE_MOST - t->rest_size) {
        t->line++;
        fail(t, "a line of less than 64 KiB", "a longer one\n");
        return;
    }
    char *grown = pel_grow(&t->allocator, t->rest, &t->rest_room, t->rest_size + size, 1);
    if (!grown) {
        t->status = PEL_NO_MEMORY;
        return;
    }
    t->rest = grown;
    memcpy(grown + t->rest_size, bytes, size);
    t->rest_size += size;
}

/* The line that was kept, with its end. */
static void read_rest(pel_trace_text *t)
{
    size_t size = t->rest_size;
    t->rest_size = 0;
    if (t->status == PEL_OK)
        read_lines(t, t->rest, t->rest + size);
}

/* One past the last newline; `bytes` when there is none. */
static const char *behind_last_line(const char *bytes, size_t size)
{
    while (size > 0 && bytes[size - 1] != '\n')
        size--;
    return bytes + size;
}

pel_status pel_trace_text_feed(pel_trace_text *t, const char *bytes, size_t size)
{
    if (!t || (!bytes && size > 0))
        return PEL_BAD_ARG;
    if (t->status != PEL_OK || size == 0)
        return t->status;
    const char *end = bytes + size;
    if (t->rest_size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t part = newline ? (size_t)(newline - bytes) + 1 : size;
        keep(t, bytes, part);
        if (!newline)
            return t->status;
        read_rest(t);
        bytes += part;
    }
    const char *last = behind_last_line(bytes, (size_t)(end - bytes));
    if (t->status == PEL_OK)
        read_lines(t, bytes, last);
    if (t->status == PEL_OK && last < end)
        keep(t, last, (size_t)(end - last));
    return t->status;
}

pel_status pel_trace_text_end(pel_trace_text *t)
{
    if (!t)
        return PEL_BAD_ARG;
    return t->rest_size > 0 ? pel_trace_text_feed(t, "\n", 1) : t->status;
}

/* ---- the object -------------------------------------------------------- */

static bool shift_of(uint64_t page_size, unsigned *out)
{
    uint64_t size = page_size ? page_size : 4096;
    *out = 0;
    while (*out < 40 && (uint64_t)1 << *out < size)
        ++*out;
    return size >= 16 && (uint64_t)1 << *out == size;
}

pel_status pel_trace_text_new(pel_trace *trace, const pel_trace_text_options *options,
                              pel_trace_text **out)
{
    unsigned shift;
    if (!out)
        return PEL_BAD_ARG;
    *out = NULL;
    if (!trace || !shift_of(options ? options->page_size : 0, &shift))
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(options ? options->allocator : NULL);
    *out = pel_take(&a, sizeof **out);
    if (!*out)
        return PEL_NO_MEMORY;
    (*out)->allocator = a;
    (*out)->trace = trace;
    (*out)->shift = shift;
    (*out)->pages = options && options->pages;
    return PEL_OK;
}

void pel_trace_text_free(pel_trace_text *t)
{
    if (!t)
        return;
    pel_allocator a = t->allocator;
    pel_give(&a, t->rest, t->rest_room);
    pel_give(&a, t, sizeof *t);
}

const char *pel_trace_text_error(const pel_trace_text *t) { return t ? t->error : ""; }
