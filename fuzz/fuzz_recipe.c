/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a recipe: refused with a place, or built; and what is built is a file like any. */
#include <pelorus/builder.h>
#include <pelorus/image.h>
#include <string.h>

#include "fuzz.h"

static void build(pel_builder *builder)
{
    pel_span file;
    pel_image *image;
    if (pel_builder_finish(builder, &file) != PEL_OK)
        return;
    MUST(pel_image_parse(file, NULL, &image) == PEL_OK);
    pel_image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pel_recipe_error error;
    pel_builder *builder;
    pel_status st = pel_builder_from_recipe((pel_span){ data, size }, NULL, &builder, &error);
    if (st == PEL_OK) {
        build(builder);
    } else {
        MUST(builder == NULL);
        MUST(st == PEL_NO_MEMORY || (error.line > 0 && error.column > 0));
        MUST(memchr(error.message, 0, sizeof error.message) != NULL);
    }
    pel_builder_free(builder);
    return 0;
}
