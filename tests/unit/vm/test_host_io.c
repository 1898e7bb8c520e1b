/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mkdtemp, setrlimit */
#include "fixture.h"
#include "host_fixture.h"
#include "vm/machine_priv.h"
#include "vm/page_out.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The host cannot write pages, or not read them again: who needs that is told
 * STATUS_PELORUS_HOST_IO, nothing is lost, it goes on as soon as the host can, and nothing is left
 * behind. */

#define PAGE     0x1000u
#define FRAMES   24
#define WRITTEN  30 /* pages of `data` that are more than RAM holds */
#define DATA     0x100000u
#define SPARE    0x180000u  /* committed, and never touched */
#define FAR_AWAY 0x10000000 /* reserved; has no page table */

/* ---- a host that fails ------------------------------------------------- */

/* No file gets longer than that, as on a disk that is full; RLIM_INFINITY: it has room again. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

typedef struct folder {
    char path[64];
} folder;

static folder make_folder(void)
{
    folder f;
    const char *where = getenv("TMPDIR");
    snprintf(f.path, sizeof f.path, "%s/pelorus-test-XXXXXX", where ? where : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(f.path));
    return f;
}

static bool is_empty(const folder *f)
{
    int entries = 0;
    DIR *d = opendir(f->path);
    ck_assert_ptr_nonnull(d);
    while (readdir(d))
        entries++;
    closedir(d);
    return entries == 2; /* . and .. */
}

/* ---- a machine that needs its page file -------------------------------- */

typedef struct world {
    vm v;
    folder folder;
    alloc_fail count;
    pel_allocator allocator;
    pages pager;
    pel_section_object *section;
    uint64_t view; /* two pages, of which the first is locked in RAM, and clean */
} world;

static pel_store *page_file(world *w) { return &w->v.m->page_files.file[0].store; }

static void make_world(world *w, uint64_t frames)
{
    static const pel_segment image[] = { { .page_count = 2, .protect = WC } };
    *w = (world){ .folder = make_folder(), .count = { .left = 1000000 } };
    w->allocator = alloc_fail_allocator(&w->count);
    w->v = vm_with(&(pel_machine_options){ .allocator = &w->allocator,
                                           .ram_size = frames * PAGE,
                                           .page_file_size = { 64 * PAGE },
                                           .page_file_folder = w->folder.path });
    w->section = section_of(w->v.m, &w->pager, image, 1);
    w->view = mapped(w->v.s, w->section);
    pel_va base = { w->view };
    uint64_t size = PAGE;
    ck_nt(SUCCESS, pel_space_lock(w->v.s, &base, &size));
    ck_nt(SUCCESS, allocate(w->v.s, DATA, WRITTEN * PAGE, BOTH, RW));
    ck_nt(SUCCESS, allocate(w->v.s, SPARE, 32 * PAGE, BOTH, RW));
    ck_nt(SUCCESS, allocate(w->v.s, FAR_AWAY, 0x100000, RESERVE, RW));
}

static uint8_t contents(uint64_t page) { return (uint8_t)(page + 1); }

static void write_data(world *w)
{
    for (uint64_t i = 0; i < WRITTEN; i++)
        put(w->v.s, DATA + i * PAGE, contents(i));
}

/* All that was written is there, wherever it is: in RAM or in the page file. */
static void ck_contents(world *w)
{
    uint8_t byte;
    for (uint64_t i = 0; i < WRITTEN; i++) {
        ck_nt(SUCCESS, pel_space_peek(w->v.s, va_of(DATA + i * PAGE), &byte, 1));
        ck_assert_uint_eq(byte, contents(i));
    }
    ck_nt(SUCCESS, pel_space_peek(w->v.s, va_of(w->view), &byte, 1));
    ck_assert_uint_eq(byte, 0);
}

static void free_world(world *w)
{
    pel_section_object_free(w->section);
    ck_assert(is_empty(&w->folder));
    vm_free(&w->v);
    ck_assert_int_eq(w->count.live, 0);
    ck_assert_int_eq(w->pager.closed, 1);
    ck_assert_int_eq(rmdir(w->folder.path), 0);
}

