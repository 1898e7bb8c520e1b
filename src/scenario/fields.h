/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCENARIO_FIELDS_H
#define PEL_SCENARIO_FIELDS_H

/* What can be expected of a machine, by name. */

#include "scenario/scenario_priv.h"

typedef enum pel_fact_kind {
    PEL_FACT_COUNT,   /* a number */
    PEL_FACT_ADDRESS, /* a number in hexadecimal */
    PEL_FACT_WORD,    /* a name */
    PEL_FACT_FLAG,    /* true or false */
} pel_fact_kind;

typedef struct pel_fact {
    const char *name;
    pel_fact_kind kind;
    const char *const *words; /* those that there are; NULL: any */
} pel_fact;

/** The fields of a topic (NULL name at the end); one without a name for topics with a single one.
 */
const pel_fact *pel_topic_fields(pel_topic topic);

/** "page", "counters", ...: the key in `expect`. */
const char *pel_topic_name(pel_topic topic);

/** A counter by its index in PEL_TOPIC_COUNTERS. */
uint64_t pel_counter_at(const pel_counters *c, size_t index);
/** How many of PEL_TOPIC_FAULTS there were between the two. */
uint64_t pel_faults_between(const pel_counters *before, const pel_counters *after, size_t index);

/** What one has: a number, or a word. */
typedef struct pel_value {
    bool is_word;
    uint64_t number;
    char word[96];
} pel_value;

pel_value pel_region_value(const pel_region *region, size_t field);
pel_value pel_page_value(const pel_page_info *page, size_t field);
pel_value pel_working_set_value(const pel_working_set *set, size_t field);
pel_value pel_stack_value(const pel_stack_state *stack, size_t field);
/** The free ranges of a space. */
pel_value pel_address_space_value(pel_space *space, size_t field);

#endif
