/**
 * The release date of each line of Electron: the day of its N.0.0 at the registry. Add the day of a
 * line before using it; computers that cannot reach the registry need it.
 *
 * @type {Readonly<Record<number, string>>}
 */
export const electronLines = {
  43: '2026-07-01',
  44: '2026-08-25',
  45: '2026-10-21',
};

/** Number of maintained lines, the newest ones. https://www.electronjs.org/docs/latest/tutorial/electron-timelines */
const MAINTAINED = 3;
/** Least time between two lines. The same page. */
const WEEKS = 8;

/**
 * Whether a line of Electron is maintained.
 *
 * @param {string} version the one in use
 * @param {readonly string[] | undefined} published all versions; undefined if the registry did not answer
 * @param {Date} today
 * @returns {{ isMaintained: boolean, text: string }}
 */
export function judgeElectron(version, published, today) {
  const line = majorOf(version);
  if (published === undefined) return judgeByDate(line, today);
  const stable = published.filter((each) => /^\d+\.\d+\.\d+$/.test(each));
  const newest = Math.max(...stable.map(majorOf));
  const oldest = newest - MAINTAINED + 1;
  if (line < oldest) {
    return {
      isMaintained: false,
      text: `Electron ${version} gets no fixes any more: the lines ${oldest} to ${newest} do. Take one of them, in hosts/desktop/package.json and electron-builder.json.`,
    };
  }
  const last =
    stable
      .filter((each) => majorOf(each) === line)
      .sort(compare)
      .at(-1) ?? version;
  // Only the newest release of a line gets fixes.
  const behind = compare(version, last) < 0 ? ` Its newest is ${last}: take that.` : '';
  return {
    isMaintained: true,
    text: `Electron ${line} is maintained, as one of ${oldest} to ${newest}.${behind}`,
  };
}

/**
 * Without the registry: the line counts as maintained until three newer ones can be out.
 *
 * @param {number} line
 * @param {Date} today
 */
function judgeByDate(line, today) {
  const released = electronLines[line];
  if (released === undefined) {
    return {
      isMaintained: false,
      text: `Whether Electron ${line} is maintained cannot be told: the registry does not answer, and scripts/lib/maintained.js does not say when ${line}.0.0 came out. Add that day.`,
    };
  }
  const end = new Date(Date.parse(released) + MAINTAINED * WEEKS * 7 * 24 * 3_600_000);
  const day = end.toISOString().slice(0, 10);
  return today < end
    ? { isMaintained: true, text: `Electron ${line} is maintained until ${day} at least.` }
    : {
        isMaintained: false,
        text: `Electron ${line} may get no fixes since ${day}, and the registry does not answer. Run this again where it does, or take a newer line.`,
      };
}

/** @param {string} version */
function majorOf(version) {
  return Number(version.split('.')[0]);
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const place = left?.findIndex((part, index) => part !== right?.[index]) ?? -1;
  return place === -1 ? 0 : (left?.[place] ?? 0) - (right?.[place] ?? 0);
}
