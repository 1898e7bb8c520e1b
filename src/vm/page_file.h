/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_VM_PAGE_FILE_H
#define PEL_VM_PAGE_FILE_H

/* Pages on disk: the page files of a machine, and the private copies of data files. Each is a file
 * of the host without a name: nobody else can open it, and it is gone when it is closed, however
 * the program ends. */

#include <pelorus/machine.h>

#include "base/os.h"

/** A file of pages; it is made when the first page is written. */
typedef struct pel_store {
    bool open;
    pel_os_file file;
} pel_store;

/** Make the file, if that has not been done. PEL_IO with errno set. */
pel_status pel_store_open(pel_store *store, const char *folder);

/** Write 4096 bytes as page number `page`. PEL_IO with errno set. */
pel_status pel_store_write(pel_store *store, const char *folder, uint64_t page,
                           const uint8_t *bytes);

/** Read them again. */
pel_status pel_store_read(const pel_store *store, uint64_t page, uint8_t *bytes);

void pel_store_close(pel_store *store);

/** One page file. Slot 0 is never used, as on Windows, where the file's header is there. */
typedef struct pel_page_file {
    pel_store store;
    uint64_t total;  /**< slots, 0 among them */
    uint64_t used;   /**< slots that hold a page */
    uint64_t lowest; /**< no slot below this one is free */
    uint64_t *taken; /**< bitmap, as far as slots were ever used */
    size_t words;
} pel_page_file;

typedef struct pel_page_files {
    pel_page_file file[PEL_PAGE_FILE_MAX];
    const char *folder; /**< a copy; NULL: the system's */
    size_t folder_size;
} pel_page_files;

/** Pages that fit into all of them, and that are in them. */
uint64_t pel_page_files_room(const pel_page_files *files);
uint64_t pel_page_files_used(const pel_page_files *files);

/** Find a free slot. STATUS_COMMITMENT_LIMIT when all are full. */
pel_ntstatus pel_page_files_take(pel_machine *machine, unsigned *file, uint64_t *slot);

/** Give back the slot that a page-file entry names; nothing for any other entry. */
void pel_page_files_give(pel_machine *machine, uint64_t entry);

/** Is it in use? */
bool pel_page_files_taken(const pel_page_files *files, unsigned file, uint64_t slot);

/** Write a page to its slot, or read it. STATUS_PELORUS_HOST_IO when the host cannot. */
pel_ntstatus pel_page_files_write(pel_machine *machine, unsigned file, uint64_t slot,
                                  const uint8_t *bytes);
pel_ntstatus pel_page_files_read(const pel_machine *machine, uint64_t entry, uint8_t *bytes);

void pel_page_files_release(pel_machine *machine);

#endif