static pel_ntstatus touch_spare(world *w)
{
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    for (uint64_t i = 0; i < 32 && st == PEL_STATUS_SUCCESS; i++)
        st = touch(w->v.s, SPARE + i * PAGE, PEL_WRITE);
    return st;
}

/* A page of the data whose bytes are in the page file, or in a frame. */
static uint64_t page_at(world *w, pel_page_place place)
{
    pel_page_info info;
    for (uint64_t i = 0; i < WRITTEN; i++) {
        ck_nt(SUCCESS, pel_space_page(w->v.s, va_of(DATA + i * PAGE), &info));
        if (info.place == place)
            return DATA + i * PAGE;
    }
    ck_abort_msg("no page is there");
    return 0;
}

/* ---- what needs a frame ------------------------------------------------ */

static pel_ntstatus write_new(world *w) { return touch(w->v.s, SPARE + 31 * PAGE, PEL_WRITE); }
static pel_ntstatus read_new(world *w) { return touch(w->v.s, SPARE + 31 * PAGE, PEL_READ); }
static pel_ntstatus read_view(world *w) { return touch(w->v.s, w->view + PAGE, PEL_READ); }
static pel_ntstatus copy_view(world *w) { return touch(w->v.s, w->view, PEL_WRITE); }

static pel_ntstatus read_back(world *w)
{
    return touch(w->v.s, page_at(w, PEL_AT_PAGE_FILE), PEL_READ);
}

static pel_ntstatus poke_back(world *w)
{
    uint64_t at = page_at(w, PEL_AT_PAGE_FILE);
    uint8_t byte = contents((at - DATA) / PAGE);
    return pel_space_poke(w->v.s, va_of(at), &byte, 1);
}

static pel_ntstatus poke_view(world *w) { return pel_space_poke(w->v.s, va_of(w->view), "", 1); }

static pel_ntstatus lock_back(world *w)
{
    pel_va base = { page_at(w, PEL_AT_PAGE_FILE) };
    uint64_t size = PAGE;
    return pel_space_lock(w->v.s, &base, &size);
}

static pel_ntstatus commit_far(world *w)
{
    return allocate(w->v.s, FAR_AWAY + 0x8000, PAGE, COMMIT, RW);
}

static pel_ntstatus write_back(world *w)
{
    uint64_t written = 77;
    pel_ntstatus st = pel_machine_write_modified(w->v.m, 1, &written);
    ck_assert_uint_eq(written, st == PEL_STATUS_SUCCESS);
    return st;
}

static const struct {
    const char *what;
    pel_ntstatus (*call)(world *);
} calls[] = {
    { "write a page that was never touched", write_new },
    { "read a page that was never touched", read_new },
    { "read a page from its pager", read_view },
    { "copy a page on write", copy_view },
    { "read a page from the page file", read_back },
    { "poke a page in the page file", poke_back },
    { "poke a page that is then copied", poke_view },
    { "lock a page in the page file", lock_back },
    { "commit where there is no page table", commit_far },
    { "write a modified page", write_back },
};

/* What of a machine no failure may change. */
static void ck_same(world *w, const pel_counters *before, const char *what)
{
    pel_counters now = pel_machine_counters(w->v.m);
    ck_holds(w->v.m);
    ck_assert_msg(now.commit == before->commit, "%s: commit charge", what);
    ck_assert_msg(now.frames_used == before->frames_used, "%s: frames in use", what);
    ck_assert_msg(now.page_file_used == before->page_file_used, "%s: slots in use", what);
    ck_assert_msg(now.page_file_writes == before->page_file_writes, "%s: pages written", what);
    ck_contents(w);
}

