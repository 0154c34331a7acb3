"""The app as its users meet it: a fresh server, a real Chromium, a mouse or a finger."""
