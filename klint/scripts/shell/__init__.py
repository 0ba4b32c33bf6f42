"""Shell scripts → the commands that would run, without running anything.

A script is read once, in the order it runs: assignments are kept, functions are followed where they are called, both
ways of every branch are taken, loops over known words once for each. What cannot be known (what a command prints, what
comes from outside) stays unknown and hides nothing else.

    reader        the shell: what it knows, and which module reads which statement of the grammar
    branches      `if`, `case`, `&&`, `||`
    loops         `for`, `while`, `until`
    pipelines     pipes and redirections; `streams` is what a command gets on its standard input
    assignments   variables that are set
    functions     defined and called
    simple        simple commands, `builtins` among them
"""
