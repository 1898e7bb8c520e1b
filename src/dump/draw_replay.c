/* SPDX-License-Identifier: Apache-2.0 */
/* Replays for people: a table of faults, a chart of the same, Belady's anomaly in words. */
#include "dump/draw_replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One colour and one letter for each policy, in the chart and above its column. */
static const struct {
    char letter;
    pel_ink ink;
} marks[] = {
    [PEL_POLICY_WINDOWS] = { 'W', PEL_INK_GUARD }, [PEL_POLICY_FIFO] = { 'F', PEL_INK_BAD },
    [PEL_POLICY_LRU] = { 'L', PEL_INK_GOOD },      [PEL_POLICY_CLOCK] = { 'C', PEL_INK_WRITE },
    [PEL_POLICY_AGING] = { 'A', PEL_INK_READ },    [PEL_POLICY_WSCLOCK] = { 'S', PEL_INK_EXECUTE },
    [PEL_POLICY_OPT] = { 'O', PEL_INK_STRONG },
};

/* More rows than that are for programs: they are thinned out. */
#define TABLE_ROWS 40

#define CHART_ROWS    15
#define CHART_COLUMNS 70
#define BAR_COLUMNS   44

static void heading(pel_page *page, const pel_replay_study *s)
{
    char name[64], size[16];
    pel_line_text((pel_str){ s->path, strlen(s->path) }, name, sizeof name);
    pel_page_put(page, PEL_INK_STRONG, "%s", name);
    pel_page_put(page, PEL_INK_PLAIN, ": %" PRIu64 " access%s to %" PRIu64 " page%s", s->accesses,
                 s->accesses == 1 ? "" : "es", s->pages, s->pages == 1 ? "" : "s");
    pel_size_text(s->page_size, size);
    if (s->page_size)
        pel_page_put(page, PEL_INK_PLAIN, " of %s", size);
    pel_page_put(page, PEL_INK_PLAIN, "\n\n");
}

/* ---- table ------------------------------------------------------------- */

/* As it is while it has at most `digits` of them, else in brief: no more characters. */
static void brief(char out[32], uint64_t number, int digits)
{
    if (snprintf(out, 32, "%" PRIu64, number) > digits)
        snprintf(out, 32, "%.*e", digits < 8 ? 1 : 2, (double)number);
}

/* Columns of nine characters; ten for those who count a hundred million faults. */
static int column_width(const pel_replay_study *s)
{
    for (size_t i = 0; i < s->policy_count * s->frame_count; i++)
        if (s->results[i].faults >= 100000000)
            return 10;
    return 9;
}

