/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOAD_WORLD_H
#define LOAD_WORLD_H

/* A machine, DLLs that can be found, and a process. DLLs are recipes with the usual left out:
 *
 *     world w = world_new();
 *     world_dll(&w, "a.dll", "exports: {name: a.dll, functions: [{name: F, at: code}]}");
 *     world_program(&w, "imports: [{dll: a.dll, functions: [F]}]");
 *     ck_nt(SUCCESS, world_start(&w));
 *     world_free(&w);
 */

#include "fixture.h"

#define WORLD_MOST 40

typedef struct world {
    pel_machine *m;
    pel_search_path *path;
    pel_start_options start;
    pel_process *p;
    sample made[WORLD_MOST];
    size_t count;
    pel_build_kind kind;
} world;

static inline world world_new(void)
{
    world w = { .m = machine_of(0), .kind = PEL_BUILD_PE32PLUS };
    ck_ok(pel_search_path_new(NULL, &w.path));
    w.start.path = w.path;
    return w;
}

/* A file with code at the label `code`, data at `data`, and what `more` says. */
static inline const pel_image *world_make(world *w, const char *flags, uint64_t base,
                                          const char *more)
{
    static char recipe[65536];
    pel_recipe_error error;
    sample *s = &w->made[w->count++];
    ck_assert_uint_le(w->count, WORLD_MOST);
    int n = snprintf(recipe, sizeof recipe,
                     "kind: %s\n"
                     "set: {file_header.Characteristics: %s, optional_header.ImageBase: 0x%llx}\n"
                     "sections:\n"
                     "  - {name: .text, flags: [CNT_CODE, MEM_EXECUTE, MEM_READ],"
                     " data: [{label: code, hex: c3}, {label: other, hex: c3}]}\n"
                     "  - {name: .data, flags: [CNT_INITIALIZED_DATA, MEM_READ, MEM_WRITE],"
                     " data: [{label: data, va: code}, {label: word, u64: 9999}, {zero: 64}]}\n"
                     "%s\n",
                     w->kind == PEL_BUILD_PE32 ? "PE32" : "PE32+", flags, (unsigned long long)base,
                     more);
    ck_assert_int_lt(n, (int)sizeof recipe);
    pel_span yaml = { (const uint8_t *)recipe, (size_t)n };
    pel_status st = pel_builder_from_recipe(yaml, NULL, &s->b, &error);
    ck_assert_msg(st == PEL_OK, "recipe: %zu: %s in\n%s", error.line, error.message, recipe);
    sample_parse(s);
    return s->img;
}

/* Each DLL has a base of its own. */
static inline const pel_image *world_dll(world *w, const char *name, const char *more)
{
    uint64_t base = 0x10000000 + 0x1000000 * (uint64_t)w->count;
    const pel_image *img = world_make(w, "[EXECUTABLE_IMAGE, DLL]", base, more);
    ck_ok(pel_search_path_add_image(w->path, name, img));
    return img;
}

static inline void world_program(world *w, const char *more)
{
    const char *flags = "[EXECUTABLE_IMAGE, LARGE_ADDRESS_AWARE]";
    const pel_image *img = world_make(w, flags, 0x400000, more);
    ck_nt(SUCCESS, pel_process_new(w->m, img, NULL, &w->p, NULL));
}

static inline pel_ntstatus world_start(world *w)
{
    w->start.name = "main.exe";
    return pel_process_start(w->p, &w->start);
}

static inline void world_free(world *w)
{
    process_done(w->p, w->m);
    pel_search_path_free(w->path);
    for (size_t i = 0; i < w->count; i++)
        sample_free(&w->made[i]);
}

/* ---- asking ------------------------------------------------------------ */

static inline const pel_loaded_module *module_named(const world *w, const char *name)
{
    for (uint32_t i = 0; i < pel_process_module_count(w->p); i++)
        if (strcmp(pel_process_module_at(w->p, i)->name, name) == 0)
            return pel_process_module_at(w->p, i);
    return NULL;
}

/* The binding of module `module` whose name is `name`; the first. */
static inline const pel_binding *binding_named(const world *w, uint32_t module, const char *name)
{
    for (size_t i = 0; i < pel_process_binding_count(w->p); i++) {
        const pel_binding *b = pel_process_binding_at(w->p, i);
        if (b->module == module && b->name.len == strlen(name) &&
            memcmp(b->name.ptr, name, b->name.len) == 0)
            return b;
    }
    ck_abort_msg("no binding of %s", name);
    return NULL;
}

static inline uint64_t word_at(const world *w, uint64_t va)
{
    uint8_t bytes[8] = { 0 };
    size_t size = w->kind == PEL_BUILD_PE32 ? 4 : 8;
    ck_nt(SUCCESS, pel_space_peek(pel_process_space(w->p), va_of(va), bytes, size));
    uint64_t word = 0;
    for (size_t i = size; i-- > 0;)
        word = word << 8 | bytes[i];
    return word;
}

/* What is in a binding's slot is what it says, and that is the label `code` of that module. */
static inline void ck_bound_to(const world *w, const pel_binding *b, const char *module)
{
    const pel_loaded_module *from = pel_process_module_at(w->p, b->module);
    const pel_loaded_module *to = module_named(w, module);
    ck_assert_ptr_nonnull(to);
    ck_assert_str_eq(pel_process_module_at(w->p, b->target_module)->name, module);
    ck_hex(b->target.v, to->module.base.v + 0x1000);
    ck_hex(word_at(w, from->module.base.v + b->slot.v), b->target.v);
}

/* Names of the modules by load order, or by initialisation order, with blanks between. */
static inline void ck_order(const world *w, bool by_init, const char *want)
{
    char got[1024] = "";
    uint32_t count = pel_process_module_count(w->p);
    for (uint32_t order = 0; order < count; order++) {
        for (uint32_t i = 0; i < count; i++) {
            const pel_loaded_module *m = pel_process_module_at(w->p, i);
            if ((by_init ? m->init_order : i) == order) {
                strcat(got, *got ? " " : "");
                strcat(got, m->name);
            }
        }
    }
    ck_assert_str_eq(got, want);
}

#endif
