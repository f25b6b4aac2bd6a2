"""The builds of llama.cpp to try on a machine, fastest first. Pure: it asks the machine nothing."""

from __future__ import annotations

from dataclasses import dataclass

# llama.cpp's switch for each feature, by the feature's name in /proc/cpuinfo. AMX is left out on
# purpose: virtual machines announce it and trap on it.
SWITCHES: dict[str, str] = {
    "sse4_2": "GGML_SSE42",
    "avx": "GGML_AVX",
    "avx2": "GGML_AVX2",
    "fma": "GGML_FMA",
    "f16c": "GGML_F16C",
    "bmi2": "GGML_BMI2",
    "avx_vnni": "GGML_AVX_VNNI",
    "avx512f": "GGML_AVX512",
    "avx512vbmi": "GGML_AVX512_VBMI",
    "avx512_vnni": "GGML_AVX512_VNNI",
    "avx512_bf16": "GGML_AVX512_BF16",
}
# GGML_AVX512 compiles for these four beside avx512f.
_AVX512_PARTS = frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})
_PLAIN_AVX2 = frozenset({"sse4_2", "avx", "avx2", "fma", "f16c", "bmi2"})
_X86 = frozenset({"x86_64", "amd64"})


@dataclass(frozen=True)
class Rung:
    """One way to build llama.cpp.

    Attributes:
        name: said to a person and kept in the record of the build.
        flags: CMake definitions.
        gpu: whether it computes on a GPU.
    """

    name: str
    flags: tuple[str, ...]
    gpu: bool = False


def list_rungs(
    system: str, machine: str, features: frozenset[str], *, cuda: bool = False, native: bool = True
) -> tuple[Rung, ...]:
    """The builds to try, in order.

    Args:
        system: as `platform.system()` says it.
        machine: as `platform.machine()` says it.
        features: what the processor offers, by Linux's names; empty when unknown.
        cuda: whether an NVIDIA GPU and its compiler are here.
        native: False when the compiler is known to overestimate this processor.
    """
    plain = _list_processor_rungs(machine.lower(), features, native=native)
    if system == "Darwin":
        without = tuple(Rung(rung.name, ("-DGGML_METAL=OFF", *rung.flags)) for rung in plain)
        return (Rung("Metal", ("-DGGML_METAL=ON",), gpu=True), *without)
    if cuda:
        # The processor still computes a part, so the second try is careful with it.
        with_gpu = tuple(
            Rung(f"CUDA, {rung.name}", ("-DGGML_CUDA=ON", *rung.flags), gpu=True) for rung in plain[:2]
        )
        return (*with_gpu, *plain)
    return plain


def _list_processor_rungs(machine: str, features: frozenset[str], *, native: bool) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    if native:
        rungs.append(Rung("native", ("-DGGML_NATIVE=ON",)))
    if machine not in _X86:
        return (*rungs, Rung("baseline", ("-DGGML_NATIVE=OFF",)))
    usable = _find_usable(features)
    if usable > _PLAIN_AVX2:
        rungs.append(Rung("listed instructions", _switch(usable)))
    if not features or usable >= _PLAIN_AVX2:
        rungs.append(Rung("AVX2", _switch(_PLAIN_AVX2)))
    rungs.append(Rung("baseline", _switch(frozenset())))
    return tuple(rungs)


def _find_usable(features: frozenset[str]) -> frozenset[str]:
    usable = features & SWITCHES.keys()
    if not features >= _AVX512_PARTS:
        usable -= {feature for feature in usable if feature.startswith("avx512")}
    return usable


def _switch(wanted: frozenset[str]) -> tuple[str, ...]:
    """Every switch named: those left out have defaults, and with GGML_NATIVE=OFF the defaults are ON."""
    return (
        "-DGGML_NATIVE=OFF",
        *(f"-D{switch}={'ON' if feature in wanted else 'OFF'}" for feature, switch in SWITCHES.items()),
    )
