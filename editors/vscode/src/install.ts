/** The commands that install klint with its language server. They are shown in a terminal; the user runs them. */

export const PACKAGE = "klint-k8s[editor]";

export interface Way {
  readonly label: string;
  readonly description: string;
  readonly command: string;
}

/** The ways to install, the one into `interpreter`'s environment first where there is one; `shell` is the terminal's. */
export function waysToInstall(interpreter: string | undefined, shell: string): Way[] {
  const ways: Way[] = [
    { label: "uv", description: "a tool of its own, on the PATH", command: `uv tool install "${PACKAGE}"` },
    { label: "pipx", description: "a tool of its own, on the PATH", command: `pipx install "${PACKAGE}"` },
  ];
  if (interpreter !== undefined) {
    const command = `${called(interpreter, shell)} -m pip install "${PACKAGE}"`;
    ways.unshift({ label: "pip", description: `into the environment of ${interpreter}`, command });
  }
  return ways;
}

function called(program: string, shell: string): string {
  if (/^[\w./:\\-]+$/.test(program)) return program;
  // PowerShell takes a quoted word for a string, unless it is told to call it.
  return /(?:pwsh|powershell)(?:\.exe)?$/i.test(shell) ? `& "${program}"` : `"${program}"`;
}
