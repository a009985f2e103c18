#!/usr/bin/env python3
"""Checks contract-vector files: against schema.json, and for canonical form.

    python3 vectors/validate.py PATH...

A PATH is a file or a folder, whose *.json files are taken at any depth (schema.json itself is none of them). Each file
must be valid under the schema, must be named as its path says, and must equal its own canonical dump byte by byte: two
spaces of indent, keys in the order of the schema, maps sorted by key, one line feed at the end.
Exits 0 if all are valid, 1 if one is not, 2 if nothing was checked.
"""

import json
import pathlib
import re
import sys

import jsonschema

SCHEMA_FILE = pathlib.Path(__file__).resolve().parent / "schema.json"
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


class DuplicateKey(ValueError):
    """A key that stands twice in one object, which json.loads alone would pass over."""


def unique_keys(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise DuplicateKey("a key stands twice in one object")
    return result


def resolve(root, schema):
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def chosen_branch(root, schema, value):
    """The one branch of a oneOf under which the value is valid."""
    for branch in schema["oneOf"]:
        whole = {"$schema": root["$schema"], "$defs": root["$defs"], "allOf": [branch]}
        if jsonschema.Draft202012Validator(whole).is_valid(value):
            return resolve(root, branch)
    raise AssertionError("a valid value has a branch")


def map_key(key):
    """Maps are sorted by key: numbers by size, all else as text."""
    return (0, int(key), "") if key.isdecimal() else (1, 0, key)


def in_canonical_order(root, schema, value):
    """The same value with its keys in the schema's order and its maps sorted."""
    schema = resolve(root, schema)
    if "oneOf" in schema:
        schema = chosen_branch(root, schema, value)
    if isinstance(value, list):
        return [in_canonical_order(root, schema["items"], item) for item in value]
    if not isinstance(value, dict):
        return value
    if "properties" in schema:
        order, schemas = [key for key in schema["properties"] if key in value], schema["properties"]
    else:
        order, schemas = sorted(value, key=map_key), {key: schema["additionalProperties"] for key in value}
    return {key: in_canonical_order(root, schemas[key], value[key]) for key in order}


def canonical_text(root, value):
    return json.dumps(in_canonical_order(root, root, value), indent=2, ensure_ascii=False) + "\n"


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)


def problems_of(root, path):
    """What is wrong with a file, as lines of text; none if it is valid."""
    data = path.read_bytes()
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique_keys)
    except ValueError as error:
        return [f"not JSON in UTF-8: {error}"]
    errors = jsonschema.Draft202012Validator(root).iter_errors(value)
    found = [f"{'/'.join(map(str, error.absolute_path)) or 'top'}: {error.message[:200]}" for error in errors]
    # The patterns end in $, which in Python also matches before a final line feed.
    found += ["a string holds a control character" for text in strings_of(value) if CONTROL_CHARACTER.search(text)]
    if found:
        return found
    if value["name"] != f"{path.resolve().parent.name}/{path.stem}":
        found.append(f"name {value['name']} is not the path")
    if canonical_text(root, value).encode("utf-8") != data:
        found.append("not in canonical form")
    return found


def vector_files(paths):
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            if file.resolve() != SCHEMA_FILE:
                yield file


def main(arguments):
    root = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(root)
    files, invalid = 0, 0
    for file in vector_files(arguments):
        problems = problems_of(root, file)
        files += 1
        invalid += bool(problems)
        for problem in problems:
            print(f"{file}: {problem}")
    print(f"{files} files, {invalid} invalid")
    return 2 if files == 0 else 1 if invalid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
