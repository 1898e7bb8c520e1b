/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FUZZ_VM_PROGRAM_H
#define PEL_FUZZ_VM_PROGRAM_H

/* Programs of fuzz_vm: the machine that they run on, and how they are read. */

#include <pelorus/pelorus.h>

#include "fuzz.h"

#define SPACES   3
#define SECTIONS 4
#define BASES    8
#define WINDOW   UINT64_C(0x100000)
#define PAGE     UINT64_C(0x1000)

#define PICK(w, table) ((table)[number((w), sizeof(table) / sizeof((table)[0]))])

typedef struct world {
    const uint8_t *at, *end; /* of the program */
    pel_machine *machine;
    pel_space *space[SPACES]; /* NULL: there was no RAM for it */
    pel_space_options space_options;
    pel_section_object *section[SECTIONS];
    uint64_t base[BASES]; /* where something was put lately */
    unsigned placed;
    pel_status answer; /* of the pagers */
    uint64_t pagers;   /* that are not closed */
    uint64_t taken;    /* bytes of the host */
    unsigned fail_in;  /* allocations; 0: none fails */
    bool failed;       /* an allocation, in this step */
    bool reset;        /* some contents were given up, and may go at any time */
    uint8_t pattern;   /* of the last write */
    uint64_t seen;     /* all maps, in one number */
} world;

/* What the bytes of a program mean. Most of them something that is likely to work. */

/** Skip blanks; false at the end of the program. */
bool more(world *w);
/** The next byte less '0'; 0 at the end. */
uint8_t next(world *w);
unsigned number(world *w, size_t below);
/** 0 to 7: from a base on, 8: from the window on, 9: odd; then the page, and where in it. */
pel_va address(world *w);
/** Up to 23 pages, or odd. */
uint64_t length(world *w);
/** 0 to 7 in the order of winnt.h; 8 more with each modifier; a few that are none. */
uint32_t protection(world *w);

typedef struct call {
    char letter;
    bool partly; /* what failed may have changed something: other pages before, or a guard */
    pel_ntstatus (*run)(world *w, pel_space *s);
} call;

/** The call that a letter stands for; any byte stands for one. */
const call *call_of(uint8_t letter);

#endif
