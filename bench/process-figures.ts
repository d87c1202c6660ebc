import { readdirSync, readFileSync } from 'node:fs';

/** Why there are none on this computer; undefined if there are. */
export function missingProcessFigures(): string | undefined {
  if (process.platform === 'linux') return undefined;
  return 'the figures of another process come from /proc, which only Linux has';
}

/** The resident memory of a process, bytes. */
export function residentBytesOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

/** The number of open file descriptors of a process. */
export function descriptorsOf(pid: number | undefined): number {
  return readdirSync(`/proc/${String(pid)}/fd`).length;
}
