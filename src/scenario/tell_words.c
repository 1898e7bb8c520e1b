/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario/tell.h"
#include "scenario/why.h"

/* ---- places and numbers -------------------------------------------------- */

void pel_tell_place(const pel_run *run, size_t process, pel_va va, char *out, size_t size)
{
    char name[64];
    if (pel_run_name(run, process, va, name, sizeof name) > 0)
        snprintf(out, size, "%s (0x%" PRIx64 ")", name, va.v);
    else
        snprintf(out, size, "0x%" PRIx64, va.v);
}

void pel_tell_status(pel_ntstatus status, char *out, size_t size)
{
    const char *name = pel_ntstatus_name(status);
    if (name)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "0x%08" PRIX32, status);
}

/* What a sentence is made of. */
typedef struct words {
    const pel_run *run;
    const pel_outcome *o;
    const pel_step *s;
    const char *who;
    char place[128], amount[16];
} words;

/* "3 pages", "64 KiB", "5 B" */
static const char *amount(words *w, uint64_t bytes)
{
    pel_size_text(bytes, w->amount);
    return w->amount;
}

/* ---- accesses ------------------------------------------------------------ */

static void tell_loop(const words *w, char *out, size_t size, size_t *used)
{
    int64_t stride = (int64_t)w->s->stride;
    if (w->s->count == 1)
        return;
    if (stride == PEL_PAGE_SIZE)
        pel_append(out, size, used, ", and so on in each of %" PRIu64 " pages", w->s->count);
    else if (stride == -(int64_t)PEL_PAGE_SIZE)
        pel_append(out, size, used, ", and so on in each of %" PRIu64 " pages downwards",
                   w->s->count);
    else
        pel_append(out, size, used, ", %" PRIu64 " times, %" PRId64 " bytes apart", w->s->count,
                   stride);
}

static void tell_text(const words *w, char *out, size_t size, size_t *used)
{
    char safe[PEL_RUN_TEXT * 4];
    size_t n = w->s->bytes.len < PEL_RUN_TEXT ? w->s->bytes.len : PEL_RUN_TEXT;
    pel_line_text((pel_str){ w->s->bytes.ptr, n }, safe, sizeof safe);
    pel_append(out, size, used, "%s writes \"%s\"%s at %s", w->who, safe,
               n < w->s->bytes.len ? "..." : "", w->place);
}

static void tell_access(words *w, char *out, size_t size)
{
    size_t used = 0;
    if (w->s->access == PEL_WRITE && w->s->bytes.len > 0)
        tell_text(w, out, size, &used);
    else if (w->s->access == PEL_WRITE)
        pel_append(out, size, &used, "%s writes 0x%" PRIx64 " at %s", w->who, w->s->value,
                   w->place);
    else
        pel_append(out, size, &used, "%s %s %s at %s", w->who, pel_access_verb(w->s->access),
                   w->o->size == 1 ? "the byte" : amount(w, w->o->size), w->place);
    tell_loop(w, out, size, &used);
    if (w->s->access == PEL_READ && w->o->has_value && w->s->count == 1)
        pel_append(out, size, &used, ": 0x%" PRIx64, w->o->value);
}

#define SHOWN_REFERENCES 40

static void tell_references(words *w, char *out, size_t size)
{
    static const char *const verbs[] = { "reads", "writes to", "executes in" };
    size_t used = 0;
    pel_append(out, size, &used, "%s %s pages", w->who, verbs[w->s->access]);
    for (size_t i = 0; i < w->s->reference_count && i < SHOWN_REFERENCES; i++)
        pel_append(out, size, &used, " %" PRIu64, w->s->references[i]);
    pel_append(out, size, &used, "%s of %s", w->s->reference_count > SHOWN_REFERENCES ? " ..." : "",
               w->place);
}

/* ---- memory -------------------------------------------------------------- */

static const char *done_by_type(uint32_t type)
{
    bool reserve = type & PEL_MEM_RESERVE, commit = type & PEL_MEM_COMMIT;
    if (type & PEL_MEM_RESET)
        return "resets";
    return reserve && commit ? "reserves and commits" : reserve ? "reserves" : "commits";
}

