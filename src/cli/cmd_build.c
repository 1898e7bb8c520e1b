/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

typedef struct arguments {
    const char *recipe, *out;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case 'o': a->out = arg; return 0;
    case ARGP_KEY_ARG: take_one(&a->recipe, arg, "RECIPE", state); return 0;
    case ARGP_KEY_END:
        if (!a->recipe)
            argp_error(state, "a RECIPE is missing");
        else if (!a->out)
            argp_error(state, "-o FILE is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "output", 'o', "FILE", 0, "Write the PE file to FILE", 1 },
    { 0 },
};
static const struct argp argp = { .options = options,
                                  .parser = parse,
                                  .args_doc = "RECIPE -o FILE" };

static int write_all(const char *path, pel_span bytes)
{
    output_file out;
    if (!output_begin(&out, path))
        return EXIT_INTERNAL;
    return output_end(&out, fwrite(bytes.data, 1, bytes.size, out.stream) == bytes.size);
}

static int build(const arguments *a, pel_span yaml)
{
    pel_builder *builder;
    pel_recipe_error error = { .line = 0 };
    pel_span bytes;
    pel_status st = pel_builder_from_recipe(yaml, NULL, &builder, &error);
    if (st != PEL_OK) {
        char place[4096];
        snprintf(place, sizeof place, "%s:%zu:%zu", a->recipe, error.line, error.column);
        complain(place, error.message);
        return st == PEL_NO_MEMORY ? EXIT_INTERNAL : EXIT_UNREADABLE;
    }
    st = pel_builder_finish(builder, &bytes);
    int status = st == PEL_OK ? write_all(a->out, bytes) : EXIT_UNREADABLE;
    if (st != PEL_OK)
        complain(a->recipe, pel_status_name(st));
    pel_builder_free(builder);
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    arguments a = { .recipe = NULL };
    size_t size;
    parse_arguments(self, argc, argv, &a);
    char *text = read_all(a.recipe, &size);
    if (!text) {
        complain(a.recipe, strerror(errno));
        return EXIT_UNREADABLE;
    }
    int status = build(&a, (pel_span){ (const uint8_t *)text, size });
    free(text);
    return status;
}

const command command_build = {
    .name = "build",
    .summary = "Build a PE file from a YAML recipe",
    .examples = "  pelorus build samples/images/tour.yaml -o tour.exe\n"
                "  pelorus build recipe.yaml -o odd.dll && pelorus check odd.dll\n",
    .argp = &argp,
    .run = run,
};
