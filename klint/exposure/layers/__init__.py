"""What a graph knows, layer by layer: each stands on the one before, and the graph itself on all of them."""
