/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* opendir, lstat */
#include "map_index.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <pelorus/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool sha256_text(const void *bytes, size_t size, char out[SHA256_TEXT])
{
    unsigned char digest[32];
    if (!EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL))
        return false;
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return true;
}

static char *join(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", dir, name);
    return path;
}

/* Takes over `path`. */
static bool add_file(map_index *index, char *path)
{
    if (index->count == index->room) {
        size_t room = index->room ? 2 * index->room : 256;
        indexed_file *files = realloc(index->files, room * sizeof *files);
        if (!files) {
            free(path);
            return false;
        }
        index->files = files;
        index->room = room;
    }
    index->files[index->count++] =
        (indexed_file){ .path = path, .name = strrchr(path, '/') + 1, .sha256 = "" };
    return true;
}

static bool add_entry(map_index *index, const char *dir, const char *name)
{
    struct stat about;
    char *path = join(dir, name);
    if (!path)
        return false;
    if (lstat(path, &about) == 0 && S_ISREG(about.st_mode))
        return add_file(index, path);
    bool ok = !S_ISDIR(about.st_mode) || map_index_add(index, path);
    free(path);
    return ok;
}

bool map_index_add(map_index *index, const char *root)
{
    DIR *dir = opendir(root);
    bool ok = dir != NULL;
    for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = add_entry(index, root, entry->d_name);
    if (dir)
        closedir(dir);
    return ok;
}

/* A file that cannot be read keeps the hash of nothing, "", and is never found. */
static const char *hash_of(indexed_file *file)
{
    pel_image *image;
    if (file->sha256[0] == '\0' && pel_image_open(file->path, NULL, &image) == PEL_OK) {
        pel_span bytes = pel_image_bytes(image);
        sha256_text(bytes.data, bytes.size, file->sha256);
        pel_image_free(image);
    }
    return file->sha256;
}

const char *map_index_find(map_index *index, const char *name, const char *sha256)
{
    for (int all = 0; all < 2; all++)
        for (size_t i = 0; i < index->count; i++) {
            indexed_file *file = &index->files[i];
            if ((all || strcmp(file->name, name) == 0) && strcmp(hash_of(file), sha256) == 0)
                return file->path;
        }
    return NULL;
}

const char *map_index_named(const map_index *index, const char *name)
{
    for (size_t i = 0; i < index->count; i++)
        if (strcmp(index->files[i].name, name) == 0)
            return index->files[i].path;
    return NULL;
}

void map_index_free(map_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        free(index->files[i].path);
    free(index->files);
}
