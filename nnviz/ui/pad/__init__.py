"""The pad on the home page: networks, pictures put on it, photos, digits off the middle."""

__all__ = ["centring", "networks", "photo", "pictures"]
