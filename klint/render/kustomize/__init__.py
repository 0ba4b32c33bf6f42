"""Kustomize: kustomizations → documents, with the way back to bases, patches and generators."""