static void tell_allocate(words *w, char *out, size_t size)
{
    char protect[96];
    size_t used = 0;
    const char *name = w->s->label != PEL_NO_NAME ? w->run->s->names[w->s->label] : NULL;
    pel_protect_format(w->s->protect, protect, sizeof protect);
    bool done = pel_nt_success(w->o->status);
    pel_append(out, size, &used, "%s %s%s %s", w->who,
               done ? "" : "wants: ", done_by_type(w->s->type),
               amount(w, done ? w->o->size : w->s->size));
    if (done || w->s->at.node)
        pel_append(out, size, &used, " at %s%s", w->place,
                   name && strncmp(w->place, name, strlen(name)) ? " as " : "");
    if (name && (done || w->s->at.node) && strncmp(w->place, name, strlen(name)))
        pel_append(out, size, &used, "%s", name);
    pel_append(out, size, &used, ", %s", protect);
}

static void tell_free(words *w, char *out, size_t size)
{
    bool decommit = w->s->type & PEL_MEM_DECOMMIT;
    if (w->o->size)
        snprintf(out, size, "%s %s %s at %s", w->who, decommit ? "decommits" : "releases",
                 amount(w, w->o->size), w->place);
    else
        snprintf(out, size, "%s %s what is at %s", w->who, decommit ? "decommits" : "releases",
                 w->place);
}

static void tell_protect(words *w, char *out, size_t size)
{
    char now[96], old[96];
    pel_protect_format(w->s->protect, now, sizeof now);
    pel_protect_format((uint32_t)w->o->value, old, sizeof old);
    if (w->o->has_value)
        snprintf(out, size, "%s makes %s at %s %s; it was %s", w->who, amount(w, w->o->size),
                 w->place, now, old);
    else
        snprintf(out, size, "%s wants %s at %s to be %s", w->who, amount(w, w->o->size), w->place,
                 now);
}

static void tell_query(words *w, char *out, size_t size)
{
    const pel_region *r = &w->o->region;
    char protect[96];
    size_t used = 0;
    pel_append(out, size, &used, "%s asks what is at %s", w->who, w->place);
    if (!w->o->has_region)
        return;
    pel_protect_format(r->protect, protect, sizeof protect);
    pel_append(out, size, &used, ": %s, %s from 0x%" PRIx64, pel_state_name(r->state),
               amount(w, r->size), r->base.v);
    if (r->state == PEL_MEM_COMMIT)
        pel_append(out, size, &used, ", %s, %s", protect, pel_type_name(r->type));
}

static void tell_range(words *w, char *out, size_t size)
{
    static const struct {
        pel_verb verb;
        const char *text;
    } verbs[] = { { PEL_VERB_LOCK, "locks" }, { PEL_VERB_UNLOCK, "unlocks" } };
    const char *text = w->s->verb == verbs[0].verb ? verbs[0].text : verbs[1].text;
    snprintf(out, size, "%s %s %s at %s", w->who, text, amount(w, w->o->size), w->place);
}

static void tell_section(words *w, char *out, size_t size)
{
    char file[96] = "";
    if (w->s->file)
        pel_line_text((pel_str){ w->s->file, strlen(w->s->file) }, file, sizeof file);
    snprintf(out, size, "a section object %s is made: %s of %s%s",
             w->run->s->sections[w->s->section], amount(w, w->o->size),
             w->s->file        ? "the file "
             : w->s->has_value ? "a data file"
                               : "memory that the page files back",
             file);
}

static void tell_map(words *w, char *out, size_t size)
{
    const char *section = w->run->s->sections[w->s->section];
    if (w->o->has_at)
        snprintf(out, size, "%s maps %s of section %s at %s", w->who, amount(w, w->o->size),
                 section, w->place);
    else
        snprintf(out, size, "%s wants to map section %s", w->who, section);
}

static void tell_load(words *w, char *out, size_t size)
{
    char file[96];
    pel_line_text((pel_str){ w->s->file, strlen(w->s->file) }, file, sizeof file);
    if (w->o->has_at)
        snprintf(out, size, "%s loads %s at %s, %s", w->who, file, w->place, amount(w, w->o->size));
    else
        snprintf(out, size, "%s wants to load %s", w->who, file);
}

