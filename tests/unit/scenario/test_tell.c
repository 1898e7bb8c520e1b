/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a run's text. */
#include "scenario_text.h"

#define TWO   HEAD "processes: {A: , B: }\nsteps:\n"
#define IMAGE HEAD "processes: {A: {image: sample.exe}}\nsteps:\n"

/* What the text of a run must and must not say. */
static const struct {
    const char *yaml, *says, *never;
} sentences[] = {
    /* pages that leave the working set for different lists are no like ones */
    { ONE "  - section: {as: S, text: x, size: 4 KiB}\n"
          "  - map: {section: S, protect: PAGE_READONLY, as: v}\n"
          "  - read: {at: v}\n"
          "  - allocate: {size: 8 pages, as: d}\n"
          "  - write: {at: d, count: 8}\n"
          "  - trim: A\n",
      "frame 0x4 goes to the standby list\n"
      "        trim: d leaves the working set, frame 0x5 goes to the modified list (and 7 more",
      "8 more like it" },
    /* a page that another process has stays */
    { TWO "  - section: {as: S, size: 1 page}\n"
          "  - map: {process: A, section: S, as: a}\n"
          "  - map: {process: B, section: S, as: b}\n"
          "  - write: {process: A, at: a}\n"
          "  - read: {process: B, at: b}\n"
          "  - trim: A\n",
      "1 page leaves the working set of A\n"
      "        trim: a leaves the working set, frame 0x5 stays where it is: another view has it",
      "goes to the" },
    { HEAD "machine: {ram: 32 KiB, page_files: [64 KiB]}\nprocesses: {A: }\nsteps:\n"
           "  - allocate: {size: 1 page, as: d}\n"
           "  - write: {at: d, value: 0x33}\n"
           "  - allocate: {at: d, size: 1 page, type: MEM_RESET}\n"
           "  - allocate: {at: d, size: 1 page, type: MEM_RESET_UNDO}\n"
           "  - allocate: {at: d, size: 1 page, type: MEM_RESET}\n"
           "  - allocate: {size: 8 pages, as: e}\n"
           "  - write: {at: e, count: 4}\n",
      "frame 0x4 is used again; d is demand zero: its contents were given up", "backing store" },
    { ONE "  - allocate: {size: 1 page, as: d}\n"
          "  - allocate: {at: d, size: 1 page, type: MEM_RESET}\n"
          "  - allocate: {at: d, size: 1 page, type: MEM_RESET_UNDO}\n",
      "A resets 4 KiB at d (0x10000)\n    3   A takes back the reset of 4 KiB at d (0x10000)\n",
      "wants" },
    /* what is refused was only wanted */
    { ONE "  - section: {as: S, text: x, size: 8 KiB, protect: READONLY}\n",
      "a section object S is wanted: 8 KiB of a data file", "is made" },
    { ONE "  - free: {at: 0x10000}\n", "A wants to release what is at 0x10000\n", "A releases" },
    { ONE "  - free: {at: 0x10000, type: MEM_RELEASE|MEM_DECOMMIT}\n",
      "A wants to free what is at 0x10000, MEM_DECOMMIT|MEM_RELEASE\n", "decommit " },
    { ONE "  - free: {at: 0x10000, type: 0}\n", "A wants to free what is at 0x10000, type 0\n",
      "release" },
    { ONE "  - unmap: {at: 0x10000}\n", "A wants to unmap the view at 0x10000\n", "A unmaps" },
    { ONE "  - lock: {at: 0x10000}\n", "A wants to lock 4 KiB at 0x10000\n", "A locks" },
    { ONE "  - unlock: {at: 0x10000}\n", "A wants to unlock 4 KiB at 0x10000\n", "A unlocks" },
    { ONE "  - allocate: {size: 4 KiB, type: 0}\n",
      "A wants to allocate 4 KiB, PAGE_READWRITE, type 0\n", "to commit" },
    { ONE "  - allocate: {size: 4 KiB, type: MEM_RESERVE|MEM_PHYSICAL}\n",
      "A wants to reserve 4 KiB, PAGE_READWRITE, MEM_PHYSICAL\n", "commits" },
    { ONE "  - allocate: {size: 4 KiB, type: MEM_COMMIT|MEM_RESERVE|MEM_WRITE_WATCH}\n",
      "A reserves and commits 4 KiB at 0x10000, PAGE_READWRITE, MEM_WRITE_WATCH\n", "wants" },
    { ONE "  - allocate: {size: 4 KiB, type: MEM_COMMIT}\n",
      "A reserves and commits 4 KiB at 0x10000", "wants" },
    { ONE "  - working_set: {minimum: 9, maximum: 3}\n",
      "A wants to have 9 to 3 pages in RAM\n        -> STATUS_BAD_WORKING_SET_LIMIT", "may have" },
    /* more than is shown of it */
    { ONE "  - allocate: {size: 1 page, as: d}\n"
          "  - write: {at: d, text: hello world}\n"
          "  - read: {at: d, size: 11}\n",
      "A reads 11 B at d (0x10000): 0x6f77206f6c6c6568 in the first 8 bytes\n", "wants" },
    { ONE "  - balance: 1\n  - balance: 3\n",
      "manager runs\n    2   the balance-set manager runs 3 times\n", "some times" },
    { ONE "  - write_modified: all\n  - zero_free: all\n", "writes 0 pages", "1 pages" },
    /* the guard of a stack moves; nobody is refused */
    { IMAGE "  - why: {at: stack.limit - 8, access: write}\n", "the guard of a stack, which moves",
      "fault.guard" },
    { IMAGE "  - why: {at: 0x7ffe0000}\n", "KUSER_SHARED_DATA", "wants" },
    { HEAD "machine: {paging: x86}\nprocesses: {A: }\nsteps:\n"
           "  - allocate: {size: 1 page, as: d}\n  - why: {at: d, access: write}\n",
      "PTE     16  0x00002867  P W", "0x0000000000002867" },
};

