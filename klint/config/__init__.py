"""`.klint.yaml` → Config."""

FILE_NAME = ".klint.yaml"
