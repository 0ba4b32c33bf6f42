"""What installs charts of the workspace, one module a kind of object."""
