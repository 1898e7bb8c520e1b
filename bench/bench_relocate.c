/* SPDX-License-Identifier: Apache-2.0 */
/* bench_relocate FILE...: what relocating a whole image costs, as ratios in one run.
 *
 *   memcpy     as many bytes as the image has in memory, copied once
 *   layout     pel_image_layout at ImageBase: the bytes of the file, where they belong
 *   relocate   pel_image_layout at another base: the same, checked and relocated
 *
 * All in buffers that were touched before. Several rounds in turn; the median round counts. A ratio
 * of 2 is half of the speed of memcpy. */
#define _POSIX_C_SOURCE 200809L
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15
#define AWAY   0x10000000u          /* how far images move */
#define LEAST  ((uint64_t)64 << 20) /* bytes a round: small images are done again and again */

static volatile uint64_t used; /* so that the work is not left out */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use the processor, too */
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct subject {
    pel_image *image;
    pel_va base;
    uint64_t size, relocations;
    uint8_t *from, *to;
} subject;

static bool lay_out(const subject *s, uint64_t away, uint8_t *to)
{
    pel_va at = { s->base.v + away };
    return pel_nt_success(pel_image_layout(s->image, at, NULL, to, s->size));
}

static void copy(const subject *s) { memcpy(s->to, s->from, s->size); }
static void in_place(const subject *s) { lay_out(s, 0, s->to); }
static void moved(const subject *s) { lay_out(s, AWAY, s->to); }

static const struct {
    const char *name;
    void (*run)(const subject *s);
} steps[] = { { "memcpy", copy }, { "layout", in_place }, { "relocate", moved } };
#define STEPS (sizeof steps / sizeof steps[0])

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const subject *s, double medians[STEPS])
{
    double seconds[STEPS][ROUNDS];
    uint64_t times = LEAST / s->size + 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < STEPS; i++) {
            double start = now();
            for (uint64_t n = 0; n < times; n++) {
                steps[i].run(s);
                used += s->to[s->size / 2];
            }
            seconds[i][round] = (now() - start) / (double)times;
        }
    }
    for (size_t i = 0; i < STEPS; i++) {
        qsort(seconds[i], ROUNDS, sizeof(double), by_value);
        medians[i] = seconds[i][ROUNDS / 2];
    }
}

static uint64_t count_relocations(const pel_image *image)
{
    uint64_t count = 0;
    pel_reloc_iter it = pel_image_relocs(image);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);)
        count += pel_reloc_count(&block);
    return count;
}

static bool prepare(subject *s, const char *path)
{
    *s = (subject){ .size = 0 };
    if (pel_image_open(path, NULL, &s->image) != PEL_OK || !pel_image_optional_header(s->image))
        return false;
    s->base = pel_image_optional_header(s->image)->image_base;
    s->size = pel_image_view_size(s->image);
    s->relocations = count_relocations(s->image);
    s->from = malloc(s->size);
    s->to = malloc(s->size);
    return s->size > 0 && s->from && s->to && lay_out(s, 0, s->from) && lay_out(s, AWAY, s->to);
}

static void release(subject *s)
{
    pel_image_free(s->image);
    free(s->from);
    free(s->to);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        subject s;
        double medians[STEPS] = { 0 };
        if (!prepare(&s, argv[i])) {
            fprintf(stderr, "bench_relocate: %s cannot be laid out\n", argv[i]);
            release(&s);
            continue;
        }
        measure(&s, medians);
        const char *name = strrchr(argv[i], '/');
        printf("%s: %.1f MiB, %llu relocations\n", name ? name + 1 : argv[i],
               (double)s.size / 1048576, (unsigned long long)s.relocations);
        for (size_t k = 0; k < STEPS; k++)
            printf("  %-9s %9.1f us   %5.2f x memcpy\n", steps[k].name, medians[k] * 1e6,
                   medians[k] / medians[0]);
        release(&s);
    }
    return EXIT_SUCCESS;
}
