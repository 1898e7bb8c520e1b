/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_WALK_IMAGE_H
#define PEL_DUMP_WALK_IMAGE_H

/* The parts of the document "pelorus.dump/1" that have a file of their own. A directory that the
 * image does not have gives no key. */

#include <pelorus/certificates.h>
#include <pelorus/directories.h>
#include <pelorus/exceptions.h>

#include "base/hash.h"
#include "dump/naming.h"
#include "dump/walk.h"

typedef struct walk {
    pel_emitter *e;
    const pel_image *img;
    const char *path;
    const pel_dump_options *options;
    pel_naming *naming;
    unsigned depth; /* archives around it */
} walk;

/** "file", "kind" and "layout". */
void pel_walk_head(const walk *w);

/** The header of that schema as `key`; null when there is none. */
void pel_walk_header(const walk *w, const char *key, const pel_schema *schema);

void pel_walk_sections(const walk *w);

/** All keys of objects and their kin but "file", "kind" and "diagnostics". */
void pel_walk_object(const walk *w);

/** Those of an archive. */
void pel_walk_archive(const walk *w);

/** All keys of the image behind "kind", and of objects and their kin, whatever it is. */
void pel_walk_parts(const walk *w);

void pel_walk_dos_relocs(const walk *w);
void pel_walk_dos_stub(const walk *w);
void pel_walk_exports(const walk *w);
void pel_walk_imports(const walk *w);
void pel_walk_exceptions(const walk *w);
void pel_walk_delay_imports(const walk *w);
void pel_walk_bound_imports(const walk *w);
void pel_walk_relocs(const walk *w);
void pel_walk_tls(const walk *w);
void pel_walk_load_config(const walk *w);
void pel_walk_image_policy(const walk *w);
void pel_walk_architecture(const walk *w);
void pel_walk_global_pointer(const walk *w);
void pel_walk_iat(const walk *w);
void pel_walk_clr(const walk *w);
void pel_walk_native(const walk *w);
void pel_walk_reserved(const walk *w);
void pel_walk_api_sets(const walk *w);
void pel_walk_certificates(const walk *w);
void pel_walk_signature(const walk *w);
void pel_walk_debug(const walk *w);
void pel_walk_coff_symbols(const walk *w);
void pel_walk_line_numbers(const walk *w);
void pel_walk_resources(const walk *w);
void pel_walk_hashes(const walk *w);
void pel_walk_disassembly(const walk *w);

/** The raw data of section `index` that the file really has. */
pel_span pel_section_raw(const pel_image *img, uint32_t index);

/** The hash of the imports. PEL_NOT_FOUND without any, PEL_LIMIT when they are more than the file
 * can mean, PEL_NO_MEMORY. */
pel_status pel_imphash(const pel_image *img, char out[PEL_HASH_TEXT]);

/** "imphash"; null without imports, and then with "imphash_end" when they are too many. */
void pel_walk_imphash(const walk *w);

/** True when the image has data directory `index`, and the document shows it as `key`. */
bool pel_walk_has(const walk *w, uint32_t index, const char *key);

/** Text, or null when there is none. */
void pel_emit_optional_text(pel_emitter *e, const char *key, bool there, pel_str text);

/** "end": why a list ended, if there is more to say than that it did. */
void pel_emit_end(pel_emitter *e, pel_status status);

/** Members of the map of a function: its unwind information and what that leads to. `*left` are
 *  the bytes that are still believed: many functions can share one. */
pel_status pel_walk_unwind(const walk *w, const pel_function *f, uint64_t *left);

/** The same for people: a line for each code. */
pel_status pel_walk_unwind_text(const walk *w, const pel_function *f, uint64_t *left);

/** The digest of `bytes`. */
void pel_emit_hash(pel_emitter *e, const char *key, pel_hash kind, pel_span bytes);

/** "entropy", "md5", "sha1" and "sha256" of `bytes`. */
void pel_emit_digests(const walk *w, pel_span bytes);

/** "exphash" and "exphash_sha256", as "imphash". */
void pel_walk_exphash(const walk *w);

#endif
