/* SPDX-License-Identifier: Apache-2.0 */
/* bench_memory: what an access to simulated memory costs, as ratios in one run.
 *
 *   read hit     8-byte reads at random places of 64 MiB, all resident and in the TLB
 *   write hit    the same, writes
 *   read walk    the same reads on a machine whose policy wants to see every access: no TLB, so
 *                each read walks four levels of page tables (and moves the page in an LRU list)
 *   fault        first touch of a page: demand zero, no disk
 *   soft fault   a page that was trimmed comes back from the modified list
 *   swap         a page goes to a page file and another comes from there
 *   unicorn      uc_mem_read and uc_mem_write of the same addresses, if Unicorn is there
 *
 * Several rounds in turn; the median round counts. */
#define _POSIX_C_SOURCE 200809L
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef PEL_BENCH_UNICORN
#include <unicorn/unicorn.h>
#endif

#define ROUNDS   7
#define BYTES    ((uint64_t)64 << 20)
#define ACCESSES ((size_t)1 << 20)
#define BASE     ((uint64_t)0x10000000)
#define PAGE     ((uint64_t)4096)

static volatile uint64_t used; /* so that the work is not left out */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use the processor, too */
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_memory: %s failed\n", what);
    exit(EXIT_FAILURE);
}

/* ---- what is measured -------------------------------------------------- */

typedef struct bench {
    pel_machine *machine, *walking, *swapping;
    pel_space *space, *walk_space, *swap_space;
    uint64_t *places;
#ifdef PEL_BENCH_UNICORN
    uc_engine *uc;
#endif
} bench;

static pel_space *make_space(pel_machine *m, uint64_t bytes)
{
    pel_space *s;
    pel_va base = { BASE };
    if (pel_space_new(m, NULL, &s) != PEL_OK ||
        pel_space_allocate(s, &base, &bytes, PEL_MEM_RESERVE | PEL_MEM_COMMIT,
                           PEL_PAGE_READWRITE) != PEL_STATUS_SUCCESS)
        fail("a space");
    return s;
}

static void touch_all(pel_space *s, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += PAGE)
        if (pel_space_write(s, (pel_va){ BASE + at }, &at, sizeof at, NULL) != PEL_STATUS_SUCCESS)
            fail("a first touch");
}

static double read_all(pel_space *s, const uint64_t *places)
{
    uint64_t sum = 0, value;
    double start = now();
    for (size_t i = 0; i < ACCESSES; i++) {
        pel_space_read(s, (pel_va){ places[i] }, &value, sizeof value, NULL);
        sum += value;
    }
    used += sum;
    return (now() - start) / (double)ACCESSES;
}

static double read_hit(bench *b) { return read_all(b->space, b->places); }
static double read_walk(bench *b) { return read_all(b->walk_space, b->places); }

static double write_hit(bench *b)
{
    double start = now();
    for (size_t i = 0; i < ACCESSES; i++)
        pel_space_write(b->space, (pel_va){ b->places[i] }, &i, sizeof i, NULL);
    return (now() - start) / (double)ACCESSES;
}

static double fault(bench *b)
{
    pel_space *s = make_space(b->machine, BYTES);
    double start = now();
    touch_all(s, BYTES);
    double spent = now() - start;
    pel_space_free(s);
    return spent / (double)(BYTES / PAGE);
}

static double soft_fault(bench *b)
{
    pel_space_trim(b->space, UINT64_MAX);
    double start = now();
    touch_all(b->space, BYTES);
    return (now() - start) / (double)(BYTES / PAGE);
}

/* Twice as many pages as frames, in turn: each touch reads one page and sooner or later writes one.
 */
static double swap(bench *b)
{
    double start = now();
    touch_all(b->swap_space, BYTES / 4);
    return (now() - start) / (double)(BYTES / 4 / PAGE);
}

#ifdef PEL_BENCH_UNICORN
static double unicorn_read(bench *b)
{
    uint64_t sum = 0, value;
    double start = now();
    for (size_t i = 0; i < ACCESSES; i++) {
        uc_mem_read(b->uc, b->places[i], &value, sizeof value);
        sum += value;
    }
    used += sum;
    return (now() - start) / (double)ACCESSES;
}

static double unicorn_write(bench *b)
{
    double start = now();
    for (size_t i = 0; i < ACCESSES; i++)
        uc_mem_write(b->uc, b->places[i], &i, sizeof i);
    return (now() - start) / (double)ACCESSES;
}
#endif

static const struct {
    const char *name;
    double (*run)(bench *b);
} steps[] = {
    { "read hit", read_hit },         { "write hit", write_hit },
    { "read walk", read_walk },       { "fault", fault },
    { "soft fault", soft_fault },     { "swap", swap },
#ifdef PEL_BENCH_UNICORN
    { "unicorn read", unicorn_read }, { "unicorn write", unicorn_write },
#endif
};
#define STEPS (sizeof steps / sizeof steps[0])

/* ---- setting up -------------------------------------------------------- */

static pel_machine *make_machine(const pel_machine_options *options)
{
    pel_machine *m;
    if (pel_machine_new(options, &m) != PEL_OK)
        fail("a machine");
    return m;
}

static void make_places(bench *b)
{
    uint64_t random = 0x9E3779B97F4A7C15u;
    b->places = malloc(ACCESSES * sizeof *b->places);
    if (!b->places)
        fail("memory");
    for (size_t i = 0; i < ACCESSES; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        b->places[i] = BASE + (random >> 11) % (BYTES / 8) * 8;
    }
}

static void set_up(bench *b)
{
    make_places(b);
    b->machine = make_machine(NULL);
    b->walking = make_machine(&(pel_machine_options){ .policy = PEL_POLICY_LRU });
    b->swapping =
        make_machine(&(pel_machine_options){ .ram_size = BYTES / 8, .page_file_size = { BYTES } });
    b->space = make_space(b->machine, BYTES);
    b->walk_space = make_space(b->walking, BYTES);
    b->swap_space = make_space(b->swapping, BYTES / 4);
    touch_all(b->space, BYTES);
    touch_all(b->walk_space, BYTES);
    touch_all(b->swap_space, BYTES / 4);
#ifdef PEL_BENCH_UNICORN
    if (uc_open(UC_ARCH_X86, UC_MODE_64, &b->uc) != UC_ERR_OK ||
        uc_mem_map(b->uc, BASE, BYTES, UC_PROT_READ | UC_PROT_WRITE) != UC_ERR_OK)
        fail("unicorn");
#endif
}

static void tear_down(bench *b)
{
    pel_space_free(b->space);
    pel_space_free(b->walk_space);
    pel_space_free(b->swap_space);
    pel_machine_free(b->machine);
    pel_machine_free(b->walking);
    pel_machine_free(b->swapping);
    free(b->places);
#ifdef PEL_BENCH_UNICORN
    uc_close(b->uc);
#endif
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    bench b = { .places = NULL };
    double times[STEPS][ROUNDS];
    set_up(&b);
    for (unsigned round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < STEPS; i++)
            times[i][round] = steps[i].run(&b);
    for (size_t i = 0; i < STEPS; i++)
        qsort(times[i], ROUNDS, sizeof(double), by_value);
    double hit = times[0][ROUNDS / 2];
    for (size_t i = 0; i < STEPS; i++)
        printf("%-14s %8.1f ns   %6.2f x read hit\n", steps[i].name, times[i][ROUNDS / 2] * 1e9,
               times[i][ROUNDS / 2] / hit);
    tear_down(&b);
    return EXIT_SUCCESS;
}
