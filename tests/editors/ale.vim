" What ALE shows of a file, and what an action makes of it, as JSON in the file $ANSWER: see vim.py.
let s:answer = {}

function! s:await(what, condition) abort
  let l:begun = reltime()
  while !a:condition()
    if reltimefloat(reltime(l:begun)) > 30
      throw 'waited for ' . a:what
    endif
    sleep 20m
  endwhile
endfunction

function! s:shown() abort
  return map(copy(ale#engine#GetLoclist(bufnr(''))), {_, item -> [item.lnum, item.col, get(item, 'code', ''), item.text]})
endfunction

function! s:choose(request, offered) abort
  for [l:source, l:action] in a:offered
    if l:action.title =~# '^Change targetPort to https'
      call ale#codefix#ApplyLSPCodeAction(a:request, l:action)
    endif
  endfor
endfunction

function! s:check() abort
  call s:await('diagnostics', {-> !empty(s:shown())})
  let s:answer.before = s:shown()
  call cursor(s:answer.before[0][0], s:answer.before[0][1])
  call ale#codefix#Execute(0, function('s:choose'))
  call s:await('an edit', {-> &modified})
  let s:answer.mended = getline(1, '$')
  write
  call s:await('no diagnostics', {-> empty(s:shown())})
endfunction

function! s:run(_) abort
  try
    call s:check()
  catch
    let s:answer.trouble = v:exception
  endtry
  call writefile([json_encode(s:answer)], $ANSWER)
  qall!
endfunction

autocmd VimEnter * call timer_start(0, function('s:run'))
