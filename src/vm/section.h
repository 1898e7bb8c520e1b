/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_SECTION_H
#define PEL_VM_SECTION_H

/* Section objects: segments of pages that are alike, and a prototype entry for each page that
 * says in which frame it is. Prototype entries come in chunks, made when a page of the chunk
 * is first filled: an untouched section costs its segments. */

#include "vm/machine_priv.h"
#include "vm/vad.h"

#define PEL_PROTO_CHUNK 64
#define PEL_SECTION_MAX ((uint64_t)1 << 35) /* pages: no view of more fits into a space */

/** A run of pages, as pel_segment, with its place. */
typedef struct pel_subsection {
    uint64_t first, end; /**< pages of the section */
    uint8_t mm;          /**< PEL_MM_*, PEL_MM_NONE for no pages */
    bool shared;
    bool zero;
    bool own;
} pel_subsection;

/** Pages [first, end) of a section. */
typedef struct pel_section_run {
    uint64_t first, end;
} pel_section_run;

typedef struct pel_proto_chunk {
    uint64_t index;                  /**< its first page is index * PEL_PROTO_CHUNK */
    uint64_t entry[PEL_PROTO_CHUNK]; /**< prototype.c draws what they can be */
} pel_proto_chunk;

struct pel_section_object {
    pel_machine *machine;
    pel_section_object *previous, *next; /* on the machine */
    uint64_t holds;                      /* keeps (9) */
    bool apart;                          /* some segments are `own` */
    uint64_t callers;                    /* of these, by callers; the others are views */
    uint64_t page_count;
    uint32_t alloc_protect; /* IMAGE */
    const void *key;        /* IMAGE: for pel_section_object_find; NULL: none */
    uint64_t variant;
    uint64_t size;       /* FILE, PAGE_FILE: bytes */
    uint64_t file_size;  /* FILE: bytes that the pager has */
    uint32_t attributes; /* SEC_*, as NtQuerySection tells them */
    uint32_t protect;    /* FILE, PAGE_FILE: the most that a view can have */
    uint64_t charged;    /* PAGE_FILE: pages of commit charge */
    pel_section_type type;
    pel_pager pager;
    pel_subsection *parts;
    size_t part_count, part_capacity;
    pel_section_run *committed; /* PAGE_FILE with SEC_RESERVE: sorted, with gaps between them */
    size_t run_count, run_capacity;
    pel_proto_chunk **chunks; /* sorted by index */
    size_t chunk_count, chunk_capacity;
    bool writes_held; /* FILE: changed pages are not written for now */
    pel_store copy;   /* FILE: pages that were written, in a file of ours */
    uint64_t *copied; /* which ones: a bitmap, as far as it is needed */
    size_t copied_words;
};

/** The subsection that `page` is in. */
const pel_subsection *pel_section_part(const pel_section_object *section, uint64_t page);

/** Is `page` committed? Only of SEC_RESERVE some pages are not. `*end`: the pages before it are
 * like it. */
bool pel_section_is_committed(const pel_section_object *section, uint64_t page, uint64_t *end);

/** How many of `pages` are not committed. */
uint64_t pel_section_count_missing(const pel_section_object *section, pel_section_run pages);

/** Make sure that the next pel_section_commit cannot fail. False: no host memory. */
bool pel_section_make_run(pel_section_object *section);

/** Commit `pages`, for which there is a run and the charge has been taken. */
void pel_section_commit(pel_section_object *section, pel_section_run pages);

/** The pages, file size and attributes of a data section, by what NtCreateSection asks of them. */
pel_ntstatus pel_section_build_data(pel_section_object *section,
                                    const pel_section_options *options);

/** Append a subsection. STATUS_PELORUS_HOST_NO_MEMORY. */
pel_ntstatus pel_section_add_part(pel_section_object *section, uint64_t pages, pel_subsection part);

/** What the pager has for `page`, over zeros. */
pel_status pel_section_ask_pager(const pel_section_object *section, uint64_t page, uint8_t *bytes);

/** The page of its section that a view shows at `page`. */
static inline uint64_t pel_vad_section_page(const pel_vad *vad, uint64_t page)
{
    return page - vad->first + vad->section_page;
}

/** Are writes to the page of this view, if it allows them, seen by all views? */
bool pel_vad_is_shared(const pel_vad *vad, uint64_t page);

/** Its prototype entry; 0 when the pager has it, or it is zero. */
uint64_t pel_section_entry(const pel_section_object *section, uint64_t page);

/** True when `page`, which is not in RAM and in no page file, has never been anything but zero. */
bool pel_section_is_zero(const pel_section_object *section, uint64_t page);

/** The frame of `page` if the page is in RAM. */
bool pel_section_resident(const pel_section_object *section, uint64_t page, uint64_t *frame);

/** Have `page` in an active frame, and tell how that came about. Its `count` may still be 0: share
 *  the frame, or settle. */
pel_ntstatus pel_section_bring(pel_section_object *section, uint64_t page, uint64_t *frame,
                               pel_event_kind *how);

/** If nobody shares the frame of `page`, which is active, any more: to standby or modified with it.
 */
void pel_section_settle(pel_section_object *section, uint64_t page);

/** The page, which waits on standby, loses its frame; it is at `backing` now. */
void pel_section_forget(pel_section_object *section, uint64_t page, uint64_t backing);

/** Write a page of a data file to its private copy. */
pel_ntstatus pel_section_write_copy(pel_section_object *section, uint64_t page,
                                    const uint8_t *bytes);

/** Copy the contents of `page`, which is not in RAM, without bringing it in. */
pel_ntstatus pel_section_look(const pel_section_object *section, uint64_t page, uint8_t *bytes);

/** Give back every page, wherever it is. */
void pel_section_release_pages(pel_section_object *section);

/** Give up one hold; the last one takes the section with it. */
void pel_section_drop(pel_section_object *section);

#endif
