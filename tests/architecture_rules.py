"""Who may import what: the floors of the house, as tables."""

from __future__ import annotations

# What each part may import, beside itself and `core`. Nothing imports upwards.
SERVICES = {"chat", "classify", "explorer", "history", "improvement", "search", "tabs", "upkeep"}
WIRING = {"improvement_services", "model_services", "privacy_services", "tab_services", "upkeep_services"}
OFFLINE = {"evaluation", "finetune"}
FLOORS: dict[str, set[str]] = {
    "version": set(),
    "core": {"version"},
    "storage": set(),
    "workers": set(),
    "models": {"workers"},
    "history": {"storage", "workers"},
    "classify": {"models", "workers"},
    "search": {"storage", "history"},
    "chat": {"storage", "history", "search", "models", "workers"},
    "tabs": {"storage", "history", "classify", "models", "workers"},
    "improvement": {"models", "workers"},
    "explorer": {"storage", "history", "workers"},
    "upkeep": {"storage", "history", "models", "workers"},
    "protocol": {*SERVICES, "storage", "models", "version"},
    "client": {"protocol", "version"},
    "bridge": set(),
    "__main__": {"bridge"},
    "model_services": {"classify", "models", "protocol", "storage"},
    "tab_services": {"model_services", "models", "tabs", "workers"},
    "improvement_services": {"history", "improvement", "models", "protocol", "tabs", "workers"},
    "privacy_services": {
        "history", "improvement", "model_services", "models", "search", "storage", "upkeep", "workers"
    },
    "upkeep_services": {"explorer", "history", "models", "protocol", "storage", "upkeep", "workers"},
    "daemon": {*WIRING, "protocol", *SERVICES, "storage", "models", "version"},
    "install": {"models", "version"},
    "evaluation": {"client", "protocol", *SERVICES, "storage", "models", "workers", "version"},
    "finetune": {"classify", "client", "evaluation", "models", "tabs", "workers", "version"},
    "cli_commands": {*SERVICES, *OFFLINE, "client", "storage", "models", "install", "version"},
    "cli": {"cli_commands", "client", "version"},
    "classify_cli": {"cli_commands"},
}

# Who may load a library while the program runs; a name ending in "/" is a folder.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "apsw": ("storage/",),
    "sqlite_vec": ("storage/",),
    "rank_bm25": ("storage/",),
    "torch": ("models/encoder_worker.py", "models/encoder_kinds.py", "models/fast_form.py", "models/lora/"),
    "peft": ("models/lora/",),
    "safetensors": ("models/lora/",),
    "gguf": ("models/lora/",),
    "matplotlib": ("finetune/plots.py",),
    "sentence_transformers": (
        "models/encoder_worker.py",
        "models/encoder_kinds.py",
        "models/bare_encoder.py",
    ),
    "llama_cpp": (
        "models/llama_trial.py",
        "models/bare_llama.py",
        "models/llama_abort.py",
        "models/llama_adapter.py",
        "models/llama_engine.py",
        "models/llama_loading.py",
        "models/llama_log.py",
        "models/llama_sampling.py",
        "models/llama_session.py",
        "models/chat_prompt.py",
        "models/quantisation_worker.py",
        "models/lora/",
    ),
    "sklearn": (
        "evaluation/refusal.py",
        "evaluation/refusal_fit.py",
        "tabs/clustering.py",
        "tabs/head_fitting.py",
        "tabs/training.py",
        "finetune/",
    ),
    "scipy": ("tabs/training.py",),
    "sentencex": ("chat/sentences.py", "chat/sentence_stream.py"),
    "jinja2": ("models/chat_prompt.py", "models/language_worker.py"),
    "transformers": (
        "models/architectures.py",
        "models/buffers.py",
        "models/encoder_kinds.py",
        "models/encoder_worker.py",
        "models/lora/",
    ),
    "huggingface_hub": ("models/hub.py", "models/hub_errors.py", "models/proposal.py"),
    "pathspec": ("classify/ignoring.py",),
    "identify": ("classify/document.py",),
    "openai": ("classify/remote_classifier.py",),
    "keyring": ("classify/remote_address.py", "upkeep/keyrings.py"),
    "cryptography": ("upkeep/passphrases.py",),
    "charset_normalizer": ("classify/heads.py",),
    "trafilatura": ("history/extraction.py", "cli_commands/fetching.py"),
    "lxml": ("history/extraction.py", "history/page_blocks.py", "history/page_tree.py"),
    "pyarrow": ("explorer/parquet_file.py",),
    # The library for assistants reads the limits of a tool's parameters from pydantic's fields.
    "pydantic": ("protocol/", "core/settings.py", "cli_commands/assistant_tools.py"),
    "mcp": ("cli_commands/assistant_tools.py",),
    "click": ("cli.py", "cli_commands/"),
    "rich": ("cli_commands/",),
    "requests": (),
    "httpx": (),
}

# `python -m` programs of their own, which a person or a parent process starts.
COMMANDS_OF_THEIR_OWN = {
    "protocol/reference.py",
    "models/llama_trial.py",
    "models/lora/trial.py",
    "models/download.py",
    "models/proposal.py",
    "models/reference.py",
    "search/date_vocabulary.py",
    "tabs/extension_data.py",
    "tabs/training.py",
}

STANDARD_LIBRARY_ONLY = (
    "__main__.py",
    "bridge.py",
    "version.py",
    "core/endpoint.py",
    "core/paths.py",
    "core/origins.py",
    "core/lock.py",
    "core/errors.py",
    "install/",
)
