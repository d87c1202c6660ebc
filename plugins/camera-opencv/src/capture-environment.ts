/** What OpenCV, FFmpeg and GStreamer read; everything else stays here, passwords among it. */
const PASSED =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_.*|TZ|DISPLAY|WAYLAND_DISPLAY|XDG_.*|(LD|DYLD)_LIBRARY_PATH|OPENCV_.*|GST_.*|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE)$/i;

/** The environment of a capture process. */
export function captureEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(own).filter(([name]) => PASSED.test(name));
  return {
    // A person gets one sentence from us.
    OPENCV_LOG_LEVEL: 'SILENT',
    OPENCV_FFMPEG_LOGLEVEL: '-8',
    ...Object.fromEntries(passed),
  };
}
