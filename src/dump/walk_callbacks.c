/* SPDX-License-Identifier: Apache-2.0 */
/* TLS callbacks, and what they are called. */
#include <pelorus/directories.h>

#include "dump/naming.h"
#include "dump/walk.h"

static bool rva_of(const pel_image *img, pel_va va, pel_rva *out)
{
    return pel_rva_of(pel_walk_base(img), pel_image_view_size(img), va, out);
}

static bool any_has_name(pel_naming *naming)
{
    char text[PEL_NAME_SHOWN];
    pel_str name;
    pel_rva rva;
    pel_tls_iter it = pel_image_tls_callbacks(naming->image);
    for (pel_va va; pel_tls_next(&it, &va);)
        if (rva_of(naming->image, va, &rva) && pel_name_near(naming, rva, text, &name))
            return true;
    return false;
}

static void walk_names(pel_emitter *e, pel_naming *naming)
{
    pel_rva rva;
    pel_emit_seq_begin(e, "callback_symbols");
    pel_tls_iter it = pel_image_tls_callbacks(naming->image);
    for (pel_va va; e->status == PEL_OK && pel_tls_next(&it, &va);) {
        if (rva_of(naming->image, va, &rva))
            pel_emit_symbol(e, NULL, naming, rva);
        else
            pel_emit_null(e, NULL);
    }
    pel_emit_seq_end(e);
}

pel_status pel_walk_callbacks(pel_emitter *e, pel_naming *naming, uint64_t delta)
{
    pel_emit_seq_begin(e, "callbacks");
    pel_tls_iter it = pel_image_tls_callbacks(naming->image);
    for (pel_va va; e->status == PEL_OK && pel_tls_next(&it, &va);)
        pel_emit_hex(e, NULL, va.v + delta);
    pel_emit_seq_end(e);
    if (!e->muted && any_has_name(naming))
        walk_names(e, naming);
    return it.status;
}
