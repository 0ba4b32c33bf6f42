/** The interpreters that the Python extension, where it is installed, has chosen for the workspace. */

import { extensions, type Disposable, type Event, type Uri } from "vscode";

/** What is used of https://github.com/microsoft/vscode-python/wiki/Python-Environment-APIs. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): unknown;
    resolveEnvironment(environment: unknown): Promise<{ readonly executable: { readonly uri?: Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const extension = extensions.getExtension<PythonExtension>("ms-python.python");
  if (extension === undefined) return undefined;
  try {
    return await extension.activate();
  } catch {
    return undefined; // its trouble is for it to tell
  }
}

export async function interpreters(folders: readonly Uri[]): Promise<string[]> {
  const python = await pythonExtension();
  if (python === undefined) return [];
  const environments = await Promise.allSettled(
    folders.map((folder) => python.environments.resolveEnvironment(python.environments.getActiveEnvironmentPath(folder))),
  );
  const resolved = environments.map((environment) => (environment.status === "fulfilled" ? environment.value : undefined));
  return [...new Set(resolved.flatMap((environment) => environment?.executable.uri?.fsPath ?? []))];
}

/** Calls when another environment is chosen; undefined without the Python extension. */
export async function onOtherInterpreter(call: () => void): Promise<Disposable | undefined> {
  return (await pythonExtension())?.environments.onDidChangeActiveEnvironmentPath(call);
}
