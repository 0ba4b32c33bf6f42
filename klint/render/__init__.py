"""What Kustomize and Helm make of their sources, and the way back from each rendered line to the line to edit."""
