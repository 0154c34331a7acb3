"""How the app is put up for many: in containers (compose.yaml), and the same without them (local.py)."""
