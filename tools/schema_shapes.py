# SPDX-License-Identifier: Apache-2.0
"""The shapes that JSON Schemas are made of; make_schemas.py and schema_runs.py use them."""

import os
import re


def ref(name, description=None):
    shape = {"$ref": f"#/$defs/{name}"}
    return {"description": description, **shape} if description else shape


def or_null(shape, description=None):
    shape = {"anyOf": [shape, {"type": "null"}]}
    return {"description": description, **shape} if description else shape


def text(pattern, description=None):
    shape = {"type": "string", "pattern": pattern}
    return {"description": description, **shape} if description else shape


def one_of(*values):
    return {"enum": list(values)}


def a_list(items, description=None, **more):
    shape = {"type": "array", "items": items, **more}
    return {"description": description, **shape} if description else shape


def a_map(properties, description=None, optional=()):
    shape = {
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in optional],
        "additionalProperties": False,
    }
    return {"description": description, **shape} if description else shape


BOOLEAN = {"type": "boolean"}
END = {"end": {"description": "there when a list does not end as it should: the file is cut, the "
                              "list leads out of the image, or has more than the file can mean",
               "enum": ["truncated", "unmapped", "limit", "malformed"]}}


# ---- what the documents of processes have in common --------------------------------

ADDRESS = or_null(ref("x64"))
SIZES = {"reserve": ref("x64"), "commit": ref("x64")}
STACK = or_null(a_map({
    "header": a_map(SIZES), "effective": a_map({**SIZES, "guard": ref("x64")}),
    "base": ADDRESS, "limit": ADDRESS, "allocation_base": ADDRESS,
}))
HEAP = or_null(a_map({"header": a_map(SIZES), "effective": a_map(SIZES), "base": ADDRESS}))
SYMBOL = ref("text", "NAME+0x12: the nearest name at or before the address in its section, or the "
                     "import slot that it is in, DLL!NAME; what --symbol takes")
CALLBACK_SYMBOLS = a_list(or_null(SYMBOL), "of the callbacks, if one of them has a name")
ENTRY_POINT = or_null(a_map({"rva": ref("x32"), "va": ref("x64"), "offset": ADDRESS,
                             "symbol": or_null(SYMBOL)}))


def names_of(root, path, macro):
    """One column of an X-macro table."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return re.findall(macro, file.read(), re.M)
