/**
 * Variables that OpenCV, FFmpeg and GStreamer read. A capture process opens any address given as a
 * camera, so it gets no others, such as passwords of other programs.
 */
export const readByOpenCv =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_.*|TZ|DISPLAY|WAYLAND_DISPLAY|XDG_.*|(LD|DYLD)_LIBRARY_PATH|OPENCV_.*|GST_.*|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** Silent unless the user sets it: errors are reported by us. */
export function quietOpenCv(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    OPENCV_LOG_LEVEL: own['OPENCV_LOG_LEVEL'] ?? 'SILENT',
    OPENCV_FFMPEG_LOGLEVEL: own['OPENCV_FFMPEG_LOGLEVEL'] ?? '-8',
  };
}
