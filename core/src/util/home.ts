import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A path whose `~` stands for the home folder, as in a shell, which expands it only where it begins
 * a word: not in `file:~/clip.mp4` and `--out=~/call.mjpeg`. `~name` stays as it is.
 *
 * @param home as `os.homedir()`
 */
export function expandHome(path: string, home: string = homedir()): string {
  return /^~(?=$|[/\\])/.test(path) ? join(home, path.slice(1)) : path;
}