START_TEST(a_page_file_that_cannot_be_written_is_told_to_who_needs_a_frame)
{
    static world w;
    make_world(&w, FRAMES);
    write_data(&w);
    int kept = replace_file(page_file(&w), "/dev/full", O_RDWR);
    ck_nt(PELORUS_HOST_IO, touch_spare(&w)); /* no frame is left that can be had without */
    restore_file(page_file(&w), kept);
    ck_contents(&w);
    pel_counters before = pel_machine_counters(w.v.m);

    kept = replace_file(page_file(&w), "/dev/full", O_WRONLY);
    pel_ntstatus st = calls[_i].call(&w);
    restore_file(page_file(&w), kept);
    ck_assert_msg(st == (pel_ntstatus)PEL_STATUS_PELORUS_HOST_IO, "%s: 0x%08x", calls[_i].what,
                  (unsigned)st);
    ck_same(&w, &before, calls[_i].what);
    ck_nt(SUCCESS, calls[_i].call(&w)); /* it goes on */
    ck_contents(&w);
    free_world(&w);
}
END_TEST

/* As above, and all of it is freed while the page file still cannot be written. */
START_TEST(what_needs_no_frame_goes_on_and_frames_that_are_freed_help)
{
    static world w;
    pel_space *more;
    make_world(&w, FRAMES);
    write_data(&w);
    int kept = replace_file(page_file(&w), "/dev/full", O_RDWR);
    ck_nt(PELORUS_HOST_IO, touch_spare(&w));
    ck_status(PEL_IO, pel_space_new(w.v.m, NULL, &more));
    ck_assert_ptr_null(more);
    uint64_t at = page_at(&w, PEL_AT_WORKING_SET);
    ck_assert_uint_eq(byte_at(w.v.s, at), contents((at - DATA) / PAGE));
    pel_space_trim(w.v.s, UINT64_MAX);
    ck_assert_uint_eq(byte_at(w.v.s, at), contents((at - DATA) / PAGE)); /* from the list */
    ck_nt(PELORUS_HOST_IO, write_new(&w));
    ck_nt(SUCCESS, deallocate(w.v.s, at, PAGE, PEL_MEM_DECOMMIT));
    ck_nt(SUCCESS, write_new(&w));
    pel_machine_balance(w.v.m);
    ck_holds(w.v.m);
    free_world(&w);
    close(kept);
}
END_TEST

START_TEST(a_page_that_cannot_be_read_stays_in_the_page_file)
{
    static world w;
    uint8_t byte;
    make_world(&w, 0x100);
    write_data(&w);
    pel_space_trim(w.v.s, UINT64_MAX);
    ck_nt(SUCCESS, pel_machine_write_modified(w.v.m, UINT64_MAX, NULL));
    ck_nt(SUCCESS, pel_page_out_for_one(w.v.m));
    pel_counters before = pel_machine_counters(w.v.m);
    uint64_t at = page_at(&w, PEL_AT_PAGE_FILE);

    int kept = replace_file(page_file(&w), "/dev/null", O_WRONLY);
    pel_ntstatus read = read_back(&w), poke = poke_back(&w), lock = lock_back(&w);
    pel_ntstatus peek = pel_space_peek(w.v.s, va_of(at), &byte, 1);
    restore_file(page_file(&w), kept);
    ck_nt(PELORUS_HOST_IO, read);
    ck_nt(PELORUS_HOST_IO, poke);
    ck_nt(PELORUS_HOST_IO, lock);
    ck_nt(PELORUS_HOST_IO, peek);
    ck_same(&w, &before, "read");
    ck_assert_uint_eq(byte_at(w.v.s, at), contents((at - DATA) / PAGE));
    free_world(&w);
}
END_TEST

/* ---- with nothing of the machine's insides ----------------------------- */

