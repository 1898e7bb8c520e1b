/* SPDX-License-Identifier: Apache-2.0 */
/* bench_load PROGRAM FOLDER...: what it costs to start a process, as ratios in one run.
 *
 *   read    the files of all its modules, read once into memory, from the page cache
 *   load    all of it: folders listed, files opened, mapped, bound, on a machine of its own
 *   again   the same in another process of that machine, with the files open
 *
 * The steps run in turn, several rounds; the median round counts. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 15

typedef struct bench {
    const char *program;
    char **folders;
    int folder_count;
    char **files; /* of the modules */
    size_t file_count;
    uint64_t bytes;
    size_t bindings;
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- reading ----------------------------------------------------------- */

static uint64_t read_file(const char *path, char *buffer, size_t size)
{
    uint64_t sum = 0;
    int fd = open(path, O_RDONLY);
    for (ssize_t n; fd >= 0 && (n = read(fd, buffer, size)) > 0;)
        sum += (uint64_t)n;
    if (fd >= 0)
        close(fd);
    return sum;
}

static double time_read(bench *b)
{
    const size_t size = (size_t)32 << 20;
    char *buffer = malloc(size);
    memset(buffer, 1, size);
    double start = now();
    b->bytes = 0;
    for (size_t i = 0; i < b->file_count; i++)
        b->bytes += read_file(b->files[i], buffer, size);
    double time = now() - start;
    free(buffer);
    return time;
}

/* ---- loading ----------------------------------------------------------- */

static void keep_files(bench *b, const pel_process *process)
{
    b->bindings = pel_process_binding_count(process);
    if (b->file_count > 0)
        return;
    b->files = calloc(pel_process_module_count(process), sizeof *b->files);
    b->files[b->file_count++] = strdup(b->program);
    for (uint32_t i = 1; i < pel_process_module_count(process); i++)
        b->files[b->file_count++] = strdup(pel_process_module_at(process, i)->file);
}

static double time_start(bench *b, pel_machine *machine, const pel_image *image,
                         pel_search_path *path)
{
    pel_process *process;
    pel_start_options options = { .path = path };
    double start = now();
    if (!pel_nt_success(pel_process_new(machine, image, NULL, &process, NULL)) ||
        !pel_nt_success(pel_process_start(process, &options))) {
        fprintf(stderr, "%s: does not start\n", b->program);
        exit(1);
    }
    double time = now() - start;
    keep_files(b, process);
    pel_process_free(process);
    return time;
}

static double time_load(bench *b, double *again)
{
    pel_machine *machine;
    pel_image *image;
    pel_search_path *path;
    double start = now();
    if (pel_machine_new(NULL, &machine) != PEL_OK || pel_search_path_new(NULL, &path) != PEL_OK ||
        pel_image_open(b->program, NULL, &image) != PEL_OK)
        exit(1);
    for (int i = 0; i < b->folder_count; i++)
        pel_search_path_add_folder(path, b->folders[i], PEL_FOLDER_SYSTEM);
    time_start(b, machine, image, path);
    double time = now() - start;
    *again = time_start(b, machine, image, path);
    pel_image_free(image);
    pel_machine_free(machine);
    pel_search_path_free(path);
    return time;
}

/* ---- figures ----------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    double read[ROUNDS], load[ROUNDS], again[ROUNDS], warm;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_load PROGRAM FOLDER...\n");
        return 2;
    }
    bench b = { .program = argv[1], .folders = argv + 2, .folder_count = argc - 2 };
    time_load(&b, &warm);
    time_read(&b);
    for (int i = 0; i < ROUNDS; i++) {
        load[i] = time_load(&b, &again[i]);
        read[i] = time_read(&b);
    }
    double base = median(read);
    printf("%zu modules, %.1f MiB, %zu bindings\n", b.file_count, (double)b.bytes / (1 << 20),
           b.bindings);
    printf("read   %8.2f ms\n", base * 1e3);
    printf("load   %8.2f ms  %5.2f x read\n", median(load) * 1e3, median(load) / base);
    printf("again  %8.2f ms  %5.2f x read\n", median(again) * 1e3, median(again) / base);
    for (size_t i = 0; i < b.file_count; i++)
        free(b.files[i]);
    free(b.files);
    return 0;
}
