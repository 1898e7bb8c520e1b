/* SPDX-License-Identifier: Apache-2.0 */
/* Steps with section objects: data files, memory of the page files, images. */
#include "scenario/run_priv.h"

#include <string.h>

/* ---- the pager of a data file -------------------------------------------- */

/* The bytes live as long as the run. */
typedef struct data_file {
    pel_allocator allocator;
    pel_span bytes;
} data_file;

static pel_status fill_page(void *ctx, uint64_t page, uint8_t *bytes)
{
    const data_file *f = ctx;
    pel_span part = pel_span_clip(f->bytes, page * PEL_PAGE_SIZE, PEL_PAGE_SIZE);
    if (part.size > 0)
        memcpy(bytes, part.data, part.size);
    return PEL_OK;
}

static void close_file(void *ctx)
{
    data_file *f = ctx;
    pel_allocator a = f->allocator;
    pel_give(&a, f, sizeof *f);
}

static pel_status data_of(pel_run *run, const pel_step *step, pel_span *out)
{
    *out = (pel_span){ (const uint8_t *)step->bytes.ptr, step->bytes.len };
    if (!step->file)
        return PEL_OK;
    pel_opened *o;
    PEL_TRY(pel_run_open(run, step->file, step->file_node, &o));
    *out = o->bytes;
    return PEL_OK;
}

static pel_status make_file(pel_run *run, const pel_step *step, pel_section_options *o)
{
    pel_span bytes;
    PEL_TRY(data_of(run, step, &bytes));
    data_file *f = pel_take(&run->arena.allocator, sizeof *f);
    if (!f)
        return pel_run_fail(run, step->node->key, PEL_NO_MEMORY, "out of memory");
    *f = (data_file){ run->arena.allocator, bytes };
    o->type = PEL_SECTION_FILE;
    o->file_size = bytes.size;
    o->pager = (pel_pager){ .fill = fill_page, .close = close_file, .ctx = f };
    return PEL_OK;
}

/* ---- steps --------------------------------------------------------------- */

static pel_status make_section(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_section_options o = { .type = PEL_SECTION_PAGE_FILE,
                              .size = step->size,
                              .protect = step->protect,
                              .attributes = PEL_SEC_COMMIT };
    pel_section_object *made = NULL;
    if (step->file || step->has_value)
        PEL_TRY(make_file(run, step, &o));
    out->size = o.type == PEL_SECTION_FILE && !step->size ? o.file_size : step->size;
    out->status = pel_section_object_new(run->machine, &o, &made);
    if (pel_nt_success(out->status)) {
        pel_section_object_free(run->sections[step->section]);
        run->sections[step->section] = made;
    }
    return PEL_OK;
}

static pel_status map_view(pel_run *run, const pel_step *step, pel_running *p, pel_outcome *out)
{
    pel_section_object *section = run->sections[step->section];
    pel_view_options o = { .offset = step->offset, .size = step->size, .protect = step->protect };
    if (!section)
        return pel_run_fail(run, step->node->key, PEL_MALFORMED,
                            "there is no section '%s': the step that makes it was refused",
                            run->s->sections[step->section]);
    if (step->at.node)
        PEL_TRY(pel_run_value(run, &step->at, step->process, &out->at.v));
    out->status = pel_space_map_view(p->space, section, &o, &out->at, &out->size);
    return PEL_OK;
}

static pel_status map_image(pel_run *run, const pel_step *step, pel_running *p, pel_outcome *out)
{
    const pel_image *image;
    pel_load_options load = step->load;
    pel_module module;
    load.seed = run->seed;
    PEL_TRY(pel_run_image(run, step->file, step->file_node, &image));
    out->status = pel_image_map(p->space, image, &load, &module);
    if (pel_nt_success(out->status)) {
        out->at = module.base;
        out->size = module.size;
    }
    return PEL_OK;
}

pel_status pel_do_section(pel_run *run, const pel_step *step, pel_outcome *out)
{
    pel_running *p;
    if (step->verb == PEL_VERB_SECTION) {
        PEL_TRY(make_section(run, step, out));
        return pel_run_host(run, step->node->key, out->status);
    }
    PEL_TRY(pel_run_process(run, step->node->key, step->process, &p));
    PEL_TRY(step->verb == PEL_VERB_MAP ? map_view(run, step, p, out)
                                       : map_image(run, step, p, out));
    out->has_at = pel_nt_success(out->status);
    pel_run_define(run, step, out);
    return pel_run_host(run, step->node->key, out->status);
}

void pel_run_drop_sections(pel_run *run)
{
    for (size_t i = 0; i < PEL_SCENARIO_NAMES; i++) {
        pel_section_object_free(run->sections[i]);
        run->sections[i] = NULL;
    }
}
