/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCENARIO_PRIV_H
#define PEL_SCENARIO_PRIV_H

/* A scenario after reading: plain data in one arena. Nodes of the YAML tree stay, for they know the
 * places that messages name. */

#include <pelorus/scenario.h>

#include "base/alloc.h"
#include "base/words.h"
#include "base/yaml.h"

/* The bounds of a scenario, beside those of the text itself (base/yaml.h). */
#define PEL_SCENARIO_PROCESSES 32
#define PEL_SCENARIO_NAMES     256                   /* labels and section objects */
#define PEL_SCENARIO_DEPTH     4                     /* of repetitions */
#define PEL_SCENARIO_BYTES     ((uint64_t)1 << 20)   /* of one access */
#define PEL_SCENARIO_SECTION   ((uint64_t)256 << 20) /* of a section object */

#define PEL_NO_NAME SIZE_MAX

/* ---- addresses ---------------------------------------------------------- */

typedef enum pel_term_kind {
    PEL_TERM_NUMBER, /* none: the factor is all */
    PEL_TERM_IMAGE,
    PEL_TERM_IMAGE_END,
    PEL_TERM_ENTRY,
    PEL_TERM_STACK_BASE,
    PEL_TERM_STACK_LIMIT,
    PEL_TERM_STACK_END, /* DeallocationStack */
    PEL_TERM_HEAP,
    PEL_TERM_SECTION, /* of the image: ".data" */
    PEL_TERM_LABEL,
} pel_term_kind;

/* [-] factor * symbol */
typedef struct pel_term {
    bool minus;
    pel_term_kind symbol;
    size_t label;
    pel_str section;
    uint64_t factor;
} pel_term;

#define PEL_TERMS 6

/* Sum of terms. `node` NULL: there is none. */
typedef struct pel_expr {
    const pel_yaml *node;
    size_t count;
    pel_term terms[PEL_TERMS];
} pel_expr;

/* ---- expectations ------------------------------------------------------- */

typedef enum pel_compare {
    PEL_EQ,
    PEL_LT,
    PEL_LE,
    PEL_GT,
    PEL_GE,
    PEL_CHANGE, /* "+3", "-1": against the value before the step */
} pel_compare;

/* What an expectation looks at; each has a table of fields (fields.c). */
typedef enum pel_topic {
    PEL_TOPIC_STATUS,
    PEL_TOPIC_VALUE,
    PEL_TOPIC_TEXT,
    PEL_TOPIC_FAULTS,
    PEL_TOPIC_EVENTS,
    PEL_TOPIC_COUNTERS,
    PEL_TOPIC_REGION,
    PEL_TOPIC_PAGE,
    PEL_TOPIC_WORKING_SET,
    PEL_TOPIC_STACK,
    PEL_TOPIC_ADDRESS_SPACE,
    PEL_TOPIC_MEMORY,
    PEL_TOPIC_SAME_FRAME,
    PEL_TOPIC_DIFFERENT_FRAME,
    PEL_TOPIC_CURVE,
    PEL_TOPIC_BELADY,
} pel_topic;

typedef struct pel_expectation {
    struct pel_expectation *next;
    const pel_yaml *node; /* its key */
    pel_topic topic;
    size_t field;
    pel_compare compare;
    pel_expr want;         /* a number */
    const char *want_text; /* or a word */
    size_t process, other_process;
    pel_expr at, other_at;
    uint64_t size;        /* MEMORY */
    pel_policy policy;    /* CURVE, BELADY */
    uint64_t frames;      /* CURVE; BELADY: fewer frames, or 0 */
    uint64_t more_frames; /* BELADY */
} pel_expectation;

/* ---- steps --------------------------------------------------------------- */

typedef enum pel_verb {
#define X(id, name, text) PEL_VERB_##id,
#include "scenario/verbs.def"
#undef X
    PEL_VERB_COUNT
} pel_verb;

typedef struct pel_step {
    struct pel_step *next;
    const pel_yaml *node; /* its verb */
    pel_verb verb;
    char number[24];
    size_t process; /* PEL_NO_NAME: none */
    pel_expr at;
    bool has_value;
    uint64_t value;
    pel_str bytes; /* instead of a value */
    uint64_t size, count, stride, offset;
    uint64_t pages; /* how many; UINT64_MAX: all */
    const uint64_t *references;
    size_t reference_count;
    pel_access access;
    uint32_t type, protect;
    bool has_protect;
    size_t label;   /* `as` */
    size_t section; /* name of a section object */
    const char *file;
    const pel_yaml *file_node;
    pel_load_options load;
    uint64_t minimum, maximum;
    bool hard;
    const char *text;
    struct pel_step *steps; /* REPEAT */
    struct pel_expectation *expect;
} pel_step;

/* ---- the whole ----------------------------------------------------------- */

typedef struct pel_process_plan {
    const char *name;
    const pel_yaml *node;
    const char *file; /* NULL: an empty process */
    const pel_yaml *file_node;
    pel_load_options load;
    bool own_seed; /* the seed is given: not that of the run */
    pel_space_options space;
    bool limited; /* the working set is */
    bool later;   /* a step starts it */
} pel_process_plan;

