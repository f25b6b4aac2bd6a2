"""Training LoRA adapters of instruction models, and turning them into what llama.cpp loads."""
