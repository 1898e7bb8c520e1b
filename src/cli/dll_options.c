/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dll_options.h"

#include <errno.h>
#include <string.h>

#define PATH_MOST 4096

/* ---- arguments --------------------------------------------------------- */

enum { KEY_PATH = 0x600, KEY_STUB, KEY_DELAY, KEY_API_SETS };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    dll_arguments *a = state->input;
    switch (key) {
    case KEY_PATH:
        if (a->folder_count == DLL_FOLDERS_MOST)
            argp_error(state, "--path: too many folders");
        else
            a->folders[a->folder_count++] = arg;
        break;
    case KEY_STUB: a->stub_missing = true; break;
    case KEY_DELAY: a->bind_delay = true; break;
    case KEY_API_SETS: a->schema = arg; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    a->given = true;
    return 0;
}

static const struct argp_option options[] = {
    { "path", KEY_PATH, "FOLDER", 0, "Look for DLLs in FOLDER; may be given several times", 3 },
    { "stub-missing", KEY_STUB, NULL, 0, "Go on without what is missing: its slots get traps", 3 },
    { "bind-delay", KEY_DELAY, NULL, 0, "Bind delay imports, too", 3 },
    { "api-sets", KEY_API_SETS, "FILE", 0,
      "Take API sets from this apisetschema.dll (default: that in FOLDER, or built in)", 3 },
    { 0 },
};

const struct argp dll_argp = { .options = options, .parser = parse };

/* ---- where DLLs are ---------------------------------------------------- */

/* The program's own folder is searched first, as on Windows. */
static bool add_own_folder(pel_search_path *path, const char *file)
{
    char folder[PATH_MOST] = ".";
    const char *slash = strrchr(file, '/');
    size_t len = slash == file ? 1 : slash ? (size_t)(slash - file) : 0;
    errno = ENAMETOOLONG;
    if (len >= sizeof folder)
        return false;
    if (len > 0) {
        memcpy(folder, file, len);
        folder[len] = '\0';
    }
    return pel_search_path_add_folder(path, folder, PEL_FOLDER_APPLICATION) == PEL_OK;
}

static bool open_folders(pel_search_path *path, const dll_arguments *a, const char *file)
{
    const char *wrong = add_own_folder(path, file) ? NULL : file;
    for (size_t i = 0; i < a->folder_count && !wrong; i++)
        if (pel_search_path_add_folder(path, a->folders[i], PEL_FOLDER_SYSTEM) != PEL_OK)
            wrong = a->folders[i];
    if (wrong)
        complain(wrong, strerror(errno));
    return !wrong;
}

static bool open_schema(dll_start *start, const char *path)
{
    if (!path)
        return true;
    start->schema = open_image(path, NULL);
    if (!start->schema)
        return false;
    if (pel_api_sets_of(start->schema, &start->sets) != PEL_OK) {
        complain(path, "has no API set schema of a version that is known");
        return false;
    }
    start->options.api_sets = &start->sets;
    return true;
}

bool dll_start_open(dll_start *start, const dll_arguments *a, const char *file, uint64_t seed)
{
    const char *slash = strrchr(file, '/');
    *start = (dll_start){ .options = { .name = slash ? slash + 1 : file,
                                       .stub_missing = a->stub_missing,
                                       .bind_delay = a->bind_delay,
                                       .seed = seed } };
    if (pel_search_path_new(NULL, &start->options.path) != PEL_OK) {
        complain("memory", pel_status_name(PEL_NO_MEMORY));
        return false;
    }
    if (open_folders(start->options.path, a, file) && open_schema(start, a->schema))
        return true;
    dll_start_close(start);
    return false;
}

void dll_start_close(dll_start *start)
{
    pel_search_path_free(start->options.path);
    pel_image_free(start->schema);
    *start = (dll_start){ .schema = NULL };
}
