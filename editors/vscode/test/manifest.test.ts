import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface Manifest {
  readonly activationEvents: string[];
  readonly capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  readonly contributes: { commands: { command: string }[]; configuration: { properties: Record<string, unknown> } };
}

// The tests run from the extension's folder.
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const source = ["extension", "server"].map((name) => readFileSync(`src/${name}.ts`, "utf8")).join("\n");

test("every command that is offered is there, and the other way round", () => {
  const registered = [...source.matchAll(/registerCommand\("([\w.]+)"/g)].map((match) => match[1]);
  assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), registered.sort());
});

test("the extension wakes for every language that it sends to the server", () => {
  const languages: string[] = /\.\.\.\[([^\]]+)\]\.map\(\(language\)/.exec(source)?.[1]?.match(/\w+/g) ?? [];
  assert.ok(languages.includes("helm"));
  assert.deepEqual(languages.filter((language) => !manifest.activationEvents.includes(`onLanguage:${language}`)), []);
});

test("a workspace that is not trusted does not choose what is run", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ["klint.path"]);
  assert.ok("klint.path" in manifest.contributes.configuration.properties);
});
