/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: verbs, expectations that hold and that do not, bounds, the log of events. */
#include "scenario_text.h"

#define TWO   HEAD "processes: {A: , B: }\nsteps:\n"
#define IMAGE HEAD "processes: {A: {image: sample.exe}}\nsteps:\n"

/* ---- verbs --------------------------------------------------------------- */

static const char *const good[] = {
    /* memory */
    ONE "  - allocate: {at: 0x50000, size: 2 pages, type: [MEM_RESERVE], as: a}\n"
        "    expect: {region: {base: 0x50000, state: MEM_RESERVE, size: 0x2000, protect: 0}}\n"
        "  - allocate: {at: a + 1 page, size: 1, type: commit, protect: readonly}\n"
        "    expect: {region: {at: a + page, state: MEM_COMMIT, protect: READONLY}}\n"
        "  - write: {at: a + 1 page}\n"
        "    expect: {status: 0xC0000005, events: {violation: 1},\n"
        "             faults: {refused: 1, soft: 0, hard: 0, total: 1}}\n"
        "  - protect: {at: a + 1 page, size: 1, protect: PAGE_READWRITE}\n"
        "  - write: {at: a + 1 page + 6, value: 0x1234}\n"
        "    expect: {memory: {at: a + 1 page + 7, value: 0x12}}\n"
        "  - query: {at: a}\n"
        "  - free: {at: a}\n"
        "    expect: {region: {at: a, state: MEM_FREE}, counters: {commit: 0}}\n",
    /* text, and accesses across pages */
    ONE "  - allocate: {size: 2 pages, as: a}\n"
        "  - write: {at: a + 1 page - 3, text: sea water}\n"
        "    expect: {faults: {demand_zero: 2}, text: sea}\n"
        "  - read: {at: a + 1 page - 3, size: 9}\n"
        "    expect: {text: sea water, faults: {total: 0}}\n",
    /* labels, strides, arithmetic */
    ONE "  - allocate: {size: 8 pages, as: a}\n"
        "  - write: {at: a + 7 pages, count: 4, stride: -0x2000, value: 5}\n"
        "    expect: {faults: {demand_zero: 4}}\n"
        "  - read: {at: a + 2 * page - page}\n"
        "    expect: {value: 5, page: {valid: true, list: active, locked: false}}\n"
        "  - read: {at: a}\n"
        "    expect: {value: 0}\n",
    /* working sets and page lists */
    ONE "  - allocate: {size: 4 pages, as: a}\n"
        "  - write: {at: a, count: 4}\n"
        "    expect: {working_set: {size: 4, private: 4}}\n"
        "  - lock: {at: a}\n"
        "    expect: {page: {locked: true}, working_set: {locked: 1}}\n"
        "  - trim: {at: a + page}\n"
        "    expect: {page: {place: frame, list: modified}, counters: {modified: +1}}\n"
        "  - trim: A\n"
        "    expect: {working_set: {size: 1}, counters: {modified: 3}}\n"
        "  - read: {at: a + page}\n"
        "    expect: {faults: {transition: 1, soft: 1, hard: 0}}\n"
        "  - unlock: {at: a}\n"
        "  - working_set: {minimum: 1, maximum: 1, hard: true}\n"
        "    expect: {working_set: {size: '<= 1', maximum: 1}}\n"
        "  - balance: 2\n"
        "  - free: {at: a}\n"
        "  - zero_free: all\n"
        "    expect: {counters: {free: 0}}\n",
    /* sharing */
    TWO "  - section: {as: S, size: 1 page}\n"
        "  - map: {process: A, section: S, as: a}\n"
        "  - map: {process: B, section: S, as: b}\n"
        "  - write: {process: A, at: a, value: 7}\n"
        "  - read: {process: B, at: b}\n"
        "    expect: {value: 7, same_frame: [{A: a}, {B: b}], page: {shared: true, shares: 2}}\n"
        "  - unmap: {process: A, at: a}\n"
        "    expect: {page: {process: B, at: b, shares: 1}}\n",
    ONE "  - section: {as: S, file: data, protect: READONLY}\n"
        "  - map: {section: S, as: a, protect: READONLY}\n"
        "  - read: {at: a + 2, size: 3}\n"
        "    expect: {text: cde, faults: {hard: 1}, region: {type: MEM_MAPPED}}\n"
        "  - section: {as: T, text: hello}\n"
        "  - map: {section: T, as: b}\n"
        "  - read: {at: b, size: 8}\n"
        "    expect: {text: hello}\n",
    /* images */
    IMAGE "  - fetch: {at: entry}\n"
          "    expect: {value: 0x31, page: {place: working set, protect: EXECUTE_READ}}\n"
          "  - read: {at: .data, size: 2}\n"
          "    expect: {value: 0x201}\n"
          "  - read: {at: image}\n"
          "    expect: {value: 0x4d, region: {base: image, allocation_base: image}}\n"
          "  - read: {at: image.end}\n"
          "    expect: {status: ACCESS_VIOLATION}\n"
          "  - write: {at: stack.base - 8, size: 8, value: 1}\n"
          "  - write: {at: heap.base}\n"
          "    expect: {stack: {overflowed: false, limit: stack.limit}}\n",
    HEAD "processes: {A: }\nsteps:\n"
         "  - load: {image: sample.exe, as: lib}\n"
         "  - read: {at: lib}\n"
         "    expect: {value: 0x4d, region: {type: MEM_IMAGE}}\n",
    /* lives */
    TWO "  - exit: A\n"
        "  - start: A\n"
        "  - start: B\n"
        "    expect: {counters: {frames_used: '> 0'}}\n",
    /* repetitions */
    ONE "  - allocate: {size: 1 page, as: a}\n"
        "  - repeat:\n"
        "      times: 3\n"
        "      steps:\n"
        "        - repeat: {times: 2, steps: [{read: {at: a}}]}\n"
        "    expect: {counters: {reads: +6}, faults: {total: 1}}\n",
    /* holes */
    HEAD "processes: {A: {addresses: {lowest: 0x10000, highest: 0x4ffff}}}\nsteps:\n"
         "  - allocate: {at: 0x20000, size: 1 page}\n"
         "    expect: {address_space: {largest_free: 128 KiB, holes: '>= 2'}}\n",
};

