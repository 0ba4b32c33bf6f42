"""A kustomization → the tree of files that kustomize is given: all of it written by klint, from what klint has read.

Kustomize reads URLs, git addresses and paths out of almost every field, and asks git, ssh or Helm to bring what it
finds. So it never sees a file of the workspace, nor a name that stands in one. A tree is written for it in which every
folder and file is called by a number, every kustomization is made anew of the fields that klint knows, and
whatever is a path there is one of these numbers. What klint cannot hand on is left out, and said.

Nor is anything but what the kustomization names read: the tree is also what a build is remembered by.

`write` writes the tree, kustomization by kustomization. Each is a `folder`, and the fields that name files are read by
the module that is called after what they hold: `resources`, `patches`, `generators`, `charts`, `plugins`. All other
fields are data of a shape that `fields` knows. What comes of it is a `stage`.
"""
