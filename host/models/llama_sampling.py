"""Chooses the next token: the likeliest, or by chance, and within a grammar where there is one."""

from __future__ import annotations

import ctypes
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import InvalidInput
from host.models.llama_log import silenced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.models.llama_engine import LlamaEngine

# What is left to chance is cut off where it becomes nonsense; llama.cpp's own defaults.
_TOP_K, _TOP_P, _MIN_P = 40, 0.95, 0.05
_ANY_SEED = 0xFFFFFFFF
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class TokenSampler:
    """llama.cpp's samplers for one answer; to be closed."""

    def __init__(
        self,
        engine: LlamaEngine,
        *,
        temperature: float = 0.0,
        seed: int | None = None,
        grammar: str | None = None,
    ) -> None:
        """Put the samplers together.

        Args:
            engine: whose logits are sampled.
            temperature: 0 takes the likeliest token; higher is more by chance.
            seed: the same seed gives the same answer; by default another each time.
            grammar: in GBNF, with a rule `root`.

        Raises:
            InvalidInput: llama.cpp cannot read the grammar.
        """
        import llama_cpp

        self._engine = engine
        self._grammar: Any = None
        if grammar is not None:
            self._grammar = _make_grammar(engine, grammar)
            self._candidates = np.empty(engine.vocabulary_size, _CANDIDATE)
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        if temperature <= 0.0:
            parts = [llama_cpp.llama_sampler_init_greedy()]
        else:
            parts = [
                llama_cpp.llama_sampler_init_top_k(_TOP_K),
                llama_cpp.llama_sampler_init_top_p(_TOP_P, 1),
                llama_cpp.llama_sampler_init_min_p(_MIN_P, 1),
                llama_cpp.llama_sampler_init_temp(temperature),
                llama_cpp.llama_sampler_init_dist(_ANY_SEED if seed is None else seed & _ANY_SEED),
            ]
        for part in parts:
            llama_cpp.llama_sampler_chain_add(self._chain, part)

    def sample(self) -> int | None:
        """The token that follows the engine's last computation, or None when the grammar allows none."""
        import llama_cpp

        if self._grammar is None:
            return int(llama_cpp.llama_sampler_sample(self._chain, self._engine.loaded.context, -1))
        # Most tokens are within the grammar anyway; looking at one is far cheaper than at all of them.
        chosen, _ = self._choose(within=False)
        if not self._allows(chosen):
            chosen, logit = self._choose(within=True)
            if not np.isfinite(logit):
                return None
        if not llama_cpp.llama_vocab_is_eog(self._engine.loaded.vocabulary, chosen):
            llama_cpp.llama_sampler_accept(self._grammar, chosen)
        llama_cpp.llama_sampler_accept(self._chain, chosen)
        return chosen

    def close(self) -> None:
        """Free the samplers."""
        import llama_cpp

        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar is not None:
            llama_cpp.llama_sampler_free(self._grammar)

    def _choose(self, *, within: bool) -> tuple[int, float]:
        """The chain's choice and its logit, which is not finite when the grammar allows nothing at all."""
        import llama_cpp

        found = self._candidates
        found["id"] = np.arange(len(found), dtype=np.int32)
        found["logit"] = self._engine.read_logits()
        found["p"] = 0.0
        array = _describe(found)
        if within:
            llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
            if not bool(np.isfinite(found["logit"]).any()):
                return -1, float("-inf")
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        one = array.data[array.selected]
        return int(one.id), float(one.logit)

    def _allows(self, token: int) -> bool:
        import llama_cpp

        one = np.array([(token, 1.0, 0.0)], _CANDIDATE)
        array = _describe(one)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(np.isfinite(one["logit"][0]))


def write_grammar(schema: Mapping[str, Any]) -> str:
    """The grammar of all JSON texts that a JSON schema describes.

    Raises:
        InvalidInput: the schema has parts that llama.cpp's translation does not know.
    """
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        return str(json_schema_to_gbnf(json.dumps(schema)))
    # Whatever the translation stumbles over, it is the schema.
    except Exception as error:
        raise InvalidInput("The JSON schema cannot be turned into a grammar.") from error


def _make_grammar(engine: LlamaEngine, grammar: str) -> Any:
    import llama_cpp

    made = None
    if grammar.strip() and "\0" not in grammar:
        with silenced():
            made = llama_cpp.llama_sampler_init_grammar(
                engine.loaded.vocabulary, grammar.encode("utf-8"), b"root"
            )
    if not made:
        raise InvalidInput(
            "The grammar cannot be read.",
            fix="It must be in GBNF, with a rule named root, every rule defined.",
        )
    return made


def _describe(candidates: np.ndarray[Any, Any]) -> Any:
    import llama_cpp

    data = candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    return llama_cpp.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)
