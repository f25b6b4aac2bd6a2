from __future__ import annotations

from host.core.origins import EXTENSION_ID
from host.install.extension import compute_extension_id, read_extension_id
from host.install.layout import find_layout


def test_the_manifests_key_gives_the_id_that_the_host_allows() -> None:
    assert read_extension_id(find_layout().extension) == EXTENSION_ID


def test_an_id_is_the_head_of_the_keys_digest_in_letters() -> None:
    # SHA-256 of nothing begins e3b0c44298fc1c149afbf4c8996fb924.
    assert compute_extension_id("") == "odlameecjipmbmbejkplpemijjgpljce"
