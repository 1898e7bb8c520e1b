/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of the directories: those that are cut, and lists of them without an end. What their
 * entries lead to is looked at when somebody asks for it. */
#include <pelorus/debug.h>
#include <pelorus/directories.h>
#include <pelorus/exceptions.h>

#include "pe/image_priv.h"

/* A structure of which the image holds `available` bytes. */
static pel_status lint_structure(pel_image *img, pel_status status, const pel_schema *schema,
                                 const pel_foff *offset, size_t available, size_t size)
{
    pel_place where = { .structure = schema->key, .index = PEL_NO_INDEX };
    if (status != PEL_TRUNCATED)
        return PEL_OK;
    where.has_offset = offset != NULL;
    where.offset.v = offset ? offset->v : 0;
    return pel_image_remark_at(img, PEL_DIAG_DIRECTORY_TRUNCATED, where, available, size);
}

static pel_status lint_structures(pel_image *img)
{
    pel_exports x;
    pel_tls tls;
    pel_load_config_info config;
    bool wide = pel_image_is_wide(img);
    pel_status st = pel_image_exports(img, &x);
    PEL_TRY(lint_structure(img, st, &pel_export_directory_schema, x.has_offset ? &x.offset : NULL,
                           x.available, pel_schema_wire_size(&pel_export_directory_schema, wide)));
    st = pel_image_tls(img, &tls);
    PEL_TRY(lint_structure(img, st, &pel_tls_directory_schema, tls.has_offset ? &tls.offset : NULL,
                           tls.available, pel_schema_wire_size(&pel_tls_directory_schema, wide)));
    st = pel_image_load_config(img, &config);
    return lint_structure(img, st, &pel_load_config_schema,
                          config.has_offset ? &config.offset : NULL, config.available, config.size);
}

/* How many entries a list has, and why it ends. */
typedef struct walked {
    uint64_t count;
    pel_status status;
} walked;

static walked walk_imports(const pel_image *img)
{
    walked w = { 0 };
    pel_import_iter it = pel_image_imports(img);
    for (pel_import i; pel_import_next(&it, &i);)
        w.count++;
    w.status = it.status;
    return w;
}

static walked walk_delay_imports(const pel_image *img)
{
    walked w = { 0 };
    pel_delay_import_iter it = pel_image_delay_imports(img);
    for (pel_delay_import i; pel_delay_import_next(&it, &i);)
        w.count++;
    w.status = it.status;
    return w;
}

static walked walk_bound_imports(const pel_image *img)
{
    walked w = { 0 };
    pel_bound_import_iter it = pel_image_bound_imports(img);
    for (pel_bound_import i; pel_bound_import_next(&it, &i);)
        w.count++;
    w.status = it.status;
    return w;
}

static walked walk_callbacks(const pel_image *img)
{
    walked w = { 0 };
    pel_tls_iter it = pel_image_tls_callbacks(img);
    for (pel_va va; pel_tls_next(&it, &va);)
        w.count++;
    w.status = it.status;
    return w;
}

static walked walk_debug(const pel_image *img)
{
    pel_debug_iter it = pel_image_debug(img);
    for (pel_debug_entry e; pel_debug_next(&it, &e);)
        continue;
    return (walked){ it.index, it.status };
}

static const struct {
    uint32_t directory;
    const char *key;
    walked (*walk)(const pel_image *img);
} lists[] = {
    { PEL_DIR_IMPORT, "imports", walk_imports },
    { PEL_DIR_DEBUG, "debug", walk_debug },
    { PEL_DIR_TLS, "tls.callbacks", walk_callbacks },
    { PEL_DIR_BOUND_IMPORT, "bound_imports", walk_bound_imports },
    { PEL_DIR_DELAY_IMPORT, "delay_imports", walk_delay_imports },
};

/* Whether any byte is mapped there; that there is none is told of the data directory. */
static bool is_there(const pel_image *img, uint32_t directory)
{
    pel_rva at = { pel_image_directory(img, directory).address };
    pel_where where = pel_image_at_rva(img, at).where;
    return at.v != 0 && where != PEL_WHERE_UNMAPPED && where != PEL_WHERE_GAP;
}

/* The first case of an oddity stands for all. */
static pel_status lint_functions(pel_image *img)
{
    pel_function_report r = pel_image_check_functions(img);
    const struct {
        pel_diag_code code;
        const pel_function_oddity *oddity;
    } rows[] = {
        { PEL_DIAG_FUNCTIONS_UNSORTED, &r.unsorted },
        { PEL_DIAG_FUNCTIONS_OVERLAP, &r.overlaps },
        { PEL_DIAG_UNWIND_OUTSIDE, &r.outside },
        { PEL_DIAG_UNWIND_VERSION, &r.version },
    };
    pel_place where = { .structure = "exceptions.functions", .index = PEL_NO_INDEX };
    if (r.status != PEL_OK && is_there(img, PEL_DIR_EXCEPTION))
        PEL_TRY(pel_image_remark_at(img, PEL_DIAG_FUNCTIONS_CUT, where, r.count, 0));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const pel_function_oddity *o = rows[i].oddity;
        where.index = o->index;
        if (o->count)
            PEL_TRY(pel_image_remark_at(img, rows[i].code, where, o->found, o->limit));
    }
    return PEL_OK;
}

pel_status pel_image_lint_directories(pel_image *img)
{
    PEL_TRY(lint_structures(img));
    PEL_TRY(lint_functions(img));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        pel_place where = { .structure = lists[i].key, .index = PEL_NO_INDEX };
        if (!is_there(img, lists[i].directory))
            continue;
        walked w = lists[i].walk(img);
        if (w.status != PEL_OK)
            PEL_TRY(pel_image_remark_at(img, PEL_DIAG_DIRECTORY_LIST_CUT, where, w.count, 0));
    }
    PEL_TRY(pel_image_lint_metadata(img));
    return pel_image_lint_resources(img);
}
