/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_SEARCH_PATH_H
#define PELORUS_SEARCH_PATH_H

/* Where DLLs come from: the search order of the loader, over folders of the host, and the API
 * sets, which are names of DLLs that there is no file for. docs/binding.md has the sources. */

#include <pelorus/api_sets.h>
#include <pelorus/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the search path --------------------------------------------------- */

/** Folders and images in which DLLs are looked up. Opaque; free it with pel_search_path_free, after
 *  the processes that use its images. Each file is opened once, however often it is asked for, so
 *  that processes share its section objects. */
typedef struct pel_search_path pel_search_path;

/** What a folder is to Windows. */
typedef enum pel_folder_kind {
    PEL_FOLDER_SYSTEM,      /**< as System32: known DLLs come from here */
    PEL_FOLDER_APPLICATION, /**< the program's own: searched first, but not for known DLLs */
} pel_folder_kind;

PEL_API pel_status pel_search_path_new(const pel_allocator *allocator, pel_search_path **out);

/** Close all images. NULL is fine. */
PEL_API void pel_search_path_free(pel_search_path *path);

/** Look in `folder` of the host, too, after those of its kind that are there already. Its names are
 *  read now; a name that stands there in two spellings means the first in byte order. PEL_IO
 *  with errno when it cannot be read or is no folder. */
PEL_API pel_status pel_search_path_add_folder(pel_search_path *path, const char *folder,
                                              pel_folder_kind kind);

/** Let `name` be found as `image`, which is borrowed and must outlive the path. Searched before all
 *  folders. */
PEL_API pel_status pel_search_path_add_image(pel_search_path *path, const char *name,
                                             const pel_image *image);

/** A file that was found. Borrowed from the path. */
typedef struct pel_found_dll {
    const pel_image *image;
    const char *name; /**< as it is spelled in its folder */
    const char *file; /**< path on the host; NULL when the image was added by itself */
    pel_folder_kind kind;
} pel_found_dll;

/** Find `name` (ASCII case does not matter), in the order of Windows: images that were added, then
 *  application folders, then system folders; known DLLs the other way round. PEL_NOT_FOUND;
 *  PEL_IO with errno when the first file of that name cannot be read (a folder, for example). */
PEL_API pel_status pel_search_path_find(pel_search_path *path, pel_str name, pel_found_dll *out);

/** True for DLLs that Windows takes from its system folder only ("KnownDLLs" of the registry).
 *  ASCII case does not matter. */
PEL_API bool pel_is_known_dll(pel_str name);

/* ---- API sets ---------------------------------------------------------- */

/** True for names that begin with "api-" or "ext-": never looked for as files. */
PEL_API bool pel_is_api_set(pel_str name);

/** Room for the name of a host, and the zero. */
#define PEL_API_SET_HOST 64

/** The DLL that hosts contract `name` for the DLL `importer` (which may be empty): its name in
 *  `host`, in ASCII. PEL_NOT_FOUND when there is no such contract, or no host for it. The last
 *  number of a contract does not matter from version 6 on. */
PEL_API pel_status pel_api_sets_resolve(const pel_api_sets *sets, pel_str name, pel_str importer,
                                        char host[PEL_API_SET_HOST]);

#ifdef __cplusplus
}
#endif
#endif
