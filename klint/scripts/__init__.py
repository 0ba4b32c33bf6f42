"""Commands out of shell scripts, Makefiles, CI files, Dockerfiles and whatever else carries shell.

    sources/      files and manifests → snippets of shell, each with what is known about where it runs
    snippet       a text inside another one, and where each of its characters stands there
    syntax        a snippet → tree-sitter's tree, broken lines and all
    bash          the tree → commands, in the order they run: variables, functions, branches, loops, heredocs
    wrappers      sudo, nohup, `bash -c`, ssh, `docker run` → the command inside
    kubectl       a command → verb, arguments and flags as kubectl reads them
    forwards      port-forwards, from commands and as Skaffold and Tilt declare them

Nothing is run. What only running could tell is a `HOLE` in a word: unknown, not absent. Not followed are other files
(`source`, `bash file.sh`, Makefile includes), what commands print, and files that a script writes and runs later; not
read are shells with another language (PowerShell, fish, cmd).
"""
