/** The extension: finds klint, keeps its language server running, and says in the status bar how it is. */

import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { commands, env, languages, Position, StatusBarAlignment, ThemeColor, Uri, window, workspace, type ExtensionContext, type LogOutputChannel } from "vscode";

import { FindingCounts } from "./counts";
import { findKlint } from "./find";
import { waysToInstall } from "./install";
import { interpreters, onOtherInterpreter } from "./python";
import { provideRulePages, showRule } from "./rules";
import { SHOW_REFERENCES, startServer, type Server } from "./server";
import { statusOf, type State } from "./status";

let companion: Companion | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  companion = new Companion(context);
  await companion.restart();
}

export async function deactivate(): Promise<void> {
  await companion?.stop();
}

class Companion {
  readonly #output: LogOutputChannel;
  readonly #item = window.createStatusBarItem("klint.status", StatusBarAlignment.Left);
  readonly #counts = new FindingCounts();
  #state: State = { kind: "starting" };
  #server: Server | undefined;
  /** The restart that is under way; another waits for it. */
  #restarting: Promise<void> = Promise.resolve();

  constructor(context: ExtensionContext) {
    this.#output = window.createOutputChannel("klint", { log: true });
    this.#item.name = "klint";
    this.#show();
    this.#item.show();
    const again = () => void this.restart();
    context.subscriptions.push(
      this.#output,
      this.#item,
      provideRulePages(() => this.#program),
      languages.onDidChangeDiagnostics((event) => {
        this.#counts.update(event.uris);
        this.#show();
      }),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("klint.path")) again(); // the server asks for the others
      }),
      workspace.onDidGrantWorkspaceTrust(again),
      window.onDidCloseTerminal((terminal) => {
        if (terminal.name === INSTALLING && this.#state.kind !== "running") again();
      }),
      commands.registerCommand("klint.restart", () => this.restart()),
      commands.registerCommand("klint.showOutput", () => { this.#output.show(); }),
      commands.registerCommand("klint.install", () => this.#install()),
      commands.registerCommand("klint.showRule", (rule?: string) => this.#showRule(rule)),
      commands.registerCommand(SHOW_REFERENCES, showReferences),
      commands.registerCommand("klint.fixAll", () =>
        commands.executeCommand("editor.action.sourceAction", { kind: "source.fixAll.klint", apply: "first" }),
      ),
    );
    void onOtherInterpreter(again).then((subscription) => {
      if (subscription !== undefined) context.subscriptions.push(subscription);
    });
  }

  restart(): Promise<void> {
    this.#restarting = this.#restarting.then(() => this.#startAgain());
    return this.#restarting;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop().catch((error: unknown) => { this.#output.warn(`klint did not stop: ${said(error)}`); });
  }

  get #program(): string | undefined {
    return this.#state.kind === "running" ? this.#state.program : undefined;
  }

  async #startAgain(): Promise<void> {
    await this.stop();
    this.#become({ kind: "starting" });
    try {
      const found = findKlint(await surroundings());
      if ("missing" in found) {
        this.#output.warn(found.missing);
        this.#become({ kind: "missing", reason: found.missing });
        void this.#offer(found.missing);
        return;
      }
      this.#output.info(`Starting ${found.program} server (${found.origin})`);
      const failed = (reason: string) => { this.#become({ kind: "failed", reason }); };
      this.#server = await startServer(found.program, this.#output, failed);
      this.#become({ kind: "running", version: this.#server.version, ...found });
    } catch (error) {
      const reason = said(error);
      this.#output.error(reason);
      this.#become({ kind: "failed", reason });
      void this.#offer(`klint did not start: ${reason}`);
    }
  }

  #become(state: State): void {
    this.#state = state;
    this.#show();
  }

  #show(): void {
    const { text, tooltip, command, alarming } = statusOf(this.#state, this.#counts.total);
    Object.assign(this.#item, { text, tooltip, command });
    this.#item.backgroundColor = alarming ? new ThemeColor("statusBarItem.warningBackground") : undefined;
  }

  async #offer(trouble: string): Promise<void> {
    const chosen = await window.showWarningMessage(trouble, "Install…", "Set klint.path", "Show Output");
    if (chosen === "Install…") await this.#install();
    if (chosen === "Set klint.path") await commands.executeCommand("workbench.action.openSettings", "klint.path");
    if (chosen === "Show Output") this.#output.show();
  }

  /** Writes the command that is chosen into a terminal. It is the user who runs it. */
  async #install(): Promise<void> {
    const [interpreter] = workspace.isTrusted ? await interpreters(folders()) : [];
    const way = await window.showQuickPick(waysToInstall(interpreter, env.shell), {
      title: "Install klint with",
      placeHolder: "The command is written into a terminal; press Enter there to run it",
    });
    if (way === undefined) return;
    const terminal = window.createTerminal({ name: INSTALLING, cwd: homedir() });
    terminal.show();
    terminal.sendText(way.command, false);
  }

  async #showRule(rule: string | undefined): Promise<void> {
    if (this.#program === undefined) await window.showWarningMessage("klint is not running.");
    else await showRule(this.#program, rule);
  }
}

const INSTALLING = "Install klint";

const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

const folders = () => (workspace.workspaceFolders ?? []).map((folder) => folder.uri).filter((uri) => uri.scheme === "file");

async function surroundings(): Promise<Parameters<typeof findKlint>[0]> {
  const roots = folders();
  return {
    platform: process.platform,
    home: homedir(),
    environment: process.env,
    configured: workspace.getConfiguration("klint").get("path", "").trim(),
    folders: roots.map((folder) => folder.fsPath),
    interpreters: workspace.isTrusted ? await interpreters(roots) : [],
    trusted: workspace.isTrusted,
    isExecutable,
    real,
  };
}

function real(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Shows who refers to what is at a place, as the server says it. */
async function showReferences(uri: string, at: { line: number; character: number }): Promise<void> {
  const [file, position] = [Uri.parse(uri), new Position(at.line, at.character)];
  const found = await commands.executeCommand("vscode.executeReferenceProvider", file, position);
  await commands.executeCommand("editor.action.showReferences", file, position, found);
}
