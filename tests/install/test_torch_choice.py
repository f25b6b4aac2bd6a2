from __future__ import annotations

from host.install.torch_choice import find_cpu_version

LISTING = "torch (2.15.0)\nAvailable versions: 3.0.1+cpu, 2.15.0, 2.13.0+cpu, 2.9.1+cpu, 2.0.0\n"


def test_the_newest_build_without_cuda_within_the_range_is_chosen() -> None:
    assert find_cpu_version(LISTING, "torch>=2.5,<3") == "2.13.0+cpu"


def test_versions_are_compared_as_numbers() -> None:
    assert find_cpu_version("Available versions: 2.9.1+cpu, 2.10.0+cpu", "torch>=2.5,<3") == "2.10.0+cpu"


def test_without_such_a_build_none_is_chosen() -> None:
    assert find_cpu_version("Available versions: 2.15.0, 2.4.0+cpu", "torch>=2.5,<3") is None
    assert find_cpu_version("ERROR: nothing", "torch>=2.5,<3") is None
