/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* mkdtemp, mkfifo */
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_pel.h"

static char folder[] = "pelorus-os-XXXXXX";
static char path[sizeof folder + 8];

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

static void write_file(const char *text)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_file_is_its_bytes)
{
    write_file("MZ and more");
    pel_span bytes;
    ck_ok(pel_os_map_file(path, &bytes));
    ck_assert_uint_eq(bytes.size, 11);
    ck_assert_int_eq(memcmp(bytes.data, "MZ and more", 11), 0);
    pel_os_unmap_file(bytes);
}
END_TEST

START_TEST(an_empty_file_is_the_empty_span)
{
    write_file("");
    pel_span bytes = { (const uint8_t *)path, 1 };
    ck_ok(pel_os_map_file(path, &bytes));
    ck_assert_ptr_null(bytes.data);
    ck_assert_uint_eq(bytes.size, 0);
    pel_os_unmap_file(bytes);
}
END_TEST

static void refuse(const char *what, int why)
{
    pel_span bytes = { (const uint8_t *)what, 1 };
    errno = 0;
    ck_status(PEL_IO, pel_os_map_file(what, &bytes));
    ck_assert_int_eq(errno, why);
    ck_assert_ptr_null(bytes.data);
    ck_assert_uint_eq(bytes.size, 0);
}

START_TEST(what_is_no_regular_file_is_refused)
{
    refuse(path, ENOENT);
    refuse(folder, EISDIR);
    refuse("/dev/null", EINVAL);
}
END_TEST

START_TEST(a_fifo_without_a_writer_does_not_hang)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    refuse(path, EINVAL);
}
END_TEST

START_TEST(reserved_memory_is_zero_and_writable)
{
    const size_t size = (size_t)1 << 30;
    uint8_t *bytes = pel_os_reserve(size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(bytes[0] | bytes[size - 1], 0);
    bytes[size - 1] = 1;
    pel_os_unreserve(bytes, size);
    pel_os_unreserve(NULL, size);
    ck_assert_ptr_null(pel_os_reserve(SIZE_MAX / 2));
}
END_TEST

START_TEST(large_memory_begins_at_a_large_page)
{
    const size_t size = (size_t)4 << 20;
    uint8_t *bytes = pel_os_reserve_large(size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq((uintptr_t)bytes % ((size_t)2 << 20), 0);
    ck_assert_uint_eq(bytes[0] | bytes[size - 1], 0);
    bytes[0] = bytes[size - 1] = 1;
    pel_os_unreserve(bytes, size);
    ck_assert_ptr_null(pel_os_reserve_large(SIZE_MAX / 2));
}
END_TEST

static int files_in_folder(void)
{
    DIR *dir = opendir(folder);
    int count = 0;
    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2; /* "." and ".." */
}

START_TEST(a_private_file_has_no_name_and_keeps_what_is_written)
{
    pel_os_file file;
    char text[6] = "";
    ck_ok(pel_os_private_file(folder, &file));
    ck_assert_int_eq(files_in_folder(), 0);
    ck_ok(pel_os_write_at(&file, 0x100000, "there", 6));
    ck_ok(pel_os_read_at(&file, 0x100000, text, 6));
    ck_assert_str_eq(text, "there");
    ck_ok(pel_os_read_at(&file, 0xFFFFF, text, 1));
    ck_assert_int_eq(text[0], 0); /* a hole */
    errno = 0;
    ck_status(PEL_IO, pel_os_read_at(&file, 0x100006, text, 1));
    ck_assert_int_eq(errno, EIO);
    pel_os_close_file(&file);
    ck_assert_int_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(a_private_file_needs_a_folder_that_can_be_written)
{
    pel_os_file file;
    errno = 0;
    ck_status(PEL_IO, pel_os_private_file("/nonexistent/folder", &file));
    ck_assert_int_eq(errno, ENOENT);
    ck_status(PEL_IO, pel_os_private_file("/proc", &file));
    ck_assert_int_ne(errno, 0);
    ck_ok(pel_os_private_file(NULL, &file));
    pel_os_close_file(&file);
}
END_TEST

PEL_TESTS(base_os)
{
    tcase_add_test(tests, large_memory_begins_at_a_large_page);
    tcase_add_test(tests, a_private_file_has_no_name_and_keeps_what_is_written);
    tcase_add_test(tests, a_private_file_needs_a_folder_that_can_be_written);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, a_file_is_its_bytes);
    tcase_add_test(tests, an_empty_file_is_the_empty_span);
    tcase_add_test(tests, what_is_no_regular_file_is_refused);
    tcase_add_test(tests, a_fifo_without_a_writer_does_not_hang);
    tcase_add_test(tests, reserved_memory_is_zero_and_writable);
}
