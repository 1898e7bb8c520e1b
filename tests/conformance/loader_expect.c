/* SPDX-License-Identifier: Apache-2.0 */
#include "loader_case.h"

#include <stdio.h>
#include <string.h>

const char *short_status(pel_ntstatus status)
{
    const char *name = pel_ntstatus_name(status);
    return name ? name + strlen("STATUS_") : "?";
}

/* The verdict for a host must be one of the names in `want`. */
static void expect_status(loader_case *c, const char *key, json_object *want, pel_host host)
{
    pel_load_options options = { .host = host };
    pel_verdict verdict = pel_check(c->image, &options);
    const char *got = short_status(verdict.status);
    if (json_has_text(want, got))
        return;
    char names[200];
    json_join(want, names, sizeof names);
    trial_differs(&c->trial, key, "want %s, got %s by rule %s", names, got,
                  pel_rule_name(verdict.rule));
}

static void check_create_section_status(loader_case *c, json_object *want)
{
    const char *name = json_text(c->expect, "host");
    pel_host host = PEL_HOST_X64;
    if (name && pel_host_from_name(name, &host) != PEL_OK)
        trial_note(&c->trial, "create_section_status", "there is no such host here");
    else
        expect_status(c, "create_section_status", want, host);
}

static void check_status_on_x64(loader_case *c, json_object *want)
{
    expect_status(c, "create_section_status_on_x64_host", want, PEL_HOST_X64);
}

static void check_rule_expect(loader_case *c, json_object *want)
{
    expect_status(c, "rule_expect", want, PEL_HOST_X64);
}

static pel_status fill_nothing(void *ctx, uint64_t page, uint8_t *bytes)
{
    (void)ctx, (void)page, (void)bytes;
    return PEL_OK;
}

/* Of a section of plain data, as long as the file. */
static void check_data_section_status(loader_case *c, json_object *want)
{
    pel_machine *machine;
    pel_section_object *section = NULL;
    const pel_section_options options = { .type = PEL_SECTION_FILE,
                                          .protect = PEL_PAGE_READONLY,
                                          .attributes = PEL_SEC_COMMIT,
                                          .pager = { .fill = fill_nothing },
                                          .file_size = pel_image_bytes(c->image).size };
    if (pel_machine_new(NULL, &machine) != PEL_OK) {
        trial_note(&c->trial, "data_section_status", "the host has no memory");
        return;
    }
    const char *got = short_status(pel_section_object_new(machine, &options, &section));
    if (!json_has_text(want, got))
        trial_differs(&c->trial, "data_section_status", "got %s", got);
    pel_section_object_free(section);
    pel_machine_free(machine);
}

static void check_load_library(loader_case *c, json_object *want)
{
    pel_verdict verdict = pel_check(c->image, NULL);
    char got[12];
    snprintf(got, sizeof got, "%u", (unsigned)pel_verdict_win32(&verdict));
    char numbers[80];
    json_join(want, numbers, sizeof numbers);
    if (!json_has_text(want, got))
        trial_differs(&c->trial, "load_library_error_any_of", "want %s, got %s (%s by rule %s)",
                      numbers, got, short_status(verdict.status), pel_rule_name(verdict.rule));
    check_load_dynamically(c, want);
}

/* A refusal must not be for the entry point. */
static void check_entry_is_not_validated(loader_case *c, json_object *want)
{
    pel_verdict verdict = pel_check(c->image, NULL);
    bool refused = verdict.status != PEL_STATUS_SUCCESS && verdict.where.field &&
                   strcmp(verdict.where.field, "AddressOfEntryPoint") == 0;
    trial_number(&c->trial, "entry_is_not_validated", json_object_get_boolean(want), !refused);
}

/* Files that only an older Windows takes have no section here, but a case may tell of one. */
static bool information(loader_case *c, pel_section_image_information *out)
{
    json_object *wanted = json_get(c->expect, "create_section_status");
    pel_status status = pel_image_section_information(c->image, NULL, out);
    if (status == PEL_REFUSED && wanted && !json_has_text(wanted, "SUCCESS"))
        trial_note(&c->trial, "section_image_information", "refused, as wanted: there is none");
    else if (status != PEL_OK)
        trial_differs(&c->trial, "section_image_information", "want some, got %s",
                      pel_status_name(status));
    return status == PEL_OK;
}

