/** Where klint is: what the settings name, the workspace's Python environment, or the PATH, in this order. */

import * as path from "node:path";

/** What is looked at: nothing here asks the editor or the disk by itself. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The setting `klint.path`; empty where it is not set. */
  readonly configured: string;
  /** The absolute paths of the workspace's folders. */
  readonly folders: readonly string[];
  /** The Python interpreters chosen for the workspace, by their absolute paths. */
  readonly interpreters: readonly string[];
  /** Whether the user trusts the workspace. Where not, nothing that lies in it is run. */
  readonly trusted: boolean;
  readonly isExecutable: (file: string) => boolean;
  /** Where a path leads, through all links; the path itself where it leads nowhere. */
  readonly real: (file: string) => string;
}

export type Found = { readonly program: string; readonly origin: string } | { readonly missing: string };

export function findKlint(around: Surroundings): Found {
  const paths = around.platform === "win32" ? path.win32 : path.posix;
  // By the names they go by and by where they are: a folder may be open through a link, and a program may be one.
  const lies = (file: string, folder: string) => contains(folder, file, paths) || contains(around.real(folder), around.real(file), paths);
  const mayRun = (file: string) => around.trusted || !around.folders.some((folder) => lies(file, folder));

  if (around.configured !== "") {
    const program = expand(around.configured, around, paths);
    if (!paths.isAbsolute(program)) return { missing: `klint.path is not an absolute path: ${program}` };
    if (!mayRun(program)) return { missing: `klint.path is in a workspace that is not trusted: ${program}` };
    if (!around.isExecutable(program)) return { missing: `klint.path names no program: ${program}` };
    return { program, origin: "klint.path" };
  }
  for (const [origin, program] of candidates(around, paths)) {
    if (mayRun(program) && around.isExecutable(program)) return { program, origin };
  }
  return { missing: "klint is not installed in the workspace's Python environment, nor on the PATH" };
}

function* candidates(around: Surroundings, paths: path.PlatformPath): Generator<[origin: string, program: string]> {
  const windows = around.platform === "win32";
  const name = windows ? "klint.exe" : "klint";
  if (around.trusted) {
    for (const folder of around.folders) yield [".venv", paths.join(folder, ".venv", windows ? "Scripts" : "bin", name)];
    for (const interpreter of around.interpreters) {
      const beside = paths.dirname(interpreter);
      yield ["Python environment", paths.join(beside, name)];
      // Outside virtual environments, Windows has the interpreter one folder above its programs.
      if (windows) yield ["Python environment", paths.join(beside, "Scripts", name)];
    }
  }
  // A relative entry would depend on the working directory, which may be the workspace.
  for (const folder of pathFolders(around, paths)) yield ["PATH", paths.join(folder, name)];
}

function pathFolders(around: Surroundings, paths: path.PlatformPath): string[] {
  // Windows does not tell PATH from Path, and a copied environment does.
  const key = Object.keys(around.environment).find((name) => name === "PATH" || (paths === path.win32 && name.toUpperCase() === "PATH"));
  const value = key === undefined ? "" : (around.environment[key] ?? "");
  return value.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
}

function expand(configured: string, around: Surroundings, paths: path.PlatformPath): string {
  const inFolder = configured.replaceAll("${workspaceFolder}", around.folders[0] ?? "${workspaceFolder}");
  const atHome = /^~(?=$|[\\/])/.test(inFolder) ? around.home + inFolder.slice(1) : inFolder;
  return paths.normalize(atHome);
}

function contains(folder: string, file: string, paths: path.PlatformPath): boolean {
  const inside = paths.relative(folder, file);
  return inside !== "" && inside !== ".." && !inside.startsWith(`..${paths.sep}`) && !paths.isAbsolute(inside);
}
