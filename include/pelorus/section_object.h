/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_SECTION_OBJECT_H
#define PELORUS_SECTION_OBJECT_H

/* Section objects, which spaces map: an image, a data file, or memory that the page
 * files back. They know pages, not PE: a pager tells what is in them. */

#include <pelorus/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a section object is made of. */
typedef enum pel_section_type {
    PEL_SECTION_IMAGE,     /**< SEC_IMAGE, MEM_IMAGE: pages have protections of their own, writes
                                are private */
    PEL_SECTION_FILE,      /**< SEC_FILE, MEM_MAPPED: a data file. Dirty pages go to a private copy
                                of the file, never to the file */
    PEL_SECTION_PAGE_FILE, /**< SEC_COMMIT or SEC_RESERVE without a file, MEM_MAPPED */
} pel_section_type;

/** Gives the contents of a section's pages. Asked again whenever a page is not in RAM, and for
 *  each peek at it. */
typedef struct pel_pager {
    /** Write the 4096 bytes of page number `page` to `bytes`, which are zero before. PEL_IO and
     *  PEL_NO_MEMORY fail the access that asked, with a status that tells of the host; any
     *  other failure is STATUS_IN_PAGE_ERROR to it. The next access asks again. */
    pel_status (*fill)(void *ctx, uint64_t page, uint8_t *bytes);
    /** The section object is gone. May be NULL. */
    void (*close)(void *ctx);
    void *ctx;
} pel_pager;

/** A run of pages of an image section that are alike. */
typedef struct pel_segment {
    uint64_t page_count;
    uint32_t protect; /**< PAGE_*; 0 = no pages there: a view shows them as MEM_RESERVE */
    bool shared;      /**< writes are seen by all views (IMAGE_SCN_MEM_SHARED) */
    bool zero;        /**< no pager needed: all zero */
    bool own;         /**< every view gets its own page at the first touch: what a loader has
                           patched in the space, and so charged to it. Not with `shared` */
} pel_segment;

/** A section object, as NtCreateSection makes it. Views keep it alive. */
typedef struct pel_section_object pel_section_object;

/** What to make. */
typedef struct pel_section_options {
    pel_section_type type;
    pel_pager pager; /**< from now on owned by the section object, also when creation fails */

    /* IMAGE */
    const pel_segment *segments; /**< from page 0 on, without holes; copied */
    size_t segment_count;
    uint32_t alloc_protect; /**< what VirtualQuery tells as AllocationProtect */
    const void *key;        /**< not NULL: what it is made of, for pel_section_object_find */
    uint64_t variant;       /**< and which of several that are made of the same */

    /* FILE and PAGE_FILE */
    uint64_t size;       /**< bytes; FILE: 0 = file_size */
    uint64_t file_size;  /**< FILE: bytes that the pager has */
    uint32_t protect;    /**< PAGE_*: the most that a view can have */
    uint32_t attributes; /**< SEC_COMMIT or SEC_RESERVE, with SEC_NOCACHE, SEC_WRITECOMBINE */
} pel_section_options;

/** NtCreateSection: make a section object; none of its pages is in RAM yet. IMAGE:
 *  STATUS_INVALID_PARAMETER when there are no pages, when a protection is none of PAGE_* or has
 *  modifiers, or when pages need a pager and there is none. FILE and PAGE_FILE, in this order:
 *  _INVALID_PARAMETER_6 (attributes that are unknown or do not go together),
 *  _INVALID_PAGE_PROTECTION (none, no access, modifiers), _INVALID_FILE_FOR_SECTION (SEC_IMAGE),
 *  _PRIVILEGE_NOT_HELD (SEC_LARGE_PAGES), _INVALID_PARAMETER_4 (a page file, and no size),
 *  _MAPPED_FILE_SIZE_ZERO, _SECTION_TOO_BIG (larger than a file that may not be written, or than
 *  any space), _COMMITMENT_LIMIT. What a file has less than the section is zero. Source: Wine's
 *  test_CreateFileMapping, which passes on Windows; docs/memory.md. */
PEL_API pel_ntstatus pel_section_object_new(pel_machine *machine,
                                            const pel_section_options *options,
                                            pel_section_object **out);

#define PEL_ANY_VARIANT UINT64_MAX

/** The image section that was made with `key` and `variant` (or any) and still lives, with one more
 *  hold for the caller; NULL when there is none. */
PEL_API pel_section_object *pel_section_object_find(pel_machine *machine, const void *key,
                                                    uint64_t variant);

/** The section object behind `after`, NULL for the first, in no order that means anything; NULL
 * when there are no more. Borrowed: for as long as none of the machine's comes or goes. */
PEL_API const pel_section_object *pel_section_object_next(const pel_machine *machine,
                                                          const pel_section_object *after);

/** The key that it was made with (NULL: none) and, if there is one, its variant. */
PEL_API const void *pel_section_object_key(const pel_section_object *section, uint64_t *variant);

/** Give up one hold of a caller. The object goes when its last view is gone, too. NULL is fine. */
PEL_API void pel_section_object_free(pel_section_object *section);

/** MmDisableModifiedWriteOfSection, and back: while `hold`, changed pages of a data file are not
 *  written, but wait on the modified-no-write list (file systems hold pages so until their log is
 *  written). STATUS_INVALID_PARAMETER unless the section is of a data file. */
PEL_API pel_ntstatus pel_section_object_hold_writes(pel_section_object *section, bool hold);

/** NtQuerySection(SectionBasicInformation): bytes (IMAGE and PAGE_FILE: a multiple of the page) and
 *  SEC_* attributes. */
PEL_API uint64_t pel_section_object_size(const pel_section_object *section);
PEL_API uint32_t pel_section_object_attributes(const pel_section_object *section);

#ifdef __cplusplus
}
#endif
#endif
