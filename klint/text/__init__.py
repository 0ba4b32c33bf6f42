"""Text → Documents; Place → Span → Edit."""
