/**
 * Bytes on the wire of a video, both ways, against those of its frames: what lengths, records, unit
 * headers and acknowledgements add. 144 kB is a JPEG of 1280×720 at quality 80, 12 kB a frame of
 * H.264.
 */
import type { Connection } from '@roomkey/core';
import type { VideoSink } from '#core/media/remote-video-track.js';
import { deferred } from '#core/util/deferred.js';
import type { Goal } from './goal.js';
import { StreamEnd, videoInto } from './stream-end.js';
import { HOST, transport } from './throughput.js';
import { streamPictures, type VideoLoad } from './video-load.js';

export const goal: Goal = {
  id: 7,
  title: 'bytes on the wire of a video at 30 a second',
  async run() {
    return [
      {
        name: 'bytes on the wire × bytes of pictures of 144 kB',
        figure: await measureOverhead({ bytes: 144_000, pictures: 60 }),
        target: { atMost: 1.01 },
      },
      {
        name: 'bytes on the wire × bytes of pictures of 12 kB',
        figure: await measureOverhead({ bytes: 12_000, pictures: 60 }),
        target: { atMost: 1.02 },
      },
    ];
  },
};

async function measureOverhead(load: VideoLoad): Promise<number> {
  const called = deferred<Connection>();
  const onConnection = (connection: Connection): void => called.resolve(connection);
  const listener = await transport.listen({ onConnection });
  try {
    const dialed = await transport.dial({ host: HOST, port: listener.port });
    const accepted = await called.promise;
    let pictureBytes = 0;
    const complete = deferred<undefined>();
    const onUnit: VideoSink['onUnit'] = ({ data }, _bytes, consumed) => {
      pictureBytes += data.length;
      consumed();
    };
    const video = videoInto({ onUnit }, () => complete.resolve(undefined));
    const receiver = new StreamEnd(dialed, 'guest', () => video);
    const sender = new StreamEnd(accepted, 'host', () => ({ refuse: 'not-wanted' }));
    await streamPictures(sender, load);
    await complete.promise;
    const bytes = dialed.bytesReceived + accepted.bytesReceived;
    await Promise.all([sender.close(), receiver.close()]);
    return bytes / pictureBytes;
  } finally {
    await listener.close();
  }
}
