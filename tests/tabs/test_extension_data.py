"""What the extension knows of categories by itself is what the host knows."""

from __future__ import annotations

from pathlib import Path

from host.tabs.extension_data import render_data

ROOT = Path(__file__).resolve().parents[2]


def test_the_extension_knows_the_same_sites_and_default_categories_as_the_host() -> None:
    written = (ROOT / "extension/shared/category_data.js").read_text(encoding="utf-8")
    assert written == render_data(), "python -m host.tabs.extension_data > extension/shared/category_data.js"


def test_every_known_site_stands_in_the_module_once() -> None:
    lines = (ROOT / "host/tabs/sites.tsv").read_text(encoding="utf-8").splitlines()
    sites = {line.split("\t")[0] for line in lines if line and not line.startswith("#")}
    words = render_data().split("KNOWN_SITES", 1)[1].replace("`", " ").split()
    assert sites <= set(words)
    assert sum(word in sites for word in words) == len(sites)
