"""Writes what the extension knows of categories by itself, for when no host answers.

`python -m host.tabs.extension_data > extension/shared/category_data.js`

It comes from `sites.tsv` and `default_categories.json`; a test fails when the file differs from what this
writes.
"""

from __future__ import annotations

import json
import sys
import textwrap
from importlib.resources import files

_WIDTH = 100


def render_data() -> str:
    """The JavaScript module with the default categories and the known sites of each."""
    folder = files("host.tabs")
    defaults = json.loads(folder.joinpath("default_categories.json").read_text(encoding="utf-8"))
    sites: dict[str, list[str]] = {}
    for line in folder.joinpath("sites.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            site, key = line.split("\t")[:2]
            sites.setdefault(key, []).append(site)
    lines = [
        "/**",
        " * The default categories, and well-known sites of each; those of `none` belong to no category.",
        " *",
        " * Written by `python -m host.tabs.extension_data`. Do not edit: change the files that it reads.",
        " */",
        "",
        "export const DEFAULT_CATEGORIES = [",
    ]
    for category in defaults:
        lines.append("  {")
        lines += [f"    {field}: {json.dumps(category[field])}," for field in ("key", "name", "colour")]
        lines.append("  },")
    lines += ["];", "", "/** @type {Record<string, string>} sites by category, with blanks between them */"]
    lines.append("export const KNOWN_SITES = {")
    for key in sorted(sites):
        lines.append(f"  {key}: `")
        lines += textwrap.wrap(
            " ".join(sorted(sites[key])), _WIDTH, break_long_words=False, break_on_hyphens=False
        )
        lines.append("`,")
    lines += ["};", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(render_data())
