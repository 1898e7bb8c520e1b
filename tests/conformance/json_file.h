/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_JSON_FILE_H
#define CONFORMANCE_JSON_FILE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Member `key` of `object`, or NULL: also for null, and for no object at all. */
json_object *json_get(json_object *object, const char *key);

/* Member `key` as a number (decimal, or a string "0x..."), or `otherwise`. */
uint64_t json_number(json_object *object, const char *key, uint64_t otherwise);

/* Member `key` as text, or NULL. Borrowed. */
const char *json_text(json_object *object, const char *key);

/* How many items `array` has; none, if it is no array. */
size_t json_count(json_object *array);

/* A value that is a number or a string "0x...". */
uint64_t json_value(json_object *value);

/* True when `array`, an array of texts, has `text`; or when it is that text itself. */
bool json_has_text(json_object *array, const char *text);

/* The texts of `array` as "A or B", cut to `size` bytes. */
void json_join(json_object *array, char *out, size_t size);

#endif