START_TEST(steps_do_what_they_say)
{
    ck_passes(good[_i]);
}
END_TEST

/* ---- expectations that fail ---------------------------------------------- */

static const struct {
    const char *yaml, *shown;
} bad[] = {
    { ONE "  - read: {at: 0x10000}\n", "status: expected success, found STATUS_ACCESS_VIOLATION" },
    { ONE "  - read: {at: 0x10000}\n    expect: {status: GUARD_PAGE_VIOLATION}\n",
      "expected STATUS_GUARD_PAGE_VIOLATION, found STATUS_ACCESS_VIOLATION" },
    { ONE "  - read: {at: 0x10000}\n    expect: {status: ACCESS_VIOLATION, value: 0}\n",
      "the access was refused" },
    { ONE "  - allocate: {size: 1 page}\n    expect: {counters: {commit: +2}}\n",
      "counters.commit: expected +2, found +1 (line 5, column 25)" },
    { ONE "  - allocate: {size: 1 page}\n    expect: {counters: {commit: '> 1'}}\n",
      "expected > 1, found 1" },
    { ONE "  - allocate: {size: 1 page, as: a}\n    expect: {page: {at: a, place: file}}\n",
      "page.place of A at a: expected file, found demand zero" },
    { ONE "  - allocate: {size: 1 page, as: a}\n    expect: {memory: {at: a, value: 9}}\n",
      "memory of A: expected 9, found 0" },
    { ONE "  - allocate: {size: 1 page, as: a}\n"
          "    expect: {same_frame: [{A: a}, {A: a}]}\n",
      "expected one frame, found none and none" },
    { ONE "  - repeat: {times: 9, steps: [{expect: {faults: {total: 1}}}]}\n", "9 FAILED" },
};

START_TEST(a_failed_expectation_says_what_came)
{
    ck_ok(run_text(bad[_i].yaml));
    ck_assert_uint_gt(result.failed, 0);
    ck_assert_msg(strstr(shown.text, bad[_i].shown), "%s\nnot in:\n%s", bad[_i].shown, shown.text);
    ck_assert_ptr_nonnull(strstr(shown.text, "FAILED"));
}
END_TEST

/* ---- runs that cannot go on ---------------------------------------------- */

