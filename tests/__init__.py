"""Tests: a mirror of nnviz/, the pages run by Streamlit's AppTest, and the whole app in a real Chromium."""
