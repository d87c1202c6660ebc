import { test, describe } from 'vitest';
import { storageConformance } from '@roomkey/core/conformance';
import { TestDatabase } from '../../../test/support/mongo.js';
import { describeWith } from '../../../test/support/optional.js';
import { openStorage } from './support.js';

describeWith('mongo', 'storage-mongo', () => {
  const database = new TestDatabase();
  const open = () => openStorage(database.uri, database.name);
  storageConformance(
    { describe, test },
    {
      open: async () => {
        const storage = await open();
        const stores = [storage];
        return {
          storage,
          reopen: async () => {
            const another = await open();
            stores.push(another);
            return another;
          },
          close: async () => {
            await Promise.all(stores.map((store) => store.close()));
          },
        };
      },
    },
  );
});