static const struct {
    const char *yaml;
    pel_status status;
    size_t line, column;
    const char *message;
} ended[] = {
    { HEAD "processes: {A: {image: nothing}}\nsteps: []\n", PEL_IO, 2, 24, "nothing: not there" },
    { HEAD "processes: {A: {image: data}}\nsteps: []\n", PEL_MALFORMED, 2, 13, "A cannot start" },
    { ONE "  - exit: A\n  - read: {at: 1}\n", PEL_MALFORMED, 5, 5, "A is not running" },
    { TWO "  - exit: A\n  - start: A\n  - start: A\n", PEL_MALFORMED, 6, 5, "running already" },
    { ONE "  - read: {at: heap.base}\n", PEL_MALFORMED, 4, 16,
      "'heap.base': A is an empty process, without an image" },
    { IMAGE "  - read: {at: .nope}\n", PEL_MALFORMED, 4, 16,
      "the image of A has no section '.nope'; it has: .text" },
    /* told before the first step */
    { IMAGE "  - read: {at: image}\n    expect: {page: {at: image, valid: true}}\n"
            "  - repeat: {times: 2, steps: [{expect: {page: {at: .nope + 1, valid: true}}}]}\n",
      PEL_MALFORMED, 6, 53, "no section '.nope'" },
    { ONE "  - allocate: {at: 1, size: 0, as: a}\n    expect: {status: INVALID_PARAMETER_4}\n"
          "  - read: {at: a}\n",
      PEL_MALFORMED, 6, 16, "'a' has no address" },
    { HEAD "machine: {ram: 8 GiB, paging: x86}\nprocesses: {A: }\nsteps: []\n", PEL_MALFORMED, 2,
      10, "cannot address so much" },
    { HEAD "machine: {ram: 1 TiB}\nprocesses: {A: }\nsteps: []\n", PEL_LIMIT, 2, 10,
      "too much RAM" },
    { ONE "  - repeat: {times: 100000, steps: [{note: x}, {note: y}]}\n", PEL_LIMIT, 4, 49,
      "more than 100000 steps" },
    { ONE "  - allocate: {size: 1 page, as: a}\n  - read: {at: a, count: 5000000, stride: 0}\n",
      PEL_LIMIT, 5, 5, "touches more than 4000000 pages" },
    { HEAD "machine: {ram: 2 GiB}\nprocesses: {A: }\nsteps:\n"
           "  - allocate: {size: 2000 MiB, as: a}\n  - write: {at: a, count: 500000}\n",
      PEL_LIMIT, 6, 5, "more than 1 GiB of its RAM" },
};

START_TEST(a_run_that_cannot_go_on_says_where)
{
    pel_status st = run_text(ended[_i].yaml);
    ck_assert_msg(st == ended[_i].status, "%s: %s", pel_status_name(st), wrong.message);
    ck_assert_msg(strstr(wrong.message, ended[_i].message), "%s", wrong.message);
    ck_assert_msg(wrong.line == ended[_i].line && wrong.column == ended[_i].column, "%zu:%zu: %s",
                  wrong.line, wrong.column, wrong.message);
}
END_TEST

START_TEST(a_document_is_whole_when_the_run_is_not)
{
    pel_scenario_options options = { .has_seed = false };
    pel_dump_options json = { .format = PEL_FORMAT_JSON };
    ck_assert_int_eq(run_with(ONE "  - exit: A\n  - exit: A\n", &options, &json), PEL_MALFORMED);
    ck_assert_ptr_nonnull(strstr(shown.text, "\"result\": \"error\"\n}"));
    ck_assert_ptr_nonnull(strstr(shown.text, "A is not running"));
}
END_TEST

/* ---- the rest ------------------------------------------------------------ */

static const char busy[] = HEAD "machine: {ram: 64 KiB, page_files: [256 KiB]}\nprocesses: {A: }\n"
                                "curves: {policies: [lru]}\nsteps:\n"
                                "  - allocate: {size: 24 pages, as: a}\n"
                                "  - write: {at: a, count: 24, value: 0x77}\n"
                                "  - read: {at: a, count: 24}\n"
                                "    expect: {faults: {hard: '> 0'}, value: 0x77}\n"
                                "  - write_modified: all\n"
                                "  - why: {at: a, access: write}\n";

START_TEST(the_same_seed_gives_the_same_bytes)
{
    static collected first;
    for (unsigned format = 0; format < 3; format++) {
        pel_scenario_options options = { .has_seed = true, .seed = 9 };
        pel_dump_options dump = { .format = (pel_format)format };
        ck_ok(run_with(busy, &options, &dump));
        first = shown;
        ck_ok(run_with(busy, &options, &dump));
        ck_assert_str_eq(first.text, shown.text);
    }
}
END_TEST

