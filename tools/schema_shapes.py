# SPDX-License-Identifier: Apache-2.0
"""The shapes that JSON Schemas are made of; make_schemas.py and schema_runs.py use them."""


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
