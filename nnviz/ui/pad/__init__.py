"""The pad on the home page: networks, pictures put on it, photos, digits off the middle."""

__all__ = ["centring", "drawing", "live", "networks", "one_file", "photo", "pictures"]
