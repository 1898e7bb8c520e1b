/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "fixture.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the host pays for a large machine with a small process in it: what is used, not what there
 * could be. Other tests count what the library asks for; this one asks the kernel. */

#define MOST (64 * MIB)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* Resident memory of this process now, and at most, in bytes; UINT64_MAX when it is not told. */
static uint64_t resident_now(void)
{
    unsigned long long kib = 0;
    bool found = false;
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    while (f && !found && fgets(line, sizeof line, f))
        found = sscanf(line, "VmRSS: %llu kB", &kib) == 1;
    if (f)
        fclose(f);
    return found ? kib * 1024 : UINT64_MAX;
}

static uint64_t resident_peak(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? (uint64_t)used.ru_maxrss * 1024 : UINT64_MAX;
}

/* Every page that a fresh process has committed. How many there are. */
static uint64_t touch_all(pel_space *s)
{
    uint64_t count = 0;
    pel_region r;
    for (uint64_t at = 0; pel_space_query(s, va_of(at), &r) == PEL_STATUS_SUCCESS;) {
        at = r.base.v + r.size;
        if (r.state != PEL_MEM_COMMIT || r.protect & (GUARD | NOACCESS))
            continue;
        bool writes = (r.protect & (RW | WC | RWX | WCX)) != 0;
        for (uint64_t va = r.base.v; va < at; va += 0x1000)
            count += touch(s, va, writes ? PEL_WRITE : PEL_READ) == PEL_STATUS_SUCCESS;
    }
    return count;
}

typedef struct cost {
    uint64_t now, peak, touched;
} cost;

static cost live(uint64_t ram)
{
    pel_machine *m = machine_of(ram);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_process *p;
    cost c;
    sample_parse(&s);
    ck_nt(SUCCESS, pel_process_new(m, s.img, NULL, &p, NULL));
    ck_assert_uint_eq(pel_machine_counters(m).frames, ram / 0x1000);
    c.touched = touch_all(pel_process_space(p));
    c.now = resident_now();
    c.peak = resident_peak();
    process_done(p, m);
    sample_free(&s);
    return c;
}

/* In a process of its own, so that nothing counts that other tests have used. */
static cost cost_of(uint64_t ram)
{
    int ends[2], status = -1;
    cost c = { 0 };
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        c = live(ram);
        _exit(write(ends[1], &c, sizeof c) == sizeof c ? 0 : 1);
    }
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &c, sizeof c), sizeof c);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    return c;
}

START_TEST(a_machine_of_64_gib_with_a_small_process_costs_little)
{
    cost c = cost_of((uint64_t)64 << 30);
    ck_assert_uint_ge(c.touched, 6);
    printf("resident: %" PRIu64 " KiB, at most %" PRIu64 " KiB\n", c.now / 1024, c.peak / 1024);
    ck_assert_uint_lt(c.now, MOST);
    ck_assert_uint_lt(c.peak, MOST);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, a_machine_of_64_gib_with_a_small_process_costs_little);
}

int main(void)
{
#ifdef __SANITIZE_ADDRESS__
    puts("skipped: under AddressSanitizer the resident memory is its own");
    (void)add_tests;
    return 77;
#else
    return pel_run_tests("load_host_cost", add_tests);
#endif
}
