"""Evaluates what lies in the folder of a training, and leaves the report there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path


def judge_folder(
    folder: Path,
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
    cancelled: threading.Event | None = None,
    base: str | None = None,
) -> dict[str, Any]:
    """Measure every form in a folder beside what sorts tabs now.

    Args:
        folder: of a training; gets `evaluation.json`, `report.md` and plots.
        on_progress: gets what is being done, how much is done and of how much.
        cancelled: ends it.
        base: the installed model that it was trained from, where nothing in the folder says so.

    Returns:
        what stands in `evaluation.json`.

    Raises:
        Cancelled: it was called off; the folder is as it was.
        AppError: as `host.finetune.examination.prepare` and `host.finetune.measuring.measure` raise.
    """
    from host.finetune.examination import prepare
    from host.finetune.judged_files import describe_judged
    from host.finetune.judging import judge
    from host.finetune.report import make_document, write_report

    command = f"ai-history finetune evaluate --model {folder.name}"
    found = prepare([str(folder)], None, base=base)
    facts = describe_judged(found.candidates, None)
    judgement = judge(
        found.candidates,
        found.test,
        corrections=found.corrections,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    write_report(judgement, folder, training=found.training, command=command, facts=facts)
    return make_document(judgement, command, facts)
