from __future__ import annotations

from host.install.processor import find_fingerprint, read_features, read_overreach

CPUINFO = "processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2 avx512_bf16\n\nprocessor\t: 1\nflags\t\t: fpu\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp\n"


def test_features_are_read_for_intel_and_for_arm() -> None:
    assert read_features(CPUINFO) == {"fpu", "sse4_2", "avx", "avx2", "avx512_bf16"}
    assert read_features(ARM) == {"fp", "asimd", "asimddp"}
    assert read_features("nothing here") == frozenset()


def test_an_extension_that_only_the_compiler_believes_in_is_named() -> None:
    macros = "#define __AVX2__ 1\n#define __AMX_TILE__ 1\n#define __AVX512BF16__ 1\n#define __GNUC__ 12\n"
    assert read_overreach(macros, read_features(CPUINFO)) == ("amx_tile",)


def test_a_compiler_that_agrees_with_the_system_overreaches_nowhere() -> None:
    assert read_overreach("#define __AVX__ 1\n#define __AVX2__ 1\n", read_features(CPUINFO)) == ()


def test_the_fingerprint_moves_with_the_features_and_not_with_their_order() -> None:
    assert find_fingerprint(frozenset({"avx", "fma"})) == find_fingerprint(frozenset({"fma", "avx"}))
    assert find_fingerprint(frozenset({"avx"})) != find_fingerprint(frozenset({"avx", "fma"}))
