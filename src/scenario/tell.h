/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SCENARIO_TELL_H
#define PEL_SCENARIO_TELL_H

/* Words for what happens in a run; text output is made of them. */

#include "dump/page.h"
#include "scenario/run_priv.h"

/** What the step does, as one sentence without an end: "A writes 0x41 at heap.base (0x...)". */
void pel_tell_step(const pel_run *run, const pel_outcome *outcome, char *out, size_t size);

/** The page of an event: "A's buffer+0x1000". */
void pel_tell_page(const pel_run *run, const pel_event *event, char *out, size_t size);

/** What an event did, as one line. */
void pel_tell_event(const pel_run *run, const pel_event *event, char *out, size_t size);

/** The counters that the step changed, of those that people look at: "faults 3 (+1), ..."; "" if
 *  none did. */
void pel_tell_changes(const pel_counters *before, const pel_counters *after, char *out,
                      size_t size);

/** "NAME (0xADDRESS)" or "0xADDRESS". */
void pel_tell_place(const pel_run *run, size_t process, pel_va va, char *out, size_t size);

/** "STATUS_X"; the number when it has no name. */
void pel_tell_status(pel_ntstatus status, char *out, size_t size);

/** Working sets, page lists and a small picture of the frames. */
void pel_tell_state(const pel_run *run, pel_page *page);

/** The curves that are wanted, as a table. */
pel_status pel_tell_curves(pel_run *run, pel_page *page);

#endif
