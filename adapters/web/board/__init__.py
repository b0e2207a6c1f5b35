"""The board 监督总览: what a supervising office sees of its jurisdiction, and the lists behind every number."""
