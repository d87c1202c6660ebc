import { videoKinds, type Call, type RemoteVideoTrack, type VideoKind } from '@roomkey/core/host';
import type { RemoteTrackView } from '../messages/index.js';
import type { PageSession } from './page-session.js';

/** What a participant shows, and its way to the page in use. */
export class RemoteTracks {
  readonly #page: () => PageSession | undefined;
  readonly #onChange: () => void;
  #call: Call | undefined;
  #isVisible = true;
  readonly #view: Record<VideoKind, RemoteTrackView> = {
    camera: { kind: 'off' },
    screen: { kind: 'off' },
  };

  /** @param page the one in use */
  constructor(page: () => PageSession | undefined, onChange: () => void) {
    this.#page = page;
    this.#onChange = onChange;
  }

  get view(): Readonly<Record<VideoKind, RemoteTrackView>> {
    return { ...this.#view };
  }

  follow(call: Call): void {
    this.#call = call;
    call.on('track', (track) => {
      this.#connect(track);
      this.#show(track.kind, { kind: 'on' });
    });
    call.on('trackEnd', ({ kind, reason, sessionOver }) => {
      // A person who left did not switch anything off.
      this.#show(kind, sessionOver === true ? { kind: 'off' } : { kind: 'off', reason });
    });
    for (const track of call.tracks.values()) this.#connect(track);
  }

  /** Someone else is there, or no one: what was shown before was theirs. */
  reset(): void {
    for (const kind of videoKinds) {
      if (this.#call?.tracks.has(kind) !== true) this.#view[kind] = { kind: 'off' };
    }
  }

  /** Another page is the one in use: units go there, and a key unit first. */
  changePage(): void {
    for (const track of this.#tracks) this.#connect(track);
  }

  requestKeyFrame(kind: VideoKind): void {
    this.#call?.tracks.get(kind)?.requestKeyUnit();
  }

  /** Whether the window shows anything. */
  setVisible(visible: boolean): void {
    if (visible === this.#isVisible) return;
    this.#isVisible = visible;
    for (const track of this.#tracks) track.setVisible(visible);
  }

  get #tracks(): RemoteVideoTrack[] {
    return [...(this.#call?.tracks.values() ?? [])];
  }

  #connect(track: RemoteVideoTrack): void {
    const page = this.#page();
    track.setSink(
      page && {
        onUnit: ({ number }, bytes, taken) => page.sendRemote(track.kind, number, bytes, taken),
      },
    );
    if (!this.#isVisible) track.setVisible(false);
  }

  #show(kind: VideoKind, view: RemoteTrackView): void {
    this.#view[kind] = view;
    this.#onChange();
  }
}
