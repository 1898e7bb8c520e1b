/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_REPLACEMENT_H
#define CONFORMANCE_REPLACEMENT_H

#include <yaml.h>

#include "report.h"

/* Run the section `replacement` of a YAML file: strings of page references, and the faults that
 * policies have with numbers of frames.
 *
 *   - {id: NAME, refs: [PAGE, ...], faults: {FRAMES: {POLICY: FAULTS, ...}, ...}}
 *
 * A case is one string. A file without the section has no cases; one that is no YAML fails. */
void replacement_run(const char *path, report *to);

/* The same of a document that is loaded already. */
void replacement_run_document(yaml_document_t *doc, report *to);

#endif
