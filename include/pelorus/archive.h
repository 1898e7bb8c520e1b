/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_ARCHIVE_H
#define PELORUS_ARCHIVE_H

/* Archives: libraries of objects (.lib, .a). Their members lie one behind the other; the first of
 * them are indexes that linkers look up symbols in, and a table of long names. An archive is opened
 * as an image is (pel_image_open); a member is bytes that can be parsed by themselves
 * (pel_image_parse). Source: PE Format (Microsoft), "Archive (Library) File Format". */

#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a member is to the archive. */
typedef enum pel_member_role {
    PEL_MEMBER_FILE,          /**< a file that was put in */
    PEL_MEMBER_FIRST_LINKER,  /**< "/": symbols in the order of members, big endian */
    PEL_MEMBER_SECOND_LINKER, /**< "/" again: symbols in the order of names */
    PEL_MEMBER_LONG_NAMES,    /**< "//" */
    PEL_MEMBER_EC_SYMBOLS,    /**< "/<ECSYMBOLS>/": symbols of ARM64EC */
    PEL_MEMBER_HYBRID_MAP,    /**< "/<HYBRIDMAP>/" */
    PEL_MEMBER_SYMBOLS64,     /**< "/SYM64/": the index of archives beyond 4 GiB; not read */
    PEL_MEMBER_ROLES,
} pel_member_role;

/** "file", "first linker member", ...; never NULL. */
PEL_API const char *pel_member_role_name(pel_member_role role);

/** A member. */
typedef struct pel_archive_entry {
    pel_archive_member header;
    uint32_t index;
    pel_foff offset; /**< of the header in the archive */
    pel_member_role role;
    pel_str name;  /**< in full, without the slash at its end; at most 4096 bytes of it */
    bool has_size; /**< false: Size is no number */
    uint64_t size; /**< that the header tells */
    pel_foff data_offset;
    pel_span data; /**< as much of it as the archive has */
} pel_archive_entry;

/** Members that there are, those of the archive's own among them. */
PEL_API uint32_t pel_archive_count(const pel_image *archive);

/** Member `index`. PEL_NOT_FOUND: there is none. */
PEL_API pel_status pel_archive_at(const pel_image *archive, uint32_t index, pel_archive_entry *out);

/** The member whose header is at `offset`. PEL_NOT_FOUND: no header is there. */
PEL_API pel_status pel_archive_by_offset(const pel_image *archive, pel_foff offset,
                                         uint32_t *index);

/** The first member of that role, or of that name if `name` is not NULL. PEL_NOT_FOUND: none. */
PEL_API pel_status pel_archive_find(const pel_image *archive, pel_member_role role,
                                    const char *name, pel_archive_entry *out);

/** Walks an index: one of the two linker members, or the EC symbols. `status`: PEL_TRUNCATED where
 *  the member ends before all that it tells of. */
typedef struct pel_archive_index {
    const pel_image *archive;
    pel_member_role role;
    pel_span data;
    uint64_t count;    /**< symbols that it tells of */
    uint64_t members;  /**< second linker member: members that it tells of; else 0 */
    uint64_t offsets;  /**< where the offsets of members are, in `table` */
    uint64_t numbers;  /**< where the numbers of members are, in `data` */
    uint64_t position; /**< of the next name, in `data` */
    uint64_t next;     /**< number of the next symbol */
    pel_span table;    /**< the second linker member: EC symbols refer to it */
    pel_status status;
} pel_archive_index;

/** A symbol of an index. */
typedef struct pel_archive_symbol {
    pel_str name;
    uint32_t number; /**< of the member in the table of offsets, from 1; first linker member: 0 */
    bool has_offset; /**< false: the number leads out of that table */
    pel_foff offset; /**< of the member's header */
    bool has_member; /**< false: there is no header at that offset */
    uint32_t member; /**< its index */
} pel_archive_symbol;

/** Begin to walk the index of that role; an archive without it has an empty one. */
PEL_API pel_archive_index pel_archive_symbols(const pel_image *archive, pel_member_role role);

PEL_API bool pel_archive_symbol_next(pel_archive_index *it, pel_archive_symbol *out);

#ifdef __cplusplus
}
#endif
#endif
