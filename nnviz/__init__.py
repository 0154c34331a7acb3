"""See what neural networks do with handwritten digits: the library under the app."""
