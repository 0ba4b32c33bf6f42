"""What Kustomize and Helm make of their sources, and the way back from each rendered line to the line to edit.

From above: `renderings` makes a job of each chart with each of its sets of values and of each kustomization, and runs
the jobs. Those of `helm/` read a chart, render it plainly and with markers, and map what comes out to its templates;
those of `kustomize/` write a tree anew of what klint has read, have it built, and trace what was built. What renders
runs in a `sandbox`, and what it made is kept in the `cache`.
"""
