"""Fine-tuning the categorizer: dataset, training, conversion, evaluation, deployment, one after another."""