/* A number of SECTION_IMAGE_INFORMATION by Microsoft's name of the field. */
static void expect_information(loader_case *c, const char *field, uint64_t want)
{
    pel_section_image_information info;
    const pel_field *f = pel_schema_field(&pel_section_image_information_schema, field);
    if (!f)
        trial_differs(&c->trial, field, "want such a field, got none");
    else if (information(c, &info))
        trial_number(&c->trial, field, want, pel_field_get(f, &info, 0));
}

static void check_max_stack(loader_case *c, json_object *want)
{
    expect_information(c, "MaximumStackSize", json_value(want));
}

static void check_commit_stack(loader_case *c, json_object *want)
{
    expect_information(c, "CommittedStackSize", json_value(want));
}

static void check_contains_code(loader_case *c, json_object *want)
{
    expect_information(c, "ImageContainsCode", json_value(want));
}

static void check_loader_flags(loader_case *c, json_object *want)
{
    expect_information(c, "LoaderFlags", json_value(want));
}

static void expect_flag(loader_case *c, const char *name, bool want)
{
    pel_section_image_information info;
    if (!information(c, &info))
        return;
    for (size_t i = 0; i < pel_names_image_flags.count; i++) {
        const pel_name *flag = &pel_names_image_flags.items[i];
        if (strcmp(flag->name, name) == 0) {
            trial_number(&c->trial, name, want, (info.image_flags & flag->value) != 0);
            return;
        }
    }
    trial_unchecked(&c->trial, name);
}

static void check_dynamically_relocated(loader_case *c, json_object *want)
{
    expect_flag(c, "ImageDynamicallyRelocated", json_value(want) != 0);
}

static void check_image_flags(loader_case *c, json_object *want)
{
    json_object_object_foreach(want, name, value)
        expect_flag(c, name, json_object_get_boolean(value));
}

/* Said in words for people, or read together with another key. */
static void for_people(loader_case *c, json_object *want)
{
    (void)c;
    (void)want;
}

/* Every key that is understood. */
static const struct {
    const char *key;
    void (*check)(loader_case *c, json_object *want);
} checks[] = {
    { "create_section_status", check_create_section_status },
    { "create_section_status_on_x64_host", check_status_on_x64 },
    { "rule_expect", check_rule_expect },
    { "load_library_error_any_of", check_load_library },
    { "entry_is_not_validated", check_entry_is_not_validated },
    { "max_stack", check_max_stack },
    { "commit_stack", check_commit_stack },
    { "contains_code", check_contains_code },
    { "loader_flags", check_loader_flags },
    { "dynamically_relocated", check_dynamically_relocated },
    { "image_flags", check_image_flags },
    { "if_loaded", check_if_loaded },
    { "section_region", check_section_region },
    { "protect", check_protect },
    { "protect_after_first_write", check_protect_after_first_write },
    { "second_view_status", check_second_view_status },
    { "map_status", check_map_status },
    { "image_base_field_updated", check_image_base_field_updated },
    { "relocated_by_kernel", check_relocated_by_kernel },
    { "host", for_people },
    { "mode", for_people },
    { "note", for_people },
    { "why", for_people },
    { "arm_arm64", for_people },
    { "imports_bound", check_imports_bound },
    { "tls_index_unchanged", check_tls_index_unchanged },
    { "tls_index_written", check_tls_index_written },
    { "tls_template_copied", check_tls_template_copied },
    { "ldr_entry_tls_index", check_ldr_entry_tls_index },
    { "later_LoadLibrary", check_later_load_library },
    { "data_section_status", check_data_section_status },
};

void loader_case_expect(loader_case *c)
{
    json_object_object_foreach(c->expect, key, want)
    {
        size_t i = 0;
        while (i < sizeof checks / sizeof checks[0] && strcmp(checks[i].key, key) != 0)
            i++;
        if (i == sizeof checks / sizeof checks[0])
            trial_unchecked(&c->trial, key);
        else
            checks[i].check(c, want);
    }
}
