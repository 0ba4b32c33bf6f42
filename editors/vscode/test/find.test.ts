import assert from "node:assert/strict";
import { test } from "node:test";

import { findKlint, type Surroundings } from "../src/find";

const LINUX: Surroundings = {
  platform: "linux",
  home: "/home/dev",
  environment: { PATH: "/usr/local/bin:/usr/bin" },
  configured: "",
  folders: ["/repo", "/other"],
  interpreters: [],
  trusted: true,
  isExecutable: () => false,
  real: (file) => file,
};

const having = (...files: string[]) => (file: string) => files.includes(file);
const found = (changes: Partial<Surroundings>) => findKlint({ ...LINUX, ...changes });

test("the environment in the workspace goes before the chosen interpreter, and that before the PATH", () => {
  const interpreters = ["/envs/shop/bin/python"];
  const all = ["/other/.venv/bin/klint", "/envs/shop/bin/klint", "/usr/bin/klint"];
  assert.deepEqual(found({ interpreters, isExecutable: having(...all) }), { program: all[0], origin: ".venv" });
  assert.deepEqual(found({ interpreters, isExecutable: having(...all.slice(1)) }), { program: all[1], origin: "Python environment" });
  assert.deepEqual(found({ interpreters, isExecutable: having(...all.slice(2)) }), { program: all[2], origin: "PATH" });
});

test("without klint it is said where it was looked for", () => {
  assert.deepEqual(found({}), { missing: "klint is not installed in the workspace's Python environment, nor on the PATH" });
});

test("the setting goes before all, with ~ and ${workspaceFolder}", () => {
  const isExecutable = () => true;
  const program = (configured: string) => found({ configured, isExecutable });
  assert.deepEqual(program("/opt/klint"), { program: "/opt/klint", origin: "klint.path" });
  assert.deepEqual(program("~/bin/klint"), { program: "/home/dev/bin/klint", origin: "klint.path" });
  assert.deepEqual(program("${workspaceFolder}/env/bin/klint"), { program: "/repo/env/bin/klint", origin: "klint.path" });
});

test("a setting that names nothing is no reason to run another klint", () => {
  const isExecutable = having("/usr/bin/klint");
  assert.deepEqual(found({ configured: "/opt/klint", isExecutable }), { missing: "klint.path names no program: /opt/klint" });
  assert.deepEqual(found({ configured: "bin/klint", isExecutable }), { missing: "klint.path is not an absolute path: bin/klint" });
});

test("nothing in a workspace that is not trusted is run", () => {
  const untrusted = { trusted: false, interpreters: ["/repo/env/bin/python"], isExecutable: () => true };
  const environment = { PATH: "/repo/node_modules/.bin:/usr/bin" };
  assert.deepEqual(found({ ...untrusted, environment }), { program: "/usr/bin/klint", origin: "PATH" });
  for (const configured of ["/repo/.venv/bin/klint", "${workspaceFolder}/klint", "/usr/../other/klint"]) {
    const answer = found({ ...untrusted, configured });
    assert.ok("missing" in answer && answer.missing.startsWith("klint.path is in a workspace that is not trusted"), configured);
  }
  assert.deepEqual(found({ ...untrusted, configured: "/repository/klint" }), { program: "/repository/klint", origin: "klint.path" });
});

test("what is in a workspace that is not trusted is so under each of its names", () => {
  const untrusted = { trusted: false, isExecutable: () => true, environment: { PATH: "/home/dev/shop/.venv/bin:/home/dev/bin:/usr/bin" } };
  const real = (file: string) => file.replace(/^\/links\/shop/, "/home/dev/shop").replace("/home/dev/bin/klint", "/home/dev/shop/bin/klint");
  assert.deepEqual(found({ ...untrusted, folders: ["/links/shop"], real }), { program: "/usr/bin/klint", origin: "PATH" });
  assert.deepEqual(found({ ...untrusted, folders: ["/home/dev/shop"], real }), { program: "/usr/bin/klint", origin: "PATH" });
  assert.ok("missing" in found({ ...untrusted, folders: ["/links/shop"], configured: "/home/dev/bin/klint", real }));
  assert.deepEqual(found({ ...untrusted, folders: ["/links/other"], real }), { program: "/home/dev/shop/.venv/bin/klint", origin: "PATH" });
});

test("relative folders of the PATH are passed over", () => {
  assert.deepEqual(found({ environment: { PATH: ".:bin::/usr/bin" }, isExecutable: () => true, folders: [] }), { program: "/usr/bin/klint", origin: "PATH" });
});

test("on Windows programs have their suffix, and stand in Scripts", () => {
  const windows: Partial<Surroundings> = {
    platform: "win32",
    folders: ["C:\\repo"],
    environment: { Path: "C:\\tools;D:\\bin" },
    interpreters: ["C:\\Python\\python.exe"],
  };
  const at = (program: string) => found({ ...windows, isExecutable: having(program) });
  assert.deepEqual(at("C:\\repo\\.venv\\Scripts\\klint.exe"), { program: "C:\\repo\\.venv\\Scripts\\klint.exe", origin: ".venv" });
  assert.deepEqual(at("C:\\Python\\Scripts\\klint.exe"), { program: "C:\\Python\\Scripts\\klint.exe", origin: "Python environment" });
  assert.deepEqual(at("D:\\bin\\klint.exe"), { program: "D:\\bin\\klint.exe", origin: "PATH" });
  const inCapitals = { ...windows, trusted: false, isExecutable: () => true, configured: "c:\\REPO\\klint.exe" };
  assert.ok("missing" in found(inCapitals));
});
