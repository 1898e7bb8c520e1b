/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of thread-local storage. */
#include "dump/walk_image.h"

void pel_walk_tls(const walk *w)
{
    pel_tls tls;
    const pel_schema *schema = &pel_tls_directory_schema;
    bool wide = pel_image_is_wide(w->img);
    if (!pel_walk_has(w, PEL_DIR_TLS, "tls") || pel_image_tls(w->img, &tls) == PEL_NOT_FOUND)
        return;
    pel_structure s = { .schema = schema,
                        .fields = &tls.directory,
                        .offset = { tls.has_offset ? tls.offset.v : PEL_NO_OFFSET },
                        .size = pel_schema_wire_size(schema, wide),
                        .available = tls.available,
                        .wide = wide };
    pel_emit_map_begin(w->e, "tls");
    pel_emit_structure(w->e, &s);
    pel_emit_end(w->e, pel_walk_callbacks(w->e, w->naming, 0));
    pel_emit_map_end(w->e);
}
