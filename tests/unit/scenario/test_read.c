/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios that are wrong: each with the place and the words that help. */
#include "scenario_text.h"

typedef struct malformed {
    const char *yaml;
    size_t line, column;
    const char *message; /* a part of it */
} malformed;

static const malformed cases[] = {
    /* the whole */
    { "", 1, 1, "the scenario is empty" },
    { "- 1\n", 1, 1, "a map of keys and values is wanted here, not a list" },
    { "title: x\n", 1, 1, "'schema' is missing" },
    { "schema: pelorus.scenario/2\n", 1, 9, "'pelorus.scenario/2' is no schema" },
    { HEAD "titel: x\n", 2, 1, "did you mean 'title'?" },
    { HEAD "a: [\n", 3, 1, "" },
    { HEAD "a: {b: !x 1}\n", 2, 8, "tags are not supported" },
    { HEAD "steps: []\n", 1, 1, "'processes' is missing" },
    { HEAD "processes: {A: }\n", 1, 1, "'steps' is missing" },
    { HEAD "processes: {A: }\nseed: -1\nsteps: []\n", 3, 7, "'-1' is no number" },
    { HEAD "processes: {A: }\nprocesses: {B: }\n", 3, 1, "here twice" },

    /* the machine */
    { HEAD "machine: {ram: 100}\n", 2, 16, "100 is out of range: 4096 to" },
    { HEAD "machine: {ram: 5000}\n", 2, 16, "a multiple of the page" },
    { HEAD "machine: {ram: much}\n", 2, 16, "'much' is no number" },
    { HEAD "machine: {rum: 1}\n", 2, 11, "a machine has no key 'rum' (did you mean 'ram'?)" },
    { HEAD "machine: {paging: x46}\n", 2, 19, "'x46' is no paging mode (did you mean 'x86'?)" },
    { HEAD "machine: {policy: lru2}\n", 2, 19, "'lru2' is no policy (did you mean 'lru'?)" },
    { HEAD "machine: {policy: opt}\n", 2, 19, "needs to know the future" },
    { HEAD "machine: {page_files: 4 KiB}\n", 2, 23, "a list is wanted here" },
    { HEAD "machine: {page_files: [3 GiB, 2 GiB]}\n", 2, 31, "together are larger than 4 GiB" },
    { HEAD "machine: {page_files: [4 KiB, 7]}\n", 2, 31, "7 is out of range" },
    { HEAD "machine: {page_files: [4096,4096,4096,4096,4096,4096,4096,4096,4096,4096,4096,4096,"
           "4096,4096,4096,4096,4096]}\n",
      2, 104, "more than 16 page files" },

    /* processes */
    { HEAD "processes: [A]\n", 2, 12, "a map of keys and values is wanted" },
    { HEAD "processes: {A B: }\n", 2, 13, "the name of a process" },
    { HEAD "processes: {A: 7}\n", 2, 16, "a map of keys and values is wanted" },
    { HEAD "processes: {A: {imge: x}}\n", 2, 17, "did you mean 'image'?" },
    { HEAD "processes: {A: {base: 0x10000}}\n", 2, 17, "'base' makes sense with an 'image' only" },
    { HEAD "processes: {A: {image: x, base: 0x10001}}\n", 2, 33, "a multiple of 64 KiB" },
    { HEAD "processes: {A: {image: x, aslr: maybe}}\n", 2, 33, "'maybe' is no truth value" },
    { HEAD "processes: {A: {image: x, base: 0x10000, aslr: true}}\n", 2, 48, "not both" },
    { HEAD "processes: {A: {image: x, windows: 95}}\n", 2, 36, "'95' is no Windows" },
    { HEAD "processes: {A: {image: x, addresses: {lowest: 0x10000}}}\n", 2, 27, "the image says" },
    { HEAD "processes: {A: {working_set: {minimum: 9, maximum: 3}}}\n", 2, 30,
      "the minimum is larger than the maximum" },

    /* steps */
    { HEAD "processes: {A: }\nsteps: {a: 1}\n", 3, 8, "a list is wanted here" },
    { ONE "  - raed: {at: 1}\n", 4, 5, "a step has no key 'raed' (did you mean 'read'?)" },
    { ONE "  - {}\n", 4, 5, "the step is empty" },
    { ONE "  - {read: {at: 1}, free: {at: 1}}\n", 4, 21, "there is 'read' already" },
    { ONE "  - read: {}\n", 4, 11, "'at' is missing" },
    { ONE "  - read: {at: 1, sise: 1}\n", 4, 19, "did you mean 'size'?" },
    { ONE "  - read: {at: [1]}\n", 4, 16, "a single value is wanted here" },
    { ONE "  - read: {at: 1, size: 0}\n", 4, 25, "one byte at least" },
    { ONE "  - read: {at: 1, size: 2 MiB}\n", 4, 25, "is out of range" },
    { ONE "  - read: {at: 1, process: B}\n", 4, 28, "no process is called 'B'" },
    { ONE "  - write: {at: 1, value: 1, text: x}\n", 4, 30, "not both" },
    { ONE "  - references: {at: 1, pages: 1 x 2}\n", 4, 32, "'x' is no number of a page" },
    { ONE "  - references: {at: 1, pages: []}\n", 4, 32, "there is no page in the list" },
    { ONE "  - allocate: {size: 1, type: MEM_COMIT}\n", 4, 31, "did you mean 'MEM_COMMIT'?" },
    { ONE "  - allocate: {size: 1, protect: PAGE_RW}\n", 4, 34, "'PAGE_RW' is none of PAGE_*" },
    { ONE "  - allocate: {type: MEM_COMMIT}\n", 4, 15, "'size' is missing" },
    { ONE "  - allocate: {size: 1, as: 'x y'}\n", 4, 29, "a name is a letter" },
    { ONE "  - allocate: {size: 1, as: entry}\n", 4, 29, "'entry' has a meaning already" },
    { ONE "  - protect: {at: 1}\n", 4, 14, "'protect' is missing" },
    { ONE "  - section: {as: S}\n", 4, 14, "needs a 'size'" },
    { ONE "  - section: {as: S, file: x, text: y}\n", 4, 31, "not both" },
    { ONE "  - map: {section: S}\n", 4, 20, "no section is called 'S'" },
    { ONE "  - working_set: {minimum: 1}\n", 4, 18, "'maximum' is missing" },
    { ONE "  - repeat: {times: 0, steps: []}\n", 4, 21, "0 is out of range: 1 to 100000" },
    { ONE "  - repeat: {times: 2, steps: [{note: x}, {nope: y}]}\n", 4, 44,
      "did you mean 'note'?" },
    { ONE "  - repeat: {times: 2, steps: [{repeat: {times: 2, steps: [{repeat: {times: 2, steps: "
          "[{repeat: {times: 2, steps: [{repeat: {times: 2, steps: []}}]}}]}}]}}]}\n",
      4, 125, "nested too deeply" },
    { HEAD "processes: {A: , B: }\nsteps:\n  - read: {at: 1}\n", 4, 11,
      "'process' is missing: which of the 2?" },

    /* addresses */
    { ONE "  - read: {at: heap.bse}\n", 4, 16, "did you mean 'heap.base'?" },
    { ONE "  - read: {at: 1 2}\n", 4, 16, "'1' is no number" },
    { ONE "  - read: {at: 1 +}\n", 4, 16, "an address is wanted here" },
    { ONE "  - read: {at: 1 / 2}\n", 4, 16, "+ and - join the parts" },
    { ONE "  - read: {at: entry * entry}\n", 4, 16, "cannot be multiplied" },
    { ONE "  - read: {at: 1+1+1+1+1+1+1}\n", 4, 16, "more than 6 terms" },
    { ONE "  - read: {at: 99999999999999999999}\n", 4, 16, "is no number" },

    /* expectations */
    { ONE "  - expect: {faults: {hart: 1}}\n", 4, 23, "did you mean 'hard'?" },
    { ONE "  - expect: {falts: {hard: 1}}\n", 4, 14, "did you mean 'faults'?" },
    { ONE "  - expect: {page: {place: nowhere, at: 1}}\n", 4, 28, "'nowhere' is no place" },
    { ONE "  - expect: {page: {valid: maybe, at: 1}}\n", 4, 28, "'maybe' is no valid" },
    { ONE "  - expect: {page: {place: file}}\n", 4, 20, "'at' is missing" },
    { ONE "  - expect: {region: {state: MEM_COMIT, at: 1}}\n", 4, 30,
      "did you mean 'MEM_COMMIT'?" },
    { ONE "  - repeat: {times: 1, steps: []}\n    expect: {events: {trim: 1}}\n", 5, 14,
      "events are those of one step" },
    { ONE "  - expect: {value: 1}\n", 4, 14, "only read, write, fetch and why have a 'value'" },
    { ONE "  - expect: {status: STATUS_NOPE}\n", 4, 22, "'STATUS_NOPE' is no status" },
    { ONE "  - expect: {same_frame: [{A: 1}]}\n", 4, 26, "two addresses are wanted" },
    { ONE "  - expect: {same_frame: [{A: 1}, {B: 1}]}\n", 4, 36, "no process is called 'B'" },
    { ONE "  - expect: {curve: {policy: lru, faults: 1}}\n", 4, 21, "'frames' is missing" },
    { ONE "  - expect: {belady: {policy: lru, frames: [4, 3]}}\n", 4, 48, "3 is out of range" },
    { ONE "  - expect: {counters: {faults: >- }}\n", 4, 33, "" },
    { ONE "  - expect: {faults: {total: '>> 1'}}\n", 4, 30, "'>> 1' is no count: a number" },
    { ONE "  - expect: {faults: {total: '>'}}\n", 4, 30, "'>' is no count: a number" },
    { ONE "  - expect: {faults: {total: zero}}\n", 4, 30, "'zero' is no count: a number" },
    { ONE "  - expect: {counters: {faults: '> -5'}}\n", 4, 33, "'> -5': no count is below 0" },
    { ONE "  - expect: {curve: {policy: lru, frames: 3, faults: many}}\n", 4, 54,
      "'many' is no count" },
    { ONE "  - expect: {status: STATUS_ACESS_VIOLATION}\n", 4, 22,
      "did you mean 'STATUS_ACCESS_VIOLATION'?" },
    { ONE "  - expect: {status: ACESS_VIOLATION}\n", 4, 22, "did you mean 'ACCESS_VIOLATION'?" },
    { ONE "  - expect: {status: 0xC0000004}\n", 4, 22, "'0xC0000004' is no status" },
    { ONE "  - expect: {status: 0x1C0000005}\n", 4, 22, "'0x1C0000005' is no status" },
    { HEAD "processes: {A: }\ncurves: {policies: [lru, best]}\n", 3, 26, "'best' is no policy" },
};

