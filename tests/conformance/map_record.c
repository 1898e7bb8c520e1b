/* SPDX-License-Identifier: Apache-2.0 */
#include "map_record.h"

#include "map_index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- what the section is ------------------------------------------------- */

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

/* ---- what a view of it shows --------------------------------------------- */

/* A view of the image in a space of its own. */
typedef struct view {
    pel_machine *machine;
    pel_space *space;
    pel_section_object *section; /* when it was made apart from the map */
    pel_va base;
    bool moved; /* from the preferred base */
    bool apart; /* section and view made one by one, and not by pel_image_map */
    pel_ntstatus status;
} view;

static bool is_relocated_mode(const map_record *r)
{
    return strncmp(r->mode, "relmap_", strlen("relmap_")) == 0;
}

/* The section for the preferred base, seen at the recorded one: nothing is relocated. */
static void view_unrelocated(map_record *r, view *v, const pel_load_options *options)
{
    pel_va preferred = pel_image_optional_header(r->image)->image_base;
    v->base.v = pel_round_down(options->base.v, PEL_GRANULARITY);
    v->status = pel_image_section_new(v->machine, r->image, preferred, options, &v->section);
    if (pel_nt_success(v->status))
        v->status = pel_space_map(v->space, v->section, &v->base);
}

/* Windows must refuse to load it there; the recorded loader shows its bytes as they were. */
static void view_refused(map_record *r, view *v, const pel_load_options *options,
                         const char *status)
{
    pel_module module;
    pel_ntstatus got = pel_image_map(v->space, r->image, options, &module);
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "map");
    if (x)
        x->used = !pel_nt_success(got);
    trial_text(&r->trial, "map", status, pel_ntstatus_name(got));
    if (pel_nt_success(got))
        pel_space_unmap(v->space, module.base);
    v->apart = true;
    view_unrelocated(r, v, options);
}

static void view_as_asked(map_record *r, view *v, const pel_load_options *options)
{
    pel_module module;
    v->status = pel_image_map(v->space, r->image, options, &module);
    if (!pel_nt_success(v->status))
        return;
    v->base = module.base;
    v->status = module.status;
    trial_number(&r->trial, "base", options->base.v, module.base.v);
    trial_number(&r->trial, "view_size", json_number(r->root, "view_size", 0), module.size);
}

static bool view_begin(map_record *r, view *v, pel_padding_policy padding)
{
    *v = (view){ .machine = NULL };
    if (pel_machine_new(NULL, &v->machine) != PEL_OK ||
        pel_space_new(v->machine, NULL, &v->space) != PEL_OK) {
        trial_differs(&r->trial, "map", "want a view, got no host memory");
        return false;
    }
    pel_load_options options = {
        .has_base = true,
        .base = { json_number(r->root, "base", 0) },
        .padding = padding,
        .hypothetical = r->refused,
    };
    /* In mode "map" the recorded loader moved the view and left the relocations for later. */
    v->moved = options.base.v != json_number(r->root, "preferred_base", 0);
    bool unaligned = options.base.v % PEL_GRANULARITY != 0; /* which only that loader allows */
    v->apart = unaligned || (v->moved && (!is_relocated_mode(r) || map_rule_stripped(r->image)));
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "map");
    if (x)
        view_refused(r, v, &options, x->ours);
    else if (v->apart && is_relocated_mode(r))
        view_refused(r, v, &options, "STATUS_CONFLICTING_ADDRESSES");
    else if (v->apart)
        view_unrelocated(r, v, &options);
    else
        view_as_asked(r, v, &options);
    if (!pel_nt_success(v->status))
        trial_differs(&r->trial, "map", "want a view, got %s", pel_ntstatus_name(v->status));
    return pel_nt_success(v->status);
}

static void view_end(view *v)
{
    pel_section_object_free(v->section);
    pel_space_free(v->space);
    pel_machine_free(v->machine);
}

static void compare_map_status(map_record *r, const view *v)
{
    uint64_t recorded = json_number(r->root, "map_status", 0);
    if (v->apart)
        return; /* neither step is the loader's map */
    if (v->moved && recorded == PEL_STATUS_IMAGE_NOT_AT_BASE && map_rule_moved_by_kernel(r->image))
        recorded = PEL_STATUS_SUCCESS;
    map_record_number(r, "map_status", recorded, v->status);
}

/* An exception "bytes": the recorded loader wrote to the image. RECORDED is "OFFSET:HEX", OURS is
 * what the file has there; both must be met exactly. */
static void apply_bytes(map_record *r, uint8_t *bytes, uint64_t size)
{
    map_exception *x = map_exceptions_find(r->exceptions, r->image_name, r->mode, "bytes");
    char *digits, pair[3] = { 0 };
    if (!x)
        return;
    uint64_t at = strtoull(x->recorded, &digits, 0);
    for (digits++; digits[0] && digits[1] && at < size; digits += 2, at++) {
        memcpy(pair, digits, 2);
        uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);
        x->used = x->used || bytes[at] != byte;
        bytes[at] = byte;
    }
}

