/* SPDX-License-Identifier: Apache-2.0 */
#include "json_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_object *json_get(json_object *object, const char *key)
{
    json_object *value = NULL;
    json_object_object_get_ex(object, key, &value);
    return value;
}

uint64_t json_value(json_object *value)
{
    if (json_object_get_type(value) == json_type_string)
        return strtoull(json_object_get_string(value), NULL, 0);
    if (json_object_get_int64(value) < 0)
        return (uint64_t)json_object_get_int64(value);
    return json_object_get_uint64(value);
}

uint64_t json_number(json_object *object, const char *key, uint64_t otherwise)
{
    json_object *value = json_get(object, key);
    return value ? json_value(value) : otherwise;
}

size_t json_count(json_object *array)
{
    bool is = json_object_get_type(array) == json_type_array;
    return is ? json_object_array_length(array) : 0;
}

const char *json_text(json_object *object, const char *key)
{
    json_object *value = json_get(object, key);
    return value ? json_object_get_string(value) : NULL;
}

bool json_has_text(json_object *array, const char *text)
{
    if (json_object_get_type(array) != json_type_array)
        return strcmp(json_object_get_string(array), text) == 0;
    for (size_t i = 0; i < json_object_array_length(array); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(array, i)), text) == 0)
            return true;
    return false;
}

void json_join(json_object *array, char *out, size_t size)
{
    size_t count = json_count(array);
    size_t used = 0;
    if (count == 0)
        snprintf(out, size, "%s", json_object_get_string(array));
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " or " : "",
                                 json_object_get_string(json_object_array_get_idx(array, i)));
}
