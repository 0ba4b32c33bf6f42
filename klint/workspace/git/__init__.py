"""What klint reads of git's own files, by itself: git is not run.

A repository's own configuration can name programs that git starts (`core.fsmonitor`, `core.sshCommand`, filters), files
that it reads (`include.path`) and hosts that it fetches what is missing from. klint reads none of it: neither the
index nor the objects need it.
"""
