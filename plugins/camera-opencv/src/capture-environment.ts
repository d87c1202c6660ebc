/**
 * The variables that OpenCV, FFmpeg and GStreamer read. A capture process opens whatever a camera's
 * address leads to, so it gets nothing else, passwords of other programs among it.
 */
export const readByOpenCv =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_.*|TZ|DISPLAY|WAYLAND_DISPLAY|XDG_.*|(LD|DYLD)_LIBRARY_PATH|OPENCV_.*|GST_.*|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** What a person has not set is silent: they get one sentence from us. */
export function quietOpenCv(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    OPENCV_LOG_LEVEL: own['OPENCV_LOG_LEVEL'] ?? 'SILENT',
    OPENCV_FFMPEG_LOGLEVEL: own['OPENCV_FFMPEG_LOGLEVEL'] ?? '-8',
  };
}
