import { expect, test } from 'vitest';
import { redactUrls } from '../../src/util/redact-urls.js';

test.each([
  ['rtsp://admin:secret@cam/x', 'rtsp://***@cam/x'],
  ['url:rtsp://admin:se#cr/e?t@127.0.0.1:554/x', 'url:rtsp://***@127.0.0.1:554/x'],
  ['rtsp://admin:p@ss word"\'<>@cam', 'rtsp://***@cam'],
  ['mongodb+srv://ada:secret@db/roomkey', 'mongodb+srv://***@db/roomkey'],
  ['HTTP://cam/video?user=ada&pwd=secret', 'HTTP://cam/video?user=***&pwd=***'],
  ['a rtsp://a:secret@one b rtsp://a:secret@two c', 'a rtsp://***@two c'],
  ['a rtsp://a:secret@one\nb http://two', 'a rtsp://***@one\nb http://two'],
  ['ada@example.org', 'ada@example.org'],
  ['http://cam:8080/video', 'http://cam:8080/video'],
])('redactUrls turns %j into %j', (text, shown) => {
  expect(redactUrls(text)).toBe(shown);
});
