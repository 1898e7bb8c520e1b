/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOAD_FIXTURE_H
#define LOAD_FIXTURE_H

/* Processes on machines of their own. */

#include "../vm/fixture.h"
#include "sample.h"

#define BASE64 UINT64_C(0x140000000)
#define MIB    UINT64_C(0x100000)
#define SHARED UINT64_C(0x7FFE0000)

static inline pel_machine *machine_of(uint64_t ram)
{
    pel_machine *m;
    pel_machine_options o = { .ram_size = ram };
    ck_ok(pel_machine_new(&o, &m));
    return m;
}

/* Free the machine, and see that nothing is in use. */
static inline void machine_done(pel_machine *m)
{
    ck_holds(m);
    ck_assert_uint_eq(pel_machine_counters(m).frames_used, 0);
    ck_assert_uint_eq(pel_machine_counters(m).commit, 0);
    pel_machine_free(m);
}

static inline void process_done(pel_process *p, pel_machine *m)
{
    ck_holds(m);
    pel_process_free(p);
    machine_done(m);
}

/* The sample with one relocation. */
static inline sample movable(pel_build_kind kind)
{
    sample s = sample_of(kind);
    pel_builder_reloc(s.b, (pel_rva){ 0x2000 }, PEL_REL_HIGHLOW);
    return s;
}

#endif
