/** How many findings there are, kept as diagnostics change, without counting those of other files again. */

import { DiagnosticSeverity, languages, type Uri } from "vscode";

import type { Counts } from "./status";

export class FindingCounts {
  readonly #files = new Map<string, Counts>();

  update(changed: readonly Uri[]): void {
    for (const uri of changed) {
      const own = languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source === "klint");
      const count = (severity: DiagnosticSeverity) => own.filter((diagnostic) => diagnostic.severity === severity).length;
      if (own.length === 0) this.#files.delete(uri.toString());
      else {
        const counts = { errors: count(DiagnosticSeverity.Error), warnings: count(DiagnosticSeverity.Warning) };
        this.#files.set(uri.toString(), counts);
      }
    }
  }

  get total(): Counts {
    let [errors, warnings] = [0, 0];
    for (const counts of this.#files.values()) {
      errors += counts.errors;
      warnings += counts.warnings;
    }
    return { errors, warnings };
  }
}
