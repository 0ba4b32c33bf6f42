/** `klint server` as a child process, and the client that talks with it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { commands, type LogOutputChannel } from "vscode";
import { CloseAction, LanguageClient, RevealOutputChannelOn, type DocumentSelector, type LanguageClientOptions } from "vscode-languageclient/node";

/** What klint lints: manifests, charts, and the scripts and pipelines beside them. */
const DOCUMENTS: DocumentSelector = [
  ...["yaml", "helm", "json", "jsonc", "dockerfile", "dockercompose", "shellscript", "makefile"].map((language) => ({ scheme: "file", language })),
  { scheme: "file", pattern: "**/*.{yaml,yml,tpl}" }, // whatever language another extension gives them
];

/** What a lens over an object runs, with the URI and the position of its name. */
export const SHOW_REFERENCES = "klint.showReferences";

/** The server ended before it could serve. */
export class DidNotStart extends Error {}

/** A client that pops up nothing of its own: the status bar and what `startServer` raises tell how the server is. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export interface Server {
  /** What the server says its version is. */
  readonly version: string;
  stop(): Promise<void>;
}

/** Starts `program server`; raises `DidNotStart`, with what the program said last. `ended` is called if it gives up later. */
export async function startServer(program: string, output: LogOutputChannel, ended: (reason: string) => void): Promise<Server> {
  let lastWords = "";
  let silent: Promise<unknown> = Promise.resolve();
  const launch = () =>
    new Promise<ReturnType<typeof spawn>>((resolve, reject) => {
      // Not in the workspace: what lies there is linted, never loaded.
      const child = spawn(program, ["server"], { cwd: homedir(), stdio: "pipe" });
      const lines = createInterface({ input: child.stderr }).on("line", (line) => {
        if (line.trim() !== "") lastWords = line.trim();
      });
      silent = once(lines, "close");
      child.once("spawn", () => { resolve(child); });
      child.once("error", reject);
    });

  const options: LanguageClientOptions = {
    documentSelector: DOCUMENTS,
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    middleware: {
      // The server opens the page as a file; a preview reads better.
      executeCommand: (command, args: unknown[], next) =>
        command === "klint.explain" ? commands.executeCommand("klint.showRule", ...args) : (next(command, args) as unknown),
    },
    initializationFailedHandler: () => false, // told below
  };
  const client = new QuietClient("klint", "klint", launch, options);
  client.registerFeature({
    fillClientCapabilities: (capabilities) => { capabilities.experimental = { commands: { commands: [SHOW_REFERENCES] } }; },
    initialize: () => undefined,
    getState: () => ({ kind: "static" }),
    clear: () => undefined,
  });
  const usual = client.createDefaultErrorHandler();
  client.clientOptions.errorHandler = {
    error: async (error, message, count) => ({ ...(await usual.error(error, message, count)), handled: true }),
    closed: async () => {
      if (client.initializeResult === undefined) return { action: CloseAction.DoNotRestart, handled: true };
      const next = await usual.closed();
      if (next.action === CloseAction.DoNotRestart) ended(lastWords || "klint ended");
      return { ...next, handled: true };
    },
  };
  try {
    await client.start();
  } catch (error) {
    await Promise.race([silent, setTimeout(2000)]); // it may be saying why
    throw new DidNotStart(lastWords || (error instanceof Error ? error.message : String(error)));
  }
  return {
    version: client.initializeResult?.serverInfo?.version ?? "",
    stop: () => client.dispose(),
  };
}
