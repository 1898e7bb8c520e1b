/* SPDX-License-Identifier: Apache-2.0 */
/* What a step is expected to lead to. */
#include <string.h>

#include "scenario/fields.h"

/* What the expectations of one step have in common. */
typedef struct expect {
    pel_scenario_reader *r;
    const pel_step *step;
    pel_expectation **last;
} expect;

static pel_status add(expect *x, const pel_yaml *node, pel_topic topic, pel_expectation **out)
{
    pel_expectation *e = pel_arena_take(&x->r->s->arena, sizeof *e);
    *out = e;
    if (!e)
        return pel_read_no_memory(x->r, node);
    e->node = node->key ? node->key : node;
    e->topic = topic;
    e->process = x->step->process;
    e->other_process = PEL_NO_NAME;
    e->at = x->step->at;
    *x->last = e;
    x->last = &e->next;
    return PEL_OK;
}

/* ---- what is wanted ------------------------------------------------------ */

/* What is counted is a number, and not below zero. */
static pel_status want_count(expect *x, const pel_yaml *node, pel_str text, pel_compare how)
{
    size_t at = 0;
    while (at < text.len && text.ptr[at] == ' ')
        at++;
    char first = at < text.len ? text.ptr[at] : '\0';
    if (first >= '0' && first <= '9')
        return PEL_OK;
    if (first == '-' && how == PEL_CHANGE)
        return PEL_OK;
    if (first == '-')
        return pel_read_fail(x->r, node, "'%s': no count is below 0", pel_quote(node->text).text);
    return pel_read_fail(x->r, node,
                         "'%s' is no count: a number is wanted, a bound (\"> 3\", \"<= 3\") or a "
                         "change (+1, -1)",
                         pel_quote(node->text).text);
}

/* ">= 3", "+1", "17", "A + 0x1000" */
static pel_status read_number(expect *x, const pel_yaml *node, pel_fact_kind kind,
                              pel_expectation *e)
{
    static const struct {
        const char *sign;
        pel_compare compare;
    } signs[] = { { ">=", PEL_GE }, { "<=", PEL_LE },    { ">", PEL_GT },    { "<", PEL_LT },
                  { "=", PEL_EQ },  { "+", PEL_CHANGE }, { "-", PEL_CHANGE } };
    PEL_TRY(pel_read_want(x->r, node, PEL_YAML_SCALAR));
    pel_str text = node->text;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i].sign);
        if (text.len < n || memcmp(text.ptr, signs[i].sign, n) != 0)
            continue;
        e->compare = signs[i].compare;
        if (*signs[i].sign != '-') { /* a minus belongs to the number */
            text.ptr += n;
            text.len -= n;
        }
        break;
    }
    if (kind == PEL_FACT_COUNT)
        PEL_TRY(want_count(x, node, text, e->compare));
    return pel_read_expr(x->r, node, text, &e->want);
}

static pel_status keep_protect(expect *x, const pel_yaml *node, pel_expectation *e)
{
    char text[96];
    uint32_t protect;
    PEL_TRY(pel_read_flags(x->r, node, "PAGE_", &protect));
    size_t n = pel_protect_format(protect, text, sizeof text);
    e->want_text = pel_scenario_keep(x->r->s, (pel_str){ text, n < sizeof text ? n : sizeof text });
    return e->want_text ? PEL_OK : pel_read_no_memory(x->r, node);
}

static pel_status read_word(expect *x, const pel_yaml *node, const pel_fact *field,
                            pel_expectation *e)
{
    size_t index;
    if (!field->words)
        return keep_protect(x, node, e);
    PEL_TRY(pel_read_word(x->r, node, field->name, field->words, &index));
    e->want_text = field->words[index];
    return PEL_OK;
}

static pel_status read_wanted(expect *x, const pel_yaml *node, const pel_fact *field,
                              pel_expectation *e)
{
    switch (field->kind) {
    case PEL_FACT_COUNT:
    case PEL_FACT_ADDRESS: return read_number(x, node, field->kind, e);
    case PEL_FACT_WORD:
    case PEL_FACT_FLAG: return read_word(x, node, field, e);
    }
    return PEL_OK;
}

/* ---- maps of fields ------------------------------------------------------ */

