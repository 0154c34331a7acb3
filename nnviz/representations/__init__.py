"""What digits are turned into before they are classified: pixels, PCA, codes, maps."""

__all__ = ["embedding", "embedding_files", "features", "pca", "pipelines"]
