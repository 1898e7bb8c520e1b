/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/why.h"

static const pel_memory_rule rules[] = {
#define X(id, name, certainty, source, text) { name, text, source, PEL_##certainty },
#include "scenario/memory_rules.def"
#undef X
};

const pel_memory_rule *pel_memory_rule_at(size_t index)
{
    return index < sizeof rules / sizeof rules[0] ? &rules[index] : NULL;
}
