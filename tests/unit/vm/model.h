/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_MODEL_H
#define VM_MODEL_H

/* What the random models of memory share: their dice, how long they run, and what protections
 * mean. A model makes random calls and says itself, from as plain a memory as can be, what each
 * must answer.
 *
 * $PELORUS_MODEL_STEPS makes every case that long: some millions of steps are a matter of minutes.
 * $PELORUS_MODEL_SEED makes other random calls; each case tells its own before it begins, so that
 * a failure can be had again. */

#include "fixture.h"
#include <stdio.h>

/* Never 0. */
typedef struct dice {
    uint64_t state;
} dice;

static inline uint32_t roll(dice *d, uint32_t below)
{
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (uint32_t)(d->state >> 20) % below;
}

static inline uint64_t number_asked(const char *variable, uint64_t usual)
{
    const char *asked = getenv(variable);
    return asked && *asked ? strtoull(asked, NULL, 0) : usual;
}

static inline uint64_t steps_of(uint64_t usual)
{
    return number_asked("PELORUS_MODEL_STEPS", usual);
}

/* The dice of case number `number` of the cases `name`. */
static inline dice dice_of(const char *name, int number)
{
    uint64_t seed = number_asked("PELORUS_MODEL_SEED", 0);
    fprintf(stderr, "%s, case %d: PELORUS_MODEL_SEED=%" PRIu64 "\n", name, number, seed);
    dice d = { 0x9E3779B97F4A7C15u + (uint64_t)number + seed * 0xD1B54A32D192ED03u };
    for (const char *c = name; *c; c++)
        d.state = d.state * 31 + (uint8_t)*c;
    d.state |= d.state == 0;
    return d;
}

/* ---- protections ------------------------------------------------------- */

static inline uint32_t base_of(uint32_t protect) { return protect & 0xFF; }
static inline bool copies(uint32_t protect) { return (protect & (WC | WCX)) != 0; }

/* What write-copy is once the page was copied: half of it, with and without execute. */
static inline uint32_t copied(uint32_t protect)
{
    return copies(protect) ? (protect & GUARD) | base_of(protect) >> 1 : protect;
}

static inline bool known(uint32_t protect)
{
    uint32_t base = base_of(protect);
    bool one = base != 0 && (base & (base - 1)) == 0;
    return one && (protect == base || (protect == (base | GUARD) && base != NOACCESS));
}

static inline bool allows(uint32_t protect, pel_access access, bool nx)
{
    uint32_t base = base_of(protect);
    switch (access) {
    case PEL_READ: break;
    case PEL_WRITE: return (base & (RW | WC | RWX | WCX)) != 0;
    case PEL_FETCH: return nx ? (base & (X | RX | RWX | WCX)) != 0 : base != NOACCESS;
    }
    return base != NOACCESS;
}

/* ---- calls ------------------------------------------------------------- */

static inline void same_status(pel_ntstatus want, pel_ntstatus got, uint64_t step)
{
    if (got != want)
        ck_abort_msg("step %" PRIu64 ": want %s, got 0x%08x %s", step, pel_ntstatus_name(want),
                     (unsigned)got, pel_ntstatus_name(got) ? pel_ntstatus_name(got) : "");
}

static inline void invariants_hold(const pel_machine *m, uint64_t step)
{
    const char *broken = pel_machine_check(m);
    if (broken)
        ck_abort_msg("step %" PRIu64 ": %s", step, broken);
}

static inline pel_ntstatus access_memory(pel_space *s, pel_access access, pel_va va, uint8_t *bytes,
                                         size_t size, pel_fault *fault)
{
    switch (access) {
    case PEL_READ: break;
    case PEL_WRITE: return pel_space_write(s, va, bytes, size, fault);
    case PEL_FETCH: return pel_space_fetch(s, va, bytes, size, fault);
    }
    return pel_space_read(s, va, bytes, size, fault);
}

#endif
