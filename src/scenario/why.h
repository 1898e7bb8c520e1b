/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCENARIO_WHY_H
#define PEL_SCENARIO_WHY_H

/* One access, told: what was there before, what happened, and what is there now, each sentence with
 * the rule that it follows. pel_why_look before the access, pel_why_event for each of its events,
 * pel_why_conclude after it. */

#include <pelorus/scenario.h>

#include "dump/page.h"

struct pel_emitter;

typedef enum pel_memory_rule_id {
#define X(id, name, certainty, source, text) PEL_MEMORY_##id,
#include "scenario/memory_rules.def"
#undef X
    PEL_MEMORY_RULE_COUNT
} pel_memory_rule_id;

/** What a sentence is about. */
typedef enum pel_why_topic {
    PEL_WHY_REGION,
    PEL_WHY_PROTECTION,
    PEL_WHY_TABLES,
    PEL_WHY_PLACE,
    PEL_WHY_FAULT,
    PEL_WHY_VICTIM,
    PEL_WHY_RESULT,
} pel_why_topic;

/** "region", "protection", ...; never NULL. */
const char *pel_why_topic_name(pel_why_topic topic);

typedef struct pel_why_fact {
    pel_why_topic topic;
    pel_memory_rule_id rule; /* PEL_MEMORY_RULE_COUNT: none */
    char text[360];
} pel_why_fact;

#define PEL_WHY_FACTS 40

typedef struct pel_why {
    bool active, concluded;
    const pel_process *process; /* may be NULL */
    pel_space *space;
    pel_va va;
    pel_access access;
    char name[64]; /* the address in words; may be empty */
    pel_ntstatus status;
    bool in_stack; /* of a thread, whose guard moves */
    bool has_region;
    pel_region region;
    pel_walk before, after;
    pel_page_info page_before, page_after;
    size_t events;
    size_t count;
    pel_why_fact facts[PEL_WHY_FACTS];
} pel_why;

void pel_why_look(pel_why *why, const pel_process *process, pel_space *space, pel_va va,
                  pel_access access);
/** `page`: its page in words, for people who gave it a name; NULL: none. */
void pel_why_event(pel_why *why, const pel_event *event, const char *page);
void pel_why_conclude(pel_why *why, pel_ntstatus status);

/** Everything, as keys of the map that is open. */
void pel_why_walk(struct pel_emitter *e, const pel_why *why);

/** The same in sentences, indented by `indent` columns. */
void pel_why_draw(pel_page *page, const pel_why *why, unsigned indent);

/** How wide text may be: 96 columns, or what the screen has. */
size_t pel_page_columns(const pel_page *page);

/** Words, broken at 96 columns or where the screen ends: the first line is indented by `indent` (0:
 * a label of `hang` columns stands there), the others by `hang`. */
void pel_page_wrap(pel_page *page, unsigned indent, unsigned hang, pel_ink ink, const char *text);

/** "reads", "writes", "executes". */
const char *pel_access_verb(pel_access access);

#endif
