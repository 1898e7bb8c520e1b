/* SPDX-License-Identifier: Apache-2.0 */
/* oddities FOLDER [ID]...
 *
 * Builds the odd files of FOLDER, and compares what is known of them (FOLDER/oddities.yaml) with
 * what the library answers. A line for each difference, and last "N passed, M failed". Exit 1 if
 * any failed. */
#define _POSIX_C_SOURCE 200809L
#include "facts.h"

#include <stdlib.h>
#include <string.h>

static char *read_file(const char *folder, const char *name, const char *ending, size_t *size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *f = fopen(path, "rb");
    char *text = malloc(PEL_YAML_MAX_SIZE);
    *size = f && text ? fread(text, 1, PEL_YAML_MAX_SIZE, f) : 0;
    if (f)
        fclose(f);
    if (*size > 0)
        return text;
    free(text);
    return NULL;
}

static pel_span span_of(const char *text, size_t size)
{
    return (pel_span){ (const uint8_t *)text, size };
}

/* Whether the row is asked for. */
static bool is_wanted(const pel_yaml *row, char **ids, int count)
{
    const pel_yaml *id = pel_yaml_get(row, "id");
    for (int i = 0; i < count; i++)
        if (id && strcmp(ids[i], id->text.ptr) == 0)
            return true;
    return count == 0;
}

/* The version that `in` names, else the last of those that load it. */
static void choose_windows(oddity *o)
{
    const pel_yaml *in = pel_yaml_get(o->row, "in"), *check = pel_yaml_get(o->row, "check");
    if (in && !read_windows(in->text.ptr, &o->in))
        differs(o, "in: no such Windows: %s", in->text.ptr);
    for (const pel_yaml *c = !in && check ? check->first : NULL; c; c = c->next) {
        const char *last = strrchr(c->key->text.ptr, ' ');
        if (strcmp(c->text.ptr, "loads") == 0)
            read_windows(last ? last + 1 : c->key->text.ptr, &o->in);
    }
}

/* What the recipe makes; the image is borrowed from the builder. */
static bool make(const char *folder, const char *name, pel_builder **b, pel_image **image)
{
    size_t size;
    pel_span file;
    pel_recipe_error error = { .message = "cannot be built" };
    char *recipe = read_file(folder, name, ".yaml", &size);
    bool ok = recipe && pel_builder_from_recipe(span_of(recipe, size), NULL, b, &error) == PEL_OK &&
              pel_builder_finish(*b, &file) == PEL_OK &&
              pel_image_parse(file, NULL, image) == PEL_OK;
    if (!ok)
        printf("%s: %zu:%zu: %s\n", name, error.line, error.column,
               recipe ? error.message : "there is no such recipe");
    free(recipe);
    return ok;
}

static bool run_row(const char *folder, const companion *companions, const pel_yaml *row)
{
    const pel_yaml *name = pel_yaml_get(row, "file");
    oddity o = { .name = name ? name->text.ptr : "?", .row = row, .companions = companions };
    pel_builder *b = NULL;
    pel_image *image = NULL;
    bool made = make(folder, o.name, &b, &image);
    o.image = image;
    if (made) {
        choose_windows(&o);
        check_row(&o);
    }
    pel_image_free(image);
    pel_builder_free(b);
    return made && o.failures == 0;
}

/* ---- companions -------------------------------------------------------- */

const pel_image *companion_named(const oddity *o, const char *name)
{
    const companion *c = o->companions;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    return c->image;
}

static bool make_companions(const char *folder, companion *c)
{
    bool ok = true;
    for (; c->name; c++)
        ok = make(folder, c->recipe, &c->builder, &c->image) && ok;
    return ok;
}

static void free_companions(companion *c)
{
    for (; c->name; c++) {
        pel_image_free(c->image);
        pel_builder_free(c->builder);
    }
}

int main(int argc, char **argv)
{
    size_t size, passed = 0, failed = 0;
    pel_arena arena;
    pel_yaml *rows = NULL;
    pel_yaml_error error = { .line = 0 };
    if (argc < 2) {
        fprintf(stderr, "usage: oddities FOLDER [ID]...\n");
        return 2;
    }
    companion companions[] = { { .name = "host.exe", .recipe = "host" },
                               { .name = "kernel32.dll", .recipe = "kernel32" },
                               { .name = "user32.dll", .recipe = "user32" },
                               { .name = NULL } };
    failed += !make_companions(argv[1], companions);
    char *table = read_file(argv[1], "oddities", ".yaml", &size);
    pel_arena_init(&arena, NULL);
    if (!table || pel_yaml_parse(span_of(table, size), &arena, &rows, &error) != PEL_OK)
        fprintf(stderr, "oddities.yaml:%zu: %s\n", error.line, error.message);
    for (const pel_yaml *row = rows ? rows->first : NULL; row; row = row->next) {
        if (is_wanted(row, argv + 2, argc - 2))
            *(run_row(argv[1], companions, row) ? &passed : &failed) += 1;
    }
    free_companions(companions);
    pel_arena_release(&arena);
    free(table);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
