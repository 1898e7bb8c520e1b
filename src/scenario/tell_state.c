/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a machine, and curves, as text. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/tell.h"
#include "scenario/why.h"

#define PICTURE_FRAMES 512
#define PICTURE_ROW    64

/* The legend in one line, with three processes of one letter. */
#define LEGEND_COLUMNS 95

/* ---- the picture --------------------------------------------------------- */

/* A letter for each process: its first one, or by number where that is taken. */
static char letter_of(const pel_run *run, size_t process)
{
    char first = (char)toupper((unsigned char)run->s->processes[process].name[0]);
    bool good = isalpha((unsigned char)first) && first != 'T';
    for (size_t i = 0; i < process && good; i++)
        good = toupper((unsigned char)run->s->processes[i].name[0]) != first;
    return good ? first : (char)('0' + process % 10);
}

static char glyph_of(const pel_run *run, uint64_t frame)
{
    pel_frame_info f;
    if (pel_machine_frame(run->machine, frame, &f) != PEL_OK)
        return '?';
    switch (f.list) {
    case PEL_LIST_ZEROED: return '.';
    case PEL_LIST_FREE: return 'f';
    case PEL_LIST_STANDBY: return 's';
    case PEL_LIST_MODIFIED:
    case PEL_LIST_MODIFIED_NO_WRITE: return 'm';
    case PEL_LIST_BAD: return '!';
    case PEL_LIST_ACTIVE:
    case PEL_LIST_TRANSITION: break;
    }
    if (f.use == PEL_FRAME_TABLE)
        return 'T';
    if (f.use == PEL_FRAME_SECTION)
        return '#';
    size_t owner = pel_run_owner(run, f.space);
    return owner == PEL_NO_NAME ? '?' : letter_of(run, owner);
}

static void draw_legend(const pel_run *run, pel_page *page)
{
    pel_page_put(page, PEL_INK_FAINT, "                ");
    size_t shown = 0;
    for (size_t i = 0; i < run->s->process_count; i++) {
        const char *name = run->s->processes[i].name;
        bool plain = name[0] == letter_of(run, i) && name[1] == '\0';
        if (!run->processes[i].alive)
            continue;
        if (++shown % 8 == 0) /* many processes: another line */
            pel_page_put(page, PEL_INK_FAINT, "\n                ");
        pel_page_put(page, PEL_INK_FAINT, "%c%s%s ", letter_of(run, i), plain ? "" : "=",
                     plain ? "" : name);
    }
    if (shown > 3 || (shown > 0 && pel_page_columns(page) < LEGEND_COLUMNS))
        pel_page_put(page, PEL_INK_FAINT, "private\n                ");
    else if (shown > 0)
        pel_page_put(page, PEL_INK_FAINT, "private  ");
    pel_page_put(page, PEL_INK_FAINT,
                 "# section  T page table  s standby  m modified  f free  . zeroed\n");
}

static void draw_frames(const pel_run *run, pel_page *page)
{
    uint64_t frames = pel_machine_counters(run->machine).frames;
    uint64_t touched = pel_machine_frames_touched(run->machine);
    uint64_t shown = frames <= 128 ? frames : touched;
    shown = shown < PICTURE_FRAMES ? shown : PICTURE_FRAMES;
    for (uint64_t row = 0; row < shown; row += PICTURE_ROW) {
        char line[PICTURE_ROW + 1] = "";
        for (uint64_t i = 0; i < PICTURE_ROW && row + i < shown; i++)
            line[i] = row + i < touched ? glyph_of(run, row + i) : '.';
        pel_page_put(page, PEL_INK_PLAIN, "  %-14s%s\n", row == 0 ? "frames" : "", line);
    }
    if (shown < frames)
        pel_page_put(page, PEL_INK_FAINT, "                and %" PRIu64 " more%s\n",
                     frames - shown, shown == touched ? ", never used" : "");
    draw_legend(run, page);
}

/* ---- the rest of the state ----------------------------------------------- */

static void draw_working_set(const pel_run *run, size_t process, pel_page *page)
{
    const pel_running *p = &run->processes[process];
    if (!p->alive)
        return;
    pel_working_set s = pel_space_working_set(p->space);
    pel_page_put(page, PEL_INK_PLAIN,
                 "  %-14s%" PRIu64 " page%s in the working set (%" PRIu64
                 " private), at most %" PRIu64 "%s\n",
                 p->plan->name, s.size, s.size == 1 ? "" : "s", s.private_pages, s.maximum,
                 s.hard_maximum ? ", hard" : "");
}

