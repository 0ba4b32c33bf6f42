/** The pages of rules, as the klint that is in use has them. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";
import { commands, languages, Uri, window, workspace, type Disposable, type TextEditor } from "vscode";

const run = promisify(execFile);
const SCHEME = "klint-rule";

interface Rule {
  readonly name: string;
  readonly layer: string;
  readonly summary: string;
}

async function ask<Answer>(program: string, ...words: string[]): Promise<Answer> {
  const { stdout } = await run(program, [...words, "--output", "json"], { cwd: homedir(), maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as Answer;
}

/** Makes `klint-rule:NAME.md` a document: the page of the rule. `program` gives the klint to ask. */
export function provideRulePages(program: () => string | undefined): Disposable {
  return workspace.registerTextDocumentContentProvider(SCHEME, {
    async provideTextDocumentContent(uri: Uri): Promise<string> {
      const klint = program();
      if (klint === undefined) return "klint is not running.";
      return (await ask<{ page: string }>(klint, "explain", uri.path.replace(/\.md$/, ""))).page;
    },
  });
}

/** Shows the page of `rule`; where none is given that of the finding under the cursor, else of one that is chosen. */
export async function showRule(program: string, rule?: string): Promise<void> {
  const name = rule ?? ruleAtCursor(window.activeTextEditor) ?? (await chooseRule(program));
  if (name !== undefined) await commands.executeCommand("markdown.showPreview", Uri.from({ scheme: SCHEME, path: `${name}.md` }));
}

async function chooseRule(program: string): Promise<string | undefined> {
  const items = ask<Rule[]>(program, "rules").then((rules) =>
    rules.map(({ name, layer, summary }) => ({ label: name, description: layer, detail: summary })),
  );
  return (await window.showQuickPick(items, { title: "The page of which rule?", matchOnDetail: true }))?.label;
}

function ruleAtCursor(editor: TextEditor | undefined): string | undefined {
  if (editor === undefined) return undefined;
  const here = languages
    .getDiagnostics(editor.document.uri)
    .find((diagnostic) => diagnostic.source === "klint" && diagnostic.range.contains(editor.selection.active));
  const code = typeof here?.code === "object" ? here.code.value : here?.code;
  return code === undefined ? undefined : String(code);
}
