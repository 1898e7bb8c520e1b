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

static const char *s_of(uint64_t n) { return n == 1 ? "" : "s"; }

/* What a sentence is made of. */
typedef struct words {
    const pel_run *run;
    const pel_outcome *o;
    const pel_step *s;
    const char *who;
    char place[128], amount[16], verb[64];
} words;

/* The verb of a call: what it did, or what was wanted when it is refused. */
static const char *does(words *w, const char *does, const char *wants)
{
    bool done = pel_nt_success(w->o->status);
    snprintf(w->verb, sizeof w->verb, "%s%s", done ? "" : "wants to ", done ? does : wants);
    return w->verb;
}

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
        pel_append(out, size, &used, ": 0x%" PRIx64 "%s", w->o->value,
                   w->o->size > 8 ? " in the first 8 bytes" : "");
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

/* Kinds of allocating and freeing that have a word of their own. */
static const struct {
    uint32_t type;
    const char *does, *wants;
} kinds[] = {
    { PEL_MEM_RESERVE | PEL_MEM_COMMIT, "reserves and commits", "reserve and commit" },
    { PEL_MEM_RESERVE, "reserves", "reserve" },
    { PEL_MEM_COMMIT, "commits", "commit" },
    { PEL_MEM_RESET, "resets", "reset" },
    { PEL_MEM_RESET_UNDO, "takes back the reset of", "take back the reset of" },
    { PEL_MEM_DECOMMIT, "decommits", "decommit" },
    { PEL_MEM_RELEASE, "releases", "release" },
};

/* The word for `type`, and the part of it that the word does not say. */
static const char *kind_of(words *w, uint32_t type, const char *otherwise, uint32_t *rest)
{
    const uint32_t main = PEL_MEM_RESERVE | PEL_MEM_COMMIT | PEL_MEM_RESET | PEL_MEM_RESET_UNDO |
                          PEL_MEM_DECOMMIT | PEL_MEM_RELEASE;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].type != (type & main))
            continue;
        *rest = type & ~main;
        return does(w, kinds[i].does, kinds[i].wants);
    }
    *rest = type;
    return does(w, otherwise, otherwise);
}

/* ", MEM_TOP_DOWN|MEM_WRITE_WATCH" */
static void tell_type(uint32_t type, char *out, size_t size, size_t *used)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = {
#define X(name, value) { value, #name },
#include <pelorus/tables/memory.def>
#undef X
    };
    const char *between = ", ";
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if (strncmp(bits[i].name, "MEM_", 4) != 0 || !(type & bits[i].bit))
            continue;
        pel_append(out, size, used, "%s%s", between, bits[i].name);
        type &= ~bits[i].bit;
        between = "|";
    }
    if (type)
        pel_append(out, size, used, "%s0x%" PRIx32, between, type);
}

/* " at 0x... as name" */
static void tell_label(const words *w, char *out, size_t size, size_t *used)
{
    const char *name = w->s->label != PEL_NO_NAME ? w->run->s->names[w->s->label] : NULL;
    bool named = name && strncmp(w->place, name, strlen(name)) == 0;
    pel_append(out, size, used, " at %s%s%s", w->place, name && !named ? " as " : "",
               name && !named ? name : "");
}

static void tell_allocate(words *w, char *out, size_t size)
{
    char protect[96];
    size_t used = 0;
    uint32_t rest, type = w->s->type;
    bool done = pel_nt_success(w->o->status);
    if (type == PEL_MEM_COMMIT && !w->s->at.node)
        type |= PEL_MEM_RESERVE; /* there is nothing that could be committed */
    const char *verb = kind_of(w, type, "allocate", &rest);
    pel_append(out, size, &used, "%s %s %s", w->who, verb,
               amount(w, done ? w->o->size : w->s->size));
    if (done || w->s->at.node)
        tell_label(w, out, size, &used);
    pel_protect_format(w->s->protect, protect, sizeof protect);
    if (!(type & (PEL_MEM_RESET | PEL_MEM_RESET_UNDO)))
        pel_append(out, size, &used, ", %s", protect);
    tell_type(rest, out, size, &used);
    if (!type)
        pel_append(out, size, &used, ", type 0");
}

static void tell_free(words *w, char *out, size_t size)
{
    size_t used = 0;
    uint32_t rest;
    const char *verb = kind_of(w, w->s->type, "free", &rest);
    pel_append(out, size, &used, "%s %s %s at %s", w->who, verb,
               w->o->size ? amount(w, w->o->size) : "what is", w->place);
    tell_type(rest, out, size, &used);
    if (!w->s->type)
        pel_append(out, size, &used, ", type 0");
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
    bool lock = w->s->verb == PEL_VERB_LOCK;
    const char *verb = does(w, lock ? "locks" : "unlocks", lock ? "lock" : "unlock");
    snprintf(out, size, "%s %s %s at %s", w->who, verb, amount(w, w->o->size), w->place);
}

static void tell_section(words *w, char *out, size_t size)
{
    char file[96] = "";
    if (w->s->file)
        pel_line_text((pel_str){ w->s->file, strlen(w->s->file) }, file, sizeof file);
    snprintf(out, size, "a section object %s is %s: %s of %s%s", w->run->s->sections[w->s->section],
             pel_nt_success(w->o->status) ? "made" : "wanted", amount(w, w->o->size),
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
        snprintf(out, size, "%" PRIu64 " page%s the working set of %s", w->o->count,
                 w->o->count == 1 ? " leaves" : "s leave", w->who);
}

static void tell_limits(words *w, char *out, size_t size)
{
    snprintf(out, size, "%s %s %" PRIu64 " to %" PRIu64 " pages in RAM%s", w->who,
             pel_nt_success(w->o->status) ? "may have" : "wants to have", w->s->minimum,
             w->s->maximum, w->s->hard ? ", and not one more" : "");
}

static void tell_system(words *w, char *out, size_t size)
{
    switch ((unsigned)w->s->verb) {
    case PEL_VERB_WRITE_MODIFIED:
        snprintf(out, size, "the modified-page writer writes %" PRIu64 " page%s", w->o->count,
                 s_of(w->o->count));
        break;
    case PEL_VERB_ZERO_FREE:
        snprintf(out, size, "the zero-page thread zeroes %" PRIu64 " frame%s", w->o->count,
                 s_of(w->o->count));
        break;
    case PEL_VERB_BALANCE:
        if (w->s->pages == 1)
            snprintf(out, size, "the balance-set manager runs");
        else
            snprintf(out, size, "the balance-set manager runs %" PRIu64 " times", w->s->pages);
        break;
    case PEL_VERB_START: snprintf(out, size, "%s %s", w->who, does(w, "starts", "start")); break;
    case PEL_VERB_EXIT: snprintf(out, size, "%s ends", w->who); break;
    case PEL_VERB_UNMAP:
        snprintf(out, size, "%s %s the view at %s", w->who, does(w, "unmaps", "unmap"), w->place);
        break;
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
