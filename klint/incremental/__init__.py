"""A report after an edit, made of the last one: only what the edit can touch is linted again.

What is linted again is proven against what is known: see `klint.incremental.edited`. Where anything is doubtful there
is no answer, and whoever asks lints all of it.
"""
