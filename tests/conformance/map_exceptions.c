/* SPDX-License-Identifier: Apache-2.0 */
#include "map_exceptions.h"

#include <stdlib.h>
#include <string.h>

/* The next field of `*rest`, up to '|', without blanks around it; false when it is missing,
 * empty or longer than `size`. */
static bool field(const char **rest, char *out, size_t size)
{
    if (!*rest)
        return false;
    const char *end = strchr(*rest, '|');
    const char *from = *rest + strspn(*rest, " \t");
    const char *to = end ? end : *rest + strcspn(*rest, "\n");
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    *rest = end ? end + 1 : NULL;
    size_t length = (size_t)(to - from);
    if (to <= from || length >= size)
        return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static bool parse(const char *line, map_exception *out)
{
    char reason[400];
    return field(&line, out->image, sizeof out->image) &&
           field(&line, out->mode, sizeof out->mode) && field(&line, out->what, sizeof out->what) &&
           field(&line, out->recorded, sizeof out->recorded) &&
           field(&line, out->ours, sizeof out->ours) && field(&line, reason, sizeof reason) &&
           line == NULL;
}

static bool add(map_exceptions *e, const map_exception *item)
{
    map_exception *items = realloc(e->items, (e->count + 1) * sizeof *items);
    if (!items)
        return false;
    e->items = items;
    e->items[e->count++] = *item;
    return true;
}

bool map_exceptions_read(map_exceptions *e, const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    bool ok = file != NULL;
    for (size_t number = 1; ok && fgets(line, sizeof line, file); number++) {
        map_exception item = { .line = number };
        if (line[0] == '#' || line[0] == '\n')
            continue;
        ok = parse(line, &item) && add(e, &item);
        if (!ok)
            fprintf(stderr, "%s:%zu: want IMAGE | MODE | WHAT | RECORDED | OURS | REASON\n", path,
                    number);
    }
    if (!file)
        fprintf(stderr, "%s: cannot be read\n", path);
    else
        fclose(file);
    return ok;
}

map_exception *map_exceptions_find(map_exceptions *e, const char *image, const char *mode,
                                   const char *what)
{
    for (size_t i = 0; i < e->count; i++) {
        map_exception *x = &e->items[i];
        if (strcmp(x->image, image) == 0 && strcmp(x->mode, mode) == 0 &&
            strcmp(x->what, what) == 0)
            return x;
    }
    return NULL;
}

void map_exceptions_meet(map_exceptions *e, const char *image, const char *mode)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->items[i].image, image) == 0 && strcmp(e->items[i].mode, mode) == 0)
            e->items[i].met = true;
}

void map_exceptions_close(const map_exceptions *e, report *to)
{
    for (size_t i = 0; i < e->count; i++) {
        const map_exception *x = &e->items[i];
        char why[80];
        snprintf(why, sizeof why, "the exception in line %zu is no longer needed", x->line);
        if (x->met && !x->used)
            report_failure(to, x->image, why);
    }
}

void map_exceptions_free(map_exceptions *e) { free(e->items); }
