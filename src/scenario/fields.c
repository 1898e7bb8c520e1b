/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/fields.h"

#include <stdio.h>
#include <string.h>

/* ---- names --------------------------------------------------------------- */

static const char *const states[] = { "MEM_FREE", "MEM_RESERVE", "MEM_COMMIT", NULL };
static const char *const types[] = { "MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE", "0", NULL };
static const char *const truths[] = { "false", "true", NULL };
static const char *const places[] = { "not committed", "demand zero", "working set", "frame",
                                      "page file",     "file",        NULL };
static const char *const lists[] = { "none",    "zeroed",   "free",
                                     "standby", "modified", "modified-no-write",
                                     "bad",     "active",   "transition",
                                     NULL };

static const pel_fact single_word[] = { { NULL, PEL_FACT_WORD, NULL } };
static const pel_fact single_number[] = { { NULL, PEL_FACT_COUNT, NULL } };

static const pel_fact fault_fields[] = { { "total", PEL_FACT_COUNT, NULL },
                                         { "soft", PEL_FACT_COUNT, NULL },
                                         { "hard", PEL_FACT_COUNT, NULL },
                                         { "demand_zero", PEL_FACT_COUNT, NULL },
                                         { "transition", PEL_FACT_COUNT, NULL },
                                         { "section_fills", PEL_FACT_COUNT, NULL },
                                         { "section_shared", PEL_FACT_COUNT, NULL },
                                         { "copy_on_write", PEL_FACT_COUNT, NULL },
                                         { "page_file", PEL_FACT_COUNT, NULL },
                                         { "refused", PEL_FACT_COUNT, NULL },
                                         { NULL, PEL_FACT_COUNT, NULL } };

static const pel_fact event_fields[] = {
#define X(id, name, text) { name, PEL_FACT_COUNT, NULL },
#include <pelorus/tables/event.def>
#undef X
    { NULL, PEL_FACT_COUNT, NULL }
};

static const pel_fact counter_fields[] = {
#define X(member, text) { #member, PEL_FACT_COUNT, NULL },
#include <pelorus/tables/counters.def>
#undef X
    { NULL, PEL_FACT_COUNT, NULL }
};

static const pel_fact region_fields[] = { { "state", PEL_FACT_WORD, states },
                                          { "protect", PEL_FACT_WORD, NULL },
                                          { "alloc_protect", PEL_FACT_WORD, NULL },
                                          { "type", PEL_FACT_WORD, types },
                                          { "size", PEL_FACT_ADDRESS, NULL },
                                          { "base", PEL_FACT_ADDRESS, NULL },
                                          { "allocation_base", PEL_FACT_ADDRESS, NULL },
                                          { NULL, PEL_FACT_COUNT, NULL } };

static const pel_fact page_fields[] = {
    { "place", PEL_FACT_WORD, places },    { "list", PEL_FACT_WORD, lists },
    { "protect", PEL_FACT_WORD, NULL },    { "valid", PEL_FACT_FLAG, truths },
    { "shared", PEL_FACT_FLAG, truths },   { "locked", PEL_FACT_FLAG, truths },
    { "modified", PEL_FACT_FLAG, truths }, { "accessed", PEL_FACT_FLAG, truths },
    { "shares", PEL_FACT_COUNT, NULL },    { "frame", PEL_FACT_ADDRESS, NULL },
    { "page_file", PEL_FACT_COUNT, NULL }, { NULL, PEL_FACT_COUNT, NULL }
};

static const pel_fact set_fields[] = {
    { "size", PEL_FACT_COUNT, NULL },    { "peak", PEL_FACT_COUNT, NULL },
    { "minimum", PEL_FACT_COUNT, NULL }, { "maximum", PEL_FACT_COUNT, NULL },
    { "locked", PEL_FACT_COUNT, NULL },  { "private", PEL_FACT_COUNT, NULL },
    { NULL, PEL_FACT_COUNT, NULL }
};

static const pel_fact stack_fields[] = {
    { "limit", PEL_FACT_ADDRESS, NULL },           { "base", PEL_FACT_ADDRESS, NULL },
    { "allocation_base", PEL_FACT_ADDRESS, NULL }, { "guarantee", PEL_FACT_ADDRESS, NULL },
    { "overflowed", PEL_FACT_FLAG, truths },       { NULL, PEL_FACT_COUNT, NULL }
};

static const pel_fact space_fields[] = { { "free", PEL_FACT_ADDRESS, NULL },
                                         { "largest_free", PEL_FACT_ADDRESS, NULL },
                                         { "holes", PEL_FACT_COUNT, NULL },
                                         { NULL, PEL_FACT_COUNT, NULL } };

static const struct {
    const char *name;
    const pel_fact *fields;
} topics[] = {
    [PEL_TOPIC_STATUS] = { "status", single_word },
    [PEL_TOPIC_VALUE] = { "value", single_number },
    [PEL_TOPIC_TEXT] = { "text", single_word },
    [PEL_TOPIC_FAULTS] = { "faults", fault_fields },
    [PEL_TOPIC_EVENTS] = { "events", event_fields },
    [PEL_TOPIC_COUNTERS] = { "counters", counter_fields },
    [PEL_TOPIC_REGION] = { "region", region_fields },
    [PEL_TOPIC_PAGE] = { "page", page_fields },
    [PEL_TOPIC_WORKING_SET] = { "working_set", set_fields },
    [PEL_TOPIC_STACK] = { "stack", stack_fields },
    [PEL_TOPIC_ADDRESS_SPACE] = { "address_space", space_fields },
    [PEL_TOPIC_MEMORY] = { "memory", single_number },
    [PEL_TOPIC_SAME_FRAME] = { "same_frame", single_word },
    [PEL_TOPIC_DIFFERENT_FRAME] = { "different_frame", single_word },
    [PEL_TOPIC_CURVE] = { "curve", single_number },
    [PEL_TOPIC_BELADY] = { "belady", single_word },
};