/* Whether a topic is one of a machine (no process), or of a process, or of a place in it. */
static unsigned scope_of(pel_topic topic)
{
    switch (topic) {
    case PEL_TOPIC_REGION:
    case PEL_TOPIC_PAGE:
    case PEL_TOPIC_MEMORY: return 2;
    case PEL_TOPIC_STACK:
    case PEL_TOPIC_WORKING_SET:
    case PEL_TOPIC_ADDRESS_SPACE: return 1;
    case PEL_TOPIC_STATUS:
    case PEL_TOPIC_VALUE:
    case PEL_TOPIC_TEXT:
    case PEL_TOPIC_FAULTS:
    case PEL_TOPIC_EVENTS:
    case PEL_TOPIC_COUNTERS:
    case PEL_TOPIC_SAME_FRAME:
    case PEL_TOPIC_DIFFERENT_FRAME:
    case PEL_TOPIC_CURVE:
    case PEL_TOPIC_BELADY: return 0;
    }
    return 0;
}

/* `process` and `at` of the map, or those of the step. */
static pel_status read_place(expect *x, const pel_yaml *map, pel_topic topic, pel_expectation *like)
{
    unsigned scope = scope_of(topic);
    like->process = x->step->process;
    like->at = x->step->at;
    if (scope == 0)
        return PEL_OK;
    if (pel_yaml_get(map, "process") || like->process == PEL_NO_NAME)
        PEL_TRY(pel_read_process_at(x->r, map, &like->process));
    if (scope == 1)
        return PEL_OK;
    PEL_TRY(pel_read_expr_at(x->r, map, "at", &like->at));
    if (!like->at.node)
        return pel_read_fail(x->r, map, "'at' is missing: the step has no address of its own");
    return PEL_OK;
}

static size_t known_keys(pel_topic topic, const char **keys)
{
    size_t count = 0;
    const pel_fact *fields = pel_topic_fields(topic);
    while (fields[count].name) {
        keys[count] = fields[count].name;
        count++;
    }
    size_t fields_count = count;
    if (scope_of(topic) > 0)
        keys[count++] = "process";
    if (scope_of(topic) > 1)
        keys[count++] = "at";
    keys[count] = NULL;
    return fields_count;
}

static pel_status read_fields(expect *x, const pel_yaml *map, pel_topic topic)
{
    const char *keys[48];
    pel_expectation like;
    if (topic == PEL_TOPIC_EVENTS && x->step->verb == PEL_VERB_REPEAT)
        return pel_read_fail(x->r, map->key,
                             "events are those of one step; of a repetition take "
                             "`faults` or `counters`");
    size_t count = known_keys(topic, keys);
    PEL_TRY(pel_read_keys(x->r, map, pel_topic_name(topic), keys));
    PEL_TRY(read_place(x, map, topic, &like));
    for (const pel_yaml *v = map->first; v; v = v->next) {
        pel_expectation *e;
        size_t field;
        if (!pel_read_find(v->key->text, keys, count, &field))
            continue; /* process, at */
        PEL_TRY(add(x, v, topic, &e));
        e->process = like.process;
        e->at = like.at;
        e->field = field;
        PEL_TRY(read_wanted(x, v, &pel_topic_fields(topic)[field], e));
    }
    return PEL_OK;
}

/* ---- topics of another form ---------------------------------------------- */

/* A name with or without STATUS_, or a number that has one. */
static bool find_status(pel_str text, pel_ntstatus *out)
{
    uint64_t number;
    if (!pel_read_digits(text, &number))
        return pel_ntstatus_from_name(text.ptr, out) == PEL_OK;
    *out = (pel_ntstatus)number;
    return number <= UINT32_MAX && pel_ntstatus_name(*out);
}

static pel_status unknown_status(expect *x, const pel_yaml *node)
{
    static const char *const names[] = {
#define X(name, value, win32, text) "STATUS_" #name,
#include <pelorus/tables/ntstatus.def>
#undef X
    };
    const char *known[sizeof names / sizeof names[0] + 1] = { NULL };
    bool whole = node->text.len > 7 && memcmp(node->text.ptr, "STATUS_", 7) == 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        known[i] = names[i] + (whole ? 0 : 7);
    return pel_read_fail(x->r, node,
                         "'%s' is no status that a step can have%s; see docs/format/ntstatus.md",
                         pel_quote(node->text).text, pel_suggest(node->text, known).text);
}

