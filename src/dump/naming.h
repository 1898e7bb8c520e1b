/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_NAMING_H
#define PEL_DUMP_NAMING_H

/* What addresses of an image are called, for whoever shows them. The names are collected when the
 * first one is asked for. */

#include <pelorus/symbols.h>

#include "dump/emitter.h"

/** All zero but for `image`; free it with pel_naming_free. */
typedef struct pel_naming {
    const pel_image *image;
    const pel_allocator *allocator; /* NULL: that of the C library */
    pel_symbols *symbols;
    bool failed;   /* there is no memory for them */
    uint64_t used; /* bytes of names that were given: many addresses may share a long one */
} pel_naming;

/* Bytes that are shown of a name, and its zero. */
#define PEL_NAME_SHOWN 4097

void pel_naming_free(pel_naming *naming);

/** The names; NULL when there is no memory. */
const pel_symbols *pel_naming_symbols(pel_naming *naming);

/** The name that `rva` is at or behind, "name+0x12", in `text`; false when it has none. */
bool pel_name_near(pel_naming *naming, pel_rva rva, char text[PEL_NAME_SHOWN], pel_str *out);

/** The name that stands for `rva` itself; false, and the empty text, when it has none. */
bool pel_name_at(pel_naming *naming, pel_rva rva, char text[PEL_NAME_SHOWN], pel_str *out);

/** pel_name_near as text, or null. Where `only` leaves the key out nothing is looked up. */
void pel_emit_symbol(pel_emitter *e, const char *key, pel_naming *naming, pel_rva rva);

/** pel_name_at as text, or null. */
void pel_emit_name(pel_emitter *e, const char *key, pel_naming *naming, pel_rva rva);

/** "callbacks": the VAs of the TLS callbacks, moved by `delta`; and if one of them has a name,
 *  "callback_symbols". Gives the status that the list ended with. */
pel_status pel_walk_callbacks(pel_emitter *e, pel_naming *naming, uint64_t delta);

/** A symbol as text. */
void pel_emit_symbol_name(pel_emitter *e, const char *key, const pel_symbol_name *name);

/* Room for a name in a line of text, with its zero. */
#define PEL_NAME_LINE 64

/** The name near `rva` for a line of text, escaped and as much of it as fits, with a blank before
 * it; empty when it has none. For a single address: its names are collected and dropped. */
void pel_name_for_line(const pel_image *image, const pel_allocator *allocator, pel_rva rva,
                       char out[PEL_NAME_LINE]);

#endif