static void table_row(pel_page *page, const pel_replay_study *s, size_t i, int width)
{
    char text[32];
    uint64_t least = UINT64_MAX;
    brief(text, s->frames[i], 9);
    pel_page_put(page, PEL_INK_PLAIN, "%10s", text);
    for (size_t p = 0; p < s->policy_count; p++)
        if (pel_study_curve(s, p)[i].faults < least)
            least = pel_study_curve(s, p)[i].faults;
    for (size_t p = 0; p < s->policy_count; p++) {
        uint64_t faults = pel_study_curve(s, p)[i].faults;
        bool best = faults == least && s->policy_count > 1;
        brief(text, faults, 9);
        pel_page_put(page, best ? PEL_INK_STRONG : PEL_INK_PLAIN, "%*s", width, text);
    }
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

static void table(pel_page *page, const pel_replay_study *s)
{
    int width = column_width(s);
    size_t step = (s->frame_count + TABLE_ROWS - 1) / TABLE_ROWS;
    pel_page_put(page, PEL_INK_FAINT, "page faults\n%10s", "frames");
    for (size_t p = 0; p < s->policy_count; p++)
        pel_page_put(page, marks[s->policies[p]].ink, "%*s", width,
                     pel_policy_name(s->policies[p]));
    pel_page_put(page, PEL_INK_PLAIN, "\n");
    for (size_t i = 0; i < s->frame_count; i += step)
        table_row(page, s, i, width);
    if (s->frame_count > 0 && (s->frame_count - 1) % step != 0)
        table_row(page, s, s->frame_count - 1, width);
    if (step > 1)
        pel_page_put(page, PEL_INK_FAINT,
                     "  (one row in %zu, and the last, of %zu; --format=json has all)\n", step,
                     s->frame_count);
}

/* ---- one number of frames: a bar for each policy ----------------------- */

static void bars(pel_page *page, const pel_replay_study *s)
{
    uint64_t most = 1;
    for (size_t p = 0; p < s->policy_count; p++)
        if (s->results[p].faults > most)
            most = s->results[p].faults;
    pel_page_put(page, PEL_INK_FAINT, "faults with %" PRIu64 " frame%s\n", s->frames[0],
                 s->frames[0] == 1 ? "" : "s");
    for (size_t p = 0; p < s->policy_count; p++) {
        pel_replay_result r = s->results[p];
        unsigned long length = (unsigned long)((double)r.faults / (double)most * BAR_COLUMNS + 0.5);
        pel_page_put(page, PEL_INK_PLAIN, "  %-8s ", pel_policy_name(s->policies[p]));
        pel_page_repeat(page, marks[s->policies[p]].ink, pel_page_glyph(page, "█", "#"),
                        (unsigned)length);
        pel_page_put(page, PEL_INK_PLAIN, "%s%" PRIu64, length ? " " : "", r.faults);
        pel_page_put(page, PEL_INK_FAINT, " (%.2f%%)\n", pel_study_rate(r) * 100);
    }
}

/* ---- several: a chart -------------------------------------------------- */

typedef struct chart {
    size_t columns; /* of the drawing; each number of frames has its place */
    uint64_t least, most;
    uint8_t cells[CHART_ROWS][CHART_COLUMNS]; /* 1 + index of a policy; 0: nothing */
    bool shared[CHART_ROWS][CHART_COLUMNS];   /* by several policies */
} chart;

/* Ends included, at most four columns from one to the next. */
static size_t column_of(const chart *c, const pel_replay_study *s, size_t i)
{
    return s->frame_count > 1 ? i * (c->columns - 1) / (s->frame_count - 1) : 0;
}

static size_t row_of(const chart *c, uint64_t faults)
{
    double share =
        c->most > c->least ? (double)(faults - c->least) / (double)(c->most - c->least) : 0;
    return CHART_ROWS - 1 - (size_t)(share * (CHART_ROWS - 1) + 0.5);
}

static void plot(chart *c, const pel_replay_study *s)
{
    size_t wanted = (s->frame_count - 1) * 6 + 1, results = s->policy_count * s->frame_count;
    c->columns = wanted < CHART_COLUMNS ? wanted : CHART_COLUMNS;
    c->least = UINT64_MAX;
    for (size_t i = 0; i < results; i++) {
        uint64_t faults = s->results[i].faults;
        c->least = faults < c->least ? faults : c->least;
        c->most = faults > c->most ? faults : c->most;
    }
    for (size_t p = 0; p < s->policy_count; p++)
        for (size_t i = 0; i < s->frame_count; i++) {
            size_t x = column_of(c, s, i), y = row_of(c, pel_study_curve(s, p)[i].faults);
            c->shared[y][x] = c->shared[y][x] || (c->cells[y][x] && c->cells[y][x] != p + 1);
            c->cells[y][x] = (uint8_t)(p + 1);
        }
}

static void chart_row(pel_page *page, const chart *c, const pel_replay_study *s, size_t y)
{
    size_t width = c->columns;
    while (width > 0 && !c->cells[y][width - 1])
        width--;
    for (size_t x = 0; x < width; x++) {
        unsigned p = c->cells[y][x];
        if (!p)
            pel_page_put(page, PEL_INK_PLAIN, " ");
        else if (c->shared[y][x])
            pel_page_put(page, PEL_INK_PLAIN, "%s", pel_page_glyph(page, "●", "*"));
        else
            pel_page_put(page, marks[s->policies[p - 1]].ink, "%c",
                         marks[s->policies[p - 1]].letter);
    }
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

static void axis(pel_page *page, const chart *c, const pel_replay_study *s)
{
    char first[24], last[24];
    snprintf(first, sizeof first, "%" PRIu64, s->frames[0]);
    snprintf(last, sizeof last, "%" PRIu64, s->frames[s->frame_count - 1]);
    size_t gap =
        c->columns > strlen(first) + strlen(last) ? c->columns - strlen(first) - strlen(last) : 1;
    pel_page_put(page, PEL_INK_FAINT, "%8s%s", "", pel_page_glyph(page, "└", "+"));
    pel_page_repeat(page, PEL_INK_FAINT, pel_page_glyph(page, "─", "-"), (unsigned)c->columns);
    pel_page_put(page, PEL_INK_FAINT, "\n%8s %s%*s%s\n", "frames", first, (int)gap, "", last);
}

static void legend(pel_page *page, const pel_replay_study *s)
{
    pel_page_put(page, PEL_INK_PLAIN, "%8s", "");
    for (size_t p = 0; p < s->policy_count; p++) {
        pel_policy policy = s->policies[p];
        pel_page_put(page, marks[policy].ink, " %c", marks[policy].letter);
        pel_page_put(page, PEL_INK_PLAIN, " %s", pel_policy_name(policy));
    }
    if (s->policy_count > 1)
        pel_page_put(page, PEL_INK_PLAIN, "  %s several", pel_page_glyph(page, "●", "*"));
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

static void curves(pel_page *page, const pel_replay_study *s)
{
    chart c = { 0 };
    plot(&c, s);
    if (c.least == c.most) {
        pel_page_put(page, PEL_INK_PLAIN, "%" PRIu64 " fault%s everywhere: there is no curve\n",
                     c.most, c.most == 1 ? "" : "s");
        return;
    }
    for (size_t y = 0; y < CHART_ROWS; y++) {
        char text[32] = "";
        if (y == 0)
            brief(text, c.most, 7);
        else if (y == CHART_ROWS - 1)
            brief(text, c.least, 7);
        pel_page_put(page, PEL_INK_FAINT, "%7s %s", text, pel_page_glyph(page, "│", "|"));
        chart_row(page, &c, s, y);
    }
    axis(page, &c, s);
    legend(page, s);
}

/* ---- anomalies --------------------------------------------------------- */

#define ANOMALIES_TOLD 8

static void anomalies(pel_page *page, const pel_replay_study *s)
{
    pel_anomaly at = { 0 };
    uint64_t count = 0;
    while (pel_study_next_anomaly(s, &at)) {
        const pel_replay_result *curve = pel_study_curve(s, at.policy);
        if (count == 0)
            pel_page_put(page, PEL_INK_STRONG, "\nBelady's anomaly: more frames, more faults\n");
        if (count++ < ANOMALIES_TOLD)
            pel_page_put(page, PEL_INK_PLAIN,
                         "  %s: %" PRIu64 " faults with %" PRIu64 " frame%s, but %" PRIu64
                         " with %" PRIu64 "\n",
                         pel_policy_name(s->policies[at.policy]), curve[at.fewer].faults,
                         s->frames[at.fewer], s->frames[at.fewer] == 1 ? "" : "s",
                         curve[at.more].faults, s->frames[at.more]);
    }
    if (count > ANOMALIES_TOLD)
        pel_page_put(page, PEL_INK_FAINT, "  and %" PRIu64 " more; --format=json tells all\n",
                     count - ANOMALIES_TOLD);
}

pel_status pel_draw_replay(const pel_replay_study *study, const pel_dump_options *options,
                           pel_sink sink)
{
    pel_page page = { .options = options, .sink = sink };
    heading(&page, study);
    if (study->accesses == 0) {
        pel_page_put(&page, PEL_INK_PLAIN, "the trace is empty: there is nothing to replay\n");
    } else if (study->frame_count == 1) {
        bars(&page, study);
    } else if (study->frame_count > 1) {
        table(&page, study);
        pel_page_put(&page, PEL_INK_PLAIN, "\n");
        curves(&page, study);
    }
    anomalies(&page, study);
    return page.status;
}
