import { useEffect, useState } from 'preact/hooks';
import type { VideoCodec, VideoKind } from '@roomkey/core/wire';
import type { ParticipantView, StatisticsView } from '../../messages/index.js';
import { useUi } from '../context.js';
import type { Player, PlayerStatistics } from '../video/index.js';
import { formatBitRate, ratesOf } from './rates.js';
import { soundRows } from './sound-rows.js';

const codecNames: Readonly<Record<VideoCodec, string>> = {
  jpeg: 'JPEG',
  h264: 'H.264',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
};
const ways = { 1: 'one for both ways', 2: 'one each way' } as const;
/** Refresh interval, ms. */
const PERIOD_MS = 500;

/** Statistics of a live call, over the partner's video. */
export function Statistics({
  participant,
  track,
  player,
}: {
  readonly participant: ParticipantView;
  /** The track of the tile; the sent camera and screen are counted together. */
  readonly track: VideoKind;
  readonly player: Player;
}) {
  const { samples } = useUi().state;
  const [shown, setShown] = useState<PlayerStatistics>();
  useEffect(() => {
    const timer = setInterval(() => setShown(player.statistics()), PERIOD_MS);
    return () => clearInterval(timer);
  }, [player]);
  const rates = ratesOf(samples, track);
  const counts = samples[0]?.counts;
  const has = shown !== undefined && shown.width > 0;

  const rows: readonly (readonly [string, string])[] = [
    ['Picture', has ? `${shown.width} × ${shown.height}` : '–'],
    ['Shown', has ? `${shown.fps.toFixed(0)} a second` : '–'],
    [
      'Capture to screen',
      has && shown.fps > 0
        ? `${shown.ageMs.p50.toFixed(0)} ms (95 %: ${shown.ageMs.p95.toFixed(0)}), if clocks agree`
        : '–',
    ],
    ['Codec', shown?.codec === undefined ? '–' : codecNames[shown.codec]],
    ['Received', rates === undefined ? '–' : formatBitRate(rates.received.bitsPerSecond)],
    [
      'Sent',
      rates === undefined
        ? '–'
        : `${formatBitRate(rates.sent.bitsPerSecond)}, ${rates.sent.fps.toFixed(0)} a second${hiddenText(counts)}`,
    ],
    ['Dropped', `${shown?.dropped ?? 0} here, ${droppedOf(counts)} before sending`],
    ...soundRows(counts, has && shown.fps > 0 ? shown.ageMs.p50 : undefined),
    ['Cipher', participant.cipher],
    ['Connections', participant.connections === undefined ? '–' : ways[participant.connections]],
  ];
  return (
    <dl class="statistics" aria-label="Figures of the call">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A hidden window takes about one unit per second, which is not the network's fault. */
function hiddenText(counts: StatisticsView | undefined): string {
  return counts?.sent.camera.isShown === false ? ' (their window is hidden)' : '';
}

function droppedOf(counts: StatisticsView | undefined): number {
  return counts === undefined ? 0 : counts.sent.camera.dropped + counts.sent.screen.dropped;
}
