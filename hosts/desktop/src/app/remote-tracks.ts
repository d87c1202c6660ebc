import { videoKinds, type Call, type RemoteVideoTrack, type VideoKind } from '@roomkey/core/host';
import type { RemoteTrackView } from '../messages/index.js';
import type { PageSession } from './page-session.js';

/** A participant's tracks, and the transfer of their units to the active page. */
export class RemoteTracks {
  readonly #page: () => PageSession | undefined;
  readonly #onChange: () => void;
  #call: Call | undefined;
  #isVisible = true;
  readonly #view: Record<VideoKind, RemoteTrackView> = {
    camera: { kind: 'off' },
    screen: { kind: 'off' },
  };

  /** @param page the active page */
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
      // The track of a person who left counts as lost, not as switched off.
      this.#show(kind, sessionOver === true ? { kind: 'off' } : { kind: 'off', reason });
    });
    for (const track of call.tracks.values()) this.#connect(track);
  }

  /** Call when the participant has left or changed: drops the state of the previous tracks. */
  reset(): void {
    for (const kind of videoKinds) {
      if (this.#call?.tracks.has(kind) !== true) this.#view[kind] = { kind: 'off' };
    }
  }

  /** Call when a different page becomes active: it gets the units from now on, a key unit first. */
  changePage(): void {
    for (const track of this.#tracks) this.#connect(track);
  }

  requestKeyFrame(kind: VideoKind): void {
    this.#call?.tracks.get(kind)?.requestKeyUnit();
  }

  /** Call when the window shows, or no longer shows, any of the tracks. */
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
        onUnit: (_unit, bytes, consumed) => {
          if (page.sendRemote(track.kind, bytes, consumed)) return;
          consumed();
          track.requestKeyUnit();
        },
      },
    );
    if (!this.#isVisible) track.setVisible(false);
  }

  #show(kind: VideoKind, view: RemoteTrackView): void {
    this.#view[kind] = view;
    this.#onChange();
  }
}
