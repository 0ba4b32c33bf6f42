import assert from "node:assert/strict";
import { test } from "node:test";

import { statusOf, type State } from "../src/status";

const RUNNING: State = { kind: "running", program: "/usr/bin/klint", origin: "PATH", version: "0.1.0" };

test("what was found is counted, by severity", () => {
  assert.equal(statusOf(RUNNING, { errors: 7, warnings: 4 }).text, "klint $(error) 7 $(warning) 4");
  assert.equal(statusOf(RUNNING, { errors: 0, warnings: 1 }).text, "klint $(warning) 1");
  assert.equal(statusOf(RUNNING, { errors: 0, warnings: 0 }).text, "klint $(check)");
});

test("the tooltip says which klint runs", () => {
  assert.equal(statusOf(RUNNING, { errors: 0, warnings: 0 }).tooltip, "klint 0.1.0 from PATH: /usr/bin/klint");
});

test("a klint that is missing can be installed by a click, one that failed shows what it said", () => {
  const none = { errors: 3, warnings: 0 };
  const missing = statusOf({ kind: "missing", reason: "not there" }, none);
  assert.deepEqual(missing, { text: "$(warning) klint", tooltip: "not there", command: "klint.install", alarming: true });
  const failed = statusOf({ kind: "failed", reason: "no pygls" }, none);
  assert.deepEqual(failed, { text: "$(error) klint", tooltip: "no pygls", command: "klint.showOutput", alarming: true });
});