static pel_status read_status(expect *x, const pel_yaml *node, pel_topic topic)
{
    pel_expectation *e;
    pel_ntstatus status;
    PEL_TRY(pel_read_want(x->r, node, PEL_YAML_SCALAR));
    if (!find_status(node->text, &status))
        return unknown_status(x, node);
    PEL_TRY(add(x, node, topic, &e));
    e->size = status;
    return PEL_OK;
}

static bool has_a_value(const pel_step *s)
{
    return s->verb == PEL_VERB_READ || s->verb == PEL_VERB_WRITE || s->verb == PEL_VERB_FETCH ||
           s->verb == PEL_VERB_WHY;
}

static pel_status read_value(expect *x, const pel_yaml *node, pel_topic topic)
{
    pel_expectation *e;
    if (!has_a_value(x->step))
        return pel_read_fail(x->r, node->key,
                             "only read, write, fetch and why have a '%s'; `memory` "
                             "looks anywhere",
                             pel_topic_name(topic));
    PEL_TRY(add(x, node, topic, &e));
    if (topic == PEL_TOPIC_TEXT)
        return pel_read_text(x->r, node, &e->want_text);
    return read_number(x, node, PEL_FACT_ADDRESS, e);
}

static pel_status read_memory(expect *x, const pel_yaml *map, pel_topic topic)
{
    static const char *const keys[] = { "process", "at", "size", "value", "text", NULL };
    const pel_yaml *text = pel_yaml_get(map, "text"), *value;
    pel_expectation *e;
    PEL_TRY(pel_read_keys(x->r, map, "memory", keys));
    PEL_TRY(add(x, map, topic, &e));
    PEL_TRY(read_place(x, map, topic, e));
    if (text) {
        PEL_TRY(pel_read_text(x->r, text, &e->want_text));
        e->size = text->text.len;
        return e->size <= 64 ? PEL_OK : pel_read_fail(x->r, text, "64 bytes at most");
    }
    e->size = 1;
    PEL_TRY(pel_read_number_at(x->r, map, "size", 1, 8, &e->size));
    PEL_TRY(pel_read_need(x->r, map, "value", &value));
    return read_number(x, value, PEL_FACT_ADDRESS, e);
}

/* {PROCESS: ADDRESS} */
static pel_status read_owner(expect *x, const pel_yaml *node, size_t *process, pel_expr *at)
{
    PEL_TRY(pel_read_want(x->r, node, PEL_YAML_MAP));
    if (node->count != 1)
        return pel_read_fail(x->r, node, "one process and its address is wanted: {A: heap.base}");
    PEL_TRY(pel_read_process(x->r, node->first->key, process));
    PEL_TRY(pel_read_want(x->r, node->first, PEL_YAML_SCALAR));
    return pel_read_expr(x->r, node->first, node->first->text, at);
}

static pel_status read_frames(expect *x, const pel_yaml *node, pel_topic topic)
{
    pel_expectation *e;
    PEL_TRY(pel_read_want(x->r, node, PEL_YAML_LIST));
    if (node->count != 2)
        return pel_read_fail(x->r, node, "two addresses are wanted: [{A: image}, {B: image}]");
    PEL_TRY(add(x, node, topic, &e));
    PEL_TRY(read_owner(x, node->first, &e->process, &e->at));
    return read_owner(x, node->last, &e->other_process, &e->other_at);
}

static pel_status read_curve(expect *x, const pel_yaml *map, pel_topic topic)
{
    static const char *const keys[] = { "policy", "frames", "faults", NULL };
    const pel_yaml *policy, *frames, *faults;
    pel_expectation *e;
    PEL_TRY(pel_read_keys(x->r, map, "a curve", keys));
    PEL_TRY(add(x, map, topic, &e));
    PEL_TRY(pel_read_need(x->r, map, "policy", &policy));
    PEL_TRY(pel_read_policy(x->r, policy, &e->policy));
    PEL_TRY(pel_read_need(x->r, map, "frames", &frames));
    PEL_TRY(pel_read_number(x->r, frames, 1, (uint64_t)1 << 32, &e->frames));
    PEL_TRY(pel_read_need(x->r, map, "faults", &faults));
    return read_number(x, faults, PEL_FACT_COUNT, e);
}

