/* SPDX-License-Identifier: Apache-2.0 */
/* bench_replay [MILLIONS]: accesses a second of replays, and as ratios to a plain loop in one run.
 *
 *   ids       the least: each page gets its small number, and nothing more
 *   replayer  pel_replayer_add from page numbers in memory, with 64-bit pages
 *   follow    the policy's own loop, over a trace that knows its pages already
 *   text      the same accesses as lines of text, read into a trace
 *
 * Two traces: one with locality (a stack of pages, most accesses near its top), one random over
 * 10,000 pages; a quarter of the pages fits into RAM. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGES = 10000, FRAMES = PAGES / 4, BLOCK = 1 << 16 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du >> 20;
}

/* Somewhere in user space; spread, as modules and heaps are. */
static uint64_t page_of(uint64_t number) { return 0x7ff600000u + number + number / 64 * 1000; }

static void fill_random(uint64_t *pages, size_t count)
{
    uint64_t seed = 1;
    for (size_t i = 0; i < count; i++)
        pages[i] = page_of(next(&seed) % PAGES);
}

/* Stays on a page for a while; then one of a few near it, or rarely any other. */
static void fill_local(uint64_t *pages, size_t count)
{
    uint64_t seed = 2, at = 0, home = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t dice = next(&seed) % 256;
        if (dice == 0)
            home = next(&seed) % PAGES;
        if (dice < 80)
            at = (home + next(&seed) % 40) % PAGES;
        pages[i] = page_of(at);
    }
}

static void tell(const char *what, double seconds, size_t count, double least)
{
    printf("  %-18s %7.1f million/s   %5.2f x the least\n", what, (double)count / seconds / 1e6,
           seconds / least);
}

static pel_trace *trace_of(const uint64_t *pages, size_t count)
{
    pel_trace *t;
    if (pel_trace_new(NULL, &t) != PEL_OK || pel_trace_add(t, pages, count) != PEL_OK) {
        fputs("no memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return t;
}

static double time_ids(const uint64_t *pages, size_t count)
{
    pel_trace *t = trace_of(pages, 0);
    double start = now();
    for (size_t i = 0; i < count; i += BLOCK) {
        pel_trace_add(t, pages + i, count - i < BLOCK ? count - i : BLOCK);
        pel_trace_forget(t);
    }
    double took = now() - start;
    pel_trace_free(t);
    return took;
}

static double time_replayer(const uint64_t *pages, size_t count, pel_policy policy,
                            uint64_t *faults)
{
    pel_replayer *r = NULL;
    if (pel_replayer_new(NULL, policy, FRAMES, &r) != PEL_OK)
        return 0;
    double start = now();
    for (size_t i = 0; i < count; i += BLOCK)
        pel_replayer_add(r, pages + i, count - i < BLOCK ? count - i : BLOCK);
    double took = now() - start;
    *faults = pel_replayer_result(r).faults;
    pel_replayer_free(r);
    return took;
}

static double time_follow(const pel_trace *t, pel_policy policy, uint64_t *faults)
{
    pel_replay_result result = { 0 };
    double start = now();
    pel_replay(t, policy, FRAMES, &result);
    *faults = result.faults;
    return now() - start;
}

static double time_text(const uint64_t *pages, size_t count)
{
    static char text[BLOCK * 24];
    double took = 0;
    pel_trace *t = trace_of(pages, 0);
    pel_trace_text *reader = NULL;
    if (pel_trace_text_new(t, NULL, &reader) != PEL_OK)
        return 0;
    for (size_t i = 0; i < count; i += BLOCK) {
        size_t used = 0;
        for (size_t k = i; k < count && k < i + BLOCK; k++)
            used += (size_t)sprintf(text + used, "0x%" PRIx64 "%s\n", pages[k] << 12,
                                    k % 4 ? "" : " w");
        double start = now();
        pel_trace_text_feed(reader, text, used);
        took += now() - start;
        pel_trace_forget(t);
    }
    pel_trace_text_free(reader);
    pel_trace_free(t);
    return took;
}

static void one_trace(const char *name, const uint64_t *pages, size_t count)
{
    uint64_t by_page = 0, by_id = 0;
    double least = time_ids(pages, count);
    printf("%s, %zu million accesses to %d pages, %d frames\n", name, count / 1000000, PAGES,
           FRAMES);
    tell("ids", least, count, least);
    tell("text", time_text(pages, count < 10000000 ? count : 10000000),
         count < 10000000 ? count : 10000000, least * (count < 10000000 ? 1 : 1e7 / (double)count));
    pel_trace *t = trace_of(pages, count);
    for (int p = 0; p < PEL_POLICY_COUNT; p++) {
        char what[40];
        snprintf(what, sizeof what, "%s follow", pel_policy_name((pel_policy)p));
        tell(what, time_follow(t, (pel_policy)p, &by_id), count, least);
        if (p == PEL_POLICY_OPT)
            continue;
        snprintf(what, sizeof what, "%s replayer", pel_policy_name((pel_policy)p));
        tell(what, time_replayer(pages, count, (pel_policy)p, &by_page), count, least);
        if (by_page != by_id)
            printf("  faults differ: %" PRIu64 " and %" PRIu64 "\n", by_page, by_id);
    }
    pel_trace_free(t);
}

int main(int argc, char **argv)
{
    long millions = argc > 1 ? strtol(argv[1], NULL, 10) : 20;
    if (millions < 1 || millions > 1000)
        return EXIT_FAILURE;
    size_t count = (size_t)millions * 1000000;
    uint64_t *pages = malloc(count * sizeof *pages);
    if (!pages)
        return EXIT_FAILURE;
    fill_local(pages, count);
    one_trace("locality", pages, count);
    fill_random(pages, count);
    one_trace("random", pages, count);
    free(pages);
    return EXIT_SUCCESS;
}
