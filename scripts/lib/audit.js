/**
 * The report of `npm audit --json`, version 2.
 *
 * @typedef {object} Report
 * @property {number} [auditReportVersion]
 * @property {Record<string, { severity: string, range: string }>} [vulnerabilities]
 * @property {string} [message] if the registry did not answer
 */

/**
 * Summarizes a report for people.
 *
 * @param {unknown} report undefined if npm printed none
 * @param {readonly string[]} [only] the packages that count; default: all
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