static pel_status read_belady(expect *x, const pel_yaml *map, pel_topic topic)
{
    static const char *const keys[] = { "policy", "frames", "anomaly", NULL };
    const pel_yaml *policy, *frames = pel_yaml_get(map, "frames");
    pel_expectation *e;
    bool anomaly = true;
    PEL_TRY(pel_read_keys(x->r, map, "belady", keys));
    PEL_TRY(add(x, map, topic, &e));
    PEL_TRY(pel_read_need(x->r, map, "policy", &policy));
    PEL_TRY(pel_read_policy(x->r, policy, &e->policy));
    PEL_TRY(pel_read_bool_at(x->r, map, "anomaly", &anomaly));
    e->want_text = anomaly ? "true" : "false";
    if (!frames)
        return PEL_OK;
    PEL_TRY(pel_read_want(x->r, frames, PEL_YAML_LIST));
    if (frames->count != 2)
        return pel_read_fail(x->r, frames, "two numbers of frames are wanted: [3, 4]");
    PEL_TRY(pel_read_number(x->r, frames->first, 1, (uint64_t)1 << 32, &e->frames));
    return pel_read_number(x->r, frames->last, e->frames + 1, (uint64_t)1 << 32, &e->more_frames);
}

/* ---- the whole ----------------------------------------------------------- */

static const struct {
    const char *name;
    pel_topic topic;
    pel_status (*read)(expect *x, const pel_yaml *node, pel_topic topic);
} readers[] = {
    { "status", PEL_TOPIC_STATUS, read_status },
    { "value", PEL_TOPIC_VALUE, read_value },
    { "text", PEL_TOPIC_TEXT, read_value },
    { "faults", PEL_TOPIC_FAULTS, read_fields },
    { "events", PEL_TOPIC_EVENTS, read_fields },
    { "counters", PEL_TOPIC_COUNTERS, read_fields },
    { "region", PEL_TOPIC_REGION, read_fields },
    { "page", PEL_TOPIC_PAGE, read_fields },
    { "working_set", PEL_TOPIC_WORKING_SET, read_fields },
    { "stack", PEL_TOPIC_STACK, read_fields },
    { "address_space", PEL_TOPIC_ADDRESS_SPACE, read_fields },
    { "memory", PEL_TOPIC_MEMORY, read_memory },
    { "same_frame", PEL_TOPIC_SAME_FRAME, read_frames },
    { "different_frame", PEL_TOPIC_DIFFERENT_FRAME, read_frames },
    { "curve", PEL_TOPIC_CURVE, read_curve },
    { "belady", PEL_TOPIC_BELADY, read_belady },
};

#define READERS (sizeof readers / sizeof readers[0])

/* Several of a kind stand in a list; frames are a list by themselves. */
static pel_status read_topic(expect *x, const pel_yaml *node, size_t which)
{
    pel_topic topic = readers[which].topic;
    bool pair = topic == PEL_TOPIC_SAME_FRAME || topic == PEL_TOPIC_DIFFERENT_FRAME;
    bool many = node->kind == PEL_YAML_LIST &&
                (!pair || (node->first && node->first->kind == PEL_YAML_LIST));
    if (!many)
        return readers[which].read(x, node, topic);
    for (const pel_yaml *item = node->first; item; item = item->next)
        PEL_TRY(readers[which].read(x, item, topic));
    return PEL_OK;
}

pel_status pel_read_expect(pel_scenario_reader *r, const pel_yaml *node, const pel_step *step,
                           pel_expectation **out)
{
    expect x = { r, step, out };
    const char *names[READERS + 1] = { NULL };
    for (size_t i = 0; i < READERS; i++)
        names[i] = readers[i].name;
    PEL_TRY(pel_read_keys(r, node, "expect", names));
    for (const pel_yaml *v = node->first; v; v = v->next) {
        size_t which;
        if (pel_read_find(v->key->text, names, READERS, &which))
            PEL_TRY(read_topic(&x, v, which));
    }
    return PEL_OK;
}
