/* SPDX-License-Identifier: Apache-2.0 */
/* Events as they come: counted, kept for the step in hand, and written to the log. */
#include "scenario/run_priv.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* ---- the log: one line of JSON for each ---------------------------------- */

static void put_text(char *line, size_t size, size_t *used, const char *key, const char *value)
{
    if (value) /* names of processes, steps and statuses need no escapes */
        pel_append(line, size, used, ",\"%s\":\"%s\"", key, value);
    else
        pel_append(line, size, used, ",\"%s\":null", key);
}

static void put_number(char *line, size_t size, size_t *used, const char *key, bool there,
                       uint64_t value)
{
    if (there)
        pel_append(line, size, used, ",\"%s\":%" PRIu64, key, value);
    else
        pel_append(line, size, used, ",\"%s\":null", key);
}

static bool has_slot(pel_event_kind kind)
{
    return kind == PEL_EVENT_PAGE_FILE_READ || kind == PEL_EVENT_PAGE_FILE_WRITE;
}

static void write_log(pel_run *run, const pel_event *e, size_t owner)
{
    char line[512];
    size_t used = 0;
    pel_append(line, sizeof line, &used, "{\"schema\":\"pelorus.event/1\",\"event\":%" PRIu64,
               run->event_number);
    put_text(line, sizeof line, &used, "step", run->step ? run->step->number : NULL);
    put_text(line, sizeof line, &used, "kind", pel_event_name(e->kind));
    put_text(line, sizeof line, &used, "process",
             owner == PEL_NO_NAME ? NULL : run->s->processes[owner].name);
    put_number(line, sizeof line, &used, "va", true, e->va.v);
    put_number(line, sizeof line, &used, "frame", e->frame != PEL_NO_FRAME, e->frame);
    put_text(line, sizeof line, &used, "status", e->status ? pel_ntstatus_name(e->status) : NULL);
    put_number(line, sizeof line, &used, "slot", has_slot(e->kind), e->slot);
    put_number(line, sizeof line, &used, "pages", e->kind == PEL_EVENT_COMMIT, e->pages);
    pel_append(line, sizeof line, &used, ",\"dirty\":%s", e->dirty ? "true" : "false");
    put_text(line, sizeof line, &used, "list",
             e->kind == PEL_EVENT_TRIM ? pel_frame_list_name(e->list) : NULL);
    pel_append(line, sizeof line, &used, ",\"lost\":%s}\n", e->lost ? "true" : "false");
    if (run->log_status == PEL_OK && used < sizeof line)
        run->log_status = run->options->events.write(run->options->events.ctx, line, used);
}

/* ---- the hook ------------------------------------------------------------ */

/* Events of a kind that end differently must not be told as if they were alike. */
static size_t fate_of(const pel_event *e)
{
    if (e->kind == PEL_EVENT_TRIM)
        return e->list == PEL_LIST_ACTIVE ? 2 : e->dirty;
    return e->kind == PEL_EVENT_REPURPOSE && e->lost;
}

static void tell(void *ctx, const pel_event *event)
{
    pel_run *run = ctx;
    size_t owner = pel_run_owner(run, event->space);
    run->event_number++;
    run->event_total++;
    run->seen[event->kind]++;
    pel_seen *alike = &run->kinds[event->kind][fate_of(event)];
    if (alike->count++ == 0)
        alike->first = *event;
    if (owner != PEL_NO_NAME)
        run->processes[owner].seen[event->kind]++;
    if (run->event_count < PEL_RUN_EVENTS)
        run->events[run->event_count++] = *event;
    if (run->options->events.write)
        write_log(run, event, owner);
}

pel_event_hook pel_run_hook(pel_run *run) { return (pel_event_hook){ .tell = tell, .ctx = run }; }

void pel_run_forget(pel_run *run)
{
    run->event_count = 0;
    run->event_total = 0;
    memset(run->seen, 0, sizeof run->seen);
    memset(run->kinds, 0, sizeof run->kinds);
    run->check_count = 0;
}