/* The seventh page does not fit, but for a part of it. */
START_TEST(a_full_disk_is_told_and_forgotten_when_it_has_room)
{
    static world w;
    uint64_t done = 0;
    pel_ntstatus st = PEL_STATUS_SUCCESS;
    make_world(&w, FRAMES);
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    limit_files(7 * PAGE + 100);
    while (done < WRITTEN && st == PEL_STATUS_SUCCESS) {
        uint8_t byte = contents(done);
        st = pel_space_write(w.v.s, va_of(DATA + done * PAGE), &byte, 1, NULL);
        done += st == PEL_STATUS_SUCCESS;
    }
    limit_files(RLIM_INFINITY);
    signal(SIGXFSZ, before);
    ck_nt(PELORUS_HOST_IO, st);
    ck_status(PEL_IO, pel_ntstatus_to_status(st));
    ck_assert_uint_eq(pel_machine_counters(w.v.m).page_file_used, 6);
    ck_holds(w.v.m);
    for (; done < WRITTEN; done++)
        put(w.v.s, DATA + done * PAGE, contents(done));
    ck_contents(&w);
    free_world(&w);
}
END_TEST

/* Without a page file the folder is only asked for copies of data files, when one is needed. */
START_TEST(a_copy_of_a_data_file_that_cannot_be_made_keeps_the_page_modified)
{
    pages p = { 0 };
    folder f = make_folder();
    vm v = vm_with(&(pel_machine_options){ .ram_size = 0x100 * PAGE, .page_file_folder = f.path });
    pel_section_options o = { .type = PEL_SECTION_FILE,
                              .pager = { pages_fill, pages_close, &p },
                              .file_size = 2 * PAGE,
                              .protect = RW,
                              .attributes = PEL_SEC_COMMIT };
    pel_section_object *section;
    ck_nt(SUCCESS, pel_section_object_new(v.m, &o, &section));
    uint64_t at = mapped(v.s, section), written = 77;
    put(v.s, at + PAGE, 0xAA);
    pel_space_trim(v.s, UINT64_MAX);
    ck_assert_int_eq(rmdir(f.path), 0);
    ck_nt(PELORUS_HOST_IO, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(written, 0);
    ck_assert_uint_eq(pel_machine_counters(v.m).modified, 1);
    ck_holds(v.m);
    ck_assert_uint_eq(byte_at(v.s, at + PAGE), 0xAA);
    pel_space_trim(v.s, UINT64_MAX);
    ck_assert_int_eq(mkdir(f.path, 0700), 0);
    ck_nt(SUCCESS, pel_machine_write_modified(v.m, 8, &written));
    ck_assert_uint_eq(pel_machine_counters(v.m).file_writes, 1);
    ck_assert(is_empty(&f));
    ck_assert_int_eq(rmdir(f.path), 0);
    pel_section_object_free(section);
    vm_free(&v);
    ck_assert_int_eq(p.closed, 1);
}
END_TEST

static const struct {
    const char *folder;
    int why;
} unwritable[] = {
    { "/nonexistent/folder", ENOENT },
    { "/dev/null", ENOTDIR },
    { "/proc/self", 0 }, /* there are no files to be made, not even for root */
};

START_TEST(a_place_that_cannot_be_written_is_told_at_once)
{
    pel_machine *m = (void *)1;
    alloc_fail f = { .left = 1000000 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_machine_options o = { .allocator = &a,
                              .page_file_size = { 8 * PAGE, 8 * PAGE },
                              .page_file_folder = unwritable[_i].folder };
    errno = 0;
    ck_status(PEL_IO, pel_machine_new(&o, &m));
    ck_assert_int_ne(errno, 0);
    ck_assert(unwritable[_i].why == 0 || errno == unwritable[_i].why);
    ck_assert_ptr_null(m);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

PEL_TESTS(vm_host_io)
{
    tcase_add_loop_test(tests, a_page_file_that_cannot_be_written_is_told_to_who_needs_a_frame, 0,
                        sizeof calls / sizeof calls[0]);
    tcase_add_test(tests, what_needs_no_frame_goes_on_and_frames_that_are_freed_help);
    tcase_add_test(tests, a_page_that_cannot_be_read_stays_in_the_page_file);
    tcase_add_test(tests, a_full_disk_is_told_and_forgotten_when_it_has_room);
    tcase_add_test(tests, a_copy_of_a_data_file_that_cannot_be_made_keeps_the_page_modified);
    tcase_add_loop_test(tests, a_place_that_cannot_be_written_is_told_at_once, 0,
                        sizeof unwritable / sizeof unwritable[0]);
}
