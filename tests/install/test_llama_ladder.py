from __future__ import annotations

from host.install.llama_ladder import SWITCHES, list_rungs

AVX2 = frozenset({"sse4_2", "avx", "avx2", "fma", "f16c", "bmi2"})
AVX512 = AVX2 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512vbmi", "avx512_vnni"}


def names(*arguments: object, **options: bool) -> list[str]:
    return [rung.name for rung in list_rungs(*arguments, **options)]  # type: ignore[arg-type]


def test_a_large_processor_goes_from_native_down_to_the_baseline() -> None:
    assert names("Linux", "x86_64", AVX512) == ["native", "listed instructions", "AVX2", "baseline"]


def test_only_instructions_that_the_system_offers_are_listed_and_never_amx() -> None:
    features = AVX512 | {"amx_tile", "amx_int8"}
    listed = list_rungs("Linux", "x86_64", features)[1]
    assert "-DGGML_NATIVE=OFF" in listed.flags
    assert "-DGGML_AVX512_VBMI=ON" in listed.flags
    assert "-DGGML_AVX512_BF16=OFF" in listed.flags
    assert not any("AMX" in flag for flag in listed.flags)


def test_a_part_of_avx512_is_not_taken_for_the_whole() -> None:
    listed = list_rungs("Linux", "x86_64", (AVX512 - {"avx512vl"}) | {"avx_vnni"})[1]
    assert "-DGGML_AVX512=OFF" in listed.flags
    assert "-DGGML_AVX512_VNNI=OFF" in listed.flags
    assert "-DGGML_AVX_VNNI=ON" in listed.flags


def test_the_baseline_switches_every_extension_off() -> None:
    baseline = list_rungs("Linux", "x86_64", AVX512)[-1]
    assert baseline.flags == ("-DGGML_NATIVE=OFF", *(f"-D{switch}=OFF" for switch in SWITCHES.values()))


def test_an_old_processor_is_not_offered_what_it_lacks() -> None:
    assert names("Linux", "x86_64", frozenset({"sse4_2"})) == ["native", "baseline"]


def test_an_unknown_processor_is_tried_with_avx2_and_without() -> None:
    assert names("Windows", "AMD64", frozenset()) == ["native", "AVX2", "baseline"]


def test_a_compiler_that_overestimates_the_processor_does_not_build_native() -> None:
    assert names("Linux", "x86_64", AVX2, native=False) == ["AVX2", "baseline"]


def test_macos_begins_with_metal_and_falls_back_to_the_processor() -> None:
    rungs = list_rungs("Darwin", "arm64", frozenset())
    assert [rung.name for rung in rungs] == ["Metal", "native", "baseline"]
    assert [rung.gpu for rung in rungs] == [True, False, False]
    assert "-DGGML_METAL=OFF" in rungs[1].flags


def test_cuda_comes_first_and_keeps_the_builds_without_it_behind_it() -> None:
    rungs = list_rungs("Linux", "x86_64", AVX2, cuda=True)
    assert [rung.name for rung in rungs] == ["CUDA, native", "CUDA, AVX2", "native", "AVX2", "baseline"]
    assert all(("-DGGML_CUDA=ON" in rung.flags) == rung.gpu for rung in rungs)
