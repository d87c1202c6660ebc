import type { Settings } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { SoundSettings } from '../settings/sound-settings.js';

/** Devices and volume during a call, which goes on. */
export function SoundDialog({
  settings,
  onClose,
}: {
  readonly settings: Settings;
  readonly onClose: () => void;
}) {
  const { run, failure } = useRequest('settings.set', 'sent');
  return (
    <Dialog
      title="Sound"
      size="wide"
      onClose={onClose}
      footer={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <FailureBanner failure={failure} />
      <SoundSettings settings={settings} set={(changed) => void run(changed)} />
    </Dialog>
  );
}
