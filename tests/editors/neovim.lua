-- What Neovim shows of a file, and what an action and saving make of it, as JSON in the file $ANSWER: see test_neovim.py.
local answer = {}

local function give()
  vim.fn.writefile({ vim.json.encode(answer) }, vim.env.ANSWER)
  vim.cmd('qall!')
end

local function await(what, condition)
  assert(vim.wait(60000, condition, 20), 'waited for ' .. what)
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

local function check()
  await('diagnostics', function() return #vim.diagnostic.get(0) > 0 end)
  answer.encoding = vim.lsp.get_clients({ name = 'klint' })[1].offset_encoding
  answer.before = shown()

  local first = vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
  vim.lsp.buf.code_action({
    apply = true,
    context = { only = { 'quickfix' }, diagnostics = { first.user_data.lsp } },
    filter = function(action) return vim.startswith(action.title, 'Change targetPort to https') end,
  })
  await('an edit', function() return vim.bo.modified end)
  answer.mended = lines()
  await('no diagnostics', function() return #vim.diagnostic.get(0) == 0 end)
  answer.after = shown()

  local kind = vim.fn.search('^kind: Deployment')
  vim.fn.append(kind, vim.fn.getline(kind))
  await('diagnostics of the line written twice', function() return #vim.diagnostic.get(0) > 0 end)
  vim.cmd('write')
  answer.saved = vim.fn.readfile(vim.env.MANIFEST)
end

local _, trouble = pcall(check)
answer.trouble = trouble
give()