void pel_tell_state(const pel_run *run, pel_page *page)
{
    pel_counters c = pel_machine_counters(run->machine);
    for (size_t i = 0; i < run->s->process_count; i++)
        draw_working_set(run, i, page);
    pel_page_put(page, PEL_INK_PLAIN,
                 "  %-14sactive %" PRIu64 "  standby %" PRIu64 "  modified %" PRIu64
                 "  free %" PRIu64 "  zeroed %" PRIu64 "\n",
                 "lists", c.active, c.standby, c.modified + c.modified_no_write, c.free, c.zeroed);
    pel_page_put(page, PEL_INK_PLAIN, "  %-14s%" PRIu64 " of %" PRIu64 " pages", "commit", c.commit,
                 c.commit_limit);
    if (c.page_file_pages)
        pel_page_put(page, PEL_INK_PLAIN, "; page file %" PRIu64 " of %" PRIu64, c.page_file_used,
                     c.page_file_pages);
    pel_page_put(page, PEL_INK_PLAIN, "\n");
    draw_frames(run, page);
}

/* ---- curves -------------------------------------------------------------- */

static void draw_head(const pel_curve *curves, size_t count, pel_page *page)
{
    pel_page_put(page, PEL_INK_STRONG, "  frames");
    for (size_t i = 0; i < count; i++)
        pel_page_put(page, PEL_INK_STRONG, "%10s", pel_policy_name(curves[i].policy));
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

static bool is_worse(const pel_curve *c, size_t point)
{
    return point > 0 && c->results[point].faults > c->results[point - 1].faults;
}

static void draw_point(const pel_curve *curves, size_t count, size_t point, pel_page *page)
{
    pel_page_put(page, PEL_INK_PLAIN, "  %6" PRIu64, curves[0].frames[point]);
    for (size_t i = 0; i < count; i++) {
        bool worse = is_worse(&curves[i], point), next = i + 1 < count;
        pel_page_put(page, worse ? PEL_INK_BAD : PEL_INK_PLAIN, "%9" PRIu64 "%s",
                     curves[i].results[point].faults,
                     worse  ? "*"
                     : next ? " "
                            : "");
    }
    pel_page_put(page, PEL_INK_PLAIN, "\n");
}

static void draw_anomalies(const pel_curve *c, pel_page *page)
{
    size_t at;
    for (size_t from = 0; pel_curve_anomaly(c, from, &at); from = at + 1)
        pel_page_put(page, PEL_INK_BAD,
                     "  * Belady's anomaly: %s has %" PRIu64 " faults with %" PRIu64
                     " frame%s, but %" PRIu64 " with %" PRIu64 "\n",
                     pel_policy_name(c->policy), c->results[at].faults, c->frames[at],
                     c->frames[at] == 1 ? "" : "s", c->results[at + 1].faults, c->frames[at + 1]);
}

pel_status pel_tell_curves(pel_run *run, pel_page *page)
{
    pel_policy policies[PEL_POLICY_COUNT];
    pel_curve curves[PEL_POLICY_COUNT];
    size_t count = pel_run_curves(run, policies);
    if (count == 0 || !run->trace)
        return PEL_OK;
    for (size_t i = 0; i < count; i++)
        PEL_TRY(pel_run_curve(run, policies[i], &curves[i]));
    uint64_t accesses = pel_trace_length(run->trace), pages = pel_trace_pages(run->trace);
    pel_page_put(page, PEL_INK_STRONG, "\nfaults over the number of frames");
    pel_page_put(page, PEL_INK_PLAIN, " (%" PRIu64 " access%s to %" PRIu64 " page%s, replayed)\n",
                 accesses, accesses == 1 ? "" : "es", pages, pages == 1 ? "" : "s");
    draw_head(curves, count, page);
    for (size_t i = 0; i < curves[0].count; i++)
        draw_point(curves, count, i, page);
    for (size_t i = 0; i < count; i++)
        draw_anomalies(&curves[i], page);
    return PEL_OK;
}
