import type { Logger } from '@roomkey/core/host';
import type { FailureView } from '../messages/index.js';
import { isErrorCode } from './error-code.js';
import { errorDetails } from './error-details.js';

/**
 * A logger whose warnings for the person are given to the window as well, where nobody sees the
 * terminal: those with an error code.
 */
export function forwardWarnings(logger: Logger, onWarning: (warning: FailureView) => void): Logger {
  return {
    debug: (...line) => logger.debug(...line),
    info: (...line) => logger.info(...line),
    error: (...line) => logger.error(...line),
    warn(message, fields) {
      logger.warn(message, fields);
      const { code, error } = fields ?? {};
      if (!isErrorCode(code)) return;
      const details = errorDetails(error);
      onWarning({ code, message, ...(details !== undefined && { details }) });
    },
  };
}

/** What a person should know about where the settings come from, as one warning. */
export function configSourceWarning(notices: readonly string[]): FailureView | undefined {
  if (notices.length === 0) return undefined;
  const sentences = notices.map((notice) => notice.replace(/\.?$/, '.'));
  return {
    code: 'RK_CONFIG_SOURCE',
    message: `${sentences.join(' ')} If you did not expect this, start Roomkey in another folder.`,
  };
}
