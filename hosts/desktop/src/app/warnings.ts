import type { Logger } from '@roomkey/core/host';
import type { FailureView } from '../messages/index.js';
import { isErrorCode } from './error-code.js';
import { errorDetails } from './error-details.js';

/**
 * Wraps a logger so that warnings for the user, which have an error code, also appear in the
 * window: the terminal may be hidden.
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

/** Combines the notices about the configuration's source into one warning. */
export function configSourceWarning(notices: readonly string[]): FailureView | undefined {
  if (notices.length === 0) return undefined;
  const sentences = notices.map((notice) => notice.replace(/\.?$/, '.'));
  return {
    code: 'RK_CONFIG_SOURCE',
    message: `${sentences.join(' ')} If you did not expect this, start Roomkey in another folder.`,
  };
}