/* Put the recorded ImageBase into the headers: Windows rewrites it, the recorded loader not. */
static void put_image_base_back(map_record *r, uint8_t *bytes, uint64_t size)
{
    bool wide = pel_image_is_wide(r->image);
    uint64_t at = pel_image_dos_header(r->image)->nt_header.v + (wide ? 48 : 52);
    uint64_t base = json_number(r->root, "mem_image_base", 0);
    for (unsigned i = 0; i < (wide ? 8u : 4u) && at + i < size; i++)
        bytes[at + i] = (uint8_t)(base >> (8 * i));
}

static void compare_pages(map_record *r, const uint8_t *bytes, uint64_t size)
{
    json_object *want = json_get(r->root, "page_crc32");
    size_t count = json_object_array_length(want), wrong = 0, first = 0;
    trial_number(&r->trial, "pages", count, size / PEL_PAGE_SIZE);
    for (size_t i = count < size / PEL_PAGE_SIZE ? count : size / PEL_PAGE_SIZE; i-- > 0;) {
        uLong crc = crc32(0, bytes + i * PEL_PAGE_SIZE, PEL_PAGE_SIZE);
        if (crc != json_value(json_object_array_get_idx(want, i))) {
            wrong++;
            first = i;
        }
    }
    if (wrong)
        trial_differs(&r->trial, "page_crc32", "%zu of %zu pages differ, first page %zu", wrong,
                      count, first);
}

static void compare_bytes(map_record *r, const view *v)
{
    uint64_t size = json_number(r->root, "view_size", 0);
    uint8_t *bytes = malloc(size ? (size_t)size : 1);
    char sha256[SHA256_TEXT] = "";
    pel_ntstatus status = PEL_STATUS_PELORUS_HOST_NO_MEMORY;
    if (bytes)
        status = pel_space_peek(v->space, v->base, bytes, (size_t)size);
    if (status != PEL_STATUS_SUCCESS) {
        trial_differs(&r->trial, "read", "want SUCCESS, got %s", pel_ntstatus_name(status));
    } else {
        put_image_base_back(r, bytes, size);
        apply_bytes(r, bytes, size);
        compare_pages(r, bytes, size);
        sha256_text(bytes, (size_t)size, sha256);
        trial_text(&r->trial, "bytes_sha256", json_text(r->root, "bytes_sha256"), sha256);
    }
    free(bytes);
}

/* True for pages that headers or a section's VirtualSize reach; the others are padding. */
static bool has_contents(const pel_image *image, uint64_t rva)
{
    if (pel_image_is_flat(image) || rva < pel_image_header_size(image))
        return true;
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        pel_extent e = pel_image_extent(image, i);
        if (rva >= e.start.v && rva - e.start.v < e.size)
            return true;
    }
    return false;
}

/* By default padding is reserved address space; nothing else may differ from `wine`. */
static void compare_default_padding(map_record *r, const runs *wine)
{
    view v;
    runs ours = { 0 };
    uint64_t size = json_number(r->root, "view_size", 0);
    if (view_begin(r, &v, PEL_PADDING_RESERVED) && runs_in_space(v.space, v.base, size, &ours)) {
        for (uint64_t rva = 0; rva < size; rva += PEL_PAGE_SIZE) {
            page_attributes want = runs_at(wine, rva), got = runs_at(&ours, rva);
            if (!has_contents(r->image, rva)) {
                want.state = PEL_MEM_RESERVE;
                want.protect = 0;
            }
            if (same_attributes(want, got))
                continue;
            trial_differs(&r->trial, "default padding",
                          "page at 0x%" PRIx64 ": want state 0x%x protect 0x%x, got 0x%x 0x%x", rva,
                          (unsigned)want.state, (unsigned)want.protect, (unsigned)got.state,
                          (unsigned)got.protect);
            break;
        }
    }
    runs_free(&ours);
    view_end(&v);
}

static void compare_regions(map_record *r, const view *v)
{
    runs want = { 0 }, got = { 0 };
    bool moved = v->base.v != pel_image_optional_header(r->image)->image_base.v;
    if (!runs_recorded(r->image, moved, json_get(r->root, "regions"), &want))
        trial_differs(&r->trial, "regions", "want a readable record, got something else");
    else if (!runs_in_space(v->space, v->base, json_number(r->root, "view_size", 0), &got))
        trial_differs(&r->trial, "regions", "want an answer for each page, got none");
    else
        runs_compare(&r->trial, &want, &got);
    if (got.count)
        compare_default_padding(r, &got);
    runs_free(&want);
    runs_free(&got);
}

void map_record_map(map_record *r)
{
    view v;
    map_record_info(r);
    if (!pel_nt_success((pel_ntstatus)json_number(r->root, "map_status", 0)))
        return; /* there is nothing to see, and the verdict was compared */
    if (view_begin(r, &v, PEL_PADDING_WINE)) {
        compare_map_status(r, &v);
        compare_bytes(r, &v);
        compare_regions(r, &v);
    }
    view_end(&v);
}