START_TEST(what_is_wrong_has_a_place)
{
    const malformed *c = &cases[_i];
    pel_scenario *s;
    pel_span text = { (const uint8_t *)c->yaml, strlen(c->yaml) };
    pel_status st = pel_scenario_parse(text, NULL, &s, &wrong);
    ck_assert_msg(st == PEL_MALFORMED, "taken: %s", c->yaml);
    ck_assert_ptr_null(s);
    ck_assert_msg(strstr(wrong.message, c->message), "%s\nwant: %s\ngot:  %s", c->yaml, c->message,
                  wrong.message);
    ck_assert_msg(wrong.line == c->line && wrong.column == c->column,
                  "%s%s\nwant %zu:%zu, got %zu:%zu", c->yaml, wrong.message, c->line, c->column,
                  wrong.line, wrong.column);
    ck_assert_uint_gt(strlen(wrong.message), 0);
}
END_TEST

START_TEST(aliases_repeat_what_they_name)
{
    ck_passes(ONE "  - &alloc {allocate: {size: 1 page}, expect: {counters: {commit: +1}}}\n"
                  "  - *alloc\n"
                  "  - *alloc\n"
                  "  - expect: {counters: {commit: 3}}\n");
}
END_TEST

START_TEST(a_billion_laughs_end_at_the_alias_that_is_too_much)
{
    char yaml[2048];
    size_t used =
        (size_t)snprintf(yaml, sizeof yaml, HEAD "anchors:\n  - &l0 [x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++)
        used += (size_t)snprintf(yaml + used, sizeof yaml - used,
                                 "  - &l%d [*l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d]\n", i, i - 1,
                                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    pel_scenario *s;
    pel_span text = { (const uint8_t *)yaml, used };
    ck_assert_int_eq(pel_scenario_parse(text, NULL, &s, &wrong), PEL_LIMIT);
    ck_assert_ptr_null(s);
    ck_assert_uint_eq(wrong.line, 9);
    ck_assert_uint_gt(wrong.column, 8);
    ck_assert_ptr_nonnull(strstr(wrong.message, "too large"));
}
END_TEST

START_TEST(an_alias_cannot_hold_itself)
{
    static const char *const texts[] = { HEAD "anchors: &a [1, *a]\n", HEAD "anchors: *a\n" };
    for (size_t i = 0; i < 2; i++) {
        pel_scenario *s;
        pel_span text = { (const uint8_t *)texts[i], strlen(texts[i]) };
        ck_assert_int_eq(pel_scenario_parse(text, NULL, &s, &wrong), PEL_MALFORMED);
        ck_assert_uint_eq(wrong.line, 2);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const char yaml[] =
        ONE "  - allocate: {size: 1 page, as: a}\n"
            "  - references: {at: a, pages: 0 0 0}\n"
            "  - expect: {page: {at: a, protect: READWRITE}, region: {at: .data, protect: 0}}\n";
    pel_span text = { (const uint8_t *)yaml, sizeof yaml - 1 };
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_scenario *s;
        st = pel_scenario_parse(text, &a, &s, NULL);
        pel_scenario_free(s);
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
}
END_TEST

START_TEST(rules_have_names_of_their_own)
{
    for (size_t i = 0; pel_memory_rule_at(i); i++) {
        const pel_memory_rule *r = pel_memory_rule_at(i);
        ck_assert_uint_gt(strlen(r->text), 20);
        ck_assert_uint_gt(strlen(r->source), 5);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(pel_memory_rule_at(j)->name, r->name);
    }
}
END_TEST

PEL_TESTS(scenario_read)
{
    tcase_add_loop_test(tests, what_is_wrong_has_a_place, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, aliases_repeat_what_they_name);
    tcase_add_test(tests, a_billion_laughs_end_at_the_alias_that_is_too_much);
    tcase_add_test(tests, an_alias_cannot_hold_itself);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, rules_have_names_of_their_own);
}
