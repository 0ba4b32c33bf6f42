"""Argo CD: its Applications, and what generates them."""
