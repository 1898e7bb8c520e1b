/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a program for a tiny machine: spaces, sections and the system's own threads, with
 * host memory and pagers that fail on request. After each step all invariants hold, and a call that
 * failed has changed nothing; at the end nothing is in use.
 *
 * A program is text as far as that goes, so that seeds can be written by hand (fuzz/vm): a letter
 * of `calls`, the number of a space, and what the call takes, one digit each (a byte less '0';
 * letters are larger numbers). Blanks and ends of lines count for nothing. Six digits for the
 * machine come first: see new_machine. */
#include <string.h>

#include "vm_program.h"

#define MAX_STEPS 300

/* ---- what must always hold --------------------------------------------- */

static void mix(uint64_t *sum, uint64_t value) { *sum = (*sum ^ value) * 0x9E3779B97F4A7C15u; }

/* Regions lie end to end from address 0 to the end of the space. */
static uint64_t look_at(pel_space *space)
{
    pel_region r;
    pel_va at = { 0 };
    uint64_t sum = 1;
    while (pel_space_query(space, at, &r) == PEL_STATUS_SUCCESS) {
        MUST(r.base.v == at.v && r.size > 0 && r.size % PAGE == 0);
        MUST((r.state == PEL_MEM_FREE) == (r.type == 0));
        MUST((r.state == PEL_MEM_RESERVE) == (r.protect == 0));
        mix(&sum, r.size), mix(&sum, r.allocation_base.v), mix(&sum, r.alloc_protect);
        mix(&sum, r.state), mix(&sum, r.protect), mix(&sum, r.type);
        at.v += r.size;
    }
    MUST(at.v > 0);
    return sum;
}

static uint64_t look(const world *w)
{
    uint64_t sum = pel_machine_counters(w->machine).commit;
    for (unsigned i = 0; i < SPACES; i++)
        mix(&sum, w->space[i] ? look_at(w->space[i]) : 0);
    return sum;
}

static void check(const world *w)
{
    const char *broken = pel_machine_check(w->machine);
    if (broken)
        fprintf(stderr, "%s\n", broken);
    MUST(broken == NULL);
    pel_counters c = pel_machine_counters(w->machine);
    MUST(c.frames == c.zeroed + c.free + c.bad + c.frames_used);
    MUST(c.frames_used <= c.frames_peak && c.commit <= c.commit_peak);
}

/* ---- programs ---------------------------------------------------------- */

/* The process ends, and another one begins in its place. */
static void replace(world *w, unsigned which)
{
    pel_space_free(w->space[which]);
    w->space[which] = NULL;
    check(w);
    pel_status st = pel_space_new(w->machine, &w->space_options, &w->space[which]);
    MUST(st == PEL_OK || st == PEL_REFUSED || (st == PEL_NO_MEMORY && w->failed));
}

static void step(world *w)
{
    uint8_t letter = (uint8_t)(next(w) + '0');
    unsigned which = number(w, SPACES);
    const call *c = call_of(letter);
    w->failed = false;
    if (letter == 'e' || !w->space[which]) {
        replace(w, which);
    } else {
        pel_ntstatus st = c->run(w, w->space[which]);
        MUST(pel_nt_success(st) || c->partly || look(w) == w->seen);
        MUST(st != (pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY || w->failed ||
             w->answer == PEL_NO_MEMORY);
        MUST(st != (pel_ntstatus)PEL_STATUS_PELORUS_HOST_IO || w->answer == PEL_IO);
    }
    check(w);
    w->seen = look(w);
}

/* ---- the machine ------------------------------------------------------- */

/* New memory is full of what nobody may rely on. */
static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    world *w = ctx;
    if (new_size > old_size &&
        ((w->fail_in > 0 && --w->fail_in == 0) || new_size > (size_t)64 << 20)) {
        w->failed = true;
        return NULL;
    }
    void *out = NULL;
    if (new_size > 0) {
        out = realloc(ptr, new_size);
        MUST(out != NULL);
    } else {
        free(ptr);
    }
    if (new_size > old_size)
        memset((uint8_t *)out + old_size, 0xA5, new_size - old_size);
    w->taken += new_size - old_size;
    return out;
}

/* Paging mode, policy, RAM, page files, bounds and working sets. */
static void new_machine(world *w, const pel_allocator *allocator)
{
    static const uint64_t page_files[][2] = { { 0, 0 }, { 96 * PAGE, 0 }, { 8 * PAGE, 24 * PAGE } };
    static const uint64_t frames[] = { 32, 24, 48, 96 };
    static const pel_space_options options[] = {
        { .working_set_minimum = 0 },
        { .working_set_minimum = 20, .working_set_maximum = 24 },
        { .working_set_minimum = 10, .working_set_maximum = 12, .hard_maximum = true },
    };
    pel_machine_options o = { .allocator = allocator, .paging = (pel_paging)number(w, 4) };
    o.policy = (pel_policy)number(w, PEL_POLICY_OPT);
    o.ram_size = PICK(w, frames) * PAGE;
    memcpy(o.page_file_size, PICK(w, page_files), sizeof page_files[0]);
    bool narrow = number(w, 2);
    w->space_options = PICK(w, options);
    if (narrow)
        w->space_options.highest.v = WINDOW + 0x1FFFFF;
    MUST(pel_machine_new(&o, &w->machine) == PEL_OK);
    for (unsigned i = 0; i < SPACES; i++)
        MUST(pel_space_new(w->machine, &w->space_options, &w->space[i]) == PEL_OK);
    for (unsigned i = 0; i < BASES; i++)
        w->base[i] = WINDOW + i * (PAGE * 32);
}

static void free_all(world *w, bool spaces_first)
{
    for (unsigned i = 0; spaces_first && i < SPACES; i++) {
        pel_space_free(w->space[i]);
        w->space[i] = NULL;
        check(w);
    }
    for (unsigned i = 0; i < SECTIONS; i++)
        pel_section_object_free(w->section[i]);
    check(w);
    for (unsigned i = 0; i < SPACES; i++)
        pel_space_free(w->space[i]);
    check(w);
    pel_counters c = pel_machine_counters(w->machine);
    MUST(c.frames_used == 0 && c.frames_table == 0 && c.commit == 0 && c.page_file_used == 0);
    pel_machine_free(w->machine);
    MUST(w->pagers == 0 && w->taken == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    world w = { .at = data, .end = data + size };
    const pel_allocator allocator = { .resize = resize, .ctx = &w };
    new_machine(&w, &allocator);
    w.seen = look(&w);
    for (unsigned i = 0; i < MAX_STEPS && more(&w); i++)
        step(&w);
    free_all(&w, size % 2);
    return 0;
}
