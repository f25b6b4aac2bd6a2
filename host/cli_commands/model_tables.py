"""What models look like on a terminal."""

from __future__ import annotations

from typing import Any

import click

from host.cli_commands.output import format_bytes, format_time, print_table

# More languages than this are counted.
_LISTED_LANGUAGES = 4


def print_models(models: list[dict[str, Any]]) -> None:
    """A table of models."""
    print_table(
        ("name", "type", "size", "languages", "licence", "state", "fits", "used for"),
        (
            (
                model["id"],
                model["type"],
                format_bytes(model["size"]),
                say_languages(model["languages"]),
                model["licence"],
                say_state(model),
                "yes" if model["fits"] else "no",
                ", ".join(model["roles"]),
            )
            for model in models
        ),
    )


def print_loaded(models: list[dict[str, Any]]) -> None:
    """A table of the models in memory."""
    print_table(
        ("name", "state", "device", "layers on it", "memory", "idle"),
        (
            (
                model["id"],
                say_state(model),
                model.get("device") or "",
                _say_layers(model),
                format_bytes(model["resident"]) if model.get("resident") else "",
                f"{model['idle_s']:.0f} s" if model.get("idle_s") is not None else "",
            )
            for model in models
        ),
    )


def print_info(found: dict[str, Any]) -> None:
    """All that is known of one model."""
    model = found["model"]
    lines: dict[str, object] = {
        "name": model["name"],
        "": model["note"],
        "type": f"{model['type']} ({model['format']})",
        "state": say_state(model),
        "used for": ", ".join(model["roles"]),
        "size": format_bytes(model["size"]),
        "memory": f"about {format_bytes(model['memory'])} when loaded",
        "fits": "yes" if model["fits"] else f"no: {model.get('reason') or ''}",
        "trouble": model.get("reason") if model["fits"] else None,
        "adapter of": model.get("base"),
        "context": f"{model['context']} tokens",
        "dimensions": model.get("dimensions"),
        "languages": ", ".join(model["languages"]),
        "licence": model["licence"],
        "gated": _say_gate(model),
        "own code": model.get("remote_code"),
        "before a query": repr(found["query_prefix"]) if found["query_prefix"] else None,
        "before a passage": repr(found["passage_prefix"]) if found["passage_prefix"] else None,
        "revision": found.get("revision"),
        "sources": "\n".join(found["sources"]),
        "folder": found.get("folder"),
        "installed": format_time(found["installed_at"]) if found.get("installed_at") else None,
        "kept as": _say_quantisation(found.get("quantisation")),
        "files": "\n".join(
            file["path"] + (f"  {format_bytes(file['size'])}" if file.get("size") is not None else "")
            for file in found["files"]
        ),
    }
    click.secho(model["id"], bold=True)
    print_table(("", ""), ((key, value) for key, value in lines.items() if value not in {None, ""}))


def say_state(model: dict[str, Any]) -> str:
    """What a model is doing, in a few words."""
    state = str(model["state"])
    transfer = model.get("transfer")
    if state == "downloading" and transfer and transfer["total"]:
        return f"downloading {100 * transfer['done'] // transfer['total']} %"
    if state == "loading" and model.get("loading") is not None:
        return f"loading {100 * model['loading']:.0f} %"
    return {"ready": "loaded", "available": "not installed"}.get(state, state)


def say_languages(languages: list[str]) -> str:
    """The languages of a model, or how many there are."""
    if "mul" in languages:
        return "about 100"
    if len(languages) > _LISTED_LANGUAGES:
        return f"{len(languages)}"
    return ", ".join(languages)


def _say_layers(model: dict[str, Any]) -> str:
    if model.get("layers") is None or model.get("layers_on_device") is None:
        return ""
    return f"{model['layers_on_device']} of {model['layers']}"


def _say_gate(model: dict[str, Any]) -> str | None:
    return f"{model['gated']} wants its licence accepted first" if model.get("gated") else None


def _say_quantisation(found: dict[str, Any] | None) -> str | None:
    if not found:
        return None
    return ", ".join(f"{key} {value}" for key, value in found.items() if value is not None)
