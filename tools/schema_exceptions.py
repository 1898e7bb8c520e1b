# SPDX-License-Identifier: Apache-2.0
"""The shape of the exception directory in the JSON Schema of dumps: what a function is made of
depends on the machine; make_schemas.py uses it."""

from schema_shapes import BOOLEAN, a_list, a_map, one_of, or_null, ref, text

HANDLER = or_null(a_map({
    "rva": ref("x32"), "name": or_null(ref("text"), "the symbol at the address"),
    "data": ref("x32", "RVA of its data"),
}))
CODE = {
    "op": text("^[A-Za-z0-9_]+$", "Microsoft's name"),
    "bytes": text("^([0-9a-f]{2})+$"),
    "text": ref("text", "what the prolog did"),
}
INDEX = {"index": ref("x32", "of its first byte")}
OFFSET = {"offset": or_null(ref("x32"), "where its instruction ends in the prolog")}
CODES_END = {"codes_end": {"description": "there when codes are cut or mean nothing",
                           "enum": ["truncated", "malformed"]}}
PLACE = or_null(ref("x32"), "of its start; null: it is the end of the function")


def codes(shape):
    return {"codes": a_list(a_map(shape), "in the order in which they are undone"), **CODES_END}


X64 = {
    "version": ref("u8"),
    "flags": ref("flags8"),
    "prolog_size": ref("x32"),
    "code_count": ref("u32", "slots of two bytes; version 3: operations of the prolog"),
    "frame_register": ref("u8", "0 is none"),
    "frame_offset": ref("x32", "what it is above RSP"),
    "chained": or_null(a_map({
        "begin": ref("x32"), "end": ref("x32"), "unwind": ref("x32"),
        "primary": or_null(ref("x32"), "begin of the last one of the chain; null: it is broken"),
    }), "the entry of the fragment that has the rest of the prolog"),
    "handler": HANDLER,
}
V3_EPILOG = a_map({
    "offset": PLACE,
    "from_end": {"description": "the offset is from the end", **BOOLEAN},
    "index": ref("x32", "of its first code"), "count": ref("u32", "its codes"),
    "last": ref("x32", "offset of its last instruction"), "flags": ref("flags8"),
})
ARM = {
    "version": ref("u8"),
    "flag": ref("named8", "ARM64: what the second word of the entry is"),
    "cr": or_null(ref("named8"), "ARM64, packed: how frames are chained"),
    "packed": {"description": "all in the entry, nothing elsewhere", **BOOLEAN},
    "fragment": {"description": "has no prolog of its own", **BOOLEAN},
    "function_size": ref("x32"),
    "handler": HANDLER,
    **codes({**INDEX, **CODE}),
    "epilogs": a_list(a_map({
        "offset": PLACE, "index": ref("x32", "of its first code"),
        "condition": ref("u8", "under which it runs; 14 is always"),
    })),
}
INFO = {"description": "null: it is not in the file, or of IA64", "anyOf": [
    a_map({**X64, **codes({**OFFSET, **CODE})}, "x64", optional=("codes_end",)),
    a_map({**X64, **codes({**INDEX, **OFFSET, **CODE}), "epilogs": a_list(V3_EPILOG)},
          "x64, version 3", optional=("codes_end",)),
    a_map(ARM, "ARM64 and ARM", optional=("flag", "cr", "codes_end")),
    {"type": "null"},
]}

RANGE = {
    "begin": ref("x32"),
    "end": or_null(ref("x32"), "behind its last byte; null: nothing tells it"),
}
WORD = {"unwind": ref("x32", "RVA of unwind information, or packed data; CE: lengths")}
NAME = {"name": or_null(ref("text"), "the symbol at the address")}
OLD = {
    "prolog_end": ref("x32"), "handler": or_null(ref("x64"), "VA"),
    "handler_data": or_null(ref("x64"), "VA"),
}
PROBLEM = {"problem": {"description": "there when the unwind information is not whole",
                       "enum": ["truncated", "unmapped", "malformed"]}}
FUNCTION = {"anyOf": [
    a_map({**RANGE, **WORD, **NAME, **PROBLEM, "info": INFO}, "x64, ARM64, ARM, IA64",
          optional=("problem",)),
    a_map({**RANGE, **WORD, **OLD, **NAME}, "Windows CE"),
    a_map({**RANGE, **OLD, **NAME}, "MIPS, Alpha, PowerPC"),
]}


def exceptions(end):
    """`end`: what a list has that does not end as it should."""
    return a_map({
        "table": one_of("none", "x64", "ARM64", "ARM", "IA64", "CE", "MIPS", "ALPHA64"),
        "count": ref("u64"),
        "sorted": {"description": "a binary search finds every function", **BOOLEAN},
        "functions": a_list(FUNCTION),
        **end,
    }, "there when the file has the directory", optional=("end",))
