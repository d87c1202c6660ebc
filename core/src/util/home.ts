import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Expands a leading `~` to the home folder. A shell does so only at the beginning of a word, and
 * not in `file:~/clip.mp4` or `--out=~/call.mjpeg`. `~name` stays as it is.
 *
 * @param home default: `os.homedir()`
 */
export function expandHome(path: string, home: string = homedir()): string {
  return /^~(?=$|[/\\])/.test(path) ? join(home, path.slice(1)) : path;
}