const pel_fact *pel_topic_fields(pel_topic topic) { return topics[topic].fields; }

const char *pel_topic_name(pel_topic topic) { return topics[topic].name; }

/* ---- values -------------------------------------------------------------- */

uint64_t pel_counter_at(const pel_counters *c, size_t index)
{
    static const size_t offsets[] = {
#define X(member, text) offsetof(pel_counters, member),
#include <pelorus/tables/counters.def>
#undef X
    };
    uint64_t value;
    memcpy(&value, (const char *)c + offsets[index], sizeof value);
    return value;
}

/* A fault is soft, hard, or refused. Frames that the kernel reads for itself count as hard without
 * being faults of the program. */
static uint64_t soft_faults(const pel_counters *c)
{
    uint64_t others = c->hard_faults + c->refusals;
    return c->faults > others ? c->faults - others : 0;
}

static uint64_t fault_count(const pel_counters *c, size_t index)
{
    const uint64_t counts[] = { c->faults,         soft_faults(c),     c->hard_faults,
                                c->demand_zero,    c->transition,      c->section_fills,
                                c->section_shared, c->copies_on_write, c->page_file_reads,
                                c->refusals };
    return counts[index];
}

uint64_t pel_faults_between(const pel_counters *before, const pel_counters *after, size_t index)
{
    const pel_counters made = { .faults = after->faults - before->faults,
                                .hard_faults = after->hard_faults - before->hard_faults,
                                .refusals = after->refusals - before->refusals,
                                .demand_zero = after->demand_zero - before->demand_zero,
                                .transition = after->transition - before->transition,
                                .section_fills = after->section_fills - before->section_fills,
                                .section_shared = after->section_shared - before->section_shared,
                                .copies_on_write = after->copies_on_write - before->copies_on_write,
                                .page_file_reads =
                                    after->page_file_reads - before->page_file_reads };
    return fault_count(&made, index);
}

static pel_value word_of(const char *word)
{
    pel_value v = { .is_word = true };
    snprintf(v.word, sizeof v.word, "%s", word);
    return v;
}

static pel_value number_of(uint64_t number) { return (pel_value){ .number = number }; }

static pel_value flag_of(bool flag) { return word_of(truths[flag]); }

static pel_value protect_of(uint32_t protect)
{
    pel_value v = { .is_word = true };
    pel_protect_format(protect, v.word, sizeof v.word);
    return v;
}

pel_value pel_region_value(const pel_region *region, size_t field)
{
    switch (field) {
    case 0: return word_of(pel_state_name(region->state));
    case 1: return protect_of(region->protect);
    case 2: return protect_of(region->alloc_protect);
    case 3: return word_of(pel_type_name(region->type));
    case 4: return number_of(region->size);
    case 5: return number_of(region->base.v);
    default: return number_of(region->allocation_base.v);
    }
}

pel_value pel_page_value(const pel_page_info *page, size_t field)
{
    bool in_ram = page->frame != PEL_NO_FRAME;
    switch (field) {
    case 0: return word_of(pel_page_place_name(page->place));
    case 1: return word_of(in_ram ? pel_frame_list_name(page->list) : lists[0]);
    case 2: return protect_of(page->protect);
    case 3: return flag_of(page->valid);
    case 4: return flag_of(page->shared);
    case 5: return flag_of(page->locked);
    case 6: return flag_of(page->modified);
    case 7: return flag_of(page->accessed);
    case 8: return number_of(page->shares);
    case 9: return number_of(page->frame);
    default: return number_of(page->page_file);
    }
}

pel_value pel_working_set_value(const pel_working_set *set, size_t field)
{
    const uint64_t values[] = { set->size,    set->peak,   set->minimum,
                                set->maximum, set->locked, set->private_pages };
    return number_of(values[field]);
}

pel_value pel_stack_value(const pel_stack_state *stack, size_t field)
{
    switch (field) {
    case 0: return number_of(stack->limit.v);
    case 1: return number_of(stack->base.v);
    case 2: return number_of(stack->allocation_base.v);
    case 3: return number_of(stack->guarantee);
    default: return flag_of(stack->overflowed);
    }
}

pel_value pel_address_space_value(pel_space *space, size_t field)
{
    uint64_t free = 0, largest = 0, holes = 0;
    pel_va at = { 0 };
    for (pel_region r; pel_nt_success(pel_space_query(space, at, &r)); at.v = r.base.v + r.size) {
        uint64_t end = r.base.v + r.size;
        uint64_t from = pel_round_up(r.base.v ? r.base.v : 1, PEL_GRANULARITY);
        if (r.state != PEL_MEM_FREE || end <= from)
            continue; /* no allocation could begin there */
        free += end - from;
        largest = largest < end - from ? end - from : largest;
        holes++;
    }
    return number_of(field == 0 ? free : field == 1 ? largest : holes);
}
