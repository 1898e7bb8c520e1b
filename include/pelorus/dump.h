/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_DUMP_H
#define PELORUS_DUMP_H

/* Everything that can be shown, in any format. One walk gives text, JSON and YAML,
 * so they cannot disagree. Documents begin with `schema`, and a JSON Schema for
 * each is installed under share/pelorus/schema/. */

#include <pelorus/extract.h>
#include <pelorus/locate.h>
#include <pelorus/process.h>
#include <pelorus/replay.h>
#include <pelorus/trust.h>
#include <pelorus/verify.h>

#ifdef __cplusplus
extern "C" {
#endif

/** For people, or for programs. */
typedef enum pel_format { PEL_FORMAT_TEXT, PEL_FORMAT_JSON, PEL_FORMAT_YAML } pel_format;

/** All zero (or NULL) means the defaults. */
typedef struct pel_dump_options {
    pel_format format;
    bool color;              /**< text: ANSI colours */
    bool ascii;              /**< text: no characters beyond ASCII in drawings */
    unsigned width;          /**< text that is cut to the screen: its columns; 0: 100, the most */
    bool hex;                /**< JSON: addresses as "0x..." strings */
    const char *const *only; /**< keys of the document to show; NULL = all. A key that the
                                  document does not have gives PEL_NOT_FOUND, after the rest */
    size_t only_count;
    uint32_t disassemble; /**< pel_dump_image: instructions that are shown at each place; 0: none */
    const pel_rva *disassemble_at; /**< the places; with none the entry point, TLS callbacks, and
                                        exported functions in executable sections */
    size_t disassemble_at_count;
    const pel_trust *trust;         /**< whom signatures are judged by; NULL: nobody */
    const pel_allocator *allocator; /**< YAML takes more from the C library, through libyaml */
} pel_dump_options;

/* Each function writes one document to `sink` while it is made, and fails with PEL_NO_MEMORY or
 * with what the sink answered. A document that fails is ended properly, unless it was the sink.
 * `path` is shown, not opened. docs/output.md describes the documents key by key. */

/** The whole file: headers, sections, directories, diagnostics. */
PEL_API pel_status pel_dump_image(const pel_image *image, const char *path,
                                  const pel_dump_options *options, pel_sink sink);

/** The whole file on one screen, for people: what it is, what made it, whether Windows loads it,
 *  and a line or two for each thing that is in it. Text only; `only` counts for nothing. */
PEL_API pel_status pel_dump_summary(const pel_image *image, const char *path,
                                    const pel_dump_options *options, pel_sink sink);

/** One field by its path in the document ("optional_header.ImageBase"), as a bare value and
 *  a newline. PEL_NOT_FOUND when there is no such field. `path` is what the document says of the
 * file; NULL for none. */
PEL_API pel_status pel_dump_field(const pel_image *image, const char *path, const char *field,
                                  const pel_dump_options *options, pel_sink sink);

/** Which structure, field, section or overlay owns the byte at `offset`. */
PEL_API pel_status pel_dump_at(const pel_image *image, const char *path, pel_foff offset,
                               const pel_dump_options *options, pel_sink sink);

/** What became of one item of pel_extract_next. */
typedef struct pel_extract_result {
    bool written;
    bool has_sha256;
    uint8_t sha256[32];
    const char
        *problem; /**< a word why it was not written, or NULL: then the item's status tells */
} pel_extract_result;

/** What was extracted, and to which folder (NULL: nothing was to be written). `results` are those
 * of the items that `extract` gives, in their order. */
PEL_API pel_status pel_dump_extract(const pel_image *image, const char *path, const char *folder,
                                    const pel_extract_options *extract,
                                    const pel_extract_result *results, size_t count,
                                    const pel_dump_options *options, pel_sink sink);

/** The verdict and, when it loads, SECTION_IMAGE_INFORMATION. */
PEL_API pel_status pel_dump_check(const pel_image *image, const char *path,
                                  const pel_load_options *load, const pel_dump_options *options,
                                  pel_sink sink);

/** The memory map of a process; `verdict` is what pel_process_new told about it. `process` is NULL
 *  when there is none: then it is shown why. Text is a drawing, unless `only` asks for keys. */
PEL_API pel_status pel_dump_map(const pel_image *image, const char *path, pel_process *process,
                                const pel_verdict *verdict, const pel_dump_options *options,
                                pel_sink sink);

/** A process that was started, or was to be. */
typedef struct pel_load_result {
    const pel_image *image; /**< of the program */
    const char *path;       /**< of its file; shown, not opened */
    const pel_machine *machine;
    pel_process *process;       /**< NULL: the kernel made none */
    const pel_verdict *verdict; /**< what pel_process_new told */
    pel_ntstatus status;        /**< of what failed first, or what pel_process_start answered */
} pel_load_result;

/** Modules, bindings, what is missing, and memory. Text is a report for people that counts the
 *  bindings, unless `only` asks for keys. */
PEL_API pel_status pel_dump_load(const pel_load_result *result, const pel_dump_options *options,
                                 pel_sink sink);

/** What differs between `image` and its memory in `dump`; both are those of `verify`. */
PEL_API pel_status pel_dump_verify(const pel_image *image, const char *path,
                                   const pel_memory_dump *dump, const char *against,
                                   const pel_verify *verify, const pel_dump_options *options,
                                   pel_sink sink);

/** An address to translate. */
typedef struct pel_query {
    pel_line line;
    uint64_t value;
    bool look_only; /**< do not touch its page */
} pel_query;

/** Translate addresses. With `process` (else NULL) each is touched there, unless it is only to be
 *  looked at, and the page-table walk, the physical address and the place of the page's contents
 *  are shown. */
PEL_API pel_status pel_dump_translate(const pel_image *image, const char *path, pel_va base,
                                      pel_process *process, const pel_query *queries,
                                      size_t query_count, const pel_dump_options *options,
                                      pel_sink sink);

/** The tour of one file: headers in brief, verdict, drawing, stack and heap, and the entry point
 *  on every number line, down to the physical address. Text only. */
PEL_API pel_status pel_dump_tour(const pel_image *image, const char *path, pel_process *process,
                                 const pel_verdict *verdict, const pel_dump_options *options,
                                 pel_sink sink);

/** What was replayed, and what came of it. */
typedef struct pel_replay_study {
    const char *path;   /**< of the trace; shown, not opened */
    uint64_t page_size; /**< bytes; 0: the trace has page numbers */
    uint64_t accesses, pages;
    const uint64_t *frames; /**< numbers of frames, ascending */
    size_t frame_count;
    const pel_policy *policies;
    size_t policy_count;
    const pel_replay_result *results; /**< for each policy, for each number of frames */
} pel_replay_study;

/** Curves of faults over frames, and every case of Belady's anomaly in them. Text is a table and
 *  a chart of at most 80 columns, unless `only` asks for keys. */
PEL_API pel_status pel_dump_replay(const pel_replay_study *study, const pel_dump_options *options,
                                   pel_sink sink);

/** Text of unknown origin (a path, a name in a file) made safe for a terminal, as text output has
 * it (docs/output.md, "Names and bytes"): from the start of `*rest` as much as fits in `size` bytes
 * at `out`, 16 at least. What was taken is dropped from `*rest`. The bytes written, without a zero
 * at the end; 0 when nothing is left. */
PEL_API size_t pel_terminal_text(pel_str *rest, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