static collected log_text;

START_TEST(the_log_has_a_line_for_each_event)
{
    pel_scenario_options options = { .events = collect_into(&log_text) };
    ck_ok(run_with(busy, &options, NULL));
    unsigned lines = 0;
    for (const char *at = log_text.text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        char head[64];
        lines++;
        snprintf(head, sizeof head, "{\"schema\":\"pelorus.event/1\",\"event\":%u,\"step\":\"",
                 lines);
        ck_assert_msg(strncmp(at, head, strlen(head)) == 0, "line %u", lines);
    }
    ck_assert_uint_gt(lines, 48);
    ck_assert_ptr_nonnull(strstr(log_text.text, "\"kind\":\"page-file-read\",\"process\":\"A\""));
}
END_TEST

START_TEST(a_log_that_cannot_be_written_ends_the_run)
{
    log_text.fail_at = 300;
    pel_scenario_options options = { .events = collect_into(&log_text) };
    ck_assert_int_eq(run_with(busy, &options, NULL), PEL_IO);
    log_text.fail_at = 0;
    ck_assert(wrong.host);
}
END_TEST

START_TEST(output_that_cannot_be_written_ends_the_run)
{
    for (unsigned format = 0; format < 3; format++) {
        pel_scenario_options options = { .has_seed = false };
        pel_dump_options dump = { .format = (pel_format)format };
        shown.fail_at = 100;
        ck_assert_int_eq(run_with(busy, &options, &dump), PEL_IO);
        shown.fail_at = 0;
    }
}
END_TEST

static bool stop_at_two(void *ctx)
{
    int *left = ctx;
    return --*left > 0;
}

START_TEST(a_pause_may_end_the_run)
{
    int left = 2;
    pel_scenario_options options = { .pause = stop_at_two, .pause_ctx = &left };
    ck_ok(run_with(busy, &options, NULL));
    ck_assert(result.stopped);
    ck_assert_uint_eq(result.steps, 2);
}
END_TEST

START_TEST(the_access_of_a_step_can_be_told)
{
    pel_scenario_options options = { .why = "3" };
    ck_ok(run_with(busy, &options, NULL));
    ck_assert_ptr_nonnull(strstr(shown.text, "[fault.hard-page-file]"));
    options.why = "2";
    ck_ok(run_with(busy, &options, NULL));
    ck_assert_ptr_nonnull(strstr(shown.text, "[fault.demand-zero]"));
    options.why = "17";
    ck_assert_int_eq(run_with(busy, &options, NULL), PEL_NOT_FOUND);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const char yaml[] = TWO "  - allocate: {process: A, size: 2 pages, as: a}\n"
                                   "  - write: {process: A, at: a}\n"
                                   "    expect: {faults: {total: 1}}\n"
                                   "  - section: {as: S, size: 1 page}\n"
                                   "  - map: {process: B, section: S, as: b}\n"
                                   "  - read: {process: B, at: b}\n";
    pel_status st = PEL_NO_MEMORY;
    pel_scenario *s = scenario_of(yaml);
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_dump_options dump = { .format = (pel_format)(n % 2), .allocator = &a };
        st = pel_scenario_run(s, "x", NULL, &dump, collect_into(&shown), NULL, NULL);
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
    pel_scenario_free(s);
}
END_TEST

PEL_TESTS(scenario_run)
{
    tcase_add_loop_test(tests, steps_do_what_they_say, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tests, a_failed_expectation_says_what_came, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(tests, a_run_that_cannot_go_on_says_where, 0,
                        sizeof ended / sizeof ended[0]);
    tcase_add_test(tests, a_document_is_whole_when_the_run_is_not);
    tcase_add_test(tests, the_same_seed_gives_the_same_bytes);
    tcase_add_test(tests, the_log_has_a_line_for_each_event);
    tcase_add_test(tests, a_log_that_cannot_be_written_ends_the_run);
    tcase_add_test(tests, output_that_cannot_be_written_ends_the_run);
    tcase_add_test(tests, a_pause_may_end_the_run);
    tcase_add_test(tests, the_access_of_a_step_can_be_told);
    tcase_add_test(tests, every_allocation_may_fail);
}
