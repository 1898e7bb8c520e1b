/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_WALK_H
#define PEL_DUMP_WALK_H

/* What several walkers tell in the same way. */

#include "dump/emitter.h"

/** True when the document shows `key`: then it is worth working for. */
bool pel_dump_wants(const pel_dump_options *options, const char *key);

/** True when the document shows what is dear of `key`: text does only when it is asked for. */
bool pel_dump_wants_all(const pel_dump_options *options, const char *key);

/** `options`, or the defaults when it is NULL. */
const pel_dump_options *pel_dump_options_or_default(const pel_dump_options *options);

/** The whole document of an image, as the root of whatever `e` writes. */
void pel_walk_image(pel_emitter *e, const pel_image *image, const char *path,
                    const pel_dump_options *options);

/** The map {path, size} of the file, as "file". */
void pel_walk_file(pel_emitter *e, const pel_image *image, const char *path);

/** ImageBase; 0 when the file has none. */
pel_va pel_walk_base(const pel_image *image);

/** The list of diagnostics, as "diagnostics". */
void pel_walk_diagnostics(pel_emitter *e, const pel_image *image);

/** How ASLR placed `module` (NULL: nothing is placed), as "aslr": {seed, randomized}, or null. */
void pel_emit_aslr(pel_emitter *e, const pel_module *module);

/** PAGE_* as text; 0 gives null. */
void pel_emit_protect(pel_emitter *e, const char *key, uint32_t protect);

/** The name of section `index`; null when it is PEL_NO_INDEX. */
void pel_emit_section_name(pel_emitter *e, const char *key, const pel_image *image, uint32_t index);

#endif
