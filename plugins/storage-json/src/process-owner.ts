import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { childEnvironment, hasErrno } from '@roomkey/core';
import { z } from 'zod';

const ownerSchema = z.object({
  /** Unique for each owner there ever was. */
  token: z.string().regex(/^[0-9a-f]{16}$/),
  pid: z.int().positive(),
  /** Start time of the process as the system reports it, since process ids are reused. */
  started: z.string(),
  /** Linux: the id of this run of the system. */
  boot: z.string(),
  /** Linux: the PID namespace; a pid is valid only in its namespace. */
  namespace: z.string(),
  host: z.string(),
});

/** Who holds a lock: one store in one process. */
export type Owner = z.infer<typeof ownerSchema>;

/** Makes an owner of this process. */
export async function createOwner(): Promise<Owner> {
  return {
    token: randomBytes(8).toString('hex'),
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
    ...(await here()),
  };
}

/** Parses a lock file; `undefined` if Roomkey did not write it. */
export function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether the owner has certainly exited; `false` if unknown. */
export async function hasExited(owner: Owner): Promise<boolean> {
  const { boot, namespace, host } = await here();
  // The machine was rebooted; nothing is known of another machine that shares the folder.
  if (owner.boot !== boot) return owner.host === host;
  if (owner.namespace !== namespace || (boot === '' && owner.host !== host)) return false;
  return (await startOf(owner.pid)) !== owner.started;
}

let found: Promise<Pick<Owner, 'boot' | 'namespace' | 'host'>> | undefined;

function here(): Promise<Pick<Owner, 'boot' | 'namespace' | 'host'>> {
  found ??= (async () => {
    const [boot, namespace] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
      readlink('/proc/self/ns/pid').catch(() => ''),
    ]);
    return { boot: boot.trim(), namespace, host: hostname() };
  })();
  return found;
}

/** Start time of a running process; `undefined` if there is none with this pid. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxStartOf(pid);
  if (!isRunning(pid)) return undefined;
  // Windows has no quick way to ask; a reused pid makes waiters time out.
  if (process.platform === 'win32') return '';
  const options = { env: childEnvironment({ LC_ALL: 'C', TZ: 'UTC' }) };
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], options);
  return ps.then(({ stdout }) => stdout.trim()).catch(() => undefined);
}

/** Field 22 of proc(5)'s `stat`, in clock ticks since the system began; a zombie (field 3) is dead. */
async function linuxStartOf(pid: number): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // Field 2 is the command in brackets and may hold brackets and spaces itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  return 'ZXx'.includes(state) ? undefined : fields[19];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return !hasErrno(error, 'ESRCH');
  }
}
