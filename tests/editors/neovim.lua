-- What Neovim shows of a file, and what an action makes of it, as JSON in the file $ANSWER: see test_neovim.py.
local answer = {}

local function give()
  vim.fn.writefile({ vim.json.encode(answer) }, vim.env.ANSWER)
  vim.cmd('qall!')
end

local function await(what, condition)
  if not vim.wait(60000, condition, 20) then
    answer.waited_for = what
    give()
  end
end

local function shown()
  return vim.tbl_map(function(diagnostic)
    return {
      line = diagnostic.lnum + 1,
      column = diagnostic.col,
      severity = vim.diagnostic.severity[diagnostic.severity],
      code = diagnostic.code,
      source = diagnostic.source,
      message = diagnostic.message,
    }
  end, vim.diagnostic.get(0))
end

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, true)
end

await('diagnostics', function() return #vim.diagnostic.get(0) > 0 end)
answer.encoding = vim.lsp.get_clients({ name = 'klint' })[1].offset_encoding
answer.before = shown()

local first = vim.diagnostic.get(0)[1]
vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
vim.lsp.buf.code_action({ apply = true, context = { only = { 'quickfix' }, diagnostics = { first.user_data.lsp } } })
await('an edit', function() return vim.bo.modified end)
answer.mended = lines()
await('no diagnostics', function() return #vim.diagnostic.get(0) == 0 end)
answer.after = shown()
give()
