/* SPDX-License-Identifier: Apache-2.0 */
/* The search order of DLLs: folders whose names are read once and sorted, and images that are
 * opened when they are first found. */
#include <pelorus/search_path.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"
#include "base/text.h"

/* A file, or an image that was added by itself. */
typedef struct entry {
    const char *name;
    const pel_image *image; /* NULL: not opened yet */
    pel_image *opened;      /* to be freed */
    char *file;
} entry;

typedef struct folder {
    pel_folder_kind kind;
    const char *path; /* NULL: images that were added */
    entry *entries;   /* sorted by name */
    size_t count, capacity;
} folder;

struct pel_search_path {
    pel_arena arena; /* names, and the path itself */
    folder added;
    folder *folders;
    size_t count, capacity;
};

/* ---- names ------------------------------------------------------------- */

static char *copy(pel_search_path *path, const char *text, size_t len)
{
    char *out = pel_arena_take(&path->arena, len + 1);
    if (out)
        memcpy(out, text, len);
    return out;
}

static int by_name(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = pel_compare_nocase(pel_str_of(x->name), pel_str_of(y->name));
    return order ? order : strcmp(x->name, y->name);
}

/* The first entry whose name is not before `name`. */
static size_t place_of(const folder *f, pel_str name)
{
    size_t low = 0, high = f->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pel_compare_nocase(pel_str_of(f->entries[middle].name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static entry *find_entry(const folder *f, pel_str name)
{
    size_t at = place_of(f, name);
    bool found = at < f->count && pel_compare_nocase(pel_str_of(f->entries[at].name), name) == 0;
    return found ? &f->entries[at] : NULL;
}

bool pel_is_known_dll(pel_str name)
{
    static const char *const known[] = {
#define X(name) name,
#include <pelorus/tables/known_dlls.def>
#undef X
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (pel_compare_nocase(name, pel_str_of(known[i])) == 0)
            return true;
    return false;
}

/* ---- adding ------------------------------------------------------------ */

pel_status pel_search_path_new(const pel_allocator *allocator, pel_search_path **out)
{
    pel_arena arena;
    pel_arena_init(&arena, allocator);
    *out = pel_arena_take(&arena, sizeof **out);
    if (!*out)
        return PEL_NO_MEMORY;
    (*out)->arena = arena;
    return PEL_OK;
}

static pel_status add_entry(pel_search_path *path, folder *f, entry new_entry, size_t at)
{
    entry *grown =
        pel_grow(&path->arena.allocator, f->entries, &f->capacity, f->count + 1, sizeof *grown);
    if (!grown)
        return PEL_NO_MEMORY;
    f->entries = grown;
    memmove(grown + at + 1, grown + at, (f->count - at) * sizeof *grown);
    grown[at] = new_entry;
    f->count++;
    return PEL_OK;
}

typedef struct listing {
    pel_search_path *path;
    folder *folder;
} listing;

static pel_status list_entry(void *ctx, const char *name)
{
    const listing *l = ctx;
    entry e = { .name = copy(l->path, name, strlen(name)) };
    return e.name ? add_entry(l->path, l->folder, e, l->folder->count) : PEL_NO_MEMORY;
}

static void release_folder(pel_search_path *path, folder *f)
{
    const pel_allocator *a = &path->arena.allocator;
    for (size_t i = 0; i < f->count; i++)
        pel_image_free(f->entries[i].opened);
    pel_give(a, f->entries, f->capacity * sizeof *f->entries);
}

pel_status pel_search_path_add_folder(pel_search_path *path, const char *name, pel_folder_kind kind)
{
    folder f = { .kind = kind, .path = copy(path, name, strlen(name)) };
    listing l = { .path = path, .folder = &f };
    pel_status st = f.path ? pel_os_list_folder(name, list_entry, &l) : PEL_NO_MEMORY;
    folder *grown = NULL;
    int why = errno;
    if (st == PEL_OK) {
        grown = pel_grow(&path->arena.allocator, path->folders, &path->capacity, path->count + 1,
                         sizeof *grown);
        st = grown ? PEL_OK : PEL_NO_MEMORY;
    }
    if (st != PEL_OK) {
        release_folder(path, &f);
        errno = why;
        return st;
    }
    if (f.count > 0)
        qsort(f.entries, f.count, sizeof *f.entries, by_name);
    path->folders = grown;
    path->folders[path->count++] = f;
    return PEL_OK;
}

pel_status pel_search_path_add_image(pel_search_path *path, const char *name,
                                     const pel_image *image)
{
    entry e = { .name = copy(path, name, strlen(name)), .image = image };
    if (!e.name)
        return PEL_NO_MEMORY;
    return add_entry(path, &path->added, e, place_of(&path->added, pel_str_of(name)));
}

void pel_search_path_free(pel_search_path *path)
{
    if (!path)
        return;
    pel_allocator allocator = path->arena.allocator;
    release_folder(path, &path->added);
    for (size_t i = 0; i < path->count; i++)
        release_folder(path, &path->folders[i]);
    pel_give(&allocator, path->folders, path->capacity * sizeof *path->folders);
    pel_arena arena = path->arena;
    pel_arena_release(&arena);
}

/* ---- finding ----------------------------------------------------------- */

static pel_status open_entry(pel_search_path *path, const folder *f, entry *e)
{
    size_t folder_len = strlen(f->path), name_len = strlen(e->name);
    pel_image_options options = { .allocator = &path->arena.allocator };
    if (!e->file)
        e->file = pel_arena_take(&path->arena, folder_len + 1 + name_len + 1);
    if (!e->file)
        return PEL_NO_MEMORY;
    memcpy(e->file, f->path, folder_len);
    e->file[folder_len] = '/';
    memcpy(e->file + folder_len + 1, e->name, name_len);
    PEL_TRY(pel_image_open(e->file, &options, &e->opened));
    e->image = e->opened;
    return PEL_OK;
}

static pel_status give(pel_search_path *path, const folder *f, entry *e, pel_found_dll *out)
{
    if (!e->image)
        PEL_TRY(open_entry(path, f, e));
    *out = (pel_found_dll){ .image = e->image, .name = e->name, .file = e->file, .kind = f->kind };
    return PEL_OK;
}

static pel_status find_in(pel_search_path *path, pel_str name, pel_folder_kind kind,
                          pel_found_dll *out)
{
    for (size_t i = 0; i < path->count; i++) {
        const folder *f = &path->folders[i];
        entry *e = f->kind == kind ? find_entry(f, name) : NULL;
        if (e)
            return give(path, f, e, out);
    }
    return PEL_NOT_FOUND;
}

pel_status pel_search_path_find(pel_search_path *path, pel_str name, pel_found_dll *out)
{
    bool known = pel_is_known_dll(name);
    entry *added = find_entry(&path->added, name);
    *out = (pel_found_dll){ .image = NULL };
    if (added)
        return give(path, &path->added, added, out);
    pel_status st = find_in(path, name, known ? PEL_FOLDER_SYSTEM : PEL_FOLDER_APPLICATION, out);
    if (st == PEL_NOT_FOUND)
        st = find_in(path, name, known ? PEL_FOLDER_APPLICATION : PEL_FOLDER_SYSTEM, out);
    return st;
}
