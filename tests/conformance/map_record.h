/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_MAP_RECORD_H
#define CONFORMANCE_MAP_RECORD_H

/* One record of the form of the image maps: an image as a loader laid it out. */

#include "json_file.h"
#include "map_exceptions.h"
#include "report.h"

#include <pelorus/pelorus.h>

typedef struct map_record {
    trial trial;
    json_object *root;
    const char *image_name, *mode;
    map_exceptions *exceptions;
    const pel_image *image;
    const char *file;         /* its path */
    const char *const *roots; /* folders to find other DLLs in */
    size_t root_count;
    bool refused; /* as Windows would: laid out all the same, to compare the rest */
} map_record;

/* Mode "info": the verdict, SECTION_IMAGE_INFORMATION and the size of the section. */
void map_record_info(map_record *r);

/* Modes "map" and "relmap_occupy...": the above, then all bytes and all regions. */
void map_record_map(map_record *r);

/* Modes "ldr...": LoadLibraryEx with DONT_RESOLVE_DLL_REFERENCES. */
void map_record_ldr(map_record *r);

/* Mode "full": LoadLibrary, with the target of each slot of the import address tables. */
void map_record_full(map_record *r);

/* Mode "proc": a process that was created suspended. */
void map_record_proc(map_record *r);

/* ---- parts of these --------------------------------------------------------- */

/* Compare `got` with the recorded value `want`, or with what an exception puts in its place. */
void map_record_number(map_record *r, const char *what, uint64_t want, uint64_t got);

/* Where the recorded view began, and its size in whole pages. */
uint64_t map_record_base(const map_record *r);
uint64_t map_record_size(const map_record *r);

/* Regions and bytes of an image that Windows refuses, laid out as the recorded loader did. */
void map_record_refused(map_record *r);

/* How the bytes of a view differ from the recorded ones on purpose. */
typedef struct byte_rules {
    uint64_t moved;      /* relocated by this much here, and not at all there */
    bool random;         /* a cookie lies at: */
    uint64_t random_rva; /* its page is not compared */
} byte_rules;

/* Compare all bytes of the view at `base`, as the kernel reads them. */
void map_record_bytes(map_record *r, const pel_space *space, pel_va base, byte_rules rules);

/* ---- where the recorded loader is not Windows, by rule (map_rules.c) -------- */

/* The name of the rule by which Windows must refuse the image; NULL: it must take it. */
const char *map_rule_of_refusal(const pel_image *image);

/* The name of the rule by which Windows must not start the program, of which it makes a section;
 * NULL: it must start it. The recorded loader asks for none of this. */
const char *map_rule_of_refused_start(const pel_image *image);

/* Windows does not load the image anywhere but at its preferred base. */
bool map_rule_stripped(const pel_image *image);

/* Windows relocates the image in its kernel and calls that success, where the recorded loader
 * leaves it to the program and says IMAGE_NOT_AT_BASE. */
bool map_rule_moved_by_kernel(const pel_image *image);

/* LoadLibrary relocates the image in the process: a DLL that the kernel does not move. */
bool map_rule_moved_by_loader(const pel_image *image);

/* The recorded loader relocates the image in the process, whoever does it in Windows. */
bool map_rule_patched_in_place(const pel_image *image);

/* And to do that, it makes SizeOfRawData bytes of each section writable and remembers what they
 * were. Where these overlap, which needs a FileAlignment above SectionAlignment (that Windows
 * refuses), it remembers its own. */
bool map_rule_protects_twice(const pel_image *image);

/* The kernel of Windows relocates the headers, too, if it is told to; the recorded loader cannot
 * write to them, and faults. */
bool map_rule_header_patched(const pel_image *image);

/* The recorded process had this DLL from its start on, and code in it had run. */
bool map_rule_in_every_process(const char *name);

/* LoadLibrary of a program: the recorded loader maps it and leaves it as it is; where the kernel of
 * Windows moves it, it relocates it, too. */
bool map_rule_program_moved_by_kernel(const pel_image *image);

/* The recorded stack of a 32-bit process is that of its 64-bit side (WoW64), of which the headers
 * of the program say nothing. */
bool map_rule_two_stacks(const pel_image *image);

/* The recorded loader calls flat images dynamically relocated; Windows never moves their bytes. */
bool map_rule_flat_and_dynamic(const pel_image *image);

/* ---- sets of pages (map_pages.c) -------------------------------------------- */

typedef enum page_mark {
    PAGE_WRITTEN = 1, /* by the loader */
    PAGE_PADDING = 2, /* of no section, but the recorded loader gave it the protection of one */
} page_mark;

typedef struct page_set {
    unsigned char *marks;
    uint64_t count;
} page_set;

/* Nothing is marked of the pages of `size` bytes. False when there is no memory. */
bool pages_new(page_set *set, uint64_t size);
void pages_free(page_set *set);

/* Mark the pages of [rva, rva + size), as far as there are such. */
void pages_add(page_set *set, uint64_t rva, uint64_t size, page_mark mark);

/* Mark the pages that relocations patch; and the padding that is treated like its section when they
 * are. */
void pages_add_relocations(page_set *set, const pel_image *image);
void pages_add_padding(page_set *set, const pel_image *image);

bool pages_have(const page_set *set, uint64_t rva, page_mark mark);

/* ---- regions (map_runs.c) --------------------------------------------------- */

/* Attributes of one page, as VirtualQuery tells them. */
typedef struct page_attributes {
    uint32_t state, protect, alloc_protect, type;
} page_attributes;

/* A run of pages with equal attributes. */
typedef struct run {
    uint64_t rva, size;
    page_attributes is;
} run;

typedef struct runs {
    run *items;
    size_t count;
} runs;

/* The regions of a record, with shared writable sections, and pages that the loader wrote, as
 * Windows has them; neighbours that are equal become one. False when there is no memory or the
 * record is wrong. */
bool runs_recorded(const pel_image *image, const page_set *pages, json_object *regions, runs *out);

/* The regions of [base, base+size) in a space. */
bool runs_in_space(const pel_space *space, pel_va base, uint64_t size, runs *out);

/* The attributes at `rva`; all 0 when no run has it. */
page_attributes runs_at(const runs *r, uint64_t rva);

bool same_attributes(page_attributes a, page_attributes b);

/* Compare the recorded regions with those from `base` on. */
void map_record_regions(map_record *r, const pel_space *space, pel_va base, const page_set *pages);

/* Report the first run that differs. */
void runs_compare(trial *t, const runs *want, const runs *got);

void runs_free(runs *r);

#endif
