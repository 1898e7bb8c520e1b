/* SPDX-License-Identifier: Apache-2.0 */
/* bench_image FILE...: what the steps from a file to mapped memory cost, as ratios in one run.
 *
 *   map     mmap the file and read its first page: the least that anyone can do
 *   parse   the same, and pel_image_open
 *   check   the same, and pel_check
 *   dump    the same, and the JSON document without file hashes, thrown away
 *   load    the same, and a process with the image in it, nothing touched
 *   touch   the same, and one byte read from every page of the image
 *   memcpy  SizeOfImage bytes copied once, to hold `touch` against
 *
 * The steps run in turn, several rounds; the median round counts. */
#define _POSIX_C_SOURCE 200809L
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/os.h"

#define ROUNDS 7

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static pel_status swallow(void *ctx, const void *data, size_t size)
{
    (void)data;
    *(uint64_t *)ctx += size;
    return PEL_OK;
}

static volatile uint64_t used; /* so that the work is not left out */

static void step_map(const char *path)
{
    pel_span bytes;
    if (pel_os_map_file(path, &bytes) == PEL_OK && bytes.size > 0)
        used += bytes.data[0];
    pel_os_unmap_file(bytes);
}

static void with_image(const char *path, void (*step)(const pel_image *img))
{
    pel_image *img;
    if (pel_image_open(path, NULL, &img) == PEL_OK && step)
        step(img);
    pel_image_free(img);
}

static void check(const pel_image *img) { used += pel_check(img, NULL).status; }

static void dump(const pel_image *img)
{
    static const char *const keys[] = { "dos_header",  "rich_header",     "nt_signature",
                                        "file_header", "optional_header", "base_relocations",
                                        "diagnostics" };
    pel_dump_options options = { .format = PEL_FORMAT_JSON,
                                 .only = keys,
                                 .only_count = sizeof keys / sizeof keys[0] };
    uint64_t size = 0;
    pel_dump_image(img, "bench", &options, (pel_sink){ swallow, &size });
    used += size;
}

static void in_process(const pel_image *img, bool touch)
{
    pel_machine *machine;
    pel_process *process = NULL;
    if (pel_machine_new(NULL, &machine) != PEL_OK)
        return;
    pel_load_options options = { .hypothetical = true };
    pel_process_new(machine, img, &options, &process, NULL);
    const pel_module *m = process ? pel_process_module(process) : NULL;
    for (uint64_t at = 0; touch && m && at < m->size; at += PEL_PAGE_SIZE) {
        uint8_t byte = 0;
        pel_space_read(pel_process_space(process), (pel_va){ m->base.v + at }, &byte, 1, NULL);
        used += byte;
    }
    pel_process_free(process);
    pel_machine_free(machine);
}

static void load(const pel_image *img) { in_process(img, false); }
static void touch(const pel_image *img) { in_process(img, true); }

static void copy(const pel_image *img)
{
    size_t size = (size_t)pel_image_view_size(img);
    uint8_t *from = calloc(1, size ? size : 1), *to = malloc(size ? size : 1);
    if (from && to) {
        memcpy(to, from, size);
        used += to[size / 2];
    }
    free(from);
    free(to);
}

static void step_parse(const char *path) { with_image(path, NULL); }
static void step_check(const char *path) { with_image(path, check); }
static void step_dump(const char *path) { with_image(path, dump); }
static void step_load(const char *path) { with_image(path, load); }
static void step_touch(const char *path) { with_image(path, touch); }
static void step_copy(const char *path) { with_image(path, copy); }

static const struct {
    const char *name;
    void (*run)(const char *path);
} steps[] = {
    { "map", step_map },   { "parse", step_parse }, { "check", step_check }, { "dump", step_dump },
    { "load", step_load }, { "touch", step_touch }, { "memcpy", step_copy },
};
#define STEPS (sizeof steps / sizeof steps[0])

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    double seconds[STEPS][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t s = 0; s < STEPS; s++) {
            double start = now();
            for (int i = 1; i < argc; i++)
                steps[s].run(argv[i]);
            seconds[s][round] = now() - start;
        }
    }
    printf("%d files, median of %d rounds\n", argc - 1, ROUNDS);
    double least = 0;
    for (size_t s = 0; s < STEPS; s++) {
        qsort(seconds[s], ROUNDS, sizeof(double), by_value);
        double median = seconds[s][ROUNDS / 2];
        least = s == 0 ? median : least;
        printf("  %-7s %8.3f ms  %7.1f x map  %8.1f us/file\n", steps[s].name, median * 1e3,
               median / least, median * 1e6 / (argc > 1 ? argc - 1 : 1));
    }
    return 0;
}
