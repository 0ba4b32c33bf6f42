"""Commands out of shell scripts, Makefiles, CI files, Dockerfiles and whatever else carries shell."""
