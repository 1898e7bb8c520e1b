# SPDX-License-Identifier: Apache-2.0
"""What the load configuration leads to, for make_schemas.py: what stands before and behind the
fields of its structures, and which of these are not always there."""

from schema_shapes import BOOLEAN, END, a_list, a_map, one_of, or_null, ref, text

GUARD_TABLES = ("se_handlers", "guard_functions", "guard_iat_entries", "guard_longjump_targets",
                "guard_eh_continuations")
GUARD_TABLE = a_map({
    "stride": ref("u32", "bytes of an entry"),
    "entries": a_list(a_map({
        "rva": ref("x32"), "flags": ref("flags8", "where the stride is not 4"),
        "extra": ref("hex", "bytes behind the flags, where the stride is more than 5"),
        "name": or_null(ref("text"), "from the exports"),
        "xfg_hash": or_null(ref("x64"), "with the flag FID_XFG: the hash of the type"),
    }, optional=("flags", "extra", "xfg_hash"))),
    "sorted": {"description": "by RVA, each once", **BOOLEAN},
    **END}, optional=("end",))


def listed(entry, description=None):
    """A list that a structure leads to."""
    return a_map({"entries": a_list(entry), **END}, description, optional=("end",))


SLOT = {"rva": or_null(ref("x32"), "null: outside of the image"), "value": or_null(ref("x64"))}
ARM64X = {"Type": ref("named8"), "Size": ref("u8", "bytes that change"),
          "Sign": {"description": "delta: it is subtracted", **BOOLEAN}, "Scale": one_of(4, 8),
          "Value": ref("x64", "value, delta")}
RECORD = a_map({
    "rva": ref("x32", "of the place"), "type": ref("named8"), **ARM64X,
    "IndirectCall": BOOLEAN, "RexWPrefix": BOOLEAN, "CfgCheck": BOOLEAN, "Reserved": BOOLEAN,
    "RegisterNumber": ref("u8"), "RegisterIndex": ref("u8"), "ImportType": BOOLEAN,
    "IATIndex": ref("u32"), "slot_rva": or_null(ref("x32"), "slot of that index in the IAT"),
    "PageRelativeOffset": ref("x16"),
}, "which keys there are, the symbol says", optional=(
    "type", *ARM64X, "IndirectCall", "RexWPrefix", "CfgCheck", "Reserved", "RegisterNumber",
    "RegisterIndex", "ImportType", "IATIndex", "slot_rva", "PageRelativeOffset"))
BLOCK = a_map({"VirtualAddress": ref("x32"), "SizeOfBlock": ref("x32"), "records": a_list(RECORD),
               **END}, optional=("end",))
BLOCKS = {"blocks": a_list(BLOCK), **END}
SYMBOL = {
    "address_of": or_null({"type": "string"}, "there when Symbol is an address: what lies there"),
    "prologue": ref("rf_prologue"), "epilogue": ref("rf_epilogue"),
    "function_override": ref("function_override_header"), **BLOCKS,
}
CHUNK = a_map({
    "rva": ref("x32"), "type": ref("named32"), "flags": ref("flags32"), "size": ref("x16"),
    "entries": a_list(a_map({"source_rva": ref("x32"), "target_rva": ref("x32")},
                            optional=("source_rva", "target_rva"))),
})

LOAD_CONFIG = {
    "security_cookie": a_map({**SLOT, "default": {
        "description": "the value that compilers write, and the loader replaces", **BOOLEAN}}),
    "slots": a_list(a_map({"field": {"type": "string"}, **SLOT}),
                    "fields that are the address of a word, and that word"),
    "lock_prefixes": listed(ref("x64"), "VAs"),
    **{name: GUARD_TABLE for name in GUARD_TABLES},
    "dynamic_relocations": or_null(ref("dynamic_reloc_table"), "null: not in the file, as below"),
    "chpe_metadata": or_null(ref("chpe_metadata")),
    "arm64ec_metadata": or_null(ref("arm64ec_metadata")),
    "hot_patch": or_null(ref("hot_patch_info")),
    "enclave": or_null(ref("enclave_config")),
    "volatile_metadata": or_null(ref("volatile_metadata")),
}

BEFORE = {"bdd_info": {"BDDOffset": ref("x32", "from the start of the first one")}}

BEHIND = {
    "load_config": LOAD_CONFIG,
    "dynamic_reloc_table": {"entries": a_list(
        {"anyOf": [ref("dynamic_reloc"), ref("dynamic_reloc_v2")]}), **END},
    "dynamic_reloc": SYMBOL,
    "dynamic_reloc_v2": SYMBOL,
    "rf_prologue": {"PrologueBytes": or_null(ref("hex"))},
    "rf_epilogue": {"BranchDescriptors": or_null(ref("hex")),
                    "BranchDescriptorBitMap": or_null(ref("hex"))},
    "function_override_header": {"functions": a_list(ref("function_override")),
                                 "bdd": a_list(ref("bdd_info")), **END},
    "function_override": {"name": or_null(ref("text"), "from the exports"),
                          "RVAs": a_list(ref("x32")), **BLOCKS},
    "bdd_info": {"nodes": a_list(ref("bdd_node"))},
    "chpe_metadata": {"ranges": listed(ref("chpe_range"))},
    "chpe_range": {"NativeCode": BOOLEAN, "rva": ref("x32")},
    "arm64ec_metadata": {
        "code_map": listed(ref("arm64ec_code_map")),
        "entry_points": listed(ref("arm64ec_entry_point")),
        "redirections": listed(ref("arm64ec_redirection")),
        "extra_functions": listed(ref("runtime_function")),
    },
    "arm64ec_code_map": {"Type": ref("named8"), "rva": ref("x32")},
    "hot_patch_info": {"bases": listed(ref("hot_patch_base"))},
    "hot_patch_base": {"hashes": or_null(ref("hot_patch_hashes")), "chunks": a_list(CHUNK), **END},
    "enclave_config": {"imports": listed(ref("enclave_import"))},
    "enclave_import": {"name": or_null(ref("text"), "of the DLL")},
    "volatile_metadata": {"accesses": listed(ref("x32"), "RVAs"),
                          "ranges": listed(ref("volatile_range"))},
    "policy_metadata": {"Policies": listed(ref("policy_entry"))},
    "policy_entry": {"text": or_null(ref("text"), "the value, by its type")},
}

# By version, size, symbol, or because there is no such list.
OPTIONAL = {
    "dynamic_reloc": {"address_of", "prologue", "epilogue", "function_override"},
    "dynamic_reloc_v2": {"address_of", "prologue", "epilogue", "function_override"},
    "chpe_metadata": {"CompilerIATPointer", "WowA64RdtscFunctionPointer", "ranges"},
    "arm64ec_metadata": {"AuxiliaryDelayloadIAT", "AuxiliaryDelayloadIATCopy",
                         "HybridImageInfoBitfield", "code_map", "entry_points", "redirections",
                         "extra_functions"},
    "hot_patch_info": {"BufferOffset", "ExtraPatchSize", "MinSequenceNumber", "Flags", "bases"},
    "hot_patch_base": {"BufferOffset"},
    "policy_metadata": {"Policies"},
}
# Structures that tell their own size: of all fields but the first one it depends.
SIZED = {"load_config": "Size", "enclave_config": "Size", "volatile_metadata": "Size",
         "enclave_import": "name"}
