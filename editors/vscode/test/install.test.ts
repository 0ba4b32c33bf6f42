import assert from "node:assert/strict";
import { test } from "node:test";

import { waysToInstall } from "../src/install";

const commandsFor = (interpreter: string | undefined, shell = "/bin/bash") =>
  waysToInstall(interpreter, shell).map((way) => way.command);

test("without an environment klint is installed as a tool", () => {
  assert.deepEqual(commandsFor(undefined), ['uv tool install "klint-k8s[editor]"', 'pipx install "klint-k8s[editor]"']);
});

test("with one, it is the first that is offered", () => {
  assert.equal(commandsFor("/envs/shop/bin/python")[0], '/envs/shop/bin/python -m pip install "klint-k8s[editor]"');
});

test("a path with spaces is quoted as the shell wants it", () => {
  const python = "C:\\My Envs\\python.exe";
  assert.equal(commandsFor(python, "C:\\Windows\\cmd.exe")[0], `"${python}" -m pip install "klint-k8s[editor]"`);
  assert.equal(commandsFor(python, "C:\\Program Files\\PowerShell\\pwsh.exe")[0], `& "${python}" -m pip install "klint-k8s[editor]"`);
});
