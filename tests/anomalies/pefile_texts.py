# SPDX-License-Identifier: Apache-2.0
"""What the installed python3-pefile can warn of: the texts in its source, numbers replaced by 0."""

import ast


def text_of(node):
    """The text that an expression makes, as far as it can be read."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else "0"
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "0" for part in node.values)
    if isinstance(node, ast.BinOp):
        return text_of(node.left) + (text_of(node.right) if isinstance(node.op, ast.Add) else "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return text_of(node.func.value)
    return "0"


def is_warning(call):
    function = call.func
    if isinstance(function, ast.Name):
        return function.id == "PEFormatError"
    return (isinstance(function, ast.Attribute) and function.attr == "append"
            and isinstance(function.value, ast.Attribute) and function.value.attr.endswith("__warnings"))


def texts(path):
    """All texts, in the order of the source."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    return sorted({text_of(call.args[0]) for call in calls if is_warning(call)})
