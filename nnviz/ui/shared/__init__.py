"""What several pages share: frame, state, caches, forms, model menu, run view."""

__all__ = [
    "as_code",
    "caches",
    "class_code",
    "dataset_form",
    "experiment_progress",
    "fields",
    "frame",
    "layer_activations",
    "mistakes",
    "model_menu",
    "model_page",
    "network_view",
    "run_actions",
    "run_view",
    "settings_form",
    "show",
    "state",
    "training",
    "whole_network",
    "you",
]
