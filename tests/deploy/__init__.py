"""The app put up for many: files for containers, and the real programs without them."""
