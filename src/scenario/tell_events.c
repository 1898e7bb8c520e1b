/* SPDX-License-Identifier: Apache-2.0 */
/* Words for events and counters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario/tell.h"

/* ---- events -------------------------------------------------------------- */

/* How an event is told: "%P" is the page, "%F" the frame, "%S" the slot, "%L" the list, "%N" a
 * number of pages, "%B" where what is in the page is now. */
static const char *const formats[PEL_EVENT_COUNT] = {
    [PEL_EVENT_DEMAND_ZERO] = "demand zero: %P gets the zeroed frame %F; no disk",
    [PEL_EVENT_TRANSITION] = "soft fault: %P was still in RAM, frame %F; no disk",
    [PEL_EVENT_SHARED] = "soft fault: %P is in RAM already, for another view: frame %F is shared",
    [PEL_EVENT_FILE_READ] = "hard fault: %P is read from its file into frame %F",
    [PEL_EVENT_PAGE_FILE_READ] =
        "hard fault: %P is read from page %S of the page file into frame %F",
    [PEL_EVENT_COPY_ON_WRITE] = "copy on write: %P gets frame %F of its own, with the same bytes",
    [PEL_EVENT_GUARD] = "guard: %P goes off, once",
    [PEL_EVENT_STACK_GROWTH] = "stack growth: the guard at %P was touched; the stack grows",
    [PEL_EVENT_STACK_OVERFLOW] = "stack overflow: below %P there is no room for another guard",
    [PEL_EVENT_VIOLATION] = "refused: %P",
    [PEL_EVENT_TRIM] = "trim: %P leaves the working set, frame %F %L",
    [PEL_EVENT_PAGE_FILE_WRITE] = "page out: %P is written to page %S of the page file",
    [PEL_EVENT_FILE_WRITE] = "write back: %P is written to its file",
    [PEL_EVENT_REPURPOSE] = "repurpose: frame %F is used again; %P is %B",
    [PEL_EVENT_COMMIT] = "commit: %N",
    [PEL_EVENT_RELEASE] = "release: %P gives frame %F back",
};

static void put_page(const pel_run *run, const pel_event *e, char *out, size_t size, size_t *used)
{
    char name[64];
    size_t owner = pel_run_owner(run, e->space);
    if (owner == PEL_NO_NAME) {
        pel_append(out, size, used, "page 0x%" PRIx64 " of a section", e->va.v);
        return;
    }
    size_t mine = run->step ? run->step->process : PEL_NO_NAME;
    if (owner != mine)
        pel_append(out, size, used, "%s's ", run->s->processes[owner].name);
    if (pel_run_name(run, owner, e->va, name, sizeof name) > 0)
        pel_append(out, size, used, "%s", name);
    else
        pel_append(out, size, used, "0x%" PRIx64, e->va.v);
}

void pel_tell_page(const pel_run *run, const pel_event *event, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    put_page(run, event, out, size, &used);
}

static void tell_part(const pel_run *run, const pel_event *e, char part, char *out, size_t size,
                      size_t *used)
{
    switch (part) {
    case 'P': put_page(run, e, out, size, used); break;
    case 'F': pel_append(out, size, used, "0x%" PRIx64, e->frame); break;
    case 'S': pel_append(out, size, used, "%" PRIu64, e->slot); break;
    case 'L':
        if (e->list == PEL_LIST_ACTIVE)
            pel_append(out, size, used, "stays where it is: another view has it");
        else
            pel_append(out, size, used, "goes to the %s list", pel_frame_list_name(e->list));
        break;
    case 'B':
        pel_append(out, size, used, "%s",
                   e->lost ? "demand zero: its contents were given up"
                           : "in its backing store only");
        break;
    case 'N':
        pel_append(out, size, used, "%" PRIu64 " more page%s promised", e->pages,
                   e->pages == 1 ? " is" : "s are");
        break;
    default: break;
    }
}

void pel_tell_event(const pel_run *run, const pel_event *event, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    const char *format = (size_t)event->kind < PEL_EVENT_COUNT ? formats[event->kind] : NULL;
    for (; format && *format; format++) {
        if (*format == '%')
            tell_part(run, event, *++format, out, size, &used);
        else
            pel_append(out, size, &used, "%c", *format);
    }
}

/* ---- counters ------------------------------------------------------------ */

static const struct {
    const char *name;
    size_t offset;
} watched[] = {
    { "faults", offsetof(pel_counters, faults) },
    { "hard faults", offsetof(pel_counters, hard_faults) },
    { "frames in use", offsetof(pel_counters, frames_used) },
    { "standby", offsetof(pel_counters, standby) },
    { "modified", offsetof(pel_counters, modified) },
    { "commit", offsetof(pel_counters, commit) },
    { "page file", offsetof(pel_counters, page_file_used) },
    { "refused", offsetof(pel_counters, refusals) },
};

static uint64_t counter(const pel_counters *c, size_t offset)
{
    uint64_t value;
    memcpy(&value, (const char *)c + offset, sizeof value);
    return value;
}

void pel_tell_changes(const pel_counters *before, const pel_counters *after, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        uint64_t old = counter(before, watched[i].offset);
        uint64_t now = counter(after, watched[i].offset);
        if (old != now)
            pel_append(out, size, &used, "%s%s %" PRIu64 " (%+" PRId64 ")", used ? ", " : "",
                       watched[i].name, now, (int64_t)(now - old));
    }
}
