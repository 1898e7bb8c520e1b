/* SPDX-License-Identifier: Apache-2.0 */
/* What an image section says of itself. */
#include "map_record.h"

#include <stdlib.h>
#include <string.h>

void map_record_number(map_record *r, const char *what, uint64_t want, uint64_t got)
{
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, what);
    bool excepted = x && strtoull(x->recorded, NULL, 0) == want;
    if (excepted && want != got)
        x->used = true;
    trial_number(&r->trial, what, excepted && x->used ? strtoull(x->ours, NULL, 0) : want, got);
}

/* A failure that the recorded loader tells when it maps, Windows tells when it creates. */
static uint64_t recorded_status(map_record *r)
{
    uint64_t created = json_number(r->root, "create_status", 0);
    uint64_t mapped = json_number(r->root, "map_status", 0);
    return pel_nt_success((pel_ntstatus)mapped) ? created : mapped;
}

static void compare_verdict(map_record *r)
{
    pel_verdict verdict = pel_check(r->image, NULL);
    const char *rule = map_rule_of_refusal(r->image);
    uint64_t status = recorded_status(r);
    if (rule)
        status = (pel_ntstatus)PEL_STATUS_INVALID_IMAGE_FORMAT;
    r->refused = verdict.rule != PEL_RULE_NONE;
    trial_number(&r->trial, "create_status", status, verdict.status);
    if (rule || r->refused)
        trial_text(&r->trial, "rule", rule ? rule : "none", pel_rule_name(verdict.rule));
}

/* "4.0" as the two halves of a version. */
static void compare_version(map_record *r, const char *what, const char *text, unsigned major,
                            unsigned minor)
{
    char got[24];
    snprintf(got, sizeof got, "%u.%u", major, minor);
    trial_text(&r->trial, what, text, got);
}

/* Bits above 0x3f are the recorded loader's own, for modules that it builds in. */
static void compare_flags(map_record *r, uint64_t recorded, unsigned ours)
{
    for (size_t i = 0; i < pel_names_image_flags.count; i++) {
        const pel_name *flag = &pel_names_image_flags.items[i];
        bool want = (recorded & flag->value) != 0;
        if (strcmp(flag->name, "ImageDynamicallyRelocated") == 0)
            want = want && !map_rule_flat_and_dynamic(r->image);
        map_record_number(r, flag->name, want, (ours & flag->value) != 0);
    }
}

static const struct {
    const char *key, *field;
} information_fields[] = {
    { "transfer", "TransferAddress" },
    { "zerobits", "ZeroBits" },
    { "max_stack", "MaximumStackSize" },
    { "commit_stack", "CommittedStackSize" },
    { "subsystem", "SubSystemType" },
    { "characteristics", "ImageCharacteristics" },
    { "dll_characteristics", "DllCharacteristics" },
    { "machine", "Machine" },
    { "contains_code", "ImageContainsCode" },
    { "loader_flags", "LoaderFlags" },
    { "file_size", "ImageFileSize" },
    { "checksum", "CheckSum" },
};

static void compare_key(map_record *r, const char *key, json_object *want,
                        const pel_section_image_information *got)
{
    const pel_schema *schema = &pel_section_image_information_schema;
    size_t count = sizeof information_fields / sizeof information_fields[0], i = 0;
    if (strcmp(key, "sub_ver") == 0) {
        compare_version(r, key, json_object_get_string(want), got->subsystem_major,
                        got->subsystem_minor);
    } else if (strcmp(key, "os_ver") == 0) {
        compare_version(r, key, json_object_get_string(want), got->os_major, got->os_minor);
    } else if (strcmp(key, "flags") == 0) {
        compare_flags(r, json_value(want), got->image_flags);
    } else {
        while (i < count && strcmp(information_fields[i].key, key) != 0)
            i++;
        const pel_field *field =
            i < count ? pel_schema_field(schema, information_fields[i].field) : NULL;
        if (field)
            map_record_number(r, field->name, json_value(want), pel_field_get(field, got, 0));
        else
            trial_unchecked(&r->trial, key);
    }
}

void map_record_info(map_record *r)
{
    map_exceptions_meet(r->exceptions, r->image_name, r->mode);
    compare_verdict(r);
    pel_section_image_information got;
    pel_load_options options = { .hypothetical = r->refused };
    pel_status status = pel_image_section_information(r->image, &options, &got);
    json_object *want = json_get(r->root, "section_image_information");
    if (status == PEL_OK && want) {
        json_object_object_foreach(want, key, value) compare_key(r, key, value, &got);
    } else if (status == PEL_REFUSED && r->refused) {
        trial_note(&r->trial, "section_image_information", "refused: there is none");
    } else {
        trial_text(&r->trial, "section_image_information", "PEL_OK", pel_status_name(status));
    }
    json_object *basic = json_get(r->root, "section_basic_information");
    map_record_number(r, "size of the section", json_number(basic, "size", 0),
                      pel_image_view_size(r->image));
}
