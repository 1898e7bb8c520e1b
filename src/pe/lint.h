/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_LINT_H
#define PEL_PE_LINT_H

/* What is looked for on request only (pel_image_options.thorough): oddities of everything that an
 * image leads to. Each function looks at one thing, tells what it finds by pel_odd, and costs no
 * more than a small multiple of the file. */

#include "pe/image_priv.h"

/* A code is told for that many places of a file. */
#define PEL_ODD_MOST 8

typedef struct oddities {
    pel_image *img;
    uint64_t now;      /* seconds since 1970; 0: not known */
    pel_status status; /* the first failure */
    uint8_t told[PEL_DIAG_COUNT];
} oddities;

/** Tell an oddity, unless that code was told often enough. */
void pel_odd(oddities *o, pel_diag_code code, pel_place where, uint64_t found_value,
             uint64_t limit);

/** The same for a field of a header, data directory or section. */
void pel_odd_field(oddities *o, pel_diag_code code, const pel_schema *schema, uint32_t index,
                   const char *field, uint64_t found_value, uint64_t limit);

/** Place of entry `index` of what dumps call `key`, at a file offset if `offset` is not NULL. */
pel_place pel_odd_place(const char *key, uint32_t index, const char *field, const pel_foff *offset);

/** The same for the field of a structure that lies at `offset`. */
pel_place pel_odd_in(const char *key, uint32_t index, const pel_schema *schema, const char *field,
                     const pel_foff *offset, bool wide);

/** True when all bytes can be printed, and there is one at least. */
bool pel_is_printable(pel_str text);

/** Flags of the section at `rva`; 0 where there is none. */
uint32_t pel_odd_flags_at(const pel_image *img, pel_rva rva);

/** A word that is the same for texts that differ in case only, and hardly ever for others. */
uint64_t pel_fold_hash(pel_str text);

/** Whether the bytes of a manifest cannot be XML. */
bool pel_manifest_is_broken(pel_span bytes);

void pel_lint_file(oddities *o);
void pel_lint_headers(oddities *o);
void pel_lint_entry(oddities *o);
void pel_lint_sections(oddities *o);
void pel_lint_raw_data(oddities *o);
void pel_lint_data_directories(oddities *o);
void pel_lint_imports(oddities *o);
void pel_lint_delay_imports(oddities *o);
void pel_lint_bound_imports(oddities *o);
void pel_lint_exports(oddities *o);
void pel_lint_tls(oddities *o);
void pel_lint_load_config(oddities *o);
void pel_lint_relocs(oddities *o);
void pel_lint_times(oddities *o);
void pel_lint_resource_data(oddities *o);
void pel_lint_unwind_chains(oddities *o);
void pel_lint_certificates(oddities *o);
void pel_lint_signatures(oddities *o);
void pel_lint_payloads(oddities *o);
void pel_lint_clr(oddities *o);
void pel_lint_rich(oddities *o);

#endif