/* ---- the system ---------------------------------------------------------- */

static void tell_trim(words *w, char *out, size_t size)
{
    if (w->s->at.node)
        snprintf(out, size, "the page at %s %s the working set of %s", w->place,
                 w->o->count ? "leaves" : "is not in, or stays in,", w->who);
    else
        snprintf(out, size, "%" PRIu64 " pages leave the working set of %s", w->o->count, w->who);
}

static void tell_limits(words *w, char *out, size_t size)
{
    snprintf(out, size, "%s may have %" PRIu64 " to %" PRIu64 " pages in RAM%s", w->who,
             w->s->minimum, w->s->maximum, w->s->hard ? ", and not one more" : "");
}

static void tell_system(words *w, char *out, size_t size)
{
    switch ((unsigned)w->s->verb) {
    case PEL_VERB_WRITE_MODIFIED:
        snprintf(out, size, "the modified-page writer writes %" PRIu64 " pages", w->o->count);
        break;
    case PEL_VERB_ZERO_FREE:
        snprintf(out, size, "the zero-page thread zeroes %" PRIu64 " frames", w->o->count);
        break;
    case PEL_VERB_BALANCE:
        snprintf(out, size, "the balance-set manager runs%s",
                 w->s->pages > 1 ? ", some times" : "");
        break;
    case PEL_VERB_START: snprintf(out, size, "%s starts", w->who); break;
    case PEL_VERB_EXIT: snprintf(out, size, "%s ends", w->who); break;
    case PEL_VERB_UNMAP: snprintf(out, size, "%s unmaps the view at %s", w->who, w->place); break;
    default: out[0] = '\0'; break;
    }
}

typedef void teller(words *w, char *out, size_t size);

static teller *const tellers[PEL_VERB_COUNT] = {
    [PEL_VERB_READ] = tell_access,
    [PEL_VERB_WRITE] = tell_access,
    [PEL_VERB_FETCH] = tell_access,
    [PEL_VERB_WHY] = tell_access,
    [PEL_VERB_REFERENCES] = tell_references,
    [PEL_VERB_ALLOCATE] = tell_allocate,
    [PEL_VERB_FREE] = tell_free,
    [PEL_VERB_PROTECT] = tell_protect,
    [PEL_VERB_QUERY] = tell_query,
    [PEL_VERB_LOCK] = tell_range,
    [PEL_VERB_UNLOCK] = tell_range,
    [PEL_VERB_SECTION] = tell_section,
    [PEL_VERB_MAP] = tell_map,
    [PEL_VERB_LOAD] = tell_load,
    [PEL_VERB_TRIM] = tell_trim,
    [PEL_VERB_WORKING_SET] = tell_limits,
};

void pel_tell_step(const pel_run *run, const pel_outcome *outcome, char *out, size_t size)
{
    const pel_step *s = outcome->step;
    words w = { .run = run, .o = outcome, .s = s };
    w.who = s->process != PEL_NO_NAME ? run->s->processes[s->process].name : "the system";
    pel_tell_place(run, s->process, outcome->at, w.place, sizeof w.place);
    teller *tell = tellers[s->verb] ? tellers[s->verb] : tell_system;
    tell(&w, out, size);
}

/* ---- events -------------------------------------------------------------- */

/* How an event is told: "%P" is the page, "%F" the frame, "%S" the slot, "%L" the list, "%N" a
 * number of pages, "%C" a status. */
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
    [PEL_EVENT_TRIM] = "trim: %P leaves the working set, frame %F goes to the %L list",
    [PEL_EVENT_PAGE_FILE_WRITE] = "page out: %P is written to page %S of the page file",
    [PEL_EVENT_FILE_WRITE] = "write back: %P is written to its file",
    [PEL_EVENT_REPURPOSE] = "repurpose: frame %F is used again; %P is in its backing store only",
    [PEL_EVENT_COMMIT] = "commit: %N more pages are promised",
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
    case 'L': pel_append(out, size, used, "%s", e->dirty ? "modified" : "standby"); break;
    case 'N': pel_append(out, size, used, "%" PRIu64, e->pages); break;
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
