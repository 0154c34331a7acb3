"""Stored networks in plain NumPy, and as programs for the browser."""

__all__ = [
    *(
        "answers",
        "bending",
        "browser",
        "changes",
        "coding",
        "conv_chain",
        "conv_step",
        "flat",
        "gradients",
        "graph",
        "keras_config",
    ),
    *(
        "kind",
        "layers",
        "losses",
        "onnx_graph",
        "onnx_reading",
        "ops",
        "option_checks",
        "own_input",
        "recurrent",
        "resizing",
    ),
]
