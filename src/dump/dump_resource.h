/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_DUMP_RESOURCE_H
#define PEL_DUMP_DUMP_RESOURCE_H

/* What resources hold, by their type. */

#include <pelorus/resources.h>

#include "dump/emitter.h"

/** Show the decoded `bytes` of `leaf` under a key of its type; nothing for types that are but
 * bytes. Tells why it ended. */
pel_status pel_emit_resource(pel_emitter *e, const pel_resource *leaf, pel_span bytes);

/** The parts of it that have files of their own. */
pel_status pel_emit_version(pel_emitter *e, pel_span bytes);
pel_status pel_emit_dialog(pel_emitter *e, pel_span bytes);
pel_status pel_emit_menu(pel_emitter *e, pel_span bytes);

/** UTF-16LE. */
void pel_emit_utf16(pel_emitter *e, const char *key, pel_span text);

/** A number or a text; null for an empty text when `optional`. */
void pel_emit_key(pel_emitter *e, const char *name, const pel_resource_key *key, bool optional);

/** A number that may be negative. */

#endif
