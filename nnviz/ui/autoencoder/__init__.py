"""The autoencoder page: reconstructions, codes, noise, the map of codes, what they are worth."""

__all__ = [
    "code_bars",
    "code_map",
    "coded",
    "lesson",
    "map_queue",
    "measurements",
    "measurements_table",
    "side_by_side",
]
