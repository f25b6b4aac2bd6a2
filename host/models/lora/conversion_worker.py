"""The process that writes what llama.cpp loads: `python -m host.models.lora.conversion_worker`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.models.cores import count_cores
from host.models.language_worker import prepare_process
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task

# llama.cpp's numbers for kinds of files, and bits a weight of each, generously.
FORMS = {"q4_0": (2, 6.0), "iq4_nl": (25, 6.0), "q4_k_m": (15, 7.0), "q8_0": (7, 9.0), "bf16": (32, 17.0)}
# How often is told how far llama.cpp is, which says nothing itself.
_STEP_S = 0.2


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Prepare; files are named with each request.

    Args:
        config: {threads}.
    """
    prepare_process()
    try:
        import gguf  # noqa: F401
        import safetensors  # noqa: F401
    except ImportError as error:
        raise ModelUnavailable(
            f"What fine-tuning needs is not installed ({error.name}).",
            fix="Run: python3 -m host.install --extra finetune",
        ) from error
    from host.models.lora.adapter_file import write_adapter
    from host.models.lora.merging import merge_adapter

    threads = config.get("threads") or count_cores()

    def adapter(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        write_adapter(
            Path(header["adapter"]), Path(header["base"]), Path(header["target"]), header["precision"]
        )
        return {}, b""

    def merge(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        def report(share: float) -> None:
            task.check_cancelled()
            task.progress({"share": share})

        merge_adapter(Path(header["base"]), Path(header["adapter"]), Path(header["target"]), report)
        return {}, b""

    def quantise(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        quantise_file(
            Path(header["source"]),
            Path(header["target"]),
            header["quantisation"],
            threads,
            lambda share: task.progress({"share": share}),
        )
        return {}, b""

    return {"adapter": adapter, "merge": merge, "quantise": quantise}


def quantise_file(
    source: Path,
    target: Path,
    quantisation: str,
    threads: int,
    on_share: Callable[[float], None] = lambda _share: None,
) -> None:
    """Write a model in another quantisation.

    Args:
        source: GGUF in half precision.
        target: the file to write.
        quantisation: a key of `FORMS`.
        threads: to compute with.
        on_share: told how much is written, some times a second.

    Raises:
        DiskFull: there is no room.
        ModelUnavailable: llama.cpp cannot write this model so.
    """
    from host.models.lora.whole_files import check_room, write_whole
    from host.models.quantisation_worker import make_form

    form, bits = FORMS[quantisation]
    expected = int(source.stat().st_size * bits / 16)
    check_room(target.parent, expected)
    with write_whole(target) as part:
        failures: list[Exception] = []

        def make() -> None:
            try:
                make_form(source, part, form, threads)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that waits
                failures.append(error)

        thread = threading.Thread(target=make, name="quantising", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(_STEP_S)
            on_share(min(1.0, part.stat().st_size / expected) if part.exists() else 0.0)
        if failures:
            # Another program may have filled the disk meanwhile; llama.cpp does not say why it failed.
            check_room(target.parent, expected)
            raise failures[0]


if __name__ == "__main__":
    serve(load)