START_TEST(the_text_tells_what_happened)
{
    pel_scenario_options options = { .has_seed = false };
    ck_ok(run_with(sentences[_i].yaml, &options, NULL));
    const char *text = shown.text;
    ck_assert_msg(strstr(text, sentences[_i].says) != NULL, "%s\nis not in\n%s", sentences[_i].says,
                  text);
    ck_assert_msg(strstr(text, sentences[_i].never) == NULL, "%s\nis in\n%s", sentences[_i].never,
                  text);
}
END_TEST

static const char long_lines[] = HEAD
    "title: words words words words words words words words words words words words words\n"
    "see: words words words words words words words words words words words words words words\n"
    "processes: {A: }\nsteps:\n"
    "  - allocate: {size: 1 page, as: a_rather_long_name_of_a_page}\n"
    "  - query: {at: a_rather_long_name_of_a_page}\n"
    "  - why: {at: a_rather_long_name_of_a_page + 17, access: write}\n"
    "  - note: words words words words words words words words words words words words words "
    "words\n";

/* Lines are no longer than the screen. */
START_TEST(lines_are_broken_where_the_screen_ends)
{
    static const unsigned widths[] = { 0, 200, 80, 60, 1 };
    static const size_t longest[] = { 96, 96, 80, 80, 80 }; /* what is no sentence takes up to 80 */
    pel_scenario_options options = { .has_seed = false };
    pel_dump_options dump = { .width = widths[_i] };
    size_t found = 0;
    ck_ok(run_with(long_lines, &options, &dump));
    for (const char *at = shown.text; *at;) {
        size_t length = strcspn(at, "\n");
        found = found < length ? length : found;
        at += length + (at[length] != '\0');
    }
    ck_assert_uint_le(found, longest[_i]);
    ck_assert_uint_ge(found, longest[_i] - 8);
}
END_TEST

PEL_TESTS(scenario_tell)
{
    tcase_add_loop_test(tests, the_text_tells_what_happened, 0,
                        sizeof sentences / sizeof sentences[0]);
    tcase_add_loop_test(tests, lines_are_broken_where_the_screen_ends, 0, 5);
}
