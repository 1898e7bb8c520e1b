/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
/* The search order, over folders that the test makes. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample.h"

typedef struct folders {
    char application[64], system[64];
    pel_search_path *path;
} folders;

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static folders folders_new(void)
{
    folders f = { .application = "/tmp/pelorus-app.XXXXXX", .system = "/tmp/pelorus-sys.XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(f.application));
    ck_assert_ptr_nonnull(mkdtemp(f.system));
    ck_ok(pel_search_path_new(NULL, &f.path));
    return f;
}

static void folders_add(folders *f)
{
    ck_ok(pel_search_path_add_folder(f->path, f->system, PEL_FOLDER_SYSTEM));
    ck_ok(pel_search_path_add_folder(f->path, f->application, PEL_FOLDER_APPLICATION));
}

static void folders_free(folders *f)
{
    char command[256];
    pel_search_path_free(f->path);
    snprintf(command, sizeof command, "rm -r %s %s", f->application, f->system);
    ck_assert_int_eq(system(command), 0);
}

/* The text of the file that `name` leads to. */
static void ck_finds(const folders *f, const char *name, const char *text, pel_folder_kind kind)
{
    pel_found_dll found;
    ck_ok(pel_search_path_find(f->path, (pel_str){ name, strlen(name) }, &found));
    pel_span bytes = pel_image_bytes(found.image);
    ck_assert(bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0);
    ck_assert_int_eq(found.kind, kind);
}

static pel_status find(const folders *f, const char *name)
{
    pel_found_dll found;
    return pel_search_path_find(f->path, (pel_str){ name, strlen(name) }, &found);
}

START_TEST(case_does_not_matter_and_files_are_opened_once)
{
    pel_found_dll one, two;
    folders f = folders_new();
    put_file(f.system, "Some.DLL", "some");
    folders_add(&f);
    ck_finds(&f, "some.dll", "some", PEL_FOLDER_SYSTEM);
    ck_ok(pel_search_path_find(f.path, (pel_str){ "SOME.dll", 8 }, &one));
    ck_ok(pel_search_path_find(f.path, (pel_str){ "some.DLL", 8 }, &two));
    ck_assert_ptr_eq(one.image, two.image);
    ck_assert_str_eq(one.name, "Some.DLL");
    ck_status(PEL_NOT_FOUND, find(&f, "some.dl"));
    ck_status(PEL_NOT_FOUND, find(&f, ""));
    folders_free(&f);
}
END_TEST

START_TEST(two_spellings_mean_the_first)
{
    folders f = folders_new();
    put_file(f.system, "b.dll", "small");
    put_file(f.system, "B.dll", "large");
    folders_add(&f);
    ck_finds(&f, "b.DLL", "large", PEL_FOLDER_SYSTEM);
    folders_free(&f);
}
END_TEST

START_TEST(the_application_comes_first_but_for_known_dlls)
{
    folders f = folders_new();
    put_file(f.system, "a.dll", "system");
    put_file(f.application, "a.dll", "application");
    put_file(f.system, "user32.dll", "system");
    put_file(f.application, "User32.dll", "application");
    put_file(f.application, "ole32.dll", "application");
    folders_add(&f);
    ck_finds(&f, "a.dll", "application", PEL_FOLDER_APPLICATION);
    ck_finds(&f, "USER32.dll", "system", PEL_FOLDER_SYSTEM);
    ck_finds(&f, "ole32.dll", "application", PEL_FOLDER_APPLICATION); /* better than none */
    ck_assert(pel_is_known_dll((pel_str){ "NTDLL.DLL", 9 }));
    ck_assert(!pel_is_known_dll((pel_str){ "a.dll", 5 }));
    folders_free(&f);
}
END_TEST

START_TEST(images_that_are_added_come_before_all)
{
    folders f = folders_new();
    sample s = sample_of(PEL_BUILD_PE32);
    pel_found_dll found;
    sample_parse(&s);
    put_file(f.system, "a.dll", "system");
    folders_add(&f);
    ck_ok(pel_search_path_add_image(f.path, "A.dll", s.img));
    ck_ok(pel_search_path_find(f.path, (pel_str){ "a.dll", 5 }, &found));
    ck_assert_ptr_eq(found.image, s.img);
    ck_assert_ptr_null(found.file);
    folders_free(&f);
    sample_free(&s);
}
END_TEST

START_TEST(folders_and_other_things_are_told)
{
    char inner[128];
    folders f = folders_new();
    snprintf(inner, sizeof inner, "%s/folder.dll", f.system);
    ck_assert_int_eq(mkdir(inner, 0700), 0);
    put_file(f.system, "file", "");
    folders_add(&f);
    errno = 0;
    ck_status(PEL_IO, find(&f, "folder.dll"));
    ck_assert_int_eq(errno, EISDIR);
    ck_status(PEL_IO, pel_search_path_add_folder(f.path, "/nowhere/at/all", PEL_FOLDER_SYSTEM));
    ck_assert_int_eq(errno, ENOENT);
    snprintf(inner, sizeof inner, "%s/file", f.system);
    ck_status(PEL_IO, pel_search_path_add_folder(f.path, inner, PEL_FOLDER_SYSTEM));
    ck_assert_int_eq(errno, ENOTDIR);
    inner[strlen(inner) - 4] = 0;
    folders_free(&f);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    folders f = folders_new();
    put_file(f.system, "a.dll", "a");
    put_file(f.system, "b.dll", "b");
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail fail = { .left = n };
        pel_allocator a = alloc_fail_allocator(&fail);
        pel_search_path *path;
        pel_found_dll found;
        st = pel_search_path_new(&a, &path);
        if (st == PEL_OK)
            st = pel_search_path_add_folder(path, f.system, PEL_FOLDER_SYSTEM);
        if (st == PEL_OK)
            st = pel_search_path_find(path, (pel_str){ "a.dll", 5 }, &found);
        pel_search_path_free(path);
        ck_assert_int_eq(fail.live, 0);
    }
    ck_ok(st);
    folders_free(&f);
}
END_TEST

PEL_TESTS(load_search_path)
{
    tcase_add_test(tests, case_does_not_matter_and_files_are_opened_once);
    tcase_add_test(tests, two_spellings_mean_the_first);
    tcase_add_test(tests, the_application_comes_first_but_for_known_dlls);
    tcase_add_test(tests, images_that_are_added_come_before_all);
    tcase_add_test(tests, folders_and_other_things_are_told);
    tcase_add_test(tests, every_allocation_may_fail);
}
