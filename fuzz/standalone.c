/* SPDX-License-Identifier: Apache-2.0 */
/* A main for the fuzz targets where there is no libFuzzer:
 *
 *     fuzz_NAME [--mutants=N] PATH...
 *
 * runs the files, and those in folders, each as it is and in N mutants that are the same on every
 * machine. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

typedef struct job {
    unsigned long mutants;
    unsigned long inputs; /* run so far */
} job;

/* SplitMix64: a good sequence from any seed, in three lines. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Numbers that sit at the edge of something in headers. */
static const uint32_t edges[] = {
    0,     1,          2,          0x7f,       0x80,       0xff,       0x1ff,  0x200,
    0xfff, 0x1000,     0x7fff,     0x8000,     0xffff,     0x10000,    0x40,   0x10b,
    0x20b, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff, 0xfffffffe, 0x8664, 0x14c,
};

/* Change a few words, most of them in the first KiB, where the headers are. */
static size_t mutate(uint8_t *bytes, size_t size, uint64_t *random)
{
    if (size == 0)
        return 0;
    for (uint64_t n = next_random(random) % 4 + 1; n > 0; n--) {
        uint64_t r = next_random(random);
        size_t near = size < 1024 ? size : 1024;
        size_t at = (size_t)(next_random(random) % (r & 3 ? near : size));
        uint32_t value =
            r & 4 ? edges[(r >> 8) % (sizeof edges / sizeof edges[0])] : (uint32_t)(r >> 32);
        size_t width = (size_t)1 << (r >> 4 & 3) % 3;
        at -= at % width;
        for (size_t i = 0; i < width && at + i < size; i++)
            bytes[at + i] = (uint8_t)(value >> (8 * i));
    }
    return next_random(random) % 8 ? size : (size_t)(next_random(random) % size);
}

/* In a block of exactly that size, so that a sanitizer sees a read behind the end. */
static void run_input(job *j, const uint8_t *bytes, size_t size, uint64_t seed)
{
    uint8_t *copy = malloc(size ? size : 1);
    MUST(copy != NULL);
    memcpy(copy, bytes, size);
    if (seed != 0) {
        size_t kept = mutate(copy, size, &seed);
        uint8_t *cut = realloc(copy, kept ? kept : 1);
        copy = cut ? cut : copy;
        size = kept;
    }
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    j->inputs++;
}

static int run_file(job *j, const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(size ? size : 1);
    int failed = !f || !bytes || fread(bytes, 1, size, f) != size;
    if (f)
        fclose(f);
    for (uint64_t i = 0; !failed && i <= j->mutants; i++)
        run_input(j, bytes, size, i * 0x10001);
    if (failed)
        perror(path);
    free(bytes);
    return failed;
}

static int run_path(job *j, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(st.st_mode))
        return run_file(j, path, (size_t)st.st_size);

    struct dirent **entries;
    int failed = 0, count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            failed |= run_path(j, inner);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    static const char option[] = "--mutants=";
    job j = { 0 };
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], option, strlen(option)) == 0)
            j.mutants = strtoul(argv[i] + strlen(option), NULL, 10);
        else
            failed |= run_path(&j, argv[i]);
    }
    printf("%lu inputs\n", j.inputs);
    return failed || j.inputs == 0;
}
