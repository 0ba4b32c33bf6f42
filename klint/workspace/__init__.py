"""What one run looks at: the tree of files, the documents in them, and what is deployed together and where."""