struct pel_scenario {
    pel_arena arena;
    const char *title, *teaches, *see;
    uint64_t seed;
    pel_machine_options machine; /* sizes, paging, policy */
    const pel_yaml *machine_node;
    pel_process_plan processes[PEL_SCENARIO_PROCESSES];
    size_t process_count;
    const char *names[PEL_SCENARIO_NAMES]; /* labels */
    size_t name_count;
    const char *sections[PEL_SCENARIO_NAMES];
    size_t section_count;
    pel_policy curves[PEL_POLICY_COUNT];
    size_t curve_count;
    uint64_t curve_frames; /* at most; 0: as many as there are pages */
    pel_step *steps;
};

/* ---- reading ------------------------------------------------------------- */

typedef struct pel_scenario_reader {
    pel_scenario *s;
    pel_scenario_error *error;
    unsigned depth;
} pel_scenario_reader;

/** Report what is wrong at `node`; PEL_MALFORMED. */
pel_status pel_read_fail(pel_scenario_reader *r, const pel_yaml *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
pel_status pel_read_no_memory(pel_scenario_reader *r, const pel_yaml *node);

/** `node` must be of this kind. */
pel_status pel_read_want(pel_scenario_reader *r, const pel_yaml *node, pel_yaml_kind kind);

/** `node` must be a map, with keys of the list `keys` (NULL ends it) only. `what`: "a process". */
pel_status pel_read_keys(pel_scenario_reader *r, const pel_yaml *node, const char *what,
                         const char *const *keys);

/** The value of `key`, which must be there. */
pel_status pel_read_need(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                         const pel_yaml **out);

/** A number within bounds: decimal, 0x..., "64 KiB", "3 pages". */
pel_status pel_read_number(pel_scenario_reader *r, const pel_yaml *node, uint64_t min, uint64_t max,
                           uint64_t *out);
/** The same of `map`'s `key`; `*out` stays when there is no such key. */
pel_status pel_read_number_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                              uint64_t min, uint64_t max, uint64_t *out);
pel_status pel_read_bool_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                            bool *out);
/** Text without zeros in it. */
pel_status pel_read_text(pel_scenario_reader *r, const pel_yaml *node, const char **out);
pel_status pel_read_text_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                            const char **out);
/** One of `words` (NULL ends them); `what` it is for messages: "policy". */
pel_status pel_read_word(pel_scenario_reader *r, const pel_yaml *node, const char *what,
                         const char *const *words, size_t *out);
pel_status pel_read_policy(pel_scenario_reader *r, const pel_yaml *node, pel_policy *out);
/** PEL_MEM_*, PAGE_*, SEC_* constants, one or several with '|' or as a list. `prefix` "MEM_" may be
 *  left out in the text. */
pel_status pel_read_flags(pel_scenario_reader *r, const pel_yaml *node, const char *prefix,
                          uint32_t *out);
/** A process by its name. */
pel_status pel_read_process(pel_scenario_reader *r, const pel_yaml *node, size_t *out);
/** The process that `map` names, or the only one there is. */
pel_status pel_read_process_at(pel_scenario_reader *r, const pel_yaml *map, size_t *out);
/** --base, --aslr and the like, of a process or a load. */
pel_status pel_read_load(pel_scenario_reader *r, const pel_yaml *map, pel_load_options *load);
extern const char *const pel_read_load_keys[]; /* NULL at the end */

/** An address, or any number made of addresses. */
pel_status pel_read_expr(pel_scenario_reader *r, const pel_yaml *node, pel_str text, pel_expr *out);
pel_status pel_read_expr_at(pel_scenario_reader *r, const pel_yaml *map, const char *key,
                            pel_expr *out);
/** "64 KiB" and the like: a unit behind digits, as a factor; 0 when it is none. */
uint64_t pel_read_unit(pel_str unit);
/** Digits as a number, decimal or 0x. */
bool pel_read_digits(pel_str text, uint64_t *out);

/** The index of a label that `as` gives; a new one if need be. */
pel_status pel_read_define(pel_scenario_reader *r, const pel_yaml *node, const char **names,
                           size_t *count, size_t *out);
/** The index of a name that was defined. */
bool pel_read_find(pel_str name, const char *const *names, size_t count, size_t *out);

pel_status pel_read_machine(pel_scenario_reader *r, const pel_yaml *top);
pel_status pel_read_processes(pel_scenario_reader *r, const pel_yaml *top);
pel_status pel_read_steps(pel_scenario_reader *r, const pel_yaml *list, const char *prefix,
                          pel_step **out);
pel_status pel_read_expect(pel_scenario_reader *r, const pel_yaml *node, const pel_step *step,
                           pel_expectation **out);

/** Copy a text to the arena; NULL without memory. */
char *pel_scenario_keep(pel_scenario *s, pel_str text);

#endif
