"""`.klint.yaml` → Config."""
