/* SPDX-License-Identifier: Apache-2.0 */
/* build_recipe RECIPE OUT: makes the file that a recipe describes.
 * build_recipe RECIPE OUT.c NAME: makes a C source with its bytes as NAME and their number as
 * NAME_size, to link them into a program. A tool of the build; people use `pelorus build`. */
#include <pelorus/builder.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_RECIPE ((size_t)8 * 1024 * 1024)

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(MAX_RECIPE);
    *size = f && bytes ? fread(bytes, 1, MAX_RECIPE, f) : 0;
    bool failed = !f || !bytes || ferror(f);
    if (f)
        fclose(f);
    if (!failed)
        return bytes;
    free(bytes);
    return NULL;
}

static bool write_bytes(FILE *f, pel_span file)
{
    return file.size == 0 || fwrite(file.data, 1, file.size, f) == file.size;
}

static bool write_source(FILE *f, pel_span file, const char *name)
{
    fprintf(f,
            "/* Made by build_recipe. */\n#include <stddef.h>\n"
            "extern const unsigned char %s[];\nextern const size_t %s_size;\n"
            "const size_t %s_size = %zu;\nconst unsigned char %s[] = {",
            name, name, name, file.size, name);
    for (size_t i = 0; i < file.size; i++)
        fprintf(f, "%s%u,", i % 16 ? " " : "\n    ", file.data[i]);
    return fprintf(f, "\n};\n") > 0;
}

static bool write_file(const char *path, pel_span file, const char *name)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    bool written = name ? write_source(f, file, name) : write_bytes(f, file);
    return fclose(f) == 0 && written;
}

static int build(pel_span recipe, char **argv)
{
    pel_recipe_error error;
    pel_builder *b;
    pel_span file;
    pel_status st = pel_builder_from_recipe(recipe, NULL, &b, &error);
    if (st != PEL_OK) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", argv[1], error.line, error.column, error.message);
        return EXIT_FAILURE;
    }
    st = pel_builder_finish(b, &file);
    bool written = st == PEL_OK && write_file(argv[2], file, argv[3]);
    pel_builder_free(b);
    if (st != PEL_OK)
        fprintf(stderr, "%s: %s\n", argv[1], pel_status_name(st));
    else if (!written)
        perror(argv[2]);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: build_recipe RECIPE OUT [NAME]\n");
        return 2;
    }
    size_t size;
    uint8_t *bytes = read_file(argv[1], &size);
    if (!bytes) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    int exit_code = build((pel_span){ bytes, size }, argv);
    free(bytes);
    return exit_code;
}
