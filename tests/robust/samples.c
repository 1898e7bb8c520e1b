/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* scandir */
#include "check_pel.h"
#include "exercise.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static int is_image(const struct dirent *entry)
{
    static const char *const endings[] = { ".exe", ".dll", ".efi", ".bin", ".obj", ".lib", ".dbg" };
    const char *dot = strrchr(entry->d_name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(dot, endings[i]) == 0)
            return 1;
    return 0;
}

int samples_count(void)
{
    struct dirent **entries;
    int count = scandir(PEL_SAMPLES_DIR, &entries, is_image, alphasort);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    if (count >= 0)
        free(entries);
    return count;
}

static void read_sample(sample *s, const char *name)
{
    char path[600];
    pel_image *image;
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(path, sizeof path, "%s/%s", PEL_SAMPLES_DIR, name);
    ck_ok(pel_image_open(path, NULL, &image));
    pel_span bytes = pel_image_bytes(image);
    s->size = bytes.size;
    s->bytes = malloc(bytes.size + 1);
    ck_assert_ptr_nonnull(s->bytes);
    memcpy(s->bytes, bytes.data, bytes.size);
    pel_image_free(image);
}

samples samples_read(void)
{
    struct dirent **entries;
    int count = scandir(PEL_SAMPLES_DIR, &entries, is_image, alphasort);
    ck_assert_msg(count > 0, "no samples in %s", PEL_SAMPLES_DIR);
    samples s = { .items = calloc((size_t)count, sizeof *s.items), .count = (size_t)count };
    ck_assert_ptr_nonnull(s.items);
    for (int i = 0; i < count; i++) {
        read_sample(&s.items[i], entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return s;
}

void samples_free(samples *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i].bytes);
    free(s->items);
}
