"""Words of a script → what they are once quotes are removed and variables filled in, as far as can be known.

words         nodes of the grammar → words: quotes, escapes, `$x`, `${x:-y}`
parameters    what `$x` and `$1` stand for
operators     what `${x%.*}` and its kin make of a value
braces        `{a,b}`
printed       what `$(cat <<EOF …)` stands for
fields        pieces → words, split where a shell splits
"""
