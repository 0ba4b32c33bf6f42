/** What the status bar says of klint. */

export type State =
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly program: string; readonly origin: string; readonly version: string }
  | { readonly kind: "missing"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

export interface Status {
  readonly text: string;
  readonly tooltip: string;
  /** What a click does. */
  readonly command: string;
  readonly alarming: boolean;
}

export function statusOf(state: State, counts: Counts): Status {
  switch (state.kind) {
    case "starting":
      return { text: "$(sync~spin) klint", tooltip: "klint is starting", command: "klint.showOutput", alarming: false };
    case "missing":
      return { text: "$(warning) klint", tooltip: state.reason, command: "klint.install", alarming: true };
    case "failed":
      return { text: "$(error) klint", tooltip: state.reason, command: "klint.showOutput", alarming: true };
    case "running": {
      const found = [
        counts.errors > 0 ? `$(error) ${counts.errors}` : "",
        counts.warnings > 0 ? `$(warning) ${counts.warnings}` : "",
      ].filter((part) => part !== "");
      return {
        text: `klint ${found.length > 0 ? found.join(" ") : "$(check)"}`,
        tooltip: `klint ${state.version} from ${state.origin}: ${state.program}`,
        command: "workbench.actions.view.problems",
        alarming: false,
      };
    }
  }
}
