/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BUILDER_RECIPE_PRIV_H
#define PEL_BUILDER_RECIPE_PRIV_H

/* Reading a recipe. The YAML tree is walked section by section; addresses ("references") may name
 * places that come later, so they are resolved when all names are known. */

#include "base/words.h"
#include "base/yaml.h"
#include "builder/builder_priv.h"

/** A name for a place: a section, a label, or a slot of the import address table. */
typedef struct pel_symbol {
    pel_str name;
    pel_build_place place;
} pel_symbol;

/** A reference in data; with `from`, 4 bytes that tell the distance from there to the target. */
typedef struct pel_pending {
    const pel_yaml *target, *from;
    pel_build_place at;
    pel_build_link link;
} pel_pending;

typedef struct pel_recipe {
    pel_builder *b;
    pel_arena arena; /* the tree, and whatever lives until the recipe is read */
    pel_recipe_error *error;
    pel_symbol *symbols;
    size_t symbol_count, symbol_capacity;
    bool symbols_sorted;
    pel_pending *pending;
    size_t pending_count, pending_capacity;
} pel_recipe;

/* ---- errors ------------------------------------------------------------ */

/** Report what is wrong at `node`; PEL_MALFORMED. */
pel_status pel_recipe_fail(pel_recipe *r, const pel_yaml *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The status of the builder, reported at `node` when it is a failure. */
pel_status pel_recipe_check(pel_recipe *r, const pel_yaml *node);

/* ---- values ------------------------------------------------------------ */

/** `node` must be a map, with keys of the list `keys` (which ends with NULL) only. */
pel_status pel_recipe_keys(pel_recipe *r, const pel_yaml *node, const char *const *keys);

/** `node` must be of this kind. */
pel_status pel_recipe_want(pel_recipe *r, const pel_yaml *node, pel_yaml_kind kind);

/** The value of `key`, which must be there. */
pel_status pel_recipe_need(pel_recipe *r, const pel_yaml *map, const char *key,
                           const pel_yaml **out);

/** A number up to `max`. */
pel_status pel_recipe_uint(pel_recipe *r, const pel_yaml *node, uint64_t max, uint64_t *out);

/** A number, one of `names` (the end of a name is enough), or a list of them, ORed. */
pel_status pel_recipe_value(pel_recipe *r, const pel_yaml *node, const pel_names *names,
                            uint64_t max, uint64_t *out);

/** Text without zeros in it. */
pel_status pel_recipe_text(pel_recipe *r, const pel_yaml *node, const char **out);

/** The field that the key of `node` names and the value that `node` has. */
pel_status pel_recipe_field(pel_recipe *r, const pel_yaml *node, uint64_t *value);

/* ---- parts ------------------------------------------------------------- */

/** Where pieces of data go. */
typedef struct pel_pieces {
    pel_recipe *r;
    pel_buf *buf;
    uint64_t at;
    uint32_t section; /* PEL_BUILD_NOWHERE: nothing in it has an address */
    bool patch;       /* the first "at" is where the patch goes, not a place in it */
    bool repeated;    /* the bytes will be copied, so that they cannot hold addresses */
} pel_pieces;

/** One piece of data, or a list of them. */
pel_status pel_recipe_pieces(pel_pieces *p, const pel_yaml *node);

pel_status pel_recipe_define(pel_recipe *r, const pel_yaml *node, pel_str name,
                             pel_build_place place);
pel_status pel_recipe_defer(pel_recipe *r, const pel_yaml *target, pel_build_place at,
                            pel_build_link link);

/** The same for 4 bytes: how far it is from one place to the other. `pair` is the list of both. */
pel_status pel_recipe_defer_span(pel_recipe *r, const pel_yaml *pair, pel_build_place at);

/** "section", "label+8", "KERNEL32.dll!ExitProcess", or a number, which is an RVA. All names are
 *  defined by now. */
pel_status pel_recipe_place(pel_recipe *r, const pel_yaml *node, pel_build_place *out);

pel_status pel_recipe_imports(pel_recipe *r, const pel_yaml *node);
pel_status pel_recipe_exports(pel_recipe *r, const pel_yaml *node);

#endif
