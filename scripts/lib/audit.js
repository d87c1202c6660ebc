/**
 * What `npm audit --json` printed, version 2 of its report.
 *
 * @typedef {object} Report
 * @property {number} [auditReportVersion]
 * @property {Record<string, { severity: string, range: string }>} [vulnerabilities]
 * @property {string} [message] where the registry could not be asked
 */

/**
 * Puts a report of npm's into words.
 *
 * @param {unknown} report undefined where npm printed none
 * @param {readonly string[]} [only] the packages that count; all, unless it is said
 * @returns {{ findings: number, text: string }}
 */
export function readAudit(report, only) {
  const { auditReportVersion, vulnerabilities, message } = /** @type {Report} */ (report ?? {});
  if (auditReportVersion !== 2 || vulnerabilities === undefined) {
    const why = message === undefined ? '' : ` (${message})`;
    return { findings: 0, text: `not audited, since the registry cannot be asked${why}.` };
  }
  const found = Object.entries(vulnerabilities).filter(
    ([name]) => only === undefined || only.includes(name),
  );
  if (found.length === 0) return { findings: 0, text: 'nothing is known against it.' };
  const lines = found.map(([name, { severity, range }]) => `  ${name} ${range}: ${severity}`);
  return {
    findings: found.length,
    text: `${found.length} packages with known faults; \`npm audit\` tells more:\n${lines.join('\n')}`,
  };
}
