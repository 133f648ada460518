"""`clawupgrade schema [NAME]`: the shipped JSON Schemas, for whoever reads our documents with a program."""

from __future__ import annotations

import argparse
import json

from clawupgrade import schemas
from clawupgrade.errors import Exit, UsageError
from clawupgrade.render.documents import print_json


def schema(args: argparse.Namespace) -> int:
    """Print one schema, or their names."""
    names = schemas.names()
    if args.name is None:
        if args.json:
            print_json({"schema": "clawupgrade.schemas.v1", "names": list(names)})
        else:
            print("\n".join(names))
        return int(Exit.OK)
    name = args.name.removeprefix("clawupgrade.")
    if name not in names:
        raise UsageError(f"there is no schema {args.name}", "see: clawupgrade schema")
    if args.json:
        print_json(json.loads(schemas.text_of(name)))
    else:
        print(schemas.text_of(name), end="")
    return int(Exit.OK)
