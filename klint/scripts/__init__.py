"""Commands out of shell scripts, Makefiles, CI files, Dockerfiles and whatever else carries shell.

A leaf: text in, commands out.

    sources/      files and manifests → snippets of shell, each with what is known about where it runs
    snippet       a text inside another one, and where each of its characters stands there
    grammar       a snippet → tree-sitter's tree, broken lines and all
    shell/        the tree → commands, in the order they run: functions, branches, loops, heredocs
    variables     the values that variables have, on every way that the script may have taken
    expansion/    words of the tree → what they are once quotes are removed and variables filled in
    wrappers/     sudo, nohup, `bash -c`, ssh, `docker run` → the command inside; `images` start a program by themselves
    commands      what comes out: words, commands, and what is known about where they run

What rules ask about commands is beside it:

    options       words → flags and arguments
    kubectl       a command → verb, arguments and flags as kubectl reads them
    forwards      port-forwards, from commands and as Skaffold and Tilt declare them
    clusters      which cluster a command talks to, and which one it chooses for those behind it
    exposures     commands that open a Service or a route
    tunnels       commands that open a way in past the cluster's entries
    hints, marks  which files, and which statements of them, can concern any of this: the others are not read

Nothing is run. What only running could tell is a `HOLE` in a word: unknown, not absent. Not followed are other files
(`source`, `bash file.sh`, Makefile includes), what commands print, and files that a script writes and runs later; not
read are shells with another language (PowerShell, fish, cmd).
"""
