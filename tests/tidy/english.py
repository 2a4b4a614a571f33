"""What a person reads in this checkout: comments, pages, messages, descriptions and test names, each with its place."""

import ast
import io
import json
import os
import re
import tokenize
from typing import NamedTuple

from checkout import FILES, is_script, read


class Text(NamedTuple):
    path: str
    line: int
    kind: str  # "comment", "page", "message" or "test"
    text: str


# A C++ source is string literals, character literals, comments and the rest.
CPP_TOKEN = re.compile(r'R"([^(\s]*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*(?:.|\n)*?\*/')
CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\(\w+,\s*(\w+)\)", re.M)
WORDS_OF_A_MESSAGE = 4


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def words_of_camel_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")


def without_code(text):
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "…", text)


def joined(found):
    """Comments on consecutive lines are one text, so that a sentence is seen whole."""
    block = None
    for line, text in found:
        if block and line == block[2] + 1:
            block[1].append(text)
            block[2] = line
        else:
            if block:
                yield block[0], " ".join(block[1])
            block = [line, [text], line]
    if block:
        yield block[0], " ".join(block[1])


def texts_of_cpp(path):
    source = read(path)
    comments = []
    for token in CPP_TOKEN.finditer(source):
        found, line = token[0], line_of(source, token.start())
        if found.startswith("//"):
            comments.append((line, re.sub(r"^//[/!]?<?\s*", "", found)))
        elif found.startswith('"') and len(found.split()) >= WORDS_OF_A_MESSAGE:
            yield Text(path, line, "message", found[1:-1])
    for line, text in joined(comments):
        yield Text(path, line, "comment", without_code(text))
    for test in CPP_TEST.finditer(source):
        yield Text(path, line_of(source, test.start()), "test", words_of_camel_case(test[1]))


def texts_of_python(path):
    source = read(path)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            if ast.get_docstring(node):
                yield Text(path, getattr(node, "lineno", 1), "comment", ast.get_docstring(node).replace("\n", " "))
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield Text(path, node.lineno, "test", node.name.removeprefix("test_").replace("_", " "))
    comments = [(token.start[0], token.string.lstrip("# ")) for token in tokenize.generate_tokens(io.StringIO(source).readline)
                if token.type == tokenize.COMMENT]
    for line, text in joined(comments):
        yield Text(path, line, "comment", text)


def texts_after(path, mark):
    """Comments that take whole lines: of shell, TOML, CMake and Lua."""
    found = [(number, line.strip().removeprefix(mark).strip()) for number, line in enumerate(read(path).splitlines(), 1)
             if line.strip().startswith(mark) and not line.startswith("#!")]
    for line, text in joined(found):
        yield Text(path, line, "comment", text)


def texts_of_page(path):
    """Paragraphs without code."""
    is_code = False
    found = []
    for number, line in enumerate(read(path).splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and line.strip():
            found.append((number, without_code(line.strip())))
    for line, text in joined(found):
        yield Text(path, line, "page", text)


def texts_of_openapi(path):
    def descriptions(node):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            if key in ("description", "summary") and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)
    for text in descriptions(json.loads(read(path))):
        yield Text(path, 1, "message", without_code(text))


def texts_of(path):
    name = os.path.basename(path)
    if path.startswith("tests/tidy/"):
        return  # It quotes what is forbidden.
    if path.endswith((".cpp", ".hpp", ".c", ".h")):
        yield from texts_of_cpp(path)
    elif path.endswith(".py"):
        yield from texts_of_python(path)
    elif path.endswith(".md"):
        yield from texts_of_page(path)
    elif name == "openapi.json":
        yield from texts_of_openapi(path)
    elif path.endswith(".lua"):
        yield from texts_after(path, "--")
    elif is_script(path) or path.endswith((".toml", ".cmake", ".yml")) or name == "CMakeLists.txt":
        yield from texts_after(path, "#")


def all_texts():
    for path in FILES:
        yield from texts_of(path)
