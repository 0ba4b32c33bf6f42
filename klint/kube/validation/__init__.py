"""What the API server makes of an object: what it cannot read, refuses, or accepts and ignores."""
